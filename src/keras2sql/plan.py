"""Which strategy holds which part of the graph, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.errors import InputError, UnsupportedDialectError
from keras2sql.graph.core import Graph
from keras2sql.graph.ops import Take
from keras2sql.lower import columns, pivot, recursive
from keras2sql.lower.columns import Lowered
from keras2sql.lower.rows import writer as rows
from keras2sql.lower.source import Source

STRATEGIES = ("auto", "columns", "arrays", "rows")
WEIGHTS = ("auto", "inline", "tables")
PRECISIONS = ("double", "single")


# Numbers of a model up to which they stand in the statement, where nothing is asked for.
INLINE = 20_000
# Multiply-adds per row from which a statement that spells each of them is no longer tried:
# it would have 25 bytes for each.
SPELLED = 300_000
# Uses of weights beyond the first of each, as convolutions have them, from which the same holds
# where the engine computes on arrays by compiled functions: a statement spells each use.
REPEATED = 20_000


@dataclass(frozen=True)
class Plan:
    """The strategy of every layer of a graph, and the reason for it.

    `weights` are "inline" or in "tables".  With rows, tensors of up to `tail` elements behind
    the last layer are columns.
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
    ordered: bool = False,
) -> Plan:
    """Choose; raises `InputError` for unknown options, `UnsupportedDialectError` for ones
    that this dialect does not have, or not for a graph over rows that are `ordered`."""
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
    if weights == "tables" and (
        strategy not in ("auto", "rows") or "rows" not in dialect.strategies
    ):
        raise UnsupportedDialectError(
            "weights='tables' needs the rows strategy: columns and arrays write weights inline"
        )
    follow = bool(graph.carried) or ordered
    if strategy == "rows" or weights == "tables":
        return by_rows(graph, "asked for", weights, precision)
    work = graph.multiply_adds()
    again = work - _numbers(graph) if dialect.lists else 0
    heavy = work > SPELLED or again > REPEATED
    if strategy == "auto" and heavy and not follow and "rows" in dialect.strategies:
        reason = f"{work:,} multiply-adds per row are more than the {SPELLED:,} that one spells out"
        if work <= SPELLED:
            reason = f"{again:,} of {work:,} multiply-adds per row use a weight once more, "
            reason += f"which are more than the {REPEATED:,} that one spells out"
        return by_rows(graph, reason, weights, precision)
    held = dialect.packed_precision or precision  # what arrays compute in
    if strategy == "arrays" and held != precision:
        return Plan(strategy, "inline", held, f"asked for; arrays compute in {held} precision here")
    if strategy != "auto":
        return Plan(strategy, "inline", precision, "asked for")
    if "arrays" not in dialect.strategies:
        return Plan(
            "columns", "inline", precision, f"the fastest that {dialect.title} has for this size"
        )
    if held != precision:
        reason = f"arrays, which may be faster, need precision={held!r}"
        return Plan("columns", "inline", precision, reason)
    least = dialect.arrays_from
    chosen, side = ("arrays", "at least") if work >= least else ("columns", "less than")
    reason = f"{work:,} multiply-adds per row are {side} the {least:,} from which arrays pay"
    return Plan(chosen, "inline", precision, reason)


def other_plan(
    graph: Graph, chosen: Plan, dialect: Dialect, strategy: str, limit: str, ordered: bool
) -> Plan | None:
    """The plan for a model that meets this limit of the database by the plan that `strategy`
    chose; None where there is no other."""
    follow = bool(graph.carried) or ordered
    if (
        strategy != "auto"
        or chosen.strategy == "rows"
        or follow
        or "rows" not in dialect.strategies
    ):
        return None
    return by_rows(graph, limit, "auto", chosen.precision)


def by_rows(graph: Graph, reason: str, weights: str = "auto", precision: str = "double") -> Plan:
    """The plan that holds everything in rows."""
    numbers = _numbers(graph)
    numbers += sum(np.size(t.op.index) for t in graph.tensors() if isinstance(t.op, Take))
    if weights == "auto":
        weights = "tables" if numbers > INLINE else "inline"
    return Plan("rows", weights, precision, reason)


def _numbers(graph: Graph) -> int:
    """How many weights and other constants the graph has."""
    return sum(np.size(t.constant) for t in graph.tensors() if t.constant is not None)


def lower(
    graph: Graph,
    chosen: Plan,
    source: Source,
    dialect: Dialect,
    header: tuple[str, ...] = (),
    name: str = "model",
) -> Lowered:
    """The statement by the chosen strategy; tables beside it are named after `name`."""
    lower_by = columns.lower
    if chosen.strategy == "rows":
        beside = chosen.weights == "tables"
        options = (chosen.precision, header, chosen.tail, beside, name)
        return rows.lower(graph, source, dialect, *options)
    if source.order is not None and source.order.together:
        lower_by = pivot.lower
    elif source.order is not None or graph.carried:
        lower_by = recursive.lower
    packed = chosen.strategy == "arrays"
    return lower_by(graph, source, dialect, chosen.precision, header, packed)
