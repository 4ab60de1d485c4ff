"""Whether a source's key tells its rows apart, and its rows have the order that a model needs."""

from __future__ import annotations

import logging
from typing import Any

from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from keras2sql.lower.source import Order, Source

_LARGE = 1_000_000
"""Rows from which on it is told that they are looked at."""

log = logging.getLogger("keras2sql")


def check_rows(
    engine: Engine,
    dialect: Dialect,
    source: Source,
    *,
    sequences: bool = False,
    chained: bool = False,
) -> None:
    """One query for the first key that does not fit.

    Raises `InputError` for a key that comes more than once, a NULL counting as a value; for
    steps that `order_by` does not tell apart; and for a sequence of a length that the model
    does not take.  `sequences` and `chained` say that the model takes sequences, and that a
    state goes from row to row, for the message.
    """
    order = source.order
    keys = ", ".join(source.column(k, dialect) for k in source.key)
    if log.isEnabledFor(logging.INFO):
        rows = engine.count(source.relation(dialect))
        if rows >= _LARGE:
            named = ", ".join(source.key)
            log.info(f"checking that the key ({named}) tells {rows:,} rows apart")
    own, count = dialect.own, dialect.own("count(*)")
    counts, wrong = [count], [f"{count} > 1"]
    if order is not None:
        time = source.column(order.column, dialect)
        distinct = own(f"count(DISTINCT {time})")
        counts += [own(f"count({time})"), distinct]
        wrong = [f"{count} <> {distinct}"]
        wrong += [f"{count} < {order.least}"] if order.least > 1 else []
        wrong += [f"{count} > {order.most}"] if order.most is not None else []
    sql = (
        f"SELECT {keys}, {', '.join(counts)}\nFROM {source.relation(dialect)}\n"
        f"GROUP BY {keys}\nHAVING {' OR '.join(wrong)}\nORDER BY {keys}\n"
        f"{dialect.grammar.first.format(1)}"
    )
    found = engine.query(
        sql.rstrip(),
        [f"c{i}" for i in range(len(source.key) + len(counts))],
        what="counting the rows of each key",
    )
    if not len(found):
        return
    # One by one: numbers of several types in one row would become floating point numbers.
    first = [found[name].iloc[0] for name in found.columns]
    key, counted = first[: len(source.key)], first[len(source.key) :]
    named = ", ".join(f"{n}={_plain(v)!r}" for n, v in zip(source.key, key, strict=True))
    if order is None:
        raise InputError(_repeated(source, named, int(counted[0]), sequences, chained))
    raise InputError(_unfit(order, named, counted))


def check_known(engine: Engine, dialect: Dialect, source: Source) -> None:
    """Raise `InputError` where a key is NULL: such rows can't be told from those of a table."""
    tests = [f"{source.column(k, dialect)} IS NULL" for k in source.key]
    rows = engine.count(source.relation(dialect), " OR ".join(tests))
    if rows:
        named = ", ".join(source.key)
        raise InputError(
            f"the key ({named}) is NULL in {rows:,} row{'s' if rows > 1 else ''}, and what is NULL "
            "can't be told from rows that are scored already; leave them out with "
            'table="(SELECT ... WHERE ... IS NOT NULL)"'
        )


def _repeated(source: Source, named: str, times: int, sequences: bool, chained: bool) -> str:
    state = ", and a state goes from row to row in the order of the key" if chained else ""
    steps = ""
    if sequences and not chained:
        steps = (
            "; if the rows of a key are the steps of a sequence, say what orders them: order_by "
            "(--order-by)"
        )
    return (
        f"the key ({', '.join(source.key)}) does not tell rows apart: {named} comes {times:,} "
        f"times{state}; name columns that together are unique{steps}"
    )


def _unfit(order: Order, named: str, counts: list[Any]) -> str:
    rows, known, distinct = (int(n) for n in counts)
    if known < rows:
        return f"order_by column {order.column!r} is NULL in {rows - known} of the rows of {named}"
    if distinct < rows:
        return (
            f"{named} has several rows with the same {order.column!r}; "
            "order_by should tell the steps of a key apart"
        )
    steps = f"{rows} time step{'' if rows == 1 else 's'}"
    return f"{named} has {steps}, and the model takes {_taken(order)}"


def _taken(order: Order) -> str:
    if order.least == order.most:
        return f"{order.most} (it masks none, so that shorter ones do not fit either)"
    return f"{order.most} at most"


def _plain(value: Any) -> Any:
    """A value of numpy's as Python's own, NULL as None."""
    import pandas as pd

    value = getattr(value, "item", lambda: value)()
    return None if pd.isna(value) else value
