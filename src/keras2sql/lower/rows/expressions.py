"""Scalar functions of tensors whose elements are rows: joined operands, and the text over them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cell
from keras2sql.lower.rows import positions
from keras2sql.lower.rows.body import Body
from keras2sql.lower.steps import Stage, schedule
from keras2sql.sql.tree import (
    INNER,
    Column,
    Join,
    Product,
    Read,
    Relation,
    Select,
    Table,
    aliased,
)


@dataclass(frozen=True)
class _Operand:
    """What an expression reads: the elements of a tensor of this `shape` in the rows of a step,
    or of a table, and whether these are of a row of the source, so that they are `moving`.
    `truth`: whether they are truth values."""

    rows: Read | Table
    shape: tuple[int, ...]
    moving: bool
    truth: bool = False

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass
class _Scope:
    """What a select of elements reads, and how: `names` has the spelled columns of the cells that
    are such, `row` and `index` are the source's row and the element's place."""

    source: Relation
    row: str
    index: str
    names: dict[Cell, str]
    joins: list[Join] = field(default_factory=list)
    where: str = ""


def mapped(body: Body, _: ops.Op, t: Tensor) -> str:
    """The expression of `t`, and of the tensors inside of it, over joined operands."""
    expression = _Expression(body)
    cell = expression.cell_of(t)
    scope = _scope(body, t, expression.operands)
    return _computed(body, t, cell, scope)


class _Expression:
    """Makes an element of a tensor a function of elements of other tensors: `operands` has, by
    their cells, where these are."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.operands: dict[Cell, _Operand] = {}

    def cell_of(self, t: Tensor) -> Cell:
        """The function of a map, or of a product to which a bias is added."""
        cells = self.body.cells
        if isinstance(t.op, ops.Map):
            return cells.expand(t.op.expr, [self._argument(i) for i in t.inputs])
        product = Read(self.body.product(t))
        product_cell = self._operand(_Operand(product, t.shape, moving=True))
        return cells.call("add", product_cell, self._argument(t.inputs[2]))

    def _argument(self, t: Tensor) -> Cell:
        body = self.body
        truth = t.kind == "bool"
        value = body.value(t)
        if value is not None:
            if value.size == 1:
                return body.cells.const(value.reshape(-1)[0])
            rows = body.vector(t, value)
            return self._operand(_Operand(rows, t.shape, moving=False, truth=truth))
        if t in body.inner:
            return self.cell_of(t)
        step = Read(body.step_of(t))
        return self._operand(_Operand(step, t.shape, moving=True, truth=truth))

    def _operand(self, operand: _Operand) -> Cell:
        """The cell of an operand; of an equal one the same."""
        for cell, known in self.operands.items():
            if known == operand:
                return cell
        cell = self.body.cells.column(f"{operand.rows} {operand.shape}", 0, operand.truth)
        self.operands[cell] = operand
        return cell


def _scope(body: Body, t: Tensor, operands: dict[Cell, _Operand]) -> _Scope:
    """All operands of `t` joined to the one that leads, or to the places of its elements."""
    leader = _leader(t, operands)
    if leader is None:
        span = body.table(t.layer, ("i",), i=np.arange(t.size))
        source = Product(body.source, aliased(span, "s"))
        scope = _Scope(source, f"n.{body.r}", "s.i", {}, where=body.valid)
    else:
        leading = operands[leader]
        value = body.holds("a.v") if leading.truth else "a.v"
        scope = _Scope(aliased(leading.rows, "a"), "a.r", "a.i", {leader: value})
    for cell, operand in operands.items():
        if cell is not leader:
            _join(body, t, scope, cell, operand)
    return scope


def _leader(t: Tensor, operands: dict[Cell, _Operand]) -> Cell | None:
    """The first operand that has a row for each element of `t` in each row of the source."""
    for cell, operand in operands.items():
        if operand.moving and operand.size == t.size:
            return cell
    return None


def _join(
    body: Body,
    t: Tensor,
    scope: _Scope,
    cell: Cell,
    operand: _Operand,
) -> None:
    """Join an operand, which broadcasts to `t`, and give its cell a name."""
    alias = f"b{len(scope.joins)}"
    factors = positions.spread(operand.shape, t.shape)
    index = body.index(scope.index, t.shape, factors)
    conditions = [f"{alias}.i = {index}"]
    if operand.moving:
        places = (f"{alias}.i", index)
        conditions = body.joined_by((f"{alias}.r", scope.row), places, operand.size)
    scope.joins.append(Join(INNER, aliased(operand.rows, alias), tuple(conditions)))
    value = f"{alias}.v"
    scope.names[cell] = body.holds(value) if operand.truth else value


def _computed(body: Body, t: Tensor, cell: Cell, scope: _Scope) -> str:
    """Steps for an expression: what it reads twice is a column of its own before."""
    plan = schedule([cell], body.dialect.limits, given=set(scope.names))
    for number, stage in enumerate(plan.stages):
        live = [known for known in scope.names if plan.last_use.get(known, -1) > number]
        scope = _part(body, t, scope, stage, live)
    text = body.writer.spelled(cell, scope.names)
    select = body.rows(
        scope.source,
        r=scope.row,
        i=scope.index,
        v=text,
        joins=scope.joins,
        where=scope.where,
        truth=cell.truth,
    )
    return body.add(t, "", select)


def _part(
    body: Body,
    t: Tensor,
    scope: _Scope,
    stage: Stage,
    live: list[Cell],
) -> _Scope:
    """Write a step with the columns of a stage, beside those of `live` cells, which are read
    later; returns what a select of it sees."""
    columns = [Column("r", scope.row), Column("i", scope.index)]
    new_names: dict[Cell, str] = {}
    for cell in (*live, *stage.cells):
        new_names[cell] = f"x{len(new_names)}"
    for cell in live:
        columns.append(Column(new_names[cell], scope.names[cell], cell.truth))
    for cell in stage.cells:
        others = {known: name for known, name in scope.names.items() if known is not cell}
        text = body.writer.spelled(cell, others)
        columns.append(Column(new_names[cell], text, cell.truth))
    select = Select(
        columns=tuple(columns),
        source=scope.source,
        joins=tuple(scope.joins),
        where=scope.where,
    )
    step = body.add(t, "part", select)

    names = {}
    for cell, name in new_names.items():
        quoted = body.dialect.quote(name)
        names[cell] = body.holds(quoted) if cell.truth else quoted
    return _Scope(Read(step), "r", "i", names)
