"""Operations that choose, repeat and reorder elements: `Take`s, and joins of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.common import Index
from keras2sql.layers.operations.operation import (
    ACROSS,
    axes_of,
    axis_of,
    constant_of,
    number,
    one_axis,
    operation,
    rank_of,
    refuse,
    tensor_of,
)
from keras2sql.layers.registry import Refused

refuse(f"it reaches {ACROSS}", "Vstack", "Vsplit", "Flipud", "Diag", "Diagflat", "Size")
refuse(f"it reaches {ACROSS}; reshape to (-1, n) in its place", "Ravel")
refuse("it fixes the number of rows; add ops.zeros of that shape in its place", "BroadcastTo")


def rearranged(graph: Builder, x: Any, turn: Callable[[Index], Index], fill: float = 0.0) -> Tensor:
    """`x` with its elements where `turn` puts their indices."""
    x = tensor_of(x)
    return graph.take(x, turn(graph.positions(x)), fill)


def _pair(value: Any) -> tuple[int, int]:
    first, second = value
    return int(first), int(second)


@operation("Reshape")
def reshape(graph: Builder, x: Any, newshape: Any) -> Tensor:
    """The batch has to stay as it is: -1 or None in front, and a row's elements behind."""
    x = tensor_of(x)
    shape = [newshape] if isinstance(newshape, int) else list(newshape)
    open_rows = bool(shape) and shape[0] in (-1, None)
    rest = [-1 if n is None else int(n) for n in shape[1:]]
    if -1 in rest and not open_rows and rest.count(-1) == 1:
        raise Refused(f"a reshape to {tuple(shape)} mixes rows of the batch")
    if not open_rows or (-1 not in rest and math.prod(rest) != x.size):
        raise Refused(f"a reshape of (batch, *{x.shape}) to {tuple(shape)} reaches {ACROSS}")
    return graph.reshape(x, rest)


@operation("Transpose")
def transpose(graph: Builder, x: Any, axes: Any = None) -> Tensor:
    x = tensor_of(x)
    rank = rank_of(x)
    order = [a % rank for a in (range(rank)[::-1] if axes is None else axes)]
    return _reordered(graph, x, order)


def _reordered(graph: Builder, x: Tensor, order: Sequence[int]) -> Tensor:
    """`x` with its axes, the batch among them, in this order."""
    if sorted(order) != list(range(rank_of(x))):
        raise ShapeError(f"axes {list(order)} of a tensor of rank {rank_of(x)}")
    if order[0] != 0:
        raise Refused("it moves the batch axis, and SQL computes each row by itself")
    return graph.transpose(x, [a - 1 for a in order[1:]])


@operation("Swapaxes")
def swapaxes(graph: Builder, x: Any, axis1: int, axis2: int) -> Tensor:
    x = tensor_of(x)
    return _reordered(graph, x, _moved(x, lambda a: np.swapaxes(a, axis1, axis2)))


@operation("Moveaxis")
def moveaxis(graph: Builder, x: Any, source: Any, destination: Any) -> Tensor:
    x = tensor_of(x)
    return _reordered(graph, x, _moved(x, lambda a: np.moveaxis(a, source, destination)))


def _moved(x: Tensor, move: Callable[[Any], Any]) -> list[int]:
    """The order of axes that numpy makes."""
    rank = rank_of(x)
    return [n - 1 for n in move(np.empty(range(1, rank + 1))).shape]


@operation("Squeeze")
def squeeze(graph: Builder, x: Any, axis: Any = None) -> Tensor:
    x = tensor_of(x)
    ones = tuple(a for a, n in enumerate(x.shape) if n == 1) if axis is None else axes_of(axis, x)
    if any(x.shape[a] != 1 for a in ones):
        raise ShapeError(f"squeezing axes {axis} of a tensor of shape (batch, *{x.shape})")
    return graph.reshape(x, [n for a, n in enumerate(x.shape) if a not in ones])


@operation("ExpandDims")
def expand_dims(graph: Builder, x: Any, axis: Any) -> Tensor:
    x = tensor_of(x)
    listed = axis if isinstance(axis, list | tuple) else [axis]
    rank = rank_of(x) + len(listed)
    axes = tuple(axis_of(a, rank) for a in listed)
    return rearranged(graph, x, lambda index: np.expand_dims(index, axes))


@operation("Tile")
def tile(graph: Builder, x: Any, repeats: Any) -> Tensor:
    x = tensor_of(x)
    counts = [repeats] if isinstance(repeats, int) else list(repeats)
    counts = [1] * (rank_of(x) - len(counts)) + counts
    if len(counts) > rank_of(x) or counts[0] != 1:
        raise Refused(f"tiling by {repeats} reaches {ACROSS}")
    graph.room(*x.shape, *counts[1:])
    return rearranged(graph, x, lambda index: np.tile(index, counts[1:]))


