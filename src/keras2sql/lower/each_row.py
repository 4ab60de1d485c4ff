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
    """Steps `before` and those of the `chain` for each of the `rows`; `read` is what the chain
    calls these, and `shown` the columns that come from them, spelled."""

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
    much = _gone_through(wanted, chain) > GONE_THROUGH
    if much and chain not in ("columns", "sequences"):
        return None
    made = lowered_by(wanted)
    behind = _behind_front if much or chain == "sequences" else _behind_source
    parts = behind(made.query, wanted)
    return None if parts is None else _around(made, parts, wanted, barrier)


def _gone_through(wanted: Lowering, chain: Chain) -> int:
    """Rows of tables of values that are looked through for one row of the source."""
    work = Work.of(wanted.graph)
    if chain == "rows":
        if wanted.beside:
            return 0  # tables have an index
        return sum(s.rows for s in work.searches) + sum(w.nodes * w.levels for w in work.walks)
    return sum(s.keys * s.rows for s in work.searches)


def _behind_source(query: Query, wanted: Lowering) -> _Parts:
    """All steps for each row of the source."""
    source, dialect = wanted.source, wanted.dialect
    tables, steps = _tables(query)
    spelled = {n: dialect.quote(source.called.get(n, n)) for n in source.shown}
    shown = {n: f"{ROWS}.{column}" for n, column in spelled.items()}
    return _Parts(tables, steps, source.rows(dialect, ROWS), source.rows(dialect), shown)


def _behind_front(query: Query, wanted: Lowering) -> _Parts | None:
    """The steps behind those that join or group, which are written into one another, so that
    conditions on the key pass them; None where they are many."""
    tables, steps = _tables(query)
    joining = [n for n, step in enumerate(steps) if _joins_or_groups(step)]
    many = joining[-1] + 1 if joining else 0
    front, chain = steps[:many], steps[many:]
    if not 1 <= many <= FRONT or not chain or any(step.shared for step in front):
        return None
    last, quote = front[-1], wanted.dialect.quote
    columns = selects(last.body)[0].columns
    pairs = zip(wanted.source.shown, columns, strict=False)
    shown = {raw: f"{quote(last.name)}.{quote(column.name)}" for raw, column in pairs}
    return _Parts((*tables, *front), chain, Read(last.name), Read(last.name), shown)


def _joins_or_groups(step: Step) -> bool:
    body = step.body
    return not isinstance(body, Select) or bool(body.joins or body.group)


def _tables(query: Query) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The tables of values, and the other steps."""
    tables = tuple(step for step in query.steps if isinstance(step.body, Values | Listed))
    return tables, tuple(step for step in query.steps if step not in tables)


def _around(made: Lowered, parts: _Parts, wanted: Lowering, barrier: Barrier) -> Lowered:
    """The statement whose chain stands behind the rows, in a subquery for each of them."""
    quote = wanted.dialect.quote
    taken = [step.name.casefold() for step in made.query.steps]
    found = Names({*wanted.source.words(), *taken}).take("predictions")
    chain = [replace(step, body=_of_one_row(step.body, parts.read)) for step in parts.chain]
    answer = made.query.answer
    predicted = tuple(c for c in answer.columns if c.name not in parts.shown)
    inner = Query(tuple(chain), replace(answer, columns=predicted), barrier=barrier)
    columns = [Column(name, text) for name, text in parts.shown.items()]
    columns += [Column(c.name, f"{quote(found)}.{quote(c.name)}") for c in predicted]
    outer = Select(tuple(columns), Product(parts.rows, Lateral(inner, found)))
    query = Query(parts.before, outer, wanted.header, Barrier())
    return replace(made, query=checked(query), columns=tuple(c.name for c in columns))


def _of_one_row(body: Body, read: Relation) -> Body:
    """The same of a row outside, instead of the rows that were read."""
    if isinstance(body, Union):
        return Union(tuple(_select(one, read) for one in body.selects))
    return _select(body, read) if isinstance(body, Select) else body


def _select(select: Select, read: Relation) -> Select:
    source = select.source
    if isinstance(source, Select):
        return replace(select, source=_select(source, read))
    return replace(select, source=None) if source == read else select
