"""Views, and tables of predictions, where what is made commits, or nothing is undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import keras
import numpy as np
import pandas as pd
import pymysql
import pytest
import sqlalchemy

import keras2sql
import tiny
from databases import load
from deployment.programs import SOURCE, answers, called, program
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError
from layers.build import randomize
from scoring.tables import GRAPH, KEYS, OTHER, contents, frame_of, keyed, numbered, scorer, wanted
from scoring.test_batches import Stop, stop_at

HOSTILE = ["o'hara \\ x\"y; DROP TABLE t; --", "%s :a ? {0}", "ünï\\"]
OFTEN = ("large int", "text", "three columns")  # of kinds of keys
KINDS = [
    kind if kind in OFTEN else pytest.param(kind, marks=pytest.mark.sweep)
    for kind in KEYS
    if "null" not in kind
]
MADE = ("scores", "others", "mine", "seen", "scores_unfinished", "keras2sql_scores", "tiny")


@pytest.fixture(params=["mariadb", "clickhouse", "datafusion"])
def store(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each database in turn, with the source; nothing else is there afterwards."""
    engine: Engine = request.getfixturevalue(f"{request.param}_engine")
    for name in MADE:  # as other tests have left them
        gone(engine, name)
    load(engine, "source_1", SOURCE)
    yield engine
    for name in keras2sql.status(engine)["name"]:
        keras2sql.undeploy(engine, '"{}"'.format(name.replace('"', '""')))
    for name in ("source_1", *MADE):
        gone(engine, name)
    assert not engine.exists("model_1_a_000000000001")


def gone(engine: Engine, name: str) -> None:
    """No table or view of that name is there."""
    for kind in ("TABLE", "VIEW"):
        with suppress(DatabaseError):
            engine.execute_script([f"DROP {kind} {name}"])
    assert not engine.exists(name)


def simple(engine: Engine, version: int, **options: Any) -> Any:
    """A program with its weights in its text, of which versions differ."""
    graph = tiny.dense([1, 1], ["tanh"], seed=version, output=f"y{version}")
    given = {"table": "source_1", "features": ["x"], "model": f"model {version}", **options}
    return tiny.program(graph, engine, **given)


def seen(engine: Engine, name: str = "scores") -> list[tuple[Any, ...]]:
    frame = engine.query(f"SELECT * FROM {get(engine.dialect_name).quote(name)}")
    return sorted(tuple(row) for row in frame.itertuples(index=False))


def given(engine: Engine, made: Any) -> list[tuple[Any, ...]]:
    return sorted(tuple(row) for row in made.run(engine).itertuples(index=False))


# -- views and tables that are deployed


def test_a_view_is_made_kept_replaced_and_removed(store: Engine) -> None:
    first, second = simple(store, 1, labels=None), simple(store, 2)
    assert len(keras2sql.status(store)) == 0
    done = first.deploy(store, "scores")
    assert (done.change, done.kind, str(done.place)) == ("made", "view", "scores")
    assert seen(store) == given(store, first)
    row = keras2sql.status(store).iloc[0]
    assert row[["name", "kind", "model", "source", "key", "state"]].tolist() == [
        *("scores", "view", "model 1", "source_1", "id", "ok")
    ]
    assert first.deploy(store, "scores").change == "unchanged"
    with pytest.raises(InputError, match="scores is deployed already, a view of model 1"):
        second.deploy(store, "scores")
    assert seen(store) == given(store, first)
    assert second.deploy(store, "scores", replace=True).change == "replaced"
    assert seen(store) == given(store, second)
    assert keras2sql.status(store)["model"].tolist() == ["model 2"]
    assert keras2sql.undeploy(store, "scores") == []
    assert not store.exists("scores")
    with pytest.raises(InputError, match="keras2sql has deployed no scores here"):
        keras2sql.undeploy(store, "scores")


