"""B-splines: between two knots a polynomial for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, maximum, minimum, where
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, beside, vector
from keras2sql.read.sklearn.registry import REFUSED, TAKEN, fitted, transforms

Array = npt.NDArray[Any]


def _gaps(model: Any) -> str:
    return TAKEN if getattr(model, "handle_missing", "error") == "zeros" else REFUSED


@transforms("sklearn.SplineTransformer", table=True, gaps=_gaps)
def spline_transformer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The splines of each column, at its value; beyond the knots as `extrapolation` says."""
    fitted(model, "bsplines_")
    parts = []
    for place, spline in enumerate(model.bsplines_):
        x = graph.number(columns, place)
        # Of splines of degree 0 and 1 scikit-learn counts the degree up, column by column, to 2,
        # as far as lines are concerned (sklearn/preprocessing/_polynomial.py, version 1.9).
        reach = max(0, min(2 - int(spline.k), place))
        lines = (reach, max(int(spline.k) + reach, min(int(spline.k) + reach + 1, 2)))
        y = _splines(graph, model.extrapolation, spline, lines, x)
        if place in columns.gaps and _gaps(model) == TAKEN:
            y = graph.map(where(Y, 0.0, X), y, graph.missing(x))
        kept = y.size if model.include_bias else y.size - 1
        names = [f"{columns.names[place]}_sp_{j}" for j in range(kept)]
        parts.append(vector(graph.take(y, np.arange(kept)), names))
    return beside(parts)


def _splines(
    graph: TableBuilder, beyond: str, spline: Any, lines: tuple[int, int], x: Tensor
) -> Tensor:
    knots = np.asarray(spline.t, dtype=np.float64)
    degree, weights = int(spline.k), np.asarray(spline.c, dtype=np.float64)
    starts = knots[degree : len(knots) - degree - 1]
    low, high = float(starts[0]), float(knots[-degree - 1])
    pieces = np.stack([polynomials(knots, degree, degree + m) for m in range(len(starts))])
    pieces = np.einsum("mbp,bs->msp", pieces, weights)  # of the splines, in u = x - start
    if beyond == "linear":
        pieces, starts = _with_lines(pieces, starts, high, *lines)
    if beyond == "constant":
        x = graph.map(minimum(maximum(X, low), high), x)
    if beyond == "periodic":
        x = graph.map(low + ex.call("mod", X - low, high - low), x)
    if beyond == "error":
        outside = ex.call("or", low > X, high < X)
        known = graph.find([0.0], [0.0], graph.map(where(outside, 1.0, 0.0), x))
        x = graph.map(X + Y, x, known)
    passed = graph.map(where(X >= Y, 1.0, 0.0), graph.reshape(x, (1,)), starts[1:])
    number = graph.reduce("sum", passed, 0) if len(starts) > 1 else graph.map(X * 0.0, x)
    u = graph.map(X - Y, x, graph.lookup(starts, number))
    powers: list[Tensor | Array] = [np.ones(1)]
    powers += [graph.reshape(_power(graph, u, p), (1,)) for p in range(1, pieces.shape[2])]
    flat = graph.lookup(pieces.reshape(len(pieces), -1), number)
    return graph.contract(graph.reshape(flat, pieces.shape[1:]), graph.join(powers, 0))


def _power(graph: TableBuilder, u: Tensor, times: int) -> Tensor:
    product: ex.Expr = X
    for _ in range(times - 1):
        product = product * X
    return graph.map(product, u)


def _with_lines(
    pieces: Array, starts: Array, end: float, reach: int, continued: int
) -> tuple[Array, Array]:
    """The pieces with a line before the first, of the first `continued` splines, and one behind the
    last, of the last, whose slopes are those where they begin: `reach` knots from the ends.
    """
    count, splines, size = pieces.shape
    padded = np.zeros((count, splines, max(size, 2)))
    padded[:, :, :size] = pieces
    ends = [*starts, end]
    low, high = float(ends[reach]), float(ends[count - reach])
    lines = np.zeros((2, splines, padded.shape[2]))
    for line, at in ((lines[0], low), (lines[1], high)):
        piece = min(int(np.searchsorted(starts, at, side="right")) - 1, count - 1)
        u = at - float(starts[piece])
        for power in range(padded.shape[2]):
            line[:, 0] += padded[piece, :, power] * u**power
            if power:
                line[:, 1] += power * padded[piece, :, power] * u ** (power - 1)
    lines[0, continued:] = 0.0
    lines[1, : splines - continued] = 0.0
    inside = slice(reach, count - reach)
    found = np.concatenate([lines[:1], padded[inside], lines[1:]])
    return found, np.array([low, *starts[inside], high])


def polynomials(knots: Array, degree: int, interval: int) -> Array:
    """The basis splines between ``knots[interval]`` and the next: a row of coefficients of
    ``u = x - knots[interval]`` for each, by the recursion of de Boor and Cox."""
    count = len(knots) - degree - 1
    start = knots[interval]
    found = np.zeros((len(knots) - 1, 1))
    found[interval, 0] = 1.0
    for k in range(1, degree + 1):
        raised = np.zeros((len(found) - 1, k + 1))
        for i in range(len(raised)):
            for of, sign, left, right in (
                (found[i], 1.0, knots[i], knots[i + k]),
                (found[i + 1], -1.0, knots[i + k + 1], knots[i + 1]),
            ):
                width = sign * (right - left)
                if width == 0 or not of.any():
                    continue
                raised[i, :-1] += sign * (start - left) / width * of
                raised[i, 1:] += sign / width * of
        found = raised
    return found[:count]
