r"""MonetDB: overflow is an error, so are 1/0, ln(0) and an exp() that is less than any number, and
NaN and infinity do not exist.

Features beyond +-1e100 count as that, and so does exp(x) from x = 230, so that no product of three
such numbers raises; below -690 exp(x) is 0.  Products give 0 where they underflow; but quotients of
tiny numbers overflow, so those below 1e-100 count as 0, as in PostgreSQL.

greatest() takes two arguments, and for NULL the other one, so the greatest is a CASE.  That
computes a part for those rows alone that it is for; AND and OR compute all of theirs for all rows.
Whether a backslash is an escape is a setting of the server, but not within R''.  A name takes 1,023
bytes, and none begins with a percent sign, as its own do.

A step is computed once, however many columns read it.  The planner takes time in the square of what
a statement computes: 0.4 s for 1,000 products, 9 s for 6,000.
"""

import string

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
from keras2sql.dialects.remarks import ATANH, FLUSHED
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import PLAIN, Steps

# What it lacks, what raises where it is infinite or 0, and round(), which rounds halves away.
_REPLACED = {"max", "min", "exp", "pow", "sinh", "cosh", "asinh", "acosh", "atanh", "round"}
_REPLACED |= {"trunc"}


def _replaced(text: str, characters: str, by: str) -> str:
    for character in characters:
        quoted = {"'": "''''", "\\": r"R'\'"}.get(character, f"'{character}'")
        marks = quoted.replace("{", "{{").replace("}", "}}")
        text = f"replace({text}, {marks}, '{by}')"
    return text


def _lower(text: str) -> str:
    """Letters of ASCII alone, as Keras does it."""
    for upper, lower in zip(string.ascii_uppercase, string.ascii_lowercase, strict=True):
        text = f"replace({text}, '{upper}', '{lower}')"
    return text


def _spaced(text: str) -> str:
    for blank in range(9, 14):
        text = f"replace({text}, code({blank}), ' ')"
    return f"ltrim({text})"


_TEXTS = {
    "absent": "({0} IS NULL)",
    "lower": _lower("{0}"),
    "strip_punctuation": _replaced("{0}", string.punctuation, ""),
    "spaced": _spaced("{0}"),
    "first_word": "substring({0}, 1, locate(' ', {0} || ' ') - 1)",
    "after_word": "ltrim(substring({0}, locate(' ', {0} || ' ') + 1))",
    "character": "substring({0}, {1}, 1)",
}

MONETDB = Dialect(
    name="monetdb",
    title="MonetDB",
    aliases=("monet",),
    tested="executed",
    notes="run on the embedded MonetDB of 2021; SQL that is written without a connection takes no "
    "boolean features; features beyond 1e100 count as 1e100; where a product might leave the range "
    "of numbers, its factors beyond 1e150 count as that, those below 1e-100 as 0; single precision "
    "is computed in double precision; long recurrences, predict --into and deploy need another "
    "database",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "BIGINT", "str": "CLOB"},
    names=Naming(mark='"', case_sensitive=True, unfit_first="%", longest=1023),
    numbers=Numbers(quotient="{0} / {1}", infinity="1e100", not_a_number="NULL"),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        backslash=r"' || R'\' || '",
        joined="({0})",
    ),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="CAST({0} AS {type})",
        valid="{0} IS NOT NULL",
    ),
    bounds=Bounds(
        hold="greatest(least({0}, {most}), -{most}) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        **_TEXTS,
        "exp_in_bounds": "exp({0})",
        "atan2": "atan({0}, {1})",
        "isnan": "({0} IS NULL)",
    },
    remarks={**ATANH, **FLUSHED},
    arithmetic=Arithmetic(
        has_infinity=False,
        divides_by_zero=False,
        nan="null",
        undefined=frozenset({"sqrt"}),
    ),
    grammar=Grammar(group_places=False),
    steps=Steps(shared=PLAIN, shared_values=VALUES),
    recursion=None,
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(boolean="CAST({0} AS INT)"),
    session=(),
    script=(),
    tables=None,
    predictions=None,
    views=None,
    limits=Limits(nesting=200, spelled=20_000),
    costs=Costs(
        statement=(5e06, 1e03),
        value=(4e05, 100),
        product=(9e05, 20),
        join=(0, 0),
        joined=(0, 0),
        table=(1e04, 0),
    ),
)
