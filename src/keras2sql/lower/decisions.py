"""A decision for a label: for none where the probabilities are NaN."""

from __future__ import annotations

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor, tensor
from keras2sql.graph.expr import Const, X, Y, call, where

_SUMS = (ops.Reduce("sum", (0,)), ops.Reduce("sum", (0,), True))


def probabilities(t: Tensor) -> Tensor | None:
    """What a lookup of labels decides by; None for any other lookup."""
    table, ids = t.inputs
    is_of_labels = table.constant is not None and table.kind == "str"
    if is_of_labels and ids.op == ops.Reduce("argmax", (0,)):
        return ids.inputs[0]
    return None


def decided(t: Tensor, x: Tensor) -> Tensor:
    """The label `t`, and NULL where the probabilities `x` are NaN."""
    is_nan = ops.Map(call("isnan", X))
    if _alike(x):
        last = tensor(ops.Take(np.array(x.size - 1)), (x,), t.layer)
        missing = tensor(is_nan, (last,), t.layer)
    else:
        tests = tensor(is_nan, (x,), t.layer)
        missing = tensor(ops.Reduce("any", (0,)), (tests,), t.layer)
    label_or_none = ops.Map(where(call("not", Y), X, Const(None)))
    return tensor(label_or_none, (t, missing), t.layer)


def _alike(x: Tensor) -> bool:
    """Whether all are NaN if one is: they are quotients by one sum, or made of one number."""
    if isinstance(x.op, ops.Map):
        single = [operand for operand in x.inputs if operand.size == 1]
        return any(operand.op in _SUMS for operand in single)
    if not isinstance(x.op, ops.Join) or x.size != 2 or len(x.inputs) != 2:
        return False
    one, other = x.inputs  # such as 1 - p and p, or two functions of one number
    if other in one.inputs:
        return True
    return one.inputs == other.inputs and len(one.inputs) == 1
