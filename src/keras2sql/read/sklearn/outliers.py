"""Whether a row is like those that a model was fitted to: 1, or -1 where it is not."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, maximum, where
from keras2sql.graph.targets import Target, two_sided
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification
from keras2sql.read.sklearn.neighbours import nearest
from keras2sql.read.sklearn.registry import estimates, fitted, transforms


@estimates("sklearn.EllipticEnvelope")
def elliptic_envelope(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Within a distance of the middle, measured in deviations."""
    fitted(model, "location_", "covariance_", "offset_")
    if model.store_precision:
        precision = floats(model.precision_)
    else:
        precision = floats(np.linalg.pinv(floats(model.covariance_), hermitian=True))
    centred = graph.map(X - Y, x, floats(model.location_))
    turned = graph.contract(centred, precision)
    distance = graph.reduce("sum", graph.map(X * Y, centred, turned), 0, keepdims=True)
    return _from_zero_on(graph, graph.map(-X - float(model.offset_), distance))


@estimates("sklearn.LocalOutlierFactor", note="novelty=True")
def local_outlier_factor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """No less dense around it than around its neighbours (Breunig et al. 2000)."""
    fitted(model, "_fit_X", "_lrd", "_distances_fit_X_", "n_neighbors_", "offset_")
    count = int(model.n_neighbors_)
    distance, places = nearest(graph, model, x, count)
    farthest = graph.lookup(floats(model._distances_fit_X_)[:, count - 1], places)
    reach = graph.map(maximum(X, Y), distance, farthest)
    mean = graph.map(X / count, graph.reduce("sum", reach, 0, keepdims=True))
    around = graph.lookup(floats(model._lrd), places)
    density = graph.map(X / count, graph.reduce("sum", around, 0, keepdims=True))
    score = graph.map(-(X * (Y + 1e-10)) - float(model.offset_), density, mean)
    return _from_zero_on(graph, score)


@transforms("sklearn.LocalOutlierFactor")
def local_outliers(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """What has no `predict`, as without novelty."""
    raise Refused("predicts only the rows that it was fitted to; fit it with novelty=True")


def _from_zero_on(graph: TableBuilder, score: Tensor) -> Predicted:
    choice = graph.reshape(graph.map(where(X >= 0.0, 1, 0), score), ())
    return classification(Target((-1, 1), choice, two_sided(graph, score)))
