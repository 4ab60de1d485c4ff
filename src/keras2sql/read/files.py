"""Model files: what kind one is, and the architecture and weights in it.

Nothing in a file is executed, nothing is extracted, and no more is read than the file
itself bears out.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from keras2sql.errors import ModelFileError
from keras2sql.read import hdf5
from keras2sql.read.named import holds_names, read_named
from keras2sql.read.parse import parse_model
from keras2sql.read.spec import ModelSpec
from keras2sql.read.tree import holds_tree, read_tree
from keras2sql.read.weights import Weights

# A configuration is text; vocabularies of lookups are the longest thing in it.
_MOST_CONFIG_BYTES = 256 << 20
_MOST_EXPANSION = 200
_SMALL_BYTES = 64 << 20

_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_PICKLE_SUFFIXES = (".pkl", ".pickle", ".joblib")


@dataclass(frozen=True, eq=False)
class ModelFile:
    """What a file holds."""

    model: ModelSpec
    weights: Weights
    keras: tuple[int, int]


def read_file(
    path: str | os.PathLike[str], weights_file: str | os.PathLike[str] | None = None
) -> ModelFile:
    """Read a `.keras`, a whole-model `.h5`, or a JSON architecture with its weights file."""
    name = Path(path).name
    kind = kind_of(path)
    if kind != "json" and weights_file is not None:
        raise ModelFileError(
            f"{name} is no JSON architecture: weights_file goes with one of those only"
        )
    if kind == "zip":
        return read_archive(path, name)
    if kind == "hdf5":
        return _read_whole(path, name)
    if kind == "json":
        if weights_file is None:
            raise ModelFileError(
                f"{name} is an architecture without weights: name the HDF5 file of its weights "
                "(weights_file=..., --weights-file)"
            )
        return _read_pair(path, name, weights_file)
    raise ModelFileError(
        f"{name} is no model file: give a .keras, a whole-model .h5, or a JSON architecture "
        "with its weights file"
    )


def kind_of(path: str | os.PathLike[str]) -> str:
    """ "zip", "hdf5", "json" or "", by content; `ModelFileError` for what is no file at all."""
    name = Path(path).name or os.fspath(path)
    try:
        if os.path.isdir(path):
            raise ModelFileError(f"{name} is a directory: save the model as one .keras file")
        with open(path, "rb") as file:
            start = file.read(4096)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelFileError(f"can't open the model file {os.fspath(path)}: {reason}") from error
    if not start:
        raise ModelFileError(f"{name} is empty")
    if start.startswith(_PICKLES) or Path(path).suffix.lower() in _PICKLE_SUFFIXES:
        raise ModelFileError(
            f"{name} is a pickle, which can run any code and is never loaded: load it yourself, "
            "if you trust it, and pass the object"
        )
    if start.startswith(_ZIP):
        return "zip"
    if start.startswith(_HDF5):
        return "hdf5"
    return "json" if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else ""


def version_of(text: object) -> tuple[int, int]:
    """(3, 15) for "3.15.1"; Keras 1 did not write its version."""
    found = re.match(r"(\d{1,4})(?:\.(\d{1,4}))?", str(text or ""))
    return (int(found[1]), int(found[2] or 0)) if found else (1, 0)


def read_weights(model: ModelSpec, file: Any, label: str) -> Weights:
    """The weights of `model` in an open HDF5 file of either layout."""
    weights = Weights(budget=hdf5.most_bytes(file))
    group = hdf5.subgroup(file, "model_weights") or file
    if holds_names(group):
        read_named(model, group, weights, label)
    elif holds_tree(file):
        read_tree(model, file, weights)
    else:
        raise ModelFileError(f"{label} holds no weights of a Keras model")
    return weights


# -- .keras


def read_archive(
    source: str | os.PathLike[str] | IO[bytes],
    name: str,
    model_name: str | None = None,
    class_name: str | None = None,
) -> ModelFile:
    """The zip of config.json, metadata.json and model.weights.h5 that Keras 3 saves.

    `model_name` counts where the config has none; a `class_name` tells to read the model as
    one of this class of Keras.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            config = _json_member(archive, "config.json", name)
            if class_name is not None:
                config = {"class_name": class_name, "config": config.get("config")}
            metadata: Mapping[str, Any] = {}
            if "metadata.json" in archive.namelist():
                metadata = _json_member(archive, "metadata.json", name)
            keras = version_of(metadata.get("keras_version") or "3.0")
            model = parse_model(config, keras, model_name or Path(name).stem)
            content = _bytes_member(archive, "model.weights.h5", name, None)
            vocabularies = _vocabularies(archive, name)
    # zipfile raises NotImplementedError for a compression that it does not know, RuntimeError
    # for an encrypted member.
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelFileError(f"{name} is damaged or no .keras file: {error}") from error
    with hdf5.opened(content, f"{name}: model.weights.h5") as file:
        weights = read_weights(model, file, name)
        weights.take_vocabularies(vocabularies, (leaf for _, leaf in model.leaves()))
        return ModelFile(model, weights, keras)


