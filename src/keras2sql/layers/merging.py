"""Layers that merge several tensors; shapes broadcast, missing axes count as leading 1s.

Before Keras 3, a step of theirs counted where all masked operands counted, and the operands
were merged as they were; since then it counts where one operand does.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import reduce

import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import Arg, Expr, X, Y, Z, maximum, minimum, where
from keras2sql.layers.common import axis_of
from keras2sql.layers.normalization import unit_norm
from keras2sql.layers.registry import Layer, converts


def _fold(graph: Builder, xs: tuple[Tensor, ...], join: Callable[[Expr, Expr], Expr]) -> Tensor:
    arguments: list[Expr] = [Arg(i) for i in range(len(xs))]
    return graph.map(reduce(join, arguments), *xs)


def _masked(graph: Builder, layer: Layer, y: Tensor, xs: tuple[Tensor, ...]) -> Tensor:
    """`y`, masked where no operand counts; unmasked if one of them has no mask."""
    masks = tuple(m for m in (graph.mask(x) for x in xs) if m is not None)
    if _is_older(layer):
        return graph.masked(y, _fold(graph, masks, _both) if masks else None)
    if len(masks) < len(xs):
        return y
    return graph.masked(y, _fold(graph, masks, lambda a, b: ex.call("or", a, b)))


def _is_older(layer: Layer) -> bool:
    return layer.keras < (3, 0)


def _both(a: Expr, b: Expr) -> Expr:
    return ex.call("and", a, b)


@converts("Add")
def add(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    return _masked(graph, layer, _fold(graph, xs, lambda a, b: a + b), xs)


@converts("Subtract")
def subtract(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    _need_two(layer, xs)
    return _masked(graph, layer, graph.map(X - Y, *xs), xs)


@converts("Average")
def average(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    arguments: list[Expr] = [Arg(i) for i in range(len(xs))]
    total = reduce(lambda a, b: a + b, arguments)
    return _masked(graph, layer, graph.map(total / float(len(xs)), *xs), xs)


@converts("Multiply")
def multiply(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    """The product of the elements that count; 0 where every operand is masked."""
    if _is_older(layer):
        return _masked(graph, layer, _fold(graph, xs, lambda a, b: a * b), xs)
    shown = tuple(_unless_masked(graph, x, 1.0) for x in xs)
    y = _masked(graph, layer, _fold(graph, shown, lambda a, b: a * b), xs)
    mask = graph.mask(y)
    return y if mask is None else graph.masked(_unless_masked(graph, y, 0.0), mask)


@converts("Maximum")
def greatest(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    return _extreme(graph, layer, xs, maximum)


@converts("Minimum")
def least(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    return _extreme(graph, layer, xs, minimum)


def _extreme(
    graph: Builder, layer: Layer, xs: tuple[Tensor, ...], choose: Callable[[Expr, Expr], Expr]
) -> Tensor:
    """The greatest or least of the elements that count."""
    if _is_older(layer) or all(graph.mask(x) is None for x in xs):
        return _masked(graph, layer, _fold(graph, xs, choose), xs)
    # The order of steps is that of keras/src/layers/merging/base_merge.py: once an operand
    # has no mask, what came before counts everywhere.
    y, shown = xs[0], graph.mask(xs[0])
    for x in xs[1:]:
        mask = graph.mask(x)
        other = _unless_masked(graph, x, y)
        if shown is not None:
            y = graph.map(where(Z, X, Y), y, other, _column(graph, shown))
        if shown is not None:
            shown = None if mask is None else graph.map(ex.call("or", X, Y), shown, mask)
        y = graph.map(choose(X, Y), y, other)
    return graph.masked(y, shown)


def _column(graph: Builder, mask: Tensor) -> Tensor:
    """A mask, with the last axis that it lacks."""
    return graph.reshape(mask, (*mask.shape, 1))


def _unless_masked(graph: Builder, x: Tensor, instead: Tensor | float) -> Tensor:
    """`x`, and `instead` where the mask of `x` hides it."""
    mask = graph.mask(x)
    return x if mask is None else graph.map(where(Z, X, Y), x, instead, _column(graph, mask))


@converts("Concatenate")
def concatenate(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    axis = axis_of(layer.config.get("axis", -1), xs[0])
    y = graph.join(xs, axis)
    masks = [graph.mask(x) for x in xs]
    if all(m is None for m in masks):
        return y
    # A step counts if any of its features does (keras/src/layers/merging/concatenate.py).
    full = [_full_mask(graph, x, m) for x, m in zip(xs, masks, strict=True)]
    how = "all" if _is_older(layer) else "any"
    return graph.masked(y, graph.reduce(how, graph.join(full, axis), -1))


def _full_mask(graph: Builder, x: Tensor, mask: Tensor | None) -> Tensor:
    """The mask of `x` for each of its elements."""
    if mask is None:
        graph.room(*x.shape)
        return graph.constant(np.ones(x.shape, dtype=bool))
    if mask.shape == x.shape:
        return mask
    steps = np.expand_dims(graph.positions(mask), -1)
    return graph.take(mask, np.broadcast_to(steps, x.shape))


@converts("Dot")
def dot(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    """Products summed over one axis of each; all other axes of the first, then of the second."""
    _need_two(layer, xs)
    axes = layer.config["axes"]
    pair = [axes, axes] if isinstance(axes, int) else list(axes)
    a, b = (axis_of(axis, x) for axis, x in zip(pair, xs, strict=True))
    x, y = xs
    if layer.config.get("normalize"):
        # 1e-7 is keras.config.epsilon(), which models do not store.
        x, y = unit_norm(graph, x, (a,), 1e-7), unit_norm(graph, y, (b,), 1e-7)
    letters = iter(string.ascii_lowercase)
    left = [next(letters) for _ in x.shape]
    right = [next(letters) for _ in y.shape]
    right[b] = left[a]
    free = [c for c in left + right if c != left[a]]
    z = graph.contract(x, y, equation=f"{''.join(left)},{''.join(right)}->{''.join(free)}")
    return z if z.shape else graph.reshape(z, (1,))


def _need_two(layer: Layer, xs: tuple[Tensor, ...]) -> None:
    if len(xs) != 2:
        raise ModelFileError(f"{layer.path} ({layer.class_name}): {len(xs)} inputs instead of 2")
