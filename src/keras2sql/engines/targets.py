"""From a URL, or an object that the caller holds, to an engine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from keras2sql.engines.arrow import ClickHouse, DataFusion
from keras2sql.engines.base import Engine, message
from keras2sql.engines.connections import DBAPI, DuckDB, SQLAlchemy
from keras2sql.engines.firebird import Firebird
from keras2sql.engines.spark import Spark
from keras2sql.engines.urls import checked, parsed, shown
from keras2sql.errors import DatabaseError, InputError
from keras2sql.passwords import hide, secrets

_PACKAGES = {
    "psycopg": "keras2sql[postgres]",
    "psycopg2": "keras2sql[postgres]",
    "pymysql": "keras2sql[mariadb]",
    "MySQLdb": "mysqlclient",
    "firebird": "keras2sql[firebird]",
    "pymonetdb": "keras2sql[monetdb]",
    "pyodbc": "keras2sql[mssql]",
    "oracledb": "keras2sql[oracle]",
    "redshift_connector": "keras2sql[redshift]",
}
"""What installs a driver, where that is not its import name."""

_BROUGHT = ("hive", "impala", "monetdb", "snowflake", "trino", "redshift")
"""Databases whose dialect of SQLAlchemy comes with their driver, by the extra of that name."""


@contextmanager
def connect(target: Any) -> Iterator[Engine]:
    """Reach the target: a SQLAlchemy URL or engine, a DB-API, a DuckDB or a chDB connection,
    or a DataFusion or Spark session.

    Raises `InputError` for what is none of these, and `DatabaseError` where the database
    can't be reached or its driver is not installed.
    """
    if isinstance(target, Engine):
        yield target
    elif isinstance(target, str):
        with _open(target) as engine:
            yield engine
    else:
        with _wrap(target) as engine:
            yield engine


def _wrap(target: Any) -> AbstractContextManager[Engine]:
    """An engine over an object that the caller holds."""
    module = type(target).__module__.split(".")[0]
    if module in ("duckdb", "_duckdb") and hasattr(target, "execute"):
        return nullcontext(DuckDB(target))
    if module == "chdb" and hasattr(target, "query"):
        return nullcontext(ClickHouse(target))
    if module == "datafusion" and hasattr(target, "sql"):
        return nullcontext(DataFusion(target))
    if module == "firebird" and hasattr(target, "main_transaction"):
        return nullcontext(Firebird(target))
    if module == "pyspark" and hasattr(target, "sql"):
        return nullcontext(Spark(target))
    if hasattr(target, "exec_driver_sql"):
        driver = getattr(target.connection, "driver_connection", None)
        # SQLAlchemy's begin() begins nothing on a connection that commits by itself, and
        # sqlite3 leaves CREATE TABLE outside of a transaction that no BEGIN has opened.
        if _commits_by_itself(driver) or target.dialect.driver == "pysqlite":
            return nullcontext(DBAPI(driver))
        # SQLAlchemy asks for the number of rows that a CREATE TABLE changed, and the driver raises.
        if target.dialect.driver == "firebird-driver":
            return nullcontext(Firebird(driver))
        return nullcontext(SQLAlchemy(target))
    if hasattr(target, "dialect") and hasattr(target, "connect"):
        return _checkout(target)
    target = getattr(target, "driver_connection", None) or target  # of a SQLAlchemy pool
    if hasattr(target, "cursor"):
        return nullcontext(DBAPI(target))
    raise InputError(
        f"a {type(target).__name__} is no database: pass a URL such as 'sqlite:///my.db', "
        "a SQLAlchemy engine, a DB-API, DuckDB or chDB connection, or a DataFusion or Spark session"
    )


def _commits_by_itself(driver: Any) -> bool:
    found = getattr(driver, "get_autocommit", None) or getattr(driver, "autocommit", None)
    return (found() if callable(found) else found) is True


@contextmanager
def _checkout(engine: Any) -> Iterator[Engine]:
    url = checked(engine.url)
    hidden = secrets(url.render_as_string(hide_password=False))
    try:
        connection = engine.connect()
    except Exception as error:
        raise _failed(f"can't reach {shown(url)}", error, hidden) from _cause(error, hidden)
    with connection, _wrap(connection) as wrapped:
        wrapped.secrets = hidden
        yield wrapped


def _failed(what: str, error: Exception, hidden: Collection[str]) -> DatabaseError:
    """The error for what a driver raised, which may repeat the URL it was given."""
    return DatabaseError(f"{what}: {hide(message(error), hidden)}")


def _cause(error: Exception, hidden: Collection[str]) -> Exception | None:
    """The driver's own error for a traceback, unless that would show what is hidden."""
    chain: list[BaseException] = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) and before not in chain:
        chain.append(before)
    said = "\n".join(map(str, chain))
    return error if hide(said, hidden) == said else None


