"""Boosted trees: each adds to what those before it have left."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, call, exp, where
from keras2sql.graph.ops import Array
from keras2sql.graph.targets import Target
from keras2sql.graph.trees import Forest, beside, forest
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, regression
from keras2sql.read.sklearn.columns import beside as side_by_side
from keras2sql.read.sklearn.registry import TAKEN, estimates, fitted
from keras2sql.read.sklearn.trees import tree_of

_EPSILON = float(np.finfo(np.float64).eps)


def _stages(
    stages: Sequence[Sequence[Any]], tree: Callable[[Any, Callable[[Array], Array]], Forest]
) -> Forest:
    """Trees in stages, of each of which the trees have an output each: what such a tree gives is 0
    for the outputs of the others."""
    outputs = len(stages[0])

    def only(place: int, value: Array) -> Array:
        found = np.zeros((len(value), outputs))
        found[:, place] = value
        return found

    return beside(
        [
            tree(one, functools.partial(only, place))
            for stage in stages
            for place, one in enumerate(stage)
        ]
    )


# -- gradient boosting


def _raw(graph: TableBuilder, model: Any, x: Tensor, first: Array) -> Tensor:
    rate = float(model.learning_rate)
    trees = _stages(
        model.estimators_.tolist(),
        lambda one, only: tree_of(one, only(one.tree_.value.reshape(-1) * rate)),
    )
    return _plus(graph, x, trees, first)


def _plus(graph: TableBuilder, x: Tensor, trees: Forest, first: Array) -> Tensor:
    constants = forest([0], [0], [0.0], [-1], [-1], first.reshape(1, -1))
    return graph.trees(x, beside([constants, trees]))


def _kind(estimator: Any) -> str:
    return type(estimator).__name__


@estimates("sklearn.GradientBoostingRegressor")
def gradient_boosting_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The first guess and a share of each tree, whatever the loss."""
    fitted(model, "estimators_", "init_")
    first = np.zeros(1)
    if not _is_zero(model.init_):
        if _kind(model.init_) != "DummyRegressor":
            raise Refused(f"begins with a {_kind(model.init_)}; a DummyRegressor becomes SQL")
        first = np.asarray(model.init_.constant_, dtype=np.float64).reshape(-1)
    return regression(_raw(graph, model, x, first))


@estimates("sklearn.GradientBoostingClassifier")
def gradient_boosting_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Trees for the logit of the second of two classes, or of each of more; of the exponential
    loss, for half of it."""
    fitted(model, "estimators_", "init_", "classes_")
    halved = model.loss == "exponential"
    raw = _raw(graph, model, x, _prior(model, halved))
    score = targets.two_sided(graph, raw)
    if raw.size > 1:
        proba, logs = targets.by_softmax(graph, raw)
        return classification(targets.best_scored(graph, model.classes_, raw, proba, logs))
    proba, logs = targets.by_sigmoid(graph, graph.map(X * 2.0, raw) if halved else raw)
    # At 0 it is the second class here.
    choice = graph.reshape(graph.map(where(X >= 0.0, 1, 0), raw), ())
    chosen = graph.reduce("max", proba, 0)
    return classification(Target(tuple(model.classes_), choice, score, proba, logs, chosen))


def _is_zero(init: Any) -> bool:
    return isinstance(init, str) and init == "zero"


def _prior(model: Any, halved: bool) -> Array:
    """The raw predictions before the first tree, of shape (outputs,)."""
    outputs = model.estimators_.shape[1]
    if _is_zero(model.init_):
        return np.zeros(outputs)
    if _kind(model.init_) != "DummyClassifier" or model.init_.strategy != "prior":
        raise Refused(f"begins with a {_kind(model.init_)} that does not tell the prior")
    shares = np.clip(np.asarray(model.init_.class_prior_, np.float64), _EPSILON, 1 - _EPSILON)
    if outputs > 1:
        logs = np.log(shares)
        # Up to version 1.3, whose losses were classes of this module, they are not centred.
        former = type(getattr(model, "_loss", None)).__module__.endswith("_gb_losses")
        return np.asarray(logs if former else logs - logs.mean())
    logit = np.log(shares[1] / (1 - shares[1]))
    return np.array([logit / 2 if halved else logit])


# -- by histograms


def _hist_raw(graph: TableBuilder, model: Any, columns: Columns) -> Tensor:
    fitted(model, "_predictors", "_baseline_prediction")
    x = graph.numbers(_preprocessed(graph, model, columns))
    first = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
    return _plus(graph, x, _stages(model._predictors, _hist_tree), first)


def _preprocessed(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The columns as the trees read them: categories, encoded, before numbers."""
    if getattr(model, "is_categorical_", None) is None:
        return columns
    if getattr(model, "_preprocessor", None) is None:
        raise Refused("its categories were not encoded, as versions before 1.4 leave them")
    (_, encoder, chosen), *_ = model._preprocessor.transformers_
    listed = np.asarray(model.is_categorical_, dtype=bool)
    assert np.array_equal(np.asarray(chosen), listed)
    encoded = graph.transformed(encoder, "encoder", columns.take(np.flatnonzero(listed).tolist()))
    if encoded is None:
        raise Refused("has categories that are not encoded")
    return side_by_side([encoded, columns.take(np.flatnonzero(~listed).tolist())])


