"""What notebooks show of the public objects: short, whole, and no markup of others."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql import notebook

NAME = "<script>alert('x')</script> & \"co\""


class _Elements(HTMLParser):
    """The elements of a text, every one of which must be closed; and what stands between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def model() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(30, activation="relu"), keras.layers.Dense(3, "softmax")]
    return keras.Sequential([keras.Input((40,)), *layers], name="scores")


FEATURES = [f"{NAME} {i}" for i in range(40)]
GIVEN: dict[str, Any] = {"features": FEATURES, "labels": [NAME, "y", "z"]}


@pytest.fixture(scope="module")
def shown(model: Any) -> dict[str, Any]:
    import duckdb

    frame = pd.DataFrame(np.random.default_rng(0).random((20, 40)), columns=FEATURES)
    connection = duckdb.connect()
    connection.register("given", frame.assign(id=range(20)))
    connection.execute("CREATE TABLE t AS SELECT * FROM given")
    program = keras2sql.convert(model, "duckdb", "t", "id", **GIVEN)
    report = keras2sql.verify(model, connection, table="t", key="id", **GIVEN)
    inspection = keras2sql.inspect(model)
    return {"program": program, "plan": program.plan, "inspection": inspection, "report": report}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("program", ["scores", "DuckDB", "key id", "steps"]),
        ("plan", ["precision", "weights inline", "fastest"]),
        ("inspection", ["scores", "parameters 1,323"]),
        ("report", ["scores", "20 rows", "labels 100 %", "ok"]),
    ],
)
def test_a_representation_is_a_few_lines(shown: dict[str, Any], name: str, told: list[str]) -> None:
    text = repr(shown[name])
    assert len(text) < 1_000
    assert text.count("\n") < 10
    for word in told:
        assert word in text


@pytest.mark.parametrize("name", ["program", "inspection", "report"])
def test_html_is_whole_and_has_no_markup_of_others(shown: dict[str, Any], name: str) -> None:
    found = _Elements(shown[name]._repr_html_())
    assert "script" not in found.seen
    assert "table" in found.seen
    assert "scores" in found.text


def test_a_program_shows_its_query(shown: dict[str, Any]) -> None:
    query = shown["program"].query
    assert len(query) > notebook.LONGEST
    text = _Elements(shown["program"]._repr_html_()).text
    assert query[: notebook.LONGEST] in text
    assert f"{len(query) - notebook.LONGEST:,} characters more" in text


def test_what_differs_is_shown(shown: dict[str, Any]) -> None:
    from dataclasses import replace

    worst = pd.DataFrame({"column": [NAME], "error": [0.5]})
    report = replace(shown["report"], ok=False, worst=worst)
    found = _Elements(report._repr_html_())
    assert "script" not in found.seen
    assert "worst differences" in found.text
    assert NAME in found.text
    assert "DIFFERENT" in repr(report)
