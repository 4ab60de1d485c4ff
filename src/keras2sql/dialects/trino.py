"""Trino, and Presto and Athena, its relatives, by the pages of trino.io/docs/current.

Doubles compute as Java has it: x / 0 and exp(1000) are infinite, nothing raises, and no comparison
holds for NaN (language/types, functions/math).  A number with an exponent is a DOUBLE, one without
a decimal (language/types).  GREATEST gives NULL where one is (functions/comparison).

A step is written into its readers, which compute none of its columns anew, as only what one place
reads is inlined.  A statement has 1,000,000 characters (admin/properties-query-management,
query.max-length), Athena's 262,144.  A recursion is unrolled, ten rounds at most (sql/select, WITH
RECURSIVE), so there is none.
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import STANDARD
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import PLAIN, Steps

# What it lacks, and what rounds halves away from zero.
_REPLACED = {"asinh", "acosh", "atanh", "round"}

TRINO = Dialect(
    name="trino",
    title="Trino",
    aliases=("presto", "prestodb", "athena"),
    tested="parsed",
    tested_by="sqlfluff's grammar, which is not Trino's own",
    notes="no Trino runs in the tests; single precision is computed in double precision; Athena "
    "takes statements of 262,144 bytes; texts as features, long recurrences, predict --into and "
    "deploy need another database",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "BIGINT", "str": "VARCHAR"},
    names=Naming(mark='"', case_sensitive=False),
    numbers=Numbers(quotient="{0} / {1}", infinity="infinity()", not_a_number="nan()"),
    constants=STANDARD,
    casts=Casts(
        number="TRY_CAST({0} AS {type})",
        text="",
        no_text="columns of CHAR are compared without the blanks at their end",
        valid="{0} IS NOT NULL AND NOT is_nan(TRY_CAST({0} AS {type}))",
    ),
    bounds=None,
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "trunc": "truncate({0})",
        "isnan": "is_nan({0})",
    },
    arithmetic=Arithmetic(has_infinity=True, divides_by_zero=True, nan="apart"),
    grammar=Grammar(recursive="WITH"),
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
    limits=Limits(nesting=50, statement_bytes=1_000_000),
    costs=None,
)
