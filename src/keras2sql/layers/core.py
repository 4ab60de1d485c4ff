"""Dense, EinsumDense, Embedding, Masking and the layers that change nothing."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.activations import activation
from keras2sql.layers.common import variable
from keras2sql.layers.quantization import embeddings_of, kernel_of, refuse_quantized, weights_of
from keras2sql.layers.registry import Layer, Refused, converts


@converts("Identity", keeps_mask=True)
def identity(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """`x`; without its mask, which ended here before Keras 3."""
    return graph.map(X, x) if layer.keras < (3, 0) and graph.mask(x) is not None else x


@converts(
    "Dense",
    weights=weights_of("kernel", "bias?use_bias"),
    keeps_mask=True,
    note="quantised: the weights alone",
)
def dense(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(..., n) -> (..., units)."""
    if not x.shape:
        raise ShapeError("a Dense layer takes inputs of rank 2 or more")
    units = layer.config["units"]
    kernel = kernel_of(layer, "kernel", (x.shape[-1], units))
    y = graph.contract(x, kernel, layer.weight("bias", shape=(units,)))
    return activation(graph, layer, y)


@converts(
    "EinsumDense",
    weights=weights_of("kernel", "bias?bias_axes"),
    note="quantised: the weights alone, not int8",
)
def einsum_dense(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """``einsum(equation, x, kernel) + bias``; the equation counts the batch axis."""
    equation = without_batch(layer.config["equation"], len(x.shape) + 1)
    operands, out = equation.split("->")
    left, right = operands.split(",")
    sizes = {**_told_sizes(layer, out), **dict(zip(left, x.shape, strict=True))}
    kernel = kernel_of(layer, "kernel", [sizes.get(letter, -1) for letter in right])
    y = graph.contract(x, kernel, layer.weight("bias"), equation)
    return activation(graph, layer, y)


def _told_sizes(layer: Layer, out: str) -> dict[str, int]:
    """The sizes of the result's axes, where `output_shape` has one for each letter."""
    told = layer.config.get("output_shape")
    told = [told] if isinstance(told, int) else list(told or ())
    if "..." in layer.config["equation"]:
        return {}
    pairs = zip(out[::-1], told[::-1], strict=False)
    return {letter: size for letter, size in pairs if isinstance(size, int)}


def without_batch(equation: str, rank: int) -> str:
    """Keras's equation for an input of this rank, its ellipsis spelled out, its batch dropped.

    The three forms are those of ``keras/src/layers/core/einsum_dense.py``: ``ab,bc->ac``,
    ``...b,bc->...c`` and ``ab...,bc->ac...``.
    """
    operands, _, out = equation.replace(" ", "").partition("->")
    left, _, right = operands.partition(",")
    if "..." in left:
        elided = rank - len(left.replace("...", ""))
        free = [c for c in string.ascii_letters if c not in equation]
        letters = "".join(free[: max(elided, 0)])
        left, out = left.replace("...", letters), out.replace("...", letters)
    if len(left) != rank:
        raise ShapeError(f"the equation {equation} does not fit an input of rank {rank}")
    if not out or left[0] != out[0] or left[0] in right or left[0] in left[1:] + out[1:]:
        raise Refused(f"the equation {equation} mixes rows of the batch")
    return f"{left[1:]},{right}->{out[1:]}"


@converts(
    "Embedding",
    weights=weights_of("embeddings"),
    note="an id outside the table gives no prediction",
)
def embedding(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(...,) ids -> (..., output_dim); an id that the table does not hold gives NaN."""
    return _looked_up(graph, layer, x)


def _looked_up(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    refuse_quantized(layer)
    shape = (layer.config["input_dim"], layer.config["output_dim"])
    y = graph.lookup(embeddings_of(layer, "embeddings", shape), x)
    if layer.config.get("mask_zero"):
        graph.masked(y, graph.map(ex.call("ne", X, 0), x))
        graph.pads(x, 0.0)
    return y


def _reversible_weights(config: Mapping[str, Any]) -> str:
    return "embeddings" if config.get("tie_weights", True) else "embeddings reverse_embeddings"


@converts("ReversibleEmbedding", weights=_reversible_weights)
def reversible_embedding(graph: Builder, layer: Layer, x: Tensor, reverse: bool = False) -> Tensor:
    """An embedding; called with ``reverse=True``, (..., output_dim) -> logits of the ids."""
    if not layer.call_kwargs.get("reverse", reverse):
        return _looked_up(graph, layer, x)
    refuse_quantized(layer)
    shape = (layer.config["input_dim"], layer.config["output_dim"])
    if layer.config.get("tie_weights", True):
        kernel = variable(layer, "embeddings", shape).T
    else:
        kernel = variable(layer, "reverse_embeddings", shape[::-1])
    logits = graph.contract(x, kernel)
    cap = layer.config.get("logit_soft_cap")
    return logits if cap is None else graph.map(ex.tanh(X / float(cap)) * float(cap), logits)


@converts("Masking")
def masking(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(..., n): the steps whose features all equal the mask value become 0 and are masked."""
    differs = graph.map(ex.call("ne", X, float(layer.config.get("mask_value", 0.0))), x)
    graph.pads(x, float(layer.config.get("mask_value", 0.0)))
    kept = graph.reduce("any", differs, -1, keepdims=True)
    y = graph.map(where(Y, X, 0.0), x, kept)
    return graph.masked(y, graph.reshape(kept, x.shape[:-1]))
