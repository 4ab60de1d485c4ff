"""Forests on DuckDB, beside ONNX Runtime with the fetch of the rows and the write-back.

``python -m benchmarks.forests [ROWS]``: both make a table of predictions of the same rows in one
run, in turn, on `THREADS` threads each.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import keras2sql
from benchmarks import THREADS
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


def outside(database: Any, predict: Callable[[Any], Any]) -> None:
    """Fetch, predict, write back."""
    import pyarrow

    table = database.execute("SELECT * FROM rows_to_score").to_arrow_table()
    x = np.stack([table[c].to_numpy() for c in COLUMNS], axis=1).astype(np.float32)
    found = pyarrow.table({"id": table["id"], "estimator": predict(x)})  # noqa: F841
    database.execute("CREATE OR REPLACE TABLE outside AS SELECT * FROM found")


def timed(run: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - clock, time.process_time() - processor


def main(count: int) -> None:
    """Print a line for each model."""
    import pyarrow

    x, scored = rows(FITTED, 0), rows(count, 1)
    target = np.sin(x @ np.linspace(-1, 1, FEATURES)) + x[:, 0] * x[:, 1]
    with connect("duckdb:///:memory:") as engine:
        database = engine.connection
        database.execute(f"SET threads = {THREADS}")
        table = {"id": np.arange(count), **dict(zip(COLUMNS, scored.T, strict=True))}
        database.register("given", pyarrow.table(table))
        database.execute("CREATE TABLE rows_to_score AS SELECT * FROM given")
        print(f"{count:,} rows, {THREADS} threads; medians of {TURNS}, seconds (processor)")
        for name, model in models().items():
            model.fit(x, target)
            rival, predict = other(model)
            made = keras2sql.convert(model, "duckdb", "rows_to_score", "id", features=COLUMNS)
            once = timed(lambda made=made: engine.execute_script(list(made.setup)))[0]
            query = f"CREATE OR REPLACE TABLE inside AS {made.query}"
            theirs, ours = [], []
            for _ in range(TURNS):
                theirs.append(timed(lambda p=predict: outside(database, p)))
                ours.append(timed(lambda q=query: database.execute(q)))
            found = database.execute('SELECT "Estimator" FROM inside ORDER BY id').fetchnumpy()
            error = np.abs(found["Estimator"] - model.predict(scored)).max()
            one, two = (statistics.median(t for t, _ in runs) for runs in (ours, theirs))
            cpu, least = (statistics.median(t for _, t in runs) for runs in (ours, theirs))
            print(
                f"{name}: {made.plan.strategy}, {one:.2f} ({cpu:.2f}), tables {once:.2f}; "
                f"{rival} {two:.2f} ({least:.2f}): {one / two:.1f} times; "
                f"{len(made.query) // 1000} kB, error {error:.0e}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 50_000)
