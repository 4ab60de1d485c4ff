"""One function per op, on tensors whose elements are rows: row of the source, index, value.

Joins bring operands together, groups sum them up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Trees
from keras2sql.lower.cells import Cell
from keras2sql.lower.methods import method_of
from keras2sql.lower.rows import lookups, places, trees
from keras2sql.lower.rows.body import Body
from keras2sql.lower.steps import schedule
from keras2sql.sql.tree import (
    INNER,
    Column,
    Join,
    Product,
    Read,
    Relation,
    Select,
    Table,
    Union,
    Unnested,
    aliased,
)

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Leaf:
    """What an expression reads: a step, or a table that no input moves, its shape, and whether its
    values are truth values."""

    rows: Read | Table
    shape: tuple[int, ...]
    moving: bool
    truth: bool = False

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def make(body: Body, t: Tensor) -> None:
    """Write the steps of `t`, once what it reads is there."""
    value = body.value(t)
    if value is not None:
        body.steps[t] = _everywhere(body, t, value)
    else:
        body.steps[t] = method_of(METHODS, t, "rows")(body, t.op, t)


def from_array(body: Body, t: Tensor, array: str) -> None:
    """`t` from an array of all its elements, a column of the source's rows."""
    source = Product(body.source, Unnested(array))
    value = "e.v" if t.kind == "str" else body.dialect.held("e.v")
    select = body.rows(source, f"n.{body.r}", "e.n - 1", value, where=body.valid)
    body.steps[t] = body.add(t, "elements", select, shared=True)


def beside(body: Body, t: Tensor, places: dict[str, int]) -> tuple[str, list[str]]:
    """A step with a row for each row of the source, and what it has at `places` of `t`,
    which are found by the name of a column."""
    picked = [Column("r", "r")]
    for name, place in places.items():
        truth = t.kind == "bool"
        value = f"CASE WHEN {body.holds('v')} THEN 1 ELSE 0 END" if truth else "v"
        text = body.dialect.own(f"max(CASE i WHEN {place} THEN {value} END)")
        picked.append(Column(name, f"{text} = 1" if truth else text, truth))
    select = Select(tuple(picked), Read(body.step_of(t)), group=(1,))
    side, quote = body.add(t, "columns", select), body.dialect.quote
    return side, [f"{quote(side)}.{quote(name)}" for name in places]


def _everywhere(body: Body, t: Tensor, value: Array) -> str:
    source = Product(body.source, aliased(body.vector(t, value), "c"))
    return body.add(t, "", body.rows(source, f"n.{body.r}", "c.i", "c.v", where=body.valid))


def mapped(body: Body, op: ops.Op, t: Tensor) -> str:
    """The expression of `t`, and of the tensors inside of it, over joined operands."""
    leaves: dict[Cell, _Leaf] = {}
    cell = _expanded(body, t, leaves)
    driver = next((c for c, f in leaves.items() if f.moving and f.size == t.size), None)
    names: dict[Cell, str] = {}
    if driver is None:
        span = body.table(t.layer, ("i",), i=np.arange(t.size))
        source: Relation = Product(body.source, aliased(span, "s"))
        r, place = f"n.{body.r}", "s.i"
    else:
        names[driver] = body.holds("a.v") if driver.truth else "a.v"
        source, r, place = aliased(leaves[driver].rows, "a"), "a.r", "a.i"
    joins: list[Join] = []
    for leaf, read in leaves.items():
        if leaf is not driver:
            alias = f"b{len(joins)}"
            at = body.index(place, t.shape, places.spread(read.shape, t.shape))
            same = (f"{alias}.r = {r}",) if read.moving else ()
            on = (*same, f"{alias}.i = {at}")
            joins.append(Join(INNER, aliased(read.rows, alias), on))
            names[leaf] = body.holds(f"{alias}.v") if leaf.truth else f"{alias}.v"
    where = body.valid if driver is None else ""
    return _computed(body, t, cell, names, source, (r, place), joins, where)


def _expanded(body: Body, t: Tensor, leaves: dict[Cell, _Leaf]) -> Cell:
    """An element of `t` as a function of elements of other tensors, the `leaves`."""
    if isinstance(t.op, ops.Map):
        return body.cells.expand(t.op.expr, [_cell(body, i, leaves) for i in t.inputs])
    product = _leaf(body, _Leaf(Read(body.product(t)), t.shape, moving=True), leaves)
    return body.cells.call("add", product, _cell(body, t.inputs[2], leaves))


