"""Networks of any kind, from a number: shared layers, nested models, masks, sequences, images,
several inputs and outputs; and numbers at the ends of what there is.

`build` gives the same network for the same seed, whatever the precision that is set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from properties.networks import ACTIVATIONS

LARGEST = 48
"""Elements of a tensor."""

MOST_OUTPUTS = 24
"""Elements of all outputs."""

WEIGHTS = (0.0, -0.0, 1e-30, -1e-30, 1e30, -1e30, 1e-40, -1e-44, 1e10, -1e5, 1e-7, 1.0)
INPUTS = (
    *(0.0, -0.0, 1e-30, -1e-30, 1e30, -1e30, 3e38, 1e300, -1e300, 1e-300, 5e-324, 1e39, 88.8),
    *(-1e4, 1e8, np.inf, -np.inf, np.nan, None),
)


class Wild:
    """A network that grows; every choice is drawn from `rng`."""

    def __init__(self, rng: np.random.Generator) -> None:
        import keras

        self.keras, self.rng = keras, rng
        self.names: dict[str, int] = {}
        self.shared: list[tuple[Any, tuple[Any, ...]]] = []
        self.known: list[Any] = []
        self.read: set[int] = set()
        self.ids: dict[str, int] = {}

    # -- draws

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def whole(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def one(self, of: Any) -> Any:
        return of[int(self.rng.integers(len(of)))]

    def activation(self) -> Any:
        return self.one(ACTIVATIONS) if self.chance(0.6) else None

    # -- layers

    def layer(self, kind: str, *inner: Any, **config: Any) -> Any:
        number = self.names[kind] = self.names.get(kind, 0) + 1
        made = getattr(self.keras.layers, kind)
        return made(*inner, name=f"{kind.lower()}_{number}", **config)

    def input(self) -> Any:
        kind = self.one(["vector", "vector", "sequence", "sequence", "ids", "image"])
        number = len(self.known)
        if kind == "ids":
            words, steps = self.whole(2, 7), self.whole(1, 5)
            entry = self.keras.Input((steps,), name=f"input_{number}", dtype="int32")
            self.ids[entry.name] = words
            embedding = self.layer("Embedding", words, self.whole(1, 3), mask_zero=self.chance(0.6))
            self.known.append(embedding(entry))
            return entry
        shape = {
            "vector": (self.whole(1, 6),),
            "sequence": (self.whole(1, 6), self.whole(1, 3)),
            "image": (self.whole(2, 5), self.whole(2, 4), self.whole(1, 2)),
        }[kind]
        entry = self.keras.Input(shape, name=f"input_{number}")
        first = entry
        if kind == "sequence" and self.chance(0.4):
            first = self.layer("Masking", mask_value=self.one([0.0, -1.0, 0.5]))(entry)
        self.known.append(first)
        return entry

    def grow(self) -> None:
        """One more layer, or the next of what is there already."""
        at = len(self.known) - 1 if self.chance(0.6) else self.whole(0, len(self.known) - 1)
        x = self.known[at]
        shape = tuple(x.shape[1:])
        fitting = [layer for layer, taken in self.shared if taken == shape]
        if fitting and self.chance(0.25):
            y = self.one(fitting)(x)
            self.keep(y, at)
            return
        if self.chance(0.1):
            self.nested(x, at)
            return
        if self.chance(0.2) and self.merge(x, at):
            return
        if self.chance(0.2):
            self.keep(self.operation(x), at)
            return
        choices = {1: self.of_vectors, 2: self.of_sequences, 3: self.of_images}[len(shape)]
        layer = choices(shape)
        y = layer(x)
        if self.keep(y, at):
            self.shared.append((layer, shape))

    def keep(self, y: Any, *read: int) -> bool:
        if not 0 < int(np.prod(y.shape[1:])) <= LARGEST or len(y.shape) > 4 or len(y.shape) < 2:
            return False
        if y.dtype == "bool":
            return False
        self.read.update(read)
        self.known.append(y)
        return True

    def nested(self, x: Any, at: int) -> None:
        """A model within the model, called once or twice."""
        shape = tuple(x.shape[1:])
        inner = Wild(self.rng)
        inner.names = self.names
        number = self.names["model"] = self.names.get("model", 0) + 1
        entry = self.keras.Input(shape, name=f"inner_{number}")
        inner.known.append(entry)
        for _ in range(self.whole(1, 3)):
            inner.grow()
        if len(inner.known) == 1:
            return
        model = self.keras.Model(entry, inner.known[-1], name=f"model_{number}")
        if self.keep(model(x), at):
            self.shared.append((model, shape))

    def merge(self, x: Any, at: int) -> bool:
        others = [i for i, y in enumerate(self.known) if y.shape == x.shape and i != at]
        if not others:
            return False
        other = self.one(others)
        kinds = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]
        kinds += ["Dot", "Attention", "AdditiveAttention"] if len(x.shape) == 3 else []
        kind = self.one(kinds)
        config = {"axes": 2} if kind == "Dot" else {}
        if kind == "Attention":
            config = {"use_scale": self.chance(0.5), "score_mode": self.one(["dot", "concat"])}
        return self.keep(self.layer(kind, **config)([x, self.known[other]]), at, other)

    def operation(self, x: Any) -> Any:
        ops = self.keras.ops
        choices: list[Callable[[], Any]] = [
            lambda: ops.abs(x),
            lambda: ops.exp(-ops.abs(x)),
            lambda: ops.exp(x),
            lambda: ops.log1p(ops.abs(x)),
            lambda: ops.log(ops.abs(x) + 1e-3),
            lambda: ops.sqrt(ops.abs(x)),
            lambda: ops.square(x),
            lambda: ops.sign(x),
            lambda: ops.floor(x),
            lambda: ops.round(x),
            lambda: ops.clip(x, -1.5, 2.0),
            lambda: ops.sin(x),
            lambda: x * 2.0 - 1.0,
            lambda: 1.0 / (1.0 + ops.abs(x)),
            lambda: x / (ops.abs(x) + 1e-6),
            lambda: ops.maximum(x, 0.3),
            lambda: ops.where(x > 0, x, ops.expm1(x)),
            lambda: ops.mean(x, axis=-1, keepdims=True),
            lambda: ops.max(x, axis=-1, keepdims=True),
            lambda: ops.sum(x, axis=1, keepdims=True),
            lambda: ops.std(x, axis=-1, keepdims=True),
            lambda: ops.logsumexp(x, axis=-1, keepdims=True),
            lambda: ops.cumsum(x, axis=1),
            lambda: ops.softmax(x, axis=1),
            lambda: ops.norm(x, axis=(-1,), keepdims=True),
            lambda: ops.power(ops.abs(x) + 0.5, 1.5),
            lambda: ops.flip(x, axis=1),
            lambda: ops.roll(x, 1, axis=1),
            lambda: x[:, :1],
            lambda: ops.arctan2(x, 1.0 + ops.abs(x)),
            lambda: ops.tanh(x) * x,
        ]
        return self.one(choices)()

    def of_any(self, shape: tuple[int, ...]) -> Any:
        last = shape[-1]
        axis = self.one([-1, *range(1, len(shape) + 1)])
        choices: list[Callable[[], Any]] = [
            lambda: self.layer("Dense", self.whole(1, 5), activation=self.activation()),
            lambda: self.layer("Dense", self.whole(1, 5), use_bias=False),
            lambda: self.layer("Activation", self.one(ACTIVATIONS)),
            lambda: self.layer("BatchNormalization", axis=axis),
            lambda: self.layer("LayerNormalization", axis=axis, epsilon=self.one([1e-3, 1e-7])),
            lambda: self.layer("RMSNormalization", axis=axis),
            lambda: self.layer("UnitNormalization", axis=axis),
            lambda: self.layer("GroupNormalization", groups=self.one([1, last]), axis=-1),
            lambda: self.layer("PReLU"),
            lambda: self.layer("LeakyReLU", negative_slope=0.25),
            lambda: self.layer("ELU", alpha=0.7),
            lambda: self.layer("ReLU", max_value=2.0, negative_slope=0.1, threshold=0.5),
            lambda: self.layer("Softmax", axis=axis),
            lambda: self.layer("Rescaling", scale=0.5, offset=-1.0),
            lambda: self.layer("Dropout", rate=0.3),
            lambda: self.layer("GaussianNoise", stddev=0.3),
            lambda: self.layer("Flatten"),
            lambda: self.layer("Reshape", (-1,)),
        ]
        return self.one(choices)()

    def of_vectors(self, shape: tuple[int, ...]) -> Any:
        if self.chance(0.85):
            return self.of_any(shape)
        (size,) = shape
        choices: list[Callable[[], Any]] = [
            lambda: self.layer("RepeatVector", self.whole(1, 4)),
            lambda: self.layer("Reshape", (size, 1)),
            lambda: self.layer("Reshape", (1, size)),
            lambda: self.layer("Normalization", axis=-1, mean=[0.5] * size, variance=[2.0] * size),
        ]
        return self.one(choices)()

    def recurrent(self) -> Any:
        kind = self.one(["LSTM", "GRU", "SimpleRNN"])
        config: dict[str, Any] = {"return_sequences": self.chance(0.5)}
        config["go_backwards"] = self.chance(0.2)
        if self.chance(0.3):
            config["activation"] = self.one(["relu", "sigmoid", "softsign", "elu"])
        if kind == "GRU":
            config["reset_after"] = self.chance(0.5)
        made = self.layer(kind, self.whole(1, 3), **config)
        if self.chance(0.25):
            mode = self.one(["concat", "sum", "ave", "mul"])
            made.go_backwards = False
            return self.layer("Bidirectional", made, merge_mode=mode)
        return made

    def of_sequences(self, shape: tuple[int, ...]) -> Any:
        if self.chance(0.35):
            return self.of_any(shape)
        steps = shape[0]
        width, padding = self.whole(1, min(3, steps)), self.one(["valid", "same"])
        choices: list[Callable[[], Any]] = [
            self.recurrent,
            self.recurrent,
            self.recurrent,
            lambda: self.layer(
                "Conv1D", self.whole(1, 3), width, strides=self.whole(1, 2),
                padding=self.one(["valid", "same", "causal"]), activation=self.activation(),
            ),
            lambda: self.layer("SeparableConv1D", self.whole(1, 3), width, padding=padding),
            lambda: self.layer("DepthwiseConv1D", width, padding=padding),
            lambda: self.layer("Conv1DTranspose", self.whole(1, 2), width, padding=padding),
            lambda: self.layer("MaxPooling1D", width, strides=1, padding=padding),
            lambda: self.layer("AveragePooling1D", width, strides=1, padding=padding),
            lambda: self.layer("GlobalMaxPooling1D", keepdims=self.chance(0.3)),
            lambda: self.layer("GlobalAveragePooling1D", keepdims=self.chance(0.3)),
            lambda: self.layer("UpSampling1D", 2),
            lambda: self.layer("ZeroPadding1D", (1, 0)),
            lambda: self.layer("Cropping1D", (0, 1 if steps > 1 else 0)),
            lambda: self.layer("Permute", (2, 1)),
            lambda: self.layer(
                "TimeDistributed", self.layer("Dense", self.whole(1, 3), activation="tanh")
            ),
            lambda: self.attention(),
            lambda: self.layer("SpatialDropout1D", rate=0.3),
        ]  # fmt: skip
        return self.one(choices)()

    def attention(self) -> Any:
        """Of a sequence to itself, as a model of one input."""
        kind = self.one(["MultiHeadAttention", "GroupQueryAttention"])
        if kind == "MultiHeadAttention":
            made = self.layer(kind, self.whole(1, 2), self.whole(1, 3))
        else:
            made = self.layer(kind, head_dim=2, num_query_heads=2, num_key_value_heads=1)
        causal = self.chance(0.3)
        return lambda x: made(x, x, use_causal_mask=causal)

    def of_images(self, shape: tuple[int, ...]) -> Any:
        if self.chance(0.4):
            return self.of_any(shape)
        height, width, _ = shape
        window = (self.whole(1, min(3, height)), self.whole(1, min(3, width)))
        padding = self.one(["valid", "same"])
        choices: list[Callable[[], Any]] = [
            lambda: self.layer(
                "Conv2D", self.whole(1, 3), window, padding=padding, activation=self.activation()
            ),
            lambda: self.layer("DepthwiseConv2D", window, padding=padding),
            lambda: self.layer("SeparableConv2D", self.whole(1, 3), window, padding=padding),
            lambda: self.layer("MaxPooling2D", window, padding=padding),
            lambda: self.layer("AveragePooling2D", window, strides=1, padding=padding),
            lambda: self.layer("GlobalMaxPooling2D"),
            lambda: self.layer("GlobalAveragePooling2D"),
            lambda: self.layer("UpSampling2D", (1, 2)),
            lambda: self.layer("ZeroPadding2D", ((0, 1), (1, 0))),
            lambda: self.layer("Permute", (3, 1, 2)),
            lambda: self.layer("TimeDistributed", self.layer("LSTM", 2)),
            lambda: self.layer("Reshape", (height, -1)),
        ]
        return self.one(choices)()


def build(seed: int) -> tuple[Any, dict[str, int]]:
    """The Keras model, and of inputs that take ids how many there are."""
    wild = Wild(np.random.default_rng(seed))
    entries = [wild.input() for _ in range(wild.one([1, 1, 1, 2, 2, 3]))]
    count = len(wild.known)
    steps = wild.whole(1, 8)
    for _ in range(steps):
        wild.grow()
    wild.read.update(range(count) if len(wild.known) > count else ())
    outputs, size = [], 0
    for i, tensor in reversed(list(enumerate(wild.known))):
        elements = int(np.prod(tensor.shape[1:]))
        if i not in wild.read and size + elements <= MOST_OUTPUTS and len(outputs) < 3:
            outputs.append(tensor)
            size += elements
    if not outputs:
        flat = wild.layer("Flatten")(wild.known[-1])
        outputs = [wild.layer("Dense", 2)(flat)]
    elif wild.chance(0.3):
        flat = wild.layer("Flatten")(outputs[0])
        outputs = [wild.layer("Dense", 3, activation="softmax")(flat)]
    return wild.keras.Model(entries, outputs, name=f"wild_{seed}"), wild.ids


def weights(model: Any, seed: int) -> list[np.ndarray]:
    """Numbers that single precision holds: a third of the networks has extreme ones."""
    rng = np.random.default_rng([seed, 1])
    extreme = rng.random() < 0.35
    found = []
    for variable in model.weights:
        shape, name = tuple(variable.shape), variable.path
        if "seed" in name or variable.dtype not in ("float32", "float64"):
            found.append(np.asarray(variable))
            continue
        positive = "variance" in name or "stddev" in name
        values = rng.uniform(0.3, 3, shape) if positive else rng.normal(size=shape)
        if extreme:
            picked = rng.random(shape) < 0.15
            extremes = (
                np.abs(rng.choice(WEIGHTS, shape)) if positive else rng.choice(WEIGHTS, shape)
            )
            values = np.where(picked, extremes, values)
        found.append(values.astype(np.float32))
    return found


def rows(model: Any, ids: dict[str, int], seed: int, count: int = 8) -> dict[str, np.ndarray]:
    """Values for each input: the first three rows are ordinary, the others have extremes; None
    is a NULL."""
    rng = np.random.default_rng([seed, 2])
    found = {}
    for entry in model.inputs:
        shape = (count, *entry.shape[1:])
        if entry.name in ids:
            values = rng.integers(0, ids[entry.name], shape).astype(object)
            if rng.random() < 0.2:
                values[(count - 1, *(0,) * (len(shape) - 1))] = None
        else:
            values = rng.normal(scale=2, size=shape).astype(np.float32).astype(object)
            values[1] = np.round(values[1].astype(float))
            picked = rng.random(shape) < 0.3
            picked[:3] = False
            choices = rng.integers(len(INPUTS), size=shape)
            for at in np.argwhere(picked):
                values[tuple(at)] = INPUTS[choices[tuple(at)]]
        found[entry.name] = values
    return found
