"""What is deployed in a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from keras2sql.deployment import marks
from keras2sql.deployment.marks import Deployed, Place
from keras2sql.dialects import Dialect, get
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError, UnsupportedDialectError

if TYPE_CHECKING:
    import pandas as pd


def status(target: Any, dialect: str | Dialect | None = None) -> pd.DataFrame:
    """What keras2sql has deployed: name, kind, model, hash, keras2sql, tables, rows, state.

    `hash` tells versions of a model apart, `keras2sql` is the version that deployed it,
    `rows` counts those of its tables of weights, `state` is "ok" or says what is wrong.
    """
    import pandas as pd

    with connect(target) as engine:
        found = dialect_of(engine, dialect)
        rows = [_row(engine, one, found) for one in deployed(engine, found)]
    names = ["name", "kind", "model", "hash", "keras2sql", "tables", "rows", "state"]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=names)
    return frame


def dialect_of(engine: Engine, dialect: str | Dialect | None) -> Dialect:
    """The one given, or as the engine says; raises where nothing can be deployed."""
    if not (dialect or engine.dialect_name):
        raise InputError("the target does not tell the kind of database; give its dialect")
    found = get(dialect or engine.dialect_name)
    if not found.storage.deployed:
        raise UnsupportedDialectError(
            f"nothing can be deployed in {found.title}; run `Program.setup` and make a view "
            "of `Program.query`"
        )
    return found


@contextmanager
def changing(engine: Engine, dialect: Dialect, what: str) -> Iterator[None]:
    """A transaction, in which no other deployment changes anything."""
    with engine.transaction(dialect, what):
        engine.execute_script(dialect.storage.lock, what)
        yield


def deployed(engine: Engine, dialect: Dialect) -> list[Deployed]:
    """All that carries the mark, by name."""
    asked = dialect.storage.deployed.format(mark=dialect.constant(marks.START))
    frame = engine.query(asked, ["kind", "schema", "name", "text"], what="reading what is deployed")
    rows = sorted({tuple(map(str, row)) for row in frame.itertuples(index=False)})
    read = (
        marks.read(kind, Place(schema, name), text, dialect) for kind, schema, name, text in rows
    )
    return sorted((one for one in read if one is not None), key=lambda one: str(one.place))


def current_schema(engine: Engine, dialect: Dialect) -> str:
    """The schema in which a bare name is made."""
    return str(
        engine.query(f"SELECT {dialect.storage.schema}", what="reading the schema").iat[0, 0]
    )


def find(listed: Iterable[Deployed], place: Place, dialect: Dialect) -> Deployed | None:
    """The one at this place."""
    wanted = place.folded(dialect)
    return next((one for one in listed if one.place.folded(dialect) == wanted), None)


def _row(engine: Engine, one: Deployed, dialect: Dialect) -> tuple[Any, ...]:
    counted, wrong = 0, []
    for place, wanted in zip(one.table_places(), one.tables.values(), strict=True):
        rows = engine.count_if_there(place.quoted(dialect))
        counted += rows or 0
        if rows is None:
            wrong.append(f"{place.name} is missing")
        elif rows != wanted:
            wrong.append(f"{place.name} has {rows} of {wanted} rows")
    state = "; ".join(wrong) + "; deploy again" if wrong else "ok"
    tables = ", ".join(one.tables)
    return str(one.place), one.kind, one.model, one.content, one.version, tables, counted, state
