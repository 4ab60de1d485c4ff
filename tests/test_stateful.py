"""Stateful layers: states that go from row to row, in three databases, against Keras."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from layers.build import double_precision, randomize

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]


@functools.cache
def chain(length: int) -> tuple[Any, pd.DataFrame]:
    with double_precision():
        model = keras.Sequential(
            [
                keras.Input(batch_shape=(1, 1, 2)),
                L.LSTM(3, stateful=True, return_sequences=True),
                L.GRU(2, stateful=True),
                L.Dense(1),
            ]
        )
        randomize(model, np.random.default_rng(5))
    frame = pd.DataFrame(np.random.default_rng(6).normal(size=(length, 2)), columns=["a", "b"])
    frame.insert(0, "k", [f"{'Aaé_ Z'[i % 6]}{i}" for i in range(length)])
    return model, frame.sample(frac=1, random_state=1)


@pytest.mark.jax
def test_a_long_chain_of_rows(engine: Engine, load_table: Load) -> None:
    """2,000 rows in the order of a text key, whatever that is in this database."""
    model, frame = chain(2000)
    load_table(engine, "long table", frame)
    options: dict[str, Any] = {"table": "long table", "key": "k", "features": ["a", "b"]}
    with double_precision():
        report = keras2sql.verify(model, engine, **options)
    assert report.source.startswith("Keras 3")
    assert report.source.endswith("float64")
    assert report.ok, f"\n{report}"
    assert (report.rows, report.missing, report.sequences) == (2000, 0, None)
    text = keras2sql.convert(model, engine.dialect_name, **options).explain()
    assert "8 numbers go from row to row through all rows, ordered by k" in text
    twice = pd.concat([frame, frame.iloc[:1]])
    load_table(engine, "long table", twice)
    with pytest.raises(InputError, match=r"does not tell rows apart.* comes 2 times"):
        keras2sql.convert(model, engine.dialect_name, **options).run(engine)


def test_stateful_stacks_of_cells(engine: Engine, load_table: Load) -> None:
    with double_precision():
        model = keras.Sequential(
            [
                keras.Input(batch_shape=(1, 2, 2)),
                L.RNN([L.LSTMCell(3), L.GRUCell(2)], stateful=True),
                L.Dense(2),
            ]
        )
        randomize(model, np.random.default_rng(7))
        _, frame = chain(100)
        frame = frame.assign(c=frame["a"] * 2, d=-frame["b"])
        load_table(engine, "long table", frame)
        report = keras2sql.verify(
            model, engine, table="long table", key="k", features=["a", "b", "c", "d"]
        )
    assert report.ok, f"\n{report}"
    assert report.source.startswith("Keras 3")
    assert report.rows == 100
