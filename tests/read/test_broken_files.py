"""Files that are no models: one error of one line, whatever is wrong."""

from __future__ import annotations

import json
import pickle
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from archives import LINEAR, archive, changed, functional, tensor, weights
from legacy_files import dense, layer, named, write_pair, write_whole
from model_samples import read

import keras2sql
from keras2sql.errors import InternalError, Keras2SQLError, ModelFileError
from keras2sql.read import read_model

LAYERS = ("config", "layers")
SEQUENTIAL = {"class_name": "Sequential", "config": [dense("d", 2, batch_input_shape=[None, 3])]}
DENSE = {"d": named("d", 1, 3, 2)}


def test_the_file_that_is_broken_below_is_whole(tmp_path: Path) -> None:
    for config in (LINEAR, functional()):
        network = read(archive(tmp_path / "m.keras", config))
        (got,) = network.graph.evaluate({"x": [[1.0, 2.0, 3.0]]}).values()
        assert np.allclose(got, [[16 / 7 + 0.5 + 0 / 7 + 0, 22 / 7 - 0.25]], atol=1e-6)


def write(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def cut(share: float, suffix: str = "keras") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        if suffix == "keras":
            path = archive(folder / "m.keras")
        else:
            path = write_whole(folder / "m.h5", SEQUENTIAL, DENSE)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        return path

    return make


def with_config(config: Any) -> Callable[[Path], Path]:
    return lambda folder: archive(folder / "m.keras", config)


def with_weights(change: Callable[[h5py.File], None]) -> Callable[[Path], Path]:
    return lambda folder: archive(folder / "m.keras", content=weights(change))


def replaced(array: Any, name: str = "0") -> Callable[[Path], Path]:
    def change(file: h5py.File) -> None:
        own = file["layers/dense/vars"]
        if name in own:
            del own[name]
        own[name] = array

    return with_weights(change)


def huge(file: h5py.File) -> None:
    """A terabyte, declared and never written."""
    own = file["layers/dense/vars"]
    del own["0"]
    own.create_dataset("0", shape=(1 << 20, 1 << 17), dtype="f8", chunks=(1024, 1024))


def bomb(file: h5py.File) -> None:
    """A gigabyte of zeros in a megabyte."""
    own = file["layers/dense/vars"]
    del own["0"]
    block = own.create_dataset(
        "0", shape=(1 << 13, 1 << 14), dtype="f4", chunks=(1 << 12, 1 << 12), compression=9
    )
    block[: 1 << 12, : 1 << 12] = 0


def many(file: h5py.File) -> None:
    """Little in the file, many times over in memory."""
    own = file["layers/dense/vars"]
    own.create_dataset("2", data=np.zeros(1 << 21), chunks=(1 << 21,), compression=9)
    for number in range(3, 40):
        own[str(number)] = own["2"]


def external(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"]["0"] = h5py.ExternalLink("/etc/passwd", "/x")


def soft(file: h5py.File) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars"]["0"] = h5py.SoftLink("/layers/dense/vars/1")


def outside(file: h5py.File) -> None:
    own = file["layers/dense/vars"]
    del own["0"]
    own.create_dataset("0", shape=(3, 2), dtype="f4", external=[("/etc/passwd", 0, 24)])


def loop(file: h5py.File) -> None:
    file["layers/dense/again"] = file["layers/dense"]


def zip_bomb(folder: Path) -> Path:
    config = b" " * (300 << 20) + b"{}"
    return archive(folder / "m.keras", config, compression=zipfile.ZIP_DEFLATED)


def dense_config(**changes: Any) -> dict[str, Any]:
    config = {**LINEAR["config"]["layers"][1]["config"], **changes}
    return changed(LINEAR, *LAYERS, 1, "config", to=config)


def twice(model: dict[str, Any]) -> dict[str, Any]:
    listed = model["config"]["layers"]
    return changed(model, *LAYERS, to=[*listed, listed[-1]])


def call(model: dict[str, Any], args: Any) -> dict[str, Any]:
    return changed(model, *LAYERS, 1, "inbound_nodes", to=[{"args": args, "kwargs": {}}])


def circle() -> dict[str, Any]:
    model = functional()
    second = changed(model["config"]["layers"][1], "name", to="other")
    second = changed(second, "config", "name", to="other")
    second = changed(second, "inbound_nodes", to=[{"args": [tensor("dense")], "kwargs": {}}])
    listed = [*model["config"]["layers"], second]
    return call(changed(model, *LAYERS, to=listed), [tensor("other")])


def whole(config: Any = SEQUENTIAL, held: Any = DENSE) -> Callable[[Path], Path]:
    return lambda folder: write_whole(folder / "m.h5", config, held)


def without(attribute: str, place: str = "/") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = write_whole(folder / "m.h5", SEQUENTIAL, DENSE)
        with h5py.File(path, "a") as file:
            if attribute in file[place].attrs:
                del file[place].attrs[attribute]
            else:
                del file[place][attribute]
        return path

    return make


def nan(name: str) -> Callable[[Path], Path]:
    shape = (3, 2) if name == "0" else (2,)
    return replaced(np.full(shape, np.nan if name == "0" else np.inf, np.float32), name)


REPEAT = {"class_name": "RepeatVector", "config": {"name": "r", "n": 1 << 40}}
REPEATED = changed(LINEAR, *LAYERS, 1, to={**REPEAT, "module": "keras.layers"})
HUGE = {
    kind: {"module": "keras.layers", "class_name": kind, "config": config}
    for kind, config in {
        "AdaptiveMaxPooling1D": {"output_size": 1 << 40},
        "CategoryEncoding": {"num_tokens": 1 << 40},
        "Conv1DTranspose": {"name": "dense", "output_padding": 1 << 40},
        "Resizing": {"height": 1 << 20, "width": 1 << 20},
    }.items()
}

BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    # no file, or no model
    "missing": (lambda folder: folder / "nothing.keras", "can't open .*nothing.keras"),
    "null byte in the name": (lambda folder: "no\0file.keras", "can't open"),
    "directory": (lambda folder: folder, "directory.*one .keras file"),
    "empty": (write("m.keras", b""), "m.keras is empty"),
    "text": (write("m.keras", b"hello\n"), "no model file.*give a .keras"),
    "picture": (write("m.h5", b"\x89PNG\r\n\x1a\n" + b"\0" * 99), "no model file"),
    "pickle": (write("m.pkl", pickle.dumps({"a": 1})), "pickle.*never loaded.*pass the object"),
    "pickle by content": (write("m.keras", pickle.dumps([1], protocol=4)), "pickle"),
    "pickle by name": (write("m.joblib", b"x\x9c\x03"), "pickle"),
    # .keras
    "cut in half": (cut(0.5), "damaged or no .keras file"),
    "cut at the end": (cut(0.99), "damaged or no .keras file"),
    "no config": (lambda f: archive(f / "m.keras", leave_out="config.json"), "no config.json"),
    "no weights": (lambda f: archive(f / "m.keras", leave_out="model.weights.h5"), "no model.wei"),
    "other zip": (with_config(b"{}"), "does not describe a Keras model"),
    "config not JSON": (with_config(b"{'a': 1}"), "config.json is not JSON"),
    "config not UTF-8": (with_config(b'{"a": "\xff\xfe"}'), "config.json is not JSON"),
    "config a list": (with_config([1, 2]), "does not describe a Keras model"),
    "config deep": (with_config(b'{"a":' * 200_000 + b"1" + b"}" * 200_000), "nested too deeply"),
    "config lists deep": (with_config(b'{"config":' + b"[" * 9**6), "nested too deeply"),
    "zip bomb": (zip_bomb, "declares .* bytes; that is too much"),
    "no layers": (with_config(changed(LINEAR, *LAYERS, to=[])), "without layers"),
    "layers a text": (with_config(changed(LINEAR, *LAYERS, to="Dense")), "without layers"),
    "a layer a number": (with_config(changed(LINEAR, *LAYERS, 1, to=3)), "a layer without a class"),
    "class a list": (with_config(changed(LINEAR, *LAYERS, 1, "class_name", to=[])), "without a cl"),
    "a name a number": (with_config(dense_config(name=3)), "name is no text"),
    "duplicate names": (with_config(twice(LINEAR)), "two layers are called 'dense'"),
    "duplicate names, functional": (with_config(twice(functional())), "two layers are called"),
    "circle": (with_config(circle()), "dense, other are called on their own results"),
    "own result": (with_config(call(functional(), [tensor("dense")])), "on their own results"),
    "unknown layer": (with_config(call(functional(), [tensor("y")])), "of 'y', which the model do"),
    "unknown call": (with_config(call(functional(), [tensor("x", 1)])), "call 1 of 'x'"),
    "args a text": (with_config(call(functional(), "x")), "without proper arguments"),
    "no args": (with_config(call(functional(), [])), "do not fit"),
    "unknown output": (
        with_config(changed(functional(), "config", "output_layers", to=[["z", 0, 0]])),
        "output 'z' does not exist",
    ),
    "output a number": (
        with_config(changed(functional(), "config", "output_layers", to=5)),
        "not listed properly",
    ),
    "input no input": (
        with_config(changed(functional(), "config", "input_layers", to=[["dense", 0, 0]])),
        "'dense' is no input layer",
    ),
    "history a text": (
        with_config(
            call(functional(), [changed(tensor("x"), "config", "keras_history", to=["x", "0", 0])])
        ),
        "no tensor of the model",
    ),
    "units a text": (with_config(dense_config(units="two")), "dense .Dense.*has the shape"),
    "config of a layer a text": (
        with_config(changed(LINEAR, *LAYERS, 1, "config", to="x")),
        "(?i)dense .Dense.*",
    ),
    "input shape a text": (
        with_config(changed(LINEAR, *LAYERS, 0, "config", "batch_shape", to=[None, "x"])),
        "no shape of an input",
    ),
    "input shape negative": (
        with_config(changed(LINEAR, *LAYERS, 0, "config", "batch_shape", to=[None, -3])),
        "no shape of an input",
    ),
    "input of a terabyte": (
        with_config(changed(LINEAR, *LAYERS, 0, "config", "batch_shape", to=[None, 1 << 40])),
        "beyond any table",
    ),
    "repeated beyond measure": (with_config(REPEATED), "n=1099511627776 is beyond all measure"),
    **{
        f"{kind} beyond measure": (
            with_config(changed(LINEAR, *LAYERS, 1, to=one)),
            "is beyond all measure",
        )
        for kind, one in HUGE.items()
    },
    # weights of .keras
    "weights no HDF5": (
        lambda f: archive(f / "m.keras", content=b"PK" * 500),
        "model.weights.h5 is damaged or not an HDF5 file",
    ),
    "weights cut": (lambda f: archive(f / "m.keras", content=weights()[:3000]), "damaged or not"),
    "weights of nothing": (
        lambda f: archive(f / "m.keras", content=weights(lambda file: file.clear())),
        "no weights of a Keras model",
    ),
    "no weights for the layer": (
        with_weights(lambda file: file["layers"].clear()),
        r"dense \(Dense\): 0 weights in the file, not 2",
    ),
    "one weight short": (
        with_weights(lambda file: file["layers/dense/vars"].pop("1")),
        r"1 weights in the file, not 2 \(kernel, bias\)",
    ),
    "one weight more": (replaced(np.zeros(2), "2"), "3 weights in the file, not 2"),
    "kernel too wide": (replaced(np.zeros((3, 4))), r"'kernel' has the shape \(3, 4\)"),
    "kernel a number": (replaced(1.5), r"'kernel' has the shape \(\)"),
    "weights texts": (replaced(np.array([b"a", b"b"])), "not numbers"),
    "weights complex": (replaced(np.ones((3, 2), complex)), "not numbers"),
    "weights empty": (replaced(h5py.Empty("f4")), "empty"),
    "weights huge": (with_weights(huge), "declare 1099511627776 bytes"),
    "weights a bomb": (with_weights(bomb), "declare .* bytes, of which"),
    "weights many times": (with_weights(many), "far more weights than it holds"),
    "external link": (with_weights(external), "links are not followed"),
    "soft link": (with_weights(soft), "links are not followed"),
    "external storage": (with_weights(outside), "outside the file"),
    "groups in a circle": (with_weights(loop), "nested too deeply"),
    "NaN": (nan("0"), r"dense \(Dense\): 'kernel' holds NaN or infinite"),
    "infinite": (nan("1"), r"dense \(Dense\): 'bias' holds NaN or infinite"),
    # .h5
    "h5 cut": (cut(0.6, "h5"), "m.h5 is damaged"),
    "h5 of a few bytes": (write("m.h5", b"\x89HDF\r\n\x1a\n\0\0"), "m.h5 is damaged"),
    "h5 of weights alone": (without("model_config"), "weights alone.*architecture"),
    "h5 config not JSON": (whole("nonsense"), "does not describe"),
    "h5 without its weights": (without("model_weights"), "no weights of a Keras model"),
    "h5 without layer names": (
        without("layer_names", "model_weights"),
        "no weights of a Keras model",
    ),
    "h5 layer missing": (without("d", "model_weights"), "lists the layer 'd' but lacks"),
    "h5 array missing": (without("kernel:0", "model_weights/d/d"), "lists the weights .* but lack"),
    "h5 wrong shape": (whole(held={"d": named("d", 1, 4, 2)}), r"has the shape \(4, 2\)"),
    "h5 wrong number": (whole(held={"d": DENSE["d"][:1]}), "1 weights in the file, not 2"),
    "h5 other layers": (
        whole(held={"p": DENSE["d"], "q": [("q/w:0", np.ones(3))]}),
        r"weights for 2 layers \(p, q\), the architecture has 1",
    ),
    "h5 no input shape": (
        whole({"class_name": "Sequential", "config": [layer("Flatten", "f")]}, {}),
        "does not say the shape of the input",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_one_error_of_one_line(case: str, tmp_path: Path) -> None:
    make, message = BROKEN[case]
    source = make(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match=message) as caught:
            read_model(source)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) <= 2000
    assert most < 200 << 20


def test_an_architecture_needs_its_weights(tmp_path: Path) -> None:
    architecture, held = write_pair(tmp_path, SEQUENTIAL, DENSE)
    with pytest.raises(ModelFileError, match="--weights-file"):
        read_model(architecture)
    with pytest.raises(ModelFileError, match="no JSON architecture"):
        read_model(held, held)
    with pytest.raises(ModelFileError, match="not an HDF5 file"):
        read_model(architecture, architecture)
    with pytest.raises(ModelFileError, match="can't open"):
        read_model(architecture, tmp_path / "none.h5")
    architecture.write_text(json.dumps([1]))
    with pytest.raises(ModelFileError, match="does not describe"):
        read_model(architecture, held)
    architecture.write_text("{ not json")
    with pytest.raises(ModelFileError, match="is not JSON"):
        read_model(architecture, held)


@pytest.mark.parametrize("value", [None, 3, b"bytes", {"class_name": "Sequential"}, object()])
def test_neither_a_path_nor_a_model(value: object) -> None:
    with pytest.raises(ModelFileError, match="neither the path of a model file nor a Keras model"):
        read_model(value)


def test_bytes_changed_at_random(tmp_path: Path) -> None:
    """Every changed file reads, or fails by the documented errors."""
    rng = np.random.default_rng(11)
    sources = (
        archive(tmp_path / "m.keras", functional()),
        write_whole(tmp_path / "m.h5", SEQUENTIAL, DENSE),
    )
    refused: list[str] = []
    for path in sources:
        intact = path.read_bytes()
        for _ in range(300):
            content = bytearray(intact)
            for place in rng.integers(0, len(content), 1 + rng.integers(0, 20)):
                content[place] = rng.integers(0, 256)
            path.write_bytes(bytes(content))
            try:
                read_model(path)
            except Keras2SQLError as error:
                refused.append(str(error))
    assert len(refused) > 100
    assert not any("\n" in message for message in refused)


def test_every_byte_of_the_archives_own(tmp_path: Path) -> None:
    """The directory of an archive, which whoever asks what a file is reads first."""
    path = archive(tmp_path / "m.keras")
    whole, damaged = path.read_bytes(), tmp_path / "damaged.keras"
    refused: list[Keras2SQLError] = []
    for place in range(whole.index(b"PK\1\2"), len(whole)):
        for turned in (1, 0x80, 0xFF):
            content = bytearray(whole)
            content[place] ^= turned
            damaged.write_bytes(content)
            try:
                keras2sql.convert(damaged, "duckdb", "t", "id")
            except Keras2SQLError as error:
                refused.append(error)
    assert len(refused) > 100
    assert not any(isinstance(e, InternalError) or "\n" in str(e) for e in refused)
