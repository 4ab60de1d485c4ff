"""Keras models of every structure that a reader has to follow, with random weights."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras2sql.graph.core import Graph
from keras2sql.read import Network, read_model
from layers.build import double_precision

ROWS = 5


@dataclass(frozen=True, eq=False)
class Sample:
    """A model, what to feed it by input name, and what Keras answers by output name."""

    model: Any
    feeds: dict[str, np.ndarray]
    outputs: dict[str, np.ndarray]


def randomised(model: Any, seed: int = 0) -> Any:
    """Values other than Keras's own in every variable; positive, so that variances are."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.2, 0.9, w.shape).astype(w.dtype) for w in model.get_weights()])
    return model


def sequential(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(6, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(6, activation="tanh", use_bias=False),
            layers.Dense(3, activation="softmax"),
        ],
        name="plain",
    )


def two_inputs_two_outputs(keras: Any) -> Any:
    """A skip connection, a layer called three times, outputs of different width."""
    layers = keras.layers
    a = layers.Input((4,), name="left")
    b = layers.Input((4,), name="right")
    shared = layers.Dense(4, activation="tanh", name="shared")
    x, y = shared(a), shared(b)
    z = shared(layers.Add()([x, y]))
    skip = layers.Concatenate()([z, a])
    narrow = layers.Dense(1, name="narrow")(skip)
    return keras.Model([a, b], [narrow, layers.Multiply(name="wide")([x, z])])


def dicts(keras: Any) -> Any:
    """Inputs and outputs by name; one layer gives two outputs of the model."""
    layers = keras.layers
    a = layers.Input((3,), name="first")
    b = layers.Input((2,), name="second")
    x = layers.Concatenate()([b, a])
    y = layers.Dense(2)(x)
    outputs = {"zeta": layers.Dense(2)(y), "alpha": y, "again": y}
    return keras.Model({"first": a, "second": b}, outputs, name="named")


def nested(keras: Any) -> Any:
    """Models within models, both called twice, one of them three levels down."""
    layers = keras.layers
    innermost = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(3, name="dense"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(4, name="dense_1", activation="tanh"),
        ],
        name="block",
    )
    i = layers.Input((4,))
    h = innermost(layers.Dense(4, name="dense")(i))
    middle = keras.Model(
        i,
        [layers.Dense(4, name="up")(h), layers.Dense(2, name="side")(h)],
        name="middle",
    )
    x = layers.Input((4,), name="x")
    up, side = middle(innermost(x))
    up2, side2 = middle(up)
    out = layers.Dense(2, name="dense")(layers.Concatenate()([up2, side]))
    return keras.Model(x, [out, side2, up2], name="outer")


def frozen(keras: Any) -> Any:
    """Layers that are not trained stand last in the flat lists of `.h5` files."""
    layers = keras.layers
    inner = keras.Sequential(
        [
            layers.Input((4,)),
            layers.Dense(4, name="stem", trainable=False),
            layers.BatchNormalization(name="norm", trainable=False),
            layers.Dense(4, name="body"),
            layers.BatchNormalization(name="norm_1"),
            layers.LayerNormalization(name="norm_2"),
        ],
        name="inner",
    )
    x = layers.Input((4,), name="x")
    y = layers.BatchNormalization(scale=False)(inner(x))
    return keras.Model(x, layers.BatchNormalization(center=False)(y), name="frozen")


def one_layer_in_two_models(keras: Any) -> Any:
    """Files of the `.keras` kind hold a layer once, however many models it stands in."""
    layers = keras.layers
    tied = layers.Dense(4, name="tied")
    i = layers.Input((4,))
    inner = keras.Model(i, layers.Dense(4, name="own")(tied(i)), name="inner")
    x = layers.Input((4,), name="x")
    return keras.Model(x, layers.Add()([inner(x), tied(x)]), name="tied_outer")


def nested_first(keras: Any) -> Any:
    """A Sequential whose first layer is a model."""
    layers = keras.layers
    i = layers.Input((5,))
    base = keras.Model(i, layers.Dense(3, name="d")(i), name="base")
    head = layers.Dense(2, name="d")
    model = keras.Sequential([base, head], name="stack")
    model.build((None, 5))
    return model


def built_by_call(keras: Any) -> Any:
    """A Sequential without an input layer, built by its first call."""
    layers = keras.layers
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    model(np.zeros((1, 4)))
    return model


