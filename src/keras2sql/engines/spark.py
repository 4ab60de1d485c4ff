"""Apache Spark: a session that the caller holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from keras2sql.dialects.settings import Settings
from keras2sql.engines import types as kinds
from keras2sql.engines.arrow import Arrow, arrow_table
from keras2sql.errors import UnsupportedDialectError
from keras2sql.sql.stored import StoredTable


class Spark(Arrow):
    """A `SparkSession`, whose results come as tables of Arrow."""

    dialect_name = "spark"

    def _table(self, sql: str) -> Any:
        return self.connection.sql(sql).toArrow()

    @contextmanager
    def scratch(self, table: StoredTable) -> Iterator[None]:
        loaded = self.connection.createDataFrame(arrow_table(table))
        loaded.createOrReplaceTempView(table.name)
        try:
            yield
        finally:
            self.connection.catalog.dropTempView(table.name)

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        # Spark knows its types without running anything, and Arrow lacks some of them.
        schema = self.connection.sql(f"SELECT {columns} FROM {source}").schema
        return [kinds.named(field.name, field.dataType.simpleString().upper()) for field in schema]

    @contextmanager
    def _set(self, session: Sequence[Settings]) -> Iterator[None]:
        """Within it these settings hold; after it those of the session as they were before."""
        conf = self.connection.conf
        names = [name for settings in session for name in settings.names]
        before = {name: conf.get(name, None) for name in names}
        own = conf.getAll
        try:
            self._all(settings.sql for settings in session)
            yield
        finally:
            with suppress(Exception):  # a session that has ended has no settings to keep
                for name, value in before.items():
                    if name in own:
                        conf.set(name, value)
                    else:
                        conf.unset(name)

    def comments(self, what: str) -> list[tuple[str, str, str, str]]:
        with self._named(what):
            return [
                ("view" if "VIEW" in str(one.tableType) else "table", "", one.name, one.description)
                for one in self.connection.catalog.listTables()
                if one.description and not one.isTemporary
            ]

    def _change(self, sql: str) -> int:
        raise UnsupportedDialectError("Spark does not tell how many rows a statement changed")
