"""``--plugin``: modules of the user's that register converters, or that a pickle needs."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable
from types import ModuleType

from keras2sql.errors import InputError, Keras2SQLError
from keras2sql.read.backends import choose_backend


def load(names: Iterable[str]) -> None:
    """Import these modules, from the current directory or wherever Python finds them.

    Raises `InputError` for one that is not there or fails.
    """
    choose_backend()  # a module of converters imports Keras
    folder = os.getcwd()
    sys.path.insert(0, folder)
    try:
        for name in names:
            _import(name, folder)
    finally:
        sys.path.remove(folder)


def _import(name: str, folder: str) -> None:
    if name.endswith(".py") or not all(part.isidentifier() for part in name.split(".")):
        raise InputError(f"--plugin {name}: takes the name of a module, as in `import my_layers`")
    try:
        _lend(importlib.import_module(name))
    except Keras2SQLError as error:
        raise type(error)(f"--plugin {name}: {error}") from error
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(
                f"--plugin {name}: no such module, neither in {folder} nor among the installed ones"
            ) from error
        raise _failed(name, error) from error
    except Exception as error:
        raise _failed(name, error) from error


def _lend(module: ModuleType) -> None:
    """Let a pickle that was written by this file, run as a program, find its functions."""
    main = sys.modules["__main__"]
    for name, value in vars(module).items():
        if not name.startswith("__") and not hasattr(main, name):
            setattr(main, name, value)


def _failed(name: str, error: Exception) -> InputError:
    return InputError(f"--plugin {name}: importing it failed: {type(error).__name__}: {error}")
