"""Writes model files as Keras 1 and 2 laid them out, attribute by attribute."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Groups = Mapping[str, Sequence[tuple[str, np.ndarray]]]


def write_weights(group: h5py.Group, layers: Groups, split: int = 0) -> None:
    """``layer_names``, and per layer ``weight_names`` and the arrays.

    With `split`, lists of names are cut into attributes of that many items, as Keras does
    with long ones.
    """

    def attribute(place: h5py.Group, name: str, items: Sequence[str]) -> None:
        encoded = np.array([item.encode() for item in items], dtype="S" if items else float)
        if not split or not items:
            place.attrs[name] = encoded
            return
        for number, start in enumerate(range(0, len(encoded), split)):
            place.attrs[f"{name}{number}"] = encoded[start : start + split]

    attribute(group, "layer_names", list(layers))
    for name, weights in layers.items():
        own = group.create_group(name)
        attribute(own, "weight_names", [weight for weight, _ in weights])
        for weight, array in weights:
            own[weight] = array


def write_whole(
    path: Path, config: Any, layers: Groups, version: str | None = "2.4.0", split: int = 0
) -> Path:
    """A whole-model `.h5`."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        if version is not None:
            file.attrs["keras_version"] = version.encode()
            file.attrs["backend"] = b"tensorflow"
        write_weights(file.create_group("model_weights"), layers, split)
    return path


def write_pair(
    folder: Path, config: Any, layers: Groups, version: str | None = "2.2.0"
) -> tuple[Path, Path]:
    """A JSON architecture and its weights."""
    told = {} if version is None else {"keras_version": version, "backend": "tensorflow"}
    (folder / "model.json").write_text(json.dumps({**config, **told}))
    with h5py.File(folder / "weights.h5", "w") as file:
        if version is not None:
            file.attrs["keras_version"] = version.encode()
        write_weights(file, layers)
    return folder / "model.json", folder / "weights.h5"


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """An entry of a Sequential."""
    return {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}


def dense(name: str, units: int, activation: str = "linear", **config: Any) -> dict[str, Any]:
    return layer("Dense", name, units=units, activation=activation, use_bias=True, **config)


def called(entry: Mapping[str, Any], *nodes: Any) -> dict[str, Any]:
    """An entry of a Functional model, with its inbound nodes in the form of Keras 2."""
    return {**entry, "name": entry["config"]["name"], "inbound_nodes": list(nodes)}


def source(name: str, *shape: int) -> dict[str, Any]:
    """An input layer of a Functional model."""
    about = {"batch_input_shape": [None, *shape], "dtype": "float32", "name": name}
    return {"class_name": "InputLayer", "name": name, "config": about, "inbound_nodes": []}


def arrays(seed: int, *shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(0.2, 0.9, shape) for shape in shapes]


def named(layer_name: str, seed: int, n: int, m: int) -> list[tuple[str, np.ndarray]]:
    """The kernel and bias of a Dense layer under the names of TensorFlow's variables."""
    kernel, bias = arrays(seed, (n, m), (m,))
    return [(f"{layer_name}/kernel:0", kernel), (f"{layer_name}/bias:0", bias)]
