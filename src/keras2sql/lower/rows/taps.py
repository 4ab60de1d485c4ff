"""Neighbours read at several places of an array at once: the taps of a filter, or of a window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.lower.rows import arrays
from keras2sql.lower.rows.arrays import Picked
from keras2sql.lower.rows.body import Body
from keras2sql.sql.tree import Product, Read, Relation, aliased

# More operands than this are collected into an array, fewer are terms of an expression.
_TERMS = 32


@dataclass(frozen=True)
class Taps:
    """The `source` with a row for each array that is computed, and for each tap its value at
    element j; there are `size` elements."""

    source: Relation
    values: list[str]
    size: int


def tapped(body: Body, t: Tensor, x: Tensor, index: Array) -> Taps | None:
    """The taps of `x` at an index of shape (arrays, taps, elements); None if its elements are no
    neighbours, or the taps too many."""
    picked = arrays.picked_from(body, x, index)
    _, taps, size = index.shape
    first = picked.index[..., :1]
    neighbours = np.where(first < 0, -1, first + np.arange(size))
    if taps > _TERMS or not np.array_equal(neighbours, picked.index):
        return None
    first_of_each = Picked(picked.source, picked.index[..., 0], picked.fill)
    step, begin = arrays.filled(body, t, first_of_each, size)
    columns = {f"b{k}": begin[:, k] - 1 for k in range(taps)}  # j is counted from 1, too
    table = body.table(
        t.layer,
        keys=("p",),
        p=np.arange(len(begin)),
        **columns,
    )
    values = [f"x.v[m.b{k} + j]" for k in range(taps)]
    return Taps(Product(Read(step, "x"), aliased(table, "m")), values, size)
