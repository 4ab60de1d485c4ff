"""PostgreSQL: overflow and underflow are errors, so numbers are held where neither comes.

Features beyond +-1e100 count as that, and so does exp(x) from x = 230: a product of three
such numbers is in range, and so are linear maps of one.  Adding 1e-84 and taking it away
again leaves a number above 1e-67 as it is and makes 0 of one below 1e-100, so that such
products don't underflow either.  Single precision is computed in double precision, as a
real has no such room.  ``OFFSET 0`` keeps a step from being written into its users, and
unlike MATERIALIZED does not store its rows; but planning takes the cube of their number,
3 s for 200 steps, where 4,000 of the other kind take 1 s.

A search_path that names a schema of the user's before pg_catalog finds their own exp() first, and
their own +.  So what is called is called by its full name, and types by names that are the
grammar's own (greatest, least and coalesce are its own, too).  Operators have no short name of the
kind: a session takes pg_catalog out of the list, by which it comes first; a view keeps what it
found when it was made.
"""

from keras2sql.dialects import words
from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import mathematics, texts
from keras2sql.dialects.constants import STANDARD
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ALL_ROWS, ATANH, FLUSHED, POWERS
from keras2sql.dialects.rows import Rows
from keras2sql.dialects.settings import Settings
from keras2sql.dialects.storage import Predictions, Split, Tables, Views
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import MATERIALIZED, VALUES_MATERIALIZED, Barrier, Recursing, Steps

_OFFSET = "\n  OFFSET '0'"

_DEPLOYED = """SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END,
  CASE WHEN n.nspname = pg_catalog.current_schema() THEN '' ELSE n.nspname END, c.relname,
  pg_catalog.substr(d.description, 1, {longest})
FROM pg_catalog.pg_description AS d
JOIN pg_catalog.pg_class AS c ON c.oid = d.objoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0
  AND pg_catalog.starts_with(d.description, {mark})
UNION ALL
SELECT 'function',
  CASE WHEN n.nspname = pg_catalog.current_schema() THEN '' ELSE n.nspname END, p.proname,
  pg_catalog.substr(d.description, 1, {longest})
FROM pg_catalog.pg_description AS d
JOIN pg_catalog.pg_proc AS p ON p.oid = d.objoid
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  AND pg_catalog.starts_with(d.description, {mark})"""

# A session keeps the plan of a query in PL/pgSQL, so that it is planned once. What the columns are
# called there is rather a column of the query than one of the result.
_FUNCTION = """CREATE FUNCTION {name}({arguments}) RETURNS TABLE (
  {columns}
) LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
SET search_path FROM CURRENT SET jit = off SET plan_cache_mode = force_generic_plan AS ${tag}$
#variable_conflict use_column
BEGIN RETURN QUERY
{query};
END ${tag}$"""

# For this transaction; what is named first, and is found by a bare name, stays as it is.
_OWN_OPERATORS = Settings(
    {
        "search_path": "pg_catalog.array_to_string(ARRAY("
        "SELECT pg_catalog.quote_ident(name) "
        "FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS schemas(name) "
        "WHERE name OPERATOR(pg_catalog.<>) 'pg_catalog'), ', ')"
    },
    statement="SELECT pg_catalog.set_config({0}, true)",
    assignment="'{name}', {value}",
)
_NO_JIT = Settings({"jit": "off"}, statement="SET LOCAL {0}")
# After some joins of steps by row and element the planner expects one row, and compares all with
# all from there on: 100 rows of an LSTM take 10 s then, and 0.3 s without.
_NO_LOOPS = Settings({"enable_nestloop": "off"}, statement="SET LOCAL {0}")

# What is larger than a number can be raises as it is cast, and so does what is smaller.
_DECIMAL = (
    "CASE WHEN pg_catalog.abs({0}) < 1e100 THEN pg_catalog.round({0}, 150) "
    "ELSE pg_catalog.sign({0}) * 1e100 END"
)

_TABLES = Tables(
    array_type="{type}[]",
    insert_rows=100_000,
    insert_bytes=2_000_000,
    index="CREATE INDEX IF NOT EXISTS {index} ON {table} ({columns})",
    # Without statistics it takes every filter for a rare one and plans nested loops.
    loaded=("ANALYZE {table}",),
    empty="TRUNCATE {table}",
    begin="BEGIN",
    drop_temporary="DROP TABLE IF EXISTS pg_temp.{name}",
    split=Split(
        numbers="pg_catalog.unnest(pg_catalog.string_to_array({0}, ';'))::{type}",
        arrays="('{{' || pg_catalog.unnest(pg_catalog.string_to_array({0}, ';')) || '}}')::{type}",
        texts="pg_catalog.unnest(ARRAY[{0}])",
    ),
)

_PREDICTIONS = Predictions(
    begin="BEGIN",
    moment="TIMESTAMP WITH TIME ZONE '{0}+00'",
    key_index="CREATE INDEX ON {table} ({keys})",
)

_VIEWS = Views(
    deployed=_DEPLOYED,
    schema="pg_catalog.current_schema()",
    comment="COMMENT ON {kind} {name} IS {text}",
    replace_view="CREATE OR REPLACE VIEW {name} AS\n{query}",
    same_columns=True,
    # One deployment after the other, so that none waits for a table that another drops.
    lock=("SELECT pg_catalog.pg_advisory_xact_lock(7737183274)",),
    guarded=True,
    function=_FUNCTION,
)

