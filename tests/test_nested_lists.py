"""A layer as one value, in DuckDB: what of a model is so, what a row without a value does."""

from __future__ import annotations

from typing import Any

import duckdb
import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql import Program

WIDE = 40


def two_inputs(keras: Any) -> Any:
    """Joined, and added, so that a list without a value of one input meets one of the other."""
    layers = keras.layers
    inputs = [layers.Input((WIDE,), name=name) for name in ("left", "right")]
    hidden = [layers.Dense(64, activation="tanh")(x) for x in inputs]
    x = layers.Concatenate()([layers.Add()(hidden), layers.Multiply()(hidden), *inputs])
    x = layers.Dense(48, activation="gelu")(layers.LayerNormalization()(x))
    return keras.Model(inputs, layers.Dense(2)(x))


def converted(model: Any, **how: Any) -> Program:
    return keras2sql.convert(model, dialect="duckdb", table="t", key="id", **how)


@pytest.fixture
def connection() -> Any:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("as_arrays", [False, True], ids=["columns", "arrays"])
def test_a_missing_value_takes_the_prediction_of_its_row_alone(
    connection: Any, as_arrays: bool
) -> None:
    model = two_inputs(keras)
    rows = np.random.default_rng(1).normal(size=(6, 2 * WIDE))
    given = rows.astype(object)
    given[1, 3], given[2, WIDE], given[3, 2 * WIDE - 1] = None, None, float("nan")
    names = [f"f{n}" for n in range(2 * WIDE)]
    table = pd.DataFrame(given.tolist(), columns=names).astype(float).astype(object)
    table = table.where(table.notna(), None)
    table.insert(0, "id", range(6))
    connection.execute(f"CREATE TABLE t (id INT, {', '.join(f'{n} DOUBLE' for n in names)})")
    marks = ", ".join("?" * (1 + len(names)))
    connection.executemany(f"INSERT INTO t VALUES ({marks})", table.to_numpy().tolist())
    features: dict[str, Any] = {"left": names[:WIDE], "right": names[WIDE:]}
    if as_arrays:
        listed = {side: f"[{', '.join(own)}] AS {side}" for side, own in features.items()}
        connection.execute(f"CREATE TABLE a AS SELECT id, {', '.join(listed.values())} FROM t")
        connection.execute("DROP TABLE t")
        connection.execute("ALTER TABLE a RENAME TO t")
        features = {side: side for side in listed}
    program = converted(model, features=features)
    assert program.plan.matrices
    found = program.run(connection).sort_values("id").iloc[:, 1:].to_numpy()
    expected = np.asarray(model([rows[:, :WIDE], rows[:, WIDE:]]))
    missing = [1, 2, 3]
    assert np.isnan(found[missing]).all()
    there = [n for n in range(6) if n not in missing]
    np.testing.assert_allclose(found[there], expected[there], rtol=1e-5, atol=1e-6)


def test_ids_that_no_table_has(connection: Any) -> None:
    layers = keras.layers
    ids = layers.Input((3,), name="ids")
    x = layers.Dense(16, activation="relu")(layers.Embedding(5, 4)(ids))
    x = layers.MultiHeadAttention(2, 4)(x, x)
    model = keras.Model(ids, layers.Dense(1)(layers.GlobalAveragePooling1D()(x)))
    connection.execute(
        "CREATE TABLE t AS SELECT * FROM (VALUES (0, 0, 1, 4), (1, 5, 1, 2), (2, -1, 0, 0),"
        " (3, 1, NULL, 0), (4, 2, 'nan'::DOUBLE, 0), (5, 4, 4, 4)) AS v(id, a, b, c)"
    )
    program = converted(model, features=["a", "b", "c"], strategy="arrays")
    assert program.plan.matrices
    found = program.run(connection).sort_values("id").iloc[:, 1].to_numpy()
    expected = np.asarray(model(np.array([[0, 1, 4], [4, 4, 4]]))).reshape(-1)
    assert np.isnan(found[1:5]).all()
    np.testing.assert_allclose(found[[0, 5]], expected, rtol=1e-5)


def test_a_key_reaches_the_table_and_all_rows_have_a_form_of_their_own(connection: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((10,)), layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(3)]
    )
    names = [f"f{n}" for n in range(10)]
    program = converted(model, features=names)
    whole = program.for_all_rows()
    assert program.plan.matrices
    assert not whole.plan.matrices
    random = ", ".join(f"random() AS {name}" for name in names)
    connection.execute(f"CREATE TABLE t AS SELECT i AS id, {random} FROM range(5000) AS r(i)")
    columns = program.columns[1:]
    by_key = connection.execute(f"{program.query} ORDER BY id").fetchdf()
    for_all = connection.execute(f"{whole.query} ORDER BY id").fetchdf()
    np.testing.assert_allclose(by_key[columns], for_all[columns], rtol=1e-12)
    plan = connection.execute(f"EXPLAIN SELECT * FROM ({program.query}) WHERE id = 77").fetchall()
    scan = plan[0][1].split("SEQ_SCAN")[-1] if "SEQ_SCAN" in plan[0][1] else plan[0][1]
    assert "id=77" in scan.replace(" ", "")


def test_the_number_of_rows_decides_where_it_is_known(connection: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((10,)), layers.Dense(32, "relu"), layers.Dense(16, "relu"), layers.Dense(3)]
    )
    program = converted(model, features=[f"f{n}" for n in range(10)])
    asked = []

    def rows(count: int) -> Any:
        return lambda: asked.append(count) or count

    few = program.for_all_rows(rows(10))
    many = program.for_all_rows(rows(10_000_000))
    assert asked == [10, 10_000_000]
    assert few.plan.matrices
    assert not many.plan.matrices


