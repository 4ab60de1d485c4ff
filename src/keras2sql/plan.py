"""Which strategy holds which part of the graph, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from keras2sql.dialects.base import Dialect
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.estimates import Estimate, at_once, estimates, in_joins, joined, packed, spelled
from keras2sql.graph.core import Graph
from keras2sql.graph.incomplete import may_miss
from keras2sql.graph.loops import joined as fused
from keras2sql.graph.loops import scans
from keras2sql.graph.ops import Lookup
from keras2sql.graph.scan import Scan
from keras2sql.graph.work import Work
from keras2sql.lower import columns, each_row, loops, pivot, recursive
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import TAIL, Lowering
from keras2sql.lower.packing import Packing
from keras2sql.lower.reached import unreached
from keras2sql.lower.rows import writer as rows
from keras2sql.lower.source import Source
from keras2sql.sql.steps import Chain

STRATEGIES = ("auto", "columns", "arrays", "rows")
WEIGHTS = ("auto", "inline", "tables")
PRECISIONS = ("double", "single")

# Multiply-adds per row from which a statement that spells each of them is no longer tried:
# it would have 25 bytes for each.
SPELLED = 300_000
# Columns that are expected to take up to so many times the time of the fastest strategy are
# chosen: they read better than arrays and rows.
NEAR = 1.1
# Seconds of planning beyond which a strategy is not chosen, where there is another that takes
# no more than so many times as long: tables may have fewer rows than the estimate is for.
PATIENCE, WORSE = 1.0, 2.5
# Seconds of planning for look-ups alone from which on they are refused: nobody waits that long.
HOPELESS = 60.0
# Time steps of recurrences over a row from which they are no longer unrolled: a few steps of the
# statement for each take seconds to plan, and all engines are faster by recursion, most from
# ten on.
UNROLLED = 32
# Look-ups beside them, each a join of its own in columns, up to which that is so.
BESIDE = 64


@dataclass(frozen=True)
class Form:
    """How the rows of a key in a long table are taken, and why: step by step, or all `together`
    as columns of one row."""

    together: bool
    reason: str


@dataclass(frozen=True)
class Plan:
    """The strategy of every layer of a graph, and the reason for it: `Program.plan`.

    `strategy` is "columns", "arrays" or "rows", `precision` "double" or "single", and `reason`
    why the strategy was chosen, as `Program.explain` prints it. `weights` are "inline" or in
    "tables". With arrays, `packing` tells which products are taken with them; the rest are in
    columns. With rows, tensors of up to `tail` elements behind the last layer are columns. With
    `loops`, recurrences over the columns of a row are not unrolled but run by recursion. `form`
    is how the rows of a long table are taken, None of any other. `gathered` are the inputs whose
    columns become an array first, as they are many and the database reads that faster.
    `by_key`: the statement is to be read by key, as views are; else as a whole, by what takes the
    least time for all rows.
    `estimates` are those of the strategies that could be chosen, the chosen one first; none where
    a strategy was asked for, or the database has no costs.
    """

    strategy: str
    weights: str
    precision: str
    reason: str
    tail: int = TAIL
    packing: Packing = Packing.NONE
    estimates: tuple[Estimate, ...] = ()
    loops: bool = False
    form: Form | None = None
    gathered: frozenset[str] = frozenset()
    by_key: bool = True

    def chain(self, graph: Graph) -> Chain:
        """What the statement is made of, for this graph."""
        if self.strategy == "rows":
            return "rows"
        if self.form is not None and self.form.together:
            return "sequences"
        if self.form is not None or graph.carried:
            return "recursion"
        return "loops" if self.loops else "columns"

    def __repr__(self) -> str:
        how = f"{self.strategy}, {self.precision} precision, weights {self.weights}"
        return f"<Plan: {how}: {self.reason}>"


def plan(
    graph: Graph,
    dialect: Dialect,
    strategy: str = "auto",
    weights: str = "auto",
    precision: str = "double",
    form: Form | None = None,
    arrays: frozenset[str] = frozenset(),
) -> Plan:
    """Choose, for a graph that takes the rows of a long table in a `form`, or each row by itself;
    `arrays` are the inputs that a column of the source has as an array.

    Raises `InputError` for unknown options, `UnsupportedDialectError` for ones that this dialect
    does not have, or not for such a graph, and `DialectLimitError`.
    """
    chosen = replace(_by_strategy(graph, dialect, strategy, weights, precision, form), form=form)
    return _gathering(graph, dialect, chosen, arrays)


def _by_strategy(
    graph: Graph, dialect: Dialect, strategy: str, weights: str, precision: str, form: Form | None
) -> Plan:
    """The strategy that is asked for, or the best."""
    ordered = form is not None
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
    if strategy == "rows" or weights == "tables":
        return by_rows(graph, "asked for", weights, precision)
    looped = not ordered and _loops(graph, dialect)
    held = dialect.packed_precision or precision  # what arrays compute in
    if strategy != "auto" and not looped:
        check_searches(Work.of(graph), dialect)
    if strategy == "arrays":
        reason = "asked for"
        if held != precision:
            reason += f"; arrays compute in {held} precision here"
        return Plan(strategy, "inline", held, reason, packing=Packing.ALL, loops=looped)
    if strategy != "auto":
        return Plan(strategy, "inline", precision, "asked for", loops=looped)
    if looped:
        reason = "recurrences as long as these run by recursion, over rows made of their steps"
        return Plan("columns", "inline", precision, reason, loops=True)
    return _chosen(graph, dialect, weights, precision, ordered)


def _loops(graph: Graph, dialect: Dialect, least: int | None = None) -> bool:
    """Whether recurrences over the columns of a row are run by recursion: long ones, of a step
    that can be spelled."""
    found = scans(graph)
    if dialect.recursion is None or graph.carried or not found:
        return False
    steps = sum(t.inputs[0].shape[0] for t in found)
    work = sum(t.op.body.multiply_adds() for t in found if isinstance(t.op, Scan))
    if steps < (least or UNROLLED) or work > SPELLED:
        return False
    fewer, most = fused(graph), dialect.limits.recursions
    if most is not None and len(scans(fewer)) > most:
        return False
    outside = [t for t in fewer.tensors() if isinstance(t.op, Lookup)]
    return sum(t.inputs[1].size for t in outside) <= BESIDE


def _chosen(graph: Graph, dialect: Dialect, weights: str, precision: str, ordered: bool) -> Plan:
    """The strategy that is expected to be the fastest, of those that can be taken."""
    work = Work.of(graph)
    open_to = [s for s in dialect.strategies if s != "rows" or not (graph.carried or ordered)]
    if work.multiply_adds > SPELLED and "rows" in open_to:
        reason = f"{work.multiply_adds:,} multiply-adds per row are more than the "
        return by_rows(graph, f"{reason}{SPELLED:,} that one spells out", weights, precision)
    many = _joins(work, dialect)
    if "rows" in open_to and dialect.limits.searches and many > dialect.limits.searches:
        reason = f"{many} look-ups are more than {dialect.title} plans joins for"
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
    if not found:
        return Plan("columns", "inline", precision, reason)
    best = _feasible(found)
    if best is not found[0]:
        reason = "about as fast as any for this network, and good to read"
        if found[0].once > PATIENCE >= best.once:
            reason = f"{found[0].strategy} would take {spelled(found[0].once)} to plan"
    others = tuple(e for e in found if e is not best)
    if best.strategy != "rows":
        check_searches(work, dialect)
    if best.strategy == "rows":
        return replace(by_rows(graph, reason, weights, precision), estimates=(best, *others))
    packing = Packing.PAYING if best.strategy == "arrays" else Packing.NONE
    return Plan(
        best.strategy, "inline", precision, reason, packing=packing, estimates=(best, *others)
    )


def check_searches(work: Work, dialect: Dialect) -> None:
    """Raise `DialectLimitError` where columns would take the database too long to plan, or more
    memory than there is, for the look-ups that they join."""
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


def _feasible(found: list[Estimate]) -> Estimate:
    """The fastest of those that are planned soon, where that is not much slower than any;
    columns where they are nearly as fast."""
    not_worse = [e for e in found if e.seconds <= found[0].seconds * WORSE]
    soon = [e for e in not_worse if e.once <= PATIENCE] or found
    near = [e for e in soon if e.strategy == "columns" and e.seconds <= soon[0].seconds * NEAR]
    return [*near, *soon][0]


def sequence_form(stepwise: bool, together: bool, why: str, recursion: bool = True) -> Form:
    """How a model takes the rows of a long table: `stepwise` where it can be read so and the
    database has the `recursion` for it, else `together`, where the model has a number of steps.

    `why` says what each step needs, or why they can't be taken one by one.  Raises `InputError`
    where neither can be.
    """
    if stepwise and recursion:
        return Form(False, why)
    reason = "the database has no recursion" if stepwise else why
    if together:
        return Form(True, reason)
    raise InputError(
        f"the model can't be computed step by step: {reason}; its time axis is open: "
        "build it with a fixed number of steps, or give all steps as columns"
    )


def _gathering(graph: Graph, dialect: Dialect, chosen: Plan, arrays: frozenset[str]) -> Plan:
    """The plan with the inputs whose columns become an array first: wide ones, where measured to
    be faster."""
    gathering = dialect.products.gathering if dialect.products else None
    least = gathering.least.get("loops" if chosen.loops else chosen.strategy) if gathering else None
    if least is None or chosen.form is not None or graph.carried:
        return chosen
    wide = [t for t in graph.inputs if t.size >= least and t.kind != "str" and not may_miss(t)]
    return replace(chosen, gathered=frozenset(t.layer for t in wide) - arrays)


def foreseen(graph: Graph, dialect: Dialect, strategy: str, form: Form | None) -> tuple[str, bool]:
    """The strategy that a graph will have that is not simplified yet, as far as can be told, and
    whether its recurrences run by recursion."""
    chained = bool(graph.carried) or form is not None
    if scans(graph) and dialect.recursion is not None and not chained:
        return "columns", True
    if strategy != "auto":
        return strategy, False
    return ("rows" if "rows" in dialect.strategies and not chained else "columns"), False


def carried_out(
    graph: Graph,
    dialect: Dialect,
    chosen: Plan,
    strategy: str,
    lowered_by: Callable[[Plan], Lowered],
    arrays: frozenset[str] = frozenset(),
) -> tuple[Plan, Lowered]:
    """The statement by the chosen plan, or by another one where it meets a limit of the database;
    `strategy` is what was asked for."""
    try:
        return chosen, lowered_by(chosen)
    except DialectLimitError as limit:
        another = _other_plan(graph, chosen, dialect, strategy, str(limit))
        if another is None:
            raise
        another = _gathering(graph, dialect, another, arrays)
        try:
            return another, lowered_by(another)
        except DialectLimitError:
            raise limit from None  # the one that the first choice met says more


def _other_plan(
    graph: Graph, chosen: Plan, dialect: Dialect, strategy: str, limit: str
) -> Plan | None:
    """The plan for a model that meets this limit of the database by the plan that `strategy`
    chose; None where there is no other."""
    follow = bool(graph.carried) or chosen.form is not None
    if chosen.strategy != "rows" and not (chosen.loops or follow) and _loops(graph, dialect, 2):
        return replace(chosen, reason=f"{chosen.reason}; {limit}", loops=True, estimates=())
    open_to_rows = strategy == "auto" and "rows" in dialect.strategies and not follow
    if chosen.strategy == "rows" or not open_to_rows:
        return None
    return by_rows(graph, limit, "auto", chosen.precision)


def by_rows(graph: Graph, reason: str, weights: str = "auto", precision: str = "double") -> Plan:
    """The plan that holds everything in rows."""
    if weights == "auto":
        weights = "inline" if Work.of(graph).inline else "tables"
    return Plan("rows", weights, precision, reason)


def lower(
    graph: Graph,
    chosen: Plan,
    source: Source,
    dialect: Dialect,
    header: tuple[str, ...] = (),
    name: str = "model",
) -> Lowered:
    """The statement by the chosen strategy; tables beside it are named after `name`."""
    wanted = Lowering(
        graph,
        source,
        dialect,
        chosen.precision,
        chosen.packing,
        chosen.gathered,
        beside=chosen.weights == "tables",
        tail=chosen.tail,
        header=header,
        name=name,
    )
    chain = chosen.chain(graph)
    barrier = dialect.steps.barrier_for(chain, chosen.by_key)
    if barrier.lateral:
        made = each_row.lower(wanted, _LOWERED_BY[chain], chain, barrier)
        if made is not None:
            return made
        barrier = dialect.steps.barrier
    made = _LOWERED_BY[chain](wanted)
    query = replace(made.query, barrier=barrier)
    return replace(made, query=query, unreached=unreached(query, chain, barrier, dialect))


_LOWERED_BY: dict[Chain, Callable[[Lowering], Lowered]] = {
    "columns": columns.lower,
    "rows": rows.lower,
    "loops": loops.lower,
    "sequences": pivot.lower,
    "recursion": recursive.lower,
}
