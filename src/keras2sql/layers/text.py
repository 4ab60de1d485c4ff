"""Texts into words or characters, and these into indices."""

from __future__ import annotations

from dataclasses import replace

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X
from keras2sql.layers.lookups import idf_weights, in_mode, indices, vocabulary
from keras2sql.layers.registry import Layer, Refused, converts

_STEPS = {
    "lower": ("lower",),
    "strip_punctuation": ("strip_punctuation",),
    "lower_and_strip_punctuation": ("lower", "strip_punctuation"),
}


@converts(
    "TextVectorization",
    weights=idf_weights,
    note="ngrams are not; words of a text to ids, up to output_sequence_length",
)
def text_vectorization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Texts -> the indices of their words, padded with 0, or what these are encoded in."""
    config = layer.config
    if x.kind != "str":
        raise Refused("called on numbers")
    if config.get("ngrams"):
        raise Refused("ngrams")
    special = {"mask_token": "", "oov_token": "[UNK]", "num_oov_indices": 1}
    inner = replace(layer, config={**config, **special})
    tokens, at = vocabulary(inner)
    parts = _split(graph, layer, _standardised(graph, layer, x))
    return in_mode(graph, inner, indices(graph, inner, parts, tokens, at), at)


def _standardised(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    how = layer.config.get("standardize")
    if how is None:
        return x
    if not isinstance(how, str) or how not in _STEPS:
        raise Refused("a standardisation of its own, which is program code")
    for step in _STEPS[how]:
        x = graph.map(ex.call(step, X), x)
    return x


def _split(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The parts of a text, along a last axis; those that it lacks are empty."""
    config = layer.config
    how, length = config.get("split"), config.get("output_sequence_length")
    if how is None:
        return _cut(graph, x, length) if config.get("output_mode", "int") == "int" else x
    if how not in ("whitespace", "character"):
        raise Refused("a way of its own to split texts, which is program code")
    if config.get("output_mode", "int") != "int" or not length:
        raise Refused(
            f"split by {how} without output_mode='int' and an output_sequence_length: "
            "how many parts a text has depends on the row"
        )
    if config.get("ragged"):
        raise Refused("ragged results")
    if x.shape and x.shape[-1] == 1:
        x = graph.reshape(x, x.shape[:-1])
    parts = []
    if how == "character":
        parts = [graph.map(ex.call("character", X, i + 1), x) for i in range(length)]
    else:
        rest = graph.map(ex.call("spaced", X), x)
        for i in range(length):
            parts.append(graph.map(ex.call("first_word", X), rest))
            if i < length - 1:
                rest = graph.map(ex.call("after_word", X), rest)
    return graph.join([graph.reshape(part, (*part.shape, 1)) for part in parts], -1)


def _cut(graph: Builder, x: Tensor, length: int | None) -> Tensor:
    """As many whole texts as are wanted; more than there are would be padding."""
    if not length or not x.shape or length == x.shape[-1]:
        return x
    if length > x.shape[-1]:
        raise Refused("an output_sequence_length beyond the texts of a row that are not split")
    return graph.take(x, graph.positions(x)[..., :length])
