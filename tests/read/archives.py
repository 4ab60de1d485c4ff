"""Writes `.keras` archives without Keras, whole or broken."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

LINEAR: dict[str, Any] = {
    "module": "keras",
    "class_name": "Sequential",
    "registered_name": None,
    "config": {
        "name": "small",
        "layers": [
            {
                "module": "keras.layers",
                "class_name": "InputLayer",
                "config": {"batch_shape": [None, 3], "dtype": "float32", "name": "x"},
                "registered_name": None,
            },
            {
                "module": "keras.layers",
                "class_name": "Dense",
                "config": {"name": "dense", "units": 2, "activation": "linear", "use_bias": True},
                "registered_name": None,
            },
        ],
    },
}


def tensor(layer: str, node: int = 0) -> dict[str, Any]:
    """An argument of a call that is another layer's result."""
    about = {"shape": [None, 3], "dtype": "float32", "keras_history": [layer, node, 0]}
    return {"class_name": "__keras_tensor__", "config": about}


def functional() -> dict[str, Any]:
    """The same model as `LINEAR`, as a Functional one."""
    layers = copy.deepcopy(LINEAR["config"]["layers"])
    for layer, args in zip(layers, ([], [tensor("x")]), strict=True):
        layer["name"] = layer["config"]["name"]
        layer["inbound_nodes"] = [{"args": args, "kwargs": {}}] if args else []
    config = {
        "name": "small",
        "layers": layers,
        "input_layers": [["x", 0, 0]],
        "output_layers": [["dense", 0, 0]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def weights(change: Callable[[h5py.File], None] | None = None) -> bytes:
    """The HDF5 file of `LINEAR`'s weights, after `change`."""
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        own = file.create_group("layers/dense/vars")
        own.attrs["name"] = "dense"
        own["0"] = np.arange(6, dtype=np.float32).reshape(3, 2) / 7
        own["1"] = np.array([0.5, -0.25], dtype=np.float32)
        if change is not None:
            change(file)
    return memory.getvalue()


def archive(
    path: Path,
    config: Any = LINEAR,
    content: bytes | None = None,
    leave_out: str = "",
    compression: int = zipfile.ZIP_STORED,
) -> Path:
    """A `.keras` file; a `config` of type bytes goes in as it is."""
    members = {
        "metadata.json": json.dumps({"keras_version": "3.9.0"}).encode(),
        "config.json": config if isinstance(config, bytes) else json.dumps(config).encode(),
        "model.weights.h5": weights() if content is None else content,
    }
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in members.items():
            if name != leave_out:
                file.writestr(name, data)
    return path


def changed(config: dict[str, Any], *steps: Any, to: Any) -> dict[str, Any]:
    """A copy of a config with another value at the end of these steps."""
    out = copy.deepcopy(config)
    place: Any = out
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = to
    return out
