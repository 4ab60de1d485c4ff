"""A case fitted, read, and asked: what scikit-learn says, by the names of the columns.

This is written apart from `keras2sql.heads` and `keras2sql.verification` on purpose.
"""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import ClusterMixin, DensityMixin, OutlierMixin, clone

from estimators.case import Case
from estimators.data import Data, data
from keras2sql.graph.core import Graph
from keras2sql.heads import head
from keras2sql.read.any import read
from keras2sql.read.network import Network


@dataclass(frozen=True, eq=False)
class Built:
    """The fitted `model` as read, the graph of its columns, and the rows that it is asked for."""

    model: Any
    network: Network
    graph: Graph
    probes: Any

    @property
    def frame(self) -> pd.DataFrame:
        """The probes as a table of a database, key first, by the names of the features."""
        frame = pd.DataFrame(self.probes)
        if not isinstance(self.probes, pd.DataFrame):
            frame.columns = [f"Feature_{i}" for i in range(frame.shape[1])]
        return frame.assign(id=np.arange(len(frame)))

    @functools.cached_property
    def feeds(self) -> dict[str, Any]:
        frame = pd.DataFrame(self.probes)
        found: dict[str, Any] = {}
        for t in self.network.graph.inputs:
            layout = self.network.layout
            places = [layout.index((t.layer, element)) for element in range(t.size)]
            part = frame.iloc[:, places].astype(object)
            values = part.where(part.notna(), None if t.kind == "str" else np.nan)
            kind = object if t.kind == "str" else np.float64
            found[t.layer] = values.to_numpy(dtype=object).astype(kind)
        return found


