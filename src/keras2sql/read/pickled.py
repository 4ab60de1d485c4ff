"""Pickles: recognised, and loaded only where the user vouches for them."""

from __future__ import annotations

import pickle
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from keras2sql.errors import ModelFileError

_SUFFIXES = {".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle"}


def is_pickle(path: Path) -> bool:
    """Whether the file is a pickle by its first bytes, or by its name."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(2)
    binary = len(start) == 2 and start[0] == 0x80 and 2 <= start[1] <= pickle.HIGHEST_PROTOCOL
    return binary or path.suffix.lower() in _SUFFIXES


def load_pickle(path: Path, trust_pickle: bool = False) -> Any:
    """The object in the file; by joblib where that is installed, since it reads both kinds.

    Raises `ModelFileError` unless `trust_pickle`, or where the file cannot be loaded.
    """
    if not trust_pickle:
        raise ModelFileError(
            f"{path} is a pickle, which can run any code when it is loaded; if you trust where "
            "it comes from, say --trust-pickle (in Python: load it and pass the object)"
        )
    try:
        if find_spec("joblib"):
            return import_module("joblib").load(path)
        with path.open("rb") as file:
            return pickle.load(file)
    except Exception as error:
        raise ModelFileError(
            f"{path} cannot be unpickled ({type(error).__name__}: {error}); "
            "it needs the libraries and versions that wrote it"
        ) from error