def test_names_of_parameters_are_names_of_nothing_else(connection: Any) -> None:
    """DuckDB reads ``n.w`` of a column n, where there is one, though n is a lambda's parameter."""
    layers = keras.layers
    x = given = layers.Input((4,), name="e")
    for name in ("n", "i", "w", "b", "n_weights", "inputs"):
        x = layers.Dense(24, activation="tanh", name=name)(x)
    model = keras.Model(given, layers.Dense(1, name="e_2")(x))
    columns = ["e", "i", "w", "b"]
    random = ", ".join(f"random() AS {name}" for name in columns)
    connection.execute(f"CREATE TABLE n AS SELECT i AS n, {random} FROM range(5) AS r(i)")
    program = keras2sql.convert(model, "duckdb", "n", "n", columns)
    assert program.plan.matrices
    found = connection.execute(f"{program.query} ORDER BY n").fetchdf().iloc[:, 1].to_numpy()
    rows = connection.execute("SELECT e, i, w, b FROM n ORDER BY n").fetchnumpy()
    expected = np.asarray(model(np.column_stack([rows[name] for name in columns]))).reshape(-1)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("rows", [10, 10_000_000])
def test_no_tables_are_made_for_a_statement_that_needs_none(rows: int) -> None:
    """Rows would be faster for a small table, with tables of weights, which not all may create."""
    layers = keras.layers
    ids = layers.Input((20,), name="ids")
    x = layers.Conv1D(16, 3, activation="relu")(layers.Embedding(5000, 16)(ids))
    model = keras.Model(ids, layers.Dense(1)(layers.GlobalMaxPooling1D()(x)))
    words = [f"w{n}" for n in range(20)]
    program = keras2sql.convert(model, "postgresql", "t", "id", words)
    assert (program.plan.strategy, program.plan.weights) == ("columns", "inline")
    whole = program.for_all_rows(lambda: rows)
    assert not whole.tables


def wide() -> tuple[Any, list[str]]:
    """A network of 12,000 weights, and its features."""
    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((30,)), layers.Dense(128, "relu"), layers.Dense(64, "relu"), layers.Dense(1)]
    )
    return model, [f"f{n}" for n in range(30)]


def test_weights_in_tables_leave_a_short_statement(connection: Any) -> None:
    model, names = wide()
    inline, program = (converted(model, features=names, weights=w) for w in ("inline", "tables"))
    assert program.plan.matrices
    assert len(program.query) < 6000 < len(inline.query)
    random = ", ".join(f"random() AS {name}" for name in names)
    connection.execute(f"CREATE TABLE t AS SELECT i AS id, {random} FROM range(500) AS r(i)")
    for _ in range(2):  # making the tables again changes nothing
        for statement in program.setup:
            connection.execute(statement)
    assert [len(connection.table(t.name).fetchall()) for t in program.tables] == [1, 1]
    expected = connection.execute(f"{inline.query} ORDER BY id").fetchdf()
    pd.testing.assert_frame_equal(
        connection.execute(f"{program.query} ORDER BY id").fetchdf(), expected
    )
    for statement in program.teardown:
        connection.execute(statement)
    assert connection.execute("SHOW TABLES").fetchall() == [("t",)]


def test_a_view_of_weights_in_tables(connection: Any) -> None:
    """The driver loads them, a key reaches the source, and nothing is left when the view goes."""
    model, names = wide()
    program = converted(model, features=names, weights="tables")
    random = ", ".join(f"random() AS {name}" for name in names)
    connection.execute(f"CREATE TABLE t AS SELECT i AS id, {random} FROM range(500) AS r(i)")
    program.deploy(connection, "scores")
    plan = connection.execute("EXPLAIN SELECT * FROM scores WHERE id = 77").fetchall()[0][1]
    assert "id=77" in plan.replace(" ", "")
    found = connection.execute("SELECT * FROM scores ORDER BY id").fetchdf().iloc[:, 1]
    rows = connection.execute("SELECT * FROM t ORDER BY id").fetchdf()[names].to_numpy()
    np.testing.assert_allclose(found, np.asarray(model(rows)).reshape(-1), rtol=1e-5, atol=1e-6)
    keras2sql.undeploy(connection, "scores")
    assert connection.execute("SHOW TABLES").fetchall() == [("t",)]


def test_a_large_network_is_found_by_key_and_computed_by_rows(connection: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((16, 16, 1)),
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.Conv2D(16, 3, activation="relu", padding="same"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    )
    names = [f"f{n}" for n in range(256)]
    program = converted(model, features=names)
    whole = program.for_all_rows()
    assert (program.plan.matrices, program.plan.weights) == (True, "tables")
    assert (whole.plan.strategy, whole.plan.weights) == ("rows", "tables")
    random = ", ".join(f"random() AS {name}" for name in names)
    connection.execute(f"CREATE TABLE t AS SELECT i AS id, {random} FROM range(4) AS r(i)")
    program.deploy(connection, "scores")
    view = connection.execute("SELECT * FROM scores ORDER BY id").fetchdf()
    table = program.run(connection).sort_values("id", ignore_index=True)
    np.testing.assert_allclose(view, table, rtol=1e-9)
    rows = connection.execute("SELECT * FROM t ORDER BY id").fetchdf()[names].to_numpy()
    expected = np.asarray(model(rows.reshape(4, 16, 16, 1)))
    np.testing.assert_allclose(view.iloc[:, 1:], expected, rtol=1e-4, atol=1e-6)
