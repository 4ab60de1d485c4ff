"""Weights that Keras has spread over several files, with an index of these.

The index, ``NAME.weights.json``, says which files have the weights at each path; they are
``NAME_00000.weights.h5`` and so on, beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from keras2sql.errors import ModelFileError
from keras2sql.read.slots import slots_of
from keras2sql.read.spec import ModelSpec
from keras2sql.read.weights import Weights

_MOST_SHARDS = 200  # all are open at once


def is_index(config: Mapping[str, Any]) -> bool:
    """Whether a JSON object is an index of weights."""
    return "weight_map" in config and "class_name" not in config


def shards_of(index: Mapping[str, Any], label: str) -> list[str]:
    """The names of the files beside the index; raises `ModelFileError` for any other place."""
    listed = index.get("weight_map")
    if not isinstance(listed, Mapping):
        raise ModelFileError(f"{label} is not an HDF5 file of weights, nor an index of such files")
    given = [
        n for names in listed.values() for n in (names if isinstance(names, list) else [names])
    ]
    for name in given:
        if not isinstance(name, str) or not _is_plain(name):
            raise ModelFileError(
                f"{label} names {name!r}, which is no file beside it; no other is read"
            )
    names = list(dict.fromkeys(given))
    if len(names) > _MOST_SHARDS:
        raise ModelFileError(
            f"{label} names {len(names)} files, more than {_MOST_SHARDS}; save the weights again "
            "with a larger max_shard_size"
        )
    return names


def _is_plain(name: str) -> bool:
    if name in ("", ".", "..") or ":" in name or "\0" in name:
        return False
    return PurePosixPath(name).name == name and PureWindowsPath(name).name == name


def check_whole(model: ModelSpec, weights: Weights, label: str) -> None:
    """Raise `ModelFileError` where the file is one of several, and lacks a layer's weights."""
    found = re.fullmatch(r"(.+)_\d{5}\.weights\.h5", Path(label).name)
    if found is None:
        return
    for path, leaf in model.leaves():
        if slots_of(leaf) and not weights.held(leaf):
            index = f"{found[1]}.weights.json"
            raise ModelFileError(
                f"{label} has no weights of the layer '{path}': it is one of several files; "
                f"name their index, {index}, as the weights_file"
            )
