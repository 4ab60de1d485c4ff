"""How the lists of names on the command line are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from keras2sql.errors import InputError

LIST = "a,b,c or @FILE, a name a line"

_QUOTED = r'"(?:[^"]|"")*"'
_ITEM = re.compile(rf'\s*(?:({_QUOTED})\s*|(?!\s*")([^,]*)),')
# INPUT=...; the name of an input that holds a comma, an equals sign or a quote is quoted.
_INPUT = re.compile(rf'\s*(?:({_QUOTED})\s*|([^",=]+))=')


def names(text: str, option: str) -> list[str]:
    """``a,b,c`` or ``@file``; a name in double quotes may hold commas."""
    return [name for name, _ in _listed(text, option)]


def feature_lists(texts: Sequence[str]) -> list[str] | dict[str, list[str]]:
    """The columns of the model's input, or, of several, ``input=a,b,c`` for each.

    An equals sign in a name that is not quoted is taken for that of an input.  Raises
    `InputError` for what is neither.
    """
    option = "--features"
    split = [_of_input(text) for text in texts]
    if len(split) == 1 and split[0][0] is None:
        return _columns(split[0][1], option)
    found: dict[str, list[str]] = {}
    for given, listed in split:
        if given is None:
            raise InputError(
                f"{option} comes {len(texts)} times: say which input each is for, as in "
                f"--features INPUT={listed}; the columns of one input are one list"
            )
        if not given:
            raise InputError(f"{option} {texts[0]}: the name of the input is empty")
        if given in found:
            raise InputError(f"{option} comes twice for the input {given!r}; give one list")
        found[given] = _columns(listed, f"{option} {given}=")
    return found


def _columns(text: str, option: str) -> list[str]:
    found = _listed(text, option)
    for name, quoted in found:
        if "=" in name and not quoted:
            raise InputError(
                f"{option} {name}: --features comes once per input, as INPUT=a,b; a column whose "
                f"name holds an equals sign is written in double quotes: '\"{name}\"'"
            )
    return [name for name, _ in found]


def _of_input(text: str) -> tuple[str | None, str]:
    """The input that a list is for, if it says so, and the list."""
    found = None if text.startswith("@") else _INPUT.match(text)
    if found is None:
        return None, text
    return _plain(found[1]) if found[1] else found[2].strip(), text[found.end() :].strip()


def _listed(text: str, option: str) -> list[tuple[str, bool]]:
    """The names, and whether each is as it should be, in quotes or a line of a file."""
    found = _in_file(text[1:], option) if text.startswith("@") else _in_text(text, option)
    if not found or not all(name for name, _ in found):
        raise InputError(f"{option} {text!r} leaves a name empty; it takes {LIST}")
    return found


def _in_file(path: str, option: str) -> list[tuple[str, bool]]:
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise InputError(f"{option}: can't read the names in {path}: {error}") from error
    return [(line, True) for line in lines if line.strip()]


def _in_text(text: str, option: str) -> list[tuple[str, bool]]:
    found: list[tuple[str, bool]] = []
    rest = f"{text},"
    while rest:
        item = _ITEM.match(rest)
        if item is None:
            raise InputError(f"{option} {text}: a quote stands within a name, or has no other")
        found.append((_plain(item[1]), True) if item[1] else (item[2].strip(), False))
        rest = rest[item.end() :]
    return found


def spelled(name: str) -> str:
    """A name as it stands in a list, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _plain(quoted: str) -> str:
    return quoted[1:-1].replace('""', '"')
