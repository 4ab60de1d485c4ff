"""A vector met with each of many constant ones, and summed up: distances, kernels.

Element by element that is a row for each element of each of the vectors, grouped again.  With the
elements of a vector in columns it is a row for each vector, and the sum an expression.
"""

from __future__ import annotations

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cell
from keras2sql.lower.rows.body import Body
from keras2sql.sql.tree import INNER, Join, Product, Read, aliased


def summed(body: Body, t: Tensor) -> str:
    """The sum over a map that is `pairs.paired`."""
    (x,) = t.inputs
    assert isinstance(x.op, ops.Map)
    pairs = _Pairs(body, x)
    operands = [pairs.cells_of(operand) for operand in x.inputs]
    terms = [body.cells.expand(x.op.expr, cells) for cells in zip(*operands, strict=True)]
    texts = [body.writer.spelled(term, pairs.names) for term in terms]
    table = aliased(body.table(t.layer, ("i",), i=np.arange(t.size), **pairs.columns), "w")
    first, *others = pairs.steps
    row = f"{body.dialect.quote(first)}.r"
    joins = [
        Join(INNER, Read(other), (f"{body.dialect.quote(other)}.r = {row}",)) for other in others
    ]
    select = body.rows(
        Product(Read(first), table),
        r=row,
        i="w.i",
        v=" + ".join(f"({text})" for text in texts),
        joins=joins,
    )
    return body.add(t, "", select)


class _Pairs:
    """What the elements of a row of `x` read: `steps` with the computed vectors in columns, and
    `columns` of a table with the constant ones; `names` has how each is spelled."""

    def __init__(self, body: Body, x: Tensor) -> None:
        self.body = body
        self.x = x
        self.steps: list[str] = []
        self.columns: dict[str, ops.Array] = {}
        self.names: dict[Cell, str] = {}
        self._known: dict[Tensor, list[Cell]] = {}

    def cells_of(self, operand: Tensor) -> list[Cell]:
        """Those of an operand, along a row."""
        if operand not in self._known:
            self._known[operand] = self._new(operand, f"{'abcdefghij'[len(self._known) % 10]}")
        return self._known[operand]

    def _new(self, operand: Tensor, letter: str) -> list[Cell]:
        body, width = self.body, self.x.shape[1]
        value = body.value(operand)
        if value is not None and value.size == 1:
            return [body.cells.const(value.reshape(-1)[0])] * width
        truth = operand.kind == "bool"
        cells = [body.cells.column(letter, j, truth) for j in range(width)]
        called = {f"{letter}{j}": j for j in range(width)}
        if value is None:
            step, texts = body.forms.beside(body, operand, called)
            self.steps.append(step)
        else:
            texts = [f"w.{name}" for name in called]
            wide = np.broadcast_to(value, self.x.shape)
            self.columns |= {name: np.ascontiguousarray(wide[:, j]) for name, j in called.items()}
        self.names.update(zip(cells, texts, strict=True))
        return cells
