"""Layers that apply another layer."""

from __future__ import annotations

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.common import convert_inside
from keras2sql.layers.registry import Layer, Refused, converts

# These treat the axes before the last one alike, so that all steps are one call.
_STEP_BY_STEP_ANYWAY = frozenset({"Activation", "Dense", "Dropout", "ELU", "LeakyReLU", "ReLU"})


@converts("TimeDistributed", keeps_mask=True)
def time_distributed(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(steps, ...) -> (steps, ...): the wrapped layer on each step.

    A mask that tells the parts of each step apart is also one of the wrapped layer's inputs.
    """
    inner = layer.children["layer"]
    if len(x.shape) < 2:
        raise ShapeError(f"takes inputs of rank 3 or more, not of shape (batch, *{x.shape})")
    given = layer.call_kwargs.get("mask")
    mask = given if isinstance(given, Tensor) else graph.mask(x)
    if inner.class_name in _STEP_BY_STEP_ANYWAY:
        y = convert_inside(graph, inner, x)
        return y if y is x else graph.masked(y, mask)
    if x.shape[0] > 1 and any(one.config.get("stateful") for one in (inner, *_inside(inner))):
        raise Refused("it wraps a stateful layer, which would go on from step to step")
    steps = []
    for number, step in enumerate(graph.positions(x)):
        part = graph.take(x, step)
        if mask is not None and len(mask.shape) > 1:
            graph.masked(part, graph.take(mask, graph.positions(mask)[number]))
        y = convert_inside(graph, inner, part)
        steps.append(graph.reshape(y, (1, *y.shape)))
    return graph.masked(graph.join(steps, 0), mask)


@converts("Pipeline")
def pipeline(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Its layers one after the other; each sees the mask that the one before left."""
    for inner in layer.children.values():
        x = convert_inside(graph, inner, x)
    return x


def _inside(layer: Layer) -> list[Layer]:
    return [one for child in layer.children.values() for one in (child, *_inside(child))]
