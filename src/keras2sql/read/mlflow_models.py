"""Models as MLflow keeps them: a folder with a file that describes it, and the URIs of a registry.

The folder is read without MLflow, and nothing in it is executed: what describes it is parsed as
plain YAML, and of the model's flavours the one is taken whose file keras2sql reads.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from keras2sql.errors import ModelFileError

DESCRIPTION = "MLmodel"
_LONGEST = 1 << 20  # bytes of it; what a model was given as examples is in other files
_URI = re.compile(r"(models|runs):/+([^/@]+)(.*)")
_VERSION = re.compile(r"models:/+([^/@]+/\d+|m-\w+)")  # others may name another one tomorrow
_INSTALL = "pip install 'keras2sql[mlflow]'"

# Of each flavour the settings that name a file or folder, and the files in such a folder.
_KERAS = ("model.keras", "model.h5", "model")
_FLAVOURS: dict[str, tuple[str, tuple[str, ...]]] = {
    "keras": ("data", _KERAS),
    "tensorflow": ("data", _KERAS),
    "sklearn": ("pickled_model", ()),
    "xgboost": ("data", ()),
    "lightgbm": ("data", ()),
    "catboost": ("data", ()),
}


def is_uri(model: Any) -> bool:
    """Whether this names a model of a registry or a run, and no file."""
    return isinstance(model, str) and _URI.fullmatch(model) is not None


def is_folder(model: Any) -> bool:
    """Whether this is a folder as MLflow saves models in."""
    return isinstance(model, str | os.PathLike) and Path(model, DESCRIPTION).is_file()


def called(model: str | os.PathLike[str]) -> str:
    """The name of a file, of a folder, of a registered model, or of a run's artifact."""
    found = _URI.fullmatch(os.fspath(model))
    if found is None:
        path = Path(model)
        return path.name if is_folder(path) else path.stem
    kind, name, rest = found.groups()
    artifact = [part for part in rest.split("/") if part]
    return artifact[-1] if kind == "runs" and artifact else name


def fetched(uri: str) -> Path:
    """The folder of a registered model or of a run's, by MLflow's own client; what it downloads is
    gone when the process ends.  A version does not change, and is downloaded once.

    Raises `ModelFileError` where MLflow is not installed, or does not find or reach it.
    """
    return _kept(uri) if _VERSION.fullmatch(uri) else _downloaded(uri)


@cache
def _kept(uri: str) -> Path:
    return _downloaded(uri)


def _downloaded(uri: str) -> Path:
    if find_spec("mlflow") is None:
        raise ModelFileError(f"{uri} is a model of MLflow, which is not installed: {_INSTALL}")
    folder = tempfile.mkdtemp(prefix="keras2sql-mlflow-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        artifacts: Any = import_module("mlflow.artifacts")
        found = artifacts.download_artifacts(artifact_uri=uri, dst_path=folder)
    except Exception as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelFileError(
            f"MLflow can't fetch {uri}: {said.rstrip('.')}; MLFLOW_TRACKING_URI says where it looks"
        ) from error
    return Path(found)


def file_in(folder: str | os.PathLike[str]) -> Path:
    """The model's own file in a folder of MLflow's.

    Raises `ModelFileError` for a description that is damaged or names what is not there, and for
    flavours that keras2sql does not read.
    """
    home = Path(folder)
    told = _described(home)
    flavours = told.get("flavors")
    if not isinstance(flavours, Mapping):
        raise ModelFileError(f"{home.name}/{DESCRIPTION} names no flavours: it is no model's")
    known = [name for name in _FLAVOURS if isinstance(flavours.get(name), Mapping)]
    if not known:
        has = ", ".join(sorted(map(str, flavours))) or "none"
        raise ModelFileError(
            f"{home.name} is a model of MLflow with the flavours {has}; keras2sql reads "
            f"{', '.join(_FLAVOURS)}"
        )
    setting, names = _FLAVOURS[known[0]]
    default = "data" if names else "model.pkl"
    given = flavours[known[0]].get(setting, default)
    if not isinstance(given, str):  # and is not spelled out: lists within lists may be without end
        raise ModelFileError(f"{home.name}/{DESCRIPTION} is damaged: {setting} names no file")
    path = _within(home, given)
    if path.is_dir() and names:
        path = next((p for p in map(path.joinpath, names) if p.exists()), path / names[0])
        path = _within(home, str(path.relative_to(home.resolve())))
    if not path.exists():
        raise ModelFileError(
            f"{home.name} is a model of MLflow without {path.name}, its {known[0]} file"
        )
    return path


def _within(home: Path, given: str) -> Path:
    """The path in the folder; a description, or a link, may name any other."""
    root = home.resolve()
    try:
        path = (root / given).resolve()
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{home.name}/{DESCRIPTION} names no file: {error}") from error
    if not path.is_relative_to(root):
        raise ModelFileError(f"{home.name} names a file outside of its folder: {given[:200]}")
    return path


def _described(home: Path) -> Mapping[str, Any]:
    """What the description says; no YAML but plain values is made of it."""
    name = f"{home.name}/{DESCRIPTION}"
    if find_spec("yaml") is None:
        raise ModelFileError(f"{name} is YAML, and nothing is installed to read it: {_INSTALL}")
    try:
        with (home / DESCRIPTION).open(encoding="utf-8") as file:
            text = file.read(_LONGEST + 1)
    except (OSError, UnicodeError) as error:
        raise ModelFileError(f"can't read {name}: {error}") from error
    if len(text) > _LONGEST:
        raise ModelFileError(f"{name} is too long for the description of a model")
    yaml: Any = import_module("yaml")
    try:
        told = yaml.load(text, Loader=yaml.BaseLoader)  # no tags, merges or dates: texts
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise ModelFileError(f"{name} is damaged: {said}") from error
    if not isinstance(told, Mapping):
        raise ModelFileError(f"{name} is damaged: it describes no model")
    return told
