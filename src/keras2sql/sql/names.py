"""Names of tables and columns: their parts, and new ones that clash with none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from keras2sql.errors import InputError

# Texts, quoted names and comments, in which a bracket counts for nothing.
_QUIET = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL
)


def is_subquery(table: str) -> bool:
    """Whether `table` is a ``(select ...)``.

    Raises `InputError` for what begins like one and does not end with its bracket.
    """
    text = table.strip()
    if not re.match(
        r"\((?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|values|table|from)\b", text, re.I | re.S
    ):
        return False
    depth, closed = 0, []
    for found in re.finditer(r"[()]", _QUIET.sub(lambda quiet: "_" * len(quiet[0]), text)):
        depth += 1 if found[0] == "(" else -1
        if depth <= 0:
            closed.append(found.end())
    if closed != [len(text)]:
        raise InputError(
            f"the subquery {text!r} should be one (select ...), ending with its own bracket"
        )
    return True


def name_parts(table: str) -> list[str]:
    """``schema.table`` in its parts; a part in double quotes may hold dots and spaces."""
    parts = re.findall(r'"((?:[^"]|"")*)"|([^."]+)', table)
    rebuilt = ".".join(plain if plain else f'"{quoted}"' for quoted, plain in parts)
    if not parts or rebuilt != table:
        # Not of that form, such as a name with a stray quote: it is taken as it stands.
        parts = [("", table)]
    names = [plain if plain else quoted.replace('""', '"') for quoted, plain in parts]
    if not table or any(not name for name in names):
        raise InputError(f"{table!r} is no table name")
    return names


class Names:
    """Hands out names for columns and steps that clash with nothing, case aside."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, wish: str) -> str:
        """`wish` itself, or with a number behind."""
        name, number = wish, 2
        while name.casefold() in self._taken:
            name, number = f"{wish}_{number}", number + 1
        self._taken.add(name.casefold())
        return name

    @staticmethod
    def plain(text: str, otherwise: str) -> str:
        """`text` as a short lower-case identifier."""
        name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].rstrip("_")
        if not name:
            return otherwise
        return name if name[0].isalpha() else f"{otherwise}_{name}"
