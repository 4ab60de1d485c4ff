"""What the strategies take on each database: ``python -m benchmarks.calibrate``.

Networks of many shapes are converted by every strategy and run; the times, in the units of
`keras2sql.dialects.costs`, are the figures for the dialect's file.  With ``--check`` other
networks are run by every strategy, and by the one that the planner chooses.

All on one thread: the least work is the best choice, however many cores are free, and however
well an engine shares a small table among them.  Times are those of the processor, which others that
load the machine hardly change.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from scipy.optimize import nnls

from benchmarks.databases import NEEDS, Database, opened
from benchmarks.measure import processed
from benchmarks.networks import Forest
from benchmarks.shapes import CHECKED, FITTED, Shape
from benchmarks.workloads import Variant, Workload
from keras2sql.dialects import get
from keras2sql.dialects.costs import ROWS, Costs, Time
from keras2sql.engines import connect
from keras2sql.errors import DialectLimitError
from keras2sql.estimates import counts
from keras2sql.graph.work import Work
from keras2sql.lower.packing import Packing

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SIZES = (100, 400, 1_600, 6_400, 25_600, ROWS)  # rows of the tables that are measured
SLOW = {"googlesql": (10, 40, 160), "hsqldb": SIZES[:-1], "hive": SIZES[:-1]}  # others there
FEW = {"duckdb": 2, "clickhouse": 2, "datafusion": 2, "spark": 2}  # the first of them, by number
LARGEST = {"monetdb": 5_000, "googlesql": 5_000}  # multiply-adds: planned in their square, or slow
GROWN = 0.2  # seconds that more rows take more: then there are enough of them
LONGEST = 3.0  # seconds that a run may take
ROUNDS, LEAST = 30, 0.02  # of fitting; errors below this count as this
PLAN = 8.0  # seconds of planning beyond which a strategy is not measured


@app.command()
def main(
    engines: Annotated[str, typer.Option(help=", ".join(NEEDS))] = ",".join(NEEDS),
    repeat: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts.")] = 3,
    check: Annotated[bool, typer.Option(help="Check the choices by other networks.")] = False,
    shapes: Annotated[int, typer.Option(min=0, help="How many, of all kinds; 0: all.")] = 0,
    postgres: Annotated[
        str, typer.Option(metavar="URL", help="A PostgreSQL to use; else one is started.")
    ] = "",
) -> None:
    """Measure, and print figures for the dialects' files, or how good they are."""
    console = Console(width=None if Console().is_terminal else 130)
    names = [name.strip() for name in engines.split(",")]
    networks = _spread(CHECKED if check else FITTED, shapes)
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(names, postgres or None, console.print, threads=1) as databases,
    ):
        for database in databases:
            measured = _all(networks, database, Path(folder), repeat, check, console.log)
            if check:
                _judge(measured, database, console)
            else:
                _fit(measured, networks, database, console)


