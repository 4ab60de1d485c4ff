"""What `Program.explain` prints."""

from __future__ import annotations

from collections.abc import Sequence

from keras2sql import outlook
from keras2sql.dialects.costs import ROWS
from keras2sql.estimates import packed, spelled
from keras2sql.features import some
from keras2sql.graph.scan import Scan
from keras2sql.graph.work import Work
from keras2sql.lower.source import Order
from keras2sql.plan import Form
from keras2sql.statement import Statement


def explain(program: Statement, wanted: int | None = None) -> str:
    """Layers, inputs, steps, size, limits and work per row, as a text of aligned lines."""
    network, dialect, plan = program.network, program.dialect, program.plan
    steps = program.lowered.steps
    lines = [f"{network.name} for {dialect.title}", "", "layers"]
    rows = [
        (one.path, one.class_name, str(one.shape or ""), f"{one.parameters:,} parameters")
        for one in network.layers
    ]
    lines += _table(rows)
    lines += ["", "inputs", *_table(_inputs(program))]
    work = program.graph.multiply_adds()
    lines += [
        "",
        *_strategy(program),
        *_estimate(program, wanted),
        f"weights   {plan.weights}; precision {plan.precision} ({dialect.types[plan.precision]})",
        *_by_key(program),
        f"work      {work:,} multiply-adds per row after simplification",
        *_order(program),
        *_gathered(program),
        *_tested(program),
        f"size      {len(program.query.encode()):,} bytes of SQL in {len(steps)} steps",
        "",
        "steps",
    ]
    lines += _table(
        [(s.name, f"computes {s.computed}", f"{s.columns} columns wide") for s in steps]
    )
    limits = dialect.limits
    widest = max([len(program.columns), *(s.columns for s in steps)])
    lines += ["", "limits"]
    lines += _table(
        [
            ("columns of a step", f"{widest:,}", _of(limits.select_columns)),
            ("steps", f"{len(steps)}", _of(limits.steps)),
        ]
    )
    lines += _plans(program, wanted)
    return "\n".join(lines) + "\n"


def _tested(program: Statement) -> list[str]:
    """What the tests know of a database that they can't start."""
    dialect = program.dialect
    return [] if dialect.tested == "executed" else [f"tested    {dialect.how_tested}"]


def _strategy(program: Statement) -> list[str]:
    """What was chosen and why, for which layers, and what else there is."""
    plan = program.plan
    products = Work.of(program.graph).products
    held = [packed(p, program.dialect, plan.packing) for p in products]
    mixed = plan.strategy == "arrays" and not all(held)
    where = "arrays and columns" if mixed else f"{plan.strategy} for every layer"
    lines = [f"strategy  {where}: {plan.reason}"]
    for name, chosen in (("arrays", True), ("columns", False)):
        layers = dict.fromkeys(p.layer for p, h in zip(products, held, strict=True) if h is chosen)
        if mixed and layers:
            lines.append(f"          {name}: {', '.join(layers)}")
    return lines


def _estimate(program: Statement, wanted: int | None) -> list[str]:
    """The time for a table of so many rows, and by the strategies that were not chosen."""
    plan, rows = program.plan, ROWS if wanted is None else wanted
    found = plan.estimates
    if not found:  # one that was asked for, or that is the only one for so large a network
        expected = plan.expected(Work.of(program.graph), program.dialect)
        if expected is None:
            return []
        found = (expected,)
    first, *others = (one.of(rows) for one in found)
    lines = [f"estimate  {spelled(first.seconds)} for {rows:,} rows"]
    if wanted is not None:
        lines[0] += f", {spelled(first.once)} of it to plan"
    return [*lines, f"next      {', '.join(map(str, others))}"] if others else lines


def _plans(program: Statement, rows: int | None) -> list[str]:
    """What each strategy would take, and which does not fit."""
    if rows is None:
        return []
    heading = f"plans for {rows:,} rows, on one core; {outlook.how_sure(program)}"
    return ["", heading, *_table(outlook.table(outlook.outlooks(program, rows)))]


