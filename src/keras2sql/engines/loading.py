"""Rows of stored tables into a database, by its driver's fastest way."""

from __future__ import annotations

import importlib
from contextlib import closing
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.tables import column_type, name_of, precision
from keras2sql.sql.stored import ARRAYS, StoredColumn, StoredTable

_CHUNK = 100_000
_BINARY = {"bigint": (">i8", 20), "double precision": (">f8", 701), "real": (">f4", 700)}
"""PostgreSQL's types, as its binary format writes them, and their numbers."""

_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"


def fill(connection: Any, table: StoredTable, dialect: Dialect) -> bool:
    """Fill the new table by what this DB-API connection has for it; False if it has nothing."""
    module = type(connection).__module__.split(".")[0]
    if module == "psycopg":
        _copy(connection, table, dialect)
    elif module in ("sqlite3", "apsw"):
        _insert_many(connection, table, dialect, "?")
    elif module == "pymysql":  # which makes statements of many rows of it
        _insert_many(connection, table, dialect, "%s")
    else:
        return False
    return True


def fill_duckdb(connection: Any, table: StoredTable, dialect: Dialect) -> None:
    """Fill the new table by a frame that DuckDB scans."""
    import pandas as pd

    columns = {}
    for i, column in enumerate(table.columns):
        values = _typed(column, table, dialect)
        columns[f"c{i}"] = list(values) if column.kind in ARRAYS else values
    view = "keras2sql_rows_to_load"
    connection.register(view, pd.DataFrame(columns))
    try:
        connection.execute(f"INSERT INTO {name_of(table, dialect)} SELECT * FROM {view}")
    finally:
        connection.unregister(view)


def _typed(column: StoredColumn, table: StoredTable, dialect: Dialect) -> npt.NDArray[Any]:
    """The values in the type that the table has for them."""
    if column.kind in ("str", "value"):
        return np.array([str(v) for v in column.values], dtype=object)
    if column.kind in ("int", "ints"):
        return column.values.astype(np.int64)
    return column.values.astype("f8" if precision(table, dialect) == "double" else "f4")


def _insert_many(connection: Any, table: StoredTable, dialect: Dialect, mark: str) -> None:
    name, marks = name_of(table, dialect), ", ".join([mark] * len(table.columns))
    if mark == "%s":
        name = name.replace("%", "%%")
    insert = f"INSERT INTO {name} VALUES ({marks})"
    columns = [_typed(column, table, dialect) for column in table.columns]
    with closing(connection.cursor()) as cursor:
        for start in range(0, table.rows, _CHUNK):
            rows = zip(*(c[start : start + _CHUNK].tolist() for c in columns), strict=True)
            cursor.executemany(insert, rows)


def _copy(connection: Any, table: StoredTable, dialect: Dialect) -> None:
    """``COPY``; binary where all is numbers."""
    binary = all(column.kind != "str" for column in table.columns)
    with connection.cursor() as cursor:
        # Frozen rows are seen by transactions that began before, which see the new view too.
        # It is refused where a snapshot spans the transaction.
        cursor.row_factory = importlib.import_module("psycopg.rows").tuple_row
        isolation = cursor.execute("SHOW transaction_isolation").fetchone()[0]
        options = ["FORMAT binary"] * binary + ["FREEZE"] * (isolation == "read committed")
        tail = f" WITH ({', '.join(options)})" if options else ""
        with cursor.copy(f"COPY {name_of(table, dialect)} FROM STDIN{tail}") as copy:
            if not binary:
                columns = [_typed(column, table, dialect).tolist() for column in table.columns]
                for row in zip(*columns, strict=True):
                    copy.write_row(row)
                return
            copy.write(_COPY_HEAD)
            rows = _rows_at_once(table)
            for start in range(0, table.rows, rows):
                copy.write(_binary(table, dialect, start, start + rows).tobytes())
            copy.write(_COPY_END)


def _rows_at_once(table: StoredTable) -> int:
    return max(1, _CHUNK * table.rows // max(table.numbers, 1))


def _binary(table: StoredTable, dialect: Dialect, start: int, stop: int) -> npt.NDArray[Any]:
    """Rows as PostgreSQL's binary format has them: each field behind its length in bytes, an
    array as dimensions, a flag for NULLs, its type, its length, its first index, its items."""
    fields: list[tuple[Any, ...]] = [("fields", ">i2")]
    given: dict[str, Any] = {"fields": len(table.columns)}
    for i, column in enumerate(table.columns):
        values = column.values[start:stop]
        type_, number = _BINARY[column_type(column, table, dialect).removesuffix("[]")]
        size = np.dtype(type_).itemsize
        if column.kind not in ARRAYS:
            fields += [(f"length{i}", ">i4"), (f"value{i}", type_)]
            given |= {f"length{i}": size, f"value{i}": values}
            continue
        items = values.shape[1]
        item = np.dtype([("length", ">i4"), ("value", type_)])
        fields += [(f"length{i}", ">i4"), (f"head{i}", ">i4", (5,)), (f"items{i}", item, (items,))]
        given[f"length{i}"] = 20 + items * item.itemsize
        given[f"head{i}"] = (1, 0, number, items, 1)
        given[f"items{i}"] = {"length": size, "value": values}
    rows = np.empty(len(table.columns[0].values[start:stop]), dtype=fields)
    for name, value in given.items():
        if isinstance(value, dict):
            for part, of in value.items():
                rows[name][part] = of
        else:
            rows[name] = value
    return rows
