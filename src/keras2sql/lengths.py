"""What a table must hold so that its rows have an order: asked of the database beforehand."""

from __future__ import annotations

from typing import Any

from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from keras2sql.lower.source import Order, Source


def check(engine: Engine, dialect: Dialect, source: Source) -> None:
    """One query for the first key that does not fit.

    Raises `InputError` for a sequence of a length that the model does not take, for steps
    that `order_by` does not tell apart, and, where a state goes from row to row, for a key
    that comes more than once.
    """
    quote, order = dialect.quote, source.order
    keys = ", ".join(map(quote, source.key))
    counts, wrong = ["count(*)"], ["count(*) > 1"]
    if order is not None:
        time = quote(order.column)
        counts += [f"count({time})", f"count(DISTINCT {time})"]
        wrong = [f"count(*) <> count(DISTINCT {time})"]
        wrong += [f"count(*) < {order.least}"] if order.least > 1 else []
        wrong += [f"count(*) > {order.most}"] if order.most is not None else []
    found = engine.query(
        f"SELECT {keys}, {', '.join(counts)}\nFROM {source.relation(dialect)}\n"
        f"GROUP BY {keys}\nHAVING {' OR '.join(wrong)}\nORDER BY {keys}\nLIMIT 1",
        [f"c{i}" for i in range(len(source.key) + len(counts))],
        what="counting the rows of each key",
    )
    if len(found):
        values = list(found.iloc[0].astype(object))
        raise InputError(_reason(source, values[: len(source.key)], values[len(source.key) :]))


def _reason(source: Source, key: list[Any], counts: list[Any]) -> str:
    named = ", ".join(f"{n}={_plain(v)!r}" for n, v in zip(source.key, key, strict=True))
    order = source.order
    if order is None:
        return (
            f"the key ({', '.join(source.key)}) does not tell rows apart: {named} comes "
            f"{counts[0]} times, and a state goes from row to row in the order of the key"
        )
    rows, known, distinct = counts
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
