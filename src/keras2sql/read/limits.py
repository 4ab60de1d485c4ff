"""Sizes beyond which a model is taken for a broken file rather than computed with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keras2sql.errors import ModelFileError
from keras2sql.graph.core import Tensor

# No table row, and no statement, comes near these.
_MOST_INPUTS = 1 << 24
_MOST_ELEMENTS = 1 << 28

# The arguments that make a result larger than the input without any weights to match.
_ENLARGING = (
    "n",
    "size",
    "padding",
    "pool_size",
    "target_shape",
    "strides",
    "dilation_rate",
    "output_padding",
    "output_size",
    "num_tokens",
    "num_classes",
    "pad_width",
    "repeats",
)


def check_input(name: str, shape: Sequence[int | None]) -> None:
    """Raise `ModelFileError` for a shape that no table can feed."""
    size = math.prod(n or 1 for n in shape)
    if size > _MOST_INPUTS:
        raise ModelFileError(f"{name}: an input of {size} elements is beyond any table")


def check_growth(path: str, config: Mapping[str, Any], inputs: Sequence[Any]) -> None:
    """Raise `ModelFileError` where the config would blow the input up beyond all measure."""
    largest = max((t.size for t in inputs if isinstance(t, Tensor)), default=1)
    given = {argument: config.get(argument) for argument in _ENLARGING}
    given["height and width"] = [config.get("height"), config.get("width")]
    for argument, value in given.items():
        factor = math.prod(max(1, abs(n)) for n in _whole_numbers(value))
        if factor > _MOST_ELEMENTS or (factor > 1 << 16 and factor * largest > _MOST_ELEMENTS):
            raise ModelFileError(f"{path}: {argument}={value} is beyond all measure")


def _whole_numbers(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _whole_numbers(part)
