"""Whether what is deployed can be read: tried, as a view is not told when its source changes.

What stands in a comment is never run: a source that it names is a quoted name, or left alone.
"""

from __future__ import annotations

from keras2sql.deployment.marks import Deployed
from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError
from keras2sql.lower.source import Source
from keras2sql.sql.names import is_subquery
from keras2sql.statement import Statement

_WORK, _ROWS = 30_000_000, 300_000
"""Multiply-adds, and rows, up to which a view is read as a whole: about a second."""

_LISTED = 500  # columns of a source whose types are noted


def trouble(engine: Engine, one: Deployed, dialect: Dialect) -> str:
    """Why it can't be read, or should not be relied on; empty where all is well."""
    if not engine.may_fail():
        return "not read, as an error would end the transaction that is open"
    if changes := _changes(engine, one, dialect):
        return changes
    try:
        return read(engine, one, dialect)
    except DatabaseError as error:
        return f"can't be read: {error}"


def read(engine: Engine, one: Deployed, dialect: Dialect) -> str:
    """Read all rows where that takes little, one where nobody knows, else plan it alone.

    Raises `DatabaseError` where that fails; says so where all predictions are NULL.
    """
    if one.kind == "function":
        return ""  # it reads no source
    relation = one.place.quoted(dialect) + ("()" if one.kind == "macro" else "")
    names = [name for name, _ in engine.columns(relation)]
    if one.kind == "table":
        return ""
    what, session = f"reading {one.place}", dialect.session
    rows = _source_rows(engine, one, dialect)
    if rows is None:
        engine.query(f"SELECT * FROM {relation} LIMIT 1", session=session, what=what)
    elif rows <= _ROWS and rows * max(one.work, 1) <= _WORK:
        counts = ", ".join(dialect.own(f"count({dialect.quote(name)})") for name in names)
        given = [f"c{i}" for i in range(len(names))]
        known = engine.query(f"SELECT {counts} FROM {relation}", given, session=session, what=what)
        if one.shown and rows and not known.iloc[0, one.shown :].any():
            return f"all predictions are NULL, of the {rows} rows of {one.source}"
    return ""


def read_one(engine: Engine, program: Statement, new: Deployed) -> None:
    """The predictions of one row of the source, or the first of all where it takes no copy."""
    source, dialect = program.source, program.dialect
    own = dialect.reading.pseudo_columns | dialect.reading.lost_names
    if any(name.lower() in own for name in (*source.carried, *source.fed)):
        call = "()" if new.kind == "macro" else ""
        query = f"SELECT * FROM {new.place.quoted(dialect)}{call} LIMIT 1"
    else:
        query = program.over(f"(SELECT * FROM {source.relation(dialect)} LIMIT 1)")
    engine.query(query, session=dialect.session, what=f"reading one row of {new.place}")


def types(engine: Engine, program: Statement) -> dict[str, str]:
    """The types of the source's columns that are read, as the database calls them."""
    source, dialect = program.source, program.dialect
    if is_subquery(source.table):
        return {}
    there = _types_of(engine, source.relation(dialect), dialect)
    names = (*source.carried, *source.fed)[:_LISTED]
    return {name: there[folded] for name in names if (folded := dialect.folded(name)) in there}


def _changes(engine: Engine, one: Deployed, dialect: Dialect) -> str:
    """How the source differs from what it was."""
    relation = _relation(one, dialect)
    if not relation or not one.types:
        return ""
    try:
        there = _types_of(engine, relation, dialect)
    except DatabaseError as error:
        return f"can't be read: {error}"
    now = {name: there.get(dialect.folded(name)) for name in one.types}
    if lost := [name for name, kind in now.items() if kind is None]:
        return f"can't be read: {one.source} has no column {', '.join(lost)} any more"
    other = [
        f"{name}, which was {kind or 'of no type'} and is {now[name] or 'of no type'}"
        for name, kind in one.types.items()
        if now[name] != kind
    ]
    return f"{one.source} has another column {'; '.join(other)}: deploy again" if other else ""


def _types_of(engine: Engine, relation: str, dialect: Dialect) -> dict[str, str]:
    """The type of each column by its folded name."""
    return {dialect.folded(column.name): column.type for column in engine.types(relation)}


def _source_rows(engine: Engine, one: Deployed, dialect: Dialect) -> int | None:
    relation = _relation(one, dialect)
    return engine.count(relation) if relation else None


def _relation(one: Deployed, dialect: Dialect) -> str:
    """The source by its name; empty where it is a query, or not known."""
    if not one.source or one.source.lstrip().startswith("("):
        return ""
    return Source(one.source, (), {}).relation(dialect)
