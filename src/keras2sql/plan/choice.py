"""Which strategy holds which part of the graph, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from keras2sql.dialects.base import Dialect
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.graph.core import Graph
from keras2sql.graph.incomplete import may_miss
from keras2sql.graph.loops import joined as fused
from keras2sql.graph.loops import scans
from keras2sql.graph.ops import Lookup
from keras2sql.graph.scan import Scan
from keras2sql.graph.work import Work
from keras2sql.lower import columns, each_row, loops, pivot, recursive
from keras2sql.lower.lowered import Lowered
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.matrices import writer as matrices
from keras2sql.lower.packing import Packing
from keras2sql.lower.reached import unreached
from keras2sql.lower.rows import writer as rows
from keras2sql.lower.source import Source
from keras2sql.plan import fastest
from keras2sql.plan.planned import Form, Plan
from keras2sql.sql.steps import Chain

STRATEGIES = ("auto", "columns", "arrays", "rows")
WEIGHTS = ("auto", "inline", "tables")
PRECISIONS = ("double", "single")

# Time steps of recurrences over a row from which they are no longer unrolled: a few steps of the
# statement for each take seconds to plan, and all engines are faster by recursion, most from
# ten on.
UNROLLED = 32
# Look-ups beside them, each a join of its own in columns, up to which that is so.
BESIDE = 64


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
    if chosen.whole is not None:
        chosen = replace(chosen, whole=_gathering(graph, dialect, chosen.whole, arrays))
    return _gathering(graph, dialect, chosen, arrays)


def _by_strategy(
    graph: Graph, dialect: Dialect, strategy: str, weights: str, precision: str, form: Form | None
) -> Plan:
    """The strategy that is asked for, or the best."""
    ordered = form is not None
    if ordered and not dialect.grammar.windows:
        raise UnsupportedDialectError(
            f"{dialect.title} has no functions of rows in an order, by which those of a long table "
            "follow each other; give all steps as columns"
        )
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
    if strategy == "rows":
        return fastest.by_rows(graph, "asked for", weights, precision)
    looped = not ordered and _loops(graph, dialect)
    if weights == "tables":
        return _in_tables(graph, dialect, strategy, precision, ordered or looped)
    held = dialect.packed_precision or precision  # what arrays compute in
    if strategy != "auto" and not looped:
        fastest.check_columns(Work.of(graph), dialect)
    if strategy == "arrays":
        reason = "asked for"
        if held != precision:
            reason += f"; arrays compute in {held} precision here"
        made = Plan(strategy, "inline", held, reason, packing=Packing.ALL, loops=looped)
        return made if looped or ordered else fastest.by_arrays(graph, dialect, made)
    if strategy != "auto":
        return Plan(strategy, "inline", precision, "asked for", loops=looped)
    if looped:
        reason = "recurrences as long as these run by recursion, over rows made of their steps"
        return Plan("columns", "inline", precision, reason, loops=True)
    return fastest.fastest(graph, dialect, weights, precision, ordered)


def _in_tables(
    graph: Graph, dialect: Dialect, strategy: str, precision: str, in_turn: bool
) -> Plan:
    """Weights in tables, as they are asked for; rows that follow each other, or steps of them, are
    taken `in_turn`."""
    chosen = None
    if strategy in ("auto", "columns") and not in_turn:
        chosen = fastest.trees_in_tables(graph, dialect, strategy, precision)
    if chosen is not None:
        return chosen
    if strategy in ("auto", "arrays") and not in_turn:
        chosen = fastest.of_tables(graph, dialect, strategy, precision)
    elif strategy == "auto" and "rows" in dialect.strategies:
        chosen = fastest.by_rows(graph, "asked for", "tables", precision)
    if chosen is None:
        raise UnsupportedDialectError(
            "weights='tables' needs the rows strategy, or on DuckDB arrays in double precision: "
            "else columns and arrays write weights inline, but for trees on PostgreSQL and SQLite"
        )
    return chosen


def _loops(graph: Graph, dialect: Dialect, least: int | None = None) -> bool:
    """Whether recurrences over the columns of a row are run by recursion: long ones, of a step
    that can be spelled."""
    found = scans(graph)
    if dialect.recursion is None or graph.carried or not found:
        return False
    steps = sum(t.inputs[0].shape[0] for t in found)
    work = sum(t.op.body.multiply_adds() for t in found if isinstance(t.op, Scan))
    if steps < (least or UNROLLED) or work > fastest.SPELLED:
        return False
    fewer, most = fused(graph), dialect.limits.recursions
    if most is not None and len(scans(fewer)) > most:
        return False
    outside = [t for t in fewer.tensors() if isinstance(t.op, Lookup)]
    return sum(t.inputs[1].size for t in outside) <= BESIDE


def for_rows(
    graph: Graph,
    dialect: Dialect,
    chosen: Plan,
    rows: int,
    arrays: frozenset[str] = frozenset(),
) -> Plan:
    """The plan for all rows of a table of so many; a strategy that was asked for stays."""
    if not chosen.estimates:
        return replace(chosen.whole or chosen, by_key=False)
    return _gathering(graph, dialect, fastest.for_rows(graph, dialect, chosen, rows), arrays)


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
    way = "loops" if chosen.loops else "matrices" if chosen.matrices else chosen.strategy
    least = gathering.least.get(way) if gathering else None
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
    if chosen.matrices:
        return chosen.whole or replace(chosen, matrices=False, reason=f"{chosen.reason}; {limit}")
    follow = bool(graph.carried) or chosen.form is not None
    if chosen.strategy != "rows" and not (chosen.loops or follow) and _loops(graph, dialect, 2):
        return replace(chosen, reason=f"{chosen.reason}; {limit}", loops=True, estimates=())
    open_to_rows = strategy == "auto" and "rows" in dialect.strategies and not follow
    if chosen.strategy == "rows" or not open_to_rows:
        return None
    return fastest.by_rows(graph, limit, "auto", chosen.precision)


def lower(
    graph: Graph,
    chosen: Plan,
    source: Source,
    dialect: Dialect,
    header: tuple[str, ...] = (),
    name: str = "model",
    schema: str = "",
) -> Lowered:
    """The statement by the chosen strategy; tables beside it are named after `name`, and are in
    `schema` (empty: the one in use)."""
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
        about=graph.about,
        schema=schema,
        by_key=chosen.by_key,
    )
    if chosen.matrices:
        return matrices.lower(wanted)
    chain = chosen.chain(graph)
    barrier = dialect.steps.barrier_for(chain, chosen.by_key)
    if barrier.lateral:
        made = each_row.lower(wanted, _LOWERED_BY[chain], chain, barrier)
        if made is not None:
            return made
        barrier = dialect.steps.barrier
    made = _LOWERED_BY[chain](wanted)
    query = replace(made.query, barrier=barrier)
    why = unreached(query, chain, barrier, dialect, made.keyed)
    return replace(made, query=query, unreached=why)


_LOWERED_BY: dict[Chain, Callable[[Lowering], Lowered]] = {
    "columns": columns.lower,
    "rows": rows.lower,
    "loops": loops.lower,
    "sequences": pivot.lower,
    "recursion": recursive.lower,
}