def _by_key(program: Statement) -> list[str]:
    """What a look-up by key takes, and what is otherwise where all rows are wanted."""
    lines = [f"by key    {cost_of_one_row(program)}"]
    whole = program.for_all_rows()
    if whole is not program:
        lines.append(
            f"whole     run, predict and tables take a form that is {_faster(program)} for all rows"
        )
    return lines


def _faster(program: Statement) -> str:
    """How much, where trees are walked down by each row itself."""
    plan, whole = program.plan, program.plan.whole
    if whole is None or (plan.strategy, plan.weights) != ("columns", "tables"):
        return "faster"
    work = Work.of(program.graph)
    mine, other = (one.expected(work, program.dialect) for one in (plan, whole))
    if mine is None or other is None:
        return "faster"
    times = (mine.seconds - mine.once) / (other.seconds - other.once)
    return f"about {times:.1g} times as fast" if times > 1.5 else "faster"


def cost_of_one_row(program: Statement) -> str:
    """What it takes to read one row of a view by its key."""
    if why := program.lowered.unreached:
        return f"one row: computes the whole table, as {why}"
    return f"one row: reads the key ({', '.join(program.source.key)})"


def _inputs(program: Statement) -> list[tuple[str, ...]]:
    """Which columns feed which input."""
    shapes = {t.layer: t.shape for t in program.network.graph.inputs}
    array, order = program.source.arrays, program.source.order
    rows: list[tuple[str, ...]] = []
    for name, columns in program.features.items():
        listed = f"the array {columns[0]}" if name in array else some(columns)
        unit = "" if order is None else f"of a step, ordered by {order.column}: "
        rows.append((name, str(shapes[name]), f"{unit}{listed}"))
    return rows


def _order(program: Statement) -> list[str]:
    """How the rows follow each other, where that matters, and what does so for them."""
    order, carried = program.source.order, program.graph.carried
    keys = ", ".join(program.source.key)
    states = sum(before.size for before, _ in carried)
    owners = ", ".join(dict.fromkeys(before.layer.rsplit("/", 1)[0] for before, _ in carried))
    lines = []
    if order is not None:
        told = steps_of_keys(order, program.plan.form, bool(carried), keys)
        lines = [f"{what:<10}{said}" for what, said in told]
    if order is None and carried:
        lines.append("lowering  recursion over the rows: each goes on from the states of the last")
    recurrent = any(isinstance(t.op, Scan) for t in program.graph.tensors()) and not carried
    if recurrent and program.plan.loops:
        lines.append("lowering  recursion over rows made of the steps that a row of the table has")
    elif recurrent:
        lines.append("unrolled  recurrent layers, step by step: a row has all steps of a sequence")
    if carried:
        through = f"all rows, ordered by {keys}" if order is None else "the steps of each key"
        lines.append(
            f"recursion {states:,} numbers go from row to row through {through}: states of {owners}"
        )
    return lines


def _gathered(program: Statement) -> list[str]:
    """The inputs whose columns become an array first."""
    return [
        f"gathered  the {t.size:,} columns of {t.layer} become an array first, which "
        f"{program.dialect.title} is faster with"
        for t in program.graph.inputs
        if t.layer in program.plan.gathered
    ]


def steps_of_keys(
    order: Order, form: Form | None, carried: bool, keys: str
) -> list[tuple[str, str]]:
    """How many steps each key has, what comes out, and how it is computed: ``(what, text)``."""
    steps = f"1 to {order.most}" if order.most != order.least else f"{order.most}"
    if order.most is None:
        steps = "any number of"
    padded = "" if order.least == order.most or order.most is None else ", the rest masked"
    lowering = "recursion over the long table" if carried else "the long table, row by row"
    if form is not None and form.together:
        lowering = "steps side by side as columns of a row per key"
    why = "" if form is None else f": {form.reason}"
    return [
        ("sequence", f"{steps} steps per key ({keys}), ordered by {order.column}{padded}"),
        ("result", f"a row per {'step of a key' if order.every else 'key'}"),
        ("lowering", f"{lowering}{why}"),
    ]


def _of(limit: int | None) -> str:
    return "no limit known" if limit is None else f"of {limit:,}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
