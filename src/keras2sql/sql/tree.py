"""The statement tree: a query is a chain of named steps and a final select.

Expressions are already spelled by a dialect when they come here; names of tables, steps and
columns are not yet quoted.  The tree knows no tensors, and how a step is kept from being inlined
is the dialect's affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from keras2sql.sql.steps import Barrier


class MalformedQuery(Exception):
    """A strategy built a tree that is no statement: a bug of the product, not of its input."""


@dataclass(frozen=True)
class Column:
    """One item of a select list: `text` is spelled SQL, `name` its alias, unquoted.

    `truth`: whether the text is a condition, of which a database may have to make a value.
    """

    name: str
    text: str
    truth: bool = False


@dataclass(frozen=True)
class Read:
    """The rows of an earlier step of the query."""

    step: str
    alias: str = ""


@dataclass(frozen=True)
class Table:
    """The rows of a table of the database: its name in parts, such as schema and table.

    `apart`: read through a select of all its columns, so that what is no column of it is none
    here either, though the database gives every table some of its own.
    """

    parts: tuple[str, ...]
    alias: str = ""
    apart: bool = False


@dataclass(frozen=True)
class Subquery:
    """The rows of a user's own ``(SELECT ...)``, as it was written."""

    text: str
    alias: str


@dataclass(frozen=True)
class Unnested:
    """A row (v, n = 1, 2, ...) called e for each element of an array, which is spelled."""

    array: str


@dataclass(frozen=True)
class Product:
    """Each row of one relation with each of another."""

    left: Relation
    right: Relation


@dataclass(frozen=True)
class Lateral:
    """The rows of a query for each row of the relation before it, whose columns it reads."""

    query: Query
    alias: str


Relation = Read | Table | Subquery | Unnested | Product | Lateral

INNER, LEFT, CROSS = "JOIN", "LEFT JOIN", "CROSS JOIN"


@dataclass(frozen=True)
class Join:
    """The relation that a select joins, and the spelled conditions, which must all hold."""

    kind: str
    relation: Read | Table
    on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Select:
    """``SELECT columns FROM source``; without a source a single row.

    `where` and `having` are spelled conditions.  `group` has the places of the columns, counted
    from 1, by which rows are grouped.  `also` names steps that expressions read as a value.
    """

    columns: tuple[Column, ...]
    source: Relation | Select | None = None
    joins: tuple[Join, ...] = ()
    where: str = ""
    group: tuple[int, ...] = ()
    having: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Values:
    """A table of literal rows, spelled, for lookups."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Listed:
    """A table whose columns are given by an array each, spelled, all of one length."""

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Union:
    """The rows of all selects, whose columns are alike."""

    selects: tuple[Select, ...]


@dataclass(frozen=True)
class Recursion:
    """A recursive step: the rows of `start`, then those of `again`, which reads the step."""

    columns: tuple[str, ...]
    start: Select
    again: Select


Body = Select | Union | Values | Listed | Recursion


@dataclass(frozen=True)
class Step:
    """A named select (or recursion, or table of values) that later steps read.

    `shared` asks for its rows to be computed once though several steps read them.
    """

    name: str
    body: Body
    comment: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Query:
    """Steps, each reading earlier ones, and the select that answers.

    `barrier` keeps the steps apart; None: that of the dialect for any chain.
    """

    steps: tuple[Step, ...]
    answer: Select
    header: tuple[str, ...] = ()
    barrier: Barrier | None = None

    def reads(self) -> dict[str, tuple[str, ...]]:
        """Of each step, by its name, the steps that it reads, as often as it reads them, also of
        those in a subquery; the answer's are those of the name ""."""
        found = {step.name: tuple(_reads(step.body)) for step in self.steps}
        for lateral in _laterals(self.answer):
            found |= lateral.query.reads()
        return found | {"": tuple(_reads(self.answer))}

    def check(self, around: Set[str] = frozenset()) -> None:
        """Raise `MalformedQuery` where the tree is no statement.

        Steps have names of their own, and read earlier ones (a recursion itself, too); relations
        of one select have aliases of their own; a column is named once; the parts of a union and
        of a recursion have as many columns; what is grouped by is a column.  `around` are the
        steps of the query that this one is in.
        """
        known = set(around)
        for step in self.steps:
            if step.name.casefold() in known:
                raise MalformedQuery(f"two steps are called {step.name!r}")
            own = {step.name.casefold()}
            _check(step.body, step.name, known | own if isinstance(step.body, Recursion) else known)
            known |= own
        _check(self.answer, "the answer", known)


