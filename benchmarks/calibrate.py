"""From which multiply-adds per row arrays beat columns on DuckDB: ``arrays_from``.

``python -m benchmarks.calibrate`` converts networks of many shapes both ways, runs them in
turn, and prints the number that would have chosen best, for the dialect's file.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.databases import DuckDB
from benchmarks.measure import timed
from benchmarks.networks import Dense
from benchmarks.workloads import Variant, Workload
from keras2sql.dialects import get

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
SHAPES = (
    (3, 4, 1), (4, 8, 1), (4, 16, 3), (8, 8, 8, 1), (10, 16, 1), (12, 16, 4), (6, 32, 1),
    (10, 16, 16, 3), (20, 20, 1), (8, 32, 8, 1), (13, 32, 1), (10, 32, 16, 3), (30, 32, 2),
    (20, 64, 1), (16, 48, 24, 1), (30, 64, 32, 1),
)  # fmt: skip
MILLIONS = 60  # of multiply-adds that each run computes, at most
ROWS = 250_000  # at most
Point = tuple[int, float, float]  # multiply-adds per row, seconds by columns, by arrays


@app.command()
def main(
    repeat: Annotated[int, typer.Option(min=1)] = 5,
    precision: Annotated[str, typer.Option(help="double or single")] = "double",
    scale: Annotated[float, typer.Option(min=0, help="Part of the rows.")] = 1.0,
    shapes: Annotated[int, typer.Option(min=1, help="How many networks.")] = len(SHAPES),
) -> None:
    """Measure, and print the number for the dialect's file."""
    database = DuckDB()
    points: list[Point] = []
    table = Table(box=box.SIMPLE)
    for head in ("network", "multiply-adds", "columns s", "arrays s", "columns / arrays"):
        table.add_column(head, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for sizes in sorted(SHAPES[:shapes], key=lambda s: Dense.random(*s).multiply_adds):
            point = _measured(sizes, database, Path(folder), precision, repeat, scale)
            points.append(point)
            work, columns, arrays = point
            shape = "-".join(map(str, sizes))
            times = (f"{columns:.3f}", f"{arrays:.3f}", f"{columns / arrays:.2f}")
            table.add_row(shape, f"{work:,}", *times)
    console = Console(width=None if Console().is_terminal else 100)
    console.print(table)
    best, worst = threshold(points)
    console.print(f"arrays_from={best}: at most {worst:.0%} over the better of the two")
    console.print(f"the dialect says arrays_from={get('duckdb').arrays_from}")


def threshold(points: list[Point]) -> tuple[int, float]:
    """The number of multiply-adds from which arrays are best chosen, and by how much of the
    time its worst choice is slower than the better strategy."""

    def lost(least: int) -> list[float]:
        chosen = [(a if work >= least else c) / min(c, a) - 1 for work, c, a in points]
        return sorted(chosen, reverse=True)

    ends = [0, *(work + 1 for work, _, _ in points)]
    best = min(ends, key=lambda least: (sum(lost(least)), -least))
    below = max((work for work, _, _ in points if work < best), default=0)
    above = min((work for work, _, _ in points if work >= best), default=best)
    return (below + above) // 20 * 10 if below else 0, lost(best)[0]


def _measured(
    sizes: tuple[int, ...],
    database: DuckDB,
    folder: Path,
    precision: str,
    repeat: int,
    scale: float,
) -> Point:
    network = Dense.random(*sizes)
    rows = max(2_048, int(min(ROWS, MILLIONS * 1e6 / network.multiply_adds) * scale))
    workload = Workload("calibrated", "", network, {}, {})
    model = folder / "model.keras"
    network.keras().save(model)
    database.load(workload.table, workload.data(rows))
    queries = {
        s: workload.convert(model, "duckdb", Variant(s, precision)) for s in ("columns", "arrays")
    }
    seconds: dict[str, list[float]] = {s: [] for s in queries}
    for _ in range(repeat):
        for strategy, program in queries.items():
            statement = f"CREATE OR REPLACE TABLE predicted AS {program.query}"
            seconds[strategy].append(timed(lambda s=statement: database.execute(s)))
    columns, arrays = (statistics.median(seconds[s]) for s in ("columns", "arrays"))
    # The work after simplification is what the planner sees.
    return queries["arrays"].graph.multiply_adds(), columns, arrays


if __name__ == "__main__":
    app()
