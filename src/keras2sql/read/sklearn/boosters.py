"""Boosted trees of XGBoost, LightGBM and CatBoost: estimators, their boosters, and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from keras2sql.errors import InputError
from keras2sql.graph import expr as ex
from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, exp, where
from keras2sql.graph.functions import softplus
from keras2sql.graph.targets import Target
from keras2sql.graph.trees import beside, forest
from keras2sql.layers.foreign import Refused
from keras2sql.read.boosters import catboost, lightgbm, xgboost
from keras2sql.read.boosters.model import Boosted
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, regression
from keras2sql.read.sklearn.encoding import coded
from keras2sql.read.sklearn.registry import ESTIMATORS, TAKEN, class_name, estimates

FILE = "keras2sql.Boosted"
"""What a file of such a model is read into, by the name under which it is registered."""

_HASHED = "not where trees ask for categories, which are hashed"
_NOTHING = float("nan")
_ZERO = float(np.float32(1e-35))  # up to which LightGBM takes a number for 0

_LINKS = {
    "identity": X,
    "sigmoid": ex.sigmoid(X),
    "exp": exp(X),
    "square": X * abs(X),
    "softplus": softplus(),
}


@estimates("keras2sql.Boosted", table=True, gaps=TAKEN)
def boosted(
    graph: TableBuilder, model: Boosted, columns: Columns, scored: bool = False
) -> Predicted:
    """The sum of all trees, and the link behind it; `scored` tells that the sum is the decision
    function of a classifier."""
    x = _prepared(graph, model, columns)
    first = model.first
    if model.weights is None:
        assert model.trees is not None
        constants = forest([0], [0], [0.0], [-1], [-1], first.reshape(1, -1))
        raw = graph.trees(x, beside([constants, model.trees]))
    else:
        given = graph.map(where(Y, 0.0, X), x, graph.missing(x))
        raw = graph.contract(given, model.weights, first)
    logits = raw if model.scale == 1.0 else graph.map(X * model.scale, raw)
    if model.labels:
        found = _targets(graph, model, logits)
        if scored:
            total = raw if model.rounds == 1.0 else graph.map(X * model.rounds, raw)
            found = [replace(one, score=targets.two_sided(graph, total)) for one in found]
        return classification(*found)
    raw = logits
    if model.link == "softmax":
        return regression(targets.by_softmax(graph, raw)[0])
    return regression(graph.map(_LINKS[model.link], raw))


def _targets(graph: TableBuilder, model: Boosted, raw: Tensor) -> list[Target]:
    """One target of all classes, or one of two classes for each output."""
    if model.link == "softmax":
        proba, logs = targets.by_softmax(graph, raw)
        return [targets.most_probable(graph, model.labels[0], proba, None, logs)]
    if len(model.labels) == 1 and raw.size > 1:  # one against all others
        proba = graph.map(ex.sigmoid(X), raw)
        return [targets.most_probable(graph, model.labels[0], proba)]
    each = [raw] if raw.size == 1 else [graph.take(raw, [i]) for i in range(raw.size)]
    found = []
    for classes, logit in zip(model.labels, each, strict=True):
        proba, logs = targets.by_sigmoid(graph, logit)
        if model.threshold is not None:
            bound = math.log(model.threshold / (1 - model.threshold))
            choice = graph.reshape(graph.map(where(X > bound, 1, 0), logit), ())
            chosen = targets.of_choice(graph, proba, choice)
            found.append(Target(classes, choice, None, proba, logs, chosen))
            continue
        found.append(targets.most_probable(graph, classes, proba, None, logs))
    return found


def booster_of(model: Any) -> Boosted | None:
    """What an estimator of these libraries is read into; None for any other."""
    if isinstance(found := getattr(model, "model", None), Boosted):
        return found
    read = {"xgboost": _of_xgboost, "lightgbm": _of_lightgbm, "catboost": _of_catboost}
    package = type(model).__module__.partition(".")[0]
    if package not in read or class_name(type(model)) not in ESTIMATORS:
        return None
    return read[package](model, "classifier" if hasattr(model, "predict_proba") else "regressor")


# -- columns as the trees see them


def _prepared(graph: TableBuilder, model: Boosted, columns: Columns) -> Tensor:
    """The vector that the trees read, in which NaN is a missing value."""
    if not model.categories:
        return _repaired(graph, model, graph.numbers(columns), range(len(columns)))
    numbers = [i for i in range(len(columns)) if i not in model.categories]
    parts: list[Tensor] = []
    if numbers:
        parts.append(_repaired(graph, model, graph.numbers(columns.take(numbers)), numbers))
    for place, listed in model.categories.items():
        codes = [float(code) for code in range(len(listed))]
        code = coded(graph, columns, place, listed, codes, model.unknown)
        if place in columns.gaps:
            text = any(isinstance(one, str) for one in listed)
            x = graph.text(columns, place) if text else graph.number(columns, place)
            code = graph.map(where(Y, _NOTHING, X), code, graph.missing(x))
        parts.append(graph.reshape(code, (1,)))
    joined = graph.join(parts, 0)
    order = [*numbers, *model.categories]
    return graph.take(joined, [order.index(i) for i in range(len(columns))])


def _repaired(graph: TableBuilder, model: Boosted, x: Tensor, places: Sequence[int]) -> Tensor:
    """Numbers, those that stand for a missing value as NaN, those that are codes cut."""
    if model.marker is not None:
        low, high = _rounded_to(model.marker)
        x = graph.map(where(ex.call("and", X >= low, X <= high), _NOTHING, X), x)
    if any(place in model.codes for place in places):
        codes = np.array([float(place in model.codes) for place in places])
        x = graph.map(where(Y > 0.0, ex.call(model.cut, X), X), x, codes)
    if any(place in model.zeros for place in places):
        zeros = np.array([_ZERO if place in model.zeros else -1.0 for place in places])
        x = graph.map(where(abs(X) <= Y, _NOTHING, X), x, zeros)
    return x


def _rounded_to(marker: float) -> tuple[float, float]:
    """The least and the greatest number of 64 bit that is this one in 32 bit."""
    near = np.float32(marker)
    below, above = (np.nextafter(near, np.float32(to)) for to in (-np.inf, np.inf))
    even = bool(near.view(np.int32) % 2 == 0)
    ends = []
    for side, to in ((below, np.inf), (above, -np.inf)):
        half = (float(near) + float(side)) / 2
        ends.append(half if even else float(np.nextafter(half, to)))
    return ends[0], ends[1]


# -- XGBoost


@estimates("xgboost.XGBClassifier", "xgboost.XGBRFClassifier", table=True, gaps=TAKEN)
def xgboost_classifier(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The classes are 0, 1, ..., as XGBoost wants them."""
    return boosted(graph, _of_xgboost(model, "classifier"), columns)


