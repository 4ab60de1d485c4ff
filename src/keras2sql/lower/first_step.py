"""The first step: keys as they are, features as numbers, and whether each of them is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras2sql.graph.core import Tensor
from keras2sql.graph.incomplete import may_miss
from keras2sql.lower import array_columns, features
from keras2sql.lower.source import from_step
from keras2sql.lower.steps import Schedule
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Read, Relation, Select

if TYPE_CHECKING:
    from keras2sql.lower.writer import Writer


@dataclass(frozen=True)
class _Element:
    """An element of an input by its `position`, None for the array of all; a `name` for it, and
    the source column that has it, spelled."""

    position: int | None
    name: str
    raw: str


@dataclass(frozen=True)
class _Source:
    """What the first step reads: a `relation`, of which `keys` are handed on; `called` has the
    columns of the features in it, empty where they have their own names."""

    relation: Relation
    keys: list[Column]
    called: dict[str, str]


def write(writer: Writer, plan: Schedule) -> None:
    """Write the step, with those features as columns that a plan reads, under plain names.

    Features that are not used must be numbers, too: whether a row has a prediction does not depend
    on the strategy.
    """
    if writer.gathered:
        _gather(writer)
    source = _source(writer)
    columns = [*source.keys, *_columns_read(writer, plan, source)]
    tests = dict.fromkeys(_tests(writer, source))
    columns.append(Column(writer.valid, features.every(tests), truth=True))
    select = Select(tuple(columns), source.relation)
    note = writer.dialect.note(writer.packed)
    writer.add("features", select, comment=note)


def _gather(writer: Writer) -> None:
    """Write a step that makes arrays of the columns of some inputs; it is the source from then
    on."""
    select, arrays = array_columns.gather(
        writer.gathered,
        writer.graph.inputs,
        writer.source,
        writer.dialect,
        writer.type,
    )
    writer.add("gathered", select)
    writer.source = from_step(writer.source, writer.last, arrays)


def _source(writer: Writer) -> _Source:
    """The source itself, or where it has arrays a step in which they are whole."""
    if not writer.source.arrays:
        relation = writer.source.rows(writer.dialect)
        return _Source(relation, writer.source_keys(), {})
    select, called = array_columns.select(
        writer.graph.inputs,
        writer.source,
        writer.dialect,
        precision=writer.precision,
        kept=writer.kept,
        columns=writer.columns,
        gathered=writer.gathered,
    )
    writer.add("arrays", select)
    keys = [writer.plain(name) for name in writer.keys]
    return _Source(Read(writer.last), keys, called)


def _columns_read(writer: Writer, plan: Schedule, source: _Source) -> list[Column]:
    """The elements that the plan reads as numbers, or texts; each source column once of a kind."""
    cell_of = {cell.value: cell for cell in plan.last_use if cell.fn == "column"}
    columns = []
    name_of: dict[tuple[str, str], str] = {}  # by the kind and the spelled source column
    for t in writer.graph.inputs:
        for element in _elements(writer, t, source):
            cell = cell_of.get((t.layer, element.position))
            if cell is None:
                continue
            known = (t.kind, element.raw)
            if known not in name_of:
                column = _column(writer, t, element)
                columns.append(column)
                name_of[known] = column.name
            writer.names[cell] = name_of[known]
    return columns


def _column(writer: Writer, t: Tensor, element: _Element) -> Column:
    if element.position is None:  # an array, which is handed on as it is
        return Column(element.name, element.raw)
    name = writer.columns.take(Names.plain(element.name, "x"))
    return Column(name, writer.number_of(t.kind, element.raw, may_miss(t)))


def _elements(writer: Writer, t: Tensor, source: _Source) -> Iterator[_Element]:
    """The elements of an input; of an array first the whole."""
    quote = writer.dialect.quote
    dialect = writer.dialect
    columns = writer.source.features[t.layer]
    if t.layer not in writer.source.arrays:
        for position, feature in enumerate(columns):
            raw = writer.source.feature(feature, dialect)
            if source.called:
                raw = quote(source.called[feature])
            yield _Element(position, feature, raw)
        return
    array = source.called[columns[0]]
    template = dialect.need(dialect.arrays, "arrays").element
    yield _Element(None, array, quote(array))
    for position in range(t.size):
        raw = template.format(quote(array), place=position + 1)
        yield _Element(position, f"{array}_{position + 1}", raw)


def _tests(writer: Writer, source: _Source) -> Iterator[str]:
    """What must hold for a row to have a prediction, used or not."""
    raw_columns = []
    for t in writer.graph.inputs:
        elements = list(_elements(writer, t, source))
        for element in elements:
            yield from tests_of(writer, t, element.position, element.raw)
        if t.layer not in writer.source.arrays:
            raw_columns.append((t, [element.raw for element in elements]))
    yield from features.no_codes(writer.dialect, raw_columns)


def tests_of(writer: Writer, t: Tensor, position: int | None, raw: str) -> list[str]:
    """What must hold for an element of an input: no NULL, no NaN, in its table an id."""
    dialect = writer.dialect
    if position is None:
        return [array_columns.given(dialect, raw)]
    rows = writer.scalars.ids.get((t.layer, position))
    if t.layer in writer.source.arrays:  # which is NULL where one of them is, or NaN
        return features.within(dialect, raw, writer.type, rows)
    return features.tests(dialect, t.kind, raw, writer.type, rows, may_miss(t))
