"""A plain connection to Firebird, whose driver begins and ends transactions by methods alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from keras2sql.dialects import DIALECTS
from keras2sql.engines.connections import DBAPI
from keras2sql.sql.stored import StoredTable


class Firebird(DBAPI):
    """A connection of firebird-driver."""

    def _in_transaction(self) -> bool:
        return bool(self.connection.is_active())

    @contextmanager
    def scratch(self, table: StoredTable) -> Iterator[None]:
        # Firebird has no tables of one session; what it makes, the next transaction fills.
        dialect = DIALECTS[self.dialect_name]
        name = dialect.quote(table.name)
        types = {"int": "BIGINT", "float": "DOUBLE PRECISION", "str": "VARCHAR(500)"}
        columns = ", ".join(f"{dialect.quote(c.name)} {types[c.kind]}" for c in table.columns)
        marks = ", ".join("?" * len(table.columns))
        rows = zip(*(c.values.tolist() for c in table.columns), strict=True)
        self.execute_script([f"RECREATE TABLE {name} ({columns})"], f"making {name}")
        try:
            with (
                self._named(f"filling {name}"),
                self._transaction(keep=True),
                closing(self.connection.cursor()) as cursor,
            ):
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
            yield
        finally:
            self.execute_script([f"DROP TABLE {name}"], f"dropping {name}")

    @contextmanager
    def _transaction(self, keep: bool, begin: str = "BEGIN") -> Iterator[None]:
        if self._in_transaction():
            with super()._transaction(keep, begin):
                yield
            return
        self.connection.begin()
        try:
            yield
        except BaseException:
            with suppress(Exception):  # a lost connection can't roll back either
                self.connection.rollback()
            raise
        if keep:
            self.connection.commit()
        else:
            self.connection.rollback()
