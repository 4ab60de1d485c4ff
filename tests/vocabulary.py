"""What a statement may be made of, by the manual of a database that the tests can't start.

A test tells all else apart: a keyword, a function, a sign, a form of literal that nobody has looked
up in that database's manual is in none of its statements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = _words(
    "WITH AS SELECT FROM WHERE CASE WHEN THEN ELSE END AND OR NOT IS NULL CAST "
    "LEFT INNER CROSS JOIN ON UNION ALL"
)
WINDOWS = _words("OVER PARTITION ORDER BY GROUP")
HYPERBOLIC = _words("sinh cosh tanh")
FUNCTIONS = _words("abs exp sqrt sin cos tan asin acos atan floor count max min row_number")
SIGNS = _words("( ) , . + - * / = < > <= >= <>")


@dataclass(frozen=True)
class Vocabulary:
    """`keywords` are written in capital letters, `functions` in small ones in front of a bracket,
    `types` in either; `quoted` is a name in quotes, `text` and `number` are the forms of literals.
    `relation` stands between a relation and its name.  `pages` are those of the manual where it
    all stands.
    """

    keywords: frozenset[str]
    functions: frozenset[str]
    types: frozenset[str]
    quoted: str
    text: str
    number: str
    pages: tuple[str, ...]
    signs: frozenset[str] = SIGNS
    relation: str = " AS "

    def strangers(self, statement: str) -> set[str]:
        """What is in a statement and not in the vocabulary."""
        form = re.compile(
            rf"(?P<comment>--[^\n]*)|(?P<text>{self.text})|(?P<quoted>{self.quoted})"
            rf"|(?P<number>{self.number}(?![\w.]))|(?P<word>[A-Za-z_]\w*)(?P<call>\()?"
            r"|(?P<sign><=|>=|<>|::|\S)"
        )
        # A step and a table of values have their columns in brackets behind their names.
        names = set(re.findall(r"(\w+)\([\w, ]+\) AS \(|\bAS (\w+)\(", statement))
        own = {name for pair in names for name in pair}
        found = set()
        if self.relation == " " and re.search(r"(?:FROM|JOIN) [\w.]+ AS\b|\) AS \w+\(", statement):
            found.add("AS in front of a relation's name")
        for token in form.finditer(statement):
            word, sign = token["word"], token["sign"]
            if sign is not None and sign not in self.signs:
                found.add(sign)
            if word is None or word in self.types or word in self.keywords or word in own:
                continue
            if token["call"] and word not in self.functions:
                found.add(f"{word}()")
            if word.isupper() and not token["call"]:
                found.add(word)
        return found


_EXPONENT = r"\d+(?:\.\d+)?e[-+]?\d+|\d+"

VOCABULARIES = {
    "mssql": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("VALUES OFFSET ROWS FETCH NEXT ONLY TRY_CAST IIF"),
        functions=FUNCTIONS | _words("log ceiling round sign power atn2 len nchar"),
        types=frozenset({"float", "bit", "date"}),
        quoted=r"\[(?:[^\]]|\]\])+\]",
        text=r"N?'(?:[^'\n]|'')*'",
        number=_EXPONENT,
        pages=(
            "learn.microsoft.com/sql/t-sql/queries/select-transact-sql",
            "learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql",
            "learn.microsoft.com/sql/t-sql/queries/table-value-constructor-transact-sql",
            "learn.microsoft.com/sql/t-sql/language-elements/case-transact-sql",
            "learn.microsoft.com/sql/t-sql/functions/mathematical-functions-transact-sql",
            "learn.microsoft.com/sql/t-sql/functions/try-cast-transact-sql",
            "learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql",
        ),
    ),
    "oracle": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("NAN BINARY_DOUBLE_INFINITY BINARY_DOUBLE_NAN"),
        functions=FUNCTIONS | HYPERBOLIC | _words("greatest least ln ceil trunc power atan2"),
        types=frozenset({"BINARY_DOUBLE", "DATE"}),
        quoted=r'"[^"]+"',
        text=r"'(?:[^']|'')*'",
        number=r"\d+(?:\.\d+)?(?:e[-+]?\d+)?d|\d+",
        relation=" ",
        pages=(
            "docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/SELECT.html",
            "docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Literals.html",
            "docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/"
            "Floating-Point-Conditions.html",
            "docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Single-Row-Functions.html",
            "docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/CAST.html",
        ),
    ),
    "snowflake": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("VALUES TRUE FALSE"),
        functions=FUNCTIONS
        | HYPERBOLIC
        | _words("asinh acosh atanh greatest least ln ceil trunc power atan2 sign"),
        types=frozenset({"DOUBLE", "DATE", "INT"}),
        quoted=r'"(?:[^"]|"")+"',
        text=r"'(?:[^'\\]|''|\\\\)*'",
        number=r"\d+",
        signs=SIGNS | {"::"},
        pages=(
            "docs.snowflake.com/en/sql-reference/sql/select",
            "docs.snowflake.com/en/sql-reference/constructs/values",
            "docs.snowflake.com/en/sql-reference/functions-numeric",
            "docs.snowflake.com/en/sql-reference/functions-conversion",
            "docs.snowflake.com/en/sql-reference/data-types-text",
        ),
    ),
    "redshift": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("OFFSET TRUE FALSE"),
        functions=FUNCTIONS | _words("greatest least ln ceil trunc power atan2 sign chr"),
        types=frozenset({"float8", "int", "DATE"}),
        quoted=r'"(?:[^"]|"")+"',
        text=r"'(?:[^'\\]|'')*'",
        number=r"\d+",
        signs=SIGNS | {"::", "|"},
        pages=(
            "docs.aws.amazon.com/redshift/latest/dg/r_SELECT_synopsis.html",
            "docs.aws.amazon.com/redshift/latest/dg/r_WITH_clause.html",
            "docs.aws.amazon.com/redshift/latest/dg/r_ORDER_BY_clause.html",
            "docs.aws.amazon.com/redshift/latest/dg/Math_functions.html",
            "docs.aws.amazon.com/redshift/latest/dg/r_GREATEST_LEAST.html",
            "docs.aws.amazon.com/redshift/latest/dg/r_CAST_function.html",
        ),
    ),
    "cockroachdb": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("VALUES MATERIALIZED TRUE FALSE"),
        functions=FUNCTIONS
        | HYPERBOLIC
        | _words("asinh acosh atanh greatest least ln ceil trunc round power atan2 sign"),
        types=frozenset({"float8", "int", "DATE"}),
        quoted=r'"(?:[^"]|"")+"',
        text=r"'(?:[^']|'')*'",
        number=_EXPONENT,
        signs=SIGNS | {"::"},
        pages=(
            "cockroachlabs.com/docs/stable/selection-queries",
            "cockroachlabs.com/docs/stable/common-table-expressions",
            "cockroachlabs.com/docs/stable/functions-and-operators",
            "cockroachlabs.com/docs/stable/float",
            "cockroachlabs.com/docs/stable/sql-constants",
        ),
    ),
    "mysql": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("LIMIT RLIKE USING TRUE FALSE"),
        functions=FUNCTIONS
        | _words("greatest least ln ceil round truncate power atan2 sign char concat collation"),
        types=frozenset({"DOUBLE", "DATE"}),
        quoted=r"`(?:[^`]|``)+`",
        text=r"'(?:[^'\\]|'')*'",
        number=_EXPONENT,
        pages=(
            "dev.mysql.com/doc/refman/8.0/en/select.html",
            "dev.mysql.com/doc/refman/8.0/en/with.html",
            "dev.mysql.com/doc/refman/8.0/en/mathematical-functions.html",
            "dev.mysql.com/doc/refman/8.0/en/cast-functions.html",
            "dev.mysql.com/doc/refman/8.0/en/regexp.html",
            "dev.mysql.com/doc/refman/8.0/en/information-functions.html#function_collation",
        ),
    ),
    "impala": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("LIMIT RLIKE DIV TRUE FALSE"),
        functions=FUNCTIONS
        | _words("greatest least ln ceil power sign translate concat instr substr ltrim chr"),
        types=frozenset({"DOUBLE", "BIGINT", "STRING", "DATE"}),
        quoted=r"`[^`]+`",
        text=r"'(?:[^'\\]|\\.)*'",
        number=_EXPONENT,
        pages=(
            "docs.cloudera.com/runtime/latest/impala-sql-reference/topics/impala-select.html",
            "docs.cloudera.com/runtime/latest/impala-sql-reference/topics/impala-with.html",
            "docs.cloudera.com/runtime/latest/impala-sql-reference/topics/impala-functions.html",
            "docs.cloudera.com/runtime/latest/impala-sql-reference/topics/impala-literals.html",
        ),
    ),
    "trino": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("VALUES TRY_CAST TRUE FALSE"),
        functions=FUNCTIONS
        | HYPERBOLIC
        | _words("greatest least ln ceil truncate power atan2 sign is_nan infinity nan"),
        types=frozenset({"DOUBLE", "DATE"}),
        quoted=r'"(?:[^"]|"")+"',
        text=r"'(?:[^']|'')*'",
        number=_EXPONENT,
        pages=(
            "trino.io/docs/current/sql/select.html",
            "trino.io/docs/current/sql/values.html",
            "trino.io/docs/current/functions/math.html",
            "trino.io/docs/current/functions/comparison.html",
            "trino.io/docs/current/functions/conversion.html",
        ),
    ),
    "db2": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("VALUES"),
        functions=FUNCTIONS | HYPERBOLIC | _words("ln ceil trunc power atan2 sign"),
        types=frozenset({"DOUBLE", "VARCHAR", "DATE"}),
        quoted=r'"(?:[^"]|"")+"',
        text=r"'(?:[^']|'')*'",
        number=_EXPONENT,
        pages=(
            "ibm.com/docs/en/db2/11.5?topic=queries-select-statement",
            "ibm.com/docs/en/db2/11.5?topic=elements-constants",
            "ibm.com/docs/en/db2/11.5?topic=elements-identifiers",
            "ibm.com/docs/en/db2/11.5?topic=expressions-case",
            "ibm.com/docs/en/db2/11.5?topic=functions-scalar",
        ),
    ),
    "teradata": Vocabulary(
        keywords=KEYWORDS | WINDOWS,
        functions=FUNCTIONS | HYPERBOLIC | _words("ln ceil trunc power atan2 sign"),
        types=frozenset({"FLOAT", "VARCHAR", "DATE"}),
        quoted=r'"(?:[^"]|"")+"',
        text=r"'(?:[^']|'')*'",
        number=_EXPONENT,
        pages=(
            "docs.teradata.com: SQL Data Manipulation Language, SELECT and WITH Clause",
            "docs.teradata.com: SQL Data Types and Literals, Floating Point Literals",
            "docs.teradata.com: SQL Functions, Arithmetic, Trigonometric, Hyperbolic Operators",
            "docs.teradata.com: SQL Functions, CASE",
        ),
    ),
}
