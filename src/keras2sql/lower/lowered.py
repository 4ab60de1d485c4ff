"""What a strategy makes of a graph."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.errors import InternalError
from keras2sql.sql.stored import StoredTable
from keras2sql.sql.tree import MalformedQuery, Query


@dataclass(frozen=True)
class StepInfo:
    """For `explain()`: a step, the layers in it, its columns and its widest select list."""

    name: str
    layers: tuple[str, ...]
    computed: int
    columns: int


@dataclass(frozen=True)
class Lowered:
    """The statement, its result columns in order, what the steps hold, and the tables that
    the statement reads beside its source.  `unreached` says why a condition on the key does not
    reach the source, so that one row takes as long as all; it is empty where it does.  `keyed`:
    whether rows are numbered and grouped by their key, so that it does though they are."""

    query: Query
    columns: tuple[str, ...]
    steps: tuple[StepInfo, ...]
    tables: tuple[StoredTable, ...] = ()
    unreached: str = ""
    keyed: bool = False


def checked(query: Query) -> Query:
    """The query, whose tree is a statement; raises `InternalError`."""
    try:
        query.check()
    except MalformedQuery as error:
        raise InternalError("writing the statement", error) from error
    return query
