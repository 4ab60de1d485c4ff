"""Who may ask, and how much: other names, origins and sites, large and slow requests, processes
that take too long or too much."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from keras2sql.serving import Limits, process
from keras2sql.serving.app import application
from keras2sql.serving.guard import Guard
from serving.conftest import IRIS, of

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "host", ["localhost:8765", "127.0.0.1:8765", "[::1]:8765", "192.168.1.7", "LOCALHOST"]
)
def test_own_names_are_let_in(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example:8765", "localhost.evil.example", "", "[", "a b"])
def test_a_name_that_somebody_lets_point_here_is_not(client: TestClient, host: str) -> None:
    for answer in (
        client.get("/", headers={"host": host}),
        client.post("/model", headers={"host": host}, json=of(IRIS)),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")


def test_a_name_can_be_allowed() -> None:
    client = TestClient(application(hosts=["Models.Example"]), base_url="http://models.example")
    assert client.get("/health").status_code == 200


OWN = "http://127.0.0.1:8765"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": OWN}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "https://127.0.0.1:8765"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_a_foreign_page_can_not_drive_this_one(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    import json

    answer = client.post("/model", content=json.dumps(of(IRIS)), headers=JSON | headers)
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_a_foreign_page_may_link_here(client: TestClient) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=headers).status_code == 200
    assert client.options("/model", headers={"origin": "http://evil.example"}).status_code == 403


def test_every_answer_has_the_headers(client: TestClient) -> None:
    for path in ("/", "/page.js", "/health", "/nowhere"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


async def _asked(limits: Limits, parts: list[Any], headers: list[tuple[bytes, bytes]]) -> int:
    """The status of a request that comes in these parts; a number is a wait of so many seconds."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        part = parts.pop(0)
        if isinstance(part, float):
            await anyio.sleep(part)
            part = b""
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    host = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "scheme": "http", "headers": host + headers}
    await Guard(app, limits)(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("parts", "headers", "status"),
    [
        ([b"{", b"}"], [], 200),
        ([b"x" * 3_000_000], [], 413),
        ([b"x" * 1_000_000] * 3, [], 413),
        ([b"{}"], [(b"content-length", b"99999999999")], 413),
        ([b"{", 5.0, b"}"], [], 408),
    ],
)
def test_what_is_large_or_slow(parts: list[Any], headers: Any, status: int) -> None:
    limits = Limits(seconds=0.2, upload=1)
    assert anyio.run(_asked, limits, list(parts), headers) == status


JOB = {
    "kind": "convert",
    "name": "x",
    "features": None,
    "order_by": "",
    "labels": None,
    "outputs": None,
    "strategy": "auto",
    "held": "auto",
    "precision": "double",
    "dialect": "sqlite",
    "table": "t",
    "key": "id",
    "coloured": False,
}
FILES = {"model": ("../../iris.keras", IRIS.read_bytes())}


def test_a_process_ends_with_its_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(process.Late):
        process.run(JOB, FILES, Limits(seconds=0.001))
    assert list(tmp_path.iterdir()) == []
    assert process.run(JOB, FILES, Limits())["done"]["sql"]
    assert list(tmp_path.iterdir()) == []


def test_a_process_ends_without_memory() -> None:
    before = {name: value for name, value in JOB.items() if name != "kind"}
    job = before | {"kind": "score", "rows": [[1.0, 2.0, 3.0, 4.0]]}
    with_little = Limits(memory=500)
    try:
        found = process.run(job, FILES, with_little)
    except process.Gone:
        return
    assert found["error"] in ("TooLarge", "DatabaseError")
    assert "emory" in found["detail"]


def test_an_answer_that_is_too_long() -> None:
    found = process.run(JOB, FILES, Limits(answer=0))
    assert found["error"] == "TooLarge"
    assert "keras2sql convert" in found["detail"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("iris.keras", "iris.keras"),
        ("../../etc/passwd", "passwd"),
        ("C:\\models\\a b.h5", "a_b.h5"),
        ("..", "model.."),
        (".pkl", "model.pkl"),
        ("", "model"),
        ("a\0b/\n", "_"),
    ],
)
def test_names_of_files_lead_nowhere_else(given: str, name: str) -> None:
    assert process.file_name(given) == name


def test_too_many_at_once() -> None:
    limits = Limits(together=0, waiting=0)
    client = TestClient(application(limits), base_url="http://127.0.0.1")
    answer = client.post("/model", json=of(IRIS))
    assert (answer.status_code, answer.json()["error"]) == (503, "Busy")
