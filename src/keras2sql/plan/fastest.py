"""The strategy that is expected to be the fastest, by what a graph computes."""

from __future__ import annotations

from dataclasses import replace

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.costs import ROWS, Time
from keras2sql.errors import DialectLimitError
from keras2sql.estimates import (
    Estimate,
    at_once,
    estimates,
    in_descents,
    in_joins,
    in_matrices,
    joined,
    packed,
    spelled,
)
from keras2sql.graph.core import Graph
from keras2sql.graph.work import Work
from keras2sql.lower.descents import descends
from keras2sql.lower.matrices import writer as matrices
from keras2sql.lower.packing import Packing
from keras2sql.plan.planned import Plan

# Multiply-adds per row from which a statement that spells each of them is no longer tried:
# it would have 25 bytes for each.
SPELLED = 300_000
# An element that is compared to find the next greatest takes as long to plan as so many of them.
ROUND = 150
# Columns that are expected to take up to so many times the time of the fastest strategy are
# chosen: they read better than arrays and rows.
NEAR = 1.1
# Seconds of planning beyond which a strategy is not chosen, where there is another that takes
# no more than so many times as long: tables may have fewer rows than the estimate is for.
PATIENCE, WORSE = 1.0, 2.5
# Seconds of planning that nobody notices who looks a row up, and so many times as long as another
# way is planned is longer.
UNNOTICED, LONGER = 0.01, 1.5
# Weights up to which matrices are kept in tables: each is written and read as one text.
KEPT = 300_000
# Seconds of planning for look-ups alone from which on they are refused: nobody waits that long.
HOPELESS = 60.0


def has_matrices(graph: Graph, dialect: Dialect, precision: str) -> bool:
    """Whether arrays can be matrices and nested lists, so that a layer is one value."""
    products = dialect.products
    has_them = products is not None and products.matrices is not None
    return has_them and precision == "double" and matrices.takes(graph)


def by_arrays(graph: Graph, dialect: Dialect, asked: Plan) -> Plan:
    """The plan for arrays that are asked for: of matrices, where they take less time."""
    work = Work.of(graph)
    nested = _nested(graph, work, dialect, asked.precision, ordered=False)
    if nested is None:
        return asked
    (other,) = estimates(work, dialect, ("arrays",))
    if nested.seconds <= other.seconds * NEAR:
        return replace(asked, matrices=True)
    made = _by_key(asked, nested, work, dialect)
    return replace(made, reason=asked.reason, estimates=(), packing=asked.packing)


def of_tables(graph: Graph, dialect: Dialect, strategy: str, precision: str) -> Plan | None:
    """The plan for weights in tables, as they are asked for, by matrices where a row is found
    sooner so, or by rows; None where the `strategy` has no such tables."""
    work = Work.of(graph)
    nested = _nested_in_tables(graph, work, dialect, precision)
    if strategy == "arrays":
        return None if nested is None else _in_tables(precision, "asked for")
    if "rows" not in dialect.strategies:
        return None
    rows = by_rows(graph, "asked for", "tables", precision)
    return rows if nested is None else _by_key_in_tables(rows, nested, work, dialect)


def _in_tables(precision: str, reason: str) -> Plan:
    return Plan("arrays", "tables", precision, reason, packing=Packing.ALL, matrices=True)


def _nested_in_tables(
    graph: Graph, work: Work, dialect: Dialect, precision: str
) -> Estimate | None:
    """What matrices in tables are expected to take, if weights can be kept so."""
    if work.walks or not work.products or work.weights > KEPT:
        return None
    if not has_matrices(graph, dialect, precision):
        return None
    return in_matrices(work, dialect, beside=True)


def _by_key_in_tables(rows: Plan, nested: Estimate, work: Work, dialect: Dialect) -> Plan:
    """The plan by matrices in tables for who reads by key, and for all rows where they are clearly
    faster than `rows`; else rows."""
    (other,) = estimates(work, dialect, ("rows",))
    if nested.once > PATIENCE or nested.seconds > other.seconds * WORSE:
        return rows
    reason = "a row is found soonest by its key, as the layers are matrices"
    made = _in_tables(rows.precision, reason)
    # What moving elements takes is estimated roughly.
    surely = WORSE if work.moved > work.values else 1.0
    if nested.seconds * surely <= other.seconds:
        return made
    return replace(made, whole=replace(rows, by_key=False))


def fastest(graph: Graph, dialect: Dialect, weights: str, precision: str, ordered: bool) -> Plan:
    """The strategy that is expected to be the fastest, of those that can be taken; where a row is
    found much sooner another way, that way for who reads by key."""
    work = Work.of(graph)
    nested = _nested(graph, work, dialect, precision, ordered)
    whole = _for_all_rows(graph, work, dialect, weights, precision, ordered, nested)
    if whole.strategy == "columns" and weights == "auto" and not ordered and work.walks:
        made = _by_key_in_trees(graph, work, dialect, whole)
        if made is not None:
            return made
    if whole.strategy == "rows" and whole.weights == "tables" and not whole.estimates:
        stored = _nested_in_tables(graph, work, dialect, precision)
        return whole if stored is None else _by_key_in_tables(whole, stored, work, dialect)
    return whole if nested is None else _by_key(whole, nested, work, dialect)


