r"""Snowflake, by the pages of docs.snowflake.com.

Numbers that stand in a statement are decimal ones of up to 38 digits, 37 of them behind the point
(sql-reference/data-types-numeric), and would lose digits of a small weight: so they are cast from
texts.  NaN equals itself and is greater than all others, infinity among them (ibid.).  Division by
zero raises (sql-reference/operators-arithmetic); what overflow does is told nowhere, so numbers
are held as in PostgreSQL, whose overflow raises.  GREATEST gives NULL where one is
(sql-reference/functions/greatest).

A name in lower case is written bare, so that it is the one that a user made who wrote it bare, too
(sql-reference/identifiers-syntax); it has 255 characters.  A backslash is doubled in a text
(sql-reference/data-types-text).  Texts may be compared by a collation of their column, so no model
takes texts.  What a step costs that several columns of others read was not measured.

A statement has 1 MB (user-guide/query-size-limits: longer ones run and are cut off in the history).
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
from keras2sql.dialects.remarks import ATANH, FLUSHED, POWERS
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import PLAIN, Steps

# What might raise where it is infinite, or rounds halves away from zero.
_REPLACED = {"pow", "sinh", "cosh", "round"}
_VALUES = "{name}({columns}) AS (SELECT * FROM VALUES\n  {rows}\n)"

# sql-reference/reserved-keywords
_RESERVED = """
account all alter and any as between by case cast check column connect connection constraint create
cross current current_date current_time current_timestamp current_user database delete distinct drop
else exists false following for from full grant group gscluster having ilike in increment inner
insert intersect into is issue join lateral left like localtime localtimestamp minus natural not
null of on or order organization qualify regexp revoke right rlike row rows sample schema select set
some start table tablesample then to trigger true try_cast union unique update using values view
when whenever where with
"""

SNOWFLAKE = Dialect(
    name="snowflake",
    title="Snowflake",
    aliases=("sf",),
    tested="parsed",
    tested_by="sqlfluff's grammar, which is not Snowflake's own",
    notes="no Snowflake runs in the tests; names in lower case are written without quotes; "
    "features beyond 1e100 count as 1e100, and where a product might leave the range of numbers, "
    "its factors beyond 1e150 count as infinite, those below 1e-100 as 0; single precision is "
    "computed in double precision; texts as features, long recurrences, predict --into and deploy "
    "need another database",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "BIGINT", "str": "VARCHAR"},
    names=Naming(
        mark='"',
        case_sensitive=True,
        bare="upper",
        reserved=frozenset(_RESERVED.split()),
        bare_steps=True,
        longest=255,
    ),
    numbers=Numbers(
        written="'{digits}'::DOUBLE",
        exponent=False,
        quotient="floor({0} / {1})",
        infinity="'inf'::{type}",
        not_a_number="'NaN'::{type}",
    ),
    constants=Constants("TRUE", "FALSE", "DATE '{0}'", backslash=r"\\"),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="",
        no_text="a column's collation may take texts for equal that differ",
        valid="{0} IS NOT NULL AND CAST({0} AS {type}) <> 'NaN'::{type}",
    ),
    bounds=Bounds(
        hold="greatest(least({0}, '{most}'::DOUBLE), -'{most}'::DOUBLE) + '1e-84'::DOUBLE"
        " - '1e-84'::DOUBLE",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "exp": "(exp(least({0}, 230)) + '1e-84'::DOUBLE - '1e-84'::DOUBLE)",
        "sigmoid": "(1 / (1 + exp(least(-({0}), 345))) + '1e-84'::DOUBLE - '1e-84'::DOUBLE)",
        "isnan": "({0} = 'NaN'::DOUBLE)",
    },
    remarks={**ATANH, **FLUSHED, **POWERS},
    arithmetic=Arithmetic(
        has_infinity=True,
        divides_by_zero=False,
        nan="greatest",
        undefined=frozenset({"exp", "sigmoid", "sin", "cos", "tan", "sqrt"}),
    ),
    grammar=Grammar(recursive="WITH", values=_VALUES),
    steps=Steps(shared=PLAIN, shared_values=_VALUES),
    recursion=None,
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(boolean="CAST({0} AS INT)", lateral_aliases=True),
    session=(),
    script=(),
    tables=None,
    predictions=None,
    views=None,
    limits=Limits(nesting=50, statement_bytes=1_000_000),
    costs=None,
)
