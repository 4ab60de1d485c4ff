"""Run statements on a target: a database URL, or a connection that the caller holds.

::

    with connect("sqlite:///iris.db") as engine:
        frame = engine.query(program.query, program.columns)

What `connect` opens it closes; a connection that was passed stays open, and the caller's
transaction stays as it was: statements run inside a savepoint of it and are never
committed on the caller's behalf.
"""

from __future__ import annotations

import importlib.util
import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

from keras2sql.errors import DatabaseError, InputError, Keras2SQLError, one_line

if TYPE_CHECKING:
    import pandas as pd

Rows = list[tuple[Any, ...]]
Described = list[tuple[str, str]]
"""Columns of a result: name, and type as far as the driver tells it."""

_SAVEPOINT = "keras2sql_step"
_MESSAGE_LIMIT = 600

# Type names and codes (PostgreSQL's oids) by which drivers describe floating point columns.
_FLOATS = {"DOUBLE", "FLOAT", "REAL", "DOUBLE PRECISION", "FLOAT4", "FLOAT8", "700", "701"}
# What DuckDB's own conversion to pandas keeps exactly.
_DUCKDB_EXACT = _FLOATS | {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "VARCHAR"}

# Import name of a driver -> (dialect, what installs it)
_DRIVERS = {
    "sqlite3": ("sqlite", ""),
    "apsw": ("sqlite", "apsw"),
    "psycopg": ("postgresql", "keras2sql[postgres]"),
    "psycopg2": ("postgresql", "psycopg2-binary"),
    "pymysql": ("mysql", "pymysql"),
    "MySQLdb": ("mysql", "mysqlclient"),
    "mariadb": ("mariadb", "mariadb"),
    "oracledb": ("oracle", "oracledb"),
    "pyodbc": ("", "pyodbc"),
}


