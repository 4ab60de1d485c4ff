"""Impala, which takes Hive's language, by the pages of
docs.cloudera.com/runtime/latest/impala-sql-reference/topics.

A number that stands in a statement is a decimal one where it fits (impala-literals), so it is cast.
No server puts anything in the place of ${name}.  A name has 128 characters (impala-identifiers); a
column of a table or view has letters of ASCII, digits and underscores alone.  Characters are bytes
unless UTF8_MODE is set (impala-utf-8), so no text is taken apart into them.  Tables of values are
unions of selects, as Hive has none of Impala's form; what ln(0), sqrt(-1) and acos(2) are is told
nowhere, so they are not computed.
"""

from dataclasses import replace

from keras2sql.dialects.hive import HIVE

_FUNCTIONS = {fn: text for fn, text in HIVE.functions.items() if fn != "character"}

IMPALA = replace(
    HIVE,
    name="impala",
    title="Impala",
    aliases=("impyla",),
    tested="relative executed",
    tested_by="Hive",
    notes="its statements run in the tests on Hive; views and tables have columns of ASCII "
    "letters, digits and underscores alone; the rest as in Hive",
    names=replace(HIVE.names, unfit=(), longest=128),
    numbers=replace(HIVE.numbers, written="CAST({digits} AS DOUBLE)"),
    constants=replace(HIVE.constants, escapes={"'": r"\'"}),
    functions=_FUNCTIONS,
    arithmetic=replace(HIVE.arithmetic, undefined=frozenset({"sqrt", "asin", "acos"})),
    grammar=replace(HIVE.grammar, values="", in_comments=""),
    steps=replace(HIVE.steps, shared_values=""),
    reading=replace(HIVE.reading, pseudo_columns=frozenset()),
    session=(),
    script=(),
    script_end=(),
    costs=None,
)
