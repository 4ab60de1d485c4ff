r"""SQL Server and Azure SQL, from SQL Server 2012 on, by Microsoft's pages and Microsoft's parser.

Overflow is an error, so are 1/0 and ln(0) (learn.microsoft.com, t-sql/language-elements, "/"), and
NaN and infinity do not exist.  Features beyond +-1e100 count as that, and so does exp(x) from x =
230, so that no product of three such numbers raises.  Underflow gives 0; a number below 2.23e-308
is none of FLOAT's (t-sql/data-types/float-and-real-transact-sql), so it is written as a product.

A condition is no value, and a column of truth values no condition: it is 1 or 0.  GREATEST comes
with SQL Server 2022 and leaves NULL out (t-sql/functions/logical-functions-greatest), so the
greatest is a CASE.  No more than 10 CASE stand in one another, IIF counts as such
(t-sql/language-elements/case-transact-sql, error 125).

A text that is no number would raise as it is cast, and an empty one be 0, so both are tested for
(t-sql/functions/try-cast-transact-sql); texts are equal that differ by blanks at their end, or
after most collations by case, so no model takes texts.  A backslash at the end of a line takes the
line's end out of a text (t-sql/language-elements/sql-server-utilities-statements-backslash), so
that is written by its number.  Names stand in brackets, which no setting of a session changes.

A step is written into its readers, which compute its columns anew for each place that reads
them, unless it ends after a number of rows: FETCH NEXT of the greatest number there is.
A select has 4,096 columns, a name 128 characters (sql-server/maximum-capacity-specifications-for-
sql-server).  A recursion ends after 100 rounds unless the end of the whole statement tells more
(t-sql/queries/with-common-table-expression-transact-sql), which no view can have: there is none.
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ALL_ROWS, ATANH, FLUSHED
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import Barrier, Steps

# What it lacks, what raises where it is infinite, and what rounds halves away from zero.
_REPLACED = {"max", "min", "exp", "pow", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "round"}

_ALL_ROWS = "ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT 9223372036854775807 ROWS ONLY"
_VALUES = "{name}({columns}) AS (SELECT * FROM (VALUES\n  {rows}\n) AS table_rows({columns}))"

# t-sql/language-elements/reserved-keywords-transact-sql, those that no other database reserves.
_RESERVED = """
containstable freetexttable identity_insert identitycol opendatasource openquery openrowset openxml
revert securityaudit semantickeyphrasetable semanticsimilaritydetailstable semanticsimilaritytable
tran try_convert within
"""

MSSQL = Dialect(
    name="mssql",
    title="SQL Server",
    aliases=("sqlserver", "sql-server", "azuresql", "tsql", "t-sql"),
    tested="parsed",
    tested_by="Microsoft's own parser",
    notes="no SQL Server runs in the tests; Microsoft's parser of 2020 reads the statements of the "
    "cases, and knows no types or functions; for SQL Server 2012 and later; features beyond 1e100 "
    "count as 1e100; where a product might leave the range of numbers, its factors beyond 1e150 "
    "count as that, those below 1e-100 as 0; single precision is computed in double precision; "
    "truth values are 1 and 0; texts as features, long recurrences, predict --into and deploy need "
    "another database",
    types={"double": "float", "single": "float", "int": "bigint", "str": "nvarchar(4000)"},
    names=Naming(
        mark="[",
        closing="]",
        case_sensitive=False,
        reserved=frozenset(_RESERVED.split()),
        longest=128,
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        infinity="1e100",
        not_a_number="NULL",
        least=2.3e-308,
    ),
    constants=Constants(
        true="CAST(1 AS bit)",
        false="CAST(0 AS bit)",
        date="CAST('{0}' AS date)",
        escapes={"'": "''", "\n": "' + nchar(10) + N'", "\r": "' + nchar(13) + N'"},
        text="N{0}",
    ),
    casts=Casts(
        number="TRY_CAST({0} AS {type})",
        text="",
        no_text="texts are equal there that differ by blanks at their end",
        valid="TRY_CAST({0} AS {type}) IS NOT NULL AND len({0}) > 0",
    ),
    bounds=Bounds(
        hold="CASE\n        WHEN {0} > {most} THEN {most}"
        "\n        WHEN {0} < -{most} THEN -{most}"
        "\n        ELSE {0}\n      END + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "exp_in_range": "exp({0})",
        "ln": "log({0})",
        "ceil": "ceiling({0})",
        "trunc": "round({0}, 0, 1)",
        "atan2": "IIF({0} = 0 AND {1} = 0, 0e0, atn2({0}, {1}))",
        "isnan": "({0} IS NULL)",
    },
    remarks={**ATANH, **FLUSHED, "FETCH NEXT 9": ALL_ROWS.format("FETCH NEXT of all rows")},
    arithmetic=Arithmetic(
        divides_by_zero=False,
        nan="null",
        has_infinity=False,
        undefined=frozenset({"sqrt"}),
    ),
    grammar=Grammar(
        recursive="WITH",
        values=_VALUES,
        truth="CASE WHEN {0} THEN 1 ELSE 0 END",
        test="({0} = 1)",
        group_places=False,
        first="OFFSET 0 ROWS FETCH NEXT {0} ROWS ONLY",
    ),
    steps=Steps(
        barrier=Barrier(ending=f"\n  {_ALL_ROWS}"),
        shared="{name} AS (\n{select}\n  " + _ALL_ROWS + "\n)",
        shared_values=_VALUES,
        anew=True,
    ),
    recursion=None,
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(),
    session=(),
    script=(),
    tables=None,
    predictions=None,
    views=None,
    # What it takes of steps and levels is told nowhere: as many as MariaDB plans, which writes each
    # step anew for its readers, too.
    limits=Limits(select_columns=4096, nesting=50, cases=8, expansions=500),
    costs=None,
)
