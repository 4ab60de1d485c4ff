"""Vocabularies: texts or whole numbers become indices, and indices these again.

The rules are those of keras/src/layers/preprocessing/index_lookup.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.layers.common import variable
from keras2sql.layers.hashing import bins, finite
from keras2sql.layers.preprocessing import encoded
from keras2sql.layers.registry import Layer, Refused, converts

_LARGEST = 2**53  # a whole number beyond is not told from its neighbours once it is a float
_DROPPED, _ABSENT = -1.0, -2.0  # indices that no encoding has a place for


class Indices(NamedTuple):
    """Where things stand in the output: the mask token, then the unknown, then the tokens."""

    first_unknown: int
    first_token: int
    size: int


def idf_weights(config: Mapping[str, Any]) -> str:
    return "idf_weights" if config.get("output_mode") == "tf_idf" else ""


@converts(
    "StringLookup",
    weights=idf_weights,
    note="with its vocabulary in the file; one index for what is not in it",
)
@converts(
    "IntegerLookup",
    weights=idf_weights,
    note="with its vocabulary in the file; ids below 2^53",
)
def lookup(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Tokens -> indices, or vectors that these are encoded in; with `invert`, back."""
    config, whole = layer.config, layer.class_name == "IntegerLookup"
    tokens, at = vocabulary(layer, whole)
    if config.get("invert"):
        return _inverted(graph, layer, x, tokens, at)
    if (x.kind == "str") == whole:
        raise Refused(f"called on {'texts' if whole else 'numbers'}")
    return in_mode(graph, layer, indices(graph, layer, x, tokens, at), at)


def vocabulary(layer: Layer, whole: bool = False) -> tuple[list[Any], Indices]:
    """The tokens without the special ones, and their place among the indices."""
    config = layer.config
    listed = config.get("vocabulary")
    if isinstance(listed, str):
        raise Refused("its vocabulary is in a file of its own: pass the tokens, and save again")
    if not listed:
        raise Refused(
            "its vocabulary is not in the file: call `adapt`, or pass one, and save as .keras"
        )
    if isinstance(listed, Mapping):  # an array, as Keras writes it
        listed = listed.get("config", {}).get("value", ())
    tokens: list[Any] = [int(token) if whole else _plain(token) for token in listed]
    told = config.get("vocabulary_size")
    mask, unknown = config.get("mask_token"), config.get("num_oov_indices", 1)
    start = int(mask is not None and config.get("output_mode", "int") == "int")
    special = start + unknown
    listed_too = [mask] * start + [config.get("oov_token")] * min(unknown, len(tokens))
    if special <= len(tokens) and tokens[:special] == listed_too:
        tokens = tokens[special:]
    if len(set(tokens)) < len(tokens) or told not in (None, special + len(tokens)):
        raise Refused(
            f"{len(tokens)} tokens where it has {told}: tokens with line breaks, or one twice, "
            "do not survive being saved"
        )
    if whole and any(abs(token) >= _LARGEST for token in tokens):
        raise Refused("whole numbers beyond 2^53")
    return tokens, Indices(start, special, special + len(tokens))


def _plain(token: Any) -> str:
    return token.decode() if isinstance(token, bytes) else str(token)


def indices(graph: Builder, layer: Layer, x: Tensor, tokens: Sequence[Any], at: Indices) -> Tensor:
    """The index of each element; that of the mask token is 0, or has no place in an encoding."""
    config = layer.config
    if x.kind != "str":
        x = graph.map(ex.call("trunc", X), x)
    known = dict(zip(tokens, range(at.first_token, at.size), strict=True))
    mask, unknown = config.get("mask_token"), config.get("num_oov_indices", 1)
    if mask is not None:
        known = {mask: 0.0 if config.get("output_mode", "int") == "int" else _DROPPED, **known}
    hashed = x.kind == "str" or config.get("oov_method") == "farmhash"
    if unknown > 1 and hashed:
        if (values := finite(x)) is None:
            raise Refused(
                f"{unknown} indices for unknown tokens: which one is a hash of the token, and "
                "no database computes that hash; use one"
            )
        found = bins(values, unknown, config.get("salt"))
        known = {**{v: at.first_unknown + found[v] for v in found if v not in known}, **known}
    keys, places = list(known), np.array(list(known.values()), dtype=np.float64)
    rest = None if unknown == 0 else float(at.first_unknown)
    if unknown > 1 and not hashed:
        found_at = graph.find(_keys(keys), places, x, _ABSENT)
        other = ex.call("mod", Y, float(unknown)) + float(at.first_unknown)
        return graph.map(where(ex.call("eq", X, _ABSENT), other, X), found_at, x)
    return graph.find(_keys(keys), places, x, rest)


def _keys(keys: Sequence[Any]) -> Any:
    texts = any(isinstance(key, str) for key in keys)
    return np.array(keys, dtype=object if texts else np.float64)


def in_mode(graph: Builder, layer: Layer, found: Tensor, at: Indices) -> Tensor:
    """The indices as they are, or encoded."""
    config = layer.config
    mode = config.get("output_mode", "int")
    if mode == "int":
        return found
    if config.get("sparse"):
        raise Refused("sparse results")
    depth = config["max_tokens"] if config.get("pad_to_max_tokens") else at.size
    if mode != "tf_idf":
        return encoded(graph, found, mode, depth)
    weight = variable(layer, "idf_weights", (depth,))
    return graph.map(X * Y, encoded(graph, found, "count", depth), weight)


def _inverted(
    graph: Builder, layer: Layer, x: Tensor, tokens: Sequence[Any], at: Indices
) -> Tensor:
    config, whole = layer.config, layer.class_name == "IntegerLookup"
    mask, unknown = config.get("mask_token"), config.get("oov_token")
    known = dict(zip(range(at.first_token, at.size), tokens, strict=True))
    if mask is not None:
        known[0] = mask
    keys = np.array(list(known), dtype=np.float64)
    values = np.array(list(known.values()), dtype=np.float64 if whole else object)
    rest = float(unknown or 0) if whole else str(unknown)
    return graph.find(keys, values, graph.map(ex.call("trunc", X), x), rest)
