"""The main job on real input: trained networks, all rows, three databases, against Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import pandas as pd
import pytest

import keras2sql
from keras2sql.engines import Engine
from keras2sql.verification import verify
from keras_models import DATASETS, EXAMPLES, float64, labels, model_file, rows
from layers.build import double_precision


@pytest.fixture
def table(engine: Engine, load_table, request: pytest.FixtureRequest) -> str:
    name = request.getfixturevalue("name")
    load_table(engine, name, rows(name))
    return name


@pytest.mark.parametrize("name", DATASETS)
def test_every_row_agrees_with_keras(engine: Engine, table: str, name: str) -> None:
    options = {
        "table": table,
        "key": "id",
        "features": list(rows(name).columns[1:-1]),
        "labels": labels(name),
    }
    report = verify(model_file(name), engine, **options)
    assert report.source.startswith("Keras 3")
    assert "float32" in report.source
    assert (report.rows, report.missing, report.unknown) == (len(rows(name)), 0, 0)
    assert report.ok, f"\n{report}"

    with double_precision():
        twin = float64(keras.saving.load_model(model_file(name), compile=False))
        exact = verify(twin, engine, **options)
    assert exact.source.endswith("float64")
    assert exact.ok, f"\n{exact}"
    assert exact.max_abs_error <= 1e-9, f"\n{exact}"
    if labels(name) is not None:
        assert exact.label_agreement == report.label_agreement == 1.0


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_the_labels_are_those_that_were_learnt(engine: Engine, table: str, name: str) -> None:
    program = keras2sql.convert(
        model_file(name),
        engine.dialect_name,
        table,
        "id",
        list(rows(name).columns[1:-1]),
        labels(name),
        outputs=["Decision"],
        passthrough=["target"],
    )
    got = program.run(engine)
    assert list(got.columns) == ["id", "target", "Decision"]
    right = (got["Decision"].astype(str) == got["target"].astype(str)).mean()
    assert right > 0.95


def test_converting_a_file_loads_numpy_and_h5py_alone() -> None:
    """What keeps a conversion quick: no Keras, no pandas, no driver of any database."""
    code = (
        "import sys, h5py\n"  # which brings numpy
        "packages = lambda: {name.partition('.')[0] for name in sys.modules}\n"
        "before = packages()\n"
        "import keras2sql\n"
        "program = keras2sql.convert(sys.argv[1], 'duckdb', 'iris', 'id')\n"
        "print(len(program.query), *sorted(packages() - before - sys.stdlib_module_names))"
    )
    command = [sys.executable, "-c", code, str(model_file("iris"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    size, *loaded = done.stdout.split()
    assert int(size) > 1000
    assert loaded == ["keras2sql"]


def test_a_training_script_runs(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, EXAMPLES / "train_iris.py", "--out", tmp_path, "--rows"],
        check=True,
        env=os.environ | {"KERAS_BACKEND": "jax"},  # which trains
        capture_output=True,
        text=True,
    )
    assert keras2sql.convert(tmp_path / "iris.keras", "duckdb", "iris", "id").columns[0] == "id"
    assert len(pd.read_csv(tmp_path / "iris.csv")) == 150
    assert len(pd.read_csv(tmp_path / "iris_keras.csv")) == 150