def aliased(relation: Read | Table, alias: str) -> Read | Table:
    """The same relation by another name."""
    return replace(relation, alias=alias)


def relations(select: Select) -> list[Relation]:
    """What a select reads in its own FROM, one behind the other; not what selects within do."""
    found = [] if select.source is None or isinstance(select.source, Select) else [select.source]
    return [one for source in found for one in _flat(source)] + [j.relation for j in select.joins]


def selects(body: Body) -> tuple[Select, ...]:
    """The selects of a step."""
    if isinstance(body, Values | Listed):
        return ()
    if isinstance(body, Recursion):
        return (body.start, body.again)
    return body.selects if isinstance(body, Union) else (body,)


def _flat(relation: Relation) -> list[Relation]:
    if isinstance(relation, Product):
        return [*_flat(relation.left), *_flat(relation.right)]
    return [relation]


def _laterals(select: Select) -> list[Lateral]:
    return [one for one in relations(select) if isinstance(one, Lateral)]


def _within(select: Select) -> Iterator[Select]:
    """A select and those inside of it."""
    found: Select | None = select
    while found is not None:
        yield found
        found = found.source if isinstance(found.source, Select) else None


def _reads(body: Body) -> Iterator[str]:
    for outer in selects(body):
        for select in _within(outer):
            yield from (one.step for one in relations(select) if isinstance(one, Read))
            yield from select.also
            for lateral in _laterals(select):
                own = {step.name for step in lateral.query.steps}
                read = [one for reads in lateral.query.reads().values() for one in reads]
                yield from (one for one in read if one not in own)


def _check(body: Body, name: str, known: set[str]) -> None:
    for step in _reads(body):
        if step.casefold() not in known:
            raise MalformedQuery(f"{name} reads {step!r}, which is no step before it")
    if isinstance(body, Values):
        _check_columns(body.columns, name)
        if any(len(row) != len(body.columns) for row in body.rows):
            raise MalformedQuery(f"{name} has rows of another length than its columns")
        return
    if isinstance(body, Listed):
        _check_columns([column.name for column in body.columns], name)
        return
    widths = {len(select.columns) for select in selects(body)}
    if isinstance(body, Recursion):
        _check_columns(body.columns, name)
        widths.add(len(body.columns))
    if len(widths) != 1:
        raise MalformedQuery(f"the parts of {name} have {sorted(widths)} columns")
    for outer in selects(body):
        for select in _within(outer):
            _check_select(select, name)
            for lateral in _laterals(select):
                lateral.query.check(known)


def _check_select(select: Select, name: str) -> None:
    _check_columns([column.name for column in select.columns], name)
    called = [_called(one) for one in relations(select)]
    twice = {one for one in called if one and called.count(one) > 1}
    if twice:
        raise MalformedQuery(f"{name} reads two relations as {sorted(twice)[0]!r}")
    if any(not 1 <= place <= len(select.columns) for place in select.group):
        raise MalformedQuery(f"{name} is grouped by a column that it does not have")
    if any((join.kind == CROSS) == bool(join.on) for join in select.joins):
        raise MalformedQuery(f"{name} joins without a condition, or crosses with one")


def _check_columns(names: list[str] | tuple[str, ...], where: str) -> None:
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedQuery(f"{where} has two columns called {twice!r}")


def _called(relation: Relation) -> str:
    """The name by which expressions know a relation."""
    if isinstance(relation, Unnested):
        return "e"
    if isinstance(relation, Read):
        return (relation.alias or relation.step).casefold()
    if isinstance(relation, Table):
        return (relation.alias or relation.parts[-1]).casefold()
    return relation.alias.casefold() if isinstance(relation, Subquery | Lateral) else ""
