"""NULL, NaN, huge and tiny numbers, ties, types and precision, on every database."""

from __future__ import annotations

import datetime
import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
import pandas as pd
import pytest

from databases import quoted
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X
from keras2sql.graph.functions import ACTIVATIONS, AXIS_ACTIVATIONS
from tiny import activation, create, dense, expected, program, scored, types_of

Load = Callable[[Engine, str, pd.DataFrame], None]

# PostgreSQL's arithmetic raises where others overflow; there numbers are held within these.
HELD, HELD_EXP = 1e100, 230.0

_SIZES = [
    0.0, 5e-324, 1e-320, 1e-300, 1e-200, 1e-150, 1e-100, 1e-45, 1e-30, 1e-9, 0.3, 1.0, 3.0, 20.0,
    40.0, 100.0, 345.0, 350.0, 700.0, 710.0, 800.0, 1000.0, 1e5, 1e30, 3.4e38, 1e100, 1e155, 1e300,
    1.7e308, math.inf,
]  # fmt: skip
EXTREMES = np.array([*_SIZES, *(-v for v in _SIZES)])


def is_postgres(engine: Engine) -> bool:
    return engine.dialect_name == "postgresql"


def is_held(engine: Engine) -> bool:
    """Whether numbers are held within 1e100."""
    bounds = get(engine.dialect_name).bounds
    return bounds is not None and bounds.most == HELD


# -- NULL and NaN


