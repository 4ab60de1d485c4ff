"""Files of estimators: skops without trust, pickles with it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import keras2sql
from estimators.data import data
from keras2sql.errors import ModelFileError

MIXED, CANCER = data("mixed"), data("cancer")


def prepared() -> Any:
    columns = ColumnTransformer(
        [
            ("n", make_pipeline(SimpleImputer(), StandardScaler()), ["Age", "fare paid"]),
            ("t", OneHotEncoder(handle_unknown="ignore"), ["sex", "Port"]),
        ]
    )
    return make_pipeline(columns, LogisticRegression()).fit(MIXED.rows, MIXED.targets["text"])


def calibrated() -> Any:
    return CalibratedClassifierCV(RidgeClassifier(), cv=2).fit(CANCER.rows, CANCER.targets["text"])


def network() -> Any:
    model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=300, solver="lbfgs", random_state=0)
    return model.fit(data("iris").rows, np.arange(75.0))


def logarithms() -> Any:
    return FunctionTransformer(np.log1p).fit(CANCER.rows)


@pytest.mark.parametrize("make", [prepared, calibrated, network, logarithms])
def test_a_file_of_skops_is_read_without_trust(make: Any, tmp_path: Path) -> None:
    model = make()
    skops.io.dump(model, tmp_path / "model.skops")
    found = keras2sql.convert(tmp_path / "model.skops", "duckdb", "t", "id")
    expected = keras2sql.convert(model, "duckdb", "t", "id", name="model")
    assert found.query == expected.query


def test_a_file_of_skops_loads_nothing_else(tmp_path: Path) -> None:
    model = FunctionTransformer(os.system).fit(CANCER.rows)
    skops.io.dump(model, tmp_path / "model.skops")
    with pytest.raises(ModelFileError, match="system, which is not scikit-learn's own"):
        keras2sql.convert(tmp_path / "model.skops", "duckdb", "t", "id")


def test_a_damaged_file_of_skops(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.skops", "w") as archive:
        archive.writestr("schema.json", "{}")
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        keras2sql.convert(tmp_path / "model.skops", "duckdb", "t", "id")


def test_a_pickle_needs_trust(tmp_path: Path) -> None:
    joblib.dump(prepared(), tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match="--trust-pickle"):
        keras2sql.convert(tmp_path / "model.joblib", "duckdb", "t", "id")
    program = keras2sql.convert(tmp_path / "model.joblib", "duckdb", "t", "id", trust_pickle=True)
    assert program.features["texts_or_null"] == ["sex", "Port"]


TRAIN = """
import joblib, keras, numpy
from scikeras.wrappers import KerasClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

def build(meta):
    layers = [keras.Input((meta["n_features_in_"],)), keras.layers.Dense(1, "sigmoid")]
    return keras.Sequential(layers)

if __name__ == "__main__":
    network = KerasClassifier(build, loss="binary_crossentropy", epochs=1, verbose=0)
    rows = numpy.random.default_rng(0).normal(size=(40, 2))
    model = make_pipeline(StandardScaler(), network).fit(rows, (rows[:, 0] > 0).astype(int))
    joblib.dump(model, "model.joblib")
"""


@pytest.mark.jax
def test_scikeras_on_the_command_line(tmp_path: Path) -> None:
    """As installed: nobody chose a backend, and the function that builds is in another file."""
    (tmp_path / "train.py").write_text(TRAIN, encoding="utf-8")
    mine = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    mine["KERAS_HOME"] = str(tmp_path)
    jax = {**mine, "KERAS_BACKEND": "jax"}
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, env=jax, check=True)
    command = [sys.executable, "-m", "keras2sql", "convert", "model.joblib", "--trust-pickle"]
    command += ["--dialect", "duckdb", "--table", "t", "--key", "id"]
    done = subprocess.run(command, cwd=tmp_path, env=mine, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--plugin MODULE" in done.stderr
    command += ["--plugin", "train"]
    done = subprocess.run(command, cwd=tmp_path, env=mine, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"Proba_1"' in done.stdout
