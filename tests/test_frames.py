"""What `run` gives: frames of pandas, tables of Arrow, frames of Polars."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import Any

import numpy as np
import polars
import pyarrow
import pytest

import keras2sql
import tiny
from keras2sql.engines import Engine
from keras2sql.errors import InputError

LABELS = ["a", "b"]


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgres", "clickhouse"])
def target(request: pytest.FixtureRequest) -> Engine:
    """A database with a table of three rows, of which one has a NULL."""
    engine = request.getfixturevalue(f"{request.param}_engine")
    types = {"id": "BIGINT", "f": "DOUBLE PRECISION", "g": "DOUBLE PRECISION"}
    tiny.create(engine, "framed", types, ["1, 0.5, -2", "2, NULL, 1", "3, 1e3, 7"])
    assert isinstance(engine, Engine)
    return engine


def program(target: Engine) -> keras2sql.Program:
    graph = tiny.dense([2, 3, 2], ["relu", "softmax"])
    return tiny.program(graph, target, "framed", features=["f", "g"], labels=LABELS)


def test_all_kinds_hold_the_same(target: Engine) -> None:
    made = program(target)
    frame = made.run(target)
    table, polar = made.run(target, as_="arrow"), made.run(target, as_="polars")
    assert isinstance(table, pyarrow.Table)
    assert isinstance(polar, polars.DataFrame)
    assert table.column_names == polar.columns == made.columns == list(frame.columns)
    assert table.schema.metadata is None
    wanted = frame.sort_values("id", ignore_index=True)
    for rows in (table.sort_by("id").to_pylist(), polar.sort("id").to_dicts()):
        assert [row["id"] for row in rows] == [1, 2, 3]
        assert rows[1] == {"id": 2, **dict.fromkeys(made.columns[1:])}  # NULL is null
        for i in (0, 2):
            assert rows[i]["Decision"] == wanted["Decision"][i]
            assert rows[i]["Proba_a"] == wanted["Proba_a"][i]
            assert np.isfinite(rows[i]["Proba_b"])
    assert str(table.schema.field("Proba_a").type) == "double"
    assert polar.schema["id"] == polars.Int64


def test_no_rows(target: Engine) -> None:
    made = program(target)
    nothing = tiny.program(
        tiny.dense([2, 3, 2], ["relu", "softmax"]),
        target,
        "(SELECT * FROM framed WHERE id = 99)",
        features=["f", "g"],
        labels=LABELS,
    )
    for kind in ("arrow", "polars"):
        found = nothing.run(target, as_=kind)
        assert len(found) == 0
        names = found.column_names if kind == "arrow" else found.columns
        assert names == made.columns


def test_an_unknown_kind_is_told_before_anything_runs(target: Engine) -> None:
    with pytest.raises(InputError, match="as_='spark': choose one of pandas, arrow, polars"):
        program(target).run("no database", as_="spark")


def test_what_is_not_installed_is_told(target: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec

    def without(name: str, *rest: Any) -> Any:
        return None if name == "polars" else there(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    with pytest.raises(InputError, match=r"pip install 'keras2sql\[polars\]'"):
        program(target).run(target, as_="polars")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("keras2sql ins", "inspect"), ("keras2sql predict --inc", "--incremental")],
)
def test_the_shell_completes(words: str, wanted: str) -> None:
    code = "import sys; sys.argv = ['keras2sql']; from keras2sql.cli import main; main()"
    told = {"_KERAS2SQL_COMPLETE": "complete_bash", "COMP_WORDS": words}
    told["COMP_CWORD"] = str(len(words.split()) - 1)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [wanted]
