"""States that go from row to row: a recursive step between two runs of plain columns.

What does not read a state is computed before, for all rows at once; what no next state
needs comes after; only the rest is repeated, row by row.  Rows are numbered in the order of
the key, and the recursion walks along the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from keras2sql.dialects.base import Dialect
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph.core import Graph
from keras2sql.lower.cells import Cell
from keras2sql.lower.columns import Lowered, StepInfo, Writer
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.source import Names, Source
from keras2sql.lower.steps import Schedule, ordered, schedule
from keras2sql.lower.text import INDENT
from keras2sql.sql.tree import Column, Recursion, Select, Step


def lower(
    graph: Graph,
    source: Source,
    dialect: Dialect,
    precision: str = "double",
    header: tuple[str, ...] = (),
    packed: bool = False,
) -> Lowered:
    """Lower a graph with carried states whose outputs are scalars.

    Raises `DialectLimitError`, or `UnsupportedDialectError` where the database has no
    recursion.
    """
    if not dialect.recursion:
        raise UnsupportedDialectError(
            f"{graph.carried[0][0].layer}: a state carried from row to row needs recursion, "
            f"which {dialect.title} does not have"
        )
    return _Recursive(graph, source, dialect, precision, packed).run(header)


class _Parts:
    """The cells of a graph with states, by where they are computed.

    `before` and `after` are those of the states, pair by pair; `inputs` what the recursive
    step reads of a row, `passed` what is read of the row behind it, and `emitted` what the
    recursive step hands on.
    """

    def __init__(self, scalars: Scalars) -> None:
        self.before = [cell for cells, _ in scalars.carried for cell in cells]
        self.after = [cell for _, cells in scalars.carried for cell in cells]
        self.answers = [*scalars.outputs.values(), *scalars.conditions]
        moving: set[Cell] = set(self.before)
        for cell in ordered([*self.answers, *self.after]):
            if any(a in moving for a in cell.args):
                moving.add(cell)
        loop = [c for c in ordered(self.after) if c in moving]
        self.inputs = _arguments(loop, lambda c: c not in moving)
        self.inputs += [c for c in self.after if c not in moving and c.fn != "const"]
        sources = [c for c in ordered(self.inputs) if c.fn == "column"]
        joined = any(c.fn == "lookup" for c in ordered(self.inputs))
        if len(sources) < len(self.inputs) and not joined:
            # Fewer columns to hand over than values made of them beforehand.
            self.inputs = sources
        self.inputs = list(dict.fromkeys(self.inputs))
        inside = set(ordered(self.after, set(self.inputs))) | set(self.before)
        inside -= {c for c in inside if c.fn == "pack"} | set(self.inputs)
        behind = [c for c in ordered(self.answers) if c in moving and c not in inside]
        read = dict.fromkeys([*_arguments(behind, lambda c: True), *self.answers])
        self.emitted = [c for c in read if c in inside and c in moving]
        self.passed = [c for c in read if c not in moving and c.fn != "const"]


def _arguments(cells: Iterable[Cell], wanted: Callable[[Cell], bool]) -> list[Cell]:
    """The distinct arguments of `cells`, constants aside, for which `wanted` holds."""
    found = (a for c in cells for a in c.args if a.fn != "const" and wanted(a))
    return list(dict.fromkeys(found))


class _Recursive(Writer):
    def __init__(
        self, graph: Graph, source: Source, dialect: Dialect, precision: str, packed: bool
    ) -> None:
        super().__init__(graph, source, dialect, precision, packed)
        self.parts = _Parts(self.scalars)
        self.layer = graph.carried[0][0].layer
        self.row = self.columns.take("row_number")
        self.step = self.columns.take("step_number")
        self.length = self.columns.take("step_count")
        self.phase = self.columns.take("phase")
        self.relation = self.relations.take("recurrence")

    def run(self, header: tuple[str, ...]) -> Lowered:
        parts, limits = self.parts, self.dialect.limits
        wanted = list(dict.fromkeys([*parts.inputs, *parts.passed]))
        self.write(schedule(wanted, limits, forced=set(wanted)))
        rows = self._numbered(wanted)
        given = set(parts.inputs) | set(parts.before)
        extra = [c for c in parts.emitted if c not in parts.after]
        plan = schedule([*parts.after, *extra], limits, given=given)
        found = self._recurrence(rows, plan, extra)
        self._rejoined(rows, found, phases=self._in_phases(plan))
        given = set(parts.passed) | set(parts.emitted)
        self.write(schedule(parts.answers, limits, given=given))
        return self.finish(header)

    def _in_phases(self, plan: Schedule) -> bool:
        return self.dialect.recursion == "phases" and bool(plan.stages)

    def _numbered(self, wanted: list[Cell]) -> str:
        """The rows with their numbers: a step that is read twice, and so computed once."""
        quote, order = self.dialect.quote, self.source.order
        keys = ", ".join(quote(self.kept[k]) for k in self.source.key)
        names = dict.fromkeys([*self.keys, self.valid, *(self.names[c] for c in wanted)])
        columns = [Column(n, quote(n)) for n in names]
        counted = self.dialect.counted
        if order is None:
            columns.append(Column(self.row, counted(f"row_number() OVER (ORDER BY {keys})")))
        else:
            time, part = quote(self.kept[order.column]), f"PARTITION BY {keys}"
            columns += [
                Column(self.row, counted(f"row_number() OVER (ORDER BY {keys}, {time})")),
                Column(self.step, counted(f"row_number() OVER ({part} ORDER BY {time})")),
                Column(self.length, counted(f"count(*) OVER ({part})")),
            ]
        self.add("numbered", (), columns, Select(tuple(columns), quote(self.last)), 1, shared=True)
        return self.last

    # -- the recursive step

    def _recurrence(self, rows: str, plan: Schedule, extra: list[Cell]) -> dict[Cell, str]:
        """Write the step; returns the column of every cell that it hands on."""
        parts = self.parts
        base = Names.plain(self.layer.rsplit("/", 1)[0].rsplit("/", 1)[-1], "layer")
        states = [self.columns.take(f"{base}_state_{i}") for i in range(len(parts.before))]
        extras = [self.columns.take(f"{base}_{i}") for i in range(len(extra))]
        outside = dict(self.names)
        # Of what was computed before, the recursive step sees these columns alone.
        self.names = {c: outside[c] for c in parts.inputs}
        self.names.update(zip(parts.before, states, strict=True))
        following = list(zip([*states, *extras], [*parts.after, *extra], strict=True))
        middle: list[str] = []
        if self._in_phases(plan):
            again, middle = self._phased(rows, plan, following)
        else:
            again = self._nested(rows, plan, following)
        start = self._start(rows, [*states, *extras, *middle], phases=bool(middle))
        self.check_width(len(start.columns), f"step {self.relation}")
        names = tuple(column.name for column in start.columns)
        self.steps.append(Step(self.relation, Recursion(names, start, again)))
        self.infos.append(StepInfo(self.relation, (self.layer,), len(following), len(names)))
        self.names = outside
        found = dict(zip(extra, extras, strict=True))
        found.update(zip(parts.after, states, strict=True))
        return found

    def _start(self, rows: str, zeros: list[str], phases: bool) -> Select:
        """Where nothing is computed yet: in front of the first row, or of that of each key."""
        dialect, quote = self.dialect, self.dialect.quote
        nothing = f"CAST(0 AS {dialect.types['int']})"
        zero = dialect.typed(0.0, self.precision)
        own = f"{quote(rows)}." if dialect.aliases_first else ""
        first = f"{own}{quote(self.row)} - 1" if self.sequence else nothing
        columns = [
            Column(self.row, first),
            *(Column(name, nothing) for name in self._marks(phases)[1:]),
            Column(self.valid, dialect.true),
            *(Column(name, zero) for name in zeros),
        ]
        if not self.sequence:
            return Select(tuple(columns), "")
        return Select(tuple(columns), quote(rows), where=f"{own}{quote(self.step)} = 1")

    @property
    def sequence(self) -> bool:
        """Whether every key begins anew."""
        return self.source.order is not None

    def _marks(self, phases: bool = False) -> list[str]:
        """The columns that tell where the recursion is."""
        step = [self.step] if self.sequence else []
        return [self.row, *step, *([self.phase] if phases else [])]

    def _joined(self, rows: str) -> str:
        quote = self.dialect.quote
        before, row = quote(self.relation), quote(rows)
        on = [f"{row}.{quote(mark)} = {before}.{quote(mark)} + 1" for mark in self._marks()]
        return f"{before}\n    JOIN {row} ON {' AND '.join(on)}"

    def _heads(self, rows: str) -> list[Column]:
        """Number and validity of the row that is computed."""
        quote = self.dialect.quote
        before, valid = quote(self.relation), quote(self.valid)
        return [
            *(Column(mark, f"{before}.{quote(mark)} + 1") for mark in self._marks()),
            Column(self.valid, f"{before}.{valid} AND {quote(rows)}.{valid}"),
        ]

    def _nested(self, rows: str, plan: Schedule, following: list[tuple[str, Cell]]) -> Select:
        """Selects inside one another, a level for each stage."""
        source: str | Select = self._joined(rows)
        heads = self._heads(rows)
        kept_heads = [self._plain(name) for name in (*self._marks(), self.valid)]
        if self.dialect.recursion == "arrays":
            source, heads = self._row_from_arrays(rows), kept_heads
        for i, stage in enumerate(plan.stages):
            passed = [c for c, last in plan.last_use.items() if last > i and c in self.names]
            kept = dict.fromkeys(self.names[c] for c in passed)
            _, fresh = self.fresh(plan, i)
            columns = [*heads, *map(self._plain, kept)]
            quoted = self.quoted()
            columns += [Column(fresh[c], self.spelled(c, quoted)) for c in stage.cells]
            self.names.update(fresh)
            source, heads = Select(tuple(columns), source), kept_heads
        quoted = self.quoted()
        final = [*heads, *(Column(name, self.spelled(c, quoted)) for name, c in following)]
        return Select(tuple(final), source)

    def _row_from_arrays(self, rows: str) -> Select:
        """A row found by its place in arrays, where a join would go through all rows anew."""
        quote = self.dialect.quote
        vectors = self.relations.take("vectors")
        number = quote(self.row)
        held = list(dict.fromkeys([self.valid, *(self.names[c] for c in self.parts.inputs)]))
        read = [*self._marks()[1:], *held]
        count = self.columns.take("row_count")
        packed = [Column(n, f"array_agg({quote(n)} ORDER BY {number})") for n in read]
        packed.append(Column(count, "count(*)"))
        self.steps.append(Step(vectors, Select(tuple(packed), quote(rows)), shared=True))

        def at(name: str) -> str:
            return f"(SELECT {quote(name)} FROM {vectors})[{number} + 1]"

        columns = [
            *(Column(mark, f"{quote(mark)} + 1") for mark in self._marks()),
            Column(self.valid, f"{quote(self.valid)} AND {at(self.valid)}"),
            *(self._plain(self.names[c]) for c in self.parts.before),
            *(Column(n, at(n)) for n in held[1:]),
        ]
        where = [f"{number} < (SELECT {quote(count)} FROM {vectors})"]
        where += [f"{at(mark)} = {quote(mark)} + 1" for mark in self._marks()[1:]]
        return Select(tuple(columns), quote(self.relation), where=" AND ".join(where))

    def _phased(
        self, rows: str, plan: Schedule, following: list[tuple[str, Cell]]
    ) -> tuple[Select, list[str]]:
        """One select, that computes one stage at a time: phase 0 the first, and so on; the
        last phase sets the states and goes on to the next row."""
        quote = self.dialect.quote
        before, phase = quote(self.relation), f"{quote(self.relation)}.{quote(self.phase)}"
        last = len(plan.stages)
        done = f"CASE {phase} WHEN {last} THEN"
        *marks, valid = (
            Column(c.name, f"{done} {c.text} ELSE {before}.{quote(c.name)} END")
            for c in self._heads(rows)
        )
        columns = [*marks, Column(self.phase, f"{done} 0 ELSE {phase} + 1 END"), valid]
        stages = []
        for i, stage in enumerate(plan.stages):
            _, fresh = self.fresh(plan, i)
            quoted = self.quoted()
            texts = [(fresh[c], i, self.spelled(c, quoted)) for c in stage.cells]
            self.names.update(fresh)
            stages += texts
        quoted = self.quoted()
        ends = [(name, last, self.spelled(c, quoted)) for name, c in following]
        for name, when, text in (*ends, *stages):
            whole = f"CASE {phase} WHEN {when} THEN{INDENT}{text}{INDENT}ELSE {quote(name)} END"
            columns.append(Column(name, whole))
        return Select(tuple(columns), self._joined(rows)), [name for name, _, _ in stages]

    def _rejoined(self, rows: str, found: Mapping[Cell, str], phases: bool) -> None:
        """The rows again, or the last of each key, now with what the recursion found."""
        quote, order = self.dialect.quote, self.source.order
        row, other = quote(rows), quote(self.relation)
        held = [*self.keys, *dict.fromkeys(self.names[c] for c in self.parts.passed)]
        emitted = {c: found[c] for c in self.parts.emitted}
        valid, where = [f"{other}.{quote(self.valid)}"], ""
        if order is not None:
            length = f"{row}.{quote(self.length)}"
            valid += [f"{length} >= {order.least}"] if order.least > 1 else []
            valid += [f"{length} <= {order.most}"] if order.most is not None else []
            where = "" if order.every else f"{row}.{quote(self.step)} = {length}"
        columns = [
            *(Column(n, f"{row}.{quote(n)}") for n in held),
            Column(self.valid, " AND ".join(valid)),
            *(Column(n, f"{other}.{quote(n)}") for n in dict.fromkeys(emitted.values())),
        ]
        on = [f"{other}.{quote(m)} = {row}.{quote(m)}" for m in self._marks()]
        on += [f"{other}.{quote(self.phase)} = 0"] if phases else []
        join = f"JOIN {other} ON {' AND '.join(on)}"
        self.names = {c: self.names[c] for c in self.parts.passed} | emitted
        self.add("recurrent", (self.layer,), columns, Select(tuple(columns), row, (join,), where))

    def _plain(self, name: str) -> Column:
        return Column(name, self.dialect.quote(name))
