"""Where a workload's time goes in DuckDB: ``python -m benchmarks.profile --workloads W4,W5``.

DuckDB's own profile of the query, by phase and by kind of operator.  The times of operators are
those of all threads together.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.databases import DuckDB
from benchmarks.measure import timed
from benchmarks.workloads import WORKLOADS, Variant
from keras2sql.engines import connect

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
LEAST = 0.01  # of all time, below which an operator is not listed


@app.command()
def main(
    workloads: Annotated[str, typer.Option(help="W1 to W6, W3A, CNN")] = "W4,W5",
    precision: Annotated[str, typer.Option(help="double or single")] = "double",
    scale: Annotated[float, typer.Option(min=0, help="Part of the rows.")] = 1.0,
) -> None:
    """Run each workload twice, the second time with DuckDB's profiler, and print that."""
    console = Console(width=None if Console().is_terminal else 110)
    for name in workloads.split(","):
        workload = WORKLOADS[name.strip().upper()]
        rows = max(20, int(workload.rows["duckdb"] * scale))
        database = DuckDB()
        database.load(workload.table, workload.data(rows))
        program = workload.convert(workload.network.keras(), "duckdb", Variant("auto", precision))
        with connect(database.connection) as engine:
            for stored in program.tables:
                engine.load(stored, program.dialect)
        query = f"CREATE OR REPLACE TABLE predicted AS {program.query}"
        whole = timed(lambda q=query, d=database: d.execute(q))
        table = Table(
            title=f"{name}: {rows:,} rows, {program.plan.strategy}, {whole:.3f} s",
            box=box.SIMPLE,
            title_justify="left",
        )
        for head in ("phase or operator", "seconds", "of them", "rows out"):
            table.add_column(head, justify="left" if head == "phase or operator" else "right")
        found = sorted(_profile(database, query), key=lambda line: -line[1])
        total = sum(seconds for _, seconds, _ in found)
        for what, seconds, count in found:
            if seconds >= LEAST * total:
                out = f"{count:,}" if count else ""
                table.add_row(what, f"{seconds:.3f}", f"{seconds / total:.0%}", out)
        console.print(table)


def _profile(database: DuckDB, query: str) -> list[tuple[str, float, int]]:
    """Phases and kinds of operators: seconds and rows that come out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile.json"
        for statement in (
            "PRAGMA enable_profiling = 'json'",
            "SET profiling_mode = 'detailed'",
            f"SET profiling_output = '{path}'",
            query,
            "PRAGMA disable_profiling",
        ):
            database.connection.execute(statement)
        document = json.loads(path.read_text(encoding="utf-8"))
    seconds: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for operator in _operators(document["operator"]):
        name = str(operator["type"]).strip().lower().replace("_", " ")
        seconds[name] += float(operator["timing"])
        rows[name] += int(operator["intermediate_rows"])
    phases = {"binding": "planner", "optimizing": "optimizer", "physical plan": "physical_planner"}
    found = [(name, float(document[key]["total_time"]), 0) for name, key in phases.items()]
    return [*found, *((name, seconds[name], rows[name]) for name in seconds)]


def _operators(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        yield node
        yield from _operators(node.get("children", []))


if __name__ == "__main__":
    app()
