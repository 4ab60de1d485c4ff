"""What every plan would take, told before anything runs: also of networks that fit none but one."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import keras2sql
from keras2sql import api
from keras2sql.cli.app import app
from keras2sql.dialects import DIALECTS
from keras2sql.dialects.costs import ROWS
from keras2sql.evaluation.networks import FAMILIES
from keras2sql.outlook import Outlook, how_sure, outlooks

MODEL = Path(keras2sql.__file__).parent / "demo" / "iris.keras"
EXECUTED = [name for name, d in DIALECTS.items() if d.tested == "executed"]


def made(family: str, size: int, dialect: str, **how: Any) -> keras2sql.Program:
    return api.program(FAMILIES[family].network(size), dialect, "t", "id", **how)


def by_strategy(program: keras2sql.Program, rows: int = 1000) -> dict[str, Outlook]:
    found = outlooks(program, rows)
    assert found[0].chosen
    assert not any(one.chosen for one in found[1:])
    return {one.strategy: one for one in found}


@pytest.mark.parametrize("dialect", EXECUTED)
def test_sizes_and_times_are_those_of_the_statements(dialect: str) -> None:
    found = by_strategy(made("width", 16, dialect), ROWS)
    assert set(found) == set(DIALECTS[dialect].strategies)
    for strategy, one in found.items():
        asked = made("width", 16, dialect, strategy=strategy)
        assert one.fits
        assert one.counted
        assert one.size is not None
        assert one.seconds is not None
        if strategy != "arrays" or not one.chosen:  # the chosen one packs what pays alone
            assert abs(one.size - len(asked.query.encode())) < 200  # its header
        told = re.search(r"^estimate  (.*) for 100,000 rows", asked.explain(), re.M)
        assert told is not None


def test_what_does_not_fit_says_why() -> None:
    found = by_strategy(made("depth", 40, "mariadb"))
    assert found["columns"].fits
    assert not found["rows"].fits
    assert "steps, MariaDB takes 62" in found["rows"].limit
    text = made("depth", 40, "mariadb").explain(rows=7)
    assert re.search(r"^  rows +does not fit: the model needs \d+ steps", text, re.M)


def test_long_statements_are_reckoned_not_written() -> None:
    program = made("convolution", 128, "duckdb")
    began = time.process_time()
    found = by_strategy(program)
    assert time.process_time() - began < 10
    assert program.plan.strategy == "rows"
    assert found["rows"].counted
    assert found["rows"].seconds is not None
    assert "estimate  " in program.explain()
    other = found["columns"]
    assert other.feasible == "doubtful"
    assert re.search(r"^  columns +doubtful; .* about .* of SQL$", program.explain(rows=1), re.M)


def test_more_rows_take_longer_and_more_memory() -> None:
    program = made("width", 16, "postgresql")
    few, many = outlooks(program, 1_000)[0], outlooks(program, 1_000_000)[0]
    assert few.seconds is not None
    assert many.seconds is not None
    assert few.seconds < many.seconds
    assert few.once == many.once
    assert few.memory is not None
    assert many.memory == 1000 * few.memory


def test_a_database_without_costs_says_so() -> None:
    text = made("width", 16, "bigquery").explain(rows=10)
    assert "plans for 10 rows, on one core; nothing was measured in BigQuery\n" in text
    assert "nothing was measured in this database" in text


@pytest.mark.parametrize("dialect", EXECUTED)
def test_trees_are_said_not_to_be_measured_where_they_were_not(dialect: str) -> None:
    """Where they were, nothing is said of them, nor of a network that has none."""
    costs = DIALECTS[dialect].costs
    assert costs is not None
    said = "; what trees take was not measured there"
    assert (said in how_sure(made("trees", 10, dialect))) == (costs.choice is None)
    assert said not in how_sure(made("width", 16, dialect))


def test_the_command() -> None:
    args = ["inspect", str(MODEL), "--dialect", "duckdb", "--rows", "5000"]
    text = CliRunner().invoke(app, args).stdout
    assert "plans for 5,000 rows, on one core" in text
    assert re.search(r"^  columns.*of it to plan; .* of SQL; widest step ", text, re.M)
    told = json.loads(CliRunner().invoke(app, [*args, "--format", "json"]).stdout)
    plans = told["program"]["plans"]
    assert {one["strategy"] for one in plans} == {"columns", "arrays", "rows"}
    assert all(one["rows"] == 5000 and one["feasible"] == "yes" for one in plans)
