"""How long models take, foretold and measured: ``python -m benchmarks.prediction``.

Models that are drawn are converted as users convert them.  What `explain(rows=N)` foretells for
all rows of a table is compared with the median of what `run` does, and what a row by its key takes
with what is foretold of that.  Each model runs in a process of its own, which ends at a limit of
time and memory: one that fails, and that was called feasible, is said.

Times are those of the processor, on one thread: others that load the machine hardly change them.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.databases import Database, opened, servers
from benchmarks.drawn import Drawn, drawn
from benchmarks.measure import processed

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
ROWS = {
    "duckdb": 50_000, "clickhouse": 50_000, "datafusion": 50_000, "spark": 50_000,
    "sqlite": 5_000, "postgresql": 5_000, "mariadb": 5_000,
}  # fmt: skip
"""Of the table, by database: what most models take a second or so for."""
LONG, FEWER = 8.0, 10  # seconds foretold from which on the table has a part of these rows
LEAST = 50  # rows of a table
RUNS, ENOUGH = 3, 6.0  # runs of which the median counts; seconds after which there is no more
KEYED, READ = 0.3, 40  # seconds that keys are read for, and how many at most
ASIDE = 3  # times as long as the processor takes may a model wait for it
WANTED = 1.5
"""The factor by which the median of the models may be off."""


@dataclass(frozen=True)
class Outcome:
    """What was foretold of a model and what it took, in seconds; `error`: why it did not work,
    and `feasible` what was said of it before."""

    name: str
    family: str
    strategy: str = ""
    rows: int = 0
    feasible: str = ""
    foretold: float | None = None
    measured: float | None = None
    foretold_key: float | None = None
    measured_key: float | None = None
    error: str = ""

    @property
    def ratio(self) -> float | None:
        """The time over what was foretold."""
        return _ratio(self.measured, self.foretold)

    @property
    def ratio_of_key(self) -> float | None:
        return _ratio(self.measured_key, self.foretold_key)

    @property
    def broken(self) -> bool:
        """Whether it failed and was said to work."""
        return bool(self.error) and self.feasible == "yes"


def _ratio(measured: float | None, foretold: float | None) -> float | None:
    return measured / foretold if measured and foretold else None


@app.command()
def main(
    engines: Annotated[str, typer.Option(help="Databases.")] = ",".join(ROWS),
    models: Annotated[int, typer.Option(min=1, help="How many are drawn.")] = 20,
    seed: Annotated[int, typer.Option(help="By which they are drawn.")] = 21,
    strategy: Annotated[str, typer.Option(help="Strategy, or auto.")] = "auto",
    rows: Annotated[int, typer.Option(min=0, help="Of the table; 0: as the database is.")] = 0,
    limit: Annotated[float, typer.Option(help="Seconds for one model.")] = 60.0,
    memory: Annotated[float, typer.Option(help="Gigabytes for one model.")] = 8.0,
    output: Annotated[Path | None, typer.Option(help="File of JSON for what was measured.")] = None,
    one: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Measure, and print a table for each database."""
    if one:
        print(json.dumps(asdict(_one(json.loads(one)))))
        return
    console = Console(width=None if Console().is_terminal else 130)
    told: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        names = engines.split(",")
        saved = _saved(drawn(models, seed), Path(folder), rows or max(ROWS[n] for n in names))
        for engine in names:
            where = stack.enter_context(servers(engine))
            asked = {"engine": engine, "where": where, "strategy": strategy}
            asked |= {"limit": limit, "memory": memory, "rows": rows or ROWS[engine]}
            found = [_apart(model, path, asked) for path, model in saved.items()]
            _show(engine, found, console)
            told[engine] = [asdict(outcome) for outcome in found]
            if output is not None:
                output.write_text(json.dumps(told, indent=1) + "\n")


