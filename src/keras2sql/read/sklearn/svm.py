"""Support vector machines of libsvm."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, log, where
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn import kernels
from keras2sql.read.sklearn.arrays import Array, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification, regression
from keras2sql.read.sklearn.coupling import coupled
from keras2sql.read.sklearn.registry import estimates, fitted

_KERNELS = "kernels linear, poly, rbf and sigmoid"
_SCORES = "with decision_function_shape='ovo' the scores of the pairs are no columns"


@estimates("sklearn.SVC", "sklearn.NuSVC", note=f"{_KERNELS}; {_SCORES}")
def support_vector_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Each pair of classes has a decision, and a vote for one of them; the first class with most
    votes wins."""
    fitted(model, "classes_", "support_vectors_", "_dual_coef_", "_intercept_", "_n_support")
    classes = tuple(model.classes_)
    decisions = _decisions(graph, model, x, _of_pairs(model))
    one_vs_rest = model.decision_function_shape == "ovr"
    choice = graph.reduce("argmax", _votes(graph, decisions, X > 0.0), 0)
    score = None
    if len(classes) == 2:
        score = targets.two_sided(graph, graph.map(-X, decisions))
    elif one_vs_rest:
        score = _scores(graph, decisions)
        if model.break_ties:
            choice = graph.reduce("argmax", score, 0)
    if not np.size(getattr(model, "_probA", ())):
        return classification(Target(classes, choice, score))
    sigmoids = (floats(model._probA), floats(model._probB))
    proba = coupled(graph, decisions, *sigmoids)
    chosen = targets.of_choice(graph, proba, choice)
    logs = graph.map(log(X), proba)
    return classification(Target(classes, choice, score, proba, logs, chosen))


@estimates("sklearn.SVR", "sklearn.NuSVR", note=_KERNELS)
def support_vector_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sum of the kernels' values, each with its weight."""
    fitted(model, "support_vectors_", "_dual_coef_", "_intercept_")
    return regression(_decisions(graph, model, x, floats(model._dual_coef_).T))


@estimates("sklearn.OneClassSVM", note=_KERNELS)
def one_class(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """1 for a row like those that it was fitted to, -1 for others."""
    fitted(model, "support_vectors_", "_dual_coef_", "_intercept_")
    score = _decisions(graph, model, x, floats(model._dual_coef_).T)
    return classification(targets.best_scored(graph, (-1, 1), score))


def _decisions(graph: TableBuilder, model: Any, x: Tensor, weights: Array) -> Tensor:
    """The kernels of all support vectors, times `weights` of shape (vectors, decisions)."""
    vectors, intercept = floats(model.support_vectors_), floats(model._intercept_)
    if model.kernel == "linear":
        return graph.contract(x, vectors.T @ weights, intercept)
    return graph.contract(_kernel(graph, model, x, vectors), weights, intercept)


def _kernel(graph: TableBuilder, model: Any, x: Tensor, vectors: Array) -> Tensor:
    gamma, coef0 = float(model._gamma), float(model.coef0)
    if model.kernel == "poly":
        return kernels.polynomial(graph, x, vectors, gamma, coef0, model.degree)
    if model.kernel == "rbf":
        return kernels.rbf(graph, x, vectors, gamma)
    if model.kernel == "sigmoid":
        return kernels.sigmoid(graph, x, vectors, gamma, coef0)
    what = "a function" if callable(model.kernel) else repr(model.kernel)
    raise Refused(f"has the kernel {what}; linear, poly, rbf and sigmoid become SQL")


def _pairs(count: int) -> list[tuple[int, int]]:
    return list(itertools.combinations(range(count), 2))


def _of_pairs(model: Any) -> Array:
    """The weight of each support vector in the decision of each pair of classes.

    libsvm keeps for each vector a weight against every other class, in the order of these.
    """
    weights = floats(model._dual_coef_)
    counts = np.asarray(model._n_support)
    ends = np.cumsum(counts)
    places = [slice(int(end - n), int(end)) for n, end in zip(counts, ends, strict=True)]
    found = np.zeros((weights.shape[1], len(_pairs(len(counts)))))
    for number, (i, j) in enumerate(_pairs(len(counts))):
        found[places[i], number] = weights[j - 1, places[i]]
        found[places[j], number] = weights[i, places[j]]
    return found


def _votes(graph: TableBuilder, decisions: Tensor, first: Any) -> Tensor:
    """How many pairs each class wins, where `first` tells whether the first of a pair does."""
    won = graph.map(where(first, 1.0, 0.0), decisions)
    one, other = _sides(decisions.size)
    return graph.contract(won, one - other, other.sum(axis=0))


def _scores(graph: TableBuilder, decisions: Tensor) -> Tensor:
    """The votes, and at most a third more or less by the sum of the decisions."""
    one, other = _sides(decisions.size)
    total = graph.contract(decisions, one - other)
    votes = _votes(graph, decisions, X >= 0.0)
    return graph.map(X + Y / (3.0 * (abs(Y) + 1.0)), votes, total)


def _sides(pairs: int) -> tuple[Array, Array]:
    """Which class is the first of each pair, and which the second, as 1 and 0."""
    count = round((1 + (1 + 8 * pairs) ** 0.5) / 2)
    one, other = np.zeros((pairs, count)), np.zeros((pairs, count))
    for number, (i, j) in enumerate(_pairs(count)):
        one[number, i] = other[number, j] = 1.0
    return one, other
