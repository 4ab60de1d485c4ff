"""A small table beside the predictions: which model filled which table, and whether it is
through.

Its rows are locks, too: a batch first counts itself there, in its own transaction, so that
two processes never write the same table at once.  Where rows can't be changed, the ledger is
appended to: of one hash the last row counts, and a process that finds another's behind its own
does not go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from uuid import uuid4

from keras2sql.dialects import Dialect, get
from keras2sql.dialects.storage import Predictions
from keras2sql.engines import Engine, connect
from keras2sql.errors import InputError
from keras2sql.sql.names import name_parts

NAME = "keras2sql_scores"
UNFINISHED, DONE = "unfinished", "done"
SWAPPED, FORGOTTEN = "swapped", "forgotten"


@dataclass(frozen=True)
class Entry:
    """A model that filled a table: `state` is "unfinished" until all of `source` is scored, and
    "swapped" while a table takes the place of another.

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


_COLUMNS = [one.name for one in fields(Entry)]


@dataclass(frozen=True)
class Ledger:
    """The entries of one table, whose `name` may have a schema before it, for one `run`."""

    dialect: Dialect
    name: str
    run: str = field(default_factory=lambda: uuid4().hex)

    @property
    def table(self) -> str:
        """Where they stand: in the schema of the table."""
        return spelled(self.dialect, [*name_parts(self.name)[:-1], NAME])

    @property
    def _kept(self) -> Predictions:
        return self.dialect.need(self.dialect.predictions, "tables of predictions")

    def creation(self) -> str:
        text, number = self.dialect.types["str"], self.dialect.types["int"]
        long = self._kept.texts or text
        columns = [f"table_name {text} NOT NULL", f"hash {text} NOT NULL"]
        columns += [f"{name} {long}" for name in _COLUMNS if name != "hash"]
        columns += [f"run {text}"] if self._kept.appended else []
        columns.append(f"batches {number}")
        return self._kept.ledger.format(table=self.table, columns=", ".join(columns))

    def entries(self, engine: Engine) -> list[Entry]:
        """Who filled the table; empty where nobody tells."""
        if not engine.exists(self.table):
            return []
        if self._kept.appended:
            return [entry for entry, _ in self._last(engine)]
        return [Entry(*row) for row in self._read(engine, _COLUMNS, "hash")]

    def _read(self, engine: Engine, names: Sequence[str], order: str) -> list[tuple[str, ...]]:
        found = engine.query(
            f"SELECT {', '.join(names)} FROM {self.table} WHERE {self._own()} ORDER BY {order}",
            names,
            what=f"reading {self.table}",
        )
        return [tuple(map(str, row)) for row in found.itertuples(index=False)]

    def _last(self, engine: Engine) -> list[tuple[Entry, str]]:
        """Of a ledger that is appended to, the last entry of each hash and the run that made it,
        in their order; without those before all were forgotten."""
        last: dict[str, tuple[Entry, str]] = {}
        for *values, run in self._read(engine, [*_COLUMNS, "run"], "batches, run"):
            entry = Entry(*values)
            if entry.state == FORGOTTEN and not entry.hash:
                last = {}
            else:
                last.pop(entry.hash, None)
                last |= {} if entry.state == FORGOTTEN else {entry.hash: (entry, run)}
        return sorted(last.values(), key=lambda one: one[0].hash)

    def adding(self, entry: Entry) -> str:
        values = [self._key(), *(getattr(entry, name) for name in _COLUMNS)]
        names = ["table_name", *_COLUMNS]
        if self._kept.appended:
            values.append(self.run)
            names.append("run")
        spelled_values = ", ".join(map(self.dialect.constant, values))
        insert = f"INSERT INTO {self.table} ({', '.join([*names, 'batches'])})"
        if self._kept.appended:
            place = "coalesce(max(batches), 0) + 1"
            return f"{insert} SELECT {spelled_values}, {place} FROM {self.table}"
        return f"{insert} VALUES ({spelled_values}, 0)"

    def changing(self, entry: Entry) -> str:
        """The entry of the same hash becomes this one."""
        if self._kept.appended:
            return self.adding(entry)
        new = (f"{n} = {self.dialect.constant(getattr(entry, n))}" for n in _COLUMNS if n != "hash")
        return f"UPDATE {self.table} SET {', '.join(new)} WHERE {self._own(entry)}"

    def reserve(self, engine: Engine, entry: Entry, what: str) -> bool:
        """Until the transaction ends, nobody else gets past this; false where the entry is
        gone, or another run has begun behind this one."""
        if self._kept.appended:
            return any(e.hash == entry.hash and run == self.run for e, run in self._last(engine))
        counting = f"UPDATE {self.table} SET batches = batches + 1 WHERE {self._own(entry)}"
        return bool(engine.change(counting, what))

    def forgetting(self, entry: Entry | None = None) -> str:
        """All entries, or this one, are gone."""
        if self._kept.appended:
            blank = Entry("", "", "", "", "") if entry is None else entry
            return self.adding(replace(blank, state=FORGOTTEN))
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
