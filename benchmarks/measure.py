"""One workload on one database: every contestant in turn, several times over."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants import ORBITAL, RUNTIME, orbital_query, outside
from benchmarks.databases import Database
from benchmarks.networks import Array
from benchmarks.workloads import Variant, Workload
from keras2sql.dialects import get
from keras2sql.engines import connect

PATIENCE = 60.0
"""Seconds after which a contestant is not run again, once it has run `FEWEST` times."""
FEWEST = 5


@dataclass
class Result:
    """What one contestant took for one workload on one database; times in seconds.

    `ratio` is the time over that of ONNX Runtime, `fraction` the multiply-adds per second
    over those of a bare dense layer on the same engine, `memory` the growth of the process
    in megabytes at its peak.  None: does not apply, or can't be measured here.
    """

    workload: str
    engine: str
    contestant: str
    rows: int
    runs: list[float] = field(default_factory=list)
    ratio: float | None = None
    fraction: float | None = None
    strategy: str | None = None
    sql_bytes: int | None = None
    convert: float | None = None
    plan: float | None = None
    memory: float | None = None
    error: float | None = None

    @property
    def seconds(self) -> float:
        return statistics.median(self.runs)


def measure(
    workload: Workload,
    database: Database,
    model: Path,
    rows: int,
    repeat: int,
    rate: float,
) -> list[Result]:
    """All contestants, interleaved; `rate` is that of the engine, as `engine_rate` finds."""
    database.load(workload.table, workload.data(rows))
    results: dict[str, Result] = {}
    contestants: dict[str, Callable[[], None]] = {}

    def enter(name: str, run: Callable[[], None], **known: Any) -> None:
        contestants[name] = run
        results[name] = Result(workload.name, database.name, name, rows, **known)

    def enter_query(name: str, query: str, session: tuple[str, ...], **known: Any) -> None:
        plan = [
            timed(lambda: database.execute(database.planning.format(query), session))
            for _ in range(min(repeat, 3))
        ]
        enter(
            name,
            lambda: database.execute(f"CREATE TABLE predicted AS {query}", session),
            sql_bytes=len(query.encode()),
            plan=statistics.median(plan),
            **known,
        )

    for name, compute in outside(workload.network):
        if name != "Keras" or not workload.chained:  # a call of Keras for each row takes minutes
            enter(name, lambda compute=compute: _outside(workload, database, compute))
    columns: dict[str, list[str]] = {}
    programs = []
    for variant in workload.variants[database.name]:
        program, seconds = _converted(workload, model, database.name, variant, min(repeat, 3))
        programs.append(program)
        with connect(database.connection) as engine:
            for stored in program.tables:
                engine.load(stored, program.dialect)
        enter_query(
            str(variant),
            program.query,
            tuple(settings.sql for settings in program.dialect.session),
            strategy=program.plan.strategy,
            convert=seconds,
        )
        columns[str(variant)] = program.columns[1:]
    start = time.perf_counter()
    made = orbital_query(workload, database.name)
    if made is not None:
        query, names = made
        enter_query(ORBITAL, query, (), convert=time.perf_counter() - start)
        columns[ORBITAL] = names
    expected = _expected(workload, database)
    for turn in range(repeat):
        for name, run in contestants.items():
            if turn >= FEWEST and sum(results[name].runs) > PATIENCE:
                continue
            database.execute("DROP TABLE IF EXISTS predicted")
            gc.collect()
            process = database.process() if name in columns else "self"
            timing = partial(_append, results[name].runs, run)
            grown = growth(timing, process)
            if grown is not None:
                results[name].memory = max(grown, results[name].memory or 0.0)
            if turn == 0:
                found = _found(database, columns.get(name, ["y0"]), expected.shape[1])
                results[name].error = float(np.abs(found - expected).max())
    work = workload.network.multiply_adds * rows
    for name, result in results.items():
        result.ratio = result.seconds / results[RUNTIME].seconds
        if name in columns:
            result.fraction = work / result.seconds / rate
    database.execute("DROP TABLE IF EXISTS predicted")
    database.execute(f"DROP TABLE {workload.table}")
    for statement in dict.fromkeys(s for program in programs for s in program.teardown):
        database.execute(statement)
    return list(results.values())


def _append(runs: list[float], run: Callable[[], None]) -> None:
    runs.append(timed(run))


def timed(run: Callable[[], Any]) -> float:
    """The seconds that a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def processed(run: Callable[[], Any], process: int | str) -> float:
    """The seconds that a call takes the processor in this process, "self", or another."""
    start = _processor(process)
    run()
    return _processor(process) - start


