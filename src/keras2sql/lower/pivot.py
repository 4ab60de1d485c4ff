"""Sequences of a fixed length side by side: a row per time step becomes columns of one row.

For models that look at the steps in another way than one after the other: by windows, by
attention.  Where the result has a row for each step, the rows take their steps back in the end.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from keras2sql.graph.ops import Input
from keras2sql.lower import features
from keras2sql.lower.cells import Cell
from keras2sql.lower.first_step import tests_of
from keras2sql.lower.guarded import guarded
from keras2sql.lower.layout import INDENT, bracketed
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.steps import Schedule, ordered
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import INNER, Column, Join, Read, Select


def lower(wanted: Lowering) -> Lowered:
    """Lower a graph whose inputs hold all time steps, from a table with a row for each.

    `source.features` has a name for every element of an input, step by step.  Raises
    `DialectLimitError`.
    """
    writer = Writer(replace(wanted, graph=guarded(wanted.graph, wanted.dialect)))
    pivot = _Pivot(writer)
    answers = writer.answers
    if pivot.order.every:
        pivot.write_for_steps(answers)
        pivot.spread(answers)
    pivot.write(answers)
    return writer.finish(wanted.header)


def _picks(answers: list[Cell]) -> list[Cell]:
    """The cells that choose, of what is computed for all steps, what belongs to the row's."""
    return [cell for cell in ordered(answers) if cell.fn == "pick"]


@dataclass(frozen=True)
class _Rows:
    """The step `relation` with a row for each time step.

    Its columns are the number `step` of the row in its sequence, the `length` of that, its number
    `sequence`, and, by the name of a source column, the `features` as numbers.
    """

    relation: str
    step: str
    length: str
    sequence: str
    features: dict[str, str]


