"""What a model makes of all steps of a long table, such as their mean: against Keras."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql import Sequence
from keras2sql.dialects import DIALECTS
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from layers.build import double_precision, randomize
from once import convert

L = keras.layers
K = keras.ops
Load = Callable[[Engine, str, pd.DataFrame], None]
ENGINES = ["duckdb", "sqlite", "postgres", "pgvector", "mariadb", "clickhouse", "datafusion"]
LENGTHS = [5, 1, 8, 3, 2]
PADDING = -1.0

# It says so of the softmax over one step that a sequence of one step has.
pytestmark = pytest.mark.filterwarnings("ignore:You are using a softmax over axis")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


def stack(*layers: Any) -> Callable[[int | None], Any]:
    return lambda steps: keras.Sequential([keras.Input((steps, 2)), *[one() for one in layers]])


def tokens(*layers: Any) -> Callable[[int | None], Any]:
    return lambda steps: keras.Sequential([keras.Input((steps,)), *[one() for one in layers]])


def of_operations(steps: int | None) -> Any:
    x = keras.Input((steps, 2))
    parts = [K.mean(x, 1), K.max(x, axis=1), K.min(x, -2), K.sum(x, 1), K.std(x, axis=1)]
    parts += [K.logsumexp(x, axis=1), K.mean(x, (1, 2), keepdims=True)[:, 0]]
    parts += [K.cast(K.any(x > 0.9, axis=1), "float64"), K.cast(K.all(x > 0.9, 1), "float64")]
    return keras.Model(x, L.Dense(2)(K.concatenate(parts, axis=-1)))


def centred(steps: int | None) -> Any:
    """A row per step, of which each needs all others."""
    x = keras.Input((steps, 2))
    return keras.Model(x, L.Dense(2)(x - K.mean(x, axis=1, keepdims=True)))


def centred_and_recurrent(steps: int | None) -> Any:
    x = keras.Input((steps, 2))
    return keras.Model(x, L.GRU(2)(x - K.mean(x, axis=1, keepdims=True)))


def attended(steps: int | None) -> Any:
    """A mean with weights that are learnt."""
    x = keras.Input((steps, 2))
    y = L.Dense(3, "tanh")(x)
    weights = L.Softmax(axis=1)(L.Dense(1)(y))
    return keras.Model(x, L.Dense(2)(K.sum(y * weights, axis=1)))


def beside_a_state(steps: int | None) -> Any:
    x = keras.Input((steps, 2))
    y = L.Concatenate()([L.GlobalMaxPooling1D()(x), L.LSTM(2)(x)])
    return keras.Model(x, L.Dense(2)(y))


MODELS: dict[str, Callable[[int | None], Any]] = {
    "mean": stack(L.GlobalAveragePooling1D, lambda: L.Dense(2)),
    "greatest": stack(L.GlobalMaxPooling1D, lambda: L.Dense(3, "softmax")),
    "kept": stack(lambda: L.GlobalAveragePooling1D(keepdims=True), L.Flatten, lambda: L.Dense(2)),
    "masked": stack(lambda: L.Masking(PADDING), L.GlobalAveragePooling1D, lambda: L.Dense(2)),
    "behind a layer": stack(lambda: L.Dense(4, "relu"), L.GlobalAveragePooling1D),
    "text": tokens(
        lambda: L.Embedding(50, 3),
        L.GlobalAveragePooling1D,
        lambda: L.Dense(4, "relu"),
        lambda: L.Dense(1, "sigmoid"),
    ),
    "masked text": tokens(
        lambda: L.Embedding(50, 3, mask_zero=True), L.GlobalAveragePooling1D, lambda: L.Dense(2)
    ),
    "of states": stack(lambda: L.LSTM(2, return_sequences=True), L.GlobalAveragePooling1D),
    "of masked states": stack(
        lambda: L.Masking(PADDING),
        lambda: L.GRU(2, return_sequences=True),
        L.GlobalAveragePooling1D,
        lambda: L.Dense(2),
    ),
    "both directions": stack(
        lambda: L.Bidirectional(L.GRU(2, return_sequences=True)),
        L.GlobalMaxPooling1D,
        lambda: L.Dense(2),
    ),
    "operations": of_operations,
    "centred": centred,
    "centred and recurrent": centred_and_recurrent,
    "attended": attended,
    "beside a state": beside_a_state,
    "each step alone": stack(lambda: L.Dense(3, "tanh")),
}
EVERY = {"centred", "each step alone"}


@functools.cache
def built(name: str, steps: int | None = None) -> Any:
    with double_precision():
        model = MODELS[name](steps)
        for layer in model.layers:
            if not isinstance(layer, L.Masking):
                randomize(layer, np.random.default_rng(4))
    return model


def sequences(name: str) -> list[np.ndarray]:
    rng = np.random.default_rng(6)
    found = [rng.normal(size=(n, 2)) for n in LENGTHS]
    if "text" in name:
        found = [rng.integers(0, 50, (n, 1)).astype(float) for n in LENGTHS]
        found[2][3:5] = 0
    elif "masked" in name:
        found[0][1] = found[2][0] = found[2][6:] = PADDING
    return found


def predicted(model: Any, one: np.ndarray, name: str) -> np.ndarray:
    """What Keras says of a sequence by itself: a row for it, or for each of its steps."""
    given = one[:, 0] if "text" in name else one
    with double_precision(), np.errstate(all="ignore"):
        found = np.asarray(model(given[None]))
    return found.reshape(len(one) if name in EVERY else 1, -1)


def table(given: list[np.ndarray]) -> pd.DataFrame:
    parts = [
        pd.DataFrame(one, columns=["a", "b"][: one.shape[1]]).assign(k=f"k{i}", t=range(len(one)))
        for i, one in enumerate(given)
    ]
    return pd.concat(parts, ignore_index=True)


def how(given: list[np.ndarray]) -> dict[str, Any]:
    columns = ["a", "b"][: given[0].shape[1]]
    return {"table": "long", "key": "k", "features": Sequence(columns, order_by="t")}


def run(program: Any, engine: Engine) -> pd.DataFrame:
    found = program.run(engine)
    return found.sort_values(list(found.columns[:2]), ignore_index=True)


def numbers(found: pd.DataFrame) -> np.ndarray:
    return found.drop(columns=["k", "t"], errors="ignore").to_numpy(float)


@pytest.mark.parametrize("name", MODELS)
def test_the_same_as_keras(name: str, engine: Engine, load_table: Load) -> None:
    model, given = built(name), sequences(name)
    load_table(engine, "long", table(given).sample(frac=1, random_state=2))
    program = convert(model, engine.dialect_name, **how(given))
    wanted = np.concatenate([predicted(model, one, name) for one in given])
    np.testing.assert_allclose(numbers(run(program, engine)), wanted, rtol=1e-9, atol=1e-11)
    recurs = bool(program.graph.carried)
    assert ("recursion over the long table" in program.explain()) == recurs
    assert ("RECURSIVE" in program.query) == recurs


NULLS = ["mean", "masked", "masked text", "both directions", "centred", "each step alone"]


@pytest.mark.parametrize("name", NULLS)
def test_a_null_is_one_of_its_key_alone(name: str, engine: Engine, load_table: Load) -> None:
    model, given = built(name), sequences(name)
    frame = table(given)
    at = 5 + 1 + 4  # of the third key the fifth step
    frame.loc[at, "a"] = math.nan
    load_table(engine, "long", frame)
    program = convert(model, engine.dialect_name, **how(given))
    found = numbers(run(program, engine))
    wanted = np.concatenate([predicted(model, one, name) for one in given])
    lost = slice(6, 14) if name in EVERY else slice(2, 3)
    wanted[slice(at, 14) if name == "each step alone" else lost] = math.nan
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


def test_an_id_that_no_table_holds(engine: Engine, load_table: Load) -> None:
    for name in ("text", "masked text"):
        model, given = built(name), sequences(name)
        frame = table(given)
        frame.loc[1, "a"], frame.loc[7, "a"] = 50, -1
        load_table(engine, "long", frame)
        found = numbers(run(convert(model, engine.dialect_name, **how(given)), engine))
        wanted = np.concatenate([predicted(model, one, name) for one in given[1:2] + given[3:]])
        assert np.isnan(found[[0, 2]]).all()
        np.testing.assert_allclose(found[[1, 3, 4]], wanted, rtol=1e-9)


@pytest.mark.parametrize("name", ["masked", "masked text"])
def test_where_all_steps_are_masked(name: str, engine: Engine, load_table: Load) -> None:
    """Keras divides by the number of steps that are shown."""
    model, given = built(name), sequences(name)
    given[3][:] = 0 if "text" in name else PADDING
    wanted = np.concatenate([predicted(model, one, name) for one in given])
    assert np.isnan(wanted[3]).all()
    load_table(engine, "long", table(given))
    found = numbers(run(convert(model, engine.dialect_name, **how(given)), engine))
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_large_numbers_never_raise(precision: str, engine: Engine, load_table: Load) -> None:
    for name in ("mean", "operations", "attended", "masked", "of states"):
        model, given = built(name), sequences(name)
        given[1][:] = 1e308 if precision == "double" else 3e38
        given[2][::2], given[2][1::2] = 1.7e308, -1.7e308
        load_table(engine, "long", table(given))
        program = convert(model, engine.dialect_name, precision=precision, **how(given))
        found = numbers(run(program, engine))
        rest = [0, 3, 4]
        wanted = np.concatenate([predicted(model, given[i], name) for i in rest])
        off = 1e-9 if precision == "double" else 2e-5
        np.testing.assert_allclose(found[rest], wanted, rtol=off, atol=off)


def test_many_totals_are_planned_at_once(datafusion_engine: Engine, load_table: Load) -> None:
    """Where one expression reads nine of them, DataFusion's planner takes 15 s for windows that
    end with their part, and each more takes five times as long."""
    columns = list("abcdefghi")
    values = np.random.default_rng(8).normal(size=(6, len(columns)))
    frame = pd.DataFrame(values, columns=columns).assign(k="k", t=range(len(values)))
    load_table(datafusion_engine, "long", frame)
    with double_precision():
        x = keras.Input((None, len(columns)))
        model = keras.Model(x, L.Dense(1)(L.GlobalAveragePooling1D()(x)))
        wanted = np.asarray(model(values[None]))
    read = Sequence(columns, order_by="t")
    program = convert(model, "datafusion", "long", "k", read, strategy="columns")
    start = time.process_time()
    found = program.run(datafusion_engine)
    assert time.process_time() - start < 3
    np.testing.assert_allclose(numbers(found), wanted, rtol=1e-9)


@pytest.mark.parametrize("name", ["mean", "masked", "masked text", "attended", "each step alone"])
def test_a_fixed_number_of_steps(name: str, engine: Engine, load_table: Load) -> None:
    """Exactly as many, or, where steps are masked, no more."""
    model, given = built(name, 5), sequences(name)
    load_table(engine, "long", table(given))
    program = convert(model, engine.dialect_name, **how(given))
    assert program.plan.form is not None
    assert not program.plan.form.together
    query = program.query
    found = engine.query(query, program.columns, session=program.dialect.session)
    found = numbers(found.sort_values(list(found.columns[:2]), ignore_index=True))
    masked = "masked" in name
    filled = [
        np.concatenate(
            [one, np.full((max(5 - len(one), 0), one.shape[1]), 0 if "text" in name else PADDING)]
        )
        for one in given
    ]
    fits = [len(one) <= 5 if masked else len(one) == 5 for one in given]
    wanted = [
        predicted(model, full, name)
        if fit
        else np.full((len(one) if name in EVERY else 1, found.shape[1]), math.nan)
        for one, full, fit in zip(given, filled, fits, strict=True)
    ]
    np.testing.assert_allclose(found, np.concatenate(wanted), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", ["mean", "masked text", "of states", "centred"])
def test_verify(name: str, engine: Engine, load_table: Load) -> None:
    model, given = built(name), sequences(name)
    load_table(engine, "long", table(given))
    with double_precision():
        report = keras2sql.verify(model, engine, **how(given))
    assert report.ok, f"\n{report}"
    assert report.rows == (sum(LENGTHS) if name in EVERY else len(LENGTHS))


def windows(size: int) -> Callable[[int | None], Any]:
    """A mean of means: of as many steps as a window has, or fewer, the same as that of all."""

    def model(steps: int | None) -> Any:
        x = keras.Input((steps, 2))
        means = L.AveragePooling1D(size, padding="same")(x)
        return keras.Model(x, L.GlobalAveragePooling1D()(means))

    return model


def cut(stop: int | None, start: int | None = None) -> Callable[[int | None], Any]:
    def model(steps: int | None) -> Any:
        x = keras.Input((steps, 2))
        return keras.Model(x, L.GlobalAveragePooling1D()(x[:, start:stop]))

    return model


def cut_and_recurrent(steps: int | None) -> Any:
    x = keras.Input((steps, 2))
    return keras.Model(x, L.GRU(2)(x[:, :100]))


REFUSED: dict[str, Callable[[int | None], Any]] = {
    "windows": windows(3),
    "long windows": windows(64),
    "the first three": cut(3),
    "the first hundred": cut(100),
    "the last hundred": cut(None, -100),
    "the first hundred, recurrent": cut_and_recurrent,
    "products": lambda steps: keras.Model(x := keras.Input((steps, 2)), K.prod(x, axis=1)),
    "the place of the greatest": lambda steps: keras.Model(
        x := keras.Input((steps, 2)), K.argmax(x, axis=1)
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("dialect", ["duckdb", "clickhouse"])
def test_what_is_no_total_is_refused(name: str, dialect: str) -> None:
    """Some of these are the same for a few steps."""
    assert dialect in DIALECTS
    model = REFUSED[name](None)
    with pytest.raises(InputError, match=r"can't be computed step by step.*its time axis is open"):
        keras2sql.convert(model, dialect, **how([np.zeros((1, 2))]))
