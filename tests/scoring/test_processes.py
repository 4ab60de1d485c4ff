"""Processes that are killed, and several at once: the same rows, once each."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError
from keras_models import model_file
from scoring.tables import contents, dropped, numbered, scorer, wanted

MODEL = str(model_file("iris"))
FEATURES = ["a", "b", "c", "d"]
LABELS = ["x", "y", "z"]

# Tells how many rows are done, so that it can be killed at a moment that is known.
SCORER = """
import sys
import keras2sql
model, dialect, url, size = sys.argv[1:]
made = keras2sql.convert(
    model, dialect, "large", "id", features=list("abcd"), labels=list("xyz")
)
made.score_into(url, "scores", int(size), progress=lambda done, _: print(done, flush=True))
"""

_SERIES = {
    "duckdb": "SELECT range AS i FROM range({rows})",
    "postgresql": "SELECT i FROM generate_series(0, {rows} - 1) AS series(i)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
    "WHERE i + 1 < {rows}) SELECT i FROM n",
}


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database that other processes can open."""
    if request.param == "postgres":
        found = str(request.getfixturevalue("postgres_url"))
        with connect(found) as engine:
            dropped(engine, "scores", "large", "plain")
        yield found
        with connect(found) as engine:
            dropped(engine, "scores", "large", "plain")
        return
    path = tmp_path / "test.db"
    if request.param == "duckdb":
        import duckdb

        duckdb.connect(path).close()
    else:
        path.touch()
    yield f"{request.param}:///{path}"


def make_large(engine: Engine, rows: int) -> None:
    series = _SERIES[engine.dialect_name].format(rows=rows)
    engine.execute_script(
        [
            "CREATE TABLE large (id BIGINT PRIMARY KEY, a DOUBLE PRECISION, b DOUBLE PRECISION, "
            "c DOUBLE PRECISION, d DOUBLE PRECISION)",
            f"INSERT INTO large SELECT i * 3, sin(i) + 2.0, cos(i), sin(3 * i), sin(5 * i) "
            f"FROM ({series}) AS numbers",
        ]
    )


def run_until(
    url: str, dialect: str, size: int, done: int | None, delay: float
) -> tuple[int, bool]:
    """Score in another process and kill it a moment after so many rows; the rows it told of, and
    whether it came to its end, which may be before the kill."""
    command = [sys.executable, "-c", SCORER, MODEL, dialect, url, str(size)]
    last = -1
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            last = int(line)
            if done is not None and last >= done:
                time.sleep(delay)
                process.kill()
                break
        said = process.stderr.read().decode()
    assert process.returncode in (0, -9), said
    return last, process.returncode == 0


def killed_and_resumed(url: str, rows: int, size: int, kills: int) -> None:
    chance = random.Random(rows)
    with connect(url) as engine:
        dialect = engine.dialect_name
        make_large(engine, rows)
    there, midway = 0, 0
    for _ in range(kills):
        if there == rows:  # it was faster than the kill: a whole table is refused, as it should
            break
        start = time.perf_counter()
        part = chance.choice([0, size, 2 * size])
        told, ended = run_until(url, dialect, size, part, chance.uniform(0, 0.3))
        with connect(url) as engine:
            found = engine.count("scores")
        assert found >= there + told, "what was told is kept"
        assert found % size == 0 or found == rows, "batches are whole"
        assert not ended or found == rows, "who was not killed has scored everything"
        print(f"killed at {found} rows after {time.perf_counter() - start:.1f} s")
        there, midway = found, midway + (found < rows)
    assert midway, "no kill came before the end"
    start = time.perf_counter()
    if there < rows:
        assert run_until(url, dialect, size, None, 0) == (rows - there, True)
    print(f"went on to {rows} rows in {time.perf_counter() - start:.1f} s")
    import keras2sql

    made = keras2sql.convert(MODEL, dialect, "large", "id", features=FEATURES, labels=LABELS)
    with connect(url) as engine:
        start = time.perf_counter()
        session = [settings.sql for settings in made.dialect.session]
        engine.execute_script([*session, f"CREATE TABLE plain AS {made.query}"])
        print(f"the query alone: {time.perf_counter() - start:.1f} s")
        assert engine.count("scores") == rows
        assert engine.query("SELECT count(DISTINCT id) AS n FROM scores")["n"][0] == rows
        for one, other in (("scores", "plain"), ("plain", "scores")):
            assert engine.count(f"(SELECT * FROM {one} EXCEPT SELECT * FROM {other}) AS lost") == 0


def test_killed_and_resumed(url: str) -> None:
    killed_and_resumed(url, 60_000, 1_000, kills=3)


@pytest.mark.sweep
def test_a_million_rows_killed_and_resumed(url: str) -> None:
    killed_and_resumed(url, 1_000_000, 50_000, kills=6)


# -- several at once


def at_once(jobs: list[Any]) -> None:
    """All of them at the same time; what one raises is raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(jobs))

    def run(job: Any) -> None:
        gate.wait()
        try:
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture
def many(url: str) -> Iterator[tuple[Engine, list[Any]]]:
    """A database, and eight targets that lead to it."""
    if not url.startswith("duckdb"):
        with connect(url) as engine:
            yield engine, [url] * 8
        return
    import duckdb

    path = url.removeprefix("duckdb:///")
    with duckdb.connect(path) as connection, connect(connection) as engine:
        yield engine, [connection.cursor() for _ in range(8)]


def test_eight_into_one_table(many: tuple[Engine, list[Any]]) -> None:
    engine, targets = many
    numbered(engine, 400)
    made = scorer(engine)
    rows: list[int] = []

    def score(target: Any) -> None:
        rows.append(made.score_into(target, "scores", 50, incremental=True).rows)

    at_once([lambda t=target: score(t) for target in targets])
    assert sum(rows) == 400
    assert contents(engine) == wanted(engine, made)


def test_eight_into_tables_of_their_own(many: tuple[Engine, list[Any]]) -> None:
    engine, targets = many
    numbered(engine, 100)
    made = scorer(engine)
    names = [f"scores_{i}" for i in range(8)]
    dropped(engine, *names)
    at_once(
        [
            lambda t=target, n=name: made.score_into(t, n, 30)
            for target, name in zip(targets, names, strict=True)
        ]
    )
    right = wanted(engine, made)
    assert [contents(engine, name) == right for name in names] == [True] * 8
    dropped(engine, *names)


def test_replaced_by_several(many: tuple[Engine, list[Any]]) -> None:
    engine, targets = many
    numbered(engine, 100)
    made = scorer(engine)
    made.score_into(engine, "scores")
    refused: list[str] = []

    def replace(target: Any) -> None:
        try:
            made.score_into(target, "scores", 20, replace=True)
        except DatabaseError as error:
            refused.append(str(error))

    at_once([lambda t=target: replace(t) for target in targets[:4]])
    assert contents(engine) == wanted(engine, made)
    assert len(refused) < 4
    assert not engine.exists("scores_unfinished")
    assert all("by another process" in one or "scores_unfinished" in one for one in refused)
