"""Means whose divisor is quantised."""

from __future__ import annotations

import math

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X
from keras2sql.layers.common import need_rank
from keras2sql.layers.registry import Layer, converts
from keras2sql.layers.windows import per_axis
from keras2sql.recipes.common import inner, options
from keras2sql.recipes.qkeras.layers import activated, own_name
from keras2sql.recipes.qkeras.weights import quantized


@converts("*>QAveragePooling2D")
def q_average(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    options(layer, "pool_size strides padding data_format average_quantizer activation")
    y = inner(graph, layer, own_name(layer), layer.config, {}, x)
    return _scaled(graph, layer, y, math.prod(per_axis(layer.config["pool_size"], 2)))


@converts("*>QGlobalAveragePooling2D")
def q_global_average(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    options(layer, "data_format average_quantizer activation", "keepdims")
    need_rank(x, 3)
    y = inner(graph, layer, own_name(layer), layer.config, {}, x)
    first = layer.config["data_format"] == "channels_first"
    return _scaled(graph, layer, y, math.prod(x.shape[1:] if first else x.shape[:-1]))


def _scaled(graph: Builder, layer: Layer, y: Tensor, area: int) -> Tensor:
    """A mean of `area` elements, with the quantised inverse of their number in place of it."""
    if layer.config["average_quantizer"] is not None:
        factor = quantized(layer, "average_quantizer", np.float32(1.0 / area))
        y = graph.map(X * (float(area) * float(factor)), y)
    return activated(graph, layer, y)
