"""What each plan would take: for a table of so many rows, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from keras2sql import sizes
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.estimates import Estimate, spelled
from keras2sql.graph.work import Work
from keras2sql.plan import HOPELESS, SPELLED, Plan, lower, plan
from keras2sql.sql.render import render
from keras2sql.statement import Statement

BYTES = 25
"""Of SQL for an operation that is spelled out, where a statement is too long to write for this."""


@dataclass(frozen=True)
class Outlook:
    """What a strategy would take for so many `rows`.

    `fits`: whether its statement is within the limits that are known of the database; `limit` says
    which one is not met.  `seconds` are expected in all and `once` of them to plan, None for a
    database without measured costs; `size` is the statement's in bytes, `counted` or else
    reckoned; `memory` bytes for the widest step over all rows, if the database holds it whole.
    """

    strategy: str
    chosen: bool
    rows: int
    fits: bool
    limit: str = ""
    seconds: float | None = None
    once: float | None = None
    size: int | None = None
    counted: bool = True
    memory: int | None = None

    @property
    def feasible(self) -> str:
        """ "yes", "no", or "doubtful" for what nobody waits for to be planned, and for a statement
        that was not written to see whether it fits."""
        if not self.fits:
            return "no"
        return "doubtful" if not self.counted or (self.once or 0.0) > HOPELESS else "yes"


def foretold(program: Statement, rows: int) -> Estimate | None:
    """What all of so many rows take by the plan that is best for them, of which no statement is
    made; None for a database without measured costs, and where rows follow each other, of which
    nothing was measured."""
    if program.graph.carried or program.source.order is not None:
        return None
    chosen = program.plan_for_all(lambda: rows) if program.plan.by_key else program.plan
    expected = _estimate(program, chosen)
    return None if expected is None else expected.of(rows)


def outlooks(program: Statement, rows: int) -> list[Outlook]:
    """Of the strategy that is chosen for so many rows first, then of the others that the database
    has."""
    has_another = program.plan.whole is not None
    wanted = program.for_all_rows(lambda: rows) if has_another else program
    return list(_outlooks(wanted, rows))


def _outlooks(program: Statement, rows: int) -> Iterator[Outlook]:
    mine, dialect = program.plan.strategy, program.dialect
    yield _of(program, program, rows)
    chained = bool(program.graph.carried) or program.plan.form is not None
    for strategy in dialect.strategies:
        if strategy == mine:
            continue
        if strategy == "rows" and chained:
            why = "states that go from row to row, and long tables, need columns or arrays"
            yield Outlook(strategy, False, rows, False, why)
            continue
        yield _other(program, strategy, rows)


def _other(program: Statement, strategy: str, rows: int) -> Outlook:
    """Of a strategy that was not chosen: its statement is written, unless that is too long."""
    graph, dialect, chosen = program.graph, program.dialect, program.plan
    try:
        other = plan(graph, dialect, strategy, "auto", chosen.precision, chosen.form)
        sizes.check_strategy(graph, dialect, strategy, loops=other.loops)
        spelled_out = sizes.operations(graph, other.loops)
        if strategy != "rows" and spelled_out > SPELLED:
            size = BYTES * spelled_out
            seconds, once = _times(_estimate(program, other), rows)
            return Outlook(strategy, False, rows, True, "", seconds, once, size, counted=False)
        return _of(program, _written(program, other), rows)
    except (DialectLimitError, UnsupportedDialectError, InputError) as limit:
        return Outlook(strategy, False, rows, False, str(limit))


def _written(program: Statement, other: Plan) -> Statement:
    header = program.lowered.query.header
    known = (program.source, program.dialect, header, program.name, program.schema)
    lowered = lower(program.graph, other, *known)
    query = render(lowered.query, program.dialect)
    sizes.check_text(query, program.dialect)
    return replace(program, plan=other, lowered=lowered, query=query)


def _of(program: Statement, written: Statement, rows: int) -> Outlook:
    strategy = written.plan.strategy
    seconds, once = _times(_estimate(program, written.plan), rows)
    widest = max([len(written.columns), *(step.columns for step in written.lowered.steps)])
    if strategy == "rows":  # a step has a row for each element of a tensor
        elements = max((t.size for t in program.graph.tensors() if t.constant is None), default=1)
        widest = max(widest, 3 * elements)
    return Outlook(
        strategy,
        written is program,
        rows,
        True,
        "",
        seconds,
        once,
        len(written.query.encode()),
        memory=8 * widest * rows,
    )


def _estimate(program: Statement, plan: Plan) -> Estimate | None:
    return plan.expected(Work.of(program.graph), program.dialect)


def _times(found: Estimate | None, rows: int) -> tuple[float | None, float | None]:
    return (None, None) if found is None else (found.of(rows).seconds, found.once)


def how_sure(program: Statement) -> str:
    """What is known of how well times are foretold, on a processor with nothing else to do: see
    docs/performance.md."""
    sure, costs = program.dialect.sure, program.dialect.costs
    if costs is None:
        return f"nothing was measured in {program.dialect.title}"
    said = f"what was measured over 100,000 rows took {1 / sure:g} to {sure:g} times as long"
    without_trees = costs.choice is None and bool(Work.of(program.graph).walks)
    return said + ("; what trees take was not measured there" if without_trees else "")


def table(found: list[Outlook]) -> list[tuple[str, ...]]:
    """A row of texts for each."""
    return [_row(one) for one in found]


def _row(one: Outlook) -> tuple[str, ...]:
    name = f"{one.strategy}{' (chosen)' if one.chosen else ''}"
    if not one.fits:
        return (name, f"does not fit: {one.limit}")
    time = "nothing was measured in this database"
    if one.seconds is not None and one.once is not None:
        time = f"{spelled(one.seconds)}, {spelled(one.once)} of it to plan"
    size = "" if one.size is None else f"{'' if one.counted else 'about '}{_bytes(one.size)} of SQL"
    memory = "" if one.memory is None else f"widest step {_bytes(one.memory)}"
    doubt = "doubtful" if one.feasible == "doubtful" else ""
    return (name, "; ".join(part for part in (doubt, time, size, memory) if part))


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{float(f'{count / size:.2g}'):g} {unit}"
    return f"{count} bytes"
