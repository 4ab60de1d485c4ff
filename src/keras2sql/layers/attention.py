"""Attention: scores between two sequences, a softmax of them, and the mean that it weighs.

Shapes: queries (T, n), keys and values (S, n); scores (T, S), with the heads in front.
"""

from __future__ import annotations

import math
import string
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import functions
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.graph.ops import Array
from keras2sql.layers.common import HIDDEN, float64, need_rank, truth, variable
from keras2sql.layers.quantization import refuse_quantized
from keras2sql.layers.registry import Layer, Refused, converts


def _attention_weights(config: Mapping[str, Any]) -> str:
    concat = config.get("score_mode") == "concat"
    return "scale?use_scale concat_score_weight" if concat else "scale?use_scale"


@converts("Attention", weights=_attention_weights)
def attention(graph: Builder, layer: Layer, *xs: Tensor) -> Any:
    """Luong's: scores by dot product, or by the sum of tanh(query + key)."""
    query, value, key = _query_value_key(xs)
    scale = layer.weight("scale", ())
    if layer.config.get("score_mode", "dot") == "dot":
        scores = graph.contract(query, key, equation="td,sd->ts")
        if scale is not None:
            scores = graph.map(X * float(scale), scores)
    else:
        pairs = _pairs(graph, query, key)
        factor = 1.0 if scale is None else float(scale)
        mixed = graph.map(ex.tanh(factor * (X + Y)), *pairs)
        weight = float(variable(layer, "concat_score_weight", ()))
        scores = graph.map(weight * X, graph.reduce("sum", mixed, -1))
    return _attend(graph, layer, xs, scores, value)


@converts("AdditiveAttention", weights="scale?use_scale")
def additive_attention(graph: Builder, layer: Layer, *xs: Tensor) -> Any:
    """Bahdanau's: scores by the weighted sum of tanh(query + key)."""
    query, value, key = _query_value_key(xs)
    # Keras multiplies by it as it is: of a shared layer that was built for steps of one number, it
    # is a single one, and goes with any.
    scale = layer.weight("scale", [-1])
    if scale is not None and scale.size > 1:
        scale = layer.weight("scale", query.shape[-1:])
    factor = np.ones(1) if scale is None else scale
    mixed = graph.map(Z * ex.tanh(X + Y), *_pairs(graph, query, key), factor)
    return _attend(graph, layer, xs, graph.reduce("sum", mixed, -1), value)


