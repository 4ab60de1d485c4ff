"""HSQLDB, in a Java beside this process, as an engine over tables in memory."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import jvm
from keras2sql.engines import catalogs
from keras2sql.engines.base import Described, Engine, Rows
from keras2sql.engines.types import ColumnType

JAR = Path("/usr/share/java/hsqldb.jar")
"""Where Debian puts it, whose package `tools/test` installs."""


class HSQLDB(Engine):
    """A connection of JDBC, whose statements are each a transaction of its own."""

    dialect_name = "hsqldb"

    def __init__(self, jdbc: Any, java: Any) -> None:
        self.connection = self
        self.jdbc = jdbc
        self.java = java

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[HSQLDB]:
        with jvm.started([JAR]) as gateway:
            java = gateway.jvm.java
            java.lang.Class.forName("org.hsqldb.jdbc.JDBCDriver")
            jdbc = java.sql.DriverManager.getConnection("jdbc:hsqldb:mem:tests", "SA", "")
            yield cls(jdbc, gateway.jvm)

    def _run(self, sql: str) -> tuple[Rows, Described]:
        with jvm.messages(), closing(self.jdbc.createStatement()) as statement:
            if not statement.execute(sql):
                return [], []
            results = statement.getResultSet()
            told = results.getMetaData()
            places = range(1, told.getColumnCount() + 1)
            described = [(told.getColumnLabel(i), told.getColumnTypeName(i)) for i in places]
            rows = []
            while results.next():
                rows.append(tuple(_value(results.getObject(i)) for i in places))
            return rows, described

    def _change(self, sql: str) -> int:
        with jvm.messages(), closing(self.jdbc.createStatement()) as statement:
            return int(statement.executeUpdate(sql))

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        yield

    def _types(self, source: str, columns: str) -> list[ColumnType]:
        return catalogs.types(self._run, self.dialect_name, source, columns)

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows into a table of this name, quoted."""
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        self._run(f"INSERT INTO {table} VALUES {values}")


def _value(value: Any) -> Any:
    if hasattr(value, "toLocalDate"):
        return datetime.date.fromisoformat(value.toString())
    return value


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if not isinstance(value, float):
        return repr(value)
    if value in (float("inf"), float("-inf")):
        return f"{'-' if value < 0 else ''}CAST('Infinity' AS DOUBLE)"
    return repr(value) if "e" in repr(value) else f"{value!r}e0"
