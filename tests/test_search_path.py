"""A search_path that puts a user's schema before PostgreSQL's own: the same predictions.

The schema has a twin of every function, aggregate, operator and type that the product's text
names, and each of them gives something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pandas as pd
import psycopg
import pytest

import keras2sql
from databases import load
from keras2sql import Sequence
from keras2sql.dialects import get, words
from keras2sql.dialects.settings import Settings
from keras2sql.engines import Engine, connect
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, Y, call
from keras2sql.program import Program
from keras2sql.scoring import score_into
from layers.build import double_precision, randomize
from layers.cases_text import FOLDER
from tiny import program

L = keras.layers
POSTGRES = get("postgresql")

# What looks like a call of a function, and is the grammar's own.
GRAMMAR = {"coalesce", "greatest", "least"}
CALLED = re.compile(r"(?<![.\w\"])([a-z_]\w*) ?\(")

SPELLED = {fn: text if isinstance(text, str) else text() for fn, text in POSTGRES.functions.items()}
NAMES = {
    *(n for text in SPELLED.values() for n in re.findall(r"(\w+)\(", text)),
    *("array_ndims", "array_position", "cardinality", "concat", "current_schemas", "format_type"),
    *("pg_advisory_xact_lock", "quote_ident", "set_config", "starts_with", "string_to_array"),
}

FUNCTIONS = f"""SELECT proname, pg_get_function_identity_arguments(oid), prorettype::regtype::text
FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND NOT proretset
  AND proname IN ({", ".join(f"'{name}'" for name in sorted(NAMES))}) AND pronargs > 0
  AND pg_get_function_arguments(oid) !~ 'VARIADIC|internal|any'"""

OPERATORS = """SELECT oprname, oprleft::regtype::text, oprright::regtype::text,
  oprresult::regtype::text
FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace
  AND oprleft::regtype::text IN ('double precision', 'integer', 'bigint', 'numeric', 'text', '-')
  AND oprright::regtype::text IN ('double precision', 'integer', 'bigint', 'numeric', 'text')"""

OTHERS = [
    "CREATE AGGREGATE u.count(*) (sfunc = int8inc, stype = bigint, initcond = '40')",
    """CREATE AGGREGATE u.count("any") (sfunc = int8inc_any, stype = bigint, initcond = '70')""",
    "CREATE AGGREGATE u.sum(float8) (sfunc = float8mi, stype = float8, initcond = '3')",
    "CREATE AGGREGATE u.sum(bigint) (sfunc = int8mi, stype = bigint, initcond = '3')",
    "CREATE AGGREGATE u.max(float8) (sfunc = float8pl, stype = float8, initcond = '3')",
    "CREATE AGGREGATE u.min(float8) (sfunc = float8pl, stype = float8, initcond = '3')",
    "CREATE AGGREGATE u.max(integer) (sfunc = int4pl, stype = integer, initcond = '3')",
    "CREATE AGGREGATE u.array_agg(float8) (sfunc = array_append, stype = float8[])",
    "CREATE FUNCTION u.unnest(float8[]) RETURNS SETOF float8 LANGUAGE sql AS 'SELECT 1::float8'",
    "CREATE FUNCTION u.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS $$SELECT '1'::text$$",
    "CREATE FUNCTION u.row_number() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "CREATE FUNCTION u.dense_rank() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "CREATE FUNCTION u.current_schema() RETURNS name LANGUAGE sql AS $$SELECT 'u'::name$$",
    "CREATE DOMAIN u.float8 AS integer",
    'CREATE DOMAIN u.text AS "char"',
    "CREATE TYPE u.regclass AS ENUM ('pg_class')",
]  # fmt: skip


@pytest.fixture(scope="module")
def shadows(postgres_engine: Engine) -> Iterator[Engine]:
    """Schema u with functions and types, schema o with operators."""
    made = ["DROP SCHEMA IF EXISTS u CASCADE", "DROP SCHEMA IF EXISTS o CASCADE"]
    drops = list(made)
    made += ["CREATE SCHEMA u", "CREATE SCHEMA o"]
    for name, arguments, type_ in postgres_engine.query(FUNCTIONS).itertuples(index=False):
        body = f"RETURNS {type_} LANGUAGE sql IMMUTABLE AS 'SELECT NULL::{type_}'"
        made.append(f"CREATE FUNCTION u.{name}({arguments}) {body}")
    operators = postgres_engine.query(OPERATORS)
    for n, (name, left, right, type_) in enumerate(operators.itertuples(index=False)):
        given = right if left == "-" else f"{left}, {right}"
        arguments = f"RIGHTARG = {right}" + ("" if left == "-" else f", LEFTARG = {left}")
        body = f"RETURNS {type_} LANGUAGE sql IMMUTABLE AS 'SELECT NULL::{type_}'"
        made.append(f"CREATE FUNCTION o.f{n}({given}) {body}")
        made.append(f"CREATE OPERATOR o.{name} (FUNCTION = o.f{n}, {arguments})")
    postgres_engine.execute_script([*made, *OTHERS])
    load(postgres_engine, "shadow_rows", source())
    array = "CREATE VIEW shadow_source AS SELECT *, ARRAY[a, b, c] AS array FROM shadow_rows"
    postgres_engine.execute_script([array])
    yield postgres_engine
    drops.append("DROP TABLE shadow_rows CASCADE")
    postgres_engine.execute_script(drops)


@pytest.fixture(params=["functions and types", "operators"])
def shadowed(
    request: pytest.FixtureRequest, shadows: Engine, postgres_url: str
) -> Iterator[Engine]:
    """A connection that finds the user's own first."""
    with connect(postgres_url) as engine:
        first = "u" if request.param.startswith("functions") else "o"
        engine.execute_script([f"SET search_path = {first}, pg_catalog, public"])
        yield engine


