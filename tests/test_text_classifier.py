"""A text classifier that reads both ways, over texts of different lengths, in three databases."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.engines import Engine
from layers.build import double_precision

L = keras.layers
pytestmark = pytest.mark.xdist_group("text classifier")  # trained once
Load = Callable[[Engine, str, pd.DataFrame], None]
LONGEST = 9
LABELS = ["it's bad", "good"]
# Words by their id: 0 is none, the first five are good, the next five bad, the last turns round.
WORDS, NOT = 12, 11


def texts(count: int, seed: int) -> tuple[list[list[int]], np.ndarray]:
    """Ids of 1 to 9 words, and whether the last word with a meaning is meant well."""
    rng = np.random.default_rng(seed)
    told, good = [], []
    for _ in range(count):
        ids = rng.integers(1, NOT, rng.integers(1, LONGEST + 1)).tolist()
        well = ids[-1] <= 5
        if len(ids) > 1 and rng.random() < 0.5:
            ids[-2], well = NOT, not well
        told.append(ids)
        good.append(well)
    return told, np.array(good, dtype=float)


def padded(told: list[list[int]]) -> np.ndarray:
    return np.array([ids + [0] * (LONGEST - len(ids)) for ids in told])


def network(steps: int | None) -> Any:
    return keras.Sequential(
        [
            keras.Input((steps,)),
            L.Embedding(WORDS, 4, mask_zero=True),
            L.Bidirectional(L.LSTM(4)),
            L.Dense(1, activation="sigmoid"),
        ]
    )


def train(path: str) -> None:
    """Train the classifier on padded texts, and save its weights."""
    keras.utils.set_random_seed(1)
    model = network(LONGEST)
    told, good = texts(1000, seed=1)
    model.compile(keras.optimizers.Adam(0.03), loss="binary_crossentropy")
    model.fit(padded(told), good, epochs=15, batch_size=50, verbose=0)
    model.save_weights(path)


@functools.cache
def trained() -> Any:
    """The classifier with an open axis, in float64, as training left it."""
    model = network(LONGEST)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/classifier.weights.h5"
        code = f"import test_text_classifier; test_text_classifier.train({path!r})"
        # Keras trains on jax only, and here it may be another backend that computes.
        there = {"KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", code], env=os.environ | there, check=True)
        model.load_weights(path)
    told, good = texts(300, seed=2)
    right = (model.predict(padded(told), verbose=0)[:, 0] > 0.5) == (good > 0.5)
    assert right.mean() > 0.9  # it has learnt something
    with double_precision():
        open_ended = network(None)
        open_ended.set_weights(model.get_weights())
    return open_ended


@pytest.mark.parametrize("steps", [None, LONGEST], ids=["open", "fixed"])
def test_a_long_table_of_words(steps: int | None, engine: Engine, load_table: Load) -> None:
    told, good = texts(200, seed=3)
    rows = [(i, place, word) for i, ids in enumerate(told) for place, word in enumerate(ids)]
    frame = pd.DataFrame(rows, columns=["text", "place", "word"])
    load_table(engine, "words", frame.sample(frac=1, random_state=1))
    options: dict[str, Any] = {
        "table": "words",
        "key": "text",
        "features": keras2sql.Sequence(["word"], "place"),
        "labels": LABELS,
    }
    model = trained()
    with double_precision():
        if steps is not None:
            model = network(steps)
            model.set_weights(trained().get_weights())
        report = keras2sql.verify(model, engine, **options)
    assert report.ok, f"\n{report}"
    assert report.source.endswith("float64")
    assert report.sequences == (200, len(frame))
    assert len({len(ids) for ids in told}) == LONGEST
    program = keras2sql.convert(model, engine.dialect_name, **options)
    assert "recursion over the long table" in program.explain()
    found = program.run(engine).set_index("text").sort_index()
    assert ((found["Decision"] == "good") == (good > 0.5)).mean() > 0.9


def test_padded_texts_in_columns(engine: Engine, load_table: Load) -> None:
    told, _ = texts(100, seed=4)
    names = [f"word_{i}" for i in range(LONGEST)]
    frame = pd.DataFrame(padded(told), columns=names)
    frame.insert(0, "id", range(len(frame)))
    load_table(engine, "padded", frame)
    with double_precision():
        model = network(LONGEST)
        model.set_weights(trained().get_weights())
        report = keras2sql.verify(
            model, engine, table="padded", key="id", features=names, labels=LABELS
        )
    assert report.ok, f"\n{report}"
    assert report.rows == 100
