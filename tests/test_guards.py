"""No row takes the predictions of others with it: whatever divides by zero, leaves a domain or
grows beyond all bounds in one row gives what Keras gives, NaN being NULL, on every database."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import ops

import keras2sql
from conformance.matrix import EXECUTED, Database
from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.graph.core import Graph
from keras2sql.graph.simplify import simplify
from keras2sql.read import read_model
from layers.build import double_precision, randomize

Load = Callable[[Engine, str, pd.DataFrame], None]
L = keras.layers

EACH = pytest.mark.parametrize("database", EXECUTED, ids=lambda database: database.dialect)


def masked_mean(x: Any) -> Any:
    words = L.Embedding(9, 3, mask_zero=True)(x)
    return L.Dense(2, activation="softmax")(L.GlobalAveragePooling1D()(words))


def normalized(layer: Any) -> Callable[[Any], Any]:
    return lambda x: L.Dense(2, activation="relu6")(layer(epsilon=0.0)(x))


SPECIAL = np.array([[0.0, 0.0, 0.0], [1.0, -2.0, 0.5], [-1.0, 0.0, 3.0], [2.0, 2.0, 2.0]])
SMOOTH = (ops.tanh, ops.sinh, ops.exp2, ops.expm1, ops.arcsinh, ops.arctan, ops.erf, ops.softplus)
NETWORKS: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "masked mean": (masked_mean, np.array([[1.0, 2, 3], [0, 0, 0], [4, 0, 0]])),
    "layer normalization": (normalized(L.LayerNormalization), SPECIAL),
    "rms normalization": (normalized(L.RMSNormalization), SPECIAL),
    "unit normalization": (lambda x: L.Dense(2)(L.UnitNormalization()(x)), SPECIAL),
    "sparsemax": (L.Activation("sparsemax"), SPECIAL),
    "divide": (lambda x: ops.divide(x, x[:, :1]), SPECIAL),
    "quotient of a quotient": (lambda x: ops.sigmoid(x[:, 1:] / (1.0 / x[:, :1])), SPECIAL),
    "reciprocal, then bounded": (lambda x: ops.tanh(ops.reciprocal(x)), SPECIAL),
    "reciprocal, then compared": (lambda x: ops.relu6(x[:, :1] / x), SPECIAL),
    "infinite, then sine": (lambda x: ops.sin(ops.log(ops.abs(x))), SPECIAL),
    "mod": (lambda x: ops.mod(x, x[:, 1:2]), SPECIAL),
    "floor divide": (lambda x: ops.floor_divide(x, x[:, 1:2]), SPECIAL),
    "logarithm": (lambda x: ops.log(x), SPECIAL),
    "root": (lambda x: ops.sqrt(x), SPECIAL),
    "rsqrt": (lambda x: ops.rsqrt(x), SPECIAL),
    "power": (lambda x: ops.power(x, x[:, 2:]), SPECIAL),
    "arcs": (lambda x: ops.arccosh(x) + ops.arcsin(x) + ops.arctanh(x), SPECIAL),
    "softmax of infinity": (lambda x: ops.softmax(ops.log(ops.abs(x)), axis=-1), SPECIAL),
    "sparsemax of infinity": (lambda x: ops.sparsemax(ops.reciprocal(x)), SPECIAL),
    "logsumexp of infinity": (lambda x: ops.logsumexp(ops.reciprocal(x), axis=-1), SPECIAL),
    "logsumexp of nothing": (lambda x: ops.logsumexp(ops.log(ops.abs(x)), axis=-1), SPECIAL),
    "logaddexp": (lambda x: ops.logaddexp(1.0 / x, 1.0 / x[:, :1]), SPECIAL),
    "floor divide by infinity": (lambda x: ops.floor_divide(x, 1.0 / x[:, 1:2]), SPECIAL),
    "fmod by infinity": (lambda x: ops.fmod(x, 1.0 / x[:, 1:2]), SPECIAL),
    "hypotenuse": (lambda x: ops.hypot(1.0 / x, ops.sqrt(x)), SPECIAL),
    "hypotenuse of the greatest": (lambda x: ops.hypot(x * 1e90, x[:, :1] * 1e88), SPECIAL),
    "close": (lambda x: ops.isclose(1.0 / x, 1.0 / x[:, 1:2]), SPECIAL),
    "median of infinity": (lambda x: ops.median(1.0 / x[:, :1], axis=-1), SPECIAL),
    "power of infinity": (lambda x: ops.tanh(ops.power(ops.log(ops.abs(x)), 1.5)), SPECIAL),
    "fmax": (lambda x: ops.fmax(ops.sqrt(x), x[:, 1:2]), SPECIAL),
    "sign": (lambda x: ops.sign(ops.sqrt(x)), SPECIAL),
    "functions of no number": (
        lambda x: ops.concatenate([f(ops.sqrt(x)) for f in SMOOTH], axis=-1),
        SPECIAL,
    ),
    "bounded functions of no number": (lambda x: ops.relu6(ops.tanh(ops.sqrt(x))), SPECIAL),
    "angle": (lambda x: ops.angle(ops.sqrt(x)), SPECIAL),
    "heaviside": (lambda x: ops.heaviside(ops.sqrt(x), x[:, :1]), SPECIAL),
    "smallest": (lambda x: ops.min(x[:, :1] / x, axis=-1), SPECIAL),
    "some of a sum": (lambda x: L.Dense(3)(ops.sqrt(x)), SPECIAL),
    "some of the greatest": (lambda x: ops.max(ops.sqrt(x), axis=-1), SPECIAL),
    "some of a mean": (lambda x: ops.mean(ops.sqrt(x), axis=-1), SPECIAL),
    "where": (lambda x: ops.where(x[:, :1] / x > 0.5, 1.0, 2.0), SPECIAL),
}
HUGE = np.array([1e-320, 1e-200, 1e-78, 1e-20, 0.0, 0.5, 1e8, 1e20, 1e78, 1e200, 1e308])
ENDS = np.stack([np.roll(np.outer([1.0, -1.0], HUGE).reshape(-1), k) for k in range(22)])[:, :6]
PRODUCTS: dict[str, Callable[[Any], Any]] = {
    "product": lambda x: ops.prod(x, axis=-1),
    "running product": lambda x: ops.cumprod(x, axis=-1),
    "squares of squares": lambda x: ops.square(ops.square(ops.square(x))),
    "multiply": lambda x: L.Multiply()([x, x, x, x, x]),
    "power": lambda x: ops.power(ops.abs(x), 7.0),
    "dot": lambda x: L.Dot(axes=-1)([x * x, x * x]),
    "variance": lambda x: ops.var(x * x, axis=-1),
    "normalization": lambda x: L.LayerNormalization()(x * x * x),
    "deep": lambda x: deep(x, 40.0),
    "deep and tiny": lambda x: deep(x, 1e-12),
    "quotient": lambda x: x / (x * x * x),
    "exponentials": lambda x: ops.prod(ops.exp(x), axis=-1) / ops.exp(-x[:, 0]),
}


def deep(x: Any, size: float) -> Any:
    for _ in range(30):
        x = L.Dense(6, use_bias=False, kernel_initializer=keras.initializers.Constant(size))(x)
    return x


def network(make: Callable[[Any], Any], width: int, rng: np.random.Generator | None) -> Any:
    with double_precision():
        x = keras.Input((width,), name="x")
        model = keras.Model(x, make(x))
        if rng is not None:
            randomize(model, rng)
        return model


def computed(model: Any, rows: np.ndarray) -> list[np.ndarray]:
    with double_precision(), np.errstate(all="ignore"):
        found = np.asarray(model(rows, training=False), dtype=np.float64).reshape(len(rows), -1)
    return list(found.T)


@functools.cache
def special(name: str) -> tuple[Graph, np.ndarray, list[np.ndarray]]:
    """A network's graph, rows for it, and what Keras says of them."""
    make, rows = NETWORKS[name]
    model = network(make, rows.shape[1], np.random.default_rng(5))
    return simplify(heads.bare(read_model(model).graph)), rows, computed(model, rows)


