"""What every engine does: run a statement, and give its result under the right names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keras2sql.dialects import DIALECTS, tables
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.settings import Settings
from keras2sql.dialects.storage import Lock
from keras2sql.engines.names import TITLES, VERSIONS
from keras2sql.engines.types import UNKNOWN, ColumnType
from keras2sql.errors import DatabaseError, Keras2SQLError, UnsupportedDialectError, one_line
from keras2sql.passwords import hide
from keras2sql.sql.stored import StoredTable

if TYPE_CHECKING:
    import pandas as pd

Rows = list[tuple[Any, ...]]
Described = list[tuple[str, str]]
"""Columns of a result: name, and type as far as the driver tells it."""

FLOATS = {"DOUBLE", "FLOAT", "REAL", "DOUBLE PRECISION", "FLOAT4", "FLOAT8"}
FLOATS |= {"700", "701", "4", "5", "<class 'float'>"}
"""Type names and codes (PostgreSQL's oids, MariaDB's numbers, Firebird's classes) by which drivers
describe floating point columns."""

_MESSAGE_LIMIT = 600
_OTHER = "this connection is not one of the database that the dialect is of; give its own"


class Engine(ABC):
    """A database that answers.

    `dialect_name` is what its driver calls it ("duckdb", "sqlite", "postgresql", ...),
    empty where the driver does not tell; `secrets` are what its messages must not repeat.
    """

    dialect_name: str
    secrets: Collection[str] = ()

    # -- what a kind of connection must say

    @abstractmethod
    def _run(self, sql: str) -> tuple[Rows, Described]:
        """Execute one statement exactly as written; no parameters."""

    @abstractmethod
    def _change(self, sql: str) -> int:
        """Execute one statement exactly as written; the number of rows that it changed."""

    @abstractmethod
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> AbstractContextManager[None]:
        """A transaction, or a savepoint in the one that is open; undone at the end unless
        `keep`.  `begin` is what opens one where that is a statement."""

    def _all(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._run(statement)

    @contextmanager
    def _set(self, session: Sequence[Settings]) -> Iterator[None]:
        """Within it these settings hold; the end of the transaction undoes them, but for those
        that last, which are set back."""
        before = self._lasting(session)
        try:
            self._all(settings.sql for settings in session)
            yield
        finally:
            with suppress(Exception):  # a lost connection has no settings to keep
                self._all(settings.sql for settings in before)

    def _lasting(self, session: Sequence[Settings]) -> list[Settings]:
        """Those of the settings that outlast the transaction, with the values that hold now."""
        before = []
        for settings in session:
            if settings.lasts:
                values = {name: self._value_of(name, settings) for name in settings.names}
                before.append(replace(settings, values=values))
        return before

    def _value_of(self, name: str, settings: Settings) -> str:
        """The value of a setting of the session, as it is set."""
        rows, _ = self._run(settings.asked.format(name=name))
        return settings.spelled.format(str(rows[0][-1]).removeprefix(f"{name}="))

    @contextmanager
    def settings(self, session: Sequence[Settings]) -> Iterator[None]:
        """Within it these settings hold, inside of a transaction that is kept: the caller's, where
        that is open, has its own again behind."""
        names = [name for settings in session if not settings.lasts for name in settings.names]
        asked = ", ".join(f"pg_catalog.current_setting('{name}')" for name in names)
        before = self._run(f"SELECT {asked}")[0][0] if names else ()
        with self._set(session):
            yield
        for name, value in zip(names, before, strict=True):
            text = value.replace("'", "''")
            self._run(f"SELECT pg_catalog.set_config('{name}', '{text}', true)")

    @contextmanager
    def having(self, session: Sequence[Settings]) -> Iterator[None]:
        """Within it these settings hold, outside of any transaction: of those that last alone."""
        with self._named("settings of the session"), self._transaction(keep=True):
            before = self._lasting(session)
            self._all(settings.sql for settings in session)
        try:
            yield
        finally:
            with suppress(Exception), self._transaction(keep=True):  # unless it is lost
                self._all(settings.sql for settings in before)

    @property
    def _own(self) -> Sequence[Settings]:
        """By which the database's own functions and operators are found before a user's."""
        dialect = DIALECTS.get(self.dialect_name)
        return () if dialect is None else dialect.own_session

    def _fill(self, table: StoredTable, dialect: Dialect) -> None:
        """Insert the rows of a new table."""
        self._all(tables.fill(table, dialect))

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
        session: Sequence[Settings] = (),
        floats: Collection[str] = (),
        what: str = "the query",
    ) -> pd.DataFrame:
        """The result of one SELECT; its columns are called `names`, by position.

        The settings of `session` hold for it alone.  NULL becomes NaN in columns of
        floating point numbers and in those that `floats` names.
        """
        with self._named(what), self._transaction(keep=False), self._set(session or self._own):
            frame, described = self._frame(sql)
        titles = [name for name, _ in described] if names is None else list(names)
        if len(titles) != frame.shape[1]:
            raise DatabaseError(f"{what}: {frame.shape[1]} columns came back, not {len(titles)}")
        kinds = [kind for _, kind in described] or [""] * len(titles)
        for i, (title, kind) in enumerate(zip(titles, kinds, strict=True)):
            if kind in FLOATS or title in floats:
                frame[frame.columns[i]] = frame[frame.columns[i]].astype("float64")
        frame.columns = titles
        return frame

    def columns(self, source: str) -> Described:
        """Names and types of the columns of `source`: a quoted table, or a subquery."""
        what = f"reading the columns of {source}"
        with self._named(what), self._transaction(keep=False), self._set(self._own):
            return self._run(f"SELECT * FROM {source} WHERE 1 = 0")[1]

    def types(self, source: str, columns: str = "*") -> list[ColumnType]:
        """The columns of `source`, a quoted table or a subquery, and the kinds of their values.

        `columns` is a list of some of them, spelled, where not all may be read.
        """
        what = f"reading the columns of {source}"
        with self._named(what), self._transaction(keep=False), self._set(self._own):
            return self._types(source, columns)

    def _types(self, source: str, columns: str) -> list[ColumnType]:
        described = self._run(f"SELECT {columns} FROM {source} WHERE 1 = 0")[1]
        return [ColumnType(name, kind, UNKNOWN) for name, kind in described]

    def count(self, source: str, condition: str = "1 = 1") -> int:
        """The rows of `source`, a quoted table or a subquery, for which a condition holds.

        Until the end of the transaction nobody else drops it.
        """
        dialect = DIALECTS.get(self.dialect_name)
        counted = dialect.own("count(*)") if dialect else "count(*)"
        sql = f"SELECT {counted} FROM {source} WHERE {condition}"
        what = f"counting the rows of {source}"
        with self._named(what), self._transaction(keep=True), self.settings(self._own):
            return int(self._run(sql)[0][0][0])

    def in_transaction(self) -> bool:
        """Whether one is open, the caller's or one of ours; true where the driver does not tell."""
        return True

    def abandon(self) -> None:
        """Undo the transaction that is open, also one that has failed."""
        raise NotImplementedError(f"{type(self).__name__} does not tell of transactions")

    def may_fail(self) -> bool:
        """Whether a statement that fails leaves the caller's transaction as it is."""
        return True

    def count_if_there(self, table: str) -> int | None:
        """All rows of a (quoted) table; None where there is none."""
        if not self.exists(table):
            return None
        try:
            return self.count(table)
        except DatabaseError:
            if self.exists(table):
                raise
            return None  # somebody dropped it meanwhile

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

    def load(
        self, table: StoredTable, dialect: Dialect, temporary: bool = False, note: str = ""
    ) -> bool:
        """Make the table with its rows, `temporary` for this session; False if it is there.

        `note` is what a new one says of itself, in its comment or its text.
        One of that name with another number of rows is what an interrupted load has left:
        it is filled anew, or, by a temporary table, hidden.
        """
        name, made = tables.name_of(table, dialect), tables.of(dialect)
        there = self.count_if_there(name)
        if there == table.rows:
            return False
        with self._named(f"loading {table.name}"), self._transaction(keep=True):
            if temporary:
                self._lend(table, dialect)
            elif there is None:
                self._run(tables.create(table, dialect, note=note))
                if note and dialect.views is not None and (comment := dialect.views.comment):
                    self._run(comment.format(kind="TABLE", name=name, text=dialect.constant(note)))
            else:
                self._run(made.empty.format(table=name))
            self._fill(table, dialect)
            self._all(tables.finish(table, dialect))
        return True

    def _lend(self, table: StoredTable, dialect: Dialect) -> None:
        """An empty table of this session."""
        try:
            self._run(tables.of(dialect).drop_temporary.format(name=dialect.quote(table.name)))
            self._run(tables.create(table, dialect, temporary=True))
        except Exception as error:
            raise DatabaseError(
                f"the query reads tables of weights, and a temporary one can't be made here: "
                f"{message(error)}; deploy the model first, which makes them for good (`keras2sql "
                "deploy`, by one who may), or convert it with weights inline (weights='inline')"
            ) from error

    @contextmanager
    def holding(self, stored: Sequence[StoredTable], dialect: Dialect) -> Iterator[None]:
        """Within it the tables are there: as deployed, or else temporary ones, gone after.

        All of it is one transaction, undone at the end.
        """
        if not stored:
            yield
            return
        lent = self.lending(stored, dialect)
        with self._named("the tables beside the query"), self._transaction(keep=False), lent:
            yield

    @contextmanager
    def lending(
        self, stored: Sequence[StoredTable], dialect: Dialect
    ) -> Iterator[Callable[[], None]]:
        """As `holding`, for several transactions; the temporary tables are dropped behind.

        What it gives is to be called in each of them: others may have dropped a deployed table
        in between, and from there to the end of the transaction they do not.
        """
        made: dict[str, StoredTable] = {}

        def lend() -> None:
            for table in stored:
                if self.load(table, dialect, temporary=True):
                    made[table.name] = table

        try:
            lend()
            yield lend
        finally:
            drops = [
                tables.of(dialect).drop_temporary.format(name=dialect.quote(name)) for name in made
            ]
            if drops:
                # A transaction that has failed, and a lost connection, take them with them.
                with suppress(Exception):
                    self.execute_script(drops)

    @contextmanager
    def scratch(self, table: StoredTable) -> Iterator[None]:
        """Within it a table of one's own is there, with rows to try something on."""
        with self.lending([table], DIALECTS[self.dialect_name]):
            yield

    def apply(self, statements: Sequence[str]) -> None:
        """Statements that set something for the session, from here on."""
        with self._named("a setting of the session"), self._transaction(keep=True):
            self._all(statements)

    @contextmanager
    def transaction(self, dialect: Dialect, what: str) -> Iterator[None]:
        """What runs inside is kept as a whole, or not at all; a savepoint in the caller's."""
        begin = "BEGIN" if dialect.predictions is None else dialect.predictions.begin
        with self._named(what), self._transaction(True, begin):
            yield

    @contextmanager
    def held(self, lock: Lock | None, what: str) -> Iterator[None]:
        """Within it this session holds a lock, if there is one."""
        if lock is None:
            yield
            return
        if not self.query(lock.take, ["held"], what=what)["held"].eq(1).all():
            raise DatabaseError(f"{what}: another process holds the lock of deployments")
        try:
            yield
        finally:
            with suppress(Exception):  # a lost connection holds none
                self.query(lock.free)

    def comments(self, what: str) -> list[tuple[str, str, str, str]]:
        """Kind, schema (empty), name and comment, or text, of all tables and views of the schema
        in use, where no query lists them."""
        raise UnsupportedDialectError(f"{what}: {_OTHER}")

    def schema_in_use(self) -> str:
        """The schema in which a bare name is made, where no query tells."""
        raise UnsupportedDialectError(f"reading the schema: {_OTHER}")

    def change(self, sql: str, what: str = "the statement") -> int:
        """Run one statement that changes rows, inside of `transaction`; how many it changed."""
        with self._named(what):
            return self._change(sql)

    def version(self) -> str:
        """The engine's name and version, for people."""
        function = VERSIONS.get(self.dialect_name, "version()")
        try:
            found = str(self.query(f"SELECT {function}", what="version").iat[0, 0])
        except DatabaseError:
            return self.dialect_name or "database"
        number = next((word for word in found.split() if word.lstrip("v")[:1].isdigit()), found)
        return f"{TITLES.get(self.dialect_name, self.dialect_name)} {number.lstrip('v')}"

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Turn what a driver raises into a `DatabaseError` that names the statement."""
        try:
            yield
        except (Keras2SQLError, KeyboardInterrupt):
            raise
        except Exception as error:
            raise DatabaseError(f"{what}: {hide(message(error), self.secrets)}") from error


def message(error: BaseException) -> str:
    """What the engine itself said, without the statement that SQLAlchemy repeats."""
    original = getattr(error, "orig", None) or error
    return one_line(str(original) or type(original).__name__, _MESSAGE_LIMIT)
