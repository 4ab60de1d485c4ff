"""Whether a statement fits its table as it is in the database."""

from __future__ import annotations

import logging

from keras2sql.checks.columns import settled
from keras2sql.checks.keys import check_rows
from keras2sql.dialects import Dialect, tables
from keras2sql.engines import Engine
from keras2sql.statement import AnyStatement

_LOG = logging.getLogger("keras2sql")


def checked(statement: AnyStatement, engine: Engine, keys: bool = True) -> AnyStatement:
    """The statement for its table, of whose columns it is known then which are truth values.

    Raises `InputError` for columns that are not there, features that are no numbers, a key
    that comes more than once, rows without an order that the model needs, and a sequence
    of another length than it takes.  Without `keys`, a repeated key is let pass where rows
    need no order.
    """
    dialect, inputs = statement.dialect, statement.network.graph.inputs
    chained = bool(statement.graph.carried)
    source = settled(engine, dialect, statement.source, inputs)
    if keys or chained or source.order is not None or statement.plan.loops:
        steps = any(len(t.shape) > 1 for t in inputs)
        check_rows(engine, dialect, source, sequences=steps, chained=chained)
    return statement if source == statement.source else statement.of(source)


def in_session(statement: AnyStatement, engine: Engine) -> AnyStatement:
    """The statement for a session that makes temporary tables where those of weights are not
    deployed: they have no schema."""
    dialect = statement.dialect
    if not statement.schema or not statement.tables:
        return statement
    names = {tables.name_of(table, dialect): table.rows for table in statement.tables}
    if all(engine.count_if_there(name) == rows for name, rows in names.items()):
        return statement
    _LOG.warning(
        "the weights are not deployed in the schema %s: temporary tables hold them, in no schema",
        statement.schema,
    )
    return statement.in_schema("")


def tell_tests(dialect: Dialect) -> None:
    """Log that the tests can't start the database, if so, and how far they go instead."""
    if dialect.tested != "executed":
        _LOG.info(
            "no test of keras2sql runs on %s itself: %s; verify compares what yours answers",
            dialect.title,
            dialect.how_tested,
        )
