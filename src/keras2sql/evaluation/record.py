"""The record of an evaluation: a JSON file that a later run goes on with.

It is written whole after every case, to a file beside that takes its place at once, so that a run
that is killed leaves a record that can be read.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from keras2sql.errors import InputError
from keras2sql.version import __version__

FORMAT = "keras2sql evaluation"
VERSION = 1
_LONGEST = 100_000_000  # bytes of a record


def new(settings: dict[str, Any], environment: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "keras2sql": __version__,
        "settings": settings,
        "environment": environment,
        "targets": [],
        "cases": [],
    }


def load(path: Path) -> dict[str, Any]:
    """A record; raises `InputError` for any other file."""
    try:
        if path.stat().st_size > _LONGEST:
            raise InputError(f"{path} is too long for the record of an evaluation")
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, ValueError, RecursionError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(f"{path} is no record of an evaluation: {said}") from error
    problem = _problem(found)
    if problem:
        raise InputError(f"{path} is no record of an evaluation: {problem}")
    return found  # type: ignore[no-any-return]


def _problem(found: Any) -> str:
    """What is wrong with it; empty if nothing is."""
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return f"'format' is not '{FORMAT}'"
    if found.get("version") != VERSION:
        return f"version {found.get('version')!r}, and this keras2sql reads {VERSION}"
    if not isinstance(found.get("settings"), dict) or not isinstance(
        found.get("environment"), dict
    ):
        return "'settings' and 'environment' are missing"
    for part, needed in (("targets", _TARGET), ("cases", _CASE)):
        items = found.get(part)
        if not isinstance(items, list):
            return f"'{part}' is missing"
        for item in items:
            lacking = [k for k, t in needed.items() if not isinstance(_get(item, k), t)]
            if lacking:
                return f"'{part}' has an entry without a right {', '.join(lacking)}"
            odd = [k for k in _NUMBERS if isinstance(_get(item, k), (str, bool, list, dict))]
            if odd:
                return f"'{part}' has an entry whose {', '.join(odd)} is no number"
    return ""


_TARGET = {"name": str, "dialect": str, "strategies": list}
_CASE = {"target": str, "family": str, "strategy": str, "size": int, "status": str}
_NUMBERS = (
    *("run", "plan", "key", "convert", "load", "expected", "error", "rows", "multiply_adds"),
    *("rows_per_second", "multiply_adds_per_second", "statement_bytes", "parameters"),
)


def _get(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, dict) else None


def save(record: dict[str, Any], path: Path) -> None:
    """Put the record in the place of the file."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text(record), encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise InputError(f"can't write {path}: {error.strerror}") from error


def text(record: dict[str, Any]) -> str:
    """JSON, in which a number that is none is null."""
    return json.dumps(_plain(record), indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
