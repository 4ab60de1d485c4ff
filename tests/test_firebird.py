"""Firebird: the main job, the rules, and what is its own, where few of the other tests run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy

import firebird_embedded
import keras2sql
import test_embedded
import test_golden
import test_names
import test_semantics
import test_sequences
import test_text_models
from golden.networks import OTHERS
from keras2sql import api
from keras2sql.dialects import get
from keras2sql.dialects.digits import by_one_power
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X
from keras_models import labels, model_file, rows
from operations import test_values
from operations.families import FAMILIES, Family
from rules import Rules
from tiny import bare, create, dense, expected, network, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
IRIS = list(rows("iris").columns[1:-1])


@pytest.fixture(scope="module")
def engine(firebird_engine: Engine) -> Engine:
    return firebird_engine


@pytest.fixture
def plain(firebird_url: str) -> Iterator[Any]:
    """A connection as a user of the driver opens it."""
    from firebird.driver import connect as opened

    path = sqlalchemy.make_url(firebird_url).database
    with closing(opened(path, user="SYSDBA", charset="UTF8")) as connection:
        yield connection


# -- the main job


@pytest.mark.parametrize("name", ["iris", "breast_cancer", "diabetes"])
def test_every_row_agrees_with_keras(name: str, engine: Engine, load_table: Load) -> None:
    test_embedded.test_every_row_agrees_with_keras(name, engine, load_table)


@pytest.mark.parametrize("way", ["a URL", "a connection", "a SQLAlchemy engine"])
def test_every_way_to_reach_it(
    way: str, firebird_url: str, engine: Engine, load_table: Load, plain: Any
) -> None:
    load_table(engine, "iris", rows("iris"))
    opened = sqlalchemy.create_engine(firebird_url, poolclass=sqlalchemy.NullPool)
    targets = {"a URL": firebird_url, "a connection": plain, "a SQLAlchemy engine": opened}
    report = keras2sql.verify(
        model_file("iris"), targets[way], table="iris", key="id", features=IRIS,
        labels=labels("iris"), rows=20,
    )  # fmt: skip
    assert report.ok
    assert report.rows == 20
    assert "Firebird 5" in str(report)
    assert not plain.is_active()


def test_the_callers_transaction_stays_as_it_was(plain: Any, load_table: Load) -> None:
    with connect(plain) as found:
        load_table(found, "iris", rows("iris"))
        made = keras2sql.convert(model_file("iris"), "firebird", "iris", "id", IRIS)
        plain.begin()
        found._run("UPDATE iris SET target = 'none'")
        assert len(made.run(plain)) == 150
        plain.rollback()
        assert found.count("iris", "target = 'none'") == 0


@pytest.mark.parametrize("name", OTHERS["firebird"])
def test_golden_queries_run_and_are_right(name: str, engine: Engine) -> None:
    test_golden.test_golden_queries_run_and_are_right(name, engine)


# -- the rules that all databases keep


class TestRules(Rules):
    missing = ("NULL",)


def test_what_a_driver_stores_that_no_constant_is(engine: Engine, load_table: Load) -> None:
    """NaN gives NULL, as everywhere, and infinity is 1e100."""
    create(engine, "tiny", {"id": "INTEGER", "a": "DOUBLE PRECISION", "b": "FLOAT"}, [])
    with closing(engine.connection.cursor()) as cursor, engine._transaction(keep=True):
        values = [(math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0), (1.0, -math.inf), (1.0, 2.0)]
        numbered = [(i, *pair) for i, pair in enumerate(values)]
        cursor.executemany("INSERT INTO tiny VALUES (?, ?, ?)", numbered)
    made = program(dense([2, 3, 2], ["tanh", "softmax"]), engine, features=["a", "b"])
    for found in (made.run(engine), bare(engine, made)):
        out = found.sort_values("id")[made.columns[1:]].to_numpy(float)
        held = np.array([[1e100, 1.0], [1.0, -1e100], [1.0, 2.0]])
        wanted = np.stack(list(expected(made, {"x": held}).values()), axis=1)
        assert np.isnan(out[:2]).all()
        np.testing.assert_allclose(out[2:], wanted, rtol=1e-12)


@pytest.mark.parametrize(("stack", "scale"), test_semantics.STACKS, ids=str)
def test_no_network_raises(
    stack: list[str], scale: float, engine: Engine, load_table: Load
) -> None:
    test_semantics.test_no_network_raises_whatever_it_is_fed(stack, scale, engine, load_table)


@pytest.mark.parametrize("how", ["literal", "typed"])
def test_numbers_survive_to_the_last_bit(how: str, engine: Engine) -> None:
    rng = np.random.default_rng(5)
    sizes = 10.0 ** rng.uniform(-265, 300, 400)
    values = [*rng.normal(size=400), *(rng.normal(size=400) * sizes), 0.1, 1e-84, 1e22, 1e100, 0.0]
    spell = getattr(get("firebird"), how)
    for start in range(0, len(values), 100):
        wanted = [float(v) for v in values[start : start + 100]]
        items = ", ".join(f"{spell(v)} AS c{i}" for i, v in enumerate(wanted))
        found = engine.query(f"SELECT {items} FROM rdb$database").iloc[0]
        assert [float(v) for v in found] == wanted


def test_its_parser_rounds_as_we_think(engine: Engine) -> None:
    """What `by_one_power` foretells, it reads; and not each as the number that was meant."""
    texts = [f"{v!r}e0" for v in np.random.default_rng(9).normal(size=500).tolist()]
    found: list[float] = []
    for start in range(0, 500, 100):
        items = ", ".join(f"{t} AS c{i}" for i, t in enumerate(texts[start : start + 100]))
        found += engine.query(f"SELECT {items} FROM rdb$database").iloc[0].tolist()
    assert found == [by_one_power(text) for text in texts]
    assert 20 < sum(value != float(text) for value, text in zip(found, texts, strict=True)) < 200


def test_a_boolean_feature(engine: Engine) -> None:
    create(engine, "tiny", {"id": "INTEGER", "a": "BOOLEAN"}, ["1, TRUE", "2, FALSE", "3, NULL"])
    made = program(test_semantics.through("linear", 3.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"]
    np.testing.assert_array_equal(found, [3.0, 0.0, np.nan])


NUMBERS = {
    "SMALLINT": ("-7", -7.0),
    "BIGINT": ("9007199254740993", 9007199254740992.0),
    "INT128": ("170141183460469231731687303715884105727", 2.0**127),
    "NUMERIC(18, 4)": ("12.3456", 12.3456),
    "NUMERIC(38, 10)": ("-1.25", -1.25),
    "FLOAT": ("0.5", 0.5),
    "DECFLOAT(34)": ("1e300", 1e100),
    "DECFLOAT(16)": ("-2.5", -2.5),
}


@pytest.mark.parametrize("type_", NUMBERS)
def test_a_feature_of_any_numeric_type(type_: str, engine: Engine) -> None:
    text, wanted = NUMBERS[type_]
    create(engine, "tiny", {"id": "INTEGER", "a": type_}, [f"1, {text}", "2, NULL"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"].to_numpy(float)
    np.testing.assert_allclose(found, [wanted, np.nan], rtol=1e-15)


def test_a_decimal_beyond_all_numbers(engine: Engine) -> None:
    values = ["1, 1e4000", "2, -1e4000", "3, 1e-4000"]
    create(engine, "tiny", {"id": "INTEGER", "a": "DECFLOAT(34)"}, values)
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    found = made.run(engine).sort_values("id")["out"].to_numpy(float)
    np.testing.assert_allclose(found, [1e100, -1e100, 0.0])


def test_a_text_is_no_number(engine: Engine) -> None:
    """With a connection it is told before; the SQL alone raises for what can't be read."""
    create(engine, "tiny", {"id": "INTEGER", "a": "TEXT"}, ["1, '1.5'", "2, 'abc'"])
    made = program(test_semantics.through("linear", 1.0), engine, features=["a"])
    with pytest.raises(InputError, match="a is VARCHAR"):
        made.run(engine)
    with pytest.raises(DatabaseError, match="abc"):
        bare(engine, made)


