"""The matrix of cases and databases, and the cells of it that are known not to work.

`NEVER` holds cells that can't work, `NOT_YET` those that some day will, each with its
reason.  The suite is strict: a cell that is named here and works fails the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from keras2sql.dialects import get
from layers import CASES
from layers.case import Case


@dataclass(frozen=True)
class Database:
    """A column of the matrix.

    tests/conftest.py has its engine as the fixture ``<engine>_engine``.  If `whole`, every
    run takes all cases on it; else one case of each layer, or of `every` second or third, and
    `sweep` the others.  Of the rows strategy every run takes one case of each layer.
    """

    dialect: str
    engine: str
    title: str
    whole: bool = True
    every: int = 1


DATABASES = (
    Database("duckdb", "duckdb", "DuckDB"),
    Database("sqlite", "sqlite", "SQLite"),
    Database("postgresql", "postgres", "PostgreSQL"),
    Database("pgvector", "pgvector", "pgvector", whole=False),
    Database("mariadb", "mariadb", "MariaDB", whole=False),
    Database("clickhouse", "clickhouse", "ClickHouse", whole=False),
    Database("datafusion", "datafusion", "DataFusion", whole=False),
    Database("spark", "spark", "Spark", whole=False, every=3),
)
NEVER: dict[tuple[str, str], str] = {}
NOT_YET: dict[tuple[str, str], str] = {}

_FIRST = {case.layer: case for case in reversed(CASES)}
_PLACES = {layer: place for place, layer in enumerate(sorted(_FIRST))}


def row_cells(cases: Iterable[Case]) -> list[object]:
    """The same for the rows strategy."""
    return cells(cases, [d for d in DATABASES if "rows" in get(d.dialect).strategies], rows=True)


def cells(
    cases: Iterable[Case], databases: Iterable[Database] = DATABASES, rows: bool = False
) -> list[object]:
    """Parameters (case, database) for tests, marked as the matrix says."""
    found = []
    for database in databases:
        for case in cases:
            first = case is _FIRST.get(case.layer) and not _PLACES[case.layer] % database.every
            marks = [] if first or (database.whole and not rows) else [pytest.mark.sweep]
            if database.engine == "spark":  # one Java for all workers
                marks.append(pytest.mark.xdist_group("spark"))
            if known := reason(case, database.dialect):
                marks.append(pytest.mark.xfail(reason=known, strict=True))
            name = f"{database.dialect}-{case.id}"
            found.append(pytest.param(case, database, id=name, marks=marks))
    return found


def reason(case: Case, dialect: str) -> str | None:
    """Why this cell does not work; None where it has to."""
    cell = (case.layer, dialect)
    return NEVER.get(cell) or NOT_YET.get(cell)
