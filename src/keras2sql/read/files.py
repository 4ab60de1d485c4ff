"""Model files: what kind one is, and the architecture and weights in it.

Nothing in a file is executed, nothing is extracted, and no more is read than the file
itself bears out.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from keras2sql.errors import ModelFileError
from keras2sql.read import hdf5
from keras2sql.read.folders import folders
from keras2sql.read.limits import check_config
from keras2sql.read.named import holds_names, read_named
from keras2sql.read.parse import parse_model
from keras2sql.read.shards import check_whole, is_index, shards_of
from keras2sql.read.spec import ModelSpec
from keras2sql.read.tree import holds_tree, read_tree
from keras2sql.read.weights import Weights

# A configuration is text; vocabularies of lookups are the longest thing in it.
_MOST_CONFIG_BYTES = 64 << 20
_MOST_EXPANSION = 24
_SMALL_BYTES = 64 << 20

_WEIGHTS = "model.weights.h5"
_ZIP = b"PK\x03\x04"
_LFS = b"version https://git-lfs.github.com/"
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
        _check_regular(path, name)
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
    if start.startswith(_LFS):
        raise ModelFileError(
            f"{name} is a pointer of git-lfs, not the file itself: fetch that by `git lfs pull`"
        )
    if start.startswith(_ZIP):
        return "zip"
    if start.startswith(hdf5.SIGNATURE):
        return "hdf5"
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return "json"
    return _kind_behind_something(path)


def _kind_behind_something(path: str | os.PathLike[str]) -> str:
    """ "zip" or "hdf5" where such a file has bytes of somebody else's in front, or ""."""
    with open(path, "rb") as file:
        if hdf5.user_block(file):
            return "hdf5"
        return "zip" if zipfile.is_zipfile(file) else ""


def _check_regular(path: str | os.PathLike[str], name: str) -> None:
    """Raise `ModelFileError` for what may block, or never ends, when it is read."""
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        saved = os.path.exists(os.path.join(path, "saved_model.pb"))
        what = "a directory, TensorFlow's SavedModel: load it and" if saved else "a directory:"
        raise ModelFileError(f"{name} is {what} save the model as one .keras file")
    if not stat.S_ISREG(mode):
        raise ModelFileError(f"{name} is a device, a pipe or a socket, and no file")


def version_of(text: object) -> tuple[int, int]:
    """(3, 15) for "3.15.1"; Keras 1 did not write its version."""
    found = re.match(r"(\d{1,4})(?:\.(\d{1,4}))?", str(text or ""))
    return (int(found[1]), int(found[2] or 0)) if found else (1, 0)


def read_weights(model: ModelSpec, files: Sequence[Any], label: str, own: bool) -> Weights:
    """The weights of `model` in open HDF5 files of either layout.

    `own` says that they were saved with this architecture: then the names of layers count.
    """
    weights = Weights(
        budget=sum(hdf5.most_bytes(file) for file in files),
        visits=sum(hdf5.most_visits(file) for file in files),
    )
    if not files:  # an index of the weights of a model that has none
        return weights
    weights.backend = _attribute(files[0], "backend") or ""
    group = hdf5.subgroup(files[0], "model_weights") or files[0]
    root = folders(files)
    if holds_names(group):
        read_named(model, group, weights, label, own)
    elif holds_tree(root):
        read_tree(model, root, weights, own)
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
    with archive_opened(source, name) as archive:
        config = _json_member(archive, "config.json", name)
        if class_name is not None:
            config = {"class_name": class_name, "config": config.get("config")}
        metadata: Mapping[str, Any] = {}
        if "metadata.json" in _members(archive):
            metadata = _json_member(archive, "metadata.json", name)
        keras = version_of(metadata.get("keras_version") or "3.0")
        model = parse_model(config, keras, model_name or Path(name).stem)
        content = _bytes_member(archive, _WEIGHTS, name, None)
        vocabularies = _vocabularies(archive, name)
    with hdf5.opened(content, f"{name}: {_WEIGHTS}") as file:
        weights = read_weights(model, [file], name, own=True)
        weights.take_vocabularies(vocabularies, (leaf for _, leaf in model.leaves()))
        return ModelFile(model, weights, keras)


