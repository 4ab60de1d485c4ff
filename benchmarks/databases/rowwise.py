"""The databases that compute row by row."""

from __future__ import annotations

import ctypes
import os
import re
import struct
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import THREADS
from benchmarks.databases.base import Columns, Missing


class SQLite:
    name = "sqlite"
    planning = "EXPLAIN {}"
    operand = ""
    rate_rows = 20_000

    def __init__(self, threads: int = 1) -> None:
        import sqlite3

        self.connection = sqlite3.connect(":memory:")
        self.version = f"SQLite {sqlite3.sqlite_version}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        with self.connection:
            self.connection.execute(sql).fetchall()

    def process(self) -> int | str:
        return "self"

    def load(self, table: str, columns: Columns) -> None:
        self.execute(f"DROP TABLE IF EXISTS {table}")
        self.execute(f"CREATE TABLE {table} ({_declared(columns)})")
        rows = zip(*(values.tolist() for values in columns.values()), strict=True)
        marks = ", ".join("?" * len(columns))
        with self.connection:
            self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        rows = np.array(self.connection.execute(query).fetchall(), dtype=np.float64)
        return dict(zip(columns, rows.T, strict=True))


class PostgreSQL:
    """Tables go in and out in the binary form of COPY, which numpy reads as it is."""

    name = "postgresql"
    planning = "EXPLAIN {}"
    operand = ""
    rate_rows = 20_000
    _ARRAYS = 1022  # the number of the type float8[]
    _HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)

    def __init__(self, url: str, threads: int = THREADS) -> None:
        import psycopg

        self.connection = psycopg.connect(url, autocommit=True)
        self.version = f"PostgreSQL {self.connection.info.server_version // 10000}"
        self.connection.execute(f"SET max_parallel_workers_per_gather = {threads - 1}")
        self.connection.execute("SET synchronous_commit = off")
        # A statement whose client was ended would go on, and hold its table.
        self.connection.execute("SET client_connection_check_interval = '1s'")

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        with self.connection.transaction():
            for statement in session:
                self.connection.execute(statement)
            self.connection.execute(sql)

    def process(self) -> int | str:
        return self.connection.info.backend_pid

    def load(self, table: str, columns: Columns) -> None:
        record = np.empty(len(next(iter(columns.values()))), dtype=self._record(columns))
        record["fields"] = len(columns)
        for name, values in columns.items():
            if values.ndim == 1:
                record[f"{name}_bytes"] = 8
                record[name] = values
                continue
            width = values.shape[1]
            record[f"{name}_bytes"] = 20 + 12 * width
            record[f"{name}_head"] = (1, 0, 701, width, 1)  # 701: the type float8
            record[name]["bytes"] = 8
            record[name]["value"] = values
        self.execute(f"DROP TABLE IF EXISTS {table}")
        self.execute(f"CREATE TABLE {table} ({_declared(columns)})")
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.write(self._HEAD + record.tobytes() + struct.pack("!h", -1))
        self.execute(f"ANALYZE {table}")

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        with self.connection.cursor() as cursor:
            names = [d.name for d in cursor.execute(f"{query} LIMIT 0").description or ()]
            kinds = [d.type_code for d in cursor.description or ()]
            sizes = self._sizes(query, names, kinds)
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
                data = b"".join(copy)
        like = {
            name: np.empty((0, *size), "i8" if kind == 20 else "f8")
            for name, kind, size in zip(names, kinds, sizes, strict=True)
        }
        record = np.frombuffer(data[len(self._HEAD) : -2], dtype=self._record(like))
        found = [
            record[name]["value"] if size else record[name]
            for name, size in zip(names, sizes, strict=True)
        ]
        return dict(zip(columns, found, strict=True))

    def _sizes(self, query: str, names: list[str], kinds: list[int]) -> list[tuple[int, ...]]:
        """Of columns of arrays how many elements; of others ()."""
        if self._ARRAYS not in kinds:
            return [()] * len(kinds)
        row = self.connection.execute(f"{query} LIMIT 1").fetchone()
        return [(len(v),) if k == self._ARRAYS else () for v, k in zip(row, kinds, strict=True)]

    @staticmethod
    def _record(columns: Columns) -> np.dtype[Any]:
        """A row of the binary format: each value behind its length in bytes."""
        fields: list[tuple[Any, ...]] = [("fields", ">i2")]
        for name, values in columns.items():
            fields.append((f"{name}_bytes", ">i4"))
            if values.ndim == 1:
                fields.append((name, ">i8" if values.dtype.kind == "i" else ">f8"))
                continue
            item = np.dtype([("bytes", ">i4"), ("value", ">f8")])
            # Dimensions, a flag for NULLs, the type, the length and the first index.
            fields += [(f"{name}_head", ">i4", (5,)), (name, item, values.shape[1:])]
        return np.dtype(fields)


