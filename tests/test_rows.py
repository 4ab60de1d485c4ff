"""The rows strategy: weights in tables or inline, rows that have no prediction, the choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
import real_nets
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError, UnsupportedDialectError
from keras2sql.graph.core import Builder, Graph
from keras2sql.lower.source import Source
from keras2sql.plan import SPELLED, WORSE, Form, lower, plan
from keras2sql.sql.render import render
from layers.build import double_precision
from tiny import activation

Load = Callable[[Engine, str, pd.DataFrame], None]


@pytest.fixture(autouse=True)
def _in_double_precision() -> Iterator[None]:
    with double_precision():
        yield


def wide(inputs: int, hidden: int, seed: int = 0) -> Graph:
    rng = np.random.default_rng(seed)
    g = Builder()
    x = g.input("x", (inputs,))
    with g.at("hidden"):
        y = activation(
            g, g.contract(x, rng.normal(size=(inputs, hidden)), rng.normal(size=hidden)), "relu"
        )
    with g.at("answer"):
        out = g.contract(y, rng.normal(size=(hidden, 1)) / hidden, rng.normal(size=1))
    return Graph((x,), {"out": out})


def dense(keras: Any, seed: int = 0) -> Any:
    model = keras.Sequential(
        [keras.layers.Input((6,)), keras.layers.Dense(9, "tanh"), keras.layers.Dense(3, "softmax")]
    )
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def frame(rows: int, columns: int, seed: int = 1) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    found = pd.DataFrame(values, columns=[f"x{i}" for i in range(columns)])
    found.insert(0, "id", range(rows))
    return found


@pytest.mark.parametrize("weights", ["inline", "tables"])
def test_weights_stand_where_they_are_asked_for(
    weights: str, engine: Engine, load_table: Load
) -> None:
    model, rows = real_nets.in_float64(lambda keras: (dense(keras), {}))[0], frame(7, 6)
    load_table(engine, "some", rows)
    program = keras2sql.convert(
        model, engine.dialect_name, "some", "id", list(rows.columns[1:]), weights=weights,
        strategy="rows", name="my model",
    )  # fmt: skip
    assert bool(program.tables) == (weights == "tables")
    assert all(t.name.startswith("my_model_") for t in program.tables)
    expected = np.asarray(model(rows.iloc[:, 1:].to_numpy()))
    columns = list(program.graph.outputs)

    def same() -> bool:
        found = program.run(engine.connection).sort_values("id")[columns].to_numpy(dtype=float)
        return bool(np.allclose(found, expected, rtol=0, atol=1e-12))

    assert same()
    for _ in range(2):  # loading twice is a no-op
        engine.execute_script(program.setup)
    assert same()
    engine.execute_script(program.teardown)
    assert same()


def test_weights_in_tables_are_rows() -> None:
    graph = wide(8, 4)
    chosen = plan(graph, get("sqlite"), weights="tables")
    assert (chosen.strategy, chosen.weights) == ("rows", "tables")
    for dialect, strategy, precision in (
        ("duckdb", "columns", "double"),
        ("duckdb", "arrays", "single"),
        ("pgvector", "arrays", "double"),
    ):
        with pytest.raises(UnsupportedDialectError, match="needs the rows strategy"):
            plan(graph, get(dialect), strategy, "tables", precision)
    matrices = plan(graph, get("duckdb"), "arrays", "tables")
    assert (matrices.matrices, matrices.weights) == (True, "tables")


def test_large_models_are_rows_with_tables() -> None:
    small, large = wide(100, SPELLED // 101 - 1), wide(100, SPELLED // 101 + 1)
    assert plan(small, get("sqlite")).strategy == "columns"
    chosen = plan(large, get("sqlite"))
    assert (chosen.strategy, chosen.weights) == ("rows", "tables")
    assert f"{large.multiply_adds():,} multiply-adds" in chosen.reason
    assert plan(large, get("duckdb")).strategy == "rows"
    assert plan(small, get("duckdb")).reason == "arrays would take 1.7 s to plan"
    assert plan(large, get("duckdb"), form=Form(False, "")).strategy == "arrays"


def convolved(side: int) -> Graph:
    g = Builder()
    x = g.input("x", (side, side))
    windows = np.arange(side - 1)[:, None] + np.arange(2)
    with g.at("conv"):
        index = (windows[:, None, :, None] * side + windows[None, :, None, :]).reshape(-1, 4)
        out = g.contract(g.take(x, index), np.ones((4, 8)), np.zeros(8))
    return Graph((x,), {"out": out})


def test_weights_that_are_used_often_are_not_spelled_often() -> None:
    often = convolved(40)
    assert often.multiply_adds() < SPELLED
    assert plan(often, get("sqlite")).strategy == "columns"
    # Arrays take 4 s to plan there, and rows three times as long over a large table.
    found = plan(often, get("duckdb")).estimates
    arrays, rows = (
        next(e for e in found if e.strategy == name and not e.matrices)
        for name in ("arrays", "rows")
    )
    assert found[0] is arrays
    assert arrays.once > 8 * rows.once
    assert rows.seconds > WORSE * arrays.seconds
    assert plan(convolved(5), get("duckdb")).strategy == "arrays"


def test_a_model_too_wide_for_columns_is_rows(postgres_engine: Engine, load_table: Load) -> None:
    model, feeds = real_nets.in_float64(real_nets.transformer_encoder)
    (ids,) = feeds.values()
    rows = pd.DataFrame(ids, columns=[f"x{i}" for i in range(ids.shape[1])])
    rows.insert(0, "id", range(len(rows)))
    load_table(postgres_engine, "tokens", rows)
    options: dict[str, Any] = {"table": "tokens", "key": "id", "features": list(rows.columns[1:])}
    with pytest.raises(DialectLimitError, match="needs 2050 columns"):
        keras2sql.convert(model, "postgresql", strategy="columns", **options)
    program = keras2sql.convert(model, "postgresql", **options)
    assert program.plan.strategy == "rows"
    assert "needs 2050 columns" in program.explain()
    found = program.run(postgres_engine.connection).sort_values("id")
    answers = found[list(program.graph.outputs)].to_numpy(dtype=float)
    np.testing.assert_allclose(answers, np.asarray(model(ids)), rtol=0, atol=1e-11)
    with pytest.raises(DialectLimitError, match="would plan"):  # says so before the database
        keras2sql.convert(model, "sqlite", strategy="rows", **options)
    with pytest.raises(DialectLimitError, match="needs 2050 columns"):
        keras2sql.convert(model, "sqlite", **options)


def test_rows_that_have_no_prediction(engine: Engine, load_table: Load) -> None:
    model = real_nets.in_float64(lambda keras: (dense(keras), {}))[0]
    rows = frame(4, 6)
    expected = np.asarray(model(rows.iloc[:, 1:].to_numpy()))
    rows.iloc[1, 3] = None
    load_table(engine, "some", rows)
    made = keras2sql.convert(
        model, engine.dialect_name, "some", "id", list(rows.columns[1:]), strategy="rows",
        passthrough=["x1"],
    )  # fmt: skip
    found = made.run(engine.connection).sort_values("id")
    assert found["id"].tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(found["x1"], rows["x1"])
    answers = found[list(made.graph.outputs)].to_numpy(dtype=float)
    assert np.isnan(answers[1]).all()
    np.testing.assert_allclose(answers[[0, 2, 3]], expected[[0, 2, 3]], rtol=0, atol=1e-12)


def test_one_model_gives_one_text(engine: Engine) -> None:
    model = real_nets.in_float64(lambda keras: (dense(keras), {}))[0]
    options = {"table": "t", "key": "id", "strategy": "rows", "weights": "tables"}
    made = [keras2sql.convert(model, engine.dialect_name, **options) for _ in range(2)]
    assert made[0].sql == made[1].sql
    other = keras2sql.convert(
        real_nets.in_float64(lambda keras: (dense(keras, 5), {}))[0],
        engine.dialect_name,
        **options,
    )
    names, others = ({t.name for t in p.tables} for p in (made[0], other))
    assert names - others  # weights that differ are other tables
    assert replace(made[0].plan, reason="") == replace(other.plan, reason="")


@pytest.mark.parametrize("name", ["sqlite", "postgres"])
def test_wide_dense_layers_have_their_weights_in_records(
    name: str, request: pytest.FixtureRequest, load_table: Load
) -> None:
    """130 weights are three records, the last one short; so it is less than a row for each."""
    engine = request.getfixturevalue(f"{name}_engine")
    rng, g = np.random.default_rng(3), Builder()
    x = g.input("x", (2, 130))
    y = g.contract(x, rng.normal(size=(130, 40)), rng.normal(size=40))
    flat = g.reshape(activation(g, y, "tanh"), (80,))
    out = g.contract(flat, rng.normal(size=(80, 2)), rng.normal(size=2))
    graph = Graph((x,), {"a": g.take(out, 0), "b": g.take(out, 1)})
    rows = frame(5, 260)
    load_table(engine, "wide_rows", rows)
    names = {"x": [f"x{i}" for i in range(260)]}
    dialect = get(engine.dialect_name)
    chosen = plan(graph, dialect, "rows", "tables")
    made = lower(graph, chosen, Source("wide_rows", ("id",), names), dialect)
    assert [t.rows for t in made.tables if len(t.columns) > 40] == [3 * 40]
    text = render(made.query, dialect)
    with engine.holding(made.tables, dialect):
        found = engine.query(text, made.columns, session=dialect.session).sort_values("id")
    values = rows.iloc[:, 1:].to_numpy().reshape(5, 2, 130)
    for output, expected in graph.evaluate({"x": values}).items():
        np.testing.assert_allclose(found[output].to_numpy(float), expected, rtol=1e-11)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_wide_inputs_become_arrays_at_once(
    precision: str, duckdb_engine: Engine, load_table: Load
) -> None:
    """Columns of any type that is a number, or a text of one, are one list of one type; a row
    that lacks one, or has NaN, has no prediction, and is no other's error."""
    graph, rows = wide(40, 5), frame(6, 40)
    rows["x0"] = [3, 1, 4, 1, 5, 9]
    rows["x1"] = ["0.5", "1e-3", "-2", "7", "0", "1.25"]
    rows["x2"] = [True, False, True, True, False, False]
    values = rows.iloc[:, 1:].to_numpy(float)
    rows.iloc[1, 21] = None
    rows.iloc[4, 40] = None
    rows.iloc[5, 30] = np.inf
    values[5, 29] = np.inf
    load_table(duckdb_engine, "wide", rows)
    duckdb_engine.connection.execute("UPDATE wide SET x39 = 'NaN' WHERE id = 4")
    dialect, names = get("duckdb"), {"x": [f"x{i}" for i in range(40)]}
    chosen = plan(graph, dialect, "rows", precision=precision)
    made = lower(graph, chosen, Source("wide", ("id",), names), dialect)
    text = render(made.query, dialect)
    assert text.count("x17") == 1
    found = duckdb_engine.query(text, made.columns).sort_values("id")["out"].to_numpy(float)
    expected = graph.evaluate({"x": values})["out"].reshape(-1).copy()
    expected[[1, 4]] = np.nan
    np.testing.assert_allclose(found, expected, rtol=1e-12 if precision == "double" else 1e-5)


