"""Which rows a batch holds: conditions on the source, by ranges of its key.

A range is bounded by keys that the database picked, so that every row is in one range
whatever the type of the key and whatever its order; all rows of one key are in one range.
Of a range a batch takes the rows whose key the destination does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.lower.source import Source
from keras2sql.sql.names import Names

_SOURCE, _DONE = "unscored", "scored"

NO_ROW, EVERY_ROW = "1 = 0", "1 = 1"


@dataclass(frozen=True)
class Batch:
    """`condition` holds for the source's rows of the batch, `rows` of them when it was made."""

    condition: str
    rows: int


@dataclass(frozen=True)
class Cutter:
    """Cuts what `destination`, a quoted table, lacks of a source into batches."""

    source: Source
    dialect: Dialect
    destination: str

    def within(self, condition: str) -> Source:
        """The source with those rows alone for which `condition` holds."""
        quote, source, lost = self.dialect.quote, self.source, self.dialect.reading.lost_names
        read = [*source.carried, *source.fed]
        # Named one by one: a key like SQLite's rowid is not among `*`.
        distinct = {self.dialect.folded(name): name for name in reversed(read)}
        names = Names(distinct.values())
        fresh = {n: names.take("renamed") for n in distinct.values() if n.lower() in lost}
        called = {
            name: fresh[distinct[f]]
            for name in read
            if distinct[f := self.dialect.folded(name)] in fresh
        }
        columns = ", ".join(
            f"{_SOURCE}.{quote(n)} AS {quote(fresh.get(n, n))}" for n in distinct.values()
        )
        table = f"(SELECT {columns} FROM {self._relation} WHERE {condition})"
        return replace(source, table=table, called=called)

    def whole(self, engine: Engine) -> list[Batch]:
        """All rows as one batch, for a destination that is empty."""
        condition = f"NOT EXISTS (SELECT 1 FROM {self.destination})"
        return [Batch(condition, self._count(engine, condition))]

    def all_rows(self, engine: Engine) -> int:
        """How many rows the source has."""
        return self._count(engine, EVERY_ROW)

    def batches(self, engine: Engine, size: int) -> list[Batch]:
        """About `size` rows each, in the order of the key; those with a NULL in it at last."""
        known = self._count(engine, self._unscored())
        ends = self._ends(engine, size) if known > size else []
        found = []
        for after, upto in pairwise([(), *ends, ()]):
            rows = size if upto else known
            known -= rows
            if rows:
                found.append(Batch(self._unscored(after, upto), rows))
        if nulls := self._count(engine, self._unscored_nulls()):
            found.append(Batch(self._unscored_nulls(), nulls))
        return found

    # -- what the database is asked

    def _count(self, engine: Engine, condition: str) -> int:
        return engine.count(self._relation, condition)

    def _ends(self, engine: Engine, size: int) -> list[tuple[str, ...]]:
        """The key of every `size`-th row that is to be scored, as literals."""
        keys = [f"{_SOURCE}.{k}" for k in self._keys]
        names = [f"key_{i}" for i in range(len(keys))]
        columns = ", ".join(f"{k} AS {n}" for k, n in zip(keys, names, strict=True))
        cast = self.dialect.casts.text_or_none or "CAST({0} AS {type})"
        cast = cast.replace("{type}", self.dialect.types["str"])
        text = self.dialect.constants.of_value or cast
        place = self.dialect.own(f"row_number() OVER (ORDER BY {', '.join(keys)})")
        found = engine.query(
            f"SELECT {', '.join(text.format(n) for n in names)}\n"
            f"FROM (SELECT {columns}, {place} AS place\n"
            f"  FROM {self._relation}\n  WHERE {self._unscored()}) AS placed\n"
            f"WHERE {self.dialect.numbers.remainder.format('place', size)} = 0\nORDER BY place",
            names,
            what="cutting the key into ranges",
        )
        spelled = [tuple(map(self._literal, row)) for row in found.itertuples(index=False)]
        return list(dict.fromkeys(spelled))

    def _literal(self, text: object) -> str:
        # A bound need not be a key: one that is cut off where a text can't go on is as good.
        plain = str(text).partition("\0")[0]
        return plain if self.dialect.constants.of_value else self.dialect.constant(plain)

    # -- conditions

    @property
    def _relation(self) -> str:
        return self.source.relation(self.dialect, _SOURCE)

    @property
    def _keys(self) -> list[str]:
        return [self.dialect.quote(k) for k in self.source.key]

    def _unscored(self, after: Sequence[str] = (), upto: Sequence[str] = ()) -> str:
        """Rows behind the key `after`, up to the key `upto`, that are not in the destination."""
        same = [f"{_DONE}.{k} = {_SOURCE}.{k}" for k in self._keys]
        done = " AND ".join([*same, *self._between(_DONE, after, upto)])
        whole = [f"{_SOURCE}.{k} IS NOT NULL" for k in self._keys]
        return " AND ".join(
            [
                *whole,
                *self._between(_SOURCE, after, upto),
                f"NOT EXISTS (SELECT 1 FROM {self.destination} AS {_DONE} WHERE {done})",
            ]
        )

    def _unscored_nulls(self) -> str:
        """Rows with a NULL in the key, unless such rows are in the destination."""
        missing, done = (
            " OR ".join(f"{name}.{k} IS NULL" for k in self._keys) for name in (_SOURCE, _DONE)
        )
        held = f"SELECT 1 FROM {self.destination} AS {_DONE} WHERE {done}"
        return f"({missing}) AND NOT EXISTS ({held})"

    def _between(self, name: str, after: Sequence[str], upto: Sequence[str]) -> Iterator[str]:
        keys = [f"{name}.{k}" for k in self._keys]
        if after:
            yield _compared(keys, ">", after, last=">")
        if upto:
            yield _compared(keys, "<", upto, last="<=")


def _compared(keys: Sequence[str], sign: str, values: Sequence[str], last: str) -> str:
    """Several columns against as many values, the first one first.

    The first comparison alone, true of a range that holds the other, is what an index is
    searched by.
    """
    if len(keys) == 1:
        return f"{keys[0]} {last} {values[0]}"
    rest = _compared(keys[1:], sign, values[1:], last)
    return (
        f"{keys[0]} {sign}= {values[0]} AND "
        f"({keys[0]} {sign} {values[0]} OR ({keys[0]} = {values[0]} AND {rest}))"
    )
