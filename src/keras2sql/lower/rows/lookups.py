"""Rows of a table by their number, or by a key, for tensors whose elements are rows."""

from __future__ import annotations

import math

import numpy as np

from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.rows.body import Body
from keras2sql.sql.tree import INNER, LEFT, Column, Join, Read, Select, aliased


def lookup(body: Body, _: ops.Lookup, t: Tensor) -> str:
    """Rows of a constant table by their number; a source's row with a number that has none there
    has no prediction."""
    known, ids = body.value(t.inputs[0]), body.step_of(t.inputs[1])
    if known is None:
        raise UnsupportedDialectError(f"{t.layer}: a computed table can't be looked up in rows")
    rows, width = len(known), max(1, math.prod(known.shape[1:]))
    k, i = np.divmod(np.arange(rows * width), width)
    table = body.table(t.layer, ("k", "i"), k=k, i=i, v=known.reshape(-1))
    columns = (Column("r", "r"),)
    own = body.dialect.own
    tests = f"{own('min(v)')} > -1 AND {own('max(v)')} < {rows}"
    held = Select(columns, Read(ids), group=(1,), having=tests)
    body.conditions.append(body.add(t, "ids", held))
    key = body.dialect.call("trunc", ["x.v"])
    join = Join(INNER, aliased(table, "m"), (f"m.k = {key}",))
    place = "x.i + m.i" if width == 1 else f"x.i * {width} + m.i"
    return body.add(t, "", body.rows(Read(ids, "x"), "x.r", place, "m.v", join))


def find(body: Body, op: ops.Find, t: Tensor) -> str:
    """The value of each key in a constant table; of one that is not there, what `op` says."""
    keys, values = (body.value(i) for i in t.inputs[:2])
    if keys is None or values is None:
        raise UnsupportedDialectError(f"{t.layer}: a computed table can't be searched in rows")
    if op.otherwise is None and keys.size == 1:
        return _only(body, t, keys.item(), values.item())
    table = body.table(t.layer, ("k",), k=keys.reshape(-1), v=values.reshape(-1))
    source = Read(body.step_of(t.inputs[2]), "x")
    join = Join(LEFT, aliased(table, "m"), ("m.k = x.v",))
    if op.otherwise is not None:
        text = f"coalesce(m.v, {body.writer.speller.value(op.otherwise)})"
        return body.add(t, "", body.rows(source, "x.r", "x.i", text, join))
    step = body.add(t, "", body.rows(source, "x.r", "x.i", "m.v", join), shared=True)
    own = body.dialect.own
    whole = f"{own('count(v)')} = {own('count(*)')}"
    found = Select((Column("r", "r"),), Read(step), group=(1,), having=whole)
    body.conditions.append(body.add(t, "found", found))
    return step


def _only(body: Body, t: Tensor, key: float | str, value: float | str) -> str:
    """The value of the one key there is; a source's row with another has no prediction, and the
    value all the same, for what is computed of it."""
    own, spell = body.dialect.own, body.writer.speller.value
    ids = body.step_of(t.inputs[2])
    equal = f"{own('min(v)')} = {spell(key)} AND {own('max(v)')} = {spell(key)}"
    whole = f"{own('count(v)')} = {own('count(*)')} AND {equal}"
    held = Select((Column("r", "r"),), Read(ids), group=(1,), having=whole)
    body.conditions.append(body.add(t, "found", held))
    return body.add(t, "", body.rows(Read(ids, "x"), "x.r", "x.i", spell(value)))
