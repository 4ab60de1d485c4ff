"""A made-up database of another family: what its grammar lacks, no statement has.

It has no AS in front of a relation's name, no condition as a value, no table of values, no place
of a column in GROUP BY, and WITH alone.  That is its one entry here: the strategies, and the
tree that they build, are those of all others.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.tokens import Token, TokenType

from conformance.matrix import JAX, Database
from keras2sql import heads
from keras2sql.dialects import Dialect, get
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph.simplify import simplify
from keras2sql.lower.source import Source
from keras2sql.plan import lower, plan
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.render import render
from keras2sql.sql.steps import PLAIN, Steps
from layers import CASES, STATEFUL
from layers.build import built
from layers.case import Case

MADE_UP = replace(
    get("sqlite"),
    name="made_up",
    title="Made-up",
    tested="parsed",
    grammar=Grammar(
        alias=" ",
        recursive="WITH",
        values="",
        from_nothing="dual",
        group_places=False,
        truth="CASE WHEN {0} THEN 1 ELSE 0 END",
        test="({0} = 1)",
    ),
    steps=Steps(shared=PLAIN, shared_values=""),
)

ROW = Database("made_up", engine="", title="Made-up", parser="sqlite")

_FIRSTS = {case.layer: case for case in reversed([*CASES, *STATEFUL]) if case.id not in JAX}
_CONDITIONS = (exp.Predicate, exp.Connector, exp.Not)


def statement(case: Case, dialect: Dialect, strategy: str) -> str:
    """The SQL of a case."""
    graph = simplify(heads.bare(built(case).graph))
    features = {t.layer: [f"{t.layer}_{i}" for i in range(t.size)] for t in graph.inputs}
    made = lower(graph, plan(graph, dialect, strategy), Source("t", ("id",), features), dialect)
    return render(made.query, dialect)


def is_condition(node: exp.Expression) -> bool:
    """Whether an expression is a condition, not a value."""
    inner = node.unnest()
    return isinstance(inner, _CONDITIONS) and not isinstance(inner, exp.Boolean)


def faults(text: str) -> set[str]:
    """What of a statement the made-up grammar does not have."""
    tree = sqlglot.parse_one(text, read=ROW.parser)
    found: set[str] = set()
    for node in tree.walk():
        if isinstance(node, exp.Boolean):
            found.add("a truth value")
        if isinstance(node, exp.Values):
            found.add("a table of values")
        if isinstance(node, exp.With) and node.recursive:
            found.add("RECURSIVE")
        if isinstance(node, exp.Group) and any(
            isinstance(e, exp.Literal) for e in node.expressions
        ):
            found.add("a place in GROUP BY")
        if isinstance(node, exp.Select) and node.args.get("from_", node.args.get("from")) is None:
            found.add("a select from nothing")
        if isinstance(node, exp.Select) and any(map(is_condition, map(_value, node.expressions))):
            found.add("a condition in a select list")
        found |= _of_conditions(node)
    if _named(sqlglot.tokenize(text, read=ROW.parser), tree):
        found.add("AS in front of a relation's name")
    return found


def _value(item: exp.Expression) -> exp.Expression:
    return item.this if isinstance(item, exp.Alias) else item


def _of_conditions(node: exp.Expression) -> set[str]:
    """Values where conditions have to be, and the other way about."""
    found = set()
    tests: list[Any] = []
    values: list[Any] = []
    if isinstance(node, exp.If):
        tests.append(node.this)
        values.append(node.args.get("true"))
    elif isinstance(node, exp.Case):
        values.append(node.args.get("default"))
    elif isinstance(node, exp.Connector):
        tests += [node.left, node.right]
    elif isinstance(node, exp.Not | exp.Where | exp.Having):
        tests.append(node.this)
    elif isinstance(node, exp.Join):
        tests.append(node.args.get("on"))
    elif isinstance(node, exp.Binary | exp.Func):
        values += list(node.iter_expressions())
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case) and node.parent.this:
        tests = []  # CASE x WHEN value
    if any(t is not None and not is_condition(t) for t in tests):
        found.add("a value as a condition")
    if any(v is not None and is_condition(v) for v in values):
        found.add("a condition as a value")
    return found


def _named(tokens: list[Token], tree: exp.Expression) -> bool:
    """Whether AS stands in front of the name of a relation."""
    aliases = {node.alias for node in tree.find_all(exp.Table, exp.Subquery) if node.alias}
    return any(
        before.token_type is TokenType.ALIAS and name.text in aliases
        for before, name in itertools.pairwise(tokens)
    )


@pytest.mark.parametrize("strategy", ["columns", "rows"])
@pytest.mark.parametrize("case", list(_FIRSTS.values()), ids=lambda case: str(case.id))
def test_a_grammar_of_another_family(case: Case, strategy: str) -> None:
    if strategy == "rows" and case in STATEFUL:
        with pytest.raises(UnsupportedDialectError, match="one row of the source at a time"):
            statement(case, MADE_UP, strategy)
    else:
        assert faults(statement(case, MADE_UP, strategy)) == set()


def test_a_dialect_without_an_engine_claims_no_more_than_a_parser_shows() -> None:
    assert (MADE_UP.tested, ROW.level) == ("parsed", "parsed")


def test_the_check_rejects_other_families() -> None:
    case = next(c for c in CASES if c.layer == "LSTM")
    found = faults(statement(case, get("sqlite"), "columns"))
    assert "a condition in a select list" in found
    loops = next(c for c in STATEFUL if c.layer == "LSTM")
    assert "RECURSIVE" in faults(statement(loops, get("sqlite"), "columns"))
    rows = faults(statement(next(c for c in CASES if c.layer == "Dense"), get("sqlite"), "rows"))
    assert {"a table of values", "AS in front of a relation's name"} <= rows
