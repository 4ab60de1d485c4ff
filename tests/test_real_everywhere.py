"""Trained networks over real rows, on every database that the tests start: others than those of
test_main_job.py, which has all of them in every run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from conformance.matrix import EXECUTED
from keras2sql.demo import MONTHS
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from keras_models import DATASETS, float64, labels, model_file, rows
from layers.build import double_precision
from real_nets import FOLDER
from test_forecaster import refitted

Load = Callable[[Engine, str, pd.DataFrame], None]
ALWAYS = ("duckdb", "sqlite", "postgresql")
DIALECTS = [d.dialect for d in EXECUTED if not d.relative and d.dialect not in ALWAYS]
ENGINES = {d.dialect: f"{d.engine}_engine" for d in EXECUTED}
FEW = 40
"""Rows of networks that take thousands of products for each."""
MONTHS_KNOWN, FEWER_MONTHS = 24, {"monetdb": 6, "spark": 6, "oceanbase": 6}
"""Of the series, by which the next one is forecast.  MonetDB and OceanBase refuse the products of
more, and Spark had compiled those of 24 for five minutes without an answer."""
SHORT = {
    "firebird": ("wine", "lenet"),
    "monetdb": ("wine", "breast_cancer", "diabetes"),
    "hsqldb": ("wine", "diabetes", "lenet"),
    "hive": ("diabetes",),
    "googlesql": ("diabetes",),
    "oceanbase": ("wine", "diabetes", "lenet"),
}
"""What every run takes; `sweep` takes the others."""


@dataclass(frozen=True)
class Real:
    """A trained network, the rows it is fed, and what they are."""

    model: Any
    rows: pd.DataFrame
    features: list[str]
    labels: list[Any] | None = None


def of_scikit_learn(name: str) -> Real:
    found = rows(name)
    return Real(loaded(model_file(name)), found, list(found.columns[1:-1]), labels(name))


def lenet() -> Real:
    """A convolutional one that reads digits."""
    digits = rows("digits").iloc[4::5][:FEW]
    model = loaded(FOLDER / "lenet_8.keras")
    return Real(model, digits, list(digits.columns[1:-1]), list(range(10)))


def forecaster(months: int) -> Real:
    """An LSTM over so many months, each in a column."""
    values = pd.read_csv(MONTHS)["temperature"].to_numpy()
    windows = np.lib.stride_tricks.sliding_window_view(values, months)[:FEW]
    found = pd.DataFrame(windows, columns=[f"month_{i}" for i in range(months)])
    found.insert(0, "id", range(len(found)))
    model = refitted(loaded(model_file("elnino")), months)
    return Real(model, found, list(found.columns[1:]))


def real(name: str, dialect: str) -> Real:
    if name == "lenet":
        return lenet()
    if name == "forecaster":
        return forecaster(FEWER_MONTHS.get(dialect, MONTHS_KNOWN))
    return of_scikit_learn(name)


def loaded(path: Path) -> Any:
    return float64(keras.saving.load_model(path, compile=False))


@pytest.fixture(autouse=True)
def _in_double_precision() -> Iterator[None]:
    with double_precision():
        yield


def cells() -> Iterator[object]:
    for dialect in DIALECTS:
        for name in (*DATASETS, "lenet", "forecaster"):
            marks = [] if name in SHORT.get(dialect, ()) else [pytest.mark.sweep]
            yield pytest.param(dialect, name, id=f"{dialect}-{name}", marks=marks)


@pytest.mark.parametrize(("dialect", "name"), list(cells()))
def test_every_row_agrees_with_keras(
    dialect: str, name: str, request: pytest.FixtureRequest, load_table: Load
) -> None:
    engine: Engine = request.getfixturevalue(ENGINES[dialect])
    given = real(name, dialect)
    load_table(engine, "real_rows", given.rows)
    told: dict[str, Any] = {"features": given.features, "labels": given.labels}
    report = keras2sql.verify(given.model, engine, table="real_rows", key="id", **told)
    assert report.source.startswith("Keras 3")
    assert report.source.endswith("float64")
    assert (report.rows, report.missing, report.unknown) == (len(given.rows), 0, 0)
    assert report.ok, f"\n{report}"
    assert report.max_abs_error <= 1e-9, f"\n{report}"
    if given.labels is not None:
        assert report.label_agreement == 1.0


def test_more_months_are_refused() -> None:
    given = forecaster(MONTHS_KNOWN)
    with pytest.raises(DialectLimitError, match="writes out each of the 28,816 operations per row"):
        keras2sql.convert(given.model, "monetdb", "real_rows", "id", given.features)
