"""Tables of weights: made by scripts and by bulk loads, once, and gone without a trace."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import psycopg
import pytest

import tiny
from keras2sql.dialects import Dialect, get, tables
from keras2sql.engines import Engine, connect, loading
from keras2sql.errors import DatabaseError, UnsupportedDialectError
from keras2sql.program import Program
from keras2sql.sql.stored import StoredColumn, StoredTable

TEXTS = ["", "a'b", "x;y,z", '{"q"}', "\\N", "\t\n", "NULL", "ä\u2028", "%s :a ?", "[1]"]
NUMBERS = [0.1, -1 / 3, 5e-324, -1e-310, 1.7976931348623157e308, 1e22, 123456789.123456789, 0.0]
NUMBERS += [float(np.float32(0.1)), np.pi]


def dialect_of(engine: Engine, rows: int = 0) -> Dialect:
    """Its dialect; with `rows`, at most so many in a statement."""
    dialect = get(engine.dialect_name)
    if not rows:
        return dialect
    return dataclasses.replace(
        dialect, tables=dataclasses.replace(tables.of(dialect), insert_rows=rows)
    )


def stored(
    dialect: Dialect, name: str = 'odd "name" %s', precision: str = "double", arrays: bool = True
) -> StoredTable:
    """A table of ten rows with a column of each kind."""
    columns = [
        StoredColumn("i", "int", np.arange(10) // 3),
        StoredColumn("select", "int", np.arange(10) % 3 * 2**40),
        StoredColumn("v%", "float", np.array(NUMBERS)),
        StoredColumn("t", "str", np.array(TEXTS, dtype=object)),
    ]
    if arrays and tables.of(dialect).array_type:
        values = np.random.default_rng(0).normal(size=(10, 3)) * 1e-20
        columns.append(StoredColumn("a", "floats", values))
    return StoredTable(name, tuple(columns), precision, ("i", "select"))


def check(engine: Engine, table: StoredTable, dialect: Dialect, digits: str = "f8") -> None:
    """The table holds its values to the last bit."""
    names = ", ".join(dialect.quote(c.name) for c in table.columns)
    order = ", ".join(str(i + 1) for i in range(min(2, len(table.columns))))
    found = engine.query(
        f"SELECT {names} FROM {dialect.quote(table.name)} ORDER BY {order}",
        [c.name for c in table.columns],
    )
    for column in table.columns:
        got = found[column.name].tolist()
        if column.kind == "floats":
            got = np.array(got, dtype=float).tolist()
        values = column.values.astype(digits) if column.kind.startswith("f") else column.values
        assert got == values.tolist(), column.name


@pytest.fixture
def clean(engine: Engine) -> Iterator[Engine]:
    """The engine without the tables that tests make."""
    names = ['odd "name" %s', "weights_1"]
    drops = [f"DROP TABLE IF EXISTS {dialect_of(engine).quote(name)}" for name in names]
    engine.execute_script(drops)
    yield engine
    engine.execute_script(drops)


@pytest.mark.parametrize("way", ["bulk", "statements"])
@pytest.mark.parametrize("temporary", [False, True])
def test_a_load_holds_every_value_once(
    clean: Engine, way: str, temporary: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "statements":
        monkeypatch.setattr(type(clean), "_fill", Engine._fill)
    dialect = dialect_of(clean, rows=4)
    table = stored(dialect)
    assert clean.load(table, dialect, temporary)
    check(clean, table, dialect)
    assert not clean.load(table, dialect, temporary)
    check(clean, table, dialect)
    name = dialect.quote(table.name)
    clean.execute_script([f"DELETE FROM {name} WHERE i = 1"])
    assert clean.load(table, dialect, temporary), "a part of it was there"
    check(clean, table, dialect)


@pytest.mark.parametrize("way", ["bulk", "statements"])
def test_single_precision(clean: Engine, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "statements":
        monkeypatch.setattr(type(clean), "_fill", Engine._fill)
    dialect = dialect_of(clean)
    both = dialect.types["single"] == dialect.types["double"]
    table = StoredTable("weights_1", (StoredColumn("v", "float", np.array([1e-3, 0.1])),), "single")
    clean.load(table, dialect)
    check(clean, table, dialect, "f8" if both else "f4")


def test_numbers_alone_go_the_fastest_way(clean: Engine) -> None:
    dialect = dialect_of(clean)
    whole = stored(dialect, "weights_1")
    table = dataclasses.replace(whole, columns=tuple(c for c in whole.columns if c.kind != "str"))
    clean.load(table, dialect)
    check(clean, table, dialect)


def test_infinities_and_nan(clean: Engine) -> None:
    dialect, numbers = dialect_of(clean), [np.inf, -np.inf, np.nan]
    columns = (
        StoredColumn("i", "int", np.arange(3)),
        StoredColumn("v", "float", np.array(numbers)),
    )
    table = StoredTable("weights_1", columns)
    clean.load(table, dialect)
    by_load = clean.query("SELECT v FROM weights_1 ORDER BY i", floats=["v"])
    clean.execute_script([*(tables.teardown(table, dialect),), *tables.setup(table, dialect)])
    by_script = clean.query("SELECT v FROM weights_1 ORDER BY i", floats=["v"])
    for found in (by_load, by_script):
        assert np.array_equal(found["v"], numbers, equal_nan=True)


def test_a_script_can_be_cut_anywhere_and_run_again(clean: Engine) -> None:
    dialect = dialect_of(clean, rows=3)
    table = stored(dialect)
    script = list(tables.setup(table, dialect))
    assert sum("INSERT" in line for line in script) == 4
    for cut in range(1, len(script)):
        clean.execute_script([tables.teardown(table, dialect)])
        clean.execute_script(script[:cut])
        clean.execute_script(script)
        check(clean, table, dialect)
    clean.execute_script(script)
    check(clean, table, dialect)
    clean.execute_script([f"DELETE FROM {dialect.quote(table.name)} WHERE i = 1"])
    clean.execute_script(script)
    check(clean, table, dialect)
    assert not clean.load(table, dialect), "a load finds what a script made"
    clean.execute_script([tables.teardown(table, dialect)])
    assert not clean.exists(dialect.quote(table.name))


def test_a_script_without_splitting_has_lists_of_rows(clean: Engine) -> None:
    given = dialect_of(clean)
    kept = dataclasses.replace(tables.of(given), split=None, array="'[{0}]'::{type}")
    dialect = dataclasses.replace(given, tables=kept)
    table = stored(dialect, arrays=clean.dialect_name == "duckdb")
    script = list(tables.setup(table, dialect))
    assert "VALUES" in script[2]
    clean.execute_script(script)
    check(clean, table, dialect)


def test_keys_in_order_make_a_table_in_order(clean: Engine) -> None:
    """SQLite keeps such a table by its keys; an index finds the others."""
    dialect = dialect_of(clean)
    for keys, ordered in (([0, 0, 1], True), ([0, 0, 0], False), ([1, 0, 0], False)):
        columns = (
            StoredColumn("i", "int", np.array(keys)),
            StoredColumn("j", "int", np.array([0, 1, 1])),
            StoredColumn("v", "float", np.array([0.5, 1.5, 2.5])),
        )
        table = StoredTable("weights_1", columns, keys=("i", "j"))
        assert tables.in_order(table) is ordered
        clean.load(table, dialect)
        script = "\n".join(tables.setup(table, dialect))
        if clean.dialect_name == "sqlite":
            assert ("WITHOUT ROWID" in script, "CREATE INDEX" in script) == (ordered, not ordered)
            plan = clean.query("EXPLAIN QUERY PLAN SELECT v FROM weights_1 WHERE i = 0 AND j = 1")
            assert plan["detail"].str.contains("SEARCH").any()
        else:
            assert ("CREATE INDEX" in script) is (clean.dialect_name == "postgresql")
        clean.execute_script([tables.teardown(table, dialect)])


def test_long_names_of_indexes_stay_apart(postgres_engine: Engine) -> None:
    dialect = get("postgresql")
    for end in "ab":
        table = dataclasses.replace(stored(dialect), name="x" * 58 + end)
        postgres_engine.load(table, dialect)
        postgres_engine.execute_script(list(tables.setup(table, dialect)))
    for end in "ab":
        postgres_engine.execute_script([f"DROP TABLE {'x' * 58 + end}"])


def test_arrays_need_a_database_that_has_them() -> None:
    table = StoredTable("t", (StoredColumn("a", "floats", np.zeros((2, 2))),))
    with pytest.raises(UnsupportedDialectError, match="SQLite has no arrays, as t needs"):
        tables.create(table, get("sqlite"))


# -- a program whose weights are in a table


def program(dialect: str) -> Program:
    """``y = x + 10.5``, the sum of a table's numbers."""
    graph = tiny.dense([1, 1], ["linear"], output="y")
    made = tiny.program(graph, dialect, table="source_1", features=["x"])
    columns = (
        StoredColumn("i", "int", np.arange(4)),
        StoredColumn("v", "float", np.array([0.5, 1, 4, 5])),
    )
    lowered = dataclasses.replace(
        made.lowered, tables=(StoredTable("weights_1", columns, keys=("i",)),)
    )
    query = "SELECT id, x + (SELECT sum(v) FROM weights_1) AS y FROM source_1"
    # For all rows it would be written anew.
    plan = dataclasses.replace(made.plan, by_key=False)
    return dataclasses.replace(made, query=query, lowered=lowered, plan=plan)