def _cell(body: Body, t: Tensor, leaves: dict[Cell, _Leaf]) -> Cell:
    value = body.value(t)
    if value is not None and value.size == 1:
        return body.cells.const(value.reshape(-1)[0])
    truth = t.kind == "bool"
    if value is not None:
        rows = body.vector(t, value)
        return _leaf(body, _Leaf(rows, t.shape, moving=False, truth=truth), leaves)
    if t in body.inner:
        return _expanded(body, t, leaves)
    rows = Read(body.step_of(t))
    return _leaf(body, _Leaf(rows, t.shape, moving=True, truth=truth), leaves)


def _leaf(body: Body, read: _Leaf, leaves: dict[Cell, _Leaf]) -> Cell:
    known = next((cell for cell, other in leaves.items() if other == read), None)
    if known is None:
        known = body.cells.column(f"{read.rows} {read.shape}", 0, read.truth)
        leaves[known] = read
    return known


def _computed(
    body: Body,
    t: Tensor,
    cell: Cell,
    names: dict[Cell, str],
    source: Relation,
    heads: tuple[str, str],
    joins: list[Join],
    where: str,
) -> str:
    """Steps for an expression: what it reads twice is a column of its own before."""
    quote, writer = body.dialect.quote, body.writer
    plan = schedule([cell], body.dialect.limits, given=set(names))
    for number, stage in enumerate(plan.stages):
        live = [c for c in names if plan.last_use.get(c, -1) > number]
        free = iter(range(10_000))
        fresh = {c: f"x{next(free)}" for c in (*live, *stage.cells)}
        columns = [Column("r", heads[0]), Column("i", heads[1])]
        columns += [Column(fresh[c], names[c], c.truth) for c in live]
        columns += [
            Column(fresh[c], writer.spelled(c, _without(names, c)), c.truth) for c in stage.cells
        ]
        part = Select(tuple(columns), source, tuple(joins), where)
        source = Read(body.add(t, "part", part))
        names = {
            c: body.holds(quote(name)) if c.truth else quote(name) for c, name in fresh.items()
        }
        heads, joins, where = ("r", "i"), [], ""
    text = writer.spelled(cell, names)
    select = body.rows(source, *heads, text, *joins, where=where, truth=cell.truth)
    return body.add(t, "", select)


