"""A fitted estimator asked itself: what its methods return, and the columns that these are."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.errors import InputError
from keras2sql.read.network import Network
from keras2sql.read.sklearn import takes_texts
from keras2sql.read.sklearn.boosters import booster_of
from keras2sql.verification.boosters import categorised

Array = npt.NDArray[Any]


def ask(
    model: Any, network: Network, feeds: Mapping[str, Array]
) -> tuple[dict[str, Any], Array | None]:
    """What the methods of the estimator return for these inputs of its network, by their names,
    and which rows it refuses, if any: with an unknown category, a missing value.

    An estimator that predicts is not asked for what it transforms into.
    """
    rows = table(model, network, feeds)
    if (read := booster_of(model)) is not None and read.categories:
        rows = categorised(read, rows)
    if network.task == "transformer":
        names = ["transform"]
    else:
        names = [m for m in ("predict", "predict_proba", "decision_function") if hasattr(model, m)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return {name: _dense(getattr(model, name)(rows)) for name in names}, None
        except ValueError:
            refused = _refused(getattr(model, names[0]), rows)
        if refused.all():
            raise InputError(f"the {type(model).__name__} refuses every row of the source")
        # Some other row stands for one that is refused, whose prediction is not looked at.
        places = np.where(refused, np.flatnonzero(~refused)[0], np.arange(len(refused)))
        rows = rows.iloc[places] if hasattr(rows, "iloc") else rows[places]
        return {name: _dense(getattr(model, name)(rows)) for name in names}, refused


def _refused(method: Any, rows: Any) -> Array:
    """The rows for which a method raises, found by halves."""
    found = np.zeros(len(rows), dtype=bool)
    waiting = [(0, len(rows))]
    while waiting:
        start, end = waiting.pop()
        part = rows.iloc[start:end] if hasattr(rows, "iloc") else rows[start:end]
        try:
            method(part)
        except ValueError:
            if end - start == 1:
                found[start] = True
            else:
                middle = (start + end) // 2
                waiting += [(start, middle), (middle, end)]
    return found


def table(model: Any, network: Network, feeds: Mapping[str, Array]) -> Any:
    """The rows as the estimator was fitted with them: a frame where it knows names, else an array;
    a column that nothing reads is empty."""
    columns: list[Array] = []
    count = len(next(iter(feeds.values())))
    for place in network.layout:
        if place is None:
            columns.append(np.full(count, np.nan))
            continue
        name, element = place
        values = feeds[name][:, element]
        if values.dtype == object:
            values = np.array([np.nan if v is None else v for v in values], dtype=object)
        columns.append(values)
    names = getattr(model, "feature_names_in_", None)
    if takes_texts(model):
        return columns[0]
    texts = any(column.dtype == object for column in columns)
    if names is not None:
        import pandas as pd

        return pd.DataFrame(dict(zip(names, columns, strict=True)))
    return np.stack([c.astype(object) if texts else c for c in columns], axis=1)


def columns(
    methods: Mapping[str, Any], names: Sequence[str], network: Network, labels: Sequence[Any] | None
) -> dict[str, Any]:
    """The prediction columns, from what the methods returned."""
    if not network.targets:
        (values,) = (v for m, v in methods.items() if m in ("predict", "transform"))
        flat = np.asarray(values).reshape(len(values), -1)
        return {name: flat[:, i] for i, name in enumerate(names)}
    found: dict[str, Any] = {}
    several = len(network.targets) > 1
    for i, target in enumerate(network.targets):
        number = f"_{i}" if several else ""
        listed = list(target.classes) if labels is None or several else list(labels)
        one = {m: _of_target(m, values, i) if several else values for m, values in methods.items()}
        for word, values in _by_class(one).items():
            found |= {f"{word}{number}_{label}": values[:, k] for k, label in enumerate(listed)}
        place = {_plain(c): k for k, c in enumerate(target.classes)}
        chosen = np.array([place[_plain(v)] for v in np.asarray(one["predict"]).reshape(-1)], int)
        found[f"Decision{number}"] = [listed[k] for k in chosen]
        if "predict_proba" in one:
            proba = _both(one["predict_proba"], complement=True)
            found[f"DecisionProba{number}"] = proba[np.arange(len(chosen)), chosen]
    return {name: found[name] for name in names}


def _by_class(methods: Mapping[str, Any]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    if "decision_function" in methods:
        found["Score"] = _both(methods["decision_function"], complement=False)
    if "predict_proba" in methods:
        found["Proba"] = _both(methods["predict_proba"], complement=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            found["LogProba"] = np.log(found["Proba"])
    return found


def _both(values: Any, complement: bool) -> Array:
    """Values of both classes, from those of the second; of more classes as they are."""
    array = np.asarray(values, dtype=np.float64)
    array = array.reshape(len(array), -1)
    if array.shape[1] > 1:
        return array
    return np.hstack([1 - array if complement else -array, array])


def _of_target(method: str, values: Any, i: int) -> Any:
    """What a method returns for one target of several."""
    return values[i] if isinstance(values, list) else np.asarray(values)[:, i]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _dense(values: Any) -> Any:
    if isinstance(values, list):
        return [_dense(one) for one in values]
    return np.asarray(values.todense()) if hasattr(values, "todense") else np.asarray(values)