def _saved(models: list[Drawn], folder: Path, rows: int) -> dict[Path, Drawn]:
    """Files of the models, and of their inputs."""
    import keras

    paths = {}
    for number, model in enumerate(models):
        keras.utils.set_random_seed(number)
        made, feeds = model.build(rows)
        path = folder / f"model_{number}.keras"
        if hasattr(made, "save"):
            made.save(path)
        else:
            path = path.with_suffix(".pkl")
            path.write_bytes(pickle.dumps(made))
        np.savez(path.with_suffix(".npz"), **feeds)
        paths[path] = model
    return paths


def _apart(model: Drawn, path: Path, asked: dict[str, Any]) -> Outcome:
    """What a model does in a process of its own."""
    told = asked | {"name": model.name, "family": model.family, "path": str(path)}
    command = [sys.executable, "-m", "benchmarks.prediction", "--one", json.dumps(told)]
    nothing = Outcome(model.name, model.family, feasible="yes")
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False,
            timeout=asked["limit"] * ASIDE + 30,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(**asdict(nothing) | {"error": f"more than {asked['limit']:g} s"})
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    last = (done.stderr.strip().splitlines() or [""])[-1]
    known = asdict(nothing) | (json.loads(lines[-1]) if lines else {})
    if done.returncode or not lines:
        known["error"] = last or f"ended by {-done.returncode}"
    return Outcome(**known)


