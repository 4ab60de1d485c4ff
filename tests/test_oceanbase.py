"""OceanBase, as seekdb: the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np
import pandas as pd
import pymysql
import pytest

import keras2sql
import test_firebird
import test_golden
import test_names
import test_semantics
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError
from keras_models import labels, model_file, rows
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import create, dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
FINITE = test_semantics.EXTREMES[np.isfinite(test_semantics.EXTREMES)]  # it has no infinity
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(oceanbase_url: str) -> Iterator[Engine]:
    """With names in double quotes, as the tests of all databases write them, allowed too."""
    with connect(f"{oceanbase_url}&sql_mode=ANSI_QUOTES,STRICT_ALL_TABLES") as found:
        yield found


# -- the main job


def test_every_row_agrees_with_keras(engine: Engine, load_table: Load) -> None:
    load_table(engine, "iris", rows("iris"))
    report = keras2sql.verify(
        model_file("iris"), engine, table="iris", key="id", features=IRIS, labels=labels("iris")
    )
    assert report.ok
    assert report.rows == 150


@pytest.mark.parametrize("name", ["iris"])
def test_golden_queries_run_and_are_right(name: str, engine: Engine) -> None:
    test_golden.test_golden_queries_run_and_are_right(name, engine)


def test_it_is_told_from_mysql(oceanbase_url: str, engine: Engine) -> None:
    """By any driver, whatever rows its cursors give, and without a transaction being begun."""
    socket = oceanbase_url.partition("unix_socket=")[2]
    for cursors in (pymysql.cursors.Cursor, pymysql.cursors.DictCursor):
        with (
            pymysql.connect(
                unix_socket=socket, user="root", database="test", cursorclass=cursors
            ) as one,
            connect(one) as found,
        ):
            assert found.dialect_name == "oceanbase"
    assert engine.dialect_name == "oceanbase"
    assert engine.version().startswith("OceanBase 5.7.25")
    with connect(oceanbase_url) as found:
        assert not found.in_transaction()


# -- the rules that all databases keep


class TestRules(Rules):
    missing = ("NULL",)

    def before_the_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(test_semantics, "EXTREMES", FINITE)


@pytest.mark.parametrize(("stack", "scale"), test_semantics.STACKS, ids=str)
def test_no_network_raises(
    stack: list[str],
    scale: float,
    engine: Engine,
    load_table: Load,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(test_semantics, "EXTREMES", FINITE)
    test_semantics.test_no_network_raises_whatever_it_is_fed(stack, scale, engine, load_table)


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_numbers_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    test_semantics.test_doubles_survive_to_the_last_bit(how, engine)


def test_what_its_arithmetic_does(engine: Engine) -> None:
    """By which its dialect was written."""
    create(engine, "one", {"x": "DOUBLE PRECISION", "z": "DOUBLE PRECISION"}, ["1000, 0"])
    for text in ("exp(x)", "x * 1e300 * 1e300", "power(x, 400e0)", "tanh(x)"):
        with pytest.raises(DatabaseError):
            engine.query(f"SELECT {text} AS c FROM one")
    found = engine.query(
        "SELECT exp(-x) AS a, x * 1e-300 * 1e-300 AS b, greatest(x, NULL) AS c, x / z AS d, "
        "ln(z) AS e, round(2.5e0) AS f, 7 DIV 2 AS g, floor(1e300) AS h, "
        "CAST('abc' AS DOUBLE) AS i FROM one"
    ).iloc[0]
    wanted = [0.0, 0.0, np.nan, np.nan, np.nan, 2.0, 3.0, 1e300, 0.0]
    np.testing.assert_array_equal(found.to_numpy(float), wanted)


def test_its_barrier(engine: Engine) -> None:
    """What two columns of a step read is computed once, and a key reaches the table."""
    graph = dense([2] + [4] * 14 + [1], ["tanh"] * 14 + ["linear"])
    made = program(graph, engine, "keyed", features=["a", "b"])
    listed = ", ".join(f"({i}, {i / 50}, {1 - i / 9})" for i in range(50))
    engine.execute_script(
        [
            "DROP TABLE IF EXISTS keyed",
            "CREATE TABLE keyed (id BIGINT PRIMARY KEY, a DOUBLE, b DOUBLE)",
            f"INSERT INTO keyed VALUES {listed}",
        ]
    )
    rows = np.array([[i / 50, 1 - i / 9] for i in range(50)])
    found = made.run(engine).sort_values("id").iloc[:, -1].to_numpy(float)
    np.testing.assert_allclose(found, expected(made, {"x": rows})["out"], rtol=1e-9)
    plan = engine.query(f"EXPLAIN SELECT * FROM ({made.query}) AS scored WHERE id = 3").to_string()
    assert "TABLE GET" in plan
    assert "SCAN|keyed" not in plan.replace(" ", "")


# -- names and texts


@pytest.mark.parametrize("name", ["decision", "it's", 'a"b', "select", "ß %s :x", "a`b", "a\\b"])
def test_a_hostile_name_everywhere(name: str, engine: Engine) -> None:
    test_names.test_a_hostile_name_everywhere(name, engine)


@pytest.mark.parametrize("name", test_names.INJECTIONS[::11], ids=ascii)
def test_no_label_leaves_its_quotes(name: str, engine: Engine, load_table: Load) -> None:
    made = program(dense([1, 2], ["softmax"]), engine, features=["a"], labels=[name, f"{name}\\'"])
    feeds = {"x": np.array([[-3.0], [3.0], [0.5]])}
    found = scored(engine, made, load_table, feeds)
    assert found["Decision"].tolist() == expected(made, feeds)["Decision"].tolist()


def test_labels_of_several_lengths(engine: Engine, load_table: Load) -> None:
    test_firebird.test_labels_of_several_lengths(engine, load_table)


def test_a_text_is_no_number(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, ["1, '1.5'", "2, 'abc'"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    with pytest.raises(InputError, match="a is "):
        made.run(engine)


# -- other inputs, and operations


def test_a_long_table(engine: Engine, load_table: Load) -> None:
    """Of as many steps as the model has; others are computed by recursion, which it has not."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((12, 1)), layers.LSTM(2), layers.Dense(1)])
    order = keras2sql.Sequence(columns=["x"], order_by="t")
    made = keras2sql.convert(model, "oceanbase", "long_rows", "id", order)
    frame = pd.DataFrame({"id": 0, "t": range(12), "x": np.sin(np.arange(12))})
    load_table(engine, "long_rows", frame.sample(frac=1, random_state=4))
    wanted = np.asarray(model(frame.x.to_numpy(np.float32).reshape(1, -1, 1)))[0]
    np.testing.assert_allclose(made.run(engine).iloc[0, 1:].to_numpy(float), wanted, rtol=1e-4)


@pytest.mark.sweep
@test_values.EACH
def test_operations(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_every_database_computes_what_the_graph_computes(family, engine, load_table)


@pytest.mark.parametrize("family", FAMILIES[1:2], ids=lambda family: family.name)
def test_operations_at_the_ends(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_no_database_raises_at_the_ends_of_the_range(family, engine, load_table)


def test_what_it_does_not_do_is_refused(engine: Engine) -> None:
    with pytest.raises(UnsupportedDialectError, match="nothing can be deployed in OceanBase"):
        keras2sql.status(engine)
    with pytest.raises(UnsupportedDialectError, match="OceanBase has no strategy 'rows'"):
        keras2sql.convert(model_file("iris"), "oceanbase", "iris", "id", IRIS, strategy="rows")
