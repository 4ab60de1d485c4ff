"""A column that holds the whole input as an array, in the databases that have arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import keras2sql
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from layers.build import double_precision, randomize
from test_cli import failed, run

L = keras.layers
NAN, NULL = math.nan, None
TYPES = {"duckdb": "DOUBLE[]", "postgresql": "float8[]", "datafusion": "DOUBLE[]"}
TYPES["clickhouse"] = "Array(Nullable(Float64))"


@pytest.fixture(params=["duckdb", "postgres", "datafusion", "clickhouse"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


def model(layers: Callable[[], list[Any]], shape: tuple[int, ...] = (6,)) -> Any:
    with double_precision():
        made = keras.Sequential([keras.Input(shape), *layers()])
        randomize(made, np.random.default_rng(4))
    return made


def literal(engine: Engine, values: Iterable[Any] | None, kind: str) -> str:
    if values is None:
        return "NULL"
    spelled = []
    for value in values:
        text = (
            "CAST('NaN' AS double precision)"
            if isinstance(value, float) and math.isnan(value)
            else repr(value)
        )
        spelled.append("NULL" if value is None else text)
    array = f"[{', '.join(spelled)}]"
    return f"CAST({'ARRAY' if engine.dialect_name == 'postgresql' else ''}{array} AS {kind})"


def load(
    engine: Engine,
    arrays: list[Any],
    kind: str = "",
    more: str = "",
    values: Iterable[str] = (),
) -> None:
    """A table of id, an array "the x", and what else `more` declares, with its `values`."""
    kind = kind or TYPES[engine.dialect_name]
    beside = [f", {text}" for text in values] or [""] * len(arrays)
    rows = ", ".join(f"({i}, {literal(engine, a, kind)}{beside[i]})" for i, a in enumerate(arrays))
    kind += " NOT NULL" * (engine.dialect_name == "clickhouse")  # as all its arrays
    engine.execute_script(
        [
            "DROP TABLE IF EXISTS arrays",
            f'CREATE TABLE arrays (id INTEGER, "the x" {kind}{more})',
            f"INSERT INTO arrays VALUES {rows}",
        ]
    )


def answers(engine: Engine, program: Any) -> np.ndarray:
    found = program.run(engine.connection).sort_values("id")
    assert list(found.columns) == program.columns
    return found.iloc[:, 1:].to_numpy(float)


def convert(engine: Engine, net: Any, features: Any = "the x", **options: Any) -> Any:
    given = {"table": "arrays", "key": "id", **options}
    return keras2sql.convert(net, engine.dialect_name, features=features, **given)


SHAPES: dict[str, tuple[tuple[int, ...], Callable[[], list[Any]]]] = {
    "one wide layer": ((6,), lambda: [L.Dense(3)]),
    "normalised": ((6,), lambda: [L.Rescaling(0.5, 1.0), L.Dense(4, "relu"), L.Dense(2)]),
    "elements apart": ((6,), lambda: [L.Activation("tanh"), L.Dense(2)]),
    "an image": ((3, 2, 1), lambda: [L.Conv2D(2, 2), L.Flatten(), L.Dense(2)]),
    "a sequence": ((3, 2), lambda: [L.LSTM(3), L.Dense(2)]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_array_is_the_flat_input(name: str, engine: Engine) -> None:
    shape, layers = SHAPES[name]
    net = model(layers, shape)
    x = np.random.default_rng(1).normal(size=(5, *shape))
    load(engine, x.reshape(5, -1).tolist())
    with double_precision():
        wanted = np.asarray(net(x, training=False))
    for strategy in get(engine.dialect_name).strategies:
        program = convert(engine, net, strategy=strategy)
        np.testing.assert_allclose(answers(engine, program), wanted, rtol=1e-9, atol=1e-11)
    with double_precision():
        options = {"table": "arrays", "key": "id", "features": "the x"}
        report = keras2sql.verify(net, engine.connection, **options)
    assert report.ok, f"\n{report}"
    assert report.source.endswith("float64")
    assert (report.rows, report.nulls) == (5, 0)


def test_a_row_without_an_array_leaves_the_others_alone(engine: Engine) -> None:
    """Whose products are put into another array, of which some databases' products take no NULL."""
    net = model(
        lambda: [L.Dense(16, "tanh"), L.LayerNormalization(), L.Dense(24, "tanh"), L.Dense(1)],
        (40,),
    )
    x = np.random.default_rng(1).normal(size=(4, 40))
    rows: list[Any] = x.tolist()
    rows[1][3] = NULL
    rows[2] = rows[2][:39]
    load(engine, rows)
    with double_precision():
        wanted = np.asarray(net(x, training=False))
    wanted[1:3] = np.nan
    for strategy in get(engine.dialect_name).strategies:
        program = convert(engine, net, strategy=strategy)
        np.testing.assert_allclose(answers(engine, program), wanted, rtol=1e-9, atol=1e-11)


