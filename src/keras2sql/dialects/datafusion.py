"""Apache DataFusion: NaN is a number that equals itself and is greater than all others, or, as
0 / 0 has it, less."""

from keras2sql.dialects import words
from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays, Products
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS, TEXTS
from keras2sql.dialects.constants import STANDARD
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.storage import Predictions, Views
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import PLAIN, Barrier, Recursing, Steps

DATAFUSION = Dialect(
    name="datafusion",
    title="DataFusion",
    aliases=("arrow-datafusion",),
    tested="executed",
    types={"double": "DOUBLE", "single": "FLOAT", "int": "BIGINT", "str": "VARCHAR"},
    names=Naming(
        mark='"',
        case_sensitive=True,
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        single="CAST({digits} AS {type})",
        typed="CAST({digits} AS {type})",
        infinity="CAST('Infinity' AS {type})",
        not_a_number="CAST('NaN' AS {type})",
        count="CAST({0} AS {type})",
    ),
    constants=STANDARD,
    casts=Casts(
        text="CAST({0} AS {type})",
        number="TRY_CAST({0} AS {type})",
        valid="NOT isnan(TRY_CAST({0} AS {type}))",
    ),
    bounds=None,
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in ("round", "sign")},
        **TEXTS,
        **words.by_expression(
            replaced="regexp_replace({0}, {1}, {2}, 'g')",
            number="CAST({0} AS DOUBLE)",
            lower="lower({0})",
        ),
        "isnan": "isnan({0})",
    },
    arithmetic=Arithmetic(has_infinity=True, divides_by_zero=True, nan="by sign"),
    grammar=Grammar(
        # Of a window that ends with its part the planner notes that rows are in its order, too,
        # and tries all orders of those that an expression reads: nine take 15 s, twelve hours.
        over_all=" ROWS BETWEEN UNBOUNDED PRECEDING AND 9223372036854775807 FOLLOWING",
    ),
    steps=Steps(
        barrier=Barrier(passes=frozenset({"columns"})),
        shared_values=VALUES,
        shared=PLAIN,
    ),
    recursion=Recursing(by="join"),
    searching=Searching(
        numbers="string_to_array('{0}', ',')::{type}[]",
        places="range(0, {0})",
        table="  SELECT\n{unnested}\n  FROM (\n{arrays}\n  )",
        unnested="unnest({0}) AS {0}",
        row="row_number() OVER ()",
        each="unnest(make_array({0}))",
        first="first_value({0})",
    ),
    arrays=Arrays(
        cast="TRY_CAST({0} AS {type}[])",
        whole="array_length({0}) = {count} "
        "AND array_position(TRY_CAST({0} AS {type}[]), NULL) IS NULL",
        numbers="NOT array_has(TRY_CAST({0} AS {type}[]), CAST('NaN' AS {type}))",
        listed="make_array({0})",
    ),
    products=Products(
        pack="make_array({0})",
        # A list of literals plans two to four times slower than a text that is split.
        dot="inner_product({0}, string_to_array('{1}', ', ')::{type}[])",
        widens=True,
    ),
    rows=None,
    reading=Reading(),
    session=(),
    script=(),
    tables=None,
    # Tables of a session, which hold no longer than it does: there is nothing to undo.
    predictions=Predictions(begin="BEGIN", moment="TIMESTAMP '{0}'"),
    # Views of a session; tables have neither a comment nor a text.
    views=Views(
        deployed="",
        schema="",
        comment="",
        replace_view="CREATE OR REPLACE VIEW {name} AS\n{query}",
        table="",
        step="keras2sql_mark AS (SELECT {text} AS mark)",
        plain=True,
        commits=True,
    ),
    limits=Limits(nesting=40, recursions=2),
    sure=4,
    costs=Costs(
        statement=(1.15e06, 1.92),
        value=(0, 4.01),
        product=(1.98e05, 0.307),
        join=(1.4e07, 0),
        joined=(4.47e05, 22.2),
        table=(183, 0),
        total=(1e08, 0),
        totalled=(0, 54),
        packed=(1.85e05, 5.39),
        call=(2.75e05, 109),
        array_product=(4.88e03, 0.78),
        choice=(1.17e05, 1.87),
        function=(8.46e05, 35.7),
    ),
)
