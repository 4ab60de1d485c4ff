"""The databases for which the tests have an engine of their own, by that engine.

None of them has a driver that users share, so what is measured is the database alone: it computes
all rows of a query, which no other process gets.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.databases.base import Columns, Missing
from benchmarks.databases.rowwise import MariaDB

TESTS = Path(__file__).parent.parent.parent / "tests"
sys.path.append(str(TESTS))

BATCH = 500  # rows that one statement inserts


class Tested:
    """`connection` is the engine, which `keras2sql.engines.connect` takes as it is."""

    planning = "EXPLAIN {}"
    operand = ""
    rate_rows = 2_000
    name: str
    version: str
    connection: Any

    def __init__(self) -> None:
        self._started = ExitStack()

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        if sql.startswith("DROP TABLE IF EXISTS predicted"):  # of which none is made
            return
        for statement in session:
            self.connection._run(statement)
        self._compute(sql.partition("CREATE TABLE predicted AS ")[2] or sql)

    def _compute(self, sql: str) -> None:
        """Run a statement, and have no rows come here."""
        raise NotImplementedError

    def process(self) -> int | str:
        return "self"

    def stop(self) -> None:
        """End what was started."""
        self._started.close()

    def load(self, table: str, columns: Columns) -> None:
        import plain_tables

        kinds = {"i": "BIGINT"}
        types = {n: kinds.get(v.dtype.kind, "DOUBLE PRECISION") for n, v in columns.items()}
        made = plain_tables.make(self.connection, table, types)
        rows = list(zip(*(values.tolist() for values in columns.values()), strict=True))
        for start in range(0, len(rows), self._batch()):
            self.connection.insert(made, rows[start : start + self._batch()])

    def _batch(self) -> int:
        return BATCH

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        rows = np.array(self.connection._run(query)[0], dtype=np.float64)
        return dict(zip(columns, rows.T, strict=True))


class MonetDB(Tested):
    """In this process, in memory, where a column is stored as it comes."""

    name = "monetdb"

    def __init__(self, threads: int = 1) -> None:
        import monetdb_embedded

        super().__init__()
        if not monetdb_embedded.FOLDER.is_dir():
            raise Missing(f"monetdbe is not installed in {monetdb_embedded.FOLDER}")
        os.environ["OMP_NUM_THREADS"] = str(threads)
        self.connection = monetdb_embedded.MonetDB()
        self.version = self.connection.version()

    def _compute(self, sql: str) -> None:
        inside = self.connection.database._internal
        result, _ = inside.query(sql, make_result=True)
        if result:
            inside.cleanup_result(result)

    def load(self, table: str, columns: Columns) -> None:
        super().load(table, {name: values[:0] for name, values in columns.items()})
        self.connection.database._internal.append(table, columns)


class HSQLDB(Tested):
    """In a Java of its own, in memory."""

    name = "hsqldb"
    planning = "EXPLAIN PLAN FOR {}"

    def __init__(self, threads: int = 1) -> None:
        import hsqldb_jvm

        super().__init__()
        self.connection = self._started.enter_context(hsqldb_jvm.HSQLDB.started())
        told = self.connection.jdbc.getMetaData()
        self.version = f"HSQLDB {told.getDatabaseProductVersion()}"
        self._process = _process(self.connection.java)

    def _compute(self, sql: str) -> None:
        # A result is there as a whole before its first row is asked for.
        with closing(self.connection.jdbc.createStatement()) as statement:
            statement.execute(sql)

    def process(self) -> int | str:
        return self._process


class Hive(Tested):
    """In a Java of its own, over files."""

    name = "hive"

    def __init__(self, threads: int = 1) -> None:
        import hive_jvm

        super().__init__()
        folder = tempfile.TemporaryDirectory(prefix="benchmark-hive-")
        where = Path(self._started.enter_context(folder))
        self.connection = self._started.enter_context(hive_jvm.Hive.started(where))
        self.version = "Hive 2.3"
        self._process = _process(self.connection.java)

    def _compute(self, sql: str) -> None:
        java = self.connection.java
        if sql.startswith("SET "):
            self.connection._run(sql)
            return
        driver = java.org.apache.hadoop.hive.ql.Driver(self.connection.conf)
        try:
            answer = driver.run(sql)
            if answer.getResponseCode() != 0:
                raise RuntimeError(answer.getErrorMessage())
            # Rows are computed as they are asked for, and stay in Java.
            while driver.getResults(java.java.util.ArrayList()):
                pass
        finally:
            driver.close()

    def process(self) -> int | str:
        return self._process

    def _batch(self) -> int:
        return sys.maxsize  # of a table all rows are one file


class GoogleSQL(Tested):
    """The evaluator, which is slow: what it says of a database is that it is not one."""

    name = "googlesql"
    planning = "PREPARE {}"  # what `execute` takes for it

    def __init__(self, threads: int = 1) -> None:
        import googlesql

        super().__init__()
        self.connection = googlesql.GoogleSQL()
        self.version = "GoogleSQL, reference evaluator"

    def _compute(self, sql: str) -> None:
        with self.connection._prepared(sql.removeprefix("PREPARE ")) as query:
            if not sql.startswith("PREPARE "):
                query.execute()

    def load(self, table: str, columns: Columns) -> None:
        kinds = ["INT64" if v.dtype.kind == "i" else "DOUBLE" for v in columns.values()]
        rows = [list(row) for row in zip(*(v.tolist() for v in columns.values()), strict=True)]
        self.connection._make(table, list(columns), kinds, rows)


def _process(java: Any) -> int:
    """The process of a Java."""
    return int(java.java.lang.ProcessHandle.current().pid())


class OceanBase(MariaDB):
    """As seekdb, which has a server of its own."""

    name = "oceanbase"

    def __init__(self, threads: int = 1) -> None:
        import seekdb_server

        if not seekdb_server.FOLDER.is_dir():
            raise Missing(f"pylibseekdb is not installed in {seekdb_server.FOLDER}")
        self._started = ExitStack()
        folder = self._started.enter_context(
            tempfile.TemporaryDirectory(prefix="benchmark-seekdb-")
        )
        url = self._started.enter_context(seekdb_server.started(Path(folder)))
        super().__init__(url.partition("unix_socket=")[2], threads)
        with self.connection.cursor() as cursor:
            cursor.execute("SET GLOBAL ob_query_timeout = 36000000000")
            cursor.execute("SET ob_query_timeout = 36000000000")
            cursor.execute("SELECT version()")
            self.version = cursor.fetchone()[0].partition("-")[2]

    def stop(self) -> None:
        self.connection.close()
        self._started.close()

    def process(self) -> int | str:
        told = self.connection._sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        return int.from_bytes(told[:4], sys.byteorder)