@pytest.fixture
def source(clean: Engine, load_table: Any) -> Engine:
    load_table(clean, "source_1", pd.DataFrame({"id": [1, 2], "x": [0.25, 2.0]}))
    return clean


def scores(made: Program, target: Any) -> list[float]:
    frame = made.run(target).sort_values("id")
    assert list(frame.columns) == ["id", "y"]
    return [float(y) for y in frame["y"]]


def test_a_run_brings_its_tables_and_takes_them_away(source: Engine) -> None:
    made = program(source.dialect_name)
    assert scores(made, source) == [10.75, 12.5]
    assert not source.exists("weights_1")
    source.execute_script(made.setup)
    assert scores(made, source) == [10.75, 12.5]
    source.execute_script(["UPDATE weights_1 SET v = v + 1"])
    assert scores(made, source) == [14.75, 16.5], "what is deployed is read"
    source.execute_script(["DELETE FROM weights_1 WHERE i = 0"])
    assert scores(made, source) == [10.75, 12.5], "a part is not"
    assert source.count("weights_1") == 3
    source.execute_script(made.teardown)
    assert not source.exists("weights_1")


def cursor_of(engine: Engine) -> Any:
    """One of the driver's own, as a shell would have it."""
    connection = engine.connection
    is_sqlalchemys = hasattr(connection, "exec_driver_sql")
    return (connection.connection if is_sqlalchemys else connection).cursor()


