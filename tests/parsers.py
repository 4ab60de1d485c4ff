"""Parsers that read the statements of dialects whose databases the tests can't start."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tsql_service


@dataclass(frozen=True)
class Parser:
    """`complaints` tells what the parser has against each of many statements; `wrong` are
    statements, of other databases' grammars, that it has to reject.  One that is `slow` reads the
    golden files in every run, and all others where long runs are asked for."""

    title: str
    complaints: Callable[[Sequence[str]], list[list[str]]]
    wrong: tuple[str, ...]
    slow: bool = False


def _fluffed(dialect: str) -> Callable[[Sequence[str]], list[list[str]]]:
    """What sqlfluff's grammar says; its lexer of Oracle takes the d of a number for a name."""

    def complaints(statements: Sequence[str]) -> list[list[str]]:
        from sqlfluff.core import Linter

        linter = Linter(dialect=dialect)
        told = []
        for text in statements:
            if dialect == "oracle":
                text = re.sub(r"\b(\d[\d.]*(?:e[-+]?\d+)?)d\b", r"\1", text)
            told.append([str(one) for one in linter.parse_string(text).violations])
        return told

    return complaints


PARSERS = {
    "microsoft": Parser(
        "Microsoft's own parser",
        tsql_service.complaints,
        wrong=(
            "SELECT x FROM t LIMIT 3",
            "SELECT x > 0 AS v FROM t",
            "SELECT CASE WHEN v THEN x END AS y FROM t",
            "WITH a AS MATERIALIZED (SELECT 1 AS x) SELECT x FROM a",
            "SELECT x FROM (SELECT x FROM t)",
            "SELECT `a` FROM t",
            "SELECT DATE '2020-01-01' AS d",
            "SELECT x FROM t ORDER BY x FETCH FIRST 3 ROWS ONLY",
            "SELECT x FROM VALUES (1) AS v(x)",
        ),
    ),
    "sqlfluff oracle": Parser(
        "sqlfluff's grammar, which is not Oracle's own",
        _fluffed("oracle"),
        wrong=(
            "SELECT `x` FROM t",
            "WITH a AS MATERIALIZED (SELECT x FROM t) SELECT x FROM a",
            "SELECT x FROM t OFFSET 0",
        ),
        slow=True,
    ),
    "sqlfluff snowflake": Parser(
        "sqlfluff's grammar, which is not Snowflake's own",
        _fluffed("snowflake"),
        wrong=(
            "WITH a AS MATERIALIZED (SELECT x FROM t) SELECT x FROM a",
            "SELECT `x` FROM t",
            "SELECT [x] FROM t WHERE",
        ),
        slow=True,
    ),
    "sqlfluff trino": Parser(
        "sqlfluff's grammar, which is not Trino's own",
        _fluffed("trino"),
        wrong=(
            "SELECT `x` FROM t",
            "WITH a AS MATERIALIZED (SELECT x FROM t) SELECT x FROM a",
            "SELECT TOP 3 x FROM t",
        ),
        slow=True,
    ),
    "sqlfluff db2": Parser(
        "sqlfluff's grammar, which is not Db2's own",
        _fluffed("db2"),
        wrong=(
            "SELECT `x` FROM t",
            "WITH a AS MATERIALIZED (SELECT x FROM t) SELECT x FROM a",
            "SELECT x FROM t LIMIT 3 OFFSET",
        ),
        slow=True,
    ),
    "sqlfluff teradata": Parser(
        "sqlfluff's grammar, which is not Teradata's own",
        _fluffed("teradata"),
        wrong=(
            "SELECT `x` FROM t",
            "WITH a AS MATERIALIZED (SELECT x FROM t) SELECT x FROM a",
            "SELECT x FROM t LIMIT 3 OFFSET",
        ),
        slow=True,
    ),
}