# -- names and labels


HOSTILE = [*test_names.HOSTILE[::4], "order", "user", "value", "level", "select", "émigré", "_"]


@pytest.mark.parametrize("name", dict.fromkeys(HOSTILE), ids=ascii)
def test_a_hostile_name_everywhere(name: str, engine: Engine, load_table: Load) -> None:
    graph = dense([2, 3, 2], ["relu", "softmax"], layers=[name, f"{name}/{name}"], entry=name)
    features, beside, spelled = [f"{name} a", f"{name}b"], f"{name} beside", get("firebird").quote
    made = program(
        graph, engine, test_names.quoted(name), name, name, features=features,
        labels=[name, f"{name}!"], passthrough=beside, name=name,
    )  # fmt: skip
    frame = pd.DataFrame(test_names.ROWS, columns=features)
    frame.insert(0, name, np.arange(5))
    frame[beside] = [name] * 5
    load_table(engine, name, frame)
    found = made.run(engine).sort_values(name, ignore_index=True)
    view = spelled(f"{name[:20]} view")
    engine.execute_script([f"CREATE OR ALTER VIEW {view} AS\n{made.query}"])
    seen = engine.query(f"SELECT * FROM {view}")
    engine.execute_script([f"DROP VIEW {view}"])
    engine.execute_script([f"DROP TABLE {spelled(name)}"])
    assert [get("firebird").folded(c) for c in made.columns] == list(seen.columns)
    assert found[name].tolist() == list(range(5))
    assert found[beside].tolist() == [name] * 5
    wanted = expected(made, {name: test_names.ROWS})
    assert found["Decision"].tolist() == wanted["Decision"].tolist()
    np.testing.assert_allclose(found["DecisionProba"], wanted["DecisionProba"], rtol=1e-12)


