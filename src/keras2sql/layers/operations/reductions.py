"""Operations that make one number of many: along axes other than the batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, call, maximum, minimum, where
from keras2sql.graph.ranges.softmax import EXP_BELOW_THE_GREATEST
from keras2sql.layers.operations import guards
from keras2sql.layers.operations.operation import (
    aligned,
    axes_of,
    number,
    numbers,
    one_axis,
    operation,
    rank_of,
    tensor_of,
    truth,
)
from keras2sql.layers.registry import Refused

# Class of the operation: how `Reduce` calls it, and what NaN counts as, where it is left out.
SIMPLE: dict[str, tuple[str, float | None]] = {
    "Amax": ("max", None),
    "Amin": ("min", None),
    "Mean": ("mean", None),
    "Nanprod": ("prod", 1.0),
    "Nansum": ("sum", 0.0),
    "Prod": ("prod", None),
    "Sum": ("sum", None),
}
_NUMBER = where(call("isnan", X), 0.0, 1.0)


def known(graph: Builder, x: Tensor, instead: float) -> Tensor:
    """`x` with `instead` for NaN."""
    return graph.map(where(call("isnan", X), instead, X), x)


def _simple(how: str, nan: float | None) -> Callable[..., Tensor]:
    def convert(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        (x,) = numbers(graph, tensor_of(x))
        x = x if nan is None else known(graph, x, nan)
        return graph.reduce(how, x, axes_of(axis, x), keepdims)

    return convert


for _class, (_how, _nan) in SIMPLE.items():
    operation(_class)(_simple(_how, _nan))


@operation("Max")
def greatest(
    graph: Builder, x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None
) -> Tensor:
    (x,) = numbers(graph, tensor_of(x))
    y = graph.reduce("max", x, axes_of(axis, x), keepdims)
    return y if initial is None else graph.map(maximum(X, float(initial)), y)


@operation("Min")
def least(
    graph: Builder, x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None
) -> Tensor:
    (x,) = numbers(graph, tensor_of(x))
    y = graph.reduce("min", x, axes_of(axis, x), keepdims)
    return y if initial is None else graph.map(minimum(X, float(initial)), y)


@operation("All")
def every(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    x = truth(graph, tensor_of(x))
    return graph.reduce("all", x, axes_of(axis, x), keepdims)


@operation("Any")
def some(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    x = truth(graph, tensor_of(x))
    return graph.reduce("any", x, axes_of(axis, x), keepdims)


@operation("CountNonzero")
def count_nonzero(graph: Builder, x: Any, axis: Any = None) -> Tensor:
    ones = number(graph, truth(graph, tensor_of(x)))
    return graph.reduce("sum", ones, axes_of(axis, ones))


@operation("Argmax")
def argmax(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The first among equals, as a number like any other: databases divide integers apart."""
    (x,) = numbers(graph, tensor_of(x))
    along = one_axis(axis, x)
    graph.room(x.shape[along])
    places = np.arange(x.shape[along], dtype=np.float64)
    return graph.lookup(places, graph.reduce("argmax", x, along, keepdims))


