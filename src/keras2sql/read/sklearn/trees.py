"""Decision trees and the averages of many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X
from keras2sql.graph.ops import Array
from keras2sql.graph.targets import Target
from keras2sql.graph.trees import Forest, beside, forest, of_single
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification, regression
from keras2sql.read.sklearn.registry import REFUSED, TAKEN, estimates, fitted


def takes_missing(model: Any) -> str:
    """What a tree, or the first of a forest's, makes of missing values: it sends them where those
    of the fit belonged, or to the side of more rows; so does one of random splits alone."""
    tree = model if hasattr(model, "tree_") else next(iter(getattr(model, "estimators_", [])), None)
    if tree is None or not hasattr(tree, "tree_"):
        return REFUSED
    extra = type(tree).__name__.startswith("ExtraTree") and tree.splitter != "random"
    return REFUSED if extra or _missing_left(tree) is None else TAKEN


def _missing_left(tree: Any) -> Array | None:
    """Where each node sends missing values; None before version 1.3."""
    found = getattr(tree.tree_, "missing_go_to_left", None)
    return None if found is None else np.asarray(found, dtype=bool)


def tree_of(model: Any, value: Any = None, missing: bool = False) -> Forest:
    """A tree; `value`, of shape (nodes, outputs), is taken instead of its own, and `missing` tells
    whether values may be missing."""
    fitted(model, "tree_")
    tree = model.tree_
    return forest(
        [0],
        tree.feature,
        of_single(tree.threshold),
        tree.children_left,
        tree.children_right,
        tree.value if value is None else value,
        _missing_left(model) if missing else None,
    )


def of_features(trees: Forest, chosen: Any) -> Forest:
    """The same where the trees read these of the columns."""
    places = np.asarray(chosen, dtype=np.intp)
    return replace(trees, feature=np.where(trees.leaf, 0, places[trees.feature]))


def probabilities(model: Any) -> Array:
    """What the leaves of a classifier hold, as probabilities: before version 1.3 they are numbers
    of rows."""
    value = np.asarray(model.tree_.value, dtype=np.float64)
    total = value.sum(axis=2, keepdims=True)
    shares = value if np.allclose(total, 1.0) else value / np.where(total == 0, 1.0, total)
    return shares.reshape(len(value), -1)


def _averaged(graph: TableBuilder, model: Any, trees: list[Any], x: Tensor, leaves: Any) -> Tensor:
    missing = takes_missing(model) == TAKEN
    total = graph.trees(x, beside([tree_of(t, leaves(t), missing) for t in trees]))
    return graph.map(X / float(len(trees)), total) if len(trees) > 1 else total


def _classified(graph: TableBuilder, model: Any, trees: list[Any], x: Tensor) -> Predicted:
    """The mean of the probabilities of the trees, and the most probable class, for each target."""
    fitted(model, "classes_", "n_classes_")
    mean = _averaged(graph, model, trees, x, probabilities)
    several = isinstance(model.classes_, list)
    classes = model.classes_ if several else [model.classes_]
    most = max(map(len, classes))
    made: list[Target] = []
    for place, listed in enumerate(classes):
        start = place * most
        whole = mean.size == len(listed)
        proba = mean if whole else graph.take(mean, range(start, start + len(listed)))
        made.append(targets.most_probable(graph, tuple(listed), proba))
    return classification(*made)


@estimates("sklearn.DecisionTreeClassifier", "sklearn.ExtraTreeClassifier", gaps=takes_missing)
def tree_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The shares of the classes in a leaf."""
    fitted(model, "tree_")
    return _classified(graph, model, [model], x)


@estimates("sklearn.DecisionTreeRegressor", "sklearn.ExtraTreeRegressor", gaps=takes_missing)
def tree_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The mean, or the median, of a leaf."""
    return regression(graph.trees(x, tree_of(model, missing=takes_missing(model) == TAKEN)))


@estimates("sklearn.RandomForestClassifier", "sklearn.ExtraTreesClassifier", gaps=takes_missing)
def forest_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The mean of the probabilities of all trees."""
    fitted(model, "estimators_")
    return _classified(graph, model, list(model.estimators_), x)


@estimates("sklearn.RandomForestRegressor", "sklearn.ExtraTreesRegressor", gaps=takes_missing)
def forest_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The mean of all trees."""
    fitted(model, "estimators_")
    trees = list(model.estimators_)
    return regression(_averaged(graph, model, trees, x, lambda tree: tree.tree_.value))
