"""How steps of a query are written so that an engine computes each of them once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PLAIN = "{name} AS (\n{select}\n)"
MATERIALIZED = "{name} AS MATERIALIZED (\n{select}\n)"
WITH_NO_ROWS = "{name} AS (\n{select}\n  UNION ALL\n  SELECT\n{nulls}\n  WHERE 0\n)"
"""A barrier where subqueries of several selects are computed by themselves, row by row."""
VALUES_MATERIALIZED = "{name}({columns}) AS MATERIALIZED (VALUES\n  {rows}\n)"


@dataclass(frozen=True)
class Wide:
    """`template` is how a step of more than so many `characters` is written; ``{source}`` is
    something with a row if and only if the step has one."""

    template: str
    characters: int


@dataclass(frozen=True)
class Steps:
    """`plain` is how a step is written; `passing` how instead, where that differs, if each row of
    the query is made of one row, so that conditions on its key reach the table: ``{nulls}`` is a
    NULL for each column.  `shared` is how a step is written that several read, `shared_values`
    a table of values that several joins read, empty where there are none, and `wide` one that is
    long, if not the same way.  `barrier` ends the select of a step that would be written into its
    readers else.  With more than `long_chain` steps all are written like `shared` ones.  `anew`:
    whether a step that several read is computed for each of them.
    """

    plain: str
    shared: str
    shared_values: str
    wide: Wide | None = None
    barrier: str = ""
    long_chain: int | None = None
    anew: bool = False
    passing: str = ""


@dataclass(frozen=True)
class Recursing:
    """`by` tells how a recursive step is built: with "join" selects nest, with "arrays" they do
    and rows are found by their place in arrays, with "phases" nothing nests.  `before` is what a
    statement with one begins with.
    """

    by: Literal["join", "arrays", "phases"]
    before: str = ""
