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

from collections.abc import Mapping, Sequence
from dataclasses import replace

from keras2sql.graph.ops import Overall
from keras2sql.lower.cells import Cell
from keras2sql.lower.columns import Writer
from keras2sql.lower.guarded import guarded
from keras2sql.lower.limits import check_width
from keras2sql.lower.lowered import Lowered, StepInfo
from keras2sql.lower.lowering import Lowering, no_recursion
from keras2sql.lower.runs import Run, run_of
from keras2sql.lower.steps import Schedule, ordered, schedule
from keras2sql.lower.text import INDENT
from keras2sql.lower.windows import over_rows
from keras2sql.sql.names import Names
from keras2sql.sql.tree import INNER, Column, Join, Read, Recursion, Select, Step


def lower(wanted: Lowering) -> Lowered:
    """The statement for a graph with carried states, or for a long table.

    Raises `DialectLimitError`, or `UnsupportedDialectError` where the database has no
    recursion.
    """
    dialect = wanted.dialect
    if wanted.graph.carried and dialect.recursion is None:
        raise no_recursion(wanted.goes_from_row_to_row, dialect.title)
    writer = Recursive(replace(wanted, graph=guarded(wanted.graph, dialect)))
    return writer.run(wanted.header)


class Recursive(Writer):
    def __init__(self, wanted: Lowering) -> None:
        super().__init__(wanted)
        graph, dialect = wanted.graph, wanted.dialect
        self.layer = graph.carried[0][0].layer if graph.carried else ""
        self.row = self.columns.take("row_number")
        self.step = self.columns.take("step_number")
        self.length = self.columns.take("step_count")
        self.phase = self.columns.take("phase")
        self.by = None if dialect.recursion is None else dialect.recursion.by
        self.numbers = False
        if any(isinstance(t.op, Overall) for t in graph.tensors()):
            # A sum leaves out what a step does not find in a table.
            overall, conditions = self.scalars.cells.overall, self.scalars.conditions
            self.scalars.conditions = [overall("all", c) for c in conditions]

    def run(self, header: tuple[str, ...]) -> Lowered:
        """The whole statement."""
        answers = [*self.scalars.outputs.values(), *self.scalars.conditions]
        self.go_through(answers)
        self.write(schedule(answers, self.dialect.limits, given=set(self.names)))
        return self.finish(header)

    def go_through(self, answers: list[Cell]) -> None:
        """Write the recursions, and what comes before them, for these cells."""
        pairs = dict(zip((b for b, _ in self.graph.carried), self.scalars.carried, strict=True))
        runs = [[pairs[before] for before, _ in run] for run in self.graph.runs()]
        ended = False
        if not runs:
            self._alone(answers)
        for i, states in enumerate(runs):
            later = [pair for run in runs[i + 1 :] for pair in run]
            run = run_of(self.scalars, states, later, set(self.names))
            self.layer = self.graph.runs()[i][0][0].layer
            self._through(run)
            ended = not later and not self._of_others(answers)
            self._rejoined(run, first=i == 0, last=ended)
        self._reach(answers)
        if not ended:
            self._ends(answers)

    # -- rows with their numbers, and rows mirrored

    def _alone(self, answers: list[Cell]) -> None:
        """The features in rows with their numbers, where no recursion goes through them."""
        read = [c for c in ordered(answers) if c.fn == "column"]
        self.write(schedule(read, self.dialect.limits))
        self._numbered(read)

    def _reach(self, wanted: list[Cell]) -> None:
        """Write what comes before the last of the columns of other rows that these cells need."""
        while others := self._of_others(wanted):
            given = set(self.names)
            ready = [c for c in others if not self._of_others(c.args)]
            ready = [c for c in ready if c.fn == "mirror"] or ready
            sources = list(dict.fromkeys(m.args[0] for m in ready))
            beside = ordered(wanted, {*given, *ready, *sources})
            rest = [c for c in beside if c.fn == "column" or c in given or c in sources]
            roots = list(dict.fromkeys([*sources, *rest]))
            self.write(schedule(roots, self.dialect.limits, given=given, forced=set(sources)))
            if ready[0].fn == "mirror":
                self._mirrored(ready, sources, rest)
            else:
                self._totalled(ready, sources, rest)

    def _of_others(self, wanted: Sequence[Cell]) -> list[Cell]:
        """The cells among what these need that other rows tell, and that are no columns yet."""
        needed = [c for c in ordered(wanted, self.names) if c not in self.names]
        return [c for c in needed if c.fn in ("mirror", "overall")]

    def _totalled(self, found: list[Cell], sources: list[Cell], rest: list[Cell]) -> None:
        """Each row with columns of what all rows of its key have."""
        if not self.numbers:
            self._numbered([c for c in (*sources, *rest) if c in self.names])
        part = (
            f"PARTITION BY {', '.join(self.dialect.quote(self.kept[k]) for k in self.source.key)}"
        )
        held = dict.fromkeys(self.names[c] for c in rest)
        columns = [self._plain(n) for n in (*self.keys, self.valid, *held)]
        quoted, names = self.quoted(), dict[Cell, str]()
        for cell in found:
            base = self.names.get(cell.args[0], "steps")
            names[cell] = self.columns.take(f"{base}_{cell.value}")
            text = self.spelled(cell.args[0], quoted)
            text = over_rows(self.dialect, cell.value, text, part, self.precision)
            columns.append(Column(names[cell], text, cell.truth))
        self.names = {c: self.names[c] for c in rest} | names
        self.add("totals", (), columns, Select(tuple(columns), Read(self.last)), len(found))

    def _mirrored(self, mirrors: list[Cell], sources: list[Cell], rest: list[Cell]) -> None:
        """Each row with columns of the one that is as far from the end as it from the start."""
        quote = self.dialect.quote
        numbered, mirrored = self._numbered([*sources, *rest]), self.relations.take("mirrored_rows")
        rows, other = quote(numbered), quote(mirrored)
        names = {m: self.columns.take(f"{self.names[m.args[0]]}_mirrored") for m in mirrors}
        held = [*self.keys, self.valid, *dict.fromkeys(self.names[c] for c in rest)]
        columns = [Column(n, f"{rows}.{quote(n)}") for n in held]
        columns += [
            Column(name, f"{other}.{quote(self.names[m.args[0]])}") for m, name in names.items()
        ]
        row, step, length = (f"{rows}.{quote(n)}" for n in (self.row, self.step, self.length))
        place = f"{row} + {length} - 2 * {step} + 1"
        join = Join(INNER, Read(numbered, mirrored), (f"{other}.{quote(self.row)} = {place}",))
        self.names = {c: self.names[c] for c in rest} | names
        self.add("mirrored", (), columns, Select(tuple(columns), Read(numbered), (join,)))

    def _numbered(self, wanted: Sequence[Cell]) -> str:
        """The rows with their numbers: a step that is read twice, and so computed once."""
        quote, order = self.dialect.quote, self.source.order
        names = dict.fromkeys([*self.keys, self.valid, *(self.names[c] for c in wanted)])
        columns = [Column(n, quote(n)) for n in names]
        keys = ", ".join(quote(self.kept[k]) for k in self.source.key)
        counted, own = self.dialect.counted, self.dialect.own
        row_number, count = own("row_number()"), own("count(*)")
        alone = order is not None and not self.graph.carried
        if order is None:
            columns.append(Column(self.row, counted(f"{row_number} OVER (ORDER BY {keys})")))
        elif not self.numbers:
            time, part = quote(self.kept[order.column]), f"PARTITION BY {keys}"
            length = f"{count} OVER ({part})"
            if order.both_ways or alone:
                until = part
                until += "" if order.both_ways else f" ORDER BY {time} ROWS UNBOUNDED PRECEDING"
                whole = own(f"count(CASE WHEN {self.holds(self.valid)} THEN 1 END) OVER ({until})")
                tests = [f"{whole} = {count} OVER ({until})"]
                tests += order.lengths(length) if alone else []
                columns[len(self.keys)] = Column(self.valid, " AND ".join(tests), truth=True)
            columns += [
                Column(self.row, counted(f"{row_number} OVER (ORDER BY {keys}, {time})")),
                Column(self.step, counted(f"{row_number} OVER ({part} ORDER BY {time})")),
                Column(self.length, counted(length)),
            ]
        if order is not None and (order.both_ways or alone) and not self.numbers:
            self.keys += [self.row, self.step, self.length]
            self.numbers = True
        self.add("numbered", (), columns, Select(tuple(columns), Read(self.last)), 1, shared=True)
        return self.last

    def _ends(self, answers: list[Cell]) -> None:
        """The last row of each key, unless all are wanted."""
        quote, order = self.dialect.quote, self.source.order
        if order is None or order.every:
            return
        cells = [c for c in ordered(answers, self.names) if c in self.names]
        held = dict.fromkeys([*self.keys, self.valid, *(self.names[c] for c in cells)])
        columns = [self._plain(n) for n in held]
        last = f"{quote(self.step)} = {quote(self.length)}"
        self.names = {c: self.names[c] for c in cells}
        self.add("ends", (), columns, Select(tuple(columns), Read(self.last), where=last))

    # -- the recursive step

    def _through(self, run: Run) -> None:
        """What one run of states needs, and the run."""
        limits, wanted = self.dialect.limits, list(dict.fromkeys([*run.inputs, *run.passed]))
        self._reach(wanted)
        self.write(schedule(wanted, limits, given=set(self.names), forced=set(wanted)))
        self.rows = self._numbered(wanted)
        given = set(run.inputs) | set(run.before)
        extra = [c for c in run.emitted if c not in run.after]
        plan = schedule([*run.after, *extra], limits, given=given)
        self.phased = self.by == "phases" and bool(plan.stages)
        self.relation = self.relations.take("recurrence")
        self.found = self._recurrence(run, plan, extra)

    def _recurrence(self, run: Run, plan: Schedule, extra: list[Cell]) -> dict[Cell, str]:
        """Write the step; returns the column of every cell that it hands on."""
        rows = self.rows
        base = Names.plain(self.layer.rsplit("/", 1)[0].rsplit("/", 1)[-1], "layer")
        states = [self.columns.take(f"{base}_state_{i}") for i in range(len(run.before))]
        extras = [self.columns.take(f"{base}_{i}") for i in range(len(extra))]
        outside = dict(self.names)
        # Of what was computed before, the recursive step sees these columns alone.
        self.names = {c: outside[c] for c in run.inputs}
        self.names.update(zip(run.before, states, strict=True))
        following = list(zip([*states, *extras], [*run.after, *extra], strict=True))
        middle: dict[str, Cell] = {}
        if self.phased:
            again, middle = self._phased(rows, plan, following)
        else:
            again = self._nested(run, plan, following)
        carried = dict(zip([*states, *extras], [*run.before, *extra], strict=True)) | middle
        start = self._start(rows, carried, phases=bool(middle))
        check_width(len(start.columns), f"step {self.relation}", self.dialect)
        names = tuple(column.name for column in start.columns)
        self.steps.append(Step(self.relation, Recursion(names, start, again)))
        self.infos.append(StepInfo(self.relation, (self.layer,), len(following), len(names)))
        self.names = outside
        found = dict(zip(extra, extras, strict=True))
        found.update(zip(run.after, states, strict=True))
        return found

    def _start(self, rows: str, carried: Mapping[str, Cell], phases: bool) -> Select:
        """Where nothing is computed yet: in front of the first row, or of that of each key."""
        dialect, quote = self.dialect, self.dialect.quote
        nothing = f"CAST(0 AS {dialect.types['int']})"
        zero = dialect.typed(0.0, self.precision)
        own = f"{quote(rows)}." if dialect.names.aliases_first else ""
        first = f"{own}{quote(self.row)} - 1" if self.sequence else nothing
        columns = [
            Column(self.row, first),
            *(Column(name, nothing) for name in self._counters(phases)[1:]),
            Column(self.valid, dialect.constants.true),
            *(
                Column(name, dialect.constants.false if cell.truth else zero)
                for name, cell in carried.items()
            ),
        ]
        if not self.sequence:
            return Select(tuple(columns))
        return Select(tuple(columns), Read(rows), where=f"{own}{quote(self.step)} = 1")

    @property
    def sequence(self) -> bool:
        """Whether every key begins anew."""
        return self.source.order is not None

    def _counters(self, phases: bool = False) -> list[str]:
        """The columns that tell where the recursion is."""
        step = [self.step] if self.sequence else []
        return [self.row, *step, *([self.phase] if phases else [])]

    def _next_row(self, columns: list[Column], rows: str) -> Select:
        """These columns of the row that was computed last, and of the one behind it."""
        quote = self.dialect.quote
        before, row = quote(self.relation), quote(rows)
        on = [
            f"{row}.{quote(counter)} = {before}.{quote(counter)} + 1"
            for counter in self._counters()
        ]
        return Select(tuple(columns), Read(self.relation), (Join(INNER, Read(rows), tuple(on)),))

    def _heads(self, rows: str) -> list[Column]:
        """Number and validity of the row that is computed."""
        quote = self.dialect.quote
        before = quote(self.relation)
        both = [self.holds(self.valid, of) for of in (before, quote(rows))]
        return [
            *(Column(counter, f"{before}.{quote(counter)} + 1") for counter in self._counters()),
            Column(self.valid, " AND ".join(both), truth=True),
        ]

    def _nested(self, run: Run, plan: Schedule, following: list[tuple[str, Cell]]) -> Select:
        """Selects inside one another, a level for each stage."""
        source: Select | None = None
        heads = self._heads(self.rows)
        kept_heads = [self._plain(name) for name in (*self._counters(), self.valid)]
        if self.by == "arrays":
            source, heads = self._row_from_arrays(run), kept_heads

        def around(columns: list[Column], inner: Select | None) -> Select:
            return Select(tuple(columns), inner) if inner else self._next_row(columns, self.rows)

        for i, stage in enumerate(plan.stages):
            passed = [c for c, last in plan.last_use.items() if last > i and c in self.names]
            kept = dict.fromkeys(self.names[c] for c in passed)
            _, fresh = self.fresh(plan, i)
            columns = [*heads, *map(self._plain, kept)]
            quoted = self.quoted()
            columns += [Column(fresh[c], self.spelled(c, quoted), c.truth) for c in stage.cells]
            self.names.update(fresh)
            source, heads = around(columns, source), kept_heads
        quoted = self.quoted()
        final = [*heads, *(Column(name, self.spelled(c, quoted), c.truth) for name, c in following)]
        return around(final, source)

    def _row_from_arrays(self, run: Run) -> Select:
        """A row found by its place in arrays, where a join would go through all rows anew."""
        quote, own = self.dialect.quote, self.dialect.own
        vectors = self.relations.take("vectors")
        number = quote(self.row)
        held = list(dict.fromkeys([self.valid, *(self.names[c] for c in run.inputs)]))
        read = [*self._counters()[1:], *held]
        count = self.columns.take("row_count")
        packed = [Column(n, own(f"array_agg({quote(n)} ORDER BY {number})")) for n in read]
        packed.append(Column(count, own("count(*)")))
        self.steps.append(Step(vectors, Select(tuple(packed), Read(self.rows)), shared=True))

        def at(name: str) -> str:
            return f"(SELECT {quote(name)} FROM {vectors})[{number} + 1]"

        whole = self.dialect.grammar.test.format(at(self.valid))
        columns = [
            *(Column(counter, f"{quote(counter)} + 1") for counter in self._counters()),
            Column(self.valid, f"{self.holds(self.valid)} AND {whole}", truth=True),
            *(self._plain(self.names[c]) for c in run.before),
            *(Column(n, at(n)) for n in held[1:]),
        ]
        where = [f"{number} < (SELECT {quote(count)} FROM {vectors})"]
        where += [f"{at(counter)} = {quote(counter)} + 1" for counter in self._counters()[1:]]
        return Select(
            tuple(columns), Read(self.relation), where=" AND ".join(where), also=(vectors,)
        )

    def _phased(
        self, rows: str, plan: Schedule, following: list[tuple[str, Cell]]
    ) -> tuple[Select, dict[str, Cell]]:
        """One select, that computes one stage at a time: phase 0 the first, and so on; the
        last phase sets the states and goes on to the next row."""
        quote = self.dialect.quote
        before, phase = quote(self.relation), f"{quote(self.relation)}.{quote(self.phase)}"
        last = len(plan.stages)
        done = f"CASE {phase} WHEN {last} THEN"
        truth = self.dialect.grammar.truth.format
        heads = [(c.name, truth(c.text) if c.truth else c.text) for c in self._heads(rows)]
        *marks, valid = (
            Column(name, f"{done} {text} ELSE {before}.{quote(name)} END") for name, text in heads
        )
        columns = [*marks, Column(self.phase, f"{done} 0 ELSE {phase} + 1 END"), valid]
        stages, middle = [], dict[str, Cell]()
        for i, stage in enumerate(plan.stages):
            _, fresh = self.fresh(plan, i)
            quoted = self.quoted()
            texts = [(fresh[c], i, self.as_value(c, quoted)) for c in stage.cells]
            self.names.update(fresh)
            middle.update((fresh[c], c) for c in stage.cells)
            stages += texts
        quoted = self.quoted()
        ends = [(name, last, self.as_value(c, quoted)) for name, c in following]
        for name, when, text in (*ends, *stages):
            whole = f"CASE {phase} WHEN {when} THEN{INDENT}{text}{INDENT}ELSE {quote(name)} END"
            columns.append(Column(name, whole))
        return self._next_row(columns, rows), middle

    def _rejoined(self, run: Run, first: bool, last: bool) -> None:
        """The rows again, now with what the recursion found; the `last` time only the last of
        each key, unless all are wanted."""
        quote, order = self.dialect.quote, self.source.order
        row, other = quote(self.rows), quote(self.relation)
        held = [*self.keys, *dict.fromkeys(self.names[c] for c in run.passed)]
        emitted = {c: self.found[c] for c in run.emitted}
        valid, where = [self.holds(self.valid, other)], ""
        if order is not None:
            length = f"{row}.{quote(self.length)}"
            valid += order.lengths(length) if first else []
            where = f"{row}.{quote(self.step)} = {length}" if last and not order.every else ""
        columns = [
            *(Column(n, f"{row}.{quote(n)}") for n in held),
            Column(self.valid, " AND ".join(valid), truth=True),
            *(Column(n, f"{other}.{quote(n)}") for n in dict.fromkeys(emitted.values())),
        ]
        on = [f"{other}.{quote(c)} = {row}.{quote(c)}" for c in self._counters()]
        on += [f"{other}.{quote(self.phase)} = 0"] if self.phased else []
        join = Join(INNER, Read(self.relation), tuple(on))
        self.names = {c: self.names[c] for c in run.passed} | emitted
        select = Select(tuple(columns), Read(self.rows), (join,), where)
        self.add("recurrent", (self.layer,), columns, select)

    def _plain(self, name: str) -> Column:
        return Column(name, self.dialect.quote(name))
