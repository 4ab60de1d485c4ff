"""HSQLDB 2.7: 1/0, ln(0) and sqrt(-1) raise, numbers that are too large are infinite, floor() of
such raises, and NaN is the least of all numbers, and equal to itself.

So features beyond +-1e100 count as that, and so does exp(x) from x = 230, as where overflow raises:
then no number is infinite.  NaN is written as NULL, which goes through all functions.

-0 is less than 0 and not equal to it, so all that is compared has 0 added to it; what is divided by
is compared before.

A name without quotes is one in upper case, as in Firebird.  Texts are equal that differ by blanks
at their end, so no model takes texts, and a CASE of texts pads them unless they are VARCHAR.  A
window has no order but the one in which rows come, so long tables are refused.

A step is written into its readers unless it is a union, and what two of its columns read would be
computed in powers of two: 14 steps of 150 rows took 22 s, with the union 0.2 s.
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH, FLUSHED, POWERS, UNITED
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import Barrier, Steps

# What is infinite or raises, gives -0, or passes over NULL: greatest() and least() do so where it
# is not the last of what they are given.
_REPLACED = {"max", "min", "exp", "pow", "sinh", "cosh", "asinh", "acosh", "atanh", "sign"}

_STEP = """{name} AS (
{select}
  UNION ALL
  SELECT
{nulls}
  FROM (VALUES (0)) AS nothing WHERE 1 = 0
)"""

# Found by trying each word that any database reserves, as the name of a column.
_RESERVED = """
all and any array as at between both by call case cast coalesce collation convert corresponding
create cross cube current current_catalog current_date current_path current_role current_schema
current_time current_timestamp current_user default distinct do drop else every except exists false
fetch for from full grant group grouping having in inner intersect into is join leading left like
localtime localtimestamp natural normalize not null nullif occurrences_regex on or order outer
position_regex primary references right rollup row select session_user set some sum sysdate
system_user table then to trailing translate_regex trigger true union unique user using values when
where with
"""

HSQLDB = Dialect(
    name="hsqldb",
    title="HSQLDB",
    aliases=("hypersql",),
    tested="executed",
    notes="names in lower case are written without quotes; SQL that is written without a "
    "connection takes no boolean features; features beyond 1e100, and infinity, count as 1e100; "
    "where a product might leave the range of numbers, its factors beyond 1e150 count as that, "
    "those below 1e-100 as 0; single precision is computed in double precision; texts as features, "
    "long tables, predict --into and deploy need another database",
    types={
        "double": "DOUBLE",
        "single": "DOUBLE",
        "int": "BIGINT",
        "str": "VARCHAR(4000)",
    },
    names=Naming(
        mark='"',
        case_sensitive=True,
        bare="upper",
        reserved=frozenset(_RESERVED.split()),
        longest=128,
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        infinity="1e100",
        not_a_number="CAST(NULL AS DOUBLE)",
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        text="CAST({0} AS VARCHAR({length}))",
    ),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="",
        no_text="texts are equal there that differ by blanks at their end",
        # A BIGINT beside NaN would be a "general error".
        valid="{0} IS NOT NULL AND CAST({0} AS {type}) <> CAST('NaN' AS {type})",
    ),
    bounds=Bounds(
        hold="greatest(-{most}, least({most}, {0})) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them is infinite",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "exp": "(exp(least(230, {0})) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + exp(least(345, -({0})))) + 1e-84 - 1e-84)",
        "floor": "(floor({0}) + 0e0)",
        "ceil": "(ceil({0}) + 0e0)",
        "isnan": "({0} IS NULL)",
    },
    remarks={**ATANH, **FLUSHED, **POWERS, "WHERE 1 = 0": UNITED},
    arithmetic=Arithmetic(
        has_infinity=False,
        divides_by_zero=False,
        nan="null",
        undefined=frozenset({"sqrt", "asin", "acos"}),
        signed_zero=True,
    ),
    grammar=Grammar(
        from_nothing="(VALUES (0)) AS nothing",
        group_places=False,
        # Where a value stands, no condition may begin with arithmetic.
        truth="CASE WHEN {0} THEN TRUE ELSE FALSE END",
        in_comments="{}",  # JDBC's own escapes
        windows=False,
    ),
    steps=Steps(barrier=Barrier(_STEP), shared=_STEP, shared_values=VALUES),
    recursion=None,
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(
        boolean="CASE WHEN {0} THEN 1 WHEN NOT {0} THEN 0 END",
        pseudo_columns=frozenset({"rownum", "sysdate", "systimestamp", "today", "now"}),
    ),
    session=(),
    script=(),
    tables=None,
    predictions=None,
    views=None,
    limits=Limits(nesting=200),
    # Of the processor's time, that of Java's compiler in it; by nine shapes, and look-ups by
    # fourteen: a table is hashed once, so that more look-ups in it hardly take longer to plan.
    costs=Costs(
        statement=(6.6e07, 0),
        value=(4.46e05, 436),
        product=(1.09e05, 266),
        join=(0, 3.6e03),
        joined=(0, 0),
        table=(4600, 0),
        read=(40, 0),
        choice=(0, 0),
        branch=(0, 146),
        function=(0, 1.48e03),
    ),
)
