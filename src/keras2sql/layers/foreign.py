"""Converters that users register: what they do wrong, in words for their authors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from keras2sql.errors import ConverterError, InternalError, Keras2SQLError
from keras2sql.graph.core import Tensor


class Refused(Exception):
    """A layer, or an option of it, that has no meaning in SQL; the message is the reason.

    The reader gathers these from all layers into one `UnsupportedLayerError`.
    """


def is_foreign(function: Callable[..., Any]) -> bool:
    """Whether a function is from outside of keras2sql."""
    return str(function.__module__).partition(".")[0] != "keras2sql"


def checked(convert: Callable[..., Any]) -> Callable[..., Any]:
    """A converter of which every failure is a `ConverterError` that names the layer."""

    @functools.wraps(convert)
    def run(graph: Any, layer: Any, *args: Any) -> Any:
        who = f"{layer.path} ({layer.class_name}): its converter {name_of(convert)}"
        try:
            result = convert(graph, layer, *args)
        except (Refused, Keras2SQLError):
            raise
        except Exception as error:
            raise ConverterError(f"{who} failed: {type(error).__name__}: {error}") from error
        parts = result if isinstance(result, list | tuple) else [result]
        if parts and all(isinstance(part, Tensor) for part in parts):
            return result
        raise ConverterError(
            f"{who} returned {_kinds(result)}, not a tensor of the graph or a list of tensors; "
            "end it with `return graph.map(...)` or the like"
        )

    return run


def variables_of(weights: Any, layer: Any) -> str:
    """The text that declares a layer's variables, from what was registered."""
    if isinstance(weights, str):
        return weights
    try:
        declared = weights(layer.config)
        if not isinstance(declared, str):
            raise TypeError(f"it gave {declared!r}, not a text of names")
    except Exception as error:
        who = f"{layer.path} ({layer.class_name})"
        if callable(weights) and not is_foreign(weights):
            raise InternalError(who, error) from error
        said = f"{type(error).__name__}: {error}"
        raise ConverterError(
            f"{who}: weights={weights!r} of its converter failed: {said}"
        ) from error
    return declared


def name_of(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _kinds(result: Any) -> str:
    if isinstance(result, list | tuple):
        kinds = dict.fromkeys(type(part).__name__ for part in result)
        return f"a {type(result).__name__} of {', '.join(kinds) or 'nothing'}"
    return type(result).__name__
