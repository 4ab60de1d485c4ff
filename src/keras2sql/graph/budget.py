"""How large a graph may become: beyond, a file asks for more than any honest model does.

What a file asks for is counted where it is made, before memory is taken for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from keras2sql.errors import ModelFileError

MOST_ELEMENTS = 1 << 31
"""Of one tensor.  The windows of a convolution over images of 1024 x 1024 are half of that."""

MOST_AXES = 30
"""Of one tensor.  numpy 1 has arrays of 32, one of which is the batch."""

MOST_TENSORS = 60_000
"""In a graph.  A layer takes about five."""

MOST_WRITTEN = 1 << 24
"""Numbers that are written out, places of elements and constants, beside the weights."""

MOST_SCRATCH = 1 << 28
"""The same, of arrays that are dropped again."""


class Budget:
    """What a graph may still take."""

    def __init__(self) -> None:
        self._tensors = MOST_TENSORS
        self._written = MOST_WRITTEN
        self._scratch = MOST_SCRATCH

    def weights(self, count: int) -> None:
        """Allow for constants made of so many weights."""
        self._written += 4 * count

    def tensor(self, layer: str, shape: Sequence[int]) -> None:
        """Count a tensor of this shape."""
        self._tensors -= 1
        if self._tensors < 0:
            raise ModelFileError(f"{layer}: more than {MOST_TENSORS:,} tensors in one model")
        if len(shape) > MOST_AXES:
            raise ModelFileError(f"{layer}: a tensor of {len(shape):,} axes is beyond all measure")
        size = math.prod(shape)
        if any(n < 1 for n in shape):
            raise ModelFileError(
                f"{layer}: nothing is left in a tensor of the shape {tuple(shape)}"
            )
        if size > MOST_ELEMENTS:
            raise ModelFileError(
                f"{layer}: a tensor of the shape {tuple(shape)} is beyond all measure"
            )

    def room(self, layer: str, *sizes: int) -> None:
        """Count an array of these sizes that is about to be made and dropped again."""
        count = math.prod(max(1, int(n)) for n in sizes)
        self._scratch -= count
        if count > self._written or self._scratch < 0:
            raise ModelFileError(
                f"{layer}: its {' x '.join(map(str, sizes))} numbers, which are no weights, are "
                "beyond all measure"
            )

    def keep(self, layer: str, shape: Sequence[int]) -> None:
        """Count an array of this shape that stays in the graph."""
        self.room(layer, *shape)
        self._written -= math.prod(shape)
