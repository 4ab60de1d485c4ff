"""Masks in files of Keras 3, which holds them as nodes and arguments of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_samples import ROWS, SOURCES, Sample, computing_in, difference, randomised, read, saved

# Keras's jax variables, seen by a newer numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

IDS, LATER = 6, 4


def embedded(keras: Any, name: str) -> tuple[Any, Any]:
    ids = keras.layers.Input((IDS,), name=name)
    return ids, keras.layers.Embedding(7, LATER, mask_zero=True)(ids)


def one(layer: Callable[[Any], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """A model of one masked sequence."""

    def build(keras: Any) -> Any:
        ids, x = embedded(keras, "ids")
        return keras.Model(ids, layer(keras.layers)(x))

    return build


def two(layer: Callable[[Any], Callable[[Any, Any], Any]]) -> Callable[[Any], Any]:
    """A model of two masked sequences."""

    def build(keras: Any) -> Any:
        (a, x), (b, y) = embedded(keras, "a"), embedded(keras, "b")
        return keras.Model([a, b], layer(keras.layers)(x, y))

    return build


def mean(layers: Any, x: Any) -> Any:
    return layers.GlobalAveragePooling1D()(x)


def half_masked(keras: Any) -> Any:
    ids, x = embedded(keras, "ids")
    plain = keras.layers.Input((IDS, LATER), name="plain")
    return keras.Model([ids, plain], keras.layers.LSTM(3)(keras.layers.Concatenate()([x, plain])))


def masking(keras: Any) -> Any:
    x = keras.layers.Input((5, 3), name="x")
    return keras.Model(x, mean(keras.layers, keras.layers.Masking()(x)))


def computed_mask(keras: Any) -> Any:
    ids, x = embedded(keras, "ids")
    return keras.Model(ids, keras.layers.LSTM(3)(x * 2.0, mask=keras.ops.not_equal(ids, 1)))


def inner_model(keras: Any) -> Any:
    i = keras.layers.Input((IDS, LATER))
    inner = keras.Model(i, keras.layers.LSTM(3)(keras.layers.Dense(4)(i)))
    ids, x = embedded(keras, "ids")
    return keras.Model(ids, inner(x))


def translation(keras: Any) -> Any:
    layers = keras.layers
    (a, x), (b, y) = embedded(keras, "a"), embedded(keras, "b")
    _, h, c = layers.LSTM(3, return_state=True)(x)
    y = layers.LSTM(3, return_sequences=True)(y, initial_state=[h, c])
    return keras.Model([a, b], layers.TimeDistributed(layers.Dense(2, activation="softmax"))(y))


def side_by_side(keras: Any) -> Any:
    """Attention takes a mask off what it has read, so that only what Keras runs first sees it."""
    layers = keras.layers
    ids, x = embedded(keras, "ids")
    again = layers.Dropout(0.1)(x)
    shared = layers.MultiHeadAttention(2, 2)
    found = [
        layers.MultiHeadAttention(1, 2)(x, x),
        layers.GroupQueryAttention(2, 4, 2)(x, x),
        layers.Attention()([x, x]),
        shared(again, x),
        layers.Dense(LATER)(shared(x, again)),
        layers.LSTM(LATER, return_sequences=True)(x),
    ]
    return keras.Model(ids, layers.Concatenate()(found))


def encoder(keras: Any) -> Any:
    """Two blocks: the sum in the first has no mask, as the attention took one of its masks."""
    layers = keras.layers
    ids, x = embedded(keras, "ids")
    for _ in range(2):
        heads = layers.MultiHeadAttention(2, 2, dropout=0.1)(x, x)
        x = layers.LayerNormalization()(layers.Add()([x, heads]))
        x = layers.LayerNormalization()(layers.Add()([x, layers.Dense(LATER)(x)]))
    return keras.Model(ids, mean(layers, x))


def decoder(keras: Any) -> Any:
    """Three blocks that attend to one masked sequence: the first takes its mask off."""
    layers = keras.layers
    (a, x), (b, y) = embedded(keras, "a"), embedded(keras, "b")
    for _ in range(3):
        heads = layers.MultiHeadAttention(2, 2)(y, x, use_causal_mask=True)
        y = layers.LayerNormalization()(layers.Add()([y, heads]))
    return keras.Model([a, b], y)


BUILDERS: dict[str, Callable[[Any], Any]] = {
    "LSTM": one(lambda layers: layers.LSTM(3)),
    "sequences": one(
        lambda layers: lambda x: mean(layers, layers.GRU(3, return_sequences=True)(x))
    ),
    "state": one(
        lambda layers: lambda x: layers.Add()(layers.GRU(3, return_state=True)(x)),
    ),
    "mean": one(lambda layers: lambda x: mean(layers, x)),
    "heads": one(lambda layers: lambda x: mean(layers, layers.MultiHeadAttention(2, 2)(x, x))),
    "causal": one(
        lambda layers: (
            lambda x: layers.MultiHeadAttention(2, 2, dropout=0.1)(x, x, use_causal_mask=True)
        )
    ),
    "groups": one(lambda layers: lambda x: mean(layers, layers.GroupQueryAttention(2, 4, 2)(x, x))),
    "both_ways": one(
        lambda layers: (
            lambda x: layers.Bidirectional(layers.LSTM(2))(layers.LayerNormalization()(x))
        )
    ),
    "each_step": one(
        lambda layers: lambda x: layers.LSTM(2)(layers.TimeDistributed(layers.Dense(3))(x))
    ),
    "normalised": one(lambda layers: lambda x: layers.GRU(3)(layers.BatchNormalization()(x))),
    "sum": two(lambda layers: lambda x, y: layers.GRU(3)(layers.Add()([x, y]))),
    "beside": two(lambda layers: lambda x, y: mean(layers, layers.Concatenate()([x, y]))),
    "behind": two(lambda layers: lambda x, y: mean(layers, layers.Concatenate(axis=1)([x, y]))),
    "product": two(lambda layers: lambda x, y: mean(layers, layers.Multiply()([x, y]))),
    "attention": two(lambda layers: lambda x, y: mean(layers, layers.Attention()([x, y]))),
    "additive": two(lambda layers: lambda x, y: mean(layers, layers.AdditiveAttention()([x, y]))),
    "half_masked": half_masked,
    "masking": masking,
    "computed_mask": computed_mask,
    "inner_model": inner_model,
    "translation": translation,
    "side_by_side": side_by_side,
    "encoder": encoder,
    "decoder": decoder,
}


def sample(build: Callable[[Any], Any]) -> Sample:
    """The model in float64, on ids of which a third is 0."""
    import keras

    rng = np.random.default_rng(11)
    with computing_in("float64"):
        model = randomised(build(keras))
        feeds = {}
        for t in model.inputs:
            values = rng.integers(0, 7, (ROWS, *t.shape[1:])).astype(np.float64)
            values[rng.random(values.shape) < 0.3] = 0
            feeds[t.name] = values
        y = model(list(feeds.values()) if len(feeds) > 1 else next(iter(feeds.values())))
    return Sample(model, feeds, {"y": np.asarray(y)})


@pytest.mark.parametrize("name", BUILDERS)
def test_masks_tell_as_they_do_in_keras(name: str, tmp_path: Path) -> None:
    known = sample(BUILDERS[name])
    for source in ("keras", "h5"):
        assert difference(read(*saved(known.model, source, tmp_path)), known) < 1e-12


def inside_first(keras: Any) -> Any:
    layers = keras.layers
    i = layers.Input((IDS, LATER))
    inner = keras.Model(i, layers.MultiHeadAttention(1, 2)(i, i))
    ids, x = embedded(keras, "ids")
    found = [layers.Dense(LATER)(inner(x)), layers.MultiHeadAttention(1, 2)(x, x)]
    return keras.Model(ids, layers.Concatenate()(found))


@pytest.mark.jax  # on Keras's numpy backend an inner model reads copies of its inputs
def test_attention_inside_a_model_takes_masks_off_outside(tmp_path: Path) -> None:
    known = sample(inside_first)
    assert difference(read(*saved(known.model, "keras", tmp_path)), known) < 1e-12


def named_masks(layer: str) -> Callable[[Any], Any]:
    """Masks as arguments: MultiHeadAttention has no ear for that of the query."""

    def build(keras: Any) -> Any:
        (a, x), (b, y) = embedded(keras, "a"), embedded(keras, "b")
        plain, other = (keras.ops.multiply(z, 2.0) for z in (x, y))
        heads = getattr(keras.layers, layer)(2, 2) if layer[0] == "M" else None
        heads = heads or keras.layers.GroupQueryAttention(2, 4, 2)
        masks = {"query_mask": keras.ops.equal(a, 1), "value_mask": keras.ops.less(b, 3)}
        found = [heads(plain, other, **masks), heads(x, other, **masks), heads(plain, y, **masks)]
        return keras.Model([a, b], keras.layers.Concatenate()(found))

    return build


@pytest.mark.parametrize("layer", ["MultiHeadAttention", "GroupQueryAttention"])
def test_masks_that_are_named_in_the_call(layer: str, tmp_path: Path) -> None:
    known = sample(named_masks(layer))
    assert difference(read(*saved(known.model, "keras", tmp_path)), known) < 1e-12


def gated(keras: Any) -> Any:
    layers = keras.layers
    x = layers.Input((3, 4), name="x")
    y = layers.MultiHeadAttention(2, 3, use_gate=True)(x, x)
    z = layers.GroupQueryAttention(2, 4, 2, use_gate=True)(x, y)
    return keras.Model(x, layers.Dense(2)(z))


def nested_gated(keras: Any) -> Any:
    x = keras.layers.Input((3, 4), name="x")
    return keras.Model(x, keras.layers.Dense(1)(gated(keras)(x)))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("build", [gated, nested_gated])
def test_gates_of_attention_find_their_weights(
    build: Callable[[Any], Any], source: str, tmp_path: Path
) -> None:
    known = sample(build)
    assert difference(read(*saved(known.model, source, tmp_path)), known) < 1e-12
