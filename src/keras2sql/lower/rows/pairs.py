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
from keras2sql.sql.tree import Product, Read, aliased


def summed(body: Body, t: Tensor) -> str:
    """The sum over a map that is `pairs.paired`."""
    (x,) = t.inputs
    assert isinstance(x.op, ops.Map)
    width = x.shape[1]
    columns: dict[str, ops.Array] = {"i": np.arange(t.size)}
    texts: dict[Cell, str] = {}
    terms: list[list[Cell]] = [[] for _ in range(width)]
    moving = next(i for i in x.inputs if body.value(i) is None)
    step, numbers = body.forms.beside(body, moving, {f"x{j}": j for j in range(width)})
    cell_of: dict[Tensor, list[Cell]] = {}
    for number, operand in enumerate(x.inputs):
        value = body.value(operand)
        if value is not None and value.size == 1:
            cells = [body.cells.const(value.reshape(-1)[0])] * width
        elif value is None:
            cells = [body.cells.column("x", j, operand.kind == "bool") for j in range(width)]
            texts.update(zip(cells, numbers, strict=True))
        else:
            wide = np.broadcast_to(value, x.shape)
            cells = [body.cells.column(f"w{number}", j) for j in range(width)]
            for j, cell in enumerate(cells):
                columns[f"w{number}_{j}"] = np.ascontiguousarray(wide[:, j])
                texts[cell] = f"w.w{number}_{j}"
        cells = cell_of.setdefault(operand, cells)
        for j, cell in enumerate(cells):
            terms[j].append(cell)
    spelled = [body.writer.spelled(body.cells.expand(x.op.expr, one), texts) for one in terms]
    table = aliased(body.table(t.layer, ("i",), **columns), "w")
    quoted = body.dialect.quote(step)
    select = body.rows(
        Product(Read(step), table),
        r=f"{quoted}.r",
        i="w.i",
        v=" + ".join(f"({one})" for one in spelled),
    )
    return body.add(t, "", select)
