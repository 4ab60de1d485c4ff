"""Probabilities calibrated, thresholds moved; isotonic regression."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Expr, X, Y, as_expr, where
from keras2sql.graph.functions import softmax
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.answers import of_second, proba_of, target_of
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, regression
from keras2sql.read.sklearn.piecewise import knots, through
from keras2sql.read.sklearn.registry import PASSED, estimates, fitted

_EPSILON = 1e-12  # added to probabilities whose logarithm is taken, in sklearn/calibration.py


@estimates("sklearn.IsotonicRegression", width=1)
def isotonic_regression(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Lines through the thresholds; beyond them as `out_of_bounds` says."""
    fitted(model, "X_thresholds_", "y_thresholds_")
    y = graph.map(_isotonic(model), x)
    if model.out_of_bounds == "clip":
        return regression(y)
    low, high = float(model.X_min_), float(model.X_max_)
    outside = where(ex.call("or", low > X, high < X), 1.0, 0.0)
    nothing = graph.find([0.0], [0.0], graph.map(outside, x))  # such a row has no prediction
    return regression(graph.map(X + Y, y, nothing))


def _isotonic(model: Any) -> Expr:
    places = np.asarray(model.X_thresholds_, dtype=np.float64)
    values = np.asarray(model.y_thresholds_, dtype=np.float64)
    if len(places) == 1:
        return as_expr(float(values[0])) + 0.0 * X
    return through(knots(places, values))


@estimates("sklearn.CalibratedClassifierCV", table=True, gaps=PASSED)
def calibrated_classifier(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The mean of the calibrated probabilities of all folds."""
    fitted(model, "calibrated_classifiers_", "classes_")
    parts: list[Tensor] = []
    for number, one in enumerate(model.calibrated_classifiers_):
        inner = getattr(one, "estimator", None) or one.base_estimator
        predicted = graph.estimated(inner, f"fold_{number}", columns)
        if predicted is not None:
            parts.append(_calibrated(graph, one, inner, predicted, len(model.classes_)))
    if len(parts) < len(model.calibrated_classifiers_):
        return None
    rows = [graph.reshape(part, (1, part.size)) for part in parts]
    proba = graph.reduce("mean", graph.join(rows, 0), 0) if len(parts) > 1 else parts[0]
    return classification(targets.most_probable(graph, tuple(model.classes_), proba))


def _calibrated(
    graph: TableBuilder, fold: Any, inner: Any, predicted: Predicted, count: int
) -> Tensor:
    target = target_of(predicted)
    if len(target.classes) != count:
        raise Refused("a fold that lacks a class")
    if fold.method == "temperature":
        return _by_temperature(graph, fold.calibrators[0], target)
    if count == 2:
        said = of_second(graph, predicted)[0]
    else:
        said = target.score if target.score is not None else proba_of(predicted)
    each = []
    for place, calibrator in enumerate(fold.calibrators):
        each.append(graph.map(_calibrator(calibrator), graph.take(said, [place])))
    if count == 2:
        return targets.complemented(graph, each[0])
    all_ = graph.join(each, 0)
    total = graph.reduce("sum", all_, 0, keepdims=True)
    none = ex.call("eq", Y, 0.0)
    return graph.map(where(none, 1.0 / count, X / where(none, 1.0, Y)), all_, total)


def _calibrator(model: Any) -> Expr:
    name = type(model).__name__
    if name == "IsotonicRegression":
        return _isotonic(model)
    if name == "_SigmoidCalibration":
        return ex.sigmoid(-(float(model.a_) * X + float(model.b_)))
    raise Refused(f"calibrated by a {name}")


def _by_temperature(graph: TableBuilder, model: Any, target: Target) -> Tensor:
    beta = float(model.beta_)
    if target.score is not None:
        return softmax(graph, graph.map(beta * X, target.score))
    if target.proba is None:
        raise Refused("around a classifier without scores and probabilities")
    return softmax(graph, graph.map(beta * ex.log(X + _EPSILON), target.proba))


# -- thresholds


@estimates(
    "sklearn.FixedThresholdClassifier",
    "sklearn.TunedThresholdClassifierCV",
    table=True,
    gaps=PASSED,
)
def threshold_classifier(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The positive class from the threshold on; scores and probabilities are the estimator's."""
    inner = getattr(model, "estimator_", None) or model.estimator
    predicted = graph.estimated(inner, "estimator", columns)
    if predicted is None:
        return None
    target = target_of(predicted)
    tuned = getattr(model, "best_threshold_", None)
    wanted = model.threshold if tuned is None else tuned
    method = str(model.response_method)
    if method == "auto":
        method = "predict_proba" if target.proba is not None else "decision_function"
    value, threshold = of_second(graph, predicted, method)
    if isinstance(wanted, str):
        wanted = threshold
    positive = _positive(model, target)
    if positive == 0:
        value = graph.map(1.0 - X if method == "predict_proba" else -X, value)
    chosen = float(positive), float(1 - positive)
    choice = graph.reshape(graph.map(where(float(wanted) <= X, *chosen), value), ())
    probability = None if target.proba is None else targets.of_choice(graph, target.proba, choice)
    return classification(
        Target(target.classes, choice, target.score, target.proba, target.log_proba, probability)
    )


def _positive(model: Any, target: Target) -> int:
    """The place of the positive class; the second unless it is told, by the measure that a
    threshold was tuned for too."""
    told = getattr(model, "pos_label", None)
    if told is None and hasattr(model, "_curve_scorer"):
        scorer = model._curve_scorer
        own = inspect.signature(scorer._score_func).parameters.get("pos_label")
        told = scorer._kwargs.get("pos_label", None if own is None else own.default)
    return 1 if told is None else list(target.classes).index(told)
