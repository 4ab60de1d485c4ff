"""Networks three times from the same weights: in Keras, in numpy, and as an ONNX graph."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

FITTED = 4_000  # rows that forests are fitted to
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: _sigmoid(x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
}


@dataclass(frozen=True, eq=False)
class Dense:
    """A chain of dense layers with a function between them; more than one output: softmax."""

    layers: tuple[tuple[Array, Array], ...]  # kernel and bias of each
    activation: str = "relu"

    @staticmethod
    def random(*sizes: int, activation: str = "relu") -> Dense:
        rng = np.random.default_rng(0)
        pairs = itertools.pairwise(sizes)
        return Dense(
            tuple(
                (_normal(rng, (m, n), (2 / m) ** 0.5), _normal(rng, (n,), 0.1)) for m, n in pairs
            ),
            activation,
        )

    @property
    def width(self) -> int:
        """Numbers per row that go in."""
        return int(self.layers[0][0].shape[0])

    @property
    def outputs(self) -> int:
        return int(self.layers[-1][0].shape[1])

    @property
    def multiply_adds(self) -> int:
        return sum(kernel.size for kernel, _ in self.layers)

    def keras(self) -> Any:
        import keras

        last = len(self.layers) - 1
        top = "softmax" if self.outputs > 1 else None
        model = keras.Sequential([keras.Input((self.width,))])
        for i, (_, bias) in enumerate(self.layers):
            model.add(
                keras.layers.Dense(len(bias), activation=top if i == last else self.activation)
            )
        model.set_weights([w for pair in self.layers for w in pair])
        return model

    def __call__(self, x: Array) -> Array:
        """The predictions for (rows, width), in the type of `x`."""
        for i, (kernel, bias) in enumerate(self.layers):
            x = x @ kernel.astype(x.dtype) + bias.astype(x.dtype)
            if i < len(self.layers) - 1:
                x = ACTIVATIONS[self.activation](x)
        if self.outputs > 1:
            x = np.exp(x - x.max(axis=1, keepdims=True))
            x = x / x.sum(axis=1, keepdims=True)
        return x

    def onnx(self) -> bytes:
        nodes, tensors, name = self.nodes("x")
        return _onnx_model(nodes, tensors, ([None, self.width], name, [None, self.outputs]))

    def nodes(self, name: str) -> tuple[list[Any], list[Any], str]:
        """The nodes behind the tensor `name`, their weights, and what comes out."""
        from onnx import helper, numpy_helper

        nodes, tensors = [], []
        for i, (kernel, bias) in enumerate(self.layers):
            tensors += [numpy_helper.from_array(kernel, f"w{i}")]
            tensors += [numpy_helper.from_array(bias, f"b{i}")]
            nodes.append(helper.make_node("Gemm", [name, f"w{i}", f"b{i}"], [f"z{i}"]))
            name = f"z{i}"
            if i < len(self.layers) - 1:
                function = self.activation.capitalize()
                nodes.append(helper.make_node(function, [name], [f"h{i}"]))
                name = f"h{i}"
        if self.outputs > 1:
            nodes.append(helper.make_node("Softmax", [name], ["p"], axis=1))
            name = "p"
        return nodes, tensors, name


@dataclass(frozen=True, eq=False)
class Lstm:
    """An LSTM and a dense layer over `steps` steps; with `steps` None, statefully over all
    rows, an output for each."""

    kernel: Array
    recurrent: Array
    bias: Array
    top: tuple[Array, Array]
    steps: int | None

    @staticmethod
    def random(width: int, units: int, steps: int | None) -> Lstm:
        rng = np.random.default_rng(0)
        sizes = ((width, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,))
        kernel, recurrent, bias, *top = (_normal(rng, size, 0.3) for size in sizes)
        return Lstm(kernel, recurrent, bias, (top[0], top[1]), steps)

    @property
    def width(self) -> int:
        return int(self.kernel.shape[0])

    @property
    def units(self) -> int:
        return int(self.recurrent.shape[0])

    @property
    def outputs(self) -> int:
        return 1

    @property
    def multiply_adds(self) -> int:
        """Per sequence; of a stateful network per row."""
        return (self.steps or 1) * (self.kernel.size + self.recurrent.size) + self.units

    def keras(self) -> Any:
        import keras

        stateful = self.steps is None
        entry = (
            {"batch_shape": (1, 1, self.width)} if stateful else {"shape": (self.steps, self.width)}
        )
        model = keras.Sequential(
            [
                keras.Input(**entry),
                keras.layers.LSTM(self.units, stateful=stateful),
                keras.layers.Dense(1),
            ]
        )
        model.set_weights([self.kernel, self.recurrent, self.bias, *self.top])
        return model

    def __call__(self, x: Array) -> Array:
        """The predictions for (sequences, steps, width); for (rows, width) if stateful."""
        stateful = self.steps is None
        x = x[None] if stateful else x
        kinds = [w.astype(x.dtype) for w in (self.kernel, self.recurrent, self.bias, *self.top)]
        kernel, recurrent, bias, top, top_bias = kinds
        h = c = np.zeros((len(x), self.units), x.dtype)
        inputs = x @ kernel + bias
        states = []
        for step in range(x.shape[1]):
            z = inputs[:, step] + h @ recurrent
            i, f, g, o = np.split(z, 4, axis=1)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
            h = _sigmoid(o) * np.tanh(c)
            if stateful:
                states.append(h[0])
        return (np.array(states) if stateful else h) @ top + top_bias

    def onnx(self) -> bytes:
        from onnx import helper, numpy_helper

        u = self.units

        def turned(weights: Array) -> Array:
            """The gates in the order of ONNX (i, o, f, c), which Keras has as i, f, c, o."""
            i, f, c, o = (weights[..., k * u : (k + 1) * u] for k in range(4))
            return np.concatenate([i, o, f, c], axis=-1).T[None]

        tensors = {
            "w": turned(self.kernel), "r": turned(self.recurrent),
            "b": np.concatenate([turned(self.bias[None])[0, :, 0], np.zeros(4 * u)])[None],
            "d": self.top[0], "e": self.top[1],
        }  # fmt: skip
        stored = [numpy_helper.from_array(v.astype("f4"), k) for k, v in tensors.items()]
        kept = "all" if self.steps is None else "last"
        names = ["all", ""] if self.steps is None else ["", "last"]
        stored.append(numpy_helper.from_array(np.array([-1, u], dtype="i8"), "shape"))
        nodes = [
            helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0, 2]),
            helper.make_node("LSTM", ["t", "w", "r", "b"], names, hidden_size=u),
            helper.make_node("Reshape", [kept, "shape"], ["h"]),
            helper.make_node("Gemm", ["h", "d", "e"], ["y"]),
        ]
        return _onnx_model(nodes, stored, ([None, None, self.width], "y", [None, 1]))


@dataclass(frozen=True, eq=False)
class Convolutional:
    """Convolutions 3x3 with relu over square grey images, one maximum pool, then dense layers."""

    side: int
    kernels: tuple[tuple[Array, Array], ...]
    top: Dense

    @staticmethod
    def random(side: int, filters: tuple[int, ...], *hidden: int) -> Convolutional:
        rng = np.random.default_rng(0)
        pairs = itertools.pairwise((1, *filters))
        kernels = tuple(
            (_normal(rng, (3, 3, m, n), (2 / (9 * m)) ** 0.5), _normal(rng, (n,), 0.1))
            for m, n in pairs
        )
        pooled = (side - 2 * len(filters)) // 2
        return Convolutional(side, kernels, Dense.random(pooled**2 * filters[-1], *hidden))

    @property
    def width(self) -> int:
        """Numbers per row that go in."""
        return self.side**2

    @property
    def outputs(self) -> int:
        return self.top.outputs

    @property
    def multiply_adds(self) -> int:
        sides = itertools.count(self.side - 2, -2)
        maps = sum(s * s * k.size for s, (k, _) in zip(sides, self.kernels, strict=False))
        return maps + self.top.multiply_adds

    def keras(self) -> Any:
        import keras

        model = keras.Sequential([keras.Input((self.side, self.side, 1))])
        for _, bias in self.kernels:
            model.add(keras.layers.Conv2D(len(bias), 3, activation="relu"))
        model.add(keras.layers.MaxPooling2D(2))
        model.add(keras.layers.Flatten())
        for layer in self.top.keras().layers:
            model.add(layer)
        pairs = (*self.kernels, *self.top.layers)
        model.set_weights([w for pair in pairs for w in pair])
        return model

    def __call__(self, x: Array) -> Array:
        """The predictions for (rows, side * side), in the type of `x`."""
        x = x.reshape(-1, self.side, self.side, 1)
        for kernel, bias in self.kernels:
            windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
            mixed = np.tensordot(windows, kernel.astype(x.dtype), ((4, 5, 3), (0, 1, 2)))
            x = np.maximum(mixed + bias.astype(x.dtype), 0)
        half = x.shape[1] // 2
        x = x[:, : 2 * half, : 2 * half].reshape(len(x), half, 2, half, 2, -1).max(axis=(2, 4))
        return self.top(x.reshape(len(x), -1))

    def onnx(self) -> bytes:
        from onnx import helper, numpy_helper

        shape = np.array([-1, 1, self.side, self.side], dtype="i8")
        tensors = [numpy_helper.from_array(shape, "images")]
        nodes, name = [helper.make_node("Reshape", ["x", "images"], ["i"])], "i"
        for i, (kernel, bias) in enumerate(self.kernels):
            turned = np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))
            tensors += [numpy_helper.from_array(turned, f"k{i}")]
            tensors += [numpy_helper.from_array(bias, f"c{i}")]
            nodes.append(helper.make_node("Conv", [name, f"k{i}", f"c{i}"], [f"m{i}"]))
            nodes.append(helper.make_node("Relu", [f"m{i}"], [f"r{i}"]))
            name = f"r{i}"
        flat = np.array([-1, self.top.width], dtype="i8")
        tensors.append(numpy_helper.from_array(flat, "flat"))
        nodes += [
            helper.make_node("MaxPool", [name], ["p0"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Transpose", ["p0"], ["p1"], perm=[0, 2, 3, 1]),
            helper.make_node("Reshape", ["p1", "flat"], ["d"]),
        ]
        more, weights, name = self.top.nodes("d")
        ends = ([None, self.width], name, [None, self.outputs])
        return _onnx_model([*nodes, *more], [*tensors, *weights], ends)


@dataclass(frozen=True, eq=False)
class Words:
    """Whole numbers below that of the rows of `table`, of which each is a vector; their mean, or
    all of them, goes into dense layers."""

    words: int
    table: Array
    pooled: bool
    top: Dense

    @staticmethod
    def random(vocabulary: int, size: int, words: int, *hidden: int, pooled: bool = True) -> Words:
        table = _normal(np.random.default_rng(0), (vocabulary, size), 1.0)
        width = size if pooled else size * words
        return Words(words, table, pooled, Dense.random(width, *hidden))

    @property
    def width(self) -> int:
        """Numbers per row that go in."""
        return self.words

    @property
    def vocabulary(self) -> int:
        return len(self.table)

    @property
    def outputs(self) -> int:
        return self.top.outputs

    @property
    def multiply_adds(self) -> int:
        return self.top.multiply_adds

    def keras(self) -> Any:
        import keras

        pool = keras.layers.GlobalAveragePooling1D() if self.pooled else keras.layers.Flatten()
        embedding = keras.layers.Embedding(*self.table.shape)
        model = keras.Sequential([keras.Input((self.words,)), embedding, pool])
        for layer in self.top.keras().layers:
            model.add(layer)
        model.set_weights([self.table, *(w for pair in self.top.layers for w in pair)])
        return model

    def __call__(self, x: Array) -> Array:
        """The predictions for (rows, words)."""
        found = self.table[x.astype(int)].astype(x.dtype)
        return self.top(found.mean(axis=1) if self.pooled else found.reshape(len(x), -1))

    def onnx(self) -> bytes:
        from onnx import TensorProto, helper, numpy_helper

        shape = np.array([-1, self.top.width], dtype="i8")
        tensors = [numpy_helper.from_array(self.table, "table")]
        tensors.append(numpy_helper.from_array(shape, "flat"))
        pool = helper.make_node("Reshape", ["e", "flat"], ["d"])
        if self.pooled:
            pool = helper.make_node("ReduceMean", ["e"], ["d"], axes=[1], keepdims=0)
        nodes = [
            helper.make_node("Cast", ["x"], ["i"], to=TensorProto.INT64),
            helper.make_node("Gather", ["table", "i"], ["e"]),
            pool,
        ]
        more, weights, name = self.top.nodes("d")
        ends = ([None, self.width], name, [None, self.outputs])
        return _onnx_model([*nodes, *more], [*tensors, *weights], ends)


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees of scikit-learn: of a forest, or `boosted`."""

    trees: int
    depth: int
    width: int
    boosted: bool = False
    multiply_adds = 0

    def estimator(self) -> Any:
        from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor

        kind = GradientBoostingRegressor if self.boosted else RandomForestRegressor
        model = kind(n_estimators=self.trees, max_depth=self.depth, random_state=0)
        x = np.random.default_rng(0).normal(size=(FITTED, self.width))
        return model.fit(x, np.sin(x @ np.linspace(-1, 1, self.width)) + x[:, 0] * x[:, 1])


Network = Dense | Lstm | Convolutional | Words


def session(network: Network, threads: int) -> Any:
    """An ONNX Runtime session, as a function from float32 inputs to predictions."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    made = onnxruntime.InferenceSession(network.onnx(), options, ["CPUExecutionProvider"])
    chained = isinstance(network, Lstm) and network.steps is None
    return lambda x: made.run(None, {"x": x[None] if chained else x})[0]


def _onnx_model(nodes: Any, tensors: Any, ends: tuple[Any, str, Any]) -> bytes:
    from onnx import TensorProto, helper

    given, name, wanted = ends
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, wanted)],
        tensors,
    )
    # An operator set and a file version that ONNX Runtime has read for years.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


def _normal(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Array:
    return (rng.normal(size=shape) * size).astype("f4")


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))
