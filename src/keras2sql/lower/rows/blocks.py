"""Products with constants where a database has no arrays: several weights to a record.

A dense layer as a join of single elements with single weights groups a row for each
multiply-add.  With records of some dozens of weights in columns, and the elements likewise, it
groups one for each record; the multiply-adds are terms of an expression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

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


@dataclass(frozen=True, eq=False)
class _Records:
    """The `weights` of a dense layer, of shape (inputs, neurons), in records of up to `longest` of
    each neuron: as many as are needed, of one `size`, the last of which may have zeros behind.
    """

    weights: npt.NDArray[np.float64]
    longest: int

    @property
    def width(self) -> int:
        return len(self.weights)

    @property
    def neurons(self) -> int:
        return int(self.weights.shape[1])

    @cached_property
    def count(self) -> int:
        """How many records a neuron has."""
        return math.ceil(self.width / self.longest)

    @cached_property
    def size(self) -> int:
        return math.ceil(self.width / self.count)

    @property
    def in_last(self) -> int:
        """How many weights the last record has."""
        return self.width - (self.count - 1) * self.size


def product(body: Body, t: Tensor) -> str:
    """As `elements.product`, of a dense layer by records of up to `Rows.block` numbers."""
    longest = body.dialect.need(body.dialect.rows, "rows").block
    weights = _dense(body, t) if longest else None
    if weights is None:
        return elements.product(body, t)
    return _by_records(body, t, _Records(weights, longest))


def _dense(body: Body, t: Tensor) -> npt.NDArray[np.float64] | None:
    """The weights of shape (inputs, neurons), if `t` is a dense layer on the last axes of its
    first operand, large enough to pay; else None."""
    axes = contraction(t)
    weights = body.value(axes.y)
    if body.value(axes.x) is not None or weights is None or axes.batch or axes.alone:
        return None
    summed = sorted(axes.summed, key=axes.left.index)
    on_last_axes = list(axes.left) == [*axes.rows, *summed]
    neurons_last = list(axes.out) == [*axes.rows, *axes.columns]
    if not (on_last_axes and neurons_last):
        return None
    order = [axes.right.index(letter) for letter in (*summed, *axes.columns)]
    matrix = np.transpose(weights, order).reshape(axes.size(summed), -1).astype(np.float64)
    width, neurons = matrix.shape
    return matrix if width >= _WIDTH and neurons >= _NEURONS else None


def _by_records(body: Body, t: Tensor, records: _Records) -> str:
    """Products of records, summed up for each neuron."""
    x = t.inputs[0]
    step = _records_of_elements(body, t, records)
    weights = _records_of_weights(body, t, records)
    terms = " + ".join(f"x.v{j} * w.w{j}" for j in range(records.size))
    index = "w.i" if x.size == records.width else f"x.p * {records.neurons} + w.i"
    join = Join(INNER, aliased(weights, "w"), ("w.k = x.k",))
    # A step of its own: SQLite sorts all that a sum reads before it computes it.
    products = body.rows(
        Read(step, "x"),
        r="x.r",
        i=index,
        v=terms,
        joins=[join],
    )
    total = body.aggregate("sum", "v", x)
    source = Read(body.add(t, "products", products))
    sums = body.rows(
        source,
        r="r",
        i="i",
        v=total,
        group=(1, 2),
    )
    return body.add(t, "linear" if len(t.inputs) == 3 else "", sums)


def _records_of_weights(body: Body, t: Tensor, records: _Records) -> Read | Table:
    """A table with a row for each record `k` of a neuron `i`, its weights in w0, w1, ..."""
    count = records.count
    size = records.size
    neurons = records.neurons
    padded = np.zeros((count * size, neurons))
    padded[: records.width] = records.weights
    by_record = padded.reshape(count, size, neurons).transpose(0, 2, 1).reshape(-1, size)
    k, i = np.indices((count, neurons)).reshape(2, -1)
    columns = {f"w{j}": by_record[:, j] for j in range(size)}
    return body.table(
        t.layer,
        keys=("k", "i"),
        k=k,
        i=i,
        **columns,
    )


def _records_of_elements(body: Body, t: Tensor, records: _Records) -> str:
    """The elements that `t` multiplies, in records that match those of the weights: the step has
    a row for each record `k` of each vector `p`, its elements in v0, v1, ..."""
    x = t.inputs[0]
    numbers = body.dialect.numbers
    quotient, remainder = numbers.quotient.format, numbers.remainder.format
    vector, in_vector = "0", "x.i"
    if x.size > records.width:
        vector = quotient("x.i", records.width)
        in_vector = remainder("x.i", records.width)
    record, in_record = "0", in_vector
    if records.count > 1:
        record = quotient(in_vector, records.size)
        in_record = remainder(in_vector, records.size)

    columns = [Column("r", "x.r"), Column("p", vector), Column("k", record)]
    own = body.dialect.own
    zero = body.number(0.0)
    for j in range(records.size):
        text = own(f"max(CASE {in_record} WHEN {j} THEN x.v END)")
        if j >= records.in_last:
            text = f"coalesce({text}, {zero})"
        columns.append(Column(f"v{j}", text))
    select = Select(
        columns=tuple(columns),
        source=Read(body.step_of(x), "x"),
        group=(1, 2, 3),
    )
    return body.add(t, "blocks", select, shared=True)


FORMS = Forms(elements.make, product, elements.from_array, elements.beside)
