"""Layers that Keras dropped, against numpy; tests/read/test_keras1_files.py has Keras's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras2sql.graph.core import Builder
from keras2sql.layers.registry import REGISTRY, Layer

RNG = np.random.default_rng(3)
X = RNG.normal(size=(5, 3))
SQUARE, CARRY = RNG.normal(size=(2, 3, 3))
BIAS, CARRIED = RNG.normal(size=(2, 3))
EACH, SHIFT = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 4))


def computed(class_name: str, weights: list[np.ndarray], **config: Any) -> np.ndarray:
    graph = Builder()
    x = graph.input("x", (3,))
    layer = Layer(class_name, "it", "it", config, weights, keras=(1, 2))
    y = REGISTRY[class_name].convert(graph, layer, x)
    return graph.graph([x], {"y": y}).evaluate({"x": X})["y"]


@pytest.mark.parametrize("biased", [True, False])
def test_highway(biased: bool) -> None:
    weights = [SQUARE, CARRY, BIAS, CARRIED] if biased else [SQUARE, CARRY]
    found = computed("Highway", weights, activation="tanh", use_bias=biased)
    gate = 1 / (1 + np.exp(-(X @ CARRY + biased * CARRIED)))
    wanted = gate * np.tanh(X @ SQUARE + biased * BIAS) + (1 - gate) * X
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_maxout_dense() -> None:
    found = computed("MaxoutDense", [EACH, SHIFT], units=4, features=2, use_bias=True)
    wanted = np.max([X @ k + b for k, b in zip(EACH, SHIFT, strict=True)], axis=0)
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
