"""Networks of the kinds that people train, at random weights, small enough for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "data" / "real_nets"
Feeds = dict[str, np.ndarray]


def _weighed(model: Any, seed: int) -> Any:
    """Random weights of the size that keeps activations alive; statistics that are statistics."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        shape, name = variable.shape, variable.name
        if name in ("gamma", "scale", "moving_variance"):
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) < 2:
            value = 0.3 * rng.normal(size=shape)
        else:
            # One filter for each channel reads the window alone.
            fan_in = shape[:-2] if shape[-1] == 1 and len(shape) == 4 else shape[:-1]
            value = rng.normal(size=shape) * np.sqrt(2 / np.prod(fan_in))
        if variable.dtype.startswith("float"):
            variable.assign(value)
    return model


def mobile_net(keras: Any) -> tuple[Any, Feeds]:
    """Depthwise-separable convolutions: the scores of a MobileNet of a quarter's width on
    32 x 32 images."""
    shape = (32, 32, 3)
    net = keras.applications.MobileNet(
        shape, alpha=0.25, weights=None, classes=10, classifier_activation=None
    )
    images = np.random.default_rng(1).uniform(-1, 1, (2, *shape))
    return _weighed(net, 5), {"input_layer": images}


def transformer_encoder(keras: Any, steps: int = 16, width: int = 32) -> tuple[Any, Feeds]:
    """Two blocks over `steps` tokens, with positions, and three scores for the whole."""
    layers = keras.layers
    ids = layers.Input((steps,), name="ids")
    x = layers.Embedding(20, width)(ids)
    x = layers.Add()([x, _positions(keras, steps, width)(ids)])
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, width // 2)(y, y)])
        y = layers.Dense(width, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(width)(y)])
    y = layers.GlobalAveragePooling1D()(x)
    model = keras.Model(ids, layers.Dense(3)(y), name="encoder")
    return _weighed(model, 6), {"ids": np.random.default_rng(2).integers(0, 20, (3, steps))}


def _positions(keras: Any, steps: int, width: int) -> Any:
    """A vector for each place, whatever stands there."""
    table = keras.layers.Embedding(steps, width)
    return lambda ids: table(keras.ops.zeros_like(ids) + np.arange(steps)[None])


def decoder(keras: Any, steps: int = 8, width: int = 16) -> tuple[Any, Feeds]:
    """One block that sees no later token, whose embedding is also its output layer."""
    layers = keras.layers
    ids = layers.Input((steps,), name="ids")
    table = layers.ReversibleEmbedding(12, width)
    x = table(ids)
    y = layers.LayerNormalization()(x)
    attended = layers.GroupQueryAttention(width // 4, 4, 2)(y, y, use_causal_mask=True)
    x = layers.Add()([x, attended])
    y = layers.Dense(2 * width, activation="silu")(layers.LayerNormalization()(x))
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dense(width)(y)]))
    scores = table(x, reverse=True)
    model = keras.Model(ids, layers.Softmax()(scores), name="decoder")
    return _weighed(model, 7), {"ids": np.random.default_rng(3).integers(0, 12, (3, steps))}


def u_net(keras: Any, size: int = 8) -> tuple[Any, Feeds]:
    """Down two levels and up again, with a connection across at each."""
    layers = keras.layers
    image = layers.Input((size, size, 1), name="image")

    def block(x: Any, filters: int) -> Any:
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    top = block(image, 2)
    middle = block(layers.MaxPooling2D()(top), 4)
    x = block(layers.MaxPooling2D()(middle), 6)
    x = layers.Conv2DTranspose(4, 2, strides=2)(x)
    x = block(layers.Concatenate()([x, middle]), 4)
    x = layers.UpSampling2D(interpolation="bilinear")(x)
    x = block(layers.Concatenate()([x, top]), 2)
    model = keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid")(x), name="u_net")
    return _weighed(model, 8), {"image": np.random.default_rng(4).normal(size=(3, size, size, 1))}


def in_float64(build: Callable[..., tuple[Any, Feeds]], **sizes: int) -> tuple[Any, Feeds]:
    """The network, with layers that compute in float64."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        return build(keras, **sizes)
    finally:
        keras.config.set_dtype_policy(before)
