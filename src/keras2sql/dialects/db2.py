"""Db2 for Linux, UNIX and Windows, from 11.1 on, by the pages of ibm.com/docs/en/db2/11.5.

Arithmetic of DOUBLE raises SQL0802N where a number is too large, too small or divided by 0
(SQLCODE +802; IC70675 tells of a sum that raises as parts of it are too small), and NaN and
infinity do not exist.  So features beyond +-1e100 count as that, those below 1e-100 as 0, and exp()
of more than 230 or less than -690 as at these ends, as in MonetDB, where all of that was measured.

A condition is written as 1 or 0, since columns of truth values came with 11.1, and conditions as
such later (topic=list-boolean-values).  The greatest is a CASE, which no NULL hides in; atan2() has
x before y (topic=functions-atan2).

A name without quotes is one in upper case (topic=elements-identifiers), so one in lower case is
written bare; it has 128 bytes, a select 1,012 columns, a statement 2,097,152 bytes
(topic=sql-limits).  Texts are equal that differ by blanks at their end
(topic=elements-assignments-comparisons), so no model takes texts.  A text that is no number raises.

What a step costs that several columns of others read was not measured; a recursion was not tried.
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import STANDARD
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH, FLUSHED
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import PLAIN, Steps

# What it lacks, what raises where it is infinite or 0, and what rounds halves away from zero.
_REPLACED = {"max", "min", "exp", "pow", "sinh", "cosh", "asinh", "acosh", "atanh", "round"}

# topic=sql-reserved-schema-names-reserved-words
_RESERVED = """
all allocate alter and any as between by call case cast check column condition connect connection
constraint create cross current current_date current_path current_schema current_time
current_timestamp current_user cursor date day days default delete distinct do double drop else end
except execute exists external fetch for foreign from full function global grant group having hour
identity in index inner insert int integer intersect into is join key label language lateral left
like limit local localtime localtimestamp long loop merge microsecond minute month natural new next
no none not null of offset old on only open optimize option or order out outer over partition
position precision prepare primary range rank ref references release result return revoke right
rollback row row_number rows rownumber second select session_user set some sql start sum system_user
table then time timestamp to trigger union unique update user using value values view when where
while with without year
"""

DB2 = Dialect(
    name="db2",
    title="Db2",
    aliases=("ibm_db_sa", "db2luw"),
    tested="parsed",
    tested_by="sqlfluff's grammar, which is not Db2's own",
    notes="no Db2 runs in the tests; for Db2 11.1 and later, on Linux, UNIX and Windows; names in "
    "lower case are written without quotes; features beyond 1e100 count as 1e100; where a product "
    "might leave the range of numbers, its factors beyond 1e150 count as that, those below 1e-100 "
    "as 0; single precision is computed in double precision; truth values are 1 and 0; texts as "
    "features, long recurrences, predict --into and deploy need another database",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "BIGINT", "str": "VARCHAR(4000)"},
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
        not_a_number="CAST(NULL AS {type})",
        least=2.3e-308,
    ),
    constants=STANDARD,
    casts=Casts(
        number="CAST({0} AS {type})",
        text="",
        no_text="texts are equal there that differ by blanks at their end",
        valid="{0} IS NOT NULL",
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
        "exp_in_bounds": "exp({0})",
        "trunc": "trunc({0}, 0)",
        "atan2": "CASE WHEN {0} = 0 AND {1} = 0 THEN 0e0 ELSE atan2({1}, {0}) END",
        "isnan": "({0} IS NULL)",
    },
    remarks={**ATANH, **FLUSHED},
    arithmetic=Arithmetic(
        has_infinity=False,
        divides_by_zero=False,
        nan="null",
        undefined=frozenset({"sqrt"}),
    ),
    grammar=Grammar(
        recursive="WITH",
        from_nothing="sysibm.sysdummy1",
        group_places=False,
        truth="CASE WHEN {0} THEN 1 ELSE 0 END",
        test="({0} = 1)",
        first="FETCH FIRST {0} ROWS ONLY",
    ),
    steps=Steps(shared=PLAIN, shared_values=VALUES),
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
    limits=Limits(select_columns=1012, nesting=50, statement_bytes=2_097_152),
    costs=None,
)
