"""Scalar functions of tensors in arrays, all elements of an array at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cell
from keras2sql.lower.rows import arrays, products
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.lower.rows.operands import Operand, Operands, Reading
from keras2sql.lower.steps import schedule
from keras2sql.sql.tree import Relation, aliased

# So long may a function be that repeats what is shared in it.
_REPEATED = 1500
# Up to so many numbers picked out of arrays are one array.
_WHOLE = 1024


def mapped(body: Body, t: Tensor) -> Vector | None:
    """A function of arrays of one length, element by element."""
    function = _Function(body)
    cell = function.cell_of(t)
    count = _count(body, t, function.reads.values())
    if not count:
        return None
    operands = Operands(body, t, count)
    source: Relation | None = None
    names: dict[Cell, str] = {}
    aliases: dict[Operand, str] = {}  # of relations: of operands whose text is left out
    for argument, reading in function.reads.items():
        operand = operands.of(reading)
        if operand is None:
            return None
        if operand.full and source is None:
            source = aliased(operand.relation, "x")
            names[argument] = "e"
            continue
        alias = aliases.setdefault(replace(operand, text=""), f"b{len(aliases)}")
        names[argument] = operand.text.format(alias)
    assert source is not None  # `count` arrays are those of an operand of full size

    spelled = body.writer.spelled(cell, names)
    if len(spelled) > _REPEATED and _shares_parts(body, cell, function):
        return None
    joins = [operand.joined(alias) for operand, alias in aliases.items()]
    array = body.lists.each.format("x.v", "e, j", spelled)
    select = body.select_arrays(
        source,
        r="x.r",
        p="x.p",
        v=array,
        joins=joins,
    )
    return Vector(body.add(t, "", select), count)


def _shares_parts(body: Body, cell: Cell, function: _Function) -> bool:
    """Whether something is read by several parts, in each of which it would stand."""
    plan = schedule([cell], body.dialect.limits, given=set(function.reads))
    return bool(plan.stages)


class _Function:
    """Makes an element of a tensor a function of elements of other tensors; `reads` has, by their
    cells, what these are elements of."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.reads: dict[Cell, Reading] = {}

    def cell_of(self, t: Tensor) -> Cell:
        """The function of a map, or of a product to which a bias is added."""
        cells = self.body.cells
        if isinstance(t.op, ops.Map):
            return cells.expand(t.op.expr, [self._argument(i) for i in t.inputs])
        product = products.product_of(self.body, t)
        reading = Reading(t.shape, tensor=t, bare=True)
        if product is not None:
            reading = Reading(t.shape, step=product)
        return cells.call("add", self._read(reading), self._argument(t.inputs[2]))

    def _argument(self, t: Tensor) -> Cell:
        body = self.body
        value = body.value(t)
        if value is not None and value.size == 1:
            return body.cells.const(value.reshape(-1)[0])
        if t in body.inner:
            return self.cell_of(t)
        if isinstance(t.op, ops.Take) and not body.made(t) and arrays.same_order(t):
            body.make(t)  # another shape of the same arrays
        return self._read(Reading(t.shape, tensor=t))

    def _read(self, reading: Reading) -> Cell:
        """The cell of what is read; of an equal one the same."""
        for cell, known in self.reads.items():
            if known == reading:
                return cell
        cell = self.body.cells.column(f"operand {len(self.reads)}", 0)
        self.reads[cell] = reading
        return cell


def _count(body: Body, t: Tensor, reads: Iterable[Reading]) -> int:
    """In how many arrays the first operand of the size of `t` is held, or else what is picked out
    of arrays, which is done now; 0 if there is none."""
    for reading in reads:
        count = _held_in(body, t, reading)
        if count:
            return count
    for reading in reads:
        count = _picked_into(body, t, reading)
        if count:
            return count
    return 0


def _held_in(body: Body, t: Tensor, reading: Reading) -> int:
    if reading.shape != t.shape:
        return 0
    vector = reading.step
    if vector is None and reading.tensor is not None:
        vector = body.vectors.get(reading.tensor)
    return 0 if vector is None else vector.count


def _picked_into(body: Body, t: Tensor, reading: Reading) -> int:
    x = reading.tensor
    if x is None or not isinstance(x.op, ops.Take) or body.made(x) or x.shape != t.shape:
        return 0
    count = 1 if x.size <= _WHOLE else x.size // x.shape[-1]
    picked = arrays.picked_from(body, x, np.arange(x.size).reshape(count, -1))
    if x.kind != "float" or picked.source not in body.vectors:
        return 0
    body.vectors[x] = Vector(arrays.gathered(body, x, picked), count)
    return count
