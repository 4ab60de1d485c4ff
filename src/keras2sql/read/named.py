"""Weights as whole-model ``.h5`` files hold them, and weights files before Keras 3.

There is a group per layer of the outermost model, with a flat list of names for all that
is inside that layer.
"""

from __future__ import annotations

import h5py

from keras2sql.errors import ModelFileError
from keras2sql.layers.registry import REGISTRY, Layer
from keras2sql.read import hdf5
from keras2sql.read.spec import LayerSpec, ModelSpec
from keras2sql.read.weights import Named, Weights, variable_name


def holds_names(group: h5py.Group) -> bool:
    """Whether the group is of this layout."""
    return "layer_names" in group.attrs or "layer_names0" in group.attrs


def read_named(model: ModelSpec, group: h5py.Group, weights: Weights, label: str) -> None:
    """Give every layer of `model` its arrays."""
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
    by_name = {layer.name: layer for layer in model.layers}
    if set(held) <= set(by_name):
        for name, named in held.items():
            _distribute(by_name[name], named, weights)
        return
    wanting = [layer for layer in model.layers if _expected(layer) != 0]
    if len(wanting) != len(held):
        raise ModelFileError(
            f"{label} has weights for {len(held)} layers ({', '.join(list(held)[:5])}), the "
            f"architecture has {len(wanting)} ({', '.join(one.name for one in wanting[:5])})"
        )
    for layer, named in zip(wanting, held.values(), strict=True):
        _distribute(layer, named, weights)


def _expected(spec: LayerSpec) -> int | None:
    """How many arrays the layer has; None if unknown."""
    if spec.model is not None:
        counts = [_expected(layer) for layer in spec.model.layers]
    elif spec.is_input or spec.is_operation:
        return 0
    elif spec.children:
        counts = [_expected(child) for child in spec.children.values()]
    elif spec.key not in REGISTRY:
        return None
    else:
        return len(Layer(spec.key, spec.name, spec.name, spec.config).weight_names())
    return None if None in counts else sum(c for c in counts if c is not None)


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
        weights.put(spec, named)


def _distribute_wrapper(spec: LayerSpec, named: Named, weights: Weights) -> None:
    inner = spec.children.get("layer") or spec.children["cell"]
    own = [pair for pair in named if variable_name(pair[0]) == "vector_u"]
    _distribute(inner, [pair for pair in named if pair not in own], weights)
    weights.put(spec, own)


def _distribute_model(model: ModelSpec, named: Named, weights: Weights) -> None:
    leaves = [(path, leaf) for path, leaf in model.leaves() if _expected(leaf) != 0]
    shares: dict[LayerSpec, Named] = {leaf: [] for _, leaf in leaves}
    for name, array in named:
        owners = _owners(name, leaves)
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
