"""Values as JSON has them.

JSON has no infinity and no NaN: a number that is infinite is the text "Infinity" or "-Infinity",
one that is NaN is null, as NULL is.  Dates are ISO 8601, decimals and bytes texts.
"""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def text(value: Any) -> str:
    return json.dumps(plain(value), indent=2, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """The value of what JSON has."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime.date | datetime.time):
        # pandas has a time that is none.
        return None if value != value else value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, Decimal) or value == value else None


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows by column; of two columns of one name the last."""
    names = [str(name) for name in frame.columns]
    return [
        {name: plain(item) for name, item in zip(names, row, strict=True)}
        for row in frame.itertuples(index=False, name=None)
    ]
