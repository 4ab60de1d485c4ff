"""The whole statement: features in columns, layers in rows, predictions in columns again."""

from __future__ import annotations

from dataclasses import replace

from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.loops import scans
from keras2sql.graph.pairs import paired
from keras2sql.lower.cells import Cell
from keras2sql.lower.guarded import guarded_rows
from keras2sql.lower.limits import BY_RECURSION, check_expansions
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.rows import blocks, keyed_trees, vectors
from keras2sql.lower.rows.body import Body
from keras2sql.lower.rows.constants import Constants
from keras2sql.lower.rows.entries import Entries
from keras2sql.lower.rows.keyed_trees import one_forest
from keras2sql.lower.rows.split import Split, split
from keras2sql.lower.scalars import Scalars
from keras2sql.lower.steps import schedule
from keras2sql.lower.writer import Writer
from keras2sql.sql.names import Names
from keras2sql.sql.tree import LEFT, Column, Join, Read, Select

# What steps call those that they read.
ALIASES = frozenset("acemnswx") | {f"b{n}" for n in range(1000)}

_ANOTHER_WAY = "choose the columns strategy, or another database"


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
    by = dialect.need(dialect.rows, "strategy of rows")
    keyed = None
    if by.keyed and wanted.by_key and wanted.source.key:
        keyed = one_forest(graph, parts, wanted.tail, wanted.arrays)
    can_recur = scans(wanted.graph) and dialect.recursion is not None
    instead = BY_RECURSION if can_recur else _ANOTHER_WAY
    if keyed is not None:
        return _Rows(wanted, keyed, instead, keyed=True).written()
    return _Rows(wanted, parts, instead).written()


