"""How good the planner's choices and estimates are: ``python -m benchmarks.planner``.

Networks of tutorials, and the real ones of the tests, are converted by `auto` and by every
strategy, weights in the statement or in tables, and run over two numbers of rows; what that tells
of a statement, once and per row, is compared with the estimate over `ROWS` rows and over `FEW`.
Over few rows a choice counts as bad only where it takes longer than `PATIENCE`.  Each candidate
runs in a process of its own, which ends at a limit of time and memory, and where it takes clearly
longer than the choice: it is not the better one then, and that is all that is asked.

Times are those of the processor, on one thread: others that load the machine hardly change them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.databases import Columns, Database, opened, servers
from benchmarks.measure import processed
from benchmarks.tutorials import TUTORIALS, Build
from keras2sql.dialects import get
from keras2sql.dialects.costs import ROWS, Time
from keras2sql.plan import PATIENCE

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
ENGINES = ("duckdb", "sqlite", "postgresql")
FEW = 1_000
"""Rows of a table that is small: what a statement takes once counts most there."""
SIZES = (100, FEW, 10_000)  # rows that are measured: the first, and another that takes longer
SLOW, FEWER = 20e6, (2, 10, 100)  # nanoseconds a row from which on fewer rows are measured
GROWN = 0.2  # seconds that more rows take more: then there are enough of them,
LARGE = 0.5  # if that is as large a part of what the fewest take; less is noise of planning
LONG = 0.5  # seconds from which on a run is not made twice
CLEARLY, APART = 1.5, 3.0  # times the choice's time, and seconds beyond
WORST_CHOICE, WORST_ESTIMATE = 3.0, 5.0
BUSY = 4  # times as long as the processor takes may a candidate wait for it
Candidate = tuple[str, str]  # strategy and weights


@dataclass(frozen=True)
class Tried:
    """A candidate's measured time and estimate, or why there is none; seconds `spent` on it."""

    strategy: str = ""
    weights: str = ""
    measured: Time | None = None
    estimate: Time | None = None
    error: str = ""
    spent: float = 0.0

    @property
    def candidate(self) -> Candidate:
        return self.strategy, self.weights


