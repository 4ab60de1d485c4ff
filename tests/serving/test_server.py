"""Starting the server: where it listens, and what is told where it can't."""

from __future__ import annotations

import socket
import sys

import pytest
from typer.testing import CliRunner

from keras2sql.cli.app import app


def told(*args: str) -> str:
    done = CliRunner().invoke(app, ["serve", *args])
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("library", ["uvicorn", "fastapi"])
def test_what_it_needs(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "keras2sql.serving.app", raising=False)
    assert f"serve needs {library}: pip install 'keras2sql[serve]'" in told()


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"can't serve on 127.0.0.1:{port}" in told("--port", str(port))


def test_an_address_that_is_none() -> None:
    assert "can't serve on nowhere.invalid:1234" in told(
        "--host", "nowhere.invalid", "--port", "1234"
    )
