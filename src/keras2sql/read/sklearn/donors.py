"""Missing values filled in by the rows nearest to a row."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Arg, X, Y, Z, call, sqrt, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import Array, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, beside, vector
from keras2sql.read.sklearn.imputing import gaps_of, indicated, missing
from keras2sql.read.sklearn.registry import fitted, transforms

_NOTE = "of rows as far as the last neighbour the first, where scikit-learn takes any"
_UNKNOWN = 1e150  # farther than any row, and before those that have been taken


@transforms("sklearn.KNNImputer", table=True, gaps=gaps_of, note=_NOTE)
def knn_imputer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The mean of the nearest rows that have a value in the column; that of all rows of the fit
    where nothing tells which are near."""
    fitted(model, "_fit_X", "_mask_fit_X", "_valid_mask")
    if model.metric != "nan_euclidean":
        raise Refused(f"has the metric {model.metric!r}; nan_euclidean becomes SQL")
    if model.weights not in ("uniform", "distance"):
        raise Refused("has weights of a function, which is never executed")
    x = graph.numbers(columns)
    gone = graph.map(where(X, 1.0, 0.0), missing(graph, model, x))
    known = graph.map(where(Y > 0.0, 0.0, X), x, gone)
    distance, told = _distances(graph, model, known, gone)
    parts, names = [], []
    for place, name in enumerate(columns.names):
        if not model._valid_mask[place] and not model.keep_empty_features:
            continue
        value = graph.take(known, [place])
        if not model._valid_mask[place]:
            value = graph.zeros((1,))
        elif place in columns.gaps or not np.isnan(model.missing_values):
            filled = _filled(graph, model, place, distance, told)
            value = graph.map(where(Z > 0.0, Y, X), value, filled, graph.take(gone, [place]))
        parts.append(value)
        names.append(name)
    found = vector(graph.join(parts, 0), names)
    if getattr(model, "indicator_", None) is None:
        return found
    return beside([found, indicated(graph, model.indicator_, columns)])


def _distances(
    graph: TableBuilder, model: Any, known: Tensor, gone: Tensor
) -> tuple[Tensor, Tensor]:
    """The distance to each row of the fit over the columns that both have, as if these were all
    (`nan_euclidean_distances`); and in how many both have a value."""
    there = 1.0 - floats(model._mask_fit_X)
    rows = np.where(there > 0, floats(model._fit_X), 0.0)
    squares = graph.map((X - Y) * (X - Y) * Z * (1.0 - Arg(3)), known, rows, there, gone)
    told = graph.contract(graph.map(1.0 - X, gone), there.T)
    width = float(rows.shape[1])
    mean = where(Y > 0.0, X / where(Y > 0.0, Y, 1.0) * width, 0.0)
    return graph.map(sqrt(mean), graph.reduce("sum", squares, 1), told), told


def _filled(graph: TableBuilder, model: Any, place: int, distance: Tensor, told: Tensor) -> Tensor:
    """What the donors of a column say, of shape (1,)."""
    donors = np.flatnonzero(~np.asarray(model._mask_fit_X)[:, place])
    values: Array = floats(model._fit_X)[donors, place]
    far, some = graph.take(distance, donors), graph.take(told, donors)
    count = min(int(model.n_neighbors), len(donors))
    near = graph.map(where(X > 0.0, 1.0, 0.0), some)
    if count < len(donors):
        near = graph.top("marks", graph.map(where(Y > 0.0, -X, -_UNKNOWN), far, some), count)
    weight = graph.map(where(X > 0.0, Y, 0.0), some, near)
    if model.weights == "distance":
        here = graph.map(where(call("eq", X, 0.0), Y, 0.0), far, weight)
        any_here = graph.reduce("max", here, 0)
        inverse = where(X > 0.0, Y / where(X > 0.0, X, 1.0), 0.0)
        weight = graph.map(where(Arg(3) > 0.5, Z, inverse), far, weight, here, any_here)
    total = graph.reduce("sum", weight, 0, keepdims=True)
    given = graph.contract(weight, values.reshape(-1, 1))
    mean = float(values.mean())
    return graph.map(where(Y > 0.0, X / where(Y > 0.0, Y, 1.0), mean), given, total)