def _one(asked: dict[str, Any]) -> Outcome:
    """Convert a model, run it over a table, and read rows by their keys, in this process."""
    import keras2sql
    from keras2sql.outlook import outlooks

    path, engine = Path(asked["path"]), asked["engine"]
    if engine != "spark":  # whose process would not start so
        most = int(asked["memory"] * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    feeds = dict(np.load(path.with_suffix(".npz")))
    features: Any = {n: [f"{n}_{i}" for i in range(v[0].size)] for n, v in feeds.items()}
    known = {"name": asked["name"], "family": asked["family"]}
    is_keras = path.suffix == ".keras"
    model = path if is_keras else pickle.loads(path.read_bytes())
    given = features if is_keras else features["features"]
    try:
        program = keras2sql.convert(
            model, engine, "rows_of_features", "id", features=given, strategy=asked["strategy"]
        )
    except keras2sql.Keras2SQLError as error:
        return Outcome(**known, feasible="no", error=f"{type(error).__name__}: {error}")
    rows = asked["rows"]
    told = outlooks(program, rows)[0]
    while told.seconds is not None and told.seconds > LONG and rows > LEAST:
        rows = max(LEAST, rows // FEWER)
        told = outlooks(program, rows)[0]
    whole = program.for_all_rows(lambda: rows)
    known |= {"strategy": whole.plan.strategy, "rows": rows, "feasible": told.feasible}
    known |= {"foretold": told.seconds, "foretold_key": _of_a_key(program)}
    print(json.dumps(known), flush=True)  # what is known if this process does not live on
    columns = {
        c: feeds[n][:rows].reshape(rows, -1)[:, i]
        for n, names in features.items()
        for i, c in enumerate(names)
    }
    with opened([engine], asked["where"] or None, _say, threads=1) as (database,):
        database.load("rows_of_features", {"id": np.arange(rows), **columns})
        began = time.monotonic()
        try:
            known["measured"] = _run(database, whole, asked["limit"])
            known["measured_key"] = (
                _read(database, program, rows) if known["foretold_key"] else None
            )
        except Exception as error:  # whatever the database says, it goes into the table
            known["error"] = f"{type(error).__name__}: {error}".splitlines()[0]
        if not known.get("error") and time.monotonic() - began > asked["limit"] * ASIDE:
            known["error"] = f"more than {asked['limit']:g} s"
    return Outcome(**known)


def _say(what: str) -> None:
    print(what, file=sys.stderr)


def _of_a_key(program: Any) -> float | None:
    """Seconds foretold for one row by its key, where a view finds it without the others."""
    from keras2sql.graph.work import Work

    if program.lowered.unreached:
        return None
    expected = program.plan.expected(Work.of(program.graph), program.dialect)
    return None if expected is None else float(expected.of(1).seconds)


def _loaded(database: Database, program: Any) -> list[str]:
    """Put weights into tables; the settings of a query."""
    from keras2sql.engines import connect

    with connect(database.connection) as connection:
        for stored in program.tables:
            connection.load(stored, program.dialect)
    return [settings.sql for settings in program.session]


def _run(database: Database, program: Any, limit: float) -> float:
    """Seconds of the median run over all rows."""
    session = _loaded(database, program)
    run = partial(database.execute, f"CREATE TABLE predicted AS {program.query}", session)
    runs: list[float] = []
    while len(runs) < RUNS and sum(runs) < ENOUGH:
        database.execute("DROP TABLE IF EXISTS predicted")
        runs.append(processed(run, database.process()))
    for statement in program.teardown:
        database.execute(statement)
    return statistics.median(runs)


def _read(database: Database, program: Any, rows: int) -> float:
    """Seconds of a row that is read by its key, in the mean of many: the clock of a server's
    process ticks slowly."""
    session = _loaded(database, program)
    database.execute("DROP TABLE IF EXISTS predicted")
    name = program.dialect.quote("id")

    def read(key: int) -> None:
        database.execute(f"SELECT * FROM ({program.query}) AS found WHERE {name} = {key}", session)

    read(0)
    began, done = time.monotonic(), 0

    def several() -> None:
        nonlocal done
        while done < READ and time.monotonic() - began < KEYED:
            done += 1
            read(done % rows)

    took = processed(several, database.process())
    for statement in program.teardown:
        database.execute(statement)
    return took / done


def _show(engine: str, found: list[Outcome], console: Console) -> None:
    """The table of a database, and by how much the median is off."""
    table = Table(title=engine, box=box.MARKDOWN, title_justify="left")
    times = ("foretold", "measured", "ratio", "one key", "measured", "ratio")
    for head in ("model", "strategy", "rows", *times):
        table.add_column(head, justify="left" if head in ("model", "strategy") else "right")
    for one in found:
        if one.error:
            table.add_row(one.name, one.strategy, f"{one.rows:,}", f"feasible: {one.feasible}")
            continue
        table.add_row(
            one.name, one.strategy, f"{one.rows:,}", *_cells(one.foretold, one.measured),
            *_cells(one.foretold_key, one.measured_key),
        )  # fmt: skip
    console.print(table)
    for one in found:
        if one.error:
            said = "feasible" if one.broken else "refused"
            console.print(f"{said}: {engine}: {one.name}: {one.error[:300]}", highlight=False)
    rows = _off([one.ratio for one in found])
    keys = _off([one.ratio_of_key for one in found])
    console.print(f"{engine}: all rows off by {rows}; a key by {keys}", highlight=False)
    broken = [one.name for one in found if one.broken]
    if broken:
        console.print(f"{engine}: feasible and failed: {', '.join(broken)}", highlight=False)


def _cells(foretold: float | None, measured: float | None) -> tuple[str, str, str]:
    ratio = _ratio(measured, foretold)
    return (
        "–" if foretold is None else f"{foretold * 1e3:.3g} ms",
        "–" if measured is None else f"{measured * 1e3:.3g} ms",
        "–" if ratio is None else f"{ratio:.2f}",
    )


def _off(ratios: list[float | None]) -> str:
    """The median factor, the largest, and which way."""
    known = [ratio for ratio in ratios if ratio is not None]
    if not known:
        return "–"
    factors = [max(ratio, 1 / ratio) for ratio in known]
    median, middle = statistics.median(factors), statistics.median(known)
    told = f"{median:.2f} in the median of {len(known)}, {max(factors):.1f} at most"
    return f"{told}, {middle:.2f} times what was foretold"


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    app()
