"""What the body of a graph reads of the front: tensors that columns hold, which become rows."""

from __future__ import annotations

import math

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.lower.cells import Cell
from keras2sql.lower.rows.body import Body
from keras2sql.lower.rows.split import Split
from keras2sql.lower.writer import Writer
from keras2sql.sql.tree import Product, Relation, Unnested, aliased

# A number is found among so many by one CASE, and among more in two steps.
_AT_ONCE = 15


class Entries:
    """The entries of the parts of a graph, of whose front `writer` writes the columns.

    `cells` are those that have to be columns.
    """

    def __init__(self, writer: Writer, parts: Split) -> None:
        self.writer = writer
        self.tensors = parts.entries
        outputs = writer.scalars.outputs
        self._array_of: dict[int, Cell] = {}  # by the number of the entry
        for number, t in enumerate(self.tensors):
            if isinstance(t.op, ops.Input) and t.op.name in writer.arrays:
                self._array_of[number] = writer.scalars.cells.whole(t.op.name)
        elements = [cell for cell in outputs.values() if cell.fn != "const"]
        self.cells = [*self._array_of.values(), *elements]
        self._outputs = dict(outputs)

    def write(self, body: Body) -> None:
        """Write them as the first steps of the body."""
        for number, t in enumerate(self.tensors):
            array = self._array_of.get(number)
            if array is not None:
                body.forms.from_array(body, t, f"n.{self.writer.quoted()[array]}")
            else:
                elements = [self._outputs[f"{number}_{i}"] for i in range(t.size)]
                self._write_elements(body, t, elements)

    def array(self, body: Body) -> str:
        """The first entry as an array, spelled."""
        if 0 in self._array_of:
            return self.writer.quoted("n")[self._array_of[0]]
        t = self.tensors[0]
        return body.listed([self.element(t, i) for i in range(t.size)])

    def element(self, t: Tensor, i: int) -> str:
        """An element of an entry that is no array, spelled."""
        cell = self._outputs[f"{self.tensors.index(t)}_{i}"]
        return self.writer.as_value(cell, self.writer.quoted("n"))

    def _write_elements(self, body: Body, t: Tensor, elements: list[Cell]) -> None:
        """Write a tensor whose elements are columns, each its own."""
        writer = self.writer
        dialect = writer.dialect
        quoted = writer.quoted("n")
        values = [writer.as_value(cell, quoted) for cell in elements]
        if body.has_lists and t.kind == "float":
            body.forms.from_array(body, t, body.listed(values))
            return
        source: Relation
        if dialect.arrays is not None and dialect.arrays.unnest:
            source = Product(body.source, Unnested(body.listed(values)))
            position, value = "e.n - 1", "e.v"
        else:
            positions = body.table(t.layer, ("i",), i=np.arange(t.size))
            source = Product(body.source, aliased(positions, "s"))
            position = "s.i"
            value = self._chosen(values)
        select = body.rows(
            source,
            r=f"n.{body.r}",
            i=position,
            v=value,
            where=body.valid,
        )
        body.steps[t] = body.add(t, "elements", select, shared=True)

    def _chosen(self, values: list[str]) -> str:
        """The value at s.i, of many first the group that has it."""
        if len(values) <= _AT_ONCE:
            return _case("s.i", values)
        size = math.isqrt(len(values))
        numbers = self.writer.dialect.numbers
        remainder = numbers.remainder.format("s.i", size)
        groups = []
        for start in range(0, len(values), size):
            groups.append(_case(remainder, values[start : start + size]))
        return _case(numbers.quotient.format("s.i", size), groups)


def _case(number: str, texts: list[str]) -> str:
    """The text of this number, from 0."""
    branches = [f"WHEN {n} THEN {text}" for n, text in enumerate(texts)]
    return f"CASE {number} {' '.join(branches)} END"
