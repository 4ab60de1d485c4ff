"""Recurrences over the columns or the array of one row, run by recursion, on every database."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError, InputError
from keras2sql.graph.loops import joined, scans
from keras2sql.graph.simplify import simplify
from keras2sql.plan import UNROLLED
from keras2sql.read.any import read
from layers.build import double_precision, randomize
from once import convert

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
ENGINES = ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion"]
ROWS = 5


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


def stack(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((9, 2)), *layers])


def encoder_and_decoder() -> Any:
    x = keras.Input((9, 2))
    _, h, c = L.LSTM(3, return_state=True)(x)
    y = L.LSTM(3, return_sequences=True)(L.RepeatVector(4)(h), initial_state=[h, c])
    return keras.Model(x, L.TimeDistributed(L.Dense(2))(y))


def attending() -> Any:
    x = keras.Input((9, 2))
    y = L.Bidirectional(L.LSTM(2, return_sequences=True))(x)
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling1D()(L.Attention()([y, y]))))


def two_inputs() -> Any:
    x, other = keras.Input((9, 2)), keras.Input((3,))
    y = L.Concatenate()([L.GRU(3)(x), L.Dense(2, "relu")(other)])
    return keras.Model([x, other], L.Dense(2)(y))


def beside_a_position() -> Any:
    """Constants that differ from step to step."""
    x = keras.Input((9, 2))
    places = np.linspace(-1, 1, 18).reshape(1, 9, 2)
    return keras.Model(x, L.GRU(3)(x + places))


MODELS: dict[str, Callable[[], Any]] = {
    "GRU": lambda: stack(L.GRU(3), L.Dense(2)),
    "GRU, reset before": lambda: stack(L.GRU(3, reset_after=False), L.Dense(2)),
    "SimpleRNN, backwards": lambda: stack(L.SimpleRNN(3, go_backwards=True)),
    "four LSTM": lambda: stack(*[L.LSTM(2, return_sequences=i < 3) for i in range(4)]),
    "both directions": lambda: stack(L.Bidirectional(L.LSTM(3)), L.Dense(2)),
    "both directions twice": lambda: stack(
        L.Bidirectional(L.LSTM(2, return_sequences=True)), L.Bidirectional(L.GRU(2))
    ),
    "masked": lambda: stack(
        L.Masking(0.5), L.Bidirectional(L.LSTM(2, return_sequences=True)), L.GRU(2)
    ),
    "windows and a LSTM": lambda: stack(
        L.Conv1D(4, 3, activation="relu"), L.MaxPooling1D(2), L.LSTM(3), L.Dense(2)
    ),
    "per step": lambda: stack(L.TimeDistributed(L.Dense(3, "softplus")), L.LSTM(3)),
    "masked, per step between": lambda: stack(
        L.Masking(0.5),
        L.LSTM(2, return_sequences=True),
        L.TimeDistributed(L.Dense(3, "tanh")),
        L.GRU(2),
    ),
    "images": lambda: stack(L.Reshape((9, 2, 1)), L.ConvLSTM1D(1, 2), L.Flatten(), L.Dense(2)),
    "flattened": lambda: stack(L.LSTM(2, return_sequences=True), L.Flatten(), L.Dense(2)),
    "sequences": lambda: stack(L.LSTM(2, return_sequences=True), L.Dense(2, "softmax")),
    "normalised": lambda: stack(
        L.BatchNormalization(), L.LayerNormalization(), L.GRU(3), L.Dense(2)
    ),
    "encoder and decoder": encoder_and_decoder,
    "attention": attending,
    "two inputs": two_inputs,
    "positions": beside_a_position,
    "ids": lambda: keras.Sequential(
        [
            keras.Input((9,)),
            L.Embedding(30, 3, mask_zero=True),
            L.LSTM(3, return_sequences=True),
            L.GRU(2, go_backwards=True),
        ]
    ),
}


def given(name: str, model: Any) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    found = [rng.normal(size=(ROWS, *t.shape[1:])) for t in model.inputs]
    if name == "ids":
        found = [rng.integers(0, 30, (ROWS, 9)).astype(float)]
    if "masked" in name:
        found[0][1, :3] = found[0][2, 6:] = found[0][4] = 0.5
    return found


@functools.cache
def built(name: str) -> tuple[Any, list[np.ndarray], np.ndarray]:
    """The model, what it is given, and what Keras says of it."""
    with double_precision():
        model = MODELS[name]()
        for layer in model.layers:
            if not isinstance(layer, L.Masking):
                randomize(layer, np.random.default_rng(2))
        x = given(name, model)
        return model, x, np.asarray(model(x if len(x) > 1 else x[0])).reshape(ROWS, -1)


def table(x: list[np.ndarray]) -> pd.DataFrame:
    flat = np.concatenate([one.reshape(ROWS, -1) for one in x], axis=1)
    frame = pd.DataFrame(flat, columns=[f"f {i}" for i in range(flat.shape[1])])
    frame.insert(0, "the key", [f"k{i}" for i in range(ROWS)])
    return frame.assign(note=[f"n{i}" for i in range(ROWS)])


def options(frame: pd.DataFrame) -> dict[str, Any]:
    return {
        "table": "wide",
        "key": "the key",
        "features": [c for c in frame if c.startswith("f ")],
        "passthrough": ["note"],
    }


def run(program: Any, engine: Engine) -> np.ndarray:
    found = program.run(engine).sort_values("the key", ignore_index=True)
    assert list(found.columns) == program.columns
    assert found["note"].tolist() == [f"n{k[1:]}" for k in found["the key"]]
    return found.drop(columns=["the key", "note"]).to_numpy(float)


@pytest.fixture
def all_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all recurrences count as long ones."""
    monkeypatch.setattr("keras2sql.plan.choice.UNROLLED", 2)


