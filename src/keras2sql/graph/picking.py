"""From all time steps of a sequence to a row for each: where in a graph that is done.

What is computed of each step by itself is better computed of one step per row than of all
steps side by side, so that steps are picked as early as can be.
"""

from __future__ import annotations

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Tensor, tensor
from keras2sql.graph.ops import Array
from keras2sql.graph.order import topological

Operands = tuple[Tensor | None, ...]


def picking(output: Tensor) -> Tensor:
    """A tensor of shape (1, ...) for each step of `output`, (steps, ...), as `ops.Pick` has it."""
    steps = output.shape[0]
    inner: dict[Tensor, Operands] = {}
    wanted: set[Tensor | None] = {output}
    for t in reversed(topological([output])):
        found = stepwise(t, steps) if t in wanted else None
        if found is not None:
            inner[t] = found
            wanted.update(found)
    done: dict[Tensor, Tensor] = {}
    for t in topological([output]):
        if t not in inner:
            continue
        operands = [
            original if part is None else done.get(part) or _picked(part)
            for original, part in zip(t.inputs, inner[t], strict=True)
        ]
        done[t] = tensor(of_one(t, steps), operands, t.layer)
        assert done[t].shape == (1, *t.shape[1:])
    return done.get(output) or _picked(output)


def _picked(t: Tensor) -> Tensor:
    return tensor(ops.Pick(), (t,), t.layer)


def stepwise(t: Tensor, steps: int) -> Operands | None:
    """Where `t` is made of each step by itself: its operands, None for those that stay as
    they are.  Else None."""
    op = t.op
    if isinstance(op, ops.Map):
        return _aligned(t, t.inputs, steps)
    if isinstance(op, ops.Reduce) and op.how != "argmax" and 0 not in op.axes:
        return (t.inputs[0],)
    if isinstance(op, ops.Join) and op.axis > 0:
        return t.inputs
    if isinstance(op, ops.Take) and t.inputs[0].shape[:1] == (steps,):
        size = t.inputs[0].size // steps
        first = op.index[:1]
        moved = np.where(first < 0, -1, first + size * _column(steps, op.index.ndim))
        fits = (first < size).all() and np.array_equal(moved, op.index)
        return (t.inputs[0],) if fits else None
    if isinstance(op, ops.Contract):
        axes = contraction(t)
        along, constant = axes.out[:1], axes.y.constant is not None
        alone = axes.left.count(along) == 1 and along not in axes.right
        if constant and axes.left[:1] == along and alone:
            bias = _aligned(t, t.inputs[2:], steps)
            return None if bias is None else (t.inputs[0], None, *bias)
    return None


def _aligned(
    t: Tensor, operands: tuple[Tensor, ...], steps: int
) -> tuple[Tensor | None, ...] | None:
    """Operands that broadcast, by their steps; None for all where one that is no constant has
    none, or a constant has some."""
    found: list[Tensor | None] = []
    for one in operands:
        along = len(one.shape) == len(t.shape) and one.shape[0] == steps
        if along == (one.constant is not None):
            return None
        found.append(one if along else None)
    return tuple(found)


def of_one(t: Tensor, steps: int) -> ops.Op:
    """The op for one step."""
    return ops.Take(t.op.index[:1], t.op.fill) if isinstance(t.op, ops.Take) else t.op


def _column(steps: int, rank: int) -> Array:
    return np.arange(steps).reshape(-1, *(1,) * (rank - 1))