def test_the_whole_script_runs_in_the_databases_own_way(source: Engine) -> None:
    made = program(source.dialect_name)
    statements = made.sql.removesuffix(";\n").split(";\n")
    cursor = cursor_of(source)
    found = []
    for statement in statements:
        cursor.execute(statement)
        if made.query in statement:
            found = cursor.fetchall()
    assert [row[-1] for row in found] == [10.75, 12.5]
    is_one = source.dialect_name != "mariadb"  # where making a table commits
    assert ("BEGIN" in statements, "COMMIT" in statements) == (is_one, is_one)
    assert all(f"-- {drop}\n" in made.sql for drop in made.teardown)


def test_a_script_leaves_settings_as_they_were(source: Engine) -> None:
    asked = {
        "postgresql": "SHOW jit",
        "mariadb": "SELECT @@SESSION.max_recursive_iterations",
    }.get(source.dialect_name)
    dialect = get(source.dialect_name)
    assert bool(asked) == bool(dialect.script)
    if asked:
        cursor = cursor_of(source)
        cursor.execute(asked)
        before = cursor.fetchall()
        for statement in dialect.script:
            cursor.execute(statement)
        cursor.execute(asked)
        assert cursor.fetchall() != before
        for statement in dialect.script_end:
            cursor.execute(statement)
        cursor.execute(asked)
        assert cursor.fetchall() == before


