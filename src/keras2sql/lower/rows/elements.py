"""One function per op, on tensors whose elements are rows: row of the source, index, value.

Joins bring operands together, groups sum them up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.contraction import Contraction, contraction
from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.graph.ranking import Top
from keras2sql.graph.trees import Trees
from keras2sql.lower.methods import method_of
from keras2sql.lower.rows import lookups, pairs, positions, ranking, trees
from keras2sql.lower.rows.body import Body
from keras2sql.lower.rows.expressions import mapped
from keras2sql.sql.tree import (
    INNER,
    Column,
    Join,
    Product,
    Read,
    Select,
    Union,
    Unnested,
    aliased,
)


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
    select = body.rows(
        source,
        r=f"n.{body.r}",
        i="e.n - 1",
        v=value,
        where=body.valid,
    )
    body.steps[t] = body.add(t, "elements", select, shared=True)


def beside(body: Body, t: Tensor, element_of: dict[str, int]) -> tuple[str, list[str]]:
    """A step with a row for each row of the source, and elements of `t` in the columns of these
    names; its name, and how the columns are read, in their order."""
    own = body.dialect.own
    quote = body.dialect.quote
    columns = [Column("r", "r")]
    for name, element in element_of.items():
        if t.kind == "bool":
            as_number = f"CASE WHEN {body.holds('v')} THEN 1 ELSE 0 END"
            number = own(f"max(CASE i WHEN {element} THEN {as_number} END)")
            columns.append(Column(name, f"{number} = 1", truth=True))
        else:
            columns.append(Column(name, own(f"max(CASE i WHEN {element} THEN v END)")))
    select = Select(
        columns=tuple(columns),
        source=Read(body.step_of(t)),
        group=(1,),
    )
    step = body.add(t, "columns", select)
    return step, [f"{quote(step)}.{quote(name)}" for name in element_of]


def _everywhere(body: Body, t: Tensor, value: Array) -> str:
    """The same elements for every row of the source."""
    source = Product(body.source, aliased(body.vector(t, value), "c"))
    select = body.rows(
        source,
        r=f"n.{body.r}",
        i="c.i",
        v="c.v",
        where=body.valid,
    )
    return body.add(t, "", select)


# -- choosing


def taken(body: Body, op: ops.Take, t: Tensor) -> str:
    """Elements in other places, and the fill where there is none."""
    (x,) = t.inputs
    flat = op.index.reshape(-1)
    step = body.step_of(x)
    as_they_lie = np.arange(x.size)
    if np.array_equal(flat, as_they_lie):
        return step
    selects = []
    if (flat >= 0).any():
        selects.append(_moved(body, op, t, step))
    if (flat < 0).any():
        selects.append(_filled(body, op, t))
    return body.add(t, "", _all_of(selects))


def _moved(body: Body, op: ops.Take, t: Tensor, step: str) -> Select:
    """The elements that come from a step, block by block."""
    length = positions.blocks(op.index)
    first_of_block = op.index.reshape(-1)[::length]
    is_moved = np.flatnonzero(first_of_block >= 0)
    source_block = first_of_block[is_moved] // length
    table = body.table(
        t.layer,
        keys=("k",),
        k=source_block,
        i=is_moved * length,
    )
    block, index = "x.i", "m.i"
    if length > 1:
        numbers = body.dialect.numbers
        block = numbers.quotient.format("x.i", length)
        index = f"m.i + {numbers.remainder.format('x.i', length)}"
    join = Join(INNER, aliased(table, "m"), (f"m.k = {block}",))
    return body.rows(
        Read(step, "x"),
        r="x.r",
        i=index,
        v="x.v",
        joins=[join],
    )


def _filled(body: Body, op: ops.Take, t: Tensor) -> Select:
    """The elements that come from nowhere."""
    is_filled = op.index.reshape(-1) < 0
    table = body.table(t.layer, ("i",), i=np.flatnonzero(is_filled))
    fill = body.number(op.fill)
    if t.kind == "bool":
        fill = body.dialect.constant(bool(op.fill))
    source = Product(body.source, aliased(table, "m"))
    return body.rows(
        source,
        r=f"n.{body.r}",
        i="m.i",
        v=fill,
        where=body.valid,
    )


def joined(body: Body, op: ops.Join, t: Tensor) -> str:
    """Tensors one behind the other along an axis."""
    strides = positions.strides(t.shape)
    selects = []
    start = 0
    for part in t.inputs:
        index = body.index("x.i", part.shape, strides)
        offset = start * strides[op.axis]
        if offset:
            index = f"{index} + {offset}"
        select = body.rows(
            Read(body.step_of(part), "x"),
            r="x.r",
            i=index,
            v="x.v",
        )
        selects.append(select)
        start += part.shape[op.axis]
    return body.add(t, "", _all_of(selects))


def _all_of(selects: list[Select]) -> Select | Union:
    return selects[0] if len(selects) == 1 else Union(tuple(selects))


# -- products


def contracted(body: Body, op: ops.Contract, t: Tensor) -> str:
    """A product, and its bias if it has one."""
    has_bias = len(t.inputs) == 3
    return mapped(body, op, t) if has_bias else body.product(t)


def product(body: Body, t: Tensor) -> str:
    """The product of a contraction, without its bias.

    An element has a key, of the axes that both operands have, and its share of the index of the
    result, of the axes that the result has.
    """
    axes = contraction(t, swapped=body.value(t.inputs[0]) is not None)
    common = [axis for axis in axes.left if axis in axes.right]
    strides = positions.strides([axes.sizes[axis] for axis in common])
    # Of an axis that only one operand has and the result lacks, the sum comes by itself.
    key_of = dict(zip(common, strides, strict=True))
    index_of = dict(zip(axes.out, positions.strides(t.shape), strict=True))
    # The second operand adds what the first has not: common axes are in the share of that.
    index_of_other = {axis: n for axis, n in index_of.items() if axis not in axes.left}

    keys = _factors(axes.left, key_of)
    indices = _factors(axes.left, index_of)
    keyed = _keyed(body, t, axes.x, keys, indices)
    join = _other_operand(body, t, axes, key_of, index_of_other)
    total = body.aggregate("sum", "x.v * w.v", axes.x, axes.y)
    source = Read(keyed, "x")
    select = body.rows(
        source,
        r="x.r",
        i="x.i + w.i",
        v=total,
        joins=[join],
        group=(1, 2),
    )
    return body.add(t, "linear" if len(t.inputs) == 3 else "", select)


def _factors(letters: str, factor_of: dict[str, int]) -> list[int]:
    """The factor of each axis, 0 for one that has none."""
    return [factor_of.get(axis, 0) for axis in letters]


def _other_operand(
    body: Body,
    t: Tensor,
    axes: Contraction,
    key_of: dict[str, int],
    index_of: dict[str, int],
) -> Join:
    """The join with the second operand: a step, or a table of weights."""
    keys = _factors(axes.right, key_of)
    indices = _factors(axes.right, index_of)
    value = body.value(axes.y)
    if value is None:
        keyed = _keyed(body, t, axes.y, keys, indices)
        size = math.prod(axes.sizes[axis] for axis in key_of)
        return Join(
            INNER,
            Read(keyed, "w"),
            tuple(body.joined_by(("w.r", "x.r"), ("w.k", "x.k"), size)),
        )
    coordinates = np.indices(value.shape).reshape(value.ndim, -1)
    k = np.tensordot(keys, coordinates, 1).astype(int)
    i = np.tensordot(indices, coordinates, 1).astype(int)
    weights = body.table(
        t.layer,
        keys=("k", "i"),
        k=k,
        i=i,
        v=value.reshape(-1),
    )
    return Join(INNER, aliased(weights, "w"), ("w.k = x.k",))


def _keyed(
    body: Body,
    t: Tensor,
    x: Tensor,
    keys: list[int],
    indices: list[int],
) -> str:
    """`x` with the key that it is joined by, and its share of the result's index."""
    columns = (
        Column("r", "r"),
        Column("k", body.index("i", x.shape, keys)),
        Column("i", body.index("i", x.shape, indices)),
        Column("v", "v"),
    )
    return body.add(t, "operand", Select(columns, Read(body.step_of(x))))


