"""Removing what was deployed, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from keras2sql.deployment import listing, marks
from keras2sql.deployment.marks import (
    Deployed,
    Place,
    are_weights,
    called,
    place,
    views_of,
)
from keras2sql.dialects import Dialect
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError
from keras2sql.sql.names import name_parts

_LOG = logging.getLogger("keras2sql")


def undeploy(target: Any, view: str, dialect: str | Dialect | None = None) -> list[str]:
    """Remove a deployed view, table or macro, and those of its tables that no other one uses.

    `target` is as for `Program.run`.  The names of the tables removed: of those that its mark
    names, the ones that carry the mark of weights of this model themselves.  Raises `InputError`
    where keras2sql has deployed nothing of that name, or its mark is damaged, and
    `DatabaseError` where something else reads it.
    """
    target, view = _in_order(target, view)
    with connect(target) as engine:
        found = listing.dialect_of(engine, dialect)
        with listing.changing(engine, found, f"removing {view}"):
            listed = listing.deployed(engine, found)
            wanted = place(name_parts(view), listing.current_schema(engine, found), found)
            old = listing.find(listed, wanted, found)
            if old is None:
                drop_left(engine, listed, found)
                raise InputError(
                    f"keras2sql has deployed no {view} here; `keras2sql status` lists what it has"
                )
            listing.refuse_damaged(old, found)
            engine.execute_script([drop(old, found)], what=f"removing {view}")
            others = [one for one in listed if one is not old]
            dropped = drop_unused(engine, old, others, found)
            return [*dropped, *drop_left(engine, others, found)]


def _in_order(target: Any, view: Any) -> tuple[Any, str]:
    """The two as they should come; versions before took the view first."""
    named = isinstance(target, str) and "://" not in target
    if named and (not isinstance(view, str) or "://" in view):
        _LOG.warning("undeploy(view, target): the database goes first now, undeploy(target, view)")
        target, view = view, target
    if not isinstance(view, str):
        raise InputError(f"undeploy(target, view): {view!r} is no name of a view")
    return target, view


def drop(old: Deployed, dialect: Dialect) -> str:
    return f"DROP {called(old.kind, dialect)} {old.place.quoted(dialect)}"


def drop_unused(
    engine: Engine, old: Deployed, others: Sequence[Deployed], dialect: Dialect
) -> list[str]:
    """Drop the tables of `old`, if they are weights of its model, that no other reads; what
    they were."""
    if not old.tables:
        return []
    here = listing.current_schema(engine, dialect)
    ours = {
        Place(where.schema or here, where.name).folded(dialect)
        for kind, where, text in listing.weights(engine, dialect)
        if kind == "table" and are_weights(where, text, old.model, dialect)
    }
    ours -= {where.folded(dialect) for one in others for where in one.table_places()}
    dropped = []
    # In the order in which a query locks them.
    for table in old.table_places():
        if table.folded(dialect) in ours and _dropped(engine, table, others, dialect):
            dropped.append(table.name)
    return dropped


@contextmanager
def undoing(
    engine: Engine, new: Deployed, old: Deployed | None, dialect: Dialect
) -> Iterator[None]:
    """Where no transaction does it: what fails inside leaves nothing of `new`."""
    try:
        yield
    except Exception:
        if views_of(dialect).commits:
            with suppress(Exception):  # what failed first is what is to be told
                _undo(engine, new, old, dialect)
        raise


def _undo(engine: Engine, new: Deployed, old: Deployed | None, dialect: Dialect) -> None:
    there = listing.deployed(engine, dialect)
    wanted = [marks.beside(new.place)] + ([new.place] if old is None else [])
    folded = {where.folded(dialect) for where in wanted}
    for one in there:
        if one.place.folded(dialect) in folded and one.content == new.content:
            engine.execute_script([drop(one, dialect)], f"removing {one.place}")
    drop_left(engine, listing.deployed(engine, dialect), dialect)


def drop_left(engine: Engine, listed: Sequence[Deployed], dialect: Dialect) -> list[str]:
    """Drop the tables of weights that a deployment has left which was ended, where no transaction
    has undone it: those that nothing `listed` reads."""
    if not views_of(dialect).commits or dialect.tables is None:
        return []
    if any(one.damage for one in listed):  # nobody knows what these read
        return []
    here = listing.current_schema(engine, dialect)
    used = {where.folded(dialect) for one in listed for where in one.table_places()}
    left = [
        where
        for kind, where, text in listing.weights(engine, dialect)
        if kind == "table" and not where.schema and are_weights(where, text, None, dialect)
    ]
    unused = [where for where in left if Place(here, where.name).folded(dialect) not in used]
    return [where.name for where in unused if _dropped(engine, where, listed, dialect)]


def _dropped(engine: Engine, table: Place, others: Iterable[Deployed], dialect: Dialect) -> bool:
    """Whether the table, which none of the `others` reads, is gone; one that a view of the user's
    own reads stays."""
    name = table.quoted(dialect)
    if not engine.exists(name) or _is_read(engine, table, others, dialect):
        return False
    try:
        engine.execute_script([f"DROP TABLE {name}"], what=f"removing {table}")
    except DatabaseError:
        if not views_of(dialect).guarded:
            raise
        return False
    return True


def _is_read(engine: Engine, table: Place, others: Iterable[Deployed], dialect: Dialect) -> bool:
    """Whether more has the name of the table in its text than what reads one of that name in
    another schema."""
    if not views_of(dialect).readers:
        return False
    elsewhere = sum(table.name in one.tables for one in others)
    asked = views_of(dialect).readers.format(name=dialect.constant(table.name))
    found = engine.query(asked, ["count"], what=f"looking for what reads {table}")
    return bool((found["count"] > elsewhere).any())
