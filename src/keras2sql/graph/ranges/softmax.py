"""What is known of the parts of a softmax: ``exp(z - max(z))``, and the sum of it."""

from __future__ import annotations

from keras2sql.graph import expr as ex
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor

# ``exp(x - max(x))`` where the greatest may be infinite.
EXP_BELOW_THE_GREATEST = ex.where(ex.call("eq", ex.X, ex.Y), 1.0, ex.exp(ex.X - ex.Y))


def sums_a_softmax(t: Tensor) -> bool:
    """Whether this is ``sum(exp(z - max(z)))``, one of whose terms is 1."""
    if not (isinstance(t.op, ops.Reduce) and t.op.how == "sum"):
        return False
    return below_the_greatest(t.inputs[0], t.op.axes)


def below_the_greatest(t: Tensor, axes: tuple[int, ...] = ()) -> bool:
    """Whether this is ``exp(z - max(z))``, over these axes if any are given."""
    if not (isinstance(t.op, ops.Map) and t.inputs):
        return False
    whole = t.op.expr in (ex.exp(ex.X - ex.Y), EXP_BELOW_THE_GREATEST)
    shifted = t.inputs[0] if t.op.expr == ex.exp(ex.X) else t
    if not (isinstance(shifted.op, ops.Map) and (whole or shifted.op.expr == ex.X - ex.Y)):
        return False
    z, top = shifted.inputs
    if not (isinstance(top.op, ops.Reduce) and top.op.how == "max" and top.inputs == (z,)):
        return False
    return top.op.keepdims and (not axes or top.op.axes == axes) and shifted.op.expr != ex.X
