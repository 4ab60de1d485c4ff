"""Models that need all steps of a sequence together, and databases without recursion."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql import Sequence
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import InputError, UnsupportedDialectError
from layers.build import double_precision, randomize
from long_tables import close

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
STEPS = 4
LABELS = ["low", "it's high"]


def attention() -> Any:
    entry = keras.Input((STEPS,))
    x = L.Embedding(7, 2, mask_zero=True)(entry)
    x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(1, 2)(x, x)]))
    return keras.Model(entry, L.Dense(2)(x))


def windows() -> Any:
    entry = keras.Input((STEPS, 2))
    x = L.Conv1D(3, 3, padding="same", activation="relu")(entry)
    return keras.Model(entry, L.Dense(2, activation="softmax")(x))


def both() -> Any:
    entry = keras.Input((STEPS, 2))
    x = L.Bidirectional(L.LSTM(2, return_sequences=True))(L.Masking(-1.0)(entry))
    return keras.Model(entry, L.Dense(2, activation="softmax")(x))


def coder() -> Any:
    """An encoder and a decoder."""
    entry = keras.Input((STEPS, 2))
    x = L.RepeatVector(STEPS)(L.GRU(2)(entry))
    return keras.Model(entry, L.TimeDistributed(L.Dense(2))(L.LSTM(2, return_sequences=True)(x)))


BUILT = {"attention": attention, "windows": windows, "both": both, "coder": coder}
MASKED = ("attention", "both")


def features(name: str) -> Sequence:
    return Sequence(["token"] if name == "attention" else ["a", "b"], "t")


def long_table(lengths: list[int]) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    rows = []
    for i, length in enumerate(lengths):
        for t in range(length):
            hidden = rng.random() < 0.2
            x = [-1.0, -1.0] if hidden else rng.normal(size=2).tolist()
            rows.append((f"key {i}'", 3 * t, *x, 0 if hidden else int(rng.integers(1, 7)), f"n{t}"))
    return pd.DataFrame(rows, columns=["k", "t", "a", "b", "token", "note"])


@functools.cache
def known(name: str) -> tuple[Any, pd.DataFrame, np.ndarray]:
    """The network, a long table for it, and what Keras says of each of its rows."""
    frame = long_table([1, 4, 2, 3, 4] if name in MASKED else [4, 4, 4])
    tokens = name == "attention"
    with double_precision():
        model = BUILT[name]()
        for i, layer in enumerate(model.layers):
            if not isinstance(layer, L.Masking):
                randomize(layer, np.random.default_rng(i))
        groups = [one for _, one in frame.groupby("k")]
        x = np.full((len(groups), STEPS, 1 if tokens else 2), 0.0 if tokens else -1.0)
        for row, one in zip(x, groups, strict=True):
            row[: len(one)] = one[["token"] if tokens else ["a", "b"]].to_numpy()
        answers = np.asarray(model(x[..., 0] if tokens else x, training=False))
    assert answers.dtype == "float64"
    there = np.arange(STEPS) < np.array([len(one) for one in groups])[:, None]
    return model, frame, answers[there]


def without_recursion(engine: Engine) -> Any:
    """The same database, said to have no recursion."""
    return replace(get(engine.dialect_name), recursion=None)


@pytest.mark.parametrize("recursion", [True, False])
@pytest.mark.parametrize("name", BUILT)
def test_a_row_for_each_step(name: str, recursion: bool, engine: Engine, load_table: Load) -> None:
    model, frame, wanted = known(name)
    load_table(engine, "long table", frame.sample(frac=1, random_state=1))
    dialect = engine.dialect_name if recursion else without_recursion(engine)
    options: dict[str, Any] = {"table": "long table", "key": "k", "features": features(name)}
    program = keras2sql.convert(model, dialect, passthrough=["note"], **options)
    found = program.run(engine).sort_values(["k", "t"], ignore_index=True)
    assert program.columns[:3] == ["k", "t", "note"]
    assert found[["k", "t", "note"]].equals(frame[["k", "t", "note"]])
    close(found.iloc[:, 3:].to_numpy(float), wanted)
    with double_precision():
        report = keras2sql.verify(model, engine, dialect=dialect, labels=LABELS, **options)
    assert report.ok, f"\n{report}"
    assert report.rows == len(frame)
    side_by_side = "side by side as columns" in program.explain()
    assert side_by_side == (not recursion or name != "both")
    # The graph itself says the same as Keras, a row for each step.
    full = frame.groupby("k").filter(lambda one: len(one) == STEPS)
    x = full[list(features(name).columns)].to_numpy(float)
    if side_by_side:
        (entry,) = program.graph.inputs
        told = program.graph.evaluate({entry.layer: x.reshape(-1, *entry.shape)})
        close(np.stack(list(told.values()), axis=1), wanted[full.index])


def test_they_go_into_a_table(engine: Engine, load_table: Load) -> None:
    model, frame, wanted = known("attention")
    load_table(engine, "long table", frame)
    engine.execute_script(["DROP TABLE IF EXISTS told"])
    program = keras2sql.convert(
        model, engine.dialect_name, "long table", "k", features=features("attention")
    )
    scored = program.score_into(engine, "told", batch_rows=5)
    assert scored.rows == len(frame)
    names = [f"c{i}" for i in range(4)]
    found = engine.query("SELECT * FROM told ORDER BY k, t", names)
    assert found[["c0", "c1"]].to_numpy().tolist() == frame[["k", "t"]].to_numpy().tolist()
    close(found[["c2", "c3"]].to_numpy(float), wanted)


def test_a_null_counts_for_all_steps(engine: Engine, load_table: Load) -> None:
    model, frame, wanted = known("windows")
    frame = frame.copy()
    frame.loc[5, "a"] = math.nan
    load_table(engine, "long table", frame)
    options: dict[str, Any] = {"table": "long table", "key": "k", "features": features("windows")}
    found = keras2sql.convert(model, engine.dialect_name, **options).run(engine)
    numbers = found.sort_values(["k", "t"]).iloc[:, 2:].to_numpy(float)
    lost = (frame["k"] == frame.loc[5, "k"]).to_numpy()
    assert np.isnan(numbers[lost]).all()
    close(numbers[~lost], wanted[~lost])
    with double_precision():
        report = keras2sql.verify(model, engine, **options)
    assert report.ok, f"\n{report}"


@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_keys_of_another_length_have_no_prediction(strategy: str) -> None:
    """By the query alone; run and predict refuse them."""
    import duckdb

    model, frame, wanted = known("windows")
    frame = frame.drop(index=6)
    database = duckdb.connect()
    database.execute("CREATE TABLE cut AS SELECT * FROM frame")
    program = keras2sql.convert(
        model, "duckdb", "cut", "k", features=features("windows"), strategy=strategy
    )
    found = database.execute(program.query).df().sort_values(["k", "t"])
    numbers = found.iloc[:, 2:].to_numpy(float)
    assert np.isnan(numbers[4:7]).all()
    close(np.delete(numbers, slice(4, 7), 0), np.delete(wanted, slice(4, 8), 0))
    with pytest.raises(InputError, match="has 3 time steps, and the model takes 4"):
        program.run(database)


def test_without_recursion_an_open_axis_is_refused(engine: Engine) -> None:
    dialect = without_recursion(engine)
    model = keras.Sequential([keras.Input((None, 2)), L.LSTM(2)])
    with pytest.raises(InputError, match=r"the database has no recursion; its time axis is open"):
        keras2sql.convert(model, dialect, "t", "k", features=features("both"))
    model = keras.Sequential([keras.Input(batch_shape=(1, 1, 2)), L.LSTM(2, stateful=True)])
    with pytest.raises(UnsupportedDialectError, match=r"needs recursion, which .* does not have"):
        keras2sql.convert(model, dialect, "t", "k", features=["a", "b"])


def test_explain_says_why() -> None:
    def text(model: Any, dialect: Any = "duckdb") -> str:
        return keras2sql.convert(model, dialect, "t", "k", features=features("both")).explain()

    assert "columns of a row per key: its output dense" in text(known("windows")[0])
    assert "needs several steps together" in text(known("windows")[0])
    assert "recursion over the long table: each step needs its own" in text(known("both")[0])
    plain = replace(get("duckdb"), recursion=None)
    found = text(known("both")[0], plain)
    assert "columns of a row per key: the database has no recursion" in found
    assert "unrolled  recurrent layers, step by step" in found
    model = keras.Sequential([keras.Input((3, 1)), L.GRU(2)])
    flat = keras2sql.convert(model, "duckdb", "t", "k", features=["a", "b", "c"]).explain()
    assert "unrolled  recurrent layers, step by step" in flat
