"""Networks for images of real size, in DuckDB: ``python -m benchmarks.images``.

Weights are random, those of batch normalisation too; an image is one array column.  Each network
is compared with Keras, in 32 bit, and its pace with that of the engine itself.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

import keras2sql
from benchmarks.databases import DuckDB
from benchmarks.measure import engine_rate, growth, timed
from keras2sql.engines import connect

os.environ.setdefault("KERAS_BACKEND", "jax")
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
COLUMNS = (
    "network", "images", "weights", "multiply-adds", "convert s", "load s", "plan s",
    "s an image", "of rate", "peak MB", "error",
)  # fmt: skip


def _cnn() -> Any:
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _mobilenet() -> Any:
    from keras.applications import MobileNet

    return MobileNet(weights=None, input_shape=(32, 32, 3), alpha=0.25, classes=10)


def _mobilenet_v2() -> Any:
    from keras.applications import MobileNetV2

    return MobileNetV2(weights=None)


def _resnet() -> Any:
    from keras.applications import ResNet50

    return ResNet50(weights=None)


@dataclass(frozen=True)
class Images:
    """A network, and how many images it gets."""

    title: str
    make: Callable[[], Any]
    images: int


NETWORKS = {
    "cnn": Images("MNIST CNN", _cnn, 100),
    "mobilenet": Images("MobileNet 32x32, alpha 0.25", _mobilenet, 100),
    "mobilenetv2": Images("MobileNetV2 224x224", _mobilenet_v2, 1),
    "resnet50": Images("ResNet-50 224x224", _resnet, 1),
}


@app.command()
def main(
    networks: Annotated[str, typer.Option(help=", ".join(NETWORKS))] = "cnn,mobilenet,mobilenetv2",
    images: Annotated[int, typer.Option(min=0, help="How many; 0: by network.")] = 0,
    repeat: Annotated[int, typer.Option(min=1, help="Runs, of which the median counts.")] = 3,
    precision: Annotated[str, typer.Option(help="double or single")] = "double",
) -> None:
    """Convert, run in DuckDB, and compare with Keras."""
    wanted = [word.strip().lower() for word in networks.split(",") if word.strip()]
    if unknown := [word for word in wanted if word not in NETWORKS]:
        raise typer.BadParameter(f"unknown: {', '.join(unknown)}; there are {', '.join(NETWORKS)}")
    console = Console(width=None if Console().is_terminal else 140)
    database = DuckDB()
    rate = engine_rate(database, repeat, 0.1 if images == 1 else 1.0)
    console.print(f"{database.version}: {rate / 1e9:.3g} thousand million multiply-adds per second")
    table = Table(box=box.SIMPLE)
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "network" else "right")
    with tempfile.TemporaryDirectory() as folder:
        for word in wanted:
            network = NETWORKS[word]
            count = images or network.images
            path = Path(folder) / f"{word}.keras"
            cells = _measured(network, path, database, count, repeat, precision, rate)
            table.add_row(network.title, f"{count}", *cells)
    console.print(table)


def _measured(
    network: Images,
    path: Path,
    database: DuckDB,
    count: int,
    repeat: int,
    precision: str,
    rate: float,
) -> list[str]:
    rng = np.random.default_rng(0)
    model = _randomised(network.make(), rng)
    model.save(path)
    shape = model.input_shape[1:]
    x = rng.normal(size=(count, *shape)).astype("f4")
    expected = np.asarray(model.predict(x, verbose=0))
    _load(database, x)
    start = time.perf_counter()
    program = keras2sql.convert(
        path, "duckdb", "images", "id", features="x", precision=precision, name=path.stem
    )
    convert = time.perf_counter() - start
    start = time.perf_counter()
    with connect(database.connection) as engine:
        for stored in program.tables:
            engine.load(stored, program.dialect)
    load = time.perf_counter() - start
    plan = timed(lambda: database.execute(database.planning.format(program.query)))
    database.execute("DEALLOCATE planned")
    statement = f"CREATE OR REPLACE TABLE predicted AS {program.query}"
    peak = growth(lambda: database.execute(statement))
    runs = [timed(lambda: database.execute(statement)) for _ in range(repeat)]
    seconds = statistics.median(runs) / count
    names = list(program.columns[1 : 1 + expected.shape[1]])
    quoted = ", ".join(program.dialect.quote(name) for name in names)
    found = database.fetch(f"SELECT {quoted} FROM predicted ORDER BY id", names)
    off = np.abs(np.stack([found[n] for n in names], axis=1) - expected).max()
    for drop in program.teardown:
        database.execute(drop)
    work = program.graph.multiply_adds()
    return [
        f"{model.count_params():,}",
        f"{work:,}",
        f"{convert:.2f}",
        f"{load:.2f}",
        f"{plan:.2f}",
        f"{seconds:.3f}",
        f"{work / seconds / rate:.0%}",
        "–" if peak is None else f"{peak:,.0f}",
        f"{off / np.abs(expected).max():.0e}",
    ]


def _randomised(model: Any, rng: np.random.Generator) -> Any:
    """New networks have batch normalisations that change nothing."""
    from keras.layers import BatchNormalization

    for layer in model.layers:
        if isinstance(layer, BatchNormalization):
            scale, shift, mean, variance = (w.shape for w in layer.get_weights())
            layer.set_weights(
                [
                    1 + 0.1 * rng.normal(size=scale),
                    0.1 * rng.normal(size=shift),
                    0.1 * rng.normal(size=mean),
                    1 + 0.3 * rng.random(size=variance),
                ]
            )
    return model


def _load(database: DuckDB, x: Any) -> None:
    """The table `images` with an array of numbers for each image."""
    import pyarrow as pa

    arrays = pa.array(list(x.reshape(len(x), -1).astype("f8")))
    rows = pa.table({"id": pa.array(np.arange(len(x))), "x": arrays})
    database.connection.register("loaded", rows)
    database.execute("CREATE OR REPLACE TABLE images AS SELECT * FROM loaded")
    database.connection.unregister("loaded")


if __name__ == "__main__":
    app()