class _Rows:
    """A statement whose layers are in rows: of the `parts` of a graph, `writer` writes the front
    and the tail in columns, and the body between them is written in rows.

    The rows of the source have a number, in the column `row`: among all others, or, if `keyed`,
    among those of their key.
    """

    def __init__(self, wanted: Lowering, parts: Split, instead: str, keyed: bool = False) -> None:
        self.wanted = wanted
        self.keyed = keyed
        self.parts = parts
        self.instead = instead
        self.dialect = wanted.dialect
        in_front = replace(wanted, graph=parts.front)
        self.writer = Writer(in_front, of_rows=True, taken=ALIASES, instead=instead)
        self.row = self.writer.columns.take("source_row")
        self.constants = Constants(self.writer, wanted.name, wanted.beside, wanted.schema)

    def written(self) -> Lowered:
        """The whole statement."""
        entries, body = self._write_front()
        if self.keyed:
            self._write_forest(entries, body)
        else:
            entries.write(body)
            self._write_body(body)
            self._write_tail(body)
        lowered = self.writer.finish(self.wanted.header)
        check_expansions(lowered.query, self.dialect, self.instead)
        return replace(lowered, tables=tuple(self.constants.stored), keyed=self.keyed)

    def _write_front(self) -> tuple[Entries, Body]:
        """Write the features, and what is computed of them in columns, for the body that
        follows."""
        writer = self.writer
        entries = Entries(writer, self.parts)
        asked = [*entries.cells, *writer.scalars.conditions]
        writer.write(schedule(asked, self.dialect.limits, forced=set(asked)))
        numbered = self._number_rows(entries.cells)
        has_lists = self.dialect.need(self.dialect.rows, "strategy of rows").lists is not None
        forms = vectors.FORMS if has_lists else blocks.FORMS
        body = Body(writer, self.parts, self.constants, numbered, self.row, forms)
        body.paired = paired(t for t in self.parts.body if t not in self.parts.entries)
        return entries, body

    def _number_rows(self, wanted: list[Cell]) -> str:
        """Write the rows of the source with a number, and the columns of these cells; returns the
        step."""
        writer = self.writer
        quote = self.dialect.quote
        quoted = writer.quoted()
        tests = dict.fromkeys(writer.spelled(cell, quoted) for cell in writer.scalars.conditions)
        valid = " AND ".join([writer.holds(writer.valid), *tests])

        read = list(dict.fromkeys(writer.names[cell] for cell in wanted))
        columns = [writer.plain(name) for name in dict.fromkeys([*writer.keys, *read])]
        columns.append(Column(writer.valid, valid, truth=True))
        order = f"PARTITION BY {writer.quoted_key}" if self.keyed else ""
        if self.dialect.steps.anew:
            # Computed anew for each step that reads it, the number must be the same each time;
            # rows with equal numbers for the model may change places.
            order = f"ORDER BY {', '.join(map(quote, [*read, writer.valid]))}"
        columns.append(Column(self.row, self.dialect.own(f"row_number() OVER ({order})")))
        select = Select(tuple(columns), Read(writer.last))
        writer.add("numbered", select, computed=1, shared=True)
        return writer.last

    def _write_forest(self, entries: Entries, body: Body) -> None:
        """Write the forest that is all of the body, and what is computed of it."""
        writer = self.writer
        columns = keyed_trees.write(body, entries, self.parts, self.row)
        writer.go_on_with(Scalars(self.parts.tail, self.dialect))
        plan = schedule(writer.answers, self.dialect.limits)
        for cell in plan.last_use:
            if cell.fn == "column":
                writer.names[cell] = columns[cell.value]
        writer.write(plan)

    def _write_body(self, body: Body) -> None:
        """Write its tensors, operands first: nothing calls itself as deep as a network is."""
        for t in self.parts.body:
            inside = t in self.parts.inner or t in body.paired
            written_by_its_reader = inside or isinstance(t.op, ops.Take)
            if not written_by_its_reader and not body.made(t):
                body.make(t)

    def _write_tail(self, body: Body) -> None:
        """Write what is computed of a few numbers, in columns."""
        writer = self.writer
        writer.go_on_with(Scalars(self.parts.tail, self.dialect))
        plan = schedule(writer.answers, self.dialect.limits)
        read = [cell for cell in plan.last_use if cell.fn == "column"]
        self._put_side_by_side(body, read)
        writer.write(plan)

    def _put_side_by_side(self, body: Body, read: list[Cell]) -> None:
        """The numbers that the tail reads, as columns of one row for each row of the source."""
        writer = self.writer
        numbers: list[Column] = []
        joined: list[str] = []
        for number, t in enumerate(self.parts.cuts):
            cells = [cell for cell in read if cell.value[0] == f"cut_{number}"]
            if cells:
                side, columns = self._columns_of(body, t, cells)
                joined.append(side)
                numbers += columns
        # Tensors of the same elements in other shapes are one step.
        joined = list(dict.fromkeys(joined)) + list(dict.fromkeys(body.conditions))

        quote = self.dialect.quote
        joins, tests = [], [body.valid]
        for step in joined:
            joins.append(Join(LEFT, Read(step), (f"{quote(step)}.r = n.{body.r}",)))
            tests.append(f"{quote(step)}.r IS NOT NULL")
        columns = [Column(name, f"n.{quote(name)}") for name in writer.keys]
        columns.append(Column(writer.valid, " AND ".join(tests), truth=True))
        columns += numbers
        select = Select(
            columns=tuple(columns),
            source=body.source,
            joins=tuple(joins),
        )
        writer.add("predictions", select, computed=len(numbers))

    def _columns_of(self, body: Body, t: Tensor, cells: list[Cell]) -> tuple[str, list[Column]]:
        """A step with a row for each row of the source, and columns of the elements of `t` that
        these cells are."""
        writer = self.writer
        base = Names.plain(t.layer.rsplit("/", 1)[-1], "layer")
        element_of: dict[str, int] = {}
        for cell in cells:
            _, element = cell.value
            writer.names[cell] = writer.columns.take(f"{base}_{element}")
            element_of[writer.names[cell]] = element
        side, texts = body.forms.beside(body, t, element_of)
        return side, [Column(name, text) for name, text in zip(element_of, texts, strict=True)]
