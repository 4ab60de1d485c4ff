"""Databases that the tests can't start: the best parser there is reads their statements.

Each of the statements of one case of each layer, and of the golden files, is taken, and what is
wrong there is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache

import numpy as np
import pandas as pd
import pytest
import sqlglot
from sqlglot import exp

import keras2sql
from conformance.matrix import DATABASES, JAX, Database
from golden import networks
from keras2sql import Sequence, heads
from keras2sql.demo import FORECASTER
from keras2sql.dialects import Dialect, get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from layers import CASES
from layers.build import built
from layers.case import Case
from parsers import PARSERS
from test_grammar import statement
from vocabulary import VOCABULARIES

Load = Callable[[Engine, str, pd.DataFrame], None]

PARSED = [pytest.param(d, id=d.dialect) for d in DATABASES if d.parser]
BY_TEXT = [pytest.param(d, id=d.dialect) for d in DATABASES if d.dialect in VOCABULARIES]
FIRSTS = {case.layer: case for case in reversed(CASES) if case.id not in JAX}

_SQLGLOT = {"mssql": "tsql", "db2": ""}


def slow(database: Database) -> bool:
    """Whether its parser takes seconds for a statement."""
    return PARSERS[database.parser].slow


@cache
def statements(name: str) -> dict[str, str]:
    """The text of each, by its name, in the dialect of that name."""
    return dict(_statements(get(name)))


def _statements(dialect: Dialect) -> Iterator[tuple[str, str]]:
    for name, of in networks.FILES:
        if of == dialect.name:
            yield name, networks.golden(name, of).query
    with suppress(DialectLimitError):  # where its 240 steps, unrolled, are too many or too long
        order = Sequence(["sst"], "month")
        yield "forecaster", keras2sql.convert(FORECASTER, dialect.name, "months", "k", order).query
    for case in FIRSTS.values():
        if any(t.kind == "str" for t in built(case).graph.inputs) and not dialect.casts.text:
            continue
        yield case.id, statement(case, dialect, "columns")


@pytest.mark.parametrize(
    ("database", "count"),
    [
        pytest.param(d, count, id=f"{d.dialect}-{count}", marks=[pytest.mark.sweep] * late)
        for d in DATABASES
        if d.parser
        for count, late in ([("few", False), ("all", True)] if slow(d) else [("all", False)])
    ],
)
def test_its_parser_takes_every_statement(database: Database, count: str) -> None:
    made = statements(database.dialect)
    assert len(made) > 100
    if slow(database):  # and of a size that it takes
        names = ["signal"] if count == "few" else [name for name in made if name != "forecaster"]
        made = {name: made[name] for name in names}
    told = PARSERS[database.parser].complaints(list(made.values()))
    assert {name: one for name, one in zip(made, told, strict=True) if one} == {}


@pytest.mark.parametrize("database", PARSED)
def test_its_parser_rejects_what_is_wrong_there(database: Database) -> None:
    parser = PARSERS[database.parser]
    told = parser.complaints(parser.wrong)
    assert [sql for sql, one in zip(parser.wrong, told, strict=True) if not one] == []


@pytest.mark.parametrize("database", BY_TEXT)
def test_its_statements_are_made_of_what_its_manual_has(database: Database) -> None:
    words = VOCABULARIES[database.dialect]
    assert words.pages
    made = statements(database.dialect)
    found = {name: words.strangers(text) for name, text in made.items()}
    assert {name: strangers for name, strangers in found.items() if strangers} == {}


TRANSLATED = [
    pytest.param(database, case, id=f"{database.dialect}-{case.id}", marks=marks)
    for number, database in enumerate(d for d in DATABASES if d.parser)
    for place, case in enumerate(FIRSTS.values())
    for marks in [[] if place % 20 == number else [pytest.mark.sweep]]
]


@pytest.mark.parametrize(("database", "case"), TRANSLATED)
def test_what_it_says_is_what_the_graph_computes(
    database: Database, case: Case, duckdb_engine: Engine, load_table: Load
) -> None:
    """Translated to DuckDB, which says nothing of what else the database itself would do."""
    dialect = get(database.dialect)
    made = built(case)
    if any(t.kind == "str" for t in made.graph.inputs) and not dialect.casts.text:
        return
    columns = {"id": np.arange(len(next(iter(made.feeds.values()))))}
    for name, values in made.feeds.items():
        flat = values.reshape(len(values), -1)
        columns |= {f"{name}_{i}": column for i, column in enumerate(flat.T)}
    load_table(duckdb_engine, "t", pd.DataFrame(columns))
    found = duckdb_engine.query(translated(statement(case, dialect, "columns"), dialect.name))
    found = found.sort_values("id")
    for name, values in heads.bare(made.graph).evaluate(made.feeds).items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("database", BY_TEXT)
def test_its_manual_has_not_what_others_have(database: Database) -> None:
    words = VOCABULARIES[database.dialect]
    case = FIRSTS["LSTM"]
    for other in ("duckdb", "sqlite", "postgresql", "googlesql", "firebird"):
        assert words.strangers(statement(case, get(other), "columns")), other
    assert words.strangers("SELECT ARRAY[x] FROM t LIMIT 3 QUALIFY") >= {"ARRAY", "QUALIFY"}
    assert words.strangers("SELECT list_sum(x) FROM t") == {"list_sum()"}


def translated(text: str, dialect: str) -> str:
    """A statement in DuckDB's SQL; sqlglot takes float for one of 32 bit, round(x, 0, 1), which
    cuts off, for a call of DuckDB's own, and what is special to Oracle's numbers for names."""
    text = (
        text.replace(" AS float)", " AS double)")
        .replace(" AS FLOAT)", " AS double)")
        .replace("BINARY_DOUBLE)", "double)")
    )
    if dialect == "oracle":
        text = re.sub(r"\b(\d[\d.]*(?:e[-+]?\d+)?)d\b", r"CAST(\1 AS double)", text)
        number = r"CAST\((?:\"[^\"]+\"|\S+) AS double\)|\w+\([^()]*\)|\"[^\"]+\"|[\w.]+"
        text = re.sub(rf"({number}) IS (NOT )?NAN", r"\2isnan(\1)", text)
        text = text.replace("BINARY_DOUBLE_NAN", "nan()")
        text = text.replace("BINARY_DOUBLE_INFINITY", "infinity()")
    for constant in ("nan", "infinity"):
        text = re.sub(rf"\b{constant}\(\)", f"CAST('{constant}' AS double)", text)
    tree = sqlglot.parse_one(text, read=_SQLGLOT.get(dialect, dialect))
    for node in list(tree.find_all(exp.Round)):
        if node.args.get("truncate"):
            node.replace(exp.Anonymous(this="trunc", expressions=[node.this]))
    if dialect in ("db2", "teradata"):  # x comes before y
        for node in tree.find_all(exp.Atan2):
            node.replace(exp.Atan2(this=node.expression.copy(), expression=node.this.copy()))
    for table in list(tree.find_all(exp.Table)):
        if table.name in ("dual", "sysdummy1"):
            table.parent.pop()
    return tree.sql(dialect="duckdb")
