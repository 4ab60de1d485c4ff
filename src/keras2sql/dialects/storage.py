"""How one database keeps what is made in it: tables of weights, views, and notes on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Storage:
    """Data about tables and views; every text is a template.

    Tables.  `array_type` is the type of an array of ``{type}``, empty where the database has
    none, and `array` a literal of one.  A script fills tables by a list of rows, which `listed`
    reads, or, where the engine reads that faster, by texts that it splits: `numbers` splits one
    into rows, `arrays` into rows of arrays, and `texts` makes rows of literals.  One statement
    has at most `insert_rows` rows and about `insert_bytes`.  `index` indexes the key columns,
    `clustered` ends a table that is kept in the order of its keys, `loaded` follows a load,
    `empty` deletes all rows.
    `key_index` indexes the key of a table of predictions, where a row is not found fast enough
    without; its name is `index`, `bare` the table without its schema.
    `temporary` and `drop_temporary` make and drop a table of this session.

    `moment` is a date and time in UTC, as tables of predictions hold them.

    Views.  With `transactional` all that is made can be undone.  `begin` opens a transaction
    that will write, `lock` keeps other deployments waiting.  `replace_view` puts another
    query below a view in one step (with `same_columns` only one of the same columns), empty
    where it is dropped and made.  `comment` says something about a view or table, empty
    where the text of a view is kept as it was written, with the comments in it.
    `schema` is where a bare name is made.  With `guarded` a table that something reads is not
    dropped, but raises.
    `deployed` lists kind, schema, name and comment (or text, up to `{longest}` characters) of
    what carries the mark; the schema is empty for the one in use.  `readers` counts the views
    and the like in whose text there is the name of a table, where nothing else guards it.
    `macro` makes a function of no or one argument, the name of a table, that gives rows.
    """

    array_type: str = ""
    array: str = ""
    listed: str = "SELECT * FROM (VALUES\n{rows}\n) AS rows_to_insert"
    numbers: str = ""
    arrays: str = ""
    texts: str = ""
    insert_rows: int = 20_000
    insert_bytes: int = 500_000
    index: str = ""
    clustered: str = ""
    loaded: tuple[str, ...] = ()
    key_index: str = ""
    moment: str = "TIMESTAMP '{0}'"
    empty: str = "DELETE FROM {table}"
    temporary: str = "CREATE TEMPORARY TABLE"
    drop_temporary: str = "DROP TABLE IF EXISTS {name}"
    transactional: bool = True
    begin: str = "BEGIN"
    lock: tuple[str, ...] = ()
    replace_view: str = "CREATE OR REPLACE VIEW {name} AS\n{query}"
    same_columns: bool = False
    comment: str = ""
    deployed: str = ""
    readers: str = ""
    schema: str = "current_schema()"
    guarded: bool = False
    macro: str = ""
