"""Activations: one line each, in the form that neither overflows nor cancels.

The elementwise ones are scalar expressions, by their Keras name; those along an axis
are compositions of ops.  Formulas and defaults are those of `keras.activations` 3.15,
whose page is https://keras.io/api/layers/activations/.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import (
    Expr,
    X,
    Y,
    Z,
    call,
    erf,
    exp,
    expm1,
    log1p,
    maximum,
    minimum,
    sqrt,
    where,
)
from keras2sql.graph.ops import ShapeError

# Klambauer et al. 2017, as in Keras.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


def relu(
    negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Expr:
    """Keras's general rectifier; a `max_value` caps the positive part only."""
    positive = maximum(X, 0.0) if threshold == 0 else where(X > threshold, X, 0.0)
    if max_value is not None:
        positive = minimum(positive, max_value)
    if negative_slope == 0:
        return positive
    return positive - negative_slope * maximum(threshold - X, 0.0)


def leaky_relu(negative_slope: float = 0.2) -> Expr:
    return where(X >= 0.0, X, negative_slope * X)


def elu(alpha: float = 1.0) -> Expr:
    return where(X > 0.0, X, alpha * expm1(minimum(X, 0.0)))


def celu(alpha: float = 1.0) -> Expr:
    return maximum(X, 0.0) + alpha * expm1(minimum(X, 0.0) / alpha)


def gelu(approximate: bool = False) -> Expr:
    if approximate:
        # tanh is 1 long before 20; without the bounds the cube could overflow.
        x = minimum(maximum(X, -20.0), 20.0)
        inner = math.sqrt(2 / math.pi) * x * (1.0 + 0.044715 * (x * x))
        return 0.5 * X * (1.0 + ex.tanh(inner))
    return 0.5 * X * (1.0 + erf(X * math.sqrt(0.5)))


def softplus() -> Expr:
    return maximum(X, 0.0) + log1p(exp(-abs(X)))


def log1p_anywhere(above: bool = False) -> Expr:
    """``log1p(X)`` without the loss of digits, and of all beyond 1e16, that the identity by atanh
    has far from 0; `above`: X is known to be above -1."""
    near = log1p(minimum(maximum(X, -0.5), 0.5))
    far = call("ln", 1.0 + X) if above else ex.log(1.0 + X)
    return where(call("lt", abs(X), 0.5), near, far)


def squareplus(b: float = 4.0) -> Expr:
    """``(x + sqrt(x * x + b)) / 2``, without cancellation where x is far below 0."""
    x = minimum(abs(X), 1e100)  # whose square is finite
    return maximum(X, 0.0) + 0.5 * b / (sqrt(x * x + b) + x)


def soft_shrink(threshold: float = 0.5) -> Expr:
    return maximum(X - threshold, 0.0) + minimum(X + threshold, 0.0)


def hard_shrink(threshold: float = 0.5) -> Expr:
    return where(abs(X) > threshold, X, 0.0)


def threshold(threshold: float, default_value: float) -> Expr:
    return where(X > threshold, X, default_value)


def hard_sigmoid() -> Expr:
    return minimum(maximum(X / 6.0 + 0.5, 0.0), 1.0)


def hard_sigmoid_keras2() -> Expr:
    """What ``hard_sigmoid`` meant up to Keras 2.15."""
    return minimum(maximum(0.2 * X + 0.5, 0.0), 1.0)


def sparse_plus() -> Expr:
    half = 0.5 * (minimum(maximum(X, -1.0), 1.0) + 1.0)
    return half * half + maximum(X - 1.0, 0.0)


