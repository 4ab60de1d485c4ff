"""What users type: public names, and what they are told of them."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import typing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

import keras2sql
from keras2sql import statement

ROOT = Path(__file__).parents[1]
VERBS = [n for n in keras2sql.__all__ if inspect.isfunction(getattr(keras2sql, n))]
METHODS = [n for n, f in vars(keras2sql.Program).items() if callable(f) and n[0] != "_"]
PUBLIC = re.findall(r"`(keras2sql[.][a-z.]+)`", keras2sql.__doc__ or "")


@pytest.mark.parametrize("name", ["dialects", "layers"])
def test_a_name_is_a_package_and_can_be_called(name: str) -> None:
    package = importlib.import_module(f"keras2sql.{name}")
    assert isinstance(package, ModuleType)
    assert getattr(keras2sql, name) is package
    assert package.__file__ is not None
    frame = getattr(keras2sql, name)()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) > 5
    assert not inspect.signature(getattr(keras2sql, name)).parameters


def test_importing_a_package_first_gives_the_package() -> None:
    code = (
        "import keras2sql.dialects as dialects; from keras2sql.dialects import DIALECTS; "
        "import keras2sql; print(len(dialects()) == len(DIALECTS) == len(keras2sql.dialects()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def classes(hint: Any) -> set[type]:
    """The classes of the house in an annotation."""
    parts = typing.get_args(hint)
    if parts:
        return set().union(*map(classes, parts))
    own = isinstance(hint, type) and hint.__module__.startswith("keras2sql.")
    return {hint} if own else set()


@pytest.mark.parametrize("name", [*VERBS, *METHODS])
def test_what_is_returned_is_exported(name: str) -> None:
    owner = keras2sql if name in VERBS else keras2sql.Program
    function: Callable[..., Any] = getattr(owner, name)
    known = {**vars(sys.modules[function.__module__]), "pd": pd}
    returned = typing.get_type_hints(function, known)["return"]
    assert not [one for one in classes(returned) if one.__name__ not in keras2sql.__all__]


@pytest.mark.parametrize("name", ["convert", "inspect"])
def test_every_parameter_is_described(name: str) -> None:
    function = getattr(keras2sql, name)
    text = inspect.getdoc(function) or ""
    described = re.findall(r"^    (\w+): ", text.split("Args:")[1].split("Returns:")[0], re.M)
    assert described == list(inspect.signature(function).parameters)
    raised = re.findall(r"^    (\w+): ", text.split("Raises:")[1], re.M)
    assert raised
    assert set(raised) <= set(keras2sql.__all__)


def test_every_attribute_of_a_program_is_described() -> None:
    kinds = statement.Statement
    fields = set(kinds.__dataclass_fields__)
    made = {n for n, f in vars(kinds).items() if isinstance(f, property)} - {"tables"}
    text = (inspect.getdoc(keras2sql.Program) or "").split("Attributes:")[1]
    assert set(re.findall(r"^    (\w+): ", text, re.M)) == fields | made


def test_documents_name_public_modules_alone() -> None:
    assert len(PUBLIC) >= 6
    for name in PUBLIC:
        importlib.import_module(name)
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.py")]
    named = {
        name.rstrip(".")
        for path in texts
        for name in re.findall(r"keras2sql[.][a-z0-9_.]+", path.read_text(encoding="utf-8"))
    }
    allowed = (*PUBLIC, *(f"keras2sql.{n}" for n in keras2sql.__all__))
    private = [
        name
        for name in named
        if is_module(name) and not any(f"{name}.".startswith(f"{one}.") for one in allowed)
    ]
    assert not private


def is_module(name: str) -> bool:
    path = ROOT / "src" / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()
