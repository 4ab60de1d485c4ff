"""Categories: one-hot and ordinal encodings."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, beside, vector
from keras2sql.read.sklearn.imputing import is_nothing
from keras2sql.read.sklearn.registry import TAKEN, fitted, transforms

_NOWHERE = -1.0  # the place of a category that is no column


def plain(categories: Any) -> list[Any]:
    """Categories as Python values; None for one that stands for a missing value."""
    listed = np.asarray(categories)
    if listed.dtype.kind == "M":
        listed = listed.astype("datetime64[us]")
    values = [v.item() if isinstance(v, np.generic) else v for v in listed.tolist()]
    return [None if is_nothing(v) else v for v in values]


def coded(
    graph: TableBuilder,
    columns: Columns,
    place: int,
    categories: Sequence[Any],
    codes: Sequence[float],
    unknown: float | None,
) -> Tensor:
    """The code of the category in a column, of shape (); `unknown` is that of any other value,
    None if a row with one has no prediction.  None among the categories is a missing value."""
    keys: list[Any] = []
    places: list[float] = []
    missing = unknown
    for category, code in zip(categories, codes, strict=True):
        if category is None:
            missing = code
            continue
        names = _keys(category)
        keys += names
        places += [code] * len(names)
    texts = any(isinstance(key, str) for key in keys)
    if texts and not all(isinstance(key, str) for key in keys):
        raise Refused(f"the categories of {columns.names[place]} are texts and numbers")
    x = graph.text(columns, place) if texts else graph.number(columns, place)
    table = np.array(keys, dtype=object if texts else np.float64)
    values = np.array(places, dtype=np.float64)
    if place not in columns.gaps:
        found = graph.find(table, values, x, unknown)
        return graph.require(found) if unknown is None else found
    nothing = graph.missing(x)
    if unknown is None and missing is not None and keys:
        first = keys[0] if texts else float(keys[0])  # a missing value is no unknown one
        x = graph.map(where(Y, first, X), x, nothing)
    found = graph.find(table, values, x, unknown)
    if missing is not None:
        found = graph.map(where(Y, float(missing), X), found, nothing)
    return graph.require(found) if unknown is None else found


def _keys(value: Any) -> list[Any]:
    """What a category may be in the database."""
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():  # a date, or a time at midnight
            return [value.date().isoformat(), value.isoformat(" ")]
        return [value.isoformat(" ")]
    if isinstance(value, datetime.date):
        return [value.isoformat()]
    if isinstance(value, str | int | float):
        return [value]
    raise Refused(f"a category {value!r} of type {type(value).__name__}")


@transforms("sklearn.OneHotEncoder", table=True, gaps=TAKEN)
def one_hot_encoder(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """A column of 0 and 1 for each category that is not dropped; infrequent ones share one."""
    fitted(model, "categories_")
    parts = []
    for place, listed in enumerate(model.categories_):
        categories = plain(listed)
        slots, names, unknown = _slots(model, place, categories)
        code = coded(graph, columns, place, categories, slots, unknown)
        hot = graph.map(
            where(ex.call("eq", X, Y), 1.0, 0.0), graph.reshape(code, (1,)), np.arange(len(names))
        )
        parts.append(vector(hot, _combined(model, columns.names[place], names)))
    return beside(parts)


def _slots(model: Any, place: int, categories: list[Any]) -> tuple[list[float], list[Any], Any]:
    """Of each category the place of its column, the names of the columns, and the place of an
    unknown category."""
    groups, infrequent = _grouped(model, place, len(categories))
    count = max(groups) + 1 if groups else 0
    names: list[Any] = [None] * count
    for category, group in zip(model.categories_[place], groups, strict=True):
        names[group] = "infrequent_sklearn" if group == infrequent else category
    order: list[float] = [float(group) for group in range(count)]
    dropped = getattr(model, "_drop_idx_after_grouping", None)
    if dropped is None and getattr(model, "drop", None) is not None:
        dropped = model.drop_idx_
    drop = None if dropped is None or dropped[place] is None else int(dropped[place])
    if drop is not None:
        order = [_NOWHERE if g == drop else float(g - (g > drop)) for g in range(count)]
        names.pop(drop)
    unknown = None
    if model.handle_unknown != "error":
        kept = model.handle_unknown in ("infrequent_if_exist", "warn") and infrequent is not None
        unknown = order[infrequent] if kept and infrequent is not None else _NOWHERE
    return [order[g] for g in groups], names, unknown


def _grouped(model: Any, place: int, count: int) -> tuple[list[int], int | None]:
    """The group of each category, and the group of the infrequent ones, if there are some."""
    mappings = getattr(model, "_default_to_infrequent_mappings", None)
    if not getattr(model, "_infrequent_enabled", False) or mappings is None:
        return list(range(count)), None
    mapping, infrequent = mappings[place], model._infrequent_indices[place]
    if mapping is None or infrequent is None:
        return list(range(count)), None
    groups = [int(group) for group in mapping]
    groups += range(len(groups), count)  # a missing value, which some leave out
    return groups, groups[int(infrequent[0])]


def _combined(model: Any, feature: str, categories: list[Any]) -> list[str]:
    if getattr(model, "feature_name_combiner", "concat") != "concat":
        raise Refused("its feature_name_combiner is a function, which is never executed")
    return [f"{feature}_{category}" for category in categories]


@transforms("sklearn.OrdinalEncoder", table=True, gaps=TAKEN)
def ordinal_encoder(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The number of the category, counted from 0; infrequent ones share the last."""
    fitted(model, "categories_", "_missing_indices")
    codes, gaps = [], set()
    unknown = None
    if model.handle_unknown == "use_encoded_value":
        unknown = float(model.unknown_value)
    for place, listed in enumerate(model.categories_):
        categories = plain(listed)
        groups, _ = _grouped(model, place, len(categories))
        numbers = [float(group) for group in groups]
        if place in model._missing_indices:
            numbers[model._missing_indices[place]] = float(model.encoded_missing_value)
        if any(np.isnan([*numbers, 0.0 if unknown is None else unknown])):
            gaps.add(place)
        code = coded(graph, columns, place, categories, numbers, unknown)
        codes.append(graph.reshape(code, (1,)))
    return vector(graph.join(codes, 0), columns.names, gaps)
