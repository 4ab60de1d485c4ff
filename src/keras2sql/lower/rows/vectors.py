"""One function per op, on tensors in arrays; what has no form here is done element by element."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Trees
from keras2sql.lower.rows import arrays, elements, products, tree_lists
from keras2sql.lower.rows.arrays import MOVED, branched
from keras2sql.lower.rows.body import Body, Forms, Vector
from keras2sql.lower.rows.functions import mapped
from keras2sql.lower.rows.taps import Taps, tapped
from keras2sql.sql.tree import INNER, Join, Product, Read, Union, aliased

# So many arrays are joined at most.
_JOINED = 8


def make(body: Body, t: Tensor) -> None:
    """Write the steps of `t` as arrays where that is known how, else as elements."""
    if isinstance(t.op, ops.Take) and arrays.same_order(t):
        (x,) = t.inputs
        if not body.made(x):
            body.make(x)
        if x in body.vectors:
            body.vectors[t] = body.vectors[x]
            return
    vector = None
    if body.value(t) is None and t.kind == "float" and type(t.op) in METHODS:
        vector = METHODS[type(t.op)](body, t)
    if vector is None:
        elements.make(body, t)
    else:
        body.vectors[t] = vector


def contracted(body: Body, t: Tensor) -> Vector | None:
    """A product with constants, and its bias."""
    has_bias = len(t.inputs) == 3
    return mapped(body, t) if has_bias else products.product_of(body, t)


# -- reductions


def reduced(body: Body, t: Tensor) -> Vector | None:
    """Of neighbours, such as the channels of a pool's windows."""
    assert isinstance(t.op, ops.Reduce)
    if t.op.how not in ("max", "min", "sum", "mean") or t.inputs[0] in body.paired:
        return None
    index = _neighbours(t, t.op)
    if index is None:
        return None
    taps = tapped(body, t, t.inputs[0], index)
    if taps is None:
        return None
    step = _reduced_taps(body, t, t.op.how, taps)
    return Vector(step, t.size // taps.size)


def _neighbours(t: Tensor, op: ops.Reduce) -> ops.Array | None:
    """The flat indices of what is reduced, of shape (arrays, terms, neighbours), where the
    neighbours of the last axis that is kept are an array; None where that is all there is."""
    (x,) = t.inputs
    kept = [axis for axis in range(len(x.shape)) if axis not in op.axes]
    if not kept:
        return None
    *others, last = kept
    size = x.shape[last]
    if size < 2 or t.size == size:
        return None
    flat = np.arange(x.size).reshape(x.shape)
    turned = flat.transpose([*others, *op.axes, last])
    terms = math.prod(x.shape[axis] for axis in op.axes)
    index: ops.Array = turned.reshape(-1, terms, size)
    return index


def _reduced_taps(body: Body, t: Tensor, how: str, taps: Taps) -> str:
    """Write a step of what is made of the taps, for all elements of an array at once."""
    text = _combined(body, how, taps.values)
    span = body.table(t.layer, (), c=np.arange(taps.size)[None])
    array = body.lists.each.format("c.c", "a, j", text)
    source = Product(taps.source, aliased(span, "c"))
    select = body.select_arrays(
        source,
        r="x.r",
        p="m.p",
        v=array,
    )
    work = MOVED * t.inputs[0].size
    return body.add(t, "", branched(select, t.size // taps.size, work))


def _combined(body: Body, how: str, values: list[str]) -> str:
    if how in ("max", "min"):
        return body.dialect.call(how, values)
    total = " + ".join(values)
    if how == "mean":
        return f"({total}) / {body.number(len(values))}"
    return total


# -- joins


def joined(body: Body, t: Tensor) -> Vector | None:
    """Arrays one behind the other."""
    assert isinstance(t.op, ops.Join)
    if not any(part in body.vectors for part in t.inputs):
        return None
    if any(part.kind != "float" for part in t.inputs):
        return None
    count = math.prod(t.shape[: t.op.axis])
    of_one_size = len({part.size for part in t.inputs}) == 1
    if count == 1 and of_one_size:
        return _as_further_arrays(body, t)
    if len(t.inputs) > _JOINED:
        return None
    return Vector(_appended(body, t, count), count)


def _as_further_arrays(body: Body, t: Tensor) -> Vector:
    """The parts as they are, each an array of the result."""
    steps = [arrays.vector_of(body, part, 1).step for part in t.inputs]
    selects = []
    for p, step in enumerate(steps):
        select = body.select_arrays(
            Read(step, "x"),
            r="x.r",
            p=str(p),
            v="x.v",
        )
        selects.append(select)
    return Vector(body.add(t, "", Union(tuple(selects))), len(steps))


def _appended(body: Body, t: Tensor, count: int) -> str:
    """Write a step of `count` arrays, each of one array of each part."""
    first, *others = [arrays.vector_of(body, part, count).step for part in t.inputs]
    text = "x.v"
    joins = []
    for n, step in enumerate(others):
        text = body.lists.append.format(text, f"b{n}.v")
        joins.append(Join(INNER, Read(step, f"b{n}"), (f"b{n}.r = x.r", f"b{n}.p = x.p")))
    select = body.select_arrays(
        Read(first, "x"),
        r="x.r",
        p="x.p",
        v=text,
        joins=joins,
    )
    return body.add(t, "", select)


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
