"""Predictions that are NULL: how many, and, where all of them are, why."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from keras2sql.dialects import Dialect
from keras2sql.engines import Engine
from keras2sql.errors import DatabaseError
from keras2sql.graph.core import Tensor
from keras2sql.graph.incomplete import may_miss
from keras2sql.lower import features
from keras2sql.lower.source import Source

_LOG = logging.getLogger("keras2sql")
_AT_ONCE, _NAMED = 500, 5


def tell(
    engine: Engine,
    dialect: Dialect,
    source: Source,
    inputs: tuple[Tensor, ...],
    nulls: int,
    rows: int,
) -> None:
    """Log that of `rows` predictions `nulls` are NULL: as a note, or, if all are, as a warning
    that says why."""
    if not nulls:
        return
    if nulls < rows:
        _LOG.info("%d of %d predictions are NULL", nulls, rows)
        return
    try:
        reason = why(engine, dialect, source, inputs)
    except DatabaseError as error:
        reason = f"the features could not be counted: {error}"
    _LOG.warning("all of the %d predictions are NULL: %s", rows, reason)


def why(engine: Engine, dialect: Dialect, source: Source, inputs: tuple[Tensor, ...]) -> str:
    """Which features are NULL, or no numbers, in which share of the rows."""
    tests = dict(_tests(dialect, source, inputs))
    names, rows = list(tests), 0
    good: dict[str, int] = {}
    for start in range(0, len(names), _AT_ONCE):
        part = names[start : start + _AT_ONCE]
        total = dialect.own("sum")
        items = ", ".join(f"{total}(CASE WHEN {tests[n]} THEN 1 ELSE 0 END)" for n in part)
        found = engine.query(
            f"SELECT {dialect.own('count(*)')}, {items}\nFROM {source.relation(dialect)}",
            ["rows", *(f"c{i}" for i in range(len(part)))],
            what="counting the features that are NULL",
        )
        rows, *counts = (int(n or 0) for n in found.iloc[0])
        good |= dict(zip(part, counts, strict=True))
    bad = {name: rows - count for name, count in good.items()}
    if lost := [name for name, count in bad.items() if count == rows]:
        is_ = "is" if len(lost) == 1 else "are"
        return f"{_some(lost)} {is_} NULL, or not what the model takes, in every row of the source"
    missing = sorted((name for name in bad if bad[name]), key=lambda name: -bad[name])
    if missing:
        shares = [f"{name} in {bad[name]}" for name in missing]
        return f"each row lacks a feature, of {rows} rows {_some(shares)}"
    return (
        "no feature is; so the model itself gives no number, or an id is beyond those of its "
        "Embedding"
    )


def _tests(
    dialect: Dialect, source: Source, inputs: tuple[Tensor, ...]
) -> Iterator[tuple[str, str]]:
    """For each feature the test that it is what the model takes."""
    double = dialect.types["double"]
    for t in inputs:
        if may_miss(t):
            continue
        arrays = dialect.arrays if t.layer in source.arrays else None
        for name in source.features[t.layer]:
            column = source.feature(name, dialect, array=arrays is not None)
            if arrays is not None:
                kind = dialect.types["str"] if t.kind == "str" else double
                yield name, arrays.whole.format(column, count=t.size, type=kind)
            else:
                tests = features.tests(dialect, t.kind, column, double, None, missing=False)
                yield name, " AND ".join(tests)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
