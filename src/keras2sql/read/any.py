"""One door for everything that can be converted: files, live models, estimators."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras2sql.errors import InputError
from keras2sql.read import read_model
from keras2sql.read.network import Network
from keras2sql.read.pickled import is_pickle, load_pickle
from keras2sql.read.sklearn import unwrap


def read(
    model: Any, weights_file: str | os.PathLike[str] | None = None, trust_pickle: bool = False
) -> Network:
    """The network in a model file, a live Keras model, or a fitted estimator around one.

    An estimator adds its task, classes and feature names.  Raises `ModelFileError`,
    `InputError` or `UnsupportedLayerError`.
    """
    if isinstance(model, str | os.PathLike) and is_pickle(Path(model)):
        model = load_pickle(Path(model), trust_pickle)
    wrapped = unwrap(model)
    if wrapped is None:
        return read_model(model, weights_file)
    if weights_file is not None:
        raise InputError(f"a {type(model).__name__} has its weights; leave weights_file out")
    return replace(
        read_model(wrapped.model),
        task=wrapped.task,
        classes=wrapped.classes,
        features=wrapped.features,
        probabilities=wrapped.probabilities,
    )