class PgVector(PostgreSQL):
    """The same server, with the extension's vectors."""

    name = "pgvector"
    operand = "x::vector"

    def __init__(self, url: str, threads: int = THREADS) -> None:
        import psycopg

        super().__init__(url, threads)
        try:
            self.connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except psycopg.Error as error:
            self.connection.close()
            raise Missing(str(error).splitlines()[0]) from error
        found = self.connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
        ).fetchone()
        self.version += f" with pgvector {found[0]}"


class MariaDB:
    name = "mariadb"
    planning = "EXPLAIN {}"
    operand = ""
    rate_rows = 20_000

    def __init__(self, socket: str, threads: int = 1) -> None:
        import pymysql

        self.connection = pymysql.connect(unix_socket=socket, user="root", autocommit=True)
        self.execute("CREATE DATABASE IF NOT EXISTS benchmarks")
        self.execute("USE benchmarks")
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT version()")
            self.version = f"MariaDB {cursor.fetchone()[0].split('-')[0]}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        with self.connection.cursor() as cursor:
            for statement in (*session, sql):
                cursor.execute(statement)

    def process(self) -> int | str:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT @@pid_file")
            return int(Path(cursor.fetchone()[0]).read_text())

    def load(self, table: str, columns: Columns) -> None:
        self.execute(f"DROP TABLE IF EXISTS {table}")
        self.execute(f"CREATE TABLE {table} ({_declared(columns)})")
        rows = list(zip(*(values.tolist() for values in columns.values()), strict=True))
        marks = ", ".join(["%s"] * len(columns))
        with self.connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            cursor.execute("COMMIT")
        self.execute(f"ANALYZE TABLE {table}")

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        with self.connection.cursor() as cursor:
            cursor.execute(query)
            rows = np.array(cursor.fetchall(), dtype=np.float64)
        return dict(zip(columns, rows.T, strict=True))


class Firebird:
    """The one that runs in this process, with a database in a file."""

    name = "firebird"
    planning = "PREPARE {}"  # what `execute` takes for it
    operand = ""
    rate_rows = 20_000

    def __init__(self, threads: int = 1) -> None:
        from firebird.driver import create_database, driver_config
        from firebird.embedded.provider import FirebirdProvider

        runtime = FirebirdProvider()
        os.environ["FIREBIRD"] = str(runtime.root)
        for library in ("libtommath.so.1", str(runtime.root / "libtomcrypt.so.1")):
            ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        driver_config.fb_client_library.value = str(runtime.client_library)
        driver_config.db_defaults.page_size.value = 16384
        driver_config.db_defaults.forced_writes.value = False
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-firebird-")
        path = Path(self._folder.name) / "benchmark.fdb"
        self.connection = create_database(str(path), user="SYSDBA", charset="UTF8")
        self.version = f"Firebird {runtime.firebird_version}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        if sql.startswith("DROP TABLE IF EXISTS"):  # which it has not, nor CREATE TABLE AS:
            return
        with closing(self.connection.cursor()) as cursor:
            if sql.startswith("PREPARE "):
                cursor.prepare(sql.removeprefix("PREPARE ")).free()
                return
            cursor.execute(re.sub("^CREATE TABLE \\w+ AS", "", sql))  # rows are fetched instead
            if cursor.description:
                cursor.fetchall()
        self.connection.commit()

    def process(self) -> int | str:
        return "self"

    def load(self, table: str, columns: Columns) -> None:
        self.execute(f"RECREATE TABLE {table} ({_declared(columns)})")
        rows = list(zip(*(values.tolist() for values in columns.values()), strict=True))
        marks = ", ".join("?" * len(columns))
        with closing(self.connection.cursor()) as cursor:
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        self.connection.commit()

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        with closing(self.connection.cursor()) as cursor:
            rows = np.array(cursor.execute(query).fetchall(), dtype=np.float64)
        self.connection.commit()
        return dict(zip(columns, rows.T, strict=True))


def _declared(columns: Columns) -> str:
    kinds = {"i": "BIGINT"}
    return ", ".join(
        f"{name} {kinds.get(v.dtype.kind, 'DOUBLE PRECISION')}{'[]' if v.ndim > 1 else ''}"
        for name, v in columns.items()
    )
