"""Features whose mean is far off 0, next to how much they vary: timestamps, numbers of accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

import keras2sql
from conformance.matrix import EXECUTED, Database
from keras2sql.engines import Engine
from keras2sql.graph.simplify import FAR
from layers.build import double_precision, randomize

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
MEANS = np.array([1e12, -1.7e9, 2000.0, 0.5])
DEVIATIONS = np.array([1e4, 1.0, 5.0, 2.0])
ROWS = MEANS + DEVIATIONS * np.random.default_rng(0).normal(size=(60, 4))
DATABASES = [database for database in EXECUTED if not database.relative]
WHOLE = ("duckdb", "sqlite", "postgresql")
FRAME = pd.DataFrame(ROWS, columns=list("abcd"))
FRAME.insert(0, "id", range(len(ROWS)))


def behind(layer: Any) -> Any:
    """A network behind a layer that knows the means."""
    with double_precision():
        model = keras.Sequential([keras.Input((4,)), layer(), L.Dense(6, "tanh"), L.Dense(2)])
        for dense in model.layers[1:]:
            randomize(dense, np.random.default_rng(3))
        if isinstance(model.layers[0], L.BatchNormalization):
            gamma, beta = np.array([1.0, 0.5, -2.0, 1.5]), np.array([0.0, 1.0, -1.0, 0.5])
            model.layers[0].set_weights([gamma, beta, MEANS, DEVIATIONS**2])
    return model


def by_keras(model: Any) -> np.ndarray:
    with double_precision():
        return np.asarray(model(ROWS, training=False))


def normalization() -> Any:
    return L.Normalization(mean=MEANS, variance=DEVIATIONS**2)


MODELS: dict[str, Callable[[], tuple[Any, np.ndarray]]] = {
    "Normalization": lambda: ((m := behind(normalization)), by_keras(m)),
    "BatchNormalization": lambda: ((m := behind(L.BatchNormalization)), by_keras(m)),
    "StandardScaler": lambda: of_sklearn(StandardScaler()),
    "RobustScaler": lambda: of_sklearn(RobustScaler()),
}


def of_sklearn(scaler: Any) -> tuple[Any, np.ndarray]:
    labels = np.random.default_rng(1).normal(size=(60, 2))
    network = MLPRegressor(hidden_layer_sizes=(6,), random_state=0, max_iter=5)
    model = make_pipeline(scaler, network).fit(ROWS, labels)
    return model, model.predict(ROWS)


@pytest.mark.filterwarnings("ignore:.*maximum iterations")
@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.dialect)
def test_it_is_taken_off_before_anything_is_summed(
    database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    load_table(engine, "far_means", FRAME)
    assert (np.abs(MEANS / DEVIATIONS) > FAR).any()
    for name in MODELS if database.dialect in WHOLE else ("Normalization",):
        model, wanted = MODELS[name]()
        program = keras2sql.convert(model, database.dialect, "far_means", "id", list("abcd"))
        found = program.run(engine).sort_values("id")[program.columns[1:]].to_numpy(float)
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=1e-10, err_msg=name)
