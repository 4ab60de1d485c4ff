"""Weights as Keras 3 lays them out, and ``.weights.h5`` files since Keras 2.12.

Groups are nested as the layers are.  A layer's group is named after its class and a
counter, newer files record its name too; its arrays stand in ``vars``, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    name = re.sub(r"\W+", "", class_name)
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
    return groups


def _read_layer(spec: LayerSpec, group: h5py.Group, weights: Weights) -> None:
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
        return [f"cells/{base}_{number}" if number else f"cells/{base}"]
    return [name]


def _share(model: ModelSpec, weights: Weights) -> None:
    """A layer that stands in two models is saved in the first of them only."""
    leaves = [leaf for _, leaf in model.leaves()]
    holders = {leaf.name: leaf for leaf in reversed(leaves) if weights.arrays.get(leaf)}
    for leaf in leaves:
        other = holders.get(leaf.name)
        if other is None or weights.arrays.get(leaf):
            continue
        if other.class_name == leaf.class_name and other.config == leaf.config:
            weights.arrays[leaf] = weights.arrays[other]


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
