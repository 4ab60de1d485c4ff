"""Tables that a query reads beside its source: weights, and where elements move to.

They are values until something writes them: as a step of literal rows inside the query, as
statements of `Program.setup`, or through a database's own bulk load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.sql.names import Names

KINDS = ("int", "float", "ints", "floats", "str", "value")
ARRAYS = ("ints", "floats")


def prefix(model: str) -> str:
    """How the names of a model's tables begin."""
    return Names.plain(model, "model")[:16].rstrip("_")


def table_name(model: str, digest: str, layer: str) -> str:
    """What a table of weights is called: after its model and its layer, and what it holds."""
    return f"{prefix(model)}_{layer[:20].rstrip('_')}_{digest[:12]}"


@dataclass(frozen=True, eq=False)
class StoredColumn:
    """A column of numbers, texts, or arrays of numbers.

    `kind` is "int", "float" or "str" with `values` of shape (rows,), or "ints" or "floats", an
    array in each row, with `values` of shape (rows, length).  One of kind "value" is of a `type`
    of the database's own, and its `values` are texts that it casts to it.
    """

    name: str
    kind: str
    values: npt.NDArray[Any]
    type: str = ""


@dataclass(frozen=True, eq=False)
class StoredTable:
    """A table by its name in the database, unquoted.

    A name carries a hash of what the table holds: a table of that name with as many rows is
    this table.  `precision` says which floating point type it has; `keys` the columns by
    which the query finds rows.  It is in `schema`; empty: the one in use.
    """

    name: str
    columns: tuple[StoredColumn, ...]
    precision: str = "double"
    keys: tuple[str, ...] = ()
    schema: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Its name in parts, behind that of its schema."""
        return (self.schema, self.name) if self.schema else (self.name,)

    @property
    def rows(self) -> int:
        return len(self.columns[0].values)

    @property
    def numbers(self) -> int:
        """How many values it holds, those inside of arrays counted."""
        return sum(int(np.size(c.values)) for c in self.columns)
