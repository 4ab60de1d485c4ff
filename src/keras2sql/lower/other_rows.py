"""What the other rows of a sequence tell, in each of its rows.

A row reads the row that is as far from the end as it is from the start, its mirrored one, or what
is made of all rows of its key.  Rows have numbers for it: in the whole table, and in their key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keras2sql.lower.cells import Cell
from keras2sql.lower.source import Order
from keras2sql.lower.steps import ordered
from keras2sql.lower.windows import over_rows
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import INNER, Column, Join, Read, Select


@dataclass(frozen=True)
class Counters:
    """The columns that tell where a row is: its number in the table, its `step` in the key, how
    many steps the key has, and which `phase` of it a recursion has computed."""

    row: str
    step: str
    length: str
    phase: str

    @staticmethod
    def named_by(columns: Names) -> Counters:
        """Columns of new names."""
        row = columns.take("row_number")
        step = columns.take("step_number")
        length = columns.take("step_count")
        phase = columns.take("phase")
        return Counters(row, step, length, phase)


class OtherRows:
    """Writes steps, behind those of `writer`, with columns of other rows of a sequence.

    `numbered`: whether the rows carry their numbers from step to step, among their keys.
    """

    def __init__(self, writer: Writer, counters: Counters, numbered: bool = False) -> None:
        self.writer = writer
        self.counters = counters
        self.numbered = numbered

    def needed_by(self, wanted: Sequence[Cell]) -> list[Cell]:
        """The cells among what these need that other rows tell, and that are no columns yet."""
        known = self.writer.names
        needed = [cell for cell in ordered(wanted, known) if cell not in known]
        return [cell for cell in needed if cell.fn in ("mirror", "overall")]

    def reach(self, wanted: Sequence[Cell]) -> None:
        """Write what comes before the last of the columns of other rows that these cells need."""
        while others := self.needed_by(wanted):
            ready = [cell for cell in others if not self.needed_by(cell.args)]
            mirrors = [cell for cell in ready if cell.fn == "mirror"]
            self._write_next(mirrors or ready, wanted)

    def _write_next(self, told: list[Cell], wanted: Sequence[Cell]) -> None:
        """Columns for these cells, which are all mirrored ones or all totals; beside them go what
        else `wanted` cells read."""
        writer = self.writer
        given = set(writer.names)
        sources = list(dict.fromkeys(cell.args[0] for cell in told))
        rest = []
        for cell in ordered(wanted, {*given, *told, *sources}):
            if cell.fn == "column" or cell in given or cell in sources:
                rest.append(cell)
        roots = list(dict.fromkeys([*sources, *rest]))
        plan = writer.schedule(
            roots,
            given=given,
            forced=set(sources),
        )
        writer.write(plan)
        if told[0].fn == "mirror":
            self._mirrored(told, sources, rest)
        else:
            self._totalled(told, sources, rest)

    def _totalled(self, totals: list[Cell], sources: list[Cell], rest: list[Cell]) -> None:
        """Each row with columns of what all rows of its key have."""
        writer = self.writer
        if not self.numbered:
            self.number_rows([cell for cell in (*sources, *rest) if cell in writer.names])
        part = f"PARTITION BY {writer.quoted_key}{writer.dialect.grammar.over_all}"
        columns = self._handed_on(rest)
        quoted = writer.quoted()
        new_names: dict[Cell, str] = {}
        for cell in totals:
            (source,) = cell.args
            base = writer.names.get(source, "steps")
            new_names[cell] = writer.columns.take(f"{base}_{cell.value}")
            of_row = writer.spelled(source, quoted)
            text = over_rows(writer.dialect, cell.value, of_row, part, writer.precision)
            columns.append(Column(new_names[cell], text, cell.truth))
        writer.names = {cell: writer.names[cell] for cell in rest} | new_names
        select = Select(tuple(columns), Read(writer.last))
        writer.add("totals", select, computed=len(totals))

    def _mirrored(self, mirrors: list[Cell], sources: list[Cell], rest: list[Cell]) -> None:
        """Each row with columns of the one that is as far from the end as it from the start."""
        writer = self.writer
        quote = writer.dialect.quote
        numbered = self.number_rows([*sources, *rest])
        mirrored = writer.relations.take("mirrored_rows")
        rows = quote(numbered)
        other = quote(mirrored)

        handed_on = dict.fromkeys(writer.names[cell] for cell in rest)
        columns = []
        for name in (*writer.keys, writer.valid, *handed_on):
            columns.append(Column(name, f"{rows}.{quote(name)}"))
        new_names: dict[Cell, str] = {}
        for cell in mirrors:
            source = writer.names[cell.args[0]]
            new_names[cell] = writer.columns.take(f"{source}_mirrored")
            columns.append(Column(new_names[cell], f"{other}.{quote(source)}"))

        row = f"{rows}.{quote(self.counters.row)}"
        step = f"{rows}.{quote(self.counters.step)}"
        length = f"{rows}.{quote(self.counters.length)}"
        mirrored_row = f"{row} + {length} - 2 * {step} + 1"
        is_mirrored = f"{other}.{quote(self.counters.row)} = {mirrored_row}"
        join = Join(INNER, Read(numbered, mirrored), (is_mirrored,))
        writer.names = {cell: writer.names[cell] for cell in rest} | new_names
        select = Select(
            columns=tuple(columns),
            source=Read(numbered),
            joins=(join,),
        )
        writer.add("mirrored", select)

    # -- rows with their numbers

    def number_rows(self, wanted: Sequence[Cell]) -> str:
        """Write the rows with their numbers and the columns of these cells: a step that is read
        twice, and so computed once.  Returns its name."""
        writer = self.writer
        order = writer.source.order
        columns = []
        read = [writer.names[cell] for cell in wanted]
        for name in dict.fromkeys([*writer.keys, writer.valid, *read]):
            if name == writer.valid and order is not None and self._tells_sequence(order):
                columns.append(self._valid_sequence(order))
            else:
                columns.append(writer.plain(name))
        if order is None:
            row_number = writer.dialect.own("row_number()")
            columns.append(
                self._counter("row", f"{row_number} OVER (ORDER BY {self.writer.quoted_key})")
            )
        elif not self.numbered:
            columns += self._numbers_in_order(order)
        if order is not None and self._tells_sequence(order):
            writer.keys += [self.counters.row, self.counters.step, self.counters.length]
            self.numbered = True
        select = Select(tuple(columns), Read(writer.last))
        writer.add("numbered", select, computed=1, shared=True)
        return writer.last

    def _tells_sequence(self, order: Order) -> bool:
        """Whether the numbers are made now, and each row is to know of its whole sequence whether
        it is valid: no recursion finds it out from row to row."""
        no_recursion = not self.writer.graph.carried
        return not self.numbered and (order.both_ways or no_recursion)

    def _numbers_in_order(self, order: Order) -> list[Column]:
        dialect = self.writer.dialect
        keys = self.writer.quoted_key
        time = self._time(order)
        row_number = dialect.own("row_number()")
        count = dialect.own("count(*)")
        part = f"PARTITION BY {keys}"
        return [
            self._counter("row", f"{row_number} OVER (ORDER BY {keys}, {time})"),
            self._counter("step", f"{row_number} OVER ({part} ORDER BY {time})"),
            self._counter("length", f"{count} OVER ({part})"),
        ]

    def _valid_sequence(self, order: Order) -> Column:
        """Whether all rows that a row may read are valid: those of its key, or where none behind
        it is read those up to it."""
        writer = self.writer
        own = writer.dialect.own
        part = f"PARTITION BY {self.writer.quoted_key}"
        count = own("count(*)")
        read = part
        if not order.both_ways:
            read += f" ORDER BY {self._time(order)} ROWS UNBOUNDED PRECEDING"
        is_valid = writer.holds(writer.valid)
        valid_rows = own(f"count(CASE WHEN {is_valid} THEN 1 END) OVER ({read})")
        tests = [f"{valid_rows} = {count} OVER ({read})"]
        if not writer.graph.carried:
            tests += order.lengths(f"{count} OVER ({part})")
        return Column(writer.valid, " AND ".join(tests), truth=True)

    def _counter(self, which: str, text: str) -> Column:
        name: str = getattr(self.counters, which)
        return Column(name, self.writer.dialect.counted(text))

    def _time(self, order: Order) -> str:
        return self.writer.dialect.quote(self.writer.kept[order.column])

    def write_last_rows(self, answers: list[Cell]) -> None:
        """The last row of each key, with what the answers read, unless all are wanted."""
        writer = self.writer
        order = writer.source.order
        if order is None or order.every:
            return
        quote = writer.dialect.quote
        read = [cell for cell in ordered(answers, writer.names) if cell in writer.names]
        columns = self._handed_on(read)
        is_last = f"{quote(self.counters.step)} = {quote(self.counters.length)}"
        writer.names = {cell: writer.names[cell] for cell in read}
        select = Select(
            columns=tuple(columns),
            source=Read(writer.last),
            where=is_last,
        )
        writer.add("ends", select)

    def _handed_on(self, cells: list[Cell]) -> list[Column]:
        """The keys, the validity, and the columns of these cells as the last step has them."""
        writer = self.writer
        names = dict.fromkeys(writer.names[cell] for cell in cells)
        return [writer.plain(name) for name in (*writer.keys, writer.valid, *names)]
