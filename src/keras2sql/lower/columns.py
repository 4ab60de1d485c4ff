"""The columns strategy: one SQL column per element, one named step per layer."""

from __future__ import annotations

from dataclasses import replace

from keras2sql.graph.loops import scans
from keras2sql.lower import descents
from keras2sql.lower.guarded import guarded
from keras2sql.lower.limits import FEWER, LONG_TABLE
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering, no_recursion
from keras2sql.lower.rows.constants import Constants
from keras2sql.lower.writer import Writer


def lower(wanted: Lowering) -> Lowered:
    """The statement in columns.

    Raises `DialectLimitError` where a step would be wider, or the chain of steps longer,
    than the database takes.
    """
    if wanted.goes_from_row_to_row:
        raise no_recursion(wanted.goes_from_row_to_row, "the columns strategy")
    graph = guarded(wanted.graph, wanted.dialect)
    instead = LONG_TABLE if scans(wanted.graph) else FEWER
    writer = Writer(replace(wanted, graph=graph), instead=instead)
    tables = Constants(writer, wanted.name, wanted.beside, wanted.schema)
    for descent in writer.scalars.descents:
        descents.store(wanted.dialect, descent, writer.relations, tables.exact)
    writer.write(writer.schedule(writer.answers, divided=True))
    return replace(writer.finish(wanted.header), tables=tuple(tables.stored))
