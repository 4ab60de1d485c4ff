"""Spark: the main job and the rules, and what is its own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import test_array_columns
import test_lookups
import test_loops
import test_names
import test_semantics
import test_sequences
import test_totals
from databases import quoted
from keras2sql.dialects import get
from keras2sql.engines import Engine, Spark, connect
from keras2sql.errors import DatabaseError, DialectLimitError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, call, where
from keras2sql.verification import verify
from keras_models import labels, model_file, rows
from layers.build import double_precision
from rules import Rules
from tiny import create, dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]


@pytest.fixture
def engine(spark_engine: Engine) -> Engine:
    return spark_engine


# -- the main job


@pytest.mark.parametrize("name", ["iris", "breast_cancer"])
def test_every_row_agrees_with_keras(name: str, engine: Engine, load_table: Load) -> None:
    load_table(engine, name, rows(name))
    options: dict[str, Any] = {
        "table": name,
        "key": "id",
        "features": list(rows(name).columns[1:-1]),
        "labels": labels(name),
    }
    for strategy in ("columns", "arrays"):
        report = verify(model_file(name), engine.connection, strategy=strategy, **options)
        assert (report.rows, report.missing, report.unknown) == (len(rows(name)), 0, 0)
        assert report.ok, f"\n{report}"
        assert report.engine.split()[0] == "Spark"


# -- the rules that all databases keep


class TestRules(Rules):
    activation = tuple(
        pytest.param(name, marks=[] if i % 4 == 0 else [pytest.mark.sweep])
        for i, name in enumerate(Rules.activation)
    )


def test_a_table_is_joined_once_for_all_words_of_a_text(engine: Engine, load_table: Load) -> None:
    with double_precision():
        model = test_lookups.classifier(12, mask_zero=True)
        test_lookups.joined_once(model, 12, engine, "double", load_table)


@pytest.mark.parametrize(("activations", "scale"), test_semantics.STACKS[::2], ids=str)
def test_no_network_raises(
    activations: list[str], scale: float, engine: Engine, load_table: Load
) -> None:
    test_semantics.test_no_network_raises_whatever_it_is_fed(activations, scale, engine, load_table)


@pytest.mark.parametrize("name", ["relu", "gelu", "tanh", "softmax"])
def test_single_precision(name: str, engine: Engine, load_table: Load) -> None:
    test_semantics.test_single_precision(name, engine, load_table)


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_numbers_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    test_semantics.test_doubles_survive_to_the_last_bit(how, engine)
    test_semantics.test_floats_survive_to_the_last_bit(how, engine)
    test_semantics.test_typed_numbers_that_are_none(engine)


@pytest.mark.parametrize("type_", test_semantics.COLUMN_TYPES)
def test_a_feature_of_any_numeric_type(type_: str, engine: Engine) -> None:
    test_semantics.test_a_feature_of_any_numeric_type(type_, engine)


def test_a_boolean_feature(engine: Engine) -> None:
    test_semantics.test_a_boolean_feature(engine)


def test_ties_go_to_the_first_label(engine: Engine, load_table: Load) -> None:
    test_semantics.test_ties_go_to_the_first_label(engine, load_table)
    test_semantics.test_log_probabilities_are_finite_and_accurate(engine, load_table)


@pytest.mark.parametrize("labels", [given for given, _ in test_semantics.LABELS], ids=str)
def test_labels_keep_their_type(labels: list[Any], engine: Engine, load_table: Load) -> None:
    made = program(test_semantics.one_sigmoid(), engine, features=["a"], labels=labels)
    found = scored(engine, made, load_table, {"x": np.array([[-1.0], [1.0]])})
    assert found["Decision"].tolist() == labels


# -- sequences


@pytest.mark.parametrize("case", ["LSTM", pytest.param("Masking", marks=pytest.mark.sweep)])
def test_long_tables(case: str, engine: Engine, load_table: Load) -> None:
    test_sequences.test_every_step_and_the_last(case, engine, load_table)


# -- names and texts

NAMES = ["decision", "it's", 'a"b', "back`tick", "back\\slash", "new\nline", "select", "a..b",
         "ß %s :x", "🦆", "{type}", "?"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_name_everywhere(name: str, engine: Engine) -> None:
    test_names.test_a_hostile_name_everywhere(name, engine)


@pytest.mark.parametrize("name", test_names.INJECTIONS[:12:3], ids=ascii)
def test_no_name_is_executed(name: str, engine: Engine) -> None:
    test_names.test_no_name_is_executed(name, engine)


TEXTS = ["${spark.app.name}", "a\\", "\\'", "\\n", "\\u0041", "%", "''", "", "it's", "/* */", "é"]


def test_texts_are_what_they_are(engine: Engine) -> None:
    dialect = get("spark")
    query = "SELECT " + ", ".join(map(dialect.constant, TEXTS))
    found = engine.query(query, [f"c{i}" for i in range(len(TEXTS))], session=dialect.session)
    assert found.iloc[0].tolist() == TEXTS


# -- steps


def test_a_step_that_is_read_often_is_computed_once(engine: Engine, load_table: Load) -> None:
    """Written into one another, 16 steps would compute 9^16 sums."""
    graph = dense([3, *[3] * 16, 1], ["mish"] * 16 + ["linear"])
    made = program(graph, engine, features=list("abc"), strategy="columns")
    given = np.random.default_rng(1).normal(size=(20, 3))
    found = scored(engine, made, load_table, {"x": given})["out"].to_numpy(float)
    np.testing.assert_allclose(found, expected(made, {"x": given})["out"], rtol=1e-9)


def test_as_many_steps_as_the_dialect_says(engine: Engine, load_table: Load) -> None:
    most = get("spark").limits.steps or 0
    graph = dense([2, *[2] * (most - 3), 1], ["sigmoid"] * (most - 3) + ["linear"])
    made = program(graph, engine, features=list("ab"), strategy="columns")
    assert most - 4 <= len(made.lowered.steps) <= most
    found = scored(engine, made, load_table, {"x": np.ones((2, 2))})["out"].to_numpy(float)
    np.testing.assert_allclose(found, expected(made, {"x": np.ones((2, 2))})["out"], rtol=1e-9)
    graph = dense([2, *[2] * most, 1], ["sigmoid"] * most + ["linear"])
    with pytest.raises(DialectLimitError, match=f"Spark takes {most}"):
        program(graph, engine, features=list("ab"), strategy="columns")


def test_expressions_as_deep_as_the_dialect_says(engine: Engine) -> None:
    """In Java's own stack, as no client can choose it."""
    most = get("spark").limits.nesting or 0
    deep = {
        "sums": "(" * most + "x" + " + 1e0)" * most,
        "functions": "abs(" * most + "x" + ")" * most,
        "cases": "CASE WHEN x > 1e0 THEN x * 2e0 ELSE " * most + "x" + " END" * most,
    }
    for text in deep.values():
        found = engine.query(f"SELECT {text} AS y FROM (SELECT id * 1e0 AS x FROM range(1))")
        assert found["y"].tolist() == [most if text is deep["sums"] else 0.0]