TWICE = {"both directions twice", "masked", "encoder and decoder", "ids"}


# ClickHouse plans each of these for seconds.
FEWER = ["masked, per step between", "windows and a LSTM", "both directions", "sequences"]
CASES = [(e, n) for e in ENGINES for n in (FEWER if e == "clickhouse" else MODELS)]


@pytest.mark.usefixtures("all_long")
@pytest.mark.parametrize(("engine", "name"), CASES, indirect=["engine"])
def test_the_same_as_keras(name: str, engine: Engine, load_table: Load) -> None:
    model, x, wanted = built(name)
    frame = table(x).sample(frac=1, random_state=1)
    load_table(engine, "wide", frame)
    program = convert(model, engine.dialect_name, **options(frame))
    assert program.plan.loops
    assert "recursion over rows made of the steps" in program.explain()
    np.testing.assert_allclose(run(program, engine), wanted, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_joined_is_equal(name: str) -> None:
    """By numpy alone; the layers of a stack become one recurrence."""
    model, x, wanted = built(name)
    graph = simplify(read(model).graph)
    fewer = simplify(joined(graph))
    fewer.check()
    feeds = dict(zip([t.op.name for t in graph.inputs], x, strict=True))  # type: ignore[attr-defined]
    (found,) = fewer.evaluate(feeds).values()
    np.testing.assert_allclose(found.reshape(ROWS, -1), wanted, rtol=1e-9, atol=1e-11)
    assert len(scans(fewer)) == (2 if name in TWICE else 1)


@pytest.mark.usefixtures("all_long")
@pytest.mark.parametrize("name", ["flattened", "two inputs", "masked, per step between"])
def test_a_null_is_one_of_its_row_alone(name: str, engine: Engine, load_table: Load) -> None:
    model, x, wanted = built(name)
    frame = table(x)
    frame.iloc[3, 5] = math.nan
    load_table(engine, "wide", frame)
    found = run(convert(model, engine.dialect_name, **options(frame)), engine)
    assert np.isnan(found[3]).all()
    np.testing.assert_allclose(
        np.delete(found, 3, 0), np.delete(wanted, 3, 0), rtol=1e-9, atol=1e-11
    )


@pytest.mark.usefixtures("all_long")
def test_ids_that_no_table_holds(engine: Engine, load_table: Load) -> None:
    model, x, wanted = built("ids")
    frame = table(x)
    frame.iloc[1, 4], frame.iloc[2, 9] = 30, -1
    load_table(engine, "wide", frame)
    found = run(convert(model, engine.dialect_name, **options(frame)), engine)
    assert np.isnan(found[1:3]).all()
    np.testing.assert_allclose(found[[0, 3, 4]], wanted[[0, 3, 4]], rtol=1e-9, atol=1e-11)


@pytest.mark.usefixtures("all_long")
@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_as_asked_for(strategy: str, engine: Engine, load_table: Load) -> None:
    if strategy not in get(engine.dialect_name).strategies:
        assert strategy == "arrays"
        return
    model, x, wanted = built("both directions")
    load_table(engine, "wide", table(x))
    given = options(table(x))
    for precision, tolerance in (("double", 1e-9), ("single", 1e-4)):
        program = convert(
            model, engine.dialect_name, **given, strategy=strategy, precision=precision
        )
        assert (program.plan.loops, program.plan.strategy) == (True, strategy)
        np.testing.assert_allclose(run(program, engine), wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.usefixtures("all_long")
def test_labels_and_several_keys(engine: Engine, load_table: Load) -> None:
    model, x, wanted = built("four LSTM")
    frame = table(x).assign(k2=[2, 1, 2, 1, 3]).rename(columns={"the key": "k1"})
    frame["k1"] = ["a", "a", "b", "b", "b"]
    load_table(engine, "wide", frame)
    given = {**options(frame), "key": ["k1", "k2"], "passthrough": []}
    program = convert(model, engine.dialect_name, labels=["no", "yes"], **given)
    found = program.run(engine).set_index(["k1", "k2"])
    for key, row in zip(frame[["k1", "k2"]].itertuples(index=False), wanted, strict=True):
        assert found.loc[tuple(key), "Decision"] == ["no", "yes"][int(np.argmax(row))]


@pytest.mark.usefixtures("all_long")
def test_a_key_that_repeats_is_named(engine: Engine, load_table: Load) -> None:
    model, x, wanted = built("GRU")
    frame = table(x)
    frame.loc[4, "the key"] = "k1"
    load_table(engine, "wide", frame)
    program = convert(model, engine.dialect_name, **options(frame))
    with pytest.raises(InputError, match="the key='k1' comes 2 times"):
        program.run(engine)
    found = engine.query(program.query, program.columns, session=program.dialect.session)
    found = found.sort_values(["the key", "note"]).iloc[:, 2:].to_numpy(float)
    # The query alone, where nobody asked: rows have no answer unless each is computed by itself.
    by_itself = engine.dialect_name == "postgresql"
    np.testing.assert_allclose(found[[1, 2]], wanted[[1, 4]] if by_itself else np.nan, rtol=1e-9)
    np.testing.assert_allclose(found[[0, 3, 4]], wanted[[0, 2, 3]], rtol=1e-9)


ARRAYS = {"duckdb": "DOUBLE[]", "postgresql": "float8[]", "datafusion": "DOUBLE[]"}
ARRAYS["clickhouse"] = "Array(Nullable(Float64))"


@pytest.mark.usefixtures("all_long")
@pytest.mark.parametrize("name", ["both directions", "ids", "windows and a LSTM"])
def test_an_array_column(name: str, engine: Engine) -> None:
    if engine.dialect_name not in ARRAYS:
        assert get(engine.dialect_name).arrays is None
        return
    model, x, wanted = built(name)
    kind = ARRAYS[engine.dialect_name]
    values = [None if i == 2 else one.reshape(-1).tolist() for i, one in enumerate(x[0])]
    values[3] = (values[3] or [])[:-1]
    word = "ARRAY" if engine.dialect_name == "postgresql" else ""
    texts = ["NULL" if v is None else f"CAST({word}{v} AS {kind})" for v in values]
    rows = ", ".join(f"('k{i}', 'n{i}', {text})" for i, text in enumerate(texts))
    kind += " NOT NULL" * (engine.dialect_name == "clickhouse")
    engine.execute_script(
        [
            "DROP TABLE IF EXISTS wide",
            f'CREATE TABLE wide ("the key" VARCHAR(9), note VARCHAR(9), x {kind})',
            f"INSERT INTO wide VALUES {rows}",
        ]
    )
    given = {"table": "wide", "key": "the key", "passthrough": ["note"]}
    program = convert(model, engine.dialect_name, features="x", **given)
    assert program.plan.loops == (engine.dialect_name != "clickhouse" or name not in TWICE)
    found = run(program, engine)
    assert np.isnan(found[2:4]).all()
    np.testing.assert_allclose(found[[0, 1, 4]], wanted[[0, 1, 4]], rtol=1e-9, atol=1e-11)


LONG: dict[str, tuple[int, Callable[[], list[Any]]]] = {
    "GRU of 480 steps": (480, lambda: [L.GRU(3), L.Dense(1)]),
    "four LSTM of 100 steps": (
        100,
        lambda: [*[L.LSTM(2, return_sequences=i < 3) for i in range(4)], L.Dense(1)],
    ),
}


LONG_CASES = [
    pytest.param(e, n, marks=[pytest.mark.sweep] if e == "clickhouse" else [])
    for e in ENGINES
    for n in LONG
    if e != "clickhouse" or "GRU" not in n
]


@pytest.mark.parametrize(("engine", "name"), LONG_CASES, indirect=["engine"])
def test_long_ones_are_taken(name: str, engine: Engine, load_table: Load) -> None:
    """By themselves: unrolled they would need up to 2,000 steps."""
    steps, layers = LONG[name]
    with double_precision():
        model = keras.Sequential([keras.Input((steps, 1)), *layers()])
        randomize(model, np.random.default_rng(3))
        x = np.random.default_rng(5).normal(size=(ROWS, steps, 1))
        wanted = np.asarray(model(x))
        frame = table([x])
        load_table(engine, "wide", frame)
        report = keras2sql.verify(model, engine, **options(frame))
    assert report.ok, f"\n{report}"
    assert report.source.endswith("float64")
    assert (report.rows, report.nulls) == (ROWS, 0)
    program = keras2sql.convert(model, engine.dialect_name, **options(frame))
    assert program.plan.loops
    assert len(" ".join(program.query.split())) < 150_000
    np.testing.assert_allclose(run(program, engine), wanted, rtol=1e-9, atol=1e-11)


def test_what_is_chosen() -> None:
    def model(steps: int, units: int = 2) -> Any:
        return keras.Sequential([keras.Input((steps, 1)), L.GRU(units), L.Dense(1)])

    def features(steps: int) -> dict[str, Any]:
        return {"table": "t", "key": "id", "features": [f"f{i}" for i in range(steps)]}

    short = keras2sql.convert(model(UNROLLED - 1), "duckdb", **features(UNROLLED - 1))
    assert not short.plan.loops
    # What a database can't unroll is run by recursion though it is short.
    found = keras2sql.convert(model(31, 4), "mariadb", **features(31))
    assert found.plan.loops
    assert "steps, MariaDB takes 62" in found.plan.reason

    # Where each round computes all before anew, recursions that read one another are not taken.
    def stack(units: int) -> Any:
        layers = [L.Bidirectional(L.GRU(units, return_sequences=True)), L.Bidirectional(L.GRU(2))]
        return keras.Sequential([keras.Input((40, 1)), *layers])

    taken = {d: keras2sql.convert(stack(2), d, **features(40)) for d in ("duckdb", "datafusion")}
    assert all(program.plan.loops for program in taken.values())
    assert not keras2sql.convert(stack(1), "clickhouse", **features(40)).plan.loops
    # Where each round plans all columns anew, they are one array.
    found = keras2sql.convert(model(40), "clickhouse", **features(40))
    assert found.plan.loops
    assert len(found.plan.gathered) == 1
    with pytest.raises(DialectLimitError, match=r"steps, Spark takes 90.*--order-by"):
        keras2sql.convert(stack(2), "spark", **features(40))
    # Without recursion there is no other way, and the message says which.
    plain = replace(get("duckdb"), recursion=None)
    with pytest.raises(DialectLimitError, match=r"steps, DuckDB takes 900.*--order-by"):
        keras2sql.convert(model(500), plain, **features(500))


def test_a_recursion_has_more_rounds_than_a_database_expects(engine: Engine) -> None:
    """1,000 of them are the most in ClickHouse and MariaDB, and 100 in Spark, unless told so."""
    dialect = get(engine.dialect_name)
    query = (
        "WITH RECURSIVE r(n) AS (SELECT 1 AS n UNION ALL SELECT n + 1 AS n FROM r WHERE n < 1200) "
        "SELECT max(n) AS n FROM r"
    )
    assert dialect.recursion is not None
    found = engine.query(f"{dialect.recursion.before} {query}", ["n"], session=dialect.session)
    assert found["n"].tolist() == [1200]


ROWS_ASKED = [("sqlite", 60), ("sqlite", 400), ("mariadb", 12), ("mariadb", 60)]


@pytest.mark.parametrize(("dialect", "steps"), ROWS_ASKED)
def test_rows_are_too_many_in_a_message_that_can_be_read(dialect: str, steps: int) -> None:
    """Each step that reads the one before twice doubles what is planned: 10**30, and more."""
    model = keras.Sequential([keras.Input((steps, 1)), L.LSTM(2), L.Dense(1)])
    given = {"table": "t", "key": "id", "features": [f"f{i}" for i in range(steps)]}
    told = r"strategy='columns' \(or 'auto'\) runs recurrent layers by recursion, and a long table"
    for how in ({"strategy": "rows"}, {"weights": "tables"}):
        with pytest.raises(DialectLimitError, match=told) as refused:
            keras2sql.convert(model, dialect, **given, **how)
        assert max(map(len, re.findall(r"[\d,]+", str(refused.value)))) <= len("1,000,000,000")
    assert keras2sql.convert(model, dialect, **given).plan.strategy == "columns"
