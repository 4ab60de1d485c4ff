"""Predictions where nothing may be written: with tables deployed, or weights in the query."""

from __future__ import annotations

from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy

import tiny
from deployment.programs import SOURCE, answers, prepare, program
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError

ADVICE = r"can't be made here: .*deploy the model first.*weights='inline'"


def refused(made: Any, target: Any) -> None:
    with pytest.raises(DatabaseError, match=ADVICE):
        made.run(target)


def test_a_server_that_is_read_only(postgres_url: str) -> None:
    with connect(postgres_url) as engine:
        prepare(engine)
        made = program("postgresql", 1)
        mark = "&" if "?" in postgres_url else "?"
        url = f"{postgres_url}{mark}options=-c%20default_transaction_read_only%3Don"
        refused(made, url)
        made.deploy(engine, "scores")
        assert made.run(url).sort_values("id")["y"].tolist() == answers(1)
        assert read_back(engine) == ["scores"]


def read_back(engine: Engine) -> list[str]:
    import keras2sql

    names = keras2sql.status(engine)["name"].tolist()
    for name in names:
        keras2sql.undeploy(engine, name)
    return names


def test_a_role_without_temporary_tables(postgres_url: str) -> None:
    with connect(postgres_url) as engine:
        prepare(engine)
        database = engine.query("SELECT current_database()").iat[0, 0]
        engine.execute_script(
            [
                f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
                "DROP ROLE IF EXISTS reader",
                "CREATE ROLE reader",
                "GRANT SELECT ON source_1 TO reader",
            ]
        )
        with psycopg.connect(postgres_url) as connection:
            connection.execute("SET ROLE reader")
            connection.commit()
            refused(program("postgresql", 1), connection)
            graph = tiny.dense([1, 1], ["linear"])
            inline = tiny.program(
                graph, "postgresql", table="source_1", features=["x"], weights="inline"
            )
            assert len(inline.run(connection)) == len(SOURCE)
        engine.execute_script(
            [
                "REVOKE ALL ON source_1 FROM reader",
                "DROP ROLE reader",
                f"GRANT TEMPORARY ON DATABASE {database} TO PUBLIC",
            ]
        )


def test_a_user_of_mariadb_who_may_only_read(mariadb_engine: Engine, mariadb_url: str) -> None:
    url = sqlalchemy.engine.make_url(mariadb_url)
    # Not one of MariaDB's own test_*, in which everybody may do anything.
    mariadb_engine.execute_script(
        [
            "CREATE OR REPLACE DATABASE readings",
            "CREATE TABLE readings.source_1 (id BIGINT, x DOUBLE)",
            "CREATE OR REPLACE USER reader@localhost IDENTIFIED BY 'secret'",
            "GRANT SELECT ON readings.* TO reader@localhost",
        ]
    )
    given = {"host": url.host, "port": url.port, "unix_socket": url.query.get("unix_socket")}
    connection = pymysql.connect(
        user="reader",
        password="secret",
        database="readings",
        **{name: value for name, value in given.items() if value is not None},
    )
    refused(program("mariadb", 1), connection)
    connection.close()
    mariadb_engine.execute_script(["DROP USER reader@localhost", "DROP DATABASE readings"])
