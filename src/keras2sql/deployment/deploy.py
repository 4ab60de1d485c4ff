"""A program becomes a view, a table or a macro of a database, in one transaction."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from typing import Any

from keras2sql.checks import checked, in_session
from keras2sql.deployment import listing, marks, reading
from keras2sql.deployment.functions import call_of_nothing
from keras2sql.deployment.making import drop_unfinished, make
from keras2sql.deployment.marks import KINDS, Deployed, Place, place, views_of
from keras2sql.deployment.remove import drop_left, drop_unused, undoing
from keras2sql.dialects import Dialect
from keras2sql.engines import Engine, connect
from keras2sql.errors import DatabaseError, InputError, UnsupportedDialectError, one_line
from keras2sql.sql.names import is_subquery, name_parts
from keras2sql.statement import Statement, inside
from keras2sql.version import __version__


def deploy(
    program: Statement, target: Any, view: str, replace: bool = False, kind: str = "view"
) -> Deployed:
    """Load the tables, make the view, drop the tables of a version that it replaces.

    All of it is one transaction, or else goes in this order, so that at any moment the view
    answers by the one version or by the other: what is ended then leaves tables of weights that
    nobody reads, or NAME_unfinished, which the next deployment drops.

    Raises `InputError` where something of that name is there already: another version without
    `replace`, or what keras2sql did not make.
    """
    if kind not in KINDS:
        raise InputError(f"kind={kind!r}: choose one of {', '.join(KINDS)}")
    with connect(target) as engine:
        dialect = listing.dialect_of(engine, program.dialect)
        _refuse_lost(program, kind)
        _refuse_kind(program, kind)
        program = checked(program, engine)
        if kind == "table":
            source = program.source.relation(program.dialect)
            program = in_session(program.for_all_rows(lambda: engine.count(source)), engine)
        broken = _is_broken(engine, view, dialect)
        with listing.changing(engine, dialect, f"deploying {view}"):
            schema = listing.current_schema(engine, dialect)
            where = place(name_parts(view), schema, dialect)
            _refuse_source(program, where, schema)
            _refuse_schema(program, where)
            listed = listing.deployed(engine, dialect)
            drop_unfinished(engine, listed, where, dialect)
            old = listing.find(listed, where, dialect)
            new = _new(program, engine, where, kind, program.schema or schema)
            if old is None:
                _refuse_taken(program, engine, where)
            else:
                listing.refuse_damaged(old, dialect)
            stays = old is not None and _stays(old, new, replace)
            with undoing(engine, new, old, dialect):
                _load(program, engine, new)
                if stays and not broken:
                    drop_left(engine, listed, dialect)
                    return dataclasses.replace(old or new, change="unchanged")
                if views_of(dialect).commits:
                    _try(program, engine, new)
                with engine.settings(program.own_settings):
                    make(program, engine, new, old)
                _check(program, engine, new)
            now = [*(one for one in listed if one is not old), new]
            if old is not None:
                drop_unused(engine, old, now, dialect)
                new = dataclasses.replace(new, change="replaced")
            drop_left(engine, now, dialect)
            return new


def _new(program: Statement, engine: Engine, where: Place, kind: str, schema: str) -> Deployed:
    now = datetime.datetime.now(datetime.timezone.utc)
    return Deployed(
        place=where,
        kind=kind,
        model=program.name,
        content=_content(program, kind),
        version=__version__,
        schema=schema,
        tables={} if kind == "table" else {t.name: t.rows for t in program.tables},
        source=one_line(program.source.table, 300),
        key=program.source.key,
        labels=tuple(map(str, program.labels or ())),
        made=now.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00"),
        work=program.graph.multiply_adds(),
        shown=len(program.source.shown),
        types=reading.types(engine, program),
    )


def _is_broken(engine: Engine, view: str, dialect: Dialect) -> bool:
    """Whether what stands there can't be read, so that it is to be made anew.

    Asked before the transaction, which an error may end.
    """
    where = place(name_parts(view), listing.current_schema(engine, dialect), dialect)
    old = listing.find(listing.deployed(engine, dialect), where, dialect)
    if old is None or old.damage or not engine.may_fail():
        return False
    missing = any(not engine.exists(t.quoted(dialect)) for t in old.table_places())
    return not missing and bool(reading.trouble(engine, old, dialect))


def _content(program: Statement, kind: str) -> str:
    """A hash of the query without its header, which names the version that wrote it."""
    query = program.query
    for line in program.lowered.query.header:
        query = query.removeprefix(f"-- {line}\n")
    return hashlib.sha256(f"{kind}\n{query}".encode()).hexdigest()[:12]


def _refuse_source(program: Statement, where: Place, schema: str) -> None:
    source, dialect = program.source.table, program.dialect
    if is_subquery(source) or len(parts := name_parts(source)) > 2:
        return
    if place(parts, schema, dialect).folded(dialect) == where.folded(dialect):
        raise InputError(f"{where} is the source itself; choose another name for the view")


def _refuse_lost(program: Statement, kind: str) -> None:
    """A column that the view would have under another name."""
    lost = [name for name in program.columns if name.lower() in program.dialect.reading.lost_names]
    if lost and kind == "view":
        raise InputError(
            f"{program.dialect.title} can't call a view's column {', '.join(lost)}; give it "
            'another name with table="(SELECT ... AS ...)", or deploy a table'
        )


def _refuse_schema(program: Statement, where: Place) -> None:
    """A place where `status` would not look, before anything is made there."""
    if where.schema and not views_of(program.dialect).deployed:
        raise InputError(
            f"{where} is not in the schema in use, where `status` looks in {program.dialect.title}"
        )


def _refuse_kind(program: Statement, kind: str) -> None:
    """What this database can't keep under a mark, or would read wrongly."""
    dialect = program.dialect
    if kind == "table" and not views_of(dialect).table:
        raise UnsupportedDialectError(
            f"{dialect.title} has no comments, by which a table could be told to be keras2sql's; "
            "make a view, or fill a table by `Program.score_into` (predict --into)"
        )
    if kind == "view" and program.schema and program.tables and views_of(dialect).apart:
        raise UnsupportedDialectError(
            f"a view of {dialect.title} reads no tables of another database, as weights in "
            f"{program.schema} would be; leave schema out, or deploy a table"
        )
    if kind == "view" and inside(program) != program.query:
        raise UnsupportedDialectError(
            f"in a view of {dialect.title} a recursion ends early, and rows would be missing, as "
            "its setting can't stand there; deploy a table"
        )


