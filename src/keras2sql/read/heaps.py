"""The texts that attributes of HDF5 files point to, checked before the HDF5 library meets them.

That library walks a heap whose sizes are damaged for ever, and reads past the end of a
text whose length is.  So the way to a text is walked here first: from the object's header
to the attribute, from there to the heap.  The layouts are those of "Data Object Headers",
"The Attribute Message" and "Global Heap" in the HDF5 file format specification,
https://docs.hdfgroup.org/hdf5/v1_14/_f_m_t3.html.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field

from keras2sql.errors import ModelFileError

Content = bytes | mmap.mmap

_HEAP = b"GCOL\x01\x00\x00\x00"
_HEAP_HEADER = 16
_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
_REFERENCE = 16  # the length of a text (4 bytes), its heap (8), its number there (4)
_MOST_BLOCKS = 10_000


@dataclass(frozen=True)
class Texts:
    """The bytes of an open file; addresses in them count from the first."""

    content: Content
    label: str
    heaps: dict[int, dict[int, int]] = field(default_factory=dict, compare=False)

    def check(self, header: int, name: str, count: int) -> None:
        """Raise `ModelFileError` unless each of the `count` texts of an attribute is whole.

        `header` is the address of the header of the object that has the attribute.
        """
        wanted = name.encode() + b"\0"
        found = [data for one, data in self._attributes(header) if one == wanted]
        if not found:
            # Of the newer forms, which Keras does not write: many attributes in one place.
            raise self._damaged(f"the attribute '{name}' is not with its object")
        for start, end in found:
            if start + count * _REFERENCE > end:
                raise self._damaged(f"the attribute '{name}' is cut off")
            for place in range(start, start + count * _REFERENCE, _REFERENCE):
                self._check_text(place)

    def _check_text(self, place: int) -> None:
        length, heap = self._number(place, 4), self._number(place + 4, 8)
        if length == 0 or heap == 0:
            return
        if heap not in self.heaps:
            self.heaps[heap] = self._objects(heap)
        size = self.heaps[heap].get(self._number(place + 12, 4), -1)
        if length > size:
            raise self._damaged("a text is longer than it is")
        if length < size:
            raise self._damaged("a text is shorter than it is")

    def _objects(self, start: int) -> dict[int, int]:
        """The size of each object in the heap at `start`."""
        if self._bytes(start, len(_HEAP)) != _HEAP:
            raise self._damaged("its texts are not where they should be")
        end = start + self._number(start + 8, 8)
        if end > len(self.content):
            raise self._damaged("its texts are cut off")
        place = start + _HEAP_HEADER
        sizes: dict[int, int] = {}
        while place + _HEAP_HEADER <= end:
            number, size = self._number(place, 2), self._number(place + 8, 8)
            # The free space, number 0, counts its own header; objects do not, and are padded.
            place += _HEAP_HEADER + _padded(size) if number else size
            if place > end or (not number and place != end):
                raise self._damaged("its texts overlap")
            if number:
                sizes[number] = size
        return sizes

    def _attributes(self, header: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
        """The name of each attribute of an object, and where its data are."""
        for kind, start, end in self._messages(header):
            if kind != _ATTRIBUTE or end - start < 8:
                continue
            version = self._number(start, 1)
            name, kind_size, shape_size = (self._number(start + at, 2) for at in (2, 4, 6))
            place = start + (9 if version == 3 else 8)
            parts = (name, kind_size, shape_size)
            data = place + sum(_padded(n) if version == 1 else n for n in parts)
            yield self._bytes(place, name), (data, end)

    def _messages(self, header: int) -> Iterator[tuple[int, int, int]]:
        """The kind, begin and end of each message in an object's header."""
        new = self._bytes(header, 4) == b"OHDR"
        flags = self._number(header + 5, 1) if new else 0
        blocks = [self._first_block(header, flags) if new else self._first_old_block(header)]
        head = 8 if not new else 6 if flags & 0x04 else 4
        for count, (place, end) in enumerate(blocks):
            if end > len(self.content) or count > _MOST_BLOCKS:
                raise self._damaged("the header of an object is cut off")
            while place + head <= end:
                kind = self._number(place, 1 if new else 2)
                size = self._number(place + (1 if new else 2), 2)
                begin, place = place + head, place + head + size
                if place > end:
                    raise self._damaged("the header of an object is cut off")
                if kind == _CONTINUATION:
                    at, length = self._number(begin, 8), self._number(begin + 8, 8)
                    # Newer ones are between a signature and a checksum.
                    blocks.append((at + 4, at + length - 4) if new else (at, at + length))
                yield kind, begin, place

    def _first_old_block(self, header: int) -> tuple[int, int]:
        return header + 16, header + 16 + self._number(header + 8, 4)

    def _first_block(self, header: int, flags: int) -> tuple[int, int]:
        place = header + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        return place + width, place + width + self._number(place, width)

    def _bytes(self, place: int, size: int) -> bytes:
        return self.content[place : place + size]

    def _number(self, place: int, size: int) -> int:
        return int.from_bytes(self._bytes(place, size), "little")

    def _damaged(self, how: str) -> ModelFileError:
        return ModelFileError(f"{self.label} is damaged: {how}")


def _padded(size: int) -> int:
    return (size + 7) // 8 * 8
