"""What several families share: axes, numbers in configs, affine maps, choices along axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, call
from keras2sql.graph.ops import Array, ShapeError
from keras2sql.graph.simplify import FAR
from keras2sql.layers.registry import REGISTRY, Layer, Refused
from keras2sql.layers.whole import converted

Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

HIDDEN = -0.7 * 3.38953e38
"""The score of a pair that does not count, in `keras.ops.dot_product_attention`."""


def axis_of(axis: int, x: Tensor) -> int:
    """The axis of `x` (batch left out) that Keras calls `axis` (batch counted)."""
    rank = len(x.shape) + 1
    if not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} of a tensor of rank {rank}")
    if axis % rank == 0:
        raise Refused(f"axis {axis} is the batch axis, and SQL computes each row by itself")
    return axis % rank - 1


def axes_of(axes: int | Sequence[int], x: Tensor) -> tuple[int, ...]:
    """`axis_of` for one axis or a list of them, in ascending order."""
    listed = [axes] if isinstance(axes, int) else axes
    return tuple(sorted({axis_of(a, x) for a in listed}))


def need_rank(x: Tensor, rank: int) -> None:
    """Raise `ShapeError` unless `x` has this many axes beside the batch."""
    if len(x.shape) != rank:
        raise ShapeError(f"takes inputs of rank {rank + 1}, not of shape (batch, *{x.shape})")


def channels_first(layer: Layer) -> bool:
    return layer.config.get("data_format") == "channels_first"


def float64(array: Any) -> Float64:
    """Weights as they are combined before they become constants of the SQL."""
    return np.asarray(array, dtype=np.float64)


def variable(layer: Layer, name: str, shape: Sequence[int]) -> Array:
    """The variable `name`, which the layer has in every configuration."""
    found = layer.weight(name, shape)
    assert found is not None, f"{layer.class_name} declares no variable {name}"
    return found


def numbers(value: Any) -> Float64:
    """A number, a list, or an array as Keras 2 and 3 serialise it into a config."""
    if isinstance(value, Mapping):
        inner = value.get("config", value)
        value = inner.get("value") if isinstance(inner, Mapping) else inner
    try:
        return float64(value)
    except (TypeError, ValueError) as error:
        raise Refused(f"its config holds {value!r} where a number belongs") from error


def spread(vector: Array, axes: Sequence[int], x: Tensor) -> Array:
    """A variable with one axis per listed axis of `x`, in the shape that broadcasts to `x`."""
    shape = [n if i in axes else 1 for i, n in enumerate(x.shape)]
    while shape and shape[0] == 1 and len(shape) > 1:
        shape = shape[1:]
    return np.reshape(vector, shape)


def affine(graph: Builder, x: Tensor, scale: Float64, offset: Float64) -> Tensor:
    """``x * scale + offset``."""
    if scale.ndim == 0 and offset.ndim == 0:
        return graph.map(X * float(scale) + float(offset), x)
    return graph.map(X * Y + Z, x, scale, offset)


def centred(graph: Builder, x: Tensor, mean: Float64, deviation: Float64) -> Tensor:
    """``(x - mean) / deviation``, as a product and a sum unless digits would be lost."""
    offset = -mean / deviation
    if (np.abs(offset) <= FAR).all():
        return affine(graph, x, 1 / deviation, offset)
    return graph.map((X - Y) / Z, x, mean, deviation)


def pick(graph: Builder, x: Tensor, choices: Mapping[int, Index], fill: float = 0.0) -> Tensor:
    """`x` with the listed axes rebuilt from these indices; -1 gives `fill`."""
    shape = list(x.shape)
    for axis, choice in choices.items():
        check_choice(choice, x.shape[axis])
        shape[axis : axis + 1] = choice.shape

    def chosen(index: Index) -> Index:
        for axis, choice in choices.items():
            index = choose(index, axis, choice)
        return index

    return graph.take(x, graph.places(x).turned(tuple(shape), chosen), fill)


def check_choice(choice: Index, size: int) -> None:
    """Raise `ShapeError` for places outside of an axis of this length, or between two."""
    if choice.dtype.kind not in "iu":
        raise ShapeError("places that are no whole numbers")
    if choice.size and not (-1 <= choice.min() and choice.max() < size):
        raise ShapeError(f"places outside of the {size} of an axis")


def choose(index: Index, axis: int, choice: Index) -> Index:
    """``np.take`` for an array of indices: -1, in either, means no element."""
    taken = np.take(index, np.maximum(choice, 0), axis)
    if not (choice < 0).any():
        return taken
    flat = taken.reshape(*index.shape[:axis], choice.size, -1)
    flat[..., (choice < 0).reshape(-1), :] = -1
    return flat.reshape(taken.shape)


def truth(graph: Builder, mask: Tensor | None) -> Tensor | None:
    """A mask that a model may hold as numbers."""
    if mask is None or mask.kind == "bool":
        return mask
    return graph.map(call("ne", X, 0), mask)


def mask_of(graph: Builder, layer: Layer, x: Tensor) -> Tensor | None:
    """The mask that the layer is called with: an argument of the call, or that of `x`."""
    given = layer.call_kwargs.get("mask")
    return truth(graph, given) if isinstance(given, Tensor) else graph.mask(x)


def convert_inside(graph: Builder, inner: Layer, *xs: Tensor) -> Tensor:
    """Convert a layer that another one wraps, and that gives one tensor."""
    entry = REGISTRY.get(inner.class_name)
    if entry is None:
        raise Refused(f"it wraps a layer of class {inner.class_name}, which has no converter")
    with graph.at(inner.path):
        y = converted(graph, inner, entry.convert, xs)
    if not isinstance(y, Tensor):
        raise Refused(f"it wraps a layer of class {inner.class_name} with several results")
    return y
