"""The heaps of texts in HDF5 files, checked before the HDF5 library meets them.

That library walks a heap whose sizes are damaged for ever, and reads past the end of a
text whose length is.  The layout is that of "Global Heap" in the HDF5 file format
specification, https://docs.hdfgroup.org/hdf5/v1_14/_f_m_t3.html.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator

from keras2sql.errors import ModelFileError

_START = b"GCOL\x01\x00\x00\x00"
_HEADER = 16


def check_heaps(source: bytes | str | os.PathLike[str], label: str) -> None:
    """Raise `ModelFileError` where a heap's objects do not fill it, or texts are longer."""
    if isinstance(source, bytes):
        _check(source, label)
        return
    with open(source, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        _check(view, label)


def _check(content: bytes | mmap.mmap, label: str) -> None:
    for start in _places(content, _START):
        sizes = _objects(content, start, label)
        # A text is written as its length (4 bytes), its heap (8) and its number there (4).
        for place in _places(content, start.to_bytes(8, "little")):
            size = sizes.get(_number(content, place + 8, 4))
            if size is not None and _number(content, place - 4, 4) > size:
                raise ModelFileError(f"{label} is damaged: a text is longer than it is")


def _objects(content: bytes | mmap.mmap, start: int, label: str) -> dict[int, int]:
    """The size of each object in the heap at `start`."""
    end = start + _number(content, start + 8, 8)
    place = start + _HEADER
    sizes: dict[int, int] = {}
    while place + _HEADER <= end <= len(content):
        number, size = _number(content, place, 2), _number(content, place + 8, 8)
        # The free space, number 0, counts its own header; objects do not, and are padded.
        place += _HEADER + (size + 7) // 8 * 8 if number else size
        if place > end or (not number and place != end):
            raise ModelFileError(f"{label} is damaged: its texts overlap")
        if number:
            sizes[number] = size
    if end > len(content):
        raise ModelFileError(f"{label} is damaged: its texts are cut off")
    return sizes


def _places(content: bytes | mmap.mmap, wanted: bytes) -> Iterator[int]:
    place = content.find(wanted)
    while place >= 0:
        yield place
        place = content.find(wanted, place + 1)


def _number(content: bytes | mmap.mmap, place: int, size: int) -> int:
    return int.from_bytes(content[max(place, 0) : place + size], "little")
