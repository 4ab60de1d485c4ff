"""Oracle, from 12.2 on, by the pages of its SQL Language Reference and SQL Tuning Guide.

Numbers are BINARY_DOUBLE, written with a d, and compute as IEEE 754 has it: x / 0 is infinite and
nothing raises; but NaN equals itself and is greater than all others (Data Types, "Floating-Point
Numbers").  EXP is given no number whose power is infinite, as no page says that it would not
raise.  SIGN gives 1 for 0, and how ROUND takes halves depends on the type, so neither is used.  A
number that is written without a d is a decimal one, as are the whole numbers of a table.

There are no truth values before 23ai: a condition is no value, and a column of such 1 or 0.  No AS
stands before the name of a relation, and every select has a table: dual.  Literal rows are selects,
as VALUES comes with 23ai.

A name in lower case is written bare, so that it is the one that a user made who wrote it bare, too.
Names have 128 bytes and no double quote ("Database Object Naming Rules").  An empty text is NULL
("Nulls"), so no label is empty, and no model takes texts.  SQL*Plus takes & in a text for the name
of something to ask for, unless a script says SET DEFINE OFF.

A step is merged into its reader, its expressions wherever they are read, unless it is a union
(SQL Tuning Guide, "Query Transformations", View Merging).  A table, and so a view, has 1,000
columns ("Logical Database Limits").
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH, UNITED
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import Barrier, Steps

_REPLACED = {"exp", "asinh", "acosh", "atanh", "sign", "round"}

_STEP = """{name} AS (
{select}
  UNION ALL
  SELECT
{nulls}
  FROM dual WHERE 1 = 0
)"""

# SQL Language Reference, "Oracle SQL Reserved Words".
_RESERVED = """
access add all alter and any as asc audit between by char check cluster column column_value comment
compress connect create current date decimal default delete desc distinct drop else exclusive exists
file float for from grant group having identified immediate in increment index initial insert
integer intersect into is level like lock long maxextents minus mlslabel mode modify nested_table_id
noaudit nocompress not nowait null number of offline on online option or order pctfree prior public
raw rename resource revoke row rowid rownum rows select session set share size smallint start
successful synonym sysdate table then to trigger uid union unique update user validate values
varchar varchar2 view whenever where with
"""

ORACLE = Dialect(
    name="oracle",
    title="Oracle",
    aliases=("oracledb", "plsql"),
    tested="parsed",
    tested_by="sqlfluff's grammar, which is not Oracle's own",
    notes="no Oracle runs in the tests; for 12.2 and later; names in lower case are written "
    "without quotes; single precision is computed in double precision; truth values are 1 and 0; "
    "texts as features, empty labels, long recurrences, predict --into and deploy need another "
    "database",
    types={
        "double": "BINARY_DOUBLE",
        "single": "BINARY_DOUBLE",
        "int": "NUMBER(19)",
        "str": "VARCHAR2(4000)",
    },
    names=Naming(
        mark='"',
        case_sensitive=True,
        bare="upper",
        reserved=frozenset(_RESERVED.split()),
        bare_steps=True,
        longest=128,
        unfit=('"',),
    ),
    numbers=Numbers(
        written="{digits}d",
        exponent=False,
        quotient="trunc({0} / {1})",
        infinity="BINARY_DOUBLE_INFINITY",
        not_a_number="BINARY_DOUBLE_NAN",
        least=2.3e-308,
    ),
    constants=Constants(true="1", false="0", date="DATE '{0}'", empty=False),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="",
        no_text="an empty text is NULL there",
        valid="{0} IS NOT NULL AND CAST({0} AS {type}) IS NOT NAN",
    ),
    bounds=None,
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "exp": "exp(least({0}, 709d))",
        "isnan": "({0} IS NAN)",
    },
    remarks={**ATANH, "WHERE 1 = 0": UNITED},
    arithmetic=Arithmetic(
        has_infinity=True,
        divides_by_zero=True,
        nan="greatest",
        undefined=frozenset({"exp", "sigmoid", "sin", "cos", "tan", "sqrt"}),
    ),
    grammar=Grammar(
        alias=" ",
        recursive="WITH",
        values="",
        from_nothing="dual",
        group_places=False,
        truth="CASE WHEN {0} THEN 1 ELSE 0 END",
        test="({0} = 1)",
        first="FETCH FIRST {0} ROWS ONLY",
    ),
    steps=Steps(barrier=Barrier(_STEP), shared=_STEP, shared_values=""),
    recursion=None,
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(
        pseudo_columns=frozenset({"rownum", "rowid", "level", "ora_rowscn", "sysdate", "user"})
    ),
    session=(),
    script=("SET DEFINE OFF",),
    script_end=("SET DEFINE ON",),
    tables=None,
    predictions=None,
    views=None,
    limits=Limits(select_columns=1000, nesting=50, expansions=500),
    costs=None,
)
