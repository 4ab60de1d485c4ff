"""Several classes by estimators of two."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.graph.targets import Target
from keras2sql.read.sklearn.answers import asked, of_second, target_of
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification
from keras2sql.read.sklearn.registry import PASSED, estimates, fitted


@estimates("sklearn.OneVsRestClassifier", table=True, gaps=PASSED)
def one_vs_rest(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The class whose estimator is surest; with several labels of a row, each for itself."""
    fitted(model, "estimators_", "label_binarizer_")
    found = asked(graph, model.estimators_, columns)
    if found is None:
        return None
    if str(model.label_binarizer_.y_type_).startswith("multilabel"):
        return classification(*(_alone(graph, one) for one in found))
    if len(found) == 1:
        return classification(replace(_alone(graph, found[0]), classes=tuple(model.classes_)))
    answers = [of_second(graph, one)[0] for one in found]
    surest = graph.join(answers, 0)
    scored = all(one.targets and one.targets[0].score is not None for one in found)
    proba = None
    if all(one.targets and one.targets[0].proba is not None for one in found):
        each = graph.join([of_second(graph, one, "predict_proba")[0] for one in found], 0)
        total = graph.reduce("sum", each, 0, keepdims=True)
        proba = graph.map(X / where(Y > 0.0, Y, 1.0), each, total)
    return classification(_best(graph, model, surest, surest if scored else None, proba))


def _best(
    graph: TableBuilder, model: Any, surest: Tensor, score: Tensor | None, proba: Tensor | None
) -> Target:
    choice = graph.reduce("argmax", surest, 0)
    if proba is None:
        return Target(tuple(model.classes_), choice, score)
    logarithms = targets.logarithms(graph, proba)
    chosen = targets.of_choice(graph, proba, choice)
    return Target(tuple(model.classes_), choice, score, proba, logarithms, chosen)


def _alone(graph: TableBuilder, predicted: Predicted) -> Target:
    """A target of classes 0 and 1: above the threshold it is 1."""
    value, threshold = of_second(graph, predicted)
    choice = graph.reshape(graph.map(where(threshold < X, 1.0, 0.0), value), ())
    inner = predicted.targets[0] if predicted.targets else None
    if inner is None or inner.proba is None:
        return Target((0, 1), choice, None if inner is None else inner.score)
    chosen = targets.of_choice(graph, inner.proba, choice)
    return Target((0, 1), choice, inner.score, inner.proba, inner.log_proba, chosen)


@estimates("sklearn.OneVsOneClassifier", table=True, gaps=PASSED)
def one_vs_one(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The class with the most votes; what tells equals apart is how sure these are."""
    fitted(model, "estimators_", "classes_")
    found = asked(graph, model.estimators_, columns)
    if found is None:
        return None
    classes = tuple(model.classes_)
    sure = graph.join([of_second(graph, one)[0] for one in found], 0)
    choices = [graph.reshape(_as_number(graph, target_of(one)), (1,)) for one in found]
    score = votes(graph, graph.join(choices, 0), sure, len(classes))
    if len(classes) > 2:
        return classification(targets.best_scored(graph, classes, score))
    second = graph.take(score, [1])
    threshold = of_second(graph, found[0])[1]
    choice = graph.reshape(graph.map(where(threshold < X, 1.0, 0.0), second), ())
    return classification(Target(classes, choice, targets.two_sided(graph, second)))


def _as_number(graph: TableBuilder, target: Target) -> Tensor:
    return graph.lookup(np.array([0.0, 1.0]), target.choice)


def votes(graph: TableBuilder, choices: Tensor, sure: Tensor, classes: int) -> Tensor:
    """A score for each class: its votes, and what the estimators of its pairs sum up to, squeezed
    between -1/3 and 1/3 (`_ovr_decision_function` in sklearn/utils/multiclass.py).

    `choices` are 1 where a pair's second class has its vote, else 0; `sure` is positive for it.
    """
    pairs = list(itertools.combinations(range(classes), 2))
    sides = np.zeros((len(pairs), classes))
    first = np.zeros((len(pairs), classes))
    for number, (i, j) in enumerate(pairs):
        sides[number, i], sides[number, j] = -1.0, 1.0
        first[number, i] = 1.0
    counted = graph.contract(choices, sides, first.sum(axis=0))
    total = graph.contract(sure, sides)
    return graph.map(X + Y / (3.0 * (abs(Y) + 1.0)), counted, total)


@estimates("sklearn.OutputCodeClassifier", table=True, gaps=PASSED)
def output_code(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The class whose code is nearest to what the estimators say."""
    fitted(model, "estimators_", "code_book_", "classes_")
    found = asked(graph, model.estimators_, columns)
    if found is None:
        return None
    said = graph.join([of_second(graph, one)[0] for one in found], 0)
    code = np.asarray(model.code_book_, dtype=np.float64)
    away = graph.map(X - Y, graph.reshape(said, (1, said.size)), code)
    near = graph.map(-X, graph.reduce("sum", graph.map(X * X, away), 1))
    choice = graph.reduce("argmax", near, 0)
    return classification(Target(tuple(model.classes_), choice))


@estimates("sklearn._ConstantPredictor")
def constant_predictor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """What stands for the estimator of a class that no row, or every row, is of."""
    fitted(model, "y_")
    value = float(np.asarray(model.y_).reshape(-1)[0])
    proba = graph.constant(np.array([1.0 - value, value]))
    score = graph.constant(np.array([-value, value]))
    return classification(targets.most_probable(graph, (0, 1), proba, score))
