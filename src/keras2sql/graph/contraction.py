"""A contraction with its axes in groups that say what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Contraction:
    """The product of `x` and `y`, without a bias; axes are letters, as in einsum.

    `left`, `right` and `out` are the letters of `x`, `y` and of the result, in their order.
    """

    x: Tensor
    y: Tensor
    left: str
    right: str
    out: str

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How long each axis is."""
        return dict(zip(self.left + self.right, (*self.x.shape, *self.y.shape), strict=True))

    @property
    def batch(self) -> list[str]:
        """Axes of both operands and of the result: for each a product by itself."""
        return [c for c in self.left if c in self.right and c in self.out]

    @property
    def rows(self) -> list[str]:
        """Axes of `x` and of the result: the vectors that are multiplied."""
        return [c for c in self.left if c in self.out and c not in self.right]

    @property
    def columns(self) -> list[str]:
        """Axes of `y` and of the result: the neurons."""
        return [c for c in self.right if c in self.out and c not in self.left]

    @property
    def summed(self) -> list[str]:
        """Axes of both operands that the result lacks, as `y` has them."""
        return [c for c in self.right if c in self.left and c not in self.out]

    @property
    def alone(self) -> list[str]:
        """Axes of a single operand that the result lacks."""
        both = self.left + self.right
        return [c for c in both if both.count(c) == 1 and c not in self.out]

    @property
    def lost(self) -> list[str]:
        """All axes that the result lacks, of the first operand first."""
        return [c for c in dict.fromkeys(self.left + self.right) if c not in self.out]

    def as_vectors(self, values: Array, letters: str, free: list[str]) -> Array:
        """An operand of these letters as ``(batch, free, lost)``, the last axis of which is summed
        up; repeated along axes that the other one has alone."""
        wanted = [*self.batch, *free, *self.lost]
        turned = np.transpose(values, [letters.index(c) for c in wanted if c in letters])
        wide = turned.reshape([self.sizes[c] if c in letters else 1 for c in wanted])
        full = np.broadcast_to(wide, [self.sizes[c] for c in wanted])
        return full.reshape(self.size(self.batch), self.size(free), -1)

    @property
    def grouped(self) -> tuple[int, int, int]:
        """The shape of the result as ``(batch, rows, columns)``."""
        return self.size(self.batch), self.size(self.rows), self.size(self.columns)

    def as_grouped(self, values: Array) -> Array:
        """A result, or a bias of its shape, so."""
        return np.transpose(values, self._order).reshape(self.grouped)

    def as_result(self, values: Array) -> Array:
        """And back, in the order of the result's axes."""
        shape = [self.sizes[c] for c in (*self.batch, *self.rows, *self.columns)]
        return np.transpose(values.reshape(shape), np.argsort(self._order))

    @property
    def _order(self) -> list[int]:
        return [self.out.index(c) for c in (*self.batch, *self.rows, *self.columns)]

    def size(self, letters: Iterable[str]) -> int:
        """How many places these axes have."""
        return math.prod(self.sizes[c] for c in letters)


def contraction(t: Tensor, swapped: bool = False) -> Contraction:
    """What a tensor that is a contraction multiplies; if `swapped`, its second operand first."""
    assert isinstance(t.op, ops.Contract)
    left, right, out = t.op.terms()
    x, y = t.inputs[:2]
    return Contraction(y, x, right, left, out) if swapped else Contraction(x, y, left, right, out)