def _refuse_taken(program: Statement, engine: Engine, where: Place) -> None:
    if engine.exists(where.quoted(program.dialect)):
        raise InputError(
            f"there is a {where} already that keras2sql did not make; drop it or choose another "
            "name"
        )


def _stays(old: Deployed, new: Deployed, replace: bool) -> bool:
    """Whether what stands there is the same already; raises where it may not be replaced."""
    same = (old.kind, old.model, old.content) == (new.kind, new.model, new.content)
    if same and not (replace and new.kind == "table"):
        return True
    if replace:
        return False
    raise InputError(
        f"{new.place} is deployed already, a {old.kind} of {old.model}, version {old.content}; "
        f"replace puts the {new.kind} of {new.model}, version {new.content}, in its place"
    )


def _load(program: Statement, engine: Engine, new: Deployed) -> None:
    """The tables that it will read; one of predictions has read them."""
    dialect = program.dialect
    note = marks.written(marks.weights(program.name), dialect)
    for table in program.tables if new.tables else ():
        engine.load(table, dialect, note=note)


def _try(program: Statement, engine: Engine, new: Deployed) -> None:
    """Raise where it would not answer, before it is made."""
    if new.kind == "table":
        return  # it is filled before it takes its place
    reading.read_one(engine, program, new)
    found = engine.columns(f"(\n{program.query}\n) AS predictions")
    if len(found) != len(program.columns):
        raise DatabaseError(
            f"{new.place} would have {len(found)} columns, not {len(program.columns)}"
        )


def _check(program: Statement, engine: Engine, new: Deployed) -> None:
    """Raise, which undoes it all, where it does not answer or is not found again."""
    dialect = program.dialect
    call = {"macro": "()", "function": call_of_nothing(program)}.get(new.kind, "")
    found = engine.columns(f"{new.place.quoted(dialect)}{call}")
    if new.kind != "table":
        reading.read_one(engine, program, new)
        reading.read(engine, new, dialect)
    many = len(program.graph.outputs if new.kind == "function" else program.columns)
    if len(found) != many:
        raise DatabaseError(f"{new.place} has {len(found)} columns, not {many}")
    if listing.find(listing.deployed(engine, dialect), new.place, dialect) is None:
        raise InputError(
            f"{new.place} would stand where `status` does not look; deploy it into a schema of "
            "the database in use"
        )
