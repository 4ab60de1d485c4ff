"""Sums over all that is looked up in one table: the mean of the vectors of a text's words."""

from __future__ import annotations

from collections.abc import Iterable

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, where

LEAST = 6
"""Of so many ids at least; of fewer, each is looked up by itself."""

_SHOWN = where(Y, X, 0.0)


def looked_up(t: Tensor) -> Tensor | None:
    """The look-up over all of whose ids `t` is a sum, a mean, or the greatest or the least; None
    if it is something else.  A mask may hide ids from a sum."""
    if not isinstance(t.op, ops.Reduce) or t.op.how not in ("sum", "mean", "max", "min"):
        return None
    (found,) = t.inputs
    if t.op.how == "sum" and isinstance(found.op, ops.Map) and found.op.expr == _SHOWN:
        found, mask = found.inputs
        rank = len(found.inputs[-1].shape) if found.inputs else 0
        if any(n != 1 for n in mask.shape[rank:]):
            return None
    if not isinstance(found.op, ops.Lookup) or found.inputs[0].constant is None:
        return None
    ids = found.inputs[1]
    many = ids.constant is None and ids.size >= LEAST
    return found if many and t.op.axes == tuple(range(len(ids.shape))) else None


def only_totalled(tensors: Iterable[Tensor]) -> set[Tensor]:
    """The look-ups that nothing reads but such sums."""
    readers: dict[Tensor, list[Tensor]] = {}
    for t in tensors:
        for read in t.inputs:
            readers.setdefault(read, []).append(t)

    def summed(found: Tensor, by: Tensor) -> bool:
        if looked_up(by) is found:
            return True
        through = isinstance(by.op, ops.Map) and by in readers
        return through and all(looked_up(t) is found for t in readers[by])

    return {
        t
        for t, by in readers.items()
        if isinstance(t.op, ops.Lookup) and all(summed(t, one) for one in by)
    }
