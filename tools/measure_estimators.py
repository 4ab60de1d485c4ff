"""Every estimator of scikit-learn, fitted on whole data sets: scikit-learn == SQL.

    nice python tools/measure_estimators.py
    nice python tools/measure_estimators.py --only SVC,PCA

On DuckDB, SQLite and PostgreSQL, what each statement says of all rows is compared with `predict`,
`predict_proba`, `decision_function` and `transform`.  How many rows, and the worst difference, go
into docs/estimators.json, which tools/make_docs.py shows; a line for each data set.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="numpy")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


from random_networks import engine

import keras2sql
from databases import load
from estimators import whole
from estimators.build import Built, wanted
from keras2sql.engines import Engine
from keras2sql.engines.deadline import within
from keras2sql.errors import DialectLimitError, UnsupportedLayerError
from keras2sql.heads import head
from keras2sql.read.any import read

FILE = Path(__file__).parents[1] / "docs" / "estimators.json"
LARGEST = 250_000
"""Multiply-adds of a row, beyond which a data set is left out."""
LONGEST = 5.0
"""Seconds for an estimator, after which the data sets that are left are left out."""
PATIENCE = 300.0
"""Seconds for a statement."""


def measure(name: str, engines: list[Engine]) -> dict[str, Any]:
    """What one estimator comes to on all data sets that it can be fitted to."""
    found: dict[str, Any] = {"rows": 0, "sets": [], "worst": 0.0, "labels": 0, "limits": 0}
    began = time.monotonic()
    for data in whole.sets():
        if time.monotonic() - began > LONGEST:
            break
        model = whole.fitted(name, data)
        if model is None:
            continue
        try:
            network = read(model)
        except UnsupportedLayerError as error:
            print(f"{name} {data.name}: {error}", flush=True)
            continue
        if network.graph.multiply_adds() > LARGEST:
            print(
                f"{name} {data.name}: {network.graph.multiply_adds():,} multiply-adds", flush=True
            )
            continue
        graph = head(
            network.graph, network.task, network.classes, network.probabilities, network.targets
        )
        rows = whole.rows_for(name, data)
        made = Built(model, network, graph, rows)
        expected = whole.said(made) if name in whole.LABELS else wanted(made)
        told = whole.told_apart(model, rows)
        found["sets"].append(data.name)
        for one in engines:
            load(one, "whole_rows", made.frame)
            try:
                program = keras2sql.convert(model, one.dialect_name, "whole_rows", "id")
            except DialectLimitError as error:
                print(f"{name} {data.name} {one.dialect_name}: {error}", flush=True)
                found["limits"] += 1
                continue
            with within(one, PATIENCE):
                answer = program.run(one).sort_values("id").reset_index(drop=True)
            worst, labels, rows_ = whole.compared(answer, expected, told)
            found["rows"] += rows_
            found["labels"] += labels
            found["worst"] = max(found["worst"], worst)
            if worst > 1e-9 or labels:
                print(
                    f"{name} {data.name} {one.dialect_name}: {worst:.1e}, {labels} labels",
                    flush=True,
                )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--on", default="duckdb,sqlite,postgresql")
    parser.add_argument("--to", type=Path, default=FILE)
    given = parser.parse_args()
    names = given.only.split(",") if given.only else whole.names()
    known = json.loads(given.to.read_text()) if given.to.exists() else {}
    warnings.simplefilter("ignore")
    with ExitStack() as stack:
        engines = [stack.enter_context(engine(name, stack)) for name in given.on.split(",")]
        for name in names:
            began = time.monotonic()
            try:
                known[name] = measure(name, engines)
            except Exception as error:  # goes on with the next
                print(f"{name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
                continue
            print(f"{name}: {known[name]}, {time.monotonic() - began:.0f} s", flush=True)
            text = json.dumps(dict(sorted(known.items())), indent=1)
            given.to.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
