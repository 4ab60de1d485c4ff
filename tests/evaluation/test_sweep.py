"""The sweep stops where it should, goes on where it was, and says why."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import keras2sql
from keras2sql.engines.deadline import TIMEOUTS, within
from keras2sql.errors import DatabaseError, DialectLimitError, InputError
from keras2sql.evaluation import sweep
from keras2sql.evaluation.cases import Case, Measured, failure, measure
from keras2sql.evaluation.networks import FAMILIES
from keras2sql.evaluation.page import crossovers
from keras2sql.evaluation.record import load
from keras2sql.report import Line

MEMORY = "duckdb:///:memory:"


def answer(case: Case, largest: int) -> Measured:
    """What a database would say that takes networks up to a size."""
    if case.size > largest:
        return Measured("fails", "columns", "too many columns")
    return Measured("works", run=0.1, plan=0.0, rows=case.rows, multiply_adds=case.size)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[Case]:
    """The cases that are measured, by a database that takes 100 units, or 100 rows."""
    found: list[Case] = []

    def measured(case: Case, *_: Any) -> Measured:
        found.append(case)
        return answer(case, 100)

    monkeypatch.setattr(sweep, "measure", measured)
    return found


def test_sizes_double_and_then_close_in(tried: list[Case]) -> None:
    found = keras2sql.evaluate(MEMORY, families=["width"], strategies=["rows"])
    assert [case.size for case in tried] == [16, 32, 64, 128, 91, 108]
    [verdict] = found.verdicts
    assert (verdict.verdict, verdict.largest, verdict.strategy) == ("works", 91, "rows")
    assert verdict.next == "108: columns: too many columns"


def test_a_record_is_gone_on_with(tried: list[Case], tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    how: dict[str, Any] = {"families": ["width"], "strategies": ["rows"], "record": path}
    first = keras2sql.evaluate(MEMORY, **how)
    record = json.loads(path.read_text())
    assert record == first.record
    kept = [case for case in record["cases"] if case["size"] not in (64, 91)]
    path.write_text(json.dumps(record | {"cases": kept}))
    tried.clear()
    again = keras2sql.evaluate(MEMORY, **how)
    assert [case.size for case in tried] == [64, 83, 95]
    assert again.verdicts[0].largest == 95
    assert os.listdir(tmp_path) == ["record.json"]


def test_what_ends_the_process_twice_is_not_tried_again(tried: list[Case], tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    how: dict[str, Any] = {"families": ["width"], "strategies": ["rows"], "record": path}
    record = keras2sql.evaluate(MEMORY, **how).record
    killed = next(case for case in record["cases"] if case["size"] == 64)
    killed |= {"status": "running", "attempts": 2}
    path.write_text(json.dumps(record))
    tried.clear()
    found = keras2sql.evaluate(MEMORY, **how)
    assert 64 not in [case.size for case in tried]
    case = next(c for c in found.record["cases"] if c["size"] == 64)
    assert (case["status"], case["limit"]) == ("fails", "memory")
    assert "the process has ended 2 times while it ran" in case["why"]


def test_no_time_is_no_limit_of_the_database() -> None:
    found = keras2sql.evaluate(MEMORY, budget=0.001, families=["width"])
    assert {(c["status"], c["limit"]) for c in found.record["cases"]} == {("unfinished", "budget")}
    assert found.verdicts[0].verdict == "not measured"


@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgres", "mariadb"])
def test_a_statement_is_cancelled(name: str, request: pytest.FixtureRequest) -> None:
    """The connection is as before, its own time limit too."""
    engine = request.getfixturevalue(f"{name}_engine")
    timeout = TIMEOUTS.get(engine.dialect_name)
    before = timeout and engine.query(timeout.read).iat[0, 0]
    case = Case("rows", "rows", 64_000, 64_000)
    began = time.monotonic()
    found = measure(case, engine, keras2sql.dialects.DIALECTS[engine.dialect_name], 0.0)
    taken = time.monotonic() - began
    assert (found.status, found.limit) == ("fails", "time"), found.why
    assert taken < 60
    assert (timeout and engine.query(timeout.read).iat[0, 0]) == before
    assert int(engine.query("SELECT 1 AS one").iat[0, 0]) == 1


SLOW = """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
SELECT count(*) FROM n"""


@pytest.mark.parametrize("name", ["duckdb", "sqlite"])
def test_what_an_interrupt_leaves_open_is_undone(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it may be the end of a transaction that is interrupted."""
    engine = request.getfixturevalue(f"{name}_engine")
    engine._run("BEGIN")
    monkeypatch.setattr(engine, "in_transaction", lambda: False)  # as it was before
    with pytest.raises(Exception, match=r"(?i)interrupt"), within(engine, 0.05):
        engine._run(SLOW)
    monkeypatch.undo()
    assert not engine.in_transaction()
    assert int(engine.query("SELECT 1 AS one").iat[0, 0]) == 1


def test_a_users_transaction_stays_open() -> None:
    connection = duckdb.connect()
    connection.begin()
    connection.execute("CREATE TABLE mine AS SELECT 1 AS a")
    keras2sql.evaluate(connection, budget=0.5, families=["rows"], strategies=["rows"])
    connection.rollback()
    with pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM mine")


