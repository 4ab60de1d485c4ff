"""Encodings of places by sines and cosines (Vaswani et al. 2017), in the two orders they come in.

Both have the angles ``place / 10000 ** (2 k / size)``.  Interleaved, the sine and the cosine of
an angle stand side by side; concatenated, all sines come before all cosines.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y
from keras2sql.layers.common import Float64, need_rank, variable
from keras2sql.layers.registry import Layer, Refused
from keras2sql.recipes.common import options, refuse_mask, whole

Encoding = Callable[[int, int], Float64]


def _angles(steps: int, size: int, wavelength: float = 10_000.0) -> Float64:
    """(steps, size): each angle twice, side by side."""
    rates = wavelength ** (-2.0 * (np.arange(size) // 2) / size)
    return np.arange(steps)[:, None] * rates


def interleaved(steps: int, size: int, wavelength: float = 10_000.0) -> Float64:
    angles = _angles(steps, size, wavelength)
    return np.where(np.arange(size) % 2 == 0, np.sin(angles), np.cos(angles))


def concatenated(steps: int, size: int) -> Float64:
    angles = _angles(steps, size)
    return np.concatenate([np.sin(angles[:, 0::2]), np.cos(angles[:, 1::2])], axis=1)


_LENGTHS = [
    "position",
    "max_len",
    "max_length",
    "max_seq_len",
    "max_seq_length",
    "maxlen",
    "sequence_length",
]
_SIZES = ["d_model", "embed_dim", "embedding_dim"]


def encoded(graph: Builder, layer: Layer, x: Tensor, encoding: Encoding) -> Tensor:
    """(steps, size) plus the encoding of its places.

    The config has the longest sequence and the size, by any of the usual names.
    """
    length, size = (
        next((name for name in known if name in layer.config), known[0])
        for known in (_LENGTHS, _SIZES)
    )
    options(layer, f"{length} {size}")
    refuse_mask(graph, x)
    need_rank(x, 2)
    if x.shape[1] != whole(layer, size) or x.shape[0] > whole(layer, length):
        told = f"{length}={layer.config[length]} and {size}={layer.config[size]}"
        raise Refused(f"{told} do not fit an input of shape {x.shape}")
    graph.room(*x.shape)
    return graph.map(X + Y, x, encoding(*x.shape))


def embedded(graph: Builder, layer: Layer, x: Tensor, encoding: Encoding) -> Tensor:
    """PositionalEmbedding(vocab_size, d_model): ids -> their embeddings times the root of
    d_model, plus the encoding of their places; the id 0 is masked.
    """
    options(layer, "vocab_size d_model")
    need_rank(x, 1)
    words, size = whole(layer, "vocab_size"), whole(layer, "d_model")
    if x.shape[0] > 2048:
        raise Refused(f"{x.shape[0]} steps, where the published class has 2048 places")
    graph.room(x.shape[0], size)
    y = graph.lookup(variable(layer, "embeddings", (words, size)), x)
    y = graph.map(X * math.sqrt(size) + Y, y, encoding(x.shape[0], size))
    graph.pads(x, 0.0)
    return graph.masked(y, graph.map(ex.call("ne", X, 0), x))


WHICH = (
    "its sines and cosines alternate in some published versions and stand one after the other in "
    "others, and the file does not tell which: add the recipe that fits the class, --plugin "
    "keras2sql.recipes.positions_interleaved or keras2sql.recipes.positions_concatenated"
)