@operation("Repeat")
def repeat(graph: Builder, x: Any, repeats: Any, axis: Any = None) -> Tensor:
    x = tensor_of(x)
    along = one_axis(axis, x)
    graph.room(x.size // x.shape[along], int(np.sum(np.broadcast_to(repeats, x.shape[along]))))
    return rearranged(graph, x, lambda index: np.repeat(index, repeats, along))


@operation("Flip")
def flip(graph: Builder, x: Any, axis: Any = None) -> Tensor:
    axes = axes_of(axis, tensor_of(x))
    return rearranged(graph, x, lambda index: np.flip(index, axes))


@operation("Fliplr")
def fliplr(graph: Builder, x: Any) -> Tensor:
    return flip(graph, x, 1)


@operation("Roll")
def roll(graph: Builder, x: Any, shift: Any, axis: Any = None) -> Tensor:
    x = tensor_of(x)
    listed = axis if isinstance(axis, list | tuple) else [axis]
    axes = tuple(axis_of(a, rank_of(x)) for a in listed)
    return rearranged(graph, x, lambda index: np.roll(index, shift, axes))


@operation("Rot90")
def rot90(graph: Builder, array: Any, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    first, second = _pair([axis_of(a, rank_of(tensor_of(array))) for a in axes])
    return rearranged(graph, array, lambda index: np.rot90(index, k, (first, second)))


@operation("Pad")
def pad(
    graph: Builder, x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> Tensor:
    x = tensor_of(x)
    given = np.asarray(constant_of(pad_width)).astype(int)
    width = np.broadcast_to(given, (rank_of(x), 2))
    if width[0].any():
        raise Refused(f"padding by {pad_width} reaches {ACROSS}")
    modes = {"constant": {"constant_values": -1}, "edge": {}, "reflect": {}, "symmetric": {}}
    modes["wrap"] = {}
    if mode not in modes:
        raise Refused(f"padding in the mode {mode!r}")
    fill = 0.0 if constant_values is None else float(constant_of(constant_values))
    how: Any = {"mode": mode, **modes[mode]}
    graph.room(*(n + before + after for n, (before, after) in zip(x.shape, width[1:], strict=True)))
    return rearranged(
        graph, number(graph, x), lambda index: np.pad(index, width[1:].tolist(), **how), fill
    )


@operation("Tril")
def tril(graph: Builder, x: Any, k: int = 0) -> Tensor:
    return _kept(graph, x, lambda ones: np.tril(ones, k))


@operation("Triu")
def triu(graph: Builder, x: Any, k: int = 0) -> Tensor:
    return _kept(graph, x, lambda ones: np.triu(ones, k))


def _kept(graph: Builder, x: Any, part: Callable[[Any], Any]) -> Tensor:
    """The part of each matrix in the last two axes; 0 elsewhere."""
    x = number(graph, tensor_of(x))
    if len(x.shape) < 2:
        raise Refused(f"a matrix with the batch as an axis reaches {ACROSS}")
    graph.room(*x.shape[-2:])
    inside = part(np.ones(x.shape[-2:])) > 0
    return rearranged(graph, x, lambda index: np.where(inside, index, -1))


@operation("Diagonal")
def diagonal(graph: Builder, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    first, second = (axis_of(a, rank_of(tensor_of(x))) for a in (axis1, axis2))
    return rearranged(graph, x, lambda index: np.diagonal(index, offset, first, second))


@operation("Trace")
def trace(graph: Builder, x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    return graph.reduce("sum", number(graph, diagonal(graph, x, offset, axis1, axis2)), -1)


# -- several tensors


def joined(graph: Builder, xs: Any, axis: Any) -> Tensor:
    """Tensors of the model one behind the other."""
    parts = [tensor_of(x) for x in xs]
    if len({p.kind for p in parts}) > 1:
        parts = [number(graph, p) for p in parts]
    return graph.join(parts, axis_of(axis, rank_of(parts[0])))


@operation("Concatenate")
def concatenate(graph: Builder, xs: Any, axis: Any = 0) -> Tensor:
    return joined(graph, xs, axis)


@operation("Append")
def append(graph: Builder, x1: Any, x2: Any, axis: Any = None) -> Tensor:
    return joined(graph, [x1, x2], axis)


@operation("Stack")
def stack(graph: Builder, x: Any, axis: Any = 0) -> Tensor:
    axis_of(axis, rank_of(tensor_of(x[0])) + 1)
    return joined(graph, [expand_dims(graph, part, axis) for part in x], axis)


@operation("Hstack")
def hstack(graph: Builder, xs: Any) -> Tensor:
    return joined(graph, xs, 1)


@operation("Dstack")
def dstack(graph: Builder, xs: Any) -> Tensor:
    """Along the third axis, of tensors that have one or get one."""
    deep = [x if rank_of(tensor_of(x)) > 2 else expand_dims(graph, x, 2) for x in xs]
    return joined(graph, deep, 2)


@operation("Split", "ArraySplit")
def split(graph: Builder, x: Any, indices_or_sections: Any, axis: Any = 0) -> list[Tensor]:
    """Equal parts, or as equal as can be, or the parts between some indices."""
    x = tensor_of(x)
    along = one_axis(axis, x)
    parts = np.array_split(graph.positions(x), indices_or_sections, along)
    return [graph.take(x, part) for part in parts]


@operation("Hsplit")
def hsplit(graph: Builder, x: Any, indices_or_sections: Any) -> list[Tensor]:
    return split(graph, x, indices_or_sections, 1)


@operation("Dsplit")
def dsplit(graph: Builder, x: Any, indices_or_sections: Any) -> list[Tensor]:
    return split(graph, x, indices_or_sections, 2)


@operation("Unstack")
def unstack(graph: Builder, x: Any, num: Any = None, axis: Any = 0) -> list[Tensor]:
    x = tensor_of(x)
    along = one_axis(axis, x)
    index = np.moveaxis(graph.positions(x), along, 0)
    return [graph.take(x, part) for part in index]