@contextmanager
def _open(url: str) -> Iterator[Engine]:
    """An engine over a connection opened for this URL."""
    found = parsed(url)
    family = found.get_backend_name()
    if family in ("sqlite", "duckdb", "chdb"):
        _must_exist(found.database, family)
    if family == "chdb":
        with _open_chdb(found.database or ":memory:") as engine:
            yield engine
    elif family == "duckdb":
        config, hidden = dict(found.query), secrets(url)
        with _open_duckdb(found.database or ":memory:", config, hidden) as engine:
            engine.secrets = hidden
            yield engine
    else:
        with _open_sqlalchemy(found) as engine:
            yield engine


def _must_exist(path: str | None, family: str) -> None:
    """Refuse a path that the engine would silently turn into an empty database."""
    if not path or path == ":memory:" or path.startswith(("file:", "md:", "motherduck:")):
        return
    if not os.path.exists(path):
        raise DatabaseError(f"there is no {family} database at '{path}'")


@contextmanager
def _open_duckdb(path: str, config: dict[str, Any], hidden: Collection[str]) -> Iterator[Engine]:
    import duckdb

    try:
        connection = duckdb.connect(path, config=config)
    except Exception as error:
        what = f"can't open duckdb database '{path}'"
        raise _failed(what, error, hidden) from _cause(error, hidden)
    try:
        yield DuckDB(connection)
    finally:
        connection.close()


@contextmanager
def _open_chdb(path: str) -> Iterator[Engine]:
    try:
        import chdb
    except ModuleNotFoundError as error:
        raise DatabaseError("no driver for chdb: pip install 'keras2sql[clickhouse]'") from error
    try:
        connection = chdb.connect(path)  # type: ignore[no-untyped-call]
    except Exception as error:
        raise DatabaseError(f"can't open chdb database '{path}': {message(error)}") from error
    try:
        yield ClickHouse(connection)
    finally:
        connection.close()


@contextmanager
def _open_sqlalchemy(url: Any) -> Iterator[Engine]:
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    if url.drivername == "postgresql":  # whichever of its two drivers there is
        installed = [d for d in ("psycopg", "psycopg2") if importlib.util.find_spec(d)]
        url = url.set(drivername="+".join(["postgresql", *installed[:1]]))
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        extra = _PACKAGES.get(error.name or "", error.name)
        raise DatabaseError(
            f"no driver for {url.get_backend_name()}: pip install '{extra}'"
        ) from error
    except sqlalchemy.exc.NoSuchModuleError as error:
        family = url.get_backend_name()
        brought = "install the package that brings its dialect"
        if family in _BROUGHT:
            brought = f"pip install 'keras2sql[{family}]'"
        raise DatabaseError(f"SQLAlchemy knows no '{url.drivername}': {brought}") from error
    except Exception as error:  # a dialect may raise anything over its options
        hidden = secrets(url.render_as_string(hide_password=False))
        said = hide(message(error), hidden)
        raise InputError(f"database URL: {said}") from _cause(error, hidden)
    try:
        with _checkout(engine) as opened:
            yield opened
    finally:
        engine.dispose()
