"""The types of columns where drivers tell their numbers, or nothing: from the catalogs."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from keras2sql.engines.types import (
    POSTGRES_TYPES,
    UNKNOWN,
    ColumnType,
    clickhouse,
    declared,
    named,
    oracle,
    postgres,
    protocol,
    python,
    snowflake,
)

if TYPE_CHECKING:
    from keras2sql.engines.base import Described, Rows

    Run = Callable[[str], tuple[Rows, Described]]

_NAME = re.compile(r"`((?:[^`]|``)+)`|\"((?:[^\"]|\"\")+)\"|(\w+)")
_TABLE = re.compile(rf"(?:{_NAME.pattern})(?:\.(?:{_NAME.pattern}))?(?:\s+AS\s+\w+)?\s*")


def types(run: Run, family: str, source: str, columns: str) -> list[ColumnType]:
    """The columns of a quoted table or a subquery; `family` is what its driver calls a
    database, `run` runs a statement on it."""
    described = run(f"SELECT {columns} FROM {source} WHERE 1 = 0")[1]
    if family == "postgresql":
        return _postgres(run, described)
    if family in ("mysql", "mariadb", "oceanbase"):
        return [protocol(name, number) for name, number in described]
    if family == "clickhouse":
        return [clickhouse(name, type_) for name, type_ in described]
    if family in ("firebird", "mssql"):
        return [python(name, type_) for name, type_ in described]
    if family == "oracle":
        return [oracle(name, type_) for name, type_ in described]
    if family == "snowflake":
        return [snowflake(name, type_) for name, type_ in described]
    if family in ("bigquery", "databricks", "hsqldb", "impala", "monetdb", "trino"):
        return [named(name, type_) for name, type_ in described]
    if family == "hive":
        return [named(name, type_) for name, type_ in _without_table(described)]
    if family == "sqlite":
        return _sqlite(run, source, described)
    return [ColumnType(name, "", UNKNOWN) for name, _ in described]


def _without_table(described: Described) -> Described:
    """Columns of ``*``, in front of which Hive tells their table, or what a subquery is called."""
    tables = {name.partition(".")[0] for name, _ in described if "." in name}
    if len(tables) != 1 or not all("." in name for name, _ in described):
        return described
    return [(name.partition(".")[2], type_) for name, type_ in described]


def _postgres(run: Run, described: Described) -> list[ColumnType]:
    numbers = sorted({number for _, number in described if number.isdigit()})
    if not numbers:
        return [ColumnType(name, "", UNKNOWN) for name, _ in described]
    rows, _ = run(POSTGRES_TYPES.format(", ".join(numbers)))
    known = {str(row[0]): row[1:] for row in rows}
    return [
        postgres(name, *known[number]) if number in known else ColumnType(name, "", UNKNOWN)
        for name, number in described
    ]


def _sqlite(run: Run, source: str, described: Described) -> list[ColumnType]:
    """A table's and a view's columns are declared; those of a subquery are not."""
    declarations: dict[str, str] = {}
    if found := _TABLE.fullmatch(source):
        first, second = _plain(found.groups()[:3]), _plain(found.groups()[3:])
        schema, table = (first, second) if second else ("", first)
        arguments = ", ".join(map(_text, (table, schema) if schema else (table,)))
        with suppress(Exception):  # a connection may forbid it
            rows, _ = run(f"SELECT name, type FROM pragma_table_xinfo({arguments})")
            declarations = dict(rows)
    return [declared(name, declarations.get(name, "")) for name, _ in described]


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _plain(parts: tuple[str | None, ...]) -> str:
    ticked, quoted, bare = parts
    if ticked is not None:
        return ticked.replace("``", "`")
    return quoted.replace('""', '"') if quoted is not None else bare or ""
