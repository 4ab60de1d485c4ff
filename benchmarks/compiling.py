"""What it takes to convert: ``python -m benchmarks.compiling``.

Dense networks of 100,000 and of 10 million weights, from a ``.keras`` file to a query and the
tables beside it, each in a process of its own that imports keras2sql first; Linux tells
the memory.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.networks import Dense

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
NETWORKS = {"100,000": (784, 128, 10), "10 million": (1024, 4096, 1408)}
COLUMNS = ("weights", "network", "database", "import s", "convert s", "SQL kB", "MB", "of weights")
# Prints the seconds of import and conversion, the size of the query, and the memory at the peak
# beyond what the interpreter and the imports take.
_PROGRAM = """
import sys, time
def held():  # not of resource: that counts the process which this one came from
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
start = time.perf_counter()
import keras2sql
import keras2sql.read, keras2sql.plan
imported = time.perf_counter()
before = held()
path, dialect, width = sys.argv[1], sys.argv[2], int(sys.argv[3])
features = [f"f{i}" for i in range(width)]
program = keras2sql.convert(path, dialect, "t", "id", features=features, name="m")
done = time.perf_counter()
print(imported - start, done - imported, len(program.query.encode()) / 1000, held() - before)
"""


@app.command()
def main(
    dialects: Annotated[str, typer.Option(help="Databases.")] = "duckdb,sqlite,postgresql",
    networks: Annotated[str, typer.Option(help="100,000 or 10 million, a ; between.")] = ";".join(
        NETWORKS
    ),
    repeat: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts.")] = 5,
) -> None:
    """Convert, and print time, size and memory."""
    table = Table(box=box.SIMPLE)
    for column in COLUMNS:
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for name in networks.split(";"):
            sizes = NETWORKS[name.strip()]
            network = Dense.random(*sizes)
            path = Path(folder) / "model.keras"
            network.keras().save(path)
            megabytes = sum(w.size + b.size for w, b in network.layers) * 4 / 1e6
            for dialect in dialects.split(","):
                runs = [_run(path, dialect.strip(), sizes[0]) for _ in range(repeat)]
                load, convert, size, memory = map(statistics.median, zip(*runs, strict=True))
                table.add_row(
                    name, "-".join(map(str, sizes)), dialect, f"{load:.2f}", f"{convert:.2f}",
                    f"{size:,.0f}", f"{memory:,.0f}", f"{memory / megabytes:.1f} x",
                )  # fmt: skip
    Console(width=None if Console().is_terminal else 110).print(table)


def _run(path: Path, dialect: str, width: int) -> tuple[float, ...]:
    command = [sys.executable, "-c", _PROGRAM, str(path), dialect, str(width)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))


if __name__ == "__main__":
    app()