def _hist_tree(predictor: Any, only: Callable[[Array], Array]) -> Forest:
    """A tree as it is, whose thresholds are of 64 bit."""
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    sets = predictor.raw_left_cat_bitsets
    listed = nodes["is_categorical"].astype(bool)
    category = np.where(listed, nodes["bitset_idx"].astype(np.int64), -1)
    return forest(
        [0],
        nodes["feature_idx"],
        np.where(np.isnan(nodes["num_threshold"]), 0.0, nodes["num_threshold"]),
        np.where(leaf, -1, nodes["left"].astype(np.int64)),
        np.where(leaf, -1, nodes["right"].astype(np.int64)),
        only(nodes["value"]),
        nodes["missing_go_to_left"],
        category if len(sets) else None,
        [_members(one) for one in sets],
    )


def _members(bits: Array) -> list[int]:
    """The numbers whose bits are set in words of 32."""
    return [n for n in range(32 * len(bits)) if int(bits[n // 32]) >> (n % 32) & 1]


@estimates("sklearn.HistGradientBoostingRegressor", table=True, gaps=TAKEN)
def hist_regressor(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The sum of all trees, and its exponential where the loss is that of counts or sizes."""
    raw = _hist_raw(graph, model, columns)
    return regression(graph.map(exp(X), raw) if model.loss in ("poisson", "gamma") else raw)


@estimates("sklearn.HistGradientBoostingClassifier", table=True, gaps=TAKEN)
def hist_classifier(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """Trees for the logit of the second of two classes, or of each of more."""
    fitted(model, "classes_")
    raw = _hist_raw(graph, model, columns)
    by = targets.by_sigmoid if raw.size == 1 else targets.by_softmax
    return classification(targets.best_scored(graph, model.classes_, raw, *by(graph, raw)))


# -- AdaBoost


@estimates("sklearn.AdaBoostClassifier", table=True)
def adaboost_classifier(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """Each estimator votes for its class with its weight, and against the others with a share."""
    fitted(model, "estimators_", "estimator_weights_", "classes_")
    if getattr(model, "algorithm", "SAMME") == "SAMME.R":
        raise Refused("was fitted by SAMME.R, which is gone from scikit-learn; SAMME becomes SQL")
    classes = list(model.classes_)
    count = len(classes)
    if count < 2:
        raise Refused("knows one class alone")
    weights = np.asarray(model.estimator_weights_, dtype=np.float64)[: len(model.estimators_)]
    weights = weights / np.asarray(model.estimator_weights_).sum()
    votes = np.where(np.eye(count, dtype=bool), 1.0, -1.0 / (count - 1))
    if count == 2:
        votes = np.array([[-2.0], [2.0]])
    score = _votes(graph, model, columns, votes, weights)
    logits = graph.map(X / 2.0 if count == 2 else X / (count - 1.0), score)
    proba, logs = targets.by_softmax(graph, targets.two_sided(graph, logits))
    return classification(targets.best_scored(graph, classes, score, proba, logs))


def _votes(
    graph: TableBuilder, model: Any, columns: Columns, votes: Array, weights: Array
) -> Tensor:
    """The sum of the votes of all estimators, of shape (outputs,); `votes` are those for each
    class."""
    place = {c: i for i, c in enumerate(model.classes_.tolist())}
    if all(hasattr(one, "tree_") for one in model.estimators_):
        x = graph.numbers(columns)
        made = []
        for one, weight in zip(model.estimators_, weights, strict=True):
            chosen = np.array([place[c] for c in one.classes_.tolist()])
            best = chosen[one.tree_.value[:, 0, :].argmax(axis=1)]
            made.append(tree_of(one, votes[best] * weight))
        return graph.trees(x, beside(made))
    parts = []
    for (number, one), weight in zip(enumerate(model.estimators_), weights, strict=True):
        found = graph.estimated(one, f"estimator_{number}", columns)
        if found is None or len(found.targets) != 1:
            raise Refused("has an estimator that does not become SQL")
        (target,) = found.targets
        known = [place[c] for c in target.classes]
        vote = graph.lookup(votes[known] * weight, target.choice)
        parts.append(graph.reshape(vote, (1, votes.shape[1])))
    return graph.reduce("sum", graph.join(parts, 0), 0)


@estimates(
    "sklearn.AdaBoostRegressor", table=True, note="the median of the estimators, each with each"
)
def adaboost_regressor(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The weighted median: the least prediction below which, with itself, half of the weight is."""
    fitted(model, "estimators_", "estimator_weights_")
    count = len(model.estimators_)
    weights = np.asarray(model.estimator_weights_, dtype=np.float64)[:count]
    predicted = _predictions(graph, model, columns)
    one = graph.reshape(predicted, (count, 1))
    other = graph.reshape(predicted, (1, count))
    below = graph.map(where(call("le", X, Y), 1.0, 0.0), other, one)
    weight = graph.contract(below, weights)
    top = graph.reduce("max", predicted, 0, keepdims=True)
    half = float(weights.sum()) / 2
    enough = graph.map(where(X >= half, Y, Z), weight, predicted, top)
    return regression(graph.reduce("min", enough, 0, keepdims=True))


def _predictions(graph: TableBuilder, model: Any, columns: Columns) -> Tensor:
    """What each estimator predicts, of shape (estimators,)."""
    if all(hasattr(one, "tree_") for one in model.estimators_):
        stage = [list(model.estimators_)]
        trees = _stages(stage, lambda one, only: tree_of(one, only(one.tree_.value.reshape(-1))))
        return graph.trees(graph.numbers(columns), trees)
    parts = []
    for number, one in enumerate(model.estimators_):
        found = graph.estimated(one, f"estimator_{number}", columns)
        if found is None or found.estimate is None:
            raise Refused("has an estimator that does not become SQL")
        parts.append(graph.reshape(found.estimate, (1,)))
    return graph.join(parts, 0)
