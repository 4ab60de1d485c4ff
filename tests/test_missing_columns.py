"""Columns that the source lacks: named before anything runs, and never read as something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError
from keras2sql.verification import first
from test_cli import failed, run
from tiny import dense, program

Load = Callable[[Engine, str, pd.DataFrame], None]
GRAPH = dense([2, 3], ["linear"])
FRAME = pd.DataFrame({"id": [1, 2], "a": [0.5, 1.5], "Income": [2.0, -1.0]})
NAMES = ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion"]


@pytest.fixture(params=NAMES)
def engine(request: pytest.FixtureRequest, load_table: Load) -> Engine:
    """Each database, with the table `tiny`."""
    found = request.getfixturevalue(f"{request.param}_engine")
    load_table(found, "tiny", FRAME)
    return found


def scorer(engine: Engine | str, features: Any = ("a", "Income"), **options: Any) -> Any:
    return program(GRAPH, engine, features=features, **options)


WRITTEN = ("duckdb", "sqlite", "postgresql")
VERBS: dict[str, Callable[[Any, Any], Any]] = {
    "run": lambda made, engine: made.run(engine),
    "check": lambda made, engine: made.check(engine),
    "into": lambda made, engine: made.score_into(engine, "never_made"),
    "view": lambda made, engine: made.deploy(engine, "never_made"),
    "table": lambda made, engine: made.deploy(engine, "never_made", kind="table"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_names_all_of_them(verb: str, engine: Engine) -> None:
    options = {"key": ["id", "customer"], "passthrough": ["city"]}
    made = scorer(engine, ["age", "Incomes"], **options)
    if verb in ("into", "view", "table") and engine.dialect_name not in WRITTEN:
        with pytest.raises(keras2sql.Keras2SQLError):
            VERBS[verb](made, engine)
        return
    with pytest.raises(InputError) as caught:
        VERBS[verb](made, engine)
    assert str(caught.value) == (
        "tiny has no column age, Incomes (features); customer (key); city (passthrough), "
        "did you mean Income?; it has id, a, Income: say which ones with features=, key=, "
        "passthrough="
    )
    assert not engine.exists("never_made")


def test_the_columns_of_sequences(engine: Engine) -> None:
    import keras

    net = keras.Sequential([keras.Input((None, 2)), keras.layers.SimpleRNN(2)])
    steps = keras2sql.Sequence(["a", "b"], order_by="month")
    made = keras2sql.convert(net, engine.dialect_name, "tiny", "id", steps)
    with pytest.raises(InputError, match=r"no column b \(features\); month \(order_by\)"):
        made.run(engine)


def test_verify(engine: Engine) -> None:
    import keras

    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    with pytest.raises(InputError, match="no column Feature_0, Feature_1"):
        keras2sql.verify(
            net, engine.connection, table="tiny", key="id", dialect=engine.dialect_name
        )


def test_the_case_of_names(engine: Engine) -> None:
    made = scorer(engine, ["A", "income"])
    if made.dialect.names.case_sensitive:
        with pytest.raises(InputError, match=r"no column A, income .*did you mean a, Income\?"):
            made.run(engine)
    else:
        assert made.run(engine).iloc[:, 1:].notna().all(axis=None)


def test_subqueries_and_many_columns(engine: Engine, load_table: Load) -> None:
    quote = get(engine.dialect_name).quote
    made = scorer(engine, ["a", "b"], table=f"(SELECT id, a, {quote('Income')} FROM tiny)")
    with pytest.raises(InputError, match=r"the subquery has no column b .*it has id, a, Income"):
        made.run(engine)
    wide = {f"column_{i}": [1.0] for i in range(60)}
    load_table(engine, "wide", pd.DataFrame({"id": [1], **wide}))
    with pytest.raises(InputError, match=r"it has id, .*column_18 and 41 more: say"):
        scorer(engine, ["x", "y"], table="wide").run(engine)
    graph = dense([300, 1], ["linear"])
    features = [f"Feature_{i}" for i in range(300)]
    with pytest.raises(InputError, match=r"Feature_19 and 280 more \(features\)") as caught:
        program(graph, engine, table="wide", features=features).run(engine)
    assert len(str(caught.value)) < 1000


def test_a_missing_table_is_the_database_s_to_tell(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match=r"reading the columns of no_such_table.*no_such_table"):
        scorer(engine, table="no_such_table").run(engine)


# What databases answer to without a column of that name.
ANSWERED = {
    "sqlite": ["rowid", "oid", "_rowid_", "ROWID", "true", "FALSE", "current_date"],
    "duckdb": ["rowid", "current_timestamp", "user"],
    "postgres": ["tableoid", "xmin", "current_date", "tiny", "true"],
    "mariadb": ["_rowid", "current_timestamp", "true"],
    "clickhouse": ["_part_offset", "_table", "now", "pi"],
    "datafusion": ["current_date", "now"],
}


@pytest.mark.parametrize(
    ("name", "feature"), [(name, f) for name, found in ANSWERED.items() for f in found]
)
def test_what_is_no_column_feeds_no_model(
    name: str, feature: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    load_table(engine, "tiny", FRAME)
    if name == "mariadb":  # which calls a primary key so
        engine.execute_script(["ALTER TABLE tiny ADD PRIMARY KEY (id)"])
    made = scorer(engine, ["a", feature])
    with pytest.raises(InputError, match=f"no column {feature}"):
        made.run(engine)
    for table in ("tiny", "(SELECT id, a FROM tiny)"):
        made = scorer(engine, ["a", feature], table=table)
        try:
            found = engine.query(made.query, made.columns, session=made.dialect.session)
        except DatabaseError:
            continue
        assert found.iloc[:, 1:].isna().all(axis=None), "no number came of it"


@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_what_another_column_is_called_feeds_no_model(
    name: str, request: pytest.FixtureRequest
) -> None:
    """Where a select list may read what it has named, "x 1" is called x_1 in it."""
    engine = request.getfixturevalue(f"{name}_engine")
    view = "CREATE OR REPLACE TEMPORARY VIEW odd AS SELECT 1 AS id, 5.0 AS {0}, 2.0 AS {1}"
    names = [get(engine.dialect_name).quote(n) for n in ("x 1", "X-1")]
    engine.execute_script([view.format(*names)])
    for missing in ("x_1", "X_1", "x_1_2"):
        made = program(dense([3, 1], ["linear"]), engine, "odd", features=["x 1", "X-1", missing])
        with pytest.raises(DatabaseError):
            engine.query(made.query, made.columns, session=made.dialect.session)
        with pytest.raises(InputError, match=f"no column {missing}"):
            made.run(engine)


@pytest.mark.parametrize("name", ["true", "FALSE", "rowid", "current_date", "select", "a`b"])
@pytest.mark.parametrize("database", ["duckdb", "sqlite", "postgres"])
def test_columns_that_are_called_so(
    name: str, database: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    """As a feature, as the key, handed on, and in the table that predictions go into."""
    engine = request.getfixturevalue(f"{database}_engine")
    for roles in ({"features": ["a", name]}, {"key": name}, {"passthrough": [name]}):
        options: dict[str, Any] = {"features": ["a", "b"], "key": "id", **roles}
        columns = dict.fromkeys([options["key"], "a", "b", name])
        frame = pd.DataFrame({c: [3 * i + k for i in range(3)] for k, c in enumerate(columns)})
        load_table(engine, "tiny", frame)
        made = program(GRAPH, engine, **options)
        found = made.run(engine).sort_values(made.columns[0])
        assert list(found.columns) == made.columns
        x = frame[list(options["features"])].to_numpy(float)
        wanted = np.stack(list(made.graph.evaluate({"x": x}).values()), axis=1)
        np.testing.assert_allclose(found.iloc[:, -3:].to_numpy(float), wanted, rtol=1e-12)
        for c in {options["key"], *options.get("passthrough", ())}:
            assert found[c].tolist() == frame[c].tolist()
        engine.execute_script(
            ["DROP TABLE IF EXISTS named_scores", "DROP TABLE IF EXISTS keras2sql_scores"]
        )
        for _ in range(2):
            made.score_into(engine, "named_scores", 2, incremental=True)
        assert [n for n, _ in engine.columns("named_scores")] == made.columns
        held = engine.query("SELECT * FROM named_scores").sort_values(made.columns[0])
        pd.testing.assert_frame_equal(
            held.reset_index(drop=True), found.reset_index(drop=True), check_dtype=False
        )
        made.score_into(engine, "named_scores", 2, replace=True)
        assert engine.count("named_scores") == 3


def test_a_view_of_sqlite_with_a_name_that_it_would_lose(
    sqlite_engine: Engine, load_table: Load
) -> None:
    load_table(sqlite_engine, "tiny", FRAME.rename(columns={"id": "true"}))
    made = scorer(sqlite_engine, key="true")
    with pytest.raises(InputError, match="SQLite can't call a view's column true"):
        made.deploy(sqlite_engine, "named_view")
    made.deploy(sqlite_engine, "named_table", kind="table")
    assert [n for n, _ in sqlite_engine.columns("named_table")] == made.columns
    keras2sql.undeploy(sqlite_engine, "named_table")


def test_columns_that_an_asterisk_leaves_out(
    mariadb_engine: Engine, clickhouse_engine: Engine
) -> None:
    mariadb_engine.execute_script(
        [
            "DROP TABLE IF EXISTS shy",
            "CREATE TABLE shy (id INT, a DOUBLE, b DOUBLE INVISIBLE, c VARCHAR(9) INVISIBLE)",
            "INSERT INTO shy (id, a, b) VALUES (1, 2, 3)",
        ]
    )
    clickhouse_engine.execute_script(
        [
            "DROP TABLE IF EXISTS shy",
            "CREATE TABLE shy (id Int64, a Float64, b Float64 ALIAS 3, c String ALIAS 'x')",
            "INSERT INTO shy (id, a) VALUES (1, 2)",
        ]
    )
    for engine in (mariadb_engine, clickhouse_engine):
        found = scorer(engine, ["a", "b"], table="shy").run(engine)
        wanted = GRAPH.evaluate({"x": np.array([[2.0, 3.0]])})["out"]
        np.testing.assert_allclose(found.iloc[:, 1:].to_numpy(float), wanted, rtol=1e-12)
        of_first = first.of(engine, scorer(engine, ["a", "b"], table="shy"), 1)
        assert of_first.run(engine).equals(found)
        with pytest.raises(InputError, match=r"shy has no column d \(features\)"):
            scorer(engine, ["b", "d"], table="shy").run(engine)
        with pytest.raises(InputError, match=r"shy: c is (VARCHAR|Nullable\(String\));"):
            scorer(engine, ["b", "c"], table="shy").run(engine)


def test_a_role_that_may_read_some_columns(postgres_engine: Engine, load_table: Load) -> None:
    secret = FRAME.assign(secret="x", flag=[True, False])
    load_table(postgres_engine, "granted", secret)
    url = postgres_engine.connection.engine.url
    postgres_engine.execute_script(
        [
            "DROP ROLE IF EXISTS reader",
            "CREATE ROLE reader LOGIN",
            'GRANT SELECT (id, a, "Income", flag) ON granted TO reader',
        ]
    )
    try:
        with connect(url.set(username="reader").render_as_string(hide_password=False)) as engine:
            assert len(scorer(engine, table="granted").run(engine)) == 2
            found = scorer(engine, ["a", "flag"], table="granted").run(engine)
            assert found.notna().all(axis=None)
            with pytest.raises(DatabaseError, match="permission denied"):
                scorer(engine, ["a", "secret"], table="granted").run(engine)
    finally:
        postgres_engine.execute_script(["DROP OWNED BY reader", "DROP ROLE reader"])


def test_the_command_line(workshop: Path) -> None:
    import keras

    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    net.save("net.keras")
    Path("db.sqlite").touch()
    with connect("sqlite:///db.sqlite") as engine:
        engine.execute_script(["CREATE TABLE t (id INTEGER, a REAL, b REAL)"])
    source = ["--db", "sqlite:///db.sqlite", "--table", "t", "--key", "id", "--features", "a,c"]
    for verb in (["predict"], ["predict", "--into", "s"], ["verify"], ["deploy", "--view", "v"]):
        said = failed(run(verb[0], "net.keras", *source, *verb[1:]), 2)
        assert "t has no column c (features); it has id, a, b" in said
