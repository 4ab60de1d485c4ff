"""Sequences of a fixed length side by side: a row per time step becomes columns of one row.

For models that look at the steps in another way than one after the other: by windows, by
attention.  Where the result has a row for each step, the rows take their steps back in the end.
"""

from __future__ import annotations

from dataclasses import replace

from keras2sql.graph.ops import Input
from keras2sql.lower.cells import Cell
from keras2sql.lower.columns import Writer
from keras2sql.lower.features import no_codes
from keras2sql.lower.guarded import guarded
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.source import Order
from keras2sql.lower.steps import Schedule, ordered, schedule
from keras2sql.lower.text import INDENT, bracketed
from keras2sql.sql.names import Names
from keras2sql.sql.tree import INNER, Column, Join, Read, Select


def lower(wanted: Lowering) -> Lowered:
    """Lower a graph whose inputs hold all time steps, from a table with a row for each.

    `source.features` has a name for every element of an input, step by step.  Raises
    `DialectLimitError`.
    """
    source, dialect = wanted.source, wanted.dialect
    writer = _Pivoted(replace(wanted, graph=guarded(wanted.graph, dialect)))
    answers = [*writer.scalars.outputs.values(), *writer.scalars.conditions]
    assert source.order is not None
    if source.order.every:
        writer.spread(answers)
    writer.write(schedule(answers, dialect.limits, given=set(writer.names)))
    return writer.finish(wanted.header)


class _Pivoted(Writer):
    def spread(self, answers: list[Cell]) -> None:
        """Write what is computed of whole sequences, and then a row for each of their steps."""
        picks = [c for c in ordered(answers) if c.fn == "pick"]
        steps = [a for c in picks for a in c.args if a.fn != "const"]
        held = list(dict.fromkeys([*steps, *self.scalars.conditions]))
        self.write(schedule(held, self.dialect.limits, forced=set(held)))
        quote = self.dialect.quote
        rows, whole, number = quote(self.rows), quote(self.last), quote(self.number)
        quoted = self.quoted(whole)
        self.keys = list(self.kept.values())
        conditions = list(dict.fromkeys(self.names[c] for c in self.scalars.conditions))
        columns = [Column(n, f"{rows}.{quote(n)}") for n in self.keys]
        columns += [Column(n, f"{whole}.{quote(n)}") for n in [self.valid, *conditions]]
        fresh = {c: self.columns.take(f"of_step_{i}") for i, c in enumerate(picks)}
        for cell, name in fresh.items():
            told = [self.as_value(a, quoted) for a in cell.args]
            texts = [f"WHEN {i} THEN {text}" for i, text in enumerate(told, 1)]
            place = f"CASE {rows}.{quote(self.place)}"
            columns.append(Column(name, INDENT.join([place, *texts, "END"])))
        join = Join(INNER, Read(self.last), (f"{whole}.{number} = {rows}.{number}",))
        self.names = {c: self.names[c] for c in self.scalars.conditions} | fresh
        select = Select(tuple(columns), Read(self.rows), (join,))
        self.add("steps", (), columns, select, len(picks))

    def _features(self, plan: Schedule) -> None:
        """Two steps: numbers with their place in the sequence, then a row for each key."""
        order = self.source.order
        assert order is not None
        ((tensor, features),) = (
            (t, self.source.features[t.op.name])
            for t in self.graph.inputs
            if isinstance(t.op, Input)
        )
        steps = tensor.shape[0]
        width = len(features) // steps
        distinct = dict.fromkeys(features[:width])
        names = {f: self.columns.take(Names.plain(f, "x")) for f in distinct}
        spelled = {f: self.source.feature(f, self.dialect) for f in distinct}
        tests = dict.fromkeys(
            test
            for i in range(len(features))
            for test in self._tests(tensor, i, spelled[features[i]])
        )
        tests |= dict.fromkeys(no_codes(self.dialect, [(tensor, spelled.values())]))
        self.place, length = self.columns.take("step_number"), self.columns.take("step_count")
        self.number = self.columns.take("sequence_number")
        keys = ", ".join(map(self.raw, self.source.key))
        part, own = f"PARTITION BY {keys}", self.dialect.own
        ordered_part = f"{part} ORDER BY {self.raw(order.column)}"
        columns = [
            *(Column(name, self.raw(raw)) for raw, name in self.kept.items()),
            *(Column(names[f], self.number_of(tensor.kind, spelled[f])) for f in distinct),
            Column(self.valid, bracketed(list(tests), 16, " AND "), truth=True),
            Column(self.place, own(f"row_number() OVER ({ordered_part})")),
            Column(length, own(f"count(*) OVER ({part})")),
        ]
        if order.every:  # by a number, as keys may be NULL
            columns.append(Column(self.number, own(f"dense_rank() OVER (ORDER BY {keys})")))
        note = self.dialect.note(self.packed)
        select = Select(tuple(columns), self.source.rows(self.dialect))
        self.add("features", (), columns, select, shared=order.every, comment=note)
        self.rows = self.last
        self._side_by_side(plan, order, width, names, length)

    def _side_by_side(
        self,
        plan: Schedule,
        order: Order,
        width: int,
        names: dict[str, str],
        length: str,
    ) -> None:
        quote, own = self.dialect.quote, self.dialect.own
        place, keys = quote(self.place), [self.kept[k] for k in self.source.key]
        passed = [self.kept[raw] for raw in self.source.shown[len(keys) :]]
        if order.every:
            keys, passed = [self.number], []
        columns = [Column(k, quote(k)) for k in keys]
        for kept in passed:
            last = f"max(CASE WHEN {place} = {quote(length)} THEN {quote(kept)} END)"
            columns.append(Column(kept, own(last)))
        count = own("count(*)")
        whole = [f"{own('count')}(CASE WHEN {self.holds(self.valid)} THEN 1 END) = {count}"]
        whole += [f"{count} >= {order.least}"] if order.least > 1 else []
        whole += [f"{count} <= {order.most}"] if order.most is not None else []
        columns.append(Column(self.valid, " AND ".join(whole), truth=True))
        filler = order.padding
        if filler is None and self.packed and self.graph.inputs[0].kind != "str":
            filler = 0.0  # such a key has no prediction, but a product of arrays would raise
        found: dict[tuple[int, str], str] = {}
        for cell in plan.last_use:
            if cell.fn != "column":
                continue
            step, at = divmod(cell.value[1], width)
            raw = self.source.features[cell.value[0]][at]
            if (step, raw) not in found:
                name = self.columns.take(f"{names[raw]}_{step + 1}")
                text = own(f"max(CASE {place} WHEN {step + 1} THEN {quote(names[raw])} END)")
                if filler is not None:
                    padding = self.dialect.typed(filler, self.precision)
                    text = f"coalesce({text}, {padding})"
                columns.append(Column(name, text))
                found[step, raw] = name
            self.names[cell] = found[step, raw]
        self.keys = [*keys, *passed]
        select = Select(tuple(columns), Read(self.last), group=tuple(range(1, len(keys) + 1)))
        self.add("sequences", (), columns, select)
