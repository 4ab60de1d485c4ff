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
    found: dict[str, str] = {}
    gathering = dialect.products.gathering if dialect.products else None
    for t in inputs:
        for feature in source.features[t.layer]:
            if feature in found:
                continue
            found[feature] = columns.take(Names.plain(feature, "x"))
            text = source.feature(feature, dialect, array=t.layer in source.arrays)
            if t in gathered and gathering is not None and gathering.whole:
                text = gathering.whole.format(text)
            elif t.layer in source.arrays:
                text = array(dialect, t, text, precision)
            items.append(Column(found[feature], text))
    return Select(tuple(items), source.rows(dialect)), found


def array(dialect: Dialect, t: Tensor, column: str, precision: str = "double") -> str:
    """The array of an input in the type that is computed with; NULL unless it has as many
    elements as the input, without NULL and NaN.

    Where arrays can't be NULL it is one of NaN, or of NULL texts.
    """
    arrays = dialect.need(dialect.arrays, "arrays")
    kind = dialect.types["str" if t.kind == "str" else precision]
    narrow = arrays.narrow if kind == dialect.types["single"] else ""
    kind = dialect.types["double"] if narrow else kind  # single has no place for all of them
    whole = arrays.whole.format(column, count=t.size, type=kind)
    taken = arrays.cast.format(column, type=kind)
    missing = "NULL" if t.kind == "str" else dialect.numbers.missing
    instead = arrays.instead.format(count=t.size, type=kind, missing=missing)
    end = f"ELSE {instead} END" if instead else "END"
    if t.kind == "str":
        return f"CASE WHEN {whole} THEN {taken} {end}"
    if arrays.numbers:
        whole += f" AND {arrays.numbers.format(column, type=kind)}"
    if narrow:
        taken = narrow.format(taken)
    return arrays.safe.format(f"CASE WHEN {whole} THEN {taken} {end}")


def gather(
    gathered: list[Tensor],
    inputs: tuple[Tensor, ...],
    source: Source,
    dialect: Dialect,
    kind: str,
) -> tuple[Select, dict[str, str]]:
    """The select that makes an array of the columns of each of these inputs, and what it is
    called; the other columns keep their names."""
    others = [n for t in inputs if t not in gathered for n in source.features[t.layer]]
    names = dict.fromkeys([*source.carried, *others])
    items = [Column(name, source.column(name, dialect)) for name in names]
    taken, arrays = Names(names), dict[str, str]()
    pack = dialect.need(dialect.products, "products of arrays").pack
    for t in gathered:
        arrays[t.layer] = taken.take(Names.plain(t.layer, "x"))
        numbers = [
            gathered_number(dialect, source.feature(name, dialect), kind)
            for name in source.features[t.layer]
        ]
        array = pack.format(listed(numbers))
        columns = [source.column(name, dialect) for name in source.features[t.layer]]
        for test in no_codes(dialect, [(t, columns)]):
            array = dialect.reading.nothing.format(test, array)
        items.append(Column(arrays[t.layer], array))
    return Select(tuple(items), source.rows(dialect)), arrays


def given(dialect: Dialect, text: str) -> str:
    """The test for an array that `array` has found whole."""
    arrays = dialect.need(dialect.arrays, "arrays")
    if arrays.instead:
        number = arrays.element.format(text, place=1)
        return dialect.casts.valid.format(number, type=dialect.types["double"])
    return f"{text} IS NOT NULL"
