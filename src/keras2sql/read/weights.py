"""The arrays of a weights file, by the layer that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import h5py

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.read import hdf5
from keras2sql.read.spec import LayerSpec

Named = list[tuple[str, Array]]


@dataclass
class Weights:
    """The arrays of each layer, by its spec; where the file has names, `names` has them.

    `backend` is that of the Keras which made the file, where it says so.
    In archives, `places` has the path of each layer, and `vocabularies` those of lookups.
    """

    arrays: dict[LayerSpec, list[Array]] = field(default_factory=dict)
    names: dict[LayerSpec, list[str]] = field(default_factory=dict)
    places: dict[LayerSpec, str] = field(default_factory=dict)
    vocabularies: dict[LayerSpec, list[str]] = field(default_factory=dict)
    budget: int = 0
    visits: int = 1 << 20
    backend: str = ""

    def load(self, dataset: h5py.Dataset) -> Array:
        """The array, counted: one dataset may stand under many names in a hostile file."""
        halves = hdf5.check(dataset)
        self.budget -= hdf5.read_bytes(dataset)
        if self.budget < 0:
            raise ModelFileError("the file declares far more weights than it holds")
        return hdf5.array(dataset, halves)

    def visit(self, count: int = 1) -> None:
        """Count groups that are looked into: links may lead to one by very many ways."""
        self.visits -= count
        if self.visits < 0:
            raise ModelFileError("the file has far more groups than it holds bytes for")

    def put(self, spec: LayerSpec, named: Named) -> None:
        self.names[spec] = [name for name, _ in named]
        self.arrays[spec] = [array for _, array in named]

    def held(self, spec: LayerSpec) -> bool:
        """Whether there are arrays of this layer or of one inside it."""
        return bool(self.arrays.get(spec)) or any(self.held(c) for c in spec.children.values())

    def take_vocabularies(self, texts: Mapping[str, str], layers: Iterable[LayerSpec]) -> None:
        """Hand vocabularies to the layers at their paths, and to others of the same name.

        A layer that stands in two models is saved in one of them.
        """
        by_name = {}
        for spec, place in self.places.items():
            if (text := texts.get(place.strip("/"))) is not None:
                lines = text.splitlines()
                while lines and not lines[-1]:
                    lines.pop()  # as Keras does
                by_name[spec.class_name, spec.name] = self.vocabularies[spec] = lines
        for spec in layers:
            found = by_name.get((spec.class_name, spec.name))
            if found is not None:
                self.vocabularies.setdefault(spec, found)

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
