"""Predictions as the kind of table that is asked for."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from keras2sql.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"pandas": "pandas", "arrow": "pyarrow", "polars": "polars"}
"""By their names, what is to be installed."""


def check_kind(kind: str) -> None:
    """Raise `InputError` for a kind that is unknown, or whose package is not installed."""
    if kind not in KINDS:
        raise InputError(f"as_={kind!r}: choose one of {', '.join(KINDS)}")
    if kind != "pandas":
        for package in ("pyarrow", KINDS[kind]):
            if importlib.util.find_spec(package) is None:
                raise InputError(f"as_={kind!r} needs {package}: pip install 'keras2sql[{kind}]'")


def of_kind(frame: pd.DataFrame, kind: str) -> Any:
    """The frame itself, or its rows as a `pyarrow.Table` or a `polars.DataFrame`.

    NaN, by which pandas tells of NULL, becomes null there.
    """
    if kind == "pandas":
        return frame
    import pyarrow

    table = pyarrow.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    if kind == "arrow":
        return table
    import polars

    return polars.from_arrow(table)
