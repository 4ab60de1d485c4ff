"""A row of a view, looked up by its key, is computed by itself: the table is searched for it."""

from __future__ import annotations

import dataclasses
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from conformance.matrix import JAX
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.graph.simplify import simplify
from keras2sql.lower.source import Source
from keras2sql.plan import lower, plan
from keras2sql.sql.render import render
from layers import CASES
from layers.build import built, randomize
from layers.case import Case

Load = Callable[[Engine, str, pd.DataFrame], None]
NAMES = [f"Feature_{i}" for i in range(8)]

L = keras.layers


def classifier(x: Any) -> Any:
    return L.Dense(3, activation="softmax")(L.Dense(16, activation="relu")(L.Dense(32)(x)))


def residual(x: Any) -> Any:
    for _ in range(4):
        x = L.LayerNormalization()(L.Add()([x, L.Dense(8, activation="gelu")(x)]))
    return L.Dense(1)(x)


def recurrent(x: Any) -> Any:
    return L.Dense(2)(L.GRU(3)(L.Reshape((4, 2))(x)))


def words(x: Any) -> Any:
    y = L.Embedding(40, 4, mask_zero=True)(x)
    return L.Dense(1)(L.GlobalAveragePooling1D()(y))


def deep(x: Any) -> Any:
    for _ in range(60):
        x = L.Dense(8, activation="tanh")(x)
    return x


@pytest.mark.parametrize("layers", [classifier, residual, recurrent, words, deep])
def test_a_row_of_a_view_in_sqlite(layers: Callable[[Any], Any]) -> None:
    x = keras.Input((8,))
    model = keras.Model(x, layers(x))
    randomize(model, np.random.default_rng(2))
    program = keras2sql.convert(model, "sqlite", "t", "id", strategy="columns")
    names = [f"Feature_{i}" for i in range(8)]
    rows = np.random.default_rng(3).integers(0, 40, (50, 8))
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(names)})")
        marks = ", ".join("?" * 9)
        listed = [(i, *map(float, row)) for i, row in enumerate(rows)]
        connection.executemany(f"INSERT INTO t VALUES ({marks})", listed)
        connection.execute(f"CREATE VIEW v AS {program.query}")
        told = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM v WHERE id = 7").fetchall()
        found = [line for *_, line in told if line.split()[1] == "t"]
        one = connection.execute("SELECT * FROM v WHERE id = 7").fetchall()
        every = connection.execute("SELECT * FROM v ORDER BY id").fetchall()
    assert found == ["SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"]
    assert len(every) == len(rows)
    assert one == [every[7]]


def indexed(engine: Engine, load: Load, keys: list[str], frame: pd.DataFrame) -> None:
    load(engine, "keyed_rows", frame)
    engine.execute_script([f"CREATE INDEX keyed_rows_by_key ON keyed_rows ({', '.join(keys)})"])


def explained(engine: Engine, query: str) -> str:
    """How PostgreSQL looks one key up in a view, where it need not care for so few rows."""
    script = ["DROP VIEW IF EXISTS looked_up", f"CREATE VIEW looked_up AS {query}"]
    engine.execute_script([*script, "SET enable_seqscan = off"])
    told = engine.query("EXPLAIN SELECT * FROM looked_up WHERE id = 7", ["told"])
    engine.execute_script(["RESET enable_seqscan", "DROP VIEW looked_up"])
    return "\n".join(told["told"])


def read(engine: Engine, program: keras2sql.Program) -> pd.DataFrame:
    query = f"SELECT * FROM ({program.query}) AS predicted ORDER BY 1"
    return engine.query(query, program.columns, session=program.dialect.session)


@pytest.mark.parametrize(
    ("layers", "dialect", "strategy"),
    [
        (classifier, "postgresql", "columns"),
        (classifier, "postgresql", "rows"),
        (classifier, "pgvector", "arrays"),
        (residual, "postgresql", "columns"),
        (words, "postgresql", "columns"),
        (deep, "postgresql", "columns"),
    ],
)
def test_a_row_of_a_view_in_postgresql(
    layers: Callable[[Any], Any],
    dialect: str,
    strategy: str,
    pgvector_engine: Engine,
    load_table: Load,
) -> None:
    x = keras.Input((8,))
    model = keras.Model(x, layers(x))
    randomize(model, np.random.default_rng(2))
    precision = "single" if strategy == "arrays" else "double"
    how = {"strategy": strategy, "precision": precision}
    program = keras2sql.convert(model, dialect, "keyed_rows", "id", **how)
    rows = np.random.default_rng(3).integers(0, 40, (50, 8)).astype(float)
    rows[3, 2] = np.nan
    frame = pd.DataFrame({"id": np.arange(50), **dict(zip(NAMES, rows.T, strict=True))})
    indexed(pgvector_engine, load_table, ["id"], frame)
    told = explained(pgvector_engine, program.query)
    assert "Index Cond: (id = 7)" in told
    assert "one row: reads the key (id)" in program.explain()
    whole = program.for_all_rows()
    assert "Index Cond" not in explained(pgvector_engine, whole.query)
    found, all_rows = read(pgvector_engine, program), read(pgvector_engine, whole)
    off = 1e-12 if strategy == "rows" else 0  # sums of rows have no order
    pd.testing.assert_frame_equal(found, all_rows, rtol=off, atol=off)
    assert found.iloc[3, 1:].isna().all()
    assert found.notna().sum().sum() == found.size - (len(program.columns) - 1)


