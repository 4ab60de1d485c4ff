"""Which arrays of a weights file belong to which layer.

Two layouts exist.  The tree of Keras 3 (and of ``.weights.h5`` since Keras 2.12) has a
group per layer, named after its class and a counter.  The named layout of whole-model
``.h5`` files has a group per layer of the outermost model, with a flat list of names for
everything inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import h5py

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.layers.registry import REGISTRY, Layer
from keras2sql.read import hdf5
from keras2sql.read.spec import LayerSpec, ModelSpec

Named = list[tuple[str, Array]]


@dataclass
class Weights:
    """The arrays of each layer, by its spec; where the file has names, `names` has them."""

    arrays: dict[LayerSpec, list[Array]] = field(default_factory=dict)
    names: dict[LayerSpec, list[str]] = field(default_factory=dict)

    def put(self, spec: LayerSpec, named: Named) -> None:
        self.names[spec] = [name for name, _ in named]
        self.arrays[spec] = [array for _, array in named]

    def of(self, spec: LayerSpec, expected: Sequence[str]) -> Mapping[str, Array] | list[Array]:
        """By name where the file's names are exactly those expected, else in file order."""
        arrays = self.arrays.get(spec, [])
        names = [variable_name(name) for name in self.names.get(spec, ())]
        if names and sorted(names) == sorted(expected) and len(set(names)) == len(names):
            return dict(zip(names, arrays, strict=True))
        return arrays


def variable_name(path: str) -> str:
    """``kernel`` for ``block/dense_1/kernel:0``."""
    return path.rsplit("/", 1)[-1].split(":")[0]


def read_weights(model: ModelSpec, file: h5py.File, label: str) -> Weights:
    """The weights of `model`; raises `ModelFileError` where the file is none of weights."""
    weights = Weights()
    group = hdf5.subgroup(file, "model_weights") or file
    if "layer_names" in group.attrs or "layer_names0" in group.attrs:
        _read_named(model, group, weights, label)
        return weights
    if not any(name in file for name in (*_CONTAINERS, "vars")):
        raise ModelFileError(f"{label} holds no weights of a Keras model")
    _read_tree(model, file, weights)
    return weights


# -- the tree

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")

# Sub-layers in the order in which Keras lists their weights; the file sorts them by name.
_SUBLAYER_ORDER = ("query", "key", "value", "output")
_MOST_DEPTH = 20


def _snake(class_name: str) -> str:
    """``max_pooling2d`` for ``MaxPooling2D``, as Keras names its groups."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


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
    weights.arrays[spec] = list(_variables(group, claimed))


def _child_place(spec: LayerSpec, name: str, child: LayerSpec) -> list[str]:
    if name.isdecimal():
        before = [c for n, c in spec.children.items() if n.isdecimal() and int(n) < int(name)]
        number = sum(c.class_name == child.class_name for c in before)
        base = _snake(child.class_name)
        return [f"cells/{base}_{number}" if number else f"cells/{base}"]
    return [name]


def _variables(group: h5py.Group, skip: set[str], depth: int = 0) -> Iterator[Array]:
    """The arrays of a layer and of the parts that its config does not list."""
    if depth > _MOST_DEPTH:
        raise ModelFileError(f"weights '{group.name}' are nested too deeply")
    own = hdf5.subgroup(group, "vars")
    for name in sorted(own, key=_position) if own is not None else ():
        dataset = hdf5.member(own, name)
        if isinstance(dataset, h5py.Dataset):
            yield hdf5.array(dataset)
    for name in sorted(group, key=_sublayer_position):
        # Random seeds are state of training.
        if name == "vars" or name in skip or "seed_generator" in name:
            continue
        part = hdf5.subgroup(group, name)
        if part is not None:
            yield from _variables(part, set(), depth + 1)


def _position(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (1 << 30, name)


def _sublayer_position(name: str) -> tuple[int, str]:
    start = name.lstrip("_").split("_")[0]
    known = start in _SUBLAYER_ORDER
    return (_SUBLAYER_ORDER.index(start) if known else len(_SUBLAYER_ORDER), name)


# -- the named layout


def _read_named(model: ModelSpec, group: h5py.Group, weights: Weights, label: str) -> None:
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
                named.append((weight, hdf5.array(dataset)))
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
        # Both directions have as many.
        half = len(named) // 2
        _distribute(spec.children["forward_layer"], named[:half], weights)
        _distribute(spec.children["backward_layer"], named[half:], weights)
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
