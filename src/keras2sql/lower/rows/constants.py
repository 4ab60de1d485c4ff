"""Numbers that no row of the source moves: weights, and where elements go.

They are literal rows inside the statement, or tables beside it, which `Program.setup` fills.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy.typing as npt

from keras2sql.lower.columns import Writer
from keras2sql.lower.text import Speller
from keras2sql.sql.names import Names
from keras2sql.sql.stored import StoredColumn, StoredTable, prefix
from keras2sql.sql.tree import Read, Step, Table, Values

Array = npt.NDArray[Any]
_KINDS = {"i": "int", "u": "int", "f": "float", "U": "str", "O": "str"}


class Constants:
    """Tables for the steps of `writer`; the same one for the same rows.

    With `beside`, they are `stored` under names of the model's name, a hash of what they hold,
    and the layer's.
    """

    def __init__(self, writer: Writer, model: str, beside: bool) -> None:
        self.writer, self.dialect = writer, writer.dialect
        self.model, self.beside = prefix(model), beside
        self.spellers = {p: Speller(self.dialect, p) for p in ("double", writer.precision)}
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
        self, layer: str, keys: tuple[str, ...], columns: dict[str, Array], precision: str
    ) -> Read | Table:
        digest = self._digest(columns, precision)
        if digest not in self._known:
            base = Names.plain(layer.rsplit("/", 1)[-1], "layer")
            # A database may have no column of truth values.
            bools = any(c.dtype.kind == "b" for c in columns.values())
            if self.beside and not bools:
                name = self._beside(base, digest, keys, columns, precision)
                self._known[digest] = Table((name,))
            else:
                self._known[digest] = Read(self._inline(base, columns, precision))
        return self._known[digest]

    @staticmethod
    def _digest(columns: dict[str, Array], precision: str) -> str:
        found = hashlib.sha256(precision.encode())
        for name, values in columns.items():
            found.update(f"{name} {values.dtype.kind} {values.shape} ".encode())
            plain = values.dtype.kind in "OU"
            found.update(repr(values.tolist()).encode() if plain else values.tobytes())
        return found.hexdigest()[:12]

    def _beside(
        self,
        layer: str,
        digest: str,
        keys: tuple[str, ...],
        columns: dict[str, Array],
        precision: str,
    ) -> str:
        stored = tuple(
            StoredColumn(n, _KINDS[c.dtype.kind] + "s" * (c.ndim > 1), c)
            for n, c in columns.items()
        )
        name = f"{self.model}_{digest}_{layer[:20].rstrip('_')}"
        self.stored.append(StoredTable(name, stored, precision, keys))
        return name

    def _inline(self, layer: str, columns: dict[str, Array], precision: str) -> str:
        name = self.writer.relations.take(f"{layer}_table")
        spelled = [self._spelled(values, precision) for values in columns.values()]
        rows = tuple(zip(*spelled, strict=True))
        self.writer.steps.append(Step(name, Values(tuple(columns), rows)))
        return name

    def _spelled(self, values: Array, precision: str) -> list[str]:
        """The first one with its type, which the others of the column take from it."""
        if values.ndim > 1:
            array = self.dialect.need(self.dialect.arrays, "arrays").listed
            rows = [self._spelled(row, precision) for row in values]
            return [array.format(", ".join(row)) for row in rows]
        if values.dtype.kind in "iu":
            return [str(v) for v in values.tolist()]
        if values.dtype.kind == "b":
            return [self.dialect.constant(v) for v in values.tolist()]
        spell = self.spellers[precision].value
        return [spell(v, typed=n == 0) for n, v in enumerate(values.tolist())]
