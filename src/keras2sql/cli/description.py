"""``-c FILE.toml``: a model and its table described once, for all verbs.

The file has names as keys, those of the options without their dashes.  What it says stands in for
the options that a verb has and the line leaves out.  It names no plugin and trusts no pickle: both
run code, which the line alone may ask for.
"""

from __future__ import annotations

import datetime
import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from keras2sql.cli.names import spelled
from keras2sql.read.mlflow_models import is_uri

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LISTS = ("key", "features", "labels", "outputs", "passthrough")
FILES = ("model", "weights_file")
OPTIONS = ("strategy", "weights", "precision", "name", "order_by", "schema")
TEXTS = ("table", "db", "dialect", "view", *OPTIONS)
_KNOWN = (*FILES, *TEXTS, *LISTS)
_LONGEST = 1_000_000  # characters of a file
# A view is made, or removed; to convert and verify mean something else by it.
_VIEWS = ("deploy", "undeploy")


def describable(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb with the option ``-c``."""

    @functools.wraps(verb)
    def run(**kwargs: Any) -> None:
        kwargs.pop("description")
        verb(**kwargs)

    signature = inspect.signature(verb, eval_str=True)
    added = inspect.Parameter(
        "description", inspect.Parameter.KEYWORD_ONLY, default="", annotation=Description
    )
    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in signature.parameters.values()
    ]
    run.__signature__ = inspect.Signature([*parameters, added])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in (*parameters, added)}
    return run


def _take(context: typer.Context, path: str) -> str:
    """Give the verb what the file says of its options."""
    if not path:
        return path
    told = read(path)
    values: dict[str, Any] = {}
    for parameter in context.command.params:
        key = _key(parameter)
        if key in told and (key != "view" or context.info_name in _VIEWS):
            several = key == "db" and getattr(parameter, "multiple", False)
            values[str(parameter.name)] = [told[key]] if several else told[key]
    context.default_map = values
    return path


def _key(parameter: Any) -> str:
    """What the file calls a parameter: its longest option, or the name of the argument."""
    longest = max(parameter.opts, key=len)
    return str(longest.lstrip("-").replace("-", "_"))


Description = Annotated[
    str,
    typer.Option(
        "-c",
        metavar="FILE.toml",
        is_eager=True,
        callback=_take,
        help="Take model, db, table, key, features, labels and the like from this file.",
    ),
]


def read(path: str) -> dict[str, Any]:
    """What the file says, as the command line would spell it.

    Paths of models are relative to the file.  Raises `typer.BadParameter`.
    """
    given = _loaded(Path(path))
    if "source" in given:
        if "table" in given:
            raise _wrong(path, "source and table are the same; give one of them")
        given["table"] = given.pop("source")
    if unknown := sorted(set(given) - set(_KNOWN)):
        raise _wrong(path, f"{', '.join(unknown)}: unknown; it may have {', '.join(_KNOWN)}")
    told: dict[str, Any] = {}
    for key, value in given.items():
        if key == "features" and isinstance(value, Mapping):
            told[key] = [f"{spelled(name)}={_listed(path, key, v)}" for name, v in value.items()]
        elif key in LISTS:
            listed = _listed(path, key, value)
            told[key] = [listed] if key == "features" else listed
        elif not isinstance(value, str):
            raise _wrong(path, f"{key} = {value!r}: give a text, in quotes")
        else:
            is_path = key in FILES and not is_uri(value)
            told[key] = str(Path(path).parent / value) if is_path else value
    return told


def _loaded(path: Path) -> dict[str, Any]:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LONGEST + 1)
    except (OSError, UnicodeError) as error:
        raise _wrong(path, str(getattr(error, "strerror", None) or error)) from error
    if len(text) > _LONGEST:
        raise _wrong(path, "too long for a description of a model and its table")
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _wrong(path, f"no TOML: {error}") from error
    return {key.replace("-", "_"): value for key, value in found.items()}


def _listed(path: str, key: str, value: Any) -> str:
    """A text as the option takes it, or a list as one."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        raise _wrong(path, f"{key} = {value!r}: give a list, or a text as for the option")
    if all(isinstance(item, str) for item in value):
        return ",".join(map(spelled, value))
    if key != "labels" or len({type(item) for item in value}) > 1:
        raise _wrong(path, f"{key}: give texts in quotes, or labels of one kind")
    return ",".join(_label(path, item) for item in value)


def _label(path: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime) or not isinstance(value, int | datetime.date):
        raise _wrong(path, f"labels: {value!r} is no text, integer, truth value or date")
    return str(value)


def _wrong(path: object, why: str) -> typer.BadParameter:
    return typer.BadParameter(f"{path}: {why}")
