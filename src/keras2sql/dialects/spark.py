"""Apache Spark: NaN equals itself and is the greatest number; division by zero raises.

What a step computes and several read is computed once: since 3.3 Spark no longer writes
expressions into their users where they would be computed more than once.  The analyzer
resolves one step of a WITH at a time, in at most 100 rounds.  The planner takes time in the
square of the steps: 25 short ones 0.5 s, 50 take 2 s and 200 take 40 s, and 300 more than a
gigabyte.
"""

from keras2sql.dialects import words
from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays, Products
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS, TEXTS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.settings import Settings
from keras2sql.dialects.storage import Predictions, Views
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import PLAIN, Barrier, Recursing, Steps

# floor() and ceil() give whole numbers of 64 bit and raise beyond; trunc() is for dates, and
# round() takes ties away from zero.
_REPLACED = {"floor", "ceil", "trunc"}


def _lasting(name: str, value: str) -> Settings:
    """A setting of the session: a statement makes one alone."""
    return Settings({name: value}, lasts=True, asked="SET {name}")


# Compiled as one method, a plan soon has more than the 8,000 bytes that Java's own compiler
# takes, and is interpreted: 10-32-16-3 then takes 15 times as long.  And a text with ${name} in
# it would be another one.
_SETTINGS = (
    _lasting("spark.sql.codegen.wholeStage", "false"),
    _lasting("spark.sql.variable.substitute", "false"),
    _lasting("spark.sql.cteRecursionLevelLimit", "-1"),
    _lasting("spark.sql.cteRecursionRowLimit", "-1"),
)

# A cast takes a text as Java does, 5d and 0x1p3 for numbers too.  The name of a type is known when
# a query is planned, and a test of it takes no time.
_NO_NUMBER = "'[^-+.0-9eE ]'"

# Tables are of the format that the session has for such.  A batch is one job: its files are moved
# to their place one by one at the end of it, each of whole rows.
_PREDICTIONS = Predictions(
    moment="CAST('{0}+00:00' AS TIMESTAMP)",
    commits=True,
    appended=True,
    ledger="CREATE TABLE IF NOT EXISTS {table} ({columns})",
    swap=("DROP TABLE {table}", "ALTER TABLE {staging} RENAME TO {table}"),
)

_VIEWS = Views(
    deployed="",
    schema="current_schema()",
    comment="",
    view="CREATE VIEW {name} COMMENT {text} AS\n{query}",
    table="CREATE TABLE {name} COMMENT {text} AS\n{query}",
    replace_view="CREATE OR REPLACE VIEW {name} COMMENT {text} AS\n{query}",
    commits=True,
    move=("ALTER {kind} {staging} RENAME TO {name}",),
)

SPARK = Dialect(
    name="spark",
    title="Spark",
    aliases=("pyspark", "sparksql"),
    tested="executed",
    notes="arrays compute in single precision, columns in double; a deployed view reads tables and "
    "views of the catalog, no temporary ones",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "BIGINT", "str": "STRING"},
    names=Naming(
        case_sensitive=False,
        mark="`",
    ),
    numbers=Numbers(
        typed="CAST({digits} AS {type})",
        infinity="CAST('Infinity' AS {type})",
        not_a_number="CAST('NaN' AS {type})",
        count="CAST({0} AS {type})",
        quotient="{0} DIV {1}",
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        backslash=r"\\",
    ),
    casts=Casts(
        number="try_cast({0} AS {type})",
        text="CAST({0} AS {type})",
        # isnan() of NULL is false.
        valid="NOT isnan(coalesce(try_cast({0} AS {type}), CAST('NaN' AS {type}))) "
        f"AND (typeof({{0}}) <> 'string' OR NOT {{0}} RLIKE {_NO_NUMBER})",
    ),
    bounds=None,
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        **TEXTS,
        **words.by_expression(
            replaced="regexp_replace({0}, {1}, {2})",
            number="CAST({0} AS DOUBLE)",
            lower="lower({0})",
            pattern=words.CLASS.replace("\\", r"\\"),
        ),
        "round": "rint({0})",
        "isnan": "isnan({0})",
        "log1p": "log1p({0})",
        "expm1": "expm1({0})",
        "strip_punctuation": TEXTS["strip_punctuation"].replace("\\", "\\\\"),
        "first_word": "substr({0}, 1, instr({0} || ' ', ' ') - 1)",
        "after_word": "ltrim(substr({0}, instr({0} || ' ', ' ') + 1))",
    },
    arithmetic=Arithmetic(has_infinity=True, divides_by_zero=False, nan="greatest"),
    grammar=Grammar(),
    steps=Steps(
        barrier=Barrier(passes=frozenset({"columns"})),
        shared_values=VALUES,
        shared=PLAIN,
    ),
    recursion=Recursing(by="join"),
    searching=Searching(
        numbers="CAST(split('{0}', ',') AS ARRAY<{type}>)",
        places="sequence(CAST(0 AS BIGINT), {0} - 1)",
        table="  SELECT inline(arrays_zip(\n{names}\n  )) FROM (\n{arrays}\n  )",
        row="monotonically_increasing_id()",
        each="explode(array({0}))",
        first="first({0})",
    ),
    arrays=Arrays(
        cast="try_cast({0} AS ARRAY<{type}>)",
        whole="size({0}) = {count} AND NOT exists(try_cast({0} AS ARRAY<{type}>), e -> e IS NULL)",
        numbers="NOT array_contains(try_cast({0} AS ARRAY<{type}>), CAST('NaN' AS {type})) "
        f"AND NOT exists({{0}}, e -> typeof(e) = 'string' AND e RLIKE {_NO_NUMBER})",
        element="element_at({0}, {place})",
        listed="array({0})",
    ),
    products=Products(
        pack="CAST(array({0}) AS ARRAY<FLOAT>)",
        # As fast as an array of literals, which takes twice as long to plan.
        dot="vector_inner_product(CAST({0} AS ARRAY<FLOAT>), "
        "CAST(split('{1}', ', ') AS ARRAY<FLOAT>))",
        precision="single",
    ),
    rows=None,
    reading=Reading(lateral_aliases=True, pseudo_columns=frozenset({"current_timestamp"})),
    session=_SETTINGS,
    script=tuple(settings.sql for settings in _SETTINGS),
    script_end=tuple(f"RESET {name}" for settings in _SETTINGS for name in settings.names),
    tables=None,
    predictions=_PREDICTIONS,
    views=_VIEWS,
    limits=Limits(nesting=100, steps=90, recursions=1),
    sure=25,
    costs=Costs(
        statement=(4.83e08, 333),
        value=(0, 0),
        product=(1.5e06, 0.521),
        join=(1e08, 0),
        joined=(5e05, 0),
        table=(1e03, 0),
        total=(7e09, 0),
        totalled=(0, 300),
        packed=(4.23e06, 36.4),
        call=(0, 60.9),
        array_product=(1.36e05, 0),
    ),
)
