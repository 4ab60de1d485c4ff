"""The first rows of a source, by its key in the database's own order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keras2sql import checks, engines
from keras2sql.dialects import Dialect
from keras2sql.errors import InputError
from keras2sql.lower.source import Source
from keras2sql.program import Program


def of(engine: engines.Engine, program: Program, count: int) -> Program:
    """The program over the first `count` rows; of a long table, those of the first keys.

    What it reads is named one by one: a row's number, or a column that is hidden, is not in ``*``.
    Raises `InputError` for columns that the source lacks.
    """
    if count < 1:
        raise InputError(f"rows is {count}; it should be 1 or more")
    dialect = program.dialect
    source = checks.settled(engine, dialect, program.source, program.network.graph.inputs)
    items = ", ".join(_items(source, dialect))
    long = source.order is not None
    return program.of(replace(source, table=_query(source, dialect, items, count, long), called={}))


def of_view(view: str, program: Program, count: int) -> str:
    """The same rows of a view that has the key."""
    long = program.source.order is not None
    return _query(Source(view, program.source.key, {}), program.dialect, "*", count, long)


def _query(source: Source, dialect: Dialect, items: str, count: int, long: bool) -> str:
    order = ", ".join(source.column(name, dialect) for name in source.key)
    relation = source.relation(dialect)
    if not long and dialect.grammar.first:
        first = dialect.grammar.first.format(count)
        return f"(SELECT {items} FROM {relation} ORDER BY {order} {first})"
    number = "dense_rank()" if long else "row_number()"
    rank = dialect.own(f"{number} OVER (ORDER BY {order})")
    called = dialect.grammar.alias
    return (
        f"(SELECT * FROM (SELECT {items}, {rank} AS keras2sql_key_number FROM {relation})"
        f"{called}ranked_rows WHERE keras2sql_key_number <= {count})"
    )


def _items(source: Source, dialect: Dialect) -> Iterator[str]:
    """The columns that a program reads, each once, as the database tells names apart."""
    seen = set()
    for name in (*source.carried, *source.fed):
        folded = dialect.folded(name) if dialect.names.case_sensitive else name.casefold()
        if folded not in seen:
            seen.add(folded)
            yield f"{source.column(name, dialect)} AS {dialect.quote(name)}"
