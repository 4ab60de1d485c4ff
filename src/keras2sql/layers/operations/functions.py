"""Activation functions as operations: Keras's formulas under the names of their classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras2sql.graph import functions
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.functions import ACTIVATIONS, AXIS_ACTIVATIONS
from keras2sql.layers.operations.operation import (
    PREFIX,
    axes_of,
    number,
    numbers,
    one_axis,
    operation,
    tensor_of,
)
from keras2sql.layers.registry import REGISTRY, Entry, Layer

# Class of the operation: name of the activation; the options have the same names in both.
ELEMENTWISE = {
    "Celu": "celu",
    "Elu": "elu",
    "Gelu": "gelu",
    "HardShrink": "hard_shrink",
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "HardTanh": "hard_tanh",
    "LeakyRelu": "leaky_relu",
    "LogSigmoid": "log_sigmoid",
    "ReLU": "relu",
    "Relu": "relu",
    "Relu6": "relu6",
    "Selu": "selu",
    "Sigmoid": "sigmoid",
    "Silu": "silu",
    "SoftShrink": "soft_shrink",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "SparsePlus": "sparse_plus",
    "SparseSigmoid": "sparse_sigmoid",
    "Squareplus": "squareplus",
    "TanhShrink": "tanh_shrink",
    "Threshold": "threshold",
}
ALONG_AXIS = {
    "Glu": "glu",
    "LogSoftmax": "log_softmax",
    "Sparsemax": "sparsemax",
}


def _activation(name: str) -> Callable[..., Tensor]:
    def convert(graph: Builder, layer: Layer, x: Any) -> Tensor:
        options = {k: v for k, v in layer.config.items() if k != "name"}
        return graph.map(ACTIVATIONS[name](**options), *numbers(graph, tensor_of(x)))

    return convert


def _along_axis(name: str) -> Callable[..., Tensor]:
    def convert(graph: Builder, x: Any, axis: Any = -1) -> Tensor:
        x = number(graph, tensor_of(x))
        return AXIS_ACTIVATIONS[name](graph, x, one_axis(axis, x))

    return convert


for _class, _name in ELEMENTWISE.items():
    REGISTRY[PREFIX + _class] = Entry(_activation(_name), "")
for _class, _name in ALONG_AXIS.items():
    operation(_class)(_along_axis(_name))


@operation("Softmax")
def softmax(graph: Builder, x: Any, axis: Any = -1) -> Tensor:
    """Over one axis or several."""
    x = number(graph, tensor_of(x))
    return functions.softmax(graph, x, axes_of(axis, x))