def gated() -> Graph:
    """Three features into three classes, with relu, products and max; the third feature has
    only zero weights and is pruned."""
    g = Builder()
    x = g.input("x", (3,))
    with g.at("hidden"):
        kernel = np.array([[1.0, -2.0, 0.5, 3.0], [0.25, 1.0, -1.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
        h = activation(g, g.contract(x, kernel, np.arange(4.0)), "relu6")
    with g.at("top"):
        top = g.contract(h, np.arange(12.0).reshape(4, 3) - 5)
        out = activation(g, top, "softmax")
    return Graph((x,), {"out": out})


@pytest.mark.parametrize("missing", [0, 1, 2])
@pytest.mark.parametrize("value", ["NULL", "NaN"])
def test_a_missing_feature_gives_null_in_every_prediction(
    missing: int, value: str, engine: Engine
) -> None:
    nan = get(engine.dialect_name).typed(math.nan)
    row = ["1", "0.5", "-1.0", "2.0"]
    row[missing + 1] = "NULL" if value == "NULL" else nan
    types = {"id": "INTEGER", **dict.fromkeys("abc", "DOUBLE PRECISION")}
    create(engine, "tiny", types, [", ".join(row), "2, 0.5, -1.0, 2.0"])
    for labels in (["x", "y", "z"], [1, 2, 3], None):
        made = program(gated(), engine, features=["a", "b", "c"], labels=labels)
        found = made.run(engine).sort_values("id", ignore_index=True)
        assert found.iloc[0, 1:].isna().all()
        assert found.iloc[1, 1:].notna().all()
        assert found["id"].tolist() == [1, 2]
    graph = dense([3, 1], ["relu"])
    made = program(graph, engine, features=["a", "b", "c"])
    assert made.run(engine).sort_values("id").iloc[:, 1].isna().tolist() == [True, False]
    # As arrays, of which products raise if an element is NULL.
    graph = dense([5, 4, 2], ["tanh", "sigmoid"])
    for strategy in get(engine.dialect_name).strategies:
        made = program(graph, engine, features=["a", "b", "c", "a", "b"], strategy=strategy)
        found = made.run(engine).sort_values("id").iloc[:, 1:]
        assert found.isna().all(axis=1).tolist() == [True, False]


def test_features_that_no_output_reads_still_count(engine: Engine) -> None:
    g = Builder()
    x = g.input("x", (2,))
    constant = Graph((x,), {"out": g.contract(x, np.zeros((2, 1)), np.array([0.25]))})
    types = {"id": "INTEGER", "a": "DOUBLE PRECISION", "b": "DOUBLE PRECISION"}
    create(engine, "tiny", types, ["1, 1, 1", "2, NULL, 1", "3, 1, NULL"])
    found = program(constant, engine, features=["a", "b"]).run(engine).sort_values("id")
    np.testing.assert_array_equal(found["out"], [0.25, np.nan, np.nan])


@pytest.mark.parametrize("rows", [4, 30])
def test_an_id_outside_of_the_table_gives_null(rows: int, engine: Engine) -> None:
    g = Builder()
    ids = g.input("ids", (2,), "int")
    with g.at("embedding"):
        looked_up = g.lookup(np.arange(rows * 2.0).reshape(rows, 2) - 3, ids)
    with g.at("computed"):
        other = g.lookup(np.arange(rows) * 1.0, g.map(X - 1.0, g.take(ids, [1])))
    with g.at("dense"):
        joined = g.join([g.reshape(looked_up, (4,)), other], axis=0)
        out = activation(g, g.contract(joined, np.ones((5, 2)) * [1.0, -1.0]), "relu6")
    graph = Graph((ids,), {"out": out})
    given = [[0, 1], [rows - 1, rows - 1], [rows, 1], [-1, 1], [1, rows], [1, -7], [1, 0], [2, 2]]
    create(
        engine, "tiny", {"id": "INTEGER", "a": "INTEGER", "b": "INTEGER"},
        [f"{i}, {a}, {b}" for i, (a, b) in enumerate(given)] + ["8, NULL, 1"],
    )  # fmt: skip
    for strategy in get(engine.dialect_name).strategies:
        made = program(graph, engine, features=["a", "b"], strategy=strategy)
        found = made.run(engine).sort_values("id")
        with np.errstate(invalid="ignore"):
            wanted = expected(made, {"ids": np.array([*given, [np.nan, 1]])})
        assert np.isnan(wanted["out_0"]).tolist() == [False] * 2 + [True] * 5 + [False, True]
        for column, values in wanted.items():
            np.testing.assert_array_equal(found[column].astype(float), values)


# -- huge and tiny numbers


def keras_activation(name: str, values: Any, dtype: Any = np.float64) -> Any:
    """What Keras itself says, in float64."""
    x = jnp.asarray(np.asarray(values), dtype=dtype)
    if name == "threshold":
        return np.asarray(keras.activations.threshold(x, 0.5, -1.0))
    if name == "tanh":
        return np.tanh(np.asarray(x))  # of Keras's own, float32 constants come back
    return np.asarray(keras.activations.get(name)(x))


def one_sigmoid() -> Graph:
    g = Builder()
    x = g.input("x", (1,))
    with g.at("act"):
        return Graph((x,), {"out": activation(g, x, "sigmoid")})


def through(name: str, kernel: float) -> Graph:
    """An activation of one feature, with a linear map behind it."""
    g = Builder()
    x = g.input("x", (1,))
    options = {"threshold": 0.5, "default_value": -1.0} if name == "threshold" else {}
    with g.at("act"):
        y = activation(g, x, name, **options)
    with g.at("top"):
        return Graph((x,), {"out": g.contract(y, np.array([[kernel]]))})


def computed(graph: Graph, values: np.ndarray) -> np.ndarray:
    """What numpy says, which is what Keras says."""
    with np.errstate(all="ignore"):
        return np.asarray(graph.evaluate({"x": values})["out"])


@pytest.mark.jax
@pytest.mark.parametrize("name", sorted({*ACTIVATIONS, *AXIS_ACTIVATIONS}))
def test_numpy_says_what_keras_says_at_the_ends_of_the_numbers(name: str) -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([EXTREMES, np.clip(EXTREMES, -HELD, HELD)])[:, None]
    if name in AXIS_ACTIVATIONS:
        wide = rng.choice(EXTREMES[np.isfinite(EXTREMES)], (150, 4))
        rows = np.concatenate([wide, rng.choice([-1000.0, 0.0, 1000.0, 1.0, -1.0], (50, 4))])
        values = np.concatenate([rows, np.clip(rows, -HELD, HELD)])
    g = Builder()
    x = g.input("x", values.shape[1:])
    options = {"threshold": 0.5, "default_value": -1.0} if name == "threshold" else {}
    found = computed(Graph((x,), {"out": activation(g, x, name, **options)}), values)
    wanted = keras_activation(name, values)
    finite = np.isfinite(wanted)
    if name in AXIS_ACTIVATIONS:
        with np.errstate(all="ignore"):  # a row on the edge of a jump has no one right answer
            moved = np.abs(keras_activation(name, values * (1 + 1e-12)) - wanted)
            finite &= moved < 1e-6 * (1 + abs(wanted))
    assert finite.mean() > 0.5
    np.testing.assert_allclose(found[finite], wanted[finite], rtol=1e-9, atol=1e-9)
    if name in ACTIVATIONS:
        ordinary = (np.abs(values) > 1e-9) & (np.abs(values) < 30) & (np.abs(wanted) > 1e-9)
        np.testing.assert_allclose(found[ordinary], wanted[ordinary], rtol=1e-9)


@pytest.mark.parametrize("kernel", [1.0, 2.5, 1e-30, -1.4e-45])
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_at_the_ends_of_the_numbers(
    name: str, kernel: float, engine: Engine, load_table: Load
) -> None:
    values = EXTREMES
    if is_held(engine):
        values = np.clip(values, -HELD, HELD)
        values = np.minimum(values, HELD_EXP) if name == "exponential" else values
    with np.errstate(over="ignore"):
        wanted = computed(through(name, 1.0), values[:, None]).ravel() * kernel
    made = program(through(name, kernel), engine, features=["a"])
    found = scored(engine, made, load_table, {"x": EXTREMES[:, None]})["out"].to_numpy(float)
    finite = np.isfinite(wanted)
    assert finite.sum() > len(EXTREMES) // 2
    np.testing.assert_allclose(found[finite], wanted[finite], rtol=1e-9, atol=1e-9 * abs(kernel))
    ordinary = (
        (np.abs(EXTREMES) > 1e-9) & (np.abs(EXTREMES) < 30) & (np.abs(wanted) > 1e-9 * abs(kernel))
    )
    np.testing.assert_allclose(found[ordinary], wanted[ordinary], rtol=1e-9)


@pytest.mark.parametrize("name", sorted(AXIS_ACTIVATIONS))
def test_activations_along_an_axis_at_the_ends_of_the_numbers(
    name: str, engine: Engine, load_table: Load
) -> None:
    rng = np.random.default_rng(3)
    wide = rng.choice(EXTREMES[np.isfinite(EXTREMES)], (150, 4))
    rows = np.concatenate([wide, rng.choice([-1000.0, 0.0, 1000.0, 1.0, -1.0], (50, 4))])
    held = np.clip(rows, -HELD, HELD) if is_held(engine) else rows
    g = Builder()
    x = g.input("x", (4,))
    graph = Graph((x,), {"out": activation(g, x, name)})
    made = program(graph, engine, features=list("abcd"))
    found = scored(engine, made, load_table, {"x": rows}).iloc[:, 1:].to_numpy(float)
    wanted = computed(graph, held)
    with np.errstate(all="ignore"):  # a row on the edge of a jump has no one right answer
        moved = np.abs(computed(graph, held * (1 + 1e-12)) - wanted)
        steady = moved < 1e-6 * (1 + abs(wanted))
    finite = np.isfinite(wanted) & steady
    assert finite.mean() > 0.5
    np.testing.assert_allclose(found[finite], wanted[finite], rtol=1e-9, atol=1e-9)


STACKS = [
    (["relu", "relu", "linear"], 1.0),
    (["sigmoid", "sigmoid", "sigmoid"], 1.0),
    (["tanh", "gelu", "softmax"], 1e-30),
    (["exponential", "linear", "softmax"], 1e-3),
    (["silu", "mish", "softplus"], 1e-38),
    (["squareplus", "softsign", "log_softmax"], 1e3),
    (["elu", "selu", "log_sigmoid"], 1.4e-45),
]


@pytest.mark.parametrize(("activations", "scale"), STACKS, ids=str)
def test_no_network_raises_whatever_it_is_fed(
    activations: list[str], scale: float, engine: Engine, load_table: Load
) -> None:
    rng = np.random.default_rng(11)
    g = Builder()
    x = y = g.input("x", (4,))
    for i, name in enumerate(activations):
        with g.at(f"layer_{i}"):
            kernel = (rng.normal(size=(4, 4)) * scale).astype(np.float32)
            y = activation(g, g.contract(y, kernel), name)
    with g.at("products"):
        square = g.map(X * X * X, y)
        out = g.join([y, square, g.map(X * X, x)], axis=0)
    rows = rng.choice(EXTREMES, (200, 4))
    made = program(Graph((x,), {"out": out}), engine, features=list("abcd"))
    found = scored(engine, made, load_table, {"x": rows})
    held = np.clip(rows, -HELD, HELD) if is_held(engine) else rows
    with np.errstate(all="ignore"):
        wanted = expected(made, {"x": held})
    compared = 0
    for column in [f"out_{i}" for i in range(4)]:
        finite = np.isfinite(wanted[column])
        got = found[column].to_numpy(float)[finite]
        assert not np.isnan(got).any()
        if "exponential" not in activations:
            limit = 1e-9 * np.abs(held[finite]).max(axis=1) * abs(scale)
            assert (np.abs(got - wanted[column][finite]) <= 1e-9 + limit).all()
        compared += int(finite.sum())
    assert compared > 100


def test_log_probabilities_are_finite_and_accurate(engine: Engine, load_table: Load) -> None:
    z = np.array([0.0, 1e-12, 1e-3, 1.0, 20.0, 37.0, 50.0, 300.0, 700.0, 1000.0, 1e6, 1e30])
    z = np.concatenate([z, -z])
    made = program(one_sigmoid(), engine, features=["a"], labels=["n", "y"])
    found = scored(engine, made, load_table, {"x": z[:, None]})
    for column, sign in (("LogProba_y", 1), ("LogProba_n", -1)):
        values = np.minimum(sign * z, 0) - np.log1p(np.exp(-np.abs(z)))
        np.testing.assert_allclose(found[column], values, rtol=1e-9, atol=1e-99)
    g = Builder()
    x = g.input("x", (3,))
    many = Graph((x,), {"out": activation(g, x, "softmax")})
    rows = np.array([[1000.0, -1000.0, 0.0], [1e30, 0, -1e30], [20.0, 0, 0], [0, 0, 0], [-3, 9, 9]])
    made = program(many, engine, features=["a", "b", "c"], labels=["p", "q", "r"])
    found = scored(engine, made, load_table, {"x": rows})
    top = rows - rows.max(axis=1, keepdims=True)
    values = top - np.log(np.exp(top).sum(axis=1, keepdims=True))
    got = found[["LogProba_p", "LogProba_q", "LogProba_r"]].to_numpy(float)
    np.testing.assert_allclose(got, values, rtol=1e-9, atol=1e-16)
    assert np.isfinite(got).all()


# -- decisions and labels


def test_ties_go_to_the_first_label(engine: Engine, load_table: Load) -> None:
    g = Builder()
    x = g.input("x", (3,))
    graph = Graph((x,), {"out": activation(g, x, "softmax")})
    rows = np.array([[1.0, 1, 1], [0, 2, 2], [5, 5, 1], [-1000, -1000, -1000], [1e30, 1, 1e30]])
    made = program(graph, engine, features=["a", "b", "c"], labels=["p", "q", "r"])
    found = scored(engine, made, load_table, {"x": rows})
    assert found["Decision"].tolist() == ["p", "q", "p", "p", "p"]
    made = program(one_sigmoid(), engine, features=["a"], labels=["n", "y"])
    found = scored(engine, made, load_table, {"x": np.array([[0.0], [-0.0], [5e-324], [1.0]])})
    assert found["Decision"].tolist()[:2] == ["n", "n"]
    assert found["Decision"].tolist()[3] == "y"


DAYS = [datetime.date(2024, 2, 29), datetime.date(1, 1, 1)]
LABELS: list[tuple[list[Any], dict[str, list[str]]]] = [
    (["no", "yes"], {"duckdb": ["VARCHAR"], "sqlite": ["text"], "postgresql": ["text"]}),
    ([0, 1], {"duckdb": ["INTEGER"], "sqlite": ["integer"], "postgresql": ["integer"]}),
    ([-5, 7], {"duckdb": ["INTEGER"], "sqlite": ["integer"], "postgresql": ["integer"]}),
    ([2**40, -(2**62)], {"duckdb": ["BIGINT"], "sqlite": ["integer"], "postgresql": ["bigint"]}),
    ([False, True], {"duckdb": ["BOOLEAN"], "sqlite": ["integer"], "postgresql": ["boolean"]}),
    (DAYS, {"duckdb": ["DATE"], "sqlite": ["text"], "postgresql": ["date"]}),
    (["", "NULL"], {"duckdb": ["VARCHAR"], "sqlite": ["text"], "postgresql": ["text"]}),
]


@pytest.mark.parametrize(("labels", "types"), LABELS, ids=lambda v: str(v)[:30])
def test_labels_keep_their_type(
    labels: list[Any], types: dict[str, list[str]], engine: Engine, load_table: Load
) -> None:
    made = program(one_sigmoid(), engine, features=["a"], labels=labels)
    found = scored(engine, made, load_table, {"x": np.array([[-1.0], [1.0]])})
    assert types_of(engine, made.query, ["Decision"]) == types[engine.dialect_name]
    decided = [_day(v) for v in found["Decision"]]
    wanted: list[Any] = labels
    if isinstance(labels[0], datetime.date):
        wanted = [day.isoformat() for day in labels]
    assert decided == wanted


def _day(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()[:10]
    return value


# -- columns of every type


COLUMN_TYPES = {
    "SMALLINT": ["-32768", "0", "32767"],
    "INTEGER": ["-2147483648", "7", "2147483647"],
    "BIGINT": ["9007199254740993", "-9223372036854775808", "9223372036854775807"],
    "DECIMAL(20, 6)": ["0.1", "-12345678901234.654321", "0.000001"],
    "NUMERIC(18, 3)": ["0.1", "1.005", "-7"],
    "REAL": ["0.1", "16777217", "-3.4e38"],
    "DOUBLE PRECISION": ["0.1", "1e-30", "123456789.123456789"],
}


@pytest.mark.parametrize("type_", COLUMN_TYPES)
def test_a_feature_of_any_numeric_type(type_: str, engine: Engine) -> None:
    values = COLUMN_TYPES[type_]
    rows = [f"{i}, {v}" for i, v in enumerate(values)]
    create(engine, "tiny", {"id": "INTEGER", "a": type_}, rows)
    found = program(through("linear", 1.0), engine, features=["a"]).run(engine).sort_values("id")
    exact = [float(Decimal(v)) for v in values]
    if type_ == "REAL" and engine.dialect_name != "sqlite":
        exact = [float(np.float32(v)) for v in exact]
    assert found["out"].tolist() == exact


def test_a_boolean_feature(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "BOOLEAN"}, ["0, FALSE", "1, TRUE", "2, NULL"])
    made = program(through("linear", 1.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"]
    np.testing.assert_array_equal(found, [0.0, 1.0, np.nan])


# -- precision and literals


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS, *AXIS_ACTIVATIONS} - {"threshold", "glu"}))
def test_single_precision(name: str, engine: Engine, load_table: Load) -> None:
    graph = dense([4, 6, 3], [name, "softmax"], seed=5)
    made = program(graph, engine, features=list("abcd"), labels=list("xyz"), precision="single")
    rows = np.random.default_rng(1).normal(size=(40, 4))
    found = scored(engine, made, load_table, {"x": rows})
    for column, values in expected(made, {"x": rows}).items():
        if column != "Decision":
            np.testing.assert_allclose(found[column].to_numpy(float), values, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS} - {"threshold"}))
