"""SQLite: every number is 64 bit, NaN is NULL, text is accepted everywhere.

A name in double quotes that no column has becomes a text without an error, so that a
misspelt feature would give wrong numbers; names in backticks never do.  Version 3.40
misreads the last bit of one number in 10,000 unless it has 18 digits.

SQLite compares every literal with all literals before it, to compute each once: 40,000 of
them take it 5 s.  It does not look for them below an outer join, where the same statement
takes 0.3 s and runs as fast; the join's left side is one row, or none where there is none.

Conditions on the key of a view reach the table through steps that are united with no row, which
are computed row by row, as fast as materialised ones or faster; through those not, nor through an
outer join.

From version 3.54 on, which counts steps that read one another as depth, 1,000 of them are one too
many.  It plans a step anew for each step that reads it, and those that this one reads too: 600,000
of them take it 20 s.
"""

import string
from collections.abc import Iterable

from keras2sql.dialects import words
from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS, TEXTS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH, UNITED
from keras2sql.dialects.rows import Rows
from keras2sql.dialects.storage import Predictions, Tables, Views
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import (
    MATERIALIZED,
    VALUES_MATERIALIZED,
    WITH_NO_ROWS,
    Barrier,
    Recursing,
    Steps,
    Wide,
)

_WIDE_STEP = """{name} AS MATERIALIZED (
  SELECT wide.* FROM (SELECT 1 FROM {source} LIMIT 1) LEFT JOIN (
{select}
  ) AS wide ON 1
)"""


def _without(text: str, marks: Iterable[str], instead: str = "''") -> str:
    for mark in marks:
        text = f"replace({text}, {mark}, {instead})"
    return text


# Its parser takes fewer brackets inside one another than there are marks.
_BLANKS = [f"char({code})" for code in range(9, 14)]
_MARKS = [f"char({ord(mark)})" for mark in string.punctuation]
_STRIPPED = (
    f"(SELECT {_without('x', _MARKS[:16])} FROM (SELECT {_without('{0}', _MARKS[16:])} AS x))"
)

_TABLES = Tables(
    index="CREATE INDEX IF NOT EXISTS {schema}{index} ON {bare} ({columns})",
    clustered=", PRIMARY KEY ({columns})) WITHOUT ROWID",
    begin="BEGIN",
    drop_temporary="DROP TABLE IF EXISTS temp.{name}",
)

_PREDICTIONS = Predictions(
    # A transaction that reads first and writes later fails where another one has written.
    begin="BEGIN IMMEDIATE",
    moment="'{0}'",
    key_index="CREATE INDEX IF NOT EXISTS {index} ON {bare} ({keys})",
)

_VIEWS = Views(
    deployed="SELECT type, '', name, substr(sql, 1, {longest}) FROM sqlite_master\n"
    "WHERE type IN ('view', 'table') AND instr(sql, {mark})",
    schema="'main'",
    comment="",
    replace_view="",
    apart=True,  # a view of the main database can't read those that are attached
    readers="SELECT count(*) FROM sqlite_master\n"
    "WHERE type IN ('view', 'trigger') AND instr(lower(sql), lower({name}))",
)

SQLITE = Dialect(
    name="sqlite",
    title="SQLite",
    aliases=("sqlite3",),
    tested="executed",
    notes="tables hold NULL for NaN; dates are ISO texts, truth values 1 and 0",
    types={"double": "REAL", "single": "REAL", "int": "INTEGER", "str": "TEXT"},
    names=Naming(
        case_sensitive=False,
        mark="`",
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        exponent=False,
        long_digits=True,
        infinity="9e999",
        not_a_number="NULL",
    ),
    constants=Constants(
        true="1",
        false="0",
        date="'{0}'",
        of_value="quote({0})",
    ),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="CAST({0} AS {type}) COLLATE BINARY",
        valid="({0} = CAST({0} AS REAL) OR {0} = CAST({0} AS INTEGER))",
    ),
    bounds=None,
    # round() rounds halves away from zero, unlike Keras; the identity does it right.
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn != "round"},
        "max": "max*",
        "min": "min*",
        # SQLAlchemy puts a floor() of its own in its place, which raises for NULL and 1e30.
        "floor": "(-ceil(-({0})))",
        "isnan": "({0} IS NULL)",
        **TEXTS,
        "lower": "lower({0})",
        "strip_punctuation": _STRIPPED,
        "spaced": "ltrim({})".format(_without("{0}", _BLANKS, "' '")),
        **{fn: TEXTS[fn].replace("strpos", "instr") for fn in ("first_word", "after_word")},
        **words.sqlite(),
    },
    remarks={
        **ATANH,
        "\n  WHERE 0": UNITED,
        "AS wide ON 1": "below an outer join SQLite does not compare each literal with all others",
        "(-ceil(-(": "-ceil(-x) is floor(x), in whose place SQLAlchemy puts a function of its own",
    },
    arithmetic=Arithmetic(has_infinity=True, divides_by_zero=False, nan="null"),
    grammar=Grammar(recursive_values=True),
    steps=Steps(
        shared=MATERIALIZED,
        shared_values=VALUES_MATERIALIZED,
        barrier=Barrier(MATERIALIZED, wide=Wide(_WIDE_STEP, 40_000)),
        # 10,000 literals in a step take it 2 s, once for each connection that keeps the statement.
        by_key=Barrier(WITH_NO_ROWS, wide=Wide(_WIDE_STEP, 400_000), passes=frozenset({"columns"})),
        whole=Barrier(WITH_NO_ROWS, wide=Wide(_WIDE_STEP, 40_000), passes=frozenset({"columns"})),
    ),
    recursion=Recursing(by="phases"),
    searching=None,
    arrays=None,
    products=None,
    rows=Rows(block=64),
    reading=Reading(
        value_type="typeof({0})",
        texts=("text", "blob"),
        pseudo_columns=frozenset({"rowid", "oid", "_rowid_"}),
        lost_names=frozenset({"true", "false"}),
    ),
    session=(),
    script=(),
    tables=_TABLES,
    predictions=_PREDICTIONS,
    views=_VIEWS,
    limits=Limits(
        select_columns=2000, nesting=24, steps=990, arguments=100, expansions=100_000, joins=64
    ),
    costs=Costs(
        statement=(0, 757),
        value=(1.16e04, 33),
        product=(2.26e03, 32.6),
        join=(0, 404),
        joined=(3.24e04, 10.7),
        table=(1.2e03, 0.0474),
        rows_statement=(0, 0),
        rows_tensor=(3.15e04, 0),
        rows_weight=(187, 0),
        rows_value=(1.32e03, 2.61e03),
        rows_moved=(0, 847),
        rows_product=(0, 66.5),
        rows_found=(4.29e04, 900),
        choice=(5e03, 0),
        branch=(0, 45),
        descent=(0, 700),
        rows_level=(0, 930),
        round=(4e05, 400),
        rows_ranked=(0, 2e04),
        rows_met=(0, 200),
    ),
)
