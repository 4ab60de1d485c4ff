"""How a database takes the names of columns, tables and functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Naming:
    """`mark` stands around a quoted name (`closing` behind it, where that is another), and
    `backslash` is how one is written in it, and `escapes` how other characters are, where that is
    not the closing mark twice.
    `case_sensitive`: whether "a" and "A", quoted, are two columns of one table.
    `aliases_first`: whether a name in a select list is rather one of the list's own aliases than
    a column of the source.  `catalog` stands before the name of a built-in function where a
    user's own might be found.  `bare` is what becomes of a name that is not quoted: elsewhere it
    stays as it is, or nothing tells.  Where it is "upper", a name in lower case is written without
    quotes unless it is among the database's own `reserved` words, and is found as a user made it
    who wrote none either; elsewhere these are quoted beside those that any database reserves.
    Names of more than `longest` characters are refused, and those with one of the texts `unfit`,
    or that begin with one of `unfit_first`.  With `letter_first` one that begins with "_" is
    quoted.
    `bare_steps`: whether a step's name has no quotes, or a view forgets them, so that it must be no
    word of the language.
    """

    mark: str
    case_sensitive: bool
    closing: str = ""
    aliases_first: bool = False
    backslash: str = "\\"
    escapes: Mapping[str, str] = field(default_factory=dict)
    catalog: str = ""
    bare: Literal["", "upper"] = ""
    reserved: frozenset[str] = frozenset()
    longest: int | None = None
    unfit: Sequence[str] = ()
    unfit_first: str = ""
    letter_first: bool = False
    bare_steps: bool = False