def by_descents(graph: Graph, dialect: Dialect, precision: str, reason: str) -> Plan | None:
    """The plan for trees in tables that each row goes down by itself; None where there are none,
    or where other layers are too large for columns."""
    if graph.carried or not descends(dialect, graph):
        return None
    if Work.of(graph).multiply_adds > SPELLED:
        return None
    return Plan("columns", "tables", precision, reason)


def trees_in_tables(graph: Graph, dialect: Dialect, strategy: str, precision: str) -> Plan | None:
    """The plan for trees in tables that are asked for: by rows for all rows, where that takes less
    time; None where no row goes down trees by itself."""
    made = by_descents(graph, dialect, precision, "asked for")
    if made is None or strategy != "auto" or "rows" not in dialect.strategies:
        return made
    work = Work.of(graph)
    mine, (rows,) = in_descents(work, dialect), estimates(work, dialect, ("rows",)) or (None,)
    if mine is None or rows is None or mine.seconds <= rows.seconds:
        return made
    whole = by_rows(graph, "asked for", "tables", precision)
    return replace(made, whole=replace(whole, by_key=False))


def _by_key_in_trees(graph: Graph, work: Work, dialect: Dialect, whole: Plan) -> Plan | None:
    """The plan by which a row is found in trees that would be planned longer than one waits; None
    where that is no matter, or all rows would take much longer than it saves."""
    (cases,) = estimates(work, dialect, ("columns",)) or (None,)
    found = in_descents(work, dialect)
    if cases is None or found is None or cases.once <= PATIENCE or found.once > PATIENCE:
        return None
    reason = "a row is found soonest by its key, as the trees, which would take "
    reason += f"{spelled(cases.once)} to plan, are walked down in tables"
    made = by_descents(graph, dialect, whole.precision, reason)
    return None if made is None else replace(made, whole=replace(whole, by_key=False))


def _nested(
    graph: Graph, work: Work, dialect: Dialect, precision: str, ordered: bool
) -> Estimate | None:
    """What matrices are expected to take, if they can be taken."""
    few = max(work.weights, work.multiply_adds) <= SPELLED and not work.walks
    if dialect.costs is None or ordered or not (few and work.products):
        return None
    return in_matrices(work, dialect) if has_matrices(graph, dialect, precision) else None


def _by_key(whole: Plan, nested: Estimate, work: Work, dialect: Dialect) -> Plan:
    """The plan for reading by key, beside the one that is best for all rows."""
    other = estimates(work, dialect, (whole.strategy,))[0]
    reaches = whole.strategy != "rows" or "rows" in dialect.steps.barrier.passes
    soon = other.once <= UNNOTICED or other.once <= nested.once * LONGER
    if whole.matrices or (reaches and soon) or nested.once > PATIENCE:
        return whole
    if nested.seconds > other.seconds * WORSE:
        return whole
    reason = "a row is found soonest by its key, as the layers are matrices"
    others = (e for e in whole.estimates or (other,) if not e.matrices)
    return Plan(
        "arrays",
        "inline",
        whole.precision,
        reason,
        packing=Packing.PAYING,
        matrices=True,
        estimates=(nested, *others),
        whole=replace(whole, by_key=False),
    )


