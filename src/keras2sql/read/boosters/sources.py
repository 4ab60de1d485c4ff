"""Files that XGBoost, LightGBM and CatBoost save of a model, and their boosters themselves.

Files are parsed, never executed, and no more memory is taken than the file itself bears out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.layers.foreign import Refused
from keras2sql.read.boosters import catboost, lightgbm, ubjson, xgboost
from keras2sql.read.boosters.model import Boosted, parsed

_BLANKS = b"\xef\xbb\xbf \t\r\n"
_MOST_BYTES = 1 << 30
# What of JSON takes memory and time when it is read.
_MOST_PARTS = {b"{": 1 << 21, b"[": 1 << 22, b",": 1 << 26, b'"': 1 << 24}
_LENGTHS = b"iUIlL"

_BOOSTERS: dict[str, Callable[[Any], Boosted]] = {
    "xgboost.Booster": xgboost.of_booster,
    "lightgbm.Booster": lightgbm.of_booster,
    "catboost.CatBoost": catboost.of_model,
}
_BINARY = {
    b"binf": "an old binary file of XGBoost: load it, and save it with the ending .json",
    b"bs64": "an old binary file of XGBoost: load it, and save it with the ending .json",
    b"CBM1": 'a binary file of CatBoost: save it by model.save_model(path, format="json")',
}


def load(path: str | os.PathLike[str]) -> Boosted | None:
    """The model in a file; None where it is none of these libraries'.

    Raises `ModelFileError` for a damaged one, `UnsupportedLayerError` for what does not become SQL.
    """
    file = Path(path)
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        start = opened.read(64)
    for mark, what in _BINARY.items():
        if start.startswith(mark):
            raise ModelFileError(f"{file.name} is {what}")
    try:
        found = _read(file, start)
    except Refused as refusal:
        told = (file.name, "boosted trees", str(refusal))
        raise UnsupportedLayerError([told], "estimator") from refusal
    return None if found is None else replace(found, name=file.stem, source=file)


def of_booster(model: Any) -> Boosted | None:
    """A booster that no estimator is around; None for anything else."""
    kind = type(model)
    name = f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}"
    read = _BOOSTERS.get(name)
    if read is None:
        return None
    try:
        return replace(read(model), name=name.lower(), source=model)
    except Refused as refusal:
        raise UnsupportedLayerError([(name, "Booster", str(refusal))], "estimator") from refusal


def _read(file: Path, start: bytes) -> Boosted | None:
    name = file.name
    text = start.lstrip(_BLANKS)
    if text.startswith(lightgbm.START) and text[4:5] in (b"\n", b"\r"):
        with parsed(name, "LightGBM"):
            return lightgbm.of_text(_content(file).decode())
    if text[:1] != b"{":
        return None
    content = _content(file)
    if start[:1] == b"{" and start[1:2] and start[1] in _LENGTHS:
        with parsed(name, "XGBoost"):
            return xgboost.of_document(ubjson.loads(content))
    if not any(mark in content for mark in (b'"learner"', b'"features_info"')):
        return None
    document = _json(content, name)
    if "learner" in document and "class_name" not in document:
        with parsed(name, "XGBoost"):
            return xgboost.of_document(document)
    if "features_info" in document:
        with parsed(name, "CatBoost"):
            return catboost.of_document(document)
    return None


def _content(file: Path) -> bytes:
    if file.stat().st_size > _MOST_BYTES:
        raise ModelFileError(f"{file.name} is too large: more than {_MOST_BYTES >> 20} MB")
    return file.read_bytes()


def _json(content: bytes, name: str) -> Mapping[str, Any]:
    if any(content.count(part) > most for part, most in _MOST_PARTS.items()):
        raise ModelFileError(f"{name} has more parts than a model of trees has")
    try:
        found = json.loads(content.lstrip(_BLANKS))
    except RecursionError as error:
        raise ModelFileError(f"{name} is nested too deeply") from error
    except ValueError as error:
        raise ModelFileError(f"{name} is not JSON: {error}") from error
    return found if isinstance(found, Mapping) else {}
