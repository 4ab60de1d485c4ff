"""Missing values: filled in, and told of."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, beside, vector
from keras2sql.read.sklearn.registry import PASSED, TAKEN, fitted, transforms


def is_nothing(value: Any) -> bool:
    """Whether a value is one of those that stand for a missing one: None, NaN, pandas.NA."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def gaps_of(model: Any) -> str:
    """What an imputer makes of gaps: it fills them in, if these are what it calls missing."""
    return TAKEN if is_nothing(model.missing_values) else PASSED


@transforms("sklearn.SimpleImputer", table=True, gaps=gaps_of)
def simple_imputer(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The statistic of its column in the place of a missing value; a column that had none when it
    was fitted is left out.  With an indicator, columns behind that tell which were missing."""
    fitted(model, "statistics_", "indicator_")
    statistics = [s.item() if isinstance(s, np.generic) else s for s in model.statistics_]
    kept = list(range(len(statistics)))
    if not getattr(model, "keep_empty_features", False):
        kept = [i for i in kept if not is_nothing(statistics[i])]
    filled = [
        _text_filled(graph, model, columns, i, statistics[i])
        for i in kept
        if isinstance(statistics[i], str)
    ]
    numbers = [i for i in kept if not isinstance(statistics[i], str)]
    if numbers:
        chosen = [statistics[i] for i in numbers]
        values = np.array([0.0 if s is None else float(s) for s in chosen])
        part = columns.take(numbers)
        x = graph.numbers(part)
        y = graph.map(where(Y, Z, X), x, missing(graph, model, x), values)
        filled.append(vector(y, part.names))
    found = beside(filled)
    # In the order of the columns, texts among numbers.
    order = [*(i for i in kept if i not in numbers), *numbers]
    found = found.take([order.index(i) for i in kept])
    if model.indicator_ is None:
        return found
    return beside([found, indicated(graph, model.indicator_, columns)])


def _text_filled(
    graph: TableBuilder, model: Any, columns: Columns, place: int, fill: str
) -> Columns:
    text = graph.text(columns, place)
    y = graph.map(where(Y, fill, X), text, missing(graph, model, text))
    return vector(graph.reshape(y, (1,)), [columns.names[place]])


@transforms("sklearn.MissingIndicator", table=True, gaps=gaps_of)
def missing_indicator(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """1 where a column misses its value."""
    return indicated(graph, model, columns)


def indicated(graph: TableBuilder, indicator: Any, columns: Columns) -> Columns:
    """A column of 0 and 1 for each that the indicator was fitted to tell of."""
    fitted(indicator, "features_")
    part = columns.take(map(int, indicator.features_))
    names = [f"missingindicator_{name}" for name in part.names]
    told = []
    for place, name in enumerate(names):
        text = _holds_texts(graph, part, place)
        x = graph.text(part, place) if text else graph.number(part, place)
        flag = graph.map(where(X, 1.0, 0.0), missing(graph, indicator, x))
        told.append(vector(graph.reshape(flag, (1,)), [name]))
    return beside(told)


def _holds_texts(graph: TableBuilder, columns: Columns, place: int) -> bool:
    return columns.cells[place][0].kind == "str"


def missing(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """Which elements of `x` are what the model calls missing."""
    wanted = model.missing_values
    if is_nothing(wanted):
        return graph.missing(x)
    wanted = wanted.item() if isinstance(wanted, np.generic) else wanted
    if isinstance(wanted, str) != (x.kind == "str"):
        raise Refused(f"takes {wanted!r} for a missing value, which is none of its columns' values")
    return graph.map(ex.call("eq", X, wanted if isinstance(wanted, str) else float(wanted)), x)