ACTIVATIONS: dict[str, Callable[..., Expr]] = {
    "celu": celu,
    "elu": elu,
    "exponential": lambda: exp(X),
    "gelu": gelu,
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": lambda: X * hard_sigmoid(),
    "hard_tanh": lambda: minimum(maximum(X, -1.0), 1.0),
    "leaky_relu": leaky_relu,
    "linear": lambda: X,
    "log_sigmoid": lambda: minimum(X, 0.0) - log1p(exp(-abs(X))),
    "mish": lambda: X * ex.tanh(softplus()),
    "relu": relu,
    "relu6": lambda: minimum(maximum(X, 0.0), 6.0),
    "selu": lambda: _SELU_SCALE * elu(_SELU_ALPHA),
    "sigmoid": lambda: ex.sigmoid(X),
    "silu": lambda: X * ex.sigmoid(X),
    "soft_shrink": soft_shrink,
    "softplus": softplus,
    "softsign": lambda: X / (1.0 + abs(X)),
    "sparse_plus": sparse_plus,
    "sparse_sigmoid": lambda: minimum(maximum(0.5 * X + 0.5, 0.0), 1.0),
    "squareplus": squareplus,
    "tanh": lambda: ex.tanh(X),
    "tanh_shrink": lambda: X - ex.tanh(X),
    "threshold": threshold,
}


def softmax(graph: Builder, x: Tensor, axes: int | tuple[int, ...] = -1) -> Tensor:
    """``exp(x - max) / sum(exp(x - max))`` over one or more axes."""
    shifted = graph.map(exp(X - Y), x, graph.reduce("max", x, axes, keepdims=True))
    return graph.map(X / Y, shifted, graph.reduce("sum", shifted, axes, keepdims=True))


def log_softmax(graph: Builder, x: Tensor, axis: int = -1) -> Tensor:
    """``x - max - log(sum(exp(x - max)))``."""
    top = graph.reduce("max", x, axis, keepdims=True)
    total = graph.reduce("sum", graph.map(exp(X - Y), x, top), axis, keepdims=True)
    return graph.map(X - Y - ex.call("ln", Z), x, top, total)


def glu(graph: Builder, x: Tensor, axis: int = -1) -> Tensor:
    """``a * sigmoid(b)`` of the halves a, b along an axis; the axis is halved."""
    size = x.shape[axis]
    if size % 2:
        raise ShapeError(f"glu halves axis {axis}, which has {size} elements")
    a, b = np.split(graph.positions(x), 2, axis)
    return graph.map(X * ex.sigmoid(Y), graph.take(x, a), graph.take(x, b))


def sparsemax(graph: Builder, x: Tensor, axis: int = -1) -> Tensor:
    """Keras's sparsemax (Martins et al. 2016), over pairs of elements instead of sorted ones.

    With c the running sums of the elements from the greatest down, and the support those
    of rank r with ``z - (c - 1) / r > 0``, Keras takes the threshold
    ``(sum of c over the support - 1) / k``.  The paper has the last c alone there, so the
    result does not sum to 1 where the support has two elements or more; all backends of
    Keras 3.15 agree on it, and so a model was trained with it.
    """
    axis %= len(x.shape)
    size = x.shape[axis]
    one = graph.reshape(x, (*x.shape[: axis + 1], 1, *x.shape[axis + 1 :]))
    other = graph.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))
    # Among equals the earlier one comes first: 1 where `other` is not behind `one`.
    beside = (1,) * (len(x.shape) - axis - 1)
    graph.room(size, size)
    earlier = np.tril(np.ones((size, size))).reshape(size, size, *beside)
    precedes = ex.call("or", Y > X, ex.call("and", Y >= X, Z > 0.5))
    rank = graph.reduce("sum", graph.map(where(precedes, 1.0, 0.0), one, other, earlier), axis + 1)
    above = graph.reduce("sum", graph.map(where(precedes, Y, 0.0), one, other, earlier), axis + 1)
    supports = X - (Y - 1.0) / Z > 0.0
    chosen = graph.map(where(supports, Y, 0.0), x, above, rank)
    total = graph.reduce("sum", chosen, axis, keepdims=True)
    ones = graph.map(where(supports, 1.0, 0.0), x, above, rank)
    count = graph.reduce("sum", ones, axis, keepdims=True)
    # Where rounding or an infinity leaves no support, Keras's threshold is that of a division by 0.
    above_it = maximum(X - (Y - 1.0) / maximum(Z, 1.0), 0.0)
    unsupported = where(X > -math.inf, math.inf, math.nan)
    return graph.map(where(Z > 0.0, above_it, unsupported), x, total, count)


AXIS_ACTIVATIONS: dict[str, Callable[..., Tensor]] = {
    "glu": glu,
    "log_softmax": log_softmax,
    "softmax": softmax,
    "sparsemax": sparsemax,
}
