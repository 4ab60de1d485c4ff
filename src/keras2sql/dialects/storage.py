"""How a database keeps what is made in it: tables of weights, predictions, views, and notes on
them.  Every text is a template.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Split:
    """Rows by texts, where an engine reads such faster than lists of rows: `numbers` splits one
    into rows, `arrays` into rows of arrays, and `texts` makes rows of literals.
    """

    numbers: str
    arrays: str
    texts: str


@dataclass(frozen=True)
class Tables:
    """Tables of weights.

    `drop_temporary` drops a table of this session, which `temporary` makes.  `array_type` is the
    type of an array of ``{type}``, empty where the database has none, and `array` a literal of
    one.  A script fills tables by a list of rows, which `listed` reads, or by what is `split`.  One
    statement has at most `insert_rows` rows and about `insert_bytes`.  `index` indexes the key
    columns, `clustered` ends a table that is kept in the order of its keys, `loaded` follows a
    load, `empty` deletes all rows.
    """

    drop_temporary: str
    temporary: str = "CREATE TEMPORARY TABLE"
    array_type: str = ""
    array: str = ""
    listed: str = "SELECT * FROM (VALUES\n{rows}\n) AS rows_to_insert"
    split: Split | None = None
    insert_rows: int = 20_000
    insert_bytes: int = 500_000
    index: str = ""
    clustered: str = ""
    loaded: tuple[str, ...] = ()
    empty: str = "DELETE FROM {table}"


@dataclass(frozen=True)
class Predictions:
    """Tables of predictions, that are made and filled in transactions: what is half done is undone,
    or gone with the process that holds it.

    `begin` opens a transaction that will write.  `moment` is a date and time in UTC, as tables of
    predictions hold them.  `key_index` indexes the key of such a table, where a row is not found
    fast enough without; its name is `index`, `bare` the table without its schema.
    """

    begin: str
    moment: str
    key_index: str = ""


@dataclass(frozen=True)
class Views:
    """Views, tables and macros that carry the mark of what made them.

    `deployed` lists kind, schema, name and comment (or text, up to `{longest}` characters) of what
    carries the mark; the schema is empty for the one in use, which `schema` asks for: it is where a
    bare name is made.  `comment` says something about a view or table, empty where the text of a
    view is kept as it was written, with the comments in it.  `replace_view` puts another query
    below a view in one step (with `same_columns` only one of the same columns), empty where it is
    dropped and made.  `lock` keeps other deployments waiting.

    With `guarded` a table that something reads is not dropped, but raises; where nothing guards it,
    `readers` counts the views and the like in whose text there is its name.  `macro` makes a
    function of no or one argument, the name of a table, that gives rows; `function` one of the
    values of a row, of types that are listed, that gives its predictions; its text ends at a `tag`.
    """

    deployed: str
    schema: str
    comment: str
    replace_view: str
    same_columns: bool = False
    lock: tuple[str, ...] = ()
    guarded: bool = False
    readers: str = ""
    macro: str = ""
    function: str = ""
