"""What `predict` and `verify` send to a database that the tests can't start.

An engine translates each for a DuckDB and keeps it; then its parser reads them all.  A driver's
own ways it does not show.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import duckdb
import pytest

import keras2sql
from conformance.matrix import DATABASES, Database
from conformance.test_parsed import translated
from databases import load
from estimators.build import built, check, wanted
from estimators.case import Case
from estimators.test_estimators import _FIRST as FIRST
from golden.networks import IRIS
from keras2sql.deployment import deploy
from keras2sql.dialects import get
from keras2sql.engines import DuckDB, catalogs
from keras2sql.engines.base import Described, Engine, Rows
from keras2sql.engines.types import ColumnType
from keras2sql.errors import UnsupportedDialectError
from keras2sql.verification import verify
from keras_models import labels, rows
from parsers import PARSERS
from vocabulary import VOCABULARIES

_PYTHON = {"DOUBLE": "<class 'float'>", "BIGINT": "<class 'int'>", "VARCHAR": "<class 'str'>"}
_ORACLE = {"DOUBLE": "<DbType DB_TYPE_NUMBER>", "BIGINT": "<DbType DB_TYPE_NUMBER>"}
_SNOWFLAKE = {"DOUBLE": "1", "BIGINT": "0", "VARCHAR": "2"}
_TRINO = {"DOUBLE": "double", "BIGINT": "bigint", "VARCHAR": "varchar"}
DESCRIBED = {"mssql": _PYTHON, "oracle": _ORACLE, "snowflake": _SNOWFLAKE, "trino": _TRINO}
"""How each driver calls the types of columns, where that is known."""


class Kept(Engine):
    """`sent` has the statements, as the database would get them."""

    def __init__(self, dialect: str) -> None:
        self.dialect_name = dialect
        self.connection: Any = duckdb.connect()
        self.sent: list[str] = []

    def _run(self, sql: str) -> tuple[Rows, Described]:
        self.sent.append(sql)
        result = self.connection.execute(translated(sql, self.dialect_name))
        told = DESCRIBED.get(self.dialect_name, {})
        described = [(d[0], told.get(str(d[1]), "")) for d in result.description]
        return result.fetchall(), described

    def _change(self, sql: str) -> int:
        raise NotImplementedError

    def _transaction(self, keep: bool, begin: str = "BEGIN") -> AbstractContextManager[None]:
        return nullcontext()

    def _types(self, source: str, columns: str) -> list[ColumnType]:
        return catalogs.types(self._run, self.dialect_name, source, columns)


PARSED = [pytest.param(d, id=d.dialect) for d in DATABASES if d.parser]


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Kept]:
    kept = Kept(request.param.dialect)
    load(DuckDB(kept.connection), "iris", rows("iris"))
    yield kept
    kept.connection.close()


@pytest.mark.parametrize(("engine", "database"), [(d.values[0],) * 2 for d in PARSED],
                         indirect=["engine"], ids=[d.id for d in PARSED])  # fmt: skip
def test_predictions_and_their_verification(
    engine: Kept, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    options: dict[str, Any] = {
        "table": "iris", "key": "id", "features": list(rows("iris").columns[1:-1]),
        "labels": labels("iris"),
    }  # fmt: skip
    made = keras2sql.convert(IRIS, database.dialect, **options)
    how = f"{made.dialect.title} itself: parsed ({made.dialect.tested_by})"
    with caplog.at_level("INFO", "keras2sql"):
        assert len(made.run(engine)) == 150
    assert [one.getMessage() for one in caplog.records if how in one.getMessage()]
    assert f"tested    parsed ({made.dialect.tested_by})" in made.explain()
    report = verify(IRIS, engine, **options)
    assert (report.ok, report.rows) == (True, 150)
    assert verify(IRIS, engine, rows=7, **options).rows == 7
    texts = sorted(set(engine.sent), key=len)
    words = VOCABULARIES[database.dialect]
    assert {text: found for text in texts if (found := words.strangers(text) - OWN)} == {}
    told = PARSERS[database.parser].complaints(texts[: len(texts) if fast(database) else 4])
    assert [one for one in told if one] == []
    assert len(texts) >= 5


ESTIMATORS = [
    pytest.param(database, case, id=f"{database.dialect}-{case.id}", marks=marks)
    for number, database in enumerate(d for d in DATABASES if d.parser)
    for place, case in enumerate(FIRST.values())
    for marks in [[] if place % 60 == number else [pytest.mark.sweep]]
]


@pytest.mark.parametrize(("database", "case"), ESTIMATORS)
def test_estimators(database: Database, case: Case) -> None:
    engine, made = Kept(database.dialect), built(case)
    load(DuckDB(engine.connection), "estimator_rows", made.frame)
    if any(t.kind == "str" for t in made.graph.inputs):
        with pytest.raises(UnsupportedDialectError, match="takes no texts as features, as "):
            keras2sql.convert(made.model, database.dialect, "estimator_rows", "id")
        return
    program = keras2sql.convert(made.model, database.dialect, "estimator_rows", "id")
    found = program.run(engine).sort_values("id")
    for name, values in wanted(made).items():
        check(found[name], values, case.tolerance, name)
    assert VOCABULARIES[database.dialect].strangers(program.query) == set()
    if fast(database):
        assert PARSERS[database.parser].complaints([program.query]) == [[]]


OWN = {"HAVING", "FETCH", "FIRST", "ROWS", "ONLY", "LIMIT"}
"""Words of the statements that ask for a few rows; see each dialect's grammar."""
OWN |= {"serverproperty()", "nvarchar()", "current_version()", "version()", "'"}
"""And of those that ask for the version."""


def fast(database: Database) -> bool:
    return not PARSERS[database.parser].slow


@pytest.mark.parametrize("database", PARSED)
def test_what_is_written_there_is_refused(database: Database) -> None:
    made = keras2sql.convert(IRIS, database.dialect, "iris", "id")
    with pytest.raises(UnsupportedDialectError, match=get(database.dialect).title):
        deploy(made, Kept(database.dialect), "scores")
