"""The matrix of cases and databases, and the cells of it that are known not to work.

`NEVER` holds cells that can't work, `NOT_YET` those that some day will, each with its
reason.  The suite is strict: a cell that is named here and works fails the tests.
"""

from __future__ import annotations

from layers.case import Case

DIALECTS = ("duckdb", "sqlite", "postgresql")
NEVER: dict[tuple[str, str], str] = {}
NOT_YET: dict[tuple[str, str], str] = {}


def reason(case: Case, dialect: str) -> str | None:
    """Why this cell does not work; None where it has to."""
    cell = (case.layer, dialect)
    return NEVER.get(cell) or NOT_YET.get(cell)
