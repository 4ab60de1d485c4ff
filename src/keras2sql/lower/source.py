"""Where the rows come from: the table, its key, and the columns that feed the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

from keras2sql.dialects.base import Dialect
from keras2sql.sql.names import Names, is_subquery, name_parts
from keras2sql.sql.render import spelled
from keras2sql.sql.tree import Read, Relation, Subquery, Table

ROWS = "source_rows"
"""How the source is called, where it has to be told from what reads it."""


@dataclass(frozen=True)
class Order:
    """The order of the rows of a key, in a table with a row per key and time step.

    With `every` the result has a row for each of them, else one per key.  `least` and `most`
    are the lengths that the model takes; missing steps hold `padding`.  With `both_ways` steps
    are read that come later, so that a NULL in one counts for all.
    """

    column: str
    every: bool
    least: int = 1
    most: int | None = None
    padding: float | None = None
    both_ways: bool = False

    def lengths(self, count: str) -> list[str]:
        """Conditions for a sequence of so many steps to be one that the model takes."""
        tests = []
        if self.least > 1:
            tests.append(f"{count} >= {self.least}")
        if self.most is not None:
            tests.append(f"{count} <= {self.most}")
        return tests


@dataclass(frozen=True)
class Source:
    """The source of a query, as the user names it.  `features` holds a column name per element of
    each input; with an `order`, per element of one time step; for the inputs among `arrays` the
    one column that holds all elements as an array.

    Of a table that was looked at, `booleans` are the features that are truth values, `decimals`
    those that may be larger than any number the database computes with.  `called` is what the
    table calls some of the columns, where that is not their name.  `beside` are the names, folded,
    of other tables that its text is going to read.
    """

    table: str
    key: tuple[str, ...]
    features: Mapping[str, Sequence[str]]
    passthrough: tuple[str, ...] = ()
    order: Order | None = None
    arrays: frozenset[str] = frozenset()
    booleans: frozenset[str] = frozenset()
    decimals: frozenset[str] = frozenset()
    called: Mapping[str, str] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()

    @property
    def carried(self) -> tuple[str, ...]:
        """The source columns that every step hands on as they are, key first."""
        if self.order is None:
            return _once(*self.key, *self.passthrough)
        return _once(*self.key, self.order.column, *self.passthrough)

    @property
    def shown(self) -> tuple[str, ...]:
        """Those of them that are in the result."""
        if self.order is None or not self.order.every:
            return _once(*self.key, *self.passthrough)
        return self.carried

    @cached_property
    def fed(self) -> tuple[str, ...]:
        """The columns that feed the model, each once."""
        names: dict[str, None] = {}
        for of_input in self.features.values():
            names |= dict.fromkeys(of_input)
        return tuple(names)

    def quoted_name(self, dialect: Dialect) -> str:
        """The quoted name of a table that is no subquery."""
        return ".".join(dialect.quote(part) for part in name_parts(self.table))

    def rows(self, dialect: Dialect, alias: str = "") -> Relation:
        """What is selected from: a table, or a user's subquery."""
        other = self._alias(dialect, alias)
        if is_subquery(self.table):
            return Subquery(self.table.strip(), alias or ROWS)
        return Table(tuple(name_parts(self.table)), other, apart=self._misread(dialect))

    def _alias(self, dialect: Dialect, wanted: str) -> str:
        return wanted or (ROWS if self._apart(dialect) else "")

    def relation(self, dialect: Dialect, alias: str = "") -> str:
        """The same, spelled."""
        return spelled(self.rows(dialect, alias), dialect)

    def column(self, name: str, dialect: Dialect) -> str:
        """A column of the relation, spelled where something else may have its name."""
        quoted = dialect.quote(self.called.get(name, name))
        return f"{ROWS}.{quoted}" if self._apart(dialect) else quoted

    def feature(self, name: str, dialect: Dialect, array: bool = False) -> str:
        """A column that feeds the model, spelled as what the cast to a number takes."""
        column = self.column(name, dialect)
        reading = dialect.reading
        if name in self.decimals:
            cast = reading.decimal_array if array else reading.decimal
        elif name in self.booleans:
            cast = reading.booleans if array else reading.boolean
        else:
            return column
        return cast.format(column)

    def _apart(self, dialect: Dialect) -> bool:
        """Whether columns are told from what a select list calls others by their table's name."""
        aliased = dialect.reading.lateral_aliases and self._aliased
        return dialect.names.aliases_first or aliased or self._misread(dialect)

    def _misread(self, dialect: Dialect) -> bool:
        """Whether a feature that the table lacks would be read as something of its own."""
        return not self._folded.isdisjoint(dialect.reading.pseudo_columns)

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(name.lower() for name in self.fed)

    @cached_property
    def _aliased(self) -> bool:
        """Whether a feature has the name, or that with a number, which a step gives another."""
        features_of: dict[str, set[str]] = {}  # by what a step calls them
        for name in self._folded:
            features_of.setdefault(Names.plain(name, "x"), set()).add(name)
        for name in self._folded:
            without_number = re.sub(r"_\d+$", "", name)
            for alias in (name, without_number):
                if features_of.get(alias, {name}) != {name}:
                    return True
        return False

    def words(self) -> set[str]:
        """Every word of the table's text, folded: names that a step must not take."""
        words = re.findall(r"\w+", self.table)
        return {word.casefold() for word in words} | self.beside | {ROWS}


def _once(*names: str) -> tuple[str, ...]:
    """The names in their order, each once."""
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class GatheredSource(Source):
    """The same from a `step` of the query that has the columns of some inputs as arrays."""

    step: str = ""

    def rows(self, dialect: Dialect, alias: str = "") -> Relation:
        """The step."""
        return Read(self.step, self._alias(dialect, alias))


def from_step(source: Source, step: str, arrays: Mapping[str, str]) -> GatheredSource:
    """The source from a step that has the columns of these inputs as arrays of these names."""
    same = {each.name: getattr(source, each.name) for each in fields(source)}
    columns = {name: [array] for name, array in arrays.items()}
    changed = {
        "features": {**source.features, **columns},
        "called": {},
        "arrays": source.arrays | set(arrays),
    }
    return GatheredSource(**(same | changed), step=step)
