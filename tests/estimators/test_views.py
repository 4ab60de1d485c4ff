"""Forests and whole pipelines as views: a row is looked up by its key."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)

import keras2sql
from keras2sql.engines import Engine

Load = Callable[[Engine, str, pd.DataFrame], None]
COLUMNS = ["f0", "f1", "f2", "f3"]


FORESTS: dict[str, Any] = {
    "forest": RandomForestClassifier(20, max_depth=7, random_state=0),
    "boosted": GradientBoostingClassifier(n_estimators=20, max_depth=4, random_state=0),
    "histograms": HistGradientBoostingRegressor(max_iter=10, random_state=0),
}
X = np.random.default_rng(5).normal(size=(400, 4))
ROWS = pd.DataFrame(X, columns=COLUMNS)
TARGET = np.where(np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2] > 0.2, "yes", "no")


@functools.cache
def fitted(kind: str) -> tuple[Any, str, Any]:
    """The model, one of its columns, and what it holds."""
    if kind == "histograms":
        model = FORESTS[kind].fit(ROWS, X[:, 0] * X[:, 1])
        return model, "Estimator", model.predict(ROWS)
    model = FORESTS[kind].fit(ROWS, TARGET)
    return model, "Proba_yes", model.predict_proba(ROWS)[:, 1]


def each() -> list[Any]:
    """On ClickHouse always, elsewhere in long runs, but for one."""
    engines = ["clickhouse", "postgres", "duckdb", "sqlite", "mariadb"]
    often = {("forest", "clickhouse"), ("boosted", "clickhouse"), ("forest", "postgres")}
    return [
        pytest.param(kind, name, marks=[] if (kind, name) in often else [pytest.mark.sweep])
        for kind in FORESTS
        for name in engines
    ]


@pytest.mark.parametrize(("kind", "name"), each())
def test_a_forest_is_looked_up_by_key(
    kind: str, name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    model, column, expected = fitted(kind)
    load_table(engine, "measured", ROWS.assign(id=range(400)))
    program = keras2sql.convert(model, engine.dialect_name, "measured", "id")
    program.deploy(engine, "grown")
    dialect = program.dialect
    for key in (0, 7, 399):
        query = f"SELECT id, {dialect.quote(column)} FROM grown WHERE id = {key}"
        found = engine.query(query, ["id", "found"], session=dialect.session)
        assert found["id"].tolist() == [key]
        np.testing.assert_allclose(found["found"].to_numpy(float), expected[key], rtol=1e-12)
    assert keras2sql.verify(model, engine, table="measured", key="id", view="grown").ok
    keras2sql.undeploy(engine, "grown")
