"""The matrix of cases and databases, and the cells of it that are known not to work.

`NEVER` holds cells that can't work, `NOT_YET` those that some day will, each with its
reason.  The suite is strict: a cell that is named here and works fails the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from keras2sql.dialects import get
from keras2sql.dialects.base import Tested
from layers import CASES
from layers.case import Case


@dataclass(frozen=True)
class Database:
    """A column of the matrix.

    tests/conftest.py has its engine as the fixture ``<engine>_engine``.  If `whole`, every
    run takes all cases on it; else one case of each layer, or of `every` second or third, and
    `sweep` the others.  Of the rows strategy every run takes one case of each layer.

    A dialect whose database the tests can't start has the engine of a `relative` that takes its
    statements; or none, and a `parser` among those of tests/parsers.py, or one of sqlglot's, that
    reads them.
    """

    dialect: str
    engine: str
    title: str
    whole: bool = True
    every: int = 1
    relative: str = ""
    parser: str = ""

    @property
    def level(self) -> Tested:
        """What this row shows of the dialect, and no more may the dialect claim."""
        if not self.engine:
            return "parsed"
        return "relative executed" if self.relative else "executed"


DATABASES = (
    Database("duckdb", "duckdb", "DuckDB"),
    Database("sqlite", "sqlite", "SQLite"),
    Database("postgresql", "postgres", "PostgreSQL"),
    Database("pgvector", "pgvector", "pgvector", whole=False),
    Database("mariadb", "mariadb", "MariaDB", whole=False),
    Database("clickhouse", "clickhouse", "ClickHouse", whole=False),
    Database("datafusion", "datafusion", "DataFusion", whole=False),
    Database("spark", "spark", "Spark", whole=False, every=3),
    Database("databricks", "spark", "Databricks", whole=False, every=20, relative="spark"),
    Database("firebird", "firebird", "Firebird", whole=False),
    Database("googlesql", "googlesql", "GoogleSQL", whole=False, every=3),
    Database("bigquery", "googlesql", "BigQuery", whole=False, every=40, relative="googlesql"),
    Database("monetdb", "monetdb", "MonetDB", whole=False),
    Database("hsqldb", "hsqldb", "HSQLDB", whole=False),
    Database("hive", "hive", "Hive", whole=False, every=3),
    Database("impala", "hive", "Impala", whole=False, every=40, relative="hive"),
    Database("oceanbase", "oceanbase", "OceanBase", whole=False, every=3),
    Database("mssql", "", "SQL Server", parser="microsoft"),
    Database("oracle", "", "Oracle", parser="sqlfluff oracle"),
    Database("snowflake", "", "Snowflake", parser="sqlfluff snowflake"),
    Database("redshift", "postgres", "Redshift", whole=False, every=20, relative="postgresql"),
    Database("cockroachdb", "postgres", "CockroachDB", False, 20, relative="postgresql"),
    Database("mysql", "mariadb", "MySQL", whole=False, every=20, relative="mariadb"),
    Database("trino", "", "Trino", parser="sqlfluff trino"),
    Database("db2", "", "Db2", parser="sqlfluff db2"),
    Database("teradata", "", "Teradata", parser="sqlfluff teradata"),
)
EXECUTED = tuple(database for database in DATABASES if database.engine)

NEVER: dict[tuple[str, str], str] = {}
NOT_YET: dict[tuple[str, str], str] = {}

# What Keras on numpy computes in another way than on all other backends, or not at all.
JAX = frozenset(
    {
        "CategoryEncoding(num_tokens=3,output_mode=one_hot)-1-ids4",
        "LeakyReLU(negative_slope=1.5)-2x3",
        "Softmax(axis=[-1,1])-2x2x3",
        "Softmax(axis=[1,2])-2x3",
    }
)

_FIRST = {case.layer: case for case in reversed(CASES)}
_PLACES = {layer: place for place, layer in enumerate(sorted(_FIRST))}


def each(cases: Iterable[Case]) -> list[object]:
    """Parameters for tests of Keras, without a database."""
    return [pytest.param(c, id=c.id, marks=[pytest.mark.jax] if c.id in JAX else []) for c in cases]


def first_of_each(cases: Iterable[Case]) -> list[object]:
    """A case of each layer, on jax: what numpy says of it, it has to say too."""
    firsts = [case for case in cases if case is _FIRST[case.layer] and case.id not in JAX]
    return [pytest.param(case, id=case.id, marks=[pytest.mark.jax]) for case in firsts]


def row_cells(cases: Iterable[Case]) -> list[object]:
    """The same for the rows strategy."""
    return cells(cases, [d for d in EXECUTED if "rows" in get(d.dialect).strategies], rows=True)


def cells(
    cases: Iterable[Case], databases: Iterable[Database] = EXECUTED, rows: bool = False
) -> list[object]:
    """Parameters (case, database) for tests, marked as the matrix says."""
    found = []
    for database in databases:
        for case in cases:
            first = case is _FIRST.get(case.layer) and not _PLACES[case.layer] % database.every
            marks = [] if first or (database.whole and not rows) else [pytest.mark.sweep]
            if case.id in JAX:
                marks.append(pytest.mark.jax)
            if known := reason(case, database.dialect):
                marks.append(pytest.mark.xfail(reason=known, strict=True))
            name = f"{database.dialect}-{case.id}"
            found.append(pytest.param(case, database, id=name, marks=marks))
    return found


def reason(case: Case, dialect: str) -> str | None:
    """Why this cell does not work; None where it has to."""
    cell = (case.layer, dialect)
    return NEVER.get(cell) or NOT_YET.get(cell)
