"""The networks by which databases are evaluated: families, each of one kind in growing sizes.

They are made of numpy's random numbers by the converters that read a Keras model, so that nothing
of Keras is needed, and what is measured is what a model of a file becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.graph.trees import Forest, forest
from keras2sql.layers import REGISTRY, Layer
from keras2sql.read.network import Network

Array = npt.NDArray[np.float64]

KERAS = (3, 15)
UNITS, FEATURES = 32, 16
FILTERS, CLASSES = 8, 10
CELLS, PER_STEP = 16, 4
LEVELS = 6


@dataclass(frozen=True)
class Family:
    """Networks of one kind by their `size`, which is one of `sizes` or between them.

    `axis` is what the size counts, `about` what is the same for all.  The sizes of `counted` are
    numbers of rows of a table, over one network.
    """

    name: str
    axis: str
    about: str
    sizes: tuple[int, ...]
    build: Callable[[Stack, int], None]
    counted: bool = False

    def network(self, size: int) -> Network:
        """The network of this size; the same each time."""
        stack = Stack(np.random.default_rng(size))
        self.build(stack, size)
        name = self.name if self.counted else f"{self.name}_{size}"
        return Network(graph=stack.graph(), name=name, layers=(), keras=KERAS)


class Stack:
    """Layers one behind the other, with random weights that keep numbers of a like size."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.builder = Builder()
        self.layers = 0
        self.first: Tensor | None = None
        self.last: Tensor | None = None

    def input(self, *shape: int) -> None:
        self.first = self.last = self.builder.input("x", shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what the layers so far give."""
        return self._last.shape

    @property
    def _last(self) -> Tensor:
        assert self.last is not None
        return self.last

    def add(self, class_name: str, config: dict[str, Any], *shapes: Sequence[int]) -> None:
        """A layer of Keras with weights of these shapes."""
        self.layers += 1
        name = f"{class_name.lower()}_{self.layers}"
        weights = [self._weights(shape) for shape in shapes]
        layer = Layer(class_name, name, name, config, weights, keras=KERAS)
        with self.builder.at(name):
            self.last = REGISTRY[class_name].convert(self.builder, layer, self._last)

    def dense(self, units: int, activation: str = "relu") -> None:
        config = {"units": units, "activation": activation}
        self.add("Dense", config, (self.shape[-1], units), (units,))

    def trees(self, trees: Forest) -> None:
        with self.builder.at("trees"):
            self.last = self.builder.trees(self._last, trees)

    def graph(self) -> Graph:
        assert self.first is not None
        return Graph((self.first,), {"y": self._last})

    def _weights(self, shape: Sequence[int]) -> Array:
        terms = int(np.prod(shape[:-1])) if len(shape) > 1 else 100
        return self.rng.normal(0.0, terms**-0.5, size=tuple(shape))


def _depth(stack: Stack, size: int) -> None:
    stack.input(FEATURES)
    for _ in range(size):
        stack.dense(UNITS)
    stack.dense(1, "sigmoid")


def _width(stack: Stack, size: int) -> None:
    stack.input(FEATURES)
    stack.dense(size)
    stack.dense(size)
    stack.dense(1, "sigmoid")


def _convolution(stack: Stack, size: int) -> None:
    stack.input(size, size, 1)
    shared = {"strides": 1, "padding": "valid", "dilation_rate": 1, "activation": "relu"}
    conv = shared | {"kernel_size": [3, 3], "filters": FILTERS, "groups": 1}
    stack.add("Conv2D", conv, (3, 3, 1, FILTERS), (FILTERS,))
    stack.add("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], "padding": "valid"})
    stack.add("Flatten", {})
    stack.dense(CLASSES, "softmax")


def _sequence(stack: Stack, size: int) -> None:
    stack.input(size, PER_STEP)
    config = {"units": CELLS, "activation": "tanh", "recurrent_activation": "sigmoid"}
    shapes = ((PER_STEP, 4 * CELLS), (CELLS, 4 * CELLS), (4 * CELLS,))
    stack.add("LSTM", config, *shapes)
    stack.dense(1, "sigmoid")


def _trees(stack: Stack, size: int) -> None:
    stack.input(FEATURES)
    stack.trees(complete_trees(stack.rng, size))


def _rows(stack: Stack, size: int) -> None:
    stack.rng = np.random.default_rng(0)
    stack.input(FEATURES)
    stack.dense(UNITS)
    stack.dense(1, "sigmoid")


def complete_trees(rng: np.random.Generator, trees: int, levels: int = LEVELS) -> Forest:
    """So many trees, of which each has all nodes of so many levels below its root."""
    nodes = 2 ** (levels + 1) - 1
    first_leaf = 2**levels - 1
    place = np.arange(nodes)
    starts = (np.arange(trees) * nodes)[:, None]
    inner = place < first_leaf
    left = np.where(inner, starts + 2 * place + 1, -1)
    right = np.where(inner, starts + 2 * place + 2, -1)
    feature = rng.integers(0, FEATURES, size=(trees, nodes))
    threshold = rng.normal(size=(trees, nodes)).round(3)
    value = rng.normal(size=(trees, nodes)) / trees
    return forest(
        starts[:, 0],
        feature.reshape(-1),
        threshold.reshape(-1),
        left.reshape(-1),
        right.reshape(-1),
        value.reshape(-1, 1),
    )


def doubled(first: int, times: int) -> tuple[int, ...]:
    return tuple(first * 2**i for i in range(times))


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "depth",
            "dense layers",
            f"{FEATURES} features, layers of {UNITS} units with relu, one output",
            doubled(1, 10),
            _depth,
        ),
        Family(
            "width",
            "units of a layer",
            f"{FEATURES} features, two hidden layers with relu, one output",
            doubled(16, 9),
            _width,
        ),
        Family(
            "convolution",
            "pixels along a side",
            f"a grey image, {FILTERS} filters of 3 x 3, maxima of 2 x 2, {CLASSES} classes",
            doubled(8, 6),
            _convolution,
        ),
        Family(
            "sequence",
            "time steps",
            f"{PER_STEP} numbers a step, an LSTM of {CELLS} units, one output",
            doubled(4, 8),
            _sequence,
        ),
        Family(
            "trees",
            "trees",
            f"{FEATURES} features, trees of {LEVELS} levels, their sum",
            doubled(4, 10),
            _trees,
        ),
        Family(
            "rows",
            "rows of the table",
            f"{FEATURES} features, a hidden layer of {UNITS} units, one output",
            (1_000, 4_000, 16_000, 64_000, 256_000, 1_000_000),
            _rows,
            counted=True,
        ),
    )
}
"""By name, in the order in which they are measured."""
