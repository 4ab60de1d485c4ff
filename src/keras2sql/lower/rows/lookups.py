"""Rows of a table by their number, or by a key, for tensors whose elements are rows."""

from __future__ import annotations

import math

import numpy as np

from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.probabilities import bounds
from keras2sql.lower.rows.body import Body
from keras2sql.sql.tree import INNER, LEFT, Column, Join, Read, Select, aliased


def lookup(body: Body, _: ops.Lookup, t: Tensor) -> str:
    """Rows of a constant table by their number; a source's row with a number that has none there
    has no prediction."""
    source, ids = t.inputs
    values = body.value(source)
    if values is None:
        raise UnsupportedDialectError(f"{t.layer}: a computed table can't be looked up in rows")
    step = body.step_of(ids)
    rows = len(values)
    width = max(1, math.prod(values.shape[1:]))
    row, column = np.divmod(np.arange(rows * width), width)
    table = body.table(
        t.layer,
        keys=("k", "i"),
        k=row,
        i=column,
        v=values.reshape(-1),
    )

    low, high = bounds(ids)
    if low <= -1 or high >= rows:
        own = body.dialect.own
        are_rows = f"{own('min(v)')} > -1 AND {own('max(v)')} < {rows}"
        add_condition(body, t, "ids", step, are_rows)

    number = body.dialect.call("trunc", ["x.v"])
    join = Join(INNER, aliased(table, "m"), (f"m.k = {number}",))
    index = "x.i + m.i" if width == 1 else f"x.i * {width} + m.i"
    select = body.rows(
        Read(step, "x"),
        r="x.r",
        i=index,
        v="m.v",
        joins=[join],
    )
    return body.add(t, "", select)


def find(body: Body, op: ops.Find, t: Tensor) -> str:
    """The value of each key in a constant table; of one that is not there, what `op` says."""
    keys, values = (body.value(operand) for operand in t.inputs[:2])
    if keys is None or values is None:
        raise UnsupportedDialectError(f"{t.layer}: a computed table can't be searched in rows")
    if op.otherwise is None and keys.size == 1:
        return _find_only(body, t, keys.item(), values.item())
    table = body.table(
        t.layer,
        keys=("k",),
        k=keys.reshape(-1),
        v=values.reshape(-1),
    )
    source = Read(body.step_of(t.inputs[2]), "x")
    join = Join(LEFT, aliased(table, "m"), ("m.k = x.v",))
    if op.otherwise is not None:
        text = f"coalesce(m.v, {body.writer.speller.value(op.otherwise)})"
        select = body.rows(
            source,
            r="x.r",
            i="x.i",
            v=text,
            joins=[join],
        )
        return body.add(t, "", select)
    select = body.rows(
        source,
        r="x.r",
        i="x.i",
        v="m.v",
        joins=[join],
    )
    step = body.add(t, "", select, shared=True)
    add_condition(body, t, "found", step, no_nulls(body))
    return step


def _find_only(body: Body, t: Tensor, key: float | str, value: float | str) -> str:
    """The value of the one key there is; a source's row with another has no prediction, and the
    value all the same, for what is computed of it."""
    own = body.dialect.own
    spell = body.writer.speller.value
    step = body.step_of(t.inputs[2])
    all_equal = f"{own('min(v)')} = {spell(key)} AND {own('max(v)')} = {spell(key)}"
    add_condition(body, t, "found", step, f"{no_nulls(body)} AND {all_equal}")
    select = body.rows(
        Read(step, "x"),
        r="x.r",
        i="x.i",
        v=spell(value),
    )
    return body.add(t, "", select)


def no_nulls(body: Body) -> str:
    own = body.dialect.own
    return f"{own('count(v)')} = {own('count(*)')}"


def add_condition(
    body: Body,
    t: Tensor,
    part: str,
    step: str,
    test: str,
) -> None:
    """Rows of the source of whose elements in a step the test does not hold have no prediction."""
    select = Select(
        columns=(Column("r", "r"),),
        source=Read(step),
        group=(1,),
        having=test,
    )
    body.conditions.append(body.add(t, part, select))
