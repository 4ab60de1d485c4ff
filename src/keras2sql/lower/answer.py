"""The select that answers: what is shown of the source, and the outputs of the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from keras2sql.lower.cells import Cell
from keras2sql.lower.kinds import label_if
from keras2sql.lower.layout import INDENT
from keras2sql.sql.tree import Column, Read, Select

if TYPE_CHECKING:
    from keras2sql.lower.writer import Writer

# Cells that need no cast: a label has a type of its own.
_TYPED = ("case", "const", "lookup", "column")
# Characters of a condition and a result up to which they stand on one line.
_ONE_LINE = 80


def answer(writer: Writer) -> Select:
    """The select, of the last step; a row that is not valid has NULL for every output."""
    quote = writer.dialect.quote
    quoted = writer.quoted()
    columns = [Column(raw, quote(writer.kept[raw])) for raw in writer.source.shown]
    conditions = [_spelled(writer, cell, quoted) for cell in writer.scalars.conditions]
    valid = " AND ".join([writer.holds(writer.valid), *dict.fromkeys(conditions)])
    for name, cell in writer.scalars.outputs.items():
        test = valid
        label = None if cell in quoted else label_if(cell)
        if label is not None:
            has_label, cell = label
            test = f"{valid} AND {_spelled(writer, has_label, quoted)}"
        text = _spelled(writer, cell, quoted)
        if cell.truth:
            text = writer.dialect.grammar.truth.format(text)
        is_long = test != valid and len(test + text) > _ONE_LINE
        on_own_lines = is_long or "\n" in text
        apart = f"{INDENT}{text}{INDENT[:-2]}" if on_own_lines else f" {text} "
        columns.append(
            Column(name, writer.dialect.grammar.only_if.format(test=test, text=text, apart=apart))
        )
    return Select(tuple(columns), Read(writer.last))


def _spelled(writer: Writer, cell: Cell, quoted: Mapping[Cell, str]) -> str:
    if cell in quoted:
        return quoted[cell]
    if cell.fn in _TYPED:
        return writer.speller.text(cell, quoted)
    return writer.spelled(cell, quoted)