@app.command()
def main(
    engines: Annotated[str, typer.Option(help="Databases.")] = ",".join(ENGINES),
    only: Annotated[str, typer.Option(help="Networks with this in their name.")] = "",
    limit: Annotated[float, typer.Option(help="Seconds for one candidate.")] = 60.0,
    memory: Annotated[float, typer.Option(help="Gigabytes for one candidate.")] = 8.0,
    one: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Measure, print a table for each database, and say what is out of bounds."""
    if one:
        _one(json.loads(one))
        return
    console = Console(width=None if Console().is_terminal else 150)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        models = _made({n: b for n, b in TUTORIALS.items() if only in n}, Path(folder))
        for engine in engines.split(","):
            where = stack.enter_context(servers(engine))
            found = {}
            for name, path in models.items():
                found[name] = _tried(engine, where, path, limit, memory)
                console.print(f"{engine}: {name}: {_line(found[name])}", highlight=False)
            _judge(engine, found, console)


def _made(builds: dict[str, Build], folder: Path) -> dict[str, Path]:
    """Files of the models, and of their inputs."""
    import keras

    paths = {}
    for number, (name, build) in enumerate(builds.items()):
        keras.utils.set_random_seed(0)
        model, feeds = build(keras, SIZES[-1])
        paths[name] = folder / f"model_{number}.keras"
        model.save(paths[name])
        np.savez(paths[name].with_suffix(".npz"), **feeds)
    return paths


def _candidates(engine: str) -> list[Candidate]:
    dialect = get(engine)
    found = [(strategy, "inline") for strategy in dialect.strategies]
    found += [("rows", "tables")] * ("rows" in dialect.strategies)
    has_matrices = dialect.products is not None and dialect.products.matrices is not None
    return found + [("arrays", "tables")] * has_matrices


def _tried(
    engine: str, where: str, path: Path, limit: float, memory: float
) -> dict[Candidate, Tried]:
    """Of each candidate, and of ("auto", "auto")."""
    found: dict[Candidate, Tried] = {}
    for candidate in (("auto", "auto"), *_candidates(engine)):
        chosen = found.get(("auto", "auto"))
        if chosen is not None and chosen.measured:
            limit = min(limit, CLEARLY * chosen.spent + APART)
        if chosen is not None and chosen.candidate == candidate:
            found[candidate] = chosen
            continue
        asked = {"engine": engine, "where": where, "path": str(path), "memory": memory}
        asked |= {"strategy": candidate[0], "weights": candidate[1], "limit": limit}
        command = [sys.executable, "-m", "benchmarks.planner", "--one", json.dumps(asked)]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=limit * BUSY + 30, check=False
            )
        except subprocess.TimeoutExpired:
            found[candidate] = Tried(*candidate, error=f"more than {limit:g} s")
            continue
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            last = (done.stderr.strip().splitlines() or [f"ended by {-done.returncode}"])[-1]
            found[candidate] = Tried(*candidate, error=last)
            continue
        told = json.loads(lines[-1])
        times = {k: Time(*told[k]) for k in ("measured", "estimate") if told[k]}
        of = {"error": told["error"], "spent": told["spent"]}
        found[candidate] = Tried(told["strategy"], told["weights"], **of, **times)
    return found


def _one(asked: dict[str, Any]) -> None:
    """Run a candidate in this process, and print what it took."""
    import signal

    import keras2sql
    from keras2sql.engines import connect
    from keras2sql.graph.work import Work

    most = int(asked["memory"] * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    least = int(asked["limit"])
    resource.setrlimit(resource.RLIMIT_CPU, (least, least + 5))
    signal.alarm(least * BUSY)  # a server computes in a process of its own
    engine, path = asked["engine"], Path(asked["path"])
    feeds = dict(np.load(path.with_suffix(".npz")))
    features = {n: [f"{n}_{i}" for i in range(v[0].size)] for n, v in feeds.items()}
    told: dict[str, Any] = {"measured": None, "estimate": None, "error": "", "spent": 0.0}
    told |= {"strategy": asked["strategy"], "weights": asked["weights"]}
    try:
        program = keras2sql.convert(
            path, engine, "rows_of_features", "id", features=features,
            strategy=asked["strategy"], weights=asked["weights"],
            precision=get(engine).packed_precision or "double",
        ).for_all_rows()  # fmt: skip
    except keras2sql.Keras2SQLError as error:
        print(json.dumps(told | {"error": f"{type(error).__name__}: {error}"}))
        return
    plan = program.plan
    told |= {"strategy": plan.strategy, "weights": plan.weights}
    work, dialect = Work.of(program.graph), get(engine)
    estimate = plan.expected(work, dialect)
    if estimate is not None:
        told["estimate"] = (estimate.once * 1e9, (estimate.seconds - estimate.once) * 1e9 / ROWS)
    with opened([engine], asked["where"], print, threads=1) as (database,):
        with connect(database.connection) as connection:
            for stored in program.tables:
                connection.load(stored, program.dialect)
        try:
            slow = estimate is not None and told["estimate"][1] > SLOW
            sizes = FEWER if slow else SIZES
            told["measured"] = _measured(database, program, feeds, features, sizes)
            told["spent"] = time.process_time()
        except Exception as error:  # whatever the database says, it goes into the table
            told["error"] = f"{type(error).__name__}: {error}".splitlines()[0]
        for statement in program.teardown:
            database.execute(statement)
    print(json.dumps(told))


def _measured(
    database: Database,
    program: Any,
    feeds: Columns,
    features: dict[str, list[str]],
    sizes: tuple[int, ...],
) -> tuple[float, float]:
    """Nanoseconds once and per row."""
    times: list[float] = []
    for size in sizes:
        flat = {n: v[:size].reshape(size, -1) for n, v in feeds.items()}
        columns = {c: flat[n][:, i] for n, names in features.items() for i, c in enumerate(names)}
        database.load("rows_of_features", {"id": np.arange(size), **columns})
        session = [settings.sql for settings in program.session]
        run = partial(
            database.execute,
            f"CREATE TABLE predicted AS {program.query}",
            session,
        )
        runs: list[float] = []
        while len(runs) < 2 and max(runs, default=0) < LONG:
            database.execute("DROP TABLE IF EXISTS predicted")
            runs.append(processed(run, database.process()))
        times.append(min(runs))
        if times[-1] - times[0] > max(GROWN, LARGE * times[0]):
            break
    each = max(times[-1] - times[0], 0) / (size - sizes[0])
    return max(times[0] - sizes[0] * each, 0) * 1e9, each * 1e9


def _line(found: dict[Candidate, Tried]) -> str:
    texts = []
    for (strategy, weights), tried in found.items():
        told = tried.error[:100]
        if tried.measured:
            told = f"{tried.measured.once / 1e9:.2f} s + {tried.measured.each:,.0f} ns a row"
        if tried.estimate and tried.measured:
            told += f" ({tried.estimate.once / 1e9:.2f} + {tried.estimate.each:,.0f})"
        chosen = f" = {tried.strategy}, {tried.weights}" if strategy == "auto" else ""
        texts.append(f"{strategy} {weights}{chosen}: {told}")
    return "; ".join(texts)


def _judge(engine: str, found: dict[str, dict[Candidate, Tried]], console: Console) -> None:
    """The table of a database, and what is beyond the bounds in it."""
    table = Table(title=engine, box=box.MARKDOWN, title_justify="left")
    for head in ("network", "chosen", f"estimate, {ROWS:,}", "measured", "off", "best", "ratio",
                 f"estimate, {FEW:,}", "measured", "off", "ratio"):  # fmt: skip
        table.add_column(head, justify="left" if head in ("network", "chosen", "best") else "right")
    beyond: list[str] = []
    choices: list[float] = []
    offs: list[float] = []
    for name, tried in found.items():
        auto = tried["auto", "auto"]
        if auto.measured is None:
            table.add_row(name, f"{auto.strategy}: {auto.error}"[:60])
            if any(t.measured for t in tried.values()):
                beyond.append(f"{name}: {auto.strategy} {auto.weights} ends: {auto.error}")
            continue
        cells: list[str] = []
        for rows in (ROWS, FEW):
            times = {c: _at(t.measured, rows) for c, t in tried.items() if t.measured}
            best = min(times, key=lambda c: times[c])
            measured = times["auto", "auto"]
            ratio = measured / times[best]
            estimate = _at(auto.estimate, rows) if auto.estimate else 0.0
            off = max(estimate / measured, measured / estimate) if estimate else 0.0
            cells += [f"{estimate:.2g} s", f"{measured:.2g} s", f"{off:.1f}"]
            cells += ([" ".join(best)] if rows == ROWS else []) + [f"{ratio:.1f}"]
            if rows == ROWS or measured > PATIENCE:
                choices.append(ratio)
            if choices[-1] > WORST_CHOICE and choices[-1] == ratio:
                beyond.append(f"{name}: {ratio:.1f} times {' '.join(best)} over {rows:,} rows")
        for t in {t.candidate: t for t in tried.values() if t.measured and t.estimate}.values():
            off = _at(t.estimate, ROWS) / _at(t.measured, ROWS)
            offs.append(max(off, 1 / off))
            if offs[-1] > WORST_ESTIMATE:
                beyond.append(
                    f"{name}: {t.strategy} {t.weights} estimated {off:.2g} times its time"
                )
        table.add_row(name, " ".join(auto.candidate), *cells)
    console.print(table)
    for line in beyond:
        console.print(f"beyond: {engine}: {line}", highlight=False)
    console.print(
        f"{engine}: {len(found)} networks, {len(beyond)} beyond the bounds; over the best "
        f"{_spread(choices)}; estimates off by {_spread(offs)}",
        highlight=False,
    )


def _spread(ratios: list[float]) -> str:
    return f"{np.median(ratios):.1f} in the median, {max(ratios):.1f} at most" if ratios else "–"


def _at(time: Time | None, rows: int) -> float:
    """Seconds over so many rows."""
    return (time.once + time.each * rows) / 1e9 if time else 0.0


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    app()
