"""What a case is: data about one layer and its inputs, from which all suites build."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """A Keras layer, the arguments that make it, and the inputs that it is called on.

    `shapes` leave out the batch.  `values` says what the inputs hold: "normal"; "wide",
    with 0, the kinks of the activations and +-1000 among them; "ties", small whole
    numbers; "ids<n>", integers from 0 below n.  `masks` has, for each input, the shape of
    a random mask or None.  `keywords` are the names under which the last inputs are passed;
    `call` holds further arguments of the call.  `states` is a tree of numbers of inputs: they
    are passed, in such a tree, as the initial state.
    """

    layer: str
    shapes: tuple[Shape, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    values: str = "normal"
    masks: tuple[Shape | None, ...] = ()
    keywords: tuple[str, ...] = ()
    call: Mapping[str, Any] = field(default_factory=dict)
    states: tuple[Any, ...] = ()
    keras: tuple[int, int] = (3, 15)

    @functools.cached_property
    def id(self) -> str:
        arguments = [f"{key}={_short(value)}" for key, value in self.config.items()]
        arguments += [f"{key}={value}" for key, value in self.call.items()]
        arguments += self.keywords
        arguments += [f"states={self.states}"] if self.states else []
        inputs = "+".join("x".join(map(str, s)) or "scalar" for s in self.shapes)
        extra = "" if self.values == "normal" else f"-{self.values}"
        masked = "-masked" + "".join("01"[m is not None] for m in self.masks) if self.masks else ""
        return f"{self.layer}({','.join(arguments)})-{inputs}{extra}{masked}".replace(" ", "")


@dataclass(frozen=True, eq=False)
class Inner:
    """A layer among the arguments of another."""

    layer: str
    config: Mapping[str, Any]


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_short, value))}]"
    if isinstance(value, Inner):
        return f"{value.layer}({','.join(f'{k}={v}' for k, v in value.config.items())})"
    return str(value)


def case(layer: str, /, *shapes: Shape, **config: Any) -> Case:
    """A case with normal inputs and no masks."""
    return Case(layer, shapes, config)


def with_values(values: str, layer: str, /, *shapes: Shape, **config: Any) -> Case:
    """A case with inputs of another kind."""
    return Case(layer, shapes, config, values)
