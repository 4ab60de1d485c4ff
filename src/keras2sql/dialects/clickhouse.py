"""ClickHouse: steps stay apart by themselves; NULL needs a type of its own, numbers don't.

Features become plain numbers at once, 0 for NULL, and whether they were numbers is a column
of its own: functions of arrays take no NULL, and all are faster without.
"""

from dataclasses import replace

from keras2sql.dialects import words
from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays, Gathering, Products
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS, TEXTS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.settings import Settings
from keras2sql.dialects.storage import Predictions, Views
from keras2sql.dialects.walking import Walking
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import PLAIN, Barrier, Recursing, Steps

# Merged, the expressions of all steps are computed as one, without what they share: 27 times
# slower for 10-32-16-3.  The others lift what a long statement or sequence meets.
# Of a value as a number, that of @@name, there is none: it would be 0.
_ASKED = "SELECT value FROM system.settings WHERE name = '{name}'"

_SETTINGS = Settings(
    {
        "query_plan_merge_expressions": "0",
        "prefer_column_name_to_alias": "1",
        "max_query_size": "1000000000",
        "max_ast_elements": "100000000",
        "max_expanded_ast_elements": "100000000",
        "max_subquery_depth": "100000",
        "max_recursive_cte_evaluation_depth": "1000000000",
    },
    lasts=True,
    asked=_ASKED,
    spelled="'{0}'",
)

# Types whose cast to a number gives a code, of a label or a day.  The names of the types are known
# when a query is planned, and a test of them takes no time.
_CODED = "'^([A-Za-z]+[(])*(Enum|Date|Time|Interval)'"

# What tables of its engines tell of a row beside its columns.
_VIRTUAL = frozenset(
    {"_part", "_part_index", "_part_offset", "_part_starting_offset", "_part_uuid"}
    | {"_partition_id", "_sample_factor", "_block_number", "_block_offset", "_row_number"}
    | {"_table", "_database", "_path", "_file", "_size", "_time"}
)

# One INSERT makes one block of a batch, and so one part, which is there as a whole or not at all.
_ONE_BLOCK = Settings(
    {
        "max_insert_threads": "1",
        "min_insert_block_size_rows": "1000000000",
        "min_insert_block_size_bytes": "0",
        "max_block_size": "1000000",
    },
    lasts=True,
    asked=_ASKED,
    spelled="'{0}'",
)

# What stands behind a THEN is computed for its rows alone, each time that something needs it, and
# so a network whose steps are merged in powers of two; an array's elements are computed before.
_ONLY_IF = "[NULL, {text}][1 + toUInt8({test})]"

_ENGINE = "ENGINE = MergeTree ORDER BY ({keys}) SETTINGS allow_nullable_key = 1"

_PREDICTIONS = Predictions(
    moment="toDateTime('{0}', 'UTC')",
    commits=True,
    appended=True,
    creation=f"CREATE TABLE {{table}} {_ENGINE} AS\n{{query}}",
    ledger="CREATE TABLE IF NOT EXISTS {table} ({columns}) ENGINE = MergeTree ORDER BY tuple()",
    swap=("EXCHANGE TABLES {table} AND {staging}",),
    session=(_ONE_BLOCK,),
)

_VIEWS = Views(
    deployed="SELECT if(engine = 'View', 'view', 'table'), "
    "if(database = currentDatabase(), '', database), name, substring(comment, 1, {longest})\n"
    "FROM system.tables WHERE startsWith(comment, {mark}) AND NOT is_temporary",
    schema="currentDatabase()",
    comment="",
    view="CREATE VIEW {name} AS\n{query}\nCOMMENT {text}",
    table=f"CREATE TABLE {{name}} {_ENGINE}\nCOMMENT {{text}} AS\n{{query}}",
    replace_view="CREATE OR REPLACE VIEW {name} AS\n{query}\nCOMMENT {text}",
    commits=True,
    move=("RENAME TABLE {staging} TO {name}",),
    swap=("EXCHANGE TABLES {name} AND {staging}",),
)

# A view loses the names that stand behind that of a step.
_VALUES = "{name} AS (SELECT {renamed} FROM (VALUES\n  {rows}\n))"

