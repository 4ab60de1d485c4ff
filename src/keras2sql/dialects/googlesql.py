r"""GoogleSQL, the language of BigQuery and Spanner: overflow is an error, so are 1/0 and ln(0), but
NaN and infinity are numbers like others.

Features beyond +-1e100 count as that, and so does exp(x) from x = 230: a product of three such
numbers is in range.  Underflow gives 0; but quotients of tiny numbers overflow, so those below
1e-100 count as 0, as in PostgreSQL.  Single precision is computed in double precision.

A text is no number, and what tests for NaN raises for it when the query is planned.  Texts take
a quote as \', and two quotes are an error.  The name of a step is a column of its rows as a whole,
and comes before a column of that name: so every step that is read has another name.  A recursive
step has no list of names, and no table of values is written but as a union of selects.
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import MATHEMATICS, STRIPPED, TEXTS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH, FLUSHED, POWERS
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import PLAIN, Recursing, Steps

# What raises where it is infinite, or rounds halves away from zero.
_REPLACED = {"pow", "sinh", "cosh", "round"}

_LINES = {"\n": r"\n", "\r": r"\r"}

GOOGLESQL = Dialect(
    name="googlesql",
    title="GoogleSQL",
    aliases=("zetasql",),
    tested="executed",
    notes="run on Google's own analyser and reference evaluator, which has no limits of a "
    "database; SQL that is written without a connection takes no boolean features; features beyond "
    "1e100 count as 1e100, and where a product might leave the range of numbers, its factors "
    "beyond 1e150 count as infinite, those below 1e-100 as 0; single precision is computed in "
    "double precision; predict --into and deploy need another database",
    types={"double": "FLOAT64", "single": "FLOAT64", "int": "INT64", "str": "STRING"},
    names=Naming(
        mark="`",
        case_sensitive=False,
        backslash=r"\\",
        escapes={"`": r"\`", **_LINES},
        reserved=frozenset({"assert_rows_modified", "contains", "enum", "hash", "lookup", "proto"})
        | {"respect"},
    ),
    numbers=Numbers(
        quotient="DIV({0}, {1})",
        exponent=False,
        infinity="CAST('inf' AS {type})",
        not_a_number="CAST('nan' AS {type})",
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        backslash=r"\\",
        escapes={"'": r"\'", **_LINES},
    ),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="CAST({0} AS {type})",
        valid="{0} IS NOT NULL AND NOT is_nan({0})",
    ),
    bounds=Bounds(
        hold="greatest(least({0}, {most}), -{most}) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        **TEXTS,
        "strip_punctuation": STRIPPED,
        "exp": "(exp(least({0}, 230)) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + exp(least(-({0}), 345))) + 1e-84 - 1e-84)",
        "isnan": "is_nan({0})",
    },
    remarks={**ATANH, **FLUSHED, **POWERS},
    arithmetic=Arithmetic(
        has_infinity=True,
        divides_by_zero=False,
        nan="apart",
        undefined=frozenset({"sqrt"}),
    ),
    grammar=Grammar(named_columns="", values="", read_as="s"),
    steps=Steps(shared=PLAIN, shared_values=""),
    # BigQuery's; the evaluator went through 1,000.
    recursion=Recursing(by="join", rounds=500),
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(boolean="CAST({0} AS INT64)"),
    session=(),
    script=(),
    tables=None,
    predictions=None,
    views=None,
    # The evaluator is a program for another machine, with a stack of its own.
    limits=Limits(nesting=90),
    costs=Costs(
        statement=(5e07, 1e05),
        value=(0, 5e03),
        product=(6.7e05, 3.9e03),
        join=(0, 0),
        joined=(0, 0),
        table=(4e05, 100),
    ),
)
