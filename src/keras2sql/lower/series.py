"""What a recurrence reads, step after step, of the row of its sequence."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.lower.cells import Cell
from keras2sql.lower.layout import INDENT, listed
from keras2sql.lower.writer import Writer
from keras2sql.sql.tree import Column


@dataclass(frozen=True, eq=False)
class ElementsOfArray:
    """Elements of an `array` of the source: where in it, from 0, the `first` is, and how far they
    are `apart`."""

    array: Cell
    first: int
    apart: int


@dataclass(frozen=True, eq=False)
class Series:
    """The cell that is read in each step; and where in an array of the source they all are, if
    they are in one."""

    cells: list[Cell]
    in_array: ElementsOfArray | None

    @property
    def same(self) -> bool:
        """Whether all steps read one and the same."""
        return len(set(self.cells)) == 1

    @property
    def made(self) -> list[Cell]:
        """What has to be a column for it."""
        if self.in_array is not None:
            return [self.in_array.array]
        return [cell for cell in self.cells if cell.fn != "const"]


class SeriesSpeller:
    """Spells the elements of series for the step whose number is in the column `step`.

    What it reads are the columns of `columns_read`, and those of `packed`, new arrays.
    """

    def __init__(self, writer: Writer, step: str) -> None:
        self.writer = writer
        self.step = writer.dialect.quote(step)
        self.columns_read: list[Cell] = []
        self.packed: list[Column] = []

    def at_step(self, series: Series) -> str:
        """The element of the step."""
        if series.in_array is not None:
            self.columns_read += series.made
            return self._of_source(series.in_array)
        if series.same:
            self.columns_read += series.made
            return self._spelled(series.cells[0])
        if self.writer.dialect.arrays is not None:
            return self._of_new_array(series.cells)
        self.columns_read += series.made
        return self._chosen(series.cells)

    def _spelled(self, cell: Cell) -> str:
        """A cell that is a column, or a constant."""
        quoted = self.writer.quoted()
        return quoted.get(cell) or self.writer.speller.text(cell, quoted)

    def _of_new_array(self, cells: list[Cell]) -> str:
        """The element of an array made of these."""
        dialect = self.writer.dialect
        arrays = dialect.need(dialect.arrays, "arrays")
        name = self.writer.columns.take("series")
        array = arrays.listed.format(listed([self._spelled(cell) for cell in cells]))
        self.packed.append(Column(name, array))
        return arrays.element.format(dialect.quote(name), place=self.step)

    def _chosen(self, cells: list[Cell]) -> str:
        lines = [f"CASE {self.step}"]
        for number, cell in enumerate(cells, 1):
            lines.append(f"WHEN {number} THEN {self._spelled(cell)}")
        lines.append("END")
        return INDENT.join(lines)

    def _of_source(self, elements: ElementsOfArray) -> str:
        writer = self.writer
        dialect = writer.dialect
        position = self.step if elements.apart == 1 else f"{elements.apart} * {self.step}"
        moved = elements.first + 1 - elements.apart  # both are counted from 1
        if moved > 0:
            position += f" + {moved}"
        elif moved < 0:
            position += f" - {-moved}"
        column = dialect.quote(writer.names[elements.array])
        arrays = dialect.need(dialect.arrays, "arrays")
        text = arrays.element.format(column, place=position)
        name, _ = elements.array.value
        (kind,) = (t.kind for t in writer.graph.inputs if t.layer == name)
        return text if kind == "str" else writer.number_of(kind, text)
