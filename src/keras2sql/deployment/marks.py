"""The mark that a deployed view, table or macro carries, and what it says.

A mark stands in a comment, which whoever owns the view can write: what it says is believed only
as far as it has the form of a mark, and a table that it names is dropped only if that carries
the mark of weights itself.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from keras2sql.dialects import Dialect
from keras2sql.dialects.storage import Views
from keras2sql.errors import InputError, one_line
from keras2sql.sql.stored import prefix
from keras2sql.version import __version__

START = "keras2sql: {"
KINDS = {"view": "VIEW", "table": "TABLE", "macro": "MACRO TABLE", "function": "FUNCTION"}
"""What can be deployed, and what DROP and COMMENT ON call it in most databases."""

LONGEST = 1_000_000
"""Characters of a comment that are read; no mark is longer."""

WEIGHTS = "Weights of "
_WEIGHTS = re.compile(rf"{WEIGHTS}(.*), by keras2sql \S+")
_LISTED = 1000  # labels of a mark
_NAMED = 1000  # characters of a model's name on its tables

# What stands in a text of a query as it is, in every database and every setting of a session.
_PLAIN = "".join(c for c in string.printable if c.isprintable() and c not in "'\\%")
_STEP = re.compile(
    r"(?:CREATE (?:OR REPLACE )?VIEW (?:\"(?:[^\"]|\"\")*\"|[^\s\"])+ AS )?"
    r"WITH (?:RECURSIVE )?[`\"]?keras2sql_mark[`\"]? AS \(SELECT '([^'\\]*)' AS",
    re.IGNORECASE,
)


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
    `tables` says how many rows each of them has; they are in `schema`.  `source`, `key` and
    `labels` are those of the program, `types` those of its source's columns, `shown` how many
    columns come before the predictions, `work` the multiply-adds per row, `made` the time (UTC).
    `change` tells what `deploy` did: "made", "replaced" or "unchanged".  `damage` says why the
    comment is no mark that could be believed; nothing else is known then.
    """

    place: Place
    kind: str
    model: str = ""
    content: str = ""
    version: str = ""
    schema: str = ""
    tables: Mapping[str, int] = field(default_factory=dict)
    source: str = ""
    key: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    made: str = ""
    work: int = 0
    shown: int = 0
    types: Mapping[str, str] = field(default_factory=dict)
    change: str = "made"
    damage: str = ""

    @property
    def mark(self) -> str:
        """One line of printable ASCII."""
        said = {
            "model": self.model,
            "hash": self.content,
            "version": self.version,
            "schema": self.schema,
            "tables": dict(self.tables),
            "source": self.source,
            "key": list(self.key),
            "labels": list(self.labels[:_LISTED]),
            "made": self.made,
            "work": self.work,
            "shown": self.shown,
            "types": dict(self.types),
        }
        return f"{START[:-1]}{json.dumps(said)}"

    def mark_within(self, longest: int | None) -> str:
        """The mark in so many characters: without what is for people, if need be."""
        shortened = (self, replace(self, types={}), replace(self, types={}, labels=(), source=""))
        marks = [one.mark for one in shortened]
        fits = (mark for mark in marks if longest is None or len(quote(mark)) <= longest)
        return next(fits, marks[-1])

    def table_places(self) -> list[Place]:
        return [Place(self.schema, name) for name in self.tables]


def called(kind: str, dialect: Dialect) -> str:
    """What DROP and COMMENT ON call one of the `KINDS`."""
    return views_of(dialect).named.get(kind, KINDS[kind])


def beside(place: Place) -> Place:
    """Where something is made that is not yet in its place."""
    return Place(place.schema, f"{place.name}_unfinished")


def read(kind: str, place: Place, text: str, dialect: Dialect) -> Deployed | None:
    """What a comment says, or the beginning of the text where comments are kept in it; None
    for what keras2sql did not write."""
    if kind not in KINDS:
        return None
    line = _line(kind, place, text, dialect)
    if line is None or not line.startswith(START):
        return None
    try:
        if len(line) >= LONGEST:
            raise ValueError(f"it has {LONGEST:,} characters and more")
        said = json.loads(line.removeprefix(START[:-1]))
        _check_characters(said)
        return Deployed(
            place=place,
            kind=kind,
            model=_text(said, "model"),
            content=_text(said, "hash"),
            version=_text(said, "version"),
            schema=_text(said, "schema"),
            tables=_tables(said),
            # Which marks of 0.1.0 do not have.
            source=_text(said, "source", ""),
            key=_texts(said, "key"),
            labels=_texts(said, "labels"),
            made=_text(said, "made", ""),
            work=_count(said.get("work", 0), "work"),
            shown=_count(said.get("shown", 0), "number of columns"),
            types=_types(said),
        )
    except (ValueError, RecursionError) as error:
        return Deployed(place, kind, damage=one_line(error, 200))


