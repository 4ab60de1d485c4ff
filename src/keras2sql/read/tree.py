"""Weights as Keras 3 lays them out, and ``.weights.h5`` files since Keras 2.12.

Groups are nested as the layers are.  A layer's group is named after its class and a
counter, newer files record its name too; its arrays stand in ``vars``, in order.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.read.folders import Folder
from keras2sql.read.order import listed_layers
from keras2sql.read.spec import LayerSpec, ModelSpec
from keras2sql.read.weights import Weights

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")

# Sub-layers in the order in which Keras lists their weights; the file sorts them by name.
_SUBLAYER_ORDER = ("query", "key", "value", "output")
_MOST_DEPTH = 20

# Classes whose files go by another name than architectures do.
_CLASSES = {"GroupQueryAttention": "GroupedQueryAttention", "Model": "Functional"}


def _snake(class_name: str) -> str:
    """``max_pooling2d`` for ``MaxPooling2D``, as Keras names its groups."""
    name = _CLASSES.get(class_name, class_name)
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def holds_tree(root: Folder) -> bool:
    """Whether the files are of this layout."""
    return any(root.folder(name) is not None for name in (*_CONTAINERS, "vars"))


def read_tree(model: ModelSpec, root: Folder, weights: Weights, own: bool) -> None:
    """Give every layer of `model` its arrays.

    `own` says that architecture and weights were saved together.  Then the names of the
    layers count, where they are recorded; else their order does, as it does for Keras.
    """
    _read_tree(model, root, weights, own)
    _share(model, weights)


def _read_tree(model: ModelSpec, folder: Folder, weights: Weights, own: bool) -> None:
    container = next((f for c in _CONTAINERS if (f := folder.folder(c))), None)
    if container is None:
        return
    layers = [layer for layer in listed_layers(model) if not layer.is_operation]
    folders = _by_name(layers, container) if own else None
    if folders is None:
        folders = _by_order(layers, container, own)
    for layer, found in zip(layers, folders, strict=True):
        if found is not None:
            _read_layer(layer, found, weights, own)


def _by_name(layers: list[LayerSpec], container: Folder) -> list[Folder | None] | None:
    """The folder of each layer by its name; None where the file does not record names."""
    recorded: dict[str, Folder] = {}
    for name in container.names():
        found = container.folder(name)
        own = found.folder("vars") if found is not None else None
        told = own.text("name") if own is not None else None
        if found is not None and told is not None:
            recorded.setdefault(told, found)
    return [recorded.get(layer.name) for layer in layers] if recorded else None


def _by_order(layers: list[LayerSpec], container: Folder, own: bool) -> list[Folder | None]:
    """The folder of each layer, named after its class and a counter, or in old files itself."""
    counts: dict[str, int] = {}
    folders = []
    for layer in layers:
        base = _snake(layer.class_name)
        number = counts[base] = counts.get(base, -1) + 1
        found = container.folder(f"{base}_{number}" if number else base)
        folders.append(container.folder(layer.name) if found is None and own else found)
    return _by_rank(layers, container, folders)


def _by_rank(
    layers: list[LayerSpec], container: Folder, folders: list[Folder | None]
) -> list[Folder | None]:
    """Where counters have gaps (Keras 2.12 counted some layers twice): the n-th of its class."""
    out = list(folders)
    of_class: dict[str, list[str]] = {}
    for name in container.names():
        of_class.setdefault(re.sub(r"_\d+$", "", name), []).append(name)
    standing: dict[str, list[int]] = {}
    for place, layer in enumerate(layers):
        standing.setdefault(_snake(layer.class_name), []).append(place)
    for base, places in standing.items():
        names = sorted(of_class.get(base, ()), key=lambda n: int(n[len(base) + 1 :] or 0))
        if len(names) == len(places) and any(out[i] is None for i in places):
            for place, name in zip(places, names, strict=True):
                out[place] = container.folder(name)
    return out


def _read_layer(spec: LayerSpec, folder: Folder, weights: Weights, own: bool) -> None:
    weights.places[spec] = folder.path
    if spec.model is not None:
        _read_tree(spec.model, folder, weights, own)
        return
    claimed: set[str] = set()
    for name, child in spec.children.items():
        place = _child_place(spec, name, child)
        found = folder.folder(place)
        if found is not None:
            _read_layer(child, found, weights, own)
        claimed.add(place.split("/")[0])
    arrays = list(_variables(folder, claimed, weights))
    # SpectralNormalization saves the kernel of the layer that it wraps as its own too.
    inner = [a for child in spec.children.values() for a in weights.arrays.get(child, ())]
    weights.arrays[spec] = [a for a in arrays if not any(np.array_equal(a, b) for b in inner)]


def _child_place(spec: LayerSpec, name: str, child: LayerSpec) -> str:
    if name.isdecimal():
        before = [c for n, c in spec.children.items() if n.isdecimal() and int(n) < int(name)]
        number = sum(c.class_name == child.class_name for c in before)
        base = _snake(child.class_name)
        folder = "layers" if spec.class_name == "Pipeline" else "cells"
        return f"{folder}/{base}_{number}" if number else f"{folder}/{base}"
    return name


def _share(model: ModelSpec, weights: Weights) -> None:
    """A layer that stands in two models is saved in the first of them only."""
    leaves = list(model.leaves())
    named = Counter((leaf.class_name, leaf.name) for _, leaf in leaves)
    leaves = [pair for pair in leaves if named[pair[1].class_name, pair[1].name] > 1]
    held: dict[tuple[str, str, str], list[tuple[str, LayerSpec]]] = {}
    for path, leaf in leaves:
        if weights.arrays.get(leaf):
            held.setdefault(_alike(leaf), []).append((path, leaf))
    for path, leaf in leaves:
        if weights.arrays.get(leaf):
            continue
        others = [
            (_common_end(path, other_path), other)
            for other_path, other in held.get(_alike(leaf), ())
        ]
        weights.visit(len(others) // 4)
        best = max((depth for depth, _ in others), default=0)
        likely = [other for depth, other in others if depth == best]
        if len(likely) == 1:
            weights.arrays[leaf] = weights.arrays[likely[0]]


def _alike(leaf: LayerSpec) -> tuple[str, str, str]:
    """The same for layers that may be one."""
    return leaf.class_name, leaf.name, json.dumps(_plain(leaf.config), sort_keys=True, default=repr)


def _plain(config: Any) -> Any:
    """A config without the serial numbers of the objects that it shares with others."""
    if isinstance(config, Mapping):
        return {k: _plain(v) for k, v in config.items() if k != "shared_object_id"}
    return [_plain(v) for v in config] if isinstance(config, list) else config


def _common_end(path: str, other: str) -> int:
    """How many steps two paths share, from their ends."""
    pairs = zip(reversed(path.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _variables(folder: Folder, skip: set[str], weights: Weights, depth: int = 0) -> Iterator[Array]:
    """The arrays of a layer and of the parts that its config does not list."""
    if depth > _MOST_DEPTH:
        raise ModelFileError(f"weights '{folder.path}' are nested too deeply")
    weights.visit()
    own = folder.folder("vars")
    for name in sorted(own.names(), key=_position) if own is not None else ():
        dataset = own.dataset(name) if own is not None else None
        if dataset is not None:
            yield weights.load(dataset)
    for name in sorted(folder.names(), key=_sublayer_position):
        # Random seeds are state of training.
        if name == "vars" or name in skip or "seed_generator" in name:
            continue
        weights.visit()
        part = folder.folder(name)
        if part is not None:
            yield from _variables(part, set(), weights, depth + 1)


def _position(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (1 << 30, name)


def _sublayer_position(name: str) -> tuple[int, str]:
    start = name.lstrip("_").split("_")[0]
    known = start in _SUBLAYER_ORDER
    return (_SUBLAYER_ORDER.index(start) if known else len(_SUBLAYER_ORDER), name)
