"""Align the two sides by key and measure every difference."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from keras2sql.verification.page import Sides
from keras2sql.verification.report import Report

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

_WORST = 10

# By what the source computes in: the rounding unit, and what is beyond its range.
_TYPES = {
    "bfloat16": (2.0**-7, 3.4e38),
    "float16": (2.0**-10, 65520.0),
    "float32": (2.0**-23, 3.4e38),
}
_DOUBLE = (2.0**-52, math.inf)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both sides: `expected` by column for the rows of `keys`, and what was `returned`.

    Rows that are `incomplete` must be NULL everywhere.  `margin` is how far the chosen
    label is ahead of the next in the source model, which computes in `source_type`.
    `sequences` counts those of a long table, and their steps.
    """

    keys: pd.DataFrame
    expected: Mapping[str, Any]
    margin: Array | None
    incomplete: Array
    returned_keys: pd.DataFrame
    returned: pd.DataFrame
    tolerance: float
    source_type: str
    sequences: tuple[int, int] | None = None


class Difference(NamedTuple):
    """One number or label that differs; `excess` is comparable with the tolerance."""

    excess: float
    row: int
    column: str
    expected: Any
    returned: Any
    error: float | None


def compare(c: Comparison, *, model: str, engine: str, source: str, why: str) -> Report:
    """The report on a comparison."""
    import pandas as pd

    at, unknown = _align(c)
    found = at >= 0
    agreement: float | None = None
    largest: dict[str, float] = {}
    relative = 0.0
    differences: list[Difference] = []
    model_side: dict[str, Array] = {}
    database_side: dict[str, Array] = {}
    decided: tuple[tuple[str, str], ...] = ()
    for name, values in c.expected.items():
        returned = c.returned[name].to_numpy(dtype=object)[at]
        if name == "Decision":
            decided = _decided(values, returned, found & ~c.incomplete)
            wrong = np.flatnonzero(_labels_differ(values, returned, c.incomplete) & found)
            agreement = 1.0 - len(wrong) / max(int(found.sum()), 1)
            differences += [
                Difference(_label_excess(c, row), row, name, values[row], returned[row], None)
                for row in wrong.tolist()
            ]
            continue
        want = np.where(c.incomplete, np.nan, np.asarray(values, dtype=np.float64))
        got = np.array([math.nan if _is_null(v) else float(v) for v in returned], dtype=np.float64)
        model_side[name], database_side[name] = want[found], got[found]
        error = np.where(found, _errors(want, got, c, name.startswith("LogProba_")), 0.0)
        size = np.abs(np.nan_to_num(want, posinf=0.0, neginf=0.0))
        largest[name] = float(error.max(initial=0.0))
        relative = max(relative, float((error / np.maximum(size, c.tolerance)).max(initial=0.0)))
        excess = error / (1 + size)
        differences += [
            Difference(float(excess[i]), i, name, want[i], got[i], float(error[i]))
            for i in np.argsort(-excess)[:_WORST].tolist()
            if error[i] > 0
        ]
    differences.sort(key=lambda d: -d.excess)
    missing = int((~found).sum())
    beyond = any(d.excess > c.tolerance for d in differences)
    keys = c.keys.astype(object)
    return Report(
        ok=not (beyond or missing or unknown) and bool((found & ~c.incomplete).any()),
        max_abs_error=max(largest.values(), default=0.0),
        max_rel_error=relative,
        label_agreement=agreement,
        rows=int(found.sum()),
        nulls=int(c.incomplete.sum()),
        missing=missing,
        unknown=unknown,
        sequences=c.sequences,
        tolerance=c.tolerance,
        why=why,
        model=model,
        source=source,
        engine=engine,
        columns=pd.DataFrame({"column": list(largest), "max_abs_error": list(largest.values())}),
        worst=pd.DataFrame(
            [
                (*keys.iloc[d.row], d.column, d.expected, d.returned, d.error)
                for d in differences[:_WORST]
            ],
            columns=[*keys.columns, "column", "expected", "returned", "abs_error"],
        ),
        sides=Sides(model_side, database_side, decided),
    )


def _decided(want: Any, got: Array, shown: Array) -> tuple[tuple[str, str], ...]:
    """Both labels of each row that has some."""
    return tuple(
        (_folded(w), "NULL" if _is_null(g) else _folded(g))
        for w, g, both in zip(want, got, shown, strict=True)
        if both
    )


def _align(c: Comparison) -> tuple[Array, int]:
    """For each expected row its place in what came back, -1 for none; and how many that
    came back (a key twice counts) were not expected."""
    places: dict[tuple[Any, ...], int] = {}
    unknown = 0
    for i, key in enumerate(_tuples(c.returned_keys)):
        unknown += key in places
        places.setdefault(key, i)
    wanted = _tuples(c.keys)
    at = np.array([places.get(key, -1) for key in wanted], dtype=np.intp)
    return at, unknown + len(places.keys() - set(wanted))


def _tuples(keys: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as hashable tuples in which NULL equals NULL."""
    return [
        tuple(None if _is_null(v) else v for v in row)
        for row in keys.astype(object).itertuples(index=False, name=None)
    ]


def _is_null(value: Any) -> bool:
    import pandas as pd

    return bool(pd.isna(value))


def _errors(want: Array, got: Array, c: Comparison, logarithm: bool) -> Array:
    """Absolute differences; infinite where one side has no number and the other has."""
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(got - want)
        error[(want == got) | (np.isnan(want) & np.isnan(got))] = 0.0
        error[np.isnan(want) != np.isnan(got)] = math.inf
        # What overflowed in the source's own precision may be finite in the database's.
        epsilon, largest = _TYPES.get(c.source_type, _DOUBLE)
        error[np.isinf(want) & (np.sign(want) * got >= largest)] = 0.0
        if logarithm:
            # The source rounds p, which the database does not need to go through: what
            # that does to log(p) is the source's error.
            finite = np.isfinite(error) & np.isfinite(want)
            rounding = 4 * epsilon / np.exp(np.maximum(want[finite], -700.0))
            error[finite] = np.maximum(error[finite] - rounding, 0.0)
            error[np.isneginf(want) & (got < math.log(4 * epsilon))] = 0.0
    return np.asarray(error)


def _label_excess(c: Comparison, row: int) -> float:
    """Infinite, but for labels that are as good as equal in the source model."""
    tied = not c.incomplete[row] and c.margin is not None and c.margin[row] <= c.tolerance
    return 0.0 if tied else math.inf


def _labels_differ(want: Any, got: Array, incomplete: Array) -> npt.NDArray[np.bool_]:
    return np.array(
        [
            not _is_null(g) if nothing else _is_null(g) or _folded(w) != _folded(g)
            for w, g, nothing in zip(want, got, incomplete, strict=True)
        ],
        dtype=bool,
    )


def _folded(label: Any) -> str:
    """A label as text, whatever type the database gives it back in."""
    label = getattr(label, "item", lambda: label)()
    if isinstance(label, datetime.datetime):
        label = label.date()
    if isinstance(label, bool):
        label = int(label)
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label)
