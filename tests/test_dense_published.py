"""The dense networks of 2018, on all databases, against a plain numpy computation."""

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

PUBLISHED = Path(__file__).parents[2] / "shared" / "models"
DENSE = [
    "KerasClassifier_Dense/BreastCancer",
    "KerasClassifier_Dense/FourClass_100",
    "KerasClassifier_Dense/digits",
    "KerasClassifier_Dense/iris",
    "KerasRegressor_Dense/RandomReg_100",
    "KerasRegressor_Dense/boston",
    "KerasRegressor_Dense/diabetes",
]
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


def test_no_dense_network_is_left_out() -> None:
    found = {str(p.parent.relative_to(PUBLISHED)) for p in PUBLISHED.glob("*_Dense/*/model.json")}
    assert found == set(DENSE)


@pytest.mark.parametrize("name", DENSE)
def test_dense(
    name: str, engine: Engine, load_table: Callable[[Engine, str, pd.DataFrame], None]
) -> None:
    folder = PUBLISHED / name
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
