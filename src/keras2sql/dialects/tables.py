"""Statements that create, fill and drop a stored table."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.storage import Split, Tables
from keras2sql.errors import UnsupportedDialectError
from keras2sql.sql.stored import ARRAYS, StoredColumn, StoredTable

_ARRAY_ITEM, _ROW = ",", ";"


def setup(table: StoredTable, dialect: Dialect) -> Iterator[str]:
    """Statements that make the table; running them again changes nothing, and finishes what
    was interrupted."""
    yield create(table, dialect, again=True)
    yield from fill(table, dialect)
    yield from finish(table, dialect)


def of(dialect: Dialect) -> Tables:
    """How it keeps them; raises `UnsupportedDialectError` where it does not."""
    return dialect.need(dialect.tables, "tables of weights")


def teardown(table: StoredTable, dialect: Dialect) -> str:
    return f"DROP TABLE IF EXISTS {name_of(table, dialect)}"


def name_of(table: StoredTable, dialect: Dialect) -> str:
    """Its name as a statement has it, with its schema."""
    return ".".join(map(dialect.quote, table.parts))


def create(
    table: StoredTable,
    dialect: Dialect,
    temporary: bool = False,
    again: bool = False,
    note: str = "",
) -> str:
    """``CREATE TABLE``; with `again` it may be there already.  `note` is one line that stands in
    its text, where the database keeps it."""
    made = of(dialect)
    columns = ", ".join(
        f"{dialect.quote(c.name)} {column_type(c, table, dialect)}" for c in table.columns
    )
    head = made.temporary if temporary else "CREATE TABLE"
    tail = ")"
    if made.clustered and table.keys and in_order(table):
        tail = made.clustered.format(columns=_keys(table, dialect))
    name = name_of(table, dialect)
    inside = columns
    if note and made.comment:
        tail += made.comment.format(text=dialect.constant(note))
    elif note and not (dialect.views and dialect.views.comment):
        inside = f"\n-- {note}\n  {columns}"
    return f"{head} {'IF NOT EXISTS ' if again else ''}{name} ({inside}{tail}"


def column_type(column: StoredColumn, table: StoredTable, dialect: Dialect) -> str:
    """Raises `UnsupportedDialectError` for arrays in a database that has none."""
    if column.kind == "value":
        return column.type
    if column.kind in ("int", "str"):
        return dialect.types[column.kind]
    number = dialect.types["int" if column.kind == "ints" else precision(table, dialect)]
    if column.kind == "float":
        return number
    array_type = of(dialect).array_type
    if not array_type:
        raise UnsupportedDialectError(f"{dialect.title} has no arrays, as {table.name} needs")
    return array_type.format(type=number)


def precision(table: StoredTable, dialect: Dialect) -> str:
    """What the table's numbers are kept in: where both are one type, the finer."""
    types = dialect.types
    return "double" if types["single"] == types["double"] else table.precision


def fill(table: StoredTable, dialect: Dialect) -> Iterator[str]:
    """Statements that insert the rows, each only where all rows before are there and none
    after; what another load has left of the table is deleted first."""
    name = name_of(table, dialect)
    count = f"(SELECT {dialect.own('count(*)')} FROM {name})"
    yield f"DELETE FROM {name} WHERE {count} <> {table.rows}"
    made = of(dialect)
    for start, stop in _chunks(table, dialect):
        columns = [_texts(c, start, stop, table, dialect) for c in table.columns]
        if made.split is not None:
            items = ",\n  ".join(
                _split(c, texts, table, dialect, made.split)
                for c, texts in zip(table.columns, columns, strict=True)
            )
            rows = f"SELECT\n  {items}\n"
        else:
            listed = ",\n".join(f"({', '.join(row)})" for row in zip(*columns, strict=True))
            names = ", ".join(dialect.quote(c.name) for c in table.columns)
            rows = made.listed.format(rows=listed, columns=names) + " "
        yield f"INSERT INTO {name}\n{rows}WHERE {count} = {start}"


def finish(table: StoredTable, dialect: Dialect) -> Iterator[str]:
    """What follows the rows: an index of the key columns, statistics."""
    made, name = of(dialect), name_of(table, dialect)
    if made.index and table.keys and not (made.clustered and in_order(table)):
        yield made.index.format(
            index=dialect.quote(index_name(table, dialect)),
            table=name,
            bare=dialect.quote(table.name),
            schema=f"{dialect.quote(table.schema)}." if table.schema else "",
            columns=_keys(table, dialect),
        )
    for statement in made.loaded:
        yield statement.format(table=name)


def in_order(table: StoredTable) -> bool:
    """Whether each row's keys, whole numbers, come after those of the row before."""
    keys = [c for name in table.keys for c in table.columns if c.name == name]
    if any(c.kind != "int" for c in keys):
        return False
    equal = np.ones(max(table.rows - 1, 0), dtype=bool)
    for column in keys:
        before, after = column.values[:-1], column.values[1:]
        if bool((equal & (after < before)).any()):
            return False
        equal &= after == before
    return not bool(equal.any())


def _keys(table: StoredTable, dialect: Dialect) -> str:
    return ", ".join(dialect.quote(key) for key in table.keys)


def index_name(table: StoredTable, dialect: Dialect) -> str:
    """What the index of the key columns is called."""
    name, limit = f"{table.name}_keys", dialect.limits.identifier_bytes
    if limit is None or len(name.encode()) <= limit:
        return name
    return f"keys_{hashlib.sha256(table.name.encode()).hexdigest()[:16]}"


def _chunks(table: StoredTable, dialect: Dialect) -> Iterator[tuple[int, int]]:
    made = of(dialect)
    per_row = 20 * table.numbers / max(table.rows, 1)
    size = max(1, min(made.insert_rows, math.floor(made.insert_bytes / per_row)))
    for start in range(0, table.rows, size):
        yield start, min(start + size, table.rows)


def _texts(
    column: StoredColumn, start: int, stop: int, table: StoredTable, dialect: Dialect
) -> list[str]:
    """Some rows of a column: literals, or, where texts are split, what stands in them."""
    values, kept, made = column.values[start:stop], precision(table, dialect), of(dialect)
    if column.kind in ("str", "value"):
        return [dialect.constant(str(v)) for v in values]
    if column.kind == "int":
        return [str(int(v)) for v in values]

    def digits(value: float) -> str:
        return dialect.digits(value, kept) if math.isfinite(value) else str(value)

    if column.kind == "float":
        spell = digits if made.split is not None else lambda v: dialect.typed(v, kept)
        return [spell(v) for v in values.tolist()]
    item: Callable[[float], str] = str if column.kind == "ints" else digits
    arrays = [_ARRAY_ITEM.join(map(item, row)) for row in values.tolist()]
    if made.split is not None:
        return arrays
    type_ = column_type(column, table, dialect)
    return [made.array.format(array, type=type_) for array in arrays]


def _split(
    column: StoredColumn, texts: list[str], table: StoredTable, dialect: Dialect, split: Split
) -> str:
    """A column of rows from one literal."""
    type_ = column_type(column, table, dialect)
    if column.kind in ("str", "value"):
        return split.texts.format(", ".join(texts), type=type_)
    template = split.arrays if column.kind in ARRAYS else split.numbers
    return template.format(f"'{_ROW.join(texts)}'", type=type_)