# -- arrays


def test_arrays_compute_in_single_precision(engine: Engine, load_table: Load) -> None:
    graph = dense([8, 16, 3], ["relu", "softmax"])
    names = [f"f{i}" for i in range(8)]
    made = program(graph, engine, features=names, strategy="arrays")
    assert made.query.count("vector_inner_product(") == 19
    assert made.plan.precision == "single"
    given = np.random.default_rng(2).normal(size=(30, 8))
    given[::5, 1] = math.nan
    found = scored(engine, made, load_table, {"x": given})
    whole = ~np.isnan(given[:, 1])
    for column, values in expected(made, {"x": given}).items():
        got = found[column].to_numpy(float)
        np.testing.assert_allclose(got[whole], values[whole], rtol=1e-5, atol=1e-5)
        assert np.isnan(got[~whole]).all()


def test_nan_in_the_middle_of_a_row_stays_nan(engine: Engine, load_table: Load) -> None:
    g = Builder()
    x = g.input("x", (4,))
    bad = g.map(where(call("gt", X, 0.0), X, np.nan), x)
    out = g.contract(bad, np.arange(8.0).reshape(4, 2) + 1)
    graph = Graph((x,), {"out": g.reduce("sum", out, 0)})
    made = program(graph, engine, features=list("abcd"), strategy="arrays")
    given = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, -2.0, 3.0, 4.0]])
    found = scored(engine, made, load_table, {"x": given})["out"].to_numpy(float)
    np.testing.assert_allclose(found, expected(made, {"x": given})["out"], rtol=1e-6)
    assert np.isnan(found[1])


def load_arrays(engine: Engine, arrays: list[Any], kind: str = "ARRAY<DOUBLE>") -> None:
    def text(values: Any) -> str:
        if values is None:
            return "NULL"
        items = ["NULL" if v is None else f"double('{v}')" for v in values]
        return f"array({', '.join(items)})"

    given = [f"{i}, {text(values)}" for i, values in enumerate(arrays)]
    create(engine, "arrays", {"id": "INTEGER", "the x": kind}, given)