SERVERS = {
    "postgres": "SELECT relname FROM pg_class WHERE relname LIKE 'keras2sql_evaluation%'",
    "mariadb": "SELECT id FROM information_schema.processlist WHERE info LIKE '%keras2sql_eval%' "
    "AND info NOT LIKE '%processlist%'",
}
"""What shows temporary tables, or statements over them, of other sessions too."""


def killed(url: str, record: Path, families: str) -> list[dict[str, Any]]:
    """SIGKILL in the middle of a run; the cases that were recorded."""
    command = [sys.executable, "-m", "keras2sql", "evaluate", "--db", url, "--budget", "60"]
    command += ["--families", families, "--record", str(record)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (record.exists() and load(record)["cases"]):
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    found: list[dict[str, Any]] = load(record)["cases"]
    assert found
    return found


def test_a_killed_run_is_gone_on_with(tmp_path: Path) -> None:
    """The record is whole, and nothing is in the database."""
    database, record = tmp_path / "here.db", tmp_path / "record.json"
    database.touch()
    url = f"sqlite:///{database}"
    before = killed(url, record, "depth")
    assert database.read_bytes() == b""
    found = keras2sql.evaluate(url, budget=1, families=["depth"], record=record)
    kept = [case for case in before if case["status"] == "works"]
    assert all(case in found.record["cases"] for case in kept)
    assert database.read_bytes() == b""


@pytest.mark.sweep
@pytest.mark.parametrize("server", SERVERS)
def test_a_killed_run_leaves_nothing_on_a_server(
    server: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = request.getfixturevalue(f"{server}_url")
    engine = request.getfixturevalue(f"{server}_engine")
    record = tmp_path / "record.json"
    before = killed(url, record, "width")
    deadline = time.monotonic() + 40
    while len(left := engine.query(SERVERS[server])) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not len(left)
    found = keras2sql.evaluate(url, budget=20, families=["width"], record=record)
    assert all(case in found.record["cases"] for case in before if case["status"] == "works")
    assert found.verdicts[0].largest is not None
    assert not len(engine.query(SERVERS[server]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no record"),
        ("[]", "'format' is not"),
        ('{"format": "keras2sql evaluation", "version": 9}', "version 9"),
        (
            '{"format": "keras2sql evaluation", "version": 1, "settings": {}, "environment": {}, '
            '"targets": [], "cases": [{"target": "a"}]}',
            "'cases' has an entry without a right family, strategy, size, status",
        ),
        ("[" * 100_000, "no record"),
    ],
)
def test_another_file_is_no_record(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        keras2sql.evaluate(MEMORY, record=path)
    assert path.read_text() == text


def test_a_record_of_other_settings_is_refused(tried: list[Case], tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    keras2sql.evaluate(MEMORY, families=["width"], record=path)
    with pytest.raises(InputError, match="record of other settings"):
        keras2sql.evaluate(MEMORY, families=["width"], record=path, rows=7)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"families": ["height"]}, "families: no 'height'; choose depth, width"),
        ({"strategies": ["magic"]}, "strategies: no 'magic'"),
        ({"budget": 0}, "give more than nothing"),
        ({"rows": 0}, "give more than nothing"),
        ({"budget": float("nan")}, "give more than nothing"),
    ],
)
def test_wrong_options(how: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        keras2sql.evaluate(MEMORY, **how)


@pytest.mark.parametrize("name", FAMILIES)
def test_networks_are_the_same_each_time_and_grow(name: str) -> None:
    family = FAMILIES[name]
    small, again, large = (family.network(family.sizes[i]) for i in (0, 0, 1))
    entry = small.graph.inputs[0]
    x = np.random.default_rng(0).normal(size=(3, *entry.shape))
    first, second = (n.graph.evaluate({entry.layer: x})["y"] for n in (small, again))
    np.testing.assert_array_equal(first, second)
    assert np.isfinite(first).all()
    assert np.ptp(first) > 1e-6
    grown = sum(t.size for t in large.graph.tensors()) > sum(t.size for t in small.graph.tensors())
    assert grown != (family.counted or name == "trees")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (DialectLimitError("the model needs 66 steps, MariaDB takes 62"), "depth"),
        (
            DialectLimitError("the model has 9 outputs, and X takes 4 columns in a select"),
            "columns",
        ),
        (DialectLimitError("the statement has 9 bytes, X takes 5"), "text"),
        (DatabaseError("the query: canceling statement due to statement timeout"), "time"),
        (DatabaseError("the query: INTERRUPT Error: Interrupted!"), "time"),
        (DatabaseError("making t: tables can have at most 1600 columns"), "columns"),
        (DatabaseError("too many columns on keras2sql_evaluation_width"), "columns"),
        (DatabaseError("the query: Out of Memory Error: could not allocate"), "memory"),
        (DatabaseError("the query: stack depth limit exceeded"), "depth"),
        (DatabaseError("no such luck"), "other"),
        (MemoryError(), "memory"),
        (RecursionError(), "depth"),
    ],
)
def test_what_kind_of_limit_an_error_tells_of(error: Exception, kind: str) -> None:
    assert failure(error, late=False) == ("fails", kind)


def test_lines_cross_where_one_becomes_the_lower() -> None:
    slow = Line("columns", [(1, 1.0), (100, 100.0)], "")
    flat = Line("rows", [(1, 10.0), (100, 10.0)], "")
    [(place, before, behind)] = crossovers([slow, flat])
    assert (round(place, 6), before, behind) == (10.0, "columns", "rows")
    assert crossovers([slow, slow]) == []