@operation("Argmin")
def argmin(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    return argmax(graph, graph.map(-X, *numbers(graph, tensor_of(x))), axis, keepdims)


@operation("Ptp")
def peak_to_peak(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    return graph.map(X - Y, greatest(graph, x, axis, keepdims), least(graph, x, axis, keepdims))


def variance_of(graph: Builder, x: Tensor, axes: tuple[int, ...], keepdims: bool) -> Tensor:
    centred = graph.map(X - Y, x, graph.reduce("mean", x, axes, keepdims=True))
    return graph.reduce("mean", graph.map(X * X, centred), axes, keepdims)


@operation("Var")
def variance(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    (x,) = numbers(graph, tensor_of(x))
    return variance_of(graph, x, axes_of(axis, x), keepdims)


@operation("Std")
def deviation(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    return guards.root(graph, variance(graph, x, axis, keepdims))


@operation("Moments")
def moments(graph: Builder, x: Any, axes: Any = None, keepdims: bool = False) -> list[Tensor]:
    """Mean and variance."""
    (x,) = numbers(graph, tensor_of(x))
    listed = axes_of(axes, x)
    return [graph.reduce("mean", x, listed, keepdims), variance_of(graph, x, listed, keepdims)]


@operation("Average")
def average(graph: Builder, x: Any, weights: Any = None, axis: Any = None) -> Tensor:
    """The mean, weighted along one axis by a vector, or by numbers in the shape of `x`."""
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    if weights is None:
        return graph.reduce("mean", x, axes)
    if not isinstance(weights, Tensor) and np.ndim(weights) == 1 and len(axes) == 1:
        shape = [n if a in axes else 1 for a, n in enumerate(x.shape)]
        weights = np.reshape(np.asarray(weights, dtype=np.float64), shape)
    x, w = numbers(graph, x, weights)
    w = graph.map(where(call("le", 0.0, 1.0), Y, X), x, w)
    weighted = graph.reduce("sum", graph.map(X * Y, x, w), axes)
    return graph.map(X / Y, weighted, graph.reduce("sum", w, axes))


@operation("Logsumexp")
def logsumexp(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The greatest has no difference to itself, so that infinite ones have none, either."""
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    top = graph.reduce("max", x, axes, keepdims=True)
    total = graph.reduce("sum", graph.map(EXP_BELOW_THE_GREATEST, x, top), axes, keepdims)
    return graph.map(X + call("ln", Y), graph.reduce("max", x, axes, keepdims), total)


@operation("Nanmean")
def nanmean(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    total = graph.reduce("sum", known(graph, x, 0.0), axes, keepdims)
    count = graph.reduce("sum", graph.map(_NUMBER, x), axes, keepdims)
    return graph.map(X / Y, total, count)


@operation("Nanmax")
def nanmax(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    return _nan_extreme(graph, x, axis, keepdims, "max", -math.inf)


@operation("Nanmin")
def nanmin(graph: Builder, x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    return _nan_extreme(graph, x, axis, keepdims, "min", math.inf)


def _nan_extreme(
    graph: Builder, x: Any, axis: Any, keepdims: bool, how: str, instead: float
) -> Tensor:
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    found = graph.reduce(how, known(graph, x, instead), axes, keepdims)
    held = graph.reduce("max", graph.map(_NUMBER, x), axes, keepdims)
    return graph.map(where(Y > 0.0, X, math.nan), found, held)


@operation("Norm")
def norm(
    graph: Builder, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False
) -> Tensor:
    """Of vectors along one axis, of matrices along two; by singular values: not."""
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    if ord in (None, "fro") or (ord == 2 and len(axes) == 1):
        return root_of_squares(graph, x, axes, keepdims)
    size = graph.map(abs(X), x)
    if len(axes) == 1:
        return _vector_norm(graph, size, float(ord), axes[0], keepdims)
    order = tuple(a % rank_of(x) - 1 for a in axis)
    if ord in (1, -1, math.inf, -math.inf):
        inner, outer = order if abs(ord) == 1 else order[::-1]
        sums = graph.reduce("sum", size, inner, keepdims=True)
        found = graph.reduce("max" if ord > 0 else "min", sums, outer, keepdims=True)
        kept = [n for a, n in enumerate(x.shape) if a not in axes]
        return found if keepdims else graph.reshape(found, kept)
    raise Refused(f"a matrix norm of order {ord}: it takes singular values")


def root_of_squares(graph: Builder, x: Tensor, axes: Any, keepdims: bool) -> Tensor:
    return graph.map(ex.sqrt(X), graph.reduce("sum", graph.map(X * X, x), axes, keepdims))


def _vector_norm(graph: Builder, size: Tensor, order: float, axis: int, keepdims: bool) -> Tensor:
    if math.isinf(order):
        return graph.reduce("max" if order > 0 else "min", size, axis, keepdims)
    if order == 0:
        return graph.reduce("sum", graph.map(where(X > 0.0, 1.0, 0.0), size), axis, keepdims)
    if order == 1:
        return graph.reduce("sum", size, axis, keepdims)
    powers = guards.raised(graph, *aligned(graph, size, order))
    total = graph.reduce("sum", powers, axis, keepdims)
    return guards.raised(graph, *aligned(graph, total, 1 / order))
