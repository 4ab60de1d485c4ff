"""Estimators of scikit-learn beside orbital's statements, in one run and in turn.

``python -m benchmarks.orbital [ROWS [DATABASE ...]]``; orbital 0.6 is to be installed (`.[bench]`).
Both make a table of predictions of the same rows.  Times are by the clock, medians of `TURNS`, as a
server's processor is not seen from here; what orbital does not end in `LIMIT` seconds is stopped.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from threading import Timer
from typing import Any

import numpy as np

import keras2sql
from benchmarks.databases import opened
from benchmarks.databases.base import Database
from keras2sql.engines import connect

FEATURES, FITTED, TURNS, LIMIT = 20, 2_000, 3, 120
COLUMNS = [f"f{i}" for i in range(FEATURES)]
_DIALECTS = {"postgresql": "postgres"}
_SCORE = "output_probability.1"


def models() -> dict[str, Any]:
    """The estimators, not fitted: what scikit-learn makes by default, and forests."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neural_network import MLPClassifier

    return {
        "MLPClassifier(100)": MLPClassifier(max_iter=20, random_state=0),
        "20 trees of depth 6": RandomForestClassifier(20, max_depth=6, random_state=0),
        "100 trees of depth 6": RandomForestClassifier(100, max_depth=6, random_state=0),
    }


def data(count: int, seed: int) -> Any:
    import pandas as pd

    x = np.random.default_rng(seed).normal(size=(count, FEATURES))
    return pd.DataFrame(x, columns=COLUMNS)


def orbital_query(model: Any, dialect: str) -> str:
    """What orbital makes of it, with the key."""
    import orbital
    from orbital import types
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline

    features: dict[str, Any] = {name: types.DoubleColumnType() for name in COLUMNS}
    features["id"] = types.Int64ColumnType()
    chosen = ColumnTransformer([("features", "passthrough", COLUMNS)])
    chosen.fit(data(2, 0).assign(id=[0, 1]))
    parsed = orbital.parse_pipeline(
        Pipeline([("features", chosen), ("model", model)]), features=features
    )
    return str(orbital.export_sql("rows_to_score", parsed, dialect=dialect))


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def stopped(database: Database, query: str) -> None:
    """Make the table of orbital's query, interrupted where that takes longer than the limit."""
    connection = database.connection
    timer = Timer(LIMIT, getattr(connection, "interrupt", None) or connection.cancel)
    timer.start()
    try:
        table(database, "of_orbital", query, [])
    finally:
        timer.cancel()


def table(database: Database, name: str, query: str, session: list[str]) -> None:
    database.execute(f"DROP TABLE IF EXISTS {name}")
    database.execute(f"CREATE TABLE {name} AS {query}", session)


def measured(database: Database, called: str, model: Any, count: int) -> None:
    """Print the line of one model."""
    started = time.perf_counter()
    made = keras2sql.convert(model, database.name, "rows_to_score", "id", features=COLUMNS)
    convert = time.perf_counter() - started
    with connect(database.connection) as engine:
        for one in made.tables:
            engine.load(one, made.dialect)
    session = [settings.sql for settings in made.dialect.session]
    started = time.perf_counter()
    query = orbital_query(model, _DIALECTS.get(database.name, database.name))
    theirs = time.perf_counter() - started
    proba = made.dialect.quote("Proba_1")
    print(
        f"{database.name}, {called}: convert {convert:.2f} s, orbital {theirs:.2f}; "
        f"{len(made.query) // 1000} kB, orbital {len(query) // 1000}; ",
        end="",
        flush=True,
    )
    ours, others, error = [], [], ""
    for _ in range(TURNS):
        ours.append(seconds(lambda: table(database, "own", made.query, session)))
        if error:
            continue
        try:
            others.append(seconds(lambda: stopped(database, query)))
        except Exception as wrong:  # what its statement ends in, on any of the databases
            error = f"orbital: {type(wrong).__name__}: {str(wrong).splitlines()[0][:100]}"
    own = statistics.median(ours)
    found = database.fetch(f"SELECT id, {proba} AS y FROM own ORDER BY id", ["id", "y"])["y"]
    wanted = model.predict_proba(data(count, 1))[:, 1]
    said = f"run {own:.3f} s"
    if not error:
        other = statistics.median(others)
        score = made.dialect.quote(_SCORE)
        asked = f"SELECT id, CAST({score} AS DOUBLE PRECISION) AS y FROM of_orbital ORDER BY id"
        off = np.abs(database.fetch(asked, ["id", "y"])["y"] - wanted).max()
        error = f"orbital {other:.3f}: {other / own:.1f} times, its error {off:.0e}"
    print(f"{said}, error {np.abs(found - wanted).max():.0e}; {error}", flush=True)


def main(count: int, names: list[str]) -> None:
    """Print a line for each database and model."""
    x, scored = data(FITTED, 0), data(count, 1)
    target = (np.sin(x.to_numpy() @ np.linspace(-1, 1, FEATURES)) > 0).astype(int)
    fitted = {called: model.fit(x, target) for called, model in models().items()}
    with opened(names, None, print) as found:
        for database in found:
            columns = {name: scored[name].to_numpy() for name in COLUMNS}
            database.load("rows_to_score", {"id": np.arange(count), **columns})
            for called, model in fitted.items():
                measured(database, called, model, count)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 10_000, given[1:] or ["duckdb", "sqlite", "postgresql"])
