"""What a statement must not have more of than the database takes."""

from __future__ import annotations

from keras2sql.dialects.base import Dialect
from keras2sql.errors import DialectLimitError
from keras2sql.sql.limits import expansions, tables
from keras2sql.sql.tree import Body, Query


def check_joins(step: Body, name: str, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where the step of this name joins too many tables."""
    limit = dialect.limits.joins
    most = tables(step)
    if limit is not None and most > limit:
        raise DialectLimitError(
            f"step {name} joins {most} tables, {dialect.title} takes {limit} in a join"
        )


def check_expansions(query: Query, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where a database that plans each step anew, wherever another
    reads it, would plan too many."""
    limit = dialect.limits.expansions
    most = 0 if limit is None else expansions(query)
    if limit is not None and most > limit:
        raise DialectLimitError(
            f"{dialect.title} would plan {most:,} steps, as it plans each anew for every "
            f"step that reads it, where {limit:,} are feasible; choose the columns strategy, "
            "or another database"
        )
