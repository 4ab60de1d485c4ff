"""What layers are called on, and what calls, inputs and outputs are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.graph.core import Tensor
from keras2sql.read.spec import ModelSpec, Ref, refs


def filled(tree: Any, tensors: Mapping[Ref, Tensor | None]) -> Any:
    """`tree` with tensors in place of their references."""
    if isinstance(tree, Ref):
        return tensors[tree]
    if isinstance(tree, Mapping):
        return {k: filled(v, tensors) for k, v in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(filled(v, tensors) for v in tree)
    return tree


def spread(arg: Any) -> list[Any]:
    """A list of tensors counts as so many arguments; a dict of them in the order of its keys."""
    if isinstance(arg, Mapping) and any(isinstance(v, Tensor) for v in arg.values()):
        return [arg[k] for k in sorted(arg)]
    if isinstance(arg, list | tuple) and any(isinstance(v, Tensor) for v in arg):
        return list(arg)
    return [arg]


def inner_inputs(model: ModelSpec, arg: Any) -> list[Tensor]:
    """What a nested model is called on, in the order of its inputs."""
    if isinstance(arg, Mapping):
        names = input_names(model)
        if set(names) <= set(arg):
            arg = [arg[name] for name in names]
        else:
            arg = [arg[key] for key in sorted(arg)]
    flat = [part for item in spread(arg) for part in spread(item)]
    return [part for part in flat if isinstance(part, Tensor)]


def input_names(model: ModelSpec) -> list[str]:
    """The names by which Keras takes the inputs: dict keys, else the input layers' names."""
    if isinstance(model.inputs, Mapping):
        return [str(key) for key, value in model.inputs.items() for _ in refs(value)]
    return [ref.layer for ref in refs(model.inputs)]


def output_names(model: ModelSpec) -> list[str]:
    """Dict keys, else the layers' names; made unique where one layer gives several."""
    if isinstance(model.outputs, Mapping):
        names = [str(key) for key, value in model.outputs.items() for _ in refs(value)]
    else:
        names = [ref.layer for ref in refs(model.outputs)]
    unique: dict[str, None] = {}
    counts: dict[str, int] = {}
    for name in names:
        candidate = name
        while candidate in unique:
            counts[name] = counts.get(name, 0) + 1
            candidate = f"{name}_{counts[name]}"
        unique[candidate] = None
    return list(unique)


def call_name(name: str, number: int, taken: set[str]) -> str:
    """``dense``, then ``dense_2nd``, ``dense_3rd``, ``dense_4th`` for further calls."""
    if number == 0:
        return name
    count = number + 1
    teen = count % 100 in (11, 12, 13)
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    unique = f"{name}_{count}{ending}"
    while unique in taken:
        unique += "_"
    taken.add(unique)
    return unique
