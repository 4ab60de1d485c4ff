"""From a case to a Keras layer with random weights, its inputs, and its graph."""

from __future__ import annotations

import functools
import json
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X
from keras2sql.layers import REGISTRY
from keras2sql.layers.recurrent import RECURRENT
from keras2sql.layers.recurrent_cells import flat
from keras2sql.layers.registry import Layer
from layers.case import Case, Inner

ROWS = 4
WIDE = (0.0, 1e-8, 0.5, 1.0, 2.5, 3.0, 6.0, 20.0, 100.0, 1000.0)


@dataclass(frozen=True, eq=False)
class Built:
    """A case come to life: `outputs` and `masks` are what Keras computes from `feeds`.

    The graph's inputs are x0, x1, ..., then m0, m1, ... for masks, as 0 and 1; its outputs
    "y", or y0, y1, ..., and "mask" where the converter sets one.
    """

    case: Case
    graph: Graph
    feeds: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]
    layer: Layer


@functools.cache
def built(case: Case) -> Built:
    """The case, built once per process."""
    rng = np.random.default_rng(zlib.crc32(case.id.encode()))
    feeds = {f"x{i}": _values(case.values, shape, rng) for i, shape in enumerate(case.shapes)}
    for i, shape in enumerate(case.masks):
        if shape is not None:
            feeds[f"m{i}"] = (rng.random((ROWS, *shape)) < 0.5).astype(np.float64)
    # A layer with a state goes on from row to row.
    batches = [slice(i, i + 1) for i in range(ROWS)] if _stateful(case) else [slice(ROWS)]
    with double_precision():
        layer = keras_layer(case.layer, case.config)
        if case.layer in RECURRENT:  # whose calls compile anew each time
            layer.build((len(range(ROWS)[batches[0]]), *case.shapes[0]))
        else:
            _call(layer, case, feeds)  # builds its variables
        randomize(layer, rng)
        if _stateful(case):
            _reset(layer)
        found = [_call(layer, case, {k: v[rows] for k, v in feeds.items()}) for rows in batches]
        outputs = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        assert all(v.dtype.kind in "bi" or v.dtype == np.float64 for v in outputs.values())
        told = described(layer, case.keras, call=case.call)
        return Built(case, graph(case, told), feeds, outputs, told)


def _reset(layer: Any) -> None:
    """Zeros for all states; Keras's own `reset_state` fails for stacked cells."""
    for part in layer._flatten_layers():
        for state in flat(getattr(part, "states", None) or []):
            state.assign(np.zeros(state.shape))


def _stateful(case: Case) -> bool:
    parts = [case, *(v for v in case.config.values() if isinstance(v, Inner))]
    return any(part.config.get("stateful") for part in parts)


@contextmanager
def double_precision() -> Iterator[None]:
    """Keras computes in float64 inside.

    Left alone, its rules of type promotion turn float64 to float32 on any backend but
    TensorFlow, so that `tanh` or a batch normalization would lose half of their digits.
    """
    import keras
    from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE as narrowed

    if keras.backend.backend() == "jax":
        from jax._src.nn import functions as attention
    else:
        from keras.src.backend.numpy import nn as attention

    before = keras.config.floatx(), narrowed["float64"]
    policy = keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # a layer made before would have settled it
    narrowed["float64"] = "float64"
    # Attention rounds the scores to np.float32 whatever their type is.
    numpy = vars(attention)["np"]
    vars(attention)["np"] = _Wide()
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):  # as jax does
            warnings.filterwarnings("ignore", ".*softmax over axis -1 of a tensor of shape")
            warnings.filterwarnings("ignore", ".*was passed an input with a mask attached")
            warnings.filterwarnings("ignore", ".*You passed `rms_scaling=True`")
            yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(policy)
        narrowed["float64"] = before[1]
        vars(attention)["np"] = numpy


class _Wide:
    """numpy, but for its float32."""

    def __getattr__(self, name: str) -> Any:
        return np.float64 if name == "float32" else getattr(np, name)


# -- inputs


