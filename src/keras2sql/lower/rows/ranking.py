"""The greatest elements of a tensor whose elements are rows, by their rank in its order."""

from __future__ import annotations

from keras2sql.graph.core import Tensor
from keras2sql.graph.ranking import Top
from keras2sql.lower.rows import lookups
from keras2sql.lower.rows.body import Body
from keras2sql.sql.tree import Column, Read, Select


def top(body: Body, op: Top, t: Tensor) -> str:
    """One sort for each row of the source: to find one after the other would read all elements,
    and join them with what was found, as often as there are to be found."""
    rank = body.dialect.quote("rank")
    source = Read(_ranked(body, t))
    if op.what == "marks":
        one, none = body.number(1.0), body.number(0.0)
        mark = f"CASE WHEN {rank} <= {op.count} THEN {one} ELSE {none} END"
        return body.add(t, "", body.rows(source, r="r", i="i", v=mark))
    value = f"CAST(i AS {body.dialect.types['double']})" if op.what == "places" else "v"
    select = body.rows(source, r="r", i=f"{rank} - 1", v=value, where=f"{rank} <= {op.count}")
    return body.add(t, op.what, select, shared=True)


def _ranked(body: Body, t: Tensor) -> str:
    """A step of the elements and their rank, counted from 1; a row of the source of which one is
    not known has no prediction."""
    (x,) = t.inputs
    if x not in body.ranked:
        step = body.step_of(x)
        if x in body.nans:
            lookups.add_condition(body, t, "known", step, lookups.no_nulls(body))
        rank = body.dialect.own("row_number() OVER (PARTITION BY x.r ORDER BY x.v DESC, x.i)")
        columns = (Column("r", "x.r"), Column("i", "x.i"), Column("v", "x.v"))
        select = Select((*columns, Column("rank", rank)), Read(step, "x"))
        body.ranked[x] = body.add(t, "ranked", select)
    return body.ranked[x]
