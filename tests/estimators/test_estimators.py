"""scikit-learn == numpy == SQL: every estimator that has a reader."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pandas as pd
import pytest

from estimators import CASES
from estimators.build import built, check, wanted
from estimators.case import Case
from keras2sql import api
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from keras2sql.read.sklearn import ESTIMATORS, TRANSFORMERS

Load = Callable[[Engine, str, pd.DataFrame], None]

_READERS = {
    name.partition(".")[2]: entry.read for name, entry in {**TRANSFORMERS, **ESTIMATORS}.items()
}
_FIRST = {_READERS[case.kind]: case for case in reversed(CASES)}


def each() -> list[Any]:
    return [pytest.param(case, id=case.id) for case in CASES]


def first_of_each() -> list[Any]:
    """A case of each reader; the others in long runs."""
    return [
        pytest.param(c, id=c.id, marks=[] if c is _FIRST[_READERS[c.kind]] else [pytest.mark.sweep])
        for c in CASES
    ]


@pytest.mark.parametrize("case", each())
def test_graph_and_columns_compute_what_scikit_learn_computes(
    case: Case, load_table: Load, duckdb_engine: Engine
) -> None:
    """Both in one test, so that each of the many estimators is fitted by one process alone."""
    made = built(case)
    found = made.graph.evaluate(made.feeds)
    expected = wanted(made)
    assert list(found) == list(expected)
    there = predicted(expected)  # what a row needs for a prediction is for SQL to see to
    for name, values in expected.items():
        nearly = 1e-11 if case.tolerance <= 1e-9 else case.tolerance
        check(found[name][there], np.asarray(values)[there], nearly, name)
    run(case, duckdb_engine, load_table, "columns")


def predicted(expected: dict[str, Any]) -> Any:
    """The rows that have a prediction."""
    return np.any([pd.notna(np.asarray(v, dtype=object)) for v in expected.values()], axis=0)


def by_rounds(case: Case) -> bool:
    """Whether probabilities are found by rounds of many steps."""
    return getattr(case.estimator, "probability", False) is True


def limited(beyond: bool) -> AbstractContextManager[Any]:
    """For a statement of more steps than the database takes, which is told."""
    return pytest.raises(DialectLimitError, match="steps") if beyond else nullcontext()


def run(case: Case, engine: Engine, load: Load, strategy: str) -> None:
    made = built(case)
    load(engine, "estimator_rows", made.frame)
    program = api.program(
        made.network, engine.dialect_name, "estimator_rows", "id", strategy=strategy
    )
    found = program.run(engine).sort_values("id")
    expected = wanted(made)
    assert list(found) == ["id", *expected]
    for name, values in expected.items():
        check(found[name], values, case.tolerance, name)


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("duckdb", "arrays"),
        ("duckdb", "rows"),
        ("sqlite", "columns"),
        ("sqlite", "rows"),
        ("postgres", "columns"),
    ],
)
@pytest.mark.parametrize("case", first_of_each())
def test_all_strategies_compute_it(
    case: Case, name: str, strategy: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    with limited((name, strategy) == ("sqlite", "rows") and by_rounds(case)):
        run(case, engine, load_table, strategy)


@pytest.mark.parametrize("name", ["mariadb", "clickhouse", "datafusion"])
@pytest.mark.parametrize("case", first_of_each())
@pytest.mark.sweep
def test_other_databases_compute_it(
    case: Case, name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    with limited(name == "mariadb" and case.data == "iris" and by_rounds(case)):  # three classes
        run(case, engine, load_table, "auto")


def test_no_two_cases_are_the_same() -> None:
    ids = [(repr(case.estimator), case.data, case.target) for case in CASES]
    assert len(ids) == len(set(ids))
