"""Numbers that no row of the source moves: weights, and where elements go.

They are literal rows inside the statement, or tables beside it, which `Program.setup` fills.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy.typing as npt

from keras2sql.lower.text import Speller
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.stored import StoredColumn, StoredTable, table_name
from keras2sql.sql.tree import Read, Step, Table, Values

Array = npt.NDArray[Any]
_KINDS = {"i": "int", "u": "int", "f": "float", "U": "str", "O": "str"}


class Constants:
    """Tables for the steps of `writer`; the same one for the same rows.

    With `beside`, they are `stored` under names of the model's name, a hash of what they hold,
    and the layer's, in the `schema`.
    """

    def __init__(self, writer: Writer, model: str, beside: bool, schema: str = "") -> None:
        self.writer = writer
        self.dialect = writer.dialect
        self.model = model
        self.beside = beside
        self.schema = schema
        precisions = ("double", writer.precision)
        self.spellers = {each: Speller(self.dialect, each) for each in precisions}
        self.stored: list[StoredTable] = []
        self._known: dict[str, Read | Table] = {}

    def table(self, layer: str, keys: tuple[str, ...], **columns: Array) -> Read | Table:
        """A table with these columns, found by `keys`.

        Columns have a value for each row; those of floats may have several, as an array.
        """
        return self._table(layer, keys, columns, self.writer.precision)

    def exact(self, layer: str, keys: tuple[str, ...], **columns: Array) -> Read | Table:
        """The same with numbers of 64 bit, whatever is computed with."""
        return self._table(layer, keys, columns, "double")

    def _table(
        self,
        layer: str,
        keys: tuple[str, ...],
        columns: dict[str, Array],
        precision: str,
    ) -> Read | Table:
        digest = self._digest(columns, precision)
        if digest not in self._known:
            base = Names.plain(layer.rsplit("/", 1)[-1], "layer")
            # A database may have no column of truth values.
            has_truths = any(values.dtype.kind == "b" for values in columns.values())
            if self.beside and not has_truths:
                stored = self._beside(base, digest, keys, columns, precision)
                self._known[digest] = Table(stored.parts)
            else:
                self._known[digest] = Read(self._inline(base, columns, precision))
        return self._known[digest]

    @staticmethod
    def _digest(columns: dict[str, Array], precision: str) -> str:
        """What tells tables apart: equal ones have the same."""
        digest = hashlib.sha256(precision.encode())
        for name, values in columns.items():
            digest.update(f"{name} {values.dtype.kind} {values.shape} ".encode())
            of_texts = values.dtype.kind in "OU"
            if of_texts:
                digest.update(repr(values.tolist()).encode())
            else:
                digest.update(values.ravel().data)
        return digest.hexdigest()[:12]

    def _beside(
        self,
        layer: str,
        digest: str,
        keys: tuple[str, ...],
        columns: dict[str, Array],
        precision: str,
    ) -> StoredTable:
        """Keep a table to be stored in the database."""
        stored = []
        for column, values in columns.items():
            kind = _KINDS[values.dtype.kind]
            if values.ndim > 1:  # an array in each row
                kind = f"{kind}s"
            stored.append(StoredColumn(column, kind, values))
        name = table_name(self.model, digest, layer)
        table = StoredTable(name, tuple(stored), precision, keys, self.schema)
        self.stored.append(table)
        return table

    def _inline(self, layer: str, columns: dict[str, Array], precision: str) -> str:
        """Write a table as a step of literal rows; its name."""
        name = self.writer.relations.take(f"{layer}_table")
        spelled = [self._spelled(values, precision) for values in columns.values()]
        rows = tuple(zip(*spelled, strict=True))
        self.writer.steps.append(Step(name, Values(tuple(columns), rows)))
        return name

    def _spelled(self, values: Array, precision: str) -> list[str]:
        """The first one with its type, which the others of the column take from it."""
        if values.ndim > 1:
            return [self._spelled_array(row, precision) for row in values]
        kind = values.dtype.kind
        if kind in "iu":
            return [str(number) for number in values.tolist()]
        if kind == "b":
            return [self.dialect.constant(truth) for truth in values.tolist()]
        speller = self.spellers[precision]
        if kind == "f" and len(values):
            first, *others = values.tolist()
            return [speller.value(first), *self.dialect.literals(others, precision)]
        return [speller.value(value, typed=n == 0) for n, value in enumerate(values.tolist())]

    def _spelled_array(self, values: Array, precision: str) -> str:
        array = self.dialect.need(self.dialect.arrays, "arrays").listed
        return array.format(", ".join(self._spelled(values, precision)))
