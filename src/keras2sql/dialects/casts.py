"""How a database turns a column of a source into what is computed with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Casts:
    """`number` and `text` turn a column into ``{type}``; `valid` tests one for being a number,
    neither NULL nor NaN.  `key` is a text that such a text is compared with; `text_or_none` is the
    cast of a text that may be missing, where the other puts something in the place of NULL.
    Without `text` no model takes texts, for the reason that is `no_text`.
    """

    number: str
    text: str
    valid: str
    key: str = "{0}"
    text_or_none: str = ""
    no_text: str = ""


@dataclass(frozen=True)
class Bounds:
    """Where an engine's arithmetic raises for numbers that are too large: `hold` keeps a number
    within +-`most`, where no product of a few raises, as `note` tells the reader.
    """

    hold: str
    note: str
    most: float
