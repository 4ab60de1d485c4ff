"""Preprocessing of numbers and ids: buckets, one-hot, multi-hot and count encodings."""

from __future__ import annotations

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.layers.common import numbers
from keras2sql.layers.registry import Layer, Refused, converts


@converts("Discretization", note="with its boundaries known")
def discretization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The number of boundaries that are not above x, as a number or encoded."""
    found = layer.config.get("bin_boundaries")
    if found is None:
        raise Refused("its boundaries are unknown: call `adapt` before saving the model")
    boundaries = numbers(found)
    inside = graph.map(where(X >= Y, 1.0, 0.0), _column(graph, x), boundaries)
    bucket = graph.reduce("sum", inside, -1)
    return encoded(graph, bucket, layer.config.get("output_mode", "int"), boundaries.size + 1)


@converts("CategoryEncoding")
def category_encoding(
    graph: Builder, layer: Layer, x: Tensor, weights: Tensor | None = None
) -> Tensor:
    """Ids -> vectors of `num_tokens`; an id beyond has no place in them."""
    weights = layer.call_kwargs.get("count_weights", weights)
    mode = layer.config.get("output_mode", "multi_hot")
    return encoded(graph, x, mode, layer.config["num_tokens"], weights)


def _column(graph: Builder, x: Tensor) -> Tensor:
    return graph.reshape(x, (*x.shape, 1))


def encoded(
    graph: Builder, ids: Tensor, mode: str, depth: int, weights: Tensor | None = None
) -> Tensor:
    """As `encode_categorical_inputs` in keras/src/utils/numerical_utils.py."""
    if mode == "int":
        return ids
    graph.room(depth)
    places = np.arange(depth)
    if mode == "one_hot":
        if ids.shape and ids.shape[-1] == 1:
            ids = graph.reshape(ids, ids.shape[:-1])
        return graph.map(where(ex.call("eq", X, Y), 1.0, 0.0), _column(graph, ids), places)
    if not ids.shape:
        raise Refused(f"{mode} encoding of single ids, which mixes rows of the batch")
    if mode == "count" and weights is not None:
        weighed = where(ex.call("eq", X, Y), Z, 0.0)
        hot = graph.map(weighed, _column(graph, ids), places, _column(graph, weights))
    else:
        hot = graph.map(where(ex.call("eq", X, Y), 1.0, 0.0), _column(graph, ids), places)
    return graph.reduce("sum" if mode == "count" else "max", hot, 0)
