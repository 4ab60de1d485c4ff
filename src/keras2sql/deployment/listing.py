"""What is deployed in a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from keras2sql.deployment import marks, reading
from keras2sql.deployment.marks import Deployed, Place, called, views_of
from keras2sql.dialects import DIALECTS, Dialect, get
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError, Keras2SQLError, UnsupportedDialectError

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (
    *("name", "kind", "model", "hash", "keras2sql", "tables", "rows"),
    *("source", "key", "labels", "made", "state"),
)


def status(target: Any, dialect: str | Dialect | None = None) -> pd.DataFrame:
    """What keras2sql has deployed: name, kind, model, hash, keras2sql, tables, rows, source,
    key, labels, made, state.

    `hash` tells versions of a model apart, `keras2sql` is the version that deployed it at the
    time `made` (UTC), `rows` counts those of its tables of weights.  `state` is "ok" where its
    tables are complete and it can be read, which is tried, or says what is wrong.
    """
    import pandas as pd

    with connect(target) as engine:
        found = dialect_of(engine, dialect)
        rows = [_row(engine, one, found) for one in deployed(engine, found)]
    frame: pd.DataFrame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame


def dialect_of(engine: Engine, dialect: str | Dialect | None) -> Dialect:
    """The one given, or as the engine says; raises where nothing can be deployed."""
    if not (dialect or engine.dialect_name):
        raise InputError("the target does not tell the kind of database; give its dialect")
    found = get(dialect or engine.dialect_name)
    if found.views is None or found.predictions is None:
        raise UnsupportedDialectError(
            f"nothing can be deployed in {found.title}; run `Program.setup` and make a view "
            "of `Program.query`"
        )
    own = DIALECTS.get(engine.dialect_name)
    # Another database may answer what it is asked in these words, with nothing.
    if own is not None and own.views is not None and own.views != found.views:
        raise UnsupportedDialectError(
            f"this connection is one to {own.title}, and the dialect is of {found.title}; give its "
            "own"
        )
    return found


@contextmanager
def changing(engine: Engine, dialect: Dialect, what: str) -> Iterator[None]:
    """A transaction, in which no other deployment changes anything; or a lock alone, where what
    is made commits."""
    views = views_of(dialect)
    if views.commits:
        refuse_open(engine, dialect)
        with engine.held(views.held, what), engine.having(dialect.session):
            yield
        return
    with engine.transaction(dialect, what):
        engine.execute_script(views.lock, what)
        with engine.settings(dialect.session):
            yield


def refuse_open(engine: Engine, dialect: Dialect) -> None:
    """Raise `InputError` within a transaction of the caller's, which would be committed."""
    without = dialect.predictions is not None and dialect.predictions.appended
    if not without and engine.in_transaction():
        raise InputError(
            f"a transaction is open on this connection, and {dialect.title} commits it when a "
            "table or a view is made; end it first"
        )


def deployed(engine: Engine, dialect: Dialect) -> list[Deployed]:
    """All that carries the mark, by name; those whose mark is damaged among them."""
    read = [
        marks.read(kind, where, text, dialect)
        for kind, where, text in _marked(engine, dialect, marks.START)
    ]
    return sorted((one for one in read if one is not None), key=lambda one: str(one.place))


def weights(engine: Engine, dialect: Dialect) -> list[tuple[str, Place, str]]:
    """What may be a table of weights: kind, place, and its comment or text."""
    return _marked(engine, dialect, marks.WEIGHTS)


def _marked(engine: Engine, dialect: Dialect, mark: str) -> list[tuple[str, Place, str]]:
    asked = views_of(dialect).deployed.format(mark=dialect.constant(mark), longest=marks.LONGEST)
    what = "reading what is deployed"
    if asked:
        frame = engine.query(asked, ["kind", "schema", "name", "text"], what=what)
        found = [tuple(row) for row in frame.itertuples(index=False)]
    else:
        found = engine.comments(what)
    rows = sorted({tuple(map(_text, row)) for row in found})
    return [(kind, Place(schema, name), text) for kind, schema, name, text in rows]


def _text(value: Any) -> str:
    """NULL is the empty text where sql_mode=EMPTY_STRING_IS_NULL has made it of that."""
    return "" if value is None else str(value)


def current_schema(engine: Engine, dialect: Dialect) -> str:
    """The schema in which a bare name is made."""
    asked = views_of(dialect).schema
    if not asked:
        return engine.schema_in_use()
    return str(engine.query(f"SELECT {asked}", what="reading the schema").iat[0, 0])


def find(listed: Iterable[Deployed], place: Place, dialect: Dialect) -> Deployed | None:
    """The one at this place."""
    wanted = place.folded(dialect)
    return next((one for one in listed if one.place.folded(dialect) == wanted), None)


def refuse_damaged(one: Deployed, dialect: Dialect) -> None:
    """Raise `InputError` for what can't be told to be keras2sql's."""
    if one.damage:
        what = f"{called(one.kind, dialect)} {one.place.quoted(dialect)}"
        raise InputError(
            f"{one.place} carries a damaged mark of keras2sql ({one.damage}), by which nothing can "
            f"be told; if it is not needed, DROP {what}"
        )


def _row(engine: Engine, one: Deployed, dialect: Dialect) -> tuple[Any, ...]:
    try:
        counted, state = _state(engine, one, dialect)
    except Keras2SQLError as error:
        counted, state = 0, str(error)
    lists = (", ".join(names) for names in (one.key, one.labels))
    return (
        *(str(one.place), one.kind, one.model, one.content, one.version),
        *(", ".join(one.tables), counted, one.source, *lists, one.made, state),
    )


def _state(engine: Engine, one: Deployed, dialect: Dialect) -> tuple[int, str]:
    """The rows of its tables, and "ok" or what is wrong."""
    if one.damage:
        return 0, f"its mark is damaged: {one.damage}"
    counted, wrong = 0, []
    for place, wanted in zip(one.table_places(), one.tables.values(), strict=True):
        rows = engine.count_if_there(place.quoted(dialect))
        counted += rows or 0
        if rows is None:
            wrong.append(f"{place.name} is missing")
        elif rows != wanted:
            wrong.append(f"{place.name} has {rows} of {wanted} rows")
    if wrong:
        return counted, "; ".join(wrong) + "; deploy again"
    return counted, reading.trouble(engine, one, dialect) or "ok"
