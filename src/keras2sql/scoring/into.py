"""Predictions into a table: a batch is a transaction, and what is there is not done again."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from keras2sql.checks import check_known, checked, in_session, tell
from keras2sql.deployment import listing
from keras2sql.engines import Engine, connect
from keras2sql.engines.contention import contended
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError
from keras2sql.graph.work import Work
from keras2sql.scoring.destination import Destination
from keras2sql.scoring.ranges import Batch
from keras2sql.scoring.taking_over import take_over
from keras2sql.scoring.whole import check_after, check_before
from keras2sql.sql.names import is_subquery, name_parts
from keras2sql.statement import Statement

Progress = Callable[[int, int], None]
"""Called with the rows of the source that are done, and all that are to do."""

# A batch is about this many multiply-adds, and this many rows at least and at most.  It takes at
# least so many times as long as the statement takes to plan, which each batch does anew.
_WORK, _LEAST, _MOST = 500_000_000, 1_000, 500_000
_PLANNED = 20

# How long a transaction that came second to another is tried again, and how soon at first.
_PATIENCE, _PAUSE = 120.0, 0.05  # seconds


@dataclass(frozen=True)
class Scored:
    """`rows` were written now, into a table that held `before` rows; of those written the
    predictions of `nulls` are NULL.  `hash` tells the version of the model, as in the ledger."""

    rows: int
    before: int
    nulls: int = 0
    hash: str = ""


def score_into(
    program: Statement,
    target: Any,
    table: str,
    batch_rows: int | None = None,
    incremental: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    mixed: bool = False,
    stamp: bool = False,
) -> Scored:
    """Write the program's predictions into `table`, of the same database as its source.

    Each batch of about `batch_rows` source rows is one transaction.  What was interrupted
    is continued by the same call.  A table that holds predictions is refused, unless
    `incremental` adds those of keys that it lacks, or `replace` puts all anew in its place,
    at once when they are complete.  `progress` is called after each batch.

    What another version of a model has filled is not added to unless `mixed`.  A version is
    its network, the columns that feed it, labels, outputs, passthrough and precision; not its
    file, its name, the source or how the query is written.  `stamp` adds to each row the
    columns `model_hash`, of the version, and `scored_at`, when the run began (UTC).

    Raises `InputError` for a table that does not fit, or as `Program.check` does, and
    `DatabaseError`.
    """
    if batch_rows is not None and (not isinstance(batch_rows, int) or batch_rows < 1):
        raise InputError(f"batch_rows={batch_rows!r} is no number of rows")
    if incremental and replace:
        raise InputError("incremental adds to a table and replace begins anew; choose one")
    if program.dialect.predictions is None:
        raise UnsupportedDialectError(
            f"how a table of predictions is kept in {program.dialect.title}, and what is half done "
            "is undone, was not tried; INSERT INTO a table of yours what `Program.query` gives"
        )
    _refuse_source(program, table)
    with connect(target) as engine:
        if program.dialect.predictions.commits:
            listing.refuse_open(engine, program.dialect)
        program = checked(program, engine)
        source = program.source.relation(program.dialect)
        program = program.for_all_rows(lambda: engine.count(source))
        program = in_session(program, engine)
        if incremental:
            check_known(engine, program.dialect, program.source)
        with engine.lending(program.tables, program.dialect) as lend:
            found = Destination(program, table, lend, mixed, _moment() if stamp else "")
            return _scored(engine, found, incremental, replace, batch_rows, progress)


def _scored(
    engine: Engine,
    found: Destination,
    incremental: bool,
    replace: bool,
    batch_rows: int | None,
    progress: Progress | None,
) -> Scored:
    """Fill the table that is found, or put another in its place."""
    program = found.program
    found.refuse_deployed(engine)
    anew = replace and engine.exists(found.table)
    if anew:
        found.check_replaceable(engine)
    filled = found.staging() if anew else found
    scored = _fill(engine, filled, incremental, batch_rows, progress)
    if anew:
        _patiently(lambda: take_over(engine, found, filled))
    else:
        _patiently(lambda: found.finish(engine))
    inputs = program.network.graph.inputs
    tell(engine, program.dialect, program.source, inputs, scored.nulls, scored.rows)
    return scored


def _moment() -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return now.strftime("%Y-%m-%d %H:%M:%S")


def _refuse_source(program: Statement, table: str) -> None:
    def folded(name: str) -> list[str]:
        return [program.dialect.folded(part) for part in name_parts(name)]

    source = program.source.table
    if not is_subquery(source) and folded(source) == folded(table):
        raise InputError(f"{table} is the source itself; choose another table for its predictions")


def _fill(
    engine: Engine,
    found: Destination,
    incremental: bool,
    batch_rows: int | None,
    progress: Progress | None,
) -> Scored:
    chained = bool(found.program.graph.carried) and found.program.source.order is None
    if chained and incremental:
        raise InputError(
            "a state goes from row to row in this model, and what it was behind the rows that are "
            "there is not known: it can't be incremental; replace them all"
        )
    cutter = found.filling.cutter
    size = batch_rows or _size(found.program)
    told: list[int] = []  # of how many rows a whole table is made

    def begun(rows: int) -> None:
        told.append(rows)
        if progress is not None:
            progress(0, rows)

    written = _patiently(
        lambda: found.prepare(engine, incremental, 0 if chained else size, begun),
        lambda error: contended(error, making=True),
    )
    if written is not None:
        if progress is not None:
            progress(told[-1], told[-1])
        return Scored(written, 0, found.nulls(engine), found.entry.hash)
    check_before(engine, found)
    before, nulls = engine.count(found.table), found.nulls(engine)
    batches = cutter.whole(engine) if chained else cutter.batches(engine, size)
    total, done, rows = sum(b.rows for b in batches), 0, 0
    if total:
        _patiently(lambda: found.note(engine))
    if progress is not None:
        progress(0, total)
    for i, batch in enumerate(batches):
        what = f"scoring, batch {i + 1} of {len(batches)}"
        rows += _patiently(lambda b=batch, w=what: _score(engine, found, b, w))  # type: ignore[misc]
        done += batch.rows
        if progress is not None:
            progress(done, total)
    check_after(engine, found)
    return Scored(rows, before, found.nulls(engine) - nulls, found.entry.hash)


def _score(engine: Engine, found: Destination, batch: Batch, what: str) -> int:
    """One batch, as one transaction; the number of rows that it wrote."""
    with found.transaction(engine, what):
        found.lock(engine)
        return found.fill(engine, batch.condition, what)


def _size(program: Statement) -> int:
    """The rows of a batch."""
    work = Work.of(program.graph)
    rows = _WORK / max(1, program.graph.multiply_adds())
    expected = program.plan.expected(work, program.dialect)
    if expected is not None and expected.seconds > expected.once:
        row = expected.of(1).seconds - expected.once
        rows = max(rows, _PLANNED * expected.once / row)
    return int(max(_LEAST, min(_MOST, rows)))


def _patiently(
    act: Callable[[], Any], in_the_way: Callable[[DatabaseError], bool] = contended
) -> Any:
    """Do it again for as long as another transaction is in the way."""
    deadline, pause = time.monotonic() + _PATIENCE, _PAUSE
    while True:
        try:
            return act()
        except DatabaseError as error:
            if not in_the_way(error) or time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(2 * pause, 1.0)
