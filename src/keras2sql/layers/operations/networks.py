"""What networks are built of: normalisation, windows, attention; by the layers' converters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import functions
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, maximum, where
from keras2sql.layers.common import HIDDEN, Index
from keras2sql.layers.operations.operation import (
    axes_of,
    constant_of,
    number,
    numbers,
    operation,
    rank_of,
    tensor_of,
)
from keras2sql.layers.operations.reductions import norm, variance_of
from keras2sql.layers.operations.shapes import rearranged
from keras2sql.layers.registry import REGISTRY, Layer, Refused

# keras.config.epsilon() when nobody has set another.
EPSILON = 1e-7


def by_layer(
    graph: Builder,
    class_name: str,
    x: Tensor,
    config: Mapping[str, Any],
    variables: Mapping[str, Any] | None = None,
) -> Tensor:
    """What the layer of this class computes."""
    layer = Layer(class_name, graph.layer, graph.layer, config, variables or {})
    result = REGISTRY[class_name].convert(graph, layer, x)
    assert isinstance(result, Tensor)
    return result


# -- windows


def _pool(
    graph: Builder, kind: str, x: Any, pool_size: Any, strides: Any, padding: str, data_format: Any
) -> Tensor:
    x = number(graph, tensor_of(x))
    config = {
        "pool_size": pool_size,
        "strides": strides,
        "padding": padding,
        "data_format": data_format,
    }
    return by_layer(graph, f"{kind}Pooling{rank_of(x) - 2}D", x, config)


@operation("AveragePool")
def average_pool(
    graph: Builder,
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: Any = None,
) -> Tensor:
    return _pool(graph, "Average", inputs, pool_size, strides, padding, data_format)


@operation("MaxPool")
def max_pool(
    graph: Builder,
    inputs: Any,
    pool_size: Any,
    strides: Any = None,
    padding: str = "valid",
    data_format: Any = None,
) -> Tensor:
    return _pool(graph, "Max", inputs, pool_size, strides, padding, data_format)


@operation("AdaptiveAveragePool")
def adaptive_average_pool(
    graph: Builder, inputs: Any, output_size: Any, data_format: Any = None
) -> Tensor:
    x = number(graph, tensor_of(inputs))
    config = {"output_size": output_size, "data_format": data_format}
    return by_layer(graph, f"AdaptiveAveragePooling{rank_of(x) - 2}D", x, config)


@operation("AdaptiveMaxPool")
def adaptive_max_pool(
    graph: Builder, inputs: Any, output_size: Any, data_format: Any = None
) -> Tensor:
    x = number(graph, tensor_of(inputs))
    config = {"output_size": output_size, "data_format": data_format}
    return by_layer(graph, f"AdaptiveMaxPooling{rank_of(x) - 2}D", x, config)


@operation("Conv")
def conv(
    graph: Builder,
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """With a constant kernel."""
    x, weights = number(graph, tensor_of(inputs)), constant_of(kernel)
    config = {
        "filters": weights.shape[-1],
        "kernel_size": list(weights.shape[:-2]),
        "strides": strides,
        "padding": padding,
        "data_format": data_format,
        "dilation_rate": dilation_rate,
        "use_bias": False,
    }
    return by_layer(graph, f"Conv{rank_of(x) - 2}D", x, config, {"kernel": weights})


@operation("DepthwiseConv")
def depthwise_conv(
    graph: Builder,
    inputs: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: Any = None,
    dilation_rate: Any = 1,
) -> Tensor:
    x, weights = number(graph, tensor_of(inputs)), constant_of(kernel)
    config = {
        "kernel_size": list(weights.shape[:-2]),
        "depth_multiplier": weights.shape[-1],
        "strides": strides,
        "padding": padding,
        "data_format": data_format,
        "dilation_rate": dilation_rate,
        "use_bias": False,
    }
    return by_layer(graph, f"DepthwiseConv{rank_of(x) - 2}D", x, config, {"kernel": weights})


@operation("DepthToSpace")
def depth_to_space(
    graph: Builder, x: Any, block_size: int, data_format: str = "channels_last"
) -> Tensor:
    """(h, w, n * n * c) -> (h * n, w * n, c)."""
    n, first = block_size, data_format == "channels_first"

    def blocks(index: Index) -> Index:
        if first:
            c, h, w = index.shape
            turned = index.reshape(c // n**2, n, n, h, w).transpose(0, 3, 1, 4, 2)
            return np.asarray(turned.reshape(c // n**2, h * n, w * n))
        h, w, c = index.shape
        turned = index.reshape(h, w, n, n, c // n**2).transpose(0, 2, 1, 3, 4)
        return np.asarray(turned.reshape(h * n, w * n, c // n**2))

    return rearranged(graph, x, blocks)


@operation("SpaceToDepth")
def space_to_depth(
    graph: Builder, x: Any, block_size: int, data_format: str = "channels_last"
) -> Tensor:
    """(h, w, c) -> (h / n, w / n, n * n * c)."""
    n, first = block_size, data_format == "channels_first"

    def blocks(index: Index) -> Index:
        if first:
            c, h, w = index.shape
            turned = index.reshape(c, h // n, n, w // n, n).transpose(0, 2, 4, 1, 3)
            return np.asarray(turned.reshape(c * n**2, h // n, w // n))
        h, w, c = index.shape
        turned = index.reshape(h // n, n, w // n, n, c).transpose(0, 2, 1, 3, 4)
        return np.asarray(turned.reshape(h // n, w // n, c * n**2))

    return rearranged(graph, x, blocks)


# -- normalisation


@operation("BatchNorm")
def batch_norm(
    graph: Builder,
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any = None,
    scale: Any = None,
    axis: Any = -1,
    epsilon: float = 1e-3,
) -> Tensor:
    """With constant statistics."""
    (x,) = numbers(graph, tensor_of(x))
    given = {"moving_mean": mean, "moving_variance": variance, "beta": offset, "gamma": scale}
    variables = {k: constant_of(v) for k, v in given.items() if v is not None}
    config = {
        "axis": axis,
        "epsilon": epsilon,
        "center": offset is not None,
        "scale": scale is not None,
    }
    return by_layer(graph, "BatchNormalization", x, config, variables)


@operation("LayerNorm")
def layer_norm(
    graph: Builder,
    x: Any,
    gamma: Any = None,
    beta: Any = None,
    axis: Any = -1,
    epsilon: Any = None,
    rms_scaling: bool = False,
) -> Tensor:
    """``(x - mean) / sqrt(variance + epsilon) * gamma + beta``."""
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    if rms_scaling:
        raise Refused("the deprecated rms_scaling; use rms_normalization")
    centred = graph.map(X - Y, x, graph.reduce("mean", x, axes, keepdims=True))
    y = _scaled_by_root(graph, centred, variance_of(graph, x, axes, True), epsilon)
    y = y if gamma is None else graph.map(X * Y, y, _spread(gamma, axes, x))
    return y if beta is None else graph.map(X + Y, y, _spread(beta, axes, x))


@operation("RMSNorm")
def rms_norm(
    graph: Builder, x: Any, scale: Any = None, axis: Any = -1, epsilon: Any = None
) -> Tensor:
    (x,) = numbers(graph, tensor_of(x))
    axes = axes_of(axis, x)
    squares = graph.reduce("mean", graph.map(X * X, x), axes, keepdims=True)
    y = _scaled_by_root(graph, x, squares, epsilon)
    return y if scale is None else graph.map(X * Y, y, _spread(scale, axes, x))


def _scaled_by_root(graph: Builder, x: Tensor, variance: Tensor, epsilon: Any) -> Tensor:
    least = EPSILON if epsilon is None else float(epsilon)
    return graph.map(X * Y, x, graph.map(1.0 / ex.sqrt(X + least), variance))


def _spread(vector: Any, axes: tuple[int, ...], x: Tensor) -> Any:
    """A constant over the normalised axes, in the shape that broadcasts to `x`."""
    array = constant_of(vector)
    shape = [n if a in axes else 1 for a, n in enumerate(x.shape)]
    return array.reshape(shape) if array.size == math.prod(shape) else array


@operation("Normalize")
def normalize(
    graph: Builder, x: Any, axis: Any = -1, order: Any = 2, epsilon: Any = None
) -> Tensor:
    """``x / max(norm, epsilon)``."""
    (x,) = numbers(graph, tensor_of(x))
    length = norm(graph, x, order, axis, True)
    least = EPSILON if epsilon is None else float(epsilon)
    return graph.map(X / maximum(Y, least), x, length)


# -- attention


@operation("DotProductAttention")
def dot_product_attention(
    graph: Builder,
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: Any = None,
    is_causal: bool = False,
) -> Tensor:
    """Of (batch, steps, heads, size); masked pairs weigh nothing."""
    if bias is not None or mask is not None:
        raise Refused("attention with a bias or a mask; is_causal is supported")
    q, k, v = (number(graph, tensor_of(t)) for t in (query, key, value))
    if len(q.shape) != 3 or q.shape[1] != k.shape[1]:
        raise Refused("attention in which queries and keys have different heads")
    factor = 1 / math.sqrt(q.shape[-1]) if scale is None else float(constant_of(scale))
    scores = graph.map(X * factor, graph.contract(q, k, equation="tnh,snh->nts"))
    if is_causal:
        graph.room(*scores.shape[1:3])
        steps = np.arange(scores.shape[1])[:, None] >= np.arange(scores.shape[2])
        scores = graph.map(where(Y, X, HIDDEN), scores, steps)
    return graph.contract(functions.softmax(graph, scores), v, equation="nts,snh->tnh")