def weights(model: str) -> str:
    """What a table of weights says of itself."""
    return f"{WEIGHTS}{one_line(model, _NAMED)}, by keras2sql {__version__}"


def are_weights(place: Place, text: str, model: str | None, dialect: Dialect) -> bool:
    """Whether a table of this comment, or text, is one of weights, by its mark and its name; of
    a model of this name, or of the one that the mark names."""
    line = _line("table", place, text, dialect)
    found = _WEIGHTS.fullmatch(line) if line is not None else None
    if found is None:
        return False
    begins = prefix(found[1] if model is None else model)
    return bool(re.fullmatch(rf"{begins}_(\w+_)?[0-9a-f]{{12}}(_\w+)?", place.name))


def written(mark: str, dialect: Dialect) -> str:
    """A mark, or a note on a table, as it stands in a comment."""
    return quote(mark, safe=_PLAIN) if views_of(dialect).plain else mark


def in_step(query: str, mark: str, dialect: Dialect) -> str:
    """The query with a step before all others that holds the mark, and that nobody reads."""
    lines = query.split("\n")
    head = next(i for i, line in enumerate(lines) if not line.startswith("-- "))
    step = views_of(dialect).step.format(text=dialect.constant(written(mark, dialect)))
    if lines[head] in ("WITH", dialect.grammar.recursive):
        made = [lines[head], f"{step},", *lines[head + 1 :]]
    else:
        made = ["WITH", step, *lines[head:]]
    return "\n".join([*lines[:head], *made])


def opened(kind: str, place: Place, dialect: Dialect) -> str:
    """How a statement begins whose text has the mark in it."""
    bracket = "AS" if kind == "view" else "("
    return f"CREATE {KINDS[kind]} {place.quoted(dialect)} {bracket}\n-- "


def views_of(dialect: Dialect) -> Views:
    """How it keeps what is deployed; raises `UnsupportedDialectError` where it does not."""
    return dialect.need(dialect.views, "views that could be deployed")


def place(parts: list[str], schema: str, dialect: Dialect) -> Place:
    """From a name in its parts; `schema` is the one in use."""
    if len(parts) > 2:
        raise InputError(f"{'.'.join(parts)}: a view is called NAME or SCHEMA.NAME here")
    above = parts[0] if len(parts) == 2 else ""
    return Place("" if dialect.folded(above) == dialect.folded(schema) else above, parts[-1])


def _line(kind: str, place: Place, text: str, dialect: Dialect) -> str | None:
    """The line that may be a mark; None where there is none."""
    views = views_of(dialect)
    if kind == "view" and views.step:
        found = _STEP.match(text)
        return unquote(found[1]) if found else None
    if views.commented(kind):
        return unquote(text) if views.plain else text
    head = opened(kind, Place("", place.name), dialect)
    return text.removeprefix(head).partition("\n")[0] if text.startswith(head) else None


# -- what has the form of a mark


def _check_characters(said: Any) -> None:
    """Raise `ValueError` for what JSON can name, and no text can hold: half of a character."""
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("it names characters that there are not") from error


def _text(said: Any, name: str, otherwise: str | None = None) -> str:
    found = said.get(name, otherwise)
    if not isinstance(found, str) or "\0" in found:
        raise ValueError(f"its {name} is no text")
    return found


def _texts(said: Any, name: str) -> tuple[str, ...]:
    found = said.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"its {name} is no list of texts")
    return tuple(found)


def _tables(said: Any) -> dict[str, int]:
    found = said.get("tables")
    if not isinstance(found, dict):
        raise ValueError("it lists no tables")
    for name, rows in found.items():
        if not name or "\0" in name:
            raise ValueError("it lists a table without a name")
        _count(rows, f"number of rows of {name}")
    return found


def _types(said: Any) -> dict[str, str]:
    found = said.get("types", {})
    texts = isinstance(found, dict) and all(isinstance(kind, str) for kind in found.values())
    if not texts:
        raise ValueError("its types are no texts")
    return dict(found)


def _count(found: Any, what: str) -> int:
    if type(found) is not int or not 0 <= found < 2**63:
        raise ValueError(f"its {what} is no count")
    return found
