"""How converters of raw `keras.ops` nodes are written, and what they are called with.

A converter takes the builder, then what the operation was called on, then the options of
its config under their Keras names::

    @operation("Sum")
    def total(graph, x, axis=None, keepdims=False): ...

Operands are tensors, numbers, arrays, or lists of these.  Every tensor has the batch as
its first axis, which the graph leaves out and Keras counts.  An operation across the
batch is `Refused`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, where
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.registry import REGISTRY, Entry, Layer, Refused

PREFIX = "ops>"
ACROSS = "across the batch, and SQL computes each row by itself"

# Options that change how a result is computed or stored, not what it is.
_WITHOUT_MEANING = ("name", "dtype", "sparse", "synchronized", "flash_attention", "assume_unique")

Convert = Callable[..., Any]
C = TypeVar("C", bound=Convert)


def operation(*class_names: str) -> Callable[[C], C]:
    """Register a converter for these operations, by the names of their Keras classes."""

    def register(convert: C) -> C:
        names = list(inspect.signature(convert).parameters)[1:]
        for class_name in class_names:
            REGISTRY[PREFIX + class_name] = Entry(_bound(convert, names), "")
        return convert

    return register


# Operations that no use of can be converted, and why.
REFUSED: dict[str, str] = {}


def refuse(reason: str, *class_names: str) -> None:
    """Refuse these operations, whatever they are called on."""

    def run(graph: Builder, layer: Layer, *args: Any) -> Any:
        raise Refused(reason)

    for class_name in class_names:
        REFUSED[class_name] = reason
        REGISTRY[PREFIX + class_name] = Entry(run, "")


def _bound(convert: Convert, names: list[str]) -> Convert:
    def run(graph: Builder, layer: Layer, *args: Any) -> Any:
        return convert(graph, *args, **_options(layer.config, names), **_given(layer, names))

    return run


def _options(config: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """What the converter knows of the config; refuses what it does not know and should."""
    unknown = {k: v for k, v in config.items() if k not in names and k not in _WITHOUT_MEANING}
    _refuse(unknown)
    return {k: v for k, v in config.items() if k in names}


def _given(layer: Layer, names: list[str]) -> dict[str, Any]:
    _refuse({k: v for k, v in layer.call_kwargs.items() if k not in names})
    return {k: v for k, v in layer.call_kwargs.items() if k in names}


def _refuse(unknown: Mapping[str, Any]) -> None:
    listed = [f"{k}={v!r}" for k, v in unknown.items() if v is not None and v is not False]
    if listed:
        raise Refused(f"its option {', '.join(listed)} is not supported")


# -- operands


def tensor_of(x: Any) -> Tensor:
    """`x`, which has to be computed from the row."""
    if not isinstance(x, Tensor):
        raise Refused("called on a constant where a tensor of the model belongs")
    return x


def rank_of(x: Tensor) -> int:
    """The rank as Keras counts it, the batch included."""
    return len(x.shape) + 1


def constant_of(x: Any) -> Any:
    """`x` as an array; it has to be known when the model is converted."""
    if isinstance(x, Tensor):
        if x.constant is None:
            raise Refused("computed from the row, where a constant belongs")
        return x.constant[None]
    if isinstance(x, list | tuple) and any(isinstance(part, Tensor) for part in x):
        raise Refused("computed from the row, where a constant belongs")
    array = np.asarray(x)
    return array.astype(np.float64) if array.dtype.kind in "iuf" else array


def aligned(graph: Builder, *values: Any) -> list[Tensor]:
    """Operands that broadcast against each other, the batch axis of each in its place.

    numpy aligns shapes at their ends, so a tensor of lower rank than another would put its
    batch beside another axis.
    """
    ranks = {rank_of(v) for v in values if isinstance(v, Tensor)}
    if len(ranks) > 1:
        raise Refused(f"it broadcasts tensors of different ranks {ACROSS}")
    rank = ranks.pop() if ranks else None
    return [v if isinstance(v, Tensor) else _constant(graph, v, rank) for v in values]


def _constant(graph: Builder, value: Any, rank: int | None) -> Tensor:
    array = constant_of(value)
    if rank is not None and array.ndim >= rank:
        if array.ndim > rank or array.shape[0] != 1:
            raise Refused(f"a constant of shape {array.shape} reaches {ACROSS}")
        array = array[0]
    return graph.constant(array)


def number(graph: Builder, x: Tensor) -> Tensor:
    """Truth values as 0 and 1; texts are refused."""
    if x.kind == "str":
        raise Refused("it computes with texts")
    return graph.map(where(X, 1.0, 0.0), x) if x.kind == "bool" else x


def truth(graph: Builder, x: Tensor) -> Tensor:
    """Numbers as whether they differ from 0."""
    return x if x.kind == "bool" else graph.map(ex.call("ne", X, 0.0), number(graph, x))


def numbers(graph: Builder, *values: Any) -> list[Tensor]:
    """`aligned` operands, all of them numbers."""
    return [number(graph, x) for x in aligned(graph, *values)]


# -- axes


def axis_of(axis: Any, rank: int) -> int:
    """The axis without the batch, for one that Keras counts with it; `rank` counts it too."""
    if axis is None:
        raise Refused(f"axis=None reaches {ACROSS}; name the axes")
    if not isinstance(axis, int) or not -rank <= axis < rank:
        raise ShapeError(f"axis {axis} of a tensor of rank {rank}")
    if axis % rank == 0:
        raise Refused(f"axis {axis} is the batch axis, and SQL computes each row by itself")
    return axis % rank - 1


def axes_of(axes: Any, x: Tensor) -> tuple[int, ...]:
    """`axis_of` for one axis or several, in ascending order."""
    listed = axes if isinstance(axes, list | tuple) else [axes]
    return tuple(sorted({axis_of(a, rank_of(x)) for a in listed}))


def one_axis(axis: Any, x: Tensor) -> int:
    """`axis_of` for operations along a single axis, which may be listed."""
    return axis_of(
        axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis, rank_of(x)
    )


def same(graph: Builder, x: Tensor) -> Tensor:
    """`x` as a tensor of its own: operations, unlike layers, leave masks behind."""
    return graph.map(X, x)
