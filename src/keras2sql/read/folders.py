"""The groups of one or more HDF5 files as one tree of folders.

A model's weights may be spread over several files.  And Keras 2.13 to 2.15 on Windows named
one group ``layers\\dense\\cell`` where others have three, one in the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import h5py

from keras2sql.errors import ModelFileError
from keras2sql.read import hdf5


@dataclass(eq=False)
class Folder:
    """A place in the tree: `groups` are what files have there, `named` those inside it whose
    names are paths of their own."""

    path: str
    groups: list[h5py.Group]
    named: dict[str, Folder] = field(default_factory=dict)
    _opened: dict[str, Folder | None] = field(default_factory=dict, repr=False)

    def names(self) -> Iterator[str]:
        """Of all that is inside, each once; the library hands on as bytes what is no text."""
        found = [name for group in self.groups for name in group if isinstance(name, str)]
        yield from dict.fromkeys([*found, *self.named])

    def folder(self, path: str) -> Folder | None:
        """The folder at a path inside this one, or None."""
        found: Folder | None = self
        for name in path.split("/"):
            found = None if found is None else found._inner(name)
        return found

    def _inner(self, name: str) -> Folder | None:
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def _open(self, name: str) -> Folder | None:
        groups = [g for one in self.groups if (g := hdf5.subgroup(one, name)) is not None]
        known = self.named.get(name)
        if known is not None:
            return Folder(known.path, [*groups, *known.groups], known.named)
        return Folder(f"{self.path}/{name}", groups) if groups else None

    def text(self, name: str) -> str | None:
        """A text attribute."""
        return next((t for g in self.groups if (t := hdf5.text(g, name)) is not None), None)

    def dataset(self, name: str) -> h5py.Dataset | None:
        """The dataset of this name; raises `ModelFileError` where two files have one."""
        found = [d for g in self.groups if isinstance(d := hdf5.member(g, name), h5py.Dataset)]
        if len(found) > 1:
            raise ModelFileError(f"two files have weights '{self.path}/{name}'")
        return found[0] if found else None


def folders(files: Iterable[h5py.File]) -> Folder:
    """The tree of these files."""
    root = Folder("", list(files))
    for file in root.groups:
        for name in file:
            if (
                isinstance(name, str)
                and "\\" in name
                and (group := hdf5.subgroup(file, name)) is not None
            ):
                place = root
                for step in name.split("\\"):
                    place = place.named.setdefault(step, Folder(f"{place.path}/{step}", []))
                place.groups.append(group)
    return root