def test_tables_of_weights_come_and_go_with_their_view(mariadb_engine: Engine) -> None:
    base = mariadb_engine
    load(base, "source_1", SOURCE)
    first, second = program("mariadb", 1), program("mariadb", 2)
    first.deploy(base, "scores")
    assert [y for _, y in seen(base)] == answers(1)
    row = keras2sql.status(base).iloc[0]
    assert (row["tables"], row["rows"]) == (f"{called(1, 'a')}, {called(1, 'b')}", 2000)
    first.deploy(base, "others")
    second.deploy(base, "scores", replace=True)
    assert [y for _, y in seen(base, "others")] == answers(1)
    assert keras2sql.undeploy(base, "others") == [called(1, "a"), called(1, "b")]
    assert [y for _, y in seen(base)] == answers(2)
    # What an ended deployment has left goes with the next; what a script made stays.
    base.load(first.tables[0], first.dialect, note="Weights of model 1, by keras2sql 0")
    base.execute_script(first.setup[-2:-1] and [f"CREATE TABLE {called(1, 'b')} (i INT, v DOUBLE)"])
    base.execute_script([f"CREATE VIEW mine AS SELECT * FROM {called(2, 'a')}"])
    assert second.deploy(base, "scores", replace=True).change == "unchanged"
    assert [base.exists(called(1, part)) for part in "ab"] == [False, True]
    assert keras2sql.undeploy(base, "scores") == [called(2, "b")]
    base.execute_script(["DROP VIEW mine", f"DROP TABLE {called(1, 'b')}"])
    with pytest.raises(InputError, match="has deployed no scores"):
        keras2sql.undeploy(base, "scores")
    assert not base.exists(called(2, "a"))
    base.execute_script(["DROP TABLE source_1"])


def test_a_table_keeps_what_was_predicted(store: Engine) -> None:
    first, second = simple(store, 1), simple(store, 2)
    if not store_has_tables(store):
        with pytest.raises(UnsupportedDialectError, match="has no comments"):
            first.deploy(store, "scores", kind="table")
        return
    first.deploy(store, "scores", kind="table")
    before = seen(store)
    assert before == given(store, first)
    assert keras2sql.status(store)[["kind", "state"]].to_numpy().tolist() == [["table", "ok"]]
    second.deploy(store, "scores", kind="table", replace=True)
    assert seen(store) == given(store, second)
    second.deploy(store, "scores", replace=True)  # a view in its place, and the other way round
    assert keras2sql.status(store)["kind"].tolist() == ["view"]
    first.deploy(store, "scores", kind="table", replace=True)
    assert seen(store) == before
    assert not store.exists("scores_unfinished")
    long = simple(store, 3, labels=None, model="m" * 900)
    long.deploy(store, "others", kind="table")
    assert len(keras2sql.status(store)["model"].iloc[0]) > 80


def store_has_tables(store: Engine) -> bool:
    views = get(store.dialect_name).views
    assert views is not None
    return bool(views.table)


def test_what_is_not_ours_is_left_alone(store: Engine) -> None:
    made = simple(store, 1)
    store.execute_script(
        ["CREATE TABLE mine AS SELECT 7 AS a", "CREATE VIEW seen AS SELECT 8 AS a"]
    )
    for name in ("mine", "seen"):
        with pytest.raises(InputError, match=f"a {name} already that keras2sql did not make"):
            made.deploy(store, name, replace=True)
        with pytest.raises(InputError, match=f"keras2sql has deployed no {name} here"):
            keras2sql.undeploy(store, name)
    with pytest.raises(InputError, match="source_1 is the source itself"):
        made.deploy(store, "source_1", replace=True)
    assert len(keras2sql.status(store)) == 0
    assert (seen(store, "mine"), seen(store, "seen")) == ([(7,)], [(8,)])
    store.execute_script(["DROP TABLE mine", "DROP VIEW seen"])


def test_a_view_that_would_not_answer_is_not_made(store: Engine) -> None:
    first = simple(store, 1)
    first.deploy(store, "scores")
    for version, name in ((2, "scores"), (3, "others")):
        with pytest.raises(DatabaseError, match="nosuch"):
            simple(store, version, table="nosuch").deploy(store, name, replace=True)
    assert seen(store) == given(store, first)
    assert keras2sql.status(store)["name"].tolist() == ["scores"]
    assert not store.exists("others")


