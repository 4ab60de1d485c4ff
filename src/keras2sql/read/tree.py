"""Weights as Keras 3 lays them out, and ``.weights.h5`` files since Keras 2.12.

Groups are nested as the layers are.  A layer's group is named after its class and a
counter, newer files record its name too; its arrays stand in ``vars``, in order.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import h5py
import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.read import hdf5
from keras2sql.read.spec import LayerSpec, ModelSpec
from keras2sql.read.weights import Weights

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")

# Sub-layers in the order in which Keras lists their weights; the file sorts them by name.
_SUBLAYER_ORDER = ("query", "key", "value", "output")
_MOST_DEPTH = 20


def _snake(class_name: str) -> str:
    """``max_pooling2d`` for ``MaxPooling2D``, as Keras names its groups."""
    name = "GroupedQueryAttention" if class_name == "GroupQueryAttention" else class_name
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def holds_tree(file: h5py.File) -> bool:
    """Whether the file is of this layout."""
    return any(name in file for name in (*_CONTAINERS, "vars"))


def read_tree(model: ModelSpec, file: h5py.File, weights: Weights) -> None:
    """Give every layer of `model` its arrays."""
    _read_tree(model, file, weights)
    _share(model, weights)


def _read_tree(model: ModelSpec, group: h5py.Group, weights: Weights) -> None:
    container = next((g for c in _CONTAINERS if (g := hdf5.subgroup(group, c))), None)
    if container is None:
        return
    layers = [layer for layer in model.layers if not layer.is_operation]
    for layer, found in zip(layers, _layer_groups(layers, container), strict=True):
        if found is not None:
            _read_layer(layer, found, weights)


def _layer_groups(layers: list[LayerSpec], container: h5py.Group) -> list[h5py.Group | None]:
    """The group of each layer: by the layer's name where recorded, else by class and counter."""
    recorded: dict[str, h5py.Group] = {}
    for name in container:
        found = hdf5.subgroup(container, name)
        own = hdf5.subgroup(found, "vars") if found is not None else None
        told = hdf5.text(own, "name") if own is not None else None
        if found is not None and told is not None:
            recorded.setdefault(told, found)
    counts: dict[str, int] = {}
    expected = []
    for layer in layers:
        base = _snake(layer.class_name)
        number = counts[base] = counts.get(base, -1) + 1
        expected.append(f"{base}_{number}" if number else base)
    groups = []
    for layer, name in zip(layers, expected, strict=True):
        found = recorded.get(layer.name)
        if found is None and not recorded:
            found = hdf5.subgroup(container, name) or hdf5.subgroup(container, layer.name)
        groups.append(found)
    return groups if recorded else _by_rank(layers, container, groups)


def _by_rank(
    layers: list[LayerSpec], container: h5py.Group, groups: list[h5py.Group | None]
) -> list[h5py.Group | None]:
    """Where counters have gaps (Keras 2.12 counted some layers twice): the n-th of its class."""
    out = list(groups)
    for base in {_snake(layer.class_name) for layer in layers}:
        places = [i for i, layer in enumerate(layers) if _snake(layer.class_name) == base]
        names = [n for n in container if re.fullmatch(rf"{re.escape(base)}(_\d+)?", n)]
        names.sort(key=lambda n: int(n[len(base) + 1 :] or 0))
        if len(names) == len(places) and any(groups[i] is None for i in places):
            for place, name in zip(places, names, strict=True):
                out[place] = hdf5.subgroup(container, name)
    return out


def _read_layer(spec: LayerSpec, group: h5py.Group, weights: Weights) -> None:
    weights.places[spec] = str(group.name)
    if spec.model is not None:
        _read_tree(spec.model, group, weights)
        return
    claimed: set[str] = set()
    for name, child in spec.children.items():
        place = _child_place(spec, name, child)
        found = next((g for p in place if (g := hdf5.subgroup(group, p))), None)
        if found is not None:
            _read_layer(child, found, weights)
        claimed.update(p.split("/")[0] for p in place)
    own = list(_variables(group, claimed, weights))
    # SpectralNormalization saves the kernel of the layer that it wraps as its own too.
    inner = [a for child in spec.children.values() for a in weights.arrays.get(child, ())]
    weights.arrays[spec] = [a for a in own if not any(np.array_equal(a, b) for b in inner)]


def _child_place(spec: LayerSpec, name: str, child: LayerSpec) -> list[str]:
    if name.isdecimal():
        before = [c for n, c in spec.children.items() if n.isdecimal() and int(n) < int(name)]
        number = sum(c.class_name == child.class_name for c in before)
        base = _snake(child.class_name)
        folder = "layers" if spec.class_name == "Pipeline" else "cells"
        return [f"{folder}/{base}_{number}" if number else f"{folder}/{base}"]
    return [name]


def _share(model: ModelSpec, weights: Weights) -> None:
    """A layer that stands in two models is saved in the first of them only."""
    leaves = list(model.leaves())
    held: dict[tuple[str, str], list[tuple[str, LayerSpec]]] = {}
    for path, leaf in leaves:
        if weights.arrays.get(leaf):
            held.setdefault((leaf.class_name, leaf.name), []).append((path, leaf))
    for path, leaf in leaves:
        if weights.arrays.get(leaf):
            continue
        others = [
            (_common_end(path, other_path), other)
            for other_path, other in held.get((leaf.class_name, leaf.name), ())
            if _plain(other.config) == _plain(leaf.config)
        ]
        best = max((depth for depth, _ in others), default=0)
        likely = [other for depth, other in others if depth == best]
        if len(likely) == 1:
            weights.arrays[leaf] = weights.arrays[likely[0]]


def _plain(config: Any) -> Any:
    """A config without the serial numbers of the objects that it shares with others."""
    if isinstance(config, Mapping):
        return {k: _plain(v) for k, v in config.items() if k != "shared_object_id"}
    return [_plain(v) for v in config] if isinstance(config, list) else config


def _common_end(path: str, other: str) -> int:
    """How many steps two paths share, from their ends."""
    pairs = zip(reversed(path.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _variables(
    group: h5py.Group, skip: set[str], weights: Weights, depth: int = 0
) -> Iterator[Array]:
    """The arrays of a layer and of the parts that its config does not list."""
    if depth > _MOST_DEPTH:
        raise ModelFileError(f"weights '{group.name}' are nested too deeply")
    own = hdf5.subgroup(group, "vars")
    for name in sorted(own, key=_position) if own is not None else ():
        dataset = hdf5.member(own, name)
        if isinstance(dataset, h5py.Dataset):
            yield weights.load(dataset)
    for name in sorted(group, key=_sublayer_position):
        # Random seeds are state of training.
        if name == "vars" or name in skip or "seed_generator" in name:
            continue
        part = hdf5.subgroup(group, name)
        if part is not None:
            yield from _variables(part, set(), weights, depth + 1)


def _position(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (1 << 30, name)


def _sublayer_position(name: str) -> tuple[int, str]:
    start = name.lstrip("_").split("_")[0]
    known = start in _SUBLAYER_ORDER
    return (_SUBLAYER_ORDER.index(start) if known else len(_SUBLAYER_ORDER), name)
