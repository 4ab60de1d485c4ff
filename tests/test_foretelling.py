"""What predict, verify and deploy say before they begin: how many rows, and how long they take."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import keras2sql
from keras2sql.cli import console, foretelling
from keras2sql.cli.app import app
from keras2sql.engines import connect
from keras_models import model_file

SOURCE = ["--table", "iris", "--key", "id", "--passthrough", "species"]
FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
# Rows without an end.
ENDLESS = "(WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT i FROM t)"


def told(*args: str) -> list[str]:
    """The lines on stderr, as on a terminal."""
    done = CliRunner().invoke(app, [*args], prog_name="keras2sql")
    assert done.exit_code == 0, done.stderr
    return [str(line) for line in done.stderr.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console, "watched", lambda: True)
    told("demo", "--export", "demo")
    return tmp_path


@pytest.mark.parametrize("url", ["sqlite:///demo/iris.db", "duckdb:///demo/iris.duckdb"])
def test_rows_and_time_before_the_work(url: str, folder: Path) -> None:
    given = ["demo/iris.keras", "--db", url, *SOURCE]
    soon = "takes less than a second"
    told_first = "features, in the order of the table: " + ", ".join(FEATURES)
    expected = {
        ("predict",): f"150 rows in iris; scoring them {soon}",
        ("predict", "--into", "scores"): f"150 rows in iris; scoring them {soon}",
        ("verify", "--rows", "20"): f"20 of 150 rows in iris; the database's side {soon}",
        ("deploy", "--view", "v"): f"150 rows in iris; reading them all by the view {soon}",
    }
    for (verb, *more), line in expected.items():
        assert told(verb, *given, *more)[:2] == [told_first, line]
    for quiet in (["--quiet"], ["-q"], ["--format", "json"]):
        assert told("predict", *given, *quiet) == [told_first]


def test_of_a_long_table_rows_alone(folder: Path) -> None:
    """A key has many of its rows."""
    lines = told(
        "predict", "demo/elnino.keras", "--db", "sqlite:///demo/iris.db", "--table",
        "elnino_windows", "--key", "forecast", "--order-by", "month",
    )  # fmt: skip
    assert lines[1:] == ["16,992 rows in elnino_windows"]


def test_what_is_soon_over_is_told_on_a_terminal_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "watched", lambda: False)
    given = ["demo/iris.keras", "--db", "sqlite:///demo/iris.db", *SOURCE]
    assert len(told("predict", *given)) == 1
    monkeypatch.setattr(foretelling, "_count", lambda engine, relation: 10**8)
    assert told("predict", *given)[1].startswith("100,000,000 rows in iris; scoring them takes")


@pytest.mark.parametrize("dialect", ["sqlite", "bigquery"])
def test_the_time_is_that_of_the_estimate(
    dialect: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = keras2sql.convert(model_file("iris"), dialect, "iris", "id", features=FEATURES)
    rows = 40_000_000
    monkeypatch.setattr(foretelling, "_count", lambda engine, relation: rows)
    engine: Any = None
    foretelling.tell(engine, program, "scoring them")
    line = capsys.readouterr().err
    if dialect == "bigquery":  # of which nothing was measured
        assert line == "40,000,000 rows in iris\n"
        return
    found = re.search(r"^estimate  (\S+ \w+) for 40,000,000 rows", program.explain(rows), re.M)
    assert found is not None
    assert line == f"40,000,000 rows in iris; scoring them takes about {found[1]} on one core\n"


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "duckdb:///:memory:", "postgresql"])
def test_what_takes_long_to_count_is_not_counted(
    url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foretelling, "SECONDS", 1.0)
    url = str(request.getfixturevalue("postgres_url")) if url == "postgresql" else url
    relation = f"{ENDLESS} AS endless"
    with connect(url) as engine:
        began = time.monotonic()
        assert foretelling._count(engine, relation) == -1
        assert time.monotonic() - began < 20
        assert foretelling._count(engine, "(SELECT 1 AS a) AS one") == 1
        assert foretelling._count(engine, "a_table_that_nobody_made") is None
