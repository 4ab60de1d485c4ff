"""What a session, or a transaction, is told before statements run in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Settings that one statement makes: `values` has the value of each, spelled, by its name.

    In the `statement` stands an `assignment` for each, with commas between.  What `lasts` holds
    until it is set back, also behind the end of the transaction: `asked` gives one row, whose last
    column, or the part of it behind ``name=``, is the value of one, which is `spelled` to be set.
    """

    values: Mapping[str, str]
    statement: str = "SET {0}"
    assignment: str = "{name} = {value}"
    lasts: bool = False
    asked: str = ""
    spelled: str = "{0}"

    @property
    def names(self) -> list[str]:
        """The names of the settings."""
        return list(self.values)

    @property
    def sql(self) -> str:
        """The statement."""
        assignments = []
        for name, value in self.values.items():
            assignments.append(self.assignment.format(name=name, value=value))
        return self.statement.format(", ".join(assignments))
