"""How a database computes on tensors that are held in rows."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.dialects.settings import Settings


@dataclass(frozen=True)
class Lists:
    """What computes on arrays by compiled functions: `collect` makes one of many rows, `join` one
    of many arrays, `append` of two; `fill` repeats a value, `gather` picks by an array of places,
    `part` from one to another; `each` computes for each element, and `inner` is the product of
    two.  `record` puts arrays side by side, `field` reads one of a record, and `zip`
    makes a list of records of lists.
    """

    collect: str
    join: str
    append: str
    fill: str
    gather: str
    part: str
    each: str
    inner: str
    record: str
    field: str
    zip: str


@dataclass(frozen=True)
class Rows:
    """`lists`, where a row can hold many elements of a tensor; elsewhere it holds one, and a row
    of weights `block`, as measured (0: one).  With `by_one_number`, rows are joined by one number
    made of the source's row and the place, not by both.  `session` holds settings for a statement
    that takes all rows of the source together.  With `keyed`, conditions on the key pass steps
    that number rows among those of their key, and group them by both.
    """

    lists: Lists | None = None
    block: int = 0
    by_one_number: bool = False
    keyed: bool = False
    session: tuple[Settings, ...] = ()
