"""Networks as tutorials build them: text classifiers, recommenders, recurrences."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.networks import Array

TESTS = Path(__file__).parent.parent / "tests"
Feeds = dict[str, Array]
Build = Callable[[Any, int], tuple[Any, Feeds]]
"""Of Keras and a number of rows: a model, and the values of its inputs."""


def classifier(
    vocabulary: int, size: int, words: int, pool: str = "mean", *hidden: int, mask: bool = False
) -> Build:
    """Words by their ids, each a vector; `pool` is what becomes of them."""

    def build(keras: Any, rows: int) -> tuple[Any, Feeds]:
        layers = keras.layers
        pools = {
            "mean": [layers.GlobalAveragePooling1D()],
            "max": [layers.GlobalMaxPooling1D()],
            "all": [layers.Flatten()],
            "dropout": [layers.SpatialDropout1D(0.2), layers.GlobalAveragePooling1D()],
            "conv": [layers.Conv1D(16, 5, activation="relu"), layers.GlobalMaxPooling1D()],
            "lstm": [layers.LSTM(8)],
            "both ways": [layers.Bidirectional(layers.LSTM(4))],
        }
        model = keras.Sequential(
            [
                keras.Input((words,), name="words"),
                layers.Embedding(vocabulary, size, mask_zero=mask),
                *pools[pool],
                *(layers.Dense(n, activation="relu") for n in hidden),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        ids = np.random.default_rng(1).integers(1, vocabulary, (rows, words))
        if mask:
            lengths = np.random.default_rng(2).integers(1, words + 1, (rows, 1))
            ids[np.arange(words) >= lengths] = 0
        return model, {"words": ids}

    return build


def recommender(users: int, items: int, size: int, *hidden: int) -> Build:
    """A vector of the user and one of the item: their product, or layers on both."""

    def build(keras: Any, rows: int) -> tuple[Any, Feeds]:
        layers, rng = keras.layers, np.random.default_rng(1)
        counts = {"user": users, "item": items}
        inputs = {name: keras.Input((1,), name=name) for name in counts}
        found = [
            layers.Flatten()(layers.Embedding(counts[name], size)(x)) for name, x in inputs.items()
        ]
        x = layers.Concatenate()(found) if hidden else layers.Dot(1)(found)
        for n in hidden:
            x = layers.Dense(n, activation="relu")(x)
        model = keras.Model(list(inputs.values()), layers.Dense(1)(x))
        return model, {name: rng.integers(0, n, (rows, 1)) for name, n in counts.items()}

    return build


def categories(numbers: int, *sizes: int) -> Build:
    """Numbers beside categories, each with a small embedding: a table of customers."""

    def build(keras: Any, rows: int) -> tuple[Any, Feeds]:
        layers, rng = keras.layers, np.random.default_rng(1)
        given = keras.Input((numbers,), name="numbers")
        inputs = [keras.Input((1,), name=f"category_{i}") for i in range(len(sizes))]
        parts = [given]
        for x, n in zip(inputs, sizes, strict=True):
            parts.append(layers.Flatten()(layers.Embedding(n, min(50, n // 2 + 1))(x)))
        x = layers.Concatenate()(parts)
        for n in (64, 32):
            x = layers.Dense(n, activation="relu")(x)
        model = keras.Model([given, *inputs], layers.Dense(1, activation="sigmoid")(x))
        ids = {f"category_{i}": rng.integers(0, n, (rows, 1)) for i, n in enumerate(sizes)}
        return model, {"numbers": rng.normal(size=(rows, numbers)), **ids}

    return build


def recurrence(kind: str, steps: int, width: int, *units: int) -> Build:
    """Layers of the recurrent `kind` over wide columns."""

    def build(keras: Any, rows: int) -> tuple[Any, Feeds]:
        layer = getattr(keras.layers, kind)
        model = keras.Sequential([keras.Input((steps, width), name="series")])
        for i, n in enumerate(units):
            model.add(layer(n, return_sequences=i < len(units) - 1))
        model.add(keras.layers.Dense(1))
        return model, {"series": np.random.default_rng(1).normal(size=(rows, steps, width))}

    return build


def real(name: str) -> Build:
    """One of the networks of the tests."""

    def build(keras: Any, rows: int) -> tuple[Any, Feeds]:
        sys.path.insert(0, str(TESTS))
        import real_nets

        if name.startswith("lenet"):
            model = keras.models.load_model(real_nets.FOLDER / f"{name}.keras")
            shape = tuple(model.inputs[0].shape[1:])
            return model, {model.inputs[0].name: np.zeros((rows, *shape)) + 0.5}
        model, feeds = getattr(real_nets, name)(keras)
        return model, {k: np.resize(v, (rows, *v.shape[1:])) for k, v in feeds.items()}

    return build


def _named() -> dict[str, Build]:
    found: dict[str, Build] = {}
    for vocabulary, size, words in (
        (2_000, 16, 20), (2_000, 16, 64), (2_000, 16, 128), (10_000, 16, 100), (10_000, 16, 256),
        (20_000, 32, 128), (20_000, 64, 200), (5_000, 32, 50), (1_000, 8, 10),
    ):  # fmt: skip
        found[f"text {vocabulary} x {size}, {words} words, mean"] = classifier(
            vocabulary, size, words, "mean", 16
        )
    for pool, words in itertools.product(("max", "all", "conv", "dropout"), (20, 100)):
        found[f"text 5000 x 16, {words} words, {pool}"] = classifier(5_000, 16, words, pool, 16)
    for words in (20, 100):
        found[f"text 5000 x 16, {words} words, masked"] = classifier(
            5_000, 16, words, "mean", 16, mask=True
        )
    found["text 5000 x 16, 12 words, lstm"] = classifier(5_000, 16, 12, "lstm")
    found["text 5000 x 16, 10 words, both ways"] = classifier(5_000, 16, 10, "both ways")
    for users, items, size in ((600, 9_000, 50), (6_000, 4_000, 32), (300, 500, 8)):
        found[f"recommender {users} + {items} x {size}, dot"] = recommender(users, items, size)
        found[f"recommender {users} + {items} x {size}, layers"] = recommender(
            users, items, size, 64, 32
        )
    found["recommender 6000 + 1000 x 48"] = recommender(6_000, 1_000, 48, 128, 64, 32)
    found["categories 10, 20 and 50"] = categories(6, 10, 20, 50)
    found["categories 5 to 1000"] = categories(8, 5, 12, 40, 150, 1_000)
    found["categories 12 x 30"] = categories(13, *[30] * 12)
    for kind, steps, width, units in (
        ("SimpleRNN", 10, 3, (8,)), ("SimpleRNN", 30, 1, (16,)), ("GRU", 8, 4, (8,)),
        ("GRU", 24, 1, (8,)), ("LSTM", 7, 3, (8,)), ("LSTM", 12, 2, (16,)), ("LSTM", 24, 1, (8,)),
        ("LSTM", 10, 2, (8, 4)),
    ):  # fmt: skip
        name = f"{kind} {'-'.join(map(str, units))}, {steps} steps of {width}"
        found[name] = recurrence(kind, steps, width, *units)
    for name in ("lenet_8", "lenet_28", "transformer_encoder", "decoder", "u_net", "mobile_net"):
        found[name] = real(name)
    return found


TUTORIALS = _named()
