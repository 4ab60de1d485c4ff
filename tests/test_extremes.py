"""What random networks with extreme weights and inputs have found: each kind by a small model.

tools/random_networks.py makes more of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.dialects import get
from keras2sql.engines import Engine
from layers.build import double_precision
from tiny import create, dense, program

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
EVERY = ["duckdb", "sqlite", "postgres", "clickhouse", "datafusion", "mariadb"]


@pytest.fixture(params=EVERY)
def engine(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


def model(shape: tuple[int, ...], *layers: Any) -> Any:
    """In float32, with weights between -1 and 1."""
    made = keras.Sequential([keras.Input(shape), *layers])
    rng = np.random.default_rng(5)
    made.set_weights([rng.uniform(-1, 1, w.shape).astype("float32") for w in made.get_weights()])
    return made


def answers(made: Any, rows: Any) -> np.ndarray:
    """What Keras says in float64."""
    with double_precision():
        wide = keras.Sequential.from_config(_wide(made.get_config()))
        wide.set_weights([w.astype("float64") for w in made.get_weights()])
        shape = (len(rows), *made.input_shape[1:])
        found = wide(np.array(rows, dtype="float64").reshape(shape), training=False)
    return np.asarray(found).reshape(len(rows), -1)


def _wide(config: Any) -> Any:
    if isinstance(config, dict):
        return {k: "float64" if k == "dtype" else _wide(v) for k, v in config.items()}
    return [_wide(v) for v in config] if isinstance(config, list) else config


def found(engine: Engine, made: Any, rows: Any, load: Load, **how: Any) -> np.ndarray:
    count = len(rows[0])
    names = [f"x{i}" for i in range(count)]
    frame = pd.DataFrame(np.array(rows, dtype=float), columns=names)
    frame.insert(0, "id", np.arange(len(rows)))
    load(engine, "extremes", frame)
    program = keras2sql.convert(
        made, engine.dialect_name, table="extremes", key="id", features=names, **how
    )
    result = program.run(engine).sort_values("id")
    return result[program.columns[1:]].to_numpy(dtype=float)


def ways(engine: Engine) -> list[dict[str, str]]:
    return [
        {"strategy": strategy, "precision": precision}
        for strategy in get(engine.dialect_name).strategies
        for precision in ("double", "single")
    ]


@pytest.mark.parametrize("name", ["duckdb", "postgres", "clickhouse", "datafusion"])
def test_an_array_of_large_numbers(name: str, request: pytest.FixtureRequest) -> None:
    """No more than a NULL in single precision, and beyond all products on PostgreSQL."""
    engine: Engine = request.getfixturevalue(f"{name}_engine")
    made = model((3,), L.Dense(4, activation="sigmoid"), L.Dense(2, activation="tanh"))
    rows = [[1e300, 1.0, 2.0], [-1e300, 0.5, 1e-300], [0.1, -0.2, 0.3], [3e38, 3e38, 3e38]]
    kind = {"clickhouse": "Array(Nullable(Float64))", "postgresql": "float8[]"}
    type_ = kind.get(engine.dialect_name, "DOUBLE[]")
    start = "ARRAY" if engine.dialect_name == "postgresql" else ""
    texts = [f"{n}, CAST({start}{row} AS {type_})" for n, row in enumerate(rows)]
    type_ += " NOT NULL" if engine.dialect_name == "clickhouse" else ""
    create(engine, "extremes", {"id": "INTEGER", "x": type_}, texts)
    wanted = answers(made, rows)
    assert np.isfinite(wanted).all()
    for how in ways(engine):
        program = keras2sql.convert(
            made, engine.dialect_name, table="extremes", key="id", features="x", **how
        )
        told = program.run(engine).sort_values("id").iloc[:, 1:].to_numpy(dtype=float)
        near = 1e-5 if how["precision"] == "single" else 1e-9
        np.testing.assert_allclose(told, wanted, rtol=near, atol=near)


def test_sums_beyond_single_precision(engine: Engine, load_table: Load) -> None:
    """A sum of rows is of 64 bit, and what is added to it must fit into 32 again."""
    pooled = [L.GlobalAveragePooling1D(), L.Dense(4), L.Dense(3, activation="sigmoid")]
    made = model((3, 2), L.Dense(2), *pooled)
    rows = [[3e38] * 6, [-3e38, 3e38] * 3, [1e38, -2e38, 3e38, 3e38, 3e38, 1.0], [0.1] * 6]
    wanted = answers(made, rows)
    for how in ways(engine):
        told = found(engine, made, rows, load_table, **how)
        assert np.isfinite(told[-1]).all()
        if how["precision"] == "double":
            np.testing.assert_allclose(told, wanted, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(told[-1], wanted[-1], rtol=1e-4, atol=1e-5)


def test_the_greatest_is_one_of_them(engine: Engine, load_table: Load) -> None:
    """Rounded to 32 bit, the greatest of numbers of 64 would be none of them, and far away."""
    made = model((2,), L.Dense(3, activation="log_softmax"), L.Dense(2, activation="tanh"))
    rows = [[1e8, 3.0], [1e30, -2.0], [-1e30, 1e29], [12345678.0, 1e7], [0.5, 0.25]]
    with np.errstate(all="ignore"):
        logits = np.array(rows, dtype="float32") @ made.get_weights()[0] + made.get_weights()[1]
    order = logits.argmax(axis=1)
    first = keras.Sequential([keras.Input((2,)), made.layers[0]])
    for how in ways(engine):
        told = found(engine, first, rows, load_table, **how)
        assert (told[np.arange(len(rows)), order] > -2).all(), how
        assert (told.max(axis=1) <= 0).all(), how


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "GroupQueryAttention"])
def test_what_does_not_count_weighs_less_than_any_score(
    kind: str, engine: Engine, load_table: Load
) -> None:
    """Keras masks by -2.4e38; by -1e9, a score of -1e16 would lose to what is hidden."""
    entry = keras.Input((3, 2))
    sizes = {"num_heads": 1, "key_dim": 2}
    if kind == "GroupQueryAttention":
        sizes = {"head_dim": 2, "num_query_heads": 1, "num_key_value_heads": 1}
    layer = getattr(L, kind)(**sizes)
    made = keras.Model(entry, layer(entry, entry, use_causal_mask=True))
    # Scores of -1e16 among the steps before, and of more than that behind them.
    kernels = {"query": 1.0, "key": -1.0, "value": 1.0, "attention_output": 1.0}
    for weight in made.weights:
        part = weight.path.split("/")[-2]
        eye = np.eye(2).reshape(weight.shape) if weight.path.endswith("kernel") else 0.0
        weight.assign(kernels[part] * eye * np.ones(weight.shape))
    rows = [[1e8, 2e8, 3e8, 1e8, -5e7, 1e7], [0.1, 0.2, 0.3, -0.1, -0.2, 0.4]]
    wanted = np.asarray(made(np.array(rows, dtype="float32").reshape(2, 3, 2)), dtype=float)
    np.testing.assert_allclose(wanted[0, 0], rows[0][:2])  # the first step sees itself alone
    for how in ways(engine):
        told = found(engine, made, rows, load_table, **how)
        np.testing.assert_allclose(told, wanted.reshape(2, -1), rtol=1e-5, atol=1e-5)


def test_an_array_and_what_is_computed_of_it_side_by_side(
    duckdb_engine: Engine, clickhouse_engine: Engine
) -> None:
    """Behind the elements of an array stands the mean of two: that is another array."""
    entry = keras.Input((4,))
    mean = keras.ops.mean(entry, axis=-1, keepdims=True)
    joined = L.Concatenate()([entry, mean])
    made = keras.Model(entry, L.Dense(3, activation="tanh")(joined))
    rows = np.random.default_rng(1).normal(size=(5, 4))
    wanted = np.asarray(made(rows.astype("float32")))
    for engine in (duckdb_engine, clickhouse_engine):
        kind = "DOUBLE[]" if engine is duckdb_engine else "Array(Float64)"
        texts = [f"{n}, CAST({row.tolist()} AS {kind})" for n, row in enumerate(rows)]
        kind += "" if engine is duckdb_engine else " NOT NULL"
        create(engine, "extremes", {"id": "INTEGER", "x": kind}, texts)
        for strategy in get(engine.dialect_name).strategies:
            program = keras2sql.convert(
                made, engine.dialect_name, "extremes", "id", features="x", strategy=strategy
            )
            told = program.run(engine).sort_values("id").iloc[:, 1:].to_numpy(dtype=float)
            np.testing.assert_allclose(told, wanted, rtol=1e-5, atol=1e-6)


def test_truth_values_are_not_put_back_into_32_bit(engine: Engine, load_table: Load) -> None:
    """Behind a mean over no step, which is NaN, a comparison is of what is no number."""
    entry = keras.Input((3,), dtype="int32")
    words = L.Embedding(4, 2, mask_zero=True)(entry)
    pooled = L.GlobalAveragePooling1D()(words)
    made = keras.Model(entry, L.Dense(2)(L.ELU()(pooled)))
    rows = [[1, 2, 3], [0, 2, 0], [3, 3, 1]]
    wanted = np.asarray(made(np.array(rows)), dtype=float)
    for how in ways(engine):
        np.testing.assert_allclose(found(engine, made, rows, load_table, **how), wanted, rtol=1e-4)


HEADS = {
    "softmax": ([2, 3, 3], "softmax", ["x", "y", "z"]),
    "sigmoid": ([2, 3, 1], "sigmoid", ["no", "yes"]),
    "logits": ([2, 3, 3], "linear", [1, 2, 3]),
    "sigmoids": ([2, 3, 3], "sigmoid", ["x", "y", "z"]),
    "many": ([2, 3, 80], "softmax", [f"label {i}" for i in range(80)]),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_probability_that_is_nan_decides_for_no_label(
    head: str, engine: Engine, load_table: Load
) -> None:
    """Infinity less infinity is no number, in single precision from 3.4e38 on."""
    units, last, labels = HEADS[head]
    graph = dense(units, ["linear", last])
    rows = [[1.7e308, 1.7e308], [1e300, -1e300], [-1.7e308, 1.7e308], [0.5, -1.0]]
    frame = pd.DataFrame(rows, columns=["a", "b"])
    frame.insert(0, "id", range(4))
    load_table(engine, "tiny", frame)
    for how in ways(engine):
        made = program(graph, engine, features=["a", "b"], labels=labels, **how)
        told = made.run(engine).sort_values("id", ignore_index=True)
        assert told.iloc[3].notna().all()
        probabilities = told[[f"Proba_{label}" for label in labels]]
        assert (told["Decision"].isna() == probabilities.isna().any(axis=1)).all(), how


def test_a_product_in_double_of_large_numbers(engine: Engine, load_table: Load) -> None:
    """What a function gives is of 64 bit, and so is what it is multiplied with."""
    one = keras.Input((2,))
    bent = L.Activation("tanh")(one)
    square = L.Multiply()([one, L.Multiply()([bent, one])])
    twice = L.Add()([one, L.Multiply()([bent, one])])
    made = keras.Model(one, L.Concatenate()([square, twice]))
    rows = [[3e38, -3e38], [2.0, -0.5]]
    x, y = np.array(rows), np.tanh(rows)
    wanted = np.concatenate([x * x * y, x + x * y], axis=1)
    for how in ways(engine):
        told = found(engine, made, rows, load_table, **how)
        np.testing.assert_allclose(told[1], wanted[1], rtol=1e-5)
        if how["precision"] == "double":
            np.testing.assert_allclose(told[0], wanted[0], rtol=1e-9)


@pytest.mark.parametrize("name", ["duckdb", "sqlite"])
@pytest.mark.parametrize("strategy", ["columns", "rows"])
def test_a_sum_of_opposite_infinities_is_no_number(
    name: str, strategy: str, request: pytest.FixtureRequest, load_table: Load
) -> None:
    """An aggregate of SQLite leaves out the NULL that it is there, and would sum the others."""
    engine = request.getfixturevalue(f"{name}_engine")
    made = model((4,), L.Dense(3, "sigmoid"), L.Dense(2, "softmax"))
    inf = math.inf
    rows = [[inf, 1, 2, 0], [inf, 1, 2, inf], [0, 1, 2, 3], [1, 2, inf, inf], [0, inf, inf, 1]]
    with np.errstate(all="ignore"):
        wanted = answers(made, rows)
    assert np.isnan(wanted).any()
    assert not np.isnan(wanted).all()
    np.testing.assert_allclose(
        found(engine, made, rows, load_table, strategy=strategy), wanted, rtol=1e-9
    )


@pytest.mark.parametrize(
    "name", ["relu", "relu6", "elu", "selu", "celu", "hard_sigmoid", "hard_tanh"]
)
def test_opposite_infinities_behind_a_bound_of_clickhouse(
    name: str, clickhouse_engine: Engine, load_table: Load
) -> None:
    """Its greatest() and least() take NaN where it stands last, and the other number where not."""
    made = model((4,), L.Dense(3, name))
    inf = math.inf
    rows = [[inf, 1, 2, 0], [inf, 1, 2, inf], [0, 1, 2, 3], [1, 2, inf, -inf], [0, inf, inf, 1]]
    with np.errstate(all="ignore"):
        wanted = answers(made, rows)
    assert np.isnan(wanted).any()
    for strategy in get("clickhouse").strategies:
        told = found(clickhouse_engine, made, rows, load_table, strategy=strategy)
        np.testing.assert_array_equal(np.isnan(told), np.isnan(wanted))
        np.testing.assert_allclose(told, wanted, rtol=1e-9)
