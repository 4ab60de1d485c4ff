"""Linear models: a weighted sum of the columns, and what it is turned into."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification, regression
from keras2sql.read.sklearn.registry import estimates, fitted


def linear(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """``x @ coef.T + intercept``, of shape (targets,)."""
    fitted(model, "coef_", "intercept_")
    coefficients = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    intercept = np.broadcast_to(
        np.asarray(model.intercept_, dtype=np.float64).reshape(-1), (len(coefficients),)
    )
    return graph.contract(x, coefficients.T, intercept)


@estimates("sklearn.LinearRegression")
def linear_regression(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sum itself."""
    return regression(linear(graph, model, x))


@estimates("sklearn.LogisticRegression", "sklearn.LogisticRegressionCV")
def logistic_regression(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sums are logits; two classes share one."""
    fitted(model, "classes_")
    z = linear(graph, model, x)
    classes = tuple(model.classes_)
    if z.size == 1:
        how = "softmax" if _is_multinomial(model) else "sigmoid"
    else:
        how = "softmax" if not _is_one_vs_rest(model) else "one vs rest"
    proba, logarithms = _probabilities(graph, z, how)
    return classification(targets.best_scored(graph, classes, z, proba, logarithms))


def _probabilities(graph: TableBuilder, z: Tensor, how: str) -> tuple[Tensor, Tensor]:
    if how == "sigmoid":
        return targets.by_sigmoid(graph, z)
    if how == "softmax":
        return targets.by_softmax(graph, targets.two_sided(graph, z))
    return targets.by_normalised_sigmoids(graph, z)


def _is_multinomial(model: Any) -> bool:
    """Whether a model of two classes makes a softmax of -z and z, as up to version 1.7 it can."""
    return getattr(model, "multi_class", "auto") == "multinomial"


def _is_one_vs_rest(model: Any) -> bool:
    """Whether each class is told from all others by itself: up to version 1.7, with the solver
    "liblinear" too."""
    told = getattr(model, "multi_class", "auto")
    return told == "ovr" or (told != "multinomial" and model.solver == "liblinear")
