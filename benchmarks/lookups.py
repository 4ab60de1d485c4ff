"""What it takes to read single rows of a view: ``python -m benchmarks.lookups``.

Beside the view as it is deployed stand the same in the form that keeps conditions out (PostgreSQL,
SQLite: the statement as it was), a function of the row's values, and ONNX Runtime in a process
that fetches the row.  All in one run, milliseconds; the first call apart from the median of the
last five, when a statement that is kept is planned no more.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import keras2sql
from benchmarks.databases import Database, opened
from benchmarks.networks import Dense
from keras2sql.dialects import get
from keras2sql.engines import connect

NETWORKS = {"W1": (10, 32, 16, 3), "W2": (30, 128, 64, 1)}
STRATEGIES = {
    "postgresql": ("columns", "rows"),
    "pgvector": ("arrays",),
    "sqlite": ("columns", "rows"),
    "duckdb": ("columns", "arrays", "tables", "rows"),
}
"""By database; "tables" are arrays with the weights in tables."""
PATIENCE = 20.0  # seconds, after which a reading is not repeated

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Form:
    """A view, and whether it is read in all ways or by one key alone."""

    title: str
    query: str
    every: bool


def timed(read: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Milliseconds of the first call, and the median of the last five, if there are others."""
    taken: list[float] = []
    while len(taken) <= repeat and sum(taken) < PATIENCE:
        begun = time.perf_counter()
        read()
        taken.append(time.perf_counter() - begun)
    return taken[0] * 1e3, statistics.median(taken[1:][-5:] or taken) * 1e3


def readings(database: Database, view: str, features: str = "*") -> dict[str, Callable[[], Rows]]:
    """The ways to read a view, each through a statement whose text stays the same."""
    connection, mark = database.connection, "%s"
    if database.name in ("sqlite", "duckdb"):
        mark = "?"
    keys = iter(range(10**9))

    kept = {} if mark == "?" else {"prepare": True}

    def new(query: str) -> Rows:
        found: Rows = connection.execute(query).fetchall()
        return found

    def rows(query: str, *given: int) -> Rows:
        found: Rows = connection.execute(query, given, **kept).fetchall()
        return found

    hundred = ", ".join(str(7 * i) for i in range(100))
    read = f"SELECT {features} FROM {view}"
    return {
        "one key, new text": lambda: new(f"{read} WHERE id = {next(keys) % 1000}"),
        "one key": lambda: rows(f"{read} WHERE id = {mark}", next(keys) % 1000),
        "100 keys": lambda: rows(f"{read} WHERE id IN ({hundred})"),
        "LIMIT 10": lambda: rows(f"{read} LIMIT 10"),
        "join of 100": lambda: rows(f"{read} JOIN wanted ON wanted.key = {view}.id"),
    }


def outside(network: Dense) -> Callable[[Rows], Any]:
    """ONNX Runtime over rows that were fetched."""
    import onnxruntime

    session = onnxruntime.InferenceSession(network.onnx())
    name = session.get_inputs()[0].name
    return lambda rows: session.run(None, {name: np.array(rows, dtype=np.float32)})


def forms(program: keras2sql.Program, model: Any, how: dict[str, Any]) -> Iterator[Form]:
    """The views of a program: as it is, and in the form that keeps conditions out."""
    way, in_tables = program.plan.strategy, program.plan.weights == "tables"
    way += ", weights in tables" if in_tables else ""
    yield Form(f"view, {way}", program.query, not program.lowered.unreached)
    dialect = get(program.dialect.name)
    if dialect.steps.by_key is not None:
        steps = replace(dialect.steps, by_key=None)
        before = keras2sql.convert(model, replace(dialect, steps=steps), **how)
        if before.query != program.query:
            yield Form(f"before, {way}", before.query, False)


def measure(database: Database, name: str, count: int, repeat: int, strategies: list[str]) -> None:
    """Print a line for each way to read each form."""
    network = Dense.random(*NETWORKS[name])
    features = [f"f{i}" for i in range(network.width)]
    x = np.random.default_rng(1).normal(size=(network.width, count))
    ids = np.arange(count, dtype=np.int64)
    database.execute("DROP VIEW IF EXISTS scores")
    database.load("keyed", {"id": ids, **dict(zip(features, x, strict=True))})
    database.load("wanted", {"key": ids[:: count // 100][:100]})
    database.execute("CREATE UNIQUE INDEX keyed_id ON keyed (id)")
    if database.name not in ("sqlite", "duckdb"):
        database.execute("ANALYZE keyed")

    def say(what: str, way: str, found: tuple[float, float]) -> None:
        first, median = (f"{v:,.2f}" for v in found)
        print(
            f"| {database.name} | {name}, {count:,} | {what} | {way} | {first} | {median} |",
            flush=True,
        )

    predict = outside(network)
    for way, read in readings(database, "keyed", ", ".join(features)).items():
        say("ONNX Runtime", way, timed(lambda r=read: predict(r()), repeat))  # type: ignore[misc]
    model = network.keras()
    for strategy in (s for s in STRATEGIES[database.name] if s in strategies):
        how = {"table": "keyed", "key": "id", "features": features, "strategy": strategy}
        if strategy == "tables":
            how |= {"strategy": "arrays", "weights": "tables"}
        how["precision"] = "single" if database.name == "pgvector" else "double"
        program = keras2sql.convert(model, database.name, **how)
        with connect(database.connection) as engine:
            for table in program.tables:
                engine.load(table, program.dialect)
            for form in forms(program, model, how):
                database.execute(f"CREATE VIEW scores AS {form.query}")
                for way, read in readings(database, "scores").items():
                    if form.every or way == "one key":
                        say(form.title, way, timed(read, repeat if form.every else 1))
                database.execute("DROP VIEW scores")
            if program.dialect.views and program.dialect.views.function and strategy != "rows":
                program.deploy(engine, "score_row", kind="function")
                values = ", ".join(f"keyed.{feature}" for feature in features)
                called = f"(SELECT id, s.* FROM keyed CROSS JOIN LATERAL score_row({values}) AS s)"
                for way, read in readings(database, f"{called} AS scores").items():
                    if way.startswith("one key"):
                        say(f"function, {strategy}", way, timed(read, repeat))
                keras2sql.undeploy(engine, "score_row")
            engine.execute_script(program.teardown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engines", default=",".join(STRATEGIES))
    parser.add_argument("--workloads", default=",".join(NETWORKS))
    parser.add_argument("--rows", default="10000,100000", help="of the tables, such as 1000000")
    parser.add_argument("--strategies", default="columns,arrays,tables,rows")
    parser.add_argument("--repeat", type=int, default=11)
    parser.add_argument("--postgres", help="URL of a PostgreSQL; one is started without")
    asked = parser.parse_args()
    print(
        "| database | network, rows | | read | first, ms | then, ms |\n|---|---|---|---|---:|---:|"
    )
    with opened(asked.engines.split(","), asked.postgres, print) as databases:
        for name in asked.workloads.split(","):
            for rows in map(int, asked.rows.split(",")):
                for database in databases:
                    measure(database, name, rows, asked.repeat, asked.strategies.split(","))


if __name__ == "__main__":
    main()