def test_a_table_that_was_made_without_quotes(engine: Engine) -> None:
    """Its names are in upper case, and are found by the names that its user wrote."""
    engine.execute_script(["RECREATE TABLE Customers (Id INTEGER, Level DOUBLE PRECISION)"])
    engine.execute_script(["INSERT INTO customers VALUES (1, 2.5)"])
    graph = test_semantics.through("linear", 2.0)
    for table, key, feature in (("customers", "id", "level"), ("CUSTOMERS", "ID", "LEVEL")):
        found = program(graph, engine, table, key, features=[feature]).run(engine)
        assert found.iloc[0].tolist() == [1, 5.0]
        assert list(found.columns) == [key, "out"]


def test_its_reserved_words(engine: Engine) -> None:
    asked = "SELECT rdb$keyword_name FROM rdb$keywords WHERE rdb$keyword_reserved"
    words = {str(word).strip().lower() for word in engine.query(asked).iloc[:, 0]}
    assert {word for word in words if "$" not in word} == get("firebird").names.reserved


def test_names_that_it_takes_for_one(engine: Engine) -> None:
    with pytest.raises(InputError, match="case aside"):
        program(dense([1, 1], ["linear"]), engine, key="OUT", features=["a"])


def test_a_name_that_is_too_long(engine: Engine) -> None:
    with pytest.raises(DialectLimitError, match="64 characters, Firebird takes 63"):
        program(dense([1, 2], ["softmax"]), engine, features=["a"], labels=["x", "y" * 58])


def test_labels_of_several_lengths(engine: Engine, load_table: Load) -> None:
    """A CASE of such would pad them."""
    told = ["a", "it's", "back\\slash and a long one", "", "  b ", "數據"]
    made = program(dense([2, 6], ["softmax"]), engine, features=["a", "b"], labels=told)
    feeds = {"x": np.random.default_rng(2).normal(size=(60, 2)) * 3}
    found = scored(engine, made, load_table, feeds)
    assert found["Decision"].tolist() == expected(made, feeds)["Decision"].tolist()
    assert len(set(found["Decision"])) > 3


# -- other inputs, and operations


@pytest.mark.parametrize("case", ["LSTM", "Masking"])
def test_long_tables(case: str, engine: Engine, load_table: Load) -> None:
    test_sequences.test_every_step_and_the_last(case, engine, load_table)


def test_texts_as_features_are_refused() -> None:
    """`'a' = 'a '` holds, of which a vocabulary has one."""
    shipped = test_text_models.path("StringLookup")
    with pytest.raises(UnsupportedDialectError, match="Firebird takes no texts as features"):
        keras2sql.convert(shipped, "firebird", "t", "id", ["a", "b"])


