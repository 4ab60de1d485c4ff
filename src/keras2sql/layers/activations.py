"""Activation functions, and the layers that are one: Activation, ReLU, PReLU, Softmax, ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.graph import functions
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, maximum, minimum, where
from keras2sql.layers.common import axes_of, convert_inside, mask_of, numbers, variable
from keras2sql.layers.registry import REGISTRY, Layer, Refused, converts

_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}


def activation(graph: Builder, layer: Layer, x: Tensor, key: str = "activation") -> Tensor:
    """`x` after the activation that the layer's config names under `key`; any shape."""
    return activate(graph, layer, x, layer.config.get(key))


def activate(graph: Builder, layer: Layer, x: Tensor, spec: Any) -> Tensor:
    """`x` after an activation as Keras serialises it: a name, a function, a layer, or None."""
    if spec is None:
        return x
    if isinstance(spec, Mapping):
        inner = spec.get("config")
        if spec.get("class_name") == "function" and isinstance(inner, str):
            return activate(graph, layer, x, inner)
        return _activation_layer(graph, layer, x, spec)
    name = _ALIASES.get(str(spec), str(spec))
    if name == "threshold":
        raise Refused("the activation 'threshold' has no default threshold, in Keras neither")
    if name == "hard_sigmoid" and layer.keras[0] < 3:
        return graph.map(functions.hard_sigmoid_keras2(), x)
    if name in functions.AXIS_ACTIVATIONS:
        return functions.AXIS_ACTIVATIONS[name](graph, x)
    if name not in functions.ACTIVATIONS:
        raise Refused(f"the activation {spec!r} is not one of Keras's own")
    return x if name == "linear" else graph.map(functions.ACTIVATIONS[name](), x)


def _activation_layer(graph: Builder, layer: Layer, x: Tensor, spec: Mapping[str, Any]) -> Tensor:
    """An activation that is a layer object: ``{"class_name": "LeakyReLU", "config": {...}}``."""
    kind, config = str(spec.get("class_name")), spec.get("config")
    if kind not in REGISTRY or not isinstance(config, Mapping):
        raise Refused(f"the activation {kind!r} is not one of Keras's own")
    inner = Layer(kind, layer.name, layer.path, config, keras=layer.keras)
    if inner.weight_names():
        raise Refused(f"the activation {kind} has weights: make it a layer of its own")
    return convert_inside(graph, inner, x)


@converts("Activation", note="all of Keras's own functions; none of a user's", keeps_mask=True)
def activation_layer(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return activation(graph, layer, x)


def _slope(layer: Layer, default: float) -> float:
    """The slope below 0, which Keras 2 calls alpha."""
    config = layer.config
    return float(numbers(config.get("negative_slope", config.get("alpha", default))))


@converts("ReLU", keeps_mask=True)
def relu(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    top = layer.config.get("max_value")
    bottom = float(numbers(layer.config.get("threshold", 0.0)))
    top = None if top is None else float(numbers(top))
    return graph.map(functions.relu(_slope(layer, 0.0), top, bottom), x)


@converts("LeakyReLU", keeps_mask=True)
def leaky_relu(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return graph.map(functions.leaky_relu(_slope(layer, 0.3)), x)


@converts("ThresholdedReLU", keeps_mask=True)
def thresholded_relu(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``x`` above theta, else 0: a layer of Keras 2."""
    theta = float(numbers(layer.config.get("theta", 1.0)))
    return graph.map(functions.threshold(theta, 0.0), x)


@converts("ELU", keeps_mask=True)
def elu(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return graph.map(functions.elu(float(numbers(layer.config.get("alpha", 1.0)))), x)


@converts("PReLU", weights="alpha", keeps_mask=True)
def prelu(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``x`` above 0, ``alpha * x`` below, alpha per element; shared axes have length 1 in it."""
    shared = axes_of(layer.config.get("shared_axes") or [], x)
    shape = [1 if i in shared else n for i, n in enumerate(x.shape)]
    alpha = variable(layer, "alpha", shape)
    return graph.map(maximum(X, 0.0) + Y * minimum(X, 0.0), x, alpha)


@converts("Softmax", keeps_mask=True)
def softmax(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Softmax over one or several axes; elements that a mask hides get 0."""
    axes = axes_of(layer.config.get("axis", -1), x)
    mask = mask_of(graph, layer, x)
    if mask is None:
        return functions.softmax(graph, x, axes)
    if mask.shape != x.shape:
        raise Refused("softmax with a mask of another shape than its input")
    # -1e9 is what keras/src/layers/activations/softmax.py puts in their place.
    hidden = graph.map(where(Y, X, -1e9), x, mask)
    return graph.map(where(Y, X, 0.0), functions.softmax(graph, hidden, axes), mask)
