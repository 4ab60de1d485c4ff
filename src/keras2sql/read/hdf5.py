"""HDF5 files, read without trusting them.

Links that leave the place where they stand are not followed, and no array is read whose
declared size is out of proportion to the bytes that the file holds.
"""

from __future__ import annotations

import io
import math
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import h5py
import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.read.blame import raised_by
from keras2sql.read.heaps import Content, Texts

SIGNATURE = b"\x89HDF\r\n\x1a\n"

# The signature is at the file's begin, or at one of these, each twice as far as the one before.
_FIRST_PLACE = 512

# Arrays up to this size are read as they are declared, larger ones only if the file holds
# bytes to match.  Real weights compress little; zeros compress at most about a thousandfold.
_SMALL_BYTES = 16 << 20
_MOST_EXPANSION = 24

# What h5py raises on damaged files: all of these, depending on where the damage is.
_H5_ERRORS = (OSError, LookupError, RuntimeError, ValueError, TypeError, ArithmeticError)

# The bytes of open files, by the number that the HDF5 library gives each.
_TEXTS: dict[int, Texts] = {}


@contextmanager
def opened(source: bytes | str | os.PathLike[str], label: str) -> Iterator[h5py.File]:
    """The HDF5 file at a path or in memory; whatever h5py raises becomes `ModelFileError`."""
    try:
        source = _without_user_block(source)
        target: Any = io.BytesIO(source) if isinstance(source, bytes) else os.fspath(source)
        with _content(source) as content, h5py.File(target, "r") as file:
            number = h5py.h5o.get_info(file.id).fileno
            _TEXTS[number] = Texts(content, label)
            try:
                yield file
            finally:
                del _TEXTS[number]
    except _H5_ERRORS as error:
        if not isinstance(error, OSError) and not raised_by(error, "h5py"):
            raise  # what reads the file stumbled, not the library
        raise ModelFileError(f"{label} is damaged or not an HDF5 file: {error}") from error


def user_block(file: IO[bytes]) -> int:
    """The size of what stands in front of an HDF5 file, which has such a block for whatever
    else it is to be; 0 for none, and for what is no such file."""
    end = file.seek(0, io.SEEK_END)
    place = _FIRST_PLACE
    while place < end:
        file.seek(place)
        if file.read(len(SIGNATURE)) == SIGNATURE:
            return place
        place *= 2
    return 0


def _without_user_block(source: bytes | str | os.PathLike[str]) -> bytes | str | os.PathLike[str]:
    """The same file from its signature on, from where its addresses count."""
    with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as file:
        if file.read(len(SIGNATURE)) == SIGNATURE or not (block := user_block(file)):
            return source
        file.seek(block)
        return file.read()


