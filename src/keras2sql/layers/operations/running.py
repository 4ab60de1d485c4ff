"""Operations that run along an axis: sums so far, differences, order."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, call, where
from keras2sql.layers.common import pick
from keras2sql.layers.operations.operation import (
    axes_of,
    constant_of,
    number,
    one_axis,
    operation,
    tensor_of,
)
from keras2sql.layers.registry import Refused


@operation("Cumsum")
def cumsum(graph: Builder, x: Any, axis: Any = None) -> Tensor:
    return _running(graph, x, axis, "sum", 0.0)


@operation("Cumprod")
def cumprod(graph: Builder, x: Any, axis: Any = None) -> Tensor:
    return _running(graph, x, axis, "prod", 1.0)


def _running(graph: Builder, x: Any, axis: Any, how: str, neutral: float) -> Tensor:
    """Element k of the result reduces the elements 0 to k; `neutral` stands for the others."""
    x = number(graph, tensor_of(x))
    along = one_axis(axis, x)
    size = x.shape[along]
    graph.room(size, *x.shape)
    index = np.repeat(np.expand_dims(graph.positions(x), along), size, along)
    behind = [1] * (len(x.shape) - along - 1)
    reached = np.tril(np.ones((size, size), dtype=bool)).reshape(size, size, *behind)
    return graph.reduce(how, graph.take(x, np.where(reached, index, -1), neutral), along + 1)


@operation("Diff")
def diff(graph: Builder, a: Any, n: int = 1, axis: Any = -1) -> Tensor:
    """Each element less the one before, `n` times."""
    x = number(graph, tensor_of(a))
    along = one_axis(axis, x)
    for _ in range(n):
        size = x.shape[along]
        graph.room(size)
        ends = (pick(graph, x, {along: np.arange(s, size - 1 + s)}) for s in (1, 0))
        x = graph.map(X - Y, *ends)
    return x


@operation("Trapezoid")
def trapezoid(graph: Builder, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Tensor:
    """The area below points whose distances are constants."""
    points = number(graph, tensor_of(y))
    along = one_axis(axis, points)
    size = points.shape[along]
    graph.room(size)
    steps = np.full(size - 1, float(dx)) if x is None else np.diff(constant_of(x))
    if steps.shape != (size - 1,):
        raise Refused("points of a curve that are not a vector")
    ends = (pick(graph, points, {along: np.arange(s, size - 1 + s)}) for s in (0, 1))
    width = 0.5 * steps.reshape(-1, *[1] * (len(points.shape) - along - 1))
    return graph.reduce("sum", graph.map((X + Y) * Z, *ends, width), along)


# -- order: each element is compared with all others along the axis


def ranks(graph: Builder, x: Tensor, axis: int) -> Tensor:
    """How many elements come before each, in ascending order; among equals the earlier one."""
    size = x.shape[axis]
    one = graph.reshape(x, (*x.shape[: axis + 1], 1, *x.shape[axis + 1 :]))
    other = graph.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))
    behind = [1] * (len(x.shape) - axis - 1)
    graph.room(size, size)
    earlier = np.tril(np.ones((size, size)), -1).reshape(size, size, *behind)
    tie = call("and", call("eq", X, Y), call("gt", Z, 0.5))
    before = where(call("or", Y < X, tie), 1.0, 0.0)
    return graph.reduce("sum", graph.map(before, one, other, earlier), axis + 1)


def ordered(graph: Builder, x: Tensor, values: Tensor, axis: int) -> Tensor:
    """`values` in the ascending order of `x` along an axis."""
    size = x.shape[axis]
    behind = [1] * (len(x.shape) - axis - 1)
    graph.room(size)
    places = np.arange(size, dtype=np.float64).reshape(size, 1, *behind)
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    parts = (graph.reshape(t, shape) for t in (ranks(graph, x, axis), values))
    chosen = graph.map(where(call("eq", X, Z), Y, 0.0), *parts, places)
    return graph.reduce("sum", chosen, axis + 1)


def _places(graph: Builder, x: Tensor, axis: int) -> Tensor:
    """The index of each element along an axis."""
    behind = [1] * (len(x.shape) - axis - 1)
    graph.room(*x.shape)
    index = np.arange(x.shape[axis], dtype=np.float64).reshape(-1, *behind)
    return graph.constant(np.broadcast_to(index, x.shape).copy())


@operation("Sort")
def sort(graph: Builder, x: Any, axis: Any = -1) -> Tensor:
    x = number(graph, tensor_of(x))
    along = one_axis(axis, x)
    return ordered(graph, x, x, along)


@operation("Argsort")
def argsort(graph: Builder, x: Any, axis: Any = -1) -> Tensor:
    x = number(graph, tensor_of(x))
    along = one_axis(axis, x)
    return ordered(graph, x, _places(graph, x, along), along)


@operation("TopK")
def top_k(graph: Builder, x: Any, k: int, sorted: bool = True) -> list[Tensor]:
    """The `k` greatest along the last axis, and where they are; the first among equals."""
    x = number(graph, tensor_of(x))
    last = one_axis(-1, x)
    if not 0 < k <= x.shape[last]:
        raise Refused(f"the greatest {k} of {x.shape[last]} elements")
    turned = graph.map(-X, x)
    both = (ordered(graph, turned, v, last) for v in (x, _places(graph, x, last)))
    return [pick(graph, t, {last: np.arange(k)}) for t in both]


@operation("Median")
def median(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    return quantile(graph, x, 0.5, axis, keepdims=keepdims)


@operation("Quantile")
def quantile(
    graph: Builder,
    x: Any,
    q: Any,
    axis: Any = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Tensor:
    """Keras 3.15 records the method and then interpolates linearly, whatever it is.

    See ``Quantile.call`` in ``keras/src/ops/numpy.py``.
    """
    return percentile(graph, x, constant_of(q) * 100.0, axis, "linear", keepdims)


@operation("Percentile")
def percentile(
    graph: Builder,
    x: Any,
    q: Any,
    axis: Any = None,
    method: str = "linear",
    keepdims: bool = False,
) -> Tensor:
    """One constant percentile, along one axis."""
    share = constant_of(q)
    x = number(graph, tensor_of(x))
    if share.ndim or len(axes_of(axis, x)) > 1:
        raise Refused("several percentiles, or along several axes, at once")
    along = one_axis(axis, x)
    place = float(share) / 100.0 * (x.shape[along] - 1)
    low, high = int(np.floor(place)), int(np.ceil(place))
    between = {
        "linear": place - low,
        "lower": 0.0,
        "higher": float(high - low),
        "midpoint": 0.5 * (high - low),
        "nearest": float(place - low > 0.5),
    }
    if method not in between:
        raise Refused(f"the method {method!r}")
    in_order = ordered(graph, x, x, along)
    ends = [pick(graph, in_order, {along: np.array([n])}) for n in (low, high)]
    weight = between[method]
    # Of an infinite end that counts for nothing a share would be NaN.
    y = graph.map(X * (1.0 - weight) + Y * weight, *ends) if weight else ends[0]
    return y if keepdims else graph.reshape(y, (*x.shape[:along], *x.shape[along + 1 :]))
