"""MariaDB: the main job, the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pymysql
import pymysql.cursors
import pytest
import sqlalchemy

import keras2sql
import test_embedded
import test_names
import test_semantics
import test_sequences
import test_text_models
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import DialectLimitError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, call
from keras_models import labels, model_file, rows
from layers.build import double_precision, randomize
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import bare, create, dense, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(mariadb_url: str) -> Iterator[Engine]:
    """With names in double quotes, as the tests of all databases write them, allowed too."""
    with connect(f"{mariadb_url}&sql_mode=ANSI_QUOTES") as found:
        yield found


def plain(url: str) -> pymysql.connections.Connection[Any]:
    """A connection as a user of the driver opens it."""
    parsed = sqlalchemy.make_url(url)
    socket = str(parsed.query["unix_socket"])
    return pymysql.connect(unix_socket=socket, user="root", database=parsed.database)


# -- the main job


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "diabetes"])
def test_every_row_agrees_with_keras(name: str, engine: Engine, load_table: Load) -> None:
    test_embedded.test_every_row_agrees_with_keras(name, engine, load_table)


@pytest.mark.parametrize("scheme", ["mariadb", "mysql", "a pymysql connection"])
def test_every_way_to_reach_it(
    scheme: str, mariadb_url: str, engine: Engine, load_table: Load
) -> None:
    load_table(engine, "iris", rows("iris"))
    target: Any = mariadb_url.replace("mariadb+", f"{scheme}+")
    if " " in scheme:
        target = plain(mariadb_url)
    report = keras2sql.verify(
        model_file("iris"), target, table="iris", key="id", features=IRIS, labels=labels("iris")
    )
    assert report.ok
    if " " in scheme:
        target.close()


def test_weights_in_tables(engine: Engine, mariadb_url: str, load_table: Load) -> None:
    """Loaded by the driver for the time of a query, or by the script."""
    load_table(engine, "iris", rows("iris"))
    options: dict[str, Any] = {"strategy": "rows", "weights": "tables"}
    made = keras2sql.convert(
        model_file("iris"), "mariadb", "iris", "id", IRIS, labels("iris"), **options
    )
    inline = keras2sql.convert(model_file("iris"), "mariadb", "iris", "id", IRIS, labels("iris"))
    wanted = inline.run(engine.connection).sort_values("id", ignore_index=True)
    for _ in range(2):  # nothing of the first stays behind
        found = made.run(engine.connection).sort_values("id", ignore_index=True)
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12)
    assert not any(engine.exists(f"`{table.name}`") for table in made.tables)
    with plain(mariadb_url) as connection, connection.cursor() as cursor:
        for statement in [*made.setup, *made.setup]:
            cursor.execute(statement)
        cursor.execute(made.query)
        assert len(cursor.fetchall()) == len(wanted)
        for table in made.tables:
            cursor.execute(f"DROP TABLE `{table.name}`")


# -- the rules that all databases keep


class TestRules(Rules):
    missing = ("NULL",)

    def before_the_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        finite = test_semantics.EXTREMES[np.isfinite(test_semantics.EXTREMES)]
        monkeypatch.setattr(test_semantics, "EXTREMES", finite)  # it has no infinity


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_numbers_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    test_semantics.test_doubles_survive_to_the_last_bit(how, engine)


def test_a_boolean_feature(engine: Engine) -> None:
    test_semantics.test_a_boolean_feature(engine)


@pytest.mark.parametrize("name", ["decision", "it's", 'a"b', "select", "ß %s :x", "a`b", "a\\b"])
def test_a_hostile_name_everywhere(name: str, engine: Engine) -> None:
    test_names.test_a_hostile_name_everywhere(name, engine)


@pytest.mark.parametrize("name", test_names.INJECTIONS[:12:3], ids=ascii)
def test_no_name_is_executed(name: str, engine: Engine) -> None:
    test_names.test_no_name_is_executed(name, engine)


@pytest.mark.parametrize("case", ["LSTM", "Masking"])
def test_long_tables(case: str, engine: Engine, load_table: Load) -> None:
    test_sequences.test_every_step_and_the_last(case, engine, load_table)


@pytest.mark.parametrize("name", test_text_models.ANSWERS)
def test_texts_are_answered_as_tensorflow_did(name: str, engine: Engine, load_table: Load) -> None:
    test_text_models.test_databases_answer_as_tensorflow_did(name, engine, load_table)


@pytest.mark.parametrize("name", ["StringLookup", "StringLookup_many"])
def test_tokens_are_compared_as_they_are_written(name: str, engine: Engine) -> None:
    test_text_models.test_tokens_are_compared_as_they_are_written(name, engine)


def test_missing_texts(engine: Engine, load_table: Load) -> None:
    test_text_models.test_texts_that_are_missing_or_unknown_give_no_prediction(engine, load_table)


# -- keras.ops


@test_values.EACH
def test_operations(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_every_database_computes_what_the_graph_computes(family, engine, load_table)


@pytest.mark.parametrize("family", FAMILIES[:3], ids=lambda family: family.name)
def test_operations_at_the_ends(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_no_database_raises_at_the_ends_of_the_range(family, engine, load_table)


# -- what is MariaDB's own


def test_a_text_is_a_number_or_no_feature(engine: Engine) -> None:
    """CAST would make 0 of the others, with a warning."""
    numbers = ["1", "-1.5", ".5", "+2e3", "1E-2", "007", " 2 "]
    others = ["", " ", "abc", "1e", "1.2.3", "1 2", "0x10", "inf", "nan", "--1", "2020-01-01"]
    texts = [f"{i}, '{text}'" for i, text in enumerate([*numbers, *others])]
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, texts)
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    found = bare(engine, made)["out"]
    wanted = [*map(float, numbers), *[np.nan] * len(others)]
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("type_", sorted(set(test_semantics.COLUMN_TYPES) - {"REAL"}))
def test_a_feature_of_any_numeric_type(type_: str, engine: Engine) -> None:
    test_semantics.test_a_feature_of_any_numeric_type(type_, engine)


REPLACED = {
    "tanh": (np.tanh, 350.0),
    "sinh": (np.sinh, 200.0),
    "cosh": (np.cosh, 200.0),
    "asinh": (np.arcsinh, 1e300),
    "acosh": (np.arccosh, 1e300),
    "atanh": (np.arctanh, 0.999),
    "log1p": (np.log1p, 1e300),
    "expm1": (np.expm1, 200.0),
}


@pytest.mark.parametrize("fn", REPLACED)
def test_what_it_lacks_is_exact_to_a_few_units_in_the_last_place(
    fn: str, engine: Engine, load_table: Load
) -> None:
    compute, most = REPLACED[fn]
    sizes = np.concatenate([[0.0], np.geomspace(1e-60, 1, 600), np.linspace(0.01, 1, 400)]) * most
    sizes = np.concatenate([sizes, np.geomspace(1e-9, 1, 300)])
    sizes[sizes < 1e-60] = 0.0  # which count as 0 below 1e-100
    values = np.concatenate([sizes, -sizes])
    if fn == "acosh":
        values = 1 + sizes
    values = values[(values > -1) & np.isfinite(values)] if fn == "log1p" else values
    values = values[np.abs(values) <= 1e100]  # beyond is 1e100
    values = values[np.abs(values) < 1] if fn == "atanh" else values
    g = Builder()
    x = g.input("x", (1,))
    graph = Graph((x,), {"out": g.map(call(fn, X), x)})
    made = program(graph, engine, features=["a"])
    found = scored(engine, made, load_table, {"x": values[:, None]})["out"].to_numpy(float)
    np.testing.assert_allclose(found, compute(values), rtol=2e-15)


def test_settings_of_the_session_are_set_back(engine: Engine, mariadb_url: str) -> None:
    asked = "SELECT @@max_recursive_iterations"
    [setting] = get("mariadb").session
    with plain(mariadb_url) as connection, connect(connection) as plainly:
        for one in (engine, plainly):
            assert one.query(asked).iat[0, 0] == 1000
            assert one.query(asked, session=[setting]).iat[0, 0] == 4294967295
            assert one.query(asked).iat[0, 0] == 1000


def test_the_callers_transaction_stays_as_it_was(mariadb_url: str, load_table: Load) -> None:
    with plain(mariadb_url) as connection, connect(connection) as found:
        load_table(found, "iris", rows("iris"))
        made = keras2sql.convert(
            model_file("iris"), "mariadb", "iris", "id", IRIS, strategy="rows", weights="tables"
        )
        with connection.cursor() as cursor:
            cursor.execute("UPDATE iris SET target = 'none'")
            made.run(connection)
            connection.rollback()
            cursor.execute("SELECT count(*) FROM iris WHERE target = 'none'")
            assert cursor.fetchone() == (0,)


def test_rows_come_as_tuples_whatever_the_cursor(mariadb_url: str) -> None:
    with plain(mariadb_url) as connection:
        connection.cursorclass = pymysql.cursors.DictCursor
        with connect(connection) as found:
            assert found.dialect_name == "mariadb"
            assert found.query("SELECT 1.5e0 AS a, NULL AS b").iloc[0].tolist() == [1.5, None]


def test_more_steps_than_it_takes_are_refused(engine: Engine) -> None:
    deep = dense([1] + [2] * 70, ["tanh"] * 70)
    for strategy in ("columns", "rows"):
        with pytest.raises(DialectLimitError, match="MariaDB takes 62"):
            program(deep, engine, features=["a"], strategy=strategy)


def test_as_many_steps_as_it_takes(engine: Engine, load_table: Load) -> None:
    """Each reads columns of the one before several times."""
    deep = dense([2] * 60, ["relu"] * 59)
    made = program(deep, engine, features=["a", "b"], strategy="columns")
    assert len(made.lowered.query.steps) > 55
    feeds = {"x": np.random.default_rng(0).normal(size=(50, 2))}
    found = scored(engine, made, load_table, feeds)
    for name, wanted in made.graph.evaluate(feeds).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-9)


def test_a_view_of_a_query(engine: Engine, load_table: Load) -> None:
    load_table(engine, "iris", rows("iris"))
    made = keras2sql.convert(model_file("iris"), "mariadb", "iris", "id", IRIS, labels("iris"))
    engine.execute_script([f"CREATE OR REPLACE VIEW iris_scored AS\n{made.query}"])
    found = engine.query("SELECT * FROM iris_scored ORDER BY id", made.columns)
    wanted = made.run(engine).sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted)


def test_a_long_recursion_needs_no_setting_of_the_session(
    mariadb_url: str, load_table: Load
) -> None:
    import keras

    layers = keras.layers
    with double_precision():
        model = keras.Sequential([keras.Input((None, 1)), layers.GRU(2), layers.Dense(1)])
    randomize(model, np.random.default_rng(3))
    rows = pd.DataFrame({"id": 0, "t": range(700), "x": np.sin(np.arange(700))})
    program = keras2sql.convert(
        model, "mariadb", "long_rows", "id", keras2sql.Sequence(columns=["x"], order_by="t")
    )
    with double_precision():
        wanted = np.asarray(model(rows.x.to_numpy().reshape(1, -1, 1)))[0, 0]
    with plain(mariadb_url) as connection, connect(connection) as found:
        load_table(found, "long_rows", rows)
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@max_recursive_iterations")
            assert cursor.fetchone() == (1000,)
            cursor.execute(program.query)
            np.testing.assert_allclose([row[1] for row in cursor.fetchall()], [wanted], rtol=1e-9)
            # A view would leave rows out: it can't be made.
            with pytest.raises(pymysql.err.ProgrammingError, match="syntax"):
                cursor.execute(f"CREATE VIEW long_view AS\n{program.query}")


@pytest.mark.parametrize("mode", ["", "NO_BACKSLASH_ESCAPES"])
def test_a_backslash_is_one_in_any_mode(mode: str, mariadb_url: str, load_table: Load) -> None:
    labels = ["a\\b", "\\", "it's\\'"]
    program = keras2sql.convert(model_file("iris"), "mariadb", "iris", "id", IRIS, labels)
    with plain(mariadb_url) as connection, connect(connection) as found:
        load_table(found, "iris", rows("iris"))
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION sql_mode = '{mode}'")
            cursor.execute(program.query)
            at = [name for name, *_ in cursor.description].index("Decision")
            assert {row[at] for row in cursor.fetchall()} == set(labels)


def test_whole_numbers_of_any_size_go_through_steps(engine: Engine, load_table: Load) -> None:
    g = Builder()
    x = g.input("x", (1,))
    whole = g.map(call("floor", X), x)
    graph = Graph((x,), {"out": g.map(X * X + X, g.map(X - 1.0, whole))})
    made = program(graph, engine, features=["a"])
    values = np.array([3e20, -3e30, 2.5, 1e17])
    found = scored(engine, made, load_table, {"x": values[:, None]})["out"].to_numpy(float)
    wanted = (np.floor(values) - 1) ** 2 + np.floor(values) - 1
    np.testing.assert_allclose(found, wanted, rtol=1e-15)
