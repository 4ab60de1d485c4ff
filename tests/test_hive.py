"""Hive: the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import keras2sql
import test_golden
import test_names
import test_semantics
import test_text_models
from keras2sql.dialects import get
from keras2sql.dialects.keywords import RESERVED
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError
from keras_models import labels, model_file, rows
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import bare, create, dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(hive_engine: Engine) -> Engine:
    return hive_engine


@pytest.fixture(params=["hive", "impala"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


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
    missing = ("NULL", "NaN")
    count = (4,)
    activation = ("exponential", "log_sigmoid", "mish", "selu", "tanh")
    along_axis = ("softmax",)


@pytest.mark.sweep
class TestAllRules(Rules):
    pass


@pytest.mark.parametrize(("stack", "scale"), test_semantics.STACKS[:2], ids=str)
def test_no_network_raises(
    stack: list[str], scale: float, engine: Engine, load_table: Load
) -> None:
    test_semantics.test_no_network_raises_whatever_it_is_fed(stack, scale, engine, load_table)


def test_numbers_survive_to_the_last_bit(dialect: str, engine: Engine) -> None:
    rng = np.random.default_rng(5)
    sizes = 10.0 ** rng.uniform(-300, 300, 200)
    values = [*rng.normal(size=100), *(rng.normal(size=200) * sizes), 5e-324, 1.7e308, 0.1, 0.0]
    for spell in (get(dialect).literal, get(dialect).typed):
        items = ", ".join(f"{spell(float(v))} AS c{i}" for i, v in enumerate(values))
        assert engine.query(f"SELECT {items}").iloc[0].tolist() == values


def test_what_its_arithmetic_does(engine: Engine) -> None:
    """By which its dialect was written."""
    create(engine, "one", {"x": "DOUBLE PRECISION", "z": "DOUBLE PRECISION"}, ["1000, 0"])
    nan = "CAST('NaN' AS DOUBLE)"
    wanted = {
        "exp(x)": math.inf,
        "exp(-x)": 0.0,
        "x / z": None,
        "ln(z)": None,
        "sqrt(-x)": None,
        "greatest(x, CAST(NULL AS DOUBLE))": None,
        "round(x + 0.5e0)": 1001.0,
        "floor(x * 1e300)": 9223372036854775807,
        "power(x, 400e0)": math.inf,
        "CAST('5d' AS DOUBLE)": 5.0,
        "CAST('abc' AS DOUBLE)": None,
        f"{nan} = {nan}": True,
        f"{nan} > 1e300": True,
        "z * -1e0 = 0e0": True,
        "7 / 2": 3.5,
        "'it''s'": "its",
        "'${system:user.dir}' = '${' || 'system:user.dir}'": False,
    }
    items = ", ".join(f"{text} AS c{i}" for i, text in enumerate(wanted))
    assert engine._run(f"SELECT {items} FROM one")[0] == [tuple(wanted.values())]
    for name in ("tanh", "sinh", "isnan"):
        with pytest.raises(DatabaseError, match=f"Invalid function {name}"):
            engine.query(f"SELECT {name}(x) AS c FROM one")
    with pytest.raises(DatabaseError, match="extraneous input 'MATERIALIZED'"):
        engine.query("WITH a AS MATERIALIZED (SELECT 1 AS b) SELECT b FROM a")


@pytest.mark.parametrize("how", ["a number", "a text", "a truth value"])
def test_a_feature_of_another_type(how: str, dialect: str, engine: Engine) -> None:
    """Without a connection, which would tell of the type."""
    type_, values, wanted = {
        "a number": ("DECIMAL(18, 4)", ["12.3456", "NULL"], [12.3456, np.nan]),
        "a text": (
            "TEXT",
            ["'1.5'", "'-2e1'", "'5d'", "'0x1p3'", "'NaN'", "'abc'", "''", "NULL"],
            [1.5, -20.0, *[np.nan] * 6],
        ),
        "a truth value": ("BOOLEAN", ["TRUE", "FALSE", "NULL"], [1.0, 0.0, np.nan]),
    }[how]
    create(
        engine, "tiny", {"id": "INTEGER", "a": type_}, [f"{i}, {v}" for i, v in enumerate(values)]
    )
    made = program(test_semantics.through("linear", 1.0), dialect, features=["a"])
    found = bare(engine, made)["out"].to_numpy(float)
    np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_a_text_is_no_number_to_a_connection(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, ["1, '1.5'"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    with pytest.raises(InputError, match="a is string"):
        made.run(engine)


def test_a_column_that_no_table_has(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, ["1, '1.5'"])
    made = program(dense([1, 1], ["relu"]), engine, features=["row__id"])
    with pytest.raises(InputError, match="tiny has no column row__id"):
        made.run(engine)


# -- names and texts

# Of tables it takes words alone, and of their columns no dots, commas and colons.
HOSTILE = [
    "order",
    "émigré",
    "_",
    "it's",
    'a"b',
    "a`b",
    "a\\",
    "a b",
    "a;b",
    "--",
    "{x}",
    "new\nline",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_everywhere(name: str, engine: Engine, load_table: Load) -> None:
    graph = dense([2, 3, 2], ["relu", "softmax"], layers=[name, f"{name}/{name}"], entry=name)
    features, beside = [f"{name} a", f"{name}b"], f"{name} beside"
    told = {"features": features, "labels": [name, f"{name}.!"], "passthrough": beside}
    made = program(graph, engine, "tiny", name, name, name=name, **told)
    frame = pd.DataFrame(test_names.ROWS, columns=features)
    frame.insert(0, name, np.arange(5))
    frame[beside] = [name] * 5
    load_table(engine, "tiny", frame)
    found = made.run(engine).sort_values(name, ignore_index=True)
    assert found[name].tolist() == list(range(5))
    assert found[beside].tolist() == [name] * 5
    wanted = expected(made, {name: test_names.ROWS})
    assert found["Decision"].tolist() == wanted["Decision"].tolist()
    np.testing.assert_allclose(found["DecisionProba"], wanted["DecisionProba"], rtol=1e-12)


def test_a_name_that_hive_would_replace() -> None:
    with pytest.raises(InputError, match="can't be the name of a column or table in Hive"):
        program(dense([1, 1], ["relu"]), "hive", features=["${x}"])


INJECTIONS = [*test_names.INJECTIONS[::40], "${system:user.dir}"]


def test_no_text_leaves_its_quotes(engine: Engine) -> None:
    texts = [text for name in INJECTIONS for text in (name, f"{name}\\'", f"'{name}")]
    items = ", ".join(f"{get('hive').constant(text)} AS c{i}" for i, text in enumerate(texts))
    assert engine.query(f"SELECT {items}").iloc[0].tolist() == texts


def test_its_reserved_words(engine: Engine) -> None:
    """Those that it takes for something else than a column are all among those quoted."""
    create(engine, "one", {"id": "INTEGER"}, ["1"])
    words = sorted(RESERVED | get("firebird").names.reserved | get("hsqldb").names.reserved)
    items = ", ".join(f"{get('hive').quote(word)}" for word in words)
    made = ", ".join(f"77 AS {get('hive').quote(word)}" for word in words)
    found = engine.query(f"SELECT {items} FROM (SELECT {made} FROM one) AS s")
    assert set(found.iloc[0].tolist()) == {77}


# -- other inputs, and operations


@pytest.mark.sweep
@pytest.mark.parametrize("name", list(test_text_models.ANSWERS))
def test_texts_are_answered_as_tensorflow_did(name: str, engine: Engine, load_table: Load) -> None:
    test_text_models.test_databases_answer_as_tensorflow_did(name, engine, load_table)


def test_more_steps_than_can_be_written_into_each_other(engine: Engine, load_table: Load) -> None:
    """Each reads columns of the one before several times."""
    made = program(dense([2] * 30, ["relu"] * 29), engine, features=["a", "b"])
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
    with pytest.raises(UnsupportedDialectError, match="nothing can be deployed in Hive"):
        keras2sql.status(engine)
    with pytest.raises(UnsupportedDialectError, match="Hive has no strategy 'rows'"):
        keras2sql.convert(model_file("iris"), "hive", "iris", "id", IRIS, strategy="rows")
