"""A column of the source as a number: how it is read, and what tells that it is one."""

from __future__ import annotations

from collections.abc import Iterable

from keras2sql.dialects.base import Dialect
from keras2sql.graph.core import Tensor
from keras2sql.lower.text import listed


def number(dialect: Dialect, kind: str, column: str, type_: str, packed: bool) -> str:
    """A spelled column as what the model computes with, in a numeric type or as a text."""
    if kind == "str":
        return dialect.casts.text.format(column, type=dialect.types["str"])
    text = dialect.held(_cast(dialect, dialect.casts.number, column, type_), packed)
    # The row has no prediction, but a product of arrays would raise.
    return f"coalesce({text}, 0)" if packed else text


def gathered_number(dialect: Dialect, column: str, type_: str) -> str:
    """The same for an array that is made of columns."""
    products = dialect.need(dialect.products, "products of arrays")
    gathering = dialect.need(products.gathering, "arrays of columns")
    return _cast(dialect, gathering.number, column, type_)


def _cast(dialect: Dialect, template: str, column: str, type_: str) -> str:
    narrow, double = dialect.arithmetic.narrow, dialect.types["double"]
    if narrow and type_ != double:
        return narrow.format(template.format(column, type=double))
    return template.format(column, type=type_)


def tests(dialect: Dialect, kind: str, column: str, type_: str, rows: int | None) -> list[str]:
    """What holds for an element of an input that is no NULL and no NaN; with `rows`, that is an
    id in a table of so many."""
    if kind == "str":
        return [f"{column} IS NOT NULL"]
    whole = dialect.types["double"]
    return [dialect.casts.valid.format(column, type=whole), *within(dialect, column, type_, rows)]


def within(dialect: Dialect, column: str, type_: str, rows: int | None) -> list[str]:
    """What holds for an id in a table of so many rows, if it is one."""
    if rows is None:
        return []
    text = _cast(dialect, dialect.casts.number, column, type_)
    return [f"{text} > -1 AND {text} < {rows}"]


def no_codes(dialect: Dialect, tensors: Iterable[tuple[Tensor, Iterable[str]]]) -> list[str]:
    """The test that the cast of no column gives a code, where that would pass for a number.

    `tensors` are inputs with their spelled columns.
    """
    reading = dialect.reading
    columns = dict.fromkeys(c for t, spelled in tensors if t.kind != "str" for c in spelled)
    if not reading.no_codes or not columns:
        return []
    return [reading.no_codes.format(listed([reading.type_name.format(c) for c in columns]))]
