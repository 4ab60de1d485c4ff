"""Rows of constant tables, by their number or by a key, as cells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.lower.cells import Cell, Cells, Table

# A lookup in a table of up to this many rows is written as a CASE, else as a join.
CASE_ROWS = 8
# The same for keys: the first that fits is taken, and a join costs more to read.
CASE_KEYS = 24


class Lookups:
    """Makes the cells of lookups.

    `tables` are those that are joined.  `ids` has the size of the table for each input element,
    by name and position, that is looked up as it is, `conditions` the cells that must hold where
    an id is computed.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.tables: list[Table] = []
        self.ids: dict[tuple[str, int], int] = {}
        self.conditions: list[Cell] = []
        self._table_of: dict[Tensor, Table] = {}

    # -- by number

    def guard(self, keys: Iterable[Cell], rows: int) -> None:
        """Ids that a table of so many rows does not hold: the row has no prediction."""
        for key in keys:
            if key.fn == "column":
                known = self.ids.get(key.value, rows)
                self.ids[key.value] = min(rows, known)
            else:
                above = self.cells.call("gt", key, self.cells.const(-1.0))
                below = self.cells.call("lt", key, self.cells.const(float(rows)))
                self.conditions += [above, below]

    def row(self, source: Tensor, rows: Array, key: Cell) -> list[Cell]:
        """The cells of the row of this number, of the table `source` with these `rows`; NULL
        where there is none."""
        if key.fn == "const":
            return self._known_row(rows, key.value)
        if key.fn == "case" and all(result.fn == "const" for result in key.results):
            return self._row_by_choice(rows, key)
        number = key if key.fn == "argmax" else self.cells.call("trunc", key)
        if len(rows) <= CASE_ROWS:
            return self._row_by_tests(rows, number)
        if source not in self._table_of:
            self._table_of[source] = Table(source.layer, rows)
            self.tables.append(self._table_of[source])
        table = self._table_of[source]
        width = rows.shape[1]
        return [self.cells.lookup(table, column, number) for column in range(width)]

    def _known_row(self, rows: Array, number: Any) -> list[Cell]:
        if number is None or not -1 < number < len(rows):
            return [self.cells.const(None)] * rows.shape[1]
        return [self.cells.const(value) for value in rows[int(number)]]

    def _row_by_choice(self, rows: Array, key: Cell) -> list[Cell]:
        """A choice among known ids is a choice among their rows."""
        chosen = [self._known_row(rows, result.value) for result in key.results]
        row = []
        for column in zip(*chosen, strict=True):
            *values, otherwise = column
            branches = list(zip(key.tests, values, strict=True))
            row.append(self.cells.case(branches, otherwise))
        return row

    def _row_by_tests(self, rows: Array, number: Cell) -> list[Cell]:
        """A CASE for each column."""
        cells = self.cells
        tests = []
        for number_of_row in range(len(rows)):
            tests.append(cells.call("eq", number, cells.const(float(number_of_row))))
        row = []
        for column in rows.T:
            values = map(cells.const, column)
            branches = list(zip(tests, values, strict=True))
            row.append(cells.case(branches, cells.const(None)))
        return row

    # -- by a key

    def found(
        self,
        layer: str,
        keys: Array,
        values: Array,
        otherwise: float | str | None,
        wanted: Array,
    ) -> list[Cell]:
        """The value of each of the cells `wanted`, by keys and their values; of one that is not
        there `otherwise`, or, where that is None, no prediction."""
        cells = self.cells
        if otherwise is None and keys.size == 1:
            # The value goes into what is computed of it whatever the row is, which an array that
            # holds NULL would not.
            only = cells.const(keys[0])
            self.conditions += [cells.call("eq", key, only) for key in wanted]
            return [cells.const(values[0])] * wanted.size
        table = Table(
            layer,
            values.reshape(-1, 1),
            keys=tuple(keys.tolist()),
            otherwise=otherwise,
        )
        results = [self._value(table, key) for key in wanted]
        if otherwise is None and values.size:
            self.conditions += [cells.call("eq", one, one) for one in results]  # no NULL
        return results

    def _value(self, table: Table, key: Cell) -> Cell:
        values = table.values[:, 0].tolist()
        value_of: dict[Any, Any] = dict(zip(table.keys or (), values, strict=True))
        if key.fn == "const":
            return self.cells.const(value_of.get(key.value, table.otherwise))
        if key.fn == "case" and all(result.fn == "const" for result in key.results):
            return self._value_by_choice(table, value_of, key)
        if len(value_of) <= CASE_KEYS:
            return self._value_by_tests(table, value_of, key)
        if not any(table is other for other in self.tables):
            self.tables.append(table)
        return self.cells.lookup(table, 0, key)

    def _value_by_choice(self, table: Table, value_of: dict[Any, Any], key: Cell) -> Cell:
        """A choice among known keys is a choice among their values."""
        chosen = []
        for result in key.results:
            value = value_of.get(result.value, table.otherwise)
            chosen.append(self.cells.const(value))
        *values, otherwise = chosen
        branches = list(zip(key.tests, values, strict=True))
        return self.cells.case(branches, otherwise)

    def _value_by_tests(self, table: Table, value_of: dict[Any, Any], key: Cell) -> Cell:
        cells = self.cells
        branches = []
        for known, value in value_of.items():
            is_key = cells.call("eq", key, cells.const(known))
            branches.append((is_key, cells.const(value)))
        return cells.case(branches, cells.const(table.otherwise))
