"""How a database takes the names of columns, tables and functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Naming:
    """`mark` stands around a quoted name, and `backslash` is how one is written in it.
    `case_sensitive`: whether "a" and "A", quoted, are two columns of one table.
    `aliases_first`: whether a name in a select list is rather one of the list's own aliases than
    a column of the source.  `catalog` stands before the name of a built-in function where a
    user's own might be found.  `bare` is what becomes of a name that is not quoted: elsewhere it
    stays as it is, or nothing tells.  Where it is "upper", a name in lower case is written without
    quotes unless it is among the database's own `reserved` words, and is found as a user made it
    who wrote none either.  Names of more than `longest` characters are refused.
    """

    mark: str
    case_sensitive: bool
    aliases_first: bool = False
    backslash: str = "\\"
    catalog: str = ""
    bare: Literal["", "upper"] = ""
    reserved: frozenset[str] = frozenset()
    longest: int | None = None
