"""Many cells become one: sums, products, the greatest, and where it is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras2sql.graph.expr import X, Y, Z, call, where
from keras2sql.lower.cells import Cell, Cells
from keras2sql.lower.totals import total


def reduced(cells: Cells, how: str, row: list[Cell], at_once: bool) -> Cell:
    """The cell for what `how` makes of a row of cells; `at_once`: by a sum over the rows of one
    table where all of them are looked up in it."""
    is_mean = how == "mean"
    looked_up = None
    if at_once:
        looked_up = total(cells, "sum" if is_mean else how, row)
    if looked_up is None:
        return _REDUCTIONS[how](cells, row)
    return _divided(cells, looked_up, row) if is_mean else looked_up


def _sum(cells: Cells, row: list[Cell]) -> Cell:
    return cells.weighted(0.0, np.ones(len(row)), row)


def _mean(cells: Cells, row: list[Cell]) -> Cell:
    return _divided(cells, _sum(cells, row), row)


def _divided(cells: Cells, sum_: Cell, row: list[Cell]) -> Cell:
    return cells.call("div", sum_, cells.const(float(len(row))))


def _argmax(cells: Cells, row: list[Cell]) -> Cell:
    """The position of the greatest; of several the first."""
    if len(row) == 1:
        return cells.const(0)
    if len(row) == 2:
        first = cells.const(0)
        second = cells.const(1)
        is_first = cells.call("ge", *row)
        return cells.case([(is_first, first)], second)
    greatest = cells.most("max", row)
    *others, _ = row
    branches = []
    for position, cell in enumerate(others):
        is_greatest = cells.call("eq", cell, greatest)
        branches.append((is_greatest, cells.const(position)))
    return cells.case(branches, cells.const(len(others)))


def top(cells: Cells, what: str, count: int, row: list[Cell]) -> list[Cell]:
    """See `ranking.Top`: each round takes the greatest of those that are left."""
    found = []
    for round_ in range(count):
        place = _argmax(cells, row)
        found.append(cells.most("max", row) if what == "values" else place)
        if round_ + 1 < count or what == "marks":
            row = [
                cells.expand(_TAKEN, (cell, cells.const(float(i)), place))
                for i, cell in enumerate(row)
            ]
    return [cells.expand(_MARK, (cell,)) for cell in row] if what == "marks" else found


_FAR = -1e300
_TAKEN = where(call("eq", Y, Z), _FAR, X)
_MARK = where(call("eq", X, _FAR), 1.0, 0.0)

_REDUCTIONS: dict[str, Callable[[Cells, list[Cell]], Cell]] = {
    "sum": _sum,
    "mean": _mean,
    "prod": lambda cells, row: cells.every("mul", row),
    "max": lambda cells, row: cells.most("max", row),
    "min": lambda cells, row: cells.most("min", row),
    "any": lambda cells, row: cells.every("or", row),
    "all": lambda cells, row: cells.every("and", row),
    "argmax": _argmax,
}
