"""Numbers scaled column by column."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, maximum, minimum
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.registry import PASSED, fitted, transforms


@transforms("sklearn.StandardScaler", gaps=PASSED)
def standard_scaler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``(x - mean) / scale``, each where the scaler was told to."""
    fitted(model, "scale_", "n_samples_seen_")
    if model.with_mean:
        x = graph.map(X - Y, x, _floats(model.mean_))
    if model.with_std:
        x = graph.map(X / Y, x, _floats(model.scale_))
    return x


@transforms("sklearn.MinMaxScaler", gaps=PASSED)
def min_max_scaler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``x * scale + min``, cut to the range with `clip`."""
    fitted(model, "scale_", "min_")
    y = graph.map(X * Y + Z, x, _floats(model.scale_), _floats(model.min_))
    if not getattr(model, "clip", False):
        return y
    low, high = map(float, model.feature_range)
    return graph.map(minimum(maximum(X, low), high), y)


def _floats(values: Any) -> Any:
    return np.asarray(values, dtype=np.float64)
