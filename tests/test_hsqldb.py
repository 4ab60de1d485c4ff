"""HSQLDB: the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

import math
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
from keras2sql.dialects.keywords import RESERVED
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, call, where
from keras_models import labels, model_file, rows
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import bare, create, dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
EXPONENTS = [f"{i}, {x}" for i, x in enumerate((-1e300, -1000, -746, -691, 0, 231, 710, 1e300))]
ZEROS = np.array([[0.0], [-0.0], [1.0]])
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(hsqldb_engine: Engine) -> Engine:
    return hsqldb_engine


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
    rng = np.random.default_rng(5)
    sizes = 10.0 ** rng.uniform(-300, 300, 200)
    values = [*rng.normal(size=100), *(rng.normal(size=200) * sizes), 5e-324, 1.7e308, 0.1, 0.0]
    spell = getattr(get("hsqldb"), how)
    items = ", ".join(f"{spell(float(v))} AS c{i}" for i, v in enumerate(values))
    found = engine.query(f"SELECT {items} FROM (VALUES (0)) AS nothing")
    assert found.iloc[0].tolist() == values


def test_what_its_arithmetic_does(engine: Engine) -> None:
    """By which its dialect was written."""
    create(engine, "one", {"x": "DOUBLE PRECISION", "z": "DOUBLE PRECISION"}, ["1000, 0"])
    many, nan = "CAST('Infinity' AS DOUBLE)", "CAST('NaN' AS DOUBLE)"
    for text in (
        "x / z",
        "ln(z)",
        "sqrt(-x)",
        f"floor(x * {many})",
        f"round(x * {nan})",
        "NULL + 1",
        "CAST('abc' AS DOUBLE)",
        "CAST(1 = 1 AS DOUBLE)",
    ):
        with pytest.raises(DatabaseError):
            engine.query(f"SELECT {text} AS c FROM one")
    with pytest.raises(DatabaseError, match="ORDER required"):
        engine.query("SELECT row_number() OVER (ORDER BY x) AS c FROM one")
    found = engine.query(
        "SELECT exp(x) AS a, exp(-x) AS b, greatest(x, CAST(NULL AS DOUBLE)) AS c, "
        "round(x + 0.5e0) AS d, x * 1e-300 * 1e-300 AS e, 7 / 2 AS f, floor(1e300) AS g FROM one"
    ).iloc[0]
    np.testing.assert_array_equal(
        found.to_numpy(float), [math.inf, 0.0, math.nan, 1000.0, 0.0, 3.0, 1e300]
    )
    tests = [f"x * {nan} = {nan}", f"x * {nan} < -{many}", "z * -1e0 = 0e0", "z * -1e0 < 0e0"]
    asked = ", ".join(f"CASE WHEN {text} THEN 1 ELSE 0 END AS c{i}" for i, text in enumerate(tests))
    assert engine.query(f"SELECT {asked} FROM one").iloc[0].tolist() == [1, 1, 0, 1]
    with pytest.raises(DatabaseError, match="unexpected token"):
        engine.query("SELECT (x + 0e0 = 0e0) AS c FROM one")


SIGNED = {
    "sign": [0.0, 0.0, 1.0],
    "hard step": [1.0, 1.0, 1.0],
    "quotient": [0.0, 0.0, 1.0],
    "row of a table": [5.0, 5.0, 7.0],
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_zero_with_a_sign_is_zero(name: str, engine: Engine, load_table: Load) -> None:
    """Of features, and of products."""
    g = Builder()
    x = g.input("x", (1,))
    minus = g.contract(x, np.array([[-1.0]]))
    back = g.map(X * -1.0, minus)
    made = {
        "sign": lambda: g.map(call("sign", X), back),
        "hard step": lambda: g.map(where(call("ge", X, 0.0), 1.0, 0.0), back),
        "quotient": lambda: g.map(where(call("eq", X, 0.0), 0.0, X / X), minus),
        "row of a table": lambda: g.lookup(np.array([[5.0], [7.0], [9.0]]), back),
    }[name]()
    graph = Graph((x,), {"out": g.reshape(made, (1,))})
    found = scored(engine, program(graph, engine, features=["a"]), load_table, {"x": ZEROS})
    np.testing.assert_array_equal(found["out"].to_numpy(float), SIGNED[name])


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
    "NUMERIC(38, 10)": ("-1.25", -1.25),
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
    with pytest.raises(InputError, match="a is VARCHAR"):
        made.run(engine)
    with pytest.raises(DatabaseError, match="invalid character"):
        bare(engine, made)


# -- names and texts


HOSTILE = [*test_names.HOSTILE[::4], "order", "user", "value", "select", "émigré", "_", "it's"]
HOSTILE += ["a\\", "{d 'x'}", "new\nline"]


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
    spelled = get("hsqldb").quote
    view = spelled(f"{name[:20]} view")
    engine.execute_script([f"CREATE VIEW {view} AS\n{made.query}"])
    seen = engine.query(f"SELECT * FROM {view}")
    engine.execute_script([f"DROP VIEW {view}", f"DROP TABLE {spelled(name)}"])
    assert [get("hsqldb").folded(c) for c in made.columns] == list(seen.columns)
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


def test_its_reserved_words(engine: Engine) -> None:
    """Those that it takes for something else than a column, of all that any database reserves."""
    create(engine, "one", {"id": "INTEGER"}, ["1"])
    refused = set()
    for word in sorted(RESERVED | get("firebird").names.reserved | get("hsqldb").names.reserved):
        try:
            found = engine.query(f"SELECT {word} FROM (SELECT 77 AS {word} FROM one) AS s")
        except DatabaseError:
            refused.add(word)
        else:
            refused |= {word} if found.iloc[0].tolist() != [77] else set()
    assert refused == get("hsqldb").names.reserved


def test_a_name_that_is_too_long(engine: Engine) -> None:
    with pytest.raises(DialectLimitError, match="129 characters, HSQLDB takes 128"):
        program(dense([1, 2], ["softmax"]), engine, features=["a"], labels=["x", "y" * 123])


# -- other inputs, and operations


def test_a_long_table_is_refused() -> None:
    model = keras.Sequential([keras.Input((12, 1)), keras.layers.LSTM(2)])
    order = keras2sql.Sequence(columns=["x"], order_by="t")
    with pytest.raises(UnsupportedDialectError, match="HSQLDB has no functions of rows"):
        keras2sql.convert(model, "hsqldb", "long_rows", "id", order)


def test_texts_as_features_are_refused() -> None:
    """`'a' = 'a '` holds, of which a vocabulary has one."""
    shipped = test_text_models.path("StringLookup")
    with pytest.raises(UnsupportedDialectError, match="HSQLDB takes no texts as features"):
        keras2sql.convert(shipped, "hsqldb", "t", "id", ["a", "b"])


def test_more_steps_than_can_be_written_into_each_other(engine: Engine, load_table: Load) -> None:
    """Each reads columns of the one before several times."""
    made = program(dense([2] * 60, ["relu"] * 59), engine, features=["a", "b"])
    assert len(made.lowered.query.steps) > 55
    feeds = {"x": np.random.default_rng(0).normal(size=(50, 2))}
    found = scored(engine, made, load_table, feeds)
    for name, wanted in expected(made, feeds).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-9)


@pytest.mark.sweep
@test_values.EACH
def test_operations(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_every_database_computes_what_the_graph_computes(family, engine, load_table)


@pytest.mark.sweep
@pytest.mark.parametrize("family", FAMILIES[:3], ids=lambda family: family.name)
def test_operations_at_the_ends(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_no_database_raises_at_the_ends_of_the_range(family, engine, load_table)


def test_what_it_does_not_do_is_refused(engine: Engine) -> None:
    with pytest.raises(UnsupportedDialectError, match="nothing can be deployed in HSQLDB"):
        keras2sql.status(engine)
    with pytest.raises(UnsupportedDialectError, match="HSQLDB has no strategy 'rows'"):
        keras2sql.convert(model_file("iris"), "hsqldb", "iris", "id", IRIS, strategy="rows")
