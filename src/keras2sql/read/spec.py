"""A model's architecture as plain values, the same for every file format and Keras version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

PartialShape = tuple[int | None, ...]


@dataclass(frozen=True)
class Ref:
    """A tensor of a model: the `tensor`-th result of the `node`-th call of a layer.

    `shape` is the recorded one without the batch axis, where the file records it.
    """

    layer: str
    node: int = 0
    tensor: int = 0
    shape: PartialShape | None = None


@dataclass(frozen=True)
class Call:
    """One call of a layer; `Ref`s stand for tensors anywhere in the arguments."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class LayerSpec:
    """One layer of the architecture.  Equal only to itself.

    `key` is its name in the registry of converters; `children` are the layers that its
    config holds (wrapped layers, cells); `model` its content if it is a nested model;
    `problem` says what of it could not be read.
    """

    class_name: str
    name: str
    config: Mapping[str, Any]
    key: str
    calls: tuple[Call, ...] = ()
    children: Mapping[str, LayerSpec] = field(default_factory=dict)
    model: ModelSpec | None = None
    problem: str = ""

    @property
    def is_input(self) -> bool:
        return self.key == "InputLayer"

    @property
    def is_operation(self) -> bool:
        """Whether this is a call of `keras.ops` or TensorFlow, which has no weights."""
        return self.key.startswith(("ops>", "tf>"))


@dataclass(frozen=True, eq=False)
class ModelSpec:
    """A Sequential or Functional model; `inputs` and `outputs` are trees of `Ref`s."""

    name: str
    layers: tuple[LayerSpec, ...]
    inputs: Any
    outputs: Any

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, LayerSpec]]:
        """``(path, layer)`` of every layer that is not itself a model, in order."""
        for layer in self.layers:
            if layer.model is None:
                yield prefix + layer.name, layer
            else:
                yield from layer.model.leaves(f"{prefix}{layer.name}/")


def refs(tree: Any) -> Iterator[Ref]:
    """The tensors in a tree of lists, tuples and dicts, in order."""
    if isinstance(tree, Ref):
        yield tree
    elif isinstance(tree, Mapping):
        for value in tree.values():
            yield from refs(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from refs(value)