@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_an_array_that_is_not_whole_has_no_prediction(strategy: str, engine: Engine) -> None:
    layers = test_array_columns.L
    net = test_array_columns.model(lambda: [layers.Dense(4, "relu"), layers.Dense(3, "softmax")])
    broken = test_array_columns.BROKEN
    load_arrays(engine, broken)
    program = test_array_columns.convert(engine, net, strategy=strategy)
    found = program.run(engine.connection).sort_values("id")
    known = found.iloc[:, 1:].notna()
    wanted = (0,) if strategy == "arrays" else (0, 9)  # 1e300 is infinite in 32 bit
    assert known.all(axis=1).tolist() == [i in wanted for i in range(len(broken))]


@pytest.mark.parametrize("kind", ["ARRAY<FLOAT>", "ARRAY<INT>", "ARRAY<DECIMAL(5, 2)>"])
def test_arrays_of_any_number(kind: str, engine: Engine) -> None:
    net = test_array_columns.model(lambda: [test_array_columns.L.Dense(3)])
    load_arrays(engine, [[3, -1, 2, 0, 0, 5], None], kind)
    found = test_array_columns.answers(engine, test_array_columns.convert(engine, net))
    with test_array_columns.double_precision():
        wanted = np.asarray(net(np.array([[3, -1, 2, 0, 0, 5]])))
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-9)
    assert np.isnan(found[1]).all()


# -- the engine


def test_values_come_back_with_their_types(engine: Engine, load_table: Load) -> None:
    frame = pd.DataFrame(
        {"id": [1, 2, 3], "x y": [0.5, np.nan, -1e300], "label": ["a", None, "100% :x ?"]}
    )
    load_table(engine, "engine test", frame)
    found = engine.query(f"SELECT * FROM {quoted('engine test')} ORDER BY id")
    assert list(found.columns) == ["id", "x y", "label"]
    assert found["id"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found["x y"], frame["x y"])
    assert found["label"].fillna("nothing").tolist() == ["a", "nothing", "100% :x ?"]
    empty = engine.query(f"SELECT id, label FROM {quoted('engine test')} WHERE id < 0", ["k", "l"])
    assert (list(empty.columns), len(empty)) == (["k", "l"], 0)
    assert engine.exists(quoted("engine test"))
    assert not engine.exists("no_such_table")
    with pytest.raises(DatabaseError, match=r"^the query: .*no_such_table") as caught:
        engine.query("SELECT * FROM no_such_table")
    assert "\n" not in str(caught.value)


def test_settings_are_those_of_before(spark_engine: Spark) -> None:
    conf = spark_engine.connection.conf
    whole, other = "spark.sql.codegen.wholeStage", "spark.sql.variable.substitute"
    conf.set(other, "true")
    session = get("spark").session
    asked = f"SELECT '${{{whole}}}'"
    assert spark_engine.query(asked, session=session).iat[0, 0] == f"${{{whole}}}"
    with pytest.raises(DatabaseError):
        spark_engine.query("SELECT no_such_column", session=session)
    assert (conf.get(whole), conf.get(other)) == ("true", "true")
    assert other in conf.getAll
    assert whole not in conf.getAll
    conf.unset(other)


def test_a_session_is_a_target(engine: Engine) -> None:
    with connect(engine.connection) as same:
        assert isinstance(same, Spark)
        assert same.version().startswith("Spark 4.")


def test_a_long_row_is_run_by_recursion(
    engine: Engine, load_table: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keras2sql.plan.choice.UNROLLED", 2)
    test_loops.test_the_same_as_keras("GRU", engine, load_table)


@pytest.mark.parametrize("name", ["mean", "masked text", "operations", "centred"])
def test_totals_over_the_steps(name: str, engine: Engine, load_table: Load) -> None:
    test_totals.test_the_same_as_keras(name, engine, load_table)


def test_a_null_among_the_steps(engine: Engine, load_table: Load) -> None:
    test_totals.test_a_null_is_one_of_its_key_alone("masked", engine, load_table)


@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_no_row_leaves_its_partition(engine: Engine, strategy: str) -> None:
    """Neither an exchange nor a sort nor a collect: each partition is scored where it is."""
    rows = engine.connection.range(0, 40, 1, 4).selectExpr("id", "sin(id) AS a", "cos(id) AS b")
    rows.createOrReplaceTempView("in_four_parts")
    graph = dense([2, 8, 2], ["tanh", "softmax"])
    made = program(graph, engine, "in_four_parts", features=["a", "b"], strategy=strategy)
    with engine.having(made.dialect.session):
        answer = engine.connection.sql(made.query)
        plan = answer._jdf.queryExecution().executedPlan().toString()
        nodes = {re.sub(r"^[ :+-]*(\w+).*", r"\1", line) for line in plan.strip().splitlines()}
        assert nodes == {"Project", "Range"}
        assert answer.rdd.getNumPartitions() == 4
