"""The statements that make a view, a table or a macro of a program, or replace one."""

from __future__ import annotations

import dataclasses

from keras2sql.deployment.functions import function
from keras2sql.deployment.marks import (
    Deployed,
    Place,
    beside,
    called,
    in_step,
    opened,
    views_of,
    written,
)
from keras2sql.deployment.remove import drop
from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, UnsupportedDialectError
from keras2sql.sql.names import Names, is_subquery
from keras2sql.statement import Statement, inside


def make(program: Statement, engine: Engine, new: Deployed, old: Deployed | None) -> None:
    """Make it, in the place of the old one if there is one, and mark it."""
    dialect, views = program.dialect, views_of(program.dialect)
    what, name = f"deploying {new.place}", new.place.quoted(dialect)
    drops = [] if old is None else [drop(old, dialect)]
    marks = []
    if views.comment:
        text = dialect.constant(new.mark)
        marks = [views.comment.format(kind=called(new.kind, dialect), name=name, text=text)]
    replaced = old is not None and old.kind == new.kind == "view" and bool(views.replace_view)
    if views.commits and (new.kind == "table" or (old is not None and not replaced)):
        _beside(program, engine, new, old)
    elif new.kind == "table":
        with engine.lending(program.tables, dialect):
            engine.execute_script([*drops, *_table(program, new), *marks], what)
    elif new.kind == "macro":
        engine.execute_script([*drops, _macro(program, name), *marks], what)
    elif new.kind == "function":
        own = [settings.sql for settings in dialect.own_session]
        made = [*own, *drops, function(program, engine, name), *marks]
        engine.execute_script(made, what)
    elif replaced:
        try:
            # Its grants stay, and so do views of it.
            engine.execute_script([_view(program, new, views.replace_view), *marks], what)
        except DatabaseError:
            if not views.same_columns:
                raise
            engine.execute_script([*drops, _view(program, new), *marks], what)
    else:
        engine.execute_script([*drops, _view(program, new), *marks], what)


def _beside(program: Statement, engine: Engine, new: Deployed, old: Deployed | None) -> None:
    """Make it under another name, under which it is ours already, and put it where it belongs."""
    dialect, views = program.dialect, views_of(program.dialect)
    what, staging = f"deploying {new.place}", beside(new.place)
    made = dataclasses.replace(new, place=staging)
    if new.kind == "table":
        with engine.lending(program.tables, dialect):
            engine.execute_script(_table(program, made), what)
    else:
        engine.execute_script([_view(program, made)], what)
    names = {
        "name": new.place.quoted(dialect),
        "staging": staging.quoted(dialect),
        "spare": beside(staging).quoted(dialect),
        "kind": called(new.kind, dialect),
    }
    if old is None:
        engine.execute_script([line.format(**names) for line in views.move], what)
    elif views.swap:
        engine.execute_script([line.format(**names) for line in views.swap], what)
        engine.execute_script([drop(dataclasses.replace(old, place=staging), dialect)], what)
    else:
        moved = [line.format(**names) for line in views.move]
        engine.execute_script([drop(old, dialect), *moved], what)


def drop_unfinished(engine: Engine, listed: list[Deployed], where: Place, dialect: Dialect) -> None:
    """Drop what a deployment to this place has left beside it, so far as it carries the mark."""
    if not views_of(dialect).commits:  # then nothing stands beside it
        return
    wanted = beside(where).folded(dialect)
    for one in [one for one in listed if one.place.folded(dialect) == wanted]:
        if not one.damage:
            engine.execute_script([drop(one, dialect)], f"removing {one.place}")
            listed.remove(one)


def _view(program: Statement, new: Deployed, template: str = "") -> str:
    dialect, views = program.dialect, views_of(program.dialect)
    name, query = new.place.quoted(dialect), program.query
    if views.step:
        query = in_step(query, new.mark, dialect)
    elif not views.commented("view"):
        return f"{opened('view', new.place, dialect)}{new.mark}\n{query}"
    text = dialect.constant(new.mark)
    return (template or views.view).format(name=name, query=query, text=text)


def _table(program: Statement, new: Deployed) -> list[str]:
    dialect, name = program.dialect, new.place.quoted(program.dialect)
    views = views_of(dialect)
    if views.commented("table"):
        text = dialect.constant(written(new.mark_within(views.longest), dialect))
        keys = ", ".join(map(dialect.quote, new.key))
        made = views.table.format(name=name, text=text, keys=keys, query=inside(program))
        return [made]
    # Without types the values keep their own.
    columns = ",\n  ".join(map(dialect.quote, program.columns))
    create = f"{opened('table', new.place, dialect)}{new.mark}\n  {columns}\n)"
    return [create, f"INSERT INTO {name}\n{program.query}"]


def _macro(program: Statement, name: str) -> str:
    """A function of the name of a table, by default the source; over a subquery, of none."""
    dialect, source = program.dialect, program.source
    if not views_of(dialect).macro:
        raise UnsupportedDialectError(f"{dialect.title} has no macros that give rows; make a view")
    arguments, query = "", program.query
    if not is_subquery(source.table):
        features = [name for names in program.features.values() for name in names]
        argument = dialect.quote(Names([*source.carried, *features]).take("source_table"))
        arguments = f"{argument} := {dialect.constant(source.quoted_name(dialect))}"
        query = program.over(f"(SELECT * FROM query_table({argument}))")
    return views_of(dialect).macro.format(name=name, arguments=arguments, query=query)
