"""Keras == numpy == SQL, for every operation of `keras.ops` that converts."""

from __future__ import annotations

import functools
import json
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.graph.core import Graph
from keras2sql.graph.simplify import simplify
from keras2sql.layers.operations.operation import PREFIX, REFUSED
from keras2sql.layers.registry import REGISTRY
from keras2sql.read.any import read
from layers.build import WIDE, double_precision
from operations.families import FAMILIES, HIDDEN, Family

ROWS = 12
DIVISORS = (-1000.0, -3.0, -2.0, -0.5, 0.0, 0.25, 0.5, 2.0, 3.0, 1000.0)
JAX = ("ids", "indices")  # whose operations differ on numpy, of ids outside of the range for one
EACH = pytest.mark.parametrize(
    "family",
    [
        pytest.param(one, id=one.name, marks=[pytest.mark.jax] if one.name in JAX else [])
        for one in FAMILIES
    ],
)


def values(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    full = (ROWS, *shape)
    if kind == "normal":
        return rng.normal(scale=2.0, size=full)
    if kind == "ids":
        return rng.integers(0, 5, size=full).astype(np.float64)
    some = DIVISORS if kind == "divisors" else (*WIDE, *(-w for w in WIDE))
    # Databases don't tell -0 from 0.
    return rng.choice(some, size=full) + 0.0


@functools.cache
def built(family: Family) -> tuple[Any, dict[str, np.ndarray], list[np.ndarray], Graph]:
    """The model, its inputs, what Keras computes of them, and the graph of the saved model."""
    import keras

    rng = np.random.default_rng(zlib.crc32(family.name.encode()))
    with double_precision():
        inputs = [
            keras.Input(shape, dtype="float64", name=f"x{i}")
            for i, shape in enumerate(family.shapes)
        ]
        with warnings.catch_warnings():
            # Keras's own, of tensordot along listed axes
            warnings.filterwarnings("ignore", "NotImplemented should not be used")
            warnings.filterwarnings("ignore", ".*(All-NaN slice|Mean of empty slice)")
            model = keras.Model(inputs, [make(*inputs) for make in family.outputs])
            arrays = [values(k, s, rng) for k, s in zip(family.values, family.shapes, strict=True)]
            found = [np.asarray(y) for y in model(arrays, training=False)]
        graph = read(model).graph
    return model, {f"x{i}": a for i, a in enumerate(arrays)}, found, graph


@EACH
def test_the_graph_computes_what_keras_computes(family: Family) -> None:
    _, feeds, expected, graph = built(family)
    found = graph.evaluate(feeds)
    wrong = []
    for (name, value), wanted in zip(found.items(), expected, strict=True):
        if value.shape != wanted.shape:
            wrong.append(f"{name}: shape {value.shape}, not {wanted.shape}")
        elif not np.allclose(value, wanted.astype(float), rtol=1e-12, atol=1e-12, equal_nan=True):
            off = ~np.isclose(value, wanted.astype(float), rtol=1e-12, atol=1e-12, equal_nan=True)
            at = tuple(np.argwhere(off)[0])
            where = [a[at[: a.ndim]] for a in feeds.values() if a.shape == value.shape]
            wrong.append(f"{name}: {value[at]}, not {wanted[at]}, of {where}")
    assert not wrong, "\n".join(wrong)


@EACH
def test_every_database_computes_what_the_graph_computes(
    family: Family, engine: Engine, load_table: Callable[[Engine, str, pd.DataFrame], None]
) -> None:
    _, feeds, _, graph = built(family)
    graph = heads.bare(graph)
    expected = graph.evaluate(feeds)
    found = run(simplify(graph), feeds, engine, get(engine.dialect_name), load_table)
    wrong = []
    for name, wanted in expected.items():
        # In PostgreSQL exp() ends at 1e99.
        value, wanted = (np.clip(v.astype(float), -1e99, 1e99) for v in (found[name], wanted))
        off = ~np.isclose(value, wanted, rtol=1e-9, atol=1e-9, equal_nan=True)
        if off.any():
            wrong.append(f"{name}: {value[off][0]}, not {wanted[off][0]}, in row {np.argmax(off)}")
    assert not wrong, "\n".join(wrong[:40])


@pytest.mark.parametrize("family", FAMILIES[:3], ids=lambda family: family.name)
def test_no_database_raises_at_the_ends_of_the_range(
    family: Family, engine: Engine, load_table: Callable[[Engine, str, pd.DataFrame], None]
) -> None:
    graph = heads.bare(built(family)[3])
    rng = np.random.default_rng(0)
    ends = (-1e300, -1e-300, 0.0, 1e-300, 1.0, 1e300)
    feeds = {t.layer: rng.choice(ends, size=(20, *t.shape)) for t in graph.inputs}
    found = run(simplify(graph), feeds, engine, get(engine.dialect_name), load_table)
    assert all(len(column) == 20 for column in found.values())


def nodes(model: Any) -> set[str]:
    """The classes of the operations in a model."""
    layers = json.loads(model.to_json())["config"]["layers"]
    return {entry["class_name"] for entry in layers if entry["class_name"] != "InputLayer"}


@pytest.mark.jax
def test_every_operation_that_converts_has_a_case() -> None:
    registered = {key.removeprefix(PREFIX) for key in REGISTRY if key.startswith(PREFIX)}
    tried = set().union(*(nodes(built(family)[0]) for family in FAMILIES))
    assert registered - REFUSED.keys() - tried == set(HIDDEN)
    assert not tried - registered
