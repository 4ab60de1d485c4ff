"""HDF5 files with damaged texts, which would hang or crash the HDF5 library itself."""

from __future__ import annotations

import io
from pathlib import Path

import h5py
import numpy as np
import pytest
from archives import LINEAR, archive, changed, weights
from legacy_files import dense, named, write_whole

from keras2sql.errors import ModelFileError
from keras2sql.graph.digest import digest
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


def test_a_text_longer_than_its_reference_says(tmp_path: Path) -> None:
    """The library copies the whole of it, into room for less."""
    path, content, heap = whole(tmp_path)
    place = content.index(heap.to_bytes(8, "little") + (1).to_bytes(4, "little"))
    content[place - 4 : place] = (5).to_bytes(4, "little")
    assert "m.h5 is damaged: a text is shorter than it is" in refused(path, content)


def test_a_reference_to_no_text(tmp_path: Path) -> None:
    path, content, heap = whole(tmp_path)
    place = content.index(heap.to_bytes(8, "little") + (1).to_bytes(4, "little")) + 8
    content[place : place + 4] = (77).to_bytes(4, "little")
    assert "m.h5 is damaged: a text is longer than it is" in refused(path, content)


@pytest.mark.parametrize("heap", [0, 8, 1 << 40])
def test_a_reference_to_no_heap(heap: int, tmp_path: Path) -> None:
    path, content, at = whole(tmp_path)
    place = content.index(at.to_bytes(8, "little") + (1).to_bytes(4, "little"))
    content[place : place + 8] = heap.to_bytes(8, "little")
    assert "m.h5" in refused(path, content)


def heap_of(content: bytes) -> int:
    return content.index(HEAP)


@pytest.mark.parametrize("before", [0, 4, 8, 12])
@pytest.mark.parametrize("number", [1, 2])
def test_arrays_whose_bytes_look_like_a_damaged_reference(
    before: int, number: int, tmp_path: Path
) -> None:
    heap = heap_of(weights())
    looks = b"\xff\xff\xff\x7f" + heap.to_bytes(8, "little") + number.to_bytes(4, "little")
    looks = bytes(before) + looks * 4 + bytes(-before % 8)

    def add(file: h5py.File) -> None:
        file["optimizer/vars/0"] = np.frombuffer(looks, np.uint32)

    content = weights(add)
    assert heap_of(content) == heap
    assert looks in content
    assert read_model(archive(tmp_path / "m.keras", content=content)).layers


def test_arrays_whose_bytes_look_like_a_damaged_heap(tmp_path: Path) -> None:
    def add(file: h5py.File) -> None:
        file["optimizer/vars/0"] = np.frombuffer(HEAP + b"\xff" * 24, np.uint64)

    assert read_model(archive(tmp_path / "m.keras", content=weights(add))).layers


def test_an_array_stored_where_its_address_holds_that_of_the_heap(tmp_path: Path) -> None:
    """In "where the array stands" the bytes of 0x078880 hold those of 0x0788."""

    def moved(count: int) -> tuple[bytes, int, int]:
        def add(file: h5py.File) -> None:
            file["optimizer/vars/0"] = np.zeros(count, np.float32)
            file["optimizer/vars/1"] = np.zeros(128, np.float32)

        content = weights(add)
        with h5py.File(io.BytesIO(content)) as file:
            return content, heap_of(content), file["optimizer/vars/1"].id.get_offset()

    _, heap, place = moved(10_000)
    content, heap, place = moved(10_000 + (heap * 256 + 128 - place) // 4)
    assert place >> 8 == heap
    assert read_model(archive(tmp_path / "m.keras", content=content)).layers


@pytest.mark.parametrize("version", ["earliest", "v108", "latest"])
def test_objects_with_headers_of_every_version(version: str, tmp_path: Path) -> None:
    path, _, _ = whole(tmp_path)
    again = tmp_path / "again.h5"
    with h5py.File(path) as old, h5py.File(again, "w", libver=version) as new:
        for name in old:
            old.copy(name, new)
        for name, value in old.attrs.items():
            new.attrs[name] = value
        # Enough for a second block of the header, and for a name of every length.
        for count in range(1, 6):
            new.attrs["x" * count] = "y" * 60_000
    assert read_model(again).layers == read_model(path).layers


def test_names_of_other_alphabets(tmp_path: Path) -> None:
    config = changed(LINEAR, "config", "layers", 1, "config", "name", to="d\u00fcnn \u5c42")

    def rename(file: h5py.File) -> None:
        file["layers/dense/vars"].attrs["name"] = "d\u00fcnn \u5c42"

    found = read_model(archive(tmp_path / "m.keras", config, weights(rename)))
    assert [one.parameters for one in found.layers] == [0, 8]


@pytest.mark.parametrize("size", [512, 8192])
def test_bytes_of_somebody_else_in_front(size: int, tmp_path: Path) -> None:
    path, behind = whole(tmp_path)[0], tmp_path / "behind.h5"
    with h5py.File(path) as old, h5py.File(behind, "w", userblock_size=size) as new:
        old.copy("model_weights", new)
        for name, value in old.attrs.items():
            new.attrs[name] = value
    assert digest(read_model(behind).graph) == digest(read_model(path).graph)
    content = weights()
    with h5py.File(io.BytesIO(content)) as old, h5py.File(behind, "w", userblock_size=size) as new:
        old.copy("layers", new)
    found = read_model(archive(tmp_path / "m.keras", content=behind.read_bytes())).graph
    plain = archive(tmp_path / "plain.keras", content=content)
    assert digest(found) == digest(read_model(plain).graph)
    prefixed = tmp_path / "prefixed.keras"
    prefixed.write_bytes(b"#!/usr/bin/env opener\n" * 40 + plain.read_bytes())
    assert digest(read_model(prefixed).graph) == digest(found)
