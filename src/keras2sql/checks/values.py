"""Features whose values are no numbers, where columns have no types that would tell.

A column of such a database may hold a text in one row and a number in the next.  A row with a
text has no prediction, as one with a NULL; a column in which every value is a text, though,
is not meant to be a number.
"""

from __future__ import annotations

from collections.abc import Sequence

from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError
from keras2sql.lower.source import Source

_ROWS = 100
"""Rows that are looked at first; all of them only for columns of which these hold no number."""

_AT_ONCE, _EXAMPLES, _LENGTH = 500, 20, 40
_TEXT, _NUMBER = 1, 2


def no_numbers(
    engine: Engine, dialect: Dialect, source: Source, names: Sequence[str]
) -> dict[str, str]:
    """Of these columns those that hold values and not one number, with a value of each."""
    if not dialect.reading.value_type or not names:
        return {}
    try:
        suspect = _only_texts(engine, dialect, source, names, f" LIMIT {_ROWS}")
        found = _only_texts(engine, dialect, source, suspect, "")
        return {**dict.fromkeys(found, "text"), **_examples(engine, dialect, source, found)}
    except DatabaseError:
        return {}  # a row of the source can't be computed: what reads it says so, and where


def _rows(dialect: Dialect, source: Source, names: Sequence[str], limit: str) -> str:
    items = ", ".join(f"{source.column(n, dialect)} AS c{i}" for i, n in enumerate(names))
    return f"(SELECT {items} FROM {source.relation(dialect)}{limit}) AS rows_to_check"


def _only_texts(
    engine: Engine, dialect: Dialect, source: Source, names: Sequence[str], limit: str
) -> list[str]:
    if len(names) > _AT_ONCE:
        parts = [names[i : i + _AT_ONCE] for i in range(0, len(names), _AT_ONCE)]
        return [n for part in parts for n in _only_texts(engine, dialect, source, part, limit)]
    if not names:
        return []
    texts = ", ".join(f"'{type_}'" for type_ in dialect.reading.texts)
    columns = [f"c{i}" for i in range(len(names))]
    items = ", ".join(
        f"max(CASE WHEN {dialect.reading.value_type.format(c)} IN ({texts}) THEN {_TEXT} "
        f"WHEN {c} IS NOT NULL THEN {_NUMBER} END)"
        for c in columns
    )
    found = engine.query(
        f"SELECT {items}\nFROM {_rows(dialect, source, names, limit)}",
        columns,
        what="looking at the values of the features",
    )
    return [n for n, most in zip(names, found.iloc[0], strict=True) if most == _TEXT]


def _examples(
    engine: Engine, dialect: Dialect, source: Source, names: Sequence[str]
) -> dict[str, str]:
    named = names[:_EXAMPLES]
    if not named:
        return {}
    greatest = [f"max(c{i})" for i in range(len(named))]
    types = [dialect.reading.value_type.format(value) for value in greatest]
    shown = [f"substr(CAST({value} AS TEXT), 1, {_LENGTH})" for value in greatest]
    found = engine.query(
        f"SELECT {', '.join([*types, *shown])}\nFROM {_rows(dialect, source, named, '')}",
        [f"c{i}" for i in range(2 * len(named))],
        what="looking at the values of the features",
    )
    values = list(found.iloc[0])
    told = zip(named, values[: len(named)], values[len(named) :], strict=True)
    return {name: f"{type_}, such as {value!r}" for name, type_, value in told}
