"""Choosing elements by index: slices, constant indices, and indices computed from the row."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, call, where
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.operations.operation import (
    ACROSS,
    constant_of,
    number,
    one_axis,
    operation,
    rank_of,
    refuse,
    tensor_of,
)
from keras2sql.layers.operations.shapes import rearranged
from keras2sql.layers.registry import Refused

refuse("it fixes the number of rows; write x[:, a:b] in its place", "Slice", "SliceUpdate")

_ALL = (slice(None), slice(None, None, 1), slice(0, None), slice(0, None, 1))


@operation("GetItem")
def get_item(graph: Builder, x: Any, key: Any) -> Tensor:
    """``x[key]``; all rows of the batch have to be kept, in their order."""
    x = tensor_of(x)
    parts = list(key) if isinstance(key, list | tuple) else [key]
    rest = _without_batch([_part(p) for p in parts], rank_of(x))
    if graph.streaming and x.shape[:1] == (1,) and rest and _cuts(rest[0]):
        raise Refused("it cuts time steps off by their number")
    arrays = [i for i, part in enumerate(rest) if isinstance(part, np.ndarray)]
    chosen = [i for i, part in enumerate(rest) if isinstance(part, np.ndarray | int)]
    if arrays and chosen[-1] - chosen[0] >= len(chosen):
        raise Refused("index arrays apart from one another move their axis in front of the batch")
    try:
        return rearranged(graph, x, lambda index: np.asarray(index[tuple(rest)]))
    except IndexError as error:
        raise ShapeError(f"x[{key}] of a tensor of shape (batch, *{x.shape})") from error


def _cuts(part: Any) -> bool:
    """Whether a part of a key cuts steps off that a short sequence does not have."""
    return isinstance(part, slice) and part not in _ALL and part != slice(-1, None)


def _part(part: Any) -> Any:
    """One entry of a key; lists and arrays of constants choose several elements."""
    if part is None or part is ... or isinstance(part, slice | int):
        return part
    array = constant_of(part)
    return array.astype(int) if array.dtype.kind != "b" else array


def _without_batch(parts: list[Any], rank: int) -> list[Any]:
    """The key for the axes behind the batch."""
    first = parts[0] if parts else ...
    if first is ...:
        used = sum(part is not None for part in parts[1:])
        if used < rank:
            return [..., *parts[1:]]
        first, parts = parts[1], parts[1:]
    if first is None:
        raise Refused(f"a new axis in front of the batch reaches {ACROSS}")
    if not isinstance(first, slice) or first not in _ALL:
        raise Refused("it chooses rows of the batch, and SQL computes each row by itself")
    return parts[1:]


@operation("Take")
def take(graph: Builder, x: Any, indices: Any, axis: Any = None) -> Tensor:
    """Constant indices of a tensor; or rows of a constant table by computed indices."""
    if not isinstance(x, Tensor):
        return _looked_up(graph, constant_of(x), tensor_of(indices), axis)
    along = one_axis(axis, x)
    if isinstance(indices, Tensor):
        raise Refused(
            "indices computed from the row, of a computed tensor; take_along_axis is supported"
        )
    chosen = constant_of(indices).astype(int)
    size = x.shape[along]
    if ((chosen < -size) | (chosen >= size)).any():
        raise ShapeError(f"indices {chosen.tolist()} of an axis of {size} elements")
    return rearranged(graph, x, lambda index: np.take(index, chosen % size, along))


def _looked_up(graph: Builder, table: Any, ids: Tensor, axis: Any) -> Tensor:
    if axis is None:
        table, axis = table.reshape(-1), 0
    if axis % table.ndim:
        raise Refused("a table of constants is looked up along its first axis alone")
    # Negative indices count from the end, as in numpy.
    wrapped = graph.map(where(X < 0.0, X + float(len(table)), X), number(graph, ids))
    return graph.lookup(table, wrapped)


@operation("TakeAlongAxis")
def take_along_axis(graph: Builder, x: Any, indices: Any, axis: Any = None) -> Tensor:
    """Constant indices, or computed ones; the tensors have the same rank."""
    x = number(graph, tensor_of(x))
    along = one_axis(axis, x)
    size = x.shape[along]
    if isinstance(indices, Tensor):
        return picked(graph, x, indices, along)
    chosen = constant_of(indices).astype(int)
    if chosen.ndim != rank_of(x) or chosen.shape[0] != 1:
        raise Refused(f"indices of shape {chosen.shape} reach {ACROSS}")
    return rearranged(graph, x, lambda index: np.take_along_axis(index, chosen[0] % size, along))


def picked(graph: Builder, x: Tensor, places: Tensor, axis: int) -> Tensor:
    """The elements of `x` at computed `places` along an axis: a choice among all of them."""
    size = x.shape[axis]
    wrapped = graph.map(where(X < 0.0, X + float(size), X), number(graph, places))
    result: Tensor = graph.map(where(call("lt", 0.0, 1.0), Y, X), wrapped, float("nan"))
    graph.room(size, *x.shape)
    for i in range(size):
        own = graph.take(x, np.take(graph.positions(x), [i], axis))
        result = graph.map(where(call("eq", Y, float(i)), Z, X), result, wrapped, own)
    return result


@operation("OneHot")
def one_hot(graph: Builder, x: Any, num_classes: int, axis: int = -1) -> Tensor:
    """1 at the place of each id along a new axis; all 0 for an id that has no place."""
    ids = number(graph, tensor_of(x))
    rank = rank_of(ids) + 1
    at = axis % rank
    if at == 0:
        raise Refused(f"a new axis in front of the batch reaches {ACROSS}")
    shape = [*ids.shape[: at - 1], 1, *ids.shape[at - 1 :]]
    behind = [1] * (len(ids.shape) - at + 1)
    graph.room(num_classes)
    classes = np.arange(num_classes, dtype=np.float64).reshape(num_classes, *behind)
    return graph.map(where(call("eq", X, Y), 1.0, 0.0), graph.reshape(ids, shape), classes)


@operation("MultiHot")
def multi_hot(graph: Builder, inputs: Any, num_classes: int, axis: int = -1) -> Tensor:
    """1 for each class that is among the ids of a row."""
    ids = tensor_of(inputs)
    if not ids.shape:
        raise Refused(f"multi_hot() of a vector reaches {ACROSS}")
    return graph.reduce("max", one_hot(graph, ids, num_classes, axis), 0)
