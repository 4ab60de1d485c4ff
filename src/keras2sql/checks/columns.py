"""Whether the source has the columns that a query reads, and whether they hold numbers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from keras2sql.checks import values
from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.engines.types import BOOLEAN, OTHER, TEXT, UNKNOWN, ColumnType
from keras2sql.errors import DatabaseError, InputError
from keras2sql.graph.core import Tensor
from keras2sql.lower.source import Source
from keras2sql.sql.names import is_subquery

_MOST = 20
"""Names of columns that a message lists."""


def settled(engine: Engine, dialect: Dialect, source: Source, inputs: Iterable[Tensor]) -> Source:
    """The source with what the database tells of its columns.

    Raises `InputError` for columns that it does not have, and for features that are no
    numbers, truth values or arrays of such, where the model takes numbers; all at once.
    `DatabaseError` is for a source that is not there, or may not be read.
    """
    columns = _Columns(engine, dialect, source)
    _check_there(columns, source)
    return _typed(engine, dialect, columns, source, inputs)


class _Columns:
    """The columns of a source by their names, as the database tells names apart."""

    def __init__(self, engine: Engine, dialect: Dialect, source: Source) -> None:
        self.dialect = dialect
        self.every = True
        try:
            self.listed = engine.types(source.relation(dialect))
        except DatabaseError:
            self.listed = self._permitted(engine, source)
        self.known: dict[str, ColumnType] = {}
        for column in self.listed:
            self.known.setdefault(self._folded(column.name), column)
        if dialect.reading.hidden_columns:
            self._find_hidden(engine, source)

    def get(self, name: str) -> ColumnType | None:
        return self.known.get(self._folded(name))

    def stands(self, name: str, source: Source) -> bool:
        """Whether a column that is handed on as it is can be read, be it a row's number."""
        pseudo = name.lower() in self.dialect.reading.pseudo_columns
        return self.get(name) is not None or (pseudo and not is_subquery(source.table))

    def _folded(self, name: str) -> str:
        folded = self.dialect.folded(name)
        return folded if self.dialect.names.case_sensitive else folded.casefold()

    def _permitted(self, engine: Engine, source: Source) -> list[ColumnType]:
        """The columns that are read, where a role may read these and not all of them."""
        names = dict.fromkeys([*source.carried, *source.fed])
        pseudo = self.dialect.reading.pseudo_columns
        if any(name.lower() in pseudo for name in source.fed):
            raise
        spelled = ", ".join(source.column(name, self.dialect) for name in names)
        try:
            found = engine.types(source.relation(self.dialect), spelled)
        except DatabaseError:
            found = []
        if len(found) != len(names):
            raise
        return [replace(c, name=name) for c, name in zip(found, names, strict=True)]

    def _find_hidden(self, engine: Engine, source: Source) -> None:
        """Columns that ``*`` leaves out and that can be named."""
        absent = [n for n in dict.fromkeys([*source.carried, *source.fed]) if self.get(n) is None]
        absent = [n for n in absent if n.lower() not in self.dialect.reading.pseudo_columns]
        for names in [absent] if len(absent) > _MOST else [[n] for n in absent]:
            spelled = ", ".join(f"source_rows.{self.dialect.quote(n)}" for n in names)
            try:
                found = engine.types(source.relation(self.dialect, "source_rows"), spelled)
            except DatabaseError:
                continue
            for name, column in zip(names, found, strict=True):
                self.known[self._folded(name)] = column


# -- columns that are not there


def _check_there(columns: _Columns, source: Source) -> None:
    order = () if source.order is None else (source.order.column,)
    roles: Mapping[str, Sequence[str]] = {
        "features": [n for n in source.fed if columns.get(n) is None],
        "key": [n for n in source.key if not columns.stands(n, source)],
        "order_by": [n for n in order if not columns.stands(n, source)],
        "passthrough": [n for n in source.passthrough if not columns.stands(n, source)],
    }
    absent = {role: names for role, names in roles.items() if names}
    if not absent:
        return
    there = [column.name for column in columns.listed]
    told = "; ".join(f"{some(names)} ({role})" for role, names in absent.items())
    meant = _meant([n for names in absent.values() for n in names], there)
    hint = ", ".join(f"{role}=" for role in absent)
    raise InputError(
        f"{shown(source.table)} has no column {told}{meant}; it has {some(there)}: "
        f"say which ones with {hint}"
    )


def _meant(absent: Sequence[str], there: Sequence[str]) -> str:
    """The columns that are called almost so."""
    folded = {name.casefold(): name for name in there}
    found = []
    for name in absent[:_MOST]:
        listed = [part.strip() for part in name.split(",")]
        if len(listed) > 1 and folded.keys() >= {part.casefold() for part in listed}:
            return f", did you mean the list {listed}?"
        near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.8)
        if near and folded[near[0]] not in found:
            found.append(folded[near[0]])
    return f", did you mean {', '.join(found)}?" if found else ""


# -- columns of other types


def _typed(
    engine: Engine,
    dialect: Dialect,
    columns: _Columns,
    source: Source,
    inputs: Iterable[Tensor],
) -> Source:
    wrong: dict[str, str] = {}
    booleans: set[str] = set()
    decimals: set[str] = set()
    unknown: dict[str, None] = {}
    for t in inputs:
        array = t.layer in source.arrays
        for name in dict.fromkeys(source.features[t.layer]):
            column = columns.get(name)
            if column is None or name in wrong:
                continue
            if problem := _problem(column, array, text=t.kind == "str"):
                wrong[name] = problem
            elif t.kind != "str" and column.kind == BOOLEAN:
                booleans.add(name)
            elif t.kind != "str" and column.type in dialect.reading.decimals:
                decimals.add(name)
            elif t.kind != "str" and column.kind == UNKNOWN and not array:
                unknown[name] = None
    wrong |= values.no_numbers(engine, dialect, source, list(unknown))
    if wrong:
        listed = some([f"{name} is {problem}" for name, problem in wrong.items()])
        raise InputError(
            f"{shown(source.table)}: {listed}; the model takes numbers or truth values there: "
            'name other columns with features=, or make numbers of it in table="(SELECT ...)"'
        )
    spelled = (dialect.reading.boolean, dialect.reading.booleans)
    if spelled == ("{0}", "{0}"):
        return source
    return replace(source, booleans=frozenset(booleans), decimals=frozenset(decimals))


def _problem(column: ColumnType, array: bool, text: bool) -> str:
    """What keeps a column from feeding an input; empty where nothing does."""
    if column.kind == UNKNOWN and not column.array:
        return ""
    if array and not column.array:
        return f"{column.type}, no array: features= takes a list of columns, or one of arrays"
    if column.array and not array:
        return f"{column.type}, an array: one that holds the whole input is named alone"
    return column.type if column.kind in (TEXT, OTHER) and not text else ""


def some(names: Sequence[str]) -> str:
    """The names, or the first of many."""
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more:,} more" if more > 0 else "")


def shown(table: str) -> str:
    """A source in a message."""
    return "the subquery" if is_subquery(table) else table