def _values(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    full = (ROWS, *shape)
    if kind == "normal":
        return rng.normal(scale=2.0, size=full)
    if kind == "ties":
        return rng.integers(0, 3, size=full).astype(np.float64)
    if kind == "wide":
        some = rng.choice(WIDE, size=full) * rng.choice([-1.0, 1.0], size=full)
        return np.where(rng.random(full) < 0.25, rng.normal(scale=4.0, size=full), some)
    if kind.startswith("ids"):
        return rng.integers(0, int(kind[3:]), size=full)
    raise ValueError(f"no values of kind {kind}")


# -- Keras


def keras_layer(name: str, config: Mapping[str, Any]) -> Any:
    """The layer that these arguments make."""
    import keras

    kind = thresholded_relu() if name == "ThresholdedReLU" else getattr(keras.layers, name)
    return kind(**{key: _made(value) for key, value in config.items()})


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return [_made(v) for v in value]
    return keras_layer(value.layer, value.config) if isinstance(value, Inner) else value


@functools.cache
def thresholded_relu() -> Any:
    """The layer of Keras 2, which Keras 3 keeps for TensorFlow alone."""
    import keras

    class ThresholdedReLU(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, theta: float = 1.0) -> None:
            super().__init__()
            self.theta = theta

        def call(self, x: Any) -> Any:
            return x * (x > self.theta)

    return ThresholdedReLU


def _call(layer: Any, case: Case, feeds: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    from keras.src.backend import convert_to_tensor, get_keras_mask, set_keras_mask

    xs = []
    for i in range(len(case.shapes)):
        x = feeds[f"x{i}"]
        xs.append(convert_to_tensor(x, dtype="int32" if x.dtype.kind == "i" else "float64"))
        if f"m{i}" in feeds:
            set_keras_mask(xs[-1], convert_to_tensor(feeds[f"m{i}"] > 0.5))
    merges = case.layer in MERGING
    xs, kwargs = _arguments(case, xs)
    y = layer(xs if merges else xs[0], *([] if merges else xs[1:]), training=False, **kwargs)
    several = isinstance(y, (list, tuple))
    named = {f"y{i}": v for i, v in enumerate(flat(y))} if several else {"y": y}
    masks = {name.replace("y", "mask"): get_keras_mask(v) for name, v in named.items()}
    named |= {name: mask for name, mask in masks.items() if mask is not None}
    return {name: np.asarray(v) for name, v in named.items()}


def _arguments(case: Case, xs: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Which inputs are passed by position, and which by name."""
    kwargs = dict(case.call)
    if case.states:
        name = "states" if case.layer.endswith(("Cell", "Cells")) else "initial_state"
        kwargs[name] = _tree(case.states, xs)
        used = set(flat(case.states))
        xs = [x for i, x in enumerate(xs) if i not in used]
    kwargs.update(zip(case.keywords, xs[len(xs) - len(case.keywords) :], strict=True))
    return xs[: len(xs) - len(case.keywords)], kwargs


def _tree(numbers: Any, xs: list[Any]) -> Any:
    return [_tree(n, xs) for n in numbers] if isinstance(numbers, tuple) else xs[numbers]


# Layers that are called on a list of tensors.
MERGING = frozenset(
    {
        "Add",
        "AdditiveAttention",
        "Attention",
        "Average",
        "Concatenate",
        "Dot",
        "Maximum",
        "Minimum",
        "Multiply",
        "Subtract",
    }
)


def randomize(layer: Any, rng: np.random.Generator) -> None:
    """Give every variable other values than those that Keras starts with."""
    for part in layer._flatten_layers():
        store: dict[str, np.ndarray] = {}
        part.save_own_variables(store)
        names = [v.name for v in part._trainable_variables + part._non_trainable_variables]
        for key, name in zip(store, names, strict=True):
            shape, kind = np.shape(store[key]), np.asarray(store[key]).dtype.kind
            if kind == "f":
                positive = "variance" in name or "stddev" in name
                store[key] = rng.uniform(0.3, 3, shape) if positive else rng.normal(size=shape)
        if store:
            part.load_own_variables(store)


# -- keras2sql


def described(
    layer: Any,
    keras: tuple[int, int] = (3, 15),
    path: str = "layer",
    call: Mapping[str, Any] | None = None,
) -> Layer:
    """What a reader makes of a Keras layer: plain config, arrays, the layers inside it."""
    from keras.saving import serialize_keras_object

    entry = json.loads(json.dumps(serialize_keras_object(layer)))
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    children = {name: described(child, keras, f"{path}/{name}") for name, child in _inside(layer)}
    # SpectralNormalization saves the kernel of the layer inside it once more; readers drop it.
    inner = [array for child in children.values() for array in child.variables]
    own = [np.asarray(v) for v in store.values()]
    if hasattr(layer, "cell") and entry["class_name"] != "RNN":
        own += described(layer.cell).variables
    for part in ("query", "key", "value", "output", "gate"):  # the layers that no config lists
        if hasattr(layer, f"_{part}_dense"):
            own += described(getattr(layer, f"_{part}_dense")).variables
    return Layer(
        class_name=entry["class_name"],
        name=path,
        path=path,
        config=entry["config"],
        variables=[v for v in own if not any(np.array_equal(v, w) for w in inner)],
        children=children,
        keras=keras,
        call_kwargs=call or {},
    )


def _inside(layer: Any) -> Iterator[tuple[str, Any]]:
    wraps = ("layer", "forward_layer", "backward_layer")
    for name in (*wraps, *(["cell"] if type(layer).__name__ == "RNN" else [])):
        if hasattr(layer, name):
            yield name, getattr(layer, name)
    listed = layer.layers if type(layer).__name__ == "Pipeline" else getattr(layer, "cells", ())
    for number, one in enumerate(listed):
        yield str(number), one


def graph(case: Case, layer: Layer) -> Graph:
    """The graph of one layer, made by its converter."""
    builder = Builder()
    kind = "int" if case.values.startswith("ids") else "float"
    xs = [builder.input(f"x{i}", shape, kind) for i, shape in enumerate(case.shapes)]
    inputs = list(xs)
    for i, shape in enumerate(case.masks):
        if shape is not None:
            inputs.append(builder.input(f"m{i}", shape))
            builder.masked(xs[i], builder.map(X > 0.5, inputs[-1]))
    operands, kwargs = _arguments(case, xs)
    with builder.at(layer.path):
        called = replace(layer, call_kwargs=kwargs)
        made = REGISTRY[case.layer].convert(builder, called, *operands)
    several = isinstance(made, (list, tuple))
    named = {f"y{i}": y for i, y in enumerate(made)} if several else {"y": made}
    masks = {name.replace("y", "mask"): builder.mask(y) for name, y in named.items() if y not in xs}
    named |= {name: mask for name, mask in masks.items() if mask is not None}
    return builder.graph(inputs, named)
