"""DataFusion and ClickHouse: the main job and the rules, where few of the other tests run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
import test_names
import test_semantics
import test_sequences
from databases import quoted
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError
from keras2sql.graph.core import Builder, Graph
from keras2sql.verification import verify
from keras_models import float64, labels, model_file, rows
from layers.build import double_precision
from rules import Rules
from tiny import dense, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]


@pytest.fixture(params=["datafusion", "clickhouse"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


# -- the main job


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "diabetes"])
def test_every_row_agrees_with_keras(name: str, engine: Engine, load_table: Load) -> None:
    load_table(engine, name, rows(name))
    options: dict[str, Any] = {
        "table": name,
        "key": "id",
        "features": list(rows(name).columns[1:-1]),
        "labels": labels(name),
    }
    for strategy in get(engine.dialect_name).strategies:
        report = verify(model_file(name), engine.connection, strategy=strategy, **options)
        assert (report.rows, report.missing, report.unknown) == (len(rows(name)), 0, 0)
        assert report.ok, f"\n{report}"
        assert report.engine.split()[0] == get(engine.dialect_name).title
    with double_precision():
        twin = float64(keras.saving.load_model(model_file(name), compile=False))
        exact = verify(twin, engine.connection, **options)
    assert exact.ok, f"\n{exact}"
    assert exact.max_abs_error <= 1e-9
    if labels(name) is not None:
        assert exact.label_agreement == 1.0


def test_the_labels_are_those_that_were_learnt(engine: Engine, load_table: Load) -> None:
    load_table(engine, "iris", rows("iris"))
    made = keras2sql.convert(
        model_file("iris"),
        engine.dialect_name,
        "iris",
        "id",
        list(rows("iris").columns[1:-1]),
        labels("iris"),
        outputs=["Decision"],
        passthrough=["target"],
    )
    found = made.run(engine.connection)
    assert list(found.columns) == ["id", "target", "Decision"]
    assert (found["Decision"] == found["target"]).mean() > 0.95


# -- the rules that all databases keep


class TestRules(Rules):
    pass


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


@pytest.mark.parametrize("name", ["decision", "it's", 'a"b', "select", "ß %s :x"])
def test_a_hostile_name_everywhere(name: str, engine: Engine) -> None:
    test_names.test_a_hostile_name_everywhere(name, engine)


@pytest.mark.parametrize("name", test_names.INJECTIONS[:12:3], ids=ascii)
def test_no_name_is_executed(name: str, engine: Engine) -> None:
    test_names.test_no_name_is_executed(name, engine)


@pytest.mark.parametrize("case", ["LSTM", "Masking"])
def test_long_tables(case: str, engine: Engine, load_table: Load) -> None:
    test_sequences.test_every_step_and_the_last(case, engine, load_table)


# -- the products of arrays


def test_weights_in_arrays_survive_to_the_last_bit(engine: Engine, load_table: Load) -> None:
    """A product with (0, .., 1, .., 0) gives the weight itself."""
    values = test_semantics._doubles()[:400]
    kernel = np.array(values).reshape(4, 100)
    g = Builder()
    x = g.input("x", (4,))
    graph = Graph((x,), {"out": g.contract(x, kernel)})
    made = program(graph, engine, features=list("abcd"), strategy="arrays")
    found = scored(engine, made, load_table, {"x": np.eye(4)}).iloc[:, 1:].to_numpy(float)
    assert found.ravel().tolist() == values


def test_arrays_take_over_where_they_pay(engine: Engine) -> None:
    small = program(dense([4, 8, 1], ["relu", "linear"]), engine, features=list("abcd"))
    wide = dense([40, 128, 64, 1], ["relu", "relu", "linear"])
    large = program(wide, engine, features=[f"f{i}" for i in range(40)])
    assert (small.plan.strategy, large.plan.strategy) == ("columns", "arrays")


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
    with connect(engine.connection) as same:
        assert same.dialect_name == engine.dialect_name


def test_predictions_go_into_a_table(engine: Engine, load_table: Load) -> None:
    made = program(dense([2, 1], ["tanh"]), engine)
    a, b = made.features["x"]
    load_table(engine, "tiny", pd.DataFrame({"id": [1, 2], a: [0.5, -1.0], b: [2.0, 0.25]}))
    assert made.score_into(engine.connection, "kept_scores").rows == 2
    found = engine.query("SELECT * FROM kept_scores ORDER BY id", made.columns)
    wanted = made.run(engine).sort_values("id")
    np.testing.assert_array_equal(found.to_numpy(), wanted.to_numpy())
    engine.execute_script(["DROP TABLE kept_scores"])
    engine.execute_script(["DROP TABLE keras2sql_scores"])


def test_settings_of_clickhouse_are_those_of_before(clickhouse_engine: Engine) -> None:
    (told,) = get("clickhouse").session

    def held() -> list[str]:
        items = ", ".join(f"getSetting('{name}')" for name in told.names)
        return [str(value) for value in clickhouse_engine.query(f"SELECT {items}").iloc[0]]

    names = [str(i) for i in range(len(told.names))]
    items = ", ".join(f"toString(getSetting('{name}'))" for name in told.names)
    before = held()
    found = clickhouse_engine.query(f"SELECT {items}", names, session=[told])
    assert held() == before
    assert found.iloc[0].tolist() != before
    with pytest.raises(DatabaseError):
        clickhouse_engine.query("SELECT no_such_column", session=[told])
    assert held() == before
