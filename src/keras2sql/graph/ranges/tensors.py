"""Ranges of tensors, from those of their operands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.ranges.arithmetic import (
    TRUTH,
    Range,
    added,
    constant,
    hull,
    multiplied,
    rounded,
    summed,
)
from keras2sql.graph.ranges.softmax import sums_a_softmax
from keras2sql.graph.ranking import Top
from keras2sql.graph.trees import Forest, Trees


def of_tensor(t: Tensor, operands: Sequence[Range]) -> Range:
    """The range of a tensor that is neither an input nor a map, from those of its operands."""
    op = t.op
    if isinstance(op, ops.Constant):
        return constant(op.value)
    if isinstance(op, ops.Take):
        filled = (op.index < 0).any()
        return hull([operands[0], constant(op.fill)]) if filled else operands[0]
    if isinstance(op, ops.Join):
        return hull(operands)
    if isinstance(op, ops.Contract):
        return _contraction(op, t, operands)
    if isinstance(op, ops.Reduce):
        return _reduction(op, t, operands[0])
    if isinstance(op, ops.Find):
        rest = [] if op.otherwise is None else [constant(op.otherwise)]
        return hull([operands[1], *rest])
    if isinstance(op, ops.Lookup | ops.Mirror | ops.Pick):
        return operands[0]
    if isinstance(op, ops.Overall):
        return _reduction(op, t, operands[0])
    if isinstance(op, Top):
        return operands[0] if op.what == "values" else _of_top(op, t.inputs[0].size)
    if isinstance(op, Trees):
        return _of_trees(op.forest, operands[0])
    return Range(infinite=True, nan=True)


def _of_top(op: Top, size: int) -> Range:
    return TRUTH if op.what == "marks" else Range(0.0, size - 1.0, 1.0, grain=1.0)


def _of_trees(forest: Forest, x: Range) -> Range:
    found = summed(constant(forest.value[forest.leaf]), len(forest.roots))
    return replace(found, nan=forest.missing_left is None and x.nan)


def terms(t: Tensor) -> int:
    """How many products, or numbers, an element of a contraction or a reduction sums; of all
    rows of a sequence, more than there can be."""
    if isinstance(t.op, ops.Overall):
        return 10**12
    if isinstance(t.op, ops.Contract):
        return t.op.work(*(i.shape for i in t.inputs[:2])) // max(t.size, 1)
    return t.inputs[0].size // max(t.size, 1)


def _contraction(op: ops.Contract, t: Tensor, operands: Sequence[Range]) -> Range:
    product = multiplied(operands[0], operands[1])
    total = summed(product, terms(t))
    return added(total, operands[2]) if len(operands) > 2 else total


def _reduction(op: ops.Reduce | ops.Overall, t: Tensor, x: Range) -> Range:
    count = terms(t)
    if isinstance(op, ops.Reduce) and op.how == "argmax":
        return Range(0.0, t.inputs[0].shape[op.axes[0]] - 1.0, 1.0, grain=1.0)
    if op.how in ("any", "all"):
        return TRUTH
    if op.how == "prod":
        found = x
        for _ in range(count - 1):
            found = multiplied(found, x)
        return found
    if op.how in ("sum", "mean"):
        total = summed(x, count)
        if op.how == "mean":
            total = replace(total, low=x.low, high=x.high, least_size=total.least_size / count)
            total = rounded(total)
        elif sums_a_softmax(t):
            total = total.within(1.0, math.inf)
        return total
    return x
