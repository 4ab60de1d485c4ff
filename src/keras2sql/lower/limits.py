"""What a statement must not have more of than the database takes."""

from __future__ import annotations

from keras2sql.dialects.base import Dialect
from keras2sql.errors import DialectLimitError, amount
from keras2sql.sql.limits import contexts, expansions, tables
from keras2sql.sql.tree import Body, Query, Values

FEWER = "fewer layers, or another database, take less"
"""What to do about too many steps; where they are those of recurrent layers, unrolled; and where
these are in rows."""

_LONG = 20
"""Rows of a table beyond which it is what makes a statement read many relations."""

LONG_TABLE = (
    "layers that go through time steps one by one take any number of a long table (--order-by), "
    "else there are to be fewer"
)
BY_RECURSION = (
    "strategy='columns' (or 'auto') runs recurrent layers by recursion, and a long table "
    "(--order-by) takes any number of time steps"
)


def check_steps(query: Query, dialect: Dialect, instead: str) -> None:
    """Raise `DialectLimitError` where a statement has too many steps; `instead` tells what to
    do."""
    limit = dialect.limits.steps
    if limit is not None and len(query.steps) > limit:
        raise DialectLimitError(
            f"the model needs {len(query.steps)} steps, {dialect.title} takes {limit}; {instead}"
        )


def check_rounds(steps: int | None, stages: int, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where a recursion through so many steps, known before, would end
    too early; each takes a round, or with phases one for each of its stages and one more."""
    recursion = dialect.recursion
    limit = None if recursion is None else recursion.rounds
    if recursion is None or limit is None or steps is None:
        return
    rounds = steps * (stages + 1 if recursion.by == "phases" else 1)
    if rounds > limit:
        raise DialectLimitError(
            f"{steps:,} time steps take {rounds:,} rounds of a recursion, which {dialect.title} "
            f"ends after {limit:,}; shorter sequences, or another database, take less"
        )


def check_contexts(query: Query, dialect: Dialect, instead: str) -> None:
    """Raise `DialectLimitError` where a statement reads too many relations; `instead` tells what
    to do."""
    limit = dialect.limits.contexts
    if limit is None:
        return
    read = contexts(query, beside=dialect.steps.barrier.plain.count("FROM "))
    rows = max((len(s.body.rows) for s in query.steps if isinstance(s.body, Values)), default=0)
    if rows > _LONG:
        instead = (
            f"a table of {rows:,} rows that is looked up is as many: DuckDB, PostgreSQL, SQLite "
            "and MariaDB have tables"
        )
    if read > limit:
        raise DialectLimitError(
            f"the model reads {amount(read)} relations, as each row of a table of values is one, "
            f"and a step anew wherever it is read; {dialect.title} takes {limit}; {instead}"
        )


def check_width(columns: int, where: str, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where a step, or the result, has too many columns."""
    limit = dialect.limits.select_columns
    if limit is not None and columns > limit:
        raise DialectLimitError(
            f"{where} needs {columns} columns, {dialect.title} takes {limit}; "
            "a model this wide needs its activations in arrays or rows, or another database"
        )


def check_joins(step: Body, name: str, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where the step of this name joins too many tables."""
    limit = dialect.limits.joins
    most = tables(step)
    if limit is not None and most > limit:
        raise DialectLimitError(
            f"step {name} joins {most} tables, {dialect.title} takes {limit} in a join"
        )


def check_expansions(query: Query, dialect: Dialect, instead: str) -> None:
    """Raise `DialectLimitError` where a database that plans each step anew, wherever another
    reads it, would plan too many; `instead` tells what to do."""
    limit = dialect.limits.expansions
    most = 0 if limit is None else expansions(query)
    if limit is not None and most > limit:
        raise DialectLimitError(
            f"{dialect.title} would plan {amount(most)} steps, as it plans each anew for every "
            f"step that reads it, where {limit:,} are feasible; {instead}"
        )
