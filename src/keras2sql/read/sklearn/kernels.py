"""Kernels: how alike a row is to each of some points."""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Expr, ExprLike, X, Y, as_expr, exp, maximum, power, tanh
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
