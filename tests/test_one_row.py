"""A row of a view, looked up by its key, is computed by itself: the table is searched for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import keras2sql
from layers.build import randomize

L = keras.layers


def classifier(x: Any) -> Any:
    return L.Dense(3, activation="softmax")(L.Dense(16, activation="relu")(L.Dense(32)(x)))


def residual(x: Any) -> Any:
    for _ in range(4):
        x = L.LayerNormalization()(L.Add()([x, L.Dense(8, activation="gelu")(x)]))
    return L.Dense(1)(x)


def recurrent(x: Any) -> Any:
    return L.Dense(2)(L.GRU(3)(L.Reshape((4, 2))(x)))


def words(x: Any) -> Any:
    y = L.Embedding(40, 4, mask_zero=True)(x)
    return L.Dense(1)(L.GlobalAveragePooling1D()(y))


def deep(x: Any) -> Any:
    for _ in range(60):
        x = L.Dense(8, activation="tanh")(x)
    return x


@pytest.mark.parametrize("layers", [classifier, residual, recurrent, words, deep])
def test_a_row_of_a_view_in_sqlite(layers: Callable[[Any], Any]) -> None:
    x = keras.Input((8,))
    model = keras.Model(x, layers(x))
    randomize(model, np.random.default_rng(2))
    program = keras2sql.convert(model, "sqlite", "t", "id", strategy="columns")
    names = [f"Feature_{i}" for i in range(8)]
    rows = np.random.default_rng(3).integers(0, 40, (50, 8))
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(names)})")
        marks = ", ".join("?" * 9)
        listed = [(i, *map(float, row)) for i, row in enumerate(rows)]
        connection.executemany(f"INSERT INTO t VALUES ({marks})", listed)
        connection.execute(f"CREATE VIEW v AS {program.query}")
        told = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM v WHERE id = 7").fetchall()
        found = [line for *_, line in told if line.split()[1] == "t"]
        one = connection.execute("SELECT * FROM v WHERE id = 7").fetchall()
        every = connection.execute("SELECT * FROM v ORDER BY id").fetchall()
    assert found == ["SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"]
    assert len(every) == len(rows)
    assert one == [every[7]]