def _vocabularies(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The texts of lookups, by the path of the layer."""
    found, left = {}, _MOST_CONFIG_BYTES
    for member in archive.namelist():
        path = member.removeprefix("assets/").removesuffix("/vocabulary.txt")
        if member == f"assets/{path}/vocabulary.txt":
            text = _bytes_member(archive, member, name, left)
            left -= len(text)
            try:
                found[path] = text.decode()
            except UnicodeDecodeError as error:
                raise ModelFileError(f"{name}: {member} is no text in UTF-8") from error
    return found


def _bytes_member(archive: zipfile.ZipFile, member: str, name: str, most: int | None) -> bytes:
    """A member's content, refused where its size is beyond `most` or out of proportion."""
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise ModelFileError(f"{name} is no .keras file: it has no {member}") from None
    expands = info.file_size > _SMALL_BYTES + _MOST_EXPANSION * info.compress_size
    if expands or (most is not None and info.file_size > most):
        raise ModelFileError(f"{name}: {member} declares {info.file_size} bytes; that is too much")
    with archive.open(info) as file:
        return file.read(info.file_size)


def _json_member(archive: zipfile.ZipFile, member: str, name: str) -> Mapping[str, Any]:
    content = _bytes_member(archive, member, name, _MOST_CONFIG_BYTES)
    return _json_object(content, f"{name}: {member}")


def _json_object(content: bytes | str, label: str) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except RecursionError as error:
        raise ModelFileError(f"{label} is nested too deeply") from error
    except ValueError as error:
        raise ModelFileError(f"{label} is not JSON: {error}") from error
    if not isinstance(found, Mapping):
        raise ModelFileError(f"{label} does not describe a Keras model")
    return found


# -- whole-model .h5


def _read_whole(path: str | os.PathLike[str], name: str) -> ModelFile:
    with hdf5.opened(path, name) as file:
        config = hdf5.text(file, "model_config")
        if config is None:
            raise ModelFileError(
                f"{name} has no model_config: it holds weights alone, or is not from Keras; "
                "give the architecture (JSON) as the model, and this file as its weights_file"
            )
        keras = version_of(_attribute(file, "keras_version"))
        model = parse_model(_json_object(config, f"{name}: model_config"), keras, Path(name).stem)
        return ModelFile(model, read_weights(model, file, name), keras)


def _attribute(file: Any, name: str) -> str | None:
    own = hdf5.text(file, name)
    if own is not None:
        return own
    group = hdf5.subgroup(file, "model_weights")
    return hdf5.text(group, name) if group is not None else None


# -- JSON and weights


def _read_pair(
    path: str | os.PathLike[str], name: str, weights_file: str | os.PathLike[str]
) -> ModelFile:
    if os.path.getsize(path) > _MOST_CONFIG_BYTES:
        raise ModelFileError(f"{name} is too large for an architecture")
    config = _json_object(Path(path).read_bytes(), name)
    label = Path(weights_file).name
    with _weights_opened(weights_file, label) as file:
        told = config.get("keras_version") or _attribute(file, "keras_version")
        # Keras 3 says the module of each class, and not always its version.
        keras = version_of(told or ("3.0" if "module" in config else None))
        model = parse_model(config, keras, Path(name).stem)
        return ModelFile(model, read_weights(model, file, label), keras)


@contextmanager
def _weights_opened(path: str | os.PathLike[str], label: str) -> Iterator[Any]:
    if kind_of(path) != "hdf5":
        raise ModelFileError(f"{label} is not an HDF5 file of weights")
    with hdf5.opened(path, label) as file:
        yield file
