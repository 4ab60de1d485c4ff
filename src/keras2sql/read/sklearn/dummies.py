"""Estimators that do not look at the columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import targets
from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, where
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted, classification, regression
from keras2sql.read.sklearn.registry import TAKEN, estimates, fitted


def _everywhere(graph: TableBuilder, columns: Columns, values: Any) -> Tensor:
    """The same values in every row, whatever the first column holds."""
    first = graph.numbers(columns.take([0]))
    return graph.map(where(ex.call("isnan", X), Y, Y), first, np.asarray(values, np.float64))


@estimates("sklearn.DummyRegressor", table=True, gaps=TAKEN)
def dummy_regressor(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The constant."""
    fitted(model, "constant_")
    return regression(_everywhere(graph, columns, np.asarray(model.constant_).reshape(-1)))


@estimates("sklearn.DummyClassifier", table=True, gaps=TAKEN, note="not what is random")
def dummy_classifier(graph: TableBuilder, model: Any, columns: Columns) -> Predicted:
    """The most frequent class, or the constant one, with the shares of all classes."""
    fitted(model, "classes_", "class_prior_")
    strategy = model.strategy
    if strategy not in ("most_frequent", "prior", "constant"):
        raise Refused(f"the strategy {strategy!r}, which is random")
    several = isinstance(model.classes_, list)
    classes = model.classes_ if several else [model.classes_]
    priors = model.class_prior_ if several else [model.class_prior_]
    found = []
    for place, (labels, prior) in enumerate(zip(classes, priors, strict=True)):
        proba = np.asarray(prior, dtype=np.float64)
        if strategy == "most_frequent":
            proba = np.eye(len(labels))[int(np.argmax(proba))]
        if strategy == "constant":
            wanted = np.atleast_1d(model.constant)[place]
            proba = np.eye(len(labels))[list(labels).index(wanted)]
        made = _everywhere(graph, columns, proba)
        found.append(targets.most_probable(graph, tuple(labels), made))
    return classification(*found)
