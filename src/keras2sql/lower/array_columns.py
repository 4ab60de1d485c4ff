"""Inputs that one column of the source holds, as an array of all their elements."""

from __future__ import annotations

from collections.abc import Collection

from keras2sql.dialects.base import Dialect
from keras2sql.graph.core import Tensor
from keras2sql.lower.features import gathered_number, no_codes
from keras2sql.lower.layout import listed
from keras2sql.lower.source import Source
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Select


def select(
    inputs: tuple[Tensor, ...],
    source: Source,
    dialect: Dialect,
    precision: str,
    kept: dict[str, str],
    columns: Names,
    gathered: Collection[Tensor] = (),
) -> tuple[Select, dict[str, str]]:
    """The select in front of all others, and what each feature is called in it.

    An array that is not whole is NULL there; so its elements can be read without fear, and
    more than once without being unpacked each time.  Those of `gathered` are made of columns.
    """
    items = [Column(name, source.column(raw, dialect)) for raw, name in kept.items()]
    called: dict[str, str] = {}
    for t in inputs:
        for feature in source.features[t.layer]:
            if feature not in called:
                called[feature] = columns.take(Names.plain(feature, "x"))
                text = _feature(t, feature, source, dialect, precision, t in gathered)
                items.append(Column(called[feature], text))
    return Select(tuple(items), source.rows(dialect)), called


def _feature(
    t: Tensor,
    feature: str,
    source: Source,
    dialect: Dialect,
    precision: str,
    gathered: bool,
) -> str:
    """A column of the source as it is, or as an array that is whole; if `gathered`, it is one
    that was made of columns."""
    is_array = t.layer in source.arrays
    text = source.feature(feature, dialect, array=is_array)
    gathering = dialect.products.gathering if dialect.products else None
    if gathered and gathering is not None and gathering.whole:
        return gathering.whole.format(text)
    return array(dialect, t, text, precision) if is_array else text


def array(dialect: Dialect, t: Tensor, column: str, precision: str = "double") -> str:
    """The array of an input in the type that is computed with; NULL unless it has as many
    elements as the input, without NULL and NaN.

    Where arrays can't be NULL it is one of NaN, or of NULL texts.
    """
    arrays = dialect.need(dialect.arrays, "arrays")
    is_text = t.kind == "str"
    type_ = computed = dialect.types["str" if is_text else precision]
    narrow = arrays.narrow if type_ == dialect.types["single"] else ""
    if narrow:
        type_ = dialect.types["double"]  # single has no place for all numbers
    is_whole = arrays.whole.format(column, count=t.size, type=type_)
    if arrays.numbers and not is_text:
        is_whole += f" AND {arrays.numbers.format(column, type=type_)}"
    value = arrays.cast.format(column, type=type_)
    if narrow and not is_text:
        value = narrow.format(value)
    missing = "NULL" if is_text else arrays.missing or dialect.numbers.missing
    instead = arrays.instead.format(count=t.size, type=computed, missing=missing)
    end = f"ELSE {instead} END" if instead else "END"
    text = f"CASE WHEN {is_whole} THEN {value} {end}"
    return text if is_text else arrays.safe.format(text)


def gather(
    gathered: list[Tensor],
    inputs: tuple[Tensor, ...],
    source: Source,
    dialect: Dialect,
    kind: str,
) -> tuple[Select, dict[str, str]]:
    """The select that makes an array of the columns of each of these inputs, and what it is
    called; the other columns keep their names."""
    names = dict.fromkeys(source.carried)
    for t in inputs:
        if t not in gathered:
            names |= dict.fromkeys(source.features[t.layer])
    items = [Column(name, source.column(name, dialect)) for name in names]
    taken = Names(names)
    arrays: dict[str, str] = {}
    for t in gathered:
        arrays[t.layer] = taken.take(Names.plain(t.layer, "x"))
        items.append(Column(arrays[t.layer], _gathered(t, source, dialect, kind)))
    return Select(tuple(items), source.rows(dialect)), arrays


def _gathered(t: Tensor, source: Source, dialect: Dialect, type_: str) -> str:
    """The array of the columns of an input; none where one is a code that would pass for a
    number."""
    numbers, columns = [], []
    for name in source.features[t.layer]:
        columns.append(source.column(name, dialect))
        feature = source.feature(name, dialect)
        numbers.append(gathered_number(dialect, feature, type_))
    pack = dialect.need(dialect.products, "products of arrays").pack
    text = pack.format(listed(numbers))
    for test in no_codes(dialect, [(t, columns)]):
        text = dialect.reading.nothing.format(test, text)
    return text


def given(dialect: Dialect, text: str) -> str:
    """The test for an array that `array` has found whole."""
    arrays = dialect.need(dialect.arrays, "arrays")
    if arrays.instead:
        number = arrays.element.format(text, place=1)
        return dialect.casts.valid.format(number, type=dialect.types["double"])
    return f"{text} IS NOT NULL"
