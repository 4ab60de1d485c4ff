"""The steps of a recurrence over one row as rows of their own, and the recursion through them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from keras2sql.lower.cells import Cell
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.other_rows import Counters, OtherRows
from keras2sql.lower.recursive import Recursive
from keras2sql.lower.recursive_step import base_name
from keras2sql.lower.source import Order, Source
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import CROSS, Column, Join, Read, Select, Step, Values


@dataclass(frozen=True)
class Picked:
    """An element of a recurrence that something reads: the step, from 1, in which it is computed,
    and its place in what the graph of a step gives."""

    step: int
    element: int


@dataclass(frozen=True)
class RowsOfSteps:
    """What the rows of the steps are made of: those of the step `relation`, with a number in the
    column `sequence`; each has `count` steps, whose number is the column `step`.

    `feeds` spells what the inputs of a step's graph read; if it `has_start`, one more input tells
    the first step.
    """

    relation: str
    sequence: str
    step: str
    count: int
    feeds: list[str]
    has_start: bool


class LoopedRows:
    """One recurrence over the steps of all rows, written behind the steps of `outer`.

    `wanted` has the graph of one step, whose states go from row to row.
    """

    def __init__(self, outer: Writer, wanted: Lowering, rows: RowsOfSteps) -> None:
        order = Order(rows.step, every=True)
        source = Source(f'"{rows.relation}"', (rows.sequence,), {}, order=order)
        writer = outer.nested(replace(wanted, source=source, gathered=frozenset()))
        writer.known_steps = rows.count
        self.writer, self.rows = writer, rows
        counters = Counters(
            row=writer.columns.take("row_number"),
            step=rows.step,
            length=writer.columns.take("step_count"),
            phase=writer.columns.take("phase"),
        )
        self.counters = counters
        writer.kept = {rows.sequence: rows.sequence, rows.step: rows.step}
        writer.keys = [rows.sequence, counters.row, counters.step, counters.length]
        self.recursive = Recursive(writer, counters, OtherRows(writer, counters, numbered=True))
        writer.write_tables()
        self._unfold()

    def _unfold(self) -> None:
        """A row for each step of each sequence."""
        writer = self.writer
        rows = self.rows
        dialect = self.writer.dialect
        quote = dialect.quote
        counted = dialect.counted
        counts = self._write_step_numbers()
        features = self._features()
        tests = [writer.holds(writer.valid)]
        for cell, column in features.items():
            size_of_table = writer.scalars.ids.get(cell.value)
            if size_of_table is not None:
                tests.append(f"{column.text} > -1 AND {column.text} < {size_of_table}")

        sequence = quote(rows.sequence)
        step = quote(rows.step)
        columns = [
            writer.plain(rows.sequence),
            Column(self.counters.row, counted(f"({sequence} - 1) * {rows.count} + {step}")),
            Column(rows.step, counted(step)),
            Column(self.counters.length, counted(f"{rows.count}")),
            Column(writer.valid, " AND ".join(tests), truth=True),
            *features.values(),
        ]
        writer.names = {cell: column.name for cell, column in features.items()}
        select = Select(
            columns=tuple(columns),
            source=Read(rows.relation),
            joins=(Join(CROSS, Read(counts)),),
        )
        writer.add("steps", select)

    def _write_step_numbers(self) -> str:
        """Write a table of the numbers of the steps; its name."""
        name = self.writer.relations.take("step_numbers")
        numbers = tuple((str(number),) for number in range(1, self.rows.count + 1))
        self.writer.steps.append(Step(name, Values((self.rows.step,), numbers)))
        return name

    def _features(self) -> dict[Cell, Column]:
        """The column of each input of a step's graph."""
        writer, rows = self.writer, self.rows
        texts = list(rows.feeds)
        if rows.has_start:
            texts.append(f"{writer.dialect.quote(rows.step)} = 1")
        cells: list[Cell] = []
        for t in writer.graph.inputs:
            cells += writer.scalars.cells_of(t).reshape(-1).tolist()
        columns = {}
        for cell, text in zip(cells, texts, strict=True):
            name, _ = cell.value
            columns[cell] = Column(writer.columns.take(Names.plain(name, "x")), text)
        return columns

    def told(self, picked: list[Picked]) -> list[str]:
        """Run, and end in a step with a row per sequence; the columns in it of these elements of
        the recurrence."""
        writer = self.writer
        scalars = writer.scalars
        inside = any(one.step < self.rows.count for one in picked)
        # Else the last row of each sequence has all of it.
        every = inside or bool(scalars.conditions)
        assert writer.source.order is not None
        order = replace(writer.source.order, every=every)
        writer.source = replace(writer.source, order=order)

        answers = writer.answers
        self.recursive.go_through(answers)
        writer.write(writer.schedule(answers, given=set(writer.names)))
        return self._write_told(picked, every)

    def _write_told(self, picked: list[Picked], every: bool) -> list[str]:
        """Write the elements as columns; `every`: of rows of several steps, each sequence's in
        one."""
        writer = self.writer
        dialect = writer.dialect
        quote = dialect.quote
        quoted = writer.quoted()
        columns = [
            writer.plain(self.rows.sequence),
            Column(writer.valid, self._is_valid(every), truth=True),
        ]
        base = base_name(self.recursive.layer, "loop")
        names = []
        for one in picked:
            output = writer.scalars.outputs[f"loop_{one.element}"]
            text = writer.spelled(output, quoted)
            if every:
                at_step = f"CASE {quote(self.rows.step)} WHEN {one.step} THEN {text} END"
                text = dialect.own(f"max({at_step})")
                if dialect.numbers.missing != "NULL":
                    text = f"coalesce({text}, {dialect.numbers.missing})"
            names.append(writer.columns.take(base))
            columns.append(Column(names[-1], text))
        group = (1,) if every else ()
        select = Select(
            columns=tuple(columns),
            source=Read(writer.last),
            group=group,
        )
        writer.add("told", select, computed=len(names))
        return names

    def _is_valid(self, every: bool) -> str:
        writer = self.writer
        own = writer.dialect.own
        quoted = writer.quoted()
        tests = [writer.spelled(cell, quoted) for cell in writer.scalars.conditions]
        valid = " AND ".join([writer.holds(writer.valid), *tests])
        if not every:
            return valid
        return f"{own('count')}(CASE WHEN {valid} THEN 1 END) = {own('count(*)')}"
