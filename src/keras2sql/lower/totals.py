"""Sums over what many ids find in one table: the table is joined once, by a row for each id.

A join for each id is planned for minutes where texts are long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
_NOWHERE = -1.0  # an id that no table has


def total(cells: Cells, how: str, row: Sequence[Cell]) -> Cell | None:
    """The cell for the sum ("max", "min") of `row`, if all of it is found in one column of one
    table; None if it is not, or the dialect has no such form."""
    if cells.dialect.searching is None or how not in _HOW:
        return None
    found = [_found(cells, cell, how) for cell in row]
    keys = [key for key, _ in filter(None, found)]
    values = {value for _, value in filter(None, found)}
    if len(keys) < len(row) or len(values) > 1:
        return None
    ((table, column),) = values
    if table.keys is not None:
        return None
    return cells.intern("total", keys, (how, table, column))


def _found(cells: Cells, cell: Cell, how: str) -> tuple[Cell, tuple[Table, int]] | None:
    """The id by which a cell is found, and where; of one that a mask hides from a sum, too."""
    if cell.fn == "lookup":
        return cell.args[0], cell.value
    if cell.fn != "case" or how != "sum" or len(cell.args) != 3:
        return None
    shown, value, hidden = cell.args
    if value.fn != "lookup" or hidden.fn != "const" or hidden.value != 0:
        return None
    key = cells.case([(shown, value.args[0])], cells.const(_NOWHERE))
    return key, value.value


def rows_of(table: Table, columns: Sequence[str], speller: Speller) -> Values | Listed:
    """A table as literal rows, or, where it is long and the dialect would rather, as an array for
    each column; the first of the `columns` is that of the keys."""
    plain = table.keys is None and table.values.dtype.kind in "fiu"
    long = table.values.size >= LONG and speller.dialect.searching is not None
    if plain and long and np.isfinite(table.values).all():
        return _listed(table, columns, speller.dialect, speller.precision)
    keys = range(len(table.values)) if table.keys is None else table.keys
    # The first row gives the columns their type.
    rows = tuple(
        (speller.key(key), *(speller.row_value(v, key == keys[0]) for v in row.tolist()))
        for key, row in zip(keys, table.values, strict=True)
    )
    return Values(tuple(columns), rows)


def _listed(table: Table, columns: Sequence[str], dialect: Dialect, precision: str) -> Listed:
    searching, values = _of(dialect), table.values
    type_ = dialect.types[precision]
    texts = [searching.places.format(len(values))]
    for column in values.T.astype(np.float64).tolist():
        digits = ",".join(dialect.digits(v, precision).removesuffix("e0") for v in column)
        texts.append(searching.numbers.format(digits, type=type_))
    return Listed(tuple(map(Column, columns, texts)))


def number(dialect: Dialect) -> str:
    """The number of a row, spelled."""
    return _of(dialect).row


def each_of(ids: Sequence[Cell], names: Mapping[Cell, str], speller: Speller) -> str:
    """A row for each of these cells, spelled; `names` holds the columns of those that are such."""
    texts = [names.get(c) or speller.text(c, names) for c in ids]
    return _of(speller.dialect).each.format(listed(texts))


def first_of(column: str, dialect: Dialect) -> str:
    """What all rows of a group have in a column, spelled."""
    return _of(dialect).first.format(column)


def summed(cell: Cell, column: str, speller: Speller) -> str:
    """A total of the rows of its group; `column` is that of the table, spelled."""
    how = cell.value[0]
    text = f"{how}({column})"
    missing = "0" if how == "sum" else speller.dialect.numbers.missing
    return f"coalesce({text}, {missing})" if missing != "NULL" else text


def _of(dialect: Dialect) -> Searching:
    assert dialect.searching is not None
    return dialect.searching
