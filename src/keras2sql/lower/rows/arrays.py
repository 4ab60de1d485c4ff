"""Tensors in arrays: a row of a step holds one, for engines that compute on arrays by compiled
functions.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.lower.rows import elements
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.sql.tree import Product, Read, Select, Union, aliased

# A step of so many multiply-adds per row of the source is written as several, which threads
# share: the rows of a small table, and all that comes of them, are one thread's else.
_HEAVY, _BRANCHES = 4_000_000, 4
# A number taken out of an array and put into another counts as so many multiply-adds.
MOVED = 10


@dataclass(frozen=True)
class Picked:
    """Elements of `source` by their flat index, -1 for `fill`."""

    source: Tensor
    index: Array
    fill: float


def from_array(body: Body, t: Tensor, array: str) -> None:
    """`t` as an array of all its elements, a column of the source's rows."""
    select = body.select_arrays(
        body.source,
        r=f"n.{body.r}",
        p="0",
        v=array,
        where=body.valid,
    )
    body.vectors[t] = Vector(body.add(t, "array", select), 1)


def beside(body: Body, t: Tensor, element_of: dict[str, int]) -> tuple[str, list[str]]:
    """As `elements.beside`: the step of the array, of which elements are read."""
    if not body.made(t):
        body.make(t)
    if t not in body.vectors:
        return elements.beside(body, t, element_of)
    step = vector_of(body, t, 1).step
    quoted = body.dialect.quote(step)
    return step, [f"{quoted}.v[{element + 1}]" for element in element_of.values()]


def vector_of(body: Body, t: Tensor, count: int) -> Vector:
    """`t` in so many arrays."""
    if not body.made(t):
        body.make(t)
    known = body.vectors.get(t)
    if known is not None and known.count == count:
        return known
    if (t, count) not in body.resplit:
        body.resplit[t, count] = Vector(_resplit(body, t, known, count), count)
    return body.resplit[t, count]


def _collected(body: Body, t: Tensor, count: int) -> str:
    """Write `t`, whose elements are rows, in so many arrays."""
    size = t.size // count
    p = "0" if count == 1 else body.dialect.numbers.quotient.format("x.i", size)
    collected = body.lists.collect.format("x.v", "x.i")
    return together(body, t, body.step_of(t), p, collected, size)


def _resplit(body: Body, t: Tensor, known: Vector | None, count: int) -> str:
    """Write `t`, which is in the arrays `known` or else in elements, in so many arrays."""
    if known is None:
        return _collected(body, t, count)
    if count == 1:
        joined = body.lists.join.format("x.v", "x.p")
        return together(body, t, known.step, "0", joined, known.count)
    index = np.arange(t.size).reshape(count, -1)
    return gathered(body, t, Picked(t, index, 0.0))


def together(
    body: Body,
    t: Tensor,
    step: str,
    p: str,
    v: str,
    parts: int,
) -> str:
    """Rows of a step put into one array v each, of so many `parts`: rows without a
    prediction lack some, and products raise for a short array."""
    is_constant = p == "0"
    select = body.select_arrays(
        Read(step, "x"),
        r="x.r",
        p=p,
        v=v,
    )
    having = f"{body.dialect.own('count(x.v)')} = {parts}"
    select = replace(select, group=(1,) if is_constant else (1, 2), having=having)
    return body.add(t, "array", select)


def same_order(t: Tensor) -> bool:
    """Whether a choice takes all elements as they lie."""
    assert isinstance(t.op, ops.Take)
    (x,) = t.inputs
    as_they_lie = np.arange(x.size)
    return np.array_equal(t.op.index.reshape(-1), as_they_lie)


def picked_from(body: Body, t: Tensor, index: Array) -> Picked:
    """Elements of `t`, read behind the choices that it is made of and nothing else has."""
    fill = 0.0
    while isinstance(t.op, ops.Take) and not body.made(t):
        inner = t.op.index.reshape(-1)
        if (inner < 0).any():
            if (index < 0).any():
                break  # there may be two fills
            fill = t.op.fill
        index = np.where(index < 0, -1, inner[index])
        (t,) = t.inputs
    return Picked(t, index, fill)


def filled(body: Body, t: Tensor, picked: Picked, times: int) -> tuple[str, Array]:
    """The whole source as one array, behind it the fill `times` over, and the index there,
    counted from 1."""
    step = vector_of(body, picked.source, 1).step
    is_fill = picked.index < 0
    if is_fill.any():
        longer = body.lists.append.format("x.v", fill_of(body, picked, times))
        select = body.select_arrays(
            Read(step, "x"),
            r="x.r",
            p="0",
            v=longer,
        )
        step = body.add(t, "padded", select)
    return step, np.where(is_fill, picked.source.size, picked.index) + 1


def fill_of(body: Body, picked: Picked, times: int) -> str:
    """An array of what stands where nothing is taken."""
    number = body.number(picked.fill)
    return body.lists.fill.format(number, times, type=body.writer.type)


def gathered(body: Body, t: Tensor, picked: Picked) -> str:
    """A step with an array for each row of an index, made number by number."""
    step, index = filled(body, t, picked, 1)
    table = body.table(
        t.layer,
        keys=("p",),
        p=np.arange(len(index)),
        idx=index,
    )
    text = body.lists.gather.format("x.v", "m.idx")
    source = Product(Read(step, "x"), aliased(table, "m"))
    select = body.select_arrays(
        source,
        r="x.r",
        p="m.p",
        v=text,
    )
    operations = max(work(t), MOVED * index.size)
    return body.add(t, "picked", branched(select, len(index), operations))


def rows_of(body: Body, t: Tensor, picked: Picked) -> str:
    """A step with an array for each row of an index."""
    as_they_lie = np.arange(picked.source.size)
    if np.array_equal(picked.index.reshape(-1), as_they_lie):
        return vector_of(body, picked.source, len(picked.index)).step
    return gathered(body, t, picked)


def work(t: Tensor) -> int:
    """The multiply-adds of `t` per row."""
    return t.op.work(*(i.shape for i in t.inputs))


def shares(count: int, work: int) -> list[slice]:
    """Parts of `count` arrays for threads to share, if it is worth it."""
    is_worth_it = work >= _HEAVY and count >= _BRANCHES
    parts = _BRANCHES if is_worth_it else 1
    ends = [count * k // parts for k in range(parts + 1)]
    return [slice(start, end) for start, end in itertools.pairwise(ends)]


def branched(select: Select, count: int, work: int) -> Select | Union:
    """A select from a table m of `count` arrays, or the union of several from a part of it."""
    spans = shares(count, work)
    if len(spans) == 1:
        return select
    selects = []
    for span in spans:
        test = f"m.p >= {span.start} AND m.p < {span.stop}"
        selects.append(replace(select, where=test))
    return Union(tuple(selects))
