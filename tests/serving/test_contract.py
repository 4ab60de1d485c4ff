"""Requests made of /openapi.json: whatever is sent, an answer is one that it describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from keras2sql.serving import process
from keras2sql.serving.app import application
from keras2sql.serving.work import answer
from serving.conftest import IRIS, coded

APP = application(hosts=["testserver"])
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP)
SHORT = schemathesis.openapi.from_asgi("/openapi.json", APP)
SHORT.config.phases.coverage.enabled = False  # which goes through all values of all fields
GOOD = {"Name": "iris.keras", "SerializedModel": coded(IRIS.read_bytes())}


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Jobs are done in this process: hundreds of others would take minutes, and have tests."""

    def run(job: Any, files: Any, limits: Any) -> Any:
        paths = {}
        for kind, (name, content) in files.items():
            place = tmp_path / kind / process.file_name(name)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
            paths[kind] = str(place)
        told = json.dumps({**job, "weights": None, **paths})
        return json.loads(json.dumps(answer(json.loads(told))))

    monkeypatch.setattr(process, "run", run)


# What a schema allows a model may refuse: its own columns, labels and layers decide.
EXCLUDED = [positive_data_acceptance]


def run(case: schemathesis.Case) -> None:
    """Send the request, and the same with a model that is one."""
    case.call_and_validate(excluded_checks=EXCLUDED)
    if isinstance(case.body, dict) and "SerializedModel" in case.body:
        case.body = {**case.body, **GOOD}
        for name in ("PickleData", "SerializedWeights"):
            case.body.pop(name, None)
        case.call_and_validate(excluded_checks=EXCLUDED)


few = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
many = settings(few, max_examples=300)


@SHORT.parametrize()
@few
def test_answers_are_as_described(case: schemathesis.Case) -> None:
    run(case)


@pytest.mark.sweep
@SCHEMA.parametrize()
@many
def test_very_many_answers_are_as_described(case: schemathesis.Case) -> None:
    run(case)


def test_the_interface_is_described() -> None:
    described = SCHEMA.raw_schema["paths"]
    assert set(described) == {"/model", "/inspection", "/scores", "/dialects", "/health"}
