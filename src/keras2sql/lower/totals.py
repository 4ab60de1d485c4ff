"""Sums over what many ids find in one table: the table is joined once, by a row for each id.

A join for each id is planned for minutes where texts are long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.searching import Searching
from keras2sql.lower.cells import Cell, Cells, Table
from keras2sql.lower.layout import listed
from keras2sql.lower.text import Speller
from keras2sql.sql.tree import Column, Listed, Values

LONG = 256
"""Numbers from which on a table is written by columns."""

_HOW = ("sum", "max", "min")
_MOST_WHOLE = 2.0**53
_NOWHERE = -1.0  # an id that no table has


def total(cells: Cells, how: str, row: Sequence[Cell]) -> Cell | None:
    """The cell for the sum ("max", "min") of `row`, if all of it is found in one column of one
    table; None if it is not, or the dialect has no such form."""
    if cells.dialect.searching is None or how not in _HOW:
        return None
    keys = []
    columns = set()
    for cell in row:
        origin = _origin(cells, cell, how)
        if origin is not None:
            keys.append(origin.key)
            columns.add((origin.table, origin.column))
    if len(keys) < len(row) or len(columns) > 1:
        return None
    ((table, column),) = columns
    if table.keys is not None:
        return None
    return cells.intern("total", keys, (how, table, column))


@dataclass(frozen=True)
class _Origin:
    """The id by which a cell is found in a column of a table."""

    key: Cell
    table: Table
    column: int


def _origin(cells: Cells, cell: Cell, how: str) -> _Origin | None:
    """Where a cell is found, if it is; also one that a mask hides from a sum."""
    if cell.fn == "lookup":
        return _Origin(cell.args[0], *cell.value)
    if cell.fn != "case" or how != "sum" or len(cell.args) != 3:
        return None
    is_shown, value, hidden = cell.args
    if value.fn != "lookup" or hidden.fn != "const" or hidden.value != 0:
        return None
    nowhere = cells.const(_NOWHERE)
    key = cells.case([(is_shown, value.args[0])], nowhere)
    return _Origin(key, *value.value)


def rows_of(table: Table, columns: Sequence[str], speller: Speller) -> Values | Listed:
    """A table as literal rows, or, where it is long and the dialect would rather, as an array for
    each column; the first of the `columns` is that of the keys."""
    if _is_long(table, speller.dialect):
        return _listed(table, columns, speller.dialect, speller.precision)
    keys = table.keys
    if keys is None:
        keys = tuple(range(len(table.values)))
    whole = all(map(_is_whole, keys))
    rows = []
    for key, values in zip(keys, table.values, strict=True):
        is_first = key == keys[0]  # which gives the columns their type
        spelled = [speller.row_value(value, is_first) for value in values.tolist()]
        spelled_key = speller.key(key) if whole else speller.value(key, typed=is_first)
        rows.append((spelled_key, *spelled))
    return Values(tuple(columns), tuple(rows))


def _is_whole(key: float | str) -> bool:
    """Whether it is a text, or a number that is spelled alike as one of 64 bit."""
    return isinstance(key, str) or (abs(key) < _MOST_WHOLE and float(key).is_integer())


def _is_long(table: Table, dialect: Dialect) -> bool:
    """Whether it has so many numbers, all finite, that arrays pay."""
    if dialect.searching is None or table.values.size < LONG:
        return False
    has_numbers = table.keys is None and table.values.dtype.kind in "fiu"
    return has_numbers and bool(np.isfinite(table.values).all())


def _listed(table: Table, columns: Sequence[str], dialect: Dialect, precision: str) -> Listed:
    searching = _of(dialect)
    type_ = dialect.types[precision]
    texts = [searching.places.format(len(table.values))]
    for values in table.values.T.astype(np.float64).tolist():
        digits = [dialect.digits(value, precision).removesuffix("e0") for value in values]
        texts.append(searching.numbers.format(",".join(digits), type=type_))
    return Listed(tuple(map(Column, columns, texts)))


def number(dialect: Dialect) -> str:
    """The number of a row, spelled."""
    return _of(dialect).row


def each_of(ids: Sequence[Cell], names: Mapping[Cell, str], speller: Speller) -> str:
    """A row for each of these cells, spelled; `names` holds the columns of those that are such."""
    texts = []
    for id_ in ids:
        texts.append(names.get(id_) or speller.text(id_, names))
    each = _of(speller.dialect).each
    return each.format(listed(texts))


def first_of(column: str, dialect: Dialect) -> str:
    """What all rows of a group have in a column, spelled."""
    return _of(dialect).first.format(column)


def summed(cell: Cell, column: str, speller: Speller) -> str:
    """A total of the rows of its group; `column` is that of the table, spelled."""
    how, *_ = cell.value
    text = f"{how}({column})"
    missing = "0" if how == "sum" else speller.dialect.numbers.missing
    if missing == "NULL":
        return text
    return f"coalesce({text}, {missing})"


def _of(dialect: Dialect) -> Searching:
    assert dialect.searching is not None
    return dialect.searching
