"""A small table beside the predictions: which model filled which table, and whether it is
through.

Its rows are locks, too: a batch first counts itself there, in its own transaction, so that
two processes never write the same table at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from keras2sql.dialects import Dialect, get
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError
from keras2sql.sql.names import name_parts

NAME = "keras2sql_scores"
UNFINISHED, DONE = "unfinished", "done"


@dataclass(frozen=True)
class Entry:
    """A model that filled a table: `state` is "unfinished" until all of `source` is scored.

    `hash` is that of the network, of the columns that feed it and of those passed through;
    `version` is that of keras2sql.
    """

    model: str
    hash: str
    version: str
    source: str
    source_key: str
    state: str = UNFINISHED

    def __str__(self) -> str:
        return f"{self.model} ({self.hash})"

    def same_run(self, other: Entry) -> bool:
        """Whether one can go on where the other ended."""
        mine = (self.hash, self.source, self.source_key)
        return mine == (other.hash, other.source, other.source_key)


_COLUMNS = [field.name for field in fields(Entry)]


@dataclass(frozen=True)
class Ledger:
    """The entries of one table, whose `name` may have a schema before it."""

    dialect: Dialect
    name: str

    @property
    def table(self) -> str:
        """Where they stand: in the schema of the table."""
        return spelled(self.dialect, [*name_parts(self.name)[:-1], NAME])

    def creation(self) -> str:
        text, number = self.dialect.types["str"], self.dialect.types["int"]
        columns = ", ".join(f"{name} {text}" for name in _COLUMNS if name != "hash")
        return (
            f"CREATE TABLE IF NOT EXISTS {self.table} (table_name {text} NOT NULL, "
            f"hash {text} NOT NULL, {columns}, batches {number}, PRIMARY KEY (table_name, hash))"
        )

    def entries(self, engine: Engine) -> list[Entry]:
        """Who filled the table; empty where nobody tells."""
        if not engine.exists(self.table):
            return []
        found = engine.query(
            f"SELECT {', '.join(_COLUMNS)} FROM {self.table} WHERE {self._own()} ORDER BY hash",
            what=f"reading {self.table}",
        )
        return [Entry(*map(str, row)) for row in found.itertuples(index=False)]

    def adding(self, entry: Entry) -> str:
        values = [self._key(), *(getattr(entry, name) for name in _COLUMNS)]
        spelled_values = ", ".join(map(self.dialect.constant, values))
        names = ", ".join(["table_name", *_COLUMNS, "batches"])
        return f"INSERT INTO {self.table} ({names}) VALUES ({spelled_values}, 0)"

    def changing(self, entry: Entry) -> str:
        """The entry of the same hash becomes this one."""
        new = (f"{n} = {self.dialect.constant(getattr(entry, n))}" for n in _COLUMNS if n != "hash")
        return f"UPDATE {self.table} SET {', '.join(new)} WHERE {self._own(entry)}"

    def counting(self, entry: Entry) -> str:
        """Until the transaction ends, nobody else gets past this statement."""
        return f"UPDATE {self.table} SET batches = batches + 1 WHERE {self._own(entry)}"

    def forgetting(self, entry: Entry | None = None) -> str:
        """All entries, or this one, are gone."""
        return f"DELETE FROM {self.table} WHERE {self._own(entry)}"

    def _key(self) -> str:
        return self.dialect.folded(name_parts(self.name)[-1])

    def _own(self, entry: Entry | None = None) -> str:
        own = f"table_name = {self.dialect.constant(self._key())}"
        return own if entry is None else f"{own} AND hash = {self.dialect.constant(entry.hash)}"


def spelled(dialect: Dialect, parts: Sequence[str]) -> str:
    """A name of several parts, each quoted as needed."""
    return ".".join(map(dialect.quote, parts))


def filled(target: Any, table: str, dialect: str = "") -> list[Entry]:
    """Which models filled a table of predictions; empty for one that keras2sql did not fill.

    Raises `InputError` where neither the target nor `dialect` tells the kind of database.
    """
    with connect(target) as engine:
        kind = dialect or engine.dialect_name
        if not kind:
            raise InputError("the connection does not tell the kind of database; give a dialect")
        return Ledger(get(kind), table).entries(engine)
