"""Layers that go backwards over sequences of any length, in long tables, in three databases."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql import Sequence
from keras2sql.engines import Engine
from layers.build import double_precision, randomize
from long_tables import close
from once import convert

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
FEATURES = {True: Sequence(["token"], "t"), False: Sequence(["a", "b"], "t")}
LENGTHS = {"one": 1, "two": 2, "two'": 2, "four": 4, "seven": 7}
ALL = {"return_sequences": True}


def stacked_cells() -> Any:
    return L.RNN([L.LSTMCell(2), L.GRUCell(2)], return_sequences=True)


# The layers, told whether the last recurrent one returns sequences.
NETWORKS: dict[str, Callable[[bool], list[Any]]] = {
    "both": lambda every: [L.Bidirectional(L.LSTM(2, return_sequences=every))],
    "both, masked": lambda every: [
        L.Masking(-1.0),
        L.Bidirectional(L.GRU(2, return_sequences=every), merge_mode="sum"),
    ],
    "a stack of both": lambda every: [
        L.SimpleRNN(2, return_sequences=True),
        L.Bidirectional(stacked_cells(), merge_mode="mul"),
        L.TimeDistributed(L.Dense(2, activation="softplus")),
        L.Bidirectional(L.LSTM(2, return_sequences=every), merge_mode="ave"),
    ],
    "backwards, then forwards": lambda every: [
        L.LSTM(2, go_backwards=True, return_sequences=True),
        L.GRU(3, return_sequences=every),
    ],
    "backwards twice": lambda every: [
        L.Masking(-1.0),
        L.GRU(2, go_backwards=True, return_sequences=True),
        L.LSTM(2, go_backwards=True, return_sequences=every),
    ],
    "tokens": lambda every: [
        L.Embedding(7, 2, mask_zero=True),
        L.Bidirectional(L.LSTM(3, return_sequences=every)),
    ],
}


def long_table() -> pd.DataFrame:
    """A row per key and step, in order; some steps hold what masks hide."""
    rng = np.random.default_rng(3)
    rows: list[tuple[Any, ...]] = []
    for key, length in LENGTHS.items():
        for t in np.cumsum(rng.integers(1, 9, length)).tolist():
            hidden = rng.random() < 0.25
            x = [-1.0, -1.0] if hidden else rng.normal(size=2).tolist()
            rows.append((key, t, *x, 0 if hidden else int(rng.integers(1, 7))))
    frame = pd.DataFrame(rows, columns=["k", "t", "a", "b", "token"])
    return frame.sort_values(["k", "t"], ignore_index=True)


@functools.cache
def known(name: str, every: bool) -> tuple[Any, np.ndarray]:
    """The network, and what Keras says of each key alone; in the order of keys and steps."""
    tokens = name == "tokens"
    with double_precision():
        entry = keras.Input((None,) if tokens else (None, 2))
        model = keras.Sequential([entry, *NETWORKS[name](every), L.Dense(2)])
        for i, layer in enumerate(model.layers):
            if not isinstance(layer, L.Masking):
                randomize(layer, np.random.default_rng(i))
        told = []
        for _, one in long_table().groupby("k"):
            x = one["token"].to_numpy() if tokens else one[["a", "b"]].to_numpy()
            answer = np.asarray(model(x[None], training=False))[0]
            told.append(answer if every else answer[None])
    assert told[0].dtype == np.float64
    return model, np.concatenate(told)


def run(engine: Engine, model: Any, features: Sequence) -> pd.DataFrame:
    program = convert(model, engine.dialect_name, "long table", "k", features=features)
    found = program.run(engine)
    return found.sort_values(program.columns[:-2], ignore_index=True)


@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
@pytest.mark.parametrize("name", NETWORKS)
def test_each_key_as_if_it_were_alone(
    name: str, every: bool, engine: Engine, load_table: Load
) -> None:
    model, wanted = known(name, every)
    frame = long_table()
    load_table(engine, "long table", frame.sample(frac=1, random_state=4))
    found = run(engine, model, FEATURES[name == "tokens"])
    if every:
        assert found[["k", "t"]].to_numpy().tolist() == frame[["k", "t"]].to_numpy().tolist()
    else:
        assert found["k"].tolist() == sorted(LENGTHS)
    close(found.iloc[:, -2:].to_numpy(float), wanted)


@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
def test_a_null_counts_for_all_steps(every: bool, engine: Engine, load_table: Load) -> None:
    model, wanted = known("both", every)
    frame = long_table()
    hole = frame.index[frame["k"] == "seven"][3]
    frame.loc[hole, "b"] = math.nan
    load_table(engine, "long table", frame)
    found = run(engine, model, FEATURES[False])
    lost = (found["k"] == "seven").to_numpy()
    numbers = found.iloc[:, -2:].to_numpy(float)
    assert np.isnan(numbers[lost]).all()
    close(numbers[~lost], wanted[~lost])
    with double_precision():
        report = keras2sql.verify(
            model, engine, table="long table", key="k", features=FEATURES[False]
        )
    assert report.ok, f"\n{report}"
    assert report.nulls == lost.sum()


@pytest.mark.parametrize("every", [False, True], ids=["last", "every"])
def test_shorter_than_a_fixed_axis(every: bool, engine: Engine, load_table: Load) -> None:
    """Keras runs backwards over masked padding first, which is nothing at all."""
    model, wanted = known("both, masked", every)
    with double_precision():
        layers = [*NETWORKS["both, masked"](every), L.Dense(2)]
        fixed = keras.Sequential([keras.Input((7, 2)), *layers])
        fixed.set_weights(model.get_weights())
        load_table(engine, "long table", long_table())
        close(run(engine, fixed, FEATURES[False]).iloc[:, -2:].to_numpy(float), wanted)
        report = keras2sql.verify(
            fixed, engine, table="long table", key="k", features=FEATURES[False]
        )
    assert report.ok, f"\n{report}"
    assert report.rows == len(wanted)


def test_both_directions_are_one_recursion() -> None:
    options = {"dialect": "duckdb", "table": "t", "key": "k", "features": FEATURES[False]}
    program = convert(known("both", False)[0], **options)
    text = program.explain()
    assert "recursion over the long table: each step needs its own features" in text
    assert "forwards and backwards" in text
    assert program.query.count("UNION ALL") == 1
    stack = convert(known("a stack of both", False)[0], **options)
    # The first layer, then the way back over its outputs, then both ways over all of these.
    assert stack.query.count("UNION ALL") == 3
