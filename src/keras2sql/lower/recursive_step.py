"""The step that repeats itself: a run of states through numbered rows.

It reads itself and the numbered rows, and computes what the states are behind each row.  Where that
takes several stages, one reading the other, they are selects inside one another, or phases: rows
of their own, of which the last has the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.lower.cells import Cell
from keras2sql.lower.layout import INDENT
from keras2sql.lower.limits import check_rounds, check_width
from keras2sql.lower.lowered import StepInfo
from keras2sql.lower.other_rows import Counters
from keras2sql.lower.runs import Run
from keras2sql.lower.stages import fresh
from keras2sql.lower.steps import Schedule
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import INNER, Column, Join, Read, Recursion, Select, Step


@dataclass(frozen=True)
class Recurrence:
    """A recursive step that is written, called `relation`, over the step `rows`.

    A row of one and of the other belong together by the columns of their `position`.  `column_of`
    has the columns of the cells that it hands on.  If `phased`, it has further rows, whose phase
    is not 0 and which are not whole.
    """

    rows: str
    relation: str
    position: list[str]
    column_of: dict[Cell, str]
    phased: bool


@dataclass(frozen=True)
class _Computed:
    """A column of a step with phases, of a cell: the phase in which it is set, and to what."""

    name: str
    cell: Cell
    phase: int
    text: str


def base_name(layer: str, otherwise: str) -> str:
    """What columns of a recurrence are called, by the path of its layer, the last part of which
    is its cell."""
    path, *_ = layer.rsplit("/", 1)
    return Names.plain(path.rsplit("/", 1)[-1], otherwise)


def state_name(cell: Cell) -> str:
    """What the column of an element of a state is called: of the h of a layer lstm, lstm_h_0."""
    path, element = cell.value
    name, *_ = path.rpartition("/")[2].rsplit("_", 1)
    return f"{base_name(path, 'layer')}_{name}_{element}"


class RecursiveStep:
    """Writes the recursive step of a run, behind the steps of `writer`, the last of which is
    `rows`: the numbered rows."""

    def __init__(
        self,
        writer: Writer,
        counters: Counters,
        run: Run,
        layer: str,
        rows: str,
    ) -> None:
        self.writer = writer
        self.counters = counters
        self.run = run
        self.layer = layer
        self.rows = rows
        dialect = writer.dialect
        assert dialect.recursion is not None
        self.by = dialect.recursion.by
        # Cells that are no states, but read behind the recursion.
        self.extra = [cell for cell in run.emitted if cell not in run.after]
        given = set(run.inputs) | set(run.before)
        self.plan: Schedule = writer.schedule([*run.after, *self.extra], given=given)
        check_rounds(writer.known_steps, len(self.plan.stages), dialect)
        self.phased = self.by == "phases" and bool(self.plan.stages)
        self.relation = writer.relations.take("recurrence")
        self.of_keys = writer.source.order is not None  # each key begins anew

    def write(self) -> Recurrence:
        """Write the step."""
        writer, run = self.writer, self.run
        base = base_name(self.layer, "layer")
        states = [writer.columns.take(state_name(cell)) for cell in run.before]
        extras = [writer.columns.take(f"{base}_{i}") for i in range(len(self.extra))]

        outside = dict(writer.names)
        # Of what was computed before, the recursive step sees these columns alone.
        writer.names = {cell: outside[cell] for cell in run.inputs}
        writer.names |= dict(zip(run.before, states, strict=True))
        names = [*states, *extras]
        following = dict(zip(names, [*run.after, *self.extra], strict=True))
        middle: dict[str, Cell] = {}
        if self.phased:
            again, middle = self._in_phases(following)
        else:
            again = self._nested(following)
        writer.names = outside

        carried = dict(zip(names, [*run.before, *self.extra], strict=True))
        start = self._start(carried | middle)
        columns = tuple(column.name for column in start.columns)
        self._add(Recursion(columns, start, again), computed=len(following))

        column_of = dict(zip(self.extra, extras, strict=True))
        column_of |= dict(zip(run.after, states, strict=True))
        return Recurrence(self.rows, self.relation, self.position, column_of, self.phased)

    def _add(self, recursion: Recursion, computed: int) -> None:
        """Add the step, which is not the last of the writer: only the rows behind it are read."""
        width = len(recursion.columns)
        check_width(width, f"step {self.relation}", self.writer.dialect)
        self.writer.steps.append(Step(self.relation, recursion))
        # A state's path is that of its layer and its own name.
        paths = [str(cell.value[0]).rpartition("/")[0] for cell in self.run.before]
        layers = tuple(dict.fromkeys(paths))
        info = StepInfo(self.relation, layers, computed, width)
        self.writer.infos.append(info)

    # -- where it begins, and which row comes next

    def _start(self, carried: dict[str, Cell]) -> Select:
        """Where nothing is computed yet: in front of the first row, or of that of each key.

        `carried` has what the columns are that each row takes over from the one before it.
        """
        dialect = self.writer.dialect
        quote = self.writer.dialect.quote
        nothing = f"CAST(0 AS {dialect.types['int']})"
        zero = dialect.typed(0.0, self.writer.precision)
        prefix = f"{quote(self.rows)}." if dialect.names.aliases_first else ""
        row = f"{prefix}{quote(self.counters.row)} - 1" if self.of_keys else nothing

        columns = [Column(self.counters.row, row)]
        if self.of_keys:
            columns.append(Column(self.counters.step, nothing))
        if self.phased:
            columns.append(Column(self.counters.phase, nothing))
        columns.append(Column(self.writer.valid, dialect.constants.true))
        for name, cell in carried.items():
            columns.append(Column(name, dialect.constants.false if cell.truth else zero))
        if not self.of_keys:
            return Select(tuple(columns))
        first_step = f"{prefix}{quote(self.counters.step)} = 1"
        return Select(
            columns=tuple(columns),
            source=Read(self.rows),
            where=first_step,
        )

    @property
    def position(self) -> list[str]:
        """The counters by which the recursion goes on, both one further in each row."""
        if self.of_keys:
            return [self.counters.row, self.counters.step]
        return [self.counters.row]

    def _next_row(self, columns: list[Column]) -> Select:
        """These columns of the row that was computed last, and of the one behind it."""
        quote = self.writer.dialect.quote
        before = quote(self.relation)
        row = quote(self.rows)
        conditions = []
        for counter in map(quote, self.position):
            conditions.append(f"{row}.{counter} = {before}.{counter} + 1")
        join = Join(INNER, Read(self.rows), tuple(conditions))
        return Select(
            columns=tuple(columns),
            source=Read(self.relation),
            joins=(join,),
        )

    def _heads(self) -> list[Column]:
        """Number and validity of the row that is computed."""
        writer = self.writer
        quote = writer.dialect.quote
        before = quote(self.relation)
        columns = []
        for counter in self.position:
            columns.append(Column(counter, f"{before}.{quote(counter)} + 1"))
        so_far = writer.holds(writer.valid, before)
        here = writer.holds(writer.valid, quote(self.rows))
        columns.append(Column(writer.valid, f"{so_far} AND {here}", truth=True))
        return columns

    # -- a select for each stage

    def _nested(self, following: dict[str, Cell]) -> Select:
        """Selects inside one another, a level for each stage; the outermost gives the columns
        `following` the values of their cells."""
        writer = self.writer
        kept_heads = [writer.plain(name) for name in (*self.position, writer.valid)]
        inner: Select | None = None
        heads = self._heads()
        if self.by == "arrays":
            inner = self._row_from_arrays()
            heads = kept_heads

        for number, stage in enumerate(self.plan.stages):
            columns = [*heads, *self._kept_behind(number)]
            _, new_names = fresh(writer, self.plan, number)
            quoted = writer.quoted()
            for cell in stage.cells:
                text = writer.spelled(cell, quoted)
                columns.append(Column(new_names[cell], text, cell.truth))
            writer.names |= new_names
            inner = self._around(inner, columns)
            heads = kept_heads

        quoted = writer.quoted()
        columns = list(heads)
        for name, cell in following.items():
            columns.append(Column(name, writer.spelled(cell, quoted), cell.truth))
        return self._around(inner, columns)

    def _around(self, inner: Select | None, columns: list[Column]) -> Select:
        """The select of these columns, of the next row where there is none inside yet."""
        if inner is None:
            return self._next_row(columns)
        return Select(tuple(columns), inner)

    def _kept_behind(self, number: int) -> list[Column]:
        """The columns that something behind the stage of this number reads."""
        names = self.writer.names
        kept: dict[str, None] = {}
        for cell, last in self.plan.last_use.items():
            if last > number and cell in names:
                kept[names[cell]] = None
        return [self.writer.plain(name) for name in kept]

    def _row_from_arrays(self) -> Select:
        """A row found by its place in arrays, where a join would go through all rows anew."""
        writer = self.writer
        quote = writer.dialect.quote
        own = writer.dialect.own
        vectors = writer.relations.take("vectors")
        number = quote(self.counters.row)
        inputs = list(dict.fromkeys(writer.names[cell] for cell in self.run.inputs))
        count = writer.columns.take("row_count")

        packed = []
        for name in (*self.position[1:], writer.valid, *inputs):
            packed.append(Column(name, own(f"array_agg({quote(name)} ORDER BY {number})")))
        packed.append(Column(count, own("count(*)")))
        select = Select(tuple(packed), Read(self.rows))
        writer.steps.append(Step(vectors, select, shared=True))

        def at_next_row(name: str) -> str:
            return f"(SELECT {quote(name)} FROM {vectors})[{number} + 1]"

        is_valid = writer.dialect.grammar.test.format(at_next_row(writer.valid))
        so_far = writer.holds(writer.valid)
        columns = [Column(name, f"{quote(name)} + 1") for name in self.position]
        columns.append(Column(writer.valid, f"{so_far} AND {is_valid}", truth=True))
        columns += [writer.plain(writer.names[cell]) for cell in self.run.before]
        columns += [Column(name, at_next_row(name)) for name in inputs]

        conditions = [f"{number} < (SELECT {quote(count)} FROM {vectors})"]
        for name in self.position[1:]:  # the next row is of the same key
            conditions.append(f"{at_next_row(name)} = {quote(name)} + 1")
        where = " AND ".join(conditions)
        return Select(
            columns=tuple(columns),
            source=Read(self.relation),
            where=where,
            also=(vectors,),
        )

    # -- a row for each stage

    def _in_phases(self, following: dict[str, Cell]) -> tuple[Select, dict[str, Cell]]:
        """One select, that computes one stage at a time: phase 0 the first, and so on; the last
        phase sets the columns `following` and goes on to the next row.

        The second result are further columns, which hold what the stages compute.
        """
        quote = self.writer.dialect.quote
        phase = f"{quote(self.relation)}.{quote(self.counters.phase)}"
        columns = self._heads_in_phases(phase)
        stages = self._stages_in_phases()
        last = len(self.plan.stages)
        quoted = self.writer.quoted()
        ends = []
        for name, cell in following.items():
            ends.append(_Computed(name, cell, last, self.writer.as_value(cell, quoted)))
        for one in (*ends, *stages):
            computed = f"CASE {phase} WHEN {one.phase} THEN"
            kept = f"ELSE {quote(one.name)} END"
            columns.append(Column(one.name, INDENT.join([computed, one.text, kept])))
        return self._next_row(columns), {one.name: one.cell for one in stages}

    def _heads_in_phases(self, phase: str) -> list[Column]:
        """The position, which only the last phase moves on, the phase, and the validity."""
        writer = self.writer
        quote = writer.dialect.quote
        before = quote(self.relation)
        is_last = f"CASE {phase} WHEN {len(self.plan.stages)} THEN"
        columns = []
        for head in self._heads():
            text = writer.dialect.grammar.truth.format(head.text) if head.truth else head.text
            moved = f"{is_last} {text} ELSE {before}.{quote(head.name)} END"
            columns.append(Column(head.name, moved))
        *position, valid = columns
        next_phase = Column(self.counters.phase, f"{is_last} 0 ELSE {phase} + 1 END")
        return [*position, next_phase, valid]

    def _stages_in_phases(self) -> list[_Computed]:
        writer = self.writer
        computed = []
        for number, stage in enumerate(self.plan.stages):
            _, new_names = fresh(writer, self.plan, number)
            quoted = writer.quoted()
            for cell in stage.cells:
                text = writer.as_value(cell, quoted)
                computed.append(_Computed(new_names[cell], cell, number, text))
            writer.names |= new_names
        return computed
