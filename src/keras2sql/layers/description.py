"""What a layer is, in a few words, for the comment above its steps: "Dense 16, relu"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keras2sql.layers.registry import Layer

_COUNTS = ("units", "filters", "num_heads")
_SIZES = ("kernel_size", "pool_size")
_ACTIVATED = ("activation", "recurrent_activation")
_USUAL = {"LSTM": ("tanh", "sigmoid"), "GRU": ("tanh", "sigmoid"), "SimpleRNN": ("tanh", "")}
_LONGEST = 80


def described(layer: Layer) -> dict[str, str]:
    """The words for a layer and for those inside of it, by their paths."""
    found = {layer.path: _words(layer)}
    for child in layer.children.values():
        found |= described(child)
    return found


def plain(text: str) -> str:
    """A name without what shells, drivers and templates read in a comment, too."""
    return re.sub(r"[^\w .,/()+=-]+|--+", " ", text)[:_LONGEST].strip()


def _words(layer: Layer) -> str:
    kind = plain(layer.class_name.rpartition(">")[2])
    inner = [plain(child.class_name.rpartition(">")[2]) for child in layer.children.values()]
    sizes = [kind, *_counts(layer.config)]
    parts = [" ".join(sizes), *_sizes(layer.config), *_activations(kind, layer.config)]
    backwards = layer.config.get("go_backwards")
    if isinstance(backwards, bool):
        parts.append("backwards" if backwards else "forwards")
    wrapped = f" of {inner[0]}" if inner else ""
    return ", ".join(parts) + wrapped


def _counts(config: Mapping[str, Any]) -> list[str]:
    table = [config.get("input_dim"), config.get("output_dim")]
    if all(map(_is_count, table)):
        return [f"{table[0]} x {table[1]}"]
    return [str(config[name]) for name in _COUNTS if _is_count(config.get(name))][:1]


def _sizes(config: Mapping[str, Any]) -> list[str]:
    for name in _SIZES:
        size = config.get(name)
        if isinstance(size, list | tuple) and size and all(map(_is_count, size)):
            return [" x ".join(map(str, size))]
        if _is_count(size):
            return [str(size)]
    return []


def _activations(kind: str, config: Mapping[str, Any]) -> list[str]:
    """Those that a reader would not expect of such a layer."""
    usual = _USUAL.get(kind, ("linear", ""))
    found = []
    for option, expected in zip(_ACTIVATED, usual, strict=True):
        name = config.get(option)
        if isinstance(name, Mapping):
            name = name.get("class_name")
        if isinstance(name, str) and name not in (expected, "linear"):
            found.append(plain(name))
    return found


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**9
