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
        top = self.most * self.most
        if np.abs(weights).sum(axis=1).max() * top > _LARGEST:
            return None
        sizes = [self.of(cell) for cell in row]
        if any(map(math.isnan, sizes)):
            return None
        return [
            cell if size <= top else self._put_back(cells, cell)
            for cell, size in zip(row, sizes, strict=True)
        ]

    def _put_back(self, cells: Cells, cell: Cell) -> Cell:
        high, low = cells.const(self.most), cells.const(-self.most)
        within = cells.call("max", cells.call("min", cell, high), low)
        self._known[within] = self.most
        return within

    def of(self, cell: Cell) -> float:
        """The bound of |cell|: infinite where it may be anything, or NULL; NaN where it may be
        infinite or NaN itself."""
        known = self._known
        for one in ordered([cell], known):
            if one not in known:
                known[one] = self._size(one, [known[a] for a in one.args])
        return known[cell]

    def _size(self, cell: Cell, args: list[float]) -> float:
        if cell.fn == "column":
            return math.inf if cell.value[0] in self.states else self.most
        return bound(cell, args)


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
    if fn == "lookup":  # NULL where there is no such row
        table, column = cell.value
        values = table.values[:, column]
        whole = values.dtype.kind != "f" or np.isfinite(values).all()
        return math.inf if whole else math.nan
    if fn == "case":
        args = [*args[1:-1:2], args[-1]]
    if any(map(math.isnan, args)):
        return math.nan
    if fn in ("sum", "dot"):
        bias, weights = cell.value
        parts = args if fn == "sum" else [max(args)] * len(weights)
        products = (abs(w) * a for w, a in zip(weights, parts, strict=True) if w)
        return float(abs(bias) + sum(products))
    if fn in ("case", "max", "min", "abs", "neg", "pack", "mirror", "pick"):
        return max(args)
    if fn == "overall":
        return math.inf if cell.value == "sum" else max(args)
    if fn in ("add", "sub"):
        return sum(args)
    if fn == "mul":
        return 0.0 if 0.0 in args else math.prod(args)
    return _BOUNDED.get(fn, math.inf)
