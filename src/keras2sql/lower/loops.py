"""Recurrences over the columns, or the array, of one row: turned into rows, and run by recursion.

Unrolled, a recurrence takes a few steps of the statement for each of its time steps.  Here the
steps of all sequences become rows of their own, a recursion goes through them, and what is
read of it, mostly the last state, comes back to the row of the sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keras2sql.graph import ops
from keras2sql.graph.core import Graph, Tensor, tensor
from keras2sql.graph.loops import begun_with, joined, one_step, scans
from keras2sql.graph.scan import Scan
from keras2sql.graph.simplify import simplify
from keras2sql.lower.cells import Cell, CellArray
from keras2sql.lower.columns import Writer
from keras2sql.lower.guarded import guarded
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering, no_recursion
from keras2sql.lower.recursive import Recursive
from keras2sql.lower.source import Order, Source
from keras2sql.lower.steps import ordered, schedule
from keras2sql.lower.text import INDENT, listed
from keras2sql.sql.names import Names
from keras2sql.sql.tree import CROSS, INNER, Column, Join, Read, Select, Step, Values


@dataclass(frozen=True, eq=False)
class _Series:
    """What a recurrence reads of each step, element by element; or the `array` of the source
    that holds these, where in it the first is, and how far they are apart."""

    cells: list[Cell]
    array: tuple[Cell, int, int] | None

    @property
    def same(self) -> bool:
        """Whether all steps read one and the same."""
        return len(set(self.cells)) == 1

    @property
    def made(self) -> list[Cell]:
        """What has to be a column for it."""
        if self.array is not None:
            return [self.array[0]]
        return [c for c in self.cells if c.fn != "const"]


def lower(wanted: Lowering) -> Lowered:
    """The statement for a graph with recurrences, from a row per sequence.

    Raises `DialectLimitError`, or `UnsupportedDialectError` where the database has no
    recursion.
    """
    if wanted.dialect.recursion is None:
        raise no_recursion("a loop over the steps of a row", wanted.dialect.title)
    return _Looped(wanted).run(wanted.header)


class _Looped(Writer):
    def __init__(self, wanted: Lowering) -> None:
        graph = simplify(joined(wanted.graph))
        self.loops, self.wanted = scans(graph), wanted
        opened, stand_ins, handed = _opened(graph, self.loops)
        opened = guarded(opened, wanted.dialect, stand_ins, handed)
        operands = [
            [opened.outputs[f"{_name(i)} {j}"] for j in range(len(t.inputs))]
            for i, t in enumerate(self.loops)
        ]
        super().__init__(replace(wanted, graph=replace(opened, inputs=graph.inputs)))
        self.reads = [
            self._read(t, [self.scalars.cells_of(one) for one in ones])
            for t, ones in zip(self.loops, operands, strict=True)
        ]
        for name in set(self.scalars.outputs) - set(graph.outputs):
            del self.scalars.outputs[name]
        self.number = self.columns.take("sequence_number")
        self.step = self.columns.take("step_number")

    def _read(self, loop: Tensor, cells: list[CellArray]) -> list[_Series]:
        """What the recurrence reads: an element of each step for each input of a step's graph."""
        assert isinstance(loop.op, Scan)
        steps, count = loop.inputs[0].shape[0], loop.op.sequences
        found = [list(one) for array in cells[:count] for one in array.reshape(steps, -1).T]
        begun = [cells[loop.inputs.index(t)] for t in begun_with(loop)]
        found += [[cell] * steps for array in begun for cell in array.reshape(-1)]
        return [_Series(one, self._array_of(one)) for one in found]

    def run(self, header: tuple[str, ...]) -> Lowered:
        """The whole statement."""
        answers = [*self.scalars.outputs.values(), *self.scalars.conditions]
        for place in range(len(self.loops)):
            later = [c for reads in self.reads[place + 1 :] for one in reads for c in one.made]
            wanted = ordered([*answers, *later], self.names)
            picked = [c for c in wanted if c.fn == "column" and c.value[0] == _name(place)]
            if picked:
                self._loop(place, sorted(picked, key=lambda c: c.value[1]), wanted)
        given = set(self.names)
        self.write(schedule(answers, self.dialect.limits, given=given, divided=True))
        return self.finish(header)

    def _loop(self, place: int, picked: list[Cell], wanted: list[Cell]) -> None:
        """One recurrence: its sequences as columns, as rows, the recursion, and back."""
        loop, series = self.loops[place], self.reads[place]
        graph = one_step(loop, _elements(loop, picked))
        computed = [t for t in graph.inputs if t.kind == "float"]
        graph = guarded(graph, self.dialect, computed, list(graph.outputs))
        made = list(dict.fromkeys(c for one in series for c in one.made))
        later = {_name(i) for i in range(place, len(self.loops))}
        rest = [
            c
            for c in wanted
            if c in self.names or c in made or (c.fn == "column" and c.value[0] not in later)
        ]
        roots = list(dict.fromkeys([*made, *rest]))
        given = set(self.names)
        self.write(schedule(roots, self.dialect.limits, given=given, forced=set(made)))
        feeds = self._numbered(series, rest)
        wide = self.last
        inner = _Loop(self, graph, feeds, loop)
        told = inner.told(picked)
        self._back(wide, inner.last, rest, dict(zip(picked, told, strict=True)))

    def _array_of(self, series: list[Cell]) -> tuple[Cell, int, int] | None:
        """The array of the source that holds these elements, where the first is and how far
        they are apart; None where they are not of one array, or not evenly apart."""
        values = [c.value for c in series if c.fn == "column"]
        if len(values) < len(series) or len(series) < 2 or values[0][0] not in self.arrays:
            return None
        name, first = values[0]
        apart = values[1][1] - first
        if values != [(name, first + i * apart) for i in range(len(series))]:
            return None
        return self.scalars.cells.whole(name), first, apart

    # -- a row per sequence, and a row per step

    def _numbered(self, series: list[_Series], rest: list[Cell]) -> list[str]:
        """The rows with a number each, of which those of the steps are made; and how each of
        the series is spelled there.  It is read twice, and so computed once."""
        quote, dialect = self.dialect.quote, self.dialect
        held = dict.fromkeys(self.names[c] for c in rest)
        packed: list[Column] = []
        feeds = []
        for one in series:
            if one.array is not None:
                feeds.append(self._element(*one.array))
            elif one.same:
                feeds.append(self._spelled(one.cells[0]))
            elif dialect.arrays is not None:
                feeds.append(self._packed(one.cells, packed))
            else:
                feeds.append(self._choice(one.cells))
            if one.array or one.same or dialect.arrays is None:
                held |= dict.fromkeys(self.names[c] for c in one.made)
        keys = ", ".join(quote(self.kept[k]) for k in self.source.key)
        number = dialect.counted(dialect.own(f"row_number() OVER (ORDER BY {keys})"))
        # Rows of one key could change their numbers where this is computed anew.
        alone = dialect.own(f"count(*) OVER (PARTITION BY {keys}) = 1")
        valid = f"{self.holds(self.valid)} AND {alone}"
        if self.number in self.keys:
            number, valid = quote(self.number), self.holds(self.valid)
        own = [k for k in self.keys if k != self.number]
        columns = [
            *(Column(n, quote(n)) for n in own),
            Column(self.number, number),
            Column(self.valid, valid, truth=True),
            *(Column(n, quote(n)) for n in held),
            *packed,
        ]
        self.keys = [*own, self.number]
        self.add("sequences", (), columns, Select(tuple(columns), Read(self.last)), 1, shared=True)
        return feeds

    def _spelled(self, cell: Cell) -> str:
        """A cell that is a column, or a constant."""
        quoted = self.quoted()
        return quoted.get(cell) or self.speller.text(cell, quoted)

    def _packed(self, cells: list[Cell], packed: list[Column]) -> str:
        """The element of the step, of an array made of these."""
        name, quote = self.columns.take("series"), self.dialect.quote
        arrays = self.dialect.need(self.dialect.arrays, "arrays")
        array = arrays.listed.format(listed([self._spelled(c) for c in cells]))
        packed.append(Column(name, array))
        return arrays.element.format(quote(name), place=quote(self.step))

    def _choice(self, cells: list[Cell]) -> str:
        """The one of the step."""
        whens = [f"WHEN {i} THEN {self._spelled(c)}" for i, c in enumerate(cells, 1)]
        return INDENT.join([f"CASE {self.dialect.quote(self.step)}", *whens, "END"])

    def _element(self, array: Cell, first: int, apart: int) -> str:
        """The element of the step of an array that the source holds."""
        step = self.dialect.quote(self.step)
        place = step if apart == 1 else f"{apart} * {step}"
        moved = first + 1 - apart
        place += f" + {moved}" if moved > 0 else f" - {-moved}" if moved < 0 else ""
        element = self.dialect.need(self.dialect.arrays, "arrays").element
        text = element.format(self.dialect.quote(self.names[array]), place=place)
        kind = next(t.kind for t in self.graph.inputs if t.layer == array.value[0])
        return text if kind == "str" else self.number_of(kind, text)

    def _back(self, wide: str, loop: str, rest: list[Cell], told: dict[Cell, str]) -> None:
        """The rows of the sequences again, with what the recursion told."""
        quote = self.dialect.quote
        row, other, number = quote(wide), quote(loop), quote(self.number)
        self.names = {c: self.names[c] for c in rest}
        held = [*self.keys, *dict.fromkeys(self.names.values())]
        valid = f"{self.holds(self.valid, row)} AND {self.holds(self.valid, other)}"
        columns = [
            *(Column(n, f"{row}.{quote(n)}") for n in held),
            Column(self.valid, valid, truth=True),
            *(Column(n, f"{other}.{quote(n)}") for n in told.values()),
        ]
        join = Join(INNER, Read(loop), (f"{other}.{number} = {row}.{number}",))
        self.names |= told
        select = Select(tuple(columns), Read(wide), (join,))
        self.add("looped", (), columns, select, len(told))