def every_function() -> Graph:
    """What the dialect spells of numbers, each of features between 0 and 1."""
    g = Builder()
    x = g.input("x", (2,))
    texts = {"lower", "strip_punctuation", "spaced", "first_word", "after_word", "character"}
    texts |= set(words.postgres())
    names = [n for n in POSTGRES.functions if n not in texts and n not in ("isnan", "max", "min")]
    first, second = g.take(x, [0]), g.take(x, [1])
    outputs = {}
    for name in names:
        with g.at(name):
            inner = X + 1.0 if name == "acosh" else X
            two = "{1}" in SPELLED[name]
            outputs[name] = g.map(call(name, inner, Y), first, second) if two else g.map(
                call(name, inner), first
            )  # fmt: skip
    return Graph((x,), outputs)


def layered(*layers: Any, shape: tuple[int | None, ...]) -> Any:
    with double_precision():
        made = keras.Sequential([keras.Input(shape), *layers])
        randomize(made, np.random.default_rng(3))
    return made


CASES = [
    *("functions", "columns", "rows", "array", "looked up", "looked up by rows", "recurrent"),
    *("side by side", "every step", "texts", "a long row"),
]


def convert(case: str, tmp_path: Any) -> Program:
    """One program of each kind of text."""
    numbers = ["a", "b", "c"]
    how: dict[str, Any] = {"dialect": "postgresql", "table": "shadow_source", "key": "id"}
    if case == "functions":
        return program(every_function(), "postgresql", table="shadow_source", features=["a", "b"])
    if case == "texts":
        return keras2sql.convert(FOLDER / "TextVectorization.keras", features=["word"], **how)
    dense = [L.Dense(40, activation="elu"), L.LayerNormalization(), L.Dense(3, "softmax")]
    how["features"] = numbers
    if case in ("columns", "rows"):
        model = layered(*dense, shape=(3,))
        return keras2sql.convert(model, strategy=case, labels=["x", "y", "z"], **how)
    if case == "array":
        return keras2sql.convert(layered(*dense, shape=(3,)), **{**how, "features": "array"})
    if case in ("looked up", "looked up by rows"):
        ids = [L.Embedding(30, 4), L.GlobalAveragePooling1D(), L.Dense(2)]
        how |= {
            "features": ["n", "n"],
            "strategy": "rows" if case == "looked up by rows" else "auto",
        }
        return keras2sql.convert(layered(*ids, shape=(2,)), weights="tables", **how)
    if case == "a long row":
        model = layered(L.GRU(2, return_sequences=True), L.Flatten(), L.Dense(2), shape=(36, 1))
        return keras2sql.convert(model, **{**how, "features": numbers * 12})
    how |= {"key": "k", "features": Sequence(numbers, "t")}
    if case == "recurrent":
        return keras2sql.convert(layered(L.GRU(3), L.Dense(2), shape=(None, 3)), **how)
    steps = [L.Conv1D(2, 2, padding="same", activation="tanh")]
    steps += [] if case == "every step" else [L.Flatten(), L.Dense(2)]
    return keras2sql.convert(layered(*steps, shape=(3, 3)), **how)


