"""Models of kernels, and columns whose dot products come near a kernel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Expr, X, Y, call, sqrt, where
from keras2sql.read.sklearn import kernels
from keras2sql.read.sklearn.arrays import floats
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, regression, vector
from keras2sql.read.sklearn.registry import NUMBERED, estimates, fitted, transforms

_OWN = ("gamma", "coef0", "degree")


@estimates("sklearn.KernelRidge", note=kernels.NAMES)
def kernel_ridge(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """The kernel of each row that it was fitted to, times its weight."""
    fitted(model, "dual_coef_", "X_fit_")
    weights, points = floats(model.dual_coef_), floats(model.X_fit_)
    told = {name: getattr(model, name) for name in _OWN}
    kernel = kernels.pairwise(graph, x, points, model.kernel, told)
    return regression(graph.contract(kernel, weights.reshape(len(points), -1)))


@transforms("sklearn.KernelPCA", called=NUMBERED, note=kernels.NAMES)
def kernel_pca(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The principal components of the kernel, which is centred first."""
    fitted(model, "X_fit_", "eigenvectors_", "eigenvalues_", "_centerer")
    points = floats(model.X_fit_)
    told = {"gamma": getattr(model, "gamma_", model.gamma), "coef0": model.coef0}
    kernel = kernels.pairwise(graph, x, points, model.kernel, {**told, "degree": model.degree})
    values, vectors = floats(model.eigenvalues_), floats(model.eigenvectors_)
    weights = np.where(values != 0, vectors / np.sqrt(np.where(values != 0, values, 1.0)), 0.0)
    return graph.contract(_centred(graph, model._centerer, kernel), weights)


@transforms("sklearn.KernelCenterer", called=NUMBERED)
def kernel_centerer(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """A kernel without the means that it had when it was fitted."""
    return _centred(graph, model, x)


def _centred(graph: TableBuilder, centerer: Any, kernel: Tensor) -> Tensor:
    fitted(centerer, "K_fit_rows_", "K_fit_all_")
    columns, whole = floats(centerer.K_fit_rows_), float(centerer.K_fit_all_)
    mean = graph.reduce("mean", kernel, 0)
    return graph.map(X - Y - ex.Z + whole, kernel, columns, mean)


@transforms("sklearn.Nystroem", called=NUMBERED, note=kernels.NAMES)
def nystroem(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The kernel of some rows that it was fitted to, turned."""
    fitted(model, "components_", "normalization_")
    told = dict(model.kernel_params or {})
    told |= {name: getattr(model, name) for name in _OWN if getattr(model, name) is not None}
    kernel = kernels.pairwise(graph, x, floats(model.components_), model.kernel, told)
    return graph.contract(kernel, floats(model.normalization_).T)


@transforms("sklearn.RBFSampler", called=NUMBERED)
def rbf_sampler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """Cosines of random projections."""
    fitted(model, "random_weights_", "random_offset_")
    return _cosines(graph, model, x)


@transforms("sklearn.SkewedChi2Sampler", called=NUMBERED)
def skewed_chi2_sampler(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """Cosines of random projections of logarithms; a row that has none has no columns."""
    fitted(model, "random_weights_", "random_offset_")
    skewedness = float(model.skewedness)
    outside = graph.map(where(X <= -skewedness, 1.0, 0.0), x)
    positive = where(X > -skewedness, X + skewedness, 1.0)
    logarithms = graph.map(call("ln", positive), x)
    return _cosines(graph, model, graph.where_none(logarithms, outside))


def _cosines(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    weights, offset = floats(model.random_weights_), floats(model.random_offset_)
    inner = graph.contract(x, weights, offset)
    return graph.map(call("cos", X) * math.sqrt(2.0 / model.n_components), inner)


_INTERVALS = {1: 0.8, 2: 0.5, 3: 0.4}


@transforms("sklearn.AdditiveChi2Sampler", table=True)
def additive_chi2_sampler(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """A root of each column, then cosines and sines of its logarithm; a row with a negative number
    has no columns."""
    steps = int(model.sample_steps)
    told = model.sample_interval
    interval = float(_INTERVALS[steps] if told is None else told)
    x = graph.numbers(columns)
    x = graph.where_none(x, graph.map(where(X < 0.0, 1.0, 0.0), x))
    positive = where(X > 0.0, X, 1.0)
    waves: list[tuple[str, Expr]] = [("sqrt", sqrt(positive * interval))]
    for j in range(1, steps):
        factor = sqrt(2.0 * positive * interval / math.cosh(math.pi * j * interval))
        angle = float(j) * (interval * call("ln", positive))
        waves += [(f"{name}{j}", factor * call(name, angle)) for name in ("cos", "sin")]
    parts = [graph.map(where(call("eq", X, 0.0), 0.0, wave), x) for _, wave in waves]
    prefix = type(model).__name__.lower()
    names = [f"{prefix}_{column}_{wave}" for wave, _ in waves for column in columns.names]
    return vector(graph.join(parts, 0), names)


@transforms("sklearn.PolynomialCountSketch", called=NUMBERED)
def polynomial_count_sketch(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """Columns added up at random places with random signs, once for each degree, and these sums
    folded with each other in a circle."""
    fitted(model, "indexHash_", "bitHash_")
    size = int(model.n_components)
    graph.room(size, size)
    circle = (np.arange(size)[None, :] - np.arange(size)[:, None]) % size
    found: Tensor | None = None
    for places, signs in zip(model.indexHash_, model.bitHash_, strict=True):
        weights = np.zeros((len(places), size))
        weights[np.arange(len(places)), places] = signs
        scale = np.full(len(places), math.sqrt(model.gamma))
        constant = None
        if model.coef0 != 0:
            scale = scale[: len(places) - 1]
            constant = math.sqrt(model.coef0) * weights[-1]
        sketch = graph.contract(x, scale[:, None] * weights[: len(scale)], constant)
        if found is None:
            found = sketch
        else:
            found = graph.contract(found, graph.take(sketch, circle), equation="i,ik->k")
    assert found is not None
    return found


@transforms("sklearn.BernoulliRBM", called=NUMBERED)
def bernoulli_rbm(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The probability of each hidden unit."""
    fitted(model, "components_", "intercept_hidden_")
    logits = graph.contract(x, floats(model.components_).T, floats(model.intercept_hidden_))
    return graph.map(ex.sigmoid(X), logits)
