"""Running statements: types, names, transactions, and what goes wrong."""

from __future__ import annotations

import math
import sqlite3
import sys
from typing import Any

import duckdb
import pandas as pd
import psycopg
import pytest
import sqlalchemy

from keras2sql.dialects.settings import Settings
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError

FRAME = pd.DataFrame(
    {"id": [1, 2, 3], "x y": [0.5, math.nan, -1e300], "label": ["a", None, "100% :x ?"]}
)
NO_JIT = Settings({"jit": "off"}, statement="SET LOCAL {0}")


@pytest.fixture
def table(engine: Engine, load_table) -> Engine:
    load_table(engine, "engine test", FRAME)
    return engine


def test_values_come_back_with_their_types(table: Engine) -> None:
    got = table.query('SELECT * FROM "engine test" ORDER BY id', ["id", "x", "label"])
    assert list(got.columns) == ["id", "x", "label"]
    assert got["id"].tolist() == [1, 2, 3]
    assert got["x"].dtype == "float64"
    assert got["x"][0] == 0.5
    assert math.isnan(got["x"][1])
    assert got["x"][2] == -1e300
    assert got["label"][0] == "a"
    assert pd.isna(got["label"][1])
    assert got["label"][2] == "100% :x ?"


def test_percent_and_colon_in_a_statement_are_text(engine: Engine) -> None:
    got = engine.query("SELECT '100% %s :name ? {x}' AS a", ["a"])
    assert got["a"][0] == "100% %s :name ? {x}"


def test_a_column_of_nulls_can_be_float(engine: Engine) -> None:
    got = engine.query("SELECT NULL AS a", ["p"], floats=["p"])
    assert got["p"].dtype == "float64"
    assert math.isnan(got["p"][0])


def test_an_empty_result_has_its_columns(table: Engine) -> None:
    got = table.query('SELECT id, label FROM "engine test" WHERE id < 0', ["k", "l"])
    assert list(got.columns) == ["k", "l"]
    assert len(got) == 0


def test_columns_of_tables_and_subqueries(table: Engine) -> None:
    assert [name for name, _ in table.columns('"engine test"')] == ["id", "x y", "label"]
    assert [name for name, _ in table.columns("(SELECT 1 AS a, 2 AS b) AS s")] == ["a", "b"]


def test_a_wrong_number_of_names_is_an_error(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match="2 columns came back, not 1"):
        engine.query("SELECT 1 AS a, 2 AS b", ["a"])


def test_the_engine_s_message_names_the_statement(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match=r"^the query: .*no_such_table") as caught:
        engine.query("SELECT * FROM no_such_table")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700
    assert engine.query("SELECT 1 AS one")["one"].tolist() == [1], "usable afterwards"


def test_scripts_are_all_or_nothing(engine: Engine) -> None:
    engine.execute_script(["DROP TABLE IF EXISTS made"])
    with pytest.raises(DatabaseError, match="setup, statement 2 of 2"):
        engine.execute_script(["CREATE TABLE made (a INTEGER)", "NONSENSE"])
    assert not engine.exists("made")
    engine.execute_script(["CREATE TABLE made (a INTEGER)", "INSERT INTO made VALUES (7)"])
    assert engine.query("SELECT a FROM made")["a"].tolist() == [7]


@pytest.mark.parametrize("number", ["duckdb", "sqlite", "postgres"])
def test_versions_are_readable(number: str, request: pytest.FixtureRequest) -> None:
    title = request.getfixturevalue(f"{number}_engine").version()
    assert title.lower().startswith(number)
    assert title.split()[1][0].isdigit()


def test_session_statements_end_with_the_query(postgres_engine: Engine) -> None:
    asked = "SELECT current_setting('jit') AS jit"
    before = postgres_engine.query(asked)["jit"][0]
    inside = postgres_engine.query(asked, session=[NO_JIT])["jit"][0]
    assert (inside, postgres_engine.query(asked)["jit"][0]) == ("off", before)


# -- connections of the caller


@pytest.mark.parametrize("autocommit", [False, True])
def test_psycopg_keeps_the_callers_transaction(postgres_url: str, autocommit: bool) -> None:
    asked = "SELECT current_setting('jit') AS jit"
    with psycopg.connect(postgres_url, autocommit=autocommit) as connection:
        with connect(connection) as engine:
            assert engine.dialect_name == "postgresql"
            before = engine.query(asked)["jit"][0]
            idle = psycopg.pq.TransactionStatus.IDLE
            assert connection.info.transaction_status == idle
            assert engine.query(asked, session=[NO_JIT])["jit"][0] == "off"
        with connection.transaction(), connect(connection) as engine:
            connection.execute("CREATE TEMP TABLE of_the_caller (a int)")
            assert engine.query(asked, session=[NO_JIT])["jit"][0] == "off"
            assert engine.query(asked)["jit"][0] == before
            with pytest.raises(DatabaseError):
                engine.query("SELECT * FROM nowhere")
            assert engine.query("SELECT count(*) AS n FROM of_the_caller")["n"][0] == 0
            raise psycopg.Rollback
        assert connection.info.transaction_status == idle
        with connect(connection) as engine:
            assert not engine.exists("of_the_caller"), "the caller's rollback still counted"
        assert not connection.closed


def test_sqlite3_keeps_the_callers_transaction() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a INTEGER)")
    connection.execute("INSERT INTO t VALUES (1)")
    assert connection.in_transaction
    with connect(connection) as engine:
        assert engine.dialect_name == "sqlite"
        assert engine.query("SELECT a FROM t")["a"].tolist() == [1]
    assert connection.in_transaction
    connection.rollback()
    with connect(connection) as engine:
        assert len(engine.query("SELECT a FROM t")) == 0
    assert not connection.in_transaction
    connection.close()


