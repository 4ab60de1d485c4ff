"""The mark that a deployed view, table or macro carries, and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from keras2sql.dialects import Dialect
from keras2sql.errors import InputError

START = "keras2sql: {"
KINDS = {"view": "VIEW", "table": "TABLE", "macro": "MACRO TABLE"}
"""What can be deployed, and what DROP and COMMENT ON call it."""


@dataclass(frozen=True)
class Place:
    """Where something stands; the schema is empty for the one in use."""

    schema: str
    name: str

    def quoted(self, dialect: Dialect) -> str:
        parts = [self.schema, self.name] if self.schema else [self.name]
        return ".".join(map(dialect.quote, parts))

    def folded(self, dialect: Dialect) -> tuple[str, str]:
        """The same for places that are one to the database."""
        return dialect.folded(self.schema), dialect.folded(self.name)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True)
class Deployed:
    """One model in a database.

    `content` is a hash of the query, whose tables' names hold hashes of the weights.
    `tables` says how many rows each of them has; they are in `schema`.  `change` tells what
    `deploy` did: "made", "replaced" or "unchanged".
    """

    place: Place
    kind: str
    model: str
    content: str
    version: str
    schema: str = ""
    tables: Mapping[str, int] = field(default_factory=dict)
    change: str = "made"

    @property
    def mark(self) -> str:
        """One line of printable ASCII."""
        said = {
            "model": self.model,
            "hash": self.content,
            "version": self.version,
            "schema": self.schema,
            "tables": dict(self.tables),
        }
        return f"{START[:-1]}{json.dumps(said)}"

    def table_places(self) -> list[Place]:
        return [Place(self.schema, name) for name in self.tables]


def read(kind: str, place: Place, text: str, dialect: Dialect) -> Deployed | None:
    """What a comment says, or the beginning of the text where comments are kept in it; None
    for what keras2sql did not write."""
    if not dialect.storage.comment:
        head = opened(kind, Place("", place.name), dialect)
        if not text.startswith(head):
            return None
        text = text.removeprefix(head).partition("\n")[0]
    try:
        said = json.loads(text.removeprefix(START[:-1]))
        return Deployed(
            place=place,
            kind=kind,
            model=str(said["model"]),
            content=str(said["hash"]),
            version=str(said["version"]),
            schema=str(said["schema"]),
            tables={str(name): int(rows) for name, rows in said["tables"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def opened(kind: str, place: Place, dialect: Dialect) -> str:
    """How a statement begins whose text has the mark in it."""
    bracket = "AS" if kind == "view" else "("
    return f"CREATE {KINDS[kind]} {place.quoted(dialect)} {bracket}\n-- "


def place(parts: list[str], schema: str, dialect: Dialect) -> Place:
    """From a name in its parts; `schema` is the one in use."""
    if len(parts) > 2:
        raise InputError(f"{'.'.join(parts)}: a view is called NAME or SCHEMA.NAME here")
    above = parts[0] if len(parts) == 2 else ""
    return Place("" if dialect.folded(above) == dialect.folded(schema) else above, parts[-1])
