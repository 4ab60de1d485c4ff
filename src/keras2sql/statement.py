"""What a model has become: a query, the tables that it reads, and how they came about.

Deployment, scoring and the checks of a source work on it.  It knows of no database that runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from keras2sql import notebook
from keras2sql.dialects import Dialect, tables
from keras2sql.dialects.settings import Settings
from keras2sql.errors import DialectLimitError, one_line
from keras2sql.features import some
from keras2sql.graph.core import Graph
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.source import Source
from keras2sql.plan import Plan, for_rows, lower
from keras2sql.read.network import Network
from keras2sql.sql.render import render, setting_before
from keras2sql.sql.stored import StoredTable

MANY = 1_000_000_000
"""Rows of a table that is large, whatever the database."""

AnyStatement = TypeVar("AnyStatement", bound="Statement")


@dataclass(frozen=True, eq=False, repr=False)
class Statement:
    """SQL that computes a model, and how it came about.

    `query` is one SELECT (of a recursion in MariaDB with a setting in front); `columns` names the
    result's columns, key first.  `graph` computes the prediction columns by numpy, `network` is
    the model as read, `features` the source column of every element of every input; those of
    one time step, where `source.order` says how steps follow each other; one for the whole
    input, where `source.arrays` has it.  `name` is what the model is called in comments.  Tables of
    weights are in `schema`; empty: the one in use.
    """

    name: str
    query: str
    columns: list[str]
    dialect: Dialect
    source: Source
    features: dict[str, list[str]]
    labels: tuple[Any, ...] | None
    network: Network
    graph: Graph
    plan: Plan
    lowered: Lowered
    schema: str = ""

    @property
    def tables(self) -> tuple[StoredTable, ...]:
        """The tables that the query reads beside its source."""
        return self.lowered.tables

    @property
    def setup(self) -> list[str]:
        """Statements that make these tables.

        Run again they change nothing, or finish what was interrupted.
        """
        return [line for table in self.tables for line in tables.setup(table, self.dialect)]

    @property
    def teardown(self) -> list[str]:
        """Statements that drop what `setup` made."""
        return [tables.teardown(table, self.dialect) for table in reversed(self.tables)]

    @property
    def sql(self) -> str:
        """Everything as one script for the database's own shell.

        The tables are made in one transaction, where the database has those for what makes
        tables; comments say how they are dropped.  Settings of the session are undone at the end.
        """
        dialect, query, drops = self.dialect, self.query, ""
        setup = self.setup
        if setup and dialect.tables is not None and dialect.tables.begin:
            setup = [dialect.tables.begin, *setup, "COMMIT"]
        if setup:
            listed = "".join(f"-- {one_line(drop)}\n" for drop in self.teardown)
            drops = f"-- Later, these drop the tables:\n{listed}"
        before = "".join(f"{statement};\n" for statement in (*dialect.script, *setup))
        behind = "".join(f"{statement};\n" for statement in dialect.script_end)
        return f"{before}{drops}{query};\n{behind}"

    def facts(self) -> list[tuple[str, str]]:
        """What it is, in short: ``(what, value)``."""
        plan, graph = self.plan, self.graph
        answers = [column for column in self.columns if column in graph.outputs]
        steps, size = len(self.lowered.steps), len(self.query.encode())
        tables = f", {len(self.tables)} tables of weights" if self.tables else ""
        return [
            ("database", self.dialect.title),
            ("plan", f"{plan.strategy}, {plan.precision} precision, weights {plan.weights}"),
            ("statement", f"{size:,} bytes in {steps} steps{tables}"),
            ("work", f"{graph.multiply_adds():,} multiply-adds per row"),
            ("source", f"{self.source.table}, key {', '.join(self.source.key)}"),
            ("predictions", some(answers)),
        ]

    def __repr__(self) -> str:
        told = "".join(f"\n  {what:<12} {value}" for what, value in self.facts())
        return f"<{type(self).__name__} of {self.name}:{told}>"

    def _repr_html_(self) -> str:
        return (
            notebook.heading(f"{self.name}, as SQL")
            + notebook.table(self.facts())
            + notebook.folded("query", self.query)
        )

    def over(self, table: str) -> str:
        """The query over another table, or ``(select ...)``, that has the same columns."""
        return self.of(replace(self.source, table=table)).query

    def of(self: AnyStatement, source: Source) -> AnyStatement:
        """The same over another source."""
        return self._lowered(source, self.plan)

    def in_schema(self: AnyStatement, schema: str) -> AnyStatement:
        """The same with its tables of weights in this schema; empty: the one in use."""
        if schema == self.schema:
            return self
        return replace(self, schema=schema)._lowered(self.source, self.plan)

    @property
    def session(self) -> tuple[Settings, ...]:
        """The settings under which the query runs: the dialect's, and its own."""
        return (*self.dialect.session, *self.own_settings)

    @property
    def own_settings(self) -> tuple[Settings, ...]:
        """The settings that this query wants, beyond those of every query of the dialect."""
        rows = self.dialect.rows
        if rows is None or self.plan.strategy != "rows" or self.plan.by_key:
            return ()
        return rows.session

    def for_all_rows(self: AnyStatement, count: Callable[[], int] | None = None) -> AnyStatement:
        """The same by what takes the least time for all rows of the source, where the query is
        for reading by key; `count` tells how many these are, and is asked if it makes a
        difference.  A query that is not the plan's own stays as it is."""
        if not self.plan.by_key or self.query != render(self.lowered.query, self.dialect):
            return self
        plan = self.plan_for_all(count)
        same = replace(self, plan=replace(self.plan, by_key=False))
        if _alike(plan, self.plan) and not self.lowered.keyed:
            steps, chain = self.dialect.steps, plan.chain(self.graph)
            if steps.barrier_for(chain, by_key=True) == steps.barrier_for(chain, by_key=False):
                return same
        try:
            other = self._lowered(self.source, plan)
        except DialectLimitError:  # the costs know no limits, and this statement meets none
            return same
        return same if other.query == self.query else other

    def plan_for_all(self, count: Callable[[], int] | None) -> Plan:
        """By which `for_all_rows` makes its statement."""
        default = replace(self.plan.whole or self.plan, by_key=False)
        if count is None or not self.plan.estimates:
            return default
        graph, dialect, arrays = self.graph, self.dialect, self.source.arrays
        few, many = (for_rows(graph, dialect, self.plan, n, arrays) for n in (1, MANY))
        if _alike(few, many):
            return default
        best = for_rows(graph, dialect, self.plan, count(), arrays)
        # Who may only read, or asked for weights inline, has no tables made for a statement that
        # needs none.
        more_tables = best.weights == "tables" != default.weights
        return default if more_tables or _alike(best, default) else best

    def _lowered(self: AnyStatement, source: Source, plan: Plan) -> AnyStatement:
        header = self.lowered.query.header
        lowered = lower(self.graph, plan, source, self.dialect, header, self.name, self.schema)
        query = render(lowered.query, self.dialect)
        return replace(self, source=source, plan=plan, lowered=lowered, query=query)


def inside(statement: Statement) -> str:
    """The query as it stands inside of another statement: without a setting in front, which the
    session is to have then."""
    before = setting_before(statement.lowered.query, statement.dialect)
    query = statement.query
    return query.replace(f"{before}\n", "", 1) if before else query


def _alike(one: Plan, other: Plan) -> bool:
    """Whether plans make the same of a model, but for who reads it."""
    return (one.strategy, one.weights, one.matrices) == (
        other.strategy,
        other.weights,
        other.matrices,
    )
