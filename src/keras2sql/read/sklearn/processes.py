"""Gaussian processes: the covariance of a row with those that the process was fitted to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Expr, X, Y, Z, as_expr, call, erf, exp, maximum, power, sqrt, where
from keras2sql.graph.targets import Target
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn import kernels
from keras2sql.read.sklearn.arrays import Array, floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, classification, regression
from keras2sql.read.sklearn.registry import class_name, estimates, fitted

_NOTE = "kernels of sklearn.gaussian_process.kernels but Matern of other nu than 0.5, 1.5, 2.5"

# The logistic function as a sum of error functions: Williams and Barber 1998, appendix A.
_SLOPES = np.array([0.41, 0.4, 0.37, 0.44, 0.39])
_SHARES = np.array([-1854.8214151, 3516.89893646, 221.29346712, 128.12323805, -2010.49422654])


@estimates("sklearn.GaussianProcessRegressor", note=_NOTE)
def process_regressor(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The expected value."""
    fitted(model, "kernel_", "X_train_", "alpha_", "_y_train_std", "_y_train_mean")
    points = floats(model.X_train_)
    covariance = _covariance(graph, model.kernel_, x, points)
    weights = floats(model.alpha_).reshape(len(points), -1)
    scale, mean = (np.reshape(v, -1) * 1.0 for v in (model._y_train_std, model._y_train_mean))
    return regression(graph.map(X * Y + Z, graph.contract(covariance, weights), scale, mean))


