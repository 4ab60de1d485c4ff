"""Recurrences over the columns, or the array, of one row: turned into rows, and run by recursion.

Unrolled, a recurrence takes a few steps of the statement for each of its time steps.  Here the
steps of all sequences become rows of their own, a recursion goes through them, and what is
read of it, mostly the last state, comes back to the row of the sequence.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from keras2sql.graph import ops
from keras2sql.graph.core import Graph, Tensor, tensor
from keras2sql.graph.loops import begun_with, joined, one_step, scans
from keras2sql.graph.scan import Scan
from keras2sql.graph.simplify import simplify
from keras2sql.lower.cells import Cell, CellArray
from keras2sql.lower.guarded import guarded
from keras2sql.lower.looped_rows import LoopedRows, Picked, RowsOfSteps
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering, no_recursion
from keras2sql.lower.series import ElementsOfArray, Series, SeriesSpeller
from keras2sql.lower.steps import ordered
from keras2sql.lower.writer import Writer
from keras2sql.sql.tree import INNER, Column, Join, Read, Select


def lower(wanted: Lowering) -> Lowered:
    """The statement for a graph with recurrences, from a row per sequence.

    Raises `DialectLimitError`, or `UnsupportedDialectError` where the database has no
    recursion.
    """
    if wanted.dialect.recursion is None:
        raise no_recursion("a loop over the steps of a row", wanted.dialect.title)
    loops = _Loops(wanted)
    writer = loops.writer
    answers = loops.writer.answers
    for number in range(len(loops.recurrences)):
        loops.write_loop(number, answers)
    given = set(writer.names)
    plan = writer.schedule(
        answers,
        given=given,
        divided=True,
    )
    writer.write(plan)
    return writer.finish(wanted.header)


class _Loops:
    """The recurrences of a graph, behind which the rest of it is written in columns.

    In the graph that `writer` writes each recurrence is an input; `reads` has, for each of them,
    what every input of the graph of one of its steps reads.
    """

    def __init__(self, wanted: Lowering) -> None:
        graph = simplify(joined(wanted.graph))
        self.recurrences = scans(graph)
        self.wanted = wanted
        opened = _opened(graph, self.recurrences)
        names = list(itertools.chain.from_iterable(opened.operands))
        safe = guarded(opened.graph, wanted.dialect, opened.stand_ins, names)
        # Its stand-ins are inputs of the graph alone: the source does not have them.
        self.writer = Writer(replace(wanted, graph=replace(safe, inputs=graph.inputs)))

        scalars = self.writer.scalars
        self.reads: list[list[Series]] = []
        for loop, operands in zip(self.recurrences, opened.operands, strict=True):
            cells = [scalars.cells_of(safe.outputs[name]) for name in operands]
            self.reads.append(self._series_of(loop, cells))
        for name in set(scalars.outputs) - set(graph.outputs):
            del scalars.outputs[name]
        self.number = self.writer.columns.take("sequence_number")
        self.step = self.writer.columns.take("step_number")
        self.numbered = False

    # -- what a recurrence reads

    def _series_of(self, loop: Tensor, operands: Sequence[CellArray]) -> list[Series]:
        """What the recurrence reads: an element of each step for each input of a step's graph.

        `operands` are the cells of its inputs: of shape (steps, ...) those of the sequences.
        """
        assert isinstance(loop.op, Scan)
        steps = loop.inputs[0].shape[0]
        series = []
        for sequence in operands[: loop.op.sequences]:
            for elements in sequence.reshape(steps, -1).T:
                series.append(self._series(list(elements)))
        for state in begun_with(loop):
            for cell in operands[loop.inputs.index(state)].reshape(-1):
                series.append(self._series([cell] * steps))
        return series

    def _series(self, cells: list[Cell]) -> Series:
        return Series(cells, self._in_array(cells))

    def _in_array(self, cells: list[Cell]) -> ElementsOfArray | None:
        """Where in an array of the source these elements are; None where they are not of one
        array, or not evenly apart."""
        elements = [cell.value for cell in cells if cell.fn == "column"]
        if len(elements) < len(cells) or len(cells) < 2:
            return None
        (name, first), (_, second) = elements[:2]
        if name not in self.writer.arrays:
            return None
        apart = second - first
        for step, element in enumerate(elements):
            if element != (name, first + step * apart):
                return None
        return ElementsOfArray(self.writer.scalars.cells.whole(name), first, apart)

    # -- one recurrence

    def write_loop(self, number: int, answers: list[Cell]) -> None:
        """One recurrence, if anything reads it: its sequences as columns, as rows, the recursion,
        and back."""
        read_later = []
        for reads in self.reads[number + 1 :]:
            for series in reads:
                read_later += series.made
        wanted = ordered([*answers, *read_later], self.writer.names)
        own_input = _name(number)
        own = [cell for cell in wanted if cell.fn == "column" and cell.value[0] == own_input]
        if not own:
            return
        own.sort(key=lambda cell: cell.value[1])
        loop = self.recurrences[number]
        picked = [_picked(loop, cell) for cell in own]

        rest = self._write_operands(number, wanted)
        feeds = self._number_sequences(self.reads[number], rest)
        sequences = self.writer.last
        looped = self._rows_of(loop, picked, feeds)
        told = dict(zip(own, looped.told(picked), strict=True))
        self._rejoin(sequences, looped.writer.last, rest, told)

    def _write_operands(self, number: int, wanted: list[Cell]) -> list[Cell]:
        """Write what the recurrence reads as columns; returns what is kept beside them, for what
        comes behind the recurrence."""
        writer = self.writer
        made: dict[Cell, None] = {}
        for series in self.reads[number]:
            made |= dict.fromkeys(series.made)
        to_come = {_name(other) for other in range(number, len(self.recurrences))}
        rest = []
        for cell in wanted:
            is_of_source = cell.fn == "column" and cell.value[0] not in to_come
            if is_of_source or cell in writer.names or cell in made:
                rest.append(cell)
        roots = list(dict.fromkeys([*made, *rest]))
        given = set(writer.names)
        plan = writer.schedule(
            roots,
            given=given,
            forced=set(made),
        )
        writer.write(plan)
        return rest

    def _rows_of(self, loop: Tensor, picked: list[Picked], feeds: list[str]) -> LoopedRows:
        """A row for each step of each sequence, which reads `feeds`, for the graph of one step."""
        graph = one_step(loop, sorted({one.element for one in picked}))
        computed = [t for t in graph.inputs if t.kind == "float"]
        graph = guarded(graph, self.wanted.dialect, computed, list(graph.outputs))
        rows = RowsOfSteps(
            relation=self.writer.last,
            sequence=self.number,
            step=self.step,
            count=loop.inputs[0].shape[0],
            feeds=feeds,
            has_start=bool(begun_with(loop)),
        )
        return LoopedRows(self.writer, replace(self.wanted, graph=graph), rows)

    # -- a row per sequence

    def _number_sequences(self, series: list[Series], rest: list[Cell]) -> list[str]:
        """Write the rows with a number each, of which those of the steps are made; returns how
        each of the series is spelled there.  It is read twice, and so computed once."""
        writer = self.writer
        dialect = writer.dialect
        spelled = SeriesSpeller(writer, self.step)
        feeds = [spelled.at_step(one) for one in series]
        held = dict.fromkeys(writer.names[cell] for cell in (*rest, *spelled.columns_read))

        keys = writer.quoted_key
        number = dialect.counted(dialect.own(f"row_number() OVER (ORDER BY {keys})"))
        # Rows of one key could change their numbers where this is computed anew.
        is_alone = dialect.own(f"count(*) OVER (PARTITION BY {keys}) = 1")
        valid = f"{writer.holds(writer.valid)} AND {is_alone}"
        if self.numbered:
            number = dialect.quote(self.number)
            valid = writer.holds(writer.valid)

        others = [key for key in writer.keys if key != self.number]
        columns = [writer.plain(name) for name in others]
        columns.append(Column(self.number, number))
        columns.append(Column(writer.valid, valid, truth=True))
        columns += [writer.plain(name) for name in held]
        columns += spelled.packed
        writer.keys = [*others, self.number]
        self.numbered = True
        select = Select(tuple(columns), Read(writer.last))
        writer.add("sequences", select, computed=1, shared=True)
        return feeds

    def _rejoin(
        self,
        rows: str,
        loop: str,
        rest: list[Cell],
        told: dict[Cell, str],
    ) -> None:
        """The rows of the sequences again, with what the recursion told: `told` has its columns
        in the step `loop`."""
        writer = self.writer
        quote = writer.dialect.quote
        row, other = quote(rows), quote(loop)
        writer.names = {cell: writer.names[cell] for cell in rest}
        held = dict.fromkeys(writer.names.values())
        columns = [Column(name, f"{row}.{quote(name)}") for name in (*writer.keys, *held)]
        valid = f"{writer.holds(writer.valid, row)} AND {writer.holds(writer.valid, other)}"
        columns.append(Column(writer.valid, valid, truth=True))
        columns += [Column(name, f"{other}.{quote(name)}") for name in told.values()]

        number = quote(self.number)
        join = Join(INNER, Read(loop), (f"{other}.{number} = {row}.{number}",))
        writer.names |= told
        select = Select(
            columns=tuple(columns),
            source=Read(rows),
            joins=(join,),
        )
        writer.add("looped", select, computed=len(told))


def _name(number: int) -> str:
    """The input that stands for the recurrence of this number."""
    return f"loop {number}"


def _picked(loop: Tensor, cell: Cell) -> Picked:
    """At which step an element of a recurrence is computed, and where in what the step gives: of
    the outputs of each step, or of the last states, which are behind them."""
    assert isinstance(loop.op, Scan)
    steps = loop.inputs[0].shape[0]
    width = loop.op.body.outputs["y"].size
    _, element = cell.value
    if element < steps * width:
        return Picked(element // width + 1, element % width)
    return Picked(steps, element - (steps - 1) * width)


@dataclass(frozen=True, eq=False)
class _Opened:
    """A graph with an input, of `stand_ins`, in the place of each recurrence; `operands` has the
    names of the further outputs that are the operands of each."""

    graph: Graph
    stand_ins: list[Tensor]
    operands: list[list[str]]


def _opened(graph: Graph, recurrences: list[Tensor]) -> _Opened:
    stand_ins: dict[Tensor, Tensor] = {}
    outputs = dict(graph.outputs)
    operands = []
    for number, loop in enumerate(recurrences):
        name = _name(number)
        stand_ins[loop] = tensor(ops.Input(name, loop.shape), (), name)
        names = [f"{name} {position}" for position in range(len(loop.inputs))]
        outputs |= dict(zip(names, loop.inputs, strict=True))
        operands.append(names)

    def replaced(t: Tensor, original: Tensor) -> Tensor:
        return stand_ins.get(original, t)

    opened = graph.returning(outputs).rewrite(replaced)
    inputs = (*graph.inputs, *stand_ins.values())
    opened = replace(opened, inputs=inputs)
    return _Opened(opened, list(stand_ins.values()), operands)
