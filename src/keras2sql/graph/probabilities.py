"""What the graph tells about a tensor of probabilities: its logits, or at least its bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor, tensor
from keras2sql.graph.expr import X, Y
from keras2sql.graph.order import topological
from keras2sql.graph.ranking import Top
from keras2sql.graph.trees import Trees

Interval = tuple[float, float]
ANYTHING: Interval = (-math.inf, math.inf)


class Logits(NamedTuple):
    """`tensor` is what `kind`, over all its elements or each alone, made probabilities of."""

    kind: Literal["sigmoid", "softmax"]
    tensor: Tensor


def logits(t: Tensor) -> Logits | None:
    """The tensor under the sigmoid or the softmax that `t` ends in; of the shape of `t`.

    Reshaping behind the activation is seen through, and so is what takes some elements of a
    sigmoid.  A softmax counts where it runs over all elements, that is where they sum to one.
    """
    if isinstance(t.op, ops.Take):
        found = logits(t.inputs[0])
        whole = sorted(t.op.index.ravel().tolist()) == list(range(t.inputs[0].size))
        some = found is not None and found.kind == "sigmoid" and bool((t.op.index >= 0).all())
        if found is None or not (whole or some):
            return None
        return Logits(found.kind, tensor(t.op, [found.tensor], t.layer))
    if isinstance(t.op, ops.Map):
        expr = t.op.expr
        if isinstance(expr, ex.Call) and expr.fn == "sigmoid":
            under = tensor(ops.Map(expr.args[0]), t.inputs, t.layer)
            return Logits("sigmoid", under) if under.shape == t.shape else None
        found_softmax = _softmax(t)
        if found_softmax is not None and found_softmax[1].shape == (1,) * len(t.shape):
            return Logits("softmax", found_softmax[0])
    return None


def _softmax(t: Tensor) -> tuple[Tensor, Tensor] | None:
    """The operand and the sum of a softmax as `functions.softmax` writes it."""
    if not (isinstance(t.op, ops.Map) and t.op.expr == X / Y and len(t.inputs) == 2):
        return None
    shifted, total = t.inputs
    if not (isinstance(total.op, ops.Reduce) and total.op.how == "sum"):
        return None
    if total.inputs != (shifted,) or not total.op.keepdims:
        return None
    if not (isinstance(shifted.op, ops.Map) and shifted.op.expr == ex.exp(X - Y)):
        return None
    operand, top = shifted.inputs
    if top.op != ops.Reduce("max", total.op.axes, True) or top.inputs != (operand,):
        return None
    return operand, total


def are_probabilities(t: Tensor) -> bool:
    """Whether no element of `t` can leave 0 .. 1, whatever the inputs: an average of
    softmaxes, a hard sigmoid."""
    low, high = bounds(t)
    return low >= 0 and high <= 1 + 1e-9


def bounds(root: Tensor) -> Interval:
    """The least and the greatest value that an element of `root` can have, so far as can
    be told without knowing the inputs."""
    known: dict[Tensor, Interval] = {}
    for t in topological([root]):
        known[t] = _of_tensor(t, [known[i] for i in t.inputs])
    return known[root]


def _of_tensor(t: Tensor, operands: Sequence[Interval]) -> Interval:
    if isinstance(t.op, ops.Constant):
        value = t.op.value
        numeric = value.dtype.kind in "fiub" and value.size > 0 and not np.isnan(value).any()
        return (float(value.min()), float(value.max())) if numeric else ANYTHING
    if isinstance(t.op, ops.Map):
        return (0.0, 1.0) if _softmax(t) else _of_expr(t.op.expr, operands)
    if isinstance(t.op, ops.Take):
        filled = (t.op.fill, t.op.fill) if (t.op.index < 0).any() else operands[0]
        return _hull([operands[0], filled])
    if isinstance(t.op, ops.Reduce) and t.op.how == "argmax":
        return 0.0, t.inputs[0].shape[t.op.axes[0]] - 1.0
    if isinstance(t.op, ops.Join):
        return _hull(operands)
    if isinstance(t.op, ops.Find):
        rest = t.op.otherwise
        return _hull([operands[1], *([] if rest is None else [_of_expr(ex.Const(rest), ())])])
    if isinstance(t.op, Top) and t.op.what != "values":
        return (0.0, 1.0) if t.op.what == "marks" else (0.0, t.inputs[0].size - 1.0)
    if isinstance(t.op, Trees):
        leaves, trees = t.op.forest.value[t.op.forest.leaf], float(len(t.op.forest.roots))
        return _product((float(leaves.min()), float(leaves.max())), (trees, trees))
    if isinstance(t.op, ops.Lookup | ops.Mirror | ops.Pick) or (
        isinstance(t.op, ops.Reduce | ops.Overall) and t.op.how in ("max", "min", "mean")
    ):
        return operands[0]
    if isinstance(t.op, ops.Reduce) and t.op.how == "sum":
        terms = t.inputs[0].size // max(t.size, 1)
        return _product(operands[0], (float(terms),) * 2)
    return ANYTHING


_RISING = frozenset({"add", "max", "min", "exp", "expm1", "sigmoid", "tanh", "floor", "ceil"})


def _of_expr(expr: ex.Expr, operands: Sequence[Interval]) -> Interval:
    """Interval arithmetic."""
    if isinstance(expr, ex.Arg):
        return operands[expr.index]
    if isinstance(expr, ex.Const):
        known = expr.value
        return ANYTHING if known is None or isinstance(known, str) else (float(known),) * 2
    assert isinstance(expr, ex.Call)
    args = [_of_expr(a, operands) for a in expr.args]
    if expr.fn in _RISING:
        compute = ex.FUNCTIONS[expr.fn].compute
        with np.errstate(all="ignore"):
            low, high = (float(compute(*(np.asarray(a[end]) for a in args))) for end in (0, 1))
        return low, high
    if expr.fn == "abs":
        return max(0.0, args[0][0], -args[0][1]), max(-args[0][0], args[0][1])
    if expr.fn == "sqrt":
        return math.sqrt(max(args[0][0], 0.0)), math.sqrt(max(args[0][1], 0.0))
    if expr.fn == "log1p" and args[0][0] > -1:
        return math.log1p(args[0][0]), math.log1p(args[0][1])
    if expr.fn == "neg":
        return -args[0][1], -args[0][0]
    if expr.fn == "sub":
        return args[0][0] - args[1][1], args[0][1] - args[1][0]
    if expr.fn == "where":
        return _hull(args[1:])
    if expr.fn == "mul":
        low, high = _product(*args)
        return (max(low, 0.0), high) if expr.args[0] == expr.args[1] else (low, high)
    if expr.fn == "div" and args[1][0] > 0:
        return _product(args[0], (1 / args[1][1], 1 / args[1][0]))
    return ANYTHING


def _product(a: Interval, b: Interval) -> Interval:
    corners = [0.0 if 0 in (x, y) else x * y for x in a for y in b]
    return min(corners), max(corners)


def _hull(intervals: Sequence[Interval]) -> Interval:
    return min(low for low, _ in intervals), max(high for _, high in intervals)
