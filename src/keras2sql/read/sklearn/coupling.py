"""Probabilities of classes from those within each pair, as libsvm finds them.

Wu, Lin and Weng 2004, "Probability estimates for multi-class classification by pairwise
coupling", algorithm 2, from equal probabilities on until no error is beyond 0.005 / classes.  It
takes four rounds at most, whatever the pairs say, and two for two classes; the graph holds one
more, and a row that would need still more has no prediction.
"""

from __future__ import annotations

import itertools

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Arg, Const, X, Y, Z, maximum, minimum, where
from keras2sql.graph.expr import sigmoid as logistic
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import Array
from keras2sql.read.sklearn.builder import TableBuilder

_LEAST = 1e-7
_MOST_CLASSES = 8


def coupled(graph: TableBuilder, decisions: Tensor, slope: Array, offset: Array) -> Tensor:
    """The probability of each class, from a decision for each pair of classes, and the sigmoid that
    makes a probability of each."""
    count = round((1 + (1 + 8 * decisions.size) ** 0.5) / 2)
    if count > _MOST_CLASSES:
        raise Refused(
            f"has probabilities of {count} classes, which are found by rounds of steps that grow "
            f"too many beyond {_MOST_CLASSES}; fit it with probability=False"
        )
    matrix = _matrix(graph, _within_pairs(graph, decisions, slope, offset), count)
    p = graph.constant(np.full(count, 1.0 / count))
    for _ in range(3 if count == 2 else 5):
        gradient = graph.contract(matrix, p, equation="tj,j->t")
        total = graph.contract(p, gradient, equation="t,t->")
        found = _round(graph, matrix, p, gradient, total)
        p = graph.map(where(X < 0.005 / count, Y, Z), _error(graph, gradient, total), p, found)
    gradient = graph.contract(matrix, p, equation="tj,j->t")
    total = graph.contract(p, gradient, equation="t,t->")
    done = X < 0.005 / count
    return graph.map(where(done, Y, Const(np.nan)), _error(graph, gradient, total), p)


def _within_pairs(graph: TableBuilder, decisions: Tensor, slope: Array, offset: Array) -> Tensor:
    """The probability of the first of each pair, and behind all these that of the second."""
    inner = graph.map(X * Y + Z, decisions, -slope, -offset)
    first = graph.map(minimum(maximum(logistic(X), _LEAST), 1.0 - _LEAST), inner)
    return graph.join([first, graph.map(1.0 - X, first)], axis=0)


def _matrix(graph: TableBuilder, pairs: Tensor, count: int) -> Tensor:
    """Q of the paper: ``-r[j, t] r[t, j]``, and on the diagonal the sum of all ``r[j, t] ** 2``."""
    places = np.full((count, count), -1)
    listed = list(itertools.combinations(range(count), 2))
    for number, (i, j) in enumerate(listed):
        places[i, j], places[j, i] = number, number + len(listed)
    r = graph.take(pairs, places)
    turned = graph.take(pairs, places.T)
    diagonal = graph.reduce("sum", graph.map(X * X, turned), 1)
    squares = graph.take(diagonal, np.where(np.eye(count) > 0, np.arange(count), -1))
    return graph.map(Z - X * Y, r, turned, squares)


def _error(graph: TableBuilder, gradient: Tensor, total: Tensor) -> Tensor:
    return graph.reduce("max", graph.map(abs(X - Y), gradient, total), 0)


def _round(
    graph: TableBuilder, matrix: Tensor, p: Tensor, gradient: Tensor, total: Tensor
) -> Tensor:
    """Every class in its turn; the probabilities stay normalised."""
    count = p.size
    for t in range(count):
        row = graph.take(matrix, t * count + np.arange(count))
        own, here = graph.take(row, np.array(t)), graph.take(gradient, np.array(t))
        step = graph.map((X - Y) / Z, total, here, own)
        grown = X + Y * (Y * Z + 2.0 * Arg(3))
        scaled = grown / ((1.0 + Y) * (1.0 + Y))
        total = graph.map(scaled, total, step, own, here)
        gradient = graph.map((X + Y * Z) / (1.0 + Y), gradient, step, row)
        p = graph.map((X + Y * Z) / (1.0 + Y), p, step, np.eye(count)[t])
    return p
