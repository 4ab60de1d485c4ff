"""One door for everything that can be converted: files, live models, estimators."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras2sql.errors import InputError
from keras2sql.graph.core import Builder
from keras2sql.graph.targets import Target
from keras2sql.read import Inspection, inspect_model, mlflow_models, read_model
from keras2sql.read.boosters import sources
from keras2sql.read.network import Network, Steps
from keras2sql.read.pickled import is_pickle, is_skops, load_pickle, load_skops
from keras2sql.read.sklearn import (
    Wrapped,
    inspect_estimator,
    is_estimator,
    read_estimator,
    unwrap,
)
from keras2sql.read.sklearn.neural import labelled

FilePath = str | os.PathLike[str]


def read(
    model: Any,
    weights_file: FilePath | None = None,
    trust_pickle: bool = False,
    steps: Steps | None = None,
) -> Network:
    """The network in a model file, a live Keras model, or a fitted estimator around one.

    An estimator adds its task, classes and feature names.  Raises `ModelFileError`,
    `InputError` or `UnsupportedLayerError`.
    """
    inner, wrapped = _inside(model, weights_file, trust_pickle)
    if wrapped is None and is_estimator(inner):
        _refuse_beside(inner, weights_file)
        return read_estimator(inner)
    network = read_model(inner, weights_file, steps)
    return network if wrapped is None else around(network, wrapped)


def look(
    model: Any,
    weights_file: FilePath | None = None,
    trust_pickle: bool = False,
    steps: Steps | None = None,
) -> Inspection:
    """What is known of the same, unsupported layers and open lengths included."""
    inner, wrapped = _inside(model, weights_file, trust_pickle)
    if wrapped is None and is_estimator(inner):
        _refuse_beside(inner, weights_file)
        return inspect_estimator(inner)
    found = inspect_model(inner, weights_file, steps)
    if wrapped is None:
        return found
    network, example = (n and around(n, wrapped) for n in (found.network, found.example))
    return replace(found, network=network, example=example)


def opened(model: Any, trust_pickle: bool = False) -> Any:
    """The object in a pickle or a file of skops, the model of boosted trees in a booster or one of
    its files, of a model that MLflow keeps the same; anything else, other files too, as it is.

    What is read more than once (converted, then run in its own framework) opens once.
    """
    if mlflow_models.is_uri(model):
        model = mlflow_models.fetched(model)
    if mlflow_models.is_folder(model):
        model = mlflow_models.file_in(model)
    if isinstance(model, str | os.PathLike) and is_pickle(Path(model)):
        return load_pickle(Path(model), trust_pickle)
    if isinstance(model, str | os.PathLike) and is_skops(Path(model)):
        return load_skops(Path(model))
    if isinstance(model, str | os.PathLike):
        return sources.load(model) or model
    return sources.of_booster(model) or model


def around(network: Network, wrapped: Wrapped) -> Network:
    """The network with what the estimator around it knows."""
    told: tuple[Target, ...] = ()
    if wrapped.several:
        if len(network.graph.outputs) != 1:
            raise InputError("several labels of a row need a model with one output")
        (output,) = network.graph.outputs.values()
        told = labelled(Builder(), output)
    return replace(
        network,
        targets=told,
        task=wrapped.task,
        classes=wrapped.classes,
        features=wrapped.features,
        probabilities=wrapped.probabilities,
    )


def _inside(
    model: Any, weights_file: FilePath | None, trust_pickle: bool
) -> tuple[Any, Wrapped | None]:
    model = opened(model, trust_pickle)
    wrapped = unwrap(model)
    if wrapped is None:
        return model, None
    _refuse_beside(model, weights_file)
    return wrapped.model, wrapped


def _refuse_beside(model: Any, weights_file: FilePath | None) -> None:
    """Raise `InputError` for what an estimator does not take."""
    if weights_file is not None:
        raise InputError(f"a {type(model).__name__} has its weights; leave weights_file out")
