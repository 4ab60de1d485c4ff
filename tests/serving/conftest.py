"""A server in this process, and models as its requests have them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from keras2sql.serving.app import application

MODELS = Path(__file__).parents[2] / "examples" / "models"
IRIS = Path(str(files("keras2sql").joinpath("demo"))) / "iris.keras"


def of(path: Path, **told: Any) -> dict[str, Any]:
    """A request for a model."""
    return {"Name": path.name, "SerializedModel": coded(path.read_bytes()), **told}


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    with TestClient(application(), base_url="http://127.0.0.1:8765") as made:
        yield made
