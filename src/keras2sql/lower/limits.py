"""What a statement must not have more of than the database takes."""

from __future__ import annotations

from keras2sql.dialects.base import Dialect
from keras2sql.errors import DialectLimitError
from keras2sql.sql.tree import Select, Union


def check_joins(step: Select | Union, name: str, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where the step of this name joins too many tables."""
    limit = dialect.limits.joins
    selects = step.selects if isinstance(step, Union) else (step,)
    most = max(len(select.joins) + 1 for select in selects)
    if limit is not None and most > limit:
        raise DialectLimitError(
            f"step {name} joins {most} tables, {dialect.title} takes {limit} in a join"
        )
