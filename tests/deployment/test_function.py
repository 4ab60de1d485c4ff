"""A function of the values of a row, in PostgreSQL and DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.engines import Engine
from keras2sql.errors import InputError, UnsupportedDialectError
from tiny import dense, expected, program

Load = Callable[[Engine, str, pd.DataFrame], None]
NAMES = list("abcd")


@pytest.mark.parametrize("strategy", ["columns", "rows"])
def test_a_row_of_literals_and_each_row_of_a_table(
    strategy: str, postgres_engine: Engine, load_table: Load
) -> None:
    x = np.random.default_rng(0).normal(size=(6, 4))
    x[2, 1] = np.nan
    load_table(
        postgres_engine,
        "measured",
        pd.DataFrame({"id": range(6), **dict(zip(NAMES, x.T, strict=True))}),
    )
    graph = dense([4, 8, 1], ["relu", "sigmoid"])
    made = program(graph, "postgresql", table="measured", features=NAMES, strategy=strategy)
    (output,) = made.graph.outputs
    wanted = expected(made, {"x": x})[output]
    try:
        assert made.deploy(postgres_engine, "score_row", kind="function").change == "made"
        again = made.deploy(postgres_engine, "score_row", kind="function")
        assert again.change == "unchanged"
        listed = ", ".join(repr(float(v)) for v in x[0])
        one = postgres_engine.query(f"SELECT * FROM score_row({listed})", [output])
        assert len(one) == 1
        np.testing.assert_allclose(one[output].to_numpy(float), wanted[:1], rtol=1e-12)
        each = postgres_engine.query(
            "SELECT t.id, s.* FROM measured AS t CROSS JOIN LATERAL score_row(a, b, c, d) AS s "
            "ORDER BY id",
            ["id", output],
        )
        found = each[output].to_numpy(float)
        assert np.isnan(found[2])
        keep = np.arange(6) != 2
        np.testing.assert_allclose(found[keep], wanted[keep], rtol=1e-12)
        state = keras2sql.status(postgres_engine)
        assert state[["name", "kind", "state"]].to_numpy().tolist() == [
            ["score_row", "function", "ok"]
        ]
        other = program(dense([4, 1], ["linear"]), "postgresql", table="measured", features=NAMES)
        with pytest.raises(InputError, match="score_row is deployed already, a function of"):
            other.deploy(postgres_engine, "score_row", kind="function")
        assert other.deploy(postgres_engine, "score_row", True, "function").change == "replaced"
    finally:
        keras2sql.undeploy(postgres_engine, "score_row")
    assert keras2sql.status(postgres_engine).empty


@pytest.mark.parametrize("strategy", ["columns", "arrays", "rows"])
def test_a_macro_of_the_values_of_a_row(
    strategy: str, duckdb_engine: Engine, load_table: Load
) -> None:
    """Its arguments are called as no column is, whatever columns are called."""
    names = ["a", "given_a", "b c", "row"]
    x = np.random.default_rng(0).normal(size=(6, 4))
    x[2, 1] = np.nan
    frame = pd.DataFrame({"id": range(6), **dict(zip(names, x.T, strict=True))})
    load_table(duckdb_engine, "measured", frame)
    graph = dense([4, 70, 1], ["relu", "sigmoid"])
    made = program(graph, "duckdb", table="measured", features=names, strategy=strategy)
    (output,) = made.graph.outputs
    wanted = expected(made, {"x": x})[output]
    assert made.deploy(duckdb_engine, "score_row", kind="function").change == "made"
    assert made.deploy(duckdb_engine, "score_row", kind="function").change == "unchanged"
    listed = ", ".join(repr(float(v)) for v in x[0])
    one = duckdb_engine.query(f"SELECT * FROM score_row({listed})", [output])
    np.testing.assert_allclose(one[output].to_numpy(float), wanted[:1], rtol=1e-12)
    each = duckdb_engine.query(
        "SELECT t.id, s.* FROM measured AS t CROSS JOIN LATERAL "
        'score_row(t.a, t.given_a, t."b c", t."row") AS s ORDER BY id',
        ["id", output],
    )
    found = each[output].to_numpy(float)
    assert np.isnan(found[2])
    keep = np.arange(6) != 2
    np.testing.assert_allclose(found[keep], wanted[keep], rtol=1e-12)
    state = keras2sql.status(duckdb_engine)
    assert state[["name", "kind", "state"]].to_numpy().tolist() == [["score_row", "function", "ok"]]
    other = program(dense([4, 1], ["linear"]), "duckdb", table="measured", features=names)
    assert other.deploy(duckdb_engine, "score_row", True, "function").change == "replaced"
    made.deploy(duckdb_engine, "scores", kind="macro")
    kinds = keras2sql.status(duckdb_engine)["kind"].tolist()
    assert sorted(kinds) == ["function", "macro"]
    keras2sql.undeploy(duckdb_engine, "score_row")
    keras2sql.undeploy(duckdb_engine, "scores")
    assert keras2sql.status(duckdb_engine).empty


def test_a_label_does_not_end_the_text(postgres_engine: Engine, load_table: Load) -> None:
    frame = pd.DataFrame({"id": [1], **{name: [0.5] for name in NAMES}})
    load_table(postgres_engine, "measured", frame)
    labels = ["END $row$; DROP TABLE measured; --", "$row_$ '' $1"]
    made = keras2sql.convert(
        classifier(), "postgresql", "measured", "id", features=NAMES, labels=labels
    )
    made.deploy(postgres_engine, "score_row", kind="function")
    try:
        found = postgres_engine.query('SELECT s."Decision" FROM score_row(1, 2, 3, 4) AS s', ["d"])
        assert found["d"].iloc[0] in labels
        assert postgres_engine.count("measured") == 1
    finally:
        keras2sql.undeploy(postgres_engine, "score_row")


def classifier() -> keras.Model:
    layers = [keras.Input((4,)), keras.layers.Dense(2, activation="softmax")]
    return keras.Sequential(layers)


def test_who_has_no_functions_says_so(sqlite_engine: Engine, load_table: Load) -> None:
    frame = pd.DataFrame({"id": [1], **{name: [0.5] for name in NAMES}})
    load_table(sqlite_engine, "measured", frame)
    made = program(dense([4, 1], ["linear"]), "sqlite", table="measured", features=NAMES)
    with pytest.raises(UnsupportedDialectError, match="make a view"):
        made.deploy(sqlite_engine, "score_row", kind="function")
