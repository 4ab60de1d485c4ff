"""GoogleSQL: the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import keras2sql
import test_firebird
import test_golden
import test_names
import test_semantics
import test_sequences
import test_text_models
from golden.networks import OTHERS
from keras2sql import api
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.graph.core import Builder, Graph
from keras_models import labels, model_file, rows
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import bare, create, dense, expected, network, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(googlesql_engine: Engine) -> Engine:
    return googlesql_engine


# -- the main job


def test_every_row_agrees_with_keras(engine: Engine, load_table: Load) -> None:
    load_table(engine, "iris", rows("iris"))
    report = keras2sql.verify(
        model_file("iris"), engine, table="iris", key="id", features=IRIS, labels=labels("iris")
    )
    assert report.ok
    assert report.rows == 150


@pytest.mark.parametrize("name", OTHERS["googlesql"])
def test_golden_queries_run_and_are_right(name: str, engine: Engine) -> None:
    test_golden.test_golden_queries_run_and_are_right(name, engine)


# -- the rules that all databases keep


class TestRules(Rules):
    activation = Rules.activation[::4]


@pytest.mark.parametrize(("stack", "scale"), test_semantics.STACKS[::2], ids=str)
def test_no_network_raises(
    stack: list[str], scale: float, engine: Engine, load_table: Load
) -> None:
    test_semantics.test_no_network_raises_whatever_it_is_fed(stack, scale, engine, load_table)


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_numbers_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    rng = np.random.default_rng(5)
    sizes = 10.0 ** rng.uniform(-300, 300, 200)
    values = [*rng.normal(size=100), *(rng.normal(size=200) * sizes), 5e-324, 1.7e308, 0.1, 0.0]
    spell = getattr(get("googlesql"), how)
    items = ", ".join(f"{spell(float(v))} AS c{i}" for i, v in enumerate(values))
    assert engine.query(f"SELECT {items}").iloc[0].tolist() == values


def test_what_its_arithmetic_does(engine: Engine) -> None:
    """By which its dialect was written."""
    for text in (
        "exp(710.0)",
        "1e300 * 1e300",
        "1.0 / 0.0",
        "ln(0.0)",
        "sqrt(-1.0)",
        "sinh(800.0)",
    ):
        with pytest.raises(DatabaseError, match="OUT_OF_RANGE"):
            engine.query(f"SELECT {text} AS c")
    nan, many = "CAST('nan' AS FLOAT64)", "CAST('inf' AS FLOAT64)"
    found = engine.query(
        f"SELECT exp(-1000.0) AS a, 1e-300 * 1e-300 AS b, greatest(1.0, {nan}) AS c, "
        f"least({nan}, 1.0) AS d, {many} - {many} AS e, exp({many}) AS f, round(2.5) AS g"
    ).iloc[0]
    wanted = [0.0, 0.0, math.nan, math.nan, math.nan, math.inf, 3.0]
    np.testing.assert_array_equal(found.to_numpy(float), wanted)
    assert pd.isna(engine.query("SELECT greatest(1.0, NULL) AS c").iat[0, 0])


def test_a_boolean_feature(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "BOOLEAN"}, ["1, TRUE", "2, FALSE", "3, NULL"])
    made = program(test_semantics.through("linear", 3.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"]
    np.testing.assert_array_equal(found, [3.0, 0.0, np.nan])


def test_a_text_is_no_number(engine: Engine) -> None:
    """With a connection it is told before; the SQL alone is not planned."""
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, ["1, '1.5'", "2, 'abc'"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    with pytest.raises(InputError, match="a is STRING"):
        made.run(engine)
    with pytest.raises(DatabaseError, match="IS_NAN"):
        bare(engine, made)


# -- names and texts


HOSTILE = [*test_names.HOSTILE[::9], *["hash", "lookup", "proto", "contains", "enum", "respect"]]
HOSTILE += ["back`tick", "a\\", "\\`", "new\nline", "\r\n", "it's"]


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


def test_a_step_has_a_column_of_its_own_name(engine: Engine, load_table: Load) -> None:
    """The bare name would be the whole row."""
    with pytest.raises(DatabaseError, match="No matching signature"):
        engine.query("WITH a AS (SELECT 1.5 AS a) SELECT a + 1.0 AS b FROM a")
    test_firebird.test_labels_of_several_lengths(engine, load_table)


@pytest.mark.parametrize("name", list(test_text_models.ANSWERS)[::6])
def test_texts_are_answered_as_tensorflow_did(name: str, engine: Engine, load_table: Load) -> None:
    test_text_models.test_databases_answer_as_tensorflow_did(name, engine, load_table)


# -- other inputs, and operations


def test_long_tables(engine: Engine, load_table: Load) -> None:
    test_sequences.test_every_step_and_the_last("Masking", engine, load_table)


@pytest.mark.sweep
@test_values.EACH
def test_operations(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_every_database_computes_what_the_graph_computes(family, engine, load_table)


@pytest.mark.sweep
@pytest.mark.parametrize("family", FAMILIES[:3], ids=lambda family: family.name)
def test_operations_at_the_ends(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_no_database_raises_at_the_ends_of_the_range(family, engine, load_table)


# -- BigQuery, whose language it is


def test_bigquery_takes_the_same_statements() -> None:
    own, other = get("googlesql"), get("bigquery")
    for name in OTHERS["googlesql"]:
        texts = [test_golden.golden(name, d.name).query.replace(d.title, "") for d in (own, other)]
        assert texts[0] == texts[1]


def test_bigquery_has_limits() -> None:
    known = get("bigquery")
    g = Builder()
    x = g.input("x", (200,))
    graph = Graph((x,), {"out": g.contract(x, np.random.default_rng(0).normal(size=(200, 220)))})
    with pytest.raises(DialectLimitError, match=r"bytes, BigQuery takes 1,000,000"):
        api.program(network(graph), known, "t", "id", features=[f"f{i}" for i in range(200)])
    with pytest.raises(DialectLimitError, match=r"has 306 characters, BigQuery takes 300"):
        program(dense([1, 2], ["softmax"]), "bigquery", features=["a"], labels=["x", "y" * 300])


def test_what_they_do_not_do_is_refused(engine: Engine) -> None:
    with pytest.raises(UnsupportedDialectError, match="nothing can be deployed in GoogleSQL"):
        keras2sql.status(engine)
    with pytest.raises(UnsupportedDialectError, match="BigQuery has no strategy 'rows'"):
        keras2sql.convert(model_file("iris"), "bigquery", "iris", "id", IRIS, strategy="rows")