class Engine(ABC):
    """A database that answers.

    `dialect_name` is what its driver calls it ("duckdb", "sqlite", "postgresql", ...),
    empty where the driver does not tell.
    """

    dialect_name: str

    # -- what a kind of connection must say

    @abstractmethod
    def _run(self, sql: str) -> tuple[Rows, Described]:
        """Execute one statement exactly as written; no parameters."""

    @abstractmethod
    def _transaction(self, keep: bool) -> AbstractContextManager[None]:
        """A transaction, or a savepoint in the caller's; undone at the end unless `keep`."""

    def _frame(self, sql: str) -> tuple[pd.DataFrame, Described]:
        import pandas as pd

        rows, described = self._run(sql)
        return pd.DataFrame(rows, columns=range(len(described)) if described else None), described

    # -- what users of the module call

    def query(
        self,
        sql: str,
        names: Sequence[str] | None = None,
        *,
        session: Sequence[str] = (),
        floats: Collection[str] = (),
        what: str = "the query",
    ) -> pd.DataFrame:
        """The result of one SELECT; its columns are called `names`, by position.

        `session` statements run before it and end with it.  NULL becomes NaN in columns of
        floating point numbers and in those that `floats` names.
        """
        with self._named(what), self._transaction(keep=False):
            for statement in session:
                self._run(statement)
            frame, described = self._frame(sql)
        titles = [name for name, _ in described] if names is None else list(names)
        if len(titles) != frame.shape[1]:
            raise DatabaseError(f"{what}: {frame.shape[1]} columns came back, not {len(titles)}")
        kinds = [kind for _, kind in described] or [""] * len(titles)
        for i, (title, kind) in enumerate(zip(titles, kinds, strict=True)):
            if kind in _FLOATS or title in floats:
                frame[frame.columns[i]] = frame[frame.columns[i]].astype("float64")
        frame.columns = titles
        return frame

    def columns(self, source: str) -> Described:
        """Names and types of the columns of `source`: a quoted table, or a subquery."""
        with self._named(f"reading the columns of {source}"), self._transaction(keep=False):
            return self._run(f"SELECT * FROM {source} WHERE 1 = 0")[1]

    def exists(self, table: str) -> bool:
        """Whether there is a table or view of this (quoted) name."""
        try:
            self.columns(table)
        except DatabaseError:
            return False
        return True

    def execute_script(self, statements: Sequence[str], what: str = "setup") -> None:
        """Run the statements in one transaction, where the engine has them for such."""
        with self._named(what), self._transaction(keep=True):
            for i, statement in enumerate(statements, 1):
                with self._named(f"{what}, statement {i} of {len(statements)}"):
                    self._run(statement)

    def create_table_as(self, table: str, query: str, session: Sequence[str] = ()) -> None:
        """Make a new (quoted) table of the result of a query."""
        if self.exists(table):
            raise InputError(f"there is a table {table} already; drop it or choose another name")
        with self._named(f"creating {table}"), self._transaction(keep=True):
            for statement in session:
                self._run(statement)
            self._run(f"CREATE TABLE {table} AS\n{query}")

    def version(self) -> str:
        """The engine's name and version, for people."""
        title = {"duckdb": "DuckDB", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
        function = "sqlite_version()" if self.dialect_name == "sqlite" else "version()"
        try:
            found = str(self.query(f"SELECT {function}", what="version").iat[0, 0])
        except DatabaseError:
            return self.dialect_name or "database"
        number = next((word for word in found.split() if word.lstrip("v")[:1].isdigit()), found)
        return f"{title.get(self.dialect_name, self.dialect_name)} {number.lstrip('v')}"

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Turn what a driver raises into a `DatabaseError` that names the statement."""
        try:
            yield
        except (Keras2SQLError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise DatabaseError(f"{what}: {message(error)}") from error


def message(error: BaseException) -> str:
    """What the engine itself said, without the statement that SQLAlchemy repeats."""
    original = getattr(error, "orig", None) or error
    return one_line(str(original) or type(original).__name__, _MESSAGE_LIMIT)


class DuckDB(Engine):
    """A native DuckDB connection."""

    dialect_name = "duckdb"

    def __init__(self, connection: Any, owned: bool = False) -> None:
        self.connection = connection
        self.owned = owned

    def _run(self, sql: str) -> tuple[Rows, Described]:
        result = self.connection.execute(sql)
        described = [(d[0], str(d[1])) for d in self.connection.description or ()]
        return (result.fetchall() if described else []), described

    def _frame(self, sql: str) -> tuple[pd.DataFrame, Described]:
        result = self.connection.execute(sql)
        described = [(d[0], str(d[1])) for d in self.connection.description or ()]
        if all(kind in _DUCKDB_EXACT for _, kind in described):
            return result.df(), described
        import pandas as pd

        return pd.DataFrame(result.fetchall(), columns=range(len(described))), described

    @contextmanager
    def _transaction(self, keep: bool) -> Iterator[None]:
        # DuckDB has no savepoints, does not tell whether a transaction is open, and a BEGIN
        # inside one aborts it: on a connection of the caller's nothing is begun.
        if not self.owned:
            yield
            return
        self.connection.begin()
        try:
            yield
        except BaseException:
            self.connection.rollback()
            raise
        if keep:
            self.connection.commit()
        else:
            self.connection.rollback()


class SQLAlchemy(Engine):
    """A SQLAlchemy connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.dialect_name = str(connection.dialect.name)

    def _run(self, sql: str) -> tuple[Rows, Described]:
        # Without parameters the driver leaves % and : in names and labels alone.
        result = self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
        if not result.returns_rows:
            return [], []
        described = [(d[0], str(d[1])) for d in result.cursor.description]
        return [tuple(row) for row in result.fetchall()], described

    @contextmanager
    def _transaction(self, keep: bool) -> Iterator[None]:
        inside = self.connection.in_transaction()
        transaction = self.connection.begin_nested() if inside else self.connection.begin()
        try:
            yield
        except BaseException:
            transaction.rollback()
            raise
        if keep:
            transaction.commit()
        else:
            transaction.rollback()


class DBAPI(Engine):
    """A connection as PEP 249 has it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        module = type(connection).__module__.split(".")[0]
        self.dialect_name = _DRIVERS.get(module, ("", ""))[0]

    def _run(self, sql: str) -> tuple[Rows, Described]:
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            if not cursor.description:
                return [], []
            described = [(d[0], str(d[1])) for d in cursor.description]
            return [tuple(row) for row in cursor.fetchall()], described
        finally:
            cursor.close()

    def _in_transaction(self) -> bool | None:
        """Whether the caller has one open; None where the driver does not tell."""
        found = getattr(self.connection, "in_transaction", None)
        if isinstance(found, bool):
            return found
        status = getattr(getattr(self.connection, "info", None), "transaction_status", None)
        return None if status is None else int(status) != 0

    @contextmanager
    def _transaction(self, keep: bool) -> Iterator[None]:
        inside = self._in_transaction()
        if inside is None:
            yield
            return
        begin, commit, undo = self._spelling(inside)
        self._all(begin)
        try:
            yield
        except BaseException:
            with suppress(Exception):  # a lost connection can't roll back either
                self._all(undo)
            raise
        self._all(commit if keep else undo)

    def _spelling(self, inside: bool) -> tuple[list[str], list[str], list[str]]:
        """How to begin, to keep and to undo."""
        if inside:
            release = f"RELEASE SAVEPOINT {_SAVEPOINT}"
            undo = [f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}", release]
            return [f"SAVEPOINT {_SAVEPOINT}"], [release], undo
        # A driver that begins by itself must not be told to begin twice.
        implicit = getattr(self.connection, "autocommit", None) is False
        return [] if implicit else ["BEGIN"], ["COMMIT"], ["ROLLBACK"]

    def _all(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._run(statement)


@contextmanager
def connect(target: Any) -> Iterator[Engine]:
    """Reach the target: a SQLAlchemy URL or engine, a DB-API or a DuckDB connection.

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
    if hasattr(target, "exec_driver_sql"):
        driver = getattr(target.connection, "driver_connection", None)
        # SQLAlchemy's begin() begins nothing on a connection that commits by itself, and
        # sqlite3 leaves CREATE TABLE outside of a transaction that no BEGIN has opened.
        if getattr(driver, "autocommit", None) is True or target.dialect.driver == "pysqlite":
            return nullcontext(DBAPI(driver))
        return nullcontext(SQLAlchemy(target))
    if hasattr(target, "dialect") and hasattr(target, "connect"):
        return _checkout(target)
    target = getattr(target, "driver_connection", None) or target  # of a SQLAlchemy pool
    if hasattr(target, "cursor"):
        return nullcontext(DBAPI(target))
    raise InputError(
        f"a {type(target).__name__} is no database: pass a URL such as 'sqlite:///my.db', "
        "a SQLAlchemy engine, a DB-API connection or a DuckDB connection"
    )


@contextmanager
def _checkout(engine: Any) -> Iterator[Engine]:
    try:
        connection = engine.connect()
    except Exception as error:
        where = engine.url.render_as_string(hide_password=True)
        raise DatabaseError(f"can't reach {where}: {message(error)}") from error
    with connection, _wrap(connection) as wrapped:
        yield wrapped


@contextmanager
def _open(url: str) -> Iterator[Engine]:
    """An engine over a connection opened for this URL."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    if url.startswith("postgres://"):
        url = "postgresql" + url.removeprefix("postgres")
    try:
        parsed = make_url(url)
    except ArgumentError:
        hint = f"; did you mean 'sqlite:///{url}' or 'duckdb:///{url}'?" if "://" not in url else ""
        raise InputError(f"'{url}' is no database URL{hint}") from None
    family = parsed.get_backend_name()
    if family in ("sqlite", "duckdb"):
        _must_exist(parsed.database, family)
    if family == "duckdb":
        with _open_duckdb(parsed.database or ":memory:", dict(parsed.query)) as engine:
            yield engine
    else:
        with _open_sqlalchemy(parsed) as engine:
            yield engine


def _must_exist(path: str | None, family: str) -> None:
    """Refuse a path that the engine would silently turn into an empty database."""
    if not path or path == ":memory:" or path.startswith(("file:", "md:", "motherduck:")):
        return
    if not os.path.exists(path):
        raise DatabaseError(f"there is no {family} database at '{path}'")


@contextmanager
def _open_duckdb(path: str, config: dict[str, Any]) -> Iterator[Engine]:
    import duckdb

    try:
        connection = duckdb.connect(path, config=config)
    except Exception as error:
        raise DatabaseError(f"can't open duckdb database '{path}': {message(error)}") from error
    try:
        yield DuckDB(connection, owned=True)
    finally:
        connection.close()


@contextmanager
def _open_sqlalchemy(url: Any) -> Iterator[Engine]:
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    if url.drivername == "postgresql" and importlib.util.find_spec("psycopg"):
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = sqlalchemy.create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        extra = _DRIVERS.get(error.name or "", ("", error.name))[1]
        raise DatabaseError(
            f"no driver for {url.get_backend_name()}: pip install '{extra}'"
        ) from error
    except sqlalchemy.exc.NoSuchModuleError as error:
        raise DatabaseError(
            f"SQLAlchemy knows no '{url.drivername}': install the package that brings its dialect"
        ) from error
    except sqlalchemy.exc.ArgumentError as error:
        raise InputError(f"database URL: {message(error)}") from error
    try:
        with _checkout(engine) as opened:
            yield opened
    finally:
        engine.dispose()
