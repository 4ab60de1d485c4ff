"""Clusters: the number of the nearest centre, or the distances to all."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, sqrt, where
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import Array, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification
from keras2sql.read.sklearn.registry import NUMBERED, estimates, fitted, transforms


def distances(graph: TableBuilder, x: Tensor, points: Array) -> Tensor:
    """The Euclidean distance of `x` to each point, of shape (points,)."""
    squares = graph.map((X - Y) * (X - Y), x, points)
    return graph.map(sqrt(X), graph.reduce("sum", squares, 1))


def nearness(graph: TableBuilder, x: Tensor, points: Array) -> Tensor:
    """``2 x . p - p . p`` for each point p, which is the greater the nearer that is: without the
    square of x, as scikit-learn compares."""
    return graph.contract(x, 2.0 * points.T, -(points**2).sum(axis=1))


@estimates(
    "sklearn.KMeans", "sklearn.MiniBatchKMeans", "sklearn.MeanShift", "sklearn.AffinityPropagation"
)
def k_means(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The nearest centre, the first of equals."""
    fitted(model, "cluster_centers_")
    centers = floats(model.cluster_centers_)
    if not len(centers):
        raise Refused("has no centres, as it did not converge")
    return _numbered(graph, nearness(graph, x, centers))


@transforms("sklearn.KMeans", "sklearn.MiniBatchKMeans", "sklearn.BisectingKMeans", called=NUMBERED)
def distances_to_centers(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The distance to each centre."""
    fitted(model, "cluster_centers_")
    return distances(graph, x, floats(model.cluster_centers_))


@transforms("sklearn.FeatureAgglomeration", called=NUMBERED, note="pooling by mean, max or min")
def feature_agglomeration(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """One number for all columns of a cluster."""
    fitted(model, "labels_")
    groups = [np.flatnonzero(model.labels_ == label) for label in np.unique(model.labels_)]
    name = getattr(model.pooling_func, "__name__", "")
    if model.pooling_func not in (np.mean, np.max, np.min, np.amax, np.amin):
        raise Refused(f"pools by {name or 'a function'}, which is never executed")
    how = name.removeprefix("a")
    return graph.join(
        [graph.reduce(how, graph.take(x, group), 0, keepdims=True) for group in groups], 0
    )


@estimates("sklearn.BisectingKMeans")
def bisecting_k_means(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Down a tree, at each fork to the nearer of two centres, to the left between equals."""
    fitted(model, "cluster_centers_", "_bisecting_tree")
    forks, leaves = _walk(model._bisecting_tree)
    if not forks:
        return _numbered(graph, nearness(graph, x, floats(model.cluster_centers_)))
    mean = floats(getattr(model, "_X_mean", 0.0))
    sides = [np.array([floats(side) for side in pair]) + mean for pair in forks]
    near = [nearness(graph, x, np.array([pair[i] for pair in sides])) for i in (0, 1)]
    left = graph.map(where(X >= Y, 1.0, 0.0), *near)
    # A leaf scores minus the number of forks on its path that lead elsewhere.
    weights = np.zeros((len(forks), len(leaves)))
    for label, path in leaves.items():
        for fork, is_left in path:
            weights[fork, label] = 1.0 if is_left else -1.0
    return _numbered(graph, graph.contract(left, weights, -(weights > 0).sum(axis=0) * 1.0))


Path = tuple[tuple[int, bool], ...]


def _walk(root: Any) -> tuple[list[tuple[Any, Any]], dict[int, Path]]:
    """The pairs of centres at the forks of the tree, and for each label which forks lead to it,
    and whether to the left."""
    forks: list[tuple[Any, Any]] = []
    leaves: dict[int, Path] = {}
    waiting: list[tuple[Any, Path]] = [(root, ())]
    while waiting:
        node, path = waiting.pop()
        if node.left is None:
            leaves[int(node.label)] = path
            continue
        number = len(forks)
        forks.append((node.left.center, node.right.center))
        waiting += [(node.right, (*path, (number, False))), (node.left, (*path, (number, True)))]
    return forks, leaves


@estimates("sklearn.Birch")
def birch(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The cluster of the nearest centre of a subcluster."""
    fitted(model, "subcluster_centers_", "subcluster_labels_")
    near = nearness(graph, x, floats(model.subcluster_centers_))
    labels, places = np.unique(np.asarray(model.subcluster_labels_), return_inverse=True)
    choice = graph.lookup(places.reshape(-1), graph.reduce("argmax", near, 0))
    return classification(Target(tuple(labels), choice))


@transforms("sklearn.Birch", called=NUMBERED)
def distances_to_subclusters(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The distance to the centre of each subcluster."""
    fitted(model, "subcluster_centers_")
    return distances(graph, x, floats(model.subcluster_centers_))


def _numbered(graph: TableBuilder, scores: Tensor) -> Predicted:
    """The cluster with the greatest score, the first of equals."""
    classes = tuple(range(scores.size))
    return classification(Target(classes, graph.reduce("argmax", scores, 0)))