class _Loop(Recursive):
    """One recurrence over the steps of all rows; the steps that it writes are those of `outer`."""

    def __init__(self, outer: _Looped, graph: Graph, feeds: list[str], loop: Tensor) -> None:
        order = Order(outer.step, every=True)
        source = Source(f'"{outer.last}"', (outer.number,), {}, order=order)
        inside = replace(outer.wanted, graph=graph, source=source, gathered=frozenset())
        super().__init__(inside)
        self.steps, self.infos = outer.steps, outer.infos
        self.columns, self.relations = outer.columns, outer.relations
        self.valid, self.number, self.step = outer.valid, outer.number, outer.step
        self.loop, self.count = loop, loop.inputs[0].shape[0]
        self.row = self.columns.take("row_number")
        self.length = self.columns.take("step_count")
        self.phase = self.columns.take("phase")
        self.kept = {n: n for n in (self.number, self.step)}
        self.keys, self.numbers = [self.number, self.row, self.step, self.length], True
        self._tables()
        self._unfold(outer.last, feeds)

    def _unfold(self, wide: str, feeds: list[str]) -> None:
        """A row for each step of each sequence."""
        dialect, quote = self.dialect, self.dialect.quote
        counts = self.relations.take("step_numbers")
        numbers = tuple((str(i),) for i in range(1, self.count + 1))
        self.steps.append(Step(counts, Values((self.step,), numbers)))
        cells = [c for t in self.graph.inputs for c in self.scalars.cells_of(t).reshape(-1)]
        first = [f"{quote(self.step)} = 1"] if begun_with(self.loop) else []
        texts = [*feeds, *first]
        names = [self.columns.take(Names.plain(c.value[0], "x")) for c in cells]
        self.names = dict(zip(cells, names, strict=True))
        tests = [self.holds(self.valid)]
        for cell, text in zip(cells, texts, strict=True):
            rows = self.scalars.ids.get(cell.value)
            tests += [] if rows is None else [f"{text} > -1 AND {text} < {rows}"]
        number, step = quote(self.number), quote(self.step)
        columns = [
            Column(self.number, number),
            Column(self.row, dialect.counted(f"({number} - 1) * {self.count} + {step}")),
            Column(self.step, dialect.counted(step)),
            Column(self.length, dialect.counted(f"{self.count}")),
            Column(self.valid, " AND ".join(tests), truth=True),
            *(Column(n, text) for n, text in zip(names, texts, strict=True)),
        ]
        join = Join(CROSS, Read(counts))
        self.add("steps", (), columns, Select(tuple(columns), Read(wide), (join,)))

    def told(self, picked: list[Cell]) -> list[str]:
        """Run, and end in a step with a row per sequence; the columns of these elements of the
        recurrence in it."""
        quote, own, conditions = self.dialect.quote, self.dialect.own, self.scalars.conditions
        places = [_place(self.loop, c) for c in picked]
        every = bool(conditions) or any(step < self.count for step, _ in places)
        assert self.source.order is not None
        self.source = replace(self.source, order=replace(self.source.order, every=every))
        outputs = self.scalars.outputs
        answers = [*outputs.values(), *conditions]
        self.go_through(answers)
        self.write(schedule(answers, self.dialect.limits, given=set(self.names)))
        quoted = self.quoted()
        texts = {name: self.spelled(cell, quoted) for name, cell in outputs.items()}
        tests = [self.spelled(c, quoted) for c in conditions]
        valid = " AND ".join([self.holds(self.valid), *tests])
        if every:
            valid = f"{own('count')}(CASE WHEN {valid} THEN 1 END) = {own('count(*)')}"
        base = Names.plain(self.layer.rsplit("/", 1)[0].rsplit("/", 1)[-1], "loop")
        columns = [Column(self.number, quote(self.number)), Column(self.valid, valid, truth=True)]
        names = []
        for step, element in places:
            text = texts[f"loop_{element}"]
            if every:
                text = own(f"max(CASE {quote(self.step)} WHEN {step} THEN {text} END)")
                missing = self.dialect.numbers.missing
                text = text if missing == "NULL" else f"coalesce({text}, {missing})"
            names.append(self.columns.take(base))
            columns.append(Column(names[-1], text))
        select = Select(tuple(columns), Read(self.last), group=(1,) if every else ())
        self.add("told", (), columns, select, len(names))
        return names


