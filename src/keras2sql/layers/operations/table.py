"""Which operations of `keras.ops` are supported, from the registry."""

from __future__ import annotations

from keras2sql.layers.operations.names import OPERATIONS
from keras2sql.layers.operations.operation import PREFIX, REFUSED
from keras2sql.layers.registry import REGISTRY

_CONSTANT = "computed when the model is built; its result is a constant of the model"
_OF_CONSTANTS = ("Arange", "Full", "Geomspace", "Linspace", "Logspace")


def function_of(class_name: str) -> str:
    """``keras.ops.sum`` for ``Sum``; the class itself where no function makes its nodes."""
    names = [name for name, kind in OPERATIONS.items() if kind == class_name]
    return f"keras.ops.{names[0]}" if names else class_name


def supported() -> list[tuple[str, bool, str]]:
    """``(function, supported, note)`` for every function of `keras.ops`, by name.

    The note of an unsupported one is the reason, if there is more to say than that.
    """
    return [(name, *_state(kind)) for name, kind in OPERATIONS.items()]


def _state(kind: str) -> tuple[bool, str]:
    if not kind:
        return True, _CONSTANT
    if kind in _OF_CONSTANTS:
        return True, f"of constants: {_CONSTANT}"
    if kind in REFUSED:
        return False, REFUSED[kind]
    return PREFIX + kind in REGISTRY, ""
