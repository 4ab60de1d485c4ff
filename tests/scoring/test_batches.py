"""Every row is in one batch, whatever the key; batches are whole, and none is done again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from databases import load, quoted
from keras2sql.engines import DBAPI, Engine
from keras2sql.errors import DatabaseError, InputError
from keras2sql.scoring import filled
from scoring.tables import (
    GRAPH,
    KEYS,
    OTHER,
    contents,
    dropped,
    frame_of,
    keyed,
    numbered,
    ordered,
    scorer,
    wanted,
)
from tiny import dense, types_of


@pytest.fixture
def database(engine: Engine) -> Engine:
    dropped(engine, "scores", "scores_unfinished")
    return engine


@pytest.mark.parametrize("kind", KEYS)
def test_every_row_once(kind: str, database: Engine) -> None:
    made = scorer(database, key=keyed(database, kind))
    for size in (1, 2, 7, 1000):
        dropped(database, "scores")
        told: list[int] = []
        scored = made.score_into(database, "scores", size, progress=lambda *at: told.extend(at))  # noqa: B023
        rows = len(KEYS[kind][1])
        assert (scored.rows, scored.before) == (rows, 0)
        assert contents(database) == wanted(database, made)
        assert told[:2] == [0, rows]
        assert told[-2:] == [rows, rows]
        if "null" not in kind:  # see tests/test_keys.py
            assert made.score_into(database, "scores", incremental=True).rows == 0


@pytest.mark.parametrize("size", [1, 4, 5, 20])
def test_a_batch_has_as_many_rows_as_it_was_told(size: int, database: Engine) -> None:
    numbered(database, 20)
    grown: list[int] = []

    def look(*_: int) -> None:  # a table of one batch is made with its rows
        grown.append(database.count("scores") if database.exists("scores") else 0)

    scorer(database).score_into(database, "scores", size, progress=look)
    assert grown == [0, *(min(size * (i + 1), 20) for i in range(math.ceil(20 / size)))]


@pytest.mark.parametrize("name", ["sqlite", "postgres"])
def test_a_batch_reads_its_range_of_the_source_alone(
    name: str, request: pytest.FixtureRequest
) -> None:
    """A row that the database can't compute fails its own batch and no other.

    DuckDB computes what may fail whether it is asked for or not, and so fails at once.
    """
    database: Engine = request.getfixturevalue(f"{name}_engine")
    dropped(database, "scores")
    frame = frame_of(np.arange(30))
    load(database, "tiny", frame.assign(b=["x" if i == 25 else "1" for i in frame["id"]]))
    number = "CAST(b AS DOUBLE PRECISION)"
    if isinstance(database, DBAPI):  # to a CAST of SQLite's 'x' is 0
        database.connection.create_function("number", 1, float)
        number = "number(b)"
    made = scorer(database, f"(SELECT id, a, {number} AS b FROM tiny)")
    with pytest.raises(DatabaseError, match="batch 3 of 3"):
        made.score_into(database, "scores", 10)
    assert database.count("scores") == 20
    dropped(database, "whole")
    with pytest.raises(DatabaseError, match="batch 1 of 1"):
        made.score_into(database, "whole", 30)
    assert not database.exists("whole"), "one statement makes it with all rows, or it is not made"
    assert filled(database, "whole") == []


def test_types_are_those_of_the_query(database: Engine) -> None:
    names = keyed(database, "three columns")
    made = scorer(database, key=names, passthrough=["a"])
    made.score_into(database, "scores", 11)
    listed = types_of(database, "SELECT * FROM scores", made.columns)
    assert listed == types_of(database, made.query, made.columns)


# -- what ends a run, and going on


class Stop(KeyboardInterrupt):
    """Ctrl-C."""


def stop_at(count: int) -> Any:
    calls = []

    def stop(*_: int) -> None:
        calls.append(1)
        if len(calls) > count:
            raise Stop

    return stop


def test_an_interrupt_leaves_whole_batches(database: Engine) -> None:
    numbered(database, 50)
    made = scorer(database)
    with pytest.raises(Stop):
        made.score_into(database, "scores", 10, progress=stop_at(2))
    assert database.count("scores") == 20
    with pytest.raises(InputError, match=r"already, which was begun from tiny with"):
        scorer(database, "(SELECT * FROM tiny)").score_into(database, "scores")
    with pytest.raises(InputError, match="already, which holds predictions of tiny"):
        scorer(database, graph=OTHER).score_into(database, "scores")
    for other in ({"features": ["b", "a"]}, {"passthrough": ["a"]}, {"precision": "single"}):
        with pytest.raises(InputError, match="already, which holds predictions of tiny"):
            scorer(database, **other).score_into(database, "scores")
    scored = made.score_into(database, "scores", 7)
    assert (scored.rows, scored.before) == (30, 20)
    assert contents(database) == wanted(database, made)
    with pytest.raises(InputError, match="already, which holds predictions of tiny"):
        made.score_into(database, "scores")


def test_an_interrupt_within_a_batch_undoes_it(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered(database, 50)
    made = scorer(database)
    real, inserts = database._change, []

    def change(sql: str) -> int:
        changed = real(sql)
        if sql.startswith("INSERT INTO scores"):
            inserts.append(changed)
            if len(inserts) == 3:
                raise Stop
        return changed

    monkeypatch.setattr(database, "_change", change)
    with pytest.raises(Stop):
        made.score_into(database, "scores", 10)
    assert inserts == [10, 10, 10]
    assert database.count("scores") == 20
    assert made.score_into(database, "scores", 10).rows == 30
    assert contents(database) == wanted(database, made)


# -- incremental


def test_incremental_adds_what_is_new(database: Engine) -> None:
    numbered(database, 20, first=10)
    made = scorer(database)
    assert made.score_into(database, "scores", 6, incremental=True).rows == 20
    more = frame_of([*range(10), *range(10, 30), *range(30, 47)])
    load(database, "tiny", more.assign(a=more["a"].where(~more["id"].between(10, 29), 99.0)))
    before = contents(database)
    scored = made.score_into(database, "scores", 6, incremental=True)
    assert (scored.rows, scored.before) == (27, 20)
    after = contents(database)
    assert set(before) < set(after), "rows that were there are as they were"
    load(database, "tiny", more)
    assert after == wanted(database, made)


def test_incremental_fills_a_table_of_the_user_s(database: Engine) -> None:
    numbered(database, 12)
    made = scorer(database, outputs=["Proba_y"])
    database.execute_script(
        ["CREATE TABLE scores (\"Proba_y\" DOUBLE PRECISION, id BIGINT, remark TEXT DEFAULT 'new')"]
    )
    with pytest.raises(InputError, match="already, which was not made by keras2sql"):
        made.score_into(database, "scores")
    assert made.score_into(database, "scores", 5, incremental=True).rows == 12
    found = database.query('SELECT id, "Proba_y" AS p, remark FROM scores')
    assert found["remark"].tolist() == ["new"] * 12
    assert ordered(found[["id", "p"]]) == wanted(database, made)


@pytest.mark.parametrize("strategy", ["columns", "rows"])
def test_a_table_may_have_the_name_of_a_step(strategy: str, database: Engine) -> None:
    numbered(database, 10)
    graph = dense([2, 3, 2], ["tanh", "softmax"], layers=["scores", "features"])
    made = scorer(database, graph=graph, strategy=strategy)
    assert made.score_into(database, "scores", 4).rows == 10
    numbered(database, 15)
    assert made.score_into(database, "scores", 4, incremental=True).rows == 5
    assert {row[0] for row in contents(database)} == {str(i) for i in range(15)}


# -- replace


def test_replace_changes_the_table_at_once(database: Engine) -> None:
    numbered(database, 30)
    old, new = scorer(database), scorer(database, graph=OTHER)
    old.score_into(database, "scores", replace=True)
    database.execute_script(["CREATE VIEW watched AS SELECT * FROM scores"])
    before = contents(database)
    with pytest.raises(Stop):
        new.score_into(database, "scores", 10, replace=True, progress=stop_at(2))
    assert contents(database) == before
    numbers: list[tuple[int, int]] = []
    new.score_into(database, "scores", 10, replace=True, progress=lambda *at: numbers.append(at))
    assert numbers[0] == (0, 10), "it went on"
    assert contents(database) == wanted(database, new) != before
    assert contents(database, "watched") == contents(database)
    assert not database.exists("scores_unfinished")
    database.execute_script(["DROP VIEW watched"])
    with pytest.raises(InputError, match="already"):
        new.score_into(database, "scores")


def test_replace_begins_anew_where_something_else_was_begun(database: Engine) -> None:
    numbered(database, 30)
    first, second = scorer(database), scorer(database, graph=OTHER)
    first.score_into(database, "scores")
    with pytest.raises(Stop):
        first.score_into(database, "scores", 10, replace=True, progress=stop_at(2))
    second.score_into(database, "scores", 10, replace=True)
    assert contents(database) == wanted(database, second)


def test_replace_goes_on_where_only_the_exchange_was_missing(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbered(database, 10)
    old, new = scorer(database), scorer(database, graph=OTHER)
    old.score_into(database, "scores")
    real = database._change

    def change(sql: str) -> int:
        if sql.startswith("DELETE FROM scores"):
            raise Stop
        return real(sql)

    monkeypatch.setattr(database, "_change", change)
    with pytest.raises(Stop):
        new.score_into(database, "scores", replace=True)
    assert contents(database) == wanted(database, old)
    monkeypatch.setattr(database, "_change", real)
    assert new.score_into(database, "scores", replace=True).before == 10
    assert contents(database) == wanted(database, new)


def test_replace_by_other_columns(database: Engine) -> None:
    numbered(database, 10)
    scorer(database).score_into(database, "scores")
    other = scorer(database, labels=["small", "large"], passthrough=["a"])
    other.score_into(database, "scores", 3, replace=True)
    assert contents(database) == wanted(database, other)
    other.score_into(database, "scores", 3, replace=True)
    assert contents(database) == wanted(database, other)


def test_what_may_not_be_replaced(database: Engine) -> None:
    numbered(database, 5)
    made = scorer(database)
    load(database, "scores", pd.DataFrame({"id": [1], "mine": [2.0]}))
    for how in ({"replace": True}, {"incremental": True}):
        with pytest.raises(InputError, match="scores does not fit: it has no column Proba_n"):
            made.score_into(database, "scores", **how)
    for name in ("tiny", '"tiny"'):
        for how in ({}, {"replace": True}, {"incremental": True}):
            with pytest.raises(InputError, match="is the source itself"):
                made.score_into(database, name, **how)
    dropped(database, "scores")
    made.score_into(database, "scores")
    load(database, "scores_unfinished", pd.DataFrame({"id": [1]}))
    with pytest.raises(InputError, match=r"scores_unfinished.*not made by keras2sql; drop it"):
        made.score_into(database, "scores", replace=True)
    assert database.count("scores_unfinished") == 1
    dropped(database, "scores_unfinished")


def test_a_column_of_another_kind_does_not_fit(database: Engine) -> None:
    if database.dialect_name == "sqlite":  # its columns take anything
        return
    numbered(database, 5)
    made = scorer(database, outputs=["Decision"])
    database.execute_script(['CREATE TABLE scores (id BIGINT, "Decision" DOUBLE PRECISION)'])
    said = "its column Decision holds numbers, and the model gives texts"
    with pytest.raises(InputError, match=said):
        made.score_into(database, "scores", incremental=True)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"batch_rows": 0}, "batch_rows=0"),
        ({"batch_rows": 2.5}, "batch_rows=2.5"),
        ({"incremental": True, "replace": True}, "choose one"),
        ({"table": ""}, "no table name"),
    ],
)
def test_what_is_refused(how: dict[str, Any], said: str, duckdb_engine: Engine) -> None:
    numbered(duckdb_engine, 3)
    with pytest.raises(InputError, match=said):
        scorer(duckdb_engine).score_into(duckdb_engine, **({"table": "scores"} | how))


# -- names


@pytest.mark.parametrize(
    "name",
    ["two words", 'a "quoted" name', "it's", "semi;colon", "unscored", "scored", "placed",
     "back`tick", "Case", "--", "{0}", "%s", "数据", "x" * 70, "é" * 40, "order"],
    ids=ascii,
)  # fmt: skip
def test_hostile_names(name: str, database: Engine) -> None:
    frame = frame_of(np.arange(9)).rename(columns={"id": name, "a": f"a {name}"})
    load(database, name, frame)
    made = scorer(
        database, quoted(name), name, features=[f"a {name}", "b"], labels=[name, "y"], name=name
    )
    into = f"to {name}"
    dropped(database, into)
    with pytest.raises(Stop):
        made.score_into(database, quoted(into), 2, progress=stop_at(3))
    assert made.score_into(database, quoted(into), 2).before == 6
    assert made.score_into(database, quoted(into), 2, replace=True).rows == 9
    assert contents(database, into) == wanted(database, made)
    dropped(database, into, name)


def test_a_schema_before_the_name(database: Engine) -> None:
    numbered(database, 9)
    schema = "other data"
    sqlite = database.dialect_name == "sqlite"
    if sqlite:
        database._run(f"ATTACH ':memory:' AS {quoted(schema)}")
    else:
        database.execute_script([f"CREATE SCHEMA {quoted(schema)}"])
    made = scorer(database)
    table = f"{quoted(schema)}.scores"
    for how in ({}, {"incremental": True}, {"replace": True}):
        made.score_into(database, table, 4, **how)
        assert ordered(database.query(f"SELECT * FROM {table}")) == wanted(database, made)
    assert database.count(f"{quoted(schema)}.keras2sql_scores") == 1
    if sqlite:
        database._run(f"DETACH {quoted(schema)}")
    else:
        database.execute_script([f"DROP SCHEMA {quoted(schema)} CASCADE"])


def test_the_rowid_of_sqlite(sqlite_engine: Engine) -> None:
    dropped(sqlite_engine, "scores")
    numbered(sqlite_engine, 9)
    made = scorer(sqlite_engine, key="rowid")
    made.score_into(sqlite_engine, "scores", 4)
    assert contents(sqlite_engine) == wanted(sqlite_engine, made)


def test_keys_of_several_types_in_one_column_of_sqlite(sqlite_engine: Engine) -> None:
    dropped(sqlite_engine, "scores", "tiny")
    keys = ["1", "2.5", "'1'", "'a'", "x'00ff'", "x'01'", "-7", "''", "9e999", "'2.5'", "3"]
    rows = [f"({key}, {i / 10}, 0.5)" for i, key in enumerate(keys)]
    sqlite_engine.execute_script(
        ["CREATE TABLE tiny (id, a REAL, b REAL)", f"INSERT INTO tiny VALUES {', '.join(rows)}"]
    )
    made = scorer(sqlite_engine)
    made.score_into(sqlite_engine, "scores", 2)
    assert contents(sqlite_engine) == wanted(sqlite_engine, made)


def test_a_graph_of_the_same_weights_is_the_same() -> None:
    from keras2sql.graph.digest import digest
    from tiny import dense

    assert digest(GRAPH) == digest(dense([2, 3, 2], ["tanh", "softmax"], layers=["other", "names"]))
    others = [
        OTHER, dense([2, 3, 2], ["relu", "softmax"]), dense([2, 3, 2], ["tanh", "softmax"],
        output="scores"), dense([2, 2, 3], ["tanh", "softmax"]),
    ]  # fmt: skip
    assert len({digest(graph) for graph in (GRAPH, *others)}) == 5
