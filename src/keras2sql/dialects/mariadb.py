"""MariaDB: overflow is an error, 1/0 and ln(0) are NULL, and NaN and infinity do not exist.

Features beyond +-1e100 count as that, infinity too, and so does exp(x) from x = 230, so that
no product of three such numbers raises.  Underflow gives 0; but quotients of tiny numbers
overflow, so those below 1e-100 count as 0, as in PostgreSQL.  A text that is no number would be
cast to 0 with a warning, so texts are tested, and numbers are told from texts at no cost by
their collation.

A step is written into its users unless it has a LIMIT, and what two of its columns read would
be computed in powers of two: 16 steps take 28 times as long.  One WITH takes 64 steps; nested
in one another 180 are computed, and 200 overflow the stack of the server, which ends.  A step
that several read is computed for each of them: a statement of 700 such takes 0.2 s, one of 1200
takes the planner gigabytes.
"""

import string

from keras2sql.dialects import words
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
from keras2sql.dialects.remarks import ALL_ROWS, ATANH, FLUSHED, POWERS, UNITED
from keras2sql.dialects.rows import Rows
from keras2sql.dialects.settings import Settings
from keras2sql.dialects.storage import Lock, Predictions, Tables, Views
from keras2sql.sql.grammar import VALUES, Grammar
from keras2sql.sql.steps import Barrier, Recursing, Steps

# What it lacks, and power(), which raises where it is infinite.
_REPLACED = {"pow", "tanh", "sinh", "cosh", "asinh", "acosh", "atanh"}
_NUMBER = "'^ *[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)? *$'"
_TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"


def _lower(text: str) -> str:
    """Letters of ASCII alone, as Keras does it."""
    for upper, lower in zip(string.ascii_uppercase, string.ascii_lowercase, strict=True):
        text = f"replace({text}, '{upper}', '{lower}')"
    return text


TEXTS = {
    "absent": "({0} IS NULL)",
    "lower": _lower("{0}"),
    # From "!" to "/", ":" to "@", "[" to "`" and "{" to "~".
    "strip_punctuation": "regexp_replace({0}, '[!-/:-@[-`{{-~]', '')",
    "spaced": "ltrim(regexp_replace({0}, concat('[', char(9 USING utf8mb4), '-', "
    "char(13 USING utf8mb4), ']'), ' '))",
    "first_word": "substring_index({0}, ' ', 1)",
    "after_word": "ltrim(substr({0}, locate(' ', concat({0}, ' ')) + 1))",
    "character": "substr({0}, {1}, 1)",
    **words.by_expression(
        replaced="regexp_replace({0}, {1}, {2})",
        number="({0} + 0e0)",
        # Of its collations those of Unicode 14 alone know all letters.
        lower=f"CASE WHEN instr({{0}}, '{words.SIGMA}') > 0 THEN NULL ELSE lower(replace({{0}}, "
        f"'{words.DOTTED}', '{words.SMALL_DOTTED}') COLLATE utf8mb4_uca1400_as_cs) "
        "COLLATE utf8mb4_nopad_bin END",
        pattern=words.CLASS.replace("\\", r"\\"),
        padded="concat(' ', {0}, ' ')",
        length="char_length",
    ),
}

_BARRIER = "\n  LIMIT 18446744073709551615"
# Is computed by itself as well, and lets conditions on the key pass, which a LIMIT does not.
_UNITED = "{name} AS (\n{select}\n  UNION ALL\n  SELECT\n{nulls}\n  WHERE 1 = 0\n)"

# A recursion goes through as many rows as there are; it would end after 1000, with a warning.
_SETTING = Settings(
    {"max_recursive_iterations": "4294967295"},
    statement="SET SESSION {0}",
    lasts=True,
    asked="SELECT @@SESSION.{name}",
)

# A statement that has the query inside of it must begin with this itself, and readers of a view
# must set it: else rows are missing, and only a warning tells.
_BEFORE_RECURSION = """\
-- A recursion ends after 1000 rounds, and leaves out the rows behind, unless the statement begins
-- like this: so must an INSERT of this query; for a view each session must set it
SET STATEMENT max_recursive_iterations = 4294967295 FOR"""

_TABLES = Tables(
    # A subquery's columns would be named after their first values, of which two can be equal.
    listed="WITH rows_to_insert({columns}) AS (VALUES\n{rows}\n)\nSELECT * FROM rows_to_insert",
    # An index would be made by a statement of its own, which commits.
    clustered=", PRIMARY KEY ({columns}))",
    drop_temporary="DROP TEMPORARY TABLE IF EXISTS {name}",
    comment=" COMMENT {text}",
)

# What makes, drops or renames something commits; one RENAME is all or nothing.
_LOCK = Lock(
    take="SELECT get_lock(concat('keras2sql ', md5(database())), 600)",
    free="SELECT release_lock(concat('keras2sql ', md5(database())))",
)

_PREDICTIONS = Predictions(
    moment="CAST('{0}' AS DATETIME)",
    version="{0}",
    commits=True,
    lock=_LOCK,
    texts=f"LONGTEXT {_TEXT}",
    swap=("RENAME TABLE {table} TO {spare}, {staging} TO {table}, {spare} TO {staging}",),
)

_HERE = "if(table_schema = database(), '', table_schema)"

