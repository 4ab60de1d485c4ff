"""Boosted trees in their own library: what `verify` asks where a file or a booster was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.read.boosters.model import Boosted
from keras2sql.read.network import Network

Array = npt.NDArray[Any]
Predict = Callable[[Any], Array]


@dataclass(frozen=True, eq=False)
class Asked:
    """A booster that predicts numbers."""

    model: Boosted
    raw: Predict

    @property
    def feature_names_in_(self) -> tuple[str, ...]:
        return self.model.feature_names_in_

    def predict(self, rows: Any) -> Array:
        return np.asarray(self.raw(rows))


class Classifier(Asked):
    """One that predicts probabilities."""

    def predict_proba(self, rows: Any) -> Array:
        proba = np.asarray(self.raw(rows), dtype=np.float64)
        if proba.ndim == 1:
            proba = np.stack([1 - proba, proba], axis=1)
        return proba

    def predict(self, rows: Any) -> Array:
        proba, labels = self.predict_proba(rows), self.model.labels
        if len(labels) > 1:
            return np.asarray(proba > 0.5, dtype=np.int64)
        chosen = proba.argmax(axis=1)
        if self.model.threshold is not None:
            chosen = np.asarray(proba[:, 1] > self.model.threshold, dtype=np.int64)
        return np.asarray(np.array(labels[0], dtype=object)[chosen])


def alive(model: Boosted) -> tuple[Any, str]:
    """What predicts as the model does in its own library, and the library with its version; None
    and a reason where it is not installed."""
    package = model.library.lower()
    if find_spec(package) is None:
        return None, f"{model.library} is not installed"
    library = import_module(package)
    raw = _OPENED[model.library](library, model)
    kind = Classifier if model.labels else Asked
    return kind(model, raw), f"{model.library} {library.__version__}"


def categorised(model: Boosted, rows: Any) -> Any:
    """The rows as a frame whose columns of categories are such."""
    import pandas as pd

    frame = pd.DataFrame(rows)
    for place, listed in model.categories.items():
        name = frame.columns[place]
        values = [_plain(v) for v in frame[name]]
        known = [_plain(v) for v in listed]
        others = sorted({v for v in values if v is not None} - set(known))
        frame[name] = pd.Categorical(values, categories=[*known, *others])
    return frame


def _plain(value: Any) -> Any:
    """None for nothing, and a whole number as such."""
    if value is None or value != value:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def by_numpy(network: Network, feeds: Mapping[str, Array]) -> dict[str, Any]:
    """What the methods would return, by the graph itself."""
    found = network.graph.evaluate(feeds)
    if not network.targets:
        return {"predict": found["predict"]}
    several = len(network.targets) > 1
    ends = [f" {i}" for i in range(len(network.targets))] if several else [""]
    proba = [found[f"predict_proba{end}"] for end in ends]
    labels = [
        np.array(target.classes, dtype=object)[found[f"predict{end}"].astype(int)]
        for target, end in zip(network.targets, ends, strict=True)
    ]
    if several:
        return {"predict": np.stack(labels, axis=1), "predict_proba": proba}
    return {"predict": labels[0], "predict_proba": proba[0]}


def _xgboost(library: Any, model: Boosted) -> Predict:
    booster = model.source
    if isinstance(booster, Path):
        booster = library.Booster(model_file=str(booster))
    last = booster.attr("best_iteration") if booster.attr("scikit_learn") else None
    until = (0, int(last) + 1) if last else (0, 0)
    kind = "margin" if model.link == "softmax" else "value"

    def run(rows: Any) -> Array:
        if model.weights is not None:
            given = library.DMatrix(np.asarray(rows), missing=np.nan)
            found = booster.predict(given, output_margin=kind == "margin", validate_features=False)
        else:
            found = booster.inplace_predict(
                rows, until, kind, missing=np.nan, validate_features=False
            )
        if kind == "value":
            return np.asarray(found)
        powers = np.exp(found - found.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    return run


def _lightgbm(library: Any, model: Boosted) -> Predict:
    booster = model.source
    if isinstance(booster, Path):
        booster = library.Booster(model_file=str(booster))
    return lambda rows: np.asarray(booster.predict(rows))


def _catboost(library: Any, model: Boosted) -> Predict:
    made = model.source
    if isinstance(made, Path):
        made = library.CatBoost().load_model(str(made), format="json")
    kind = {"exp": "Exponent"}.get(model.link, "Probability" if model.labels else "RawFormulaVal")
    if model.labels and model.link == "sigmoid" and model.outputs > 1:
        return lambda rows: 1 / (1 + np.exp(-np.asarray(made.predict(rows, "RawFormulaVal"))))
    return lambda rows: np.asarray(made.predict(rows, kind))


_OPENED: dict[str, Callable[[Any, Boosted], Predict]] = {
    "XGBoost": _xgboost,
    "LightGBM": _lightgbm,
    "CatBoost": _catboost,
}
