"""States that go from row to row: a recursive step between two runs of plain columns.

What does not read a state is computed before, for all rows at once; what no next state
needs comes after; only the rest is repeated, row by row.  Rows are numbered in the order of
the key, and the recursion walks along the numbers.

A layer that goes backwards reads its sequence mirrored: a row has, beside its own features,
those of the row as far from the end as it is from the start.  So both directions go through
the rows in one recursion.  What reads the mirrored output of another layer has one of its own.

What is made of all steps, such as a mean, is a total over the rows of the key, in each of them.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

from keras2sql.graph.ops import Overall
from keras2sql.lower.cells import Cell
from keras2sql.lower.guarded import guarded
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering, no_recursion
from keras2sql.lower.other_rows import Counters, OtherRows
from keras2sql.lower.recursive_step import Recurrence, RecursiveStep
from keras2sql.lower.runs import Run, State, run_of
from keras2sql.lower.steps import ordered
from keras2sql.lower.writer import Writer
from keras2sql.sql.tree import INNER, Column, Join, Read, Select


def lower(wanted: Lowering) -> Lowered:
    """The statement for a graph with carried states, or for a long table.

    Raises `DialectLimitError`, or `UnsupportedDialectError` where the database has no
    recursion.
    """
    dialect = wanted.dialect
    if wanted.graph.carried and dialect.recursion is None:
        raise no_recursion(wanted.goes_from_row_to_row, dialect.title)
    writer = Writer(replace(wanted, graph=guarded(wanted.graph, dialect)))
    counters = Counters.named_by(writer.columns)
    recursive = Recursive(writer, counters, OtherRows(writer, counters))
    answers = writer.answers
    recursive.go_through(answers)
    writer.write(writer.schedule(answers, given=set(writer.names)))
    return writer.finish(wanted.header)


class Recursive:
    """Writes the recursions of a graph behind the steps of `writer`; `layer` is what the last of
    them is for."""

    def __init__(self, writer: Writer, counters: Counters, other_rows: OtherRows) -> None:
        self.writer = writer
        self.counters = counters
        self.other_rows = other_rows
        graph = writer.graph
        scalars = writer.scalars
        self.layer = graph.carried[0][0].layer if graph.carried else ""
        if any(isinstance(t.op, Overall) for t in graph.tensors()):
            # A sum leaves out what a step does not find in a table.
            overall = scalars.cells.overall
            scalars.conditions = [overall("all", test) for test in scalars.conditions]

    def go_through(self, answers: list[Cell]) -> None:
        """Write the recursions, and what comes before them, for these cells."""
        runs = self._states_of_runs()
        if not runs:
            self._number_features(answers)
        ended = False
        for number, states in enumerate(runs):
            later = list(itertools.chain.from_iterable(runs[number + 1 :]))
            run = run_of(self.writer.scalars, states, later, set(self.writer.names))
            (first_state, _), *_ = self.writer.graph.runs()[number]
            self.layer = first_state.layer
            recurrence = self._recur(run)
            ended = not later and not self.other_rows.needed_by(answers)
            self._rejoin(run, recurrence, first=number == 0, last=ended)
        self.other_rows.reach(answers)
        if not ended:
            self.other_rows.write_last_rows(answers)

    def _states_of_runs(self) -> list[list[State]]:
        """The cells of the states of each run through the rows."""
        graph = self.writer.graph
        scalars = self.writer.scalars
        inputs = [before for before, _ in graph.carried]
        state_of = dict(zip(inputs, scalars.carried, strict=True))
        runs = []
        for run in graph.runs():
            runs.append([state_of[before] for before, _ in run])
        return runs

    def _number_features(self, answers: list[Cell]) -> None:
        """The features in rows with their numbers, where no recursion goes through them."""
        read = [cell for cell in ordered(answers) if cell.fn == "column"]
        self.writer.write(self.writer.schedule(read))
        self.other_rows.number_rows(read)

    def _recur(self, run: Run) -> Recurrence:
        """Write what one run of states needs, and the run."""
        writer = self.writer
        wanted = list(dict.fromkeys([*run.inputs, *run.passed]))
        self.other_rows.reach(wanted)
        given = set(writer.names)
        plan = writer.schedule(
            wanted,
            given=given,
            forced=set(wanted),
        )
        writer.write(plan)
        rows = self.other_rows.number_rows(wanted)
        return RecursiveStep(writer, self.counters, run, self.layer, rows).write()

    def _rejoin(
        self,
        run: Run,
        recurrence: Recurrence,
        first: bool,
        last: bool,
    ) -> None:
        """The rows again, now with what the recursion gave; the `last` time only the last of
        each key, unless all are wanted."""
        writer = self.writer
        order = writer.source.order
        quote = writer.dialect.quote
        row = quote(recurrence.rows)
        other = quote(recurrence.relation)

        tests = [writer.holds(writer.valid, other)]
        where = ""
        if order is not None:
            length = f"{row}.{quote(self.counters.length)}"
            if first:
                tests += order.lengths(length)
            if last and not order.every:
                where = f"{row}.{quote(self.counters.step)} = {length}"

        emitted = {cell: recurrence.column_of[cell] for cell in run.emitted}
        passed = dict.fromkeys(writer.names[cell] for cell in run.passed)
        columns = [Column(name, f"{row}.{quote(name)}") for name in (*writer.keys, *passed)]
        columns.append(Column(writer.valid, " AND ".join(tests), truth=True))
        for name in dict.fromkeys(emitted.values()):
            columns.append(Column(name, f"{other}.{quote(name)}"))

        join = Join(INNER, Read(recurrence.relation), self._same_row(row, other, recurrence))
        writer.names = {cell: writer.names[cell] for cell in run.passed} | emitted
        select = Select(
            columns=tuple(columns),
            source=Read(recurrence.rows),
            joins=(join,),
            where=where,
        )
        writer.add("recurrent", select, layers=(self.layer.rpartition("/")[0],))

    def _same_row(self, row: str, other: str, recurrence: Recurrence) -> tuple[str, ...]:
        """What holds for a numbered row and the row that the recursion made of it."""
        quote = self.writer.dialect.quote
        conditions = []
        for name in map(quote, recurrence.position):
            conditions.append(f"{other}.{name} = {row}.{name}")
        if recurrence.phased:
            conditions.append(f"{other}.{quote(self.counters.phase)} = 0")
        return tuple(conditions)
