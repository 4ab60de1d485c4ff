"""Pooling: `Take` lays the windows out, `Reduce` takes the mean or the greatest of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.layers.common import Index, channels_first, mask_of, need_rank
from keras2sql.layers.registry import Layer, Refused, converts
from keras2sql.layers.windows import (
    adaptive,
    paddings,
    per_axis,
    sliding,
    spatial_shape,
    window_index,
)


@converts("MaxPooling1D", "MaxPooling2D", "MaxPooling3D")
def max_pooling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return _greatest(graph, layer, x, _tables(layer, x))


@converts("AveragePooling1D", "AveragePooling2D", "AveragePooling3D")
def average_pooling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    sizes = per_axis(layer.config["pool_size"], int(layer.class_name[-2]))
    if graph.streaming and x.shape[:1] == (1,) and sizes[0] > 1:
        # Of fewer steps than a window has, the mean is that of all.
        raise Refused("its windows take several time steps together")
    return _average(graph, layer, x, _tables(layer, x))


@converts("AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D")
def adaptive_max_pooling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return _greatest(graph, layer, x, _adaptive_tables(layer, x))


@converts("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D")
def adaptive_average_pooling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return _average(graph, layer, x, _adaptive_tables(layer, x))


def _tables(layer: Layer, x: Tensor) -> list[Index]:
    config, rank = layer.config, int(layer.class_name[-2])
    pool = config["pool_size"]
    strides = config.get("strides")
    return [
        sliding(size, kernel, stride, 1, padding)
        for size, kernel, stride, padding in zip(
            spatial_shape(layer, x, rank),
            per_axis(pool, rank),
            per_axis(pool if strides is None else strides, rank),
            paddings(layer, rank),
            strict=True,
        )
    ]


def _adaptive_tables(layer: Layer, x: Tensor) -> list[Index]:
    rank = int(layer.class_name[-2])
    sizes, wanted = spatial_shape(layer, x, rank), per_axis(layer.config["output_size"], rank)
    return [adaptive(size, positions) for size, positions in zip(sizes, wanted, strict=True)]


def _greatest(graph: Builder, layer: Layer, x: Tensor, tables: Sequence[Index]) -> Tensor:
    # An element of the window stands for its padding: not every database has -infinity.
    full = [np.where(t < 0, t.max(axis=1, keepdims=True), t) for t in tables]
    return _reduced(graph, layer, "max", x, full)


def _average(graph: Builder, layer: Layer, x: Tensor, tables: Sequence[Index]) -> Tensor:
    """The mean of what is not padding."""
    if all((t >= 0).all() for t in tables):
        return _reduced(graph, layer, "mean", x, tables)
    total = _reduced(graph, layer, "sum", x, tables)
    counts = np.ones((), dtype=np.float64)
    for table in tables:
        counts = np.multiply.outer(counts, (table >= 0).sum(axis=1))
    # The axis of the channels: in front by broadcasting, or last.
    return graph.map(X / Y, total, counts if channels_first(layer) else counts[..., None])


def _reduced(graph: Builder, layer: Layer, how: str, x: Tensor, tables: Sequence[Index]) -> Tensor:
    """A reduction of each window; the channels stand where they stand in `x`."""
    rank = len(tables)
    index = window_index(graph, layer, x, tables)
    if channels_first(layer):
        shape = (index.shape[-1], *index.shape[:-1])
        index = index.turned(shape, lambda found: np.moveaxis(found, -1, 0))
        return graph.reduce(how, graph.take(x, index), range(1 + rank, 1 + 2 * rank))
    return graph.reduce(how, graph.take(x, index), range(rank, 2 * rank))


@converts("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D")
def global_max_pooling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return graph.reduce("max", x, _spatial_axes(layer, x), _keeps(layer))


@converts("GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D")
def global_average_pooling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The mean over all spatial axes; in one dimension, over the steps that a mask shows."""
    axes = _spatial_axes(layer, x)
    mask = mask_of(graph, layer, x) if len(axes) == 1 else None
    if mask is None:
        return graph.reduce("mean", x, axes, _keeps(layer))
    shape = (1, *mask.shape) if channels_first(layer) else (*mask.shape, 1)
    shown = graph.reshape(mask, shape)
    total = graph.reduce("sum", graph.map(where(Y, X, 0.0), x, shown), axes, _keeps(layer))
    count = graph.reduce("sum", graph.map(where(X, 1.0, 0.0), shown), axes, _keeps(layer))
    return graph.map(X / Y, total, count)


def _spatial_axes(layer: Layer, x: Tensor) -> range:
    rank = int(layer.class_name[-2])
    need_rank(x, rank + 1)
    return range(1, rank + 1) if channels_first(layer) else range(rank)


def _keeps(layer: Layer) -> bool:
    return bool(layer.config.get("keepdims"))
