"""Distributions made normal or uniform; splines, polynomials and bins of numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import Expr, X, Y, Z, expm1, maximum, minimum, where
from keras2sql.graph.functions import log1p_anywhere
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, beside, vector
from keras2sql.read.sklearn.normal import QUANTILE
from keras2sql.read.sklearn.piecewise import knots, through
from keras2sql.read.sklearn.registry import PASSED, fitted, inverts, transforms
from keras2sql.read.sklearn.scaling import standard_scaler, standard_scaler_back

_NEAR = 1e-7  # BOUNDS_THRESHOLD in sklearn/preprocessing/_data.py
_LEAST, _MOST = -5.199337582605575, 5.19933758270342  # the quantiles that it cuts at


@transforms("sklearn.QuantileTransformer", table=True, gaps=PASSED)
def quantile_transformer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The share of the rows that were below, and the normal distribution's number for it."""
    fitted(model, "quantiles_", "references_")
    normal = model.output_distribution == "normal"
    parts = []
    for place in range(len(columns)):
        quantiles = np.asarray(model.quantiles_, dtype=np.float64)[:, place]
        y = _between(quantiles, np.asarray(model.references_), _NEAR if normal else 0.0)
        if place in columns.gaps:
            y = where(ex.call("isnan", X), X, y)
        parts.append(graph.map(y, graph.number(columns, place)))
    share = graph.join([graph.reshape(p, (1,)) for p in parts], 0)
    if normal:
        share = graph.map(maximum(minimum(QUANTILE, _MOST), _LEAST), share)
    return vector(share, columns.names, columns.gaps)


def _between(quantiles: Any, references: Any, near: float) -> Expr:
    """The share for a number: 0 at the least quantile and below, 1 at the greatest and beyond."""
    low, high = float(quantiles[0]), float(quantiles[-1])
    y = through(knots(quantiles, references))
    if not near:
        return where(X <= low, 0.0, where(X >= high, 1.0, y))
    return where(X - near < low, 0.0, where(X + near > high, 1.0, y))