def test_one_key_of_a_long_table_in_postgresql(postgres_engine: Engine, load_table: Load) -> None:
    """Steps side by side are those of the key alone."""
    x = keras.Input((6, 2))
    model = keras.Model(x, L.Dense(1)(L.Flatten()(L.Conv1D(3, 2, activation="relu")(x))))
    randomize(model, np.random.default_rng(2))
    steps = keras2sql.Sequence(["a", "b"], order_by="t")
    program = keras2sql.convert(model, "postgresql", "keyed_rows", "id", features=steps)
    ids, t = np.repeat(np.arange(20), 6), np.tile(np.arange(6), 20)
    a, b = np.random.default_rng(3).normal(size=(2, 120))
    frame = pd.DataFrame({"id": ids, "t": t, "a": a, "b": b})
    indexed(postgres_engine, load_table, ["id", "t"], frame)
    assert "Index Cond: (id = 7)" in explained(postgres_engine, program.query)
    found, whole = (read(postgres_engine, p) for p in (program, program.for_all_rows()))
    pd.testing.assert_frame_equal(found, whole, rtol=0, atol=0)
    assert len(found) == 20
    assert found.notna().all(axis=None)


@pytest.mark.parametrize("name", ["postgresql", "sqlite"])
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.id, marks=[] if n % 60 == 0 else [pytest.mark.sweep])
        for n, c in enumerate(c for c in CASES if c.id not in JAX)  # which Keras on numpy can build
    ],
)
def test_the_same_bits_by_key_and_for_all_rows(
    case: Case, name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name.removesuffix('ql')}_engine")
    made, dialect = built(case), get(name)
    graph = simplify(heads.bare(made.graph))
    columns: dict[str, Any] = {"id": np.arange(len(next(iter(made.feeds.values()))))}
    features = {}
    for feed, values in made.feeds.items():
        flat = values.reshape(len(values), -1)
        features[feed] = [f"{feed}_{i}" for i in range(flat.shape[1])]
        columns.update(zip(features[feed], flat.T, strict=True))
    load_table(engine, "case_rows", pd.DataFrame(columns))
    source = Source("case_rows", ("id",), features)
    chosen = plan(graph, dialect, "columns")
    found = []
    for lowered in (lower(graph, chosen, source, dialect), whole(graph, chosen, source, name)):
        query = render(lowered.query, dialect)
        frame = engine.query(query, lowered.columns, session=dialect.session)
        found.append(frame.sort_values("id", ignore_index=True))
    pd.testing.assert_frame_equal(*found, rtol=0, atol=0)


def whole(graph: Any, chosen: Any, source: Source, name: str) -> Any:
    """By what keeps the steps of any chain apart."""
    dialect = get(name)
    steps = dataclasses.replace(dialect.steps, by_key=None)
    return lower(graph, chosen, source, dataclasses.replace(dialect, steps=steps))