@functools.cache
def built(case: Case) -> Built:
    """The case, fitted once."""
    given: Data = data(case.data)
    target = given.targets[case.target] if case.target else next(iter(given.targets.values()), None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = clone(case.estimator).fit(given.rows, target)
        network = read(model)
    graph = head(
        network.graph, network.task, network.classes, network.probabilities, network.targets
    )
    return Built(model, network, graph, given.probes)


@functools.cache
def wanted(made: Built) -> dict[str, Any]:
    """What scikit-learn says of the probes, by column; nothing of a row for which it raises."""
    rows = made.probes if isinstance(made.probes, pd.DataFrame) else np.asarray(made.probes)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return _columns(made.model, rows)
        except (IndexError, ValueError):
            listed = [_row(made.model, rows[i : i + 1]) for i in range(len(rows))]
    told = next(one for one in listed if one is not None)
    missing = {name: [None if name.startswith("Decision") else np.nan] for name in told}
    return {
        name: np.concatenate([np.asarray((one or missing)[name], dtype=object) for one in listed])
        for name in told
    }


def _row(model: Any, row: Any) -> dict[str, Any] | None:
    try:
        return _columns(model, row)
    except (IndexError, ValueError):
        return None


def _columns(model: Any, rows: Any) -> dict[str, Any]:
    if not hasattr(model, "predict"):
        return _transformed(model, rows)
    labels = _numbers(getattr(model, "_final_estimator", model))
    if labels is not None:
        return _target(model, rows, labels, model.predict(rows))
    if not len(getattr(model, "classes_", ())):
        values = model.predict(rows).reshape(len(rows), -1)
        names = [f"Estimator_{i}" for i in range(values.shape[1])]
        return dict(zip(names if len(names) > 1 else ["Estimator"], values.T, strict=True))
    predicted = model.predict(rows)
    if predicted.shape == (len(rows), 1):  # as CatBoost has it of more than two classes
        predicted = predicted.ravel()
    if predicted.ndim > 1:
        return _several(model, rows, predicted)
    return _target(model, rows, model.classes_, predicted)


def _numbers(model: Any) -> list[int] | None:
    """What one predicts that was told no classes: the number of a cluster or a component, or
    whether a row is alike to others."""
    if hasattr(model, "subcluster_labels_"):
        return sorted(set(model.subcluster_labels_.tolist()))
    if isinstance(model, OutlierMixin):
        return [-1, 1]
    if isinstance(model, ClusterMixin):
        return list(range(len(model.cluster_centers_)))
    return list(range(len(model.means_))) if isinstance(model, DensityMixin) else None


def _target(model: Any, rows: Any, classes: Any, predicted: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    pairs = getattr(model, "decision_function_shape", "") == "ovo" and len(classes) > 2
    if hasattr(model, "decision_function") and not pairs:
        scores = model.decision_function(rows)
        scores = np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores
        found |= {f"Score_{c}": scores[:, i] for i, c in enumerate(classes)}
    proba = model.predict_proba(rows) if hasattr(model, "predict_proba") else None
    if proba is not None:
        found |= {f"Proba_{c}": proba[:, i] for i, c in enumerate(classes)}
        found |= {f"LogProba_{c}": np.log(proba[:, i]) for i, c in enumerate(classes)}
    found["Decision"] = predicted
    if proba is not None:
        places = [list(classes).index(p) for p in predicted]
        found["DecisionProba"] = proba[np.arange(len(proba)), places]
    return found


def _several(model: Any, rows: Any, predicted: Any) -> dict[str, Any]:
    """Of each target, the classes of which are 0 and 1 where the model lists the targets."""
    found: dict[str, Any] = {}
    proba = model.predict_proba(rows) if hasattr(model, "predict_proba") else None
    scores = model.decision_function(rows) if hasattr(model, "decision_function") else None
    for i in range(predicted.shape[1]):
        several = isinstance(model.classes_, list)
        classes = model.classes_[i] if several else [0, 1]
        one = None
        if scores is not None:
            found |= {
                f"Score_{i}_{c}": s * scores[:, i] for c, s in zip(classes, (-1, 1), strict=True)
            }
        if proba is not None:
            one = proba[i] if isinstance(proba, list) else proba[:, i]
            one = np.stack([1 - one, one], axis=1) if one.ndim == 1 else one
            found |= {f"Proba_{i}_{c}": one[:, k] for k, c in enumerate(classes)}
            found |= {f"LogProba_{i}_{c}": np.log(one[:, k]) for k, c in enumerate(classes)}
        found[f"Decision_{i}"] = predicted[:, i]
        if one is not None:
            places = [list(classes).index(p) for p in predicted[:, i]]
            found[f"DecisionProba_{i}"] = one[np.arange(len(one)), places]
    return found


def _transformed(model: Any, rows: Any) -> dict[str, Any]:
    values = model.transform(rows)
    values = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
    names = getattr(model, "best_estimator_", model).get_feature_names_out()
    return dict(zip(map(str, names), values.T, strict=True))


def check(found: Any, expected: Any, tolerance: float, name: str) -> None:
    """Raise `AssertionError` where a column is not as expected: labels alike, NULL for NaN."""
    expected = np.asarray(expected, dtype=object)
    texts = any(isinstance(value, str) for value in expected)
    if texts or (name.startswith("Decision") and not name.startswith("DecisionProba")):
        for one, other in zip(found, expected, strict=True):
            assert _plain(one) == _plain(other), name
        return
    one = np.array([np.nan if v is None or v is pd.NA else v for v in found], dtype=np.float64)
    other = expected.astype(np.float64)
    if name.startswith("LogProba"):  # it is finite here where scikit-learn's rounds to 0 first
        lost = np.isinf(other) | (other < -30)
        assert (one[lost] < -25).all(), name
        one, other = one[~lost], other[~lost]
    beyond = np.abs(other) > 1e90  # some databases hold no number as large
    assert (np.abs(one[beyond]) > 1e90).all(), name
    one, other = one[~beyond], other[~beyond]
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance, err_msg=name)


def _plain(value: Any) -> Any:
    """A label as Python's own; a database that has no dates or truth values tells them so."""
    if pd.isna(value):
        return None
    if hasattr(value, "isoformat") or isinstance(value, np.datetime64):
        return str(value)[:10]
    return value.item() if isinstance(value, np.generic) else value
