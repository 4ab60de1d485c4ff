"""Embeddings of many ids: what the planner chooses for them, and that the databases agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.dialects import DIALECTS, get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from keras2sql.estimates import estimates, in_joins
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.work import Search, Work
from keras2sql.plan import plan
from layers.build import double_precision
from tiny import program

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
MEASURED = [name for name in DIALECTS if get(name).costs is not None]
WITH_TABLES = [name for name, d in DIALECTS.items() if d.rows or d.searching]
OF_SELECTS = [name for name, d in DIALECTS.items() if d.limits.contexts is not None]
WITH_ROWS = ("duckdb", "sqlite", "postgresql", "pgvector", "mariadb")


def classifier(
    words: int, vocabulary: int = 500, size: int = 8, pool: Any = None, **options: Any
) -> Any:
    """The text classifier of every tutorial, at random weights."""
    layers = [
        keras.Input((words,)),
        L.Embedding(vocabulary, size, **options),
        pool or L.GlobalAveragePooling1D(),
        L.Dense(4, activation="relu"),
        L.Dense(1, activation="sigmoid"),
    ]
    with double_precision():
        model = keras.Sequential(layers)
    rng = np.random.default_rng(7)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def texts(words: int, vocabulary: int, rows: int = 6) -> pd.DataFrame:
    """Ids of words, 0 behind the end of a text."""
    rng = np.random.default_rng(8)
    ids = rng.integers(1, vocabulary, (rows, words))
    for i, length in enumerate(rng.integers(1, words + 1, rows)):
        ids[i, length:] = 0
    frame = pd.DataFrame(ids, columns=[f"w{i}" for i in range(words)])
    frame.insert(0, "id", range(rows))
    return frame


def looked_up(ids: int, rows: int, width: int) -> Graph:
    g = Builder()
    x = g.input("x", (ids,))
    with g.at("embedding"):
        table = g.constant(np.arange(rows * width).reshape(rows, width) / 2)
        found = g.lookup(table, x)
    with g.at("out"):
        y = g.reduce("sum", found, (0, 1))
    return Graph((x,), {"y": y})


def test_look_ups_are_counted() -> None:
    work = Work.of(looked_up(5, 40, 3))
    assert work.searches == (Search("embedding", 5, 40, 3, listed=False),)
    assert work.searches[0].numbers == 40 * 4
    # A join of five hands on what the four before it found: three columns each.
    assert in_joins(work, get("duckdb")) == {"join": 5, "joined": 37, "table": 160, "read": 800}
    # These write the table anew for each join.
    assert in_joins(work, get("mariadb"))["table"] == 5 * 160
    assert in_joins(Work.of(looked_up(5, 8, 3)), get("duckdb")) == {}  # so few rows are a CASE


@pytest.mark.parametrize("dialect", MEASURED)
def test_an_estimate_grows_with_the_look_ups(dialect: str) -> None:
    def columns(words: int, vocabulary: int) -> float:
        work = Work.of(looked_up(words, vocabulary, 8))
        (found,) = estimates(work, get(dialect), ("columns",))
        return found.once

    assert columns(100, 1000) > 1.9 * columns(50, 1000)
    most = get(dialect).limits.statement_bytes
    if most is None or most > 1_000_000:  # 10,000 rows are more bytes than others take
        assert columns(20, 10_000) > 1.2 * columns(20, 1000)


@pytest.mark.parametrize("dialect", WITH_ROWS)
@pytest.mark.parametrize(("words", "vocabulary", "size"), [(128, 2000, 16), (256, 20_000, 64)])
def test_a_long_text_is_looked_up_in_rows(
    dialect: str, words: int, vocabulary: int, size: int
) -> None:
    chosen = plan(looked_up(words, vocabulary, size), get(dialect))
    assert (chosen.strategy, chosen.weights) == ("rows", "tables")


# HSQLDB hashes a table once for all look-ups in it.
@pytest.mark.parametrize("dialect", sorted(set(MEASURED) - {*WITH_ROWS, "hsqldb"}))
def test_what_would_take_minutes_to_plan_is_refused(dialect: str) -> None:
    graph = looked_up(256, 20_000, 64)
    refused = r"embedding looks 256 values up in a table of 1,300,000 numbers, .* by rows"
    for strategy in ("auto", "columns"):
        with pytest.raises(DialectLimitError, match=refused):
            plan(graph, get(dialect), strategy)
    assert plan(looked_up(4, 2000, 16), get(dialect)).strategy == "columns"


@pytest.mark.parametrize("dialect", OF_SELECTS)
def test_a_table_whose_rows_are_selects_is_short(dialect: str) -> None:
    graph = looked_up(1, 1000, 4)
    with pytest.raises(DialectLimitError, match="a table of 1,000 rows that is looked up"):
        program(graph, dialect, features=["a"])


def test_more_joins_than_memory_holds_are_no_choice() -> None:
    """A MariaDB that joined 128 small tables took 20 GB, and by rows 0.2."""
    graph, mariadb = looked_up(128, 300, 16), get("mariadb")
    assert plan(graph, mariadb).strategy == "rows"
    assert plan(looked_up(40, 300, 16), mariadb).strategy == "columns"
    with pytest.raises(DialectLimitError, match=r"joins 80 in the memory .* this takes 128"):
        plan(graph, mariadb, "columns")


def test_columns_that_are_asked_for_say_what_is_feasible() -> None:
    with pytest.raises(DialectLimitError, match=r"strategy='rows' \(or 'auto'\) joins it once"):
        plan(looked_up(400, 20_000, 64), get("duckdb"), "columns")


@pytest.mark.parametrize(
    ("words", "pool", "options"),
    [
        (128, lambda: None, {}),
        (40, lambda: None, {"mask_zero": True}),
        (40, L.GlobalMaxPooling1D, {}),
        (20, L.Flatten, {}),
    ],
    ids=["mean", "masked mean", "maximum", "all"],
)
def test_a_text_classifier(
    words: int, pool: Callable[[], Any], options: Any, engine: Engine, load_table: Load
) -> None:
    frame = texts(words, 500)
    load_table(engine, "texts", frame)
    with double_precision():
        model = classifier(words, pool=pool(), **options)
        report = keras2sql.verify(
            model, engine, table="texts", key="id", features=list(frame.columns[1:])
        )
    assert report.ok, f"\n{report}"
    assert report.rows == len(frame)


@pytest.mark.parametrize(("dialect", "most"), [("sqlite", 64), ("mariadb", 61)])
def test_steps_join_as_many_tables_as_the_database_takes(
    dialect: str, most: int, request: pytest.FixtureRequest, load_table: Load
) -> None:
    words = most + 3
    model, frame = classifier(words, 30, 2), texts(words, 30)
    names = list(frame.columns[1:])
    program = keras2sql.convert(model, dialect, "texts", "id", features=names, strategy="columns")
    selects = program.query.split("SELECT")
    joins = [text.count(" AS row_") for text in selects]
    assert max(joins) == most - 1
    assert sum(joins) == words
    engine = request.getfixturevalue(f"{dialect}_engine")
    load_table(engine, "texts", frame)
    found = program.run(engine).sort_values("id").iloc[:, 1].to_numpy()
    expected = model.predict(frame[names].to_numpy(), verbose=0)[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_join_of_too_many_tensors_is_refused_before_it_runs() -> None:
    inputs = [keras.Input((20,), name=f"x{i}") for i in range(70)]
    hidden = [L.Dense(20, activation="relu")(x) for x in inputs]
    model = keras.Model(inputs, L.Dense(1)(L.Dense(80, activation="relu")(L.Average()(hidden))))
    with pytest.raises(DialectLimitError, match=r"joins \d+ tables, SQLite takes 64 in a join"):
        keras2sql.convert(model, "sqlite", "t", "id", strategy="rows")


@pytest.mark.parametrize("dialect", WITH_TABLES)
def test_the_classifier_of_every_tutorial_joins_its_table_once(dialect: str) -> None:
    """Of 256 words, and 10,000 of which there are vectors: as rows, or as rows for that alone."""
    model = keras.Sequential(
        [
            keras.Input((256,)),
            L.Embedding(10_000, 16),
            L.GlobalAveragePooling1D(),
            L.Dense(16, activation="relu"),
            L.Dense(1, activation="sigmoid"),
        ]
    )
    names = [f"w{i}" for i in range(256)]
    program = keras2sql.convert(model, dialect, "texts", "id", features=names)
    if get(dialect).searching is None:
        assert (program.plan.strategy, program.plan.weights) == ("rows", "tables")
    else:
        assert program.plan.strategy != "rows"
        assert program.query.count("LEFT JOIN ") == 1


@pytest.mark.parametrize("dialect", WITH_TABLES)
def test_the_vectors_of_a_recommender_are_joined(dialect: str) -> None:
    """335,000 numbers: in tables of their own, or each column of them written as one text."""
    user, item = keras.Input((1,), name="user"), keras.Input((1,), name="item")
    vectors = [L.Flatten()(L.Embedding(n, 50)(x)) for n, x in ((943, user), (5_757, item))]
    hidden = L.Dense(32, activation="relu")(L.Concatenate()(vectors))
    model = keras.Model([user, item], L.Dense(1)(hidden))
    features = {"user": ["user"], "item": ["item"]}
    program = keras2sql.convert(model, dialect, "ratings", "id", features=features)
    if get(dialect).searching is None and dialect != "sqlite":
        assert (program.plan.strategy, program.plan.weights) == ("rows", "tables")
    else:
        assert program.query.count(" AS row_") == 2
        assert (dialect == "sqlite") == ("VALUES" in program.query)  # which it reads in no time


AT_ONCE = ("clickhouse", "datafusion", "duckdb")


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize(
    ("pool", "options"),
    [
        (L.GlobalAveragePooling1D, {}),
        (L.GlobalAveragePooling1D, {"mask_zero": True}),
        (L.GlobalMaxPooling1D, {}),
    ],
    ids=["mean", "masked mean", "maximum"],
)
@pytest.mark.parametrize("name", AT_ONCE)
def test_a_table_is_joined_once_for_all_words_of_a_text(
    name: str,
    pool: Callable[[], Any],
    options: Any,
    precision: str,
    request: pytest.FixtureRequest,
    load_table: Load,
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    with double_precision():
        model = classifier(128, pool=pool(), **options)
        joined_once(model, 128, engine, precision, load_table)


def joined_once(model: Any, words: int, engine: Engine, precision: str, load_table: Load) -> None:
    """Rows without a prediction among the others, keys that are none, and keys that repeat."""
    frame = texts(words, 500, 12).astype({"id": "float"})
    names = list(frame.columns[1:])
    frame.loc[1, names[-1]] = np.nan
    frame.loc[2, "w5"] = 500  # the table has 0 to 499
    frame.loc[3, "w0"] = -1
    frame.loc[4, names] = 0  # an empty text
    frame.loc[5, "id"] = np.nan
    frame.loc[6, "id"] = 7
    load_table(engine, "texts", frame)
    known = frame.drop(index=[1, 2, 3])
    expected = model.predict(known[names].to_numpy(), verbose=0)[:, 0]
    program = keras2sql.convert(
        model, engine.dialect_name, "texts", "id", features=names, precision=precision
    )
    assert program.plan.strategy in ("columns", "arrays")
    assert program.query.count("LEFT JOIN ") == 1
    found = program.run(engine)
    assert len(found) == len(frame)
    order = ["id", found.columns[1]]
    told = pd.DataFrame({order[0]: known["id"], order[1]: expected}).sort_values(order)
    held = found[found["id"].isna() | ~found["id"].isin([1, 2, 3])].astype(float)
    held = held.sort_values(order)
    np.testing.assert_allclose(held["id"], told["id"])
    np.testing.assert_allclose(
        held.iloc[:, 1], told.iloc[:, 1], atol=1e-9 if precision == "double" else 1e-4
    )
    assert found[found["id"].isin([1, 2, 3])].iloc[:, 1].isna().all()
