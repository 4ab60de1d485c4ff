"""Kernels: how alike a row is to each of some points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import (
    Expr,
    ExprLike,
    X,
    Y,
    as_expr,
    exp,
    maximum,
    power,
    sqrt,
    tanh,
    where,
)
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import Array
from keras2sql.read.sklearn.builder import TableBuilder

_FAR = 1e5
"""From here on the squares of coordinates lose too much of their differences."""


def linear(graph: TableBuilder, x: Tensor, points: Array) -> Tensor:
    """``x . p`` for each point, of shape (points,)."""
    return graph.contract(x, points.T)


def polynomial(
    graph: TableBuilder, x: Tensor, points: Array, gamma: float, coef0: float, degree: float
) -> Tensor:
    """``(gamma x . p + coef0) ** degree``; a power that is not whole takes a positive base."""
    base = graph.contract(x, gamma * points.T, np.full(len(points), float(coef0)))
    if float(degree).is_integer() and degree >= 0:
        return graph.map(whole_power(X, int(degree)), base)
    return graph.map(power(X, float(degree)), base)


def whole_power(base: Expr, degree: int) -> Expr:
    """`base` multiplied with itself, which may be negative."""
    result: ExprLike = 1.0
    while degree:
        if degree % 2:
            result = base if result == 1.0 else result * base
        base, degree = base * base, degree // 2
    return as_expr(result)


def sigmoid(graph: TableBuilder, x: Tensor, points: Array, gamma: float, coef0: float) -> Tensor:
    """``tanh(gamma x . p + coef0)``"""
    inner = graph.contract(x, gamma * points.T, np.full(len(points), float(coef0)))
    return graph.map(tanh(X), inner)


def rbf(graph: TableBuilder, x: Tensor, points: Array, gamma: float) -> Tensor:
    """``exp(-gamma |x - p|^2)``"""
    return graph.map(exp(-float(gamma) * X), squared_distances(graph, x, points, gamma))


def squared_distances(graph: TableBuilder, x: Tensor, points: Array, scale: float = 1.0) -> Tensor:
    """The square of the distance of `x` to each point, of shape (points,).

    Around the mean of the points it is one contraction, ``x . x - 2 x . p + p . p``, as long as
    these squares times `scale` are no larger than some thousands; else the sum of the squares of
    all differences.
    """
    mean = points.mean(axis=0)
    near = points - mean
    norms = (near**2).sum(axis=1)
    if not scale * norms.max(initial=0.0) < _FAR:
        squares = graph.map((X - Y) * (X - Y), x, points)
        return graph.reduce("sum", squares, 1)
    centred = graph.map(X - Y, x, mean)
    norm = graph.reduce("sum", graph.map(X * X, centred), 0)
    inner = graph.contract(centred, -2.0 * near.T, norms)
    return graph.map(maximum(X + Y, 0.0), inner, norm)


# -- by the names that scikit-learn gives them

NAMES = "kernels linear, poly, rbf, sigmoid, laplacian, cosine, chi2 and additive_chi2"


def pairwise(
    graph: TableBuilder, x: Tensor, points: Array, name: Any, told: Mapping[str, Any]
) -> Tensor:
    """The kernel of this name; parameters that are not told, or None, are those of
    `sklearn.metrics.pairwise`."""
    given = {key: value for key, value in told.items() if value is not None}
    gamma = float(given.get("gamma", 1.0 if name == "chi2" else 1.0 / points.shape[1]))
    coef0 = float(given.get("coef0", 1.0))
    if name == "linear":
        return linear(graph, x, points)
    if name in ("poly", "polynomial"):
        return polynomial(graph, x, points, gamma, coef0, given.get("degree", 3))
    if name == "rbf":
        return rbf(graph, x, points, gamma)
    if name == "sigmoid":
        return sigmoid(graph, x, points, gamma, coef0)
    if name == "laplacian":
        distance = graph.reduce("sum", graph.map(abs(X - Y), x, points), 1)
        return graph.map(exp(-gamma * X), distance)
    if name == "cosine":
        return cosine(graph, x, points)
    if name == "additive_chi2":
        return additive_chi2(graph, x, points)
    if name == "chi2":
        return graph.map(exp(gamma * X), additive_chi2(graph, x, points))
    raise Refused(f"has the kernel {'of a function' if callable(name) else repr(name)}; {NAMES}")


def cosine(graph: TableBuilder, x: Tensor, points: Array) -> Tensor:
    """``x . p`` of both divided by their lengths; nothing is divided by 0."""
    lengths = np.sqrt((points**2).sum(axis=1, keepdims=True))
    inner = graph.contract(x, (points / np.where(lengths == 0, 1.0, lengths)).T)
    length = graph.map(sqrt(X), graph.reduce("sum", graph.map(X * X, x), 0))
    return graph.map(X / where(Y > 0.0, Y, 1.0), inner, length)


def additive_chi2(graph: TableBuilder, x: Tensor, points: Array) -> Tensor:
    """``-sum((x - p)^2 / (x + p))`` of what is not 0; a row with a negative number has none."""
    total = X + Y
    terms = graph.map(
        where(total > 0.0, -((X - Y) * (X - Y)) / where(total > 0.0, total, 1.0), 0.0), x, points
    )
    negative = graph.map(where(X < 0.0, 1.0, 0.0), x)
    return graph.where_none(graph.reduce("sum", terms, 1), negative)