def test_nothing_is_left_when_the_query_fails(source: Engine) -> None:
    made = dataclasses.replace(program(source.dialect_name), query="SELECT nosuch FROM weights_1")
    with pytest.raises(DatabaseError, match="nosuch"):
        made.run(source)
    assert not source.exists("weights_1")


def test_a_read_only_file_is_enough(duckdb_url: str, sqlite_url: str, load_table: Any) -> None:
    frame = pd.DataFrame({"id": [1, 2], "x": [0.25, 2.0]})
    for url, ending in ((duckdb_url, "?access_mode=read_only"), (sqlite_url, "?mode=ro&uri=true")):
        with connect(url) as engine:
            load_table(engine, "source_1", frame)
            made = program(engine.dialect_name)
        if url == sqlite_url:
            url = url.replace("sqlite:///", "sqlite:///file:")
        with connect(url + ending) as engine:
            assert scores(made, engine) == [10.75, 12.5]
            with pytest.raises(DatabaseError, match=r"read.?only"):
                engine.execute_script(made.setup)


def test_a_user_who_may_only_read_is_enough(postgres_url: str, load_table: Any) -> None:
    frame = pd.DataFrame({"id": [1, 2], "x": [0.25, 2.0]})
    with connect(postgres_url) as engine:
        load_table(engine, "source_1", frame)
        engine.execute_script(
            [
                "DROP ROLE IF EXISTS only_reads",
                "CREATE ROLE only_reads",
                "GRANT SELECT ON source_1 TO only_reads",
            ]
        )
    made = program("postgresql")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SET ROLE only_reads")
        assert scores(made, connection) == [10.75, 12.5]
        with connect(connection) as engine, pytest.raises(DatabaseError, match="permission"):
            engine.load(made.tables[0], made.dialect)
    with connect(postgres_url) as engine:
        engine.execute_script(["REVOKE ALL ON source_1 FROM only_reads", "DROP ROLE only_reads"])


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
def test_the_callers_transaction_on_postgres(
    postgres_url: str, load_table: Any, isolation: str
) -> None:
    with connect(postgres_url) as engine:
        load_table(engine, "source_1", pd.DataFrame({"id": [1, 2], "x": [0.25, 2.0]}))
    made = program("postgresql")
    with psycopg.connect(postgres_url) as connection:
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        connection.execute("UPDATE source_1 SET x = x + 1")
        assert scores(made, connection) == [11.75, 13.5]
        with connect(connection) as engine:
            assert not engine.exists("weights_1")
            assert engine.load(made.tables[0], made.dialect)
        assert scores(made, connection) == [11.75, 13.5]
        connection.rollback()
        with connect(connection) as engine:
            assert not engine.exists("weights_1")
        assert scores(made, connection) == [10.75, 12.5]


def test_the_callers_transaction_on_sqlite() -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript("CREATE TABLE source_1 (id, x); INSERT INTO source_1 VALUES (1, 0.25)")
    connection.execute("INSERT INTO source_1 VALUES (2, 2.0)")
    made = program("sqlite")
    assert scores(made, connection) == [10.75, 12.5]
    assert connection.in_transaction
    assert connection.execute("SELECT * FROM sqlite_temp_master").fetchall() == []
    connection.rollback()
    assert scores(made, connection) == [10.75]
    connection.close()


def test_the_callers_transaction_on_duckdb() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE source_1 AS SELECT 1 AS id, 0.25 AS x")
    made = program("duckdb")
    assert scores(made, connection) == [10.75]
    connection.begin()
    connection.execute("INSERT INTO source_1 VALUES (2, 2.0)")
    assert scores(made, connection) == [10.75, 12.5]
    with connect(connection) as engine:
        assert not engine.exists("weights_1")
        assert not engine.exists("nosuch"), "and the transaction goes on"
        assert engine.load(made.tables[0], made.dialect)
    assert scores(made, connection) == [10.75, 12.5]
    connection.rollback()
    with connect(connection) as engine:
        assert not engine.exists("weights_1")
        engine.load(made.tables[0], made.dialect)
    assert scores(made, connection.cursor()) == [10.75]
    connection.close()


def test_a_driver_without_a_fast_way_has_statements(duckdb_engine: Engine) -> None:
    assert not loading.fill(object(), stored(get("duckdb")), get("duckdb"))
