"""Where the rows come from: the table, its key, and the columns that feed the model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from keras2sql.dialects.base import Dialect
from keras2sql.errors import InputError


@dataclass(frozen=True)
class Order:
    """The order of the rows of a key, in a table with a row per key and time step.

    With `every` the result has a row for each of them, else one per key.  `least` and `most`
    are the lengths that the model takes; missing steps hold `padding`.  With `together` the
    model takes all steps at once, not one after the other, and `why` tells the reason.  With
    `both_ways` steps are read that come later, so that a NULL in one counts for all.
    """

    column: str
    every: bool
    least: int = 1
    most: int | None = None
    padding: float | None = None
    together: bool = False
    both_ways: bool = False
    why: str = ""


@dataclass(frozen=True)
class Source:
    """The source of a query.  `features` holds a column name per element of each input; with
    an `order`, per element of one time step; for the inputs among `arrays` the one column
    that holds all elements as an array."""

    table: str
    key: tuple[str, ...]
    features: Mapping[str, Sequence[str]]
    passthrough: tuple[str, ...] = ()
    order: Order | None = None
    arrays: frozenset[str] = frozenset()

    def gathered(self, step: str, arrays: Mapping[str, str]) -> Source:
        """The same from a step that has the columns of these inputs as arrays of these names."""
        features = {**self.features, **{name: [array] for name, array in arrays.items()}}
        held = self.arrays | set(arrays)
        return replace(self, table=f'"{step}"', features=features, arrays=held)

    @property
    def carried(self) -> tuple[str, ...]:
        """The source columns that every step hands on as they are, key first."""
        order = () if self.order is None else (self.order.column,)
        return tuple(dict.fromkeys((*self.key, *order, *self.passthrough)))

    @property
    def shown(self) -> tuple[str, ...]:
        """Those of them that are in the result."""
        order = (self.order.column,) if self.order is not None and self.order.every else ()
        return tuple(dict.fromkeys((*self.key, *order, *self.passthrough)))

    def relation(self, dialect: Dialect) -> str:
        """What stands behind FROM: a quoted table name, or a subquery with an alias."""
        if is_subquery(self.table):
            return f"{self.table.strip()} AS source_rows"
        name = ".".join(dialect.quote(part) for part in name_parts(self.table))
        return f"{name} AS source_rows" if dialect.aliases_first else name

    def column(self, name: str, dialect: Dialect) -> str:
        """A column of the relation, spelled where aliases may have its name."""
        quoted = dialect.quote(name)
        return f"source_rows.{quoted}" if dialect.aliases_first else quoted

    def words(self) -> set[str]:
        """Every word of the table's text, folded: names that a step must not take."""
        return {w.casefold() for w in re.findall(r"\w+", self.table)} | {"source_rows"}


# Texts, quoted names and comments, in which a bracket counts for nothing.
_QUIET = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL
)


def is_subquery(table: str) -> bool:
    """Whether `table` is a ``(select ...)``.

    Raises `InputError` for what begins like one and does not end with its bracket.
    """
    text = table.strip()
    if not re.match(
        r"\((?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(select|with|values|table|from)\b", text, re.I | re.S
    ):
        return False
    depth, closed = 0, []
    for found in re.finditer(r"[()]", _QUIET.sub(lambda quiet: "_" * len(quiet[0]), text)):
        depth += 1 if found[0] == "(" else -1
        if depth <= 0:
            closed.append(found.end())
    if closed != [len(text)]:
        raise InputError(
            f"the subquery {text!r} should be one (select ...), ending with its own bracket"
        )
    return True


def name_parts(table: str) -> list[str]:
    """``schema.table`` in its parts; a part in double quotes may hold dots and spaces."""
    parts = re.findall(r'"((?:[^"]|"")*)"|([^."]+)', table)
    rebuilt = ".".join(plain if plain else f'"{quoted}"' for quoted, plain in parts)
    if not parts or rebuilt != table:
        # Not of that form, such as a name with a stray quote: it is taken as it stands.
        parts = [("", table)]
    names = [plain if plain else quoted.replace('""', '"') for quoted, plain in parts]
    if not table or any(not name for name in names):
        raise InputError(f"{table!r} is no table name")
    return names


class Names:
    """Hands out names for columns and steps that clash with nothing, case aside."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}

    def take(self, wish: str) -> str:
        """`wish` itself, or with a number behind."""
        name, number = wish, 2
        while name.casefold() in self._taken:
            name, number = f"{wish}_{number}", number + 1
        self._taken.add(name.casefold())
        return name

    @staticmethod
    def plain(text: str, otherwise: str) -> str:
        """`text` as a short lower-case identifier."""
        name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40].rstrip("_")
        if not name:
            return otherwise
        return name if name[0].isalpha() else f"{otherwise}_{name}"