def taken(body: Body, op: ops.Take, t: Tensor) -> str:
    (x,), flat = t.inputs, op.index.reshape(-1)
    step = body.step_of(x)
    if t.size == x.size and np.array_equal(flat, np.arange(t.size)):
        return step
    length = places.blocks(op.index)
    firsts = flat[::length]
    held = np.flatnonzero(firsts >= 0)
    selects = []
    if len(held):
        table = body.table(t.layer, ("k",), k=firsts[held] // length, i=held * length)
        place = "x.i" if length == 1 else body.dialect.numbers.quotient.format("x.i", length)
        i = "m.i" if length == 1 else f"m.i + x.i % {length}"
        join = Join(INNER, aliased(table, "m"), (f"m.k = {place}",))
        selects.append(body.rows(Read(step, "x"), "x.r", i, "x.v", join))
    if len(held) < len(firsts):
        table = body.table(t.layer, ("i",), i=np.flatnonzero(flat < 0))
        fill = body.dialect.constant(bool(op.fill)) if t.kind == "bool" else body.number(op.fill)
        source = Product(body.source, aliased(table, "m"))
        selects.append(body.rows(source, f"n.{body.r}", "m.i", fill, where=body.valid))
    return body.add(t, "", selects[0] if len(selects) == 1 else Union(tuple(selects)))


def contracted(body: Body, op: ops.Contract, t: Tensor) -> str:
    return mapped(body, op, t) if len(t.inputs) == 3 else body.product(t)


def product(body: Body, t: Tensor) -> str:
    """The product of a contraction, without its bias."""
    made = contraction(t, swapped=body.value(t.inputs[0]) is not None)
    x, y, left, right, out = made.x, made.y, made.left, made.right, made.out
    common = [c for c in left if c in right]
    # Of a letter that only one operand has and the result lacks, the sum comes by itself.
    strides = places.strides([made.sizes[c] for c in common])
    keys = dict(zip(common, strides, strict=True))
    target = dict(zip(out, places.strides(t.shape), strict=True))
    mine = {c: target.get(c, 0) for c in left}
    other = {c: 0 if c in left else target.get(c, 0) for c in right}
    source = _keyed(body, t, x, [keys.get(c, 0) for c in left], list(mine.values()))
    value = body.value(y)
    if value is None:
        keyed = _keyed(body, t, y, [keys.get(c, 0) for c in right], list(other.values()))
        join = Join(INNER, Read(keyed, "w"), ("w.r = x.r", "w.k = x.k"))
    else:
        at = np.indices(value.shape).reshape(value.ndim, -1)
        k, i = (
            np.tensordot([f.get(c, 0) for c in right], at, 1).astype(int) for f in (keys, other)
        )
        side = body.table(t.layer, ("k", "i"), k=k, i=i, v=value.reshape(-1))
        join = Join(INNER, aliased(side, "w"), ("w.k = x.k",))
    total = body.aggregate("sum", "x.v * w.v", x, y)
    x_rows = Read(source, "x")
    grouped = body.rows(x_rows, "x.r", "x.i + w.i", total, join, group=(1, 2))
    return body.add(t, "linear" if len(t.inputs) == 3 else "", grouped)


def _keyed(body: Body, t: Tensor, x: Tensor, keys: list[int], target: list[int]) -> str:
    """`x` with the key that it is joined by, and its share of the result's index."""
    columns = (
        Column("r", "r"),
        Column("k", body.index("i", x.shape, keys)),
        Column("i", body.index("i", x.shape, target)),
        Column("v", "v"),
    )
    return body.add(t, "operand", Select(columns, Read(body.step_of(x))))


def reduced(body: Body, op: ops.Reduce, t: Tensor) -> str:
    (x,) = t.inputs
    kept = [1 if a in op.axes else n for a, n in enumerate(x.shape)]
    place = body.index("x.i", x.shape, places.spread(kept, x.shape))
    gone = [n if a in op.axes else 1 for a, n in enumerate(x.shape)]
    inside = body.index("x.i", x.shape, places.spread(gone, x.shape))
    source, group = Read(body.step_of(x), "x"), (1, 2)
    own = body.dialect.own
    if op.how == "argmax":
        largest = body.rows(source, "x.r", place, own("max(x.v)"), group=group)
        top = body.add(t, "max", largest)
        on = ("m.r = x.r", f"m.i = {place}", "m.v = x.v")
        join = Join(INNER, Read(top, "m"), on)
        type_ = body.dialect.types["double"]
        first = f"CAST({own('min')}({inside}) AS {type_})"
        return body.add(t, "", body.rows(source, "x.r", place, first, join, group=group))
    if op.how in ("any", "all"):
        how = own("max" if op.how == "any" else "min")
        text = f"{how}(CASE WHEN {body.holds('x.v')} THEN 1 ELSE 0 END) = 1"
    elif op.how == "prod":
        each = own("max(CASE {} WHEN {} THEN x.v END)")
        text = " * ".join(each.format(inside, k) for k in range(math.prod(gone)))
    elif op.how == "mean":
        # In PostgreSQL avg() sums up squares, too, which may overflow.
        text = body.aggregate("sum", "x.v", x, by=body.number(math.prod(gone)))
    else:
        text = body.aggregate(op.how, "x.v", x)
    truth = op.how in ("any", "all")
    return body.add(t, "", body.rows(source, "x.r", place, text, group=group, truth=truth))


def joined(body: Body, op: ops.Join, t: Tensor) -> str:
    selects, start, steps = [], 0, places.strides(t.shape)
    for part in t.inputs:
        place = body.index("x.i", part.shape, steps)
        offset = start * steps[op.axis]
        i = f"{place} + {offset}" if offset else place
        selects.append(body.rows(Read(body.step_of(part), "x"), "x.r", i, "x.v"))
        start += part.shape[op.axis]
    return body.add(t, "", selects[0] if len(selects) == 1 else Union(tuple(selects)))


def _without(names: dict[Cell, str], cell: Cell) -> dict[Cell, str]:
    return {c: name for c, name in names.items() if c is not cell}


METHODS: dict[type[ops.Op], Callable[..., str]] = {
    ops.Map: mapped,
    ops.Take: taken,
    ops.Contract: contracted,
    ops.Reduce: reduced,
    ops.Join: joined,
    ops.Lookup: lookups.lookup,
    ops.Find: lookups.find,
    Trees: trees.walk,
}