@transforms("sklearn.PowerTransformer", gaps=PASSED)
def power_transformer(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """Box and Cox's transformation, or Yeo and Johnson's for numbers of both signs."""
    fitted(model, "lambdas_")
    powers = np.asarray(model.lambdas_, dtype=np.float64)
    if model.method == "box-cox":
        logarithm = where(X > 0.0, ex.log(where(X > 0.0, X, 1.0)), math.nan)
        y = _powers(graph, graph.map(logarithm, x), powers)
    else:
        log1p = log1p_anywhere(above=True)
        above = _powers(graph, graph.map(log1p, graph.map(maximum(X, 0.0), x)), powers)
        below = _powers(graph, graph.map(log1p, graph.map(maximum(-X, 0.0), x)), 2.0 - powers)
        y = graph.map(where(X >= 0.0, Y, where(X < 0.0, -Z, X)), x, above, below)
    return standard_scaler(graph, model._scaler, y) if model.standardize else y


def _powers(graph: TableBuilder, logarithm: Tensor, powers: Any) -> Tensor:
    """``(exp(logarithm) ** power - 1) / power``, and the logarithm itself for the power 0."""
    divisors = np.where(powers == 0, 1.0, powers)
    y = graph.map(expm1(X * Y) / Z, logarithm, powers, divisors)
    if (powers == 0).any():
        y = graph.map(where(Z > 0.0, X, Y), logarithm, y, (powers == 0).astype(np.float64))
    return y


@inverts("sklearn.PowerTransformer")
def power_transformer_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """The number of which the transformation is `y`."""
    if model.standardize:
        y = standard_scaler_back(graph, model._scaler, y)
    powers = np.asarray(model.lambdas_, dtype=np.float64)
    if model.method == "box-cox":
        return graph.map(ex.exp(X), _logarithms(graph, y, powers))
    above = graph.map(expm1(X), _logarithms(graph, graph.map(maximum(X, 0.0), y), powers))
    below = graph.map(expm1(X), _logarithms(graph, graph.map(maximum(-X, 0.0), y), 2.0 - powers))
    return graph.map(where(X >= 0.0, Y, -Z), y, above, below)


def _logarithms(graph: TableBuilder, y: Tensor, powers: Any) -> Tensor:
    """``log(y * power + 1) / power``, and `y` itself for the power 0."""
    divisors = np.where(powers == 0, 1.0, powers)
    logarithm = graph.map(log1p_anywhere(), graph.map(X * Y, y, powers))
    x = graph.map(X / Y, logarithm, divisors)
    if (powers == 0).any():
        x = graph.map(where(Z > 0.0, X, Y), y, x, (powers == 0).astype(np.float64))
    return x


@transforms("sklearn.KBinsDiscretizer", table=True)
def k_bins_discretizer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The number of the bin, or a column of 0 and 1 for each bin."""
    fitted(model, "bin_edges_", "n_bins_")
    x = graph.numbers(columns)
    inner = [np.asarray(edges, dtype=np.float64)[1:-1] for edges in model.bin_edges_]
    most = max(map(len, inner))
    edges = np.array([[*e, *[math.inf] * (most - len(e))] for e in inner]).reshape(x.size, most)
    passed = graph.map(where(X >= Y, 1.0, 0.0), graph.reshape(x, (x.size, 1)), edges)
    number = graph.reduce("sum", passed, 1) if most else graph.zeros((x.size,))
    if model.encode == "ordinal":
        return vector(number, columns.names)
    parts = []
    for place, name in enumerate(columns.names):
        bins = np.arange(int(model.n_bins_[place]))
        hot = graph.map(where(ex.call("eq", X, Y), 1.0, 0.0), graph.take(number, [place]), bins)
        parts.append(vector(hot, [f"{name}_{float(b)}" for b in bins]))
    return beside(parts)


@transforms("sklearn.PolynomialFeatures", table=True)
def polynomial_features(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """Products of powers of the columns."""
    fitted(model, "n_output_features_")
    powers = np.asarray(model.powers_)
    x = graph.join([graph.numbers(columns), np.ones(1)], 0)
    factors = [[i for i, times in enumerate(row) for _ in range(times)] for row in powers]
    degree = max([1, *map(len, factors)])
    one = len(columns)  # the place of the 1 behind the columns
    filled = np.array([[*f, *[one] * (degree - len(f))] for f in factors])
    product: Expr = X
    for number in range(1, degree):
        product = product * ex.Arg(number)
    taken = [graph.take(x, filled[:, k]) for k in range(degree)]
    y = graph.map(product, *taken)
    return vector(y, [_product_name(columns.names, row) for row in powers])


def _product_name(names: tuple[str, ...], powers: Any) -> str:
    parts = [n if p == 1 else f"{n}^{p}" for n, p in zip(names, powers, strict=True) if p]
    return " ".join(parts) or "1"


@inverts("sklearn.QuantileTransformer")
def quantile_transformer_back(graph: TableBuilder, model: Any, y: Tensor) -> Tensor:
    """The quantile of a share, or of a number of the normal distribution."""
    if model.output_distribution == "normal":
        y = graph.map(0.5 * ex.call("erfc", X * -math.sqrt(0.5)), y)
    columns = np.asarray(model.quantiles_, dtype=np.float64).T
    parts = []
    for place, quantiles in enumerate(columns):
        back = through(knots(np.asarray(model.references_), quantiles))
        low, high = float(quantiles[0]), float(quantiles[-1])
        near = _NEAR if model.output_distribution == "normal" else 0.0
        cut = where(X - near < 0.0, low, where(X + near > 1.0, high, back))
        parts.append(graph.map(cut, graph.take(y, [place])))
    return graph.join(parts, 0)
