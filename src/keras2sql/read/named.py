"""Weights as whole-model ``.h5`` files hold them, and weights files before Keras 3.

There is a group per layer of the outermost model, with a flat list of names for all that
is inside that layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import h5py

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.read import hdf5
from keras2sql.read.lora import merged
from keras2sql.read.order import listed_layers
from keras2sql.read.slots import Slot, slots_of
from keras2sql.read.spec import LayerSpec, ModelSpec
from keras2sql.read.weights import Named, Weights, variable_name


def holds_names(group: h5py.Group) -> bool:
    """Whether the group is of this layout."""
    return "layer_names" in group.attrs or "layer_names0" in group.attrs


def read_named(
    model: ModelSpec, group: h5py.Group, weights: Weights, label: str, own: bool
) -> None:
    """Give every layer of `model` its arrays.

    `own` says that architecture and weights were saved together.  Then the names of the
    layers count; else their order does, as it does for Keras.
    """
    held: dict[str, Named] = {}
    for name in hdf5.texts(group, "layer_names"):
        found = hdf5.subgroup(group, name)
        if found is None:
            raise ModelFileError(f"{label} lists the layer '{name}' but lacks its weights")
        named = []
        for weight in hdf5.texts(found, "weight_names"):
            dataset = hdf5.member(found, weight)
            if not isinstance(dataset, h5py.Dataset):
                raise ModelFileError(f"{label} lists the weights '{weight}' but lacks them")
            if "seed_generator" not in weight:
                named.append((weight, weights.load(dataset)))
        if named:
            held[name] = named
    layers = listed_layers(model)
    by_name = {layer.name: layer for layer in layers}
    # What no converter knows may have any number of weights: then names are the better guess.
    guessed = any(_expected(layer) is None for layer in layers)
    if (own or guessed) and set(held) <= set(by_name):
        for name, named in held.items():
            _distribute(by_name[name], named, weights)
        return
    wanting = [layer for layer in layers if _expected(layer) != 0]
    if len(wanting) != len(held):
        raise ModelFileError(
            f"{label} has weights for {len(held)} layers ({', '.join(list(held)[:5])}), the "
            f"architecture has {len(wanting)} ({', '.join(one.name for one in wanting[:5])})"
        )
    for layer, named in zip(wanting, held.values(), strict=True):
        if own or not _holds_model(layer) or (slots := slots_of(layer)) is None:
            _distribute(layer, named, weights)
        else:
            _fill(layer, slots, named, weights)


def _expected(spec: LayerSpec) -> int | None:
    """How many arrays the layer has; None if unknown."""
    slots = slots_of(spec)
    return None if slots is None else len(slots)


def _holds_model(spec: LayerSpec) -> bool:
    return spec.model is not None or any(_holds_model(c) for c in spec.children.values())


def _fill(spec: LayerSpec, slots: Sequence[Slot], named: Named, weights: Weights) -> None:
    """By position, as Keras does: what is trained comes first, unless all of it is frozen."""
    if len(slots) != len(named):
        raise ModelFileError(
            f"{spec.name}: {len(named)} weights in the file, {len(slots)} in the architecture"
        )
    # A Sequential is not told that it is frozen; its layers are.
    frozen = spec.config.get("trainable") is False and spec.class_name != "Sequential"
    in_file = slots if frozen else sorted(slots, key=lambda slot: not slot.trained)
    shares: dict[LayerSpec, dict[int, tuple[str, Array]]] = {}
    for slot, (_, array) in zip(in_file, named, strict=True):
        shares.setdefault(slot.layer, {})[slot.position] = slot.name, array
    for layer, share in shares.items():
        arrays = merged(layer, [share[position] for position in sorted(share)])
        weights.arrays[layer] = [array for _, array in arrays]


def _distribute(spec: LayerSpec, named: Named, weights: Weights) -> None:
    """Hand the arrays of a top-level layer to the layers inside it."""
    if spec.model is not None:
        _distribute_model(spec.model, named, weights)
    elif "layer" in spec.children or "cell" in spec.children:
        _distribute_wrapper(spec, named, weights)
    elif "forward_layer" in spec.children:
        forward, backward = spec.children["forward_layer"], spec.children["backward_layer"]
        first = _expected(forward)
        # Keras 1 has more of them, in both directions alike.
        half = first if first and _expected(spec) == len(named) else len(named) // 2
        _distribute(forward, named[:half], weights)
        _distribute(backward, named[half:], weights)
    elif spec.children:
        rest = named
        for child in spec.children.values():
            count = _expected(child)
            if count is None:
                break
            _distribute(child, rest[:count], weights)
            rest = rest[count:]
        weights.put(spec, rest)
    else:
        # Attention: its gate is written between the others, and comes last in every other form.
        named = sorted(named, key=lambda pair: pair[0].split("/")[-2:-1] == ["gate"])
        weights.put(spec, merged(spec, named))


def _distribute_wrapper(spec: LayerSpec, named: Named, weights: Weights) -> None:
    inner = spec.children.get("layer") or spec.children["cell"]
    vectors = [pair for pair in named if variable_name(pair[0]) == "vector_u"]
    _distribute(inner, [p for p in named if not any(p is v for v in vectors)], weights)
    weights.put(spec, vectors)


def _distribute_model(model: ModelSpec, named: Named, weights: Weights) -> None:
    leaves = [(path, leaf) for path, leaf in model.leaves() if _expected(leaf) != 0]
    shares: dict[LayerSpec, Named] = {leaf: [] for _, leaf in leaves}
    called: dict[str, list[tuple[str, LayerSpec]]] = {}
    for path, leaf in leaves:
        called.setdefault(path.rsplit("/", 1)[-1], []).append((path, leaf))
    for name, array in named:
        steps = dict.fromkeys(name.split("/")[:-1])
        among = [pair for step in steps for pair in called.get(step, ())]
        weights.visit(len(among) // 4)
        owners = _owners(name, among)
        if len(owners) != 1:
            break
        shares[owners[0]].append((name, array))
    else:
        for leaf, share in shares.items():
            _distribute(leaf, share, weights)
        return
    _distribute_in_order(model, [leaf for _, leaf in leaves], named, weights)


def _owners(name: str, leaves: list[tuple[str, LayerSpec]]) -> list[LayerSpec]:
    """The layers that a weight's name may speak of: those whose path it follows furthest."""
    parts = name.split("/")[:-1]
    best = 0
    owners: list[LayerSpec] = []
    for path, leaf in leaves:
        steps = path.split("/")
        if steps[-1] not in parts:
            continue
        depth = sum(step in parts for step in steps)
        if depth > best:
            best, owners = depth, []
        if depth == best:
            owners.append(leaf)
    return owners


def _distribute_in_order(
    model: ModelSpec, leaves: list[LayerSpec], named: Named, weights: Weights
) -> None:
    """By position: the file lists a layer's weights together, layers with trainable ones first."""
    groups: dict[str, Named] = {}
    for name, array in named:
        groups.setdefault(name.rsplit("/", 1)[0], []).append((name, array))
    ordered = sorted(leaves, key=lambda leaf: not leaf.config.get("trainable", True))
    if len(groups) != len(ordered):
        raise ModelFileError(
            f"{model.name}: weights for {len(groups)} layers, the architecture has {len(ordered)}"
        )
    for leaf, share in zip(ordered, groups.values(), strict=True):
        _distribute(leaf, share, weights)
