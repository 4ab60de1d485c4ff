"""Frames into tables, on every engine."""

from __future__ import annotations

import datetime
from contextlib import closing
from typing import Any

import pandas as pd
import pyarrow as pa

import plain_tables
from keras2sql.engines import DuckDB, Engine, Spark, SQLAlchemy
from keras2sql.engines.arrow import Arrow

TYPES = {"f": "DOUBLE PRECISION", "i": "BIGINT", "u": "BIGINT", "b": "BOOLEAN"}


def quoted(name: str, mark: str = '"') -> str:
    return mark + name.replace(mark, mark * 2) + mark


def load(engine: Engine, name: str, frame: pd.DataFrame) -> None:
    """Make the table `name` anew, with the frame's rows; NaN and None become NULL."""
    if isinstance(engine, Spark):
        _load_view(engine, name, frame)
        return
    if engine.dialect_name == "googlesql":
        engine.load_frame(name, frame)  # type: ignore[attr-defined]
        return
    types = {str(column): _sql_type(frame.iloc[:, i]) for i, column in enumerate(frame.columns)}
    table = plain_tables.make(engine, name, types)
    plain = frame.astype(object).where(frame.notna(), None)
    rows = [tuple(map(_plain, row)) for row in plain.itertuples(index=False, name=None)]
    if rows:
        _insert(engine, table, rows)


def _insert(engine: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    if isinstance(engine, DuckDB):
        # Its executemany runs row by row; a registered frame does not.
        frame = pd.DataFrame(rows, dtype=object)
        engine.connection.register("loaded_frame", frame)
        engine.execute_script([f"INSERT INTO {table} SELECT * FROM loaded_frame"])
        engine.connection.unregister("loaded_frame")
        return
    if engine.dialect_name in ("monetdb", "hsqldb", "hive"):
        engine.insert(table, rows)
        return
    if isinstance(engine, Arrow):
        _insert_arrow(engine, table, rows)
        return
    mark = "?" if engine.dialect_name in ("sqlite", "firebird") else "%s"
    marks = ", ".join([mark] * len(rows[0]))
    # Where parameters are marked by %, a % in the name is doubled.
    name = table if mark == "?" else table.replace("%", "%%")
    insert = f"INSERT INTO {name} VALUES ({marks})"
    with engine._transaction(keep=True):
        if isinstance(engine, SQLAlchemy):
            engine.connection.exec_driver_sql(insert, rows)
        else:
            with closing(engine.connection.cursor()) as cursor:
                cursor.executemany(insert, rows)


def _insert_arrow(engine: Arrow, table: str, rows: list[tuple[Any, ...]]) -> None:
    """By way of a table of Arrow that both engines can read."""
    arrays = [pa.array(column) for column in zip(*rows, strict=True)]
    loaded = pa.table(arrays, names=[f"c{i}" for i in range(len(arrays))])
    if engine.dialect_name == "clickhouse":  # which looks for it among the caller's variables
        engine._table(f"INSERT INTO {table} SELECT * FROM Python(loaded)")
        return
    engine.connection.from_arrow(loaded, name="loaded_rows")
    engine._table(f"INSERT INTO {table} SELECT * FROM loaded_rows")
    engine._table("DROP TABLE loaded_rows")


def _load_view(engine: Spark, name: str, frame: pd.DataFrame) -> None:
    """As a view of this session, which can have any name, as a table of Spark's can't."""
    plain = frame.astype(object).where(frame.notna(), None)
    types = {"BIGINT": pa.int64(), "DOUBLE PRECISION": pa.float64(), "BOOLEAN": pa.bool_()}
    arrays = [
        pa.array(
            [_plain(v) for v in plain.iloc[:, i]],
            type=types.get(_sql_type(frame.iloc[:, i]), pa.string()),
        )
        for i in range(frame.shape[1])
    ]
    loaded = pa.table(arrays, names=[str(column) for column in frame.columns])
    engine.connection.createDataFrame(loaded).createOrReplaceTempView(quoted(name, "`"))


def _sql_type(column: pd.Series[Any]) -> str:
    if column.dtype.kind in TYPES:
        return TYPES[column.dtype.kind]
    found = [v for v in column if not pd.isna(v)]
    if found and all(isinstance(v, bool) for v in found):
        return "BOOLEAN"
    if found and all(isinstance(v, datetime.date) for v in found):
        return "DATE"
    return "TEXT"


def _plain(value: Any) -> Any:
    """A number of numpy as Python's own."""
    value = value.item() if hasattr(value, "item") else value
    return value.isoformat() if isinstance(value, datetime.date) else value
