"""Forests of random trees that tell how far down, and where, a row ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, call, exp, where
from keras2sql.graph.ops import Array
from keras2sql.graph.targets import Target, two_sided
from keras2sql.graph.trees import Forest, beside
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, vector
from keras2sql.read.sklearn.registry import TAKEN, estimates, fitted, transforms
from keras2sql.read.sklearn.trees import of_features, takes_missing, tree_of


def _path_length(rows: Array) -> Array:
    """How far down one of so many rows is in a tree that splits at random, on average."""
    count = np.asarray(rows, dtype=np.float64)
    many = np.maximum(count, 3.0)
    long = 2.0 * (np.log(many - 1.0) + np.euler_gamma) - 2.0 * (many - 1.0) / many
    return np.asarray(np.where(count <= 1, 0.0, np.where(count <= 2, 1.0, long)))


def _depths(tree: Any, features: Any, missing: bool) -> Forest:
    bare = tree_of(tree, missing=missing)
    depth = bare.levels + _path_length(tree.tree_.n_node_samples)
    return of_features(tree_of(tree, depth, missing), features)


@estimates("sklearn.IsolationForest", gaps=takes_missing)
def isolation_forest(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """1 for a row like those that it was fitted to, -1 for one that few splits set apart.

    The score is ``-2 ** (-depth / expected depth)`` less the offset (Liu et al. 2008).
    """
    fitted(model, "estimators_", "estimators_features_", "offset_", "_max_samples")
    missing = takes_missing(model) == TAKEN
    pairs = zip(model.estimators_, model.estimators_features_, strict=True)
    depth = graph.trees(x, beside([_depths(tree, chosen, missing) for tree, chosen in pairs]))
    expected = len(model.estimators_) * float(_path_length(model._max_samples))
    if expected:
        power = exp(X * (-float(np.log(2.0)) / expected))
        score = graph.map(-power - float(model.offset_), depth)
    else:  # of one row
        score = graph.constant(np.array([-0.5 - float(model.offset_)]))
    choice = graph.reshape(graph.map(where(X >= 0.0, 1, 0), score), ())
    return classification(Target((-1, 1), choice, two_sided(graph, score)))


@transforms("sklearn.RandomTreesEmbedding", table=True, gaps=takes_missing)
def random_trees_embedding(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """A column for each leaf of each tree: 1 where the row ends."""
    fitted(model, "estimators_", "one_hot_encoder_")
    missing = takes_missing(model) == TAKEN
    trees, count = [], len(model.estimators_)
    for place, tree in enumerate(model.estimators_):
        number = np.zeros((tree.tree_.node_count, count))
        number[:, place] = np.arange(tree.tree_.node_count)
        trees.append(tree_of(tree, number, missing))
    ends = graph.trees(graph.numbers(columns), beside(trees))
    known = [np.asarray(one, dtype=np.float64) for one in model.one_hot_encoder_.categories_]
    of_tree = np.repeat(np.arange(count), [len(one) for one in known])
    leaves = np.concatenate(known)
    made = graph.map(where(call("eq", X, Y), 1.0, 0.0), graph.take(ends, of_tree), leaves)
    names = [f"randomtreesembedding_{t}_{int(n)}" for t, n in zip(of_tree, leaves, strict=True)]
    return vector(made, names)
