"""Recurrent models as published in 2018 in three databases, against plain numpy, row by row."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_recurrent_keras2 import ROWS, row_by_row

import keras2sql
from keras2sql.engines import Engine
from keras2sql.errors import ModelFileError
from keras2sql.read import read_model
from models_2018 import OF_NAN, RECURRENT


@functools.cache
def table(folder: Path) -> pd.DataFrame:
    """Random rows, numbered with gaps and not in their order, and the answers to them."""
    (entry,) = read_model(folder / "model.json", folder / "weights.h5").graph.inputs
    rows = np.random.default_rng(8).normal(size=(ROWS, entry.size))
    frame = pd.DataFrame(rows, columns=[f"Feature_{i}" for i in range(entry.size)])
    frame.insert(0, "id", np.arange(ROWS) * 3 - 100)
    answers = row_by_row(folder, rows).reshape(ROWS, -1)
    frame = pd.concat([frame, pd.DataFrame(answers).add_prefix("wanted_")], axis=1)
    return frame.sample(frac=1, random_state=1)


@pytest.mark.parametrize("name", RECURRENT)
def test_models_of_2018(
    name: str,
    models_2018: Path,
    engine: Engine,
    load_table: Callable[[Engine, str, pd.DataFrame], None],
) -> None:
    folder = models_2018 / name
    frame = table(folder)
    load_table(engine, "rows of 2018", frame.filter(regex="^(id|Feature)"))
    program = keras2sql.convert(
        folder / "model.json",
        engine.dialect_name,
        "rows of 2018",
        "id",
        weights_file=folder / "weights.h5",
    )
    found = program.run(engine).sort_values("id").iloc[:, 1:].to_numpy(float)
    wanted = frame.sort_values("id").filter(like="wanted_").to_numpy(float)
    assert found.shape == wanted.shape
    # Some states grow from row to row, and the rounding of theirs stays with those behind.
    greatest = np.maximum.accumulate(np.abs(wanted))
    assert (np.abs(found - wanted) <= 1e-9 * greatest).all()


@pytest.mark.parametrize("name", OF_NAN)
def test_models_of_nan_are_refused(name: str, models_2018: Path) -> None:
    folder = models_2018 / name
    with pytest.raises(ModelFileError, match="holds NaN"):
        keras2sql.convert(
            folder / "model.json", "duckdb", "t", "id", weights_file=folder / "weights.h5"
        )
