"""Run statements on a target: a database URL, or a connection that the caller holds.

::

    with connect("sqlite:///iris.db") as engine:
        frame = engine.query(program.query, program.columns)

What `connect` opens it closes; a connection that was passed stays open, and the caller's
transaction stays as it was: statements run inside a savepoint of it and are never
committed on the caller's behalf.
"""

from keras2sql.engines.arrow import ClickHouse, DataFusion
from keras2sql.engines.base import Engine
from keras2sql.engines.connections import DBAPI, DuckDB, SQLAlchemy
from keras2sql.engines.spark import Spark
from keras2sql.engines.targets import connect

__all__ = [
    "DBAPI",
    "ClickHouse",
    "DataFusion",
    "DuckDB",
    "Engine",
    "SQLAlchemy",
    "Spark",
    "connect",
]