@contextmanager
def _content(source: bytes | str | os.PathLike[str]) -> Iterator[Content]:
    if isinstance(source, bytes):
        yield source
        return
    with open(source, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        yield view


def member(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset | None:
    """What stands at `path` inside `group`, or None; links other than hard ones are refused."""
    found: Any = group
    for part in path.split("/"):
        if not isinstance(found, h5py.Group):
            return None
        if part not in found:
            return None
        if found.id.links.get_info(part.encode()).type != h5py.h5l.TYPE_HARD:
            raise ModelFileError(
                f"{found.name}/{part} is a link to another place; links are not followed"
            )
        found = found[part]
    return found


def subgroup(group: h5py.Group, path: str) -> h5py.Group | None:
    """The group at `path`, or None where there is none."""
    found = member(group, path)
    return found if isinstance(found, h5py.Group) else None


def text(group: h5py.Group | h5py.Dataset, name: str) -> str | None:
    """A text attribute, or None."""
    value = _attribute(group, name)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def texts(group: h5py.Group, name: str) -> list[str]:
    """An attribute that lists texts; Keras splits long ones into `name0`, `name1`, ..."""
    names = [name] if name in group.attrs else []
    while names[:1] != [name] and f"{name}{len(names)}" in group.attrs:
        names.append(f"{name}{len(names)}")
    listed = [t for one in names for t in np.asarray(_attribute(group, one)).ravel().tolist()]
    return [t.decode("utf-8", "replace") if isinstance(t, bytes) else str(t) for t in listed]


def _attribute(group: h5py.Group | h5py.Dataset, name: str) -> Any:
    """An attribute of texts; None for one that is missing, an empty list for an empty one."""
    attributes = group.attrs
    if name not in attributes:
        return None
    about = attributes.get_id(name)
    kind = about.get_type()
    # Of other types the library reads whatever stands there, wherever damaged sizes lead it.
    if not isinstance(kind, h5py.h5t.TypeStringID):
        return []
    if math.prod(about.shape) * about.dtype.itemsize > _file_size(group):
        raise ModelFileError(f"the attribute '{name}' declares more than the file holds")
    if kind.is_variable_str():
        owner = h5py.h5o.get_info(group.id)
        _TEXTS[owner.fileno].check(owner.addr, name, math.prod(about.shape))
    return attributes[name]


def _file_size(group: h5py.Group | h5py.Dataset) -> int:
    """The bytes of the file that this is in."""
    return int(h5py.h5i.get_file_id(group.id).get_filesize())


def most_bytes(file: h5py.File) -> int:
    """More bytes than the arrays, as they are read, of any honest file of this size have."""
    return (64 << 20) + _MOST_EXPANSION * int(file.id.get_filesize())


def most_visits(file: h5py.File) -> int:
    """More steps than there are to take in an honest file: a group takes hundreds of bytes."""
    return 2000 + int(file.id.get_filesize()) // 200


def read_bytes(dataset: h5py.Dataset) -> int:
    """What `array` will take of memory, or more."""
    size = 1 if dataset.dtype.kind in "iub" and dataset.dtype.itemsize == 1 else 8
    return math.prod(dataset.shape or ()) * size


def check(dataset: h5py.Dataset) -> bool:
    """Whether a dataset holds bfloat16.

    Raises `ModelFileError` for anything but numbers, for data kept outside the file, and
    for sizes that the file's content does not bear out.
    """
    where = str(dataset.name).strip("/")
    if dataset.shape is None or dataset.is_virtual or dataset.external:
        raise ModelFileError(f"weights '{where}' are empty or lie outside the file")
    dtype = dataset.dtype
    halves = dtype.itemsize == 2 and text(dataset, "dtype") == "bfloat16"
    if dtype.kind not in "fiub" and not halves:
        raise ModelFileError(f"weights '{where}' are {dtype}, not numbers")
    declared = math.prod(dataset.shape) * dtype.itemsize
    stored = int(dataset.id.get_storage_size())
    whole = _file_size(dataset)
    chunk = math.prod(dataset.chunks or ()) * dtype.itemsize
    if chunk > max(declared, _SMALL_BYTES):
        raise ModelFileError(f"weights '{where}' are in pieces of {chunk} bytes")
    if declared and (not 0 < stored <= whole):
        raise ModelFileError(f"weights '{where}' declare {declared} bytes that the file lacks")
    if declared > _SMALL_BYTES and declared > _MOST_EXPANSION * stored:
        raise ModelFileError(
            f"weights '{where}' declare {declared} bytes, of which {stored} are in the file"
        )
    return halves


def array(dataset: h5py.Dataset, halves: bool) -> Array:
    """The numbers of a dataset that is checked, and of bfloat16 if `check` said so; floating point
    ones as float64."""
    values = np.asarray(dataset[()])
    if halves:
        # bfloat16 is the upper half of a float32; numpy has no such type.
        wide = values.view(np.uint16).astype(np.uint32) << 16
        values = wide.view(np.float32)
    return values.astype(np.float64) if values.dtype.kind == "f" else values
