"""Layers that choose, repeat or reorder elements; all of them are a `Take`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.common import Index, channels_first, need_rank, pick
from keras2sql.layers.registry import Layer, converts
from keras2sql.layers.windows import per_axis, spatial_shape


@converts("Flatten")
def flatten(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """One axis, row-major; channels_first moves the channels behind the other axes before."""
    if channels_first(layer) and len(x.shape) > 1:
        x = graph.transpose(x, (*range(1, len(x.shape)), 0))
    return graph.reshape(x, (math.prod(x.shape),))


@converts("Reshape")
def reshape(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    return graph.reshape(x, layer.config["target_shape"])


@converts("Permute")
def permute(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Axes in another order; the config counts them from 1."""
    dims = [d - 1 for d in layer.config["dims"]]
    if sorted(dims) != list(range(len(x.shape))):
        raise ShapeError(f"dims {layer.config['dims']} of an input of shape (batch, *{x.shape})")
    return graph.transpose(x, dims)


@converts("RepeatVector")
def repeat_vector(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(n,) -> (times, n)."""
    need_rank(x, 1)
    times = int(layer.config["n"])
    repeated = graph.places(x).turned((times, x.size), lambda index: np.tile(index, (times, 1)))
    return graph.take(x, repeated)


def _pairs(value: Any, rank: int) -> list[tuple[int, int]]:
    """``(before, after)`` for each spatial axis, from any form that Keras's configs have."""
    if isinstance(value, int):
        return [(value, value)] * rank
    if rank == 1 and len(value) == 2 and all(isinstance(v, int) for v in value):
        return [(value[0], value[1])]
    if len(value) != rank:
        raise ShapeError(f"{value} for {rank} axes")
    return [(v, v) if isinstance(v, int) else (v[0], v[1]) for v in value]


def _choose(graph: Builder, layer: Layer, x: Tensor, choices: list[Index]) -> Tensor:
    """One choice of indices for each spatial axis of an image-like tensor."""
    need_rank(x, len(choices) + 1)
    first = 1 if channels_first(layer) else 0
    return pick(graph, x, {first + i: choice for i, choice in enumerate(choices)})


@converts("Cropping1D", "Cropping2D", "Cropping3D")
def cropping(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    rank = int(layer.class_name[-2])
    sizes = spatial_shape(layer, x, rank)
    pairs = _pairs(layer.config["cropping"], rank)
    if any(n < 0 for pair in pairs for n in pair):
        raise ShapeError(f"cropping {pairs}")
    graph.room(max(sizes))
    choices = [np.arange(b, n - a) for (b, a), n in zip(pairs, sizes, strict=True)]
    if not all(c.size for c in choices):
        raise ShapeError(f"cropping {pairs} leaves nothing of {x.shape}")
    return _choose(graph, layer, x, choices)


@converts("ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D")
def zero_padding(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    rank = int(layer.class_name[-2])
    sizes = spatial_shape(layer, x, rank)
    pairs = _pairs(layer.config["padding"], rank)
    for (before, after), size in zip(pairs, sizes, strict=True):
        graph.room(before + size + after)
    return _choose(
        graph,
        layer,
        x,
        [
            np.pad(np.arange(n), pair, constant_values=-1)
            for pair, n in zip(pairs, sizes, strict=True)
        ],
    )


@converts("UpSampling1D", "UpSampling3D")
def up_sampling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Repeats each element along the spatial axes."""
    rank = int(layer.class_name[-2])
    times = per_axis(layer.config["size"], rank)
    sizes = spatial_shape(layer, x, rank)
    for size, count in zip(sizes, times, strict=True):
        graph.room(size, count)
    return _choose(
        graph, layer, x, [np.repeat(np.arange(n), t) for n, t in zip(sizes, times, strict=True)]
    )