def test_duckdb_computes_in_float(name: str, duckdb_engine: Engine, load_table: Load) -> None:
    graph = dense([4, 6, 3], [name, "softmax"], seed=5)
    made = program(
        graph, duckdb_engine, features=list("abcd"), labels=list("xyz"), precision="single"
    )
    scored(duckdb_engine, made, load_table, {"x": np.zeros((2, 4))})
    numbers = [c for c in made.columns[1:] if c != "Decision"]
    assert set(types_of(duckdb_engine, made.query, numbers)) == {"FLOAT"}
    for i, step in enumerate(made.lowered.query.steps):
        columns = [c.name for c in step.body.columns[2:]]  # behind id and valid
        kept = made.query.rindex("\nSELECT\n  id,")
        query = made.query[:kept] + f"\nSELECT * FROM {step.name}"
        kinds = dict.fromkeys(types_of(duckdb_engine, query, columns)) if columns else {}
        assert set(kinds) <= {"FLOAT", "FLOAT[]", "BOOLEAN"}, (i, step.name, kinds)


@pytest.mark.jax
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_single_precision_at_the_ends_of_the_numbers(
    name: str, engine: Engine, load_table: Load
) -> None:
    values = EXTREMES[(np.abs(EXTREMES) < 3.4e38)]
    made = program(through(name, 2.5), engine, features=["a"], precision="single")
    found = scored(engine, made, load_table, {"x": values[:, None]})["out"].to_numpy(float)
    single = values.astype(np.float32)
    with np.errstate(over="ignore"):
        wanted = (keras_activation(name, single, np.float32) * np.float32(2.5)).astype(float)
    finite = np.isfinite(wanted)
    assert finite.sum() > len(values) // 2
    np.testing.assert_allclose(found[finite], wanted[finite], rtol=1e-4, atol=1e-4)


