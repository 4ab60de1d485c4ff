"""A column of the source as a number: how it is read, and what tells that it is one."""

from __future__ import annotations

from collections.abc import Iterable

from keras2sql.dialects.base import Dialect
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph.core import Tensor
from keras2sql.lower.layout import bracketed, listed


def number(
    dialect: Dialect,
    kind: str,
    column: str,
    type_: str,
    packed: bool,
    missing: bool = False,
) -> str:
    """A spelled column as what the model computes with, in a numeric type or as a text; `missing`:
    it may have no value."""
    if kind == "str":
        if not dialect.casts.text:
            raise no_texts(dialect)
        cast = dialect.casts.text
        if missing and dialect.casts.text_or_none:
            cast = dialect.casts.text_or_none
        return cast.format(column, type=dialect.types["str"])
    if missing:
        return _number_or_none(dialect, column, type_)
    text = dialect.held(_cast(dialect, dialect.casts.number, column, type_), packed)
    if not packed:
        return text
    # The row has no prediction, but a product of arrays would raise.
    return f"coalesce({text}, 0)"


def no_texts(dialect: Dialect) -> UnsupportedDialectError:
    """The error for a model of texts on a database that takes none."""
    return UnsupportedDialectError(
        f"{dialect.title} takes no texts as features, as {dialect.casts.no_text}; give the "
        "model numbers, such as the places of the texts in its vocabulary"
    )


def _number_or_none(dialect: Dialect, column: str, type_: str) -> str:
    given = dialect.casts.valid.format(column, type=dialect.types["double"])
    there = dialect.held(_cast(dialect, dialect.casts.number, column, type_))
    missing = dialect.numbers.not_a_number.format(type=type_)
    return f"CASE WHEN {given} THEN {there} ELSE {missing} END"


def gathered_number(dialect: Dialect, column: str, type_: str) -> str:
    """The same for an array that is made of columns."""
    products = dialect.need(dialect.products, "products of arrays")
    gathering = dialect.need(products.gathering, "arrays of columns")
    return _cast(dialect, gathering.number, column, type_)


def _cast(dialect: Dialect, template: str, column: str, type_: str) -> str:
    """A column by a template; where a cast to single could raise, by way of double."""
    double = dialect.types["double"]
    narrow = dialect.arithmetic.narrow
    if narrow and type_ != double:
        return narrow.format(template.format(column, type=double))
    return template.format(column, type=type_)


def tests(
    dialect: Dialect,
    kind: str,
    column: str,
    type_: str,
    rows: int | None,
    missing: bool,
) -> list[str]:
    """What holds for an element of an input that is no NULL and no NaN; with `rows`, that is an
    id in a table of so many; if it may be `missing`, that is no text where a number belongs."""
    if missing:
        return _tests_if_given(dialect, kind, column)
    if kind == "str":
        return [f"{column} IS NOT NULL"]
    is_number = dialect.casts.valid.format(column, type=dialect.types["double"])
    return [is_number, *within(dialect, column, type_, rows)]


def _tests_if_given(dialect: Dialect, kind: str, column: str) -> list[str]:
    if kind == "str":
        return []
    double = dialect.types["double"]
    if dialect.arithmetic.nan == "null":
        is_number = dialect.casts.valid.format(column, type=double)
    else:  # NaN is no NULL, and what a text is cast to is one
        is_number = f"{_cast(dialect, dialect.casts.number, column, double)} IS NOT NULL"
    return [f"({column} IS NULL OR {is_number})"]


def every(tests: Iterable[str]) -> str:
    """All tests as one; they hold where there are none."""
    return bracketed(list(tests) or ["1 = 1"], 16, " AND ")


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
    columns: dict[str, None] = {}
    for t, spelled in tensors:
        if t.kind != "str":
            columns |= dict.fromkeys(spelled)
    if not reading.no_codes or not columns:
        return []
    types = [reading.type_name.format(column) for column in columns]
    return [reading.no_codes.format(listed(types))]
