"""Teradata, from 16.20 on, by the pages of docs.teradata.com.

FLOAT is a number of 64 bit.  Numbers that are too large, and division by 0, are errors (2616, 2618,
Database Messages), and NaN and infinity do not exist; what is too small was found nowhere.  So
features beyond +-1e100 count as that, those below 1e-100 as 0, and exp() of more than 230 or less
than -690 as at these ends, as in MonetDB, where all of that was measured.

A condition is no value: it is 1 or 0.  The greatest is a CASE, which no NULL hides in.  A select
without a table is no part of a union (error 3888), so literal rows read one of a subquery.

Names have 128 characters and case does not tell them apart (SQL Fundamentals, Object Names).  Texts
are equal that differ by blanks at their end (SQL Data Types, Comparison), so no model takes texts.
A text that is no number raises.

What a step costs that several columns of others read was not measured; a recursion was not tried.
"""

from dataclasses import replace

from keras2sql.dialects.db2 import DB2
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming

# SQL Fundamentals, Restricted Words: those that no other database reserves.
_RESERVED = """
abortsession account acos acosh add_months aggregate amp asin asinh atan atan2 atanh ave average bt
but byte byteint bytes casespecific cd character characters chars checkpoint clob cm cos cosh
csum dbcc del deterministic diagnostic echo enabled eq error errorfiles errortables et evade exp
expand expanding explain fallback fastexport format ge giveaway graphic gt hash hashamp hashbakamp
hashbucket hashrow help inconsistent ins instantiate int journal kurtosis le ln loading locking log
logging logon lt macro mavg maximum mcharacters mdiff minimum mlinreg mload mod mode modified
monitor monresource monsession msubstr msum named ne nullifzero objects off override owner partition
password percent_rank perm permanent precision preserve privileges profile proportional protected
qualify qualified quantile queue radians random range_n rank release renqueue request restart rights
role rollforward sample sampleid sel setresrate sets setsessrate sin sinh skew soundex spool sqrt ss
startup statistics stepinfo string_cs subscriber substr summary suspend tan tanh tbl_cs tempspace
threshold title trace transactiontime translate_chk tsequal typed uc udtcastas udtcastlparen upd
user validtime varbyte vargraphic volatile width_bucket xmlplan zeroifnull zone
"""

TERADATA = replace(
    DB2,
    name="teradata",
    title="Teradata",
    aliases=("teradatasql", "td"),
    tested="parsed",
    tested_by="sqlfluff's grammar, which is not Teradata's own",
    notes="no Teradata runs in the tests; for 16.20 and later; features beyond 1e100 count as "
    "1e100; where a product might leave the range of numbers, its factors beyond 1e150 count as "
    "that, those below 1e-100 as 0; single precision is computed in double precision; truth values "
    "are 1 and 0; texts as features, long recurrences, predict --into and deploy need another "
    "database",
    types={"double": "FLOAT", "single": "FLOAT", "int": "BIGINT", "str": "VARCHAR(4000)"},
    names=Naming(
        mark='"',
        case_sensitive=False,
        reserved=frozenset(_RESERVED.split()),
        longest=128,
    ),
    functions={
        **{fn: text for fn, text in DB2.functions.items() if fn != "trunc"},
        "trunc": "trunc({0})",
    },
    grammar=replace(
        DB2.grammar,
        values="",
        from_nothing="(SELECT 1 AS one) AS nothing",
        first="",  # SAMPLE gives any rows, and TOP stands in front
    ),
    steps=replace(DB2.steps, shared_values=""),
    # As its users tell; no page of its own was found.
    limits=Limits(select_columns=2048, nesting=50, statement_bytes=1_000_000),
)