# A view has no comment, and its text is kept as the server reads it.
_VIEWS = Views(
    deployed=f"SELECT 'view', {_HERE}, table_name, substr(view_definition, 1, {{longest}})\n"
    "FROM information_schema.views WHERE instr(view_definition, {mark})\n"
    f"UNION ALL SELECT 'table', {_HERE}, table_name, table_comment\n"
    "FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
    "AND instr(table_comment, {mark})",
    schema="database()",
    comment="",
    table="CREATE TABLE {name} COMMENT {text} AS\n{query}",
    longest=2048,
    step="keras2sql_mark AS (SELECT {text} AS mark)",
    plain=True,  # a backslash can't be written in a comment whatever the session's settings are
    move=("RENAME TABLE {staging} TO {name}",),
    replace_view="CREATE OR REPLACE VIEW {name} AS\n{query}",
    commits=True,
    held=_LOCK,
    swap=("RENAME TABLE {name} TO {spare}, {staging} TO {name}, {spare} TO {staging}",),
    readers="SELECT (SELECT count(*) FROM information_schema.views\n"
    "  WHERE instr(view_definition, {name}))\n"
    "  + (SELECT count(*) FROM information_schema.routines\n"
    "  WHERE instr(routine_definition, {name}))",
)

MARIADB = Dialect(
    name="mariadb",
    title="MariaDB",
    aliases=(),
    tested="executed",
    notes="features beyond 1e100, and infinity, count as 1e100; where a product might leave the "
    "range of numbers, its factors beyond 1e150 count as that, those below 1e-100 as 0; tables "
    "hold NULL for NaN; single precision is computed in double precision; recurrences over many "
    "steps are deployed as tables alone",
    types={"double": "DOUBLE", "single": "DOUBLE", "int": "INT", "str": f"VARCHAR(255) {_TEXT}"},
    names=Naming(
        case_sensitive=False,
        mark="`",
        bare_steps=True,
    ),
    numbers=Numbers(
        infinity="1e100",
        not_a_number="NULL",
        quotient="{0} DIV {1}",
        remainder="mod({0}, {1})",  # % is no operator where sql_mode is ORACLE
    ),
    constants=Constants(
        true="TRUE",
        false="FALSE",
        date="DATE '{0}'",
        # Whether it is an escape is a setting of the session.
        backslash="', char(92 USING utf8mb4), '",
    ),
    casts=Casts(
        number="CAST({0} AS DOUBLE)",
        text="CAST({0} AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_nopad_bin",
        key="{0} COLLATE utf8mb4_nopad_bin",
        # As a number, an ENUM is the place of its text.
        valid=f"{{0}} IS NOT NULL AND (collation({{0}}) = 'binary' OR {{0}} RLIKE {_NUMBER} "
        "AND {0} + 0 = concat({0}))",
    ),
    bounds=Bounds(
        hold="greatest(least({0}, {most}), -{most}) + 1e-84 - 1e-84",
        note="numbers are held within 1e-100 and {most}, where no product of them raises",
        most=1e100,
    ),
    functions={
        **{fn: text for fn, text in MATHEMATICS.items() if fn not in _REPLACED},
        **TEXTS,
        "exp": "(exp(least({0}, 230)) + 1e-84 - 1e-84)",
        "sigmoid": "(1 / (1 + exp(least(-({0}), 345))) + 1e-84 - 1e-84)",
        # As columns of a step they have 17 digits: floor(3e20) would be 1e17.
        "floor": "(floor({0}) * 1e0)",
        "ceil": "(ceil({0}) * 1e0)",
        "round": "(round({0}) * 1e0)",
        "trunc": "(truncate({0}, 0) * 1e0)",
        "isnan": "({0} IS NULL)",
    },
    remarks={
        **ATANH,
        **FLUSHED,
        **POWERS,
        "LIMIT 18446744073709551615": ALL_ROWS.format("a LIMIT of all rows"),
        "WHERE 1 = 0": UNITED,
    },
    arithmetic=Arithmetic(divides_by_zero=False, nan="null", has_infinity=False),
    grammar=Grammar(),
    steps=Steps(
        barrier=Barrier(ending=_BARRIER),
        by_key=Barrier(_UNITED, passes=frozenset({"columns"})),
        shared_values=VALUES,
        shared="{name} AS (\n{select}" + _BARRIER + "\n)",
        anew=True,
    ),
    recursion=Recursing(
        by="phases",
        before=_BEFORE_RECURSION,
    ),
    searching=None,
    arrays=None,
    products=None,
    rows=Rows(block=64),
    reading=Reading(pseudo_columns=frozenset({"_rowid"}), hidden_columns=True),
    session=(_SETTING,),
    script=(
        "SET @iterations_before = @@SESSION.max_recursive_iterations",
        _SETTING.sql,
    ),
    script_end=("SET SESSION max_recursive_iterations = @iterations_before",),
    tables=_TABLES,
    predictions=_PREDICTIONS,
    views=_VIEWS,
    # A product takes 55 ns in such a step, 220 in one of 10,000 and more.  500 steps, each counted
    # wherever it is written out, took 2 s to plan, 600 from 3 to 20, and at 1,360 the server fell.
    # Tables of values: 64 that are joined took 0.7 GB, 96 took 6.8 GB, 128 more than 20.
    limits=Limits(
        nesting=150,
        steps=62,
        expansions=500,
        joins=61,
        products=2000,
        searches=48,
        joined=80,
        listed=300_000,
    ),
    costs=Costs(
        statement=(1.43e06, 4.56e03),
        value=(2.88e03, 0),
        product=(3.9e03, 23.9),
        join=(1.97e04, 168),
        joined=(2.56e03, 3.49),
        table=(671, 0),
        rows_statement=(3.97e06, 0),
        rows_tensor=(0, 1.51e03),
        rows_weight=(0, 0),
        rows_value=(0, 1.9e03),
        rows_moved=(6.48e05, 640),
        rows_product=(6.35e03, 64.9),
        rows_found=(0, 4.08e03),
        rows_level=(0, 3000),
        choice=(1.78e03, 0.761),
        branch=(0, 31.8),
        function=(1.66e03, 104),
    ),
)
