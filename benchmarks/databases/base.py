"""What a benchmark needs of a database: tables in, arrays out, statements timed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy.typing as npt

Columns = dict[str, npt.NDArray[Any]]


class Missing(Exception):
    """Why a database can't be used here."""


class Database(Protocol):
    """One connection.  Tables and columns have names that need no quotes."""

    name: str  # of the dialect
    version: str
    connection: Any
    planning: str  # what plans a query and does not run it
    # A column `x` of arrays, as 32-bit numbers that products take; empty where sums of columns
    # are the better form of a bare dense layer.
    operand: str
    rate_rows: int  # of the table of a bare dense layer

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        """Run a statement in a transaction of its own, `session` before it."""

    def process(self) -> int | str:
        """The process that computes."""

    def load(self, table: str, columns: Columns) -> None:
        """Make a table of numbers anew; also how predictions are written back."""

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        """The result of a query, as arrays; a column of arrays, all of one length, as a matrix."""