def source() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    values = rng.uniform(0.1, 0.9, size=(12, 3))
    frame = pd.DataFrame(values, columns=["a", "b", "c"])
    frame.insert(0, "id", np.arange(12))
    frame["k"], frame["t"], frame["n"] = frame["id"] // 3, frame["id"] % 3, frame["id"]
    frame["word"] = ["Hello world", "again; hello", "HELLO hello"] * 4
    return frame


AS_IT_IS = [Settings({"jit": "off"}, statement="SET LOCAL {0}")]
"""Settings of a query that leave the path to the user."""


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns[:2]), ignore_index=True)


@pytest.mark.parametrize("case", CASES)
def test_what_a_user_defined_is_not_called(
    case: str, shadows: Engine, shadowed: Engine, tmp_path: Any
) -> None:
    made_of = convert(case, tmp_path)
    wanted = in_order(made_of.run(shadows))
    assert wanted.notna().all().all()
    pd.testing.assert_frame_equal(in_order(made_of.run(shadowed)), wanted)
    # Read with the path as it is: a view has found what it calls when it was made.
    made_of.deploy(shadowed, "public.shadow_view")
    told = shadowed.query("SELECT * FROM public.shadow_view", made_of.columns, session=AS_IT_IS)
    pd.testing.assert_frame_equal(in_order(told), wanted, check_dtype=False)
    keras2sql.undeploy("public.shadow_view", shadowed)
    score_into(made_of, shadowed, "public.shadow_scores", batch_rows=5, replace=True)
    told = shadows.query("SELECT * FROM public.shadow_scores", made_of.columns)
    pd.testing.assert_frame_equal(in_order(told), wanted, check_dtype=False)
    shadows.execute_script(["DROP TABLE public.shadow_scores"])


@pytest.mark.parametrize("case", CASES)
def test_the_text_alone_calls_no_function_of_a_user(
    case: str, shadows: Engine, postgres_url: str, tmp_path: Any
) -> None:
    made_of = convert(case, tmp_path)
    wanted = in_order(made_of.run(shadows))
    spoken = re.sub(r"(?m)^ *--.*$", "", made_of.sql)  # a comment calls nothing
    texts = re.sub(r"'[^']*'", "''", spoken)
    known = set(shadows.query("SELECT DISTINCT proname FROM pg_proc").iloc[:, 0])
    assert not (set(CALLED.findall(texts)) & known) - GRAMMAR
    with connect(postgres_url) as engine:
        engine.execute_script(["SET search_path = u, pg_catalog, public", *made_of.setup])
        found = engine.query(made_of.query, made_of.columns, session=AS_IT_IS)
        engine.execute_script(made_of.teardown)
    pd.testing.assert_frame_equal(in_order(found), wanted, check_dtype=False)


def test_what_the_product_asks_itself(
    shadows: Engine, shadowed: Engine, load_table: Any, tmp_path: Any
) -> None:
    model = layered(L.Dense(4, activation="elu"), L.Dense(2), shape=(3,))
    report = keras2sql.verify(
        model, shadowed, table="public.shadow_source", key="id", features=["a", "b", "c"]
    )
    assert report.ok, f"\n{report}"
    assert report.rows == 12
    convert("columns", tmp_path).deploy(shadowed, "public.shadow_view")
    told = keras2sql.status(shadowed)
    assert told.loc[told["name"].str.contains("shadow_view"), "state"].tolist() == ["ok"], told
    keras2sql.undeploy(shadowed, "public.shadow_view")
    assert not keras2sql.status(shadowed)["name"].str.contains("shadow_view").any()
    assert shadowed.count("public.shadow_source") == 12


def test_the_path_stays_as_it_was(shadows: Engine, postgres_url: str, tmp_path: Any) -> None:
    asked = "SELECT pg_catalog.current_setting('search_path') AS path"
    with connect(postgres_url) as engine:
        engine.execute_script(['SET search_path = u, pg_catalog, "nowhere", public'])
        before = engine.query(asked)
        convert("columns", tmp_path).run(engine)
        convert("columns", tmp_path).deploy(engine, "public.shadow_view")
        keras2sql.undeploy("public.shadow_view", engine)
        assert engine.query(asked).equals(before)


def test_a_transaction_of_the_callers_keeps_its_path(
    shadows: Engine, postgres_url: str, tmp_path: Any
) -> None:
    url = postgres_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection:
        connection.execute("SET search_path = u, pg_catalog, public")
        convert("columns", tmp_path).deploy(connection, "public.shadow_view")
        score_into(convert("columns", tmp_path), connection, "public.shadow_scores")
        shown = connection.execute("SHOW search_path").fetchone()
        assert shown == ("u, pg_catalog, public",)
        connection.rollback()
