"""The steps of a statement as they are written, and what the last of them calls each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from keras2sql.lower import features, first_step, stages
from keras2sql.lower.answer import answer
from keras2sql.lower.cells import Cell, Table
from keras2sql.lower.comments import commented
from keras2sql.lower.kinds import is_number
from keras2sql.lower.limits import (
    FEWER,
    check_contexts,
    check_joins,
    check_steps,
    check_width,
)
from keras2sql.lower.lowered import Lowered, StepInfo, checked
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.packing import Packing
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.steps import Schedule, schedule
from keras2sql.lower.text import Speller
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Query, Select, Step, Union

# SQLite forgets what a step calls true, false or a rowid by any of its names.
_UNFIT = frozenset({"true", "false", "rowid", "oid", "_rowid_"})


class Writer:
    """Writes steps one after the other: `write` those of a schedule, `add` one of a strategy's
    own, and `finish` the answer.

    `names` holds the column of every cell that the last step has, whose name is `last`.  Each step
    hands on the `keys`, the columns that tell its rows apart or are passed through, and `valid`,
    the column that tells whether a row has a prediction; `kept` are the source's columns among the
    keys, by their own names.  `table_columns` has the columns of the tables that look-ups join.

    Steps have no name that is `taken`; `instead` is what to do where there would be too many of
    them.  `of_rows`: sums and products of arrays may be of 64 bit though single precision is asked
    for.
    """

    def __init__(
        self,
        wanted: Lowering,
        of_rows: bool = False,
        taken: frozenset[str] = frozenset(),
        instead: str = FEWER,
    ) -> None:
        self.graph = wanted.graph
        self.source = wanted.source
        self.dialect = wanted.dialect
        self.precision = wanted.precision
        self.packed = wanted.packing is not Packing.NONE
        self.of_rows = of_rows
        self.instead = instead
        self.about = wanted.about
        self.type = self.dialect.types[self.precision]
        self.gathered = wanted.gathered_inputs
        self.arrays = wanted.arrays
        self.speller = Speller(self.dialect, self.precision)
        self.scalars = Scalars(
            self.graph,
            self.dialect,
            packing=wanted.packing,
            fast=self.packed or self.precision == "single",
            arrays=self.arrays,
            beside=wanted.beside and not of_rows,
        )
        self.steps: list[Step] = []
        self.infos: list[StepInfo] = []
        self.last = ""
        # How many rows of a key a recursion goes through at most, if that is known.
        self.known_steps = None if self.source.order is None else self.source.order.most
        outputs = set(self.graph.outputs) if self.dialect.names.aliases_first else set()
        self.columns = Names(_UNFIT | outputs)
        self.relations = Names(self.source.words() | taken | self.dialect.unfit_steps)
        self.names: dict[Cell, str] = {}
        self.kept = {name: self.columns.take(name) for name in self.source.carried}
        self.keys = list(self.kept.values())
        self.valid = self.columns.take("valid")
        self.table_columns: dict[Table, stages.TableColumns] = {}

    @property
    def answers(self) -> list[Cell]:
        """What the statement is for: its outputs, and what must hold for a row to have any."""
        return [*self.scalars.outputs.values(), *self.scalars.conditions]

    def nested(self, wanted: Lowering) -> Writer:
        """One for another graph, that writes behind the steps of this one."""
        inner = Writer(wanted)
        inner.steps = self.steps
        inner.infos = self.infos
        inner.columns = self.columns
        inner.relations = self.relations
        inner.valid = self.valid
        return inner

    def go_on_with(self, scalars: Scalars) -> None:
        """Write the cells of another graph from here on, of which none is a column yet."""
        self.names = {}
        self.scalars = scalars
        self.write_tables()

    # -- steps

    def schedule(
        self,
        cells: Sequence[Cell],
        given: Set[Cell] = frozenset(),
        forced: Set[Cell] = frozenset(),
        divided: bool = False,
    ) -> Schedule:
        """Columns and stages for these cells, as `steps.schedule` has them."""
        narrow = self.precision == "single"
        return schedule(cells, self.dialect.limits, given, forced, divided, narrow)

    def write(self, plan: Schedule) -> None:
        """The steps of a schedule, behind what is written already."""
        if not self.steps:
            first_step.write(self, plan)
            self.write_tables()
        for number in range(len(plan.stages)):
            stages.write(self, plan, number)

    def write_tables(self) -> None:
        """Lookup tables, as steps of literal rows."""
        self.table_columns = stages.write_tables(self)

    def add(
        self,
        wish: str,
        select: Select | Union,
        *,
        layers: tuple[str, ...] = (),
        computed: int = 0,
        shared: bool = False,
        comment: str = "",
    ) -> None:
        """A step like this behind the last, called as is wished or alike; it becomes the last.

        `explain` tells the `layers` that are in it and how many columns are `computed`; one that
        is `shared` is read more than once.
        """
        name = self.relations.take(wish)
        first = select.selects[0] if isinstance(select, Union) else select
        width = len(first.columns)
        check_width(width, f"step {name}", self.dialect)
        check_joins(select, name, self.dialect)
        self.steps.append(Step(name, select, comment, shared))
        self.infos.append(StepInfo(name, layers, computed, width))
        self.last = name

    def finish(self, header: tuple[str, ...]) -> Lowered:
        """The whole statement, once every output can be spelled."""
        select = answer(self)
        check_width(len(select.columns), "the result", self.dialect)
        steps = commented(self.steps, self.infos, self.about)
        query = Query(steps, select, header)
        check_steps(query, self.dialect, self.instead)
        check_contexts(query, self.dialect, self.instead)
        result = tuple(column.name for column in select.columns)
        return Lowered(checked(query), result, tuple(self.infos))

    # -- columns of the source

    def raw(self, name: str) -> str:
        """A source column, spelled."""
        return self.source.column(name, self.dialect)

    def number_of(self, kind: str, raw: str, missing: bool = False) -> str:
        """A source column as what the model computes with; `missing`: it may have no value."""
        return features.number(self.dialect, kind, raw, self.type, self.packed, missing)

    def source_keys(self) -> list[Column]:
        """The keys, as the source has them."""
        return [Column(name, self.raw(raw)) for raw, name in self.kept.items()]

    # -- columns of the last step

    @property
    def quoted_key(self) -> str:
        """The columns that tell the source's rows apart, spelled, with commas between."""
        names = [self.kept[raw] for raw in self.source.key]
        return ", ".join(map(self.dialect.quote, names))

    def plain(self, name: str) -> Column:
        """A column of the last step, handed on."""
        return Column(name, self.dialect.quote(name))

    def quoted(self, relation: str = "") -> dict[Cell, str]:
        """The columns of the last step, or of the `relation` of this name, as they are read."""
        quoted = {}
        for cell, name in self.names.items():
            if cell.truth:
                quoted[cell] = self.holds(name, relation)
            else:
                quoted[cell] = self.spelled_name(name, relation)
        return quoted

    def spelled_name(self, name: str, relation: str = "") -> str:
        """A column, of a relation whose name is spelled."""
        quoted = self.dialect.quote(name)
        return f"{relation}.{quoted}" if relation else quoted

    def holds(self, name: str, relation: str = "") -> str:
        """A column of truth values as a condition; `relation` is what has it, spelled."""
        return self.dialect.grammar.test.format(self.spelled_name(name, relation))

    # -- cells

    def spelled(self, cell: Cell, quoted: Mapping[Cell, str]) -> str:
        """The SQL of a cell, in the type that is computed with; its column if it is one."""
        if cell in quoted:
            return quoted[cell]
        return self.typed(cell, self.speller.text(cell, quoted), quoted)

    def as_value(self, cell: Cell, quoted: Mapping[Cell, str]) -> str:
        """The SQL of a cell where a value has to stand, also of a condition."""
        text = self.spelled(cell, quoted)
        return self.dialect.grammar.truth.format(text) if cell.truth else text

    def typed(self, cell: Cell, text: str, quoted: Mapping[Cell, str]) -> str:
        """A spelled cell, in single precision back to 32 bit if a function widened it."""
        single = self.dialect.types["single"]
        of_double = self.type != single or single == self.dialect.types["double"]
        if of_double or not is_number(cell):
            return text
        if cell.fn in ("sum", "dot") and not self.speller.widens(cell, quoted):
            return text
        return self.speller.narrowed(cell, text, quoted, self.of_rows)
