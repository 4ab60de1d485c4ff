"""DuckDB: steps stay apart by themselves, infinities and NaN are numbers.

A text that is no number is NULL to TRY_CAST and an error to CAST; on numbers they take the same
time.
"""

from keras2sql.dialects import words
from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays, Gathering, Matrices, Products
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Casts
from keras2sql.dialects.common import MATHEMATICS, TEXTS
from keras2sql.dialects.constants import STANDARD
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Crowd, Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.rows import Lists, Rows
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.storage import Predictions, Split, Tables, Views
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import MATERIALIZED, VALUES_MATERIALIZED, Barrier, Recursing, Steps

_DEPLOYED = """SELECT {kind},
  if(schema_name = current_schema(), '', schema_name), {name},
  comment[:{longest}]
FROM {source} WHERE database_name = current_database() AND starts_with(comment, {mark})"""


def _deployed(kind: str, name: str, source: str) -> str:
    return _DEPLOYED.format(kind=kind, name=name, source=source, mark="{mark}", longest="{longest}")


# A function of a row has arguments of such names, a macro none or the name of a table.
_MACRO = "if(starts_with(parameters[1], 'given_'), 'function', 'macro')"

_READERS = """SELECT
  (SELECT count(*) FROM duckdb_views() WHERE contains(lower(sql), lower({name})))
  + (SELECT count(*) FROM duckdb_functions() WHERE contains(lower(macro_definition), lower({name})))
"""

_TABLES = Tables(
    array_type="{type}[]",
    insert_rows=100_000,
    insert_bytes=2_000_000,
    begin="BEGIN",
    drop_temporary="DROP TABLE IF EXISTS temp.{name}",
    split=Split(
        # A list of 20,000 rows takes 2.5 s, the same rows as texts to split 0.05 s.
        numbers="unnest(string_split({0}, ';'))::{type}",
        arrays="string_split(unnest(string_split({0}, ';')), ',')::{type}",
        texts="unnest([{0}])",
    ),
)

_PREDICTIONS = Predictions(
    begin="BEGIN",
    moment="TIMESTAMP '{0}'",
)

_VIEWS = Views(
    deployed="\nUNION ALL\n".join(
        [
            _deployed("'view'", "view_name", "duckdb_views()"),
            _deployed("'table'", "table_name", "duckdb_tables()"),
            _deployed(_MACRO, "function_name", "duckdb_functions()"),
        ]
    ),
    schema="current_schema()",
    comment="COMMENT ON {kind} {name} IS {text}",
    replace_view="CREATE OR REPLACE VIEW {name} AS\n{query}",
    readers=_READERS,
    macro="CREATE MACRO {name}({arguments}) AS TABLE\n{query}",
    function="CREATE MACRO {name}({arguments}) AS TABLE\n{query}",
    parameter="{name}",
    argument="CAST({name} AS {type})",
    named={"function": "MACRO TABLE"},
)

# A cast to FLOAT raises beyond 3.4e38, where this product is infinite already.
_NARROW = "CAST(({0}) * 5.28294547e269 / 5.28294547e269 AS FLOAT)"

DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    aliases=("duck", "motherduck"),
    tested="executed",
    types={"double": "DOUBLE", "single": "FLOAT", "int": "BIGINT", "str": "VARCHAR"},
    names=Naming(
        mark='"',
        case_sensitive=False,
    ),
    numbers=Numbers(
        single="{digits}::{type}",
        typed="CAST({digits} AS {type})",
        infinity="CAST('Infinity' AS {type})",
        not_a_number="CAST('NaN' AS {type})",
        quotient="{0} // {1}",
    ),
    constants=STANDARD,
    casts=Casts(
        text='(CAST({0} AS VARCHAR) COLLATE "binary")',
        number="TRY_CAST({0} AS {type})",
        valid="NOT isnan(TRY_CAST({0} AS {type}))",
    ),
    bounds=None,
    functions={
        **MATHEMATICS,
        **TEXTS,
        **words.by_expression(
            replaced="regexp_replace({0}, {1}, {2}, 'g')",
            number="CAST({0} AS DOUBLE)",
            lower=f"CASE WHEN contains({{0}}, '{words.SIGMA}') THEN NULL "
            f"ELSE lower(replace({{0}}, '{words.DOTTED}', '{words.SMALL_DOTTED}')) END",
        ),
        "round": "round_even({0}, 0)",
        "isnan": "isnan({0})",
    },
    # A value by greatest() takes 41 ns in 32 bit and 11 in 64, by CASE 4.
    slow=frozenset({"max", "min"}),
    arithmetic=Arithmetic(
        has_infinity=True,
        divides_by_zero=True,
        nan="greatest",
        narrow=_NARROW,
    ),
    grammar=Grammar(),
    steps=Steps(
        barrier=Barrier(passes=frozenset({"columns"})),
        shared=MATERIALIZED,
        shared_values=VALUES_MATERIALIZED,
    ),
    recursion=Recursing(by="join"),
    searching=Searching(
        numbers="'[{0}]'::{type}[]",
        places="range({0})",
        table="  SELECT\n{unnested}\n  FROM (\n{arrays}\n  )",
        unnested="unnest({0}) AS {0}",
        row="row_number() OVER ()",
        each="unnest([{0}])",
        first="any_value({0})",
    ),
    arrays=Arrays(
        cast="TRY_CAST({0} AS {type}[])",
        whole="len({0}) = {count} AND list_count(TRY_CAST({0} AS {type}[])) = {count}",
        numbers="NOT list_contains(TRY_CAST({0} AS {type}[]), CAST('NaN' AS {type}))",
        # Its products raise for a NULL in any list of a block, be it one that nothing reads, and so
        # for a list that is packed of products of a NULL.
        instead="list_resize([]::{type}[], {count}, {missing})",
        missing="CAST('NaN' AS DOUBLE)",
        safe="list_transform({0}, lambda x: coalesce(x, 0))",
        narrow=f"list_transform({{0}}, lambda x: {_NARROW.format('x')})",
        listed="[{0}]",
        unnest="CROSS JOIN LATERAL unnest({0}) WITH ORDINALITY AS e(v, n)",
    ),
    products=Products(
        pack="[{0}]",
        single_pack="[{0}]::{type}[]",
        # A column that is tested, numbered and put into an array after that is planned for 0.2 ms.
        gathering=Gathering(
            least={"rows": 32, "matrices": 32},
            number="coalesce(TRY_CAST({0} AS {type}), 'NaN')",
            whole="CASE WHEN NOT isnan(list_max({0})) THEN {0} END",  # to it, NaN is the largest
        ),
        # Products of longer ones take up to twice the time.
        part=64,
        # An array of literals plans 15 times slower than the cast of a text.
        lines=True,
        dot="list_inner_product({0}, '[{1}]'::{type}[])",
        matrices=Matrices(
            value="'{0}'::{type}",
            neuron="{{w: [{weights}], b: {bias}}}",
            neuron_type="STRUCT(w {type}[], b {type})",
            truth_type="BOOLEAN",
            weights="{0}.w",
            bias="{0}.b",
            places="range(1, {end})",
            flatten="flatten({0})",
            # What is no place has no prediction by another test, and products raise for a NULL.
            found="coalesce({0}[TRY_CAST(trunc({place}) AS BIGINT) + 1], {0}[1])",
            aggregates={
                "sum": "list_sum({0})",
                "mean": "list_sum({0}) / {count}",
                "max": "list_max({0})",
                "min": "list_min({0})",
                "any": "list_bool_or({0})",
                "all": "list_bool_and({0})",
            },
        ),
    ),
    rows=Rows(
        keyed=True,
        lists=Lists(
            collect="list({0} ORDER BY {1})",
            join="flatten(list({0} ORDER BY {1}))",
            append="list_concat({0}, {1})",
            fill="list_resize([]::{type}[], {1}, {0})",
            # Places by an array of them: slices would copy the long array for each row.
            gather="list_transform({1}, lambda q: {0}[q])",
            each="list_transform({0}, lambda {1}: {2})",
            inner="list_inner_product({0}, {1})",
            part="{0}[{1}:{2}]",
            record="row({0})",
            field="{0}[{1}]",
            zip="list_zip({0})",
        ),
    ),
    reading=Reading(lateral_aliases=True, pseudo_columns=frozenset({"rowid"})),
    session=(),
    script=(),
    tables=_TABLES,
    predictions=_PREDICTIONS,
    views=_VIEWS,
    # 64 look-ups in 2,000 vectors of 16 take a second, 100 in 10,000 vectors a minute.
    limits=Limits(
        select_columns=20_000,
        nesting=200,
        steps=900,
        searches=64,
        # 512 columns of a polynomial with 20 terms take DuckDB 2.0 8 s to plan, 128 0.5 s; in four
        # parts, each a column, 512 take 1.2 s.
        crowd=Crowd(columns=64, nesting=10),
    ),
    costs=Costs(
        statement=(1.63e06, 0),
        value=(0, 1.7),
        product=(1.09e05, 3.38),
        join=(7.39e05, 18.3),
        joined=(2.34e04, 0.0394),
        table=(900, 0),
        total=(5e07, 0),
        totalled=(0, 6),
        packed=(1.05e05, 6.58),
        call=(2.84e05, 0),
        array_product=(1.81e03, 1.1),
        choice=(8e4, 1),
        rows_statement=(3.46e06, 168),
        rows_tensor=(8.02e05, 14.4),
        rows_step=(0, 7e03),
        rows_weight=(8.23e03, 0),
        rows_value=(3.78e04, 13.2),
        rows_moved=(0, 46.7),
        rows_product=(540, 1.61),
        rows_paired=(0, 120),
        rows_found=(0, 60),
        rows_level=(0, 10),
        round=(1.2e06, 38),
        rows_ranked=(0, 800),
        rows_met=(0, 10),
        matrix_statement=(1.5e6, 100),
        matrix_input=(1.7e5, 15),
        matrix_tensor=(3.7e5, 50),
        matrix_weight=(950, 0),
        matrix_stored=(150, 0),
        matrix_table=(1500, 0),
        matrix_value=(0, 3),
        matrix_moved=(2.7e3, 55),
        matrix_product=(0, 1.05),
        matrix_paired=(0, 8),
        matrix_found=(0, 27),
    ),
)