class _Pivot:
    """The steps in front of a model over whole sequences, and those behind it."""

    def __init__(self, writer: Writer) -> None:
        order = writer.source.order
        assert order is not None
        self.writer, self.order = writer, order
        (self.input,) = (t for t in writer.graph.inputs if isinstance(t.op, Input))
        # The source column of each element, step by step.
        self.elements: Sequence[str] = writer.source.features[self.input.layer]
        self.width = len(self.elements) // self.input.shape[0]

    def write(self, cells: list[Cell], forced: Set[Cell] = frozenset()) -> None:
        """Write what these cells need, those `forced` as columns; in front of the first step the
        features of all steps of a sequence as columns of one row."""
        writer = self.writer
        given = set(writer.names)
        plan = writer.schedule(
            cells,
            given=given,
            forced=forced,
        )
        if not writer.steps:
            self.rows = self._number_rows()
            self._put_side_by_side(plan)
            writer.write_tables()
        writer.write(plan)

    def write_for_steps(self, answers: list[Cell]) -> None:
        """Write as columns what the answers choose from by the step of their row."""
        conditions = self.writer.scalars.conditions
        chosen_from = [cell for pick in _picks(answers) for cell in pick.args]
        columns = [cell for cell in chosen_from if cell.fn != "const"]
        held = list(dict.fromkeys([*columns, *conditions]))
        self.write(held, forced=set(held))

    # -- a row for each step

    def _number_rows(self) -> _Rows:
        """Write a step of features as numbers, with their place in the sequence."""
        writer = self.writer
        dialect = writer.dialect
        distinct = list(dict.fromkeys(self.elements[: self.width]))
        names = {raw: writer.columns.take(Names.plain(raw, "x")) for raw in distinct}
        spelled = {raw: writer.source.feature(raw, dialect) for raw in distinct}
        step = writer.columns.take("step_number")
        length = writer.columns.take("step_count")
        sequence = writer.columns.take("sequence_number")

        columns = writer.source_keys()
        for raw in distinct:
            text = writer.number_of(self.input.kind, spelled[raw])
            columns.append(Column(names[raw], text))
        columns.append(Column(writer.valid, self._is_valid(spelled), truth=True))

        keys = ", ".join(writer.raw(key) for key in writer.source.key)
        part = f"PARTITION BY {keys}"
        in_order = f"{part} ORDER BY {writer.raw(self.order.column)}"
        own = dialect.own
        columns.append(Column(step, own(f"row_number() OVER ({in_order})")))
        columns.append(Column(length, own(f"count(*) OVER ({part})")))
        if self.order.every:  # by a number, as keys may be NULL
            columns.append(Column(sequence, own(f"dense_rank() OVER (ORDER BY {keys})")))

        select = Select(tuple(columns), writer.source.rows(dialect))
        note = dialect.note(writer.packed)
        writer.add("features", select, shared=self.order.every, comment=note)
        return _Rows(writer.last, step, length, sequence, names)

    def _is_valid(self, spelled: dict[str, str]) -> str:
        """Whether each element of a step is a number, by the source columns as they are spelled."""
        writer = self.writer
        tests: dict[str, None] = {}
        for element, raw in enumerate(self.elements):
            tests |= dict.fromkeys(tests_of(writer, self.input, element, spelled[raw]))
        no_codes = features.no_codes(writer.dialect, [(self.input, spelled.values())])
        tests |= dict.fromkeys(no_codes)
        return bracketed(list(tests), 16, " AND ")

    # -- a row for each sequence

    def _put_side_by_side(self, plan: Schedule) -> None:
        """Write a step with a row for each key, and columns for the elements of its steps that
        the plan reads."""
        writer = self.writer
        quote = writer.dialect.quote
        keys, passed = self._keys_and_passed()
        columns = [writer.plain(name) for name in keys]
        for name in passed:
            columns.append(Column(name, self._of_last_step(name)))
        columns.append(Column(writer.valid, self._is_whole(), truth=True))

        column_of: dict[tuple[int, str], str] = {}  # by the step, from 1, and the source column
        for cell in plan.last_use:
            if cell.fn != "column":
                continue
            _, element = cell.value
            step = element // self.width + 1
            raw = self.elements[element]
            if (step, raw) not in column_of:
                feature = self.rows.features[raw]
                name = writer.columns.take(f"{feature}_{step}")
                columns.append(Column(name, self._of_step(step, quote(feature))))
                column_of[step, raw] = name
            writer.names[cell] = column_of[step, raw]

        writer.keys = [*keys, *passed]
        group = tuple(range(1, len(keys) + 1))
        select = Select(
            columns=tuple(columns),
            source=Read(self.rows.relation),
            group=group,
        )
        writer.add("sequences", select)

    def _keys_and_passed(self) -> tuple[list[str], list[str]]:
        """The columns that tell sequences apart, and those that are handed on beside them."""
        writer = self.writer
        source = writer.source
        if self.order.every:  # the keys come back with the rows
            return [self.rows.sequence], []
        keys = [writer.kept[raw] for raw in source.key]
        passed = [writer.kept[raw] for raw in source.shown[len(keys) :]]
        return keys, passed

    def _of_last_step(self, name: str) -> str:
        """What the last row of a sequence has in a column."""
        quote = self.writer.dialect.quote
        own = self.writer.dialect.own
        is_last = f"{quote(self.rows.step)} = {quote(self.rows.length)}"
        return own(f"max(CASE WHEN {is_last} THEN {quote(name)} END)")

    def _of_step(self, step: int, feature: str) -> str:
        """A spelled column in the row of one step, or what stands for a step that is missing."""
        dialect = self.writer.dialect
        chosen = f"CASE {dialect.quote(self.rows.step)} WHEN {step} THEN {feature} END"
        text = dialect.own(f"max({chosen})")
        padding = self.order.padding
        if padding is None and self.writer.packed and self.input.kind != "str":
            padding = 0.0  # such a key has no prediction, but a product of arrays would raise
        if padding is None:
            return text
        return f"coalesce({text}, {dialect.typed(padding, self.writer.precision)})"

    def _is_whole(self) -> str:
        """Whether all rows of a key are valid, and as many as the model takes."""
        writer = self.writer
        own = writer.dialect.own
        count = own("count(*)")
        valid_rows = f"{own('count')}(CASE WHEN {writer.holds(writer.valid)} THEN 1 END)"
        tests = [f"{valid_rows} = {count}", *self.order.lengths(count)]
        return " AND ".join(tests)

    # -- and back

    def spread(self, answers: list[Cell]) -> None:
        """Write a row for each step of a sequence again, with what was computed for it."""
        writer = self.writer
        quote = writer.dialect.quote
        picks = _picks(answers)
        conditions = {cell: writer.names[cell] for cell in writer.scalars.conditions}
        rows = quote(self.rows.relation)
        sequences = quote(writer.last)
        quoted = writer.quoted(sequences)

        keys = list(writer.kept.values())
        columns = [Column(name, f"{rows}.{quote(name)}") for name in keys]
        for name in (writer.valid, *dict.fromkeys(conditions.values())):
            columns.append(Column(name, f"{sequences}.{quote(name)}"))
        new_names: dict[Cell, str] = {}
        for number, pick in enumerate(picks):
            new_names[pick] = writer.columns.take(f"of_step_{number}")
            lines = [f"CASE {rows}.{quote(self.rows.step)}"]
            for step, argument in enumerate(pick.args, 1):
                lines.append(f"WHEN {step} THEN {writer.as_value(argument, quoted)}")
            lines.append("END")
            columns.append(Column(new_names[pick], INDENT.join(lines)))

        number_of_sequence = quote(self.rows.sequence)
        same = f"{sequences}.{number_of_sequence} = {rows}.{number_of_sequence}"
        join = Join(INNER, Read(writer.last), (same,))
        writer.keys = keys
        writer.names = conditions | new_names
        select = Select(
            columns=tuple(columns),
            source=Read(self.rows.relation),
            joins=(join,),
        )
        writer.add("steps", select, computed=len(picks))
