"""A fault of keras2sql's own is no damaged file: it comes out as one, with the layer's name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from archives import LINEAR, archive, changed, functional
from legacy_files import dense, layer, named, write_whole

from keras2sql.errors import InternalError, ModelFileError
from keras2sql.layers.registry import REGISTRY, Entry
from keras2sql.read import keras2, parse, read_model
from keras2sql.read.weights import Weights

ERRORS: list[Exception] = [
    KeyError("units"),
    KeyError("wobble"),
    IndexError("list index out of range"),
    TypeError("unsupported operand"),
    ValueError("too many values"),
    AttributeError("no attribute 'shape'"),
    ZeroDivisionError("division by zero"),
    RuntimeError("what"),
    AssertionError("never"),
    NotImplementedError(),
    NameError("name 'y' is not defined"),
]


def stumble(monkeypatch: pytest.MonkeyPatch, key: str, error: Exception) -> None:
    def convert(graph: Any, layer: Any, *xs: Any) -> Any:
        raise error

    convert.__module__ = "keras2sql.layers.core"
    monkeypatch.setitem(REGISTRY, key, Entry(convert, REGISTRY[key].weights))


def of_keras_2(folder: Path, *entries: Any) -> Path:
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": list(entries)}}
    return write_whole(folder / "m.h5", config, {"d": named("d", 1, 3, 2)}, "2.11.0")


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: f"{type(e).__name__}-{e}")
def test_a_converter_that_stumbles(
    error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stumble(monkeypatch, "Dense", error)
    with pytest.raises(InternalError, match=r"^d \(Dense\): a fault of keras2sql.*report"):
        read_model(of_keras_2(tmp_path, dense("d", 2, batch_input_shape=[None, 3])))
    with pytest.raises(InternalError, match="please report it"):
        read_model(archive(tmp_path / "m.keras", LINEAR))
    with pytest.raises(InternalError, match="please report it"):
        read_model(archive(tmp_path / "f.keras", functional()))


def test_a_converter_that_stumbles_inside_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stumble(monkeypatch, "Dense", TypeError("what"))
    inner = dense("d", 2)
    entry = layer("TimeDistributed", "d", layer=inner, batch_input_shape=[None, 4, 3])
    with pytest.raises(InternalError, match=r"d \(TimeDistributed\): a fault of keras2sql"):
        read_model(of_keras_2(tmp_path, entry))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"units": "x"}, "units='x', where a whole number above 0 belongs"),
        ({"units": None}, "units=None"),
        ({"use_bias": [1]}, r"use_bias=\[1\], where true or false belongs"),
    ],
)
def test_the_same_error_at_a_wrong_value_is_the_files(
    changes: Any, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stumble(monkeypatch, "Dense", TypeError("what"))
    entry = dense("d", 2, batch_input_shape=[None, 3])
    entry["config"] |= changes
    with pytest.raises(ModelFileError, match=said):
        read_model(of_keras_2(tmp_path, entry))


def test_an_argument_that_is_missing_is_the_files(tmp_path: Path) -> None:
    entry = dense("d", 2, batch_input_shape=[None, 3])
    del entry["config"]["units"]
    with pytest.raises(ModelFileError, match="its configuration has no units"):
        read_model(of_keras_2(tmp_path, entry))


@pytest.mark.parametrize("place", [(keras2, "normalised"), (parse, "_children")])
def test_a_parser_that_stumbles(
    place: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stumbles(*args: Any) -> Any:
        raise KeyError("wobble")

    monkeypatch.setattr(*place, stumbles)
    with pytest.raises(InternalError, match="reading the model: a fault of keras2sql"):
        read_model(of_keras_2(tmp_path, dense("d", 2, batch_input_shape=[None, 3])))


def test_a_reader_of_weights_that_stumbles_is_no_damaged_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stumbles(*args: Any) -> Any:
        raise KeyError("wobble")

    monkeypatch.setattr(Weights, "put", stumbles)
    with pytest.raises(InternalError, match="wobble"):
        read_model(of_keras_2(tmp_path, dense("d", 2, batch_input_shape=[None, 3])))


def test_a_batch_shape_of_truth_values_is_the_files(tmp_path: Path) -> None:
    config = changed(LINEAR, "config", "layers", 0, "config", "batch_shape", to=[None, True])
    with pytest.raises(ModelFileError, match="no shape of an input"):
        read_model(archive(tmp_path / "m.keras", config))


def test_a_stride_between_two_elements_is_the_files(tmp_path: Path) -> None:
    entry = layer("MaxPooling1D", "d", pool_size=2, strides=1.5, padding="valid",
                  batch_input_shape=[None, 6, 1])  # fmt: skip
    with pytest.raises(ModelFileError, match=r"strides=1\.5|no whole numbers"):
        read_model(of_keras_2(tmp_path, entry))
    entry["config"]["strides"] = [1.5]
    with pytest.raises(ModelFileError, match="no whole numbers"):
        read_model(of_keras_2(tmp_path, entry))


def test_the_command_line_says_it_in_one_line(tmp_path: Path) -> None:
    path = of_keras_2(tmp_path, dense("d", 2, batch_input_shape=[None, 3]))
    code = (
        "import sys; from keras2sql.layers import REGISTRY, core; "
        "from keras2sql.layers.registry import Entry; "
        "core.dense.__code__ = (lambda graph, layer, x: 1 // 0).__code__; "
        "from keras2sql.cli import main; sys.argv = ['keras2sql', 'inspect', sys.argv[1]]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: d (Dense): a fault of keras2sql")
    assert "Traceback" not in done.stderr
