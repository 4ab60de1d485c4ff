"""HDF5 files with damaged texts, which would hang or crash the HDF5 library itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from legacy_files import dense, named, write_whole

from keras2sql.errors import ModelFileError
from keras2sql.read import read_model

SEQUENTIAL = {"class_name": "Sequential", "config": [dense("d", 2, batch_input_shape=[None, 3])]}
HEAP = b"GCOL\x01\x00\x00\x00"


def whole(folder: Path) -> tuple[Path, bytearray, int]:
    """A file, its bytes, and where its first heap of texts is."""
    path = write_whole(folder / "m.h5", SEQUENTIAL, {"d": named("d", 1, 3, 2)})
    content = bytearray(path.read_bytes())
    return path, content, content.index(HEAP)


def objects(content: bytearray, heap: int) -> dict[int, int]:
    """Where the header of each object of the heap is; 0 is the free space."""
    found, place = {}, heap + 16
    while 0 not in found:
        number = int.from_bytes(content[place : place + 2], "little")
        found[number] = place
        place += 16 + -(-int.from_bytes(content[place + 8 : place + 16], "little") // 8) * 8
    return found


def refused(path: Path, content: bytearray) -> str:
    path.write_bytes(content)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    return str(caught.value)


@pytest.mark.parametrize("size", [0, 8, 144, 1 << 63])
def test_free_space_that_does_not_fill_the_heap(size: int, tmp_path: Path) -> None:
    path, content, heap = whole(tmp_path)
    place = objects(content, heap)[0] + 8
    content[place : place + 8] = size.to_bytes(8, "little")
    assert "m.h5 is damaged: its texts overlap" in refused(path, content)


@pytest.mark.parametrize("size", [1 << 20, (1 << 64) - 1])
def test_a_text_that_leaves_the_heap(size: int, tmp_path: Path) -> None:
    path, content, heap = whole(tmp_path)
    place = objects(content, heap)[1] + 8
    content[place : place + 8] = size.to_bytes(8, "little")
    assert "m.h5 is damaged: its texts overlap" in refused(path, content)


def test_a_heap_that_leaves_the_file(tmp_path: Path) -> None:
    path, content, heap = whole(tmp_path)
    content[heap + 8 : heap + 16] = (1 << 60).to_bytes(8, "little")
    assert "m.h5 is damaged: its texts are cut off" in refused(path, content)


def test_a_reference_to_more_than_the_text(tmp_path: Path) -> None:
    """A length of four gigabytes, which the library would set out to copy."""
    path, content, heap = whole(tmp_path)
    place = content.index(heap.to_bytes(8, "little") + (1).to_bytes(4, "little"))
    content[place - 1] = 0xFF
    assert "m.h5 is damaged: a text is longer than it is" in refused(path, content)


@pytest.mark.parametrize("kind", [0x00, 0x02, 0xFF])
def test_an_attribute_that_is_no_text(kind: int, tmp_path: Path) -> None:
    """The type of `model_config`, changed to a list of something."""
    path, content, _ = whole(tmp_path)
    name = content.index(b"model_config\0")
    place = content.index(b"\x19\x01", name) + 1
    content[place] = kind
    assert "m.h5" in refused(path, content)
