"""Neighbours: all distances of a row are ranked at once, and of equals the first comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import KNNImputer
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

import keras2sql
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError

Load = Callable[[Engine, str, pd.DataFrame], None]
ENGINES = ("duckdb", "sqlite", "postgres", "mariadb")


def rows(count: int, seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=(count, 5))


def answered(program: Any, engine: Engine) -> Any:
    found = program.run(engine).sort_values("id")
    columns = [c for c in found if c.startswith(("Proba_", "Estimator"))]
    return found[columns].to_numpy(dtype=np.float64)


@pytest.mark.parametrize(("algorithm", "weights"), [("kd_tree", "distance"), ("brute", "uniform")])
@pytest.mark.parametrize("name", ENGINES)
def test_a_fit_of_many_rows_is_ranked(
    name: str, algorithm: str, weights: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    known, asked = rows(800, 1), rows(20, 2)
    asked[0] = known[3]  # at no distance
    model = KNeighborsClassifier(7, algorithm=algorithm, weights=weights)
    model.fit(known, np.arange(800) % 3)
    frame = pd.DataFrame(asked, columns=[f"Feature_{i}" for i in range(5)])
    load_table(engine, "asked_for", frame.assign(id=np.arange(20)))
    program = keras2sql.convert(model, engine.dialect_name, "asked_for", "id")
    assert program.plan.strategy == "rows"
    assert program.query.count("row_number() OVER (PARTITION BY") <= 2
    np.testing.assert_allclose(answered(program, engine), model.predict_proba(asked), atol=1e-9)


@pytest.mark.parametrize("strategy", ["columns", "rows"])
@pytest.mark.parametrize("name", ENGINES)
def test_of_equals_the_first_is_taken(
    name: str, strategy: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    random = np.random.default_rng(5)
    known = random.integers(0, 3, (40, 2)).astype(float)
    value = random.normal(size=40)
    asked = np.array([[i, j] for i in range(3) for j in range(3)], dtype=float)
    model = KNeighborsRegressor(4, algorithm="kd_tree").fit(known, value)
    frame = pd.DataFrame(asked, columns=["Feature_0", "Feature_1"]).assign(id=np.arange(9))
    load_table(engine, "asked_for", frame)
    program = keras2sql.convert(model, engine.dialect_name, "asked_for", "id", strategy=strategy)
    distance = ((asked[:, None] - known) ** 2).sum(axis=2)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :4]
    wanted = value[nearest].mean(axis=1)[:, None]
    np.testing.assert_allclose(answered(program, engine), wanted, atol=1e-12)


def test_a_database_that_ranks_nothing_says_so() -> None:
    model = KNeighborsRegressor().fit(rows(2000, 3), np.arange(2000.0))
    with pytest.raises(DialectLimitError, match=r"nearest of 2,000 rows .* would plan for"):
        keras2sql.convert(model, "clickhouse", "asked_for", "id")


@pytest.mark.parametrize("name", ["duckdb", "sqlite", "postgres"])
def test_what_is_computed_of_elements_meets_only_the_same(
    name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    """PostgreSQL compared all with all, for minutes."""
    engine = request.getfixturevalue(f"{name}_engine")
    known, asked = rows(150, 8), rows(40, 9)
    for one in (known, asked):
        one[np.random.default_rng(len(one)).random(one.shape) < 0.1] = np.nan
    model = KNNImputer(n_neighbors=2).fit(known)
    frame = pd.DataFrame(asked, columns=[f"Feature_{i}" for i in range(5)])
    load_table(engine, "asked_for", frame.assign(id=np.arange(40)))
    program = keras2sql.convert(model, engine.dialect_name, "asked_for", "id", strategy="rows")
    found = program.run(engine).sort_values("id").drop(columns="id").to_numpy(dtype=np.float64)
    np.testing.assert_allclose(found, model.transform(asked), atol=1e-9)
