"""Normalisation: by statistics learnt in training (affine), or by those of the row itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import Arg, X, Y, call, maximum, sqrt
from keras2sql.graph.ops import Array, ShapeError
from keras2sql.layers.common import (
    Float64,
    affine,
    axes_of,
    axis_of,
    centred,
    convert_inside,
    float64,
    numbers,
    spread,
    variable,
)
from keras2sql.layers.registry import Layer, Refused, converts


def _batch_normalization_weights(config: Mapping[str, Any]) -> str:
    renorm = " moving_stddev renorm_mean renorm_stddev" if config.get("renorm") else ""
    return f"gamma?scale beta?center moving_mean moving_variance{renorm}"


@converts("BatchNormalization", weights=_batch_normalization_weights, keeps_mask=True)
def batch_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``x * s + t`` along one axis, s and t from the moving statistics."""
    if layer.config.get("each_row"):
        return _normalized_rows(graph, layer, x)
    axis = axis_of(_single(layer.config.get("axis", -1)), x)
    size = (x.shape[axis],)
    mean, variance = (variable(layer, f"moving_{name}", size) for name in ("mean", "variance"))
    gamma, beta = layer.weight("gamma", size), layer.weight("beta", size)
    scale = 1 / np.sqrt(float64(variance) + layer.config.get("epsilon", 1e-3))
    if gamma is not None:
        scale = scale * float64(gamma)
    offset = -float64(mean) * scale  # as Keras does, however far that is
    if beta is not None:
        offset = offset + float64(beta)
    return affine(graph, x, spread(scale, [axis], x), spread(offset, [axis], x))


