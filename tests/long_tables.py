"""Networks over sequences of 1 to 8 steps, and long tables for them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from layers.build import randomize

L = keras.layers
LONGEST = 8
LENGTHS = (8, 1, 5, 2, 7, 3, 6, 4, 1, 8)
KEYS = ("a", "b'", "c c", "d", "é", "f", "g%", 'h"', "i:j", "k")


@dataclass(frozen=True, eq=False)
class Case:
    """A network: `layers` is told whether its last recurrent one returns sequences.

    `padding` is what a masked step holds; with `tokens` a step is one integer.
    """

    layers: Callable[[bool], list[Any]]
    padding: float | None = None
    tokens: bool = False


CASES = {
    "SimpleRNN": Case(lambda every: [L.SimpleRNN(3, return_sequences=every)]),
    "GRU": Case(lambda every: [L.GRU(3, return_sequences=every)]),
    "GRU, reset before": Case(lambda every: [L.GRU(3, reset_after=False, return_sequences=every)]),
    "LSTM": Case(lambda every: [L.LSTM(3, return_sequences=every, name="lstm")]),
    "a stack": Case(
        lambda every: [
            L.LSTM(3, return_sequences=True),
            L.GRU(2, return_sequences=True),
            L.SimpleRNN(2, return_sequences=every),
        ]
    ),
    "stacked cells": Case(
        lambda every: [L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=every)]
    ),
    "TimeDistributed": Case(
        lambda every: [
            L.TimeDistributed(L.Dense(3, activation="softplus")),
            L.LSTM(2, return_sequences=every),
        ]
    ),
    "Masking": Case(
        lambda every: [
            L.Masking(-1.0),
            L.LSTM(2, return_sequences=True),
            L.GRU(2, return_sequences=every),
        ],
        padding=-1.0,
    ),
    "Embedding": Case(
        lambda every: [L.Embedding(7, 2, mask_zero=True), L.LSTM(3, return_sequences=every)],
        padding=0.0,
        tokens=True,
    ),
}


def network(case: Case, steps: int | None, every: bool) -> Any:
    """The network with random weights; its three outputs are as many as the steps are
    probed by, where their number is open."""
    inputs = keras.Input((steps,) if case.tokens else (steps, 2))
    model = keras.Sequential([inputs, *case.layers(every), L.Dense(3)])
    for layer in model.layers:
        if not isinstance(layer, L.Masking):
            randomize(layer, np.random.default_rng(zlib.crc32(layer.name.encode())))
    return model


def long_table(case: Case) -> pd.DataFrame:
    """A row per key and step, in order; gaps between the steps, and hidden ones."""
    rng = np.random.default_rng(3)
    rows = []
    for key, length in zip(KEYS, LENGTHS, strict=True):
        times = np.cumsum(rng.integers(1, 9, length)) - 4
        for t in times.tolist():
            hidden = case.padding is not None and rng.random() < 0.2
            if case.tokens:
                rows.append((key, t, 0 if hidden else int(rng.integers(1, 7))))
            else:
                x = [case.padding] * 2 if hidden else rng.normal(size=2).tolist()
                rows.append((key, t, *x))
    names = ["token"] if case.tokens else ["a", "b"]
    return pd.DataFrame(rows, columns=["k", "t", *names]).sort_values(["k", "t"])


def fed(case: Case, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The sequences by key, zeros behind their ends; and their lengths."""
    groups = [part.iloc[:, 2:].to_numpy() for _, part in frame.groupby("k")]
    x = np.zeros((len(groups), LONGEST, groups[0].shape[1]))
    for row, values in zip(x, groups, strict=True):
        row[: len(values)] = values
    return x[..., 0] if case.tokens else x, np.array([len(g) for g in groups])


def close(found: np.ndarray, wanted: np.ndarray) -> None:
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)
