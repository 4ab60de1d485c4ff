"""Neighbours: what the nearest of the rows that a model was fitted to say of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Arg, X, Y, Z, call, sqrt, where
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import Array, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.clusters import nearness
from keras2sql.read.sklearn.columns import Predicted, classification, regression
from keras2sql.read.sklearn.registry import NUMBERED, estimates, fitted, transforms

_METRICS = {"euclidean": 2, "l2": 2, "manhattan": 1, "l1": 1, "cityblock": 1, "chebyshev": 0}
_NOTE = "metrics euclidean, manhattan and chebyshev"
_TIES = "of rows as far as the last neighbour the first, where scikit-learn takes any"


@estimates("sklearn.KNeighborsClassifier", note=f"{_NOTE}; {_TIES}")
def neighbours_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The class with most votes of the neighbours, the first of equals."""
    fitted(model, "classes_", "_fit_X", "_y", "effective_metric_")
    weights, places = _neighbours(graph, model, x)
    numbers = np.asarray(model._y).reshape(len(model._y), -1)
    found = []
    for target, classes in enumerate(_classes(model)):
        chosen = graph.lookup(floats(numbers[:, target])[:, None], places)
        votes = graph.map(where(call("eq", X, Y), 1.0, 0.0), chosen, np.arange(len(classes)))
        shares = _shares(graph, _weighed(graph, weights, votes))
        found.append(targets.most_probable(graph, tuple(classes), shares))
    return classification(*found)


@estimates("sklearn.KNeighborsRegressor", note=f"{_NOTE}; {_TIES}")
def neighbours_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The mean of the neighbours."""
    fitted(model, "_fit_X", "_y", "effective_metric_")
    weights, places = _neighbours(graph, model, x)
    values = floats(model._y)
    total = _weighed(graph, weights, graph.lookup(values.reshape(len(values), -1), places))
    if weights is None:
        return regression(graph.map(X / float(places.size), total))
    return regression(graph.map(X / Y, total, graph.reduce("sum", weights, 0)))


@estimates("sklearn.RadiusNeighborsClassifier", note=_NOTE)
def radius_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The same of all rows within a radius; where there is none, the label of outliers, or no
    prediction."""
    fitted(model, "classes_", "_fit_X", "_y", "effective_metric_")
    found = []
    distance, near = _within(graph, model, x)
    weights = _weights(graph, model, distance, near)
    alone = _is_alone(graph, near)
    listed = model.outlier_label_ or [None] * len(_classes(model))
    for classes, table, label in zip(_classes(model), _tables(model), listed, strict=True):
        votes = graph.contract(weights, table)
        if label is None:
            votes = graph.where_none(votes, alone)
        elif label in list(classes):
            own = (np.asarray(classes) == label).astype(np.float64)
            votes = graph.map(where(Y > 0.5, Z, X), votes, alone, own)
        else:
            raise Refused(f"has the outlier_label {label!r}, which is no class")
        shares = _shares(graph, votes)
        found.append(targets.most_probable(graph, tuple(classes), shares))
    return classification(*found)


@estimates("sklearn.RadiusNeighborsRegressor", note=_NOTE)
def radius_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The mean of all rows within a radius; where there is none, no prediction."""
    fitted(model, "_fit_X", "_y", "effective_metric_")
    distance, near = _within(graph, model, x)
    mean = _mean(graph, _weights(graph, model, distance, near), model)
    return regression(graph.where_none(mean, _is_alone(graph, near)))


@transforms("sklearn.KNeighborsTransformer", called=NUMBERED, note=f"{_NOTE}; {_TIES}")
def neighbours_transformer(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """For each row that the model was fitted to its distance, or 1, if it is of the nearest."""
    fitted(model, "_fit_X", "effective_metric_")
    by_distance = model.mode == "distance"  # for which one more is looked for, itself of the fit
    count = min(int(model.n_neighbors) + by_distance, len(model._fit_X))
    distance, power = _measured(graph, model, x)
    near = graph.top("marks", graph.map(-X, distance), count)
    return graph.map(X * Y, _rooted(graph, distance, power), near) if by_distance else near


@transforms("sklearn.RadiusNeighborsTransformer", called=NUMBERED, note=_NOTE)
def radius_transformer(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The same of all rows within a radius."""
    fitted(model, "_fit_X", "effective_metric_")
    distance, near = _within(graph, model, x)
    return graph.map(X * Y, distance, near) if model.mode == "distance" else near


