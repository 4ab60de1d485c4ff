"""Models as the 28 that were published in 2018, of Keras 2.2.0, against plain numpy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from keras2sql.errors import ModelFileError
from keras2sql.read import read_model
from models_2018 import ALL, OF_NAN, SOUND


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "softmax": softmax,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
}


def first_step(kind: str, config: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """The output of a recurrent layer after one step from a state of zeros.

    `x` is the input's part, kernel and bias applied, gate beside gate.
    """
    act = ACTIVATIONS[config["activation"]]
    if kind == "SimpleRNN":
        return act(x)
    gate = ACTIVATIONS[config["recurrent_activation"]]
    if kind == "LSTM":
        i, _, c, o = np.split(x, 4, axis=-1)
        return gate(o) * act(gate(i) * act(c))
    z, _, h = np.split(x, 3, axis=-1)
    return (1 - gate(z)) * act(h)


def by_numpy(folder: Path, x: np.ndarray) -> np.ndarray:
    """The model's answer to single steps, straight from its config and arrays."""
    with h5py.File(folder / "weights.h5") as file:
        for layer in json.loads((folder / "model.json").read_text())["config"]:
            kind, config = layer["class_name"], layer["config"]
            if kind in ("Dense", "SimpleRNN", "LSTM", "GRU"):
                own = file[config["name"]][config["name"]]
                x = x @ own["kernel:0"][()] + own["bias:0"][()]
            if kind in ("Dense", "Activation"):
                x = ACTIVATIONS[config["activation"]](x)
            elif kind != "Dropout":
                x = first_step(kind, config, x)
    return x


def test_all_are_there() -> None:
    assert len(set(ALL)) == 28
    assert set(OF_NAN) < set(ALL)


@pytest.mark.parametrize("name", SOUND)
def test_agrees_with_numpy(name: str, models_2018: Path) -> None:
    folder = models_2018 / name
    network = read_model(folder / "model.json", folder / "weights.h5")
    assert network.keras == (2, 2)
    (source,) = network.graph.inputs
    rows = np.random.default_rng(1).normal(size=(20, source.size))
    wanted = by_numpy(folder, rows)
    for row, answer in zip(rows, wanted, strict=True):
        # One row at a time: some carry a state from row to row.
        feed = row.reshape(1, *source.shape)
        (got,) = network.graph.evaluate({source.op.name: feed}).values()
        assert np.abs(got[0] - answer).max() < 1e-12


@pytest.mark.parametrize("name", OF_NAN)
def test_models_of_nan_are_refused(name: str, models_2018: Path) -> None:
    folder = models_2018 / name
    with pytest.raises(ModelFileError, match=r"simple_rnn_1 .*'kernel' holds NaN"):
        read_model(folder / "model.json", folder / "weights.h5")