def test_duckdb_sees_the_callers_frames_and_transaction() -> None:
    connection = duckdb.connect()
    connection.register("frame", pd.DataFrame({"a": [1.5]}))
    connection.begin()
    connection.execute("CREATE TABLE t AS SELECT 2 AS b")
    with connect(connection) as engine:
        assert engine.query("SELECT a, b FROM frame, t", ["a", "b"]).iloc[0].tolist() == [1.5, 2]
    connection.rollback()
    with connect(connection) as engine:
        assert not engine.exists("t")
    connection.close()


def test_sqlalchemy_engines_connections_and_pools(sqlite_url: str) -> None:
    source = sqlalchemy.create_engine(sqlite_url)
    with connect(source) as engine:
        assert engine.query("SELECT 1 AS a")["a"].tolist() == [1]
    with source.connect() as connection:
        with connect(connection) as engine:
            assert engine.query("SELECT 1 AS a")["a"].tolist() == [1]
        assert not connection.in_transaction()
        connection.exec_driver_sql("CREATE TABLE mine (a INTEGER)")
        connection.commit()
        connection.exec_driver_sql("INSERT INTO mine VALUES (1)")
        with connect(connection) as engine:
            assert engine.query("SELECT a FROM mine")["a"].tolist() == [1]
        assert connection.in_transaction()
        connection.rollback()
        assert not connection.closed
    pooled = source.raw_connection()
    with connect(pooled) as engine:
        assert engine.dialect_name == "sqlite"
        assert len(engine.query("SELECT a FROM mine")) == 0
    pooled.close()
    source.dispose()


def test_sqlalchemy_in_autocommit_still_runs_session_statements(postgres_url: str) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    source = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    asked = "SELECT current_setting('jit') AS jit"
    with connect(source) as engine:
        assert engine.query(asked, session=[NO_JIT])["jit"][0] == "off"
    source.dispose()


def test_duckdb_keeps_dates_and_large_integers(duckdb_engine: Engine) -> None:
    got = duckdb_engine.query("SELECT DATE '2020-02-29' AS d, 9007199254740993::HUGEINT AS n")
    assert got["d"][0].isoformat() == "2020-02-29"
    assert got["n"][0] == 9007199254740993


# -- targets that are none


@pytest.mark.parametrize("family", ["sqlite", "duckdb"])
def test_a_missing_file_is_not_made(family: str, tmp_path) -> None:
    path = tmp_path / "none.db"
    with (
        pytest.raises(DatabaseError, match=r"there is no .* database at"),
        connect(f"{family}:///{path}"),
    ):
        pass
    assert not path.exists()


@pytest.mark.parametrize("family", ["sqlite", "duckdb"])
def test_a_file_that_is_no_database(family: str, tmp_path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database\n" * 1000)
    with pytest.raises(DatabaseError), connect(f"{family}:///{path}") as engine:
        engine.query("SELECT * FROM t")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("iris.db", "did you mean 'sqlite:///iris.db'"),
        ("://", "no database URL"),
        (42, "a int is no database"),
        (None, "a NoneType is no database"),
    ],
)
def test_what_is_no_target(target: object, said: str) -> None:
    with pytest.raises(InputError, match=said), connect(target):
        pass


def test_an_unreachable_server_is_named_without_its_password() -> None:
    url = "postgresql://user:secret@127.0.0.1:1/db"
    with (
        pytest.raises(DatabaseError, match=r"can't reach postgresql.*127\.0\.0\.1") as caught,
        connect(url),
    ):
        pass
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_connections_that_make_dicts_of_rows(postgres_url: str) -> None:
    lite = sqlite3.connect(":memory:")
    lite.row_factory = lambda cursor, row: {d[0]: v for d, v in zip(cursor.description, row)}  # noqa: B905
    rows: Any = psycopg.rows.dict_row
    with psycopg.connect(postgres_url, row_factory=rows) as post:
        for connection in (lite, post):
            with connect(connection) as engine:
                frame = engine.query("SELECT 1 AS a, 2 AS b")
                assert frame.iloc[0].tolist() == [1, 2]
                assert engine.count("(SELECT 1 AS a) AS one") == 1
    lite.close()


def test_duckdb_tells_tables_apart_as_duckdb_does() -> None:
    with duckdb.connect() as connection, connect(connection) as engine:
        connection.execute(
            """CREATE TABLE "É" AS SELECT 1 AS a; CREATE TABLE "A.b""c" AS SELECT 1 AS a;
            CREATE SCHEMA "S"; CREATE TABLE "S".inside AS SELECT 1 AS a"""
        )
        wanted = {
            '"É"': True, '"é"': False, '"a.B""C"': True, "b": False, "s.inside": True,
            "inside": False, "memory.s.INSIDE": True, "main.inside": False,
        }  # fmt: skip
        assert {name: engine.exists(name) for name in wanted} == wanted
        connection.execute("SET search_path = 'main,s'")
        assert engine.exists("inside")
        connection.execute("CREATE TEMPORARY TABLE mine (a INTEGER)")
        assert engine.exists("mine")
        assert engine.count_if_there("other") is None


def test_a_missing_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)  # as if it were not installed
    with (
        pytest.raises(DatabaseError, match=r"pip install 'keras2sql\[mariadb\]'"),
        connect("mysql+pymysql://localhost/db"),
    ):
        pass
    with (
        pytest.raises(DatabaseError, match="SQLAlchemy knows no 'nosuch'"),
        connect("nosuch://localhost/db"),
    ):
        pass
