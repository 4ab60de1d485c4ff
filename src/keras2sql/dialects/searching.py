"""How a database looks many values up in one table of a statement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Searching:
    """Tables of numbers by columns, and sums over what many ids find in one, where the database
    plans neither long lists of rows nor many joins; every text is a template.

    `numbers` is an array of a text that has them with commas between, `places` one of the first
    `{0}` whole numbers from 0 on.  `table` makes rows of such arrays, in columns of `{names}`, of
    a select of them; `{unnested}` is a list of each name as `unnested`.

    `row` numbers the rows of a step, `each` makes a row of each of a list of values, and `first`
    takes what all rows of a group have.
    """

    numbers: str
    places: str
    table: str
    row: str
    each: str
    first: str
    unnested: str = "{0}"
