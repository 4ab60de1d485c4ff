"""The statements that make a table of predictions, and fill it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from keras2sql.dialects.storage import Predictions
from keras2sql.errors import InputError
from keras2sql.graph.digest import digest
from keras2sql.scoring.ledger import spelled
from keras2sql.scoring.ranges import EVERY_ROW, NO_ROW, Cutter
from keras2sql.sql.names import name_parts
from keras2sql.statement import Statement, inside

STAMP = ("model_hash", "scored_at")
"""Columns that say by which version of the model a row was filled, and when."""


@dataclass(frozen=True, eq=False)
class Filling:
    """How the table `name` is made and filled by a program; with `moment`, when the run began, each
    row says by which version of the model and when."""

    program: Statement
    name: str
    moment: str = ""

    @cached_property
    def table(self) -> str:
        """The name as SQL has it."""
        return spelled(self.program.dialect, name_parts(self.name))

    @property
    def kept(self) -> Predictions:
        """How this database keeps such tables."""
        dialect = self.program.dialect
        return dialect.need(dialect.predictions, "tables of predictions")

    @cached_property
    def version(self) -> str:
        """What the predictions depend on, hashed."""
        source, precision = self.program.source, self.program.plan.precision
        fed = [source.features, sorted(source.arrays), source.order, source.passthrough]
        return digest(self.program.graph, *fed, precision)

    @cached_property
    def cutter(self) -> Cutter:
        return Cutter(self.program.source, self.program.dialect, self.table)

    @cached_property
    def names(self) -> list[str]:
        """All columns that are filled."""
        own = self.program.columns
        if not self.moment:
            return own
        if clash := {self.program.dialect.folded(name) for name in own} & set(STAMP):
            raise InputError(f"stamp adds a column {min(clash)}, and the program has one, too")
        return [*own, *STAMP]

    @cached_property
    def columns(self) -> str:
        return ", ".join(map(self.program.dialect.quote, self.names))

    @cached_property
    def _query(self) -> str:
        """The program's query, written once, with a word for the condition of a batch."""
        words = frozenset(map(str.casefold, name_parts(self.name)))
        rows = replace(self.cutter.within(self._word), beside=words)
        program = replace(self.program, source=rows)
        return self._stamped(inside(replace(program, query=program.over(rows.table))))

    def _stamped(self, query: str) -> str:
        """A query of predictions, with the version and the moment beside each where these are
        asked for."""
        if not self.moment:
            return query
        dialect, kept = self.program.dialect, self.kept
        hashed = dialect.constant(self.version)
        version = kept.version.format(hashed, type=dialect.types["str"])
        moment = kept.moment.format(self.moment)
        stamp = ", ".join(
            f"{value} AS {name}" for value, name in zip((version, moment), STAMP, strict=True)
        )
        return f"SELECT predictions.*, {stamp}\nFROM (\n{query}\n) AS predictions"

    @property
    def _word(self) -> str:
        return f"condition_{self.version}"  # which nothing in the model can hold

    def query(self, condition: str) -> str:
        """The predictions of those rows of the source for which a condition holds."""
        return self._query.replace(self._word, condition)

    def insertion(self, condition: str) -> str:
        return f"INSERT INTO {self.table} ({self.columns})\n{self.query(condition)}"

    def creation(self, query: str) -> list[str]:
        """A new table of what a query gives."""
        dialect, kept = self.program.dialect, self.kept
        keys = ", ".join(map(dialect.quote, self.program.source.key))
        made = [kept.creation.format(table=self.table, keys=keys, query=query)]
        if any(name.lower() in dialect.reading.lost_names for name in self.names):
            create = f"CREATE TABLE {self.table} ({self.columns})"  # without types, but with names
            made = [create, f"INSERT INTO {self.table} ({self.columns})\n{query}"]
        if kept.key_index:
            *schema, last = name_parts(self.name)
            index = kept.key_index.format(
                table=self.table,
                bare=dialect.quote(last),
                index=spelled(dialect, [*schema, f"{last}_key"]),
                keys=keys,
            )
            made.append(index)
        return made

    @property
    def empty(self) -> str:
        """A query of its columns, without a row."""
        return self.query(NO_ROW)

    @property
    def all_rows(self) -> str:
        """The predictions of all rows: the program's own text, if nothing in it is in the way."""
        words = {part.casefold() for part in name_parts(self.name)}
        steps = {step.name.casefold() for step in self.program.lowered.query.steps}
        read = [*self.program.source.carried, *self.program.source.fed]
        lost = {name.lower() for name in read} & set(self.program.dialect.reading.lost_names)
        if words & steps or lost:
            return self.query(EVERY_ROW)
        return self._stamped(inside(self.program))
