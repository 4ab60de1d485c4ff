"""`convert` is `read` and then `program`: what a front end or a reader of its own stands on."""

from __future__ import annotations

from typing import Any

import keras
import pytest

import keras2sql
from keras2sql import Sequence, api
from keras2sql.demo import FEATURES, FORECASTER, LABELS, MODEL
from keras2sql.dialects import DIALECTS
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.read.network import Network
from keras2sql.sequences import Stream

FLAT: dict[str, Any] = {"table": "iris", "key": "id", "features": list(FEATURES), "labels": LABELS}
LONG: dict[str, Any] = {"table": "months", "key": "k", "features": Sequence(["sst"], "month")}

UNROLLED = ("snowflake", "mysql", "trino", "monetdb", "teradata", "oceanbase")
"""Databases without a recursion, where so many steps, one behind the other, are too many."""
UNORDERED = ("hsqldb",)
"""Databases that number no rows in an order."""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("model", "options", "kind"),
    [(MODEL, FLAT, Network), (FORECASTER, LONG, Stream)],
    ids=["flat", "long"],
)
def test_convert_is_read_and_program(
    dialect: str, model: Any, options: dict[str, Any], kind: type
) -> None:
    if kind is Stream and dialect in UNROLLED:
        limit = f"{DIALECTS[dialect].title} (takes|may have)"
        with pytest.raises(DialectLimitError, match=limit):
            keras2sql.convert(model, dialect, **options)
        return
    if kind is Stream and dialect in UNORDERED:
        with pytest.raises(UnsupportedDialectError, match="no functions of rows in an order"):
            keras2sql.convert(model, dialect, **options)
        return
    converted = keras2sql.convert(model, dialect, **options)
    network = api.read(model, options["features"])
    assert isinstance(network, kind)
    made = api.program(network, dialect, **options, name=model.stem)
    assert (made.sql, made.columns) == (converted.sql, converted.columns)
    assert made.explain() == converted.explain()


def test_a_program_has_the_name_of_its_network() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)], name="line")
    network = api.read(model, ["a"])
    assert api.program(network, "duckdb", "t", "id", ["a"]).name == "line"
    assert api.program(network, "duckdb", "t", "id", ["a"], name="other").name == "other"


def test_a_network_is_taken_with_the_features_that_it_was_read_for() -> None:
    months = LONG["features"]
    stream = api.read(FORECASTER, months)
    for features in (["sst"], Sequence(["sst"], "day"), Sequence(["other"], "month"), None):
        with pytest.raises(
            InputError, match=r"read for Sequence\(columns=\('sst',\), order_by='mo"
        ):
            api.program(stream, "duckdb", "months", "k", features)
    flat = api.read(MODEL, list(FEATURES))
    with pytest.raises(InputError, match=r"a Sequence takes the model as read for it"):
        api.program(flat, "duckdb", "iris", "id", months)
