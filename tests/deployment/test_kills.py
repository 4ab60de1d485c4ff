"""Every verb that writes, killed at any moment, with and without another beside it."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from deployment import jobs
from keras2sql.engines import connect


@pytest.fixture(params=["duckdb", "sqlite", "postgres", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that other processes can open."""
    if request.param in ("postgres", "mariadb"):
        return str(request.getfixturevalue(f"{request.param}_url"))
    path = tmp_path / "test.db"
    if request.param == "duckdb":
        import duckdb

        duckdb.connect(path).close()
    else:
        path.touch()
    return f"{request.param}:///{path}"


def started(
    context: ForkServerContext, url: str, verb: str, version: int
) -> tuple[ForkServerProcess, Connection]:
    ours, theirs = context.Pipe()
    process = context.Process(target=jobs.job, args=(url, verb, version, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "ready"
    return process, ours


def ended(process: ForkServerProcess, pipe: Connection) -> str:
    """What it told last; empty where it was killed before."""
    try:
        said = str(pipe.recv())
    except EOFError:
        said = ""
    process.join()
    return said


def killed(url: str, kills: int, rows: int, verbs: tuple[str, ...] = jobs.VERBS) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["deployment.jobs", "pandas", "sqlalchemy"])
    chance, whole, counted = random.Random(kills), {}, Counter[str]()
    for version in range(2, kills + 2):
        verb = verbs[version % len(verbs)]
        beside = not url.startswith(("duckdb", "chdb")) and version % 3 == 0
        with connect(url) as engine:
            jobs.prepare(engine, verb, version, rows)
        other = started(context, url, verb, version) if beside else None
        process, pipe = started(context, url, verb, version)
        start = time.perf_counter()
        if verb in whole:
            # Where all before were faster than their kill, the last one is killed at once.
            last_chance = version == kills + 1 and not was_killed(counted)
            time.sleep(0 if last_chance else chance.uniform(0, whole[verb]))
            process.kill()
        said = ended(process, pipe)
        if said == "done" and not beside:
            whole[verb] = min(whole.get(verb, 60.0), time.perf_counter() - start)
        counted[f"{verb}{' beside another' if beside else ''}: {said or 'killed'}"] += 1
        assert said in ("", "done") or (beside and jobs.was_in_the_way(said)), said
        if other is not None:
            said = ended(*other)
            assert said == "done" or jobs.was_in_the_way(said), said
        with connect(url) as engine:
            jobs.check_between(engine, verb, version)
            jobs.finish(engine, verb, version)
            jobs.check_after(engine, verb, version)
    with connect(url) as engine:
        jobs.clear(engine)
    for what, times in sorted(counted.items()):
        print(f"{times:4} x {what}")
    assert was_killed(counted), "no kill came before the end"


def test_each_verb_killed_in_clickhouse(tmp_path: Path) -> None:
    """By a process of its own, as one process has one ClickHouse, which may be that of a test."""
    killed_in_chdb(tmp_path, kills=10)


@pytest.mark.sweep
def test_sixty_kills_in_clickhouse(tmp_path: Path) -> None:
    killed_in_chdb(tmp_path, kills=60)


def killed_in_chdb(folder: Path, kills: int) -> None:
    command = [sys.executable, "-m", "deployment.kill_chdb", f"chdb:///{folder}", str(kills), "600"]
    path = os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command, text=True, capture_output=True, env={**os.environ, "PYTHONPATH": path}
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr


def was_killed(counted: Counter[str]) -> bool:
    return any(what.endswith("killed") for what in counted)


def test_each_verb_killed(url: str) -> None:
    killed(url, kills=10, rows=300)


@pytest.mark.sweep
def test_two_hundred_kills(url: str) -> None:
    killed(url, kills=200, rows=1000)
