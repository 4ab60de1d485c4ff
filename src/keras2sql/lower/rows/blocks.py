"""Products with constants where a database has no arrays: several weights to a record.

A dense layer as a join of single elements with single weights groups a row for each
multiply-add.  With records of some dozens of weights in columns, and the elements likewise, it
groups one for each record; the multiply-adds are terms of an expression.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Tensor
from keras2sql.lower.rows import elements
from keras2sql.lower.rows.body import Body, Forms
from keras2sql.sql.tree import INNER, Column, Join, Read, Select, Table, aliased

# To put an element into its column looks at each column of the record, so that fewer neurons
# than this read it too seldom to pay.
_NEURONS = 32
# Products of fewer elements than this are short as they are.
_WIDTH = 16


def _block(body: Body) -> int:
    return body.dialect.need(body.dialect.rows, "rows").block


def product(body: Body, t: Tensor) -> str:
    """As `elements.product`, of a dense layer by records of up to `Rows.block` numbers."""
    weights = _dense(body, t) if _block(body) else None
    return elements.product(body, t) if weights is None else _by_blocks(body, t, weights)


def _dense(body: Body, t: Tensor) -> npt.NDArray[np.float64] | None:
    """The weights of shape (inputs, neurons), if `t` is a dense layer on the last axes of its
    first operand; else None."""
    made = contraction(t)
    weights = body.value(made.y)
    if body.value(made.x) is not None or weights is None or made.batch or made.alone:
        return None
    summed = sorted(made.summed, key=made.left.index)
    plain = list(made.left) == [*made.rows, *summed]
    if not plain or list(made.out) != [*made.rows, *made.columns]:
        return None
    size = made.size(summed)
    turned = np.transpose(weights, [made.right.index(c) for c in (*summed, *made.columns)])
    matrix = turned.reshape(size, -1).astype(np.float64)
    return matrix if size >= _WIDTH and matrix.shape[1] >= _NEURONS else None


def _by_blocks(body: Body, t: Tensor, weights: npt.NDArray[np.float64]) -> str:
    x, (width, neurons) = t.inputs[0], weights.shape
    count = -(-width // _block(body))
    size = -(-width // count)
    step, side = _elements(body, t, width, size), _weights(body, t, weights, size)
    terms = " + ".join(f"x.v{j} * w.w{j}" for j in range(size))
    target = "w.i" if x.size == width else f"x.p * {neurons} + w.i"
    join = Join(INNER, aliased(side, "w"), ("w.k = x.k",))
    # A step of its own: SQLite sorts all that a sum reads before it computes it.
    products = body.rows(Read(step, "x"), "x.r", target, terms, join)
    total = body.aggregate("sum", "v", x)
    source = Read(body.add(t, "products", products))
    summed = body.rows(source, "r", "i", total, group=(1, 2))
    return body.add(t, "linear" if len(t.inputs) == 3 else "", summed)


def _weights(body: Body, t: Tensor, weights: npt.NDArray[np.float64], size: int) -> Read | Table:
    """A table with `size` weights of a neuron in each record, zeros after the last."""
    width, neurons = weights.shape
    count = -(-width // size)
    padded = np.zeros((count * size, neurons))
    padded[:width] = weights
    records = padded.reshape(count, size, neurons).transpose(0, 2, 1).reshape(-1, size)
    k, i = (at.reshape(-1) for at in np.indices((count, neurons)))
    columns = {f"w{j}": records[:, j] for j in range(size)}
    return body.table(t.layer, ("k", "i"), k=k, i=i, **columns)


def _elements(body: Body, t: Tensor, width: int, size: int) -> str:
    """The elements that `t` multiplies, in records that match those of the weights."""
    x, quotient = t.inputs[0], body.dialect.numbers.quotient.format
    count = -(-width // size)
    place, inside = "0", "x.i"
    if x.size > width:
        place, inside = quotient("x.i", width), f"x.i % {width}"
    block, within = "0", inside
    if count > 1:
        block, within = quotient(inside, size), f"{inside} % {size}"
    picked = body.dialect.own("max(CASE {} WHEN {} THEN x.v END)")
    texts = [picked.format(within, j) for j in range(size)]
    full = width - (count - 1) * size  # of the last record
    zero = body.number(0.0)
    texts[full:] = [f"coalesce({text}, {zero})" for text in texts[full:]]
    heads = (Column("r", "x.r"), Column("p", place), Column("k", block))
    values = [Column(f"v{j}", text) for j, text in enumerate(texts)]
    select = Select((*heads, *values), Read(body.step_of(x), "x"), group=(1, 2, 3))
    return body.add(t, "blocks", select, shared=True)


FORMS = Forms(elements.make, product, elements.from_array, elements.beside)