@estimates("sklearn.GaussianProcessClassifier", note=f"{_NOTE}; multi_class='one_vs_rest'")
def process_classifier(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The logistic function of a process that is not seen; of more than two classes, each against
    all others."""
    fitted(model, "base_estimator_", "classes_")
    classes = tuple(model.classes_)
    if len(classes) == 2:
        latent, proba = _binary(graph, model.base_estimator_, x)
        both = targets.complemented(graph, proba)
        choice = graph.reshape(graph.map(where(X > 0.0, 1, 0), latent), ())
        chosen = targets.of_choice(graph, both, choice)
        logs = graph.map(call("log", X), both)
        return classification(Target(classes, choice, None, both, logs, chosen))
    if model.multi_class != "one_vs_rest":
        raise Refused(f"has multi_class={model.multi_class!r}; 'one_vs_rest' becomes SQL")
    parts = [_binary(graph, one, x)[1] for one in model.base_estimator_.estimators_]
    each = graph.join(parts, 0)
    total = graph.reduce("sum", each, 0, keepdims=True)
    proba = graph.map(X / where(Y > 0.0, Y, 1.0), each, total)
    # The last of equals: what `OneVsRestClassifier` keeps.
    turned = graph.take(each, np.arange(len(classes))[::-1])
    last = graph.reduce("argmax", turned, 0)
    choice = graph.map(float(len(classes) - 1) - X, last)
    chosen = targets.of_choice(graph, proba, choice)
    return classification(
        Target(classes, choice, None, proba, graph.map(call("log", X), proba), chosen)
    )


def _binary(graph: TableBuilder, model: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    """The mean of the process that is not seen, and the probability of the second class, both of
    shape (1,): algorithm 3.2 of Rasmussen and Williams 2006."""
    fitted(model, "kernel_", "X_train_", "y_train_", "pi_", "W_sr_", "L_")
    points = floats(model.X_train_)
    covariance = _covariance(graph, model.kernel_, x, points)
    residual = floats(model.y_train_) - floats(model.pi_)
    mean = graph.contract(covariance, residual[:, None])
    turn = np.linalg.solve(floats(model.L_), np.diag(floats(model.W_sr_)))
    turned = graph.contract(covariance, turn.T)
    taken = graph.reduce("sum", graph.map(X * X, turned), 0, keepdims=True)
    variance = graph.map(X - Y, _variance(graph, model.kernel_, x), taken)
    terms = X * Z / sqrt(1.0 + 2.0 * maximum(Y, 0.0) * Z * Z)
    integrals = graph.map(0.5 * erf(terms), mean, variance, _SLOPES)
    return mean, graph.contract(integrals, _SHARES[:, None], np.array([0.5 * _SHARES.sum()]))


# -- covariances


def _covariance(graph: TableBuilder, kernel: Any, x: Tensor, points: Array) -> Tensor:
    """The kernel of `x` with each point, of shape (points,)."""
    name = _name(kernel)
    if name in ("Sum", "Product"):
        parts = [_covariance(graph, k, x, points) for k in (kernel.k1, kernel.k2)]
        return graph.map(X + Y if name == "Sum" else X * Y, *parts)
    if name == "Exponentiation":
        return _raised(graph, _covariance(graph, kernel.kernel, x, points), kernel.exponent)
    if name == "ConstantKernel":
        return graph.constant(np.full(len(points), float(kernel.constant_value)))
    if name == "WhiteKernel":
        return graph.zeros((len(points),))
    if name == "DotProduct":
        shift = np.full(len(points), float(kernel.sigma_0) ** 2)
        return graph.contract(x, points.T, shift)
    if name == "PairwiseKernel":
        told = {"gamma": kernel.gamma, **(kernel.pairwise_kernels_kwargs or {})}
        return kernels.pairwise(graph, x, points, kernel.metric, told)
    scale = floats(kernel.length_scale) if name in ("RBF", "Matern") else np.array(1.0)
    scaled = x if name not in ("RBF", "Matern") else graph.map(X / Y, x, scale)
    squares = graph.map((X - Y) * (X - Y), scaled, points / scale)
    return graph.map(_of_squares(name, kernel), graph.reduce("sum", squares, 1))


def _of_squares(name: str, kernel: Any) -> Expr:
    """A stationary kernel, of the square of the distance."""
    if name == "RBF" or (name == "Matern" and kernel.nu == math.inf):
        return exp(-0.5 * X)
    if name == "Matern" and kernel.nu == 0.5:
        return exp(-sqrt(X))
    if name == "Matern" and kernel.nu == 1.5:
        distance = math.sqrt(3) * sqrt(X)
        return (1.0 + distance) * exp(-distance)
    if name == "Matern" and kernel.nu == 2.5:
        distance = math.sqrt(5) * sqrt(X)
        return (1.0 + distance + 5.0 / 3.0 * X) * exp(-distance)
    if name == "RationalQuadratic":
        alpha, scale = float(kernel.alpha), float(kernel.length_scale)
        return power(1.0 + X / (2.0 * alpha * scale * scale), -alpha)
    if name == "ExpSineSquared":
        wave = call("sin", math.pi / float(kernel.periodicity) * sqrt(X))
        wave = wave / float(kernel.length_scale)
        return exp(-2.0 * (wave * wave))
    what = f"Matern of nu={kernel.nu}" if name == "Matern" else name
    raise Refused(f"has the kernel {what}, which does not become SQL")


def _variance(graph: TableBuilder, kernel: Any, x: Tensor) -> Tensor:
    """The kernel of `x` with itself, of shape (1,)."""
    name = _name(kernel)
    if name in ("Sum", "Product"):
        parts = [_variance(graph, k, x) for k in (kernel.k1, kernel.k2)]
        return graph.map(X + Y if name == "Sum" else X * Y, *parts)
    if name == "Exponentiation":
        return _raised(graph, _variance(graph, kernel.kernel, x), kernel.exponent)
    if name == "ConstantKernel":
        return graph.constant(np.array([float(kernel.constant_value)]))
    if name == "WhiteKernel":
        return graph.constant(np.array([float(kernel.noise_level)]))
    if name == "DotProduct":
        square = graph.reduce("sum", graph.map(X * X, x), 0, keepdims=True)
        return graph.map(X + float(kernel.sigma_0) ** 2, square)
    if name == "PairwiseKernel":
        raise Refused("has a PairwiseKernel, whose variance does not become SQL")
    return graph.constant(np.array([1.0]))


def _raised(graph: TableBuilder, base: Tensor, exponent: float) -> Tensor:
    if float(exponent).is_integer() and exponent >= 0:
        return graph.map(kernels.whole_power(X, int(exponent)), base)
    return graph.map(power(as_expr(X), float(exponent)), base)


def _name(kernel: Any) -> str:
    package, _, name = class_name(type(kernel)).partition(".")
    if package != "sklearn":
        raise Refused(f"has the kernel {name}, which is Python code")
    return name
