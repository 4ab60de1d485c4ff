"""Files of Python objects: pickles, loaded only where the user vouches for them, and those of
skops, which names what it would make before it makes it."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from keras2sql.errors import ModelFileError
from keras2sql.read.backends import choose_backend
from keras2sql.read.files import archive_opened

_SUFFIXES = {".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle"}
_PLAIN = {"numpy.dtype"}  # what holds no code, and skops does not trust by itself
_OWN = {"sklearn", "_loss"}  # by the latter name scikit-learn 1.4 to 1.7 pickled its losses
_LIBRARIES = "it needs the libraries and versions that wrote it"


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
    choose_backend()  # SciKeras's estimators import Keras
    try:
        try:
            return _loaded(path)
        except (ModuleNotFoundError, AttributeError):
            if not find_spec("joblib"):
                raise
            with _without_what_is_gone():
                return _loaded(path)
    except (ModuleNotFoundError, AttributeError) as error:
        raise ModelFileError(
            f"{path} cannot be unpickled ({type(error).__name__}: {error}); {_LIBRARIES}, and "
            "a function of your own in it the module that has it: --plugin MODULE"
        ) from error
    except Exception as error:
        raise ModelFileError(
            f"{path} cannot be unpickled ({type(error).__name__}: {error}); {_LIBRARIES}"
        ) from error


def _loaded(path: Path) -> Any:
    if find_spec("joblib"):
        return import_module("joblib").load(path)
    with path.open("rb") as file:
        return pickle.load(file)


class Gone:
    """What stands for an object of a class that scikit-learn had when it wrote the file, and the
    one that is installed has no more; no reader asks it for more than its name."""

    def __init__(self, *arguments: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        pass


@contextmanager
def _without_what_is_gone() -> Iterator[None]:
    """While this lasts, joblib makes `Gone` of what scikit-learn has no more: losses, and lists of
    columns, that another version pickled along with what was fitted."""
    files: Any = import_module("joblib.numpy_pickle")
    plain: Any = files.NumpyUnpickler

    class Unpickler(plain):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            try:
                return super().find_class(module, name)
            except (ModuleNotFoundError, AttributeError):
                if module.partition(".")[0] not in _OWN:
                    raise
                return type(name, (Gone,), {"__module__": module})

    files.NumpyUnpickler = Unpickler
    try:
        yield
    finally:
        files.NumpyUnpickler = plain


def is_skops(path: Path) -> bool:
    """Whether the file is one of skops: an archive with a schema."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    try:
        with archive_opened(path, path.name) as archive:
            return "schema.json" in archive.namelist()
    except ModelFileError:  # who reads it as a model tells what is wrong with it
        return False


def load_skops(path: Path) -> Any:
    """The object in a file of skops, made of what scikit-learn and numpy bring.

    Raises `ModelFileError` where the file asks for anything else, or can't be loaded.
    """
    if not find_spec("skops"):
        raise ModelFileError(f"{path} is a file of skops, which is not there: pip install skops")
    choose_backend()
    files = import_module("skops.io")
    try:
        strangers = files.get_untrusted_types(file=path)
        trusted = [n for n in strangers if n.startswith("sklearn.") or n in _PLAIN]
        unknown = sorted(set(strangers) - set(trusted))
        if not unknown:
            return files.load(path, trusted=trusted)
    except Exception as error:
        raise ModelFileError(
            f"{path} cannot be loaded ({type(error).__name__}: {error}); {_LIBRARIES}"
        ) from error
    raise ModelFileError(
        f"{path} asks for {', '.join(unknown[:5])}, which is not scikit-learn's own and is not "
        "loaded without trust; in Python: load it and pass the object"
    )
