"""Images: resizing and cropping, which are linear in the pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.layers.common import Float64, channels_first, float64, need_rank, pick
from keras2sql.layers.registry import Layer, Refused, converts
from keras2sql.layers.windows import per_axis


def _triangle(x: Float64) -> Float64:
    return np.maximum(0.0, 1.0 - x)


def _cubic(x: Float64) -> Float64:
    """Keys 1981."""
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x >= 2.0, 0.0, np.where(x >= 1.0, far, near))


_KERNELS: dict[str, Callable[[Float64], Float64]] = {"bicubic": _cubic, "bilinear": _triangle}


def resized(
    graph: Builder,
    layer: Layer,
    x: Tensor,
    size: tuple[int, int],
    method: str,
    antialias: bool = False,
) -> Tensor:
    """The image in another height and width; pixels have their centres at halves."""
    need_rank(x, 3)
    first = 1 if channels_first(layer) else 0
    graph.room(*size)
    if method == "nearest":
        sources = [
            (2 * np.arange(new) + 1) * old // (2 * new)
            for new, old in zip(size, x.shape[first : first + 2], strict=True)
        ]
        return pick(graph, x, {first: sources[0], first + 1: sources[1]})
    if method not in _KERNELS:
        raise Refused(f"{method} interpolation; nearest, bilinear and bicubic are supported")
    for axis, length in zip((first, first + 1), size, strict=True):
        if x.shape[axis] != length:
            graph.room(x.shape[axis], length)
            weights = _resampling(x.shape[axis], length, _KERNELS[method], antialias)
            letters = "abc"
            out = letters.replace(letters[axis], "z")
            x = graph.contract(x, weights, equation=f"{letters},{letters[axis]}z->{out}")
    return x


def _resampling(
    size: int, length: int, kernel: Callable[[Float64], Float64], antialias: bool
) -> Float64:
    """(size, length): how much each old pixel has of each new one; columns sum to 1."""
    step = size / length
    centres = (np.arange(length) + 0.5) * step - 0.5
    distance = np.abs(centres - np.arange(size)[:, None])
    weights = kernel(distance / max(step, 1.0) if antialias else distance)
    return float64(weights / weights.sum(axis=0))


@converts(
    "Resizing",
    note="interpolation nearest, bilinear, bicubic; not keeping the aspect ratio",
)
def resizing(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    config = layer.config
    if config.get("crop_to_aspect_ratio") or config.get("pad_to_aspect_ratio"):
        raise Refused("resizing that keeps the aspect ratio")
    return resized(
        graph,
        layer,
        x,
        (config["height"], config["width"]),
        str(config.get("interpolation", "bilinear")).lower(),
        bool(config.get("antialias")),
    )


@converts("UpSampling2D", note="interpolation nearest, bilinear, bicubic")
def up_sampling(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Height and width times `size`, by any interpolation."""
    need_rank(x, 3)
    spatial = x.shape[1:] if channels_first(layer) else x.shape[:2]
    height, width = (n * t for n, t in zip(spatial, per_axis(layer.config["size"], 2), strict=True))
    method = str(layer.config.get("interpolation", "nearest")).lower()
    return resized(graph, layer, x, (height, width), method)


@converts("CenterCrop", note="images at least as large as the crop")
def center_crop(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The middle of the image."""
    need_rank(x, 3)
    first = 1 if channels_first(layer) else 0
    choices = {}
    for axis, wanted in ((first, layer.config["height"]), (first + 1, layer.config["width"])):
        start = (x.shape[axis] - wanted) // 2
        if start < 0:
            raise Refused("a crop larger than the image, which Keras resizes")
        graph.room(wanted)
        choices[axis] = np.arange(start, start + wanted)
    return pick(graph, x, choices)
