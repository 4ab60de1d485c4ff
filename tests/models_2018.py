"""Files of the shapes that were published in 2018: Keras 2.2, JSON and h5, recurrent, float64.

The 28 published models themselves are no part of this repository.  `write` makes files that are
laid out as theirs, attribute by attribute, with random weights, in two of them NaN.  Tests that
take the fixture `models_2018` run on these, and again on the published ones where
``--published-models=FOLDER`` names their folder.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np

sys.path.append(str(Path(__file__).parent / "read"))
from legacy_files import write_pair

FEATURES = {
    "KerasClassifier": {"BreastCancer": 30, "FourClass_100": 100, "digits": 64, "iris": 4},
    "KerasRegressor": {"RandomReg_100": 100, "boston": 13, "diabetes": 10},
}
CLASSES = {"BreastCancer": 2, "FourClass_100": 4, "digits": 10, "iris": 3}
LAYERS = ("Dense", "GRU", "LSTM", "SimpleRNN")
GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
UNITS = {"SimpleRNN": 2, "GRU": 2, "LSTM": 3}

ALL = [
    f"{wrapper}_{kind}/{data}"
    for wrapper, features in FEATURES.items()
    for kind in LAYERS
    for data in features
]
# Their training had diverged before they were published.
OF_NAN = [f"KerasRegressor_SimpleRNN/{data}" for data in ("RandomReg_100", "boston")]
SOUND = [name for name in ALL if name not in OF_NAN]
DENSE = [name for name in SOUND if "_Dense/" in name]
RECURRENT = [name for name in SOUND if name not in DENSE]

Weights = list[tuple[str, np.ndarray]]


def write(folder: Path) -> Path:
    """All of them, each in a folder of its own; returns `folder`."""
    for name in ALL:
        place = folder / name
        place.mkdir(parents=True)
        layers, weights = _model(name)
        write_pair(place, {"class_name": "Sequential", "config": layers}, weights)
    return folder


def _model(name: str) -> tuple[list[dict[str, Any]], dict[str, Weights]]:
    """The layers of a Sequential, as a bare list, and the weights of each."""
    title, data = name.split("/")
    wrapper, kind = title.split("_")
    features, classes = FEATURES[wrapper][data], CLASSES.get(data, 1)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    held: dict[str, Weights] = {}
    if kind == "Dense":
        activation = "relu" if wrapper == "KerasClassifier" else "linear"
        layers = [_dense("dense_1", 4, activation, batch_input_shape=[None, features])]
        held["dense_1"] = _weights(rng, "dense_1", features, 4)
        if wrapper == "KerasClassifier":
            layers.append(_entry("Dropout", "dropout_1", rate=0.2, noise_shape=None, seed=None))
            held["dropout_1"] = []
        last, before = "dense_2", 4
    else:
        layers = [_recurrent(wrapper, kind, features)]
        first = layers[0]["config"]["name"]
        held[first] = _weights(rng, first, features, UNITS[kind], GATES[kind])
        last, before = "dense_1", UNITS[kind]
    layers.append(_dense(last, classes, "linear"))
    held[last] = _weights(rng, last, before, classes)
    if wrapper == "KerasClassifier":
        layers.append(_entry("Activation", "activation_1", activation="softmax"))
        held["activation_1"] = []
    if name in OF_NAN:
        held = {
            owner: [(n, np.full_like(w, np.nan)) for n, w in own] for owner, own in held.items()
        }
    return layers, held


def _entry(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def _dense(name: str, units: int, activation: str, **config: Any) -> dict[str, Any]:
    typed = {**config, "dtype": "float64"} if config else {}
    return _entry("Dense", name, **typed, units=units, activation=activation, use_bias=True)


def _recurrent(wrapper: str, kind: str, features: int) -> dict[str, Any]:
    """One time step of one row; the state goes from row to row, but for a GRU's."""
    name = {"SimpleRNN": "simple_rnn_1", "GRU": "gru_1", "LSTM": "lstm_1"}[kind]
    config: dict[str, Any] = {
        "batch_input_shape": [1, 1, features],
        "dtype": "float64",
        "return_sequences": False,
        "return_state": False,
        "go_backwards": False,
        "stateful": kind != "GRU",
        "unroll": False,
        "units": UNITS[kind],
        "activation": "linear" if kind == "SimpleRNN" else "tanh",
        "use_bias": True,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
    }
    if kind != "SimpleRNN":
        config |= {"recurrent_activation": "hard_sigmoid", "implementation": 1}
    if kind == "GRU":
        config["reset_after"] = False
    if kind == "LSTM":
        config["unit_forget_bias"] = True
        if wrapper == "KerasClassifier":
            config["recurrent_activation"] = "relu"
        else:
            config["activation"] = "linear"
    return _entry(kind, name, **config)


def _weights(
    rng: np.random.Generator, layer: str, inputs: int, units: int, gates: int = 0
) -> Weights:
    """Kernel and bias of a dense layer, or with `gates` those of a recurrent one."""
    wide = units * (gates or 1)
    named = [("kernel:0", rng.normal(scale=inputs**-0.5, size=(inputs, wide)))]
    if gates:
        # Small enough for a state that goes through 200 rows and grows in none.
        named.append(("recurrent_kernel:0", rng.uniform(-0.3, 0.3, size=(units, wide))))
    named.append(("bias:0", rng.normal(scale=0.3, size=wide)))
    return [(f"{layer}/{name}", array) for name, array in named]
