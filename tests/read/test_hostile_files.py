"""What a file asks for is bounded: `ModelFileError`, soon, and in little memory.

Each case runs in a process of its own whose memory and processor time are limited, many times
as generously as it needs.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archives import LINEAR, archive, changed, functional, tensor, weights

from keras2sql.errors import ModelFileError
from keras2sql.read import inspect_model

LAYERS = ("config", "layers")
# numpy maps memory that it does not touch, so this is of addresses.
SECONDS, ADDRESSES = 20, 3 << 30
MEMORY = 500 << 20

RUN = """
import resource, sys
def peak():  # of this program: what getrusage tells may be the parent's
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
resource.setrlimit(resource.RLIMIT_AS, ({addresses}, {addresses}))
import keras2sql
from keras2sql.errors import Keras2SQLError
from keras2sql.read import inspect_model
before = peak()
for verb in (inspect_model, lambda path: keras2sql.convert(path, "duckdb", "t", "id")):
    try:
        verb(sys.argv[1])
        print("fine")
    except Keras2SQLError as error:
        print(type(error).__name__, error)
print((peak() - before) << 10)
"""


def verdicts(path: Path) -> list[str]:
    """What `inspect` and `convert` say of the file, within the bounds."""
    code = RUN.format(seconds=SECONDS, addresses=ADDRESSES)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    *said, memory = done.stdout.splitlines()
    assert int(memory) < MEMORY
    return said


def entry(kind: str, name: str, config: dict[str, Any], *inputs: str, calls: int = 1) -> Any:
    nodes = [{"args": [[tensor(i) for i in inputs]], "kwargs": {}} for _ in range(calls)]
    if len(inputs) == 1:
        nodes = [{"args": [tensor(inputs[0])], "kwargs": {}} for _ in range(calls)]
    module = "keras" if kind == "Functional" else "keras.layers"
    about = {"module": module, "class_name": kind, "config": {"name": name, **config}}
    return {**about, "registered_name": None, "name": name, "inbound_nodes": nodes}


def network(layers: list[Any], output: str, shape: list[Any] | None = None) -> dict[str, Any]:
    first = changed(
        functional()["config"]["layers"][0], "config", "batch_shape", to=shape or [None, 3]
    )
    config = {
        "name": "n",
        "layers": [first, *layers],
        "input_layers": [["x", 0, 0]],
        "output_layers": [[output, 0, 0]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def chained(kind: str, config: dict[str, Any], count: int, shape: list[Any]) -> dict[str, Any]:
    names = ["x", *(f"l{i}" for i in range(count))]
    layers = [entry(kind, b, config, a) for a, b in itertools.pairwise(names)]
    return network(layers, names[-1], shape)


def one(kind: str, config: dict[str, Any], shape: list[Any]) -> dict[str, Any]:
    return chained(kind, config, 1, shape)


def doubling_calls(depth: int) -> dict[str, Any]:
    """Each model calls the one inside it twice."""
    model = network([entry("Activation", "a", {"activation": "relu"}, "x")], "a")
    for level in range(depth):
        inner = entry("Functional", f"m{level}", {**model["config"], "name": f"m{level}"}, "x")
        second = {"args": [tensor(f"m{level}")], "kwargs": {}}
        inner["inbound_nodes"].append(second)
        model = network([inner], f"m{level}")
        model["config"]["output_layers"] = [[f"m{level}", 2, 0]]
    return model


def doubling_sizes(count: int) -> dict[str, Any]:
    names = ["x", *(f"c{i}" for i in range(count))]
    layers = [entry("Concatenate", b, {"axis": -1}, a, a) for a, b in itertools.pairwise(names)]
    return network(layers, names[-1])


def many_outputs(count: int) -> dict[str, Any]:
    model = one("Activation", {"activation": "relu"}, [None, 3])
    return changed(model, "config", "output_layers", to=[["l0", 0, 0]] * count)


VECTOR, STEPS, IMAGE, WORDS = [None, 3], [None, 5, 3], [None, 8, 8, 3], [None, 4]
HUGE = 1_000_000_000
CONFIGS: dict[str, Any] = {
    "calls that double": doubling_calls(40),
    "concatenations that double": doubling_sizes(60),
    "30,000 layers": chained("Activation", {"activation": "relu"}, 30_000, VECTOR),
    "many outputs of one name": many_outputs(30_000),
    "up-sampling": chained("UpSampling2D", {"size": [8, 8]}, 12, IMAGE),
    "up-sampling, bilinear": chained(
        "UpSampling2D", {"size": [8, 8], "interpolation": "bilinear"}, 12, IMAGE
    ),
    "up-sampling, one": one("UpSampling1D", {"size": HUGE}, STEPS),
    "padding": chained("ZeroPadding2D", {"padding": [[2000, 2000], [2000, 2000]]}, 20, IMAGE),
    "padding, one": one("ZeroPadding1D", {"padding": HUGE}, STEPS),
    "resizing": one("Resizing", {"height": 30_000, "width": 30_000}, IMAGE),
    "resizing, one side": one("Resizing", {"height": HUGE, "width": 1}, IMAGE),
    "repeat": one("RepeatVector", {"n": HUGE}, VECTOR),
    "one hot": one("CategoryEncoding", {"num_tokens": HUGE, "output_mode": "one_hot"}, WORDS),
    "hashing": one("Hashing", {"num_bins": HUGE, "output_mode": "one_hot"}, WORDS),
    "sparsemax": one("Activation", {"activation": "sparsemax"}, [None, 100_000]),
    "embedding": one("Embedding", {"input_dim": HUGE, "output_dim": HUGE}, WORDS),
    "dense": one("Dense", {"units": HUGE, "use_bias": False}, VECTOR),
    "reshape": one("Reshape", {"target_shape": [HUGE, HUGE]}, VECTOR),
    "an input": one("Flatten", {}, [None, 3000, 3000]),
    "an input of open sizes": one("Flatten", {}, [None, None]),
    "a number of 4000 digits": one("RepeatVector", {"n": 10**4000}, VECTOR),
    "infinity": one("RepeatVector", {"n": float("inf")}, VECTOR),
    "NaN in a shape": one("Flatten", {}, [None, float("nan")]),
    "a negative size": one("RepeatVector", {"n": -5}, VECTOR),
    "no size": one("RepeatVector", {"n": 0}, VECTOR),
    "the mean of nothing": chained("UpSampling1D", {"size": 0}, 2, STEPS),
    "3,000 axes": one("Permute", {"dims": [*range(1, 3001)]}, [None, *[1] * 3000]),
    "copies for each step": one(
        "TimeDistributed",
        {"layer": {"module": "keras.layers", "class_name": "Softmax", "config": {"name": "s"}}},
        [None, 1_000_000, 3],
    ),
    "a long name": one("Activation", {"activation": "x" * 10_000_000}, VECTOR),
}


# What `inspect` can tell of, and no statement computes.
TOLD = ("many outputs of one name", "an input", "an input of open sizes", "a long name")


@pytest.mark.parametrize("name", CONFIGS)
def test_configurations(name: str, tmp_path: Path) -> None:
    looked, converted = verdicts(archive(tmp_path / "m.keras", CONFIGS[name]))
    assert looked.startswith("fine" if name in TOLD else "ModelFileError")
    refused = ("ModelFileError", "UnsupportedLayerError", "DialectLimitError", "InputError")
    assert converted.startswith(refused)


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": [' + b"{}," * 2_000_000 + b"{}]}",
        b'{"a": [' + b'"",' * 20_000_000 + b"1]}",
        b'{"a": ' + b"1" * 100_000 + b"}",
        b'{"a": 1e400, "class_name": "Sequential", "config": [1e999]}',
    ],
    ids=["dicts", "texts", "digits", "infinite"],
)
def test_texts(content: bytes, tmp_path: Path) -> None:
    for said in verdicts(archive(tmp_path / "m.keras", content, compression=8)):
        assert said.startswith("ModelFileError")


def crossed(file: h5py.File) -> None:
    """Two ways from each group to the next: a million to the last."""
    group = file["layers/dense"]
    for _ in range(19):
        inner = group.create_group("a")
        group["b"] = inner
        group = inner


def pieces(file: h5py.File) -> None:
    """Ten numbers, in a piece of 2 GB."""
    own = file["layers/dense/vars"]
    del own["0"]
    own.create_dataset(
        "0", shape=(10,), maxshape=(None,), chunks=(1 << 28,), dtype="f8", compression=9
    )


def squeezed(file: h5py.File) -> None:
    own = file["layers/dense/vars"]
    for number in range(2, 60):
        own.create_dataset(str(number), data=np.zeros(2_000_000, "i1"), compression=9)
    for number in range(60, 100):
        own.create_dataset(str(number), data=np.zeros(1_500_000, "f4"), compression=9)


def virtual(file: h5py.File) -> None:
    own = file["layers/dense/vars"]
    del own["0"]
    layout = h5py.VirtualLayout(shape=(3, 2), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(3, 2))
    own.create_virtual_dataset("0", layout)


@pytest.mark.parametrize("change", [crossed, squeezed, virtual, pieces])
def test_weights(change: Callable[[h5py.File], None], tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", content=weights(change))
    for said in verdicts(path):
        assert said.startswith("ModelFileError")


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.keras")
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "saved_model.pb").write_bytes(b"x")
    pointer = tmp_path / "m.keras"
    pointer.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        for path, said in (
            (tmp_path / "pipe.keras", "a device, a pipe or a socket"),
            (tmp_path / "s", "a device, a pipe or a socket"),
            (Path("/dev/zero"), "a device, a pipe or a socket"),
            (saved, "SavedModel.*as one .keras file"),
            (pointer, "pointer of git-lfs.*git lfs pull"),
        ):
            with pytest.raises(ModelFileError, match=said):
                inspect_model(path)
            config = tmp_path / "m.json"
            config.write_text(json.dumps(LINEAR))
            with pytest.raises(ModelFileError, match=said):
                inspect_model(config, path)


def test_arguments_that_are_no_tensors(tmp_path: Path) -> None:
    for args in (["text"], [3], [[None]], [{"a": 1}], [[1.5, 2.5]]):
        model = changed(
            functional(), *LAYERS, 1, "inbound_nodes", to=[{"args": args, "kwargs": {}}]
        )
        with pytest.raises(ModelFileError, match="dense"):
            inspect_model(archive(tmp_path / "m.keras", model))


def test_indices_of_unknown_tokens_are_not_written_out(tmp_path: Path) -> None:
    config = {"vocabulary": [7, 8], "num_oov_indices": HUGE}
    path = archive(tmp_path / "m.keras", one("IntegerLookup", config, WORDS))
    assert [said.partition(" ")[0] for said in verdicts(path)] == ["fine", "fine"]
    network = inspect_model(path).network
    assert network is not None
    (x,) = network.graph.inputs
    ids = np.full((1, *x.shape), 8)
    ids[0, 0] = 5
    (found,) = network.graph.evaluate({x.layer: ids}).values()
    assert found[0].tolist() == [5, *[HUGE + 1] * (ids.size - 1)]


def test_what_honest_models_have(tmp_path: Path) -> None:
    for model in (
        chained("Activation", {"activation": "relu"}, 2000, VECTOR),
        many_outputs(1700),
        one("ZeroPadding2D", {"padding": 3}, [None, 1024, 1024, 3]),
        one("Flatten", {}, [None, 224, 224, 3]),
    ):
        found = inspect_model(archive(tmp_path / "m.keras", model))
        assert found.network is not None


def test_what_decompressors_raise(tmp_path: Path) -> None:
    """zipfile lets errors of zlib and lzma through."""
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = archive(tmp_path / "m.keras", compression=method)
        content = bytearray(path.read_bytes())
        start = content.index(b"model.weights.h5") + len("model.weights.h5")
        for place in range(start, start + 40, 3):
            turned = bytearray(content)
            turned[place] ^= 0x55
            path.write_bytes(turned)
            with contextlib.suppress(ModelFileError):
                inspect_model(path)