def test_a_long_step_in_sqlite_is_planned_longer_to_be_read_by_key() -> None:
    """Where all rows are wanted it is kept from the comparing of its literals."""
    model = keras.Sequential([keras.Input((60,)), L.Dense(60, activation="relu"), L.Dense(1)])
    names = [f"f{i}" for i in range(60)]
    program = keras2sql.convert(model, "sqlite", "t", "id", features=names, strategy="columns")
    whole = program.for_all_rows()
    assert "LEFT JOIN" in whole.query
    assert "LEFT JOIN" not in program.query
    assert "one row: computes the whole table, as a step is too long" in whole.explain()
    assert "one row: reads the key (id)" in program.explain()
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {', '.join(names)})")
        rows = np.random.default_rng(3).normal(size=(20, 60)).tolist()
        marks = ", ".join("?" * 61)
        connection.executemany(
            f"INSERT INTO t VALUES ({marks})", [(i, *r) for i, r in enumerate(rows)]
        )
        connection.execute(f"CREATE VIEW v AS {program.query}")
        told = connection.execute("EXPLAIN QUERY PLAN SELECT * FROM v WHERE id = 7").fetchall()
        found = [connection.execute(p.query).fetchall() for p in (program, whole)]
    assert [line for *_, line in told if line.split()[1] == "t"] == [
        "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("name", "strategy", "scan"),
    [
        ("duckdb", "columns", r"Seq Scan[^╰]*Filters: id = 7"),
        ("duckdb", "arrays", r"Seq Scan[^╰]*Filters: id = 7"),
        ("duckdb", "rows", ""),
        ("datafusion", "columns", r"Filter: [^\n]*id = Int64\(7\)\s+TableScan: keyed_rows"),
        ("datafusion", "arrays", r"Filter: [^\n]*id = Int64\(7\)\s+TableScan: keyed_rows"),
    ],
)
def test_what_is_said_of_one_row_is_what_the_database_plans(
    name: str, strategy: str, scan: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    x = keras.Input((8,))
    model = keras.Model(x, classifier(x))
    program = keras2sql.convert(model, name, "keyed_rows", "id", strategy=strategy)
    rows = np.random.default_rng(3).normal(size=(50, 8))
    frame = pd.DataFrame({"id": np.arange(50), **dict(zip(NAMES, rows.T, strict=True))})
    load_table(engine, "keyed_rows", frame)
    told = engine.query(f"EXPLAIN SELECT * FROM ({program.query}) AS v WHERE id = 7", ["a", "b"])
    reached = re.search(scan or r"Seq Scan[^╰]*Filters: id = 7", "\n".join(told["b"]))
    assert (reached is not None) == bool(scan)
    said = "reads the key (id)" if scan else "computes the whole table, as its rows are numbered"
    assert f"by key    one row: {said}" in program.explain()


@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_a_row_in_clickhouse_is_found_by_the_primary_key(
    strategy: str, clickhouse_engine: Engine
) -> None:
    """Of a table that is sorted by it, one of 25 parts is read."""
    ask = clickhouse_engine.connection.query
    columns = ", ".join(f"{name} Float64" for name in NAMES)
    ask("DROP TABLE IF EXISTS sorted_rows")
    ask(f"CREATE TABLE sorted_rows (id Int64 NOT NULL, {columns}) ENGINE = MergeTree ORDER BY id")
    values = ", ".join(f"{i} + number / 1e5" for i in range(len(NAMES)))
    ask(f"INSERT INTO sorted_rows SELECT number, {values} FROM numbers(200000)")
    x = keras.Input((8,))
    model = keras.Model(x, classifier(x))
    program = keras2sql.convert(model, "clickhouse", "sorted_rows", "id", strategy=strategy)
    query = f"EXPLAIN indexes = 1 SELECT * FROM ({program.query}) AS v WHERE id = 7"
    assert re.search(r"Granules: 1/2\d", str(ask(query)))
    assert "by key    one row: reads the key (id)" in program.explain()
    ask("DROP TABLE sorted_rows")


@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_a_row_in_spark_is_filtered_where_the_table_is_scanned(
    strategy: str, spark_engine: Engine, tmp_path: Path
) -> None:
    x = keras.Input((8,))
    model = keras.Model(x, classifier(x))
    program = keras2sql.convert(
        model, "spark", "filtered_rows", "id", strategy=strategy, precision="single"
    )
    session = spark_engine.connection
    columns = ", ".join(f"rand({i}) AS {name}" for i, name in enumerate(NAMES))
    file = str(tmp_path / "rows")
    session.sql(f"SELECT id, {columns} FROM range(50)").write.parquet(file)
    session.read.parquet(file).createOrReplaceTempView("filtered_rows")
    query = f"EXPLAIN SELECT * FROM ({program.query}) AS v WHERE id = 7"
    told = spark_engine.query(query, ["plan"])["plan"][0]
    lowest = [line for line in told.splitlines() if "Filter" in line or "Scan" in line][-2:]
    assert re.search(r"Filter \(isnotnull\(id#\d+L\) AND \(id#\d+L = 7\)\)", lowest[0])
    assert "Scan" in lowest[1]
    assert "by key    one row: reads the key (id)" in program.explain()


@pytest.mark.parametrize("layers", [classifier, residual, words])
def test_a_row_of_a_view_in_mariadb(
    layers: Callable[[Any], Any], mariadb_engine: Engine, load_table: Load
) -> None:
    x = keras.Input((8,))
    model = keras.Model(x, layers(x))
    randomize(model, np.random.default_rng(2))
    program = keras2sql.convert(model, "mariadb", "keyed_rows", "id", strategy="columns")
    rows = np.random.default_rng(3).normal(size=(50, 8))
    rows[3, 2] = np.nan
    frame = pd.DataFrame({"id": np.arange(50), **dict(zip(NAMES, rows.T, strict=True))})
    indexed(mariadb_engine, load_table, ["id"], frame)
    script = ["DROP VIEW IF EXISTS looked_up", f"CREATE VIEW looked_up AS {program.query}"]
    mariadb_engine.execute_script(script)
    told = mariadb_engine.query("EXPLAIN SELECT * FROM looked_up WHERE id = 7")
    mariadb_engine.execute_script(["DROP VIEW looked_up"])
    used = told[told["table"] == "keyed_rows"]
    assert used[["type", "key"]].to_numpy().tolist() == [["ref", "keyed_rows_by_key"]]
    assert "one row: reads the key (id)" in program.explain()
    whole = program.for_all_rows()
    found, all_rows = read(mariadb_engine, program), read(mariadb_engine, whole)
    assert whole.query != program.query
    pd.testing.assert_frame_equal(found, all_rows, rtol=0, atol=0)
