"""The 28 models that were published in 2018, of Keras 2.2.0."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from keras2sql.errors import UnsupportedLayerError
from keras2sql.layers import REGISTRY
from keras2sql.read import inspect_model, read_model

MODELS = Path(__file__).parents[3] / "shared" / "models"
FOLDERS = sorted(path.parent for path in MODELS.glob("*/*/model.json"))
DENSE = [folder for folder in FOLDERS if folder.parent.name.endswith("_Dense")]


def test_all_are_there() -> None:
    assert (len(FOLDERS), len(DENSE)) == (28, 7)


def by_numpy(folder: Path, x: np.ndarray) -> np.ndarray:
    """The model's answer, straight from its config and arrays."""
    with h5py.File(folder / "weights.h5") as file:
        for layer in json.loads((folder / "model.json").read_text())["config"]:
            config = layer["config"]
            if layer["class_name"] == "Dense":
                own = file[config["name"]][config["name"]]
                x = x @ own["kernel:0"][()] + own["bias:0"][()]
            if config.get("activation") == "relu":
                x = np.maximum(x, 0)
            elif config.get("activation") == "softmax":
                e = np.exp(x - x.max(axis=1, keepdims=True))
                x = e / e.sum(axis=1, keepdims=True)
            else:
                assert config.get("activation", "linear") == "linear"
    return x


def ident(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


@pytest.mark.parametrize("folder", DENSE, ids=ident)
def test_dense_models_agree_with_numpy(folder: Path) -> None:
    network = read_model(folder / "model.json", folder / "weights.h5")
    (source,) = network.graph.inputs
    x = np.random.default_rng(1).normal(size=(20, *source.shape))
    (got,) = network.graph.evaluate({source.op.name: x}).values()
    assert np.abs(got - by_numpy(folder, x)).max() < 1e-12
    assert network.keras == (2, 2)


@pytest.mark.parametrize("folder", [f for f in FOLDERS if f not in DENSE], ids=ident)
def test_recurrent_models_convert_or_say_why_not(folder: Path) -> None:
    kind = folder.parent.name.rpartition("_")[2]
    inspection = inspect_model(folder / "model.json", folder / "weights.h5")
    told = {one.class_name: one for one in inspection.layers}
    units = json.loads((folder / "model.json").read_text())["config"][0]["config"]["units"]
    assert told[kind].parameters > units * units
    if kind in REGISTRY and not inspection.problems:
        assert inspection.network is not None
        return
    with pytest.raises(UnsupportedLayerError, match=kind):
        read_model(folder / "model.json", folder / "weights.h5")
