"""Firebird 5: overflow is an error, so are 1/0 and ln(0), and NaN and infinity are no constants.

Features beyond +-1e100 count as that, infinity too (which a driver can store, as it can NaN), and
so does exp(x) from x = 230, so that no product of three such numbers raises.  Underflow gives 0;
but quotients of tiny numbers overflow, so those below 1e-100 count as 0, as in PostgreSQL.

Its parser sums digits up in a double and multiplies by one power of ten: one number of seven is
off by its last bit.  `digits.exact` finds digits for which it is not.  A number below 1e-290 would
be one of type DECFLOAT.

A name in lower case is written bare, so that it is the one that a user made who wrote it bare, too;
one that was made in lower case within quotes is not found by it: a source (SELECT ...) can rename
it.  Texts are equal that differ by blanks at their end, of all types and collations, so no model
takes texts.  A CASE of texts of several lengths pads them to the longest, unless they are VARCHAR.

A step is written into its users unless it is a union, and what two of its columns read would be
computed in powers of two: 14 steps of 150 rows took 10 s, with the union 0.03 s.  One statement
takes 63 steps, if the names by which they are read, one behind the other, have less than 256
characters together, so they are short; and 256 relations, each row of a table of values among them.
"""

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.common import MATHEMATICS
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.digits import by_one_power
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import Barrier, Recursing, Steps

# What raises where it is infinite or undefined, or rounds halves away from zero.
_REPLACED = {"pow", "sinh", "cosh", "asinh", "acosh", "atanh", "round", "sign"}

_STEP = """{name} AS (
{select}
  UNION ALL
  SELECT
{nulls}
  FROM rdb$database WHERE 1 = 0
)"""

# SELECT rdb$keyword_name FROM rdb$keywords WHERE rdb$keyword_reserved
_RESERVED = """
add admin all alter and any as at avg begin between bigint binary bit_length blob boolean both
by case cast char character character_length char_length check close collate column comment
commit connect constraint corr count covar_pop covar_samp create cross current
current_connection current_date current_role current_time current_timestamp current_transaction
current_user cursor date day dec decfloat decimal declare default delete deleting deterministic
disconnect distinct double drop else end escape execute exists external extract false fetch
filter float for foreign from full function gdscode global grant group having hour in index
inner insensitive insert inserting int int128 integer into is join lateral leading left like
local localtime localtimestamp long lower max merge min minute month national natural nchar no
not null numeric octet_length of offset on only open or order outer over parameter plan position
post_event precision primary procedure publication real record_version recreate recursive
references regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy
regr_syy release resetting return returning_values returns revoke right rollback row rows
row_count savepoint schema scroll second select sensitive set similar smallint some sqlcode
sqlstate start stddev_pop stddev_samp sum table then time timestamp timezone_hour
timezone_minute to trailing trigger trim true unbounded union unique unknown update updating
upper user using value values varbinary varchar variable varying var_pop var_samp view when
where while window with without year
"""

FIREBIRD = Dialect(
    name="firebird",
    title="Firebird",
    aliases=("fb",),
    tested="executed",
    notes="names in lower case are written without quotes; SQL that is written without a "
    "connection takes no boolean features; features beyond 1e100, and infinity, count as 1e100; "
    "where a product might leave the range of numbers, its factors beyond 1e150 count as that, "
    "those below 1e-100 as 0; single precision is computed in double precision; texts as features, "
    "predict --into and deploy need another database",
    types={
        "double": "DOUBLE PRECISION",
        "single": "DOUBLE PRECISION",
        "int": "BIGINT",
        "str": "VARCHAR(255)",
    },
    names=Naming(
        mark='"',
        case_sensitive=True,
        bare="upper",
        reserved=frozenset(_RESERVED.split()),
        longest=63,
    ),
    numbers=Numbers(
        quotient="{0} / {1}",
        infinity="1e100",
        not_a_number="NULL",
        read=by_one_power,
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        text="CAST({0} AS VARCHAR({length}))",
    ),
    casts=Casts(
        number="CAST({0} AS {type})",
        text="",
        no_text="texts are equal there that differ by blanks at their end",
        # NaN, which a driver can store, is not equal to itself.
        valid="{0} IS NOT NULL AND {0} = {0}",
    ),
    bounds=Bounds(
        hold="maxvalue(minvalue({0}, {most}), -{most}) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        "max": "maxvalue*",
        "min": "minvalue*",
        "exp": "(exp(minvalue({0}, 230)) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + exp(minvalue(-({0}), 345))) + 1e-84 - 1e-84)",
        "isnan": "({0} IS NULL)",
        "atan2": "CASE WHEN {0} = 0 AND {1} = 0 THEN 0e0 ELSE atan2({0}, {1}) END",
    },
    arithmetic=Arithmetic(divides_by_zero=False, nan="null", has_infinity=False),
    grammar=Grammar(
        values="",
        from_nothing="rdb$database",
        first="FETCH FIRST {0} ROWS ONLY",
        read_as="s",
    ),
    steps=Steps(barrier=Barrier(_STEP), shared=_STEP, shared_values=""),
    recursion=Recursing(by="phases", rounds=1020),
    searching=None,
    arrays=None,
    products=None,
    rows=None,
    reading=Reading(
        boolean="CASE WHEN {0} THEN 1 WHEN NOT {0} THEN 0 END",
        decimal="minvalue(maxvalue({0}, -1e100), 1e100)",
        decimals=("DECFLOAT",),
        pseudo_columns=frozenset({"rdb$db_key", "rdb$record_version"}),
    ),
    session=(),
    script=(),
    tables=None,
    predictions=None,
    views=None,
    limits=Limits(nesting=200, steps=62, contexts=256, arguments=255, statement_bytes=10_000_000),
    # With the rows fetched by its driver, which takes most of it.
    costs=Costs(
        statement=(1.4e07, 8.1e04),
        value=(0, 2.05e03),
        product=(3.33e04, 5.73),
        join=(0, 0),
        joined=(0, 0),
        table=(1.2e04, 0),
        read=(0, 600),
    ),
)
