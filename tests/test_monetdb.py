"""MonetDB: the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
import test_firebird
import test_golden
import test_names
import test_semantics
import test_text_models
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError
from keras_models import labels, model_file, rows
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import bare, create, dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
EXPONENTS = [f"{i}, {x}" for i, x in enumerate((-1e300, -1000, -746, -691, 0, 231, 710, 1e300))]
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(monetdb_engine: Engine) -> Engine:
    return monetdb_engine


# -- the main job


def test_every_row_agrees_with_keras(engine: Engine, load_table: Load) -> None:
    load_table(engine, "iris", rows("iris"))
    report = keras2sql.verify(
        model_file("iris"), engine, table="iris", key="id", features=IRIS, labels=labels("iris")
    )
    assert report.ok
    assert report.rows == 150


@pytest.mark.parametrize("name", ["iris", "taxi"])
def test_golden_queries_run_and_are_right(name: str, engine: Engine) -> None:
    test_golden.test_golden_queries_run_and_are_right(name, engine)


# -- the rules that all databases keep


class TestRules(Rules):
    missing = ("NULL",)


@pytest.mark.parametrize(("stack", "scale"), test_semantics.STACKS, ids=str)
def test_no_network_raises(
    stack: list[str], scale: float, engine: Engine, load_table: Load
) -> None:
    test_semantics.test_no_network_raises_whatever_it_is_fed(stack, scale, engine, load_table)


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_numbers_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    test_semantics.test_doubles_survive_to_the_last_bit(how, engine)


def test_what_its_arithmetic_does(engine: Engine) -> None:
    """By which its dialect was written."""
    create(engine, "one", {"x": "DOUBLE PRECISION", "z": "DOUBLE PRECISION"}, ["1000, 0"])
    for text in (
        "exp(x)",
        "exp(-x)",
        "x * 1e300 * 1e300",
        "x / z",
        "ln(z)",
        "sqrt(-x)",
        "power(x, -400e0)",
        "greatest(x, x, x)",
        "CASE WHEN z > 0 AND sqrt(-x) > 3 THEN 1 END",
        "CAST('abc' AS DOUBLE)",
    ):
        with pytest.raises(DatabaseError):
            engine.query(f"SELECT {text} AS c FROM one")
    found = engine.query(
        "SELECT exp(-x * 0.745e0) AS a, x * 1e-300 * 1e-300 AS b, greatest(x, NULL) AS c, "
        "CASE WHEN z > 0 THEN sqrt(-x) ELSE 1e0 END AS d, round(2.5e0, 0) AS e, 7 / 2 AS f, "
        "floor(1e300) AS g FROM one"
    ).iloc[0]
    wanted = [5e-324, 0.0, 1000.0, 1.0, 3.0, 3.0, 1e300]
    np.testing.assert_array_equal(found.to_numpy(float), wanted)


def test_an_exp_of_any_number(engine: Engine) -> None:
    """Whether or not a CASE around it keeps it from what raises."""
    create(engine, "tiny", {"id": "INTEGER", "a": "DOUBLE PRECISION"}, EXPONENTS)
    made = program(test_semantics.through("exponential", 1.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"].to_numpy(float)
    np.testing.assert_allclose(found[:5], [0.0, 0.0, 0.0, 0.0, 1.0], atol=1e-84)
    assert (found[5:] > 1e99).all()


def test_a_boolean_feature(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "BOOLEAN"}, ["1, TRUE", "2, FALSE", "3, NULL"])
    made = program(test_semantics.through("linear", 3.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"]
    np.testing.assert_array_equal(found, [3.0, 0.0, np.nan])


NUMBERS = {
    "TINYINT": ("-7", -7.0),
    "BIGINT": ("9007199254740993", 9007199254740992.0),
    "DECIMAL(18, 4)": ("12.3456", 12.3456),
    "REAL": ("0.5", 0.5),
}


@pytest.mark.parametrize("type_", NUMBERS)
def test_a_feature_of_any_numeric_type(type_: str, engine: Engine) -> None:
    text, wanted = NUMBERS[type_]
    create(engine, "tiny", {"id": "INTEGER", "a": type_}, [f"1, {text}", "2, NULL"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"].to_numpy(float)
    np.testing.assert_allclose(found, [wanted, np.nan], rtol=1e-15)


def test_a_text_is_no_number(engine: Engine) -> None:
    """With a connection it is told before; the SQL alone raises for what can't be read."""
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, ["1, '1.5'", "2, 'abc'"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    with pytest.raises(InputError, match="a is string"):
        made.run(engine)
    with pytest.raises(DatabaseError, match="conversion of string"):
        bare(engine, made)


# -- names and texts


HOSTILE = [
    *(name for name in test_names.HOSTILE[::4] if name[0] != "%"),
    "a%b",
    "a\\",
    '\\"',
    "new\nline",
    "it's",
    "R'",
    "émigré",
]


@pytest.mark.parametrize("name", dict.fromkeys(HOSTILE), ids=ascii)
def test_a_hostile_name_everywhere(name: str, engine: Engine, load_table: Load) -> None:
    graph = dense([2, 3, 2], ["relu", "softmax"], layers=[name, f"{name}/{name}"], entry=name)
    features, beside = [f"{name} a", f"{name}b"], f"{name} beside"
    told = {"features": features, "labels": [name, f"{name}!"], "passthrough": beside}
    made = program(graph, engine, test_names.quoted(name), name, name, name=name, **told)
    frame = pd.DataFrame(test_names.ROWS, columns=features)
    frame.insert(0, name, np.arange(5))
    frame[beside] = [name] * 5
    load_table(engine, name, frame)
    found = made.run(engine).sort_values(name, ignore_index=True)
    view = get("monetdb").quote(f"{name} view")
    engine.execute_script([f"CREATE OR REPLACE VIEW {view} AS\n{made.query}"])
    seen = engine.query(f"SELECT * FROM {view}")
    engine.execute_script([f"DROP VIEW {view}", f"DROP TABLE {get('monetdb').quote(name)}"])
    assert made.columns == list(seen.columns)
    assert found[name].tolist() == list(range(5))
    assert found[beside].tolist() == [name] * 5
    wanted = expected(made, {name: test_names.ROWS})
    assert found["Decision"].tolist() == wanted["Decision"].tolist()
    np.testing.assert_allclose(found["DecisionProba"], wanted["DecisionProba"], rtol=1e-12)


@pytest.mark.parametrize("name", test_names.INJECTIONS[::11], ids=ascii)
def test_no_label_leaves_its_quotes(name: str, engine: Engine, load_table: Load) -> None:
    made = program(dense([1, 2], ["softmax"]), engine, features=["a"], labels=[name, f"{name}\\'"])
    feeds = {"x": np.array([[-3.0], [3.0], [0.5]])}
    found = scored(engine, made, load_table, feeds)
    assert found["Decision"].tolist() == expected(made, feeds)["Decision"].tolist()


def test_labels_of_several_lengths(engine: Engine, load_table: Load) -> None:
    test_firebird.test_labels_of_several_lengths(engine, load_table)


def test_a_name_that_begins_as_its_own_do(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match="Invalid identifier"):
        engine.query('SELECT 1 AS "%a"')
    with pytest.raises(InputError, match="'%a' can't be the name of a column"):
        program(dense([1, 1], ["linear"]), engine, features=["%a"])


@pytest.mark.parametrize("name", list(test_text_models.ANSWERS)[::3])
def test_texts_are_answered_as_tensorflow_did(name: str, engine: Engine, load_table: Load) -> None:
    test_text_models.test_databases_answer_as_tensorflow_did(name, engine, load_table)


# -- other inputs, and operations


def test_a_long_table(engine: Engine, load_table: Load) -> None:
    """Of as many steps as the model has; others are computed by recursion, which it has not."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((12, 1)), layers.LSTM(2), layers.Dense(1)])
    order = keras2sql.Sequence(columns=["x"], order_by="t")
    made = keras2sql.convert(model, "monetdb", "long_rows", "id", order)
    frame = pd.DataFrame({"id": 0, "t": range(12), "x": np.sin(np.arange(12))})
    load_table(engine, "long_rows", frame.sample(frac=1, random_state=4))
    wanted = np.asarray(model(frame.x.to_numpy(np.float32).reshape(1, -1, 1)))[0]
    np.testing.assert_allclose(made.run(engine).iloc[0, 1:].to_numpy(float), wanted, rtol=1e-4)
    open_ended = keras.Sequential([keras.Input((None, 1)), layers.LSTM(2), layers.Dense(1)])
    with pytest.raises(InputError, match="the database has no recursion"):
        keras2sql.convert(open_ended, "monetdb", "long_rows", "id", order)


@pytest.mark.sweep
@test_values.EACH
def test_operations(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_every_database_computes_what_the_graph_computes(family, engine, load_table)


@pytest.mark.parametrize("family", FAMILIES[1:2], ids=lambda family: family.name)
def test_operations_at_the_ends(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_no_database_raises_at_the_ends_of_the_range(family, engine, load_table)


def test_what_it_does_not_do_is_refused(engine: Engine) -> None:
    with pytest.raises(UnsupportedDialectError, match="nothing can be deployed in MonetDB"):
        keras2sql.status(engine)
    with pytest.raises(UnsupportedDialectError, match="MonetDB has no strategy 'rows'"):
        keras2sql.convert(model_file("iris"), "monetdb", "iris", "id", IRIS, strategy="rows")
