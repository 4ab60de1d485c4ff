"""A trained forecaster on a real series: sliding windows in a long table, three databases."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.demo import MONTHS, make_windows
from keras2sql.engines import Engine
from keras_models import EXAMPLES, float64, model_file
from layers.build import double_precision
from test_cli import failed, run

STEPS = 24
OPTIONS: dict[str, Any] = {
    "table": "elnino_windows",
    "key": "forecast",
    "features": keras2sql.Sequence(["temperature"], "month"),
}


@pytest.fixture(scope="module")
def months() -> pd.DataFrame:
    return pd.read_csv(MONTHS)


@pytest.fixture
def windows(engine: Engine) -> Engine:
    engine.execute_script(["DROP VIEW IF EXISTS elnino_windows", "DROP TABLE IF EXISTS elnino"])
    make_windows(engine)
    return engine


def answers(model: Any, months: pd.DataFrame) -> np.ndarray:
    """What Keras says of every window, in the order of the months behind them."""
    values = months["temperature"].to_numpy()
    x = np.lib.stride_tricks.sliding_window_view(values, STEPS)[:-1]
    return np.asarray(model(x[..., None], training=False), dtype=np.float64)


def refitted(model: Any, steps: int | None) -> Any:
    """The same network with another time axis."""
    inputs = keras.Input((steps, 1))
    outputs = inputs
    for layer in model.layers[1:]:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


@pytest.mark.parametrize("steps", [STEPS, None])
@pytest.mark.parametrize("name", ["elnino", "elnino_steps"])
def test_every_window_agrees_with_keras(
    windows: Engine, months: pd.DataFrame, name: str, steps: int | None
) -> None:
    single = refitted(keras.saving.load_model(model_file(name), compile=False), steps)
    with double_precision():
        double = refitted(float64(single), steps)
        exact = answers(double, months)
    wanted = answers(single, months)
    program = keras2sql.convert(double, windows.dialect_name, **OPTIONS)
    found = program.run(windows).sort_values(program.columns[:-1])
    days = months["month"].tolist()
    assert found["forecast"].drop_duplicates().tolist() == days[STEPS:]
    if name == "elnino_steps":
        assert list(found.columns) == ["forecast", "month", program.columns[-1]]
        assert len(found) == 708 * STEPS >= 10_000
        assert found["month"].tolist()[:STEPS] == days[:STEPS]
    else:
        assert len(found) == 708
    got = found.iloc[:, -1].to_numpy(float)
    assert np.abs(got - exact.ravel()).max() <= 1e-9
    assert np.abs(got - wanted.ravel()).max() <= 1e-5 * np.abs(wanted).max()


@pytest.mark.parametrize("name", ["elnino", "elnino_steps"])
def test_verify(windows: Engine, name: str) -> None:
    report = keras2sql.verify(model_file(name), windows, **OPTIONS)
    assert report.source.startswith("Keras 3")
    assert report.source.endswith("float32")
    assert report.ok, f"\n{report}"
    assert report.sequences == (708, 708 * STEPS)
    assert report.rows == (708 if name == "elnino" else 708 * STEPS)
    assert report.max_rel_error <= 1e-5

    with double_precision():
        twin = float64(keras.saving.load_model(model_file(name), compile=False))
        exact = keras2sql.verify(twin, windows, rows=100, **OPTIONS)
    assert exact.source.endswith("float64")
    assert exact.ok, f"\n{exact}"
    assert exact.max_abs_error <= 1e-9
    assert exact.sequences == (100, 100 * STEPS)


def test_it_foretells_better_than_no_change(windows: Engine, months: pd.DataFrame) -> None:
    program = keras2sql.convert(model_file("elnino"), windows.dialect_name, **OPTIONS)
    found = program.run(windows).set_index("forecast").iloc[:, 0]
    came = months.set_index("month")["temperature"]
    late = came.index[-120:]
    error = (found[late] - came[late]).abs().mean()
    same = came.diff().abs()[late].mean()
    assert error < 0.5 * same


def test_a_window_that_is_cut_is_named(windows: Engine) -> None:
    cut = OPTIONS | {"table": "(SELECT * FROM elnino_windows WHERE month >= '1950-02-01')"}
    program = keras2sql.convert(model_file("elnino"), windows.dialect_name, **cut)
    with pytest.raises(keras2sql.InputError, match="forecast='1952-01-01' has 23 time steps"):
        program.run(windows)
    frame = windows.query(program.query, program.columns, session=program.dialect.session)
    assert frame.set_index("forecast").iloc[:, 0].isna().sum() == 1


def test_the_command_line(workshop: Path) -> None:
    assert run("demo", "--export", "demo").code == 0
    model = workshop / "demo" / "elnino.keras"
    source = ["--table", "elnino_windows", "--key", "forecast", "--order-by", "month"]
    for url in ("sqlite:///demo/iris.db", "duckdb:///demo/iris.duckdb"):
        done = run("predict", model, "--db", url, *source)
        assert done.code == 0, done
        assert done.err == "features, in the order of the table: temperature\n"
        assert len(list(csv.DictReader(io.StringIO(done.out)))) == 708
        done = run("predict", model, "--db", url, *source, "--into", "forecasts")
        assert (done.code, done.out) == (0, ""), done
        assert done.err.endswith("708 rows into forecasts\n")
    done = run("verify", model, "--db", url, *source, "--rows", 20)
    assert done.code == 0, done
    assert "20, from 20 keys with 480 steps" in done.out
    short = "(SELECT * FROM elnino_windows WHERE month > '1950-01-01')"
    for into in ([], ["--into", "others"]):
        done = run("predict", model, "--db", url, *source, "--table", short, *into)
        assert "forecast='1952-01-01' has 23 time steps" in failed(done, 2)
    done = run("convert", model, "-d", "duckdb", *source, "--features", "temperature")
    assert done.code == 0
    assert "WITH RECURSIVE" in done.out
    message = failed(run("convert", model, "-d", "duckdb", *source), 2)
    assert "--order-by needs --features" in message
    wide = ["--table", "iris", "--key", "species", "--order-by", "id"]
    message = failed(run("predict", model, "--db", url, *wide), 2)
    assert "takes 1 number per time step, and iris has 4 columns" in message


def test_the_training_script_runs(tmp_path: Path) -> None:
    """Its data set comes from statsmodels; here a stand-in hands it the shipped months."""
    package = tmp_path / "statsmodels"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "datasets.py").write_text(STAND_IN.format(path=str(MONTHS)), encoding="utf-8")
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, EXAMPLES / "train_forecaster.py", "--out", out, "--rows", "--epochs", "1"],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (out / "elnino.csv").read_bytes() == MONTHS.read_bytes()
    for name in ("elnino", "elnino_steps"):
        program = keras2sql.convert(out / f"{name}.keras", "duckdb", **OPTIONS)
        assert program.columns[0] == "forecast"


STAND_IN = """
from types import SimpleNamespace
import pandas as pd

def load_pandas():
    values = pd.read_csv({path!r})["temperature"].to_numpy().reshape(-1, 12)
    data = pd.DataFrame(values)
    data.insert(0, "YEAR", range(1950, 1950 + len(values)))
    return SimpleNamespace(data=data)

elnino = SimpleNamespace(load_pandas=load_pandas)
"""