def _processor(process: int | str) -> float:
    """The seconds of the processor that a process has taken, all threads together."""
    if process == "self":
        return time.process_time()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _outside(workload: Workload, database: Database, compute: Callable[[Array], Array]) -> None:
    """What users do otherwise: fetch the rows, compute, write the predictions back."""
    fetched = database.fetch(workload.query, ["id", *workload.features])
    found = compute(workload.arranged(fetched, "f4"))
    keys = fetched["id"][:: workload.steps or 1].astype(np.int64)
    predictions = {f"y{i}": column for i, column in enumerate(found.T)}
    database.load("predicted", {"id": keys, **predictions})


def _converted(
    workload: Workload, model: Path, dialect: str, variant: Variant, repeat: int
) -> tuple[Any, float]:
    """The program, and the seconds that it takes to make it of the model's file."""
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        program = workload.convert(model, dialect, variant)
        seconds.append(time.perf_counter() - start)
    return program, statistics.median(seconds)


def _expected(workload: Workload, database: Database) -> Array:
    """The predictions in 64 bit, in the order of the key."""
    fetched = database.fetch(workload.query, ["id", *workload.features])
    order = np.argsort(fetched["id"], kind="stable")
    ordered = {name: values[order] for name, values in fetched.items()}
    return workload.network(workload.arranged(ordered, "f8"))


def _found(database: Database, columns: list[str], outputs: int) -> Array:
    """The predictions that were written, in the order of the key."""
    names = columns if len(columns) == outputs else [f"y{i}" for i in range(outputs)]
    quote = get(database.name).quote
    items = ", ".join(map(quote, names))
    fetched = database.fetch(f"SELECT {items} FROM predicted ORDER BY id", names)
    return np.stack([fetched[name] for name in names], axis=1).astype("f8")


def engine_rate(database: Database, repeat: int, scale: float) -> float:
    """Multiply-adds per second of a bare dense layer, in the engine's best form.

    Products of arrays of 64 that are there already, or sums of 16 columns.
    """
    rng = np.random.default_rng(2)
    dialect, packed = get(database.name), bool(database.operand)
    width, units = (64, 32) if packed else (16, 16)
    numbers = rng.normal(size=(max(2_048, int(database.rate_rows * scale)), width))
    if packed:
        database.load("bare_numbers", {"x": numbers})
        database.execute("DROP TABLE IF EXISTS bare")
        database.execute(f"CREATE TABLE bare AS SELECT {database.operand} AS x FROM bare_numbers")
        database.execute("DROP TABLE bare_numbers")
    else:
        database.load("bare", {f"x{i}": column for i, column in enumerate(numbers.T)})
    sums = []
    for weights in rng.normal(size=(units, width)).tolist():
        if packed:
            array = ", ".join(f"{w:.9g}" for w in weights)
            dot = dialect.need(dialect.products, "products of arrays").dot
            product = dot.format("x", array, type=dialect.types["single"])
            sums.append(f"sum({product})")
        else:
            sums.append(f"sum({' + '.join(f'({w!r}) * x{i}' for i, w in enumerate(weights))})")
    query = f"SELECT {', '.join(sums)} FROM bare"
    session = [settings.sql for settings in dialect.session]
    seconds = [timed(lambda: database.execute(query, session)) for _ in range(repeat)]
    database.execute("DROP TABLE bare")
    return width * units * len(numbers) / statistics.median(seconds)


def growth(run: Callable[[], None], process: int | str = "self") -> float | None:
    """Megabytes by which a process grows at its peak during a call; None if that can't be told."""
    before = _forget_peak(process)
    run()
    after = _peak(process)
    return None if before is None or after is None else (after - before) / 1024


def _forget_peak(process: int | str) -> int | None:
    """Let the kernel measure the peak anew; the kilobytes held now."""
    try:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    except OSError:
        return None
    return _status(process, "VmRSS")


def _peak(process: int | str) -> int | None:
    """The most kilobytes that the process held since."""
    return _status(process, "VmHWM")


def _status(process: int | str, field: str) -> int | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), None)