def _name(place: int) -> str:
    """The input that stands for a recurrence."""
    return f"loop {place}"


def _opened(graph: Graph, loops: list[Tensor]) -> tuple[Graph, list[Tensor], list[str]]:
    """The graph with an input in the place of each recurrence, these inputs, and the names of
    further outputs, which are the operands of each."""
    stand_ins = {t: tensor(ops.Input(_name(i), t.shape), (), _name(i)) for i, t in enumerate(loops)}
    extra = {f"{_name(i)} {j}": one for i, t in enumerate(loops) for j, one in enumerate(t.inputs)}
    whole = graph.returning({**graph.outputs, **extra})
    opened = whole.rewrite(lambda t, original: stand_ins.get(original, t))
    inputs = (*graph.inputs, *stand_ins.values())
    return replace(opened, inputs=inputs), list(stand_ins.values()), list(extra)


def _place(loop: Tensor, cell: Cell) -> tuple[int, int]:
    """At which step an element of a recurrence is computed, and where in what the step gives."""
    assert isinstance(loop.op, Scan)
    steps, width = loop.inputs[0].shape[0], loop.op.body.outputs["y"].size
    step, element = divmod(cell.value[1], width)
    return (step + 1, element) if step < steps else (steps, cell.value[1] - (steps - 1) * width)


def _elements(loop: Tensor, picked: Iterable[Cell]) -> list[int]:
    return sorted({_place(loop, c)[1] for c in picked})
