"""Converters that users register: what they did wrong, in words for their authors."""

from __future__ import annotations

from typing import Any

from keras2sql.errors import ConverterError
from keras2sql.graph.core import Tensor
from keras2sql.layers.registry import REGISTRY


def _who(path: str, key: str) -> str:
    convert = REGISTRY[key].convert
    return f"{path} ({key}): its converter {convert.__module__}.{convert.__qualname__}"


def check_result(path: str, key: str, result: Any) -> None:
    """Raise `ConverterError` unless a converter gave a tensor or several."""
    parts = result if isinstance(result, list | tuple) else [result]
    if parts and all(isinstance(part, Tensor) for part in parts):
        return
    raise ConverterError(
        f"{_who(path, key)} returned {type(result).__name__} and not a tensor of the graph, or a "
        "list of them; end it with `return graph.map(...)` or the like"
    )


def failed(path: str, key: str, error: Exception) -> ConverterError:
    """What to raise where a converter did."""
    return ConverterError(f"{_who(path, key)} failed: {type(error).__name__}: {error}")
