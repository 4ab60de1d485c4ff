"""The MonetDB that runs in this process, as an engine over tables in memory.

By the library's own functions: the driver's cursor takes statements apart by itself, and no
statement after one that failed.
"""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from keras2sql.engines import catalogs
from keras2sql.engines.base import Described, Engine, Rows
from keras2sql.engines.types import ColumnType

FOLDER = Path(sys.prefix) / "monetdb"
"""Where `tools/test` puts it: its wheel, of Python 3.10 by its name, serves later ones as well."""


class MonetDB(Engine):
    """Statements are executed one by one, each in a transaction of its own."""

    dialect_name = "monetdb"

    def __init__(self) -> None:
        sys.path.append(str(FOLDER))
        import monetdbe

        logging.getLogger("monetdbe").setLevel(logging.CRITICAL)  # it logs what it raises
        self.connection = self
        self.database = monetdbe.connect(":memory:", autocommit=True)

    def _run(self, sql: str) -> tuple[Rows, Described]:
        from monetdbe._cffi import convert, internal

        inside = self.database._internal
        result, _ = inside.query(sql, make_result=True)
        if not result:
            return [], []
        columns = [internal.result_fetch(result, i) for i in range(result.ncols)]
        described = [
            (convert.make_string(c.name), str(convert.monet_c_type_map[c.type].sql_type))
            for c in columns
        ]
        rows = [tuple(_value(c, i) for c in columns) for i in range(result.nrows)]
        inside.cleanup_result(result)
        return rows, described

    def _change(self, sql: str) -> int:
        return int(self.database._internal.query(sql)[1])

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        yield

    def _types(self, source: str, columns: str) -> list[ColumnType]:
        return catalogs.types(self._run, self.dialect_name, source, columns)

    def version(self) -> str:
        from monetdbe._cffi import internal

        return f"MonetDB {internal.version()}"

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Rows into a table of this name, quoted."""
        if any(isinstance(value, float) and math.isinf(value) for row in rows for value in row):
            self._append(table, rows)
            return
        values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        self._run(f"INSERT INTO {table} VALUES {values}")

    def _append(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Numbers as they are stored, infinity among them, which no literal is; NaN is NULL."""
        names = [name for name, _ in self._run(f"SELECT * FROM {table} WHERE 1 = 0")[1]]
        columns = [
            np.array(column) if all(isinstance(v, int) for v in column)
            else np.array([np.nan if v is None else v for v in column], dtype=float)
            for column in zip(*rows, strict=True)
        ]  # fmt: skip
        plain = table.removeprefix('"').removesuffix('"').replace('""', '"')
        self.database._internal.append(plain, dict(zip(names, columns, strict=True)))


def _value(column: Any, row: int) -> Any:
    """A value of a result; NaN, by which NULL is stored, is none of MonetDB's numbers."""
    from monetdbe._cffi import convert

    value = convert.extract(column, row)
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is not None and convert.monet_c_type_map[column.type].sql_type == "boolean":
        return bool(value)
    return value


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "R'" + value.replace("'", "''") + "'"
    return f"{value!r}e0" if isinstance(value, float) and "e" not in repr(value) else repr(value)
