"""Models that need several rows, tables of weights, connections of the caller's."""

from __future__ import annotations

import dataclasses
import sqlite3
from typing import Any

import duckdb
import keras
import numpy as np
import pandas as pd
import psycopg
import pytest
import sqlalchemy

import keras2sql
from databases import load
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError
from keras2sql.program import Program
from keras2sql.sql.stored import StoredColumn, StoredTable
from layers.build import randomize
from scoring.tables import OTHER, contents, dropped, frame_of, numbered, scorer, wanted
from scoring.test_batches import Stop, stop_at
from test_stateful import chain
from tiny import dense


@pytest.fixture
def database(engine: Engine) -> Engine:
    dropped(engine, "scores", "scores_unfinished")
    return engine


# -- several rows


@pytest.mark.parametrize("every", [False, True], ids=["a row per key", "a row per step"])
def test_long_tables_go_by_whole_keys(every: bool, database: Engine) -> None:
    model = keras.Sequential(
        [keras.Input((None, 2)), keras.layers.GRU(3, return_sequences=every), keras.layers.Dense(2)]
    )
    randomize(model, np.random.default_rng(2))
    keys = [f"{'aÉ_'[i % 3]}{i}" for i in range(12)]
    rows = [(k, t) for i, k in enumerate(keys) for t in range(1 + i % 5)]
    frame = pd.DataFrame(rows, columns=["k", "t"]).sample(frac=1, random_state=0)
    numbers = np.random.default_rng(1).normal(size=(len(rows), 2))
    load(database, "tiny", frame.assign(a=numbers[:, 0], b=numbers[:, 1]))
    made = keras2sql.convert(
        model, database.dialect_name, "tiny", "k", keras2sql.Sequence(["a", "b"], "t")
    )
    with pytest.raises(Stop):
        made.score_into(database, "scores", 4, progress=stop_at(3))
    assert 0 < database.count("scores") < (len(rows) if every else len(keys))
    made.score_into(database, "scores", 4)
    assert contents(database) == wanted(database, made)
    assert made.score_into(database, "scores", 4, incremental=True).rows == 0
    assert database.count("scores") == (len(rows) if every else len(keys))


def test_a_state_goes_through_all_rows_at_once(database: Engine) -> None:
    model, frame = chain(60)
    load(database, "tiny", frame)
    made = keras2sql.convert(model, database.dialect_name, "tiny", "k", ["a", "b"])
    told: list[int] = []
    with pytest.raises(Stop):
        made.score_into(database, "scores", 7, progress=stop_at(0))
    assert database.count("scores") == 0
    made.score_into(database, "scores", 7, progress=lambda *at: told.extend(at))
    assert told == [0, 60, 60, 60]
    assert contents(database) == wanted(database, made)
    with pytest.raises(InputError, match="it can't be incremental"):
        made.score_into(database, "scores", incremental=True)
    assert made.score_into(database, "scores", replace=True).rows == 60
    assert contents(database) == wanted(database, made)


def test_sequences_that_do_not_fit_are_told_before(database: Engine) -> None:
    model = keras.Sequential([keras.Input((2, 1)), keras.layers.GRU(1)])
    load(database, "tiny", pd.DataFrame({"k": [1, 1, 2], "t": [1, 2, 1], "a": [0.5, 1.0, 2.0]}))
    made = keras2sql.convert(
        model, database.dialect_name, "tiny", "k", keras2sql.Sequence(["a"], "t")
    )
    with pytest.raises(InputError, match="k=2 has 1 time step"):
        made.score_into(database, "scores")
    assert not database.exists("scores")


# -- tables of weights


@dataclasses.dataclass(frozen=True, eq=False)
class Weighted(Program):
    """``y = x + 10.5``, the sum of a table's numbers."""

    def over(self, table: str) -> str:
        return f"SELECT id, a + (SELECT sum(v) FROM weights_1) AS y FROM {table} AS source_rows"


def test_tables_of_weights_are_lent(database: Engine) -> None:
    dropped(database, "weights_1")
    numbered(database, 9)
    plain = scorer(database, graph=dense([1, 1], ["linear"], output="y"), features="a", labels=None)
    columns = (StoredColumn("v", "float", np.array([0.5, 1, 4, 5])),)
    tables = dataclasses.replace(plain.lowered, tables=(StoredTable("weights_1", columns),))
    given = {f.name: getattr(plain, f.name) for f in dataclasses.fields(plain)}
    plan = dataclasses.replace(plain.plan, by_key=False)  # it has one form, with these tables
    made = Weighted(**(given | {"lowered": tables, "plan": plan}))
    with pytest.raises(Stop):
        made.score_into(database, "scores", 2, progress=stop_at(2))
    assert not database.exists("weights_1")
    made.score_into(database, "scores", 2)
    assert not database.exists("weights_1")
    found = database.query("SELECT * FROM scores ORDER BY id")
    np.testing.assert_allclose(found["y"], frame_of(range(9))["a"] + 10.5, rtol=1e-15)


# -- connections of the caller's


def test_a_transaction_of_the_caller_s_on_postgres(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection, connect(connection) as engine:
        dropped(engine, "scores")
        numbered(engine, 20)
        connection.commit()
        made = scorer(engine)
        connection.execute("CREATE TEMP TABLE mine (a int)")
        made.score_into(connection, "scores", 6)
        assert contents(engine) == wanted(engine, made)
        connection.rollback()
        assert not engine.exists("scores"), "the caller's rollback counts"
        made.score_into(connection, "scores", 6)
        connection.rollback()
        assert contents(engine) == wanted(engine, made), "without one, batches are committed"
        dropped(engine, "scores")
        connection.commit()


def test_connections_of_several_kinds(sqlite_url: str, duckdb_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as target, connect(target) as engine:
        _scored_by(target, engine)
        assert not target.in_transaction
        with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
            target.execute("SELECT * FROM nowhere")
    target.close()
    alchemy = sqlalchemy.create_engine(sqlite_url)
    with connect(alchemy) as engine:
        _scored_by(alchemy, engine)
    alchemy.dispose()
    with duckdb.connect(duckdb_url.removeprefix("duckdb:///")) as target, connect(target) as engine:
        _scored_by(target, engine)
        dropped(engine, "scores")
        made = scorer(engine)
        target.begin()
        made.score_into(target, "scores", 6)
        assert contents(engine) == wanted(engine, made)
        target.rollback()
        assert not engine.exists("scores")


def _scored_by(target: Any, engine: Engine) -> None:
    dropped(engine, "scores")
    numbered(engine, 20)
    made = scorer(engine)
    assert made.score_into(target, "scores", 6).rows == 20
    assert contents(engine) == wanted(engine, made)


def test_a_table_dropped_under_a_run_is_told(database: Engine) -> None:
    numbered(database, 20)
    made = scorer(database)

    def drop(done: int, total: int) -> None:
        if done == 10:
            dropped(database, "scores")

    with pytest.raises(DatabaseError, match=r"reserving scores: .*keras2sql_scores"):
        made.score_into(database, "scores", 5, progress=drop)
    assert made.score_into(database, "scores", 5).rows == 20


def test_a_table_replaced_under_a_run_is_told(database: Engine) -> None:
    numbered(database, 20)
    made, other = scorer(database), scorer(database, graph=OTHER)

    def replace(done: int, total: int) -> None:
        if done == 10:
            other.score_into(database, "scores", replace=True)

    with pytest.raises(DatabaseError, match="scores was replaced or dropped by another process"):
        made.score_into(database, "scores", 5, progress=replace)
    assert contents(database) == wanted(database, other)
