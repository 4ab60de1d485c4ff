"""Numbers at the ends of their range: no estimator's statement raises, whatever a row holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import FunctionTransformer, PowerTransformer

import keras2sql
from estimators import CASES
from estimators.build import built
from estimators.case import Case
from keras2sql.engines import Engine

Load = Callable[[Engine, str, pd.DataFrame], None]
_SIZES = [1e5, 1e20, 1e99, 1e160, 1e300, 1.7e308]


def of_numbers() -> list[Any]:
    """A case of each class that takes numbers alone."""
    first = {case.kind: case for case in reversed(CASES)}
    numbers = ("diabetes", "iris", "cancer", "numbered", "bits", "one", "square")
    return [pytest.param(c, id=c.id) for c in first.values() if c.data in numbers]


def extremes(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of one size, of both signs; a row of zeros; and one that a number is missing in."""
    width = frame.shape[1] - 1
    signs = np.where(np.arange(width) % 2, -1.0, 1.0)
    rows = [np.full(width, size) for size in _SIZES] + [signs * size for size in _SIZES]
    rows += [np.zeros(width), np.where(np.arange(width) == width - 1, np.nan, 0.0)]
    table = pd.DataFrame(np.array(rows), columns=frame.columns[:-1])
    return table.assign(id=np.arange(len(table)))


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("duckdb", "columns"), ("duckdb", "rows"), ("postgres", "columns"), ("postgres", "rows")],
)
@pytest.mark.parametrize("case", of_numbers())
@pytest.mark.sweep
def test_no_number_raises(
    case: Case,
    name: str,
    strategy: str,
    load_table: Load,
    request: pytest.FixtureRequest,
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    made = built(case)
    load_table(engine, "extremes", extremes(made.frame))
    program = keras2sql.convert(
        made.model, engine.dialect_name, "extremes", "id", strategy=strategy
    )
    assert len(program.run(engine)) == 2 * len(_SIZES) + 2


@pytest.mark.parametrize("model", [FunctionTransformer(np.log1p), PowerTransformer()], ids=repr)
def test_logarithms_of_large_numbers_keep_their_digits(
    model: Any, engine: Engine, load_table: Load
) -> None:
    rows = pd.DataFrame({"x": np.exp(np.random.default_rng(0).normal(size=50))})
    fitted = model.fit(rows)
    rows = pd.DataFrame({"x": [*np.geomspace(1e-12, 1e40, 80), *-np.geomspace(1e-12, 0.99, 40)]})
    load_table(engine, "large", rows.assign(id=range(len(rows))))
    program = keras2sql.convert(fitted, engine.dialect_name, "large", "id")
    found = program.run(engine).sort_values("id")["x"]
    np.testing.assert_allclose(found, np.ravel(fitted.transform(rows)), rtol=1e-13)
