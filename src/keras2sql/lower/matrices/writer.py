"""The whole statement: features in columns, layers in nested lists, predictions in columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.simplify import unrolled
from keras2sql.lower.cells import Cell
from keras2sql.lower.guarded import guarded
from keras2sql.lower.layout import listed
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import TAIL, Lowering
from keras2sql.lower.matrices import forms
from keras2sql.lower.matrices.body import Body
from keras2sql.lower.matrices.weights import Weights
from keras2sql.lower.packing import Packing
from keras2sql.lower.rows.split import Split, split
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.steps import schedule
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Read, Select


def takes(graph: Graph, tail: int = TAIL) -> bool:
    """Whether every layer of a graph has a form in nested lists; tensors of up to `tail` elements
    behind the last layer are columns."""
    if graph.carried:
        return False
    return all(map(forms.takes, _computed(split(unrolled(graph), tail))))


def _computed(parts: Split) -> list[Tensor]:
    """The tensors of the body that are made of others."""
    return [t for t in parts.body if t not in parts.entries]


def lower(wanted: Lowering) -> Lowered:
    """The statement of a graph that `takes` knows.

    Raises `DialectLimitError` as the columns strategy does.
    """
    graph = guarded(wanted.graph, wanted.dialect)
    parts = split(graph, wanted.tail, wanted.arrays)
    return _Matrices(wanted, parts).written()


class _Matrices:
    """A statement of the `parts` of a graph: `writer` writes the front and the tail in columns, and
    `body` what is between them."""

    def __init__(self, wanted: Lowering, parts: Split) -> None:
        dialect = wanted.dialect
        self.wanted = wanted
        self.parts = parts
        self.dialect = dialect
        in_front = replace(wanted, graph=parts.front, packing=Packing.ALL)
        self.writer = Writer(in_front)
        matrices = dialect.need(dialect.need(dialect.products, "products").matrices, "matrices")
        lists = dialect.need(dialect.need(dialect.rows, "rows").lists, "lists")
        self.weights = Weights(self.writer, matrices, wanted.name, wanted.beside, wanted.schema)
        self.body = Body(self.writer, parts, self.weights, lists)

    def written(self) -> Lowered:
        """The whole statement."""
        self._write_front()
        for t in _computed(self.parts):
            if t not in self.body.inner:
                forms.make(self.body, t)
        self.body.write(list(self.parts.cuts))
        self._write_tail()
        lowered = self.writer.finish(self.wanted.header)
        return replace(lowered, tables=tuple(self.weights.stored))

    def _write_front(self) -> None:
        """Write the features, and the entries of the body, each a nested list."""
        writer = self.writer
        scalars = writer.scalars
        whole = {
            number: scalars.cells.whole(t.op.name)
            for number, t in enumerate(self.parts.entries)
            if isinstance(t.op, ops.Input) and t.op.name in writer.arrays
        }
        elements = [cell for cell in scalars.outputs.values() if cell.fn != "const"]
        asked = [*whole.values(), *elements, *scalars.conditions]
        writer.write(schedule(asked, self.dialect.limits, forced=set(asked)))

        quoted = writer.quoted()
        tests = dict.fromkeys(writer.spelled(cell, quoted) for cell in scalars.conditions)
        valid = " AND ".join([writer.holds(writer.valid), *tests])
        columns = [writer.plain(name) for name in writer.keys]
        columns.append(Column(writer.valid, valid, truth=True))
        for number, t in enumerate(self.parts.entries):
            if number in whole:
                flat = self._filled(quoted[whole[number]], t)
            else:
                cells = [scalars.outputs[f"{number}_{i}"] for i in range(t.size)]
                flat = self._listed(cells, t)
            name = writer.columns.take(f"{Names.plain(t.layer.rsplit('/', 1)[-1], 'input')}_list")
            self.body.enter(t, name)
            columns.append(Column(name, flat if t.shape else f"{flat}[1]"))
        writer.add("inputs", Select(tuple(columns), Read(writer.last)))

    def _filled(self, array: str, t: Tensor) -> str:
        """An array that may be NULL with zeros instead: the row has no prediction, but products
        raise for a NULL in a list that is made of it, and for one in a list of other rows."""
        zeros = self.body.lists.fill.format(0, t.size, type=self.writer.type)
        arrays = self.dialect.need(self.dialect.arrays, "arrays")
        return arrays.safe.format(f"coalesce({array}, {zeros})")

    def _listed(self, cells: list[Cell], t: Tensor) -> str:
        quoted = self.writer.quoted()
        values = [self.writer.as_value(cell, quoted) for cell in cells]
        return self.dialect.need(self.dialect.arrays, "arrays").listed.format(listed(values))

    def _write_tail(self) -> None:
        """Write what is computed of a few numbers, in columns."""
        writer = self.writer
        writer.go_on_with(Scalars(self.parts.tail, self.dialect))
        plan = schedule(writer.answers, self.dialect.limits)
        cells = [cell for cell in plan.last_use if cell.fn == "column"]
        columns = [writer.plain(name) for name in (*writer.keys, writer.valid)]
        for number, t in enumerate(self.parts.cuts):
            read = [cell for cell in cells if cell.value[0] == f"cut_{number}"]
            columns += self._columns_of(t, read)
        writer.add("predictions", Select(tuple(columns), Read(writer.last)))
        writer.write(plan)

    def _columns_of(self, t: Tensor, cells: list[Cell]) -> list[Column]:
        """The elements of a tensor that these cells are."""
        writer = self.writer
        base = Names.plain(t.layer.rsplit("/", 1)[-1], "layer")
        made = []
        for cell in cells:
            _, element = cell.value
            writer.names[cell] = writer.columns.take(f"{base}_{element}")
            places = "".join(f"[{place + 1}]" for place in np.unravel_index(element, t.shape))
            made.append(Column(writer.names[cell], self.body.read(t) + places, cell.truth))
        return made