def _query_value_key(xs: tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
    query, value = xs[0], xs[1]
    key = xs[2] if len(xs) > 2 else value
    for x in (query, value, key):
        need_rank(x, 2)
    return query, value, key


def _pairs(graph: Builder, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor]:
    """(T, 1, n) and (1, S, n), whose elements broadcast to all pairs of steps."""
    (t, n), s = query.shape, key.shape[0]
    return graph.reshape(query, (t, 1, n)), graph.reshape(key, (1, s, n))


def _attend(
    graph: Builder, layer: Layer, xs: tuple[Tensor, ...], scores: Tensor, value: Tensor
) -> Any:
    """What both layers do with their scores."""
    given = layer.call_kwargs.get("mask") or [graph.mask(xs[0]), graph.mask(xs[1])]
    query_mask, value_mask = (truth(graph, mask) for mask in given[:2])
    allowed = None if value_mask is None else graph.reshape(value_mask, (1, scores.shape[1]))
    # An argument of the call since Keras 2.10, of the layer before.
    if layer.call_kwargs.get("use_causal_mask") or layer.config.get("causal"):
        causal = _causal(graph, scores.shape[0], scores.shape[1])
        allowed = _both(graph, allowed, graph.constant(causal))
    if allowed is not None:
        # Subtracting, as Keras does, leaves the order of the scores where all are hidden.
        scores = graph.map(where(Y, X, X - 1e9), scores, allowed)
    weights = functions.softmax(graph, scores)
    y = graph.contract(weights, value)
    if query_mask is not None:
        shown = graph.reshape(query_mask, (*query_mask.shape, 1))
        y = graph.masked(graph.map(where(Y, X, 0.0), y, shown), query_mask)
    return (y, weights) if layer.call_kwargs.get("return_attention_scores") else y


def _both(graph: Builder, one: Tensor | None, other: Tensor | None) -> Tensor | None:
    if one is None or other is None:
        return other if one is None else one
    return graph.map(ex.call("and", X, Y), one, other)


def _causal(graph: Builder, queries: int, keys: int) -> Array:
    """True where a query may look: at its own step and those before."""
    graph.room(queries, keys)
    return np.arange(queries)[:, None] >= np.arange(keys)


# -- several heads


def _heads_weights(config: Mapping[str, Any]) -> str:
    """The variables of the layers inside, in the order in which readers collect them."""
    parts = ["query", "key", "value", "output", *(["gate"] if config.get("use_gate") else [])]
    return " ".join(f"{part}_kernel {part}_bias?use_bias" for part in parts)


@converts(
    "MultiHeadAttention",
    weights=_heads_weights,
    note="masks over one attention axis",
    keeps_mask=True,
)
def multi_head_attention(
    graph: Builder, layer: Layer, query: Tensor, *others: Tensor | None
) -> Any:
    """Vaswani's, over one or more axes of (*axes, n).

    Since Keras 3 it takes the masks off what it has read: what runs after it and reads the same
    tensors finds none there (`call` in ``multi_head_attention.py``).  Its result has the mask of
    the query.
    """
    config = layer.config
    value, key = _value_and_key(layer, others)
    axes = _attention_axes(config.get("attention_axes"), len(query.shape) - 1)
    heads, size = config["num_heads"], config["key_dim"]
    depth = config.get("value_dim") or size
    q = _projected(graph, layer, "query", query, (heads, size), 1 / math.sqrt(size))
    k = _projected(graph, layer, "key", key, (heads, size))
    v = _projected(graph, layer, "value", value, (heads, depth))
    rows = graph.mask(query)
    allowed = _allowed(graph, layer, rows, query, value, others, len(axes))
    if layer.keras >= (3, 0):
        for read in (query, value, key):
            graph.unmasked(read)
    scores_to, combine_to = _equations(len(query.shape) + 1, axes)
    weights = _weights(graph, layer, graph.contract(q, k, equation=scores_to), allowed, len(axes))
    y = graph.contract(weights, v, equation=combine_to)
    y = _gated(graph, layer, query, y)
    out = config.get("output_shape") or query.shape[-1:]
    out = (out,) if isinstance(out, int) else tuple(out)
    y = graph.masked(_merged(graph, layer, y, out), rows)
    return (y, weights) if layer.call_kwargs.get("return_attention_scores") else y


@converts("GroupQueryAttention", weights=_heads_weights, keeps_mask=True)
def group_query_attention(
    graph: Builder, layer: Layer, query: Tensor, *others: Tensor | None
) -> Any:
    """Multi-head attention in which groups of query heads share a head of keys and values."""
    config = layer.config
    value, key = _value_and_key(layer, others)
    heads, shared, size = (
        config[name] for name in ("num_query_heads", "num_key_value_heads", "head_dim")
    )
    q = _projected(graph, layer, "query", query, (heads, size), 1 / math.sqrt(size))
    k = _projected(graph, layer, "key", key, (shared, size))
    v = _projected(graph, layer, "value", value, (shared, size))
    graph.room(*k.shape, heads)
    k, v = (graph.take(x, np.repeat(graph.positions(x), heads // shared, axis=1)) for x in (k, v))
    rows = layer.call_kwargs.get("query_mask") or graph.mask(query)
    allowed = _allowed(graph, layer, rows, query, value, others, 1)
    scores = graph.contract(q, k, equation="tuh,suh->uts")
    weights = _weights(graph, layer, scores, allowed, 1)
    y = _gated(graph, layer, query, graph.contract(weights, v, equation="uts,suh->tuh"))
    y = _merged(graph, layer, y, query.shape[-1:])
    return (y, weights) if layer.call_kwargs.get("return_attention_scores") else y


def _value_and_key(layer: Layer, others: tuple[Tensor | None, ...]) -> tuple[Tensor, Tensor]:
    value = others[0] if others else layer.call_kwargs["value"]
    key = others[1] if len(others) > 1 else layer.call_kwargs.get("key")
    assert value is not None, "called without a value"
    return value, value if key is None else key


def _attention_axes(axes: Any, free: int) -> tuple[int, ...]:
    """Which of the `free` axes before the features are attended over; all by default."""
    if axes is None:
        return tuple(range(free))
    listed = [axes] if isinstance(axes, int) else list(axes)
    # Keras counts negative ones from the end of the projected tensor, less one.
    return tuple(a - 1 if a >= 0 else free + 1 + a for a in listed)


def _equations(rank: int, axes: tuple[int, ...]) -> tuple[str, str]:
    """Of scores, from queries and keys, and of their product with the values.

    `rank` is that of a projected query, (*free, heads, size); keys have letters of their
    own along the attended axes.
    """
    queries = string.ascii_lowercase[:rank]
    spare = iter(string.ascii_lowercase[rank:])
    keys = "".join(next(spare) if i in axes else letter for i, letter in enumerate(queries))
    beside = "".join(c for i, c in enumerate(queries[:-1]) if i not in axes)
    scores = beside + "".join(queries[a] for a in axes) + "".join(keys[a] for a in axes)
    return f"{queries},{keys}->{scores}", f"{scores},{keys}->{queries}"


def _projected(
    graph: Builder,
    layer: Layer,
    part: str,
    x: Tensor,
    shape: tuple[int, int],
    scale: float | None = None,
) -> Tensor:
    """(*free, n) -> (*free, heads, size), times `scale`."""
    refuse_quantized(layer)
    kernel = variable(layer, f"{part}_kernel", (x.shape[-1], *shape))
    bias = layer.weight(f"{part}_bias", shape)
    if scale is not None:
        kernel = float64(kernel) * scale
        bias = None if bias is None else float64(bias) * scale
    return graph.contract(x, kernel, bias)


def _gated(graph: Builder, layer: Layer, query: Tensor, y: Tensor) -> Tensor:
    if not layer.config.get("use_gate"):
        return y
    heads, size = y.shape[-2:]
    gate = _projected(graph, layer, "gate", query, (heads, size))
    return graph.map(X * ex.sigmoid(Y), y, gate)


def _merged(graph: Builder, layer: Layer, y: Tensor, out: tuple[int, ...]) -> Tensor:
    """(*free, heads, size) -> (*free, *out)."""
    letters = string.ascii_lowercase
    left = letters[: len(y.shape)]
    right = left[-2:] + letters[len(left) : len(left) + len(out)]
    kernel = variable(layer, "output_kernel", (*y.shape[-2:], *out))
    bias = layer.weight("output_bias", out)
    return graph.contract(y, kernel, bias, f"{left},{right}->{left[:-2]}{right[2:]}")


def _allowed(
    graph: Builder,
    layer: Layer,
    rows: Tensor | None,
    query: Tensor,
    value: Tensor,
    others: tuple[Tensor | None, ...],
    axes: int,
) -> Tensor | None:
    """Which pairs count: (T, S), or with the heads in front; None if all do.

    `rows` is the mask of the queries.
    """
    kwargs = layer.call_kwargs
    allowed = truth(graph, kwargs.get("attention_mask"))
    steps = (query.shape[0], value.shape[0])
    key = others[1] if len(others) > 1 else kwargs.get("key")
    rows = truth(graph, rows)
    shown = truth(graph, kwargs.get("value_mask") or graph.mask(value))
    keys = truth(graph, kwargs.get("key_mask") or (graph.mask(key) if key else None))
    automatic = None if rows is None else graph.reshape(rows, (steps[0], 1))
    for mask in (shown, keys):
        if mask is not None:
            automatic = _both(graph, automatic, graph.reshape(mask, (1, steps[1])))
    if kwargs.get("use_causal_mask"):
        automatic = _both(graph, automatic, graph.constant(_causal(graph, steps[0], steps[1])))
    window = layer.config.get("sliding_window")
    if window is not None:
        graph.room(*steps)
        distance = np.abs(np.arange(steps[0])[:, None] - np.arange(steps[1]))
        automatic = _both(graph, automatic, graph.constant(distance < window))
    if automatic is not None and axes > 1:
        raise Refused("masked attention over several axes")
    return _both(graph, allowed, automatic)


def _weights(
    graph: Builder, layer: Layer, scores: Tensor, allowed: Tensor | None, axes: int
) -> Tensor:
    """The softmax of the scores over the keys; pairs that do not count weigh 0."""
    over = tuple(range(len(scores.shape) - axes, len(scores.shape)))
    if allowed is None:
        return functions.softmax(graph, scores, over)
    wide = len(scores.shape) - len(allowed.shape)
    at = len(allowed.shape) - 2 * axes
    shape = (*allowed.shape[:at], *[1] * wide, *allowed.shape[at:])
    shown = graph.reshape(allowed, shape)
    # A query without any key weighs all alike in keras.ops.dot_product_attention, which
    # Keras calls where it can; else the Softmax layer gives it zeros.  A score that is less than
    # what stands for those that do not count loses to them.
    kwargs, rank = layer.call_kwargs, len(scores.shape)
    fused = not (layer.config.get("dropout") or kwargs.get("return_attention_scores")) and rank == 3
    hidden = HIDDEN if fused else -1e9
    weights = functions.softmax(graph, graph.map(where(Y, X, hidden), scores, shown), over)
    return weights if fused else graph.map(where(Y, X, 0.0), weights, shown)
