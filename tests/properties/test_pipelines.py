"""scikit-learn == SQL, for any pipeline; tools/random_pipelines.py runs hundreds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from keras2sql.engines import Engine
from properties.pipeline_check import Told, check
from properties.pipelines import Description, descriptions

SETTINGS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.generate],
    "database": None,
}


@given(description=descriptions())
@settings(max_examples=4, derandomize=True, **SETTINGS)
def test_some_pipelines(
    description: Description, duckdb_engine: Engine, sqlite_engine: Engine
) -> None:
    told = Told()
    check(description, [duckdb_engine, sqlite_engine], told)
    assert told.wrong == []


@pytest.mark.sweep
@given(description=descriptions())
@settings(max_examples=200, print_blob=True, **SETTINGS)
def test_many_pipelines(
    description: Description, duckdb_engine: Engine, sqlite_engine: Engine
) -> None:
    told = Told()
    check(description, [duckdb_engine, sqlite_engine], told)
    assert told.wrong == []
