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
    first = ids.op == ops.Reduce("argmax", (0,)) and table.constant is not None
    return ids.inputs[0] if first and table.kind == "str" else None


def decided(t: Tensor, x: Tensor) -> Tensor:
    """The label `t`, and NULL where the probabilities `x` are NaN."""
    if _alike(x):
        last = tensor(ops.Take(np.array(x.size - 1)), (x,), t.layer)
        missing = tensor(ops.Map(call("isnan", X)), (last,), t.layer)
    else:
        tests = tensor(ops.Map(call("isnan", X)), (x,), t.layer)
        missing = tensor(ops.Reduce("any", (0,)), (tests,), t.layer)
    return tensor(ops.Map(where(call("not", Y), X, Const(None))), (t, missing), t.layer)


def _alike(x: Tensor) -> bool:
    """Whether all are NaN if one is: they are quotients by one sum, or made of one number."""
    if isinstance(x.op, ops.Map):
        return any(i.size == 1 and i.op in _SUMS for i in x.inputs)
    if not isinstance(x.op, ops.Join) or x.size != 2 or len(x.inputs) != 2:
        return False
    one, other = x.inputs
    return other in one.inputs or (one.inputs == other.inputs and len(one.inputs) == 1)
