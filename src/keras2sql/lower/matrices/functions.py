"""Scalar functions of tensors that are nested lists, element by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cell
from keras2sql.lower.matrices.bias import has_own_bias
from keras2sql.lower.matrices.body import Body
from keras2sql.lower.matrices.nested import Nested
from keras2sql.lower.matrices.products import ELEMENT, product
from keras2sql.lower.steps import ordered, schedule

_PRODUCT = "<product>"


@dataclass(frozen=True)
class _Operand:
    """What a function reads: a tensor; if `bare`, a product that is no column."""

    tensor: Tensor
    bare: bool = False


def mapped(body: Body, t: Tensor) -> str:
    """Define the column of a function; its name.

    What the function reads twice is a column of its own before.  A product of which it reads an
    element once is taken in the same loop.
    """
    function = _Function(body)
    cell = function.cell_of(t)
    plan = schedule([cell], body.dialect.limits, given=set(function.reads))
    bare = [known for known, operand in function.reads.items() if operand.bare]
    alone = len(bare) == 1 == len(function.reads) and not plan.stages
    if alone and has_own_bias(function.reads[bare[0]].tensor):
        text = body.writer.spelled(cell, {bare[0]: _PRODUCT})
        if text.count(_PRODUCT) == 1:
            of = function.reads[bare[0]].tensor
            return body.define(t, product(body, of, _of_product(text)))

    for of in [operand.tensor for operand in function.reads.values() if operand.bare]:
        body.columns[of] = contracted(body, of)
    known: dict[Cell, str] = {}
    for stage in plan.stages:
        for part in stage.cells:
            known[part] = body.define(t, _text(body, t, part, function.reads, known), "part")
    return body.define(t, _text(body, t, cell, function.reads, known))


def _of_product(text: str) -> str:
    """The function of a product, in brackets unless it is an argument by itself."""
    before, _, after = text.partition(_PRODUCT)
    by_itself = before.rstrip()[-1:] in ("", "(", ",") and after.lstrip()[:1] in ("", ")", ",")
    return text.replace(_PRODUCT, ELEMENT if by_itself else f"({ELEMENT})")


def contracted(body: Body, t: Tensor) -> str:
    """Define the column of a product, with its bias; its name."""
    if has_own_bias(t):
        return body.define(t, product(body, t))
    linear = body.define(t, product(body, t), "linear")
    rank = len(t.shape)
    bias = _operand(body, t.inputs[2], rank)
    operands = [Nested.of(body.quoted(linear), t.shape, rank), bias]
    return body.define(t, body.loops.over(operands, " + ".join))


def _text(
    body: Body,
    t: Tensor,
    cell: Cell,
    reads: Mapping[Cell, _Operand],
    known: Mapping[Cell, str],
) -> str:
    """The nested list of a cell for each element of `t`, of operands and of columns that are
    known."""
    used = _used(body, cell, {*reads, *(known.keys() - {cell})})
    rank = len(t.shape)
    operands = []
    for one in used:
        if one in known:
            operands.append(Nested.of(body.quoted(known[one]), t.shape, rank))
        else:
            operands.append(_operand(body, reads[one].tensor, rank))

    if _broadcast(operands, rank) != t.shape:  # what had its shape has no part in the function
        operands.append(Nested.of(body.array(t, np.zeros(t.shape)), t.shape, rank))

    def of_elements(texts: list[str]) -> str:
        return body.writer.spelled(cell, dict(zip(used, texts, strict=False)))

    return body.loops.over(operands, of_elements) if operands else of_elements([])


def _broadcast(operands: list[Nested], rank: int) -> tuple[int, ...]:
    return tuple(max([1, *(one.sizes[axis] or 1 for one in operands)]) for axis in range(rank))


def _used(body: Body, cell: Cell, known: set[Cell]) -> list[Cell]:
    """The known cells that a cell is made of, what it reads most often first: along that a loop
    goes, and all others are read by their place."""
    used = [one for one in ordered([cell], known) if one in known]
    marks = {one: f"<{n}>" for n, one in enumerate(used)}
    text = body.writer.spelled(cell, marks)
    return sorted(used, key=lambda one: -text.count(marks[one]))


def _operand(body: Body, x: Tensor, rank: int) -> Nested:
    value = body.value(x)
    if value is not None:
        return Nested.of(body.array(x, value), x.shape, rank)
    return Nested.of(body.read(x), x.shape, rank)


class _Function:
    """Makes an element of a tensor a function of elements of other tensors; `reads` has, by their
    cells, what these are elements of."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.reads: dict[Cell, _Operand] = {}

    def cell_of(self, t: Tensor) -> Cell:
        """The function of a map."""
        assert isinstance(t.op, ops.Map)
        whole = any(i.shape == t.shape and self.body.value(i) is None for i in t.inputs)
        return self.body.cells.expand(t.op.expr, [self._argument(i, whole) for i in t.inputs])

    def _argument(self, t: Tensor, whole: bool) -> Cell:
        """`whole`: another operand has the shape of the result, so that a constant need not."""
        body = self.body
        value = body.value(t)
        if value is not None and (value.size == 1 or whole):
            first = value.reshape(-1)[0]
            if (value == first).all():
                return body.cells.const(first)
        is_inside = t in body.inner and t not in body.columns
        if is_inside and isinstance(t.op, ops.Map):
            return self.cell_of(t)
        return self._read(_Operand(t, bare=is_inside))

    def _read(self, operand: _Operand) -> Cell:
        """The cell of what is read; of an equal one the same."""
        for cell, known in self.reads.items():
            if known == operand:
                return cell
        truth = operand.tensor.kind == "bool"
        cell = self.body.cells.column(f"operand {len(self.reads)}", 0, truth)
        self.reads[cell] = operand
        return cell
