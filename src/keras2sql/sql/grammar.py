"""How the parts of a query are put together, where databases differ."""

from __future__ import annotations

from dataclasses import dataclass

VALUES = "{name}({columns}) AS (VALUES\n  {rows}\n)"


@dataclass(frozen=True)
class Grammar:
    """The grammar of a query.

    `alias` stands between a relation and its name; `recursive` begins a query with a recursion;
    `named_columns` is the list of names behind that of a recursive step, empty where the database
    takes none.  `values` is a step of literal rows, whose {columns} may be {renamed} from c1, c2,
    each written as `row`, empty where there are none:
    then it is a union of selects, each `from_nothing`, which is what a select without a table
    reads.  `group_places`: whether rows may be grouped by the place of a column.

    `only_if` is a `text` that is NULL where a `test` does not hold; `apart` is the text with what
    sets it off.
    `truth` makes a column of a condition, and `test` a condition of such a column, where a
    condition is no value.  `first` ends a select of no more than so many rows,
    empty where nothing does that at the end.
    `over_all` ends a window over all rows of its part, where that has to be said.
    `in_comments` are characters that have a meaning in comments, too, and are left out there.
    `windows`: whether functions read rows in an order.
    `recursive_values`: whether a recursion may stand in an expression and read columns around it.
    `read_as` is what a select calls a table or a step that it reads, where its own name is no good.
    """

    alias: str = " AS "
    recursive: str = "WITH RECURSIVE"
    named_columns: str = "(\n{0}\n)"
    values: str = VALUES
    row: str = "({0})"
    from_nothing: str = ""
    group_places: bool = True
    only_if: str = "CASE WHEN {test} THEN{apart}END"
    truth: str = "{0}"
    test: str = "{0}"
    first: str = "LIMIT {0}"
    over_all: str = ""
    in_comments: str = ""
    windows: bool = True
    recursive_values: bool = False
    read_as: str = ""