@estimates(
    "xgboost.XGBRegressor",
    "xgboost.XGBRFRegressor",
    "xgboost.XGBRanker",
    table=True,
    gaps=TAKEN,
)
def xgboost_regressor(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """What the objective makes of the sum; a ranker's score."""
    return boosted(graph, _of_xgboost(model, "regressor"), columns)


@estimates("xgboost.Booster", table=True, gaps=TAKEN, note="and its files .json and .ubj")
def xgboost_booster(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """A booster without an estimator: the objective tells whether there are classes."""
    return boosted(graph, xgboost.of_booster(model), columns)


def _of_xgboost(model: Any, task: str) -> Boosted:
    if getattr(model, "_Booster", None) is None:
        raise InputError(f"the {type(model).__name__} is not fitted; call fit first")
    if task == "classifier" and callable(model.objective):
        raise Refused("an objective of one's own, behind which no class is told")
    found = xgboost.of_booster(model._Booster, task, best=True)
    missing = getattr(model, "missing", None)
    if missing is None or missing != missing:
        return found
    return replace(found, marker=float(missing))


# -- LightGBM


@estimates("lightgbm.LGBMClassifier", table=True, gaps=TAKEN)
def lightgbm_classifier(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The decision function is the sum itself, since version 4.7."""
    read = _of_lightgbm(model, "classifier")
    return boosted(graph, read, columns, hasattr(model, "decision_function"))


@estimates("lightgbm.LGBMRegressor", "lightgbm.LGBMRanker", table=True, gaps=TAKEN)
def lightgbm_regressor(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """What the objective makes of the sum; a ranker's score."""
    return boosted(graph, _of_lightgbm(model, "regressor"), columns)


@estimates("lightgbm.Booster", table=True, gaps=TAKEN, note="and its files .txt")
def lightgbm_booster(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """A booster without an estimator: the objective tells whether there are classes."""
    return boosted(graph, lightgbm.of_booster(model), columns)


def _of_lightgbm(model: Any, task: str) -> Boosted:
    booster = getattr(model, "_Booster", None)
    if booster is None:
        raise InputError(f"the {type(model).__name__} is not fitted; call fit first")
    if task == "regressor":
        return lightgbm.of_booster(booster, task)
    if callable(getattr(model, "_objective", model.objective)):
        raise Refused("an objective of one's own, behind which no class is told")
    return lightgbm.of_booster(booster, task, list(model.classes_))


# -- CatBoost


@estimates("catboost.CatBoostClassifier", table=True, gaps=TAKEN, note=_HASHED)
def catboost_classifier(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The class above the threshold, where there are two; the most probable of more."""
    return boosted(graph, _of_catboost(model, "classifier"), columns)


@estimates(
    "catboost.CatBoostRegressor", "catboost.CatBoostRanker", table=True, gaps=TAKEN, note=_HASHED
)
def catboost_regressor(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """What the loss makes of the sum; a ranker's score."""
    return boosted(graph, _of_catboost(model, "regressor"), columns)


@estimates("catboost.CatBoost", table=True, gaps=TAKEN, note=f"and its files of JSON; {_HASHED}")
def catboost_model(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """One that is neither: the loss tells whether there are classes."""
    return boosted(graph, catboost.of_model(model), columns)


def _of_catboost(model: Any, task: str) -> Boosted:
    if getattr(model, "tree_count_", None) is None:
        raise InputError(f"the {type(model).__name__} is not fitted; call fit first")
    return catboost.of_model(model, task)
