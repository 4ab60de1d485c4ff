"""Every layer behind whole numbers and truth values: the numbers and the refusals of Keras."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedLayerError
from keras2sql.graph.core import Builder
from keras2sql.graph.simplify import simplify
from keras2sql.layers.registry import REGISTRY, Layer
from keras2sql.layers.whole import converted
from keras2sql.read import read_model
from layers import CASES
from layers.build import MERGING, _arguments, double_precision, keras_layer, randomize
from layers.case import Case

ROWS = 6
EDGES = [-1.0, 0.0, 0.5, 1.5]

# Keras computes these by TensorFlow alone.
_ELSEWHERE = frozenset({"Hashing", "HashedCrossing", "IntegerLookup", "StringLookup"})
# No model of Keras can have it behind integers.
_NOWHERE = frozenset({"Equalization"})
_CALLED = [
    case
    for case in {case.layer: case for case in reversed(CASES)}.values()
    if case.layer not in {*_ELSEWHERE, *_NOWHERE, "TextVectorization", "ThresholdedReLU"}
    and not case.layer.endswith(("Cell", "Cells"))
]
# Of whole numbers or truth values Keras on numpy makes numbers of half the size, or none at all.
BY_JAX = (
    "Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D "
    "AdaptiveAveragePooling3D Conv1D Conv2D Conv3D ConvLSTM1D ConvLSTM2D ConvLSTM3D Dot ELU "
    "LeakyReLU ReLU ReversibleEmbedding UnitNormalization"
)
# On truth values JAX alone answers, with another number than the formula's.
_DISPUTED = frozenset({"AdditiveAttention", "Average"})
ACTIVATIONS = (
    "elu gelu hard_sigmoid hard_tanh leaky_relu linear log_sigmoid relu relu6 sigmoid silu "
    "softmax log_softmax sparsemax tanh softplus exponential"
)
MORE = [
    Case("LayerNormalization", ((4,),), {"rms_scaling": True}),
    Case("LayerNormalization", ((3, 2),), {"center": False, "scale": False}),
    Case("GroupNormalization", ((4,),), {"groups": 2}),
    Case("ReLU", ((4,),), {"max_value": 1.5}),
    Case("ReLU", ((4,),), {"max_value": 1.5, "negative_slope": 0.25}),
    Case("ReLU", ((4,),), {"threshold": 1.5}),
    Case("Rescaling", ((4,),), {"scale": 0.4, "offset": 0.3}),
    Case("Resizing", ((4, 4, 1),), {"height": 8, "width": 2}),
    Case("Resizing", ((4, 4, 1),), {"height": 3, "width": 2, "interpolation": "nearest"}),
    Case("UpSampling2D", ((2, 2, 1),), {"size": 2, "interpolation": "bilinear"}),
    Case("UpSampling2D", ((2, 2, 1),), {"size": 2, "interpolation": "nearest"}),
    Case("Dot", ((4,), (4,)), {"axes": 1}),
    Case("Dot", ((4,), (4,)), {"axes": 1, "normalize": True}),
    Case("Masking", ((3, 2),), {"mask_value": 1.0}),
    *(Case("Activation", ((4,),), {"activation": name}) for name in ACTIVATIONS.split()),
]
WHOLE = [*_CALLED, *MORE]
# Those whose values, and not their types alone, depend on it.
CHANGED: tuple[str, ...]
CHANGED = ("LayerNormalization", "GroupNormalization", "RMSNormalization", "SpectralNormalization")
CHANGED += ("ReLU", "Resizing", "UpSampling2D", "Add", "Multiply", "Masking", "Concatenate")


def buckets(keras: Any, x: Any) -> Any:
    return keras.layers.Discretization(bin_boundaries=EDGES)(x)


def truths(keras: Any, x: Any) -> Any:
    return x > 0


MAKES = {"buckets": buckets, "integers": None, "truths": truths}


@functools.cache
def built(case: Case, kind: str) -> tuple[Any, dict[str, np.ndarray], list[np.ndarray] | None]:
    """A model of the layer behind whole numbers, twice normalised; what Keras makes of inputs.

    None where Keras does not take them.  The second normalisation shows the type that the
    layer's result has.
    """
    import keras

    rng = np.random.default_rng(len(case.id))
    with double_precision():
        inputs = [
            keras.Input(s, dtype="int32" if kind == "integers" else "float64", name=f"x{i}")
            for i, s in enumerate(case.shapes)
        ]
        make = MAKES[kind]
        xs = inputs if make is None else [make(keras, x) for x in inputs]
        layer = keras_layer(case.layer, case.config)
        xs, kwargs = _arguments(case, xs)
        merges = case.layer in MERGING
        y = layer(xs if merges else xs[0], *([] if merges else xs[1:]), **kwargs)
        y = y[0] if isinstance(y, (list, tuple)) else y
        behind = keras.layers.Rescaling(0.75)(keras.layers.LayerNormalization()(y))
        model = keras.Model(inputs, [y, behind])
        randomize(layer, rng)
        feeds = {f"x{i}": rng.normal(1.0, 1.5, (ROWS, *s)) for i, s in enumerate(case.shapes)}
        if case.layer == "Embedding" or case.values.startswith("ids"):
            feeds = {name: np.abs(x) for name, x in feeds.items()}
        if kind == "integers":
            feeds = {name: np.trunc(x) for name, x in feeds.items()}
        try:
            found = model(list(feeds.values()), training=False)
        except (TypeError, ValueError, RuntimeError):
            return model, feeds, None
        return model, feeds, [np.asarray(v).astype(float) for v in found]


def cells(databases: bool = False) -> list[Any]:
    """Cases and kinds; those that a sweep alone runs are marked."""
    found = []
    for case in WHOLE:
        for kind in MAKES:
            often = case.layer in CHANGED if kind == "buckets" else not databases
            marks = [] if often else [pytest.mark.sweep]
            if case.layer in BY_JAX.split():
                marks.append(pytest.mark.jax)
            found.append(pytest.param(case, kind, id=f"{kind}-{case.id}", marks=marks))
    return found


@pytest.mark.parametrize(("case", "kind"), cells())
def test_the_graph_computes_what_keras_computes(case: Case, kind: str) -> None:
    model, feeds, expected = built(case, kind)
    if expected is None or (kind == "truths" and case.layer in _DISPUTED):
        with pytest.raises(UnsupportedLayerError, match="cast them"):
            read_model(model)
        return
    graph = read_model(model).graph
    for found, wanted in zip(graph.evaluate(feeds).values(), expected, strict=True):
        assert found.shape == wanted.shape
        # Of integers Keras makes numbers of single precision.
        off = ~np.isclose(found.astype(float), wanted, rtol=1e-5, atol=1e-5, equal_nan=True)
        assert not off.any(), (found[off][:5], wanted[off][:5])


@pytest.mark.parametrize(("case", "kind"), cells(databases=True))
def test_every_database_computes_what_the_graph_computes(
    case: Case,
    kind: str,
    engine: Engine,
    load_table: Callable[[Engine, str, pd.DataFrame], None],
) -> None:
    model, feeds, expected = built(case, kind)
    if expected is None or (kind == "truths" and case.layer in _DISPUTED):
        return
    graph = heads.bare(read_model(model).graph)
    wanted = graph.evaluate(feeds)
    found = run(simplify(graph), feeds, engine, get(engine.dialect_name), load_table)
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


def test_an_integer_input_is_cut() -> None:
    import keras

    x = keras.Input((3,), dtype="int32", name="x")
    embedded = keras.layers.Embedding(5, 2)(keras.layers.Reshape((3,))(x))
    scaled = keras.layers.Rescaling(0.5)(keras.layers.Concatenate()([x, x]))
    truth = keras.Input((3,), dtype="bool", name="t")
    model = keras.Model([x, truth], [embedded, scaled, keras.layers.Rescaling(2.0)(truth)])
    feeds = {
        "x": np.array([[0.9, 2.0, 3.7], [1.0, 0.0, 4.2]]),
        "t": np.array([[0.0, 2.5, -1.0], [1.0, 0.0, 0.2]]),
    }
    graph = read_model(model).graph
    for found, wanted in zip(
        graph.evaluate(feeds).values(), model(list(feeds.values())), strict=True
    ):
        np.testing.assert_allclose(found, np.asarray(wanted), rtol=1e-6)


@pytest.mark.parametrize("type_", ["float32", "int32", "bool"])
@pytest.mark.parametrize("kind", ["numbers", "buckets", "truths"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_model_inside_casts_to_the_type_of_its_own_input(
    type_: str, kind: str, wrapped: bool, duckdb_engine: Engine, load_table: Any
) -> None:
    import keras

    outer = keras.Input((4, 3), name="x")
    given = {"numbers": lambda k, x: x, "buckets": buckets, "truths": truths}[kind](keras, outer)
    inner = keras.Input((3,) if wrapped else (4, 3), dtype=type_)
    last = [] if type_ == "bool" else [keras.layers.LayerNormalization(axis=-1)]
    within = keras.Sequential([inner, *last, keras.layers.Rescaling(0.5, 0.25)])
    behind = keras.layers.TimeDistributed(within) if wrapped else within
    model = keras.Model(outer, behind(given))
    feeds = {"x": np.random.default_rng(1).normal(1.0, 1.5, (ROWS, 4, 3))}
    wanted = np.asarray(model(feeds["x"])).astype(float)
    graph = heads.bare(read_model(model).graph)
    dialect = get(duckdb_engine.dialect_name)
    for found in (
        graph.evaluate(feeds),
        run(simplify(graph), feeds, duckdb_engine, dialect, load_table),
    ):
        values = np.stack([found[name] for name in graph.outputs], axis=-1)
        np.testing.assert_allclose(values.reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("type_", ["uint8", "int16"])
def test_types_that_wrap_around_are_refused(type_: str) -> None:
    import keras

    x = keras.Input((3,), dtype=type_)
    model = keras.Model(x, keras.layers.Add()([x, x]))
    with pytest.raises(UnsupportedLayerError, match=f"computes in {type_}"):
        read_model(model)


@pytest.mark.parametrize(
    ("class_name", "config", "wanted"),
    [
        ("GlobalAveragePooling1D", {}, [[1.0, 2.0], [-1.0, 0.0]]),
        ("LayerNormalization", {"epsilon": 0.0}, [[[1, -1], [-1, 1]], [[-1, 1], [-1, 1]]]),
    ],
)
def test_keras_2_divided_whole_numbers(class_name: str, config: Any, wanted: Any) -> None:
    """As tf_keras 2.21 computes them: a mean of integers is one, a normalisation is not cut."""
    graph = Builder()
    x = graph.as_integer(graph.input("x", (2, 2)), "int32")
    weights = {"gamma": np.full(2, 0.5), "beta": np.zeros(2)}
    layer = Layer(class_name, "it", "it", config, weights, keras=(2, 15))
    y = converted(graph, layer, REGISTRY[class_name].convert, [x])
    feeds = {"x": np.array([[[3, 1], [0, 3]], [[-2, 0], [-1, 1]]])}
    found = graph.graph([x], {"y": y}).evaluate(feeds)["y"]
    scale = 0.5 if class_name == "LayerNormalization" else 1.0
    np.testing.assert_allclose(found, scale * np.array(wanted), rtol=1e-12)
