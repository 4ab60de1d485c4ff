"""How a function of arrays reads its operands: which relation has them, and where in its arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.lower.rows import arrays
from keras2sql.lower.rows.arrays import Picked
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.sql.tree import CROSS, INNER, Join, Read, Table, aliased

_SAME_ROW = "{0}.r = x.r"
_SAME_ARRAY = "{0}.p = x.p"


@dataclass(frozen=True)
class Reading:
    """What a function reads: a step of arrays, or a tensor; `bare`: without its bias."""

    shape: tuple[int, ...]
    step: Vector | None = None
    tensor: Tensor | None = None
    bare: bool = False


@dataclass(frozen=True)
class Operand:
    """What a function reads of an operand at element j of array p: `text`, and how the relation
    that has it is joined, where {0} stands for the relation's name.  One of `full` size has an
    array for each that is computed, so that the function may go along it."""

    text: str
    relation: Read | Table
    on: tuple[str, ...] = ()
    full: bool = False

    def joined(self, alias: str) -> Join:
        """The join, with the relation called so."""
        conditions = tuple(condition.format(alias) for condition in self.on)
        return Join(INNER if conditions else CROSS, aliased(self.relation, alias), conditions)


class Operands:
    """Finds the operands of a function whose result, `t`, is in `count` arrays."""

    def __init__(self, body: Body, t: Tensor, count: int) -> None:
        self.body = body
        self.t = t
        self.count = count
        self.size = t.size // count  # of each array

    def of(self, reading: Reading) -> Operand | None:
        """How an operand is read; None if it can't be."""
        if reading.step is not None:
            return _full(reading.step) if reading.step.count == self.count else None
        x = reading.tensor
        if x is None or reading.bare:
            return None
        flat = np.arange(x.size).reshape(x.shape)
        index = np.broadcast_to(flat, self.t.shape).reshape(self.count, self.size)
        value = self.body.value(x)
        if value is None:
            return self._of_tensor(x, index)
        if x.kind != "float":
            return None
        return self._of_constant(value.reshape(-1).astype(np.float64)[index])

    def _of_constant(self, values: Array) -> Operand:
        """Values of shape (arrays, elements), as a table of arrays."""
        table, layer = self.body.table, self.t.layer
        all_alike = (values == values[:1]).all()
        if all_alike:
            return Operand("{0}.v[j]", table(layer, (), v=values[:1]))
        arrays_of_values = table(layer, ("p",), p=np.arange(self.count), v=values)
        return Operand("{0}.v[j]", arrays_of_values, (_SAME_ARRAY,))

    def _of_tensor(self, x: Tensor, index: Array) -> Operand | None:
        """The elements of `x` at an index of shape (arrays, elements)."""
        body = self.body
        if (index == index[0, 0]).all():
            single = self._single(x, index[:1, :1])
            if single is not None:
                return single
        if x.kind != "float":
            return None
        even = self._evenly_apart(x, index)
        if even is not None:
            return even
        if index.size == x.size:
            return _full(arrays.vector_of(body, x, self.count))
        same_in_each_array = (index == np.arange(self.size)).all()
        if same_in_each_array:
            step = arrays.vector_of(body, x, 1).step
            return Operand("{0}.v[j]", Read(step), (_SAME_ROW,))
        one_for_each_array = (index == np.arange(self.count)[:, None]).all()
        if one_for_each_array:
            return Operand("{0}.v", Read(body.step_of(x)), (_SAME_ROW, "{0}.i = x.p"))
        return None

    def _single(self, x: Tensor, index: Array) -> Operand | None:
        """The same element for all."""
        picked = arrays.picked_from(self.body, x, index)
        element = int(picked.index[0, 0])
        if picked.source in self.body.vectors or element < 0:
            return None
        step = Read(self.body.step_of(picked.source))
        return Operand("{0}.v", step, (_SAME_ROW, f"{{0}}.i = {element}"))

    def _evenly_apart(self, x: Tensor, index: Array) -> Operand | None:
        """What `x` takes out of arrays at an index, where it lies there at even distances."""
        body = self.body
        if not isinstance(x.op, ops.Take) or body.made(x):
            return None
        picked = arrays.picked_from(body, x, index)
        if picked.source not in body.vectors or picked.index.min() < 0:
            return None
        position = self._even_position(picked)
        if position is None:
            return None
        step = arrays.vector_of(body, picked.source, 1).step
        return Operand(f"{{0}}.v[{position}]", Read(step), (_SAME_ROW,))

    def _even_position(self, picked: Picked) -> str | None:
        """The position, from 1, of element j of array p, if it is so far apart from that of the
        next element, and so far from that of the next array."""
        index = picked.index
        first = int(index[0, 0])
        between_arrays = int(index[1, 0]) - first if self.count > 1 else 0
        between_elements = int(index[0, 1]) - first if self.size > 1 else 0
        of_array = between_arrays * np.arange(self.count)[:, None]
        of_element = between_elements * np.arange(self.size)
        if (index != first + of_array + of_element).any():
            return None
        terms = []
        for variable, apart in (("x.p", between_arrays), ("j", between_elements)):
            if apart:
                terms.append(variable if apart == 1 else f"{apart} * {variable}")
        start = first + 1 - between_elements  # j begins at 1, as do the places in an array
        if start or not terms:
            terms.append(str(start))
        return " + ".join(terms)


def _full(vector: Vector) -> Operand:
    return Operand("{0}.v[j]", Read(vector.step), (_SAME_ROW, _SAME_ARRAY), full=True)