def test_large_numbers_in_single_precision(engine: Engine) -> None:
    """Products of the array were of 64 bit, their greatest of 32, and so the exponential of how
    far the greatest is from itself was infinite."""
    net = model(lambda: [L.Dense(3, "softmax")], (4,))
    x = np.array([[-0.17, -1e30, -0.89, -0.26], [0.1, 0.2, 0.3, 0.4], [3e12, 1e9, -1e9, 7.0]])
    load(engine, [*x.tolist(), None] if engine.dialect_name == "duckdb" else x.tolist())
    with double_precision():
        wanted = np.asarray(net(x, training=False))
    for strategy in get(engine.dialect_name).strategies:
        program = convert(engine, net, strategy=strategy, precision="single")
        found = answers(engine, program)
        np.testing.assert_allclose(found[:3], wanted, rtol=1e-5, atol=1e-6)
        assert np.isnan(found[3:]).all()


def test_products_read_the_array_as_it_is(duckdb_engine: Engine) -> None:
    program = convert(duckdb_engine, model(lambda: [L.Dense(3)]), strategy="arrays")
    assert "list_inner_product(the_x, " in program.query
    assert program.query.count("the_x[") == 1  # which tells whether there is an array


KINDS = {
    "duckdb": ["DOUBLE[6]", "FLOAT[]", "INTEGER[]", "DECIMAL(5, 2)[]"],
    "postgresql": ["real[]", "integer[]", "numeric[]", "float8[6]"],
    "datafusion": ["FLOAT[]", "INTEGER[]", "DECIMAL(5, 2)[]"],
    "clickhouse": ["Array(Float64)", "Array(Float32)", "Array(Int8)", "Array(Decimal(5, 2))"],
}


def test_arrays_of_any_number(engine: Engine) -> None:
    net = model(lambda: [L.Dense(3)])
    with double_precision():
        wanted = np.asarray(net(np.array([[3, -1, 2, 0, 0, 5]])))
    for kind in KINDS[engine.dialect_name]:
        load(engine, [[3, -1, 2, 0, 0, 5], None], kind)
        found = answers(engine, convert(engine, net))
        np.testing.assert_allclose(found[0], wanted[0], rtol=1e-9)
        assert np.isnan(found[1]).all()


GOOD = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
BROKEN: list[Any] = [
    GOOD, None, [], GOOD[:5], [*GOOD, 7.0], [*GOOD[:5], NULL], [NULL, *GOOD], [NAN, *GOOD[1:]],
    [NULL] * 6, [1e300, *GOOD[1:]],
]  # fmt: skip


@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_what_is_not_whole_has_no_prediction(strategy: str, engine: Engine) -> None:
    if engine.dialect_name == "postgresql":
        strategy = "auto"
    net = model(lambda: [L.Dense(4, "relu"), L.Dense(3, "softmax")])
    load(engine, BROKEN)
    program = convert(engine, net, strategy=strategy, labels=["a", "b", "c"])
    found = program.run(engine.connection).sort_values("id")
    known = found.iloc[:, 1:].notna()
    assert known.all(axis=1).tolist() == [i in (0, 9) for i in range(len(BROKEN))]
    assert known.any(axis=1).tolist() == known.all(axis=1).tolist()
    with double_precision():
        report = keras2sql.verify(
            net, engine.connection, table="arrays", key="id", features="the x", strategy=strategy
        )
    assert report.ok, f"\n{report}"
    assert report.nulls == len(BROKEN) - 2


