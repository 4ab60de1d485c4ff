"""Packages that can be called: `keras2sql.dialects()` is a table, `keras2sql.dialects` a package.

Both names are public; were the name the function's alone, ``import keras2sql.dialects`` would give
the function by surprise.  A module may have a class of its own: see "Customizing module attribute
access" in the chapter "Data model" of Python's reference.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def make_callable(package: ModuleType, function: Callable[[], Any]) -> None:
    """Let a call of the package be one of the function."""

    class Package(ModuleType):
        def __call__(self) -> Any:
            return function()

    Package.__call__.__doc__ = function.__doc__
    package.__class__ = Package
