"""How many rows there are and how long they will take, told before anything is computed."""

from __future__ import annotations

import time

from keras2sql.cli import console
from keras2sql.engines import Engine
from keras2sql.engines.deadline import within
from keras2sql.errors import DatabaseError
from keras2sql.estimates import Estimate, spelled
from keras2sql.outlook import foretold
from keras2sql.program import Program
from keras2sql.sql.names import is_subquery

SECONDS = 2.0
"""Of counting; a table that takes longer is not counted."""
_LONG = 1.0  # seconds; less is not worth a number
_MANY = 100_000  # rows that may take long where nothing is known of the time


def tell(engine: Engine, program: Program, what: str, most: int | None = None) -> None:
    """A line on stderr: how many rows the table has, of which `most` are taken, and how long `what`
    takes for them.  What is soon over is told on a terminal only; nothing where the table can't be
    read: who reads it next says why."""
    source = program.source
    rows = _count(engine, source.relation(program.dialect))
    if rows is None:
        return
    name = "the source" if is_subquery(source.table) else source.table
    if rows < 0:
        console.note(
            f"the rows of {name} are many: they were not counted within {SECONDS:g} s; "
            "`keras2sql inspect --rows N` tells how long N of them take"
        )
        return
    taken = rows if most is None or source.order is not None else min(rows, most)
    expected = foretold(program, taken)
    soon = taken < _MANY if expected is None else expected.seconds < _LONG
    if soon and not console.watched():
        return
    counted = f"{taken:,} rows" if taken == rows else f"{taken:,} of {rows:,} rows"
    console.note(f"{counted} in {name}{_time(expected, what)}")


def _time(expected: Estimate | None, what: str) -> str:
    if expected is None:
        return ""
    if expected.seconds < _LONG:
        return f"; {what} takes less than a second"
    said = f"; {what} takes about {spelled(expected.seconds)} on one core"
    planned = expected.once > expected.seconds / 2
    return f"{said}, {spelled(expected.once)} of it to plan the statement" if planned else said


def _count(engine: Engine, relation: str) -> int | None:
    """The rows; -1 where they are not counted in time, None where they can't be."""
    began = time.monotonic()
    try:
        with within(engine, SECONDS):
            return engine.count(relation)
    except DatabaseError:
        return -1 if time.monotonic() - began >= SECONDS else None