@functools.cache
def product(name: str) -> tuple[Graph, list[np.ndarray]]:
    """A network's graph, and what Keras says of the ends of the numbers."""
    model = network(PRODUCTS[name], ENDS.shape[1], None)
    return simplify(heads.bare(read_model(model).graph)), computed(model, ENDS)


@EACH
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_not_defined_in_a_row_is_null_in_that_row(
    name: str, database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    dialect = get(database.dialect)
    graph, rows, expected = special(name)
    for strategy in dialect.strategies:
        found = run(graph, {"x": rows}, engine, dialect, load_table, strategy)
        single = strategy == "arrays" and dialect.packed_precision == "single"
        for values, wanted in zip(found.values(), expected, strict=True):
            infinite = np.isinf(wanted)
            if not dialect.arithmetic.has_infinity:
                values = np.where(infinite & (np.abs(values) >= 1e99), wanted, values)
            # In single precision an error is one of a function's terms: erf(0) is 1 less 1.
            exact = {"rtol": 1e-4, "atol": 1e-6} if single else {"rtol": 1e-9, "atol": 1e-9}
            np.testing.assert_allclose(values, wanted, **exact)


RECTIFIERS: dict[str, Callable[[Any], Any]] = {
    "relu": L.ReLU(),
    "relu6": ops.relu6,
    "hard sigmoid": ops.hard_sigmoid,
    "clip": lambda x: ops.clip(x, -1.0, 1.0),
    "least": lambda x: ops.minimum(x, 2.0),
    "expm1": lambda x: ops.relu(ops.expm1(x * 1e3)),
}
SOME = [name if name in ("relu", "relu6") else pytest.param(name, marks=pytest.mark.sweep)
        for name in RECTIFIERS]  # fmt: skip


@EACH
@pytest.mark.parametrize("name", SOME)
def test_exponentials_that_grow_beyond_all_numbers(
    name: str, database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    """Infinity less infinity is no number, and no bound makes one of it."""
    engine = request.getfixturevalue(f"{database.engine}_engine")
    dialect = get(database.dialect)
    rows = np.array([[1.0, 2.0], [1e3, 1e3], [1e3, 1.0], [1.0, 1e3], [2.0, 1.0]])
    model = network(lambda x: RECTIFIERS[name](ops.exp(x[:, :1]) - ops.exp(x[:, 1:])), 2, None)
    graph, (wanted,) = simplify(heads.bare(read_model(model).graph)), computed(model, rows)
    assert np.isnan(wanted[1])
    known = [0, 4] if dialect.bounds is not None else [*range(5)]  # the others are as exp(230)
    for strategy in dialect.strategies:
        (values,) = run(graph, {"x": rows}, engine, dialect, load_table, strategy).values()
        np.testing.assert_allclose(values[known], wanted[known], rtol=1e-4)


@EACH
@pytest.mark.parametrize("name", PRODUCTS)
def test_numbers_of_any_size_raise_nowhere(
    name: str, database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    dialect = get(database.dialect)
    graph, expected = product(name)
    ordinary = (np.abs(ENDS) < 1e30) & ((np.abs(ENDS) > 1e-30) | (ENDS == 0))
    for strategy in dialect.strategies:
        single = strategy == "arrays" and dialect.packed_precision == "single"
        found = run(graph, {"x": ENDS}, engine, dialect, load_table, strategy)
        for values, wanted in zip(found.values(), expected, strict=True):
            # Beyond 1e38 Keras in its own 32 bit has infinity, below 1e-45 zero.
            known = ordinary.all(axis=1) & (np.abs(wanted) < 1e38)
            np.testing.assert_allclose(
                values[known], wanted[known], rtol=1e-4 if single else 1e-9, atol=1e-45
            )


@EACH
def test_a_label_is_of_no_row_without_probabilities(
    database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    model = network(masked_mean, 3, np.random.default_rng(5))
    rows = np.array([[1.0, 2, 3], [0, 0, 0], [4, 0, 0]])
    frame = pd.DataFrame(rows, columns=["a", "b", "c"])
    frame.insert(0, "id", range(3))
    load_table(engine, "label_rows", frame)
    for strategy in get(database.dialect).strategies:
        found = keras2sql.convert(
            model,
            dialect=database.dialect,
            table="label_rows",
            key="id",
            features=["a", "b", "c"],
            labels=["yes", "no"],
            strategy=strategy,
        ).run(engine.connection)
        found = found.sort_values("id")
        assert found.iloc[1, 1:].isna().all()
        assert found.iloc[[0, 2], 1:].notna().all().all()


def test_decimals_beyond_all_numbers_count_as_the_largest(postgres_engine: Engine) -> None:
    table = "(SELECT 1 AS id, 1e400 AS x UNION ALL SELECT 2, -1e400 UNION ALL SELECT 3, 0.5 "
    table += "UNION ALL SELECT 4, 'NaN' UNION ALL SELECT 5, NULL UNION ALL SELECT 6, 1e-400)"
    model = network(lambda x: ops.sigmoid(x), 1, None)
    program = keras2sql.convert(model, "postgresql", table, "id", ["x"])
    found = program.run(postgres_engine.connection).sort_values("id").iloc[:, 1]
    wanted = [1.0, 0.0, 1 / (1 + np.exp(-0.5)), np.nan, np.nan, 0.5]
    np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-12)


@pytest.mark.parametrize("strategy", ["columns", "rows"])
def test_arrays_of_such_decimals(strategy: str, postgres_engine: Engine) -> None:
    arrays = ["{1e400,2}", "{-1e400,1e-400}", "{0.5,3}", "{NaN,1}", "{NULL,1}", "{1}", "{{1,2}}"]
    table = " UNION ALL ".join(
        f"SELECT {n} AS id, CAST('{x}' AS numeric[]) AS x" for n, x in enumerate(arrays)
    )
    model = network(lambda x: L.Dense(2, "sigmoid", kernel_initializer="ones")(x), 2, None)
    program = keras2sql.convert(model, "postgresql", f"({table})", "id", "x", strategy=strategy)
    found = program.run(postgres_engine.connection).sort_values("id").iloc[:, 1]
    wanted = [1.0, 0.0, 1 / (1 + np.exp(-3.5)), np.nan, np.nan, np.nan, np.nan]
    np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-12)


NARROW: dict[str, Callable[[Any], Any]] = {
    "exponential": lambda x: L.Dense(2, "exponential", kernel_initializer="ones")(x),
    "exponentials": lambda x: L.Dense(3)(ops.exp(x)),
    "cube": lambda x: L.Dense(2)(x * x * x),
    "quotient": lambda x: x / ops.sqrt(ops.abs(x) * 1e-30),
    "softmax": lambda x: L.Dense(3, "softmax")(L.Dense(8, "elu")(x)),
    "hyperbolic sine": lambda x: ops.sinh(x),
    "power": lambda x: ops.power(ops.abs(x), 7.0),
}


@pytest.mark.parametrize("width", [3, 40])
@pytest.mark.parametrize("name", NARROW)
def test_what_single_precision_does_not_hold_is_infinite(
    name: str, width: int, duckdb_engine: Engine, load_table: Load
) -> None:
    x = keras.Input((width,))
    model = keras.Model(x, NARROW[name](x))
    rows = np.full((6, width), 1.0) * np.array([[0.5], [100.0], [1e39], [1e20], [1.0], [np.nan]])
    rows[4, 0] = -1e300
    with np.errstate(all="ignore"):
        wanted = np.asarray(model(rows.astype(np.float32), training=False)).reshape(6, -1)
    columns = [f"x{i}" for i in range(width)]
    frame = pd.DataFrame(rows, columns=columns)
    frame.insert(0, "id", range(6))
    load_table(duckdb_engine, "narrow_rows", frame)
    for strategy in get("duckdb").strategies:
        program = keras2sql.convert(
            model, "duckdb", "narrow_rows", "id", columns, precision="single", strategy=strategy
        )
        found = program.run(duckdb_engine.connection).sort_values("id").iloc[:, 1:]
        np.testing.assert_allclose(found.to_numpy(dtype=float), wanted, rtol=1e-3, atol=1e-5)
