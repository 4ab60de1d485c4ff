"""Columns of every type as features: numbers and truth values count, all else is told.

With a connection the types are known before anything runs.  SQL by itself makes NULL of a text
that is no number, and never a number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

import keras2sql
import typed_tables as tables
from keras2sql.dialects import get
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError
from keras2sql.graph.core import Builder, Graph
from test_semantics import through
from tiny import bare, dense, program

NAMES = ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion"]
EVERYWHERE = [*NAMES, "spark", "firebird", "monetdb", "hsqldb", "oceanbase", "hive"]
RAISE = ("postgres", "firebird", "monetdb", "hsqldb")
"""Which raise where a text is cast that is no number, and have no cast that does not."""


def database(name: str, request: pytest.FixtureRequest) -> Engine:
    engine = request.getfixturevalue(f"{name}_engine")
    assert isinstance(engine, Engine)
    tables.prepare(engine)
    return engine


def scorers(engine: Engine, width: int = 1, **options: Any) -> Iterable[Any]:
    """A sum of so many features, all of them "a", by every strategy."""
    graph = through("linear", 1.0)
    if width > 1:
        g = Builder()
        x = g.input("x", (width,))
        graph = Graph((x,), {"out": g.contract(x, np.ones((width, 1)))})
    dialect = options.pop("dialect", engine.dialect_name)
    for strategy in get(dialect).strategies:
        yield program(graph, dialect, "typed", features=["a"] * width, strategy=strategy, **options)


# -- what counts


@pytest.mark.parametrize("name", EVERYWHERE)
def test_every_number_and_truth_value_counts(name: str, request: pytest.FixtureRequest) -> None:
    """Few columns and many, which some strategies make an array of first."""
    engine = database(name, request)
    for type_, literal, number in tables.NUMBERS[engine.dialect_name]:
        null = [] if name == "clickhouse" and "Nullable" not in type_ else ["NULL"]
        tables.make(engine, {"a": (type_, [literal, *null])})
        for width in (1, 40):
            for made in scorers(engine, width):
                found = made.run(engine).sort_values("id")["out"].tolist()
                single = made.plan.strategy == "arrays" and made.dialect.packed_precision
                close = 1e-6 if single else 1e-12
                assert found[0] == pytest.approx(width * number, rel=close, abs=0), type_
                assert all(np.isnan(found[1:])), type_


@pytest.mark.parametrize("name", ["pgvector"])
def test_truth_values_in_vectors(name: str, request: pytest.FixtureRequest) -> None:
    engine = database(name, request)
    tables.make(engine, {"a": ("boolean", ["TRUE", "FALSE", "NULL"])})
    for width in (1, 40):
        for made in scorers(engine, width, dialect="pgvector"):
            found = made.run(engine).sort_values("id")["out"]
            np.testing.assert_array_equal(found, [width, 0, np.nan])


@pytest.mark.parametrize("name", ["duckdb", "postgres", "clickhouse", "datafusion", "spark"])
def test_arrays_of_them_count(name: str, request: pytest.FixtureRequest) -> None:
    engine = database(name, request)
    for type_, literal, number in tables.NUMBERS[engine.dialect_name]:
        if type_.startswith("Simple"):
            continue  # which no array is of
        kind, value = tables.array(engine, type_, [literal] * 3)
        tables.make(engine, {"a": (kind, [value])})
        graph = dense([3, 2], ["linear"])
        wanted = graph.evaluate({"x": np.full((1, 3), float(number))})["out"]
        for strategy in get(engine.dialect_name).strategies:
            made = program(graph, engine, "typed", features="a", strategy=strategy)
            found = made.run(engine).iloc[:, 1:].to_numpy(float)
            single = strategy == "arrays" and made.dialect.packed_precision
            np.testing.assert_allclose(found, wanted, rtol=1e-5 if single else 1e-12)


def test_truth_values_in_every_place_of_postgres(postgres_engine: Engine) -> None:
    """A deployed view, a table that predictions go into, verify, and sequences."""
    import keras

    engine = postgres_engine
    engine.execute_script(["DROP TABLE IF EXISTS flag_scores, keras2sql_scores"])
    columns = {"a": ("boolean", ["TRUE", "FALSE"]), "b": ("float8", ["0.5", "2"])}
    tables.make(engine, columns)
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    source = {"table": "typed", "key": "id", "features": ["a", "b"]}
    made = keras2sql.convert(net, "postgresql", **source)
    wanted = made.run(engine).sort_values("id").iloc[:, 1].tolist()
    assert keras2sql.verify(net, engine, **source).ok
    made.score_into(engine, "flag_scores", 1)
    view = made.deploy(engine, "flag_view")
    for place in ("flag_scores", "flag_view"):
        found = engine.query(f"SELECT * FROM {place} ORDER BY id").iloc[:, 1].tolist()
        assert found == wanted
    assert made.deploy(engine, "flag_view").change == "unchanged"
    assert view.change != "unchanged"
    keras2sql.undeploy(engine, "flag_view")
    tables.make(engine, {"a": ("boolean[]", ["ARRAY[TRUE, FALSE]", "ARRAY[FALSE, NULL]"])})
    report = keras2sql.verify(net, engine, table="typed", key="id", features="a")
    assert (report.ok, report.nulls) == (True, 1)
    steps = {"t": ("integer", ["1", "2", "3"]), "k": ("integer", ["7"] * 3)}
    tables.make(engine, {**steps, "a": ("boolean", ["TRUE", "FALSE", "TRUE"])})
    for layer in (keras.layers.SimpleRNN(2), keras.layers.Conv1D(2, 2)):
        long = keras.Sequential([keras.Input((3, 1)), layer, keras.layers.Flatten()])
        fed = keras2sql.Sequence(["a"], order_by="t")
        assert keras2sql.verify(long, engine, table="typed", key="k", features=fed).ok


def test_sql_of_postgres_that_knew_no_types(postgres_engine: Engine) -> None:
    tables.make(postgres_engine, {"a": ("boolean", ["TRUE"])})
    made = program(through("linear", 1.0), "postgresql", "typed", features=["a"])
    with pytest.raises(DatabaseError, match="cannot cast type boolean to double precision"):
        bare(postgres_engine, made)
    cast = program(
        through("linear", 1.0), "postgresql", "(SELECT id, a::int AS a FROM typed)", features=["a"]
    )
    assert bare(postgres_engine, cast)["out"].tolist() == [1.0]


# -- what is told


@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_is_no_number_is_told_before_anything_runs(
    name: str, request: pytest.FixtureRequest
) -> None:
    engine = database(name, request)
    for type_, literal, called in tables.OTHERS[engine.dialect_name]:
        tables.make(engine, {"a": (type_, [literal, literal])})
        for source in ("typed", "(SELECT * FROM typed)"):
            made = program(through("linear", 1.0), engine, source, features=["a"])
            if name == "sqlite" and source != "typed":
                called = f"{'blob' if literal[0] == 'x' else 'text'}, such as"  # nothing declared
            with pytest.raises(InputError) as caught:
                made.run(engine)
            assert f": a is {called}" in str(caught.value), type_
            assert "features=" in str(caught.value)


def test_views_have_the_types_of_what_they_read(engine: Engine) -> None:
    tables.make(engine, {"a": ("DATE", ["'2024-01-01'"]), "b": ("INTEGER", ["1"])})
    engine.execute_script(
        ["DROP VIEW IF EXISTS typed_view", "CREATE VIEW typed_view AS SELECT * FROM typed"]
    )
    try:
        with pytest.raises(InputError, match=r"typed_view: a is (?i:date)"):
            program(through("linear", 1.0), engine, "typed_view", features=["a"]).run(engine)
        made = program(through("linear", 1.0), engine, "typed_view", features=["b"])
        assert made.run(engine)["out"].tolist() == [1.0]
    finally:
        engine.execute_script(["DROP VIEW typed_view"])


def test_all_wrong_columns_at_once(engine: Engine) -> None:
    text = "'abc'"
    columns = {f"c{i}": ("VARCHAR(9)", [text]) for i in range(30)}
    tables.make(engine, {"a": ("INTEGER", ["1"]), "d": ("DATE", ["'2024-01-01'"]), **columns})
    graph = dense([32, 1], ["linear"])
    made = program(graph, engine, "typed", features=["a", "d", *columns])
    with pytest.raises(InputError, match=r"d is (?i:date), c0 is .*c18 is .* and 11 more;"):
        made.run(engine)


VERBS = {
    "check": lambda made, engine: made.check(engine),
    "into": lambda made, engine: made.score_into(engine, "never_made"),
    "view": lambda made, engine: made.deploy(engine, "never_made"),
    "table": lambda made, engine: made.deploy(engine, "never_made", kind="table"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_tells(verb: str, engine: Engine) -> None:
    tables.make(engine, {"a": ("VARCHAR(9)", ["'5 kg'"])})
    made = program(through("linear", 1.0), engine, "typed", features=["a"])
    with pytest.raises(InputError, match="typed: a is "):
        VERBS[verb](made, engine)
    assert not engine.exists("never_made")


@pytest.mark.parametrize("name", ["duckdb", "postgres", "clickhouse", "datafusion", "spark"])
def test_arrays_of_other_things_are_told(name: str, request: pytest.FixtureRequest) -> None:
    engine = database(name, request)
    texts = {"postgres": "text", "clickhouse": "String", "spark": "STRING"}
    graph = dense([2, 1], ["linear"])
    made = program(graph, engine, "typed", features="a")
    for element, items in ((texts.get(name, "VARCHAR"), ["'1'", "'x'"]),):
        kind, value = tables.array(engine, element, items)
        tables.make(engine, {"a": (kind, [value])})
        with pytest.raises(InputError, match=r"a is .*; the model takes numbers"):
            made.run(engine)
    tables.make(engine, {"a": (tables.NUMBERS[engine.dialect_name][0][0], ["1"])})
    with pytest.raises(InputError, match=r"a is .*, no array: features= takes a list of columns"):
        made.run(engine)


# -- SQLite, where any value may stand in any column


def test_some_texts_among_numbers_of_sqlite(sqlite_engine: Engine) -> None:
    """A row with a text has no prediction; a column of texts alone is told."""
    made = program(through("linear", 1.0), sqlite_engine, "typed", features=["a"])
    tables.make(sqlite_engine, {"a": ("REAL", ["'abc'", "1.5", "''", "NULL"])})
    found = made.run(sqlite_engine).sort_values("id")["out"]
    np.testing.assert_array_equal(found, [np.nan, 1.5, np.nan, np.nan])
    # The first number stands behind what is looked at first.
    tables.make(sqlite_engine, {"a": ("REAL", [*["'abc'"] * 1500, "2.5"])})
    assert made.run(sqlite_engine)["out"].count() == 1
    tables.make(sqlite_engine, {"a": ("REAL", ["'abc'"] * 1500)})
    with pytest.raises(InputError, match="a is text, such as 'abc'"):
        made.run(sqlite_engine)
    for nothing in (["NULL", "NULL"], []):
        tables.make(sqlite_engine, {"a": ("REAL", nothing or ["1"])})
        if not nothing:
            sqlite_engine.execute_script(["DELETE FROM typed"])
        assert made.run(sqlite_engine)["out"].count() == 0


def test_a_file_of_csv_in_sqlite(sqlite_engine: Engine) -> None:
    """Its columns have no type, or ANY: texts of digits stay texts in the one, not in the other."""
    made = program(through("linear", 1.0), sqlite_engine, "typed", features=["a"])
    tables.make(sqlite_engine, {"a": ("ANY", ["'1.5'", "'2'"])})
    assert made.run(sqlite_engine)["out"].tolist() == [1.5, 2.0]
    tables.make(sqlite_engine, {"a": ("", ["'1.5'", "'2'"])})
    with pytest.raises(InputError, match="a is text, such as '2'"):
        made.run(sqlite_engine)
    table = "(SELECT id, CAST(a AS REAL) AS a FROM typed)"
    made = program(through("linear", 1.0), sqlite_engine, table, features=["a"])
    assert made.run(sqlite_engine)["out"].tolist() == [1.5, 2.0]


def test_tables_of_sqlite_in_other_files_and_of_odd_names(tmp_path: Any) -> None:
    with connect("sqlite://") as engine:
        engine.execute_script(
            [
                f"ATTACH DATABASE '{tmp_path / 'other.db'}' AS \"o'ther\"",
                'CREATE TABLE "o\'ther"."t`a.b" (id INTEGER, a TEXT)',
                'INSERT INTO "o\'ther"."t`a.b" VALUES (1, \'5\')',
            ]
        )
        table = '"o\'ther"."t`a.b"'
        with pytest.raises(InputError, match="a is TEXT"):
            program(through("linear", 1.0), engine, table, features=["a"]).run(engine)


def test_connections_of_apsw(tmp_path: Any) -> None:
    """Which forget the columns of a result that has no row."""
    import apsw

    connection = apsw.Connection(str(tmp_path / "typed.db"))
    connection.execute("CREATE TABLE typed (id INTEGER, a REAL, b TEXT)")
    made = program(through("linear", 1.0), "sqlite", "typed", features=["a"])
    assert len(made.run(connection)) == 0
    connection.execute("INSERT INTO typed VALUES (1, 2.5, '5')")
    assert made.run(connection)["out"].tolist() == [2.5]
    with pytest.raises(InputError, match="typed: b is TEXT"):
        program(through("linear", 1.0), "sqlite", "typed", features=["b"]).run(connection)
    connection.close()


# -- SQL by itself

NO_NUMBERS = [
    "abc", "", " ", "1,5", "5 kg", "nan", "NaN", "0x10", "true", "--1", "1.5x", "2024-01-01", "1 2",
    "5d", "5F", "0x1p3", "1e", "5%", "٥", "1,000.5", "(5)",
]  # fmt: skip
PLAIN, SPACED = ["5", "-1.5", "1e3", "0"], [" 1.5", "1.5 "]


@pytest.mark.parametrize("name", [n for n in EVERYWHERE if n not in RAISE])
def test_a_text_is_its_number_or_null(name: str, request: pytest.FixtureRequest) -> None:
    engine = database(name, request)
    texts = [*NO_NUMBERS, *PLAIN, *SPACED]
    number = [*[np.nan] * len(NO_NUMBERS), *map(float, PLAIN), *[1.5] * len(SPACED)]
    for type_ in tables.TEXTS[engine.dialect_name]:
        tables.make(engine, {"a": (type_, [f"'{text}'" for text in texts])})
        for width in (1, 40):
            for made in scorers(engine, width):
                found = bare(engine, made)["out"].to_numpy(float, copy=True)
                spaced = slice(len(texts) - len(SPACED), None)
                found[spaced] = np.where(np.isnan(found[spaced]), width * 1.5, found[spaced])
                np.testing.assert_allclose(found, np.multiply(width, number), rtol=1e-6)


@pytest.mark.parametrize("name", [n for n in EVERYWHERE if n not in RAISE])
def test_a_text_has_no_class_and_is_no_id(name: str, request: pytest.FixtureRequest) -> None:
    import keras

    engine = database(name, request)
    type_ = tables.TEXTS[engine.dialect_name][-1]
    texts = [f"'{text}'" for text in [*NO_NUMBERS, "1"]]
    tables.make(engine, {"a": (type_, texts), "b": (type_, texts[::-1])})
    lookup = keras.Sequential(
        [keras.Input((2,)), keras.layers.Embedding(3, 2), keras.layers.Flatten()]
    )
    for strategy in get(engine.dialect_name).strategies:
        how = {"strategy": strategy, "features": ["a", "b"], "table": "typed"}
        made = program(dense([2, 2], ["softmax"]), engine, labels=["n", "y"], **how)
        assert bare(engine, made).iloc[:, 1:].isna().all(axis=None)
        made = keras2sql.convert(lookup, engine.dialect_name, key="id", **how)
        assert bare(engine, made).iloc[:, 1:].isna().all(axis=None)


@pytest.mark.parametrize("name", ["duckdb", "clickhouse", "datafusion", "spark"])
def test_arrays_of_texts(name: str, request: pytest.FixtureRequest) -> None:
    engine = database(name, request)
    for element in tables.TEXTS[engine.dialect_name]:
        kind = tables.array(engine, element, [])[0]
        values = [tables.array(engine, element, ["'2'", f"'{t}'"])[1] for t in [*NO_NUMBERS, "3"]]
        tables.make(engine, {"a": (kind, values)})
        g = Builder()
        x = g.input("x", (2,))
        graph = Graph((x,), {"out": g.contract(x, np.ones((2, 1)))})
        for strategy in get(engine.dialect_name).strategies:
            made = program(graph, engine, "typed", features="a", strategy=strategy)
            found = bare(engine, made)["out"].to_numpy(float)
            np.testing.assert_array_equal(found, [*[np.nan] * len(NO_NUMBERS), 5.0])


@pytest.mark.parametrize("name", [n for n in EVERYWHERE if n not in RAISE])
def test_a_text_in_a_sequence(name: str, request: pytest.FixtureRequest) -> None:
    import keras

    engine = database(name, request)
    type_ = tables.TEXTS[engine.dialect_name][0]
    columns = {
        "k": ("INTEGER" if name != "clickhouse" else "Int32", ["1", "1", "2", "2"]),
        "t": ("INTEGER" if name != "clickhouse" else "Int32", ["1", "2", "1", "2"]),
        "a": (type_, ["'0.5'", "'abc'", "'0.5'", "'1.5'"]),
    }
    tables.make(engine, columns)
    for layer in (keras.layers.SimpleRNN(2), keras.layers.Conv1D(2, 2)):
        net = keras.Sequential([keras.Input((2, 1)), layer, keras.layers.Flatten()])
        fed = keras2sql.Sequence(["a"], order_by="t")
        made = keras2sql.convert(net, engine.dialect_name, "typed", "k", fed)
        found = bare(engine, made).iloc[:, 1:]
        assert found.notna().all(axis=1).tolist() == [False, True]
        assert found.notna().any(axis=1).tolist() == [False, True]


CODES = ["Enum8('low' = 1, '5' = 2)", "Nullable(Enum16('low' = 1, '5' = 2))", "Date", "DateTime"]


@pytest.mark.parametrize("type_", [*CODES, "Date32", "Nullable(DateTime64(3))"])
def test_codes_of_clickhouse_are_no_numbers(type_: str, clickhouse_engine: Engine) -> None:
    """To a cast they are: the place of a label, the days since 1970."""
    engine = clickhouse_engine
    value = "'5'" if "Enum" in type_ else "'2024-01-01'"
    tables.make(engine, {"a": (type_, [value])})
    for width in (1, 40):
        for made in scorers(engine, width):
            assert bare(engine, made)["out"].isna().all()
    kind, literal = tables.array(engine, type_, [f"CAST({value} AS {type_})"] * 3)
    tables.make(engine, {"a": (kind, [literal])})
    for strategy in ("columns", "arrays"):
        made = program(dense([3, 1], ["linear"]), engine, "typed", features="a", strategy=strategy)
        assert bare(engine, made)["out"].isna().all()


def test_labels_of_mariadb_are_no_numbers(mariadb_engine: Engine) -> None:
    """To a cast an ENUM is the place of its text."""
    tables.make(mariadb_engine, {"a": ("ENUM('a', '5', '3')", ["'5'", "'a'", "'3'"])})
    for made in scorers(mariadb_engine):
        assert bare(mariadb_engine, made)["out"].to_numpy(float)[:2] == pytest.approx(
            [np.nan, np.nan], nan_ok=True
        )