def _for_all_rows(
    graph: Graph,
    work: Work,
    dialect: Dialect,
    weights: str,
    precision: str,
    ordered: bool,
    nested: Estimate | None,
    rows: int | None = None,
) -> Plan:
    """The strategy that is expected to be the fastest for all rows: `rows`, if that is known."""
    open_to = [s for s in dialect.strategies if s != "rows" or not (graph.carried or ordered)]
    if work.rounds * ROUND > SPELLED and "rows" in open_to:
        reason = f"the nearest of {work.ranked:,} rows are ranked, and not found one by one"
        return by_rows(graph, reason, weights, precision)
    if work.multiply_adds > SPELLED and "rows" in open_to:
        reason = f"{work.multiply_adds:,} multiply-adds per row are more than the "
        return by_rows(graph, f"{reason}{SPELLED:,} that one spells out", weights, precision)
    many = _joins(work, dialect)
    if "rows" in open_to and dialect.limits.searches and many > dialect.limits.searches:
        reason = f"{many} look-ups are more than {dialect.title} plans joins for"
        return by_rows(graph, reason, weights, precision)
    listed = sum(s.numbers for s in filter(joined, work.searches))
    if "rows" in open_to and dialect.limits.listed and listed > dialect.limits.listed:
        reason = f"{listed:,} numbers that are looked up are read sooner from tables of their own"
        return by_rows(graph, reason, weights, precision)
    reason = f"the fastest that {dialect.title} is expected to have for this network"
    if dialect.costs is None:
        reason = f"what every database takes; nothing was measured in {dialect.title} to choose by"
    if "arrays" in open_to and dialect.packed_precision not in ("", precision):
        open_to.remove("arrays")
        reason = f"arrays, which may be faster, need precision={dialect.packed_precision!r}"
    elif not any(packed(p, dialect, Packing.PAYING) for p in work.products):
        open_to = [s for s in open_to if s != "arrays"]  # no layer would have any
    found = estimates(work, dialect, tuple(open_to))
    if nested is not None:
        found.append(nested)
    found = sorted((e.of(rows or ROWS) for e in found), key=lambda e: e.seconds)
    if not found:
        return Plan("columns", "inline", precision, reason)
    best = _feasible(found, patient=rows is not None)
    if best is not found[0]:
        reason = "about as fast as any for this network, and good to read"
        if found[0].once > PATIENCE >= best.once:
            reason = f"{found[0].strategy} would take {spelled(found[0].once)} to plan"
    others = tuple(e for e in found if e is not best)
    if best.strategy != "rows" and not best.matrices:
        check_columns(work, dialect)
    if best.strategy == "rows":
        return replace(by_rows(graph, reason, weights, precision), estimates=(best, *others))
    packing = Packing.PAYING if best.strategy == "arrays" else Packing.NONE
    return Plan(
        best.strategy,
        "inline",
        precision,
        reason,
        packing=packing,
        matrices=best.matrices,
        estimates=(best, *others),
    )


def check_columns(work: Work, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where columns would take the database too long to plan, or more
    memory than there is."""
    _check_rounds(work, dialect)
    _check_searches(work, dialect)


def _check_rounds(work: Work, dialect: Dialect) -> None:
    """Of elements of which the greatest are wanted, one after the other."""
    costs = dialect.costs
    once = Time.of(costs.round).once * work.rounds / 1e9 if costs is not None else 0.0
    if once < HOPELESS:
        return
    way = "DuckDB, PostgreSQL, SQLite and MariaDB rank them by rows"
    if "rows" in dialect.strategies:
        way = "strategy='rows' (or 'auto') ranks them at once"
    raise DialectLimitError(
        f"the nearest of {work.ranked:,} rows that the model was fitted to are found one after the "
        f"other, which {dialect.title} would plan for {spelled(once)}; {way}, and a model fitted "
        "to fewer rows, or with fewer neighbours, takes less"
    )


def _check_searches(work: Work, dialect: Dialect) -> None:
    """For the look-ups that they join."""
    costs, limit = dialect.costs, dialect.limits.joined
    once = costs.time_of(in_joins(work, dialect)).once / 1e9 if costs else 0.0
    many = _joins(work, dialect)
    if limit is not None and many > limit:
        wrong = (
            f"{dialect.title} joins {limit} in the memory that servers have, and this takes {many}"
        )
    elif once >= HOPELESS:
        wrong = f"which {dialect.title} would plan for {spelled(once)}"
    else:
        return
    most = max(filter(joined, work.searches), key=lambda s: s.keys * s.numbers)
    way = "DuckDB, PostgreSQL, SQLite and MariaDB join one table once, by rows"
    if "rows" in dialect.strategies:
        way = "strategy='rows' (or 'auto') joins it once"
    raise DialectLimitError(
        f"{most.layer} looks {most.keys:,} values up in a table of {most.numbers:,} numbers, each "
        f"by a join of its own: {wrong}; {way}, and shorter inputs or a smaller table take less"
    )


def _joins(work: Work, dialect: Dialect) -> int:
    """How many look-ups columns join, each by itself."""
    return sum(s.keys for s in work.searches if joined(s) and not at_once(s, dialect))


def _feasible(found: list[Estimate], patient: bool) -> Estimate:
    """The fastest of those that are planned soon, where that is not much slower than any, or, if
    `patient`, of all; columns where they are nearly as fast."""
    not_worse = [e for e in found if e.seconds <= found[0].seconds * WORSE]
    soon = [e for e in not_worse if patient or e.once <= PATIENCE] or found
    near = [e for e in soon if e.strategy == "columns" and e.seconds <= soon[0].seconds * NEAR]
    return [*near, *soon][0]


def for_rows(graph: Graph, dialect: Dialect, chosen: Plan, rows: int) -> Plan:
    """The plan for all rows of a table of so many, where a strategy was `chosen` by its costs."""
    work, ordered = Work.of(graph), chosen.form is not None
    nested = _nested(graph, work, dialect, chosen.precision, ordered)
    best = _for_all_rows(graph, work, dialect, "auto", chosen.precision, ordered, nested, rows)
    return replace(best, form=chosen.form, by_key=False)


def by_rows(graph: Graph, reason: str, weights: str = "auto", precision: str = "double") -> Plan:
    """The plan that holds everything in rows."""
    if weights == "auto":
        weights = "inline" if Work.of(graph).inline else "tables"
    return Plan("rows", weights, precision, reason)
