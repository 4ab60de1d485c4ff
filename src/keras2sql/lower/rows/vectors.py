"""One function per op, on tensors in arrays; what has no form here is done element by element."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Trees
from keras2sql.lower.cells import Cell
from keras2sql.lower.rows import arrays, elements, products, tree_lists
from keras2sql.lower.rows.arrays import MOVED, Picked, branched
from keras2sql.lower.rows.body import Body, Forms, Vector
from keras2sql.lower.steps import schedule
from keras2sql.sql.tree import CROSS, INNER, Join, Product, Read, Relation, Table, Union, aliased

Array = npt.NDArray[Any]

# So long may a function be that repeats what is shared in it.
_REPEATED = 1500
# Up to so many numbers picked out of arrays are one array, and so many arrays are joined.
_WHOLE, _JOINED = 1024, 8


@dataclass(frozen=True)
class _Read:
    """What a function reads: a step of arrays, or a tensor; `bare`: without its bias."""

    shape: tuple[int, ...]
    step: Vector | None = None
    tensor: Tensor | None = None
    bare: bool = False


@dataclass(frozen=True)
class _Operand:
    """What a function reads of an operand at element j of array p: `text`, and how the relation
    that has it is joined, where {0} stands for the relation's name.  One of `full` size has an
    array for each that is computed, so that the function may go along it."""

    text: str
    relation: Read | Table
    on: tuple[str, ...] = ()
    full: bool = False

    def joined(self, alias: str) -> Join:
        """The join, with the relation called so."""
        kind = INNER if self.on else CROSS
        return Join(kind, aliased(self.relation, alias), tuple(c.format(alias) for c in self.on))


_SAME = ("{0}.r = x.r", "{0}.p = x.p")


def make(body: Body, t: Tensor) -> None:
    """Write the steps of `t` as arrays where that is known how, else as elements."""
    if isinstance(t.op, ops.Take) and arrays.same_order(t):
        (x,) = t.inputs
        if not body.made(x):
            body.make(x)
        if x in body.vectors:
            body.vectors[t] = body.vectors[x]
            return
    found = None
    if body.value(t) is None and t.kind == "float" and type(t.op) in METHODS:
        found = METHODS[type(t.op)](body, t)
    if found is None:
        elements.make(body, t)
    else:
        body.vectors[t] = found


def contracted(body: Body, t: Tensor) -> Vector | None:
    """A product with constants, and its bias."""
    if len(t.inputs) == 3:
        return mapped(body, t)
    return products.product_of(body, t)


def reduced(body: Body, t: Tensor) -> Vector | None:
    """Of neighbours, such as the channels of a pool's windows."""
    assert isinstance(t.op, ops.Reduce)
    (x,) = t.inputs
    kept = [a for a in range(len(x.shape)) if a not in t.op.axes]
    if t.op.how not in ("max", "min", "sum", "mean") or not kept:
        return None
    last = kept[-1]
    if x.shape[last] < 2 or t.size == x.shape[last]:
        return None
    order = [*kept[:-1], *t.op.axes, last]
    flat = np.arange(x.size).reshape(x.shape).transpose(order)
    width = math.prod(x.shape[a] for a in t.op.axes)
    place = products.tapped(body, t, x, flat.reshape(-1, width, x.shape[last]))
    if place is None:
        return None
    source, values, size = place
    if t.op.how in ("max", "min"):
        text = body.dialect.call(t.op.how, values)
    else:
        text = " + ".join(values)
        if t.op.how == "mean":
            text = f"({text}) / {body.number(width)}"
    span = body.table(t.layer, (), c=np.arange(size)[None])
    text = body.lists.each.format("c.c", "a, j", text)
    source = Product(source, aliased(span, "c"))
    select = branched(
        body.select_arrays(source, "x.r", "m.p", text), t.size // size, MOVED * x.size
    )
    return Vector(body.add(t, "", select), t.size // size)


def joined(body: Body, t: Tensor) -> Vector | None:
    """Arrays one behind the other."""
    assert isinstance(t.op, ops.Join)
    outer = math.prod(t.shape[: t.op.axis])
    if not any(i in body.vectors for i in t.inputs) or any(i.kind != "float" for i in t.inputs):
        return None
    if outer == 1 and len({i.size for i in t.inputs}) == 1:
        steps = [arrays.vector_of(body, i, 1).step for i in t.inputs]
        selects = [
            body.select_arrays(Read(step, "x"), "x.r", str(p), "x.v")
            for p, step in enumerate(steps)
        ]
        return Vector(body.add(t, "", Union(tuple(selects))), len(steps))
    if len(t.inputs) > _JOINED:
        return None
    first, *others = [arrays.vector_of(body, i, outer).step for i in t.inputs]
    text, joins = "x.v", list[Join]()
    for n, step in enumerate(others):
        text = body.lists.append.format(text, f"b{n}.v")
        on = (f"b{n}.r = x.r", f"b{n}.p = x.p")
        joins.append(Join(INNER, Read(step, f"b{n}"), on))
    select = body.select_arrays(Read(first, "x"), "x.r", "x.p", text, *joins)
    return Vector(body.add(t, "", select), outer)


def mapped(body: Body, t: Tensor) -> Vector | None:
    """A function of arrays of one length, element by element."""
    leaves: dict[Cell, _Read] = {}
    cell = _function(body, t, leaves)
    counts = (_count(body, read, t) for read in leaves.values())
    taken = (_taken(body, read, t) for read in leaves.values())
    count = next((c for c in itertools.chain(counts, taken) if c), 0)
    if not count:
        return None
    source: Relation | None = None
    aliases, names = dict[_Operand, str](), dict[Cell, str]()
    for leaf, read in leaves.items():
        found = _operand(body, t, read, count)
        if found is None:
            return None
        if found.full and source is None:
            source, names[leaf] = aliased(found.relation, "x"), "e"
            continue
        alias = aliases.setdefault(replace(found, text=""), f"b{len(aliases)}")
        names[leaf] = found.text.format(alias)
    assert source is not None  # `count` arrays are those of an operand of full size
    joins = [operand.joined(alias) for operand, alias in aliases.items()]
    spelled = body.writer.spelled(cell, names)
    if len(spelled) > _REPEATED and schedule([cell], body.dialect.limits, set(leaves)).stages:
        return None  # what several parts share would stand in each
    each = body.lists.each.format("x.v", "e, j", spelled)
    return Vector(body.add(t, "", body.select_arrays(source, "x.r", "x.p", each, *joins)), count)


def _function(body: Body, t: Tensor, leaves: dict[Cell, _Read]) -> Cell:
    if isinstance(t.op, ops.Map):
        return body.cells.expand(t.op.expr, [_part(body, i, leaves) for i in t.inputs])
    product = products.product_of(body, t)
    read = _Read(t.shape, step=product) if product else _Read(t.shape, tensor=t, bare=True)
    return body.cells.call("add", _read(body, read, leaves), _part(body, t.inputs[2], leaves))


def _part(body: Body, t: Tensor, leaves: dict[Cell, _Read]) -> Cell:
    value = body.value(t)
    if value is not None and value.size == 1:
        return body.cells.const(value.reshape(-1)[0])
    if t in body.inner:
        return _function(body, t, leaves)
    if isinstance(t.op, ops.Take) and not body.made(t) and arrays.same_order(t):
        body.make(t)  # another shape of the same arrays
    return _read(body, _Read(t.shape, tensor=t), leaves)


def _read(body: Body, read: _Read, leaves: dict[Cell, _Read]) -> Cell:
    known = next((cell for cell, other in leaves.items() if other == read), None)
    if known is None:
        known = body.cells.column(f"operand {len(leaves)}", 0)
        leaves[known] = read
    return known


def _count(body: Body, read: _Read, t: Tensor) -> int:
    """In how many arrays an operand of the size of `t` is held; 0 if in none."""
    known = read.step or (body.vectors.get(read.tensor) if read.tensor else None)
    return known.count if known is not None and read.shape == t.shape else 0


def _taken(body: Body, read: _Read, t: Tensor) -> int:
    """The same for what is picked out of arrays, which is done now."""
    u = read.tensor
    if u is None or not isinstance(u.op, ops.Take) or body.made(u) or u.shape != t.shape:
        return 0
    count = 1 if u.size <= _WHOLE else u.size // u.shape[-1]
    picked = arrays.picked_from(body, u, np.arange(u.size).reshape(count, -1))
    if u.kind != "float" or picked.source not in body.vectors:
        return 0
    body.vectors[u] = Vector(arrays.gathered(body, u, picked), count)
    return count


def _single(body: Body, picked: Picked) -> _Operand | None:
    """The same element for all."""
    place = int(picked.index[0, 0])
    if picked.source in body.vectors or place < 0:
        return None
    rows = Read(body.step_of(picked.source))
    return _Operand("{0}.v", rows, ("{0}.r = x.r", f"{{0}}.i = {place}"))


def _evenly(body: Body, u: Tensor, at: Array) -> _Operand | None:
    """What `u` takes out of arrays at `at`, where it lies there at even distances."""
    if not isinstance(u.op, ops.Take) or body.made(u):
        return None
    picked = arrays.picked_from(body, u, at)
    index, (count, size) = picked.index, at.shape
    first = int(index[0, 0])
    steps = {
        "x.p": int(index[1, 0]) - first if count > 1 else 0,
        "j": int(index[0, 1]) - first if size > 1 else 0,
    }
    even = first + steps["x.p"] * np.arange(count)[:, None] + steps["j"] * np.arange(size)
    if picked.source not in body.vectors or index.min() < 0 or (index != even).any():
        return None
    terms = [v if by == 1 else f"{by} * {v}" for v, by in steps.items() if by]
    place = first + 1 - steps["j"]  # j begins at 1, as do the places in an array
    text = " + ".join([*terms, *([str(place)] if place or not terms else [])])
    step = arrays.vector_of(body, picked.source, 1).step
    return _Operand(f"{{0}}.v[{text}]", Read(step), ("{0}.r = x.r",))


def _operand(body: Body, t: Tensor, read: _Read, count: int) -> _Operand | None:
    """How an operand is read where the result is in `count` arrays; None if it can't be."""
    if read.step is not None:
        return _full(read.step) if read.step.count == count else None
    u, size = read.tensor, t.size // count
    if u is None or read.bare:
        return None
    at = np.broadcast_to(np.arange(u.size).reshape(u.shape), t.shape).reshape(count, size)
    value = body.value(u)
    if value is None and (at == at[0, 0]).all():
        single = _single(body, arrays.picked_from(body, u, at[:1, :1]))
        if single is not None:
            return single
    if u.kind != "float":
        return None
    if value is not None:
        values = value.reshape(-1).astype(np.float64)[at]
        if (values == values[:1]).all():
            table = body.table(t.layer, (), v=values[:1])
            return _Operand("{0}.v[j]", table)
        table = body.table(t.layer, ("p",), p=np.arange(count), v=values)
        return _Operand("{0}.v[j]", table, ("{0}.p = x.p",))
    evenly = _evenly(body, u, at)
    if evenly is not None:
        return evenly
    if at.size == u.size:
        return _full(arrays.vector_of(body, u, count))
    if (at == np.arange(size)).all():
        step = arrays.vector_of(body, u, 1).step
        return _Operand("{0}.v[j]", Read(step), ("{0}.r = x.r",))
    if (at == np.arange(count)[:, None]).all():
        return _Operand("{0}.v", Read(body.step_of(u)), ("{0}.r = x.r", "{0}.i = x.p"))
    return None


def _full(vector: Vector) -> _Operand:
    return _Operand("{0}.v[j]", Read(vector.step), _SAME, full=True)


METHODS: dict[type[ops.Op], Callable[[Body, Tensor], Vector | None]] = {
    ops.Map: mapped,
    ops.Contract: contracted,
    ops.Reduce: reduced,
    ops.Join: joined,
    Trees: tree_lists.walk,
}

# DuckDB keeps what is read twice by itself, and takes 13 s to plan 212 steps that are told to be
# kept, where it takes 1 s for the same ones that are not.
FORMS = Forms(make, products.product, arrays.from_array, arrays.beside, shared=False)
