"""The command: which workloads on which databases, how often, and where the results go."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import THREADS, report
from benchmarks.databases import NEEDS, Database, opened
from benchmarks.measure import Result, engine_rate, measure
from benchmarks.networks import Network
from benchmarks.workloads import CHAIN, CHAIN_ROWS, WORKLOADS, Workload

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    workloads: Annotated[str, typer.Option(help="W1 to W6, W3A, CNN, chain")] = ",".join(
        [*WORKLOADS, CHAIN.name]
    ),
    engines: Annotated[str, typer.Option(help=", ".join(NEEDS))] = ",".join(NEEDS),
    repeat: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts.")] = 5,
    scale: Annotated[float, typer.Option(min=0, help="Part of the rows.")] = 1.0,
    postgres: Annotated[
        str, typer.Option(metavar="URL", help="A PostgreSQL to use; else one is started.")
    ] = "",
    output: Annotated[
        Path, typer.Option(help="Folder of results.json, results.svg and results.md.")
    ] = Path("benchmarks/results"),
) -> None:
    """Time models as SQL beside ONNX Runtime, numpy and Keras, which fetch and write back."""
    wanted = _chosen(workloads, [*WORKLOADS, CHAIN.name])
    console = Console(width=None if Console().is_terminal else 130)
    names = _chosen(engines, list(NEEDS))
    results: list[Result] = []
    rates: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(names, postgres or None, console.print) as databases,
    ):
        for database in databases:
            rates[database.name] = engine_rate(database, repeat, scale)
            pace = rates[database.name] / 1e9
            console.print(
                f"{database.version}: {pace:.3g} thousand million multiply-adds per second, "
                f"{THREADS} threads"
            )
        versions = [database.version for database in databases]
        for name in wanted:
            workload = WORKLOADS.get(name, CHAIN)
            model = _saved(workload.network, Path(folder) / f"{name}.keras")
            for database in databases:
                rate = rates[database.name]
                results += _measured(workload, database, model, repeat, scale, rate)
            for table in report.tables([r for r in results if r.workload == name]):
                console.print(table)
            _written(results, rates, versions, output)
    console.print(f"written: {output}/results.json, results.md, results.svg")


def _written(
    results: list[Result], rates: dict[str, float], versions: list[str], output: Path
) -> None:
    """After each workload, as a run takes long and may be stopped."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "results.json").write_text(report.as_json(results, rates, versions))
    (output / "results.md").write_text(report.markdown(results, versions))
    report.plot(results, output / "results.svg")


def _measured(
    workload: Workload, database: Database, model: Path, repeat: int, scale: float, rate: float
) -> list[Result]:
    sizes = CHAIN_ROWS if database.name in CHAIN.variants else ()
    if workload is not CHAIN:  # not every network is for every database
        sizes = tuple(n for name, n in workload.rows.items() if name == database.name)
    found: list[Result] = []
    for size in sizes:
        rows = max(20, int(size * scale))
        found += measure(workload, database, model, rows, repeat, rate)
    return found


def _saved(network: Network, path: Path) -> Path:
    network.keras().save(path)
    return path


def _chosen(text: str, known: list[str]) -> list[str]:
    """The names in a list with commas between, whatever their case."""
    folded = {name.lower(): name for name in known}
    given = [word.strip().lower() for word in text.split(",") if word.strip()]
    unknown = [word for word in given if word not in folded]
    if unknown or not given:
        raise typer.BadParameter(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return [folded[word] for word in dict.fromkeys(given)]
