"""Normal distributions of all columns together: discriminant analysis and mixtures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.arrays import Array, finite, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification
from keras2sql.read.sklearn.linear import linear
from keras2sql.read.sklearn.registry import NUMBERED, estimates, fitted, transforms

_SINGULAR = "has a class whose columns depend on each other; fit it with a greater reg_param"


# -- discriminant analysis


@estimates("sklearn.LinearDiscriminantAnalysis")
def linear_discriminant(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The sums are logits; two classes share one."""
    fitted(model, "classes_")
    z = linear(graph, model, x)
    proba, logs = targets.by_sigmoid(graph, z) if z.size == 1 else targets.by_softmax(graph, z)
    return classification(targets.best_scored(graph, tuple(model.classes_), z, proba, logs))


@transforms("sklearn.LinearDiscriminantAnalysis", called=NUMBERED)
def discriminants(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The directions in which the classes differ most."""
    if model.solver == "lsqr":
        raise Refused("does not transform with the solver 'lsqr'; 'svd' and 'eigen' do")
    fitted(model, "scalings_", "_max_components")
    if model.solver == "svd":
        x = graph.map(X - Y, x, floats(model.xbar_))
    return graph.contract(x, floats(model.scalings_)[:, : model._max_components])


@estimates("sklearn.QuadraticDiscriminantAnalysis")
def quadratic_discriminant(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """A normal distribution of each class."""
    fitted(model, "rotations_", "scalings_", "means_", "priors_")
    classes, means = tuple(model.classes_), floats(model.means_)
    scalings = [floats(s) for s in model.scalings_]
    with np.errstate(all="ignore"):
        factors = [floats(r) * s**-0.5 for r, s in zip(model.rotations_, scalings, strict=True)]
        spread = np.array([np.log(s).sum() for s in scalings])
        constant = finite(np.log(floats(model.priors_)) - 0.5 * spread, _SINGULAR)
    distance = _distances(graph, x, means, factors)
    joint = graph.map(Y - 0.5 * X, distance, constant)
    score = joint
    if len(classes) == 2:
        score = graph.map(Y - X, graph.take(joint, [0]), graph.take(joint, [1]))
        score = targets.two_sided(graph, score)
    return classification(targets.by_joint_logarithms(graph, classes, joint, score))


def _distances(graph: TableBuilder, x: Tensor, means: Array, factors: list[Array]) -> Tensor:
    """The square of ``(x - mean) @ factor`` for each mean, of shape (means,)."""
    width = max(f.shape[1] for f in factors)
    padded = [np.pad(finite(f, _SINGULAR), ((0, 0), (0, width - f.shape[1]))) for f in factors]
    shift = np.concatenate([-mean @ f for mean, f in zip(means, padded, strict=True)])
    turned = graph.contract(x, np.concatenate(padded, axis=1), shift)
    rows = graph.reshape(turned, (len(means), width))
    return graph.reduce("sum", graph.map(X * X, rows), 1)


# -- mixtures


@estimates("sklearn.GaussianMixture")
def gaussian_mixture(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The number of the component that is most probable, its weight counted."""
    fitted(model, "weights_", "means_", "precisions_cholesky_")
    with np.errstate(divide="ignore"):
        weights = np.log(floats(model.weights_))
    return _mixture(graph, model, x, weights)


@estimates("sklearn.BayesianGaussianMixture")
def bayesian_mixture(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The same with what is expected of weights and precisions that have distributions
    themselves (Bishop 2006, section 10.2)."""
    fitted(model, "weight_concentration_", "means_", "degrees_of_freedom_", "mean_precision_")
    count = floats(model.means_).shape[1]
    freedom = floats(model.degrees_of_freedom_)
    log_lambda = count * math.log(2.0) + sum(digamma(0.5 * (freedom - i)) for i in range(count))
    expected = 0.5 * (log_lambda - count / floats(model.mean_precision_))
    constant = expected - 0.5 * count * np.log(freedom) + _expected_weights(model)
    return _mixture(graph, model, x, constant)


def _expected_weights(model: Any) -> Array:
    if model.weight_concentration_prior_type == "dirichlet_process":
        a, b = (floats(part) for part in model.weight_concentration_)
        rest = np.cumsum(digamma(b) - digamma(a + b))[:-1]
        before: Array = np.concatenate([[0.0], rest])
        return digamma(a) - digamma(a + b) + before
    concentration = floats(model.weight_concentration_)
    return digamma(concentration) - digamma(concentration.sum(keepdims=True))


def _mixture(graph: TableBuilder, model: Any, x: Tensor, constant: Array) -> Predicted:
    means = floats(model.means_)
    count, width = means.shape
    precision = floats(model.precisions_cholesky_)
    kind = model.covariance_type
    if kind in ("full", "tied"):
        factors = list(precision) if kind == "full" else [precision] * count
        log_det = np.array([np.log(np.diag(f)).sum() for f in factors])
        distance = _distances(graph, x, means, factors)
    else:
        spread = precision.reshape(count, -1) * np.ones((1, width))
        log_det = np.log(spread).sum(axis=1)
        squares = graph.map((X - Y) * (X - Y) * Z, x, means, spread**2)
        distance = graph.reduce("sum", squares, 1)
    told = finite(constant + log_det, "has a component of no weight")
    joint = graph.map(Y - 0.5 * X, distance, told)
    return classification(targets.by_joint_logarithms(graph, tuple(range(count)), joint))


def digamma(x: Array) -> Array:
    """The logarithmic derivative of the gamma function, of positive numbers: the asymptotic series
    from 16 on, up to there by ``digamma(x) = digamma(x + 1) - 1 / x``."""
    x = np.array(x, dtype=np.float64)
    result = np.zeros_like(x)
    while (small := x < 16).any():
        result[small] -= 1 / x[small]
        x[small] += 1
    square = 1 / x**2
    terms = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760]
    series = sum(term * square ** (i + 1) for i, term in enumerate(terms))
    return np.asarray(result + np.log(x) - 0.5 / x - series)