@contextmanager
def archive_opened(
    source: str | os.PathLike[str] | IO[bytes], name: str
) -> Iterator[zipfile.ZipFile]:
    """The archive; raises `ModelFileError` where it is none, or is damaged, also in what is read
    of it inside the block."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    # zipfile raises NotImplementedError for a compression or a version that it does not know,
    # RuntimeError for an encrypted member, and lets through what decompressors raise.
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise ModelFileError(f"{name} is damaged or no .keras file: {error}") from error


def _vocabularies(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """The texts of lookups, by the path of the layer."""
    found, left = {}, _MOST_CONFIG_BYTES
    for member in _members(archive):
        path = member.removeprefix("assets/").removesuffix("/vocabulary.txt")
        if member == f"assets/{path}/vocabulary.txt":
            text = _bytes_member(archive, member, name, left)
            left -= len(text)
            try:
                found[path] = text.decode()
            except UnicodeDecodeError as error:
                raise ModelFileError(f"{name}: {member} is no text in UTF-8") from error
    return found


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """What is in the archive, by its path; Windows may have written that with backslashes."""
    return {one.filename.replace("\\", "/"): one for one in archive.infolist()}


def _bytes_member(archive: zipfile.ZipFile, member: str, name: str, most: int | None) -> bytes:
    """A member's content, refused where its size is beyond `most` or out of proportion."""
    info = _members(archive).get(member)
    if info is None:
        raise ModelFileError(f"{name} is no .keras file: it has no {member}")
    expands = info.file_size > _SMALL_BYTES + _MOST_EXPANSION * info.compress_size
    if expands or (most is not None and info.file_size > most):
        raise ModelFileError(f"{name}: {member} declares {info.file_size} bytes; that is too much")
    with archive.open(info) as file:
        return file.read(info.file_size)


def _json_member(archive: zipfile.ZipFile, member: str, name: str) -> Mapping[str, Any]:
    content = _bytes_member(archive, member, name, _MOST_CONFIG_BYTES)
    return _json_object(content, f"{name}: {member}")


def _json_object(content: bytes | str, label: str) -> Mapping[str, Any]:
    check_config(content, label)
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
        return ModelFile(model, read_weights(model, [file], name, own=True), keras)


def _attribute(file: Any, name: str) -> str | None:
    own = hdf5.text(file, name)
    if own is not None:
        return own
    group = hdf5.subgroup(file, "model_weights")
    return hdf5.text(group, name) if group is not None else None


# -- JSON and weights


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ModelFileError(f"can't read {Path(path).name}: {error.strerror or error}") from error


def _read_pair(
    path: str | os.PathLike[str], name: str, weights_file: str | os.PathLike[str]
) -> ModelFile:
    if os.path.getsize(path) > _MOST_CONFIG_BYTES:
        raise ModelFileError(f"{name} is too large for an architecture")
    config = _json_object(_read(path), name)
    if is_index(config):
        raise ModelFileError(
            f"{name} is an index of weights: name the architecture (JSON) as the model, and this "
            "as its weights_file"
        )
    label = Path(weights_file).name
    with _weights_opened(weights_file, label) as files:
        written = next((v for f in files if (v := _attribute(f, "keras_version"))), None)
        told = config.get("keras_version") or written
        # Keras 3 says the module of each class, and not always its version.
        keras = version_of(told or ("3.0" if "module" in config else None))
        model = parse_model(config, keras, Path(name).stem)
        weights = read_weights(model, files, label, own=False)
        check_whole(model, weights, label)
        return ModelFile(model, weights, keras)


@contextmanager
def _weights_opened(path: str | os.PathLike[str], label: str) -> Iterator[list[Any]]:
    """The HDF5 files of a weights file: itself, the one in a `.keras`, those that it lists."""
    kind = kind_of(path)
    with ExitStack() as stack:
        if kind == "hdf5":
            yield [stack.enter_context(hdf5.opened(path, label))]
        elif kind == "zip":
            with archive_opened(path, label) as archive:
                content = _bytes_member(archive, _WEIGHTS, label, None)
            yield [stack.enter_context(hdf5.opened(content, f"{label}: {_WEIGHTS}"))]
        elif kind == "json":
            shards = [Path(path).parent / name for name in _shards(path, label)]
            for shard in shards:
                if kind_of(shard) != "hdf5":
                    raise ModelFileError(f"{label} names {shard.name}, which is no HDF5 file")
            yield [stack.enter_context(hdf5.opened(shard, shard.name)) for shard in shards]
        else:
            raise ModelFileError(f"{label} is not an HDF5 file of weights")


def _shards(path: str | os.PathLike[str], label: str) -> list[str]:
    if os.path.getsize(path) > _MOST_CONFIG_BYTES:
        raise ModelFileError(f"{label} is too large for an index of weights")
    return shards_of(_json_object(_read(path), label), label)
