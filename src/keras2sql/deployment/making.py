"""The statements that make a view, a table or a macro of a program, or replace one."""

from __future__ import annotations

from keras2sql.deployment.functions import function
from keras2sql.deployment.marks import KINDS, Deployed, opened, views_of
from keras2sql.deployment.remove import drop
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError, UnsupportedDialectError
from keras2sql.sql.names import Names, is_subquery
from keras2sql.statement import Statement


def make(program: Statement, engine: Engine, new: Deployed, old: Deployed | None) -> None:
    """Make it, in the place of the old one if there is one, and mark it."""
    dialect, views = program.dialect, views_of(program.dialect)
    what, name = f"deploying {new.place}", new.place.quoted(dialect)
    drops = [] if old is None else [drop(old, dialect)]
    marks = []
    if views.comment:
        text = dialect.constant(new.mark)
        marks = [views.comment.format(kind=KINDS[new.kind], name=name, text=text)]
    if new.kind == "table":
        with engine.lending(program.tables, dialect):
            engine.execute_script([*drops, *_table(program, new), *marks], what)
    elif new.kind == "macro":
        engine.execute_script([*drops, _macro(program, name), *marks], what)
    elif new.kind == "function":
        own = [settings.sql for settings in dialect.own_session]
        made = [*own, *drops, function(program, engine, name), *marks]
        engine.execute_script(made, what)
    elif old is not None and old.kind == new.kind and views.replace_view:
        replaced = views.replace_view.format(name=name, query=program.query)
        try:
            # Its grants stay, and so do views of it.
            engine.execute_script([replaced, *marks], what)
        except DatabaseError:
            if not views.same_columns:
                raise
            engine.execute_script([*drops, _view(program, new), *marks], what)
    else:
        engine.execute_script([*drops, _view(program, new), *marks], what)


def _view(program: Statement, new: Deployed) -> str:
    dialect = program.dialect
    if views_of(dialect).comment:
        return f"CREATE VIEW {new.place.quoted(dialect)} AS\n{program.query}"
    return f"{opened('view', new.place, dialect)}{new.mark}\n{program.query}"


def _table(program: Statement, new: Deployed) -> list[str]:
    dialect, name = program.dialect, new.place.quoted(program.dialect)
    if views_of(dialect).comment:
        return [f"CREATE TABLE {name} AS\n{program.query}"]
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
