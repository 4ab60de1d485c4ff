"""Keys that do not tell rows apart: found before anything runs, and told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import keras2sql
from keras2sql.checks import keys
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError
from scoring.tables import dropped
from test_cli import failed, run
from tiny import create, dense, program

Load = Callable[[Engine, str, pd.DataFrame], None]
GRAPH = dense([2, 3], ["linear"])
NAMES = ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion"]


@pytest.fixture(params=NAMES)
def database(request: pytest.FixtureRequest) -> Engine:
    found = request.getfixturevalue(f"{request.param}_engine")
    assert isinstance(found, Engine)
    return found


def table(engine: Engine, load: Load, **columns: list[Any]) -> None:
    rows = len(next(iter(columns.values())))
    numbers = {"a": [0.5 * i for i in range(rows)], "b": [1.5 - i for i in range(rows)]}
    load(engine, "tiny", pd.DataFrame({**columns, **numbers}))


def scorer(engine: Engine, key: Any = "id", **options: Any) -> Any:
    return program(GRAPH, engine, key=key, features=["a", "b"], **options)


REPEATED: dict[str, tuple[dict[str, list[Any]], str]] = {
    "a number": ({"id": [1, 2**60 + 1, 3, 2**60 + 1]}, "(id) does not tell rows apart: "
                 "id=1152921504606846977 comes 2 times"),
    "a text": ({"id": ["x", "it's", "it's"]}, 'id="it\'s" comes 2 times'),
    "a NULL": ({"id": ["x", None, None]}, "id=None comes 2 times"),
    "two columns": (
        {"shop": [1, 1, 2, 1], "day": ["mon", "tue", "mon", "tue"]},
        "the key (shop, day) does not tell rows apart: shop=1, day='tue' comes 2 times",
    ),
    "the first of several": ({"id": [5, 5, 4, 4]}, "id=4 comes 2 times"),
}  # fmt: skip


@pytest.mark.parametrize("name", REPEATED)
def test_a_key_that_repeats_is_named(name: str, database: Engine, load_table: Load) -> None:
    columns, said = REPEATED[name]
    table(database, load_table, **columns)
    made = scorer(database, list(columns))
    with pytest.raises(InputError) as caught:
        made.check(database)
    assert said in str(caught.value)
    assert "name columns that together are unique" in str(caught.value)
    assert len(made.run(database)) == len(next(iter(columns.values()))), "asked for rows alone"


def test_unique_keys_pass(database: Engine, load_table: Load) -> None:
    for columns in (
        {"id": [1, 2, 3]},
        {"id": ["a", None, "A"]} if database.dialect_name != "mariadb" else {"id": ["a", None]},
        {"shop": [1, 1, 2], "day": ["mon", "tue", "mon"]},
        {"shop": ["x", "x", "y"], "day": ["mon", None, None]},
        {"id": list[int]()},
    ):
        table(database, load_table, **columns)
        scorer(database, list(columns)).check(database)


def test_keys_are_equal_as_the_database_says(
    mariadb_engine: Engine, sqlite_engine: Engine, load_table: Load
) -> None:
    """A join by such a key would find both rows."""
    table(mariadb_engine, load_table, id=["a", "A"])
    with pytest.raises(InputError, match="comes 2 times"):
        scorer(mariadb_engine).check(mariadb_engine)
    create(
        sqlite_engine,
        "tiny",
        {"id": "TEXT COLLATE NOCASE", "a": "REAL", "b": "REAL"},
        ["'a', 1, 2", "'A', 1, 2"],
    )
    with pytest.raises(InputError, match="comes 2 times"):
        scorer(sqlite_engine).check(sqlite_engine)


def test_who_checks_it(engine: Engine, load_table: Load) -> None:
    import keras

    table(engine, load_table, id=[1, 2, 2])
    dropped(engine, "scores")
    made = scorer(engine)
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    verbs: list[Callable[[], Any]] = [
        lambda: made.score_into(engine, "scores"),
        lambda: made.score_into(engine, "scores", incremental=True),
        lambda: made.deploy(engine, "scores"),
        lambda: made.deploy(engine, "scores", kind="table"),
        lambda: keras2sql.verify(net, engine, table="tiny", key="id", features=["a", "b"]),
    ]
    for verb in verbs:
        with pytest.raises(InputError, match="id=2 comes 2 times"):
            verb()
    assert not engine.exists("scores")
    assert keras2sql.status(engine).empty


def test_incremental_needs_keys_that_are_known(engine: Engine, load_table: Load) -> None:
    """Else a row that came later would be taken for the one that is there."""
    for columns in ({"id": [1, None]}, {"shop": ["x", "y"], "day": ["mon", None]}):
        table(engine, load_table, **columns)
        dropped(engine, "scores")
        made = scorer(engine, list(columns))
        with pytest.raises(InputError, match=r"is NULL in 1 row, .*leave them out"):
            made.score_into(engine, "scores", incremental=True)
        assert not engine.exists("scores")
        assert made.score_into(engine, "scores").rows == 2


def test_incremental_loses_no_row(engine: Engine, load_table: Load) -> None:
    dropped(engine, "scores")
    for rows in (3, 3, 8):
        table(
            engine, load_table, id=[i // 2 for i in range(rows)], day=[i % 2 for i in range(rows)]
        )
        scorer(engine, ["id", "day"]).score_into(engine, "scores", incremental=True)
        assert engine.count("scores") == rows


def test_sequences_are_told_of_order_by(duckdb_engine: Engine, load_table: Load) -> None:
    import keras

    frame = pd.DataFrame({"id": [1, 1, 2], "month": [1, 2, 1]})
    load_table(duckdb_engine, "steps", frame.assign(**{f"x{i}": 0.5 for i in range(4)}))
    net = keras.Sequential([keras.Input((2, 2)), keras.layers.SimpleRNN(2)])
    wide = keras2sql.convert(net, "duckdb", "steps", "id", [f"x{i}" for i in range(4)])
    with pytest.raises(InputError, match=r"id=1 comes 2 times.*order_by \(--order-by\)"):
        wide.check(duckdb_engine)
    plain = program(dense([4, 1], ["linear"]), duckdb_engine, "steps", features=["x0"] * 4)
    with pytest.raises(InputError, match="comes 2 times") as caught:
        plain.check(duckdb_engine)
    assert "order_by" not in str(caught.value)
    # With it, key and step together tell rows apart.
    net = keras.Sequential([keras.Input((None, 2)), keras.layers.SimpleRNN(2)])
    steps = keras2sql.Sequence(["x0", "x1"], order_by="month")
    keras2sql.convert(net, "duckdb", "steps", "id", steps).check(duckdb_engine)
    load_table(duckdb_engine, "steps", frame.assign(month=1, x0=0.5, x1=0.5))
    with pytest.raises(InputError, match="id=1 has several rows with the same 'month'"):
        keras2sql.convert(net, "duckdb", "steps", "id", steps).run(duckdb_engine)


def test_large_tables_are_told(
    engine: Engine,
    load_table: Load,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    table(engine, load_table, id=[1, 2, 3])
    with caplog.at_level(logging.INFO, "keras2sql"):
        scorer(engine).check(engine)
        assert not caplog.messages
        monkeypatch.setattr(keys, "_LARGE", 3)
        scorer(engine).check(engine)
    assert caplog.messages == ["checking that the key (id) tells 3 rows apart"]


def test_the_command_line(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    net.save("net.keras")
    Path("db.sqlite").touch()
    with connect("sqlite:///db.sqlite") as engine:
        create(engine, "t", {"id": "INTEGER", "a": "REAL", "b": "REAL"}, ["1, 2, 3", "1, 3, 4"])
    source = ["--db", "sqlite:///db.sqlite", "--table", "t", "--key", "id", "--features", "a,b"]
    for verb in (["predict"], ["predict", "--into", "s"], ["verify"], ["deploy", "--view", "v"]):
        done = run(verb[0], "net.keras", *source, *verb[1:])
        assert "id=1 comes 2 times" in failed(done, 2)
    with connect("sqlite:///db.sqlite") as engine:
        engine.execute_script(["UPDATE t SET id = b"])
    monkeypatch.setattr(keys, "_LARGE", 2)
    done = run("predict", "net.keras", *source)
    assert (done.code, "checking that the key (id) tells 2 rows apart" in done.err) == (0, True)
