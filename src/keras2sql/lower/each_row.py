"""A statement that is computed for each row of the source by itself.

Its steps stand in a subquery behind the source, whose columns the first of them reads.  So
conditions on the key, joins and limits choose rows before anything is computed.  What looks values
up in large tables stays in front, as it would go through them for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from keras2sql.graph.work import Work
from keras2sql.lower.lowered import Lowered, checked
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.source import ROWS
from keras2sql.sql.names import Names
from keras2sql.sql.steps import Barrier, Chain
from keras2sql.sql.tree import (
    Body,
    Column,
    Lateral,
    Listed,
    Product,
    Query,
    Read,
    Relation,
    Select,
    Step,
    Union,
    Values,
    selects,
)

GONE_THROUGH = 64
"""Rows of tables of values up to which each row of the source may go through them anew: by joins
of one row PostgreSQL takes no hash, and 0.2 µs for each."""

FRONT = 4
"""Steps up to which they may be written into one another: what two columns of a step read is
computed in powers of two."""


@dataclass(frozen=True)
class _Parts:
    """A statement in two: steps `before`, and those of the `chain` that is computed for each of
    the `rows`.

    `read` is what the chain calls the rows, and `shown` the columns of the result that come from
    them, spelled.
    """

    before: tuple[Step, ...]
    chain: tuple[Step, ...]
    rows: Relation
    read: Relation
    shown: Mapping[str, str]


def lower(
    wanted: Lowering, lowered_by: Callable[[Lowering], Lowered], chain: Chain, barrier: Barrier
) -> Lowered | None:
    """What `lowered_by` makes of it, for each row; None where that would take much longer for all
    rows than it does at once."""
    has_large_tables = _rows_gone_through(wanted, chain) > GONE_THROUGH
    if has_large_tables and chain not in ("columns", "sequences"):
        return None
    made = lowered_by(wanted)
    if has_large_tables or chain == "sequences":
        parts = _behind_front(made.query, wanted)
    else:
        parts = _behind_source(made.query, wanted)
    return None if parts is None else _around(made, parts, wanted, barrier)


def _rows_gone_through(wanted: Lowering, chain: Chain) -> int:
    """Rows of tables of values that are looked through for one row of the source."""
    work = Work.of(wanted.graph)
    if chain != "rows":
        return sum(search.keys * search.rows for search in work.searches)
    if wanted.beside:
        return 0  # tables have an index
    looked_up = sum(search.rows for search in work.searches)
    walked = sum(walk.nodes * walk.levels for walk in work.walks)
    return looked_up + walked


# -- what is computed for each row, and what before


def _behind_source(query: Query, wanted: Lowering) -> _Parts:
    """All steps for each row of the source."""
    source = wanted.source
    dialect = wanted.dialect
    tables, steps = _tables_and_steps(query)
    shown = {}
    for name in source.shown:
        column = source.called.get(name, name)
        shown[name] = f"{ROWS}.{dialect.quote(column)}"
    return _Parts(
        before=tables,
        chain=steps,
        rows=source.rows(dialect, ROWS),
        read=source.rows(dialect),
        shown=shown,
    )


def _behind_front(query: Query, wanted: Lowering) -> _Parts | None:
    """The steps behind those that join or group, which are written into one another, so that
    conditions on the key pass them; None where they are many."""
    tables, steps = _tables_and_steps(query)
    length = 0
    for number, step in enumerate(steps, start=1):
        if _joins_or_groups(step):
            length = number
    front, chain = steps[:length], steps[length:]
    if not front or not chain or length > FRONT:
        return None
    if any(step.shared for step in front):
        return None
    last = front[-1]
    return _Parts(
        before=(*tables, *front),
        chain=chain,
        rows=Read(last.name),
        read=Read(last.name),
        shown=_first_columns(last, wanted),
    )


def _first_columns(step: Step, wanted: Lowering) -> dict[str, str]:
    """The source's columns that the result shows, which are the first that a step has."""
    quote = wanted.dialect.quote
    columns = selects(step.body)[0].columns
    shown = {}
    for name, column in zip(wanted.source.shown, columns, strict=False):
        shown[name] = f"{quote(step.name)}.{quote(column.name)}"
    return shown


def _joins_or_groups(step: Step) -> bool:
    body = step.body
    return not isinstance(body, Select) or bool(body.joins or body.group)


def _tables_and_steps(query: Query) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The tables of values, and the other steps."""
    tables = tuple(step for step in query.steps if isinstance(step.body, Values | Listed))
    steps = tuple(step for step in query.steps if step not in tables)
    return tables, steps


# -- the statement


def _around(made: Lowered, parts: _Parts, wanted: Lowering, barrier: Barrier) -> Lowered:
    """The statement whose chain stands behind the rows, in a subquery for each of them."""
    quote = wanted.dialect.quote
    answer = made.query.answer
    predicted = tuple(column for column in answer.columns if column.name not in parts.shown)
    inner = Query(
        steps=tuple(replace(step, body=_of_one_row(step.body, parts.read)) for step in parts.chain),
        answer=replace(answer, columns=predicted),
        barrier=barrier,
    )
    alias = _alias(made.query, wanted)
    columns = [Column(name, text) for name, text in parts.shown.items()]
    for column in predicted:
        columns.append(Column(column.name, f"{quote(alias)}.{quote(column.name)}"))
    outer = Select(tuple(columns), Product(parts.rows, Lateral(inner, alias)))
    query = Query(parts.before, outer, wanted.header, Barrier())
    return replace(made, query=checked(query), columns=tuple(column.name for column in columns))


def _alias(query: Query, wanted: Lowering) -> str:
    """What the subquery is called: as no step, nor anything that the source has."""
    steps = [step.name.casefold() for step in query.steps]
    return Names({*wanted.source.words(), *steps}).take("predictions")


def _of_one_row(body: Body, read: Relation) -> Body:
    """The same of a row outside, instead of the rows that were read."""
    if isinstance(body, Union):
        return Union(tuple(_select_of_one_row(select, read) for select in body.selects))
    return _select_of_one_row(body, read) if isinstance(body, Select) else body


def _select_of_one_row(select: Select, read: Relation) -> Select:
    source = select.source
    if isinstance(source, Select):
        return replace(select, source=_select_of_one_row(source, read))
    return replace(select, source=None) if source == read else select
