"""Numbers of single precision: which functions widen or outgrow them, and the way back."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.numbers import Numbers
from keras2sql.lower.cells import Cell
from keras2sql.lower.sizes import bound
from keras2sql.lower.steps import ordered

# Functions of numbers of single precision that may leave it.
_GROWING = {"exp", "pow", "pow_in_range", "sinh", "cosh", "tan", "div"}

# Functions that give the type that they take.
_KEEPING = {"sum", "dot", "pack", "add", "sub", "mul", "neg", "abs", "max", "min"}

# Of these the size follows from that of the arguments alone.
_BOUNDED = {*_KEEPING, "case"}

_LARGEST = float(np.finfo(np.float32).max)


def is_wide(dialect: Dialect, cell: Cell, names: Mapping[Cell, str]) -> bool:
    """Whether a sum of numbers of single precision is of double: as literals are, or the
    results of functions.  `names` has the cells that are columns."""
    literals_are_double = dialect.numbers.single == Numbers.single
    if literals_are_double:
        return True
    products = dialect.products
    inside = {one.fn for one in _inside(cell, names) if one.args}
    return not inside <= _KEEPING or ("dot" in inside and products is not None and products.widens)


def narrowed(
    dialect: Dialect,
    cell: Cell,
    text: str,
    names: Mapping[Cell, str],
    wide: bool = False,
) -> str:
    """A spelled cell in single precision, which it may leave; `wide`: what it reads may be
    of double."""
    narrow = dialect.arithmetic.narrow
    if narrow:
        inside = _inside(cell, names)
        grows = any(one.fn in _GROWING for one in inside)
        if wide or grows or _outgrows(inside):
            return narrow.format(text)
    return f"CAST({text} AS {dialect.types['single']})"


def _inside(cell: Cell, names: Mapping[Cell, str]) -> list[Cell]:
    """The cells that the text of one computes, arguments first."""
    return [one for one in ordered([cell], names) if one not in names]


def _outgrows(cells: list[Cell]) -> bool:
    """Whether double, as functions give it, may hold what single precision has no number for;
    the last of `cells` is made of the others, and of numbers of single precision."""
    if not any(_is_of_function(cell) for cell in cells):
        return False
    size_of: dict[Cell, float] = {}
    for cell in cells:
        sizes = [size_of.get(arg, _LARGEST) for arg in cell.args]
        size = bound(cell, sizes)
        if not math.isfinite(size):  # unknown: no larger than what it is made of
            size = max([_LARGEST, *sizes])
        size_of[cell] = size
    return size_of[cells[-1]] > _LARGEST


def _is_of_function(cell: Cell) -> bool:
    return bool(cell.args) and not cell.truth and cell.fn not in _BOUNDED