def _doubles() -> list[float]:
    rng = np.random.default_rng(2024)
    bits = [struct.unpack("<d", rng.bytes(8))[0] for _ in range(2000)]
    ends = [
        1e308, -1.7976931348623157e308, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-320, 0.0,
        -0.0, 0.1, 1 / 3, 1e15, 1e16, 1e22, 1e23, 123456789012345680.0, 9007199254740993.0,
    ]  # fmt: skip
    return [v for v in (*bits, *ends) if math.isfinite(v)]


def _floats() -> list[float]:
    rng = np.random.default_rng(2025)
    bits = [float(np.frombuffer(rng.bytes(4), np.float32)[0]) for _ in range(2000)]
    ends = [
        float(np.finfo(np.float32).max),
        1.401298464324817e-45,
        -1e-42,
        0.0,
        1 / 3,
        0.1,
        16777216.0,
    ]
    return [float(np.float32(v)) for v in (*bits, *ends) if math.isfinite(v)]


def _same(found: list[Any], wanted: list[float]) -> None:
    wrong = [(w, f) for w, f in zip(wanted, found, strict=True) if w != f]
    assert not wrong, f"{len(wrong)} of {len(wanted)}: {wrong[:3]}"


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_doubles_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    dialect = get(engine.dialect_name)
    values = _doubles()
    for start in range(0, len(values), 500):
        part = values[start : start + 500]
        spelled = [getattr(dialect, how)(v) for v in part]
        items = [f"{s} * x" if how == "literal" else s for s in spelled]
        one = f"SELECT {dialect.typed(1.0)} AS x"
        query = f"SELECT {', '.join(items)} FROM ({one}) AS ones"
        _same(engine.query(query, [f"c{i}" for i in range(len(part))]).iloc[0].tolist(), part)


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_floats_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    dialect = get(engine.dialect_name)
    values = _floats()
    for start in range(0, len(values), 500):
        part = values[start : start + 500]
        spelled = [getattr(dialect, how)(v, "single") for v in part]
        items = [f"{s} * x" if how == "literal" else s for s in spelled]
        one = f"SELECT {dialect.typed(1.0, 'single')} AS x"
        query = f"SELECT {', '.join(items)} FROM ({one}) AS ones"
        found = engine.query(query, [f"c{i}" for i in range(len(part))]).iloc[0].tolist()
        _same([float(np.float32(f)) for f in found], part)


def test_typed_numbers_that_are_none(engine: Engine) -> None:
    dialect = get(engine.dialect_name)
    for precision in ("double", "single"):
        values = [math.inf, -math.inf, math.nan]
        items = ", ".join(dialect.typed(v, precision) for v in values)
        found = engine.query(f"SELECT {items}", ["a", "b", "c"], floats="abc").iloc[0].tolist()
        np.testing.assert_array_equal(found, values)
    beyond = get("duckdb").literal(1e100, "single")
    assert beyond == "CAST('Infinity' AS FLOAT)"


def test_a_quoted_name_in_the_tables_of_tests() -> None:
    assert quoted('a"b') == '"a""b"'
