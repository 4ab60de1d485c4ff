"""A vector met with each of many constant ones, and summed up: distances, kernels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor

WIDEST = 100
"""Elements of such a vector, at most."""


def paired(tensors: Iterable[Tensor]) -> frozenset[Tensor]:
    """The maps of computed vectors and constants, (vectors, width), that nothing reads but the
    sum of each of their rows."""
    listed = list(tensors)
    reads = Counter(i for t in listed for i in t.inputs)
    return frozenset(t.inputs[0] for t in listed if _sums(t) and _meets(t.inputs[0], reads))


def _sums(t: Tensor) -> bool:
    is_sum = isinstance(t.op, ops.Reduce) and (t.op.how, t.op.axes) == ("sum", (1,))
    return is_sum and len(t.inputs[0].shape) == 2


def _meets(x: Tensor, reads: Counter[Tensor]) -> bool:
    if not isinstance(x.op, ops.Map) or x.kind != "float" or reads[x] != 1:
        return False
    rows, width = x.shape
    moving = {i for i in x.inputs if i.constant is None}
    return bool(
        rows > 1 and 1 < width <= WIDEST and moving and all(i.shape == (width,) for i in moving)
    )
