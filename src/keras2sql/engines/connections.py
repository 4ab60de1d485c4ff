"""The three kinds of connection: native DuckDB, SQLAlchemy, and plain DB-API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from keras2sql.engines.base import FLOATS, Described, Engine, Rows

if TYPE_CHECKING:
    import pandas as pd

_SAVEPOINT = "keras2sql_step"

# What DuckDB's own conversion to pandas keeps exactly.
_DUCKDB_EXACT = FLOATS | {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR"}

_DIALECTS = {
    "sqlite3": "sqlite",
    "apsw": "sqlite",
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
    "mariadb": "mariadb",
    "oracledb": "oracle",
}
"""What the drivers' import names stand for."""


class DuckDB(Engine):
    """A native DuckDB connection."""

    dialect_name = "duckdb"

    def __init__(self, connection: Any, owned: bool = False) -> None:
        self.connection = connection
        self.owned = owned

    def _run(self, sql: str) -> tuple[Rows, Described]:
        result = self.connection.execute(sql)
        described = [(d[0], str(d[1])) for d in self.connection.description or ()]
        return (result.fetchall() if described else []), described

    def _frame(self, sql: str) -> tuple[pd.DataFrame, Described]:
        result = self.connection.execute(sql)
        described = [(d[0], str(d[1])) for d in self.connection.description or ()]
        if all(kind in _DUCKDB_EXACT for _, kind in described):
            return result.df(), described
        import pandas as pd

        return pd.DataFrame(result.fetchall(), columns=range(len(described))), described

    @contextmanager
    def _transaction(self, keep: bool) -> Iterator[None]:
        # DuckDB has no savepoints, does not tell whether a transaction is open, and a BEGIN
        # inside one aborts it: on a connection of the caller's nothing is begun.
        if not self.owned:
            yield
            return
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        if keep:
            self.connection.commit()
        else:
            self.connection.rollback()


class SQLAlchemy(Engine):
    """A SQLAlchemy connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.dialect_name = str(connection.dialect.name)

    def _run(self, sql: str) -> tuple[Rows, Described]:
        # Without parameters the driver leaves % and : in names and labels alone.
        result = self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        if not result.returns_rows:
            return [], []
        described = [(d[0], str(d[1])) for d in result.cursor.description]
        return [tuple(row) for row in result.fetchall()], described

    @contextmanager
    def _transaction(self, keep: bool) -> Iterator[None]:
        inside = self.connection.in_transaction()
        transaction = self.connection.begin_nested() if inside else self.connection.begin()
        try:
            yield
        except BaseException:
            transaction.rollback()
            raise
        if keep:
            transaction.commit()
        else:
            transaction.rollback()


class DBAPI(Engine):
    """A connection as PEP 249 has it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        module = type(connection).__module__.split(".")[0]
        self.dialect_name = _DIALECTS.get(module, "")

    def _run(self, sql: str) -> tuple[Rows, Described]:
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            if not cursor.description:
                return [], []
            described = [(d[0], str(d[1])) for d in cursor.description]
            return [tuple(row) for row in cursor.fetchall()], described
        finally:
            cursor.close()

    def _in_transaction(self) -> bool | None:
        """Whether the caller has one open; None where the driver does not tell."""
        found = getattr(self.connection, "in_transaction", None)
        if isinstance(found, bool):
            return found
        status = getattr(getattr(self.connection, "info", None), "transaction_status", None)
        return None if status is None else int(status) != 0

    @contextmanager
    def _transaction(self, keep: bool) -> Iterator[None]:
        inside = self._in_transaction()
        if inside is None:
            yield
            return
        begin, commit, undo = self._spelling(inside)
        self._all(begin)
        try:
            yield
        except BaseException:
            with suppress(Exception):  # a lost connection can't roll back either
                self._all(undo)
            raise
        self._all(commit if keep else undo)

    def _spelling(self, inside: bool) -> tuple[list[str], list[str], list[str]]:
        """How to begin, to keep and to undo."""
        if inside:
            release = f"RELEASE SAVEPOINT {_SAVEPOINT}"
            undo = [f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", release]
            return [f"SAVEPOINT {_SAVEPOINT}"], [release], undo
        # A driver that begins by itself must not be told to begin twice.
        implicit = getattr(self.connection, "autocommit", None) is False
        return [] if implicit else ["BEGIN"], ["COMMIT"], ["ROLLBACK"]

    def _all(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._run(statement)
