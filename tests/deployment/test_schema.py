"""Tables of weights in a schema of their own: made, found, replaced, dropped there, and read."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import keras2sql
import tiny
from databases import load
from deployment.programs import objects
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import (
    DatabaseError,
    DialectLimitError,
    InputError,
    Keras2SQLError,
    UnsupportedDialectError,
)
from keras2sql.program import Program

ROWS = np.random.default_rng(3).normal(size=(5, 4))
FRAME = pd.DataFrame(ROWS, columns=list("abcd")).assign(id=range(5))
PLACE = 'Weig"hts.x'
"""A name with all that has to be quoted."""


def _program(engine: Engine | str, seed: int = 1, schema: str | None = None) -> Program:
    graph = tiny.dense([4, 6, 2], ["relu", "softmax"], seed=seed)
    how = {"strategy": "rows", "weights": "tables", "features": list("abcd")}
    return tiny.program(graph, engine, "rows_to_score", name="tall", schema=schema, **how)


def _named(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


@pytest.fixture(params=["duckdb", "postgres", "mariadb"])
def base(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = request.getfixturevalue(f"{request.param}_engine")
    kind = "DATABASE" if request.param == "mariadb" else "SCHEMA"
    place = get(engine.dialect_name).quote(PLACE)
    engine.execute_script([f"CREATE {kind} {place}"])
    load(engine, "rows_to_score", FRAME)
    before = objects(engine)
    yield engine
    for name in keras2sql.status(engine)["name"]:
        keras2sql.undeploy(engine, name)
    assert objects(engine) == before
    engine.execute_script(["DROP TABLE rows_to_score"])
    # Which the database refuses where anything is left in it.
    engine.execute_script([f"DROP {kind} {place}"])


def _agrees(frame: pd.DataFrame, made: Program) -> None:
    wanted = made.graph.evaluate({"x": ROWS})
    for name, values in wanted.items():
        np.testing.assert_allclose(frame.sort_values("id")[name], values, rtol=1e-9)


def test_deployed_there_and_gone_without_a_trace(base: Engine) -> None:
    made = _program(base, schema=_named(PLACE))
    assert {table.schema for table in made.tables} == {PLACE}
    done = made.deploy(base, "tall_scores")
    assert (done.change, done.schema) == ("made", PLACE)
    quoted = get(base.dialect_name).quote
    for table in made.tables:
        assert base.count(f"{quoted(PLACE)}.{quoted(table.name)}") == table.rows
        assert not base.exists(quoted(table.name))
    _agrees(base.query("SELECT * FROM tall_scores"), made)
    assert keras2sql.status(base)["state"].tolist() == ["ok"]
    assert made.deploy(base, "tall_scores").change == "unchanged"
    _agrees(made.run(base), made)  # by the tables that are there
    dropped = keras2sql.undeploy(base, "tall_scores")
    assert sorted(dropped) == sorted(table.name for table in made.tables)


def test_replaced_by_another_version_and_in_another_place(base: Engine) -> None:
    first, second = _program(base, 1, _named(PLACE)), _program(base, 2, _named(PLACE))
    first.deploy(base, "tall_scores")
    with pytest.raises(InputError, match="deployed already"):
        second.deploy(base, "tall_scores")
    assert second.deploy(base, "tall_scores", replace=True).change == "replaced"
    quoted = get(base.dialect_name).quote
    kept = {table.name for table in second.tables}
    gone = [table.name for table in first.tables if table.name not in kept]
    assert gone
    assert not any(base.exists(f"{quoted(PLACE)}.{quoted(name)}") for name in gone)
    _agrees(base.query("SELECT * FROM tall_scores"), second)
    here = _program(base, 2)
    assert here.deploy(base, "tall_scores", replace=True).change == "replaced"
    assert not any(base.exists(f"{quoted(PLACE)}.{quoted(t.name)}") for t in second.tables)
    assert all(base.exists(quoted(t.name)) for t in here.tables)


def test_a_missing_table_is_told_and_made_again(base: Engine) -> None:
    made = _program(base, schema=_named(PLACE))
    made.deploy(base, "tall_scores")
    quoted = get(base.dialect_name).quote
    base.execute_script([f"DELETE FROM {quoted(PLACE)}.{quoted(made.tables[0].name)}"])
    assert "0 of" in keras2sql.status(base)["state"].item()
    made.deploy(base, "tall_scores")
    assert keras2sql.status(base)["state"].item() == "ok"


def test_temporary_tables_have_no_schema(base: Engine, caplog: pytest.LogCaptureFixture) -> None:
    made = _program(base, schema=_named(PLACE))
    before = objects(base)
    with caplog.at_level(logging.WARNING, "keras2sql"):
        _agrees(made.run(base), made)
    assert "temporary tables hold them" in caplog.text
    made.score_into(base, "tall_predictions")
    _agrees(base.query("SELECT * FROM tall_predictions"), made)
    base.execute_script(["DROP TABLE tall_predictions", "DROP TABLE keras2sql_scores"])
    assert objects(base) == before


def test_a_script_fills_tables_there_and_drops_them(base: Engine) -> None:
    made = _program(base, schema=_named(PLACE))
    for _ in range(2):  # again it changes nothing
        base.execute_script(made.setup)
    _agrees(base.query(made.query, session=made.session), made)
    base.execute_script(made.teardown)


def test_a_schema_that_is_not_there_is_the_databases_error(base: Engine) -> None:
    before = objects(base)
    with pytest.raises(DatabaseError):
        _program(base, schema="nowhere").deploy(base, "tall_scores")
    assert objects(base) == before
    assert keras2sql.status(base).empty


def test_an_attached_database_of_sqlite() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("ATTACH ':memory:' AS \"a b\"")
        with connect(connection) as engine:
            load(engine, "rows_to_score", FRAME)
            made = _program(engine, schema="a b")
            connection.executescript(";".join(made.setup))
            there = connection.execute(
                "SELECT name FROM \"a b\".sqlite_master WHERE type = 'table'"
            )
            assert {name for (name,) in there} == {table.name for table in made.tables}
            _agrees(engine.query(made.query), made)
            with pytest.raises(UnsupportedDialectError, match="reads no tables of another"):
                made.deploy(engine, "tall_scores")
            connection.executescript(";".join(made.teardown))
            count = connection.execute('SELECT count(*) FROM "a b".sqlite_master').fetchone()
            assert count == (0,)


@pytest.mark.parametrize(
    ("dialect", "schema", "kind", "said"),
    [
        ("clickhouse", "apart", UnsupportedDialectError, "ClickHouse takes weights in the"),
        ("duckdb", "", InputError, "the name of one schema"),
        ("duckdb", "a.b", InputError, "the name of one schema"),
        ("duckdb", "a\0b", InputError, "can't be the name"),
        ("postgresql", "é" * 32, DialectLimitError, "63 bytes"),
    ],
)
def test_what_is_no_schema_is_refused(
    dialect: str, schema: str, kind: type[Keras2SQLError], said: str
) -> None:
    graph = tiny.dense([4, 2], ["relu"])
    with pytest.raises(kind, match=said):
        tiny.program(graph, dialect, features=list("abcd"), schema=schema)
