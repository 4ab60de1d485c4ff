"""Sizes beyond which a model is taken for a broken file rather than computed with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras2sql.errors import ModelFileError
from keras2sql.graph.core import Tensor
from keras2sql.layers.argument_kinds import ENCODING, ENLARGING
from keras2sql.read.spec import ModelSpec

# No table row, and no statement, comes near these.
_MOST_INPUTS = 1 << 24
_MOST_ELEMENTS = 1 << 28
_MOST_LENGTH = 1 << 22  # of an axis that the config alone makes

# Of a configuration: what of it takes memory and time when it is read.  The longest part of an
# honest one is the vocabulary of a lookup.
_MOST_BYTES = 64 << 20
_MOST_PARTS = {b"{": 500_000, b"[": 1_000_000, b",": 4_000_000, b'"class_name"': 100_000}
_MOST_LAYERS = 5_000
_MOST_CALLS = 20_000


def check_config(content: bytes | str, label: str) -> None:
    """Raise `ModelFileError` for the text of a configuration that is beyond all measure."""
    text = content.encode("utf-8", "replace") if isinstance(content, str) else content
    if len(text) > _MOST_BYTES or any(text.count(part) > n for part, n in _MOST_PARTS.items()):
        raise ModelFileError(f"{label} is too large for the configuration of a model")


def check_layers(listed: Sequence[Any], where: str) -> None:
    """Raise `ModelFileError` for more layers in one model than anybody has."""
    if len(listed) > _MOST_LAYERS:
        raise ModelFileError(f"{where}: {len(listed):,} layers, more than {_MOST_LAYERS:,}")


def check_calls(count: int, path: str) -> None:
    """Raise `ModelFileError` where models that are called more than once multiply calls."""
    if count > _MOST_CALLS:
        raise ModelFileError(f"{path}: more than {_MOST_CALLS:,} calls of layers")


def check_nested_calls(model: ModelSpec) -> None:
    """The same before any call: models in models, where each calls the next one twice."""
    check_calls(_calls_within(model), model.name)


def _calls_within(model: ModelSpec) -> int:
    return sum(
        len(spec.calls) * (1 + (0 if spec.model is None else _calls_within(spec.model)))
        for spec in model.layers
    )


def check_input(name: str, shape: Sequence[int | None]) -> None:
    """Raise `ModelFileError` for a shape that no table can feed."""
    size = math.prod(n or 1 for n in shape)
    if size > _MOST_INPUTS:
        raise ModelFileError(f"{name}: an input of {size} elements is beyond any table")


def check_growth(path: str, config: Mapping[str, Any], inputs: Sequence[Any]) -> None:
    """Raise `ModelFileError` where the config would blow the input up beyond all measure."""
    largest = max((t.size for t in inputs if isinstance(t, Tensor)), default=1)
    encodes = config.get("output_mode", "int") != "int"
    given = {
        argument: config.get(argument)
        for argument in ENLARGING
        if encodes or argument not in ENCODING
    }
    given["height and width"] = [config.get("height"), config.get("width")]
    for argument, value in given.items():
        factor = math.prod(max(1, abs(n)) for n in _whole_numbers(value))
        longest = max((abs(n) for n in _whole_numbers(value)), default=0)
        enlarged = factor * largest if factor > 1 << 16 else factor
        if longest > _MOST_LENGTH or max(factor, enlarged) > _MOST_ELEMENTS:
            raise ModelFileError(f"{path}: {argument}={value} is beyond all measure")


def _whole_numbers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _whole_numbers(part)
