"""The whole statement: features in columns, layers in rows, predictions in columns again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.loops import scans
from keras2sql.lower.cells import Cell
from keras2sql.lower.columns import Writer
from keras2sql.lower.guarded import guarded_rows
from keras2sql.lower.limits import BY_RECURSION, check_expansions
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.rows import blocks, vectors
from keras2sql.lower.rows.body import Body
from keras2sql.lower.rows.constants import Constants
from keras2sql.lower.rows.split import Split, split
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.steps import schedule
from keras2sql.sql.names import Names
from keras2sql.sql.tree import (
    LEFT,
    Column,
    Join,
    Product,
    Read,
    Relation,
    Select,
    Unnested,
    aliased,
)

# What steps call those that they read.
ALIASES = frozenset("acemnswx") | {f"b{n}" for n in range(1000)}


def lower(wanted: Lowering) -> Lowered:
    """The statement in rows.

    Raises `DialectLimitError` as the columns strategy does, and `UnsupportedDialectError`
    where rows follow each other.
    """
    if wanted.goes_from_row_to_row:
        raise UnsupportedDialectError(
            "the rows strategy takes one row of the source at a time; a state or a sequence that "
            "goes from row to row needs the columns or the arrays strategy"
        )
    dialect = wanted.dialect
    graph, nans = guarded_rows(wanted.graph, dialect)
    parts = replace(split(graph, wanted.tail, wanted.arrays), nans=nans)
    rows = _Rows(parts, replace(wanted, graph=parts.front))
    if scans(wanted.graph) and dialect.recursion is not None:
        rows.instead = BY_RECURSION
    return rows.run(wanted)


class _Rows(Writer):
    def __init__(self, parts: Split, wanted: Lowering) -> None:
        super().__init__(wanted, of_rows=True)
        self.lists = self.dialect.need(self.dialect.rows, "strategy of rows").lists
        self.parts = parts
        self.relations = Names({*wanted.source.words(), *ALIASES})
        self.row = self.columns.take("source_row")
        self.instead = "choose the columns strategy, or another database"

    def run(self, how: Lowering) -> Lowered:
        """The whole statement."""
        parts, constants = self.parts, Constants(self, how.name, how.beside)
        front = dict(self.scalars.outputs)
        held = {n: self._in_array(t) for n, t in enumerate(parts.entries)}
        arrays = [c for c in held.values() if c is not None]
        wanted = [*arrays, *(c for c in front.values() if c.fn != "const")]
        asked = [*wanted, *self.scalars.conditions]
        self.write(schedule(asked, self.dialect.limits, forced=set(asked)))
        numbered = self._numbered(wanted)
        forms = blocks.FORMS if self.lists is None else vectors.FORMS
        body = Body(self, parts, constants, numbered, self.row, forms)
        for number, t in enumerate(parts.entries):
            array = held[number]
            if array is not None:
                body.forms.from_array(body, t, f"n.{self.quoted()[array]}")
            else:
                cells = [front[f"{number}_{i}"] for i in range(t.size)]
                self._entry(body, t, cells)
        for t in parts.body:  # operands first: nothing calls itself as deep as a network is
            if t not in parts.inner and not isinstance(t.op, ops.Take) and not body.made(t):
                body.make(t)
        self.names = {}
        self.scalars = Scalars(parts.tail, self.dialect)
        self._tables()
        answers = [*self.scalars.outputs.values(), *self.scalars.conditions]
        plan = schedule(answers, self.dialect.limits)
        read = [c for c in plan.last_use if c.fn == "column"]
        self._side_by_side(body, numbered, read)
        self.write(plan)
        made = self.finish(how.header)
        check_expansions(made.query, self.dialect, self.instead)
        return replace(made, tables=tuple(constants.stored))

    def _numbered(self, wanted: list[Cell]) -> str:
        quoted, quote = self.quoted(), self.dialect.quote
        names = dict.fromkeys([*self.keys, *(self.names[c] for c in wanted)])
        tests = dict.fromkeys(self.spelled(c, quoted) for c in self.scalars.conditions)
        columns = [Column(n, quote(n)) for n in names]
        valid = " AND ".join([self.holds(self.valid), *tests])
        columns.append(Column(self.valid, valid, truth=True))
        # Computed anew for each step that reads it, the number must be the same each time; rows
        # with equal numbers for the model may change places.
        read = [*dict.fromkeys(self.names[c] for c in wanted), self.valid]
        order = f"ORDER BY {', '.join(map(quote, read))}" if self.dialect.steps.anew else ""
        columns.append(Column(self.row, self.dialect.own(f"row_number() OVER ({order})")))
        select = Select(tuple(columns), Read(self.last))
        self.add("numbered", (), columns, select, 1, shared=True)
        return self.last

    def _entry(self, body: Body, t: Tensor, cells: list[Cell]) -> None:
        """Rows of a tensor that columns hold."""
        quoted = self.quoted("n")
        values = [self.as_value(c, quoted) for c in cells]
        r = f"n.{body.r}"
        arrays = self.dialect.arrays
        listed = arrays.listed.format(", ".join(values)) if arrays else ""
        if self.lists is not None and t.kind == "float":
            body.forms.from_array(body, t, listed)
            return
        if arrays is not None and arrays.unnest:
            source: Relation = Product(body.source, Unnested(listed))
            place, value = "e.n - 1", "e.v"
        else:
            span = body.table(t.layer, ("i",), i=np.arange(t.size))
            source = Product(body.source, aliased(span, "s"))
            place, value = "s.i", self._picked(values)
        columns = (Column("r", r), Column("i", place), Column("v", value))
        select = Select(columns, source, where=body.valid)
        body.steps[t] = body.add(t, "elements", select, shared=True)

    def _in_array(self, t: Tensor) -> Cell | None:
        """The array in which the source has all of an input."""
        if not isinstance(t.op, ops.Input) or t.op.name not in self.arrays:
            return None
        return self.scalars.cells.intern("column", (), (t.op.name, None))

    def _picked(self, values: list[str]) -> str:
        """The value at s.i, found in two steps."""
        size = max(1, int(len(values) ** 0.5))

        def chosen(place: str, texts: list[str]) -> str:
            cases = [f"WHEN {n} THEN {text}" for n, text in enumerate(texts)]
            return f"CASE {place} {' '.join(cases)} END"

        if len(values) < 16:
            return chosen("s.i", values)
        inner = [
            chosen(f"s.i % {size}", values[start : start + size])
            for start in range(0, len(values), size)
        ]
        return chosen(self.dialect.numbers.quotient.format("s.i", size), inner)

    def _side_by_side(self, body: Body, numbered: str, read: list[Cell]) -> None:
        """The numbers that the tail reads, as columns of one row for each row of the source."""
        quote = self.dialect.quote
        columns = [Column(n, f"n.{quote(n)}") for n in self.keys]
        joins, tests = [], [body.valid]
        found: list[Column] = []
        for number, t in enumerate(self.parts.cuts):
            cells = [c for c in read if c.value[0] == f"cut_{number}"]
            if not cells:
                continue
            base = Names.plain(t.layer.rsplit("/", 1)[-1], "layer")
            names = [self.columns.take(f"{base}_{cell.value[1]}") for cell in cells]
            self.names.update(zip(cells, names, strict=True))
            side, values = body.forms.beside(
                body, t, {n: c.value[1] for n, c in zip(names, cells, strict=True)}
            )
            found += [Column(n, value) for n, value in zip(names, values, strict=True)]
            joins.append(self._beside(side, body))
            tests.append(f"{quote(side)}.r IS NOT NULL")
        # Tensors of the same elements in other shapes are one step.
        joins, tests = list(dict.fromkeys(joins)), list(dict.fromkeys(tests))
        for step in dict.fromkeys(body.conditions):
            joins.append(self._beside(step, body))
            tests.append(f"{quote(step)}.r IS NOT NULL")
        columns += [Column(self.valid, " AND ".join(tests), truth=True), *found]
        select = Select(tuple(columns), body.source, tuple(joins))
        self.add("predictions", (), columns, select, len(found))

    def _beside(self, step: str, body: Body) -> Join:
        """What a step has for the row of the source, if anything."""
        return Join(LEFT, Read(step), (f"{self.dialect.quote(step)}.r = n.{body.r}",))
