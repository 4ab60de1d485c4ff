"""Layers that apply another layer."""

from __future__ import annotations

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.common import convert_inside
from keras2sql.layers.registry import Layer, converts

# These treat the axes before the last one alike, so that all steps are one call.
_STEP_BY_STEP_ANYWAY = frozenset({"Activation", "Dense", "Dropout", "ELU", "LeakyReLU", "ReLU"})


@converts("TimeDistributed")
def time_distributed(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(steps, ...) -> (steps, ...): the wrapped layer on each step."""
    inner = layer.children["layer"]
    if len(x.shape) < 2:
        raise ShapeError(f"takes inputs of rank 3 or more, not of shape (batch, *{x.shape})")
    if inner.class_name in _STEP_BY_STEP_ANYWAY:
        return convert_inside(graph, inner, x)
    steps = []
    for step in graph.positions(x):
        y = convert_inside(graph, inner, graph.take(x, step))
        steps.append(graph.reshape(y, (1, *y.shape)))
    return graph.join(steps, 0)