def _normalized_rows(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """What Keras 1 called mode 1: each row over its last axis, epsilon added twice."""
    epsilon, size = float(layer.config.get("epsilon", 1e-3)), (x.shape[-1],)
    centred = graph.map(X - Y, x, graph.reduce("mean", x, -1, keepdims=True))
    variance = graph.reduce("mean", graph.map(X * X, centred), -1, keepdims=True)
    inverse = graph.map(1.0 / (sqrt(X + epsilon) + epsilon), variance)
    gamma, beta = variable(layer, "gamma", size), variable(layer, "beta", size)
    return _scaled(graph, centred, inverse, gamma, beta)


def _single(axis: Any) -> int:
    """Keras 2 serialises the one axis of a BatchNormalization as a list."""
    if isinstance(axis, (list, tuple)):
        if len(axis) != 1:
            raise Refused(f"batch normalization over the axes {list(axis)}")
        return int(axis[0])
    return int(axis)


def _layer_normalization_weights(config: Mapping[str, Any]) -> str:
    return "gamma" if config.get("rms_scaling") else "gamma?scale beta?center"


@converts("LayerNormalization", weights=_layer_normalization_weights, keeps_mask=True)
def layer_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta`` over the listed axes."""
    axes = axes_of(layer.config.get("axis", -1), x)
    centred, inverse = _standardize(graph, x, axes, layer.config.get("epsilon", 1e-3))
    size = [x.shape[a] for a in axes]
    gamma, beta = layer.weight("gamma", size), layer.weight("beta", size)
    # The deprecated rms_scaling divides x itself, not x - mean, by the standard deviation.
    scaled = x if layer.config.get("rms_scaling") else centred
    return _scaled(graph, scaled, inverse, _spread(gamma, axes, x), _spread(beta, axes, x))


@converts("GroupNormalization", weights="gamma?scale beta?center", keeps_mask=True)
def group_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Normalises each group of channels over all its elements; -1 groups: each channel."""
    if layer.keras < (3, 0) and graph.mask(x) is not None:
        raise Refused("of a masked input Keras 2 normalises the steps that count alone")
    axis = axis_of(layer.config.get("axis", -1), x)
    channels = x.shape[axis]
    groups = layer.config.get("groups", 32)
    groups = channels if groups == -1 else groups
    if channels % groups:
        raise ShapeError(f"{channels} channels do not form {groups} groups")
    split = (groups, channels // groups)
    grouped = graph.reshape(x, (*x.shape[:axis], *split, *x.shape[axis + 1 :]))
    others = [a for a in range(len(grouped.shape)) if a != axis]
    centred, inverse = _standardize(graph, grouped, others, layer.config.get("epsilon", 1e-3))
    gamma, beta = layer.weight("gamma", (channels,)), layer.weight("beta", (channels,))
    own = [axis, axis + 1]
    y = _scaled(graph, centred, inverse, _spread(gamma, own, grouped), _spread(beta, own, grouped))
    return graph.reshape(y, x.shape)


def _spread(vector: Array | None, axes: tuple[int, ...] | list[int], x: Tensor) -> Array | None:
    return None if vector is None else spread(vector, axes, x)


def _standardize(
    graph: Builder, x: Tensor, axes: tuple[int, ...] | list[int], epsilon: float
) -> tuple[Tensor, Tensor]:
    """``x - mean`` and ``1 / sqrt(variance + epsilon)`` over these axes, which the second keeps."""
    centred = graph.map(X - Y, x, graph.reduce("mean", x, axes, keepdims=True))
    variance = graph.reduce("mean", graph.map(X * X, centred), axes, keepdims=True)
    return centred, graph.map(1.0 / sqrt(X + float(epsilon)), variance)


def _scaled(
    graph: Builder, x: Tensor, inverse: Tensor, gamma: Array | None, beta: Array | None
) -> Tensor:
    """``x * inverse * gamma + beta``, without what is None."""
    operands: list[Tensor | Array] = [x, inverse]
    expr = X * Y
    if gamma is not None:
        expr = expr * Arg(len(operands))
        operands.append(gamma)
    if beta is not None:
        expr = expr + Arg(len(operands))
        operands.append(beta)
    return graph.map(expr, *operands)


@converts("RMSNormalization", weights="scale")
def rms_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``x / sqrt(mean(x * x) + epsilon) * scale`` over the listed axes."""
    axes = axes_of(layer.config.get("axis", -1), x)
    square = graph.reduce("mean", graph.map(X * X, x), axes, keepdims=True)
    inverse = graph.map(1.0 / sqrt(X + float(layer.config.get("epsilon", 1e-6))), square)
    # Keras multiplies by the variable as it is: its axes meet the last ones of x, and one of a
    # single number, as of a shared layer that was built for another input, goes with any.
    scale = variable(layer, "scale", [-1] * len(axes))
    if scale.size > 1:
        scale = variable(layer, "scale", [x.shape[a] for a in axes])
    return _scaled(graph, x, inverse, scale, None)


@converts("UnitNormalization", keeps_mask=True)
def unit_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """`x` over its Euclidean norm along the listed axes."""
    return unit_norm(graph, x, axes_of(layer.config.get("axis", -1), x), 1e-12)


def unit_norm(graph: Builder, x: Tensor, axes: tuple[int, ...], epsilon: float) -> Tensor:
    """``x / max(norm(x), epsilon)``, which is `keras.ops.normalize` with order 2."""
    square = graph.reduce("sum", graph.map(X * X, x), axes, keepdims=True)
    return graph.map(X / Y, x, graph.map(maximum(sqrt(X), epsilon), square))


@converts(
    "SpectralNormalization",
    weights="vector_u",
    note="training only; the wrapped layer at inference",
)
def spectral_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """At inference the wrapped layer, whose kernel training has left normalised."""
    y = convert_inside(graph, layer.children["layer"], x)
    # Keras casts the result to the type of the input: embeddings of integers lose their
    # fractions (keras/src/layers/normalization/spectral_normalization.py).
    return graph.map(call("trunc", X), y) if x.kind == "int" else y


def _normalization_weights(config: Mapping[str, Any]) -> str:
    """Statistics are variables where `adapt` learnt them, and config where the user gave them."""
    return "mean variance count" if config.get("mean") is None else ""


@converts("Normalization", weights=_normalization_weights, keeps_mask=True)
def normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``(x - mean) / max(sqrt(variance), 1e-7)`` along the kept axes, or its inverse."""
    axis = layer.config.get("axis", -1)
    axes = () if axis is None else axes_of(axis, x)
    mean, variance = (_statistic(layer, name, axes, x) for name in ("mean", "variance"))
    # 1e-7 is keras.config.epsilon(), which models do not store.
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    if layer.config.get("invert"):
        return affine(graph, x, deviation, mean)
    return centred(graph, x, mean, deviation)


def _statistic(layer: Layer, name: str, axes: tuple[int, ...], x: Tensor) -> Float64:
    """The variable or the config entry, in a shape that broadcasts to `x`."""
    size = [x.shape[a] for a in axes]
    variable = layer.weight(name, size)
    value = numbers(layer.config[name]) if variable is None else float64(variable)
    if value.ndim == 0:
        return value
    if value.size != math.prod(size[len(size) - value.ndim :]):
        raise ShapeError(f"{value.size} {name}s for axes of lengths {size}")
    return spread(value, axes[len(axes) - value.ndim :], x)


@converts("Rescaling", keeps_mask=True)
def rescaling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``x * scale + offset``; lists run along the last axes."""
    return affine(
        graph, x, numbers(layer.config["scale"]), numbers(layer.config.get("offset", 0.0))
    )
