"""Forests in a database, beside ONNX Runtime with the fetch of the rows and the write-back.

``python -m benchmarks.forests [ROWS [DATABASE]]``: both make a table of predictions of the same
rows in one run, in turn, on `THREADS` threads each where the database has threads.  The second
number is the processor's time, which other work on the machine changes less; a server's is not in
it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import keras2sql
from benchmarks import THREADS
from benchmarks.databases import opened
from benchmarks.databases.base import Database
from keras2sql.engines import connect

FEATURES, FITTED, TURNS = 12, 20_000, 3
COLUMNS = [f"f{i}" for i in range(FEATURES)]


def models() -> dict[str, Any]:
    """The estimators, not fitted."""
    from sklearn.ensemble import (
        GradientBoostingRegressor,
        HistGradientBoostingRegressor,
        RandomForestRegressor,
    )

    return {
        "100 trees of depth 6": RandomForestRegressor(100, max_depth=6, random_state=0),
        "200 trees of depth 12": RandomForestRegressor(200, max_depth=12, random_state=0),
        "gradient boosting, 500 of depth 5": GradientBoostingRegressor(
            n_estimators=500, max_depth=5, subsample=0.2, random_state=0
        ),
        "by histograms, 300": HistGradientBoostingRegressor(max_iter=300, random_state=0),
    }


def rows(count: int, seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=(count, FEATURES))


def other(model: Any) -> tuple[str, Callable[[Any], Any]]:
    """ONNX Runtime; scikit-learn itself where skl2onnx can't write the model down."""
    try:
        return "ONNX Runtime", onnx(model)
    except (RuntimeError, TypeError, ValueError):
        return "scikit-learn", model.predict


def onnx(model: Any) -> Callable[[Any], Any]:
    """What ONNX Runtime computes of numbers of 32 bit."""
    import onnxruntime
    from skl2onnx import to_onnx

    made = to_onnx(model, np.zeros((1, FEATURES), dtype=np.float32))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(made.SerializeToString(), options)
    name = session.get_inputs()[0].name
    return lambda x: session.run(None, {name: x})[0].reshape(-1)


def outside(database: Database, predict: Callable[[Any], Any]) -> None:
    """Fetch, predict, write back."""
    found = database.fetch(f"SELECT id, {', '.join(COLUMNS)} FROM rows_to_score", ["id", *COLUMNS])
    x = np.stack([found[c] for c in COLUMNS], axis=1).astype(np.float32)
    made = np.asarray(predict(x), dtype=np.float64)
    database.load("outside", {"id": found["id"], "estimator": made})


def inside(database: Database, query: str, session: Sequence[str]) -> None:
    """The table of predictions, by the query."""
    database.execute("DROP TABLE IF EXISTS inside")
    database.execute(f"CREATE TABLE inside AS {query}", session)


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


def stored(database: Database, program: Any) -> None:
    """The tables that the query reads."""
    with connect(database.connection) as engine:
        for table in program.tables:
            engine.load(table, program.dialect)


def main(count: int, name: str) -> None:
    """Print a line for each model."""
    x, scored = rows(FITTED, 0), rows(count, 1)
    target = np.sin(x @ np.linspace(-1, 1, FEATURES)) + x[:, 0] * x[:, 1]
    with opened([name], None, print) as found:
        for database in found:
            columns = dict(zip(COLUMNS, scored.T.copy(), strict=True))
            database.load("rows_to_score", {"id": np.arange(count), **columns})
            version, threads = database.version, f"{THREADS} threads"
            print(f"{version}, {count:,} rows, {threads}; medians of {TURNS}, seconds (processor)")
            for called, model in models().items():
                model.fit(x, target)
                measured(database, called, model, scored)


def measured(database: Database, called: str, model: Any, scored: Any) -> None:
    """Print the line of one model."""
    rival, predict = other(model)
    made = keras2sql.convert(model, database.name, "rows_to_score", "id", features=COLUMNS)
    once = timed(lambda: stored(database, made))[0]
    session = [settings.sql for settings in made.dialect.session]
    theirs, ours = [], []
    for _ in range(TURNS):
        theirs.append(timed(lambda: outside(database, predict)))
        ours.append(timed(lambda: inside(database, made.query, session)))
    estimator = made.dialect.quote("Estimator")
    query = f"SELECT id, {estimator} AS y FROM inside ORDER BY id"
    error = np.abs(database.fetch(query, ["id", "y"])["y"] - model.predict(scored)).max()
    one, two = (statistics.median(t for t, _ in runs) for runs in (ours, theirs))
    cpu, least = (statistics.median(t for _, t in runs) for runs in (ours, theirs))
    print(
        f"{called}: {made.plan.strategy}, {one:.2f} ({cpu:.2f}), tables {once:.2f}; "
        f"{rival} {two:.2f} ({least:.2f}): {one / two:.1f} times; "
        f"{len(made.query) // 1000} kB, error {error:.0e}",
        flush=True,
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 50_000, given[1] if len(given) > 1 else "duckdb")
