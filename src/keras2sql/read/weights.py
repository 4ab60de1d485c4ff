"""The arrays of a weights file, by the layer that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import h5py

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.read import hdf5
from keras2sql.read.spec import LayerSpec

Named = list[tuple[str, Array]]


@dataclass
class Weights:
    """The arrays of each layer, by its spec; where the file has names, `names` has them."""

    arrays: dict[LayerSpec, list[Array]] = field(default_factory=dict)
    names: dict[LayerSpec, list[str]] = field(default_factory=dict)
    budget: int = 0

    def load(self, dataset: h5py.Dataset) -> Array:
        """The array, counted: one dataset may stand under many names in a hostile file."""
        array = hdf5.array(dataset)
        self.budget -= array.nbytes
        if self.budget < 0:
            raise ModelFileError("the file declares far more weights than it holds")
        return array

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
