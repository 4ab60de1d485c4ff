"""The list of Keras's layers in this project is that of the Keras that the tests have."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras

from keras2sql.layers.names import KERAS, LAYERS


def test_the_list_of_layers_is_that_of_keras() -> None:
    path = Path(__file__).parent.parent / "tools" / "list_keras_layers.py"
    spec = importlib.util.spec_from_file_location("list_keras_layers", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert keras.__version__ == KERAS
    assert tuple(tool.layers()) == LAYERS
