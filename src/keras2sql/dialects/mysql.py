"""MySQL, from 8.0.17 on, whose statements MariaDB takes, by the pages of dev.mysql.com/doc/refman.

It computes as MariaDB does.  What differs is left out: VALUES has ROW before each row there
(/8.0/en/values.html), so literal rows are selects; a recursion ends after 1,000 rounds unless a
setting of the session says more (/8.0/en/with.html), and no statement can tell it, so there is
none; the collation that tells texts apart that differ by blanks at their end has another name,
so no model takes texts.  A LIMIT keeps a step from being merged into its readers
(/8.0/en/derived-table-optimization.html).  The name of a column has 64 characters
(/8.0/en/identifier-length.html).
"""

from dataclasses import replace

from keras2sql.dialects.mariadb import MARIADB, TEXTS

_TYPES = {**MARIADB.types, "str": "VARCHAR(255)"}

MYSQL = replace(
    MARIADB,
    name="mysql",
    title="MySQL",
    aliases=(),
    tested="relative executed",
    tested_by="MariaDB",
    notes="its statements run in the tests on MariaDB; for MySQL 8.0.17 and later; texts as "
    "features, recurrences over many steps, predict --into and deploy need another database; the "
    "rest as in MariaDB",
    types=_TYPES,
    names=replace(MARIADB.names, longest=64),
    casts=replace(
        MARIADB.casts,
        text="",
        no_text="texts are equal there that differ by blanks at their end",
    ),
    functions={fn: text for fn, text in MARIADB.functions.items() if fn not in TEXTS},
    grammar=replace(MARIADB.grammar, recursive="WITH", values="", from_nothing="dual"),
    steps=replace(MARIADB.steps, by_key=None, shared_values=""),
    recursion=None,
    rows=None,
    session=(),
    script=(),
    script_end=(),
    tables=None,
    predictions=None,
    views=None,
    costs=None,
)
