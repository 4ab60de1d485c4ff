r"""Redshift, whose statements PostgreSQL takes, by the pages of docs.aws.amazon.com/redshift.

It computes as PostgreSQL does, of which it is an old relative: what came since is left out
(dg/c_redshift-and-postgres-sql): MATERIALIZED, LATERAL, tables of VALUES, arrays, and functions
by their full name.  Numbers that stand in a statement are decimal ones of 38 digits at most
(dg/r_Numeric_types201), so they are cast from texts.  A backslash escapes in a text, other than in
PostgreSQL, so it is written by its number.

Names have 127 bytes and are lower case, also in quotes (dg/r_names); a statement has 16 MB
(dg/c_redshift-sql).  A step is merged into its reader unless an OFFSET ends it, in PostgreSQL;
a union, which is no barrier there, was not tried on Redshift.
"""

from dataclasses import replace

from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.postgres import POSTGRES
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ALL_ROWS, ATANH, FLUSHED, POWERS
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import Barrier, Steps

# What it lacks, what raises where it is infinite, and what rounds halves away from zero.
_REPLACED = {"pow", "tanh", "sinh", "cosh", "asinh", "acosh", "atanh", "round"}

_OFFSET = "\n  OFFSET 0"
_FLUSHED = "{0} + '1e-84'::float8 - '1e-84'::float8"

REDSHIFT = replace(
    POSTGRES,
    name="redshift",
    title="Redshift",
    aliases=("redshift-serverless",),
    tested="relative executed",
    tested_by="PostgreSQL",
    notes="its statements run in the tests on PostgreSQL; texts as features, recurrences over many "
    "steps, predict --into and deploy need another database; the rest as in PostgreSQL",
    types={**POSTGRES.types, "str": "varchar"},
    names=Naming(mark='"', case_sensitive=False, longest=127),
    numbers=replace(
        POSTGRES.numbers,
        written="'{digits}'::float8",
        exponent=False,
        typed="{digits}",
        infinity="'Infinity'::float8",
        not_a_number="'NaN'::float8",
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        backslash="' || chr(92) || '",
        joined="({0})",
    ),
    casts=Casts(
        number="{0}::float8",
        text="",
        no_text="blanks at the end of texts may count for nothing",
        valid="{0}::float8 < 'NaN'::float8",
    ),
    bounds=Bounds(
        hold=_FLUSHED.replace("{0}", "greatest(least({0}, '{most}'::float8), -'{most}'::float8)"),
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "isnan": "({0} = 'NaN'::float8)",
        "exp": f"({_FLUSHED.format('exp(greatest(least({0}, 230), -345))')})",
        "sigmoid": f"({_FLUSHED.format('1 / (1 + exp(greatest(least(-({0}), 345), -345)))')})",
    },
    remarks={**ATANH, **FLUSHED, **POWERS, "OFFSET 0": ALL_ROWS.format("OFFSET 0")},
    grammar=Grammar(values=""),
    steps=Steps(
        barrier=Barrier(ending=_OFFSET),
        shared="{name} AS (\n{select}" + _OFFSET + "\n)",
        shared_values="",
    ),
    recursion=None,
    arrays=None,
    rows=None,
    reading=Reading(boolean="{0}::int", lateral_aliases=True),
    session=(),
    own_session=(),
    script=(),
    script_end=(),
    tables=None,
    predictions=None,
    views=None,
    limits=Limits(select_columns=1600, nesting=50, statement_bytes=16_000_000),
    costs=None,
)
