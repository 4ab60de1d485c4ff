"""Files of models, damaged at random: cut, with bits turned, and with other things in their JSON
and in their HDF5 than belong there."""

from __future__ import annotations

import copy
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from archives import LINEAR, archive, functional
from legacy_files import dense, named, write_pair, write_whole

DATA = Path(__file__).parent.parent / "data"

EXTREMES = [0, -1, 2, 1 << 31, -(1 << 63), 10**30, 1e308, -0.0, float("nan"), float("inf")]
EXTREMES += [None, True, "", "x", "1", [], {}, [None], [[1, 2], 3], {"class_name": "Dense"}]
EXTREMES += ["Sequential", "Functional", "InputLayer", "relu", "\0", "../..", "é" * 50, 1 << 16]

SEQUENTIAL = {"class_name": "Sequential", "config": [dense("d", 2, batch_input_shape=[None, 3])]}
HELD = {"d": named("d", 1, 3, 2)}
CONVOLUTION: dict[str, Any] = {
    "module": "keras",
    "class_name": "Sequential",
    "registered_name": None,
    "config": {
        "name": "c",
        "layers": [
            {"module": "keras.layers", "class_name": kind, "config": config}
            for kind, config in (
                ("InputLayer", {"name": "x", "batch_shape": [None, 3]}),
                ("Reshape", {"name": "r", "target_shape": [3, 1]}),
                ("UpSampling1D", {"name": "u", "size": 2}),
                ("ZeroPadding1D", {"name": "z", "padding": [1, 1]}),
                ("AveragePooling1D", {"name": "a", "pool_size": 2, "strides": 2}),
                ("Flatten", {"name": "f"}),
                ("RepeatVector", {"name": "v", "n": 3}),
                ("GlobalAveragePooling1D", {"name": "g"}),
                ("Activation", {"name": "s", "activation": "softmax"}),
            )
        ],
    },
}


def samples(folder: Path) -> list[tuple[Path, Path | None]]:
    """Sound files of each form: (model, weights file)."""
    folder.mkdir(parents=True, exist_ok=True)
    archives = [("linear", LINEAR), ("functional", functional()), ("convolution", CONVOLUTION)]
    found: list[tuple[Path, Path | None]] = [
        (archive(folder / f"{name}.keras", config), None) for name, config in archives
    ]
    found.append((write_whole(folder / "whole.h5", SEQUENTIAL, HELD), None))
    found.append(write_pair(folder, SEQUENTIAL, HELD))
    kept = [*DATA.glob("keras1/*.h5"), *DATA.glob("text_models/*.keras")]
    kept += [DATA / "tensorflow" / "masks.h5", *DATA.glob("real_nets/lenet_8.keras")]
    return [*found * 4, *((path, None) for path in sorted(kept))]


def damaged(source: Path, target: Path, chance: random.Random) -> str:
    """Write a damaged copy; how it is damaged."""
    content = source.read_bytes()
    ways: list[Callable[[bytes, random.Random], bytes]] = [cut, turned, filled]
    if source.suffix == ".keras":
        ways += [json_inside, json_inside, weights_inside, json_inside]
    elif source.suffix == ".json":
        ways += [mutated, mutated, mutated]
    else:
        ways += [restructured, config_inside, config_inside]
    way = chance.choice(ways)
    target.write_bytes(way(content, chance))
    return way.__name__


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content))]


def turned(content: bytes, chance: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(chance.choice([1, 1, 3, 30])):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def filled(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    size = chance.choice([1, 2, 4, 8, 64])
    return content[:start] + chance.choice([b"\0", b"\xff", b"A"]) * size + content[start + size :]


# -- JSON


def mutated(content: bytes, chance: random.Random) -> bytes:
    tree = json.loads(content)
    for _ in range(chance.choice([1, 1, 2, 5])):
        places = list(_places(tree))
        if places:
            holder, key = chance.choice(places)
            _change(tree, holder, key, chance)
    return json.dumps(tree).encode()


def _change(tree: Any, holder: Any, key: Any, chance: random.Random) -> None:
    how = chance.randrange(5)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.insert(key, json.loads(json.dumps(holder[key])))
    elif how == 2:  # something else of the same file
        other, at = chance.choice(list(_places(tree)))
        holder[key] = json.loads(json.dumps(other[at]))
    else:
        holder[key] = copy.deepcopy(chance.choice(EXTREMES))


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(tree, dict | list):
        for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def _zipped(members: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return memory.getvalue()


def json_inside(content: bytes, chance: random.Random) -> bytes:
    members = _members(content)
    name = chance.choice(["config.json"] * 9 + ["metadata.json"])
    return _zipped({**members, name: mutated(members[name], chance)})


def weights_inside(content: bytes, chance: random.Random) -> bytes:
    members = _members(content)
    way = chance.choice([cut, turned, turned, filled, restructured])
    weights = way(members["model.weights.h5"], chance)
    return _zipped({**members, "model.weights.h5": weights})


# -- HDF5


def config_inside(content: bytes, chance: random.Random) -> bytes:
    memory = io.BytesIO(content)
    with h5py.File(memory, "r+") as file:
        if "model_config" not in file.attrs:
            return turned(content, chance)
        text = file.attrs["model_config"]
        text = text if isinstance(text, bytes) else text.encode()
        file.attrs["model_config"] = mutated(text, chance)
    return memory.getvalue()


def restructured(content: bytes, chance: random.Random) -> bytes:
    memory = io.BytesIO(content)
    with h5py.File(memory, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        for _ in range(chance.choice([1, 1, 2])):
            name = chance.choice(names)
            if name in file:
                _restructure(file, name, chance)
    return memory.getvalue()


def _restructure(file: h5py.File, name: str, chance: random.Random) -> None:
    how = chance.randrange(7)
    item = file[name]
    if how == 0:
        del file[name]
    elif how == 1 and isinstance(item, h5py.Group):
        item[chance.choice(["again", "0", "vars"]) + str(chance.randrange(9))] = item
    elif how == 2:
        for key in list(item.attrs):
            item.attrs[key] = chance.choice([0, 1.5, "x", b"y", [1, 2], ["a", "b"], np.zeros(3)])
    elif how == 3:
        for key in list(item.attrs):
            del item.attrs[key]
    elif how == 4:
        del file[name]
        file[name] = chance.choice([h5py.SoftLink("/"), h5py.ExternalLink("nothing.h5", "/")])
    elif how == 5:
        del file[name]
        file.create_group(name)
    else:
        del file[name]
        shape = chance.choice([(), (0,), (3,), (3, 2), (2,), (1, 1, 1), (1000, 1000)])
        kind = chance.choice(["f2", "f4", "f8", "i4", "S5", "c8", "?"])
        if chance.random() < 0.5:
            file.create_dataset(name, data=np.zeros(shape, kind))
        else:
            file.create_dataset(name, shape=shape, dtype=kind, fillvalue=None)