@estimates("sklearn.NearestCentroid", note="metrics euclidean and manhattan")
def nearest_centroid(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The class with the nearest centre; priors that differ count with distances in deviations."""
    fitted(model, "centroids_", "classes_")
    classes, centers = tuple(model.classes_), floats(model.centroids_)
    power = _METRICS.get(model.metric, 0)
    if not power:
        raise Refused(f"has the metric {model.metric!r}; euclidean and manhattan become SQL")
    near = nearness(graph, x, centers)
    if power == 1:
        near = graph.map(-X, _distances(graph, x, centers, 1))
    choice = graph.reduce("argmax", near, 0)
    prior = getattr(model, "class_prior_", None)
    if prior is None:  # before version 1.6
        return classification(Target(classes, choice))
    joint = _discriminant(graph, model, x, centers, power)
    if not np.isclose(floats(prior), 1 / len(classes)).all():
        choice = graph.reduce("argmax", joint, 0)
    if power == 1:
        return classification(Target(classes, choice))
    score = joint
    if len(classes) == 2:
        score = graph.map(Y - X, graph.take(joint, [0]), graph.take(joint, [1]))
    proba, logs = targets.by_softmax(graph, joint)
    chosen = targets.of_choice(graph, proba, choice)
    score = targets.two_sided(graph, score)
    return classification(Target(classes, choice, score, proba, logs, chosen))


def _discriminant(graph: TableBuilder, model: Any, x: Tensor, centers: Array, power: int) -> Tensor:
    """Equation 18.2 of Hastie, Tibshirani and Friedman 2009, "The Elements of Statistical
    Learning"."""
    deviation = floats(model.within_class_std_dev_)
    deviation = np.where(deviation == 0, 1.0, deviation)
    scaled = graph.map(X / Y, x, deviation)
    distance = _distances(graph, scaled, centers / deviation, power)
    squared = distance if power == 2 else graph.map(X * X, distance)
    return graph.map(Y - X, squared, 2.0 * np.log(floats(model.class_prior_)))


# -- distances


def _distances(graph: TableBuilder, x: Tensor, points: Array, power: int) -> Tensor:
    """How far `x` is from each point: by the greatest difference for the power 0, by the sum of all
    for 1, by the sum of their squares for 2, of which no root is taken."""
    if power == 2:
        squares = graph.map((X - Y) * (X - Y), x, points)
        return graph.reduce("sum", squares, 1)
    differences = graph.map(abs(X - Y), x, points)
    return graph.reduce("sum" if power else "max", differences, 1)


def _measured(graph: TableBuilder, model: Any, x: Tensor) -> tuple[Tensor, int]:
    """The distances to the rows that the model was fitted to, and their power."""
    metric = model.effective_metric_
    if metric not in _METRICS:
        what = "a function" if callable(metric) else repr(metric)
        raise Refused(f"has the metric {what}; euclidean, manhattan and chebyshev become SQL")
    power = _METRICS[metric]
    return _distances(graph, x, floats(model._fit_X), power), power


def _within(graph: TableBuilder, model: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """The distances, and which are no greater than the radius, as 1 and 0."""
    distance, power = _measured(graph, model, x)
    radius = float(model.radius)
    near = graph.map(where(X <= (radius * radius if power == 2 else radius), 1.0, 0.0), distance)
    return _rooted(graph, distance, power), near


def _neighbours(graph: TableBuilder, model: Any, x: Tensor) -> tuple[Tensor | None, Tensor]:
    """What the nearest rows count, or None where all count one, and their places."""
    by_order = model.weights in (None, "uniform") and model._fit_method == "brute"
    distance, places = nearest(graph, model, x, int(model.n_neighbors), by_order)
    if model.weights in (None, "uniform"):
        return None, places
    return _weights(graph, model, distance, graph.constant(np.ones(places.size))), places


def nearest(
    graph: TableBuilder, model: Any, x: Tensor, count: int, by_order: bool = False
) -> tuple[Tensor, Tensor]:
    """Of the `count` nearest of the rows that the model was fitted to, the nearest first and of
    equals the first, the distances and the places.

    With `by_order` the distances only tell which is nearer, from products, as scikit-learn compares
    all rows; down a tree it takes differences.
    """
    if by_order and _METRICS.get(model.effective_metric_) == 2:
        near, power = nearness(graph, x, floats(model._fit_X)), 0
    else:
        distance, power = _measured(graph, model, x)
        near = graph.map(-X, distance)
    far = graph.map(-X, graph.top("values", near, count))
    return _rooted(graph, far, power), graph.top("places", near, count)


def _rooted(graph: TableBuilder, distance: Tensor, power: int) -> Tensor:
    return graph.map(sqrt(X), distance) if power == 2 else distance


# -- votes


def _weights(graph: TableBuilder, model: Any, distance: Tensor, near: Tensor) -> Tensor:
    """What each row counts, of those that are `near`, as 1 and 0: one, or the inverse of its
    distance; those at no distance alone."""
    if model.weights in (None, "uniform"):
        return near
    if model.weights != "distance":
        raise Refused("has weights of a function, which is never executed")
    here = graph.map(where(call("eq", X, 0.0), Y, 0.0), distance, near)
    any_here = graph.reduce("max", here, 0)
    inverse = where(X > 0.0, Y / where(X > 0.0, X, 1.0), 0.0)
    return graph.map(where(Arg(3) > 0.5, Z, inverse), distance, near, here, any_here)


def _weighed(graph: TableBuilder, weights: Tensor | None, values: Tensor) -> Tensor:
    """The sum of the neighbours' values, of shape (count, width), each as often as it counts."""
    return graph.reduce("sum", values, 0) if weights is None else graph.contract(weights, values)


def _is_alone(graph: TableBuilder, near: Tensor) -> Tensor:
    """1 for a row that has no neighbours, else 0, of shape (1,)."""
    most = graph.reduce("max", near, 0, keepdims=True)
    return graph.map(1.0 - X, most)


def _shares(graph: TableBuilder, votes: Tensor) -> Tensor:
    total = graph.reduce("sum", votes, 0, keepdims=True)
    return graph.map(X / where(Y > 0.0, Y, 1.0), votes, total)


def _mean(graph: TableBuilder, weights: Tensor, model: Any) -> Tensor:
    values = floats(model._y)
    total = graph.contract(weights, values.reshape(len(values), -1))
    count = graph.reduce("sum", weights, 0)
    return graph.map(X / where(Y > 0.0, Y, 1.0), total, count)


def _classes(model: Any) -> list[Any]:
    return list(model.classes_) if model.outputs_2d_ else [model.classes_]


def _tables(model: Any) -> list[Array]:
    """For each target, the class of each row, as 1 and 0."""
    numbers = np.asarray(model._y).reshape(len(model._y), -1)
    return [np.eye(len(c))[numbers[:, i]] for i, c in enumerate(_classes(model))]
