"""CockroachDB, whose SQL is PostgreSQL's, by the pages of cockroachlabs.com/docs/stable.

Where NaN stands among the numbers no page was found to say (float tells its literals alone): what
tests for it asks whether it is equal, and comparisons are guarded, so that it may stand anywhere.
AS MATERIALIZED keeps a step from being written into its readers (common-table-expressions).  What
else is PostgreSQL's own is left out: settings of its planner, names of functions within its
catalog, arrays, recursions and tables.
"""

from dataclasses import replace

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.postgres import POSTGRES
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH, FLUSHED, POWERS
from keras2sql.sql.steps import MATERIALIZED, VALUES_MATERIALIZED, Barrier, Steps

COCKROACHDB = replace(
    POSTGRES,
    name="cockroachdb",
    title="CockroachDB",
    aliases=("cockroach", "crdb"),
    tested="relative executed",
    tested_by="PostgreSQL",
    notes="its statements run in the tests on PostgreSQL; texts as features, arrays, recurrences "
    "over many steps, predict --into and deploy need another database; the rest as in PostgreSQL",
    types={"double": "float8", "single": "float8", "int": "bigint", "str": "text"},
    names=replace(POSTGRES.names, catalog=""),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn != "pow"},
        "isnan": "({0} = 'NaN')",
        "exp": "(exp(greatest(least({0}, 230), -345)) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + exp(greatest(least(-({0}), 345), -345))) + 1e-84 - 1e-84)",
    },
    casts=Casts(
        number="{0}::{type}",
        text="",
        no_text="no collation of its texts was tried",
        valid="{0} IS NOT NULL AND {0}::{type} <> 'NaN'",
    ),
    arithmetic=Arithmetic(
        has_infinity=True,
        divides_by_zero=False,
        nan="by sign",
        undefined=POSTGRES.arithmetic.undefined,
    ),
    remarks={**ATANH, **FLUSHED, **POWERS},
    grammar=replace(POSTGRES.grammar, recursive_values=False),
    steps=Steps(
        barrier=Barrier(MATERIALIZED),
        shared=MATERIALIZED,
        shared_values=VALUES_MATERIALIZED,
    ),
    recursion=None,
    arrays=None,
    rows=None,
    reading=Reading(boolean="{0}::int"),
    session=(),
    own_session=(),
    script=(),
    script_end=(),
    tables=None,
    predictions=None,
    views=None,
    limits=replace(POSTGRES.limits, identifier_bytes=None),
    costs=None,
)
