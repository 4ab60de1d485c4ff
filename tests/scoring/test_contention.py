"""What is tried again, by the drivers' codes, and what is told at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pymysql
import pytest
import sqlalchemy

from keras2sql.engines import Engine, connect
from keras2sql.engines.contention import contended
from keras2sql.errors import DatabaseError
from scoring.tables import contents, dropped, numbered, scorer, wanted

# A name in which the words are that databases say where another transaction is in the way.
WORDS = '"locked, busy; a conflict: deadlock, serialization; exists, duplicate, unique"'


@contextmanager
def at_once(match: str) -> Iterator[None]:
    start = time.monotonic()
    with pytest.raises(DatabaseError, match=match):
        yield
    assert time.monotonic() - start < 10


def test_a_role_that_may_not_create_is_told_at_once(postgres_url: str) -> None:
    """The statement that fails has IF NOT EXISTS in it, and the message repeats it."""
    with connect(postgres_url) as engine:
        dropped(engine, "scores")
        numbered(engine, 5)
        engine.execute_script(
            ["DROP ROLE IF EXISTS reader", "CREATE ROLE reader", "GRANT SELECT ON tiny TO reader"]
        )
        with psycopg.connect(postgres_url) as connection:
            connection.execute("SET ROLE reader")
            connection.commit()
            with at_once("permission denied for schema public"):
                scorer("postgresql").score_into(connection, "scores")
        scorer("postgresql").score_into(engine, "scores")
        with psycopg.connect(postgres_url) as connection:
            connection.execute("SET ROLE reader")
            connection.commit()
            with at_once("permission denied for"):
                scorer("postgresql").score_into(connection, "scores", incremental=True)
        dropped(engine, "scores")
        engine.execute_script(["REVOKE ALL ON tiny FROM reader", "DROP ROLE reader"])


def test_a_server_that_is_read_only_is_told_at_once(postgres_url: str) -> None:
    with connect(postgres_url) as engine:
        dropped(engine, "scores")
        numbered(engine, 5)
    mark = "&" if "?" in postgres_url else "?"
    url = f"{postgres_url}{mark}options=-c%20default_transaction_read_only%3Don"
    with at_once("read-only transaction"):
        scorer("postgresql").score_into(url, WORDS)


@pytest.mark.parametrize("name", ["sqlite", "duckdb"])
def test_files_that_nobody_may_write_are_told_at_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    duckdb.connect(path).close() if name == "duckdb" else path.touch()
    with connect(f"{name}:///{path}") as engine:
        numbered(engine, 5)
    target: Any = f"sqlite:///file:{path}?mode=ro&uri=true"
    if name == "duckdb":
        target = duckdb.connect(path, read_only=True)
    with at_once("read-?only"):
        scorer(name).score_into(target, WORDS)


def test_a_full_disk_is_told_at_once(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "test.db")
    with connect(connection) as engine:
        numbered(engine, 2000)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 6}")
        with at_once("full"):
            scorer(engine).score_into(engine, WORDS)
        connection.execute("PRAGMA max_page_count = 100000")
        scorer(engine).score_into(engine, WORDS, replace=engine.exists(WORDS))
    connection.close()


# -- what each driver says of another transaction in the way


def raised(act: Callable[[], Any]) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        act()
    return caught.value


def test_locks_of_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "test.db"
    first, second = (sqlite3.connect(path, timeout=0, isolation_level=None) for _ in range(2))
    first.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
    first.execute("BEGIN IMMEDIATE")
    first.execute("INSERT INTO t VALUES (1)")
    alchemy = sqlalchemy.create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
    for target in (second, alchemy):
        with connect(target) as engine:
            error = raised(lambda: engine.execute_script(["INSERT INTO t VALUES (1)"]))
            assert contended(error)
    first.execute("COMMIT")
    with connect(second) as engine:
        error = raised(lambda: engine.execute_script(["INSERT INTO t VALUES (1)"]))
        assert (contended(error), contended(error, making=True)) == (False, True)
        error = raised(lambda: engine.execute_script([f"SELECT {WORDS} FROM nowhere"]))
        assert not contended(error, making=True)
    alchemy.dispose()
    first.close()
    second.close()


def test_conflicts_of_duckdb() -> None:
    with duckdb.connect() as root:
        first, second = root.cursor(), root.cursor()
        root.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        root.execute("INSERT INTO t VALUES (1)")
        for statement in ("UPDATE t SET x = x", "CREATE TABLE made (x INTEGER)"):
            first.begin()
            first.execute(statement)
            with connect(second) as engine:
                error = raised(lambda: engine.execute_script([statement]))  # noqa: B023
                assert contended(error)
            first.rollback()
        with connect(second) as engine:
            error = raised(lambda: engine.execute_script(["INSERT INTO t VALUES (1)"]))
            assert (contended(error), contended(error, making=True)) == (False, True)
            second.begin()
            raised(lambda: engine.execute_script(["SELECT nothing"]))
            error = raised(lambda: engine.execute_script(["SELECT 1"]))
            assert "aborted" in str(error)
            assert not contended(error, making=True)
            second.rollback()


def test_locks_of_postgres(postgres_url: str) -> None:
    with (
        psycopg.connect(postgres_url) as first,
        psycopg.connect(postgres_url) as second,
        connect(second) as engine,
    ):
        first.execute("CREATE TABLE IF NOT EXISTS locked (x INT PRIMARY KEY)")
        first.execute("INSERT INTO locked VALUES (1)")
        first.commit()
        second.execute("SET lock_timeout = '100ms'")
        second.commit()
        first.execute("UPDATE locked SET x = 2")
        error = raised(lambda: engine.execute_script(["UPDATE locked SET x = 3"]))
        assert contended(error)
        second.rollback()
        first.rollback()
        for statement in ("INSERT INTO locked VALUES (1)", "CREATE TABLE locked (x INT)"):
            error = raised(lambda: engine.execute_script([statement]))  # noqa: B023
            assert (contended(error), contended(error, making=True)) == (False, True)
        error = raised(lambda: engine.execute_script([f"SELECT 1 AS {WORDS} FROM nowhere"]))
        assert not contended(error, making=True)
        first.execute("DROP TABLE locked")


def test_locks_of_mariadb(mariadb_engine: Engine, mariadb_url: str) -> None:
    mariadb_engine.execute_script(
        [
            "DROP TABLE IF EXISTS locked",
            "CREATE TABLE locked (x INT PRIMARY KEY) ENGINE = InnoDB",
            "INSERT INTO locked VALUES (1)",
            "SET SESSION innodb_lock_wait_timeout = 1",
        ]
    )
    driver = mariadb_engine.connection.connection.driver_connection
    url = sqlalchemy.engine.make_url(mariadb_url)
    other = pymysql.connect(
        **{name: value for name, value in {
            "host": url.host, "port": url.port, "user": url.username, "password": url.password,
            "database": url.database, "unix_socket": url.query.get("unix_socket"),
        }.items() if value is not None}
    )  # fmt: skip
    other.begin()
    other.cursor().execute("UPDATE locked SET x = 2")
    for target in (mariadb_engine, driver):
        with connect(target) as engine:
            error = raised(lambda: engine.execute_script(["UPDATE locked SET x = 3"]))
            assert contended(error)
    other.rollback()
    other.close()
    for statement in ("INSERT INTO locked VALUES (1)", "CREATE TABLE locked (x INT)"):
        error = raised(lambda: mariadb_engine.execute_script([statement]))  # noqa: B023
        assert (contended(error), contended(error, making=True)) == (False, True)
    mariadb_engine.execute_script(
        ["DROP TABLE locked", "SET SESSION innodb_lock_wait_timeout = 50"]
    )


def test_who_waits_for_another_goes_on(tmp_path: Path) -> None:
    """Another writer holds the file for a while; it is waited for."""
    path = tmp_path / "test.db"
    writer, target = (sqlite3.connect(path, timeout=0, isolation_level=None) for _ in range(2))
    with connect(target) as engine:
        numbered(engine, 20)
        made, held = scorer(engine), []

        def hold(done: int, total: int) -> None:
            if done == 10:
                writer.execute("BEGIN IMMEDIATE")
                held.append(time.monotonic())

        real = time.sleep

        def sleep(seconds: float) -> None:
            real(seconds)
            if held and writer.in_transaction and time.monotonic() - held[0] > 0.3:
                writer.execute("COMMIT")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "sleep", sleep)
            made.score_into(engine, "scores", 5, progress=hold)
        assert held
        assert contents(engine) == wanted(engine, made)
    writer.close()
    target.close()