@pytest.mark.parametrize("name", ["x", "n", "e", "m", "w", "a", "b0", "in1_array"])
def test_tensors_in_two_shapes_and_names_like_aliases(
    name: str, engine: Engine, load_table: Load
) -> None:
    def made(keras: Any) -> Any:
        layers = keras.layers
        first, second = keras.Input((1,), name="in0"), keras.Input((5,), name="in1")
        unit = layers.Reshape((1, 5, 1))(layers.UnitNormalization(axis=1)(second))
        tall = layers.Reshape((-1, 1, 1))(second)
        normal = layers.LayerNormalization(axis=[1, 2, 3], name=name)(tall)
        small = layers.Resizing(1, 1, interpolation="bicubic")(tall)
        model = keras.Model([first, second], [unit, normal, small, tall])
        rng = np.random.default_rng(0)
        return model, {"in0": rng.normal(size=(4, 1)), "in1": rng.normal(size=(4, 5))}

    model, feeds = real_nets.in_float64(made)
    rows = frame(4, 6)
    rows.iloc[:, 1:] = np.hstack(list(feeds.values()))
    load_table(engine, "shapes", rows)
    columns = list(rows.columns[1:])
    with np.errstate(all="ignore"):
        outputs = model(list(feeds.values()), training=False)
    wanted = np.hstack([np.asarray(y).reshape(4, -1) for y in outputs])
    program = keras2sql.convert(
        model, engine.dialect_name, "shapes", "id", {"in0": columns[:1], "in1": columns[1:]},
        strategy="rows",
    )  # fmt: skip
    found = program.run(engine.connection).sort_values("id").iloc[:, 1:].to_numpy(dtype=float)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_all_rows_together_take_no_time_that_grows_with_their_square(
    postgres_engine: Engine, load_table: Load
) -> None:
    """PostgreSQL expects one row of each step after some joins, and would compare all with all:
    100 rows took 14 s, 400 would take minutes."""
    model = keras.Sequential([keras.layers.Input((7, 3)), keras.layers.LSTM(8)])
    names = [f"f{n}" for n in range(21)]
    rows = np.random.default_rng(3).normal(size=(400, 21))
    load_table(
        postgres_engine, "series_rows", pd.DataFrame(rows, columns=names).assign(id=range(400))
    )
    program = keras2sql.convert(model, "postgresql", "series_rows", "id", names, strategy="rows")
    whole = program.for_all_rows()
    assert [s.sql for s in whole.session if s not in program.session] == [
        "SET LOCAL enable_nestloop = off"
    ]
    with postgres_engine.transaction(program.dialect, "a limit"):
        postgres_engine.execute_script(["SET LOCAL statement_timeout = '60s'"], "a limit")
        found = postgres_engine.query(whole.query, whole.columns, session=whole.session)
        set_back = postgres_engine.query("SHOW enable_nestloop", ["is"])
    assert set_back["is"].tolist() == ["on"]
    expected = np.asarray(model(rows.reshape(400, 7, 3)))
    found = found.sort_values("id").iloc[:, 1:]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