def _spread(networks: dict[str, Shape], count: int) -> dict[str, Shape]:
    """So many of them, evenly; 0: all."""
    names = list(networks)
    count = min(count, len(names)) or len(names)
    return {names[i * len(names) // count]: networks[names[i * len(names) // count]]
            for i in range(count)}  # fmt: skip


def _all(
    networks: dict[str, Shape],
    database: Database,
    folder: Path,
    repeat: int,
    auto: bool,
    say: Callable[[str], None],
) -> dict[str, dict[str, Time]]:
    """The times of every network by every strategy; "auto": which one the planner takes."""
    found: dict[str, dict[str, Time]] = {}
    for name, network in networks.items():
        if network.multiply_adds > LARGEST.get(database.name, network.multiply_adds):
            continue
        model = _model(network, folder)
        workload = Workload("calibrated", "", network, {}, {})
        dialect = get(database.name)
        precision = dialect.packed_precision or "double"
        strategies = [*dialect.strategies, *(["auto"] if auto else [])]
        variants = [Variant(strategy, precision) for strategy in strategies]
        try:
            found[name] = _measured(workload, model, database, variants, repeat)
        except KeyboardInterrupt:  # what was measured until then is fitted
            return found
        times = [
            f"{s} {t.once / 1e6:.1f} ms, {t.each:,.0f} ns a row" for s, t in found[name].items()
        ]
        say(f"{database.name}: {name}: {'; '.join(times)}")
    return found


def _model(network: Shape, folder: Path) -> Any:
    """A model as its users have it: a file of Keras, or an estimator."""
    if isinstance(network, Forest):
        return network.estimator()
    path = folder / "model.keras"
    network.keras().save(path)
    return path


def _measured(
    workload: Workload, model: Any, database: Database, variants: Sequence[Variant], repeat: int
) -> dict[str, Time]:
    """By strategy; the runs of one size in turn.

    Two sizes tell what a statement takes once and per row, in nanoseconds: a small one, and one
    that takes clearly longer.
    """
    programs: dict[str, Any] = {}
    sizes = SLOW.get(database.name, SIZES)
    few = sizes[FEW.get(database.name, 0)]
    database.load(workload.table, workload.data(few))
    first: list[str] = []
    for variant in variants:
        try:
            program = workload.convert(model, database.name, variant).for_all_rows()
        except DialectLimitError:
            continue
        session = [settings.sql for settings in program.session]
        if variant.strategy == "auto":
            alike = [n for n, p in programs.items() if p.query == program.query]
            if alike:  # the same query takes the same time
                programs["auto"] = programs[alike[0]]
                continue
        with connect(database.connection) as engine:
            for stored in program.tables:
                engine.load(stored, program.dialect)
        query = database.planning.format(program.query)
        planned = processed(lambda q=query, s=session: database.execute(q, s), database.process())
        if planned < PLAN:
            programs[variant.strategy] = program
            first.append(variant.strategy)
    small = _medians(database, {n: programs[n] for n in first}, repeat)
    times: dict[str, Time] = {}
    for size in (s for s in sizes if s > few):
        database.load(workload.table, workload.data(size))
        grown = {n: max(_run(database, programs[n]) - small[n], 0) for n in first if n not in times}
        done = [n for n, s in grown.items() if s >= GROWN or s * 4 > LONGEST or size == sizes[-1]]
        for n, large in _medians(database, {n: programs[n] for n in done}, repeat).items():
            each = max(large - small[n], 0) / (size - few)
            times[n] = Time(max(small[n] - few * each, 0) * 1e9, each * 1e9)
        if len(times) == len(first):
            break
    if "auto" in programs and "auto" not in times:
        times["auto"] = next(times[n] for n in times if programs[n] is programs["auto"])
    for statement in dict.fromkeys(s for p in programs.values() for s in p.teardown):
        database.execute(statement)
    return times


def _medians(database: Database, programs: dict[str, Any], repeat: int) -> dict[str, float]:
    runs: dict[str, list[float]] = {n: [] for n in programs}
    for _ in range(repeat):
        for n, program in programs.items():
            runs[n].append(_run(database, program))
    return {n: statistics.median(seconds) for n, seconds in runs.items()}


def _run(database: Database, program: Any) -> float:
    database.execute("DROP TABLE IF EXISTS predicted")
    session = [settings.sql for settings in program.session]
    run = partial(database.execute, f"CREATE TABLE predicted AS {program.query}", session)
    return processed(run, database.process())


def _fit(
    measured: dict[str, dict[str, Time]],
    networks: dict[str, Shape],
    database: Database,
    console: Console,
) -> None:
    dialect = get(database.name)
    _show(measured, database, console)
    units = [field.name for field in fields(Costs)]
    packings = {"arrays": Packing.ALL}
    works = {n: Work.of(graph_of(networks[n], database.name)) for n in measured if measured[n]}
    points = [
        (counts(works[name], dialect, strategy, packings.get(strategy, Packing.NONE)), time)
        for name, times in measured.items()
        for strategy, time in times.items()
    ]
    table = np.array([[count[unit] for unit in units] for count, _ in points])
    each, once = _fitted(table, [time for _, time in points], units)
    console.print(f"# {database.version}\ncosts=Costs(", highlight=False)
    for i, unit in enumerate(units):
        if table[:, i].any():
            console.print(f"    {unit}=({once[i]:.3g}, {each[i]:.3g}),", highlight=False)
    console.print("),", highlight=False)
    wholes = np.array([time.whole for _, time in points])
    off = np.abs(table @ (once + ROWS * each) / wholes - 1)
    console.print(f"# off by {np.median(off):.0%} in the median, {off.max():.0%} at most")


def _show(measured: dict[str, dict[str, Time]], database: Database, console: Console) -> None:
    strategies = get(database.name).strategies
    table = Table(title=database.version, box=box.SIMPLE, title_justify="left")
    table.add_column("network")
    for strategy in strategies:
        table.add_column(f"{strategy}: ms once", justify="right")
        table.add_column("ns a row", justify="right")
    for name, times in measured.items():
        cells = [(times[s].once / 1e6, times[s].each) if s in times else None
                 for s in strategies]  # fmt: skip
        texts = [(f"{c[0]:.1f}", f"{c[1]:,.0f}") if c else ("–", "–") for c in cells]
        table.add_row(name, *itertools.chain.from_iterable(texts))
    console.print(table)


def _fitted(table: Any, times: list[Time], units: list[str]) -> tuple[Any, Any]:
    """Costs per row and once, with the least errors in parts of the whole time.

    Their sum, not that of their squares: what the units don't explain should not bend the rest.
    """
    wholes = np.array([time.whole for time in times])
    weightless = table * [unit != "rows_weight" for unit in units]  # rows don't plan
    each, once = (np.array([getattr(t, name) for t in times]) for name in ("each", "once"))
    weights = 1 / wholes
    for _ in range(ROUNDS):
        by_row = solved(weightless * weights[:, None], each * weights)
        at_once = solved(table * weights[:, None], once * weights)
        errors = np.abs(table @ (at_once + ROWS * by_row) / wholes - 1)
        weights = 1 / wholes / np.sqrt(np.maximum(errors, LEAST))
    return by_row, at_once


def solved(table: Any, times: Any) -> Any:
    """Costs of no less than nothing, with the least sum of squares of errors."""
    found, _ = nnls(table, times)
    return found


def graph_of(network: Shape, dialect: str) -> Any:
    """The graph that the planner sees, of which it counts the work."""
    workload = Workload("calibrated", "", network, {}, {})
    model = network.estimator() if isinstance(network, Forest) else network.keras()
    return workload.convert(model, dialect, Variant("columns")).graph


def _judge(measured: dict[str, dict[str, Time]], database: Database, console: Console) -> None:
    table = Table(title=database.version, box=box.SIMPLE, title_justify="left")
    strategies = [*get(database.name).strategies, "auto"]
    for head in ("network", *(f"{s} s" for s in strategies), "over the best"):
        table.add_column(head, justify="left" if head == "network" else "right")
    lost = []
    for name, times in measured.items():
        best = min(time.whole for time in times.values())
        lost.append(times["auto"].whole / best - 1)
        cells = [f"{times[s].whole / 1e9:.3f}" if s in times else "–" for s in strategies]
        table.add_row(name, *cells, f"{lost[-1]:.0%}")
    console.print(table)
    near = sum(over <= 0.2 for over in lost)
    console.print(f"within 20 % of the best: {near} of {len(lost)}, at most {max(lost):.0%} over\n")


if __name__ == "__main__":
    app()
