"""Linear models: a weighted sum of the columns, and what it is turned into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, maximum, minimum, where
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, regression
from keras2sql.read.sklearn.registry import PASSED, estimates, fitted

Probabilities = tuple[Tensor, Tensor]

# What is no more than the sum, however its weights were found.
_SUMS = (
    "sklearn.ARDRegression",
    "sklearn.BayesianRidge",
    "sklearn.ElasticNet",
    "sklearn.ElasticNetCV",
    "sklearn.HuberRegressor",
    "sklearn.Lars",
    "sklearn.LarsCV",
    "sklearn.Lasso",
    "sklearn.LassoCV",
    "sklearn.LassoLars",
    "sklearn.LassoLarsCV",
    "sklearn.LassoLarsIC",
    "sklearn.LinearRegression",
    "sklearn.LinearSVR",
    "sklearn.MultiTaskElasticNet",
    "sklearn.MultiTaskElasticNetCV",
    "sklearn.MultiTaskLasso",
    "sklearn.MultiTaskLassoCV",
    "sklearn.OrthogonalMatchingPursuit",
    "sklearn.OrthogonalMatchingPursuitCV",
    "sklearn.PassiveAggressiveRegressor",
    "sklearn.QuantileRegressor",
    "sklearn.Ridge",
    "sklearn.RidgeCV",
    "sklearn.SGDRegressor",
    "sklearn.TheilSenRegressor",
)


def linear(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``x @ coef.T + intercept``, of shape (targets,)."""
    fitted(model, "coef_", "intercept_")
    coefficients = model.coef_.toarray() if hasattr(model.coef_, "toarray") else model.coef_
    weights = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    intercept = np.asarray(model.intercept_, dtype=np.float64).reshape(-1)
    return graph.contract(x, weights.T, np.broadcast_to(intercept, (len(weights),)))


@estimates(*_SUMS)
def linear_regression(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sum itself."""
    return regression(linear(graph, model, x))


@estimates("sklearn.PoissonRegressor", "sklearn.GammaRegressor", "sklearn.TweedieRegressor")
def generalised_linear(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sum, or its exponential where the logarithm is the link."""
    link = getattr(model, "link", "log")
    if link == "auto":
        link = "identity" if model.power <= 0 else "log"
    y = linear(graph, model, x)
    return regression(graph.map(ex.exp(X), y) if link == "log" else y)


@estimates("sklearn.RANSACRegressor", table=True, gaps=PASSED)
def ransac(graph: TableBuilder, model: Any, columns: Columns | None) -> Predicted | None:
    """The estimator that was fitted to the inliers."""
    fitted(model, "estimator_")
    return graph.estimated(model.estimator_, "estimator", columns)


# -- classifiers


@estimates("sklearn.LogisticRegression", "sklearn.LogisticRegressionCV")
def logistic_regression(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sums are logits; two classes share one."""
    fitted(model, "classes_")
    z = linear(graph, model, x)
    told = getattr(model, "multi_class", "auto")  # which version 1.8 has no more
    make: Callable[[TableBuilder, Tensor], Probabilities]
    if z.size == 1:
        make = _softmax_of_two if told == "multinomial" else targets.by_sigmoid
    elif told == "ovr" or (told != "multinomial" and model.solver == "liblinear"):
        make = targets.by_normalised_sigmoids
    else:
        make = targets.by_softmax
    return _scored(graph, model, z, make(graph, z))


def _softmax_of_two(graph: TableBuilder, z: Tensor) -> Probabilities:
    """What a multinomial model of two classes does with the one sum z, up to version 1.7."""
    return targets.by_sigmoid(graph, graph.map(2.0 * X, z))


def _scored(
    graph: TableBuilder,
    model: Any,
    z: Tensor,
    made: Probabilities | tuple[None, None] = (None,) * 2,
) -> Predicted:
    return classification(targets.best_scored(graph, tuple(model.classes_), z, *made))


@estimates("sklearn.Perceptron", "sklearn.PassiveAggressiveClassifier", "sklearn.LinearSVC")
def linear_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sums are scores; the greatest decides."""
    fitted(model, "classes_")
    return _scored(graph, model, linear(graph, model, x))


@estimates("sklearn.RidgeClassifier", "sklearn.RidgeClassifierCV")
def ridge_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The same; of several labels of a row each has a score of its own."""
    z = linear(graph, model, x)
    fitted(model, "_label_binarizer")
    if not str(model._label_binarizer.y_type_).startswith("multilabel"):
        classes = tuple(model._label_binarizer.classes_)  # up to 1.8 the model has none of its own
        return classification(targets.best_scored(graph, classes, z))
    scores = [graph.take(z, [i]) for i in range(z.size)]
    return classification(*(targets.best_scored(graph, (0, 1), s) for s in scores))


@estimates("sklearn.SGDClassifier")
def sgd_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """Probabilities by the losses that have them."""
    fitted(model, "classes_")
    z = linear(graph, model, x)
    makers: dict[str, Callable[[TableBuilder, Tensor], Probabilities]] = {
        "log_loss": targets.by_sigmoid if z.size == 1 else targets.by_normalised_sigmoids,
        "log": targets.by_sigmoid if z.size == 1 else targets.by_normalised_sigmoids,
        "modified_huber": _modified_huber,
    }
    if model.loss not in makers:
        return _scored(graph, model, z)
    return _scored(graph, model, z, makers[model.loss](graph, z))


def _modified_huber(graph: TableBuilder, z: Tensor) -> Probabilities:
    """``(clip(z, -1, 1) + 1) / 2``, divided by their sum; all alike where that is 0."""
    p = graph.map((maximum(minimum(X, 1.0), -1.0) + 1.0) / 2.0, z)
    if p.size == 1:
        proba = targets.complemented(graph, p)
    else:
        total = graph.reduce("sum", p, 0, keepdims=True)
        none = ex.call("eq", Y, 0.0)
        proba = graph.map(where(none, 1.0 / p.size, X / where(none, 1.0, Y)), p, total)
    return proba, graph.map(ex.log(X), proba)


@estimates("sklearn.SGDOneClassSVM")
def one_class(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """1 for a row like those that it was fitted to, from the offset on; -1 for others."""
    fitted(model, "coef_", "offset_")
    weights = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    offset = -np.asarray(model.offset_, dtype=np.float64).reshape(-1)
    score = graph.contract(x, weights.T, offset)
    choice = graph.reshape(graph.map(where(X >= 0.0, 1.0, 0.0), score), ())
    return classification(targets.Target((-1, 1), choice, targets.two_sided(graph, score)))
