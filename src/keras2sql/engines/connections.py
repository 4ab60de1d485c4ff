"""The three kinds of connection: native DuckDB, SQLAlchemy, and plain DB-API."""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from keras2sql.dialects.base import Dialect
from keras2sql.engines import catalogs, loading, mariadb
from keras2sql.engines import types as kinds
from keras2sql.engines.base import FLOATS, Described, Engine, Rows
from keras2sql.sql.stored import StoredTable

if TYPE_CHECKING:
    import pandas as pd

_SAVEPOINT, _NUMBERS = "keras2sql_step", itertools.count(1)

# What DuckDB's own conversion to pandas keeps exactly.
_DUCKDB_EXACT = FLOATS | {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR"}

_PARTS = re.compile(r'"((?:[^"]|"")*)"|([^".]+)')

_RELATIONS = """SELECT database_name, schema_name, table_name FROM duckdb_tables()
UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views()"""

_DIALECTS = {
    "sqlite3": "sqlite",
    "apsw": "sqlite",
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
    "mariadb": "mariadb",
    "oracledb": "oracle",
    "clickhouse_connect": "clickhouse",
    "clickhouse_driver": "clickhouse",
    "firebird": "firebird",
    "impala": "impala",
    "pymonetdb": "monetdb",
    "pyodbc": "mssql",
    "redshift_connector": "redshift",
    "snowflake": "snowflake",
    "trino": "trino",
}
"""What the drivers' import names stand for."""

_BEGINS = dict.fromkeys(("mariadb", "mysql", "oceanbase"), "START TRANSACTION")
"""Where BEGIN may open a block of statements instead: in MariaDB's sql_mode=ORACLE."""


def _folded(name: str) -> str:
    """The same for names that are one to DuckDB: those that ASCII letters' case sets apart."""
    return "".join(c.lower() if c.isascii() else c for c in name)


class DuckDB(Engine):
    """A native DuckDB connection."""

    dialect_name = "duckdb"

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def _run(self, sql: str) -> tuple[Rows, Described]:
        result = self.connection.execute(sql)
        described = [(d[0], str(d[1])) for d in self.connection.description or ()]
        return (result.fetchall() if described else []), described

    def _change(self, sql: str) -> int:
        rows, described = self._run(sql)
        return int(rows[0][0]) if [name for name, _ in described] == ["Count"] else 0

    def _frame(self, sql: str) -> tuple[pd.DataFrame, Described]:
        result = self.connection.execute(sql)
        described = [(d[0], str(d[1])) for d in self.connection.description or ()]
        if all(kind in _DUCKDB_EXACT for _, kind in described):
            return result.df(), described
        import pandas as pd

        return pd.DataFrame(result.fetchall(), columns=range(len(described))), described

    def exists(self, table: str) -> bool:
        # To ask for a table that is not there would end the transaction.
        parts = (quoted.replace('""', '"') or plain for quoted, plain in _PARTS.findall(table))
        *above, name = map(_folded, parts)
        there = {tuple(map(_folded, row)) for row in self._run(_RELATIONS)[0]}
        [(here, path)], _ = self._run("SELECT current_database(), current_schemas(true)")
        if len(above) == 2:
            places = {(above[0], above[1])}
        elif above:
            places = {(_folded(here), above[0]), (above[0], "main")}
        else:
            places = {("temp", "main"), *((_folded(here), _folded(schema)) for schema in path)}
        return any((*place, name) in there for place in places)

    def may_fail(self) -> bool:
        return not self._inside()

    def in_transaction(self) -> bool:
        return self._inside()

    def abandon(self) -> None:
        self.connection.rollback()

    def _inside(self) -> bool:
        """Whether a transaction is open: then two statements run in the same one."""
        try:
            first, second = (
                self.connection.execute("SELECT txid_current()").fetchone() for _ in range(2)
            )
        except Exception:  # it is open and has failed
            return True
        return bool(first == second)

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        # DuckDB has no savepoints, and a BEGIN inside a transaction aborts it.
        if self._inside():
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

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        described = self._run(f"SELECT {columns} FROM {source} WHERE 1 = 0")[1]
        return [kinds.named(name, type_) for name, type_ in described]

    def _fill(self, table: StoredTable, dialect: Dialect) -> None:
        loading.fill_duckdb(self.connection, table, dialect)


def _driven(connection: Any) -> Any:
    """The driver's connection below one of SQLAlchemy's, on which no transaction is begun."""
    return getattr(getattr(connection, "connection", None), "driver_connection", None)


class SQLAlchemy(Engine):
    """A SQLAlchemy connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.dialect_name = str(connection.dialect.name)
        if getattr(connection.dialect, "is_mariadb", False):  # by a URL of mysql://, too
            self.dialect_name = "mariadb"
        if self.dialect_name == "mysql" and mariadb.is_oceanbase(_driven(connection)):
            self.dialect_name = "oceanbase"

    def _run(self, sql: str) -> tuple[Rows, Described]:
        # Without parameters the driver leaves % and : in names and labels alone.
        result = self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        if not result.returns_rows:
            return [], []
        described = [(d[0], str(d[1])) for d in result.cursor.description]
        return [tuple(row) for row in result.fetchall()], described

    def _change(self, sql: str) -> int:
        result = self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        return max(0, int(result.rowcount))

    def in_transaction(self) -> bool:
        return bool(self.connection.in_transaction())

    def abandon(self) -> None:
        self.connection.rollback()

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
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

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        return catalogs.types(self._run, self.dialect_name, source, columns)

    def _fill(self, table: StoredTable, dialect: Dialect) -> None:
        if not loading.fill(self.connection.connection.driver_connection, table, dialect):
            super()._fill(table, dialect)


def _rows_as_tuples(cursor: Any) -> None:
    """The connection's own row factory may make dicts of rows, or anything."""
    module = type(cursor).__module__.split(".")[0]
    if module == "sqlite3":
        cursor.row_factory = None
    elif module == "psycopg":
        cursor.row_factory = importlib.import_module("psycopg.rows").tuple_row


def _executed(cursor: Any, sql: str) -> Any:
    """Run a statement; the description of its columns, which apsw forgets at the last row."""
    if type(cursor).__module__.split(".")[0] != "apsw":
        cursor.execute(sql)
        return cursor.description
    seen: list[Any] = []

    def trace(running: Any, *_: Any) -> bool:
        seen.append(running.get_description())
        return True  # go on

    cursor.exec_trace = trace
    cursor.execute(sql)
    return seen[-1] if seen else ()


class DBAPI(Engine):
    """A connection as PEP 249 has it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        module = type(connection).__module__.split(".")[0]
        self.dialect_name = _DIALECTS.get(module, "")
        if self.dialect_name == "mysql" and mariadb.serves(connection):
            self.dialect_name = "mariadb"
        if self.dialect_name == "mysql" and mariadb.is_oceanbase(connection):
            self.dialect_name = "oceanbase"

    def _run(self, sql: str) -> tuple[Rows, Described]:
        with closing(self._cursor()) as cursor:
            _rows_as_tuples(cursor)
            if not (description := _executed(cursor, sql)):
                return [], []
            described = [(d[0], str(d[1])) for d in description]
            return [tuple(row) for row in cursor.fetchall()], described

    def _change(self, sql: str) -> int:
        with closing(self._cursor()) as cursor:
            cursor.execute(sql)
            return max(0, int(cursor.rowcount))

    def _cursor(self) -> Any:
        """A cursor that gives tuples, which may be of another class than the caller's own."""
        if type(self.connection).__module__.startswith("pymysql."):
            return self.connection.cursor(importlib.import_module("pymysql.cursors").Cursor)
        return self.connection.cursor()

    def in_transaction(self) -> bool:
        return self._in_transaction() is not False

    def abandon(self) -> None:
        self._run("ROLLBACK")

    def _in_transaction(self) -> bool | None:
        """Whether the caller has one open; None where the driver does not tell."""
        found = getattr(self.connection, "in_transaction", None)
        if isinstance(found, bool):
            return found
        if hasattr(self.connection, "server_status"):
            return mariadb.in_transaction(self.connection)
        status = getattr(getattr(self.connection, "info", None), "transaction_status", None)
        return None if status is None else int(status) != 0

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        inside = self._in_transaction()
        if inside is None:
            yield
            return
        opened, commit, undo = self._spelling(inside, begin)
        self._all(opened)
        try:
            yield
        except BaseException:
            with suppress(Exception):  # a lost connection can't roll back either
                self._all(undo)
            raise
        self._all(commit if keep else undo)

    def _spelling(self, inside: bool, begin: str) -> tuple[list[str], list[str], list[str]]:
        """How to begin, to keep and to undo."""
        if inside:
            # A name of its own: in MariaDB another savepoint of one name takes its place.
            name = f"{_SAVEPOINT}_{next(_NUMBERS)}"
            release = f"RELEASE SAVEPOINT {name}"
            return [f"SAVEPOINT {name}"], [release], [f"ROLLBACK TO SAVEPOINT {name}", release]
        # A driver that begins by itself must not be told to begin twice.
        implicit = getattr(self.connection, "autocommit", None) is False
        opened = [] if implicit else [_BEGINS.get(self.dialect_name, begin)]
        return opened, ["COMMIT"], ["ROLLBACK"]

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        return catalogs.types(self._run, self.dialect_name, source, columns)

    def _fill(self, table: StoredTable, dialect: Dialect) -> None:
        if not loading.fill(self.connection, table, dialect):
            super()._fill(table, dialect)
