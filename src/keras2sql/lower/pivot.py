"""Sequences of a fixed length side by side: a row per time step becomes columns of one row.

For models that look at the steps in another way than one after the other: in both
directions, by windows, by attention.
"""

from __future__ import annotations

from keras2sql.dialects.base import Dialect
from keras2sql.graph.core import Graph
from keras2sql.graph.ops import Input
from keras2sql.lower.columns import Lowered, Writer
from keras2sql.lower.source import Names, Order, Source
from keras2sql.lower.steps import Schedule, schedule
from keras2sql.lower.text import bracketed
from keras2sql.sql.tree import Column, Select


def lower(
    graph: Graph,
    source: Source,
    dialect: Dialect,
    precision: str = "double",
    header: tuple[str, ...] = (),
    packed: bool = False,
) -> Lowered:
    """Lower a graph whose inputs hold all time steps, from a table with a row for each.

    `source.features` has a name for every element of an input, step by step.  Raises
    `DialectLimitError`.
    """
    writer = _Pivoted(graph, source, dialect, precision, packed)
    answers = [*writer.scalars.outputs.values(), *writer.scalars.conditions]
    writer.write(schedule(answers, dialect.limits))
    return writer.finish(header)


class _Pivoted(Writer):
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
        tests = dict.fromkeys(
            test
            for i in range(len(features))
            for test in self._tests(tensor, i, self.raw(features[i]))
        )
        place, length = self.columns.take("step_number"), self.columns.take("step_count")
        part = "PARTITION BY " + ", ".join(map(self.raw, self.source.key))
        columns = [
            *(Column(name, self.raw(raw)) for raw, name in self.kept.items()),
            *(Column(names[f], self._number(tensor.kind, self.raw(f))) for f in distinct),
            Column(self.valid, bracketed(list(tests), 16, " AND ")),
            Column(place, f"row_number() OVER ({part} ORDER BY {self.raw(order.column)})"),
            Column(length, f"count(*) OVER ({part})"),
        ]
        relation = self.source.relation(self.dialect)
        note = self.dialect.note(self.packed)
        self.add("features", (), columns, Select(tuple(columns), relation), comment=note)
        self._side_by_side(plan, order, width, names, (place, length))

    def _side_by_side(
        self,
        plan: Schedule,
        order: Order,
        width: int,
        names: dict[str, str],
        marks: tuple[str, str],
    ) -> None:
        quote = self.dialect.quote
        place, length = map(quote, marks)
        keys = [self.kept[k] for k in self.source.key]
        columns = [Column(k, quote(k)) for k in keys]
        for raw in self.source.shown[len(keys) :]:
            kept = self.kept[raw]
            last = f"max(CASE WHEN {place} = {length} THEN {quote(kept)} END)"
            columns.append(Column(kept, last))
        whole = [f"count(CASE WHEN {quote(self.valid)} THEN 1 END) = count(*)"]
        whole += [f"count(*) >= {order.least}"] if order.least > 1 else []
        whole += [f"count(*) <= {order.most}"] if order.most is not None else []
        columns.append(Column(self.valid, " AND ".join(whole)))
        found: dict[tuple[int, str], str] = {}
        for cell in plan.last_use:
            if cell.fn != "column":
                continue
            step, at = divmod(cell.value[1], width)
            raw = self.source.features[cell.value[0]][at]
            if (step, raw) not in found:
                name = self.columns.take(f"{names[raw]}_{step + 1}")
                text = f"max(CASE {place} WHEN {step + 1} THEN {quote(names[raw])} END)"
                if order.padding is not None:
                    padding = self.dialect.typed(order.padding, self.precision)
                    text = f"coalesce({text}, {padding})"
                columns.append(Column(name, text))
                found[step, raw] = name
            self.names[cell] = found[step, raw]
        group = f"GROUP BY {', '.join(map(quote, keys))}"
        self.keys = [*keys, *(self.kept[raw] for raw in self.source.shown[len(keys) :])]
        self.add("sequences", (), columns, Select(tuple(columns), quote(self.last), (group,)))
