"""SQL Server, which the tests can't start: what its dialect says of names, texts and numbers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import keras2sql
import tsql_service
from conformance.test_parsed import translated
from databases import load
from keras2sql.dialects import DIALECTS, get
from keras2sql.engines import Engine, connect
from keras2sql.engines.types import BOOLEAN, NUMBER, OTHER, TEXT, python
from keras2sql.errors import DatabaseError, DialectLimitError, UnsupportedDialectError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, Y
from keras2sql.graph.trees import Forest
from keras2sql.lower.cells import Cell
from keras2sql.lower.text import Speller
from test_text_models import path
from tiny import dense, program

MSSQL = get("sqlserver")


def test_names_stand_in_brackets() -> None:
    assert [MSSQL.quote(name) for name in ("id", "a b", "a]b[", "[x]", 'a"b', "Key", "merge")] == [
        "id", "[a b]", "[a]]b[]", "[[x]]]", '[a"b]', "[Key]", "[merge]",
    ]  # fmt: skip
    assert MSSQL.quote("containstable") == "[containstable]"
    with pytest.raises(DialectLimitError, match="has 129 characters, SQL Server takes 128"):
        MSSQL.quote("x" * 129)


TEXTS = ["it's", "back\\slash", "a\\", "two\\\nlines", "a\r\nb", "", "é ☃", "--", "N'x'", "'; DROP"]


def test_no_text_has_an_end_of_line_that_a_backslash_could_take() -> None:
    spelled = [MSSQL.constant(text) for text in TEXTS]
    assert spelled[:4] == [
        "N'it''s'", "N'back\\slash'", "N'a\\'", "N'two\\' + nchar(10) + N'lines'",
    ]  # fmt: skip
    assert not [text for text in spelled if "\n" in text or "\r" in text]
    values = [f"SELECT {text} AS [a]]b], {text} AS y" for text in spelled]
    assert tsql_service.complaints(values) == [[]] * len(values)


def test_a_number_below_those_of_float_is_a_product() -> None:
    tiny = [5e-324, -1e-310, 2.2e-308]
    spelled = [MSSQL.literal(value) for value in tiny]
    assert spelled == MSSQL.literals(tiny)
    for value, text in zip(tiny, spelled, strict=True):
        one, other = map(float, re.findall(r"-?[\d.]+e-?\d+", text))
        assert one * other == value
        assert min(abs(one), abs(other)) > 2.3e-308
    assert MSSQL.literals([2.4e-308, 0.0, 1e300]) == ["2.4e-308", "0e0", "1e+300"]


def deep(levels: int) -> Graph:
    """One tree of so many levels: each of its nodes has a leaf on the right."""
    nodes = np.arange(2 * levels + 1)
    inner = (nodes % 2 == 0) & (nodes < 2 * levels)
    forest = Forest(
        roots=np.array([0]),
        feature=np.zeros(len(nodes), dtype=np.intp),
        threshold=-nodes.astype(float),
        left=np.where(inner, nodes + 2, nodes),
        right=np.where(inner, nodes + 1, nodes),
        value=nodes[:, None].astype(float),
    )
    graph = Builder()
    x = graph.input("x", (1,))
    return Graph((x,), {"y": graph.trees(x, forest)})


def most_cases(query: str) -> int:
    """How many CASE stand in one another."""
    depth = most = 0
    for word in re.findall(r"\b(?:CASE|END|IIF)\b", query):
        depth += -1 if word == "END" else 1
        most = max(most, depth)
    return most


def test_no_more_than_ten_cases_stand_in_one_another(duckdb_engine: Engine) -> None:
    graph = deep(30)
    made = program(graph, "mssql", features=["a"])
    assert 8 <= most_cases(made.query) <= 10
    assert most_cases(program(graph, "duckdb", features=["a"]).query) > 20
    values = np.arange(-65.0, 5.0, 0.5)
    load(duckdb_engine, "tiny", pd.DataFrame({"id": np.arange(len(values)), "a": values}))
    found = duckdb_engine.query(translated(made.query, "mssql")).sort_values("id")
    np.testing.assert_array_equal(found["y"], graph.evaluate({"x": values[:, None]})["y"][:, 0])


def test_what_it_does_not_do_is_refused() -> None:
    with pytest.raises(UnsupportedDialectError, match="SQL Server has no strategy 'rows'"):
        program(dense([2, 2], ["relu"]), "mssql", features=["a", "b"], strategy="rows")
    wide = dense([1, 4200], ["relu"])
    with pytest.raises(DialectLimitError, match="SQL Server takes 4,096 columns in a select"):
        program(wide, "mssql", features=["a"])
    with pytest.raises(UnsupportedDialectError, match="differ by blanks at their end"):
        keras2sql.convert(path("StringLookup"), "mssql", "t", "id", ["a", "b"])


def test_the_url_asks_for_its_driver_and_shows_no_password() -> None:
    assert DIALECTS["mssql"].name == MSSQL.name
    url = "mssql+pyodbc://me:s3cret@nowhere.invalid/db?driver=none"
    with pytest.raises(DatabaseError) as caught, connect(url):
        pass
    assert "s3cret" not in str(caught.value)
    assert "pip install 'keras2sql[mssql]'" in str(caught.value) or "can't reach" in str(
        caught.value
    )


def test_types_as_its_driver_tells_them() -> None:
    told = ["<class 'float'>", "<class 'bool'>", "<class 'str'>", "<class 'datetime.datetime'>"]
    kinds = [python("x", one).kind for one in [*told, "<class 'uuid.UUID'>"]]
    assert kinds == [NUMBER, BOOLEAN, TEXT, OTHER, OTHER]


@pytest.mark.parametrize("dialect", ["mssql", "oracle"])
def test_a_condition_that_always_holds_is_one(dialect: str) -> None:
    """Where probabilities are constants, as a DummyClassifier's are."""
    graph = Builder()
    x = graph.input("x", (1,))
    odds = graph.map(X * 0.0, graph.join([x, x, x], 0))
    made = program(Graph((x,), {"y": graph.map(X + Y, odds, np.array([0.5, 0.25, 0.25]))}), dialect,
                   features=["a"], labels=["p", "q", "r"])  # fmt: skip
    wheres = re.findall(r"WHEN (\S+(?: [=<>]+ \S+)?)", made.query)
    assert not [test for test in wheres if test.startswith(("CAST", "1 THEN"))]
    truth = Cell("const", (), True, truth=True)
    assert Speller(get(dialect)).text(truth, {}) == "1 = 1"
    assert Speller(get("sqlite")).text(truth, {}) == "1"
    if dialect == "mssql":
        assert tsql_service.complaints([made.query]) == [[]]
