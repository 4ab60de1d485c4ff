"""Models whose sizes are drawn: none of those that the costs were fitted to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.networks import Array
from benchmarks.tutorials import Feeds, classifier, recurrence

FAMILIES = (
    "dense", "image", "recurrent", "words", "forest", "dense", "boosting", "attention", "words",
    "recurrent",
)  # fmt: skip
"""What is drawn, in turn."""
FITTED = 4_000  # rows that estimators of scikit-learn are fitted to


@dataclass(frozen=True)
class Drawn:
    """A model, of Keras or scikit-learn, and numbers for its inputs, by `build` of so many rows."""

    name: str
    family: str
    build: Callable[[int], tuple[Any, Feeds]]


def drawn(count: int, seed: int) -> list[Drawn]:
    """So many models; the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [_MAKERS[FAMILIES[i % len(FAMILIES)]](rng) for i in range(count)]


def _of(rng: np.random.Generator, *choices: int) -> int:
    return int(rng.choice(choices))


def _between(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def _dense(rng: np.random.Generator) -> Drawn:
    features, depth = _between(rng, 4, 60), _between(rng, 1, 5)
    units = [_of(rng, 6, 11, 18, 28, 44, 70) for _ in range(depth)]
    outputs = _of(rng, 1, 1, 4)
    activation = str(rng.choice(("relu", "tanh", "elu")))

    def build(rows: int) -> tuple[Any, Feeds]:
        import keras

        layers = [keras.layers.Dense(n, activation=activation) for n in units]
        last = keras.layers.Dense(outputs, activation="softmax" if outputs > 1 else None)
        model = keras.Sequential([keras.Input((features,), name="numbers"), *layers, last])
        return model, {"numbers": _normal(rows, features)}

    name = f"dense {'-'.join(map(str, (features, *units, outputs)))} {activation}"
    return Drawn(name, "dense", build)


def _image(rng: np.random.Generator) -> Drawn:
    side, filters, again = _between(rng, 6, 13), _between(rng, 3, 8), _of(rng, 0, 1)
    units = _of(rng, 8, 16)

    def build(rows: int) -> tuple[Any, Feeds]:
        import keras

        model = keras.Sequential([keras.Input((side, side, 1), name="image")])
        model.add(keras.layers.Conv2D(filters, 3, activation="relu"))
        model.add(keras.layers.MaxPooling2D(2))
        if again:
            model.add(keras.layers.Conv2D(filters, 2, activation="relu"))
        model.add(keras.layers.Flatten())
        model.add(keras.layers.Dense(units, activation="relu"))
        model.add(keras.layers.Dense(5, activation="softmax"))
        return model, {"image": _normal(rows, side, side, 1)}

    return Drawn(f"image {side} x {side}, {filters} filters x {1 + again}", "image", build)


def _recurrent(rng: np.random.Generator) -> Drawn:
    kind = str(rng.choice(("LSTM", "GRU")))
    steps, width, units = _between(rng, 4, 14), _between(rng, 1, 4), _between(rng, 4, 14)
    made = recurrence(kind, steps, width, units)
    return Drawn(f"{kind} {units}, {steps} steps of {width}", "recurrent", _with_keras(made))


def _words(rng: np.random.Generator) -> Drawn:
    vocabulary, size = _of(rng, 150, 700, 2_500), _of(rng, 4, 10, 16)
    words, pool = _between(rng, 4, 30), str(rng.choice(("mean", "max", "all")))
    made = classifier(vocabulary, size, words, pool, _of(rng, 6, 12))
    name = f"{words} of {vocabulary:,} words in {size}, {pool}"
    return Drawn(name, "words", _with_keras(made))


def _attention(rng: np.random.Generator) -> Drawn:
    tokens, size, heads = _between(rng, 4, 8), _of(rng, 6, 8, 12), _of(rng, 1, 2)

    def build(rows: int) -> tuple[Any, Feeds]:
        import keras

        given = keras.Input((tokens, size), name="tokens")
        told = keras.layers.MultiHeadAttention(heads, size // heads)(given, given)
        x = keras.layers.LayerNormalization()(keras.layers.Add()([given, told]))
        x = keras.layers.GlobalAveragePooling1D()(x)
        return keras.Model(given, keras.layers.Dense(3)(x)), {"tokens": _normal(rows, tokens, size)}

    return Drawn(f"attention, {tokens} tokens of {size}, {heads} heads", "attention", build)


def _forest(rng: np.random.Generator) -> Drawn:
    trees, depth, features = _between(rng, 8, 80), _between(rng, 3, 9), _between(rng, 5, 20)

    def build(rows: int) -> tuple[Any, Feeds]:
        from sklearn.ensemble import RandomForestRegressor

        model = RandomForestRegressor(trees, max_depth=depth, random_state=0)
        return _fitted(model, rows, features)

    return Drawn(f"forest, {trees} trees of depth {depth}", "forest", build)


def _boosting(rng: np.random.Generator) -> Drawn:
    trees, depth, features = _between(rng, 20, 150), _between(rng, 2, 5), _between(rng, 5, 20)

    def build(rows: int) -> tuple[Any, Feeds]:
        from sklearn.ensemble import GradientBoostingRegressor

        model = GradientBoostingRegressor(n_estimators=trees, max_depth=depth, random_state=0)
        return _fitted(model, rows, features)

    return Drawn(f"boosting, {trees} trees of depth {depth}", "boosting", build)


_MAKERS: dict[str, Callable[[np.random.Generator], Drawn]] = {
    "dense": _dense, "image": _image, "recurrent": _recurrent, "words": _words,
    "attention": _attention, "forest": _forest, "boosting": _boosting,
}  # fmt: skip


def _with_keras(build: Callable[[Any, int], tuple[Any, Feeds]]) -> Any:
    def made(rows: int) -> tuple[Any, Feeds]:
        import keras

        return build(keras, rows)

    return made


def _fitted(model: Any, rows: int, features: int) -> tuple[Any, Feeds]:
    x = _normal(FITTED, features)
    model.fit(x, np.sin(x @ np.linspace(-1, 1, features)) + x[:, 0] * x[:, 1])
    return model, {"features": _normal(rows, features)}


def _normal(*shape: int) -> Array:
    return np.random.default_rng(1).normal(size=shape)