def masked(keras: Any) -> Any:
    """A mask that passes a Dropout and a Dense layer, and tells in a product."""
    layers = keras.layers
    x = layers.Input((3, 2), name="x")
    kept = layers.Masking(0.0)(x)
    y = layers.Dense(2)(layers.Dropout(0.5)(kept))
    z = layers.Dense(2)(x)
    return keras.Model(x, layers.Multiply()([y, z]), name="masked")


def called_with_keywords(keras: Any) -> Any:
    layers = keras.layers
    x = layers.Input((4,), name="x")
    y = layers.Dropout(0.5)(inputs=x, training=False)
    y = layers.BatchNormalization()(y, training=False, mask=None)
    return keras.Model(x, layers.Dense(2)(inputs=y))


def wrapped(keras: Any) -> Any:
    """A model that another layer applies to each of its steps."""
    layers = keras.layers
    i = layers.Input((3,))
    h = layers.Dense(4, activation="tanh", name="d")(i)
    inner = keras.Model(i, layers.Add()([layers.Dense(3, name="e")(h), i]), name="step")
    block = keras.Sequential([layers.Input((3,)), layers.BatchNormalization(), inner], name="block")
    x = layers.Input((5, 3), name="x")
    return keras.Model(x, layers.Dense(2)(layers.TimeDistributed(block)(x)), name="stepwise")


BUILDERS: dict[str, Callable[[Any], Any]] = {
    build.__name__: build
    for build in (
        sequential,
        two_inputs_two_outputs,
        dicts,
        nested,
        frozen,
        one_layer_in_two_models,
        nested_first,
        built_by_call,
        masked,
        called_with_keywords,
        wrapped,
    )
}


@contextmanager
def computing_in(dtype: str) -> Iterator[None]:
    """New Keras layers, and calls of them, are of this type inside."""
    import keras

    before = keras.config.dtype_policy()
    with double_precision() if dtype == "float64" else nullcontext():
        keras.config.set_dtype_policy(dtype)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)


@functools.cache
def sample(name: str, dtype: str = "float64") -> Sample:
    """The model `name`, built once per process."""
    import keras

    with computing_in(dtype):
        model = randomised(BUILDERS[name](keras), seed=len(name))
        rng = np.random.default_rng(7)
        given = {t.name: rng.normal(size=(ROWS, *t.shape[1:])).astype(dtype) for t in model.inputs}
        if name == "masked":
            given["x"][:, 1] = 0.0
        if len(given) == 1:
            answer = model(next(iter(given.values())))
        elif isinstance(model.input, dict):
            answer = model(given)
        else:
            answer = model(list(given.values()))
    if not isinstance(answer, dict):
        several = answer if isinstance(answer, list | tuple) else [answer]
        answer = {str(i): value for i, value in enumerate(several)}
    return Sample(model, given, {k: np.asarray(v) for k, v in answer.items()})


SOURCES = ("keras", "h5", "live", "json_tree", "json_h5")


def saved(model: Any, source: str, folder: Path) -> tuple[Any, ...]:
    """The arguments of `read_model` for this model in one of the forms of `SOURCES`."""
    if source == "live":
        return (model,)
    path = folder / f"model.{source.removeprefix('json_')}"
    if source == "json_tree":
        path = folder / "model.weights.h5"
        model.save_weights(path)
    else:
        model.save(path)
    if not source.startswith("json"):
        return (path,)
    (folder / "model.json").write_text(model.to_json())
    return (str(folder / "model.json"), str(path))


def difference(network: Network, sample: Sample, dtype: str = "float64") -> float:
    """The largest deviation of the network's outputs, in order, from those of Keras."""
    return graph_difference(network.graph, sample.feeds, list(sample.outputs.values()), dtype)


def graph_difference(
    graph: Graph, feeds: dict[str, np.ndarray], wanted: list[np.ndarray], dtype: str = "float64"
) -> float:
    named = {t.op.name: t.shape for t in graph.inputs}  # type: ignore[attr-defined]
    if len(named) == len(feeds) == 1:
        feeds = dict(zip(named, feeds.values(), strict=True))
    got = graph.evaluate(feeds)
    assert len(got) == len(wanted)
    pairs = list(zip(got.values(), wanted, strict=True))
    assert all(g.shape == w.shape for g, w in pairs)
    return max(float(np.abs(g - w).max()) for g, w in pairs)


def read(*source: Any) -> Network:
    """`read_model`, and the checks that hold for every model."""
    network = read_model(*source)
    network.graph.check()
    assert all(not one.problem and one.shape is not None for one in network.layers)
    return network