CLICKHOUSE = Dialect(
    name="clickhouse",
    title="ClickHouse",
    aliases=("ch", "chdb", "clickhousedb"),
    tested="executed",
    notes="a deployed view takes up to five times as long in a session without the settings "
    "that `Program.script` begins with; a user who may only read is to have `readonly = 2`, as "
    "`readonly = 1` forbids these settings, too",
    types={"double": "Float64", "single": "Float32", "int": "Int64", "str": "String"},
    names=Naming(
        mark='"',
        case_sensitive=True,
        aliases_first=True,
        backslash=r"\\",
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        count="CAST({0} AS {type})",
        missing="nan",
        exponent=False,
        typed="CAST({digits} AS {type})",
        infinity="CAST('inf' AS {type})",
        not_a_number="CAST('nan' AS {type})",
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        backslash=r"\\",
        nullable="toNullable({0})",
        date="toDate32('{0}')",
    ),
    casts=Casts(
        number="ifNull(CAST({0} AS Nullable({type})), 0)",
        text="ifNull(CAST({0} AS Nullable({type})), '')",
        text_or_none="CAST({0} AS Nullable({type}))",
        valid="NOT isNaN(ifNull(CAST({0} AS Nullable({type})), nan))",
    ),
    bounds=None,
    functions={
        **MATHEMATICS,
        **TEXTS,
        **words.by_expression(
            replaced="replaceRegexpAll({0}, {1}, {2})",
            number="toFloat64({0})",
            lower="lowerUTF8({0})",
            pattern=words.CLASS.replace("\\", r"\\"),
        ),
        "log": "ln({0})",
        "log1p": "log1p({0})",
        "sigmoid": "sigmoid({0})",
        "erf": "erf({0})",
        # Its own tanh() is off by 3e-8 of the value for small numbers.
        "tanh": "if(abs({0}) < 20, sinh({0}) / cosh({0}), tanh({0}))",
        "erfc": "erfc({0})",
        "isnan": "isNaN({0})",
        "spaced": "ltrim(translate({0}, char(9, 10, 11, 12, 13), '     '))",
        "first_word": "substring({0}, 1, position({0} || ' ', ' ') - 1)",
        "after_word": "ltrim(substring({0}, position({0} || ' ', ' ') + 1))",
        "character": "substringUTF8({0}, {1}, 1)",
    },
    remarks={
        **ATANH,
        ") / cosh(": "tanh() is off by 3e-8 for small numbers, sinh() / cosh() is not",
    },
    # greatest(0, NaN) is NaN, greatest(NaN, 0) is 0.
    arithmetic=Arithmetic(has_infinity=True, divides_by_zero=True, nan="apart", last_nan=True),
    grammar=Grammar(only_if=_ONLY_IF, values=_VALUES),
    steps=Steps(
        barrier=Barrier(passes=frozenset({"columns"})),
        shared_values=_VALUES,
        shared=PLAIN,
    ),
    recursion=Recursing(by="join"),
    searching=Searching(
        numbers="'[{0}]'::Array(Nullable({type}))",
        places="range({0})",
        table="  SELECT\n{unnested}\n  FROM (\n{arrays}\n  ) ARRAY JOIN\n{names}",
        row="row_number() OVER ()",
        each="arrayJoin([{0}])",
        first="any({0})",
    ),
    arrays=Arrays(
        cast="CAST({0} AS Array(Nullable({type})))",
        # NULL and NaN alike.
        whole="length({0}) = {count} AND NOT arrayExists(e -> ifNull(e <> e, true), "
        "CAST({0} AS Array(Nullable({type}))))",
        numbers=f"NOT match(toTypeName({{0}}), {_CODED})",
        safe="arrayMap(e -> ifNull(e, 0), {0})",
        instead="arrayWithConstant({count}, CAST({missing} AS Nullable({type})))",
        listed="[{0}]",
    ),
    products=Products(
        pack="[{0}]",
        # Each column of its own costs half a millisecond of planning; of a recurrence, in every
        # round: a GRU of 480 columns takes 24 s, and did not end in five minutes.
        gathering=Gathering(
            least={"arrays": 16, "loops": 16},
            number="CAST({0} AS Nullable({type}))",
        ),
        lines=True,
        dot="dotProduct({0}, '[{1}]'::Array({type}))",
    ),
    walking=Walking(
        numbers="materialize('[{0}]')::Array({type})",
        read="(SELECT {column} FROM {step})",
        at="{array}[{place}]",
        level="arrayMap((n, b) -> toUInt32({first} + ({x}[{f}] > {t})), {nodes}, {bases})",
        leaves="arraySum((n, b) -> {v}, {nodes}, {bases})",
        # A node costs a quarter of a millisecond of planning as a choice.
        least=400,
        room=512,
    ),
    rows=None,
    reading=Reading(
        type_name="toTypeName({0})",
        no_codes=f"NOT arrayExists(t -> match(t, {_CODED}), [{{0}}])",
        nothing="if({0}, {1}, [])",
        pseudo_columns=_VIRTUAL,
        hidden_columns=True,
    ),
    session=(_SETTINGS,),
    script=(_SETTINGS.sql,),
    script_end=(replace(_SETTINGS, values=dict.fromkeys(_SETTINGS.values, "DEFAULT")).sql,),
    tables=None,
    predictions=_PREDICTIONS,
    views=_VIEWS,
    # Short steps of two columns are planned up to 400 behind one another; at 800 the stack of
    # 8 MB is full, and the process may end with it.
    limits=Limits(nesting=150, steps=250, recursions=1),
    costs=Costs(
        statement=(0, 0),
        value=(0, 0),
        product=(2.76e05, 1.52),
        join=(6.8e06, 0),
        joined=(8.92e04, 0.511),
        table=(338, 0.00485),
        total=(6e07, 0),
        totalled=(3e05, 6),
        choice=(2.66e03, 0),
        branch=(1.18e06, 2.59),
        round=(1.2e07, 100),
        packed=(9.63e03, 0),
        call=(1.21e06, 0),
        array_product=(8.18e04, 0.187),
        function=(2.07e06, 4.81),
    ),
)
