"""How a database takes constants that are no numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Constants:
    """`true`, `false` and `date` (of the form 2026-01-31) are such constants; `backslash` is how
    one is written in a text, `escapes` how other characters are.  `of_value` writes the literal of
    a value, where a text in its place would not be read as one of its type.  `nullable` is a value
    in the first row of a table of values, of which outer joins give NULL where they find no row.
    `text` is a text of {length} units of UTF-16 that keeps its length beside longer ones.  `joined`
    puts a text together of several, where a backslash is written as one of its own.  `empty`:
    whether there is a text without characters.
    """

    true: str
    false: str
    date: str
    backslash: str = "\\"
    escapes: Mapping[str, str] = field(default_factory=lambda: {"'": "''"})
    of_value: str = ""
    nullable: str = "{0}"
    text: str = "{0}"
    joined: str = "concat({0})"
    empty: bool = True


STANDARD = Constants("TRUE", "FALSE", "DATE '{0}'")
