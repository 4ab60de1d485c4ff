"""Any name works on every database, or is refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlglot

from databases import load, quoted
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, DialectLimitError, InputError
from keras2sql.graph.core import Builder, Graph
from tiny import create, dense, expected, program

Load = Callable[[Engine, str, pd.DataFrame], None]

HOSTILE = [
    "two words", " leading and trailing ", "it's", 'a "quoted" name', "back`tick", "[brackets]",
    "dotted.name", "a..b", ".", "semi;colon", "-- comment", "/* comment */", "*/", "--",
    "x --", "select", "order", "user", "valid", "features", "id", "group", "true", "null",
    "CamelCase", "UPPER", "rowid_", "émigré", "straße", "数据", "שלום", "مرحبا", "🦆", "e\u0301",
    "50%", "%s", "%(name)s", ":name", "::int", "?", "?1", "$1", "@p", "{0}", "{}", "{type}",
    "back\\slash", "\\", "new\nline", "tab\ttab", "\r\n", "1st", "42", "1e5", "0x1F", "-1", "+",
    "a,b", "(", ")", "(x)", "'", '"', "`", "''", '""', "#", "~", "&amp;", "\u00a0", "\u200b",
    "dense", "dense_0", "decision", "decision_max", "source_rows", "row_1", "x", "proba", "_", "$",
    "\ufeffbom", "E'x'", "U&\"x\"", "N'x'", "x" * 40,
]  # fmt: skip

INJECTIONS = [
    f"{close}{glue}DROP TABLE victim; --"
    for close in ('x"', "x'", "x`", "x]", "x)", "x", 'x" ', "x\\'", 'x\\"', "x' --\n", "*/ ")
    for glue in ("; ", ");\n")
]

ROWS = np.random.default_rng(7).normal(size=(5, 2))


def everywhere(name: str, engine: Engine) -> pd.DataFrame:
    """The result where everything that can have a name has this one; checked by numpy."""
    graph = dense([2, 3, 2], ["relu", "softmax"], layers=[name, f"{name}/{name}"], entry=name)
    features, beside = [f"{name} a", f"{name}b"], f"{name} beside"
    labels = [name, f"{name}!"]
    made = program(
        graph, engine, quoted(name), name, name, features=features, labels=labels,
        passthrough=beside, name=name,
    )  # fmt: skip
    assert made.columns[:2] == [name, beside]
    assert made.columns[-2:] == ["Decision", "DecisionProba"]
    frame = pd.DataFrame(ROWS, columns=features)
    frame.insert(0, name, np.arange(5))
    frame[beside] = [name] * 5
    load(engine, name, frame)
    try:
        found = made.run(engine).sort_values(name, ignore_index=True)
        view = quoted(name[:20] + " view")
        # In Spark a table of any name is a view of the session, of which only such views read.
        kind = "TEMPORARY VIEW" if engine.dialect_name == "spark" else "VIEW"
        engine.execute_script(
            [f"DROP VIEW IF EXISTS {view}", f"CREATE {kind} {view} AS {made.query}"]
        )
        seen = engine.query(f"SELECT * FROM {view}")
        engine.execute_script([f"DROP VIEW {view}"])
    finally:
        kind = "VIEW" if engine.dialect_name == "spark" else "TABLE"
        engine.execute_script([f"DROP {kind} {quoted(name)}"])
    assert list(found.columns) == made.columns
    # SQLite can't call a view's column true.
    unfit = engine.dialect_name == "sqlite" and name == "true"
    assert list(seen.columns) == (["column1", *made.columns[1:]] if unfit else made.columns)
    assert found[name].tolist() == list(range(5))
    assert found[beside].tolist() == [name] * 5
    wanted = expected(made, {name: ROWS})
    assert found["Decision"].tolist() == wanted["Decision"].tolist()
    for column in (f"Proba_{name}", f"LogProba_{name}!", "DecisionProba"):
        np.testing.assert_allclose(found[column].to_numpy(), wanted[column], rtol=1e-12)
    assert len(sqlglot.parse(made.query, dialect=_sqlglot(engine))) == 1
    return found


def _sqlglot(engine: Engine) -> str:
    return {
        "postgresql": "postgres",
        "datafusion": "duckdb",
        "mariadb": "mysql",
        "oceanbase": "mysql",
    }.get(engine.dialect_name, engine.dialect_name)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_everywhere(name: str, engine: Engine) -> None:
    if name == "decision" and not get(engine.dialect_name).names.case_sensitive:
        with pytest.raises(InputError, match=r"'Decision' twice, case aside"):
            everywhere(name, engine)
    else:
        everywhere(name, engine)


@pytest.mark.parametrize("name", INJECTIONS, ids=ascii)
def test_no_name_is_executed(name: str, engine: Engine) -> None:
    create(engine, "victim", {"n": "INTEGER"}, ["1"])
    everywhere(name, engine)
    assert engine.query("SELECT n FROM victim").shape == (1, 1)


def rows_of(engine: Engine, made: Any, key: str = "id") -> pd.DataFrame:
    return made.run(engine).sort_values(key, ignore_index=True)


def matches(found: pd.DataFrame, made: Any, feeds: Any) -> None:
    """Every prediction column is what numpy says."""
    for column, values in expected(made, feeds).items():
        got = found[column].to_numpy()
        if values.dtype.kind == "f":
            np.testing.assert_allclose(got.astype(float), values, rtol=1e-12, atol=1e-300)
        else:
            assert got.tolist() == values.tolist()


def simple(engine: Engine, table: str = "tiny", **columns: Any) -> dict[str, Any]:
    """A table with the columns id, a, b; the feeds of a network that takes a and b."""
    load(engine, table, pd.DataFrame({"id": np.arange(5), "a": ROWS[:, 0], "b": ROWS[:, 1]}))
    return {"x": ROWS}


GRAPH = dense([2, 3, 2], ["tanh", "softmax"])


@pytest.mark.parametrize("table", ["plain", "MiXed", "two words", "it's", 'it"s', "a..b", "数据"])
def test_a_table_by_its_bare_name(table: str, engine: Engine) -> None:
    feeds = simple(engine, table)
    made = program(GRAPH, engine, table, features=["a", "b"])
    matches(rows_of(engine, made), made, feeds)


def test_every_keyword_of_the_database(engine: Engine) -> None:
    words = {
        "postgresql": "SELECT word FROM pg_get_keywords()",
        "duckdb": "SELECT keyword_name FROM duckdb_keywords()",
    }
    if engine.dialect_name in words:
        found = [str(w) for w in engine.query(words[engine.dialect_name]).iloc[:, 0]]
    else:
        import apsw

        found = sorted(word.lower() for word in apsw.keywords)
    quote = get(engine.dialect_name).quote
    found = list(dict.fromkeys(found))
    assert len(found) > 120
    for name in map(quote, found):
        assert (
            engine.query(f"WITH {name} AS (SELECT 1 AS n) SELECT {name}.n FROM {name}").iat[0, 0]
            == 1
        )
    for step in range(0, len(found), 100):
        names = found[step : step + 100]
        load(engine, "keywords", pd.DataFrame([range(len(names))], columns=names))
        read = engine.query(
            f"SELECT {', '.join(f't.{quote(n)}' for n in names)} FROM keywords AS t"
        )
        assert read.iloc[0].tolist() == list(range(len(names)))
        read = engine.query(f"SELECT {', '.join(map(quote, names))} FROM keywords")
        assert read.iloc[0].tolist() == list(range(len(names)))
        aliases = ", ".join(f"{i} AS {quote(n)}" for i, n in enumerate(names))
        assert engine.query(f"SELECT {aliases}").iloc[0].tolist() == list(range(len(names)))


@pytest.mark.parametrize(
    "name", ["features", "dense", "dense_1", "decision", "dense_1_max", "row_1"]
)
@pytest.mark.parametrize("spelling", [str.lower, str.upper])
def test_a_table_named_like_a_step(name: str, spelling: Any, engine: Engine) -> None:
    table = spelling(name)
    feeds = simple(engine, table)
    for source in (
        table,
        f'(SELECT * FROM "{table}")',
        f'(SELECT * FROM (SELECT * FROM "{table}"))',
    ):
        made = program(GRAPH, engine, source, features=["a", "b"], labels=["n", "y"])
        matches(rows_of(engine, made), made, feeds)
    engine.execute_script([f'DROP TABLE "{table}"'])


@pytest.mark.parametrize(
    "name", ["valid", "features", "a", "x", "dense_0", "DENSE_0", "dense_1_max", "decision_ln"]
)
def test_a_key_named_like_a_step_or_column(name: str, engine: Engine) -> None:
    frame = pd.DataFrame({name: np.arange(5), "A b": ROWS[:, 0], "dense_1_exp_0": ROWS[:, 1]})
    load(engine, "tiny", frame)
    made = program(GRAPH, engine, key=name, features=["A b", "dense_1_exp_0"], labels=["n", "y"])
    matches(rows_of(engine, made, name), made, {"x": ROWS})


def test_schema_and_table(engine: Engine) -> None:
    if engine.dialect_name == "sqlite":
        schema, setup = "other", "ATTACH ':memory:' AS other"
    else:
        schema, setup = "Other one", 'CREATE SCHEMA "Other one"'
    _once(engine, schema, setup)
    table = f"{quoted(schema)}.{quoted('My.table')}"
    engine.execute_script(
        [
            f"DROP TABLE IF EXISTS {table}",
            f"CREATE TABLE {table} (id INTEGER, a DOUBLE PRECISION, b DOUBLE PRECISION)",
            f"INSERT INTO {table} VALUES (1, 0.5, -1.5)",
        ]
    )
    for source in (table, f"{schema}.{quoted('My.table')}", f"(select * from {table})"):
        made = program(GRAPH, engine, source, features=["a", "b"])
        matches(rows_of(engine, made), made, {"x": np.array([[0.5, -1.5]])})


def _once(engine: Engine, schema: str, setup: str) -> None:
    held = {
        "sqlite": "SELECT name FROM pragma_database_list",
        "duckdb": "SELECT schema_name FROM information_schema.schemata",
        "postgresql": "SELECT schema_name FROM information_schema.schemata",
    }
    if schema not in engine.query(held[engine.dialect_name]).iloc[:, 0].tolist():
        engine.execute_script([setup])


SUBQUERIES = [
    "(select * from tiny)",
    "  ( SELECT id, a, b FROM tiny )  ",
    "((select * from tiny))",
    "(select * from tiny -- ) a comment\n)",
    "(/* ) */ select id, a, b from tiny where ')' <> '(' and id >= 0)",
    "(with features as (select * from tiny), dense as (select * from features) "
    "select * from dense)",
    '(select "id", a as "a", b as b from tiny as "source_rows")',
    '(with "va(lid" as (select * from tiny) select * from "va(lid")',
    "(select id, a, b from tiny union all select id, a, b from tiny where 1 = 0)",
]


@pytest.mark.parametrize("table", SUBQUERIES)
def test_a_subquery_as_table(table: str, engine: Engine) -> None:
    feeds = simple(engine)
    made = program(GRAPH, engine, table, features=["a", "b"], labels=["n", "y"])
    matches(rows_of(engine, made), made, feeds)


@pytest.mark.parametrize(
    "table",
    [
        "", "  ", '""', 'a.""', "nul\0", None, 5, [],
        "(select 1) ; drop table victim; (select 2)", "(select 1) union (select 2)",
        "(select * from tiny", "(select * from tiny -- )", "(select ')' from tiny",
        "(select 1));--(",
    ],
)  # fmt: skip
def test_what_is_no_table(table: Any) -> None:
    with pytest.raises(InputError) as caught:
        program(GRAPH, "duckdb", table)
    assert "\n" not in str(caught.value)


def test_brackets_alone_make_no_subquery(engine: Engine) -> None:
    feeds = simple(engine, "(x); DROP TABLE tiny; (y)")
    simple(engine)
    made = program(GRAPH, engine, "(x); DROP TABLE tiny; (y)", features=["a", "b"])
    matches(rows_of(engine, made), made, feeds)
    assert engine.exists("tiny")


@pytest.mark.parametrize(
    "options",
    [
        {"key": ""}, {"key": []}, {"key": "a\0b"}, {"key": 5}, {"key": None}, {"key": ["id", "id"]},
        {"key": ["id", 3]}, {"passthrough": ""}, {"passthrough": ["a", "a"]}, {"passthrough": 5},
        {"features": ["a", ""]}, {"features": ["a", "b\0"]},
        {"features": ["a", 3]}, {"features": 5}, {"features": ["a"]},
        {"features": {"x": 5}}, {"features": {"x": ["a"]}}, {"features": {"y": ["a", "b"]}},
        {"features": {}}, {"labels": ["a", "a"]}, {"labels": ["a", "\0"]}, {"labels": []},
        {"labels": ["a"]}, {"labels": [1, "1"]}, {"labels": "ab"}, {"labels": [1.5, 2.5]},
        {"labels": 5}, {"labels": [None, "a"]}, {"outputs": ["nothing"]}, {"outputs": []},
        {"labels": ["a", "b"], "key": "Proba_a"}, {"labels": ["a", "b"], "passthrough": "Decision"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgresql"])
def test_what_is_no_name(options: dict[str, Any], dialect: str) -> None:
    with pytest.raises(InputError) as caught:
        program(GRAPH, dialect, **({"features": ["a", "b"]} | options))
    assert "\n" not in str(caught.value)


# -- names that differ in case, or behind what the database keeps


def test_labels_that_differ_in_case(engine: Engine) -> None:
    def make() -> Any:
        return program(GRAPH, engine, features=["a", "b"], labels=["a", "A"])

    feeds = simple(engine)
    if engine.dialect_name != "postgresql":
        with pytest.raises(InputError, match=r"'Proba_A' twice, case aside \(beside 'Proba_a'\)"):
            make()
        return
    made = make()
    matches(rows_of(engine, made), made, feeds)
    engine.execute_script(["DROP VIEW IF EXISTS cases", f"CREATE VIEW cases AS {made.query}"])
    assert engine.query("SELECT * FROM cases").columns.tolist() == made.columns
    engine.execute_script(["DROP VIEW cases"])


@pytest.mark.parametrize("labels", [["straße", "strasse"], ["É", "é"], ["ı", "i"]], ids=ascii)
def test_labels_that_only_unicode_folds_together(labels: list[str], engine: Engine) -> None:
    feeds = simple(engine)
    made = program(GRAPH, engine, features=["a", "b"], labels=labels)
    matches(rows_of(engine, made), made, feeds)
    engine.execute_script(["DROP VIEW IF EXISTS cases", f"CREATE VIEW cases AS {made.query}"])
    assert engine.query("SELECT * FROM cases").columns.tolist() == made.columns
    engine.execute_script(["DROP VIEW cases"])


def test_columns_that_differ_in_case(postgres_engine: Engine) -> None:
    frame = pd.DataFrame({"id": range(5), "ID": range(5, 10), "A": ROWS[:, 0], "a": ROWS[:, 1]})
    load(postgres_engine, "tiny", frame)
    made = program(GRAPH, postgres_engine, key=["id", "ID"], features=["A", "a"])
    found = rows_of(postgres_engine, made)
    assert found["ID"].tolist() == list(range(5, 10))
    matches(found, made, {"x": ROWS})


@pytest.mark.parametrize("letter", ["a", "é", "数", "🦆"])
def test_names_longer_than_the_database_keeps(letter: str, engine: Engine) -> None:
    """What PostgreSQL cuts off it cuts off everywhere, so that one long name still works."""
    long = letter * 80
    table, key, feature = f"t{long}", f"k{long}", f"f{long}"
    load(engine, table, pd.DataFrame({key: range(5), feature: ROWS[:, 0], "b": ROWS[:, 1]}))
    made = program(GRAPH, engine, table, key, features=[feature, "b"], labels=[long, "other"])
    assert made.columns[0] == key
    matches(rows_of(engine, made, key), made, {"x": ROWS})
    engine.execute_script(["DROP VIEW IF EXISTS cases", f"CREATE VIEW cases AS {made.query}"])
    assert engine.query(f"SELECT {quoted(f'Proba_{long}')} FROM cases").shape == (5, 1)
    engine.execute_script(["DROP VIEW cases", f"DROP TABLE {quoted(table)}"])


def test_labels_that_differ_behind_what_the_database_keeps() -> None:
    labels = ["é" * 40 + "1", "é" * 40 + "2"]
    for dialect in ("duckdb", "sqlite"):
        assert len(program(GRAPH, dialect, features=["a", "b"], labels=labels).columns) == 7
    with pytest.raises(DialectLimitError, match="PostgreSQL keeps 63 bytes of a name") as caught:
        program(GRAPH, "postgresql", features=["a", "b"], labels=labels)
    assert "\n" not in str(caught.value)


# -- keys, passthrough, features that serve twice


def test_keys_of_any_type_come_back_as_they_are(engine: Engine) -> None:
    create(
        engine,
        "tiny",
        {"k": "TEXT", "n": "INTEGER", "day": "DATE", "a": "DOUBLE PRECISION", "t": "TEXT"},
        ["'x', 1, '2024-02-29', 0.5, 'it''s'", "'x', 1, '2024-02-29', 0.5, NULL",
         "NULL, NULL, NULL, -2.0, ''", "'', 0, '1999-12-31', 1.0, '🦆'"],
    )  # fmt: skip
    graph = dense([1, 2], ["sigmoid"])
    made = program(
        graph,
        engine,
        key=["k", "n", "day"],
        features=["a"],
        labels=["n", "y"],
        passthrough=["t", "a"],
    )
    found = made.run(engine)
    assert list(found.columns)[:5] == ["k", "n", "day", "t", "a"]
    plain = found.astype(object).where(found.notna(), None)
    rows = sorted(
        [
            tuple(str(v)[:10] if v is not None else None for v in row)
            for row in plain.iloc[:, :5].values
        ],
        key=str,
    )
    assert [r[0] for r in rows].count("x") == 2
    assert sorted(str(r[2]) for r in rows) == ["1999-12-31", "2024-02-29", "2024-02-29", "None"]
    assert sorted(str(r[3]) for r in rows) == ["", "None", "it's", "🦆"]
    assert sorted(float(str(r[4])) for r in rows) == [-2.0, 0.5, 0.5, 1.0]
    assert found["Decision"].isin(["n", "y"]).all()
    by_value = dict(zip(found["a"], found["Proba_y"], strict=True))
    wanted = expected(made, {"x": np.array([[0.5], [-2.0], [1.0]])})["Proba_y"]
    np.testing.assert_allclose([by_value[v] for v in (0.5, -2.0, 1.0)], wanted, rtol=1e-12)


def test_keys_that_are_features_and_features_that_serve_twice(engine: Engine) -> None:
    g = Builder()
    left, right = g.input("left", (2,)), g.input("right", (2,))
    with g.at("joined"):
        both = g.join([left, right], axis=0)
        out = g.contract(both, np.array([[1.0], [-2.0], [3.0], [0.25]]), np.array([0.5]))
    graph = Graph((left, right), {"out": out})
    load(engine, "tiny", pd.DataFrame({"id": [1, 2, 3], "a": [0.5, -1.0, 2.0]}))
    made = program(
        graph, engine, features={"right": ["a", "a"], "left": ["id", "a"]}, passthrough="a"
    )
    found = rows_of(engine, made)
    assert list(found.columns) == ["id", "a", "out"]
    ids, a = np.array([1.0, 2, 3]), np.array([0.5, -1, 2])
    np.testing.assert_allclose(found["out"], ids + 1.25 * a + 0.5, rtol=1e-15)
    assert found["id"].tolist() == [1, 2, 3]
    assert found["a"].tolist() == a.tolist()


def test_a_key_that_is_passed_through_too_comes_once(engine: Engine) -> None:
    feeds = simple(engine)
    made = program(GRAPH, engine, features=["a", "b"], passthrough=["b", "id"])
    assert made.columns == ["id", "b", "out_0", "out_1"]
    matches(rows_of(engine, made), made, feeds)


def test_a_missing_feature_is_an_error_and_never_a_text(engine: Engine) -> None:
    simple(engine)
    for missing in ("missing", "Mis sing", "it's", 'mis"sing'):
        made = program(GRAPH, engine, features=["a", missing])
        with pytest.raises(InputError, match=f"no column {missing}") as caught:
            made.run(engine)
        assert "\n" not in str(caught.value)
        with pytest.raises(DatabaseError):
            engine.query(made.query, made.columns)


@pytest.mark.parametrize("key", ["rowid", "oid", "_rowid_"])
def test_the_rowid_of_sqlite_is_a_key(key: str, sqlite_engine: Engine) -> None:
    create(
        sqlite_engine,
        "tiny",
        {"n": "INTEGER PRIMARY KEY", "a": "DOUBLE PRECISION"},
        ["7, 0.5", "9, -1.0"],
    )
    made = program(dense([1, 1], ["linear"]), sqlite_engine, key=key, features=["a"])
    found = rows_of(sqlite_engine, made, key)
    assert found[key].tolist() == [7, 9]
    matches(found, made, {"x": np.array([[0.5], [-1.0]])})
