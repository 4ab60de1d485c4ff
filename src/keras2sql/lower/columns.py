"""The columns strategy: one SQL column per element, one named step per layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from keras2sql.graph.core import Tensor
from keras2sql.graph.incomplete import may_miss
from keras2sql.graph.loops import scans
from keras2sql.lower import array_columns, features, totals
from keras2sql.lower.answer import answer
from keras2sql.lower.cells import Cell, Table
from keras2sql.lower.guarded import guarded
from keras2sql.lower.kinds import is_number, part_of
from keras2sql.lower.limits import (
    FEWER,
    LONG_TABLE,
    check_contexts,
    check_joins,
    check_steps,
    check_width,
)
from keras2sql.lower.lowered import Lowered, StepInfo, checked
from keras2sql.lower.lowering import Lowering, no_recursion
from keras2sql.lower.packing import Packing
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.source import from_step
from keras2sql.lower.steps import Schedule, Stage, schedule
from keras2sql.lower.text import Speller
from keras2sql.sql.names import Names
from keras2sql.sql.tree import LEFT, Column, Join, Query, Read, Select, Step, Union


def lower(wanted: Lowering) -> Lowered:
    """The statement in columns.

    Raises `DialectLimitError` where a step would be wider, or the chain of steps longer,
    than the database takes.
    """
    if wanted.goes_from_row_to_row:
        raise no_recursion(wanted.goes_from_row_to_row, "the columns strategy")
    instead = LONG_TABLE if scans(wanted.graph) else FEWER
    graph = guarded(wanted.graph, wanted.dialect)
    writer = Writer(replace(wanted, graph=graph), instead=instead)
    writer.write(schedule(writer.answers, wanted.dialect.limits, divided=True))
    return writer.finish(wanted.header)


# SQLite forgets what a step calls true, false or a rowid by any of its names.
_UNFIT = frozenset({"true", "false", "rowid", "oid", "_rowid_"})


class Writer:
    """Writes steps one after the other: `write` those of a schedule, `finish` the answer.

    `names` holds the column of every cell that the last step has.  Steps have no name that is
    `taken`; `instead` is what to do where there would be too many of them.
    """

    def __init__(
        self,
        wanted: Lowering,
        of_rows: bool = False,
        taken: frozenset[str] = frozenset(),
        instead: str = FEWER,
    ) -> None:
        graph, source, dialect = wanted.graph, wanted.source, wanted.dialect
        self.graph, self.source, self.dialect = graph, source, dialect
        self.precision, self.packed = wanted.precision, wanted.packing is not Packing.NONE
        self.speller = Speller(dialect, self.precision)
        self.type = dialect.types[self.precision]
        fast = self.packed or self.precision == "single"
        self.of_rows = of_rows  # whose sums and products of arrays may be of 64 bit
        self.gathered, self.arrays = wanted.gathered_inputs, wanted.arrays
        self.scalars = Scalars(graph, dialect, wanted.packing, fast, self.arrays)
        self.steps: list[Step] = []
        self.infos: list[StepInfo] = []
        self.columns = Names(
            _UNFIT | (set(graph.outputs) if dialect.names.aliases_first else set())
        )
        self.relations = Names(source.words() | taken)
        self.names: dict[Cell, str] = {}
        self.kept = {name: self.columns.take(name) for name in source.carried}
        self.keys = list(self.kept.values())
        self.valid = self.columns.take("valid")
        self.last = ""
        self.instead = instead

    @property
    def answers(self) -> list[Cell]:
        """What the statement is for: its outputs, and what must hold for a row to have any."""
        return [*self.scalars.outputs.values(), *self.scalars.conditions]

    def nested(self, wanted: Lowering) -> Writer:
        """One for another graph, that writes behind the steps of this one."""
        inner = Writer(wanted)
        inner.steps, inner.infos = self.steps, self.infos
        inner.columns, inner.relations = self.columns, self.relations
        inner.valid = self.valid
        return inner

    def go_on_with(self, scalars: Scalars) -> None:
        """Write the cells of another graph from here on, of which none is a column yet."""
        self.names = {}
        self.scalars = scalars
        self.write_tables()

    def write(self, plan: Schedule) -> None:
        """The steps of a schedule, behind what is written already."""
        if not self.steps:
            self._features(plan)
            self.write_tables()
        for i in range(len(plan.stages)):
            self._stage(plan, i)

    def finish(self, header: tuple[str, ...]) -> Lowered:
        """The whole statement, once every output can be spelled."""
        select = answer(self)
        check_width(len(select.columns), "the result", self.dialect)
        result = tuple(c.name for c in select.columns)
        query = Query(tuple(self.steps), select, header)
        check_steps(query, self.dialect, self.instead)
        check_contexts(query, self.dialect, self.instead)
        return Lowered(checked(query), result, tuple(self.infos))

    # -- steps

    def _features(self, plan: Schedule) -> None:
        """The first step: keys as they are, features as numbers, under plain names, and
        whether each of them, used or not, is one."""
        read = {c.value: c for c in plan.last_use if c.fn == "column"}
        if self.gathered:
            select, arrays = array_columns.gather(
                self.gathered, self.graph.inputs, self.source, self.dialect, self.type
            )
            self.add("gathered", (), list(select.columns), select)
            self.source = from_step(self.source, self.last, arrays)
        quote = self.dialect.quote
        relation, called = self.source.rows(self.dialect), dict[str, str]()
        columns = [Column(name, self.raw(raw)) for raw, name in self.kept.items()]
        if self.source.arrays:
            first, called = array_columns.select(
                self.graph.inputs,
                self.source,
                self.dialect,
                precision=self.precision,
                kept=self.kept,
                columns=self.columns,
                gathered=self.gathered,
            )
            self.add("arrays", (), list(first.columns), first)
            relation, columns = Read(self.last), [Column(n, quote(n)) for n in self.keys]
        cast: dict[tuple[str, str], str] = {}
        tests: dict[str, None] = {}
        for t in self.graph.inputs:
            for at, feature, raw in self._elements(t, called):
                tests |= dict.fromkeys(self.tests(t, at, raw))
                if (t.layer, at) not in read:
                    continue
                if (t.kind, raw) not in cast:
                    name, text = feature, raw
                    if at is not None:
                        name = self.columns.take(Names.plain(feature, "x"))
                        text = self.number_of(t.kind, raw, may_miss(t))
                    columns.append(Column(name, text))
                    cast[t.kind, raw] = name
                self.names[read[t.layer, at]] = cast[t.kind, raw]
        plain = [t for t in self.graph.inputs if t.layer not in self.source.arrays]
        read_raw = [(t, [raw for _, _, raw in self._elements(t, called)]) for t in plain]
        tests |= dict.fromkeys(features.no_codes(self.dialect, read_raw))
        columns.append(Column(self.valid, features.every(tests), truth=True))
        select = Select(tuple(columns), relation)
        self.add("features", (), columns, select, comment=self.dialect.note(self.packed))

    def _elements(
        self, t: Tensor, called: Mapping[str, str]
    ) -> Iterator[tuple[int | None, str, str]]:
        """Of each element of an input its place, a name for it, and the source column spelled;
        of an array first the whole, without a place."""
        quote, columns = self.dialect.quote, self.source.features[t.layer]
        if t.layer not in self.source.arrays:
            for i, feature in enumerate(columns):
                spelled = self.source.feature(feature, self.dialect)
                yield i, feature, quote(called[feature]) if called else spelled
            return
        array = called[columns[0]]
        element = self.dialect.need(self.dialect.arrays, "arrays").element
        yield None, array, quote(array)
        for i in range(t.size):
            text = element.format(quote(array), place=i + 1)
            yield i, f"{array}_{i + 1}", text

    def raw(self, name: str) -> str:
        """A source column, spelled."""
        return self.source.column(name, self.dialect)

    def number_of(self, kind: str, raw: str, missing: bool = False) -> str:
        """A source column as what the model computes with; `missing`: it may have no value."""
        return features.number(self.dialect, kind, raw, self.type, self.packed, missing)

    def tests(self, t: Tensor, element: int | None, raw: str) -> list[str]:
        """What must hold for an element of an input: no NULL, no NaN, in its table an id."""
        if element is None:
            return [array_columns.given(self.dialect, raw)]
        rows = self.scalars.ids.get((t.layer, element))
        if t.layer in self.source.arrays:  # which is NULL where one of them is, or NaN
            return features.within(self.dialect, raw, self.type, rows)
        return features.tests(self.dialect, t.kind, raw, self.type, rows, may_miss(t))

    def write_tables(self) -> None:
        """Lookup tables, as steps of literal rows."""
        self.table_columns: dict[Table, tuple[str, ...]] = {}  # its name, the id, the values
        for table in self.scalars.tables:
            name = self.relations.take(Names.plain(table.name, "lookup") + "_table")
            # Names of their own: a join brings them into the scope of keys and features.
            wishes = ["id", *map(str, range(table.values.shape[1]))]
            columns = tuple(self.columns.take(f"{name}_{wish}") for wish in wishes)
            self.table_columns[table] = (name, *columns)
            often = len(self.scalars.cells.keys[table]) > 1
            rows = totals.rows_of(table, columns, self.speller)
            self.steps.append(Step(name, rows, shared=often))

    def _stage(self, plan: Schedule, i: int) -> None:
        stage = plan.stages[i]
        live = [c for c in self.names if plan.last_use.get(c, -1) > i]
        carried = list(dict.fromkeys(self.names[c] for c in live))
        step, fresh = self.fresh(plan, i)
        if stage.cells[0].fn == "total":
            used = [c for c in self.names if plan.last_use.get(c, -1) == i]
            self._total(step, fresh, carried, used)
            return
        joins, reached = self._joins(stage)
        computed: list[Column] = []
        quoted = self.quoted()
        for cell in stage.cells:
            if cell.fn == "lookup":
                table, column = cell.value
                name_in_table = self.dialect.quote(self.table_columns[table][column + 2])
                text = f"{reached[table, cell.args[0]]}.{name_in_table}"
                if table.otherwise is not None:
                    text = f"coalesce({text}, {self.speller.value(table.otherwise)})"
                elif self.dialect.numbers.missing != "NULL":
                    text = f"coalesce({text}, {self.dialect.numbers.missing})"
            else:
                text = self.spelled(cell, quoted)
            computed.append(Column(fresh[cell], text, cell.truth))
        self.names.update(fresh)
        self._step(step, (self.scalars.layers[stage.group - 1],), carried, computed, joins)

    def _total(
        self, wish: str, fresh: dict[Cell, str], carried: list[str], used: list[Cell]
    ) -> None:
        """Sums over what the same ids find in one table: the rows by a number, a row for each id,
        and again a row for all of them."""
        quote, quoted = self.dialect.quote, self.quoted()
        row, key = self.columns.take("source_row"), self.columns.take("id_to_find")
        first = next(iter(fresh))
        read = list(dict.fromkeys([*carried, *(self.names[c] for c in used)]))
        self._step(f"{wish}_numbered", (), read, [Column(row, totals.number(self.dialect))])
        each = Column(key, totals.each_of(first.args, quoted, self.speller))
        self._step(f"{wish}_ids", (), [*carried, row], [each])
        table, number, *values = self.table_columns[first.value[1]]
        held = [*self.keys, self.valid, *carried]
        columns = [Column(row, quote(row))]
        columns += [Column(n, totals.first_of(quote(n), self.dialect)) for n in held]
        for cell, name in fresh.items():
            text = totals.summed(cell, quote(values[cell.value[2]]), self.speller)
            columns.append(Column(name, self._typed(cell, text, quoted)))
        self.names.update(fresh)
        join = Join(LEFT, Read(table), (f"{quote(number)} = {quote(key)}",))
        select = Select(tuple(columns), Read(self.last), (join,), group=(1,))
        self.add(wish, (self.scalars.layers[first.group - 1],), columns, select, len(fresh))

    def fresh(self, plan: Schedule, i: int) -> tuple[str, dict[Cell, str]]:
        """Names for the step of a stage and for its columns.

        The last step of a layer gives the layer's own columns; others say what they hold.
        """
        stage = plan.stages[i]
        base = Names.plain(self.scalars.layers[stage.group - 1].rsplit("/", 1)[-1], "layer")
        same = [s for s in plan.stages if (s.group, s.level) == (stage.group, stage.level)]
        last = all(s.group != stage.group for s in plan.stages[i + 1 :] if s not in same)
        cells = [cell for s in same for cell in s.cells]
        parts = Counter(part_of(cell) for cell in cells)
        step = base if last else f"{base}_{max(parts, key=lambda p: parts[p])}"
        if stage is not same[-1]:
            step = f"{step}_part_{stage.part + 1}"
        seen = Counter(part_of(cell) for s in same[: stage.part] for cell in s.cells)
        names = {}
        for cell in stage.cells:
            part = part_of(cell)
            wish = base if last and len(parts) == 1 else f"{base}_{part}"
            names[cell] = self.columns.take(wish if parts[part] == 1 else f"{wish}_{seen[part]}")
            seen[part] += 1
        return step, names

    def quoted(self, relation: str = "") -> dict[Cell, str]:
        """The columns of the last step, or of the `relation` of this name, as they are read."""
        return {
            cell: self.holds(name, relation) if cell.truth else self.spelled_name(name, relation)
            for cell, name in self.names.items()
        }

    def plain(self, name: str) -> Column:
        """A column of the last step, handed on."""
        return Column(name, self.dialect.quote(name))

    def spelled_name(self, name: str, relation: str = "") -> str:
        """A column, of a relation whose name is spelled."""
        quoted = self.dialect.quote(name)
        return f"{relation}.{quoted}" if relation else quoted

    def holds(self, name: str, relation: str = "") -> str:
        """A column of truth values as a condition; `relation` is what has it, spelled."""
        return self.dialect.grammar.test.format(self.spelled_name(name, relation))

    def as_value(self, cell: Cell, quoted: Mapping[Cell, str]) -> str:
        """The SQL of a cell where a value has to stand, also of a condition."""
        text = self.spelled(cell, quoted)
        return self.dialect.grammar.truth.format(text) if cell.truth else text

    def spelled(self, cell: Cell, quoted: Mapping[Cell, str]) -> str:
        """The SQL of a cell, in the type that is computed with; its column if it is one."""
        return quoted.get(cell) or self._typed(cell, self.speller.text(cell, quoted), quoted)

    def _typed(self, cell: Cell, text: str, quoted: Mapping[Cell, str]) -> str:
        """In single precision, back to 32 bit what a function widened."""
        single = self.dialect.types["single"]
        if self.type != single or single == self.dialect.types["double"]:
            return text
        of_single = cell.fn in ("sum", "dot") and not self.speller.widens(cell, quoted)
        if of_single or not is_number(cell):
            return text
        return self.speller.narrowed(cell, text, quoted, self.of_rows)

    def _joins(self, stage: Stage) -> tuple[tuple[Join, ...], dict[tuple[Table, Cell], str]]:
        quote = self.dialect.quote
        reached: dict[tuple[Table, Cell], str] = {}
        joins = []
        for cell in stage.cells:
            if cell.fn != "lookup":
                continue
            at = (cell.value[0], cell.args[0])
            if at not in reached:
                alias = self.relations.take(f"row_{len(reached) + 1}")
                reached[at] = alias
                table, number = self.table_columns[at[0]][:2]
                key = quote(self.names[at[1]])
                same = f"{alias}.{quote(number)} = {key}"
                joins.append(Join(LEFT, Read(table, alias), (same,)))
        return tuple(joins), reached

    def _step(
        self,
        name: str,
        layers: tuple[str, ...],
        carried: list[str],
        computed: list[Column],
        joins: tuple[Join, ...] = (),
    ) -> None:
        quote = self.dialect.quote
        before = self.last
        plain = [Column(n, quote(n)) for n in [*self.keys, self.valid, *carried]]
        columns = [*plain, *computed]
        select = Select(tuple(columns), Read(before), joins)
        self.add(name, layers, columns, select, len(computed))

    def add(
        self,
        wish: str,
        layers: tuple[str, ...],
        columns: list[Column],
        select: Select | Union,
        computed: int = 0,
        shared: bool = False,
        comment: str = "",
    ) -> None:
        """A step like this behind the last; it becomes the last."""
        name = self.relations.take(wish)
        check_width(len(columns), f"step {name}", self.dialect)
        check_joins(select, name, self.dialect)
        self.steps.append(Step(name, select, comment, shared))
        self.infos.append(StepInfo(name, layers, computed, len(columns)))
        self.last = name
