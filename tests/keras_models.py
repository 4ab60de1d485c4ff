"""Keras models for tests: the shipped ones, and twins of them in float64."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
DATASETS = ("iris", "wine", "breast_cancer", "digits", "diabetes")


def model_file(name: str) -> Path:
    """The model of this name that an example saved."""
    shipped = ROOT / "src" / "keras2sql" / "demo"
    folder = shipped if name in ("iris", "elnino") else EXAMPLES / "models"
    return folder / f"{name}.keras"


@cache
def training() -> ModuleType:
    """The examples' shared module, which is no part of the package."""
    path = EXAMPLES / "training.py"
    spec = importlib.util.spec_from_file_location("keras2sql_examples_training", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def dataset(name: str) -> Any:
    """One of scikit-learn's data sets, as the training scripts load it."""
    from sklearn import datasets

    load = getattr(datasets, f"load_{name}")
    return load(scaled=False) if name == "diabetes" else load()


def rows(name: str) -> pd.DataFrame:
    """All rows of a data set: id, features, target."""
    frame = training().rows(dataset(name))
    assert isinstance(frame, pd.DataFrame)
    return frame


def labels(name: str) -> list[Any] | None:
    """The class labels, as Python values; None for a regression."""
    names = getattr(dataset(name), "target_names", None)
    return None if names is None else [label.item() for label in names]


def float64(model: Any) -> Any:
    """The same network with the same weights, computing in float64 throughout."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")  # models have no dtype in their config
    try:
        twin = type(model).from_config(_in_float64(model.get_config()))
    finally:
        keras.config.set_dtype_policy(policy)
    twin.set_weights([w.astype("float64") for w in model.get_weights()])
    for layer in twin.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # else it goes on with the mean it had before
    assert {layer.compute_dtype for layer in (twin, *twin.layers)} == {"float64"}
    return twin


def _in_float64(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _in_float64(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_in_float64(v) for v in value)
    return "float64" if value == "float32" else value
