"""Some of the columns, whatever chose them."""

from __future__ import annotations

from typing import Any

from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Columns, Predicted
from keras2sql.read.sklearn.registry import PASSED, estimates, fitted, transforms


@transforms(
    "sklearn.GenericUnivariateSelect",
    "sklearn.RFE",
    "sklearn.RFECV",
    "sklearn.SelectFdr",
    "sklearn.SelectFpr",
    "sklearn.SelectFromModel",
    "sklearn.SelectFwe",
    "sklearn.SelectKBest",
    "sklearn.SelectPercentile",
    "sklearn.SequentialFeatureSelector",
    "sklearn.VarianceThreshold",
    table=True,
    gaps=PASSED,
)
def selector(graph: TableBuilder, model: Any, columns: Columns) -> Columns:
    """The columns that the selector itself says it supports."""
    if callable(getattr(model, "importance_getter", None)):
        raise Refused("its importance_getter is a function, which is never executed")
    return columns.take(map(int, model.get_support(indices=True)))


@estimates("sklearn.RFE", "sklearn.RFECV", table=True, gaps=PASSED)
def selector_that_predicts(
    graph: TableBuilder, model: Any, columns: Columns | None
) -> Predicted | None:
    """The estimator behind the columns that it was left with."""
    fitted(model, "estimator_", "support_")
    chosen = None if columns is None else selector(graph, model, columns)
    return graph.estimated(model.estimator_, "estimator", chosen)
