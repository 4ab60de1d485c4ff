"""Parsers that read the statements of dialects whose databases the tests can't start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tsql_service


@dataclass(frozen=True)
class Parser:
    """`complaints` tells what the parser has against each of many statements; `wrong` are
    statements, of other databases' grammars, that it has to reject."""

    title: str
    complaints: Callable[[Sequence[str]], list[list[str]]]
    wrong: tuple[str, ...]


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
}
