"""Deployments that are killed, and several at once: one version or the other answers."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import keras2sql
from deployment.programs import answers, called, objects, prepare, program, read
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError
from scoring.test_processes import at_once

TESTS = Path(__file__).parent.parent


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A database with the source alone, that other processes can open."""
    found = str(request.getfixturevalue(f"{request.param}_url"))
    with connect(found) as engine:
        prepare(engine)
    return found


def deploy_until(url: str, version: int, rows: int, seconds: float | None) -> float | None:
    """Deploy in another process and kill it so long after it began; how long it took, if it
    was through."""
    command = [sys.executable, "-m", "deployment.programs", url, str(version), str(rows)]
    path = os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(
        command, text=True, env={**os.environ, "PYTHONPATH": path}, **pipes
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        start = time.perf_counter()
        if seconds is not None:
            time.sleep(seconds)
            process.kill()
        end = process.stdout.read()
        took = time.perf_counter() - start
        said = process.stderr.read()
    assert process.returncode == 0 or (seconds is not None and process.returncode == -9), said
    return took if end else None


def killed_and_run_again(url: str, kills: int, rows: int) -> None:
    chance = random.Random(kills)
    with connect(url) as engine:
        before = objects(engine)
        dialect = engine.dialect_name
    whole = deploy_until(url, 1, rows, None)
    assert whole is not None
    new, killed = 0, 0
    for version in range(2, kills + 2):
        took = deploy_until(url, version, rows, chance.uniform(0, whole))
        killed += took is None
        whole = min(whole, took or whole)  # the first one, on a cold disk, may take longer
        with connect(url) as engine:
            found = read(engine)
            assert found in (answers(version - 1), answers(version))
            assert keras2sql.status(engine)["state"].tolist() == ["ok"]
        new += found == answers(version)
        program(dialect, version, rows).deploy(url, "scores", replace=True)
        with connect(url) as engine:
            assert read(engine) == answers(version)
            tables = {name for _, name, _ in objects(engine) if name.startswith("model_")}
            assert tables == {called(version, "a"), called(version, "b")}
    print(f"\n{killed} of {kills} killed within {whole:.1f} s; {new} times the new one answered")
    assert killed, "no kill came before the end"
    with connect(url) as engine:
        keras2sql.undeploy(engine, "scores")
        assert objects(engine) == before


def test_killed_and_run_again(url: str) -> None:
    killed_and_run_again(url, kills=1, rows=100_000)


@pytest.mark.sweep
def test_killed_twenty_times(url: str) -> None:
    killed_and_run_again(url, kills=20, rows=300_000)


# -- several at once


@pytest.fixture
def served(postgres_url: str) -> Iterator[Engine]:
    """PostgreSQL with the source, and nothing else afterwards either."""
    with connect(postgres_url) as engine:
        prepare(engine)
        before = objects(engine)
        yield engine
        assert objects(engine) == before


def test_eight_deploy_and_predict_at_once(served: Engine, postgres_url: str) -> None:
    """Four put two versions in turn under two names, three predict with what is deployed or
    with tables of their own, one reads the views: each answer is that of one version."""
    rounds = 4
    programs = {version: program("postgresql", version, rows=200) for version in (1, 2)}
    for name in ("scores", "others"):
        programs[1].deploy(served, name)
    made: list[str] = []

    def deploy(name: str, first: int) -> None:
        for i in range(rounds):
            done = programs[(first + i) % 2 + 1].deploy(postgres_url, name, replace=True)
            made.append(done.change)

    def predict(version: int) -> None:
        for _ in range(rounds):
            frame = programs[version].run(postgres_url).sort_values("id")
            assert frame["y"].tolist() == answers(version)

    def score(version: int) -> None:
        for i in range(rounds):
            programs[version].score_into(postgres_url, f"filled_{i}", 1)

    def look() -> None:
        with connect(postgres_url) as engine:
            for _ in range(4 * rounds):
                for name in ("scores", "others"):
                    assert _patiently_read(engine, name) in (answers(1), answers(2))

    jobs: list[Any] = [
        *(
            lambda n=name, f=first: deploy(n, f)
            for name in ("scores", "others")
            for first in (0, 1)
        ),
        lambda: predict(1),
        lambda: predict(2),
        lambda: score(1),
        look,
    ]
    at_once(jobs)
    assert len(made) == 4 * rounds
    assert keras2sql.status(served)["state"].tolist() == ["ok", "ok"]
    for i in range(rounds):
        assert read(served, f"filled_{i}") == answers(1)
        served.execute_script([f"DROP TABLE filled_{i}"])
    served.execute_script(["DROP TABLE keras2sql_scores"])
    for name in ("scores", "others"):
        keras2sql.undeploy(served, name)
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    assert served.query(waiting).iat[0, 0] == 0


def _patiently_read(engine: Engine, view: str) -> list[float]:
    """PostgreSQL raises where a table is dropped between the planning of a view and its read."""
    for _ in range(20):
        try:
            return read(engine, view)
        except DatabaseError as error:
            if not re.search("does not exist|could not open relation", str(error)):
                raise
    raise AssertionError(f"{view} never answered")
