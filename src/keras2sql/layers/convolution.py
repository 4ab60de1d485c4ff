"""Convolutions: `Take` lays the windows out, `Contract` multiplies them with the kernel."""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import Array, Places, ShapeError
from keras2sql.layers.activations import activation
from keras2sql.layers.common import Index, channels_first, need_rank, variable
from keras2sql.layers.quantization import refuse_quantized
from keras2sql.layers.registry import Layer, converts
from keras2sql.layers.windows import (
    paddings,
    per_axis,
    sliding,
    spatial_shape,
    transposed,
    window_index,
)


@converts("Conv1D", "Conv2D", "Conv3D", weights="kernel bias?use_bias")
def convolution(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(*spatial, channels) -> (*positions, filters), or channels first in both."""
    refuse_quantized(layer)
    rank, filters = int(layer.class_name[-2]), layer.config["filters"]
    groups = layer.config.get("groups", 1)
    channels = _channels(layer, x, rank) // groups
    kernel = variable(layer, "kernel", (*kernel_size(layer, rank), channels, filters))
    index = window_index(graph, layer, x, window_tables(layer, x, rank))
    bias = layer.weight("bias", (filters,))
    return activation(graph, layer, _convolved(graph, layer, x, index, kernel, bias, groups))


@converts("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", weights="kernel bias?use_bias")
def transposed_convolution(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Each output element gathers what the inputs spread to it."""
    refuse_quantized(layer)
    config = layer.config
    rank, filters = int(layer.class_name.removesuffix("Transpose")[-2]), config["filters"]
    shape = (*kernel_size(layer, rank), filters, _channels(layer, x, rank))
    kernel = np.swapaxes(variable(layer, "kernel", shape), -1, -2)
    extra = config.get("output_padding")
    extras = [None] * rank if extra is None else per_axis(extra, rank)
    tables = [
        transposed(size, length, stride, dilation, config.get("padding", "valid"), added)
        for size, length, stride, dilation, added in zip(
            *_geometry(layer, x, rank), extras, strict=True
        )
    ]
    index = window_index(graph, layer, x, tables)
    bias = layer.weight("bias", (filters,))
    return activation(graph, layer, _convolved(graph, layer, x, index, kernel, bias, 1))


@converts("DepthwiseConv1D", "DepthwiseConv2D", weights="kernel bias?use_bias")
def depthwise_convolution(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """A kernel of its own for each channel; a channel gives `depth_multiplier` results."""
    refuse_quantized(layer)
    rank, multiplier = int(layer.class_name[-2]), layer.config.get("depth_multiplier", 1)
    channels = _channels(layer, x, rank)
    kernel = variable(layer, "kernel", (*kernel_size(layer, rank), channels, multiplier))
    index = window_index(graph, layer, x, window_tables(layer, x, rank))
    bias = layer.weight("bias", (channels * multiplier,))
    y = _convolved(graph, layer, x, index, _one_per_channel(kernel), bias, channels)
    return activation(graph, layer, y)


@converts(
    "SeparableConv1D",
    "SeparableConv2D",
    weights="depthwise_kernel pointwise_kernel bias?use_bias",
)
def separable_convolution(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """A depthwise convolution, then one of size 1 over its channels."""
    refuse_quantized(layer)
    config = layer.config
    rank, filters = int(layer.class_name[-2]), config["filters"]
    multiplier = config.get("depth_multiplier", 1)
    channels = _channels(layer, x, rank)
    shape = (*kernel_size(layer, rank), channels, multiplier)
    depthwise = _one_per_channel(variable(layer, "depthwise_kernel", shape))
    index = window_index(graph, layer, x, window_tables(layer, x, rank))
    between = channels * multiplier
    pointwise = variable(layer, "pointwise_kernel", (*[1] * rank, between, filters))
    y = _convolved(graph, layer, x, index, depthwise, None, channels)
    ones = [sliding(n, 1, 1, 1, "valid") for n in spatial_shape(layer, y, rank)]
    again = window_index(graph, layer, y, ones)
    z = _convolved(graph, layer, y, again, pointwise, layer.weight("bias", (filters,)), 1)
    return activation(graph, layer, z)


def _one_per_channel(kernel: Array) -> Array:
    """A depthwise kernel as one of as many groups as channels."""
    return kernel.reshape(*kernel.shape[:-2], 1, -1)


def _channels(layer: Layer, x: Tensor, rank: int) -> int:
    need_rank(x, rank + 1)
    return x.shape[0 if channels_first(layer) else -1]


def kernel_size(layer: Layer, rank: int) -> list[int]:
    return per_axis(layer.config["kernel_size"], rank)


def _geometry(layer: Layer, x: Tensor, rank: int) -> tuple[Sequence[int], ...]:
    """Per spatial axis: its length, and the kernel's length, stride and dilation."""
    config = layer.config
    strides, dilation = config.get("strides", 1), config.get("dilation_rate", 1)
    sizes = spatial_shape(layer, x, rank)
    return sizes, kernel_size(layer, rank), per_axis(strides, rank), per_axis(dilation, rank)


def window_tables(layer: Layer, x: Tensor, rank: int) -> list[Index]:
    return [
        sliding(size, kernel, stride, dilation, padding)
        for size, kernel, stride, dilation, padding in zip(
            *_geometry(layer, x, rank), paddings(layer, rank), strict=True
        )
    ]


def _convolved(
    graph: Builder,
    layer: Layer,
    x: Tensor,
    index: Places,
    kernel: Array,
    bias: Array | None,
    groups: int,
) -> Tensor:
    """Windows of `x` times a kernel (*size, channels of a group, filters), plus the bias."""
    *size, channels, filters = kernel.shape
    rank = len(size)
    positions = index.shape[:rank]
    if index.shape[-1] != channels * groups or filters % groups:
        raise ShapeError(f"{index.shape[-1]} channels and {filters} filters in {groups} groups")
    letters = iter(string.ascii_lowercase)
    at, inside = ("".join(next(letters) for _ in range(rank)) for _ in range(2))
    group, channel, filter_ = (next(letters) for _ in range(3))
    if groups > 1:
        grouped = (*positions, *size, groups, channels)
        index = index.turned(grouped, lambda found: found.reshape(grouped))
        split = [groups, filters // groups]
    else:  # without an axis of groups
        group, split = "", [filters]
    windows = graph.take(x, index)
    first = channels_first(layer)
    out = f"{group}{filter_}{at}" if first else f"{at}{group}{filter_}"
    y = graph.contract(
        windows,
        kernel.reshape(*size, channels, *split),
        None if bias is None else bias.reshape(*split, *([1] * rank if first else [])),
        f"{at}{inside}{group}{channel},{inside}{channel}{group}{filter_}->{out}",
    )
    if groups == 1:
        return y
    return graph.reshape(y, (filters, *positions) if first else (*positions, filters))
