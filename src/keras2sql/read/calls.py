"""How layers are called on each other's results, as Keras 2 and Keras 3 write it down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.read.spec import Call, PartialShape, Ref


def without_batch(shape: Any) -> PartialShape | None:
    """A recorded shape less its batch axis; None for anything that is no shape."""
    if not isinstance(shape, list | tuple) or not shape:
        return None
    sizes = tuple(shape[1:])
    fits = all(n is None or (isinstance(n, int) and n >= 0) for n in sizes)
    return sizes if fits else None


def parse_calls(nodes: Any, where: str, layers: Collection[str]) -> tuple[Call, ...]:
    """The calls of a layer from its ``inbound_nodes``; `layers` are the names in the model."""
    if not isinstance(nodes, list):
        raise ModelFileError(f"{where}: inbound_nodes is not a list")
    calls = []
    for node in nodes:
        if isinstance(node, Mapping) and "args" in node:
            kwargs = node.get("kwargs") or {}
            if not isinstance(node["args"], list) or not isinstance(kwargs, Mapping):
                raise ModelFileError(f"{where}: a call without proper arguments")
            args = tuple(_revive(a) for a in node["args"])
            calls.append(Call(args, {k: _revive(v) for k, v in kwargs.items()}))
        elif node:
            calls.append(_keras2_call(node, where, layers))
    return tuple(calls)


def _revive(value: Any) -> Any:
    """An argument as Keras 3 serialises it; tensors of the model become `Ref`s."""
    if isinstance(value, list):
        return [_revive(v) for v in value]
    if not isinstance(value, Mapping):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__ellipsis__":
        return ...
    if not isinstance(config, Mapping):
        return {k: _revive(v) for k, v in value.items()}
    if kind == "__keras_tensor__":
        return _ref(config.get("keras_history"), without_batch(config.get("shape")))
    if kind in ("__tensor__", "__numpy__"):
        return np.asarray(config.get("value"))
    if kind == "__slice__":
        return slice(*(_revive(config.get(k)) for k in ("start", "stop", "step")))
    return {k: _revive(v) for k, v in value.items()}


def _ref(history: Any, shape: PartialShape | None = None) -> Ref:
    if not _is_history(history):
        raise ModelFileError(f"a call on something that is no tensor of the model: {history!r}")
    return Ref(history[0], history[1], history[2], shape)


def _is_history(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) >= 3
        and isinstance(value[0], str)
        and all(isinstance(n, int) and not isinstance(n, bool) for n in value[1:3])
    )


def _keras2_call(node: Any, where: str, layers: Collection[str]) -> Call:
    """``[["layer", node, tensor, kwargs], ...]``, a single such entry, or a dict of them."""
    keys: list[str] | None = None
    if isinstance(node, Mapping):
        keys, node = list(node), list(node.values())
    elif isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    if not isinstance(node, list):
        raise ModelFileError(f"{where}: a call without proper arguments")
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for entry in node:
        if not isinstance(entry, list) or len(entry) < 3:
            raise ModelFileError(f"{where}: a call without proper arguments")
        # Constants among the arguments carry this in place of a layer's name.
        constant = entry[0] == "_CONSTANT_VALUE"
        args.append(entry[2] if constant else _ref(entry))
        if len(entry) > 3 and isinstance(entry[3], Mapping):
            for name, value in entry[3].items():
                kwargs.setdefault(str(name), _keras2_tensors(value, layers))
    if keys is not None:
        return Call((dict(zip(keys, args, strict=True)),), kwargs)
    return Call((args[0] if len(args) == 1 else args,), kwargs)


def _keras2_tensors(value: Any, layers: Collection[str]) -> Any:
    """Keyword arguments: a tensor is written like any list, and known by its layer's name."""
    if _is_history(value) and value[0] in layers:
        return _ref(value)
    if isinstance(value, list):
        return [_keras2_tensors(v, layers) for v in value]
    return _revive(value)


def parse_refs(tree: Any, where: str) -> Any:
    """``input_layers`` or ``output_layers``: a tree of ``[layer, node, tensor]``."""
    if _is_history(tree):
        return _ref(tree)
    if isinstance(tree, Mapping):
        return {str(k): parse_refs(v, where) for k, v in tree.items()}
    if isinstance(tree, list):
        return [parse_refs(v, where) for v in tree]
    raise ModelFileError(f"{where}: inputs or outputs are not listed properly")
