"""What a converter is, and where all of them are found.

A converter is a function of the graph builder, the layer and the tensors it is called
on.  It is registered under the layer's Keras class name, with the names of the layer's
variables in the order in which Keras creates them::

    @converts("Dense", weights="kernel bias?use_bias")
    def dense(graph, layer, x):
        y = graph.contract(x, layer.weight("kernel"), layer.weight("bias"))
        return activation(graph, layer, y)

A `?` names the config flag without which the variable does not exist.  Where that is not
enough, `weights` is a function of the config that returns the names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras2sql.errors import InputError, ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.layers.foreign import Refused, checked, is_foreign, name_of, variables_of

__all__ = ["REGISTRY", "Converter", "Entry", "Layer", "Refused", "Weights", "converts"]

Converter = Callable[..., Any]
Weights = str | Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a model file, as its converter sees it.

    `config` is the layer's Keras config; `keras` the (major, minor) version that wrote the
    file; `variables` its arrays, in the order Keras creates them or by name where the file
    has names; `children` the layers inside it (cells, wrapped layers, projections).
    """

    class_name: str
    name: str
    path: str
    config: Mapping[str, Any]
    variables: Mapping[str, Array] | Sequence[Array] = ()
    children: Mapping[str, Layer] = field(default_factory=dict)
    keras: tuple[int, int] = (3, 0)
    call_kwargs: Mapping[str, Any] = field(default_factory=dict)

    def weight(self, name: str, shape: Sequence[int] | None = None) -> Array | None:
        """The variable `name`; None where the config leaves it out.

        With `shape`, raises `ModelFileError` unless the variable has it (-1 for any size).
        """
        names = self.weight_names()
        if name not in names:
            return None
        if isinstance(self.variables, Mapping):
            found = self.variables.get(name)
        else:
            position = names.index(name)
            found = self.variables[position] if position < len(self.variables) else None
        if found is None:
            raise ModelFileError(f"{self.path} ({self.class_name}): no weights for '{name}'")
        array = np.asarray(found)
        if shape is not None:
            fits = len(shape) == array.ndim and all(
                want in (-1, have) for want, have in zip(shape, array.shape, strict=True)
            )
            if not fits:
                raise ModelFileError(
                    f"{self.path} ({self.class_name}): '{name}' has the shape {array.shape}, "
                    f"not {tuple(shape)}"
                )
        return array

    def weight_names(self) -> list[str]:
        """The variables that this layer has, given its config, in Keras's order."""
        entry = REGISTRY.get(self.class_name)
        if entry is None:
            return []
        declared = variables_of(entry.weights, self)
        names = []
        for item in declared.split():
            name, _, flag = item.partition("?")
            if not flag or self.config.get(flag, True):
                names.append(name)
        return names


@dataclass(frozen=True)
class Entry:
    """A row of the registry.

    `keeps_mask`: whether the mask of the first input is that of what comes out, where the converter
    says nothing of it; any other layer ends a mask.
    """

    convert: Converter
    weights: Weights
    note: str = ""
    keeps_mask: bool = False

    def is_again(self, convert: Converter) -> bool:
        """Whether `convert` is the same function, its module or notebook cell run once more."""
        return is_foreign(convert) and name_of(self.convert) == name_of(convert)


REGISTRY: dict[str, Entry] = {}


def converts(
    *class_names: str,
    weights: Weights = "",
    replace: bool = False,
    keeps_mask: bool = False,
    note: str = "",
) -> Callable[[Converter], Converter]:
    """Register a converter for these Keras classes (``package>Name`` for custom ones).

    `weights` names the variables of such a layer, `note` says what is left out, or done otherwise
    than the name says.  With `keeps_mask`, as with `supports_masking` in Keras, the mask of the
    first input is that of the output.  Raises `InputError` for a class that already has a
    converter, unless `replace` is true.
    """
    if not class_names or not all(isinstance(name, str) and name for name in class_names):
        raise InputError(
            "converts() takes the names of the classes: @converts('my_package>MyLayer')"
        )

    def register(convert: Converter) -> Converter:
        for class_name in class_names:
            known = REGISTRY.get(class_name)
            if known is not None and not replace and not known.is_again(convert):
                raise InputError(
                    f"'{class_name}' has a converter already, {name_of(known.convert)}; "
                    "pass replace=True to put another in its place"
                )
        function = checked(convert) if is_foreign(convert) else convert
        entry = Entry(function, weights, note, keeps_mask)
        REGISTRY.update(dict.fromkeys(class_names, entry))
        return convert

    return register
