"""Layers that later versions of Keras dropped."""

from __future__ import annotations

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, sigmoid
from keras2sql.layers.activations import activation
from keras2sql.layers.common import need_rank, variable
from keras2sql.layers.registry import Layer, converts

RETIRED = frozenset({"Highway", "MaxoutDense", "ThresholdedReLU"})


@converts("Highway", weights="W W_carry b?use_bias b_carry?use_bias")
def highway(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``t * activation(x @ W + b) + (1 - t) * x`` with ``t = sigmoid(x @ W_carry + b_carry)``."""
    need_rank(x, 1)
    size = x.shape[0]
    bias, carry = (layer.weight(name, (size,)) for name in ("b", "b_carry"))
    shown = graph.contract(x, variable(layer, "W", (size, size)), bias)
    gate = graph.map(sigmoid(X), graph.contract(x, variable(layer, "W_carry", (size, size)), carry))
    made = activation(graph, layer, shown)
    return graph.map(X * Y + (1.0 - Y) * Z, made, gate, x)


@converts("MaxoutDense", weights="W b?use_bias")
def maxout_dense(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The greatest of several affine maps, (n,) -> (units,)."""
    need_rank(x, 1)
    count, units = layer.config["features"], layer.config["units"]
    kernel = variable(layer, "W", (count, x.shape[0], units))
    each = graph.contract(x, kernel, layer.weight("b", (count, units)), "i,kio->ko")
    return graph.reduce("max", each, 0)
