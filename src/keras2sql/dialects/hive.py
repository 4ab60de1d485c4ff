r"""Hive, by 2.3: x / 0, ln(0) and sqrt(-1) are NULL, overflow is infinite, and of NULL and others
greatest() is NULL.

What NaN is depends on how a table is stored: to most of Hive it equals itself and is greater than
all numbers, to what computes on whole columns of ORC or Parquet no comparison holds for it.  So
features beyond +-1e100 count as that, as where overflow raises: then no number is infinite, and
NaN is written as NULL, which goes through all functions.

floor() is a whole number of 64 bit, the last of these for all that is larger.  A text is cast as
Java does it, 5d and 0x1p3 for numbers too.  In a text 'it''s' are two, one behind the other, so a
quote is \'; and ${name} is something else, in a text, a name and a comment, so a dollar is \u0024.

No function is hyperbolic.  A step is computed once without the optimizer by costs, by which
nothing was measured: so it is off.  A sort, a join, a union or a limit is a job of its own.
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
from keras2sql.dialects.settings import Settings
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import PLAIN, Steps

# What it lacks, what is infinite or NaN or gives whole numbers, and round(), which rounds halves
# away from zero.
_REPLACED = {"max", "min", "exp", "pow", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"}
_REPLACED |= {"atan2", "floor", "ceil", "trunc", "round"}

_BLANKS = ", ".join(f"chr({code})" for code in range(9, 14))
_BLANK = "instr(concat({0}, ' '), ' ')"

# Of what a cast takes, 5d, 5f and 0x1p3 beside NaN.
_NO_NUMBER = "'[Nn]a[Nn]|[0-9.][dDfFxX]'"
_VALUES = "{name} AS (\nSELECT inline(array(\n  {rows}\n)) AS ({columns})\n)"
_WHOLE = "CASE WHEN abs({{0}}) < 1e15 THEN CAST({name}({{0}}) AS DOUBLE) ELSE {{0}} END"

# Those of its lexer that it takes for no column, beside what all databases keep for themselves.
_RESERVED = "conf exchange extended less more partialscan reduce transform uniquejoin"

_SETTINGS = (
    Settings(
        {"hive.cbo.enable": "false"},
        assignment="{name}={value}",
        lasts=True,
        asked="SET {name}",
    ),
)

HIVE = Dialect(
    name="hive",
    title="Hive",
    aliases=("hiveql",),
    tested="executed",
    notes="run on Hive 2.3, the one in Spark's own jars, without Calcite, so a query runs with "
    "hive.cbo.enable=false; features beyond 1e100, and infinity, count as 1e100; where a product "
    "might leave the range of numbers, its factors beyond 1e150 count as that, those below 1e-100 "
    "as 0; single precision is computed in double precision; long recurrences, predict --into and "
    "deploy need another database",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "BIGINT", "str": "STRING"},
    names=Naming(
        mark="`",
        case_sensitive=False,
        reserved=frozenset(_RESERVED.split()),
        unfit=("${",),
        letter_first=True,
    ),
    numbers=Numbers(
        quotient="{0} DIV {1}",
        infinity="1e100",
        not_a_number="CAST(NULL AS DOUBLE)",
        count="CAST({0} AS {type})",
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        backslash=r"\\",
        escapes={"'": r"\'", "$": r"\u0024"},
    ),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="CAST({0} AS {type})",
        valid="CAST({0} AS {type}) IS NOT NULL "
        f"AND CAST({{0}} AS STRING) NOT RLIKE {_NO_NUMBER}",
    ),
    bounds=Bounds(
        hold="greatest(-{most}, least({most}, {0})) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them is infinite",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        **TEXTS,
        "strip_punctuation": STRIPPED,
        "spaced": f"ltrim(translate({{0}}, concat({_BLANKS}), '     '))",
        "first_word": f"substr({{0}}, 1, {_BLANK} - 1)",
        "after_word": f"ltrim(substr({{0}}, {_BLANK} + 1))",
        "exp": "(exp(least(230, {0})) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + exp(least(345, -({0})))) + 1e-84 - 1e-84)",
        "floor": _WHOLE.format(name="floor"),
        "ceil": _WHOLE.format(name="ceil"),
        "isnan": "({0} IS NULL)",
    },
    remarks={**ATANH, **FLUSHED, **POWERS},
    arithmetic=Arithmetic(
        has_infinity=False,
        divides_by_zero=False,
        nan="null",
        undefined=frozenset({"asin", "acos"}),
    ),
    grammar=Grammar(
        values=_VALUES,
        row="struct({0})",
        group_places=False,
        in_comments="{}",
    ),
    steps=Steps(shared=PLAIN, shared_values=_VALUES),
    recursion=None,
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(
        boolean="CAST({0} AS DOUBLE)",
        pseudo_columns=frozenset(
            {"input__file__name", "block__offset__inside__file", "row__id", "grouping__id"}
        ),
    ),
    session=_SETTINGS,
    script=tuple(settings.sql for settings in _SETTINGS),
    script_end=("SET hive.cbo.enable=true",),
    tables=None,
    predictions=None,
    views=None,
    # Of a thread with the usual stack; 200 calls in one another end in a StackOverflowError.
    limits=Limits(nesting=100),
    # Of the processor's time, in one process; a join is a job, of which most is its start.
    costs=Costs(
        statement=(9e07, 1.2e04),
        value=(0, 100),
        product=(1e05, 185),
        join=(1e09, 0),
        joined=(0, 0),
        table=(1e04, 0),
    ),
)
