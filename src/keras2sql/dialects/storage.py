"""How a database keeps what is made in it: tables of weights, predictions, views, and notes on
them.  Every text is a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras2sql.dialects.settings import Settings


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
    columns (`bare` is the `table` without its `schema`, which has the point behind it), `clustered`
    ends a table that is kept in the order of its keys, `loaded` follows a load, `empty` deletes all
    rows, and `comment` is a comment at the end of the statement.  `begin` opens a transaction in
    which a script makes them, empty where what makes a table commits.
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
    comment: str = ""
    begin: str = ""


@dataclass(frozen=True)
class Lock:
    """A lock of the session, where transactions keep nobody waiting: `take` gives 1 once it is
    held, `free` lets it go, as the end of the session does."""

    take: str
    free: str


@dataclass(frozen=True)
class Predictions:
    """Tables of predictions.

    They are made and filled in transactions, which `begin` opens: what is half done is undone, or
    gone with the process that holds it.  What makes a table may commit (`commits`): then `lock`
    keeps others from making it meanwhile.  Without transactions, or without UPDATE and DELETE,
    the ledger is `appended` to, and one INSERT of a batch is kept as a whole, or by whole rows.

    `creation` makes a table of a query, `ledger` that of the ledger, whose long texts are of the
    type `texts`.  `moment` is a date and time in UTC, as tables of predictions hold them, `version`
    a text.  `key_index` indexes the key of such a table, where a row is not found fast enough
    without; its name is `index`, `bare` the table without its schema.  `swap` puts the table
    `staging` in the place of another, which is then called `staging` or gone; `session` holds
    settings of an INSERT.
    """

    moment: str
    begin: str = "BEGIN"
    commits: bool = False
    lock: Lock | None = None
    appended: bool = False
    creation: str = "CREATE TABLE {table} AS\n{query}"
    ledger: str = "CREATE TABLE IF NOT EXISTS {table} ({columns}, PRIMARY KEY (table_name, hash))"
    texts: str = ""
    version: str = "CAST({0} AS {type})"
    key_index: str = ""
    swap: tuple[str, ...] = ()
    session: tuple[Settings, ...] = ()


@dataclass(frozen=True)
class Views:
    """Views, tables and macros that carry the mark of what made them.

    `deployed` lists kind, schema, name and comment (or text, up to `{longest}` characters) of what
    carries the mark, empty where the engine lists those of the schema in use; the schema is empty
    for that, which `schema`, or the engine, asks for: it is where a bare name is made.

    The mark stands in a comment: of `comment`, or of `view` and `table`, which make such, where
    these have a {text}; or else in the text, as it was written, or in a `step` of a view's query
    that nobody reads.  `table` is empty where a table can't be marked; the comment of one has
    `longest` characters at most.  Where marks are `plain`, no character of theirs would be written
    otherwise in a text: there is %XX for such.

    `replace_view` puts another query below a view in one step (with `same_columns` only one of the
    same columns), empty where it is dropped and made.  `lock` keeps other deployments waiting.
    Where there are no transactions in which such is made (`commits`), `held` does that, what is
    made is checked before, `move` gives {staging} the name of a table or view that is not there,
    and `swap` puts it in the place of another, which is then called {staging}.

    With `guarded` a table that something reads is not dropped, but raises; where nothing guards it,
    `readers` counts the views and the like in whose text there is its name.  Where views are
    `apart`, they read no tables of another schema.  `macro` makes a
    function of no or one argument, the name of a table, that gives rows; `function` one of the
    values of a row, that gives its predictions; its text ends at a `tag`.  It lists each argument
    as `parameter` and reads it as `argument`: the {n}th, called {name}, for a column of a {type}.
    `named` is what DROP and COMMENT ON call kinds otherwise than `marks.KINDS` does.
    """

    deployed: str
    schema: str
    comment: str
    replace_view: str
    view: str = "CREATE VIEW {name} AS\n{query}"
    table: str = "CREATE TABLE {name} AS\n{query}"
    step: str = ""
    longest: int | None = None
    plain: bool = False
    same_columns: bool = False
    lock: tuple[str, ...] = ()
    commits: bool = False
    held: Lock | None = None
    move: tuple[str, ...] = ()
    swap: tuple[str, ...] = ()
    guarded: bool = False
    apart: bool = False
    readers: str = ""
    macro: str = ""
    function: str = ""
    parameter: str = "{type}"
    argument: str = "${n}"
    named: Mapping[str, str] = field(default_factory=dict)

    def commented(self, kind: str) -> bool:
        """Whether a "view" or a "table" has its mark in a comment."""
        return bool(self.comment) or "{text}" in (self.view if kind == "view" else self.table)
