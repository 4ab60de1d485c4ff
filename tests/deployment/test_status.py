"""What can't be read is told: by `deploy`, which leaves nothing, and by `status`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pandas as pd
import pytest

import keras2sql
import tiny
from databases import load
from deployment.programs import objects, prepare
from keras2sql.engines import Engine
from keras2sql.errors import Keras2SQLError, UnsupportedDialectError

FRAME = pd.DataFrame({"id": [1, 2, 3], "a": [0.5, 1.0, -2.0], "b": [1.0, 2.0, 3.0]})
MADE = "CREATE TABLE t (id INTEGER, a DOUBLE PRECISION, b DOUBLE PRECISION)"

# What happens to the source, and what is said of the view then.
CHANGES = {
    "column renamed": (["ALTER TABLE t RENAME COLUMN a TO aa"], "no column a"),
    "column dropped": (["ALTER TABLE t DROP COLUMN a"], "no column a"),
    "table renamed": (["ALTER TABLE t RENAME TO other"], "t"),
    "table dropped": (["DROP TABLE t"], "t"),
    "made anew without a column": (["DROP TABLE t", "CREATE TABLE t (id INTEGER)"], "no column a"),
    "retyped": (["ALTER TABLE t ALTER a TYPE VARCHAR", "UPDATE t SET a = 'x'"], "VARCHAR"),
}
ON_SQLITE = [name for name in CHANGES if name != "retyped"]


def scorer(engine: Engine | str, table: str = "t") -> Any:
    graph = tiny.dense([2, 1], ["tanh"])
    return tiny.program(graph, engine, table=table, features=["a", "b"])


@pytest.fixture
def source(engine: Engine) -> Iterator[Engine]:
    """An engine with the source; nothing is there afterwards."""
    names = [one for _, one, _ in objects(engine)]
    assert not {"t", "other", "scores"} & set(names)
    load(engine, "t", FRAME)
    yield engine
    for name in keras2sql.status(engine)["name"]:
        keras2sql.undeploy(engine, name)
    engine.execute_script(["DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS other"])


def state(engine: Engine) -> str:
    (found,) = keras2sql.status(engine)["state"]
    return str(found)


@pytest.mark.parametrize("kind", ["view", "macro"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_source_is_told(duckdb_engine: Engine, change: str, kind: str) -> None:
    base = duckdb_engine
    prepare(base)
    load(base, "t", FRAME)
    made = scorer(base)
    made.deploy(base, "scores", kind=kind)
    assert state(base) == "ok"
    statements, said = CHANGES[change]
    base.execute_script(statements)
    assert state(base) != "ok"
    assert said in state(base)
    with pytest.raises(Keras2SQLError):
        made.deploy(base, "scores", kind=kind)
    assert state(base) != "ok"
    base.execute_script(["DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS other"])
    load(base, "t", FRAME)
    assert made.deploy(base, "scores", kind=kind).change in ("unchanged", "replaced")
    assert state(base) == "ok"
    keras2sql.undeploy(base, "scores")
    base.execute_script(["DROP TABLE t"])


def test_another_declaration_in_sqlite_is_told(sqlite_engine: Engine) -> None:
    base = sqlite_engine
    base.execute_script(["CREATE TABLE t (id INTEGER, a REAL, b REAL)"])
    base.execute_script(["INSERT INTO t VALUES (1, 0.5, 1.0)"])
    scorer(base).deploy(base, "scores")
    assert state(base) == "ok"
    base.execute_script(["DROP TABLE t", "CREATE TABLE t (id INTEGER, a TEXT, b REAL)"])
    assert "a, which was REAL and is TEXT" in state(base)
    keras2sql.undeploy(base, "scores")
    base.execute_script(["DROP TABLE t"])


@pytest.mark.parametrize("change", ON_SQLITE)
def test_a_change_of_the_source_is_told_by_sqlite(sqlite_engine: Engine, change: str) -> None:
    base = sqlite_engine
    load(base, "t", FRAME)
    made = scorer(base)
    made.deploy(base, "scores")
    statements, said = CHANGES[change]
    # Else it refuses to break a view by some of these.
    base.execute_script(["PRAGMA legacy_alter_table = 1"])
    base.execute_script(statements)
    assert said in state(base)
    with pytest.raises(Keras2SQLError):
        made.deploy(base, "scores")
    base.execute_script(["PRAGMA legacy_alter_table = 0"])
    keras2sql.undeploy(base, "scores")
    base.execute_script(["DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS other"])


def test_postgres_lets_nobody_break_a_view(postgres_engine: Engine) -> None:
    load(postgres_engine, "t", FRAME)
    made = scorer(postgres_engine)
    made.deploy(postgres_engine, "scores")
    postgres_engine.execute_script(["ALTER TABLE t RENAME COLUMN a TO aa"])
    assert "has no column a" in state(postgres_engine), "its name in the program is another"
    postgres_engine.execute_script(["ALTER TABLE t RENAME COLUMN aa TO a"])
    for statement in ("DROP TABLE t", "ALTER TABLE t ALTER a TYPE TEXT"):
        with pytest.raises(Keras2SQLError, match=r"depends|used by a view"):
            postgres_engine.execute_script([statement])
    postgres_engine.execute_script(["ALTER TABLE t RENAME TO other"])
    assert "t" in state(postgres_engine)
    keras2sql.undeploy(postgres_engine, "scores")
    postgres_engine.execute_script(["DROP TABLE other"])


def test_a_view_whose_rows_can_not_be_computed_is_not_made(source: Engine) -> None:
    """Beyond what types tell: a function that raises in the first row."""
    if source.dialect_name == "sqlite":  # to which a text is NULL
        return
    before = objects(source)
    table = "(SELECT id, a, CAST(CASE WHEN id = 1 THEN 'x' ELSE '1' END AS DOUBLE PRECISION) AS b"
    with pytest.raises(Keras2SQLError, match="reading"):
        scorer(source, f"{table} FROM t)").deploy(source, "scores")
    assert objects(source) == before
    assert len(keras2sql.status(source)) == 0


def test_predictions_that_are_all_null_are_told(source: Engine) -> None:
    scorer(source).deploy(source, "scores")
    assert state(source) == "ok"
    source.execute_script(["UPDATE t SET b = NULL WHERE id > 1"])
    assert state(source) == "ok"
    source.execute_script(["UPDATE t SET b = NULL"])
    assert state(source) == "all predictions are NULL, of the 3 rows of t"
    source.execute_script(["DELETE FROM t"])
    assert state(source) == "ok"


def test_a_large_source_is_planned_and_not_read(
    duckdb_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = duckdb_engine
    base.execute_script(
        ["CREATE TABLE t AS SELECT range AS id, 0.5 AS a, 1.5 AS b FROM range(400_000)"]
    )
    scorer(base).deploy(base, "scores")
    read: list[str] = []
    real = base.query
    monkeypatch.setattr(base, "query", lambda sql, *a, **k: read.append(sql) or real(sql, *a, **k))
    assert state(base) == "ok"
    assert not [sql for sql in read if "FROM scores" in sql]
    base.execute_script(["ALTER TABLE t ALTER a TYPE VARCHAR"])
    assert "VARCHAR" in state(base)
    base.execute_script(["ALTER TABLE t DROP a"])
    assert "no column a" in state(base)
    monkeypatch.undo()
    keras2sql.undeploy(base, "scores")
    base.execute_script(["DROP TABLE t"])


def test_an_open_transaction_outlives_status() -> None:
    """DuckDB ends a transaction in which anything fails."""
    with duckdb.connect() as connection:
        connection.execute(MADE)
        scorer("duckdb").deploy(connection, "scores")
        connection.begin()
        connection.execute("CREATE TABLE mine AS SELECT 1 AS x")
        connection.execute("ALTER TABLE t RENAME a TO aa")
        (found,) = keras2sql.status(connection)["state"]
        assert "transaction that is open" in found
        connection.commit()
        (found,) = keras2sql.status(connection)["state"]
        assert "has no column a" in found
        assert connection.execute("SELECT x FROM mine").fetchall() == [(1,)]


def test_source_key_labels_and_time_are_told(source: Engine) -> None:
    graph = tiny.dense([2, 3, 2], ["tanh", "softmax"])
    made = tiny.program(
        graph, source, table="t", key=["id", "b"], features=["a", "b"], labels=["no", "y'es"]
    )
    made.deploy(source, "scores")
    found = keras2sql.status(source).iloc[0]
    assert found[["source", "key", "labels", "state"]].tolist() == ["t", "id, b", "no, y'es", "ok"]
    assert found["made"][:2] == "20"


@pytest.mark.parametrize("dialect", ["datafusion", "spark", "sqlite", "postgresql"])
def test_a_connection_to_another_database_is_told(dialect: str) -> None:
    with duckdb.connect() as connection, pytest.raises(UnsupportedDialectError, match="its own"):
        keras2sql.status(connection, dialect=dialect)
