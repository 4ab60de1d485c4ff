"""What a cell holds: a number, a label, and what a column of it is called."""

from __future__ import annotations

from keras2sql.graph import expr as ex
from keras2sql.lower.cells import Cell

_PARTS = ("max", "min", "sum", "exp", "ln", "sqrt", "lookup", "tanh", "trunc", "pack", "total")


def part_of(cell: Cell) -> str:
    """What a column holds, for its name."""
    if cell.fn == "dot" or (cell.fn == "sum" and not _adds_up(cell)):
        return "linear"
    if cell.fn == "div":
        dividend, divisor = cell.args
        if dividend.fn == "sum" and divisor.fn == "const":
            return "mean"
    return cell.fn if cell.fn in _PARTS else "part"


def _adds_up(cell: Cell) -> bool:
    """Whether a sum is one of cells as they are."""
    bias, weights = cell.value
    return not bias and set(weights) == {1.0}


def is_number(cell: Cell) -> bool:
    """Whether a cell is neither a text nor a truth value, nor an array, by what makes it."""
    if cell.fn == "const":
        return not isinstance(cell.value, str | bool)
    if cell.fn == "case":
        return all(map(is_number, cell.results))
    is_text = cell.fn in ex.FUNCTIONS and ex.FUNCTIONS[cell.fn].kind == "str"
    return not (is_text or cell.truth or cell.fn in ("pack", "walk"))


def is_null(cell: Cell) -> bool:
    """Whether a cell is the constant of a missing value."""
    return cell.fn == "const" and cell.value is None


def is_label(cell: Cell) -> bool:
    """Whether it is a label, of which a missing one is NULL, whatever a missing number is."""
    if cell.fn == "const":
        return not isinstance(cell.value, float) and cell.value is not None
    if cell.fn == "lookup":
        table, _ = cell.value
        return table.values.dtype.kind not in "fiub"
    return cell.fn == "case" and any(map(is_label, cell.results))


def label_if(cell: Cell) -> tuple[Cell, Cell] | None:
    """The test and the label of a cell that is NULL where the test does not hold."""
    if cell.fn != "case" or len(cell.args) != 3:
        return None
    test, label, otherwise = cell.args
    if is_null(otherwise) and is_label(label):
        return test, label
    return None
