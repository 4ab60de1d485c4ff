"""Keras == numpy == SQL, for any small network.

The small profile runs with the other tests; `pytest -m sweep tests/properties` runs 500
networks, and `--hypothesis-seed=N` repeats a run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.graph.simplify import simplify
from keras2sql.read import read_model
from layers.build import double_precision, randomize
from properties.networks import Description, build, descriptions

Load = Callable[[Engine, str, pd.DataFrame], None]
ROWS = 3
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate, Phase.shrink],
    "database": None,
}


def check(description: Description, engines: list[Engine], load: Load) -> None:
    rng = np.random.default_rng(description.seed)
    with double_precision():
        model = build(description)
        randomize(model, rng)
        feeds = {
            f"input_{i}": rng.normal(scale=2, size=(ROWS, *shape))
            for i, shape in enumerate(description.inputs)
        }
        out = model([feeds[t.name] for t in model.inputs], training=False)
        expected = [np.asarray(y) for y in (out if isinstance(out, list) else [out])]
        network = read_model(model)
    # A network that leaves the numbers compares nothing.
    assume(all(np.isfinite(y).all() and np.abs(y).max(initial=0) < 1e6 for y in expected))
    used = {t.layer for t in network.graph.inputs}
    fed = {name: values for name, values in feeds.items() if name in used}
    found = network.graph.evaluate(fed)
    for y, name in zip(expected, model.output_names, strict=True):
        np.testing.assert_allclose(found[name], y, rtol=1e-9, atol=1e-10)
    graph = heads.bare(network.graph)
    scalars = graph.evaluate(fed)
    for engine in engines:
        dialect = get(engine.dialect_name)
        for strategy in dialect.strategies:
            # Of rows, any tensors may be columns again behind the last layer.
            tail = int(rng.choice([1, 2, 6, 24, 64]))
            sql = run(simplify(graph), fed, engine, dialect, load, strategy, tail)
            for name, values in scalars.items():
                np.testing.assert_allclose(sql[name], values, rtol=1e-9, atol=1e-10)


@given(description=descriptions())
@settings(max_examples=25, derandomize=True, **SETTINGS)
def test_some_networks(
    description: Description, duckdb_engine: Engine, sqlite_engine: Engine, load_table: Load
) -> None:
    check(description, [duckdb_engine, sqlite_engine], load_table)


@pytest.mark.sweep
@given(description=descriptions())
@settings(max_examples=500, print_blob=True, **SETTINGS)
def test_many_networks(
    description: Description, duckdb_engine: Engine, sqlite_engine: Engine, load_table: Load
) -> None:
    check(description, [duckdb_engine, sqlite_engine], load_table)
