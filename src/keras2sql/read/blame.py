"""Whether a file is to blame for what went wrong at one of its layers, and why.

Configs and calls come from a file, and one that no check foresaw may make a converter stumble.
What it was given is looked at then, value by value; where nothing is wrong with that, the fault
is the converter's own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from keras2sql.errors import InternalError, Keras2SQLError, ModelFileError, one_line
from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.argument_kinds import what_belongs
from keras2sql.layers.registry import Layer
from keras2sql.layers.signatures import ARGUMENTS
from keras2sql.layers.whole import names


def explained(
    who: str,
    error: Exception,
    layer: Layer,
    convert: Callable[..., Any] | None = None,
    operands: Sequence[Any] = (),
) -> Keras2SQLError:
    """`error`, which a layer met, as one of its file or as one of keras2sql.

    `convert` and `operands` are its converter and what it was called on, where it was called.
    """
    wrong = str(error) if isinstance(error, ShapeError) else _why(error, layer, convert, operands)
    if not wrong:
        return InternalError(who, error)
    return ModelFileError(f"{who}: its configuration, weights and input do not fit: {wrong}")


def _why(
    error: Exception, layer: Layer, convert: Callable[..., Any] | None, operands: Sequence[Any]
) -> str:
    """What is wrong with what the file says of the layer; "" where nothing is seen to be."""
    if isinstance(error, KeyError) and (missing := _missing(layer, error)):
        return f"its configuration has no {missing}"
    if layer.class_name.partition(">")[0] in ("ops", "tf"):
        given = [*operands, *layer.call_kwargs.values(), *layer.config.values()]
        plain = all(isinstance(part, Tensor | None) for part in given)
        lacks = isinstance(error, TypeError) and "required positional argument" in str(error)
        return "" if plain and not lacks else f"{type(error).__name__}: {error}"
    called = _operands(convert, operands) if convert is not None else ()
    found = (*called, *_ranks(layer, operands), *_calls(layer), *_values(layer))
    return found[0] if found else ""


def raised_by(error: BaseException, package: str) -> bool:
    """Whether an error came out of a library, not of what called it."""
    trace: TracebackType | None = error.__traceback__
    last = ""
    while trace is not None:
        last, trace = trace.tb_frame.f_code.co_filename, trace.tb_next
    return package in last.replace("\\", "/").split("/")


_INSIDE = ("backward_layer", "cell", "forward_layer", "layer")


def _missing(layer: Layer, error: KeyError) -> str:
    """What the layer, or one inside it, has no argument of, which its converter asked for."""
    key = error.args[0] if error.args else None
    if not isinstance(key, str):
        return ""
    if key in _INSIDE and key not in layer.children:
        return "layer inside it"
    layers = [layer, *layer.children.values()]
    known = {name for one in layers for name in ARGUMENTS.get(one.class_name, "").split()}
    return key if key in known and any(key not in one.config for one in layers) else ""


def _operands(convert: Callable[..., Any], operands: Sequence[Any]) -> Iterator[str]:
    """What is wrong with that on which the layer is called."""
    try:
        inspect.signature(convert).bind(None, None, *operands)
    except TypeError:
        yield f"it is called on {len(operands)} tensors"
    if not operands:
        yield "it is called on nothing"
    for part in operands:
        if not isinstance(part, Tensor):
            yield f"it is called on {_shown(part)}, which is no tensor"
        elif not part.shape:
            yield "it is called on a single number"


_OF_SEQUENCES = names("Bidirectional GRU LSTM RNN SimpleRNN TimeDistributed")


def _ranks(layer: Layer, operands: Sequence[Any]) -> Iterator[str]:
    """Sequences that are none."""
    first = operands[0] if operands else None
    if layer.class_name in _OF_SEQUENCES and isinstance(first, Tensor) and len(first.shape) < 2:
        yield f"it takes sequences, not inputs of shape {first.shape}"


def _calls(layer: Layer) -> Iterator[str]:
    """What is wrong with the other arguments of its call."""
    for key, value in layer.call_kwargs.items():
        parts = value if isinstance(value, list | tuple) else [value]
        if not all(isinstance(part, Tensor | bool | None) for part in parts):
            yield f"it is called with {key}={_shown(value)}"


def _values(layer: Layer) -> Iterator[str]:
    """What is wrong with the values of its config, and of those of the layers inside it."""
    for key, value in layer.config.items():
        if wanted := what_belongs(layer.class_name, key, value):
            yield f"{key}={_shown(value)}, where {wanted} belongs"
    for child in layer.children.values():
        yield from (f"inside it {child.name}: {said}" for said in _values(child))


def _shown(value: Any) -> str:
    return one_line(repr(value), 60)
