"""Conversions of a live model for one database after the other, which read the model once.

To read it says nothing of a database, and for a long table it is most of the time: the model is
saved and read for several numbers of steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keras2sql import api
from keras2sql.program import Program

_READ: dict[tuple[int, str], tuple[Any, Any]] = {}


def convert(
    model: Any,
    dialect: str,
    table: str,
    key: str | Sequence[str],
    features: Any = None,
    **options: Any,
) -> Program:
    """What `keras2sql.convert` makes of a model whose weights don't change any more."""
    place = id(model), repr(features)
    if place not in _READ:
        _READ[place] = model, api.read(model, features)  # the model, so that its id stays its own
    _, found = _READ[place]
    return api.program(found, dialect, table, key, features, **options)
