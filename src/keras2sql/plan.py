"""Which strategy holds which part of the graph, and why."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.dialects.base import Dialect
from keras2sql.errors import InputError, UnsupportedDialectError
from keras2sql.graph.core import Graph
from keras2sql.lower import columns, pivot, recursive
from keras2sql.lower.columns import Lowered
from keras2sql.lower.rows import writer as rows
from keras2sql.lower.source import Source

STRATEGIES = ("auto", "columns", "arrays", "rows")
WEIGHTS = ("auto", "inline", "tables")
PRECISIONS = ("double", "single")


@dataclass(frozen=True)
class Plan:
    """The strategy of every layer of a graph, and the reason for it.

    With rows, tensors of up to `tail` elements behind the last layer are columns.
    """

    strategy: str
    weights: str
    precision: str
    reason: str
    tail: int = rows.TAIL


def plan(
    graph: Graph,
    dialect: Dialect,
    strategy: str = "auto",
    weights: str = "auto",
    precision: str = "double",
) -> Plan:
    """Choose; raises `InputError` for unknown options, `UnsupportedDialectError` for ones
    that this dialect does not have."""
    for value, known, what in (
        (strategy, STRATEGIES, "strategy"),
        (weights, WEIGHTS, "weights"),
        (precision, PRECISIONS, "precision"),
    ):
        if value not in known:
            raise InputError(f"{what}={value!r}: choose one of {', '.join(known)}")
    if strategy not in ("auto", *dialect.strategies):
        raise UnsupportedDialectError(
            f"{dialect.title} has no strategy '{strategy}'; it has {', '.join(dialect.strategies)}"
        )
    if weights == "tables":
        raise UnsupportedDialectError(
            f"the columns strategy writes weights inline; {dialect.title} has no other"
        )
    held = dialect.packed_precision or precision  # what arrays compute in
    if strategy == "arrays" and held != precision:
        return Plan(strategy, "inline", held, f"asked for; arrays compute in {held} precision here")
    if strategy != "auto":
        return Plan(strategy, "inline", precision, "asked for")
    if "arrays" not in dialect.strategies:
        return Plan("columns", "inline", precision, f"the one strategy {dialect.title} has")
    if held != precision:
        reason = f"arrays, which may be faster, need precision={held!r}"
        return Plan("columns", "inline", precision, reason)
    work, least = graph.multiply_adds(), dialect.arrays_from
    chosen, side = ("arrays", "at least") if work >= least else ("columns", "less than")
    reason = f"{work:,} multiply-adds per row are {side} the {least:,} from which arrays pay"
    return Plan(chosen, "inline", precision, reason)


def lower(
    graph: Graph, chosen: Plan, source: Source, dialect: Dialect, header: tuple[str, ...] = ()
) -> Lowered:
    """The statement by the chosen strategy."""
    lower_by = columns.lower
    if source.order is not None and source.order.together:
        lower_by = pivot.lower
    elif source.order is not None or graph.carried:
        lower_by = recursive.lower
    if chosen.strategy == "rows":
        return rows.lower(graph, source, dialect, chosen.precision, header, chosen.tail)
    packed = chosen.strategy == "arrays"
    return lower_by(graph, source, dialect, chosen.precision, header, packed)
