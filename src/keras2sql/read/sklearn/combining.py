"""Estimators side by side: votes, stacks, one for each target, chains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.answers import (
    asked,
    estimate_of,
    labels_as_numbers,
    of_second,
    proba_of,
    target_of,
    with_classes,
)
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import (
    Columns,
    Predicted,
    beside,
    classification,
    regression,
    vector,
)
from keras2sql.read.sklearn.registry import PASSED, estimates, fitted


def _voices(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> tuple[list[Predicted], Any] | None:
    """What the estimators of a vote say, and their weights, which sum to one."""
    fitted(model, "estimators_")
    names = [n for n, one in model.estimators if not (isinstance(one, str) and one == "drop")]
    found = asked(graph, model.estimators_, columns, lambda i: names[i])
    if model.weights is None:
        weights = np.ones(len(names))
    else:
        pairs = zip(model.estimators, model.weights, strict=True)
        weights = np.array([float(w) for (n, _), w in pairs if n in names])
    return None if found is None else (found, weights)


def _weighted(graph: TableBuilder, parts: list[Tensor], weights: Any) -> Tensor:
    rows = [graph.reshape(part, (1, part.size)) for part in parts]
    return graph.contract(graph.join(rows, 0), np.asarray(weights), equation="ek,e->k")


@estimates("sklearn.VotingRegressor", table=True, gaps=PASSED)
def voting_regressor(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The weighted mean of the estimates."""
    voices = _voices(graph, model, columns)
    if voices is None:
        return None
    found, weights = voices
    parts = [estimate_of(one) for one in found]
    return regression(_weighted(graph, parts, weights / weights.sum()))


@estimates("sklearn.VotingClassifier", table=True, gaps=PASSED)
def voting_classifier(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The most probable class by the weighted mean, or that of the most weighted votes; the first
    of equals."""
    voices = _voices(graph, model, columns)
    if voices is None:
        return None
    found, weights = voices
    classes = tuple(model.classes_)
    if model.voting == "soft":
        parts = [proba_of(one) for one in found]
        proba = _weighted(graph, parts, weights / weights.sum())
        return classification(targets.most_probable(graph, classes, proba))
    places = np.arange(len(classes))
    hot = where(ex.call("eq", X, Y), 1.0, 0.0)
    votes = [graph.map(hot, labels_as_numbers(graph, target_of(o)), places) for o in found]
    choice = graph.reduce("argmax", _weighted(graph, votes, weights), 0)
    return classification(targets.Target(classes, choice))


# -- one behind the others


def _stacked(graph: TableBuilder, model: Any, columns: Columns | None) -> Columns | None:
    """What the estimators of a stack say, as columns of the last one."""
    fitted(model, "estimators_", "final_estimator_", "stack_method_")
    names = [n for n, one in model.estimators if not (isinstance(one, str) and one == "drop")]
    found = asked(graph, model.estimators_, columns, lambda i: names[i])
    if found is None or columns is None:
        return None
    tables = []
    for name, method, one in zip(names, model.stack_method_, found, strict=True):
        part = _response(graph, one, method)
        tables.append(vector(part, [f"{name}{i}" for i in range(part.size)]))
    if model.passthrough:
        tables.append(columns)
    return beside(tables)


def _response(graph: TableBuilder, predicted: Predicted, method: str) -> Tensor:
    """What a method returns: the second of two probabilities alone, and one decision for two."""
    if predicted.estimate is not None:
        return predicted.estimate
    target = target_of(predicted)
    if method == "predict":
        return labels_as_numbers(graph, target)
    found = proba_of(predicted) if method == "predict_proba" else target.score
    if found is None:
        raise Refused(f"around a classifier that has no {method}")
    return graph.take(found, [1]) if found.size == 2 else found


@estimates("sklearn.StackingRegressor", table=True, gaps=PASSED)
def stacking_regressor(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The last estimator, of what the others estimate."""
    stacked = _stacked(graph, model, columns)
    return graph.estimated(model.final_estimator_, "final_estimator", stacked)


@estimates("sklearn.StackingClassifier", table=True, gaps=PASSED)
def stacking_classifier(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The last estimator, of the probabilities, scores or labels of the others."""
    if isinstance(getattr(model, "_label_encoder", None), list):
        raise Refused("fitted to several labels of a row")
    stacked = _stacked(graph, model, columns)
    last = graph.estimated(model.final_estimator_, "final_estimator", stacked)
    if last is None:
        return None
    return classification(with_classes(target_of(last), model.classes_))


# -- one for each target


@estimates("sklearn.MultiOutputRegressor", table=True, gaps=PASSED)
def multi_output_regressor(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The estimates one behind the other."""
    fitted(model, "estimators_")
    found = asked(graph, model.estimators_, columns, lambda i: f"target_{i}")
    if found is None:
        return None
    return regression(graph.join([estimate_of(one) for one in found], 0))


@estimates("sklearn.MultiOutputClassifier", table=True, gaps=PASSED)
def multi_output_classifier(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The targets beside each other; it has no decision function."""
    fitted(model, "estimators_")
    found = asked(graph, model.estimators_, columns, lambda i: f"target_{i}")
    if found is None:
        return None
    return classification(*(replace(target_of(one), score=None) for one in found))


def _chain(graph: TableBuilder, model: Any, columns: Columns | None) -> list[Predicted] | None:
    """What the estimators of a chain say, each of the columns and of all before it, in the order
    of the targets."""
    fitted(model, "estimators_", "order_")
    method = getattr(model, "chain_method_", "predict")
    found: dict[int, Predicted] = {}
    known = columns
    for place, (target, one) in enumerate(zip(model.order_, model.estimators_, strict=True)):
        predicted = graph.estimated(one, f"target_{int(target)}", known)
        if predicted is None or known is None:
            known = None
            continue
        found[int(target)] = predicted
        known = beside([known, vector(_link(graph, predicted, method), [f"chain{place}"])])
    return None if known is None else [found[i] for i in range(len(found))]


def _link(graph: TableBuilder, predicted: Predicted, method: str) -> Tensor:
    if predicted.estimate is not None:
        return predicted.estimate
    if method == "predict":
        return labels_as_numbers(graph, target_of(predicted))
    if method == "predict_log_proba":
        raise Refused("a chain of logarithms of probabilities")
    return of_second(graph, predicted, method)[0]


@estimates("sklearn.RegressorChain", table=True, gaps=PASSED)
def regressor_chain(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The estimates one behind the other."""
    found = _chain(graph, model, columns)
    if found is None:
        return None
    return regression(graph.join([estimate_of(one) for one in found], 0))


@estimates("sklearn.ClassifierChain", table=True, gaps=PASSED)
def classifier_chain(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The targets beside each other."""
    found = _chain(graph, model, columns)
    return None if found is None else classification(*(target_of(one) for one in found))
