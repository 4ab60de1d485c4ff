"""Many estimators, each fitted to a part of the rows and of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X
from keras2sql.graph.targets import Target
from keras2sql.graph.trees import beside
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, regression
from keras2sql.read.sklearn.registry import PASSED, TAKEN, estimates, fitted
from keras2sql.read.sklearn.trees import of_features, probabilities, takes_missing, tree_of


def _tree_columns(graph: TableBuilder, model: Any, columns: Columns) -> Tensor | None:
    """The columns as one vector, where all estimators are trees, which make one forest."""
    if not all(hasattr(one, "tree_") for one in model.estimators_):
        return None
    if takes_missing(model) == TAKEN:
        graph.allow_gaps(columns)
        return graph.numbers(columns)
    return graph.numbers(graph.complete(columns))


def _each(graph: TableBuilder, model: Any, columns: Columns) -> list[Predicted]:
    found = []
    for number, (one, chosen) in enumerate(
        zip(model.estimators_, model.estimators_features_, strict=True)
    ):
        part = columns.take([int(place) for place in chosen])
        made = graph.estimated(one, f"estimator_{number}", part)
        if made is None:
            raise Refused("has an estimator that does not become SQL")
        found.append(made)
    return found


def _mean(graph: TableBuilder, parts: list[Tensor]) -> Tensor:
    total = graph.reduce("sum", graph.join([graph.reshape(p, (1, *p.shape)) for p in parts], 0), 0)
    return graph.map(X / float(len(parts)), total)


@estimates("sklearn.BaggingRegressor", table=True, gaps=PASSED)
def bagging_regressor(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The mean of all."""
    fitted(model, "estimators_", "estimators_features_")
    if columns is None:
        return None
    x = _tree_columns(graph, model, columns)
    if x is None:
        parts = [p.estimate for p in _each(graph, model, columns) if p.estimate is not None]
        return regression(_mean(graph, parts))
    missing = takes_missing(model) == TAKEN
    pairs = zip(model.estimators_, model.estimators_features_, strict=True)
    trees = beside([of_features(tree_of(t, missing=missing), chosen) for t, chosen in pairs])
    return regression(graph.map(X / float(len(model.estimators_)), graph.trees(x, trees)))


@estimates("sklearn.BaggingClassifier", table=True, gaps=PASSED)
def bagging_classifier(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The mean of the probabilities, or the share of the votes where there are none."""
    fitted(model, "estimators_", "estimators_features_", "classes_")
    if columns is None:
        return None
    x = _tree_columns(graph, model, columns)
    if x is None:
        return _of_others(graph, model, columns)
    missing = takes_missing(model) == TAKEN
    made = []
    for tree, chosen in zip(model.estimators_, model.estimators_features_, strict=True):
        shares = np.zeros((tree.tree_.node_count, len(model.classes_)))
        shares[:, np.asarray(tree.classes_, dtype=np.intp)] = probabilities(tree)
        made.append(of_features(tree_of(tree, shares, missing), chosen))
    proba = graph.map(X / float(len(made)), graph.trees(x, beside(made)))
    return classification(targets.most_probable(graph, tuple(model.classes_), proba))


def _of_others(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """Of estimators whose classes are places among those of the model."""
    found = [made.targets[0] for made in _each(graph, model, columns)]
    proba = _mean(graph, [_among(graph, model, one, one.proba) for one in found])
    score = None
    if all(one.score is not None for one in found):
        parts = [one.score for one in found if one.score is not None]
        if any(len(one.classes) != len(model.classes_) for one in found):
            raise Refused("has an estimator that was fitted without one of the classes")
        score = _mean(graph, parts)
    return classification(targets.most_probable(graph, tuple(model.classes_), proba, score))


def _among(graph: TableBuilder, model: Any, one: Target, proba: Tensor | None) -> Tensor:
    """Probabilities of all classes of the model: 0 for one that an estimator does not know; those
    of one without are 1 for its choice."""
    share = graph.lookup(np.eye(len(one.classes)), one.choice) if proba is None else proba
    place = {int(c): i for i, c in enumerate(one.classes)}
    return graph.take(share, [place.get(c, -1) for c in range(len(model.classes_))])
