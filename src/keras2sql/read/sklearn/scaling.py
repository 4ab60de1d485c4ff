"""Numbers scaled column by column, or row by row."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, maximum, minimum, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.registry import PASSED, fitted, inverts, transforms


def _scaled(graph: TableBuilder, x: Tensor, center: Any, scale: Any) -> Tensor:
    """``(x - center) / scale``, without what is None."""
    if center is not None:
        x = graph.map(X - Y, x, _floats(center))
    return x if scale is None else graph.map(X / Y, x, _floats(scale))


def _unscaled(graph: TableBuilder, y: Tensor, center: Any, scale: Any) -> Tensor:
    """``y * scale + center``, without what is None."""
    if scale is not None:
        y = graph.map(X * Y, y, _floats(scale))
    return y if center is None else graph.map(X + Y, y, _floats(center))


@transforms("sklearn.StandardScaler", gaps=PASSED)
def standard_scaler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``(x - mean) / scale``, each where the scaler was told to."""
    fitted(model, "scale_", "n_samples_seen_")
    center = model.mean_ if model.with_mean else None
    return _scaled(graph, x, center, model.scale_ if model.with_std else None)


@inverts("sklearn.StandardScaler")
def standard_scaler_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """``y * scale + mean``."""
    center = model.mean_ if model.with_mean else None
    return _unscaled(graph, y, center, model.scale_ if model.with_std else None)


@transforms("sklearn.RobustScaler", gaps=PASSED)
def robust_scaler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``(x - center) / scale``, each where the scaler was told to."""
    fitted(model, "center_", "scale_")
    center = model.center_ if model.with_centering else None
    return _scaled(graph, x, center, model.scale_ if model.with_scaling else None)


@inverts("sklearn.RobustScaler")
def robust_scaler_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """``y * scale + center``."""
    center = model.center_ if model.with_centering else None
    return _unscaled(graph, y, center, model.scale_ if model.with_scaling else None)


@transforms("sklearn.MinMaxScaler", gaps=PASSED)
def min_max_scaler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``x * scale + min``, cut to the range with `clip`."""
    fitted(model, "scale_", "min_")
    y = graph.map(X * Y + Z, x, _floats(model.scale_), _floats(model.min_))
    if not getattr(model, "clip", False):
        return y
    low, high = map(float, model.feature_range)
    return graph.map(minimum(maximum(X, low), high), y)


@inverts("sklearn.MinMaxScaler")
def min_max_scaler_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """``(y - min) / scale``."""
    return graph.map((X - Y) / Z, y, _floats(model.min_), _floats(model.scale_))


@transforms("sklearn.MaxAbsScaler", gaps=PASSED)
def max_abs_scaler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``x / scale``, cut to -1 .. 1 with `clip`."""
    fitted(model, "scale_")
    y = graph.map(X / Y, x, _floats(model.scale_))
    return graph.map(minimum(maximum(X, -1.0), 1.0), y) if getattr(model, "clip", False) else y


@inverts("sklearn.MaxAbsScaler")
def max_abs_scaler_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """``y * scale``."""
    return graph.map(X * Y, y, _floats(model.scale_))


@transforms("sklearn.Binarizer")
def binarizer(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """1 above the threshold, else 0."""
    return graph.map(where(float(model.threshold) < X, 1.0, 0.0), x)


# A norm below is 0 to `_handle_zeros_in_scale` in sklearn/preprocessing/_data.py.
_NO_NORM = 10 * float(np.finfo(np.float64).eps)


@transforms("sklearn.Normalizer")
def normalizer(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The row divided by its norm, unless that is 0."""
    return _normalised(graph, str(model.norm), x)


def _normalised(graph: TableBuilder, kind: str, x: Tensor) -> Tensor:
    if kind not in ("l1", "l2", "max"):
        raise Refused(f"the norm {kind!r}")
    sizes = graph.map(abs(X), x)
    most = graph.reduce("max", sizes, 0, keepdims=True)
    if kind == "max":
        norm = most
    elif kind == "l1":
        norm = graph.reduce("sum", sizes, 0, keepdims=True)
    else:  # squares of parts of the greatest number, which are in range whatever that is
        some = graph.map(where(X > 0.0, X, 1.0), most)
        parts = graph.map((X / Y) * (X / Y), x, some)
        root = graph.map(ex.sqrt(X), graph.reduce("sum", parts, 0, keepdims=True))
        norm = graph.map(X * Y, root, some)
    return graph.map(X / where(Y < _NO_NORM, 1.0, Y), x, norm)


@transforms("sklearn.TfidfTransformer")
def tf_idf(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """Counts, weighed by how rare a word is, in rows of the same norm."""
    if model.sublinear_tf:
        some = ex.call("eq", X, 0.0)
        x = graph.map(where(some, 0.0, ex.log(where(some, 1.0, X)) + 1.0), x)
    if model.use_idf:
        fitted(model, "idf_")
        x = graph.map(X * Y, x, _floats(model.idf_))
    return x if model.norm is None else _normalised(graph, str(model.norm), x)


def _floats(values: Any) -> Any:
    return np.asarray(values, dtype=np.float64)
