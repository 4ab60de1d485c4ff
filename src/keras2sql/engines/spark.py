"""Apache Spark: a session that the caller holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from keras2sql.engines import types as kinds
from keras2sql.engines.arrow import Arrow
from keras2sql.errors import UnsupportedDialectError

_SET = re.compile(r"SET ([\w.]+) = ")


class Spark(Arrow):
    """A `SparkSession`, whose results come as tables of Arrow."""

    dialect_name = "spark"

    def _table(self, sql: str) -> Any:
        return self.connection.sql(sql).toArrow()

    def _types(self, source: str, columns: str) -> list[kinds.ColumnType]:
        # Spark knows its types without running anything, and Arrow lacks some of them.
        schema = self.connection.sql(f"SELECT {columns} FROM {source}").schema
        return [kinds.named(field.name, field.dataType.simpleString().upper()) for field in schema]

    @contextmanager
    def _set(self, session: Sequence[str]) -> Iterator[None]:
        """Within it these settings hold; after it those of the session as they were before."""
        conf = self.connection.conf
        names = [found[1] for statement in session if (found := _SET.match(statement))]
        before = {name: conf.get(name, None) for name in names}
        own = conf.getAll
        try:
            self._all(session)
            yield
        finally:
            with suppress(Exception):  # a session that has ended has no settings to keep
                for name, value in before.items():
                    if name in own:
                        conf.set(name, value)
                    else:
                        conf.unset(name)

    def _change(self, sql: str) -> int:
        raise UnsupportedDialectError(
            "Spark has no transactions, in which predictions go into a table batch by batch; "
            "INSERT INTO it what `Program.query` gives"
        )
