"""A plain connection to Firebird, whose driver begins and ends transactions by methods alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from keras2sql.engines.connections import DBAPI


class Firebird(DBAPI):
    """A connection of firebird-driver."""

    def _in_transaction(self) -> bool:
        return bool(self.connection.is_active())

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