def test_a_change_of_the_source_is_told(store: Engine) -> None:
    simple(store, 1).deploy(store, "scores")
    load(store, "source_1", SOURCE.rename(columns={"x": "xx"}))
    (state,) = keras2sql.status(store)["state"]
    assert "has no column x any more" in state
    load(store, "source_1", SOURCE)
    assert keras2sql.status(store)["state"].tolist() == ["ok"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(store: Engine, name: str) -> None:
    spelled = '"{}"'.format(name.replace('"', '""'))
    first = simple(store, 1, model=name, labels=None)
    if store.dialect_name == "clickhouse" and "?" in name:  # which chDB takes for names of files
        with pytest.raises(DatabaseError, match="CANNOT_EXTRACT_TABLE_STRUCTURE"):
            first.deploy(store, spelled)
        assert len(keras2sql.status(store)) == 0
        return
    first.deploy(store, spelled)
    assert seen(store, name) == given(store, first)
    assert keras2sql.status(store)[["name", "model"]].to_numpy().tolist() == [[name, name]]
    assert simple(store, 2).deploy(store, spelled, replace=True).change == "replaced"
    keras2sql.undeploy(store, spelled)
    assert not store.exists(get(store.dialect_name).quote(name))


# -- tables of predictions


def test_predictions_are_added_and_replaced(store: Engine) -> None:
    numbered(store, 50)
    made, other = scorer(store), scorer(store, graph=OTHER)
    with pytest.raises(Stop):
        made.score_into(store, "scores", 10, progress=stop_at(2))
    assert store.count("scores") == 20
    with pytest.raises(InputError, match="already, which holds predictions of tiny"):
        other.score_into(store, "scores")
    scored = made.score_into(store, "scores", 7)
    assert (scored.rows, scored.before) == (30, 20)
    assert contents(store) == wanted(store, made)
    with pytest.raises(InputError, match="already, which holds predictions of tiny"):
        made.score_into(store, "scores")
    assert made.score_into(store, "scores", incremental=True).rows == 0
    numbered(store, 61)
    with pytest.raises(InputError, match="holds predictions of tiny"):
        other.score_into(store, "scores", incremental=True)
    assert made.score_into(store, "scores", 3, incremental=True).rows == 11
    assert contents(store) == wanted(store, made)
    with pytest.raises(Stop):
        other.score_into(store, "scores", 10, replace=True, progress=stop_at(2))
    assert contents(store) == wanted(store, made)
    assert other.score_into(store, "scores", 10, replace=True).rows == 41
    assert contents(store) == wanted(store, other)
    assert not store.exists("scores_unfinished")
    assert [entry.state for entry in keras2sql.scoring.filled(store, "scores")] == ["done"]


def test_stamps_of_several_versions(store: Engine) -> None:
    numbered(store, 20)
    made, other = scorer(store), scorer(store, graph=OTHER)
    hashed = made.score_into(store, "scores", 7, stamp=True).hash
    numbered(store, 25)
    with pytest.raises(InputError, match=r"it has no column|tell which version"):
        made.score_into(store, "scores", incremental=True)
    assert other.score_into(store, "scores", incremental=True, mixed=True, stamp=True).rows == 5
    counted = store.query("SELECT model_hash, count(*) AS n FROM scores GROUP BY model_hash")
    assert sorted(counted["n"]) == [5, 20]
    assert dict(zip(counted["model_hash"], counted["n"], strict=True))[hashed] == 20
    assert len(keras2sql.scoring.filled(store, "scores")) == 2
    # Without stamps another table takes its place.
    assert made.score_into(store, "scores", replace=True).rows == 25
    assert contents(store) == wanted(store, made)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_of_every_kind(store: Engine, kind: str) -> None:
    made = scorer(store, key=keyed(store, kind))
    rows = len(KEYS[kind][1])
    if rows:
        with pytest.raises(Stop):
            made.score_into(store, "scores", 5, progress=stop_at(1))
    assert made.score_into(store, "scores", 3).rows + min(5, rows) >= rows
    assert contents(store) == wanted(store, made)
    assert made.score_into(store, "scores", incremental=True).rows == 0


def test_another_run_of_the_same_table_is_told(store: Engine) -> None:
    numbered(store, 20)
    made, other = scorer(store), scorer(store, graph=OTHER)
    begun: list[int] = []

    def begin(by: Any, **options: bool) -> Any:
        def act(done: int, total: int) -> None:
            if done == 10 and not begun:
                begun.append(done)
                by.score_into(store, "scores", **options)

        return act

    with pytest.raises(DatabaseError, match="scores was replaced or dropped by another process"):
        made.score_into(store, "scores", 5, progress=begin(other, replace=True))
    assert contents(store) == wanted(store, other)
    gone(store, "scores")
    begun.clear()
    with suppress(DatabaseError):  # where a transaction sees to it, both go on
        made.score_into(store, "scores", 5, progress=begin(made))
    assert contents(store) == wanted(store, made)


def test_what_is_deployed_is_not_filled(store: Engine) -> None:
    numbered(store, 5)
    made = scorer(store)
    made.deploy(store, "scores")
    with pytest.raises(InputError, match="scores is a view that was deployed"):
        made.score_into(store, "scores", replace=True)


# -- MariaDB's own


def test_a_recursion_is_a_table_in_mariadb(mariadb_engine: Engine) -> None:
    base = mariadb_engine
    model = keras.Sequential(
        [keras.Input((None, 2)), keras.layers.GRU(3, return_sequences=True), keras.layers.Dense(2)]
    )
    randomize(model, np.random.default_rng(2))
    keys = [(f"{'aÉ_'[i % 3]}{i}", t) for i in range(12) for t in range(1 + i % 5)]
    frame = pd.DataFrame(keys, columns=["k", "t"]).sample(frac=1, random_state=0)
    numbers = np.random.default_rng(1).normal(size=(len(keys), 2))
    load(base, "tiny", frame.assign(a=numbers[:, 0], b=numbers[:, 1]))
    made = keras2sql.convert(
        model, "mariadb", "tiny", "k", keras2sql.Sequence(["a", "b"], "t"), strategy="columns"
    )
    assert "SET STATEMENT" in made.query
    with pytest.raises(UnsupportedDialectError, match=r"a recursion ends early.* deploy a table"):
        made.deploy(base, "seen")
    made.deploy(base, "seen", kind="table")
    assert contents(base, "seen") == wanted(base, made)
    with pytest.raises(Stop):
        made.score_into(base, "scores", 4, progress=stop_at(3))
    made.score_into(base, "scores", 4, stamp=False)
    assert contents(base) == wanted(base, made)
    keras2sql.undeploy(base, "seen")
    base.execute_script(["DROP TABLE scores", "DROP TABLE keras2sql_scores", "DROP TABLE tiny"])


def test_a_plain_connection_to_mariadb(mariadb_engine: Engine) -> None:
    base = mariadb_engine
    load(base, "source_1", SOURCE)
    numbered(base, 20)
    plain = base.connection.connection.driver_connection  # type: ignore[attr-defined]
    made = program("mariadb", 1)
    with plain.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO source_1 VALUES (4, 0.5)")
        for act in (
            lambda: made.deploy(plain, "scores"),
            lambda: keras2sql.undeploy(plain, "scores"),
            lambda: scorer("mariadb").score_into(plain, "scores"),
        ):
            with pytest.raises(InputError, match=r"a transaction is open .* MariaDB commits it"):
                act()
        cursor.execute("ROLLBACK")
    assert base.count("source_1") == 3
    made.deploy(plain, "scores")
    program("mariadb", 2).deploy(plain, "scores", replace=True)
    assert [y for _, y in seen(base)] == answers(2)
    keras2sql.undeploy(plain, "scores")
    kept = scorer("mariadb")
    kept.score_into(plain, "scores", 7)
    assert contents(base) == wanted(base, kept)
    base.execute_script([f"DROP TABLE {n}" for n in ("scores", "keras2sql_scores", "tiny")])
    base.execute_script(["DROP TABLE source_1"])


@pytest.mark.parametrize("mode", ["ORACLE", "EMPTY_STRING_IS_NULL"])
def test_a_sql_mode_in_which_statements_mean_something_else(
    mode: str, mariadb_engine: Engine, mariadb_url: str
) -> None:
    """BEGIN and % do in the one, two quotes in the other."""
    base = mariadb_engine
    load(base, "source_1", SOURCE)
    numbered(base, 20)
    url = sqlalchemy.make_url(mariadb_url)
    with pymysql.connect(
        unix_socket=str(url.query["unix_socket"]), user="root", database=url.database
    ) as plain:
        with plain.cursor() as cursor:
            cursor.execute(f"SET SESSION sql_mode = '{mode}'")
            cursor.execute("COMMIT")
        program("mariadb", 1).deploy(plain, "seen")
        assert keras2sql.status(plain)["state"].tolist() == ["ok"]
        assert [y for _, y in seen(base, "seen")] == answers(1)
        keras2sql.undeploy(plain, "seen")
        for strategy in ("columns", "rows"):
            kept = scorer("mariadb", strategy=strategy)
            assert kept.score_into(plain, "scores", 7, replace=True).rows == 20
            assert contents(base) == wanted(base, kept)
    base.execute_script([f"DROP TABLE {n}" for n in ("scores", "keras2sql_scores", "tiny")])
    base.execute_script(["DROP TABLE source_1"])


# -- without transactions


def test_rows_that_a_kill_has_cut_off_are_told(clickhouse_engine: Engine) -> None:
    """As files of a batch that were not moved to their place."""
    base = clickhouse_engine
    model = keras.Sequential([keras.Input((None, 1)), keras.layers.GRU(1, return_sequences=True)])
    randomize(model, np.random.default_rng(2))
    keys = [(k, t) for k in range(6) for t in range(3)]
    frame = pd.DataFrame(keys, columns=["k", "t"])
    load(base, "tiny", frame.assign(a=np.linspace(-1, 1, len(keys))))
    made = keras2sql.convert(
        model, "clickhouse", "tiny", "k", keras2sql.Sequence(["a"], "t"), strategy="columns"
    )
    with pytest.raises(Stop):
        made.score_into(base, "scores", 9, progress=stop_at(1))
    base.execute_script(["DELETE FROM scores WHERE k = 1 AND t = 2"])
    with pytest.raises(DatabaseError, match="scores holds 1 keys with some of their rows only"):
        made.score_into(base, "scores")
    assert made.score_into(base, "scores", replace=True).rows == len(keys)
    assert contents(base) == wanted(base, made)

    def twice(done: int, total: int) -> None:
        if done == total:
            base.execute_script(["INSERT INTO scores SELECT * FROM scores WHERE k = 3"])

    gone(base, "scores")
    with pytest.raises(DatabaseError, match="scores holds 3 keys more than once"):
        made.score_into(base, "scores", progress=twice)
    for name in ("scores", "scores_unfinished", "keras2sql_scores", "tiny"):
        gone(base, name)


# -- Spark's own


def test_spark_keeps_views_and_tables(spark_engine: Engine) -> None:
    base = spark_engine
    kept = ("scores", "others", "filled", "keras2sql_scores")
    load(base, "loaded", frame_of(np.arange(9)))
    base.execute_script(["CREATE TABLE stored AS SELECT * FROM loaded"])
    first, second = (scorer(base, "stored", graph=graph) for graph in (GRAPH, OTHER))
    with pytest.raises(DatabaseError, match="INVALID_TEMP_OBJ_REFERENCE"):
        scorer(base, "loaded").deploy(base, "scores")
    first.deploy(base, "scores")
    assert contents(base) == wanted(base, first)
    with pytest.raises(InputError, match="scores is deployed already"):
        second.deploy(base, "scores")
    base.execute_script(["CREATE TABLE others AS SELECT 7 AS a"])
    with pytest.raises(InputError, match="a others already that keras2sql did not make"):
        first.deploy(base, "others", replace=True)
    assert second.deploy(base, "scores", kind="table", replace=True).change == "replaced"
    assert contents(base) == wanted(base, second)
    assert keras2sql.status(base)[["name", "kind", "state"]].to_numpy().tolist() == [
        ["scores", "table", "ok"]
    ]
    with pytest.raises(Stop):
        first.score_into(base, "filled", 4, progress=stop_at(1))
    assert first.score_into(base, "filled", 5).rows == 5
    assert contents(base, "filled") == wanted(base, first)
    with pytest.raises(InputError, match="already, which holds predictions of tiny"):
        second.score_into(base, "filled")
    assert second.score_into(base, "filled", replace=True, stamp=True).rows == 9
    assert base.query("SELECT DISTINCT model_hash FROM filled").shape == (1, 1)
    keras2sql.undeploy(base, "scores")
    assert not base.exists("scores")
    for name in ("stored", *kept):
        base.execute_script([f"DROP TABLE IF EXISTS {name}"])
