"""Views of models: made once, replaced, listed, removed; and never anybody else's."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psycopg
import pytest

import keras2sql
import tiny
from databases import load, quoted
from deployment.programs import answers, called, objects, prepare, program, read
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError

HOSTILE = [
    "select", "a b", 'x"y', "o'hara", "ünï ☃", "%s :a ? {0}", "x; DROP TABLE source_1; --", "a`b",
    "-- c", "l\nAS\n-- keras2sql: {", 'keras2sql: {"model": 1}', "UPPER", "a\\b", "[bold]",
]  # fmt: skip

TABLES = [called(1, "a"), called(1, "b")]


@pytest.fixture
def base(engine: Engine) -> Iterator[Engine]:
    """The engine with the source; nothing else is there afterwards either."""
    prepare(engine)
    before = objects(engine)
    yield engine
    for name in keras2sql.status(engine)["name"]:
        keras2sql.undeploy(engine, f'"{name.replace(chr(34), chr(34) * 2)}"')
    assert objects(engine) == before


def test_a_view_answers_and_goes_without_a_trace(base: Engine) -> None:
    before = objects(base)
    made = program(base.dialect_name, 1)
    done = made.deploy(base, "scores")
    assert (done.change, done.kind, done.model, str(done.place)) == (
        "made",
        "view",
        "model 1",
        "scores",
    )
    assert read(base) == answers(1)
    base.execute_script(["INSERT INTO source_1 VALUES (4, 0.5)"])
    assert len(base.query("SELECT * FROM scores")) == 4
    base.execute_script(["DELETE FROM source_1 WHERE id = 4"])
    whole = objects(base)
    assert made.deploy(base, "scores").change == "unchanged"
    assert objects(base) == whole
    assert keras2sql.undeploy(base, "scores") == TABLES
    assert objects(base) == before


def test_status_lists_what_stands_there(base: Engine) -> None:
    assert len(keras2sql.status(base)) == 0
    done = program(base.dialect_name, 1, rows=300).deploy(base, "scores")
    tiny.program(tiny.dense([1, 1], ["linear"]), base, table="source_1", features=["x"]).deploy(
        base, "inline"
    )
    found = keras2sql.status(base).set_index("name")
    assert found.index.tolist() == ["inline", "scores"]
    version, tables = keras2sql.__version__, ", ".join(TABLES)
    assert found.loc["scores"].drop("made").tolist() == [
        *("view", "model 1", done.content, version, tables, 600, "source_1", "id", "", "ok")
    ]
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(
        found.loc["scores", "made"] + "+00:00"
    )
    assert abs(age.total_seconds()) < 60
    assert found.loc["inline", ["tables", "rows", "state"]].tolist() == ["", 0, "ok"]


def test_another_version_needs_to_be_asked_for(base: Engine) -> None:
    first, second = (program(base.dialect_name, n) for n in (1, 2))
    first.deploy(base, "scores")
    with pytest.raises(InputError, match=r"scores is deployed already, a view of model 1"):
        second.deploy(base, "scores")
    assert read(base) == answers(1)
    assert second.deploy(base, "scores", replace=True).change == "replaced"
    assert read(base) == answers(2)
    assert {name for _, name, _ in objects(base) if "model_1" in name} == set()
    other = program(base.dialect_name, 3, column="prediction")
    assert other.deploy(base, "scores", replace=True).change == "replaced"
    assert read(base) == answers(3)
    assert base.columns("scores")[1][0] == "prediction"


def test_a_table_stays_while_something_reads_it(base: Engine) -> None:
    load(base, "source_2", pd.DataFrame({"id": [1, 2, 3], "x": [0.25, 2.0, -4.0]}))
    program(base.dialect_name, 1).deploy(base, "scores")
    program(base.dialect_name, 1, table="source_2").deploy(base, "others")
    assert keras2sql.undeploy(base, "scores") == []
    assert read(base, "others") == answers(1)
    program(base.dialect_name, 1).deploy(base, "scores")
    program(base.dialect_name, 2).deploy(base, "scores", replace=True)
    assert (read(base), read(base, "others")) == (answers(2), answers(1))
    assert keras2sql.undeploy(base, "others") == TABLES
    base.execute_script(["DROP TABLE source_2"])


def test_what_is_not_ours_is_left_alone(base: Engine) -> None:
    made = program(base.dialect_name, 1)
    base.execute_script(["CREATE TABLE mine AS SELECT 7 AS a", "CREATE VIEW seen AS SELECT 8 AS a"])
    before = objects(base)
    for name in ("mine", "seen"):
        with pytest.raises(InputError, match=f"a {name} already that keras2sql did not make"):
            made.deploy(base, name, replace=True)
        with pytest.raises(InputError, match=f"keras2sql has deployed no {name} here"):
            keras2sql.undeploy(base, name)
    with pytest.raises(InputError, match="source_1 is the source itself"):
        made.deploy(base, "source_1", replace=True)
    assert objects(base) == before
    base.execute_script(["DROP TABLE mine", "DROP VIEW seen"])


def test_a_view_that_would_not_answer_is_not_made(base: Engine) -> None:
    before = objects(base)
    program(base.dialect_name, 1).deploy(base, "scores")
    broken = program(base.dialect_name, 2, table="nosuch")
    with pytest.raises(DatabaseError, match="nosuch"):
        broken.deploy(base, "scores", replace=True)
    assert read(base) == answers(1)
    keras2sql.undeploy(base, "scores")
    with pytest.raises(DatabaseError, match="nosuch"):
        broken.deploy(base, "scores")
    assert objects(base) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(base: Engine, name: str) -> None:
    before = objects(base)
    called = f'"{name.replace(chr(34), chr(34) * 2)}"'
    program(base.dialect_name, 1).deploy(base, called)
    program(base.dialect_name, 2).deploy(base, called, replace=True)
    assert keras2sql.status(base)["name"].tolist() == [name]
    assert read(base, get(base.dialect_name).quote(name)) == answers(2)
    keras2sql.undeploy(base, called)
    assert objects(base) == before


def test_hostile_models(base: Engine) -> None:
    for name in HOSTILE:
        graph = tiny.dense([1, 1], ["linear"])
        made = tiny.program(graph, base, table="source_1", features=["x"], name=name)
        made.deploy(base, "scores", replace=True)
        assert keras2sql.status(base)["model"].tolist() == [made.name]


def test_a_table_holds_the_predictions_of_now(base: Engine) -> None:
    made = program(base.dialect_name, 1)
    made.deploy(base, "scores", kind="table")
    assert read(base) == answers(1)
    assert keras2sql.status(base)["kind"].tolist() == ["table"]
    assert not [name for _, name, _ in objects(base) if "model_" in name]
    base.execute_script(["UPDATE source_1 SET x = x + 1 WHERE id = 1"])
    assert made.deploy(base, "scores", kind="table").change == "unchanged"
    assert read(base) == answers(1)
    assert made.deploy(base, "scores", kind="table", replace=True).change == "replaced"
    assert read(base) == [answers(1)[0] + 1, *answers(1)[1:]]
    made.deploy(base, "scores", replace=True)
    assert keras2sql.status(base)["kind"].tolist() == ["view"]
    assert len(keras2sql.undeploy(base, "scores")) == 2


def test_a_macro_takes_the_name_of_a_table(duckdb_engine: Engine) -> None:
    prepare(duckdb_engine)
    before = objects(duckdb_engine)
    load(duckdb_engine, "source 2", pd.DataFrame({"id": [9], "x": [10.0], "Source_Table": [1]}))
    graph = tiny.dense([1, 1], ["linear"])
    made = tiny.program(graph, duckdb_engine, table="source_1", features=["x"])
    made.deploy(duckdb_engine, "scored by", kind="macro")
    rows = duckdb_engine.query('SELECT * FROM "scored by"() ORDER BY id', ["id", "y"])
    expected = made.run(duckdb_engine).sort_values("id", ignore_index=True)
    assert rows["y"].tolist() == expected["out"].tolist()
    other = tiny.program(graph, duckdb_engine, table="source 2", features=["x"])
    rows = duckdb_engine.query("""SELECT * FROM "scored by"('"source 2"')""", ["id", "y"])
    assert rows["y"].tolist() == other.run(duckdb_engine)["out"].tolist()
    again = tiny.program(
        graph, duckdb_engine, table="source 2", features=["x"], passthrough=["Source_Table"]
    )
    again.deploy(duckdb_engine, "scored by", kind="macro", replace=True)
    rows = duckdb_engine.query('SELECT * FROM "scored by"()')
    assert rows.iloc[0].tolist() == again.run(duckdb_engine).iloc[0].tolist()
    assert keras2sql.status(duckdb_engine)["kind"].tolist() == ["macro"]
    keras2sql.undeploy(duckdb_engine, "scored by")
    duckdb_engine.execute_script(['DROP TABLE "source 2"'])
    assert objects(duckdb_engine) == before


def test_what_cannot_be_deployed(base: Engine) -> None:
    made = program(base.dialect_name, 1)
    with pytest.raises(InputError, match="kind='index': choose one of view, table, macro"):
        made.deploy(base, "scores", kind="index")
    with pytest.raises(InputError, match=r"NAME or SCHEMA\.NAME"):
        made.deploy(base, "a.b.c")
    if base.dialect_name != "duckdb":
        with pytest.raises(UnsupportedDialectError, match="no macros"):
            made.deploy(base, "scores", kind="macro")


def test_a_lost_table_is_told_and_made_again(base: Engine) -> None:
    made = program(base.dialect_name, 1)
    made.deploy(base, "scores")
    base.execute_script(["DELETE FROM model_1_a_000000000001 WHERE i = 0"])
    assert keras2sql.status(base)["state"].tolist() == [
        "model_1_a_000000000001 has 999 of 1000 rows; deploy again"
    ]
    if base.dialect_name != "postgresql":  # which lets nobody drop it
        base.execute_script(["DROP TABLE model_1_a_000000000001"])
        assert "model_1_a_000000000001 is missing" in keras2sql.status(base)["state"][0]
    made.deploy(base, "scores")
    assert read(base) == answers(1)
    assert keras2sql.status(base)["state"].tolist() == ["ok"]


def test_a_table_is_filled_while_its_weights_come_and_go(base: Engine) -> None:
    first, second = (program(base.dialect_name, version) for version in (1, 2))

    def filled() -> list[float]:
        return sorted(base.query("SELECT y FROM filled")["y"])

    first.deploy(base, "scores")
    taken: list[int] = []

    def take_away(done: int, _: int) -> None:
        taken.append(done)
        if done == 1:
            keras2sql.undeploy(base, "scores")

    first.score_into(base, "filled", 1, progress=take_away)
    assert taken == [0, 1, 2, 3]
    assert filled() == sorted(answers(1))
    second.score_into(base, "filled", 2, replace=True)
    assert filled() == sorted(answers(2))
    base.execute_script(["DROP TABLE keras2sql_scores"])
    first.score_into(base, "filled", replace=True)
    assert filled() == sorted(answers(1)), "in a table that nothing tells of"
    base.execute_script(["DROP TABLE filled", "DROP TABLE keras2sql_scores"])


def test_schemas(base: Engine) -> None:
    if base.dialect_name == "sqlite":
        program("sqlite", 1).deploy(base, "main.scores")
        assert keras2sql.status(base)["name"].tolist() == ["scores"]
        keras2sql.undeploy(base, "MAIN.Scores")
        return
    base.execute_script(['CREATE SCHEMA "The Models"'])
    made = program(base.dialect_name, 1)
    made.deploy(base, "The Models.scores")
    assert keras2sql.status(base)["name"].tolist() == ["The Models.scores"]
    assert read(base, '"The Models".scores') == answers(1)
    assert made.deploy(base, "The Models.scores").change == "unchanged"
    current = "main" if base.dialect_name == "duckdb" else "public"
    made.deploy(base, f"{current}.scores")
    assert keras2sql.status(base)["name"].tolist() == ["The Models.scores", "scores"]
    assert keras2sql.undeploy(base, "scores") == []
    assert keras2sql.undeploy(base, "The Models.scores") == TABLES
    base.execute_script(['DROP SCHEMA "The Models"'])


# -- what only some databases have


def test_a_mark_follows_its_view(base: Engine) -> None:
    if base.dialect_name == "sqlite":
        return  # it does not rename views
    made = program(base.dialect_name, 1)
    made.deploy(base, "scores")
    base.execute_script(["ALTER VIEW scores RENAME TO other"])
    assert keras2sql.status(base)["name"].tolist() == ["other"]
    assert made.deploy(base, "other").change == "unchanged"
    assert keras2sql.undeploy(base, "other") == TABLES


def test_grants_and_views_of_a_view_outlive_a_replacement(postgres_engine: Engine) -> None:
    prepare(postgres_engine)
    before = objects(postgres_engine)
    program("postgresql", 1).deploy(postgres_engine, "scores")
    postgres_engine.execute_script(
        [
            "DROP ROLE IF EXISTS reader",
            "CREATE ROLE reader",
            "GRANT SELECT ON scores TO reader",
            "CREATE VIEW best AS SELECT max(y) AS y FROM scores",
        ]
    )
    program("postgresql", 2).deploy(postgres_engine, "scores", replace=True)
    asked = "SELECT has_table_privilege('reader', 'scores', 'SELECT') AS may, y FROM best"
    assert postgres_engine.query(asked).iloc[0].tolist() == [True, max(answers(2))]
    whole = objects(postgres_engine)
    with pytest.raises(DatabaseError, match="depends on"):
        program("postgresql", 3, column="other").deploy(postgres_engine, "scores", replace=True)
    with pytest.raises(DatabaseError, match="depends on"):
        keras2sql.undeploy(postgres_engine, "scores")
    assert objects(postgres_engine) == whole
    postgres_engine.execute_script(
        ["DROP VIEW best", "CREATE VIEW own AS SELECT count(*) AS n FROM model_2_a_000000000002"]
    )
    program("postgresql", 3).deploy(postgres_engine, "scores", replace=True)
    assert postgres_engine.query("SELECT n FROM own")["n"].tolist() == [1000], "it is read"
    keras2sql.undeploy(postgres_engine, "scores")
    postgres_engine.execute_script(
        ["DROP VIEW own", f"DROP TABLE {called(2, 'a')}", "DROP ROLE reader"]
    )
    assert objects(postgres_engine) == before


def test_a_name_that_postgres_cuts(postgres_engine: Engine) -> None:
    prepare(postgres_engine)
    before = objects(postgres_engine)
    name = "x" * 70
    program("postgresql", 1).deploy(postgres_engine, name)
    assert program("postgresql", 1).deploy(postgres_engine, name).change == "unchanged"
    assert keras2sql.status(postgres_engine)["name"].tolist() == ["x" * 63]
    keras2sql.undeploy(postgres_engine, name)
    assert objects(postgres_engine) == before


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
def test_an_older_transaction_reads_a_new_version(postgres_url: str, isolation: str) -> None:
    """It sees the new view, and so it must see the new weights."""
    with connect(postgres_url) as engine:
        prepare(engine)
        program("postgresql", 1).deploy(engine, "scores")
        with psycopg.connect(postgres_url) as older:
            older.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
            older.execute("SELECT count(*) FROM source_1")
            program("postgresql", 2).deploy(engine, "scores", replace=True)
            found = older.execute("SELECT y FROM scores ORDER BY id").fetchall()
            assert [y for (y,) in found] == answers(2)
        keras2sql.undeploy(engine, "scores")


# -- on connections of the caller


def test_the_callers_transaction_decides(postgres_url: str, tmp_path: Any) -> None:
    with connect(postgres_url) as engine:
        prepare(engine)
    lite = sqlite3.connect(tmp_path / "x.db")
    duck = duckdb.connect(tmp_path / "x.duckdb")
    post = psycopg.connect(postgres_url)
    for connection in (lite, duck, post):
        with connect(connection) as engine:
            made = program(engine.dialect_name, 1)
            if connection is not post:
                prepare(engine)
            before = objects(engine)
            connection.execute("SELECT 1" if connection is post else "BEGIN")
            made.deploy(connection, "scores")
            assert read(engine) == answers(1)
            connection.rollback()
            assert objects(engine) == before
            made.deploy(connection, "scores")
            made = program(engine.dialect_name, 2)
            made.deploy(connection, "scores", replace=True)
            assert read(engine) == answers(2)
            keras2sql.undeploy(connection, "scores")
            assert objects(engine) == before
        connection.close()


def test_files_that_nobody_may_write(sqlite_url: str) -> None:
    with connect(sqlite_url) as engine:
        prepare(engine)
    url = sqlite_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    with pytest.raises(DatabaseError, match="readonly"):
        program("sqlite", 1).deploy(url, "scores")
    assert len(keras2sql.status(url)) == 0


def test_status_of_what_is_no_database_of_ours(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="give its dialect"):
        keras2sql.status(Nameless())
    assert quoted('a"b') == '"a""b"'


class Nameless:
    """A connection that does not tell what it leads to."""

    def cursor(self) -> None: ...


def test_undeploy_takes_the_database_first_and_knows_the_older_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"duckdb:///{tmp_path / 'a.duckdb'}"
    with duckdb.connect(str(tmp_path / "a.duckdb")):
        pass
    for swap in (False, True):
        with connect(url) as engine:
            prepare(engine)
            program("duckdb", 1).deploy(engine, "scores")
        assert keras2sql.undeploy(*(("scores", url) if swap else (url, "scores"))) == TABLES
        assert ("undeploy(target, view)" in caplog.text) is swap
    with connect(url) as engine, pytest.raises(InputError, match="has deployed no scores here"):
        keras2sql.undeploy("scores", engine)
    for wrong in ((url, None), (url, 3), (None, None)):
        with pytest.raises(InputError, match=r"undeploy\(target, view\): \w+ is no name of a view"):
            keras2sql.undeploy(*wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="URL"):
        keras2sql.undeploy("scores", "others")
