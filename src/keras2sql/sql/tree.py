"""The statement tree: a query is a chain of named steps and a final select.

Expressions are already spelled by a dialect when they come here; names are not yet
quoted.  The tree knows no tensors, and how a step is kept from being inlined is the
dialect's affair.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One item of a select list: `text` is spelled SQL, `name` its alias, unquoted."""

    name: str
    text: str


@dataclass(frozen=True)
class Select:
    """``SELECT columns FROM source``, where `source` is spelled SQL, a select, or empty.

    `joins` and `where` are spelled SQL.
    """

    columns: tuple[Column, ...]
    source: str | Select
    joins: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True)
class Values:
    """A table of literal rows, spelled, for lookups."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Union:
    """The rows of all selects, whose columns are alike."""

    selects: tuple[Select, ...]


@dataclass(frozen=True)
class Recursion:
    """A recursive step: the rows of `start`, then those of `again`, which reads the step."""

    columns: tuple[str, ...]
    start: Select
    again: Select


@dataclass(frozen=True)
class Step:
    """A named select (or recursion, or table of values) that later steps read.

    `shared` asks for its rows to be computed once though several steps read them.
    """

    name: str
    body: Select | Union | Values | Recursion
    comment: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Query:
    """Steps, each reading earlier ones, and the select that answers."""

    steps: tuple[Step, ...]
    answer: Select
    header: tuple[str, ...] = ()
