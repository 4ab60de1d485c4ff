"""Dense networks as published in 2018, on all databases, against a plain numpy computation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.engines import Engine
from models_2018 import DENSE

ROWS = 200


def plain(folder: Path, x: np.ndarray) -> np.ndarray:
    """The network's output: its layers one after the other, in float64."""
    layers = json.loads((folder / "model.json").read_text())["config"]
    with h5py.File(folder / "weights.h5") as file:
        for layer in layers:
            config = layer["config"]
            if layer["class_name"] == "Dense":
                group = file[config["name"]]
                kernel, bias = (group[name][()] for name in group.attrs["weight_names"])
                x = x @ kernel + bias
            activation = config.get("activation", "linear")
            if activation == "relu":
                x = np.maximum(x, 0)
            elif activation == "softmax":
                e = np.exp(x - x.max(axis=1, keepdims=True))
                x = e / e.sum(axis=1, keepdims=True)
            else:
                assert activation == "linear"
    return x


@pytest.mark.parametrize("name", DENSE)
def test_dense(
    name: str,
    models_2018: Path,
    engine: Engine,
    load_table: Callable[[Engine, str, pd.DataFrame], None],
) -> None:
    folder = models_2018 / name
    program = keras2sql.convert(
        folder / "model.json",
        engine.dialect_name,
        table="published",
        key="id",
        weights_file=folder / "weights.h5",
    )
    names = program.features["dense_1_input"]
    x = np.random.default_rng(len(name)).normal(scale=2, size=(ROWS, len(names)))
    load_table(engine, "published", pd.DataFrame(x, columns=names).assign(id=range(ROWS)))
    found = engine.query(program.query, program.columns, session=program.dialect.session)
    found = found.sort_values("id").drop(columns="id").to_numpy(dtype=np.float64)
    np.testing.assert_allclose(found, plain(folder, x), rtol=1e-12, atol=1e-12)