# -- reductions


def reduced(body: Body, op: ops.Reduce, t: Tensor) -> str:
    """Many elements become one: a group for each element of `t`."""
    (x,) = t.inputs
    if x in body.paired:
        return pairs.summed(body, t)
    kept = [axis for axis in range(len(x.shape)) if axis not in op.axes]
    index = _index_along(body, x, kept)
    if op.how == "argmax":
        return _argmax(body, op, t, index)
    is_truth = op.how in ("any", "all")
    text = _aggregate(body, op, x)
    source = Read(body.step_of(x), "x")
    select = body.rows(
        source,
        r="x.r",
        i=index,
        v=text,
        group=(1, 2),
        truth=is_truth,
    )
    return body.add(t, "", select)


def _index_along(body: Body, x: Tensor, axes: Sequence[int]) -> str:
    """The index of an element of `x` along some of its axes."""
    shape = [size if axis in axes else 1 for axis, size in enumerate(x.shape)]
    return body.index("x.i", x.shape, positions.spread(shape, x.shape))


def _aggregate(body: Body, op: ops.Reduce, x: Tensor) -> str:
    own = body.dialect.own
    count = math.prod(x.shape[axis] for axis in op.axes)
    if op.how in ("any", "all"):
        extreme = own("max" if op.how == "any" else "min")
        return f"{extreme}(CASE WHEN {body.holds('x.v')} THEN 1 ELSE 0 END) = 1"
    if op.how == "prod":
        inside = _index_along(body, x, op.axes)
        factors = []
        for k in range(count):
            factors.append(own(f"max(CASE {inside} WHEN {k} THEN x.v END)"))
        return " * ".join(factors)
    if op.how == "mean":
        # In PostgreSQL avg() sums up squares, too, which may overflow.
        return body.aggregate("sum", "x.v", x, by=body.number(count))
    return body.aggregate(op.how, "x.v", x)


def _argmax(body: Body, op: ops.Reduce, t: Tensor, index: str) -> str:
    """The first place of those that have the greatest value."""
    (x,) = t.inputs
    source = Read(body.step_of(x), "x")
    own = body.dialect.own
    greatest = body.rows(
        source,
        r="x.r",
        i=index,
        v=own("max(x.v)"),
        group=(1, 2),
    )
    step = body.add(t, "max", greatest)
    conditions = body.joined_by(("m.r", "x.r"), ("m.i", index), t.size)
    join = Join(INNER, Read(step, "m"), (*conditions, "m.v = x.v"))
    place = _index_along(body, x, op.axes)
    first = f"CAST({own('min')}({place}) AS {body.dialect.types['double']})"
    select = body.rows(
        source,
        r="x.r",
        i=index,
        v=first,
        joins=[join],
        group=(1, 2),
    )
    return body.add(t, "", select)


METHODS: dict[type[ops.Op], Callable[..., str]] = {
    ops.Map: mapped,
    ops.Take: taken,
    ops.Contract: contracted,
    ops.Reduce: reduced,
    ops.Join: joined,
    ops.Lookup: lookups.lookup,
    ops.Find: lookups.find,
    Trees: trees.walk,
    Top: ranking.top,
}
