"""How large the numbers of cells can be, for arrays that take neither all numbers nor NULL."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from keras2sql.lower.cells import Cell, CellArray, Cells
from keras2sql.lower.steps import ordered

# Functions that stay within these, whatever they are given.
_BOUNDED = {"sigmoid": 1.0, "tanh": 1.0, "erf": 1.0, "erfc": 2.0, "sin": 1.0, "cos": 1.0}
_BOUNDED |= {"sign": 1.0, "atan": 2.0, "asin": 2.0, "acos": 4.0, "atan2": 4.0}
# Functions that give one of their arguments, but for its sign.
_NO_LARGER = {"case", "max", "min", "abs", "neg", "pack", "mirror", "pick"}
_LARGEST = 1e38
"""What sums of 32 bit stay below."""


class Sizes:
    """Bounds of cells whose source columns lie within +-`most`; `states`, by the names of
    their inputs, may be any numbers.

    Arrays may hold numbers up to the square of `most`, so that those of a few layers need
    not be held; what can be larger, or NULL, is put back within `most`.
    """

    def __init__(self, most: float, states: Collection[str] = ()) -> None:
        self.most, self.states = most, states
        self._known: dict[Cell, float] = {}

    def held(self, cells: Cells, row: CellArray, weights: Any) -> Sequence[Cell] | None:
        """The cells of `row` as an array takes them, to be multiplied with each of `weights`.

        None where one may be NaN, which arrays refuse, or where a product may overflow.
        """
        if math.isinf(self.most):
            return list(row)
        largest = self.most * self.most
        largest_product = np.abs(weights).sum(axis=1).max() * largest
        if largest_product > _LARGEST:
            return None
        sizes = [self.of(cell) for cell in row]
        if any(map(math.isnan, sizes)):
            return None
        held = []
        for cell, size in zip(row, sizes, strict=True):
            held.append(cell if size <= largest else self._put_back(cells, cell))
        return held

    def _put_back(self, cells: Cells, cell: Cell) -> Cell:
        high = cells.const(self.most)
        low = cells.const(-self.most)
        within = cells.call("max", cells.call("min", cell, high), low)
        self._known[within] = self.most
        return within

    def of(self, cell: Cell) -> float:
        """The bound of |cell|: infinite where it may be anything, or NULL; NaN where it may be
        infinite or NaN itself."""
        known = self._known
        for one in ordered([cell], known):
            if one not in known:
                known[one] = self._size(one, [known[arg] for arg in one.args])
        return known[cell]

    def _size(self, cell: Cell, args: list[float]) -> float:
        if cell.fn != "column":
            return bound(cell, args)
        name, _ = cell.value
        return math.inf if name in self.states else self.most


def bound(cell: Cell, args: list[float]) -> float:
    """The bound of |cell|, which is no source column, by those of its arguments."""
    return _of_constant(cell) if cell.leaf else _of_call(cell, args)


def _of_constant(cell: Cell) -> float:
    value = cell.value
    if not isinstance(value, int | float):
        return math.inf
    return abs(value) if math.isfinite(value) else math.nan


def _of_call(cell: Cell, args: list[float]) -> float:
    fn = cell.fn
    if fn == "lookup":
        return _of_lookup(cell)
    if fn == "case":
        args = [*args[1:-1:2], args[-1]]
    if any(map(math.isnan, args)):
        return math.nan
    if fn in ("sum", "dot"):
        return _of_sum(cell, args)
    if fn in _NO_LARGER:
        return max(args)
    if fn == "overall":
        how = cell.value
        return math.inf if how == "sum" else max(args)
    if fn in ("add", "sub"):
        return sum(args)
    if fn == "mul":
        return 0.0 if 0.0 in args else math.prod(args)
    return _BOUNDED.get(fn, math.inf)


def _of_lookup(cell: Cell) -> float:
    """Infinite, as it is NULL where there is no such row."""
    table, column = cell.value
    values = table.values[:, column]
    are_finite = values.dtype.kind != "f" or np.isfinite(values).all()
    return math.inf if are_finite else math.nan


def _of_sum(cell: Cell, args: list[float]) -> float:
    """Of a weighted sum, or of a product with arrays, whose bounds are those of their elements."""
    bias, weights = cell.value
    bounds = args if cell.fn == "sum" else [max(args)] * len(weights)
    total = 0.0
    for weight, largest in zip(weights, bounds, strict=True):
        if weight:
            total += abs(weight) * largest
    return float(abs(bias) + total)
