"""How a database takes the names of columns, tables and functions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Naming:
    """`mark` stands around a quoted name, and `backslash` is how one is written in it.
    `case_sensitive`: whether "a" and "A", quoted, are two columns of one table.
    `aliases_first`: whether a name in a select list is rather one of the list's own aliases than
    a column of the source.  `catalog` stands before the name of a built-in function where a
    user's own might be found.
    """

    mark: str
    case_sensitive: bool
    aliases_first: bool = False
    backslash: str = "\\"
    catalog: str = ""