def test_postgres_counts_from_anywhere(postgres_engine: Engine) -> None:
    net = model(lambda: [L.Dense(3)])
    load(postgres_engine, [GOOD])
    wanted = answers(postgres_engine, convert(postgres_engine, net))
    moved = "'[-2:3]={1,2,3,4,5,6}'::float8[]"
    nested = "'{{1,2,3},{4,5,6}}'::float8[]"
    table = f'(SELECT 1 AS id, {moved} AS "the x" UNION ALL SELECT 2, {nested})'
    found = answers(postgres_engine, convert(postgres_engine, net, table=table))
    np.testing.assert_array_equal(found[0], wanted[0])
    assert np.isnan(found[1]).all()


def test_some_inputs_in_arrays(engine: Engine) -> None:
    """Numbers in one array, ids in another, and two plain columns."""
    with double_precision():
        numbers, ids = keras.Input((3,), name="numbers"), keras.Input((2,), name="ids")
        plain, one = keras.Input((2,), name="plain"), keras.Input((1,), name="one")
        embedded = L.Flatten()(L.Embedding(4, 3)(ids))
        net = keras.Model(
            [numbers, ids, plain, one], L.Dense(2)(L.Concatenate()([numbers, embedded, plain, one]))
        )
        randomize(net, np.random.default_rng(4))
    clickhouse = engine.dialect_name == "clickhouse"
    kind = "Array(Int32)" if clickhouse else "INTEGER[]"
    ids_of = [[3, 0], [4, 0], [1], [2, 2]]
    values = [
        f"{literal(engine, given, kind)}, 0.5, {i}, {'NULL' if i == 3 else 2}"
        for i, given in enumerate(ids_of)
    ]
    more = f', ids {kind}{" NOT NULL" * clickhouse}, a REAL, "B" REAL, c REAL'
    load(engine, [[0.5, 1.5, -2.0]] * 4, more=more, values=values)
    features = {"numbers": "the x", "ids": "ids", "plain": ["a", "B"], "one": "c"}
    with double_precision():
        given = {"numbers": [[0.5, 1.5, -2]], "ids": [[3, 0]], "plain": [[0.5, 0]], "one": [[2]]}
        wanted = np.asarray(net([np.array(given[t.name]) for t in net.inputs]))
    program = convert(engine, net, features)
    found = answers(engine, program)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-9)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True, True]
    assert program.features == {
        "numbers": ["the x"], "ids": ["ids"], "plain": ["a", "B"], "one": ["c"]
    }  # fmt: skip


def test_rows_in_order(engine: Engine) -> None:
    """A state goes from row to row, and each row is an array."""
    with double_precision():
        net = keras.Sequential(
            [keras.Input(batch_shape=(1, 2, 2)), L.LSTM(3, stateful=True), L.Dense(1)]
        )
        randomize(net, np.random.default_rng(4))
        load(engine, np.random.default_rng(2).normal(size=(30, 4)).tolist())
        options = {"table": "arrays", "key": "id", "features": "the x"}
        report = keras2sql.verify(net, engine.connection, **options)
    assert report.ok, f"\n{report}"
    assert report.rows == 30


def test_what_one_name_can_not_be() -> None:
    one = model(lambda: [L.Dense(3)])
    message = "'x' is one column, and the model takes 6 numbers per row; SQLite has no arrays"
    inputs = [keras.Input((6,), name="six")]
    for net, features in ((one, "x"), (keras.Model(inputs, L.Dense(3)(inputs[0])), {"six": "x"})):
        with pytest.raises(InputError, match=message):
            keras2sql.convert(net, "sqlite", "t", "id", features=features)
    with pytest.raises(InputError, match="1 feature for a model that takes 6"):
        keras2sql.convert(one, "duckdb", "t", "id", features=["x"])
    two = [keras.Input((2,), name="a"), keras.Input((1,), name="b")]
    with pytest.raises(InputError, match="one column, and the model has the inputs a, b"):
        keras2sql.convert(keras.Model(two, L.Concatenate()(two)), "duckdb", "t", "id", "x")


def test_the_command_line(workshop: Path) -> None:
    import duckdb

    net = model(lambda: [L.Dense(3)])
    net.save("net.keras")
    with duckdb.connect("db.duckdb") as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS id, [1.0, 2, 3, 4, 5, 6] AS x")
    source = ["--db", "duckdb:///db.duckdb", "--table", "t", "--key", "id", "--features", "x"]
    done = run("verify", "net.keras", *source)
    assert done.code == 0, done
    done = run("convert", "net.keras", "-d", "sqlite", *source[2:])
    assert "SQLite has no arrays" in failed(done, 2)
