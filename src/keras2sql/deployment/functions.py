"""A function of the values of one row, which gives its predictions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras2sql.deployment.marks import views_of
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedDialectError
from keras2sql.sql.names import Names
from keras2sql.statement import Statement


def function(program: Statement, engine: Engine, name: str) -> str:
    """The statement that makes it: an argument for each column that feeds the model, in their
    order and of the types that they have in the source, and a column for each prediction.

    Raises `UnsupportedDialectError` where the database has no such functions, or a prediction is
    made of several rows.
    """
    dialect, source = program.dialect, program.source
    if not views_of(dialect).function:
        raise UnsupportedDialectError(
            f"keras2sql makes no functions of the values of a row in {dialect.title}; make a view"
        )
    if source.order is not None or program.graph.carried:
        raise UnsupportedDialectError(
            "a function takes the values of one row, and these predictions are made of several; "
            "make a view"
        )
    views = views_of(dialect)
    arguments = _arguments(program, _types(engine, program, source.relation(dialect)))
    result = _types(engine, program, f"({program.query}) AS predicted")
    columns = [
        f"{dialect.quote(output)} {result[dialect.folded(output)]}"
        for output in program.graph.outputs
    ]
    query, tag = _of_arguments(program, [views.argument.format(**one) for one in arguments]), "row"
    while f"${tag}" in query:  # as a label may say
        tag += "_"
    return views.function.format(
        name=name,
        tag=tag,
        arguments=", ".join(views.parameter.format(**one) for one in arguments),
        columns=",\n  ".join(columns),
        query=query,
    )


def _arguments(program: Statement, types: dict[str, str]) -> list[dict[str, Any]]:
    """The number, name and type of each argument; no name of theirs occurs in the query."""
    dialect, query = program.dialect, program.query.lower()
    found: dict[str, dict[str, Any]] = {}
    for n, column in enumerate(program.source.fed, 1):
        wish = f"given_{Names.plain(column, str(n))}"
        while wish in query or wish in found:
            wish += "_"
        found[wish] = {"n": n, "name": wish, "type": types[dialect.folded(column)]}
    return list(found.values())


def _of_arguments(program: Statement, arguments: list[str]) -> str:
    """The predictions of one row, whose values are the `arguments`, as they are spelled."""
    dialect, source = program.dialect, program.source
    given = [
        f"{argument} AS {dialect.quote(column)}"
        for argument, column in zip(arguments, source.fed, strict=True)
    ]
    key = [f"1 AS {dialect.quote(column)}" for column in source.key if column not in source.fed]
    row = f"(SELECT {', '.join([*key, *given])})"
    one = program.for_all_rows(lambda: 1).of(replace(source, table=row, passthrough=(), called={}))
    outputs = ", ".join(f"predicted.{dialect.quote(output)}" for output in program.graph.outputs)
    return f"SELECT {outputs} FROM (\n{one.query}\n) AS predicted"


def call_of_nothing(program: Statement) -> str:
    """A call with NULL for every argument."""
    return f"({', '.join(['NULL'] * len(program.source.fed))})"


def _types(engine: Engine, program: Statement, relation: str) -> dict[str, str]:
    return {program.dialect.folded(one.name): one.type for one in engine.types(relation)}