@test_values.EACH
def test_operations(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_every_database_computes_what_the_graph_computes(family, engine, load_table)


@pytest.mark.parametrize("family", FAMILIES[:3], ids=lambda family: family.name)
def test_operations_at_the_ends(family: Family, engine: Engine, load_table: Load) -> None:
    test_values.test_no_database_raises_at_the_ends_of_the_range(family, engine, load_table)


# -- its limits


def test_as_many_steps_as_it_takes(engine: Engine, load_table: Load) -> None:
    """Each reads columns of the one before several times."""
    made = program(dense([2] * 60, ["relu"] * 59), engine, features=["a", "b"])
    assert len(made.lowered.query.steps) > 55
    feeds = {"x": np.random.default_rng(0).normal(size=(50, 2))}
    found = scored(engine, made, load_table, feeds)
    for name, wanted in expected(made, feeds).items():
        np.testing.assert_allclose(found[name], wanted, rtol=1e-9)


def test_more_steps_than_it_takes_are_refused() -> None:
    deep = dense([1] + [2] * 70, ["tanh"] * 70)
    with pytest.raises(DialectLimitError, match="Firebird takes 62"):
        program(deep, "firebird", features=["a"])


@pytest.mark.parametrize(("count", "tables"), [(248, 1), (249, 1), (123, 2), (124, 2)])
def test_as_many_rows_of_tables_as_it_takes(
    count: int, tables: int, engine: Engine, load_table: Load
) -> None:
    """Each is a select of a union."""
    g = Builder()
    ids = g.input("ids", (2,), "int")
    rows_of = np.arange(count * 2.0).reshape(count, 2) % 7
    parts = [g.lookup(rows_of + i, g.take(ids, [i])) for i in range(tables)]
    graph = Graph((ids,), {"out": g.reshape(g.join(parts, 0), (2 * tables,))})
    if (count, tables) in ((249, 1), (124, 2)):
        with pytest.raises(DialectLimitError, match=r"25\d relations, .* Firebird takes 256"):
            program(graph, engine, features=["a", "b"])
        return
    made = program(graph, engine, features=["a", "b"])
    feeds = {"ids": np.array([[0, 1], [count - 1, 3], [5, count - 2]])}
    found = scored(engine, made, load_table, feeds)
    for name, wanted in expected(made, feeds).items():
        np.testing.assert_array_equal(found[name].astype(float), wanted)


def test_more_text_than_it_takes_is_refused() -> None:
    known = get("firebird")
    assert known.limits.statement_bytes == 10_000_000
    short = replace(known, limits=replace(known.limits, statement_bytes=400))
    with pytest.raises(DialectLimitError, match=r"statement has [\d,]+ bytes, Firebird takes 400"):
        api.program(network(dense([2, 2], ["relu"])), short, "t", "id", features=["a", "b"])


@pytest.mark.parametrize(("steps", "runs"), [(200, True), (400, False)])
def test_as_many_rounds_of_a_recursion_as_it_takes(
    steps: int, runs: bool, engine: Engine, load_table: Load
) -> None:
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((steps, 1)), layers.LSTM(2), layers.Dense(1)])
    order = keras2sql.Sequence(columns=["x"], order_by="t")
    if not runs:
        with pytest.raises(DialectLimitError, match=r"rounds of a recursion, which Firebird ends"):
            keras2sql.convert(model, "firebird", "long_rows", "id", order)
        return
    made = keras2sql.convert(model, "firebird", "long_rows", "id", order)
    frame = pd.DataFrame({"id": 0, "t": range(steps), "x": np.sin(np.arange(steps))})
    load_table(engine, "long_rows", frame)
    wanted = np.asarray(model(frame.x.to_numpy(np.float32).reshape(1, -1, 1)))[0]
    np.testing.assert_allclose(made.run(engine).iloc[0, 1:].to_numpy(float), wanted, rtol=1e-4)


def test_a_wide_step(engine: Engine, load_table: Load) -> None:
    g = Builder()
    x = g.input("x", (2,))
    y = g.map(X * 2.0, g.contract(x, np.random.default_rng(0).normal(size=(2, 3000))))
    graph = Graph((x,), {"out": g.contract(y, np.ones((3000, 1)))})
    made = program(graph, engine, features=["a", "b"])
    feeds = {"x": np.random.default_rng(0).normal(size=(5, 2))}
    found = scored(engine, made, load_table, feeds)
    np.testing.assert_allclose(found["out"], expected(made, feeds)["out"].ravel(), rtol=1e-9)


def test_a_view_of_a_query(engine: Engine, load_table: Load) -> None:
    load_table(engine, "iris", rows("iris"))
    made = keras2sql.convert(model_file("iris"), "firebird", "iris", "id", IRIS, labels("iris"))
    engine.execute_script([f"CREATE OR ALTER VIEW iris_scored AS\n{made.query}"])
    found = engine.query("SELECT * FROM iris_scored ORDER BY id", made.columns)
    wanted = made.run(engine).sort_values("id", ignore_index=True)
    pd.testing.assert_frame_equal(found, wanted)


def test_what_it_does_not_do_is_refused(engine: Engine) -> None:
    made = keras2sql.convert(model_file("iris"), "firebird", "iris", "id", IRIS)
    with pytest.raises(UnsupportedDialectError, match="nothing can be deployed in Firebird"):
        keras2sql.status(engine.connection)
    with pytest.raises(UnsupportedDialectError, match="Firebird"):
        made.score_into(engine.connection, "scores")
    with pytest.raises(UnsupportedDialectError, match="no strategy 'rows'"):
        keras2sql.convert(model_file("iris"), "firebird", "iris", "id", IRIS, strategy="rows")


def test_a_driver_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise ModuleNotFoundError("No module named 'firebird'", name="firebird")

    monkeypatch.setattr(sqlalchemy, "create_engine", missing)
    with (
        pytest.raises(DatabaseError, match=r"pip install 'keras2sql\[firebird\]'"),
        connect("firebird://SYSDBA@/nowhere.fdb"),
    ):
        pass
    assert firebird_embedded.url.__doc__