POSTGRES = Dialect(
    name="postgresql",
    title="PostgreSQL",
    aliases=("postgres", "pg", "pgsql"),
    tested="executed",
    notes="SQL that is written without a connection takes boolean features as flag::int alone; "
    "features beyond 1e100 count as 1e100, and where a product might leave the range of numbers, "
    "its factors beyond 1e150 count as infinite, those below 1e-100 as 0; single precision is "
    "computed in double precision",
    types={
        "double": "double precision",
        "single": "double precision",
        "int": "bigint",
        "str": "pg_catalog.text",
    },
    names=Naming(
        mark='"',
        catalog="pg_catalog.",
        case_sensitive=True,
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        typed="CAST({digits} AS {type})",
        infinity="CAST('Infinity' AS {type})",
        not_a_number="CAST('NaN' AS {type})",
    ),
    constants=STANDARD,
    casts=Casts(
        number="{0}::{type}",
        text='CAST({0} AS {type}) COLLATE pg_catalog."C"',
        key='{0} COLLATE pg_catalog."C"',
        valid="{0}::double precision < 'NaN'",
    ),
    bounds=Bounds(
        hold="greatest(least({0}, {most}), -{most}) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: t for fn, t in mathematics("pg_catalog.").items() if fn != "pow"},
        **texts("pg_catalog."),
        **words.postgres("pg_catalog."),
        "isnan": "({0} = 'NaN')",
        "exp": "(pg_catalog.exp(greatest(least({0}, 230), -345)) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + pg_catalog.exp(greatest(least(-({0}), 345), -345))) + 1e-84 - 1e-84)",
    },
    remarks={**ATANH, **FLUSHED, **POWERS, "OFFSET '0'": ALL_ROWS.format("OFFSET '0'")},
    arithmetic=Arithmetic(
        has_infinity=True,
        divides_by_zero=False,
        nan="greatest",
        undefined=frozenset({"exp", "sigmoid", "sin", "cos", "tan", "sqrt"}),
    ),
    grammar=Grammar(recursive_values=True),
    steps=Steps(
        barrier=Barrier(ending=_OFFSET),
        by_key=Barrier(
            ending=_OFFSET,
            lateral=True,
            passes=frozenset({"columns", "rows", "loops", "sequences"}),
        ),
        shared=MATERIALIZED,
        shared_values=VALUES_MATERIALIZED,
        long_chain=40,
    ),
    recursion=Recursing(by="arrays"),
    searching=None,
    arrays=Arrays(
        # A slice counts from 1, and is read without being unpacked each time.
        cast="({0}::{type}[])[:]",
        whole="pg_catalog.array_ndims({0}) = 1 AND pg_catalog.cardinality({0}) = {count} "
        "AND pg_catalog.array_position({0}, NULL) IS NULL",
        numbers="'NaN' <> ALL ({0}::{type}[])",
        listed="ARRAY[{0}]",
        unnest="CROSS JOIN LATERAL pg_catalog.unnest({0}) WITH ORDINALITY AS e(v, n)",
    ),
    products=None,
    # Of two conditions it expects a row where it knows neither column, and compares each with each.
    rows=Rows(block=64, by_one_number=True, session=(_NO_LOOPS,)),
    reading=Reading(
        boolean="{0}::int",
        booleans="{0}::int[]",
        decimal=_DECIMAL,
        decimal_array="CASE WHEN pg_catalog.array_ndims({0}) = 1 THEN ARRAY(SELECT "
        + _DECIMAL.format("e.v")
        + " FROM pg_catalog.unnest({0}) WITH ORDINALITY AS e(v, n) ORDER BY e.n) END",
        decimals=("numeric", "numeric[]"),
        pseudo_columns=frozenset({"ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"}),
    ),
    session=(_NO_JIT, _OWN_OPERATORS),
    own_session=(_OWN_OPERATORS,),
    script=("SET jit = off",),
    script_end=("RESET jit",),
    tables=_TABLES,
    predictions=_PREDICTIONS,
    views=_VIEWS,
    # 32 joins of tables of values take 1 s, 48 of them 75.
    limits=Limits(
        select_columns=1664,
        nesting=200,
        steps=4000,
        identifier_bytes=63,
        searches=32,
        listed=300_000,
    ),
    costs=Costs(
        statement=(0, 448),
        value=(0, 0),
        product=(1e04, 15.8),
        join=(2.52e05, 163),
        joined=(1.55e03, 2.67),
        table=(1.78e03, 0.0429),
        read=(42.2, 0),
        rows_statement=(1.42e06, 0),
        rows_tensor=(0, 308),
        rows_weight=(3.88e03, 0),
        rows_value=(0, 1.14e03),
        rows_moved=(0, 670),
        rows_product=(1.26e03, 12.8),
        rows_found=(2e04, 280),
        choice=(6.06e03, 0.288),
        descent=(0, 2000),
        branch=(0, 16.2),
        rows_level=(0, 600),
        round=(5e05, 240),
        rows_ranked=(0, 800),
        rows_met=(0, 60),
        function=(2.22e04, 21.1),
    ),
)
