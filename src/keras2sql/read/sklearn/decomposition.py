"""Components: projections of the columns onto others."""

from __future__ import annotations

from typing import Any

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.expr import X, Y, maximum
from keras2sql.layers.foreign import Refused
from keras2sql.read.sklearn.builder import TableBuilder
from keras2sql.read.sklearn.columns import Predicted, regression
from keras2sql.read.sklearn.registry import NUMBERED, estimates, fitted, transforms


def projected(graph: TableBuilder, x: Tensor, kernel: Any, mean: Any = None) -> Tensor:
    """``(x - mean) @ kernel``."""
    if mean is not None:
        x = graph.map(X - Y, x, np.asarray(mean, dtype=np.float64))
    kernel = kernel.toarray() if hasattr(kernel, "toarray") else kernel
    return graph.contract(x, np.asarray(kernel, dtype=np.float64))


@transforms("sklearn.PCA", "sklearn.IncrementalPCA", called=NUMBERED)
def pca(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The principal components, each divided by its deviation with `whiten`."""
    fitted(model, "components_", "explained_variance_")
    kernel = np.asarray(model.components_, dtype=np.float64).T
    if model.whiten:
        # No deviation is as small to sklearn/decomposition/_base.py.
        least = np.finfo(np.float64).eps
        kernel = kernel / np.sqrt(np.maximum(model.explained_variance_, least))
    return projected(graph, x, kernel, model.mean_)


@transforms(
    "sklearn.TruncatedSVD",
    "sklearn.GaussianRandomProjection",
    "sklearn.SparseRandomProjection",
    "sklearn.NeighborhoodComponentsAnalysis",
    called=NUMBERED,
)
def projection(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The components alone."""
    fitted(model, "components_")
    return projected(graph, x, model.components_.T)


@transforms("sklearn.FastICA", called=NUMBERED)
def fast_ica(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The independent sources."""
    fitted(model, "components_")
    mean = model.mean_ if getattr(model, "whiten", False) else None
    return projected(graph, x, model.components_.T, mean)


@transforms("sklearn.FactorAnalysis", called=NUMBERED)
def factor_analysis(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The expected factors."""
    fitted(model, "components_", "noise_variance_")
    components = np.asarray(model.components_, dtype=np.float64)
    weighted = components / model.noise_variance_
    covariance = np.linalg.inv(np.eye(len(components)) + weighted @ components.T)
    return projected(graph, x, weighted.T @ covariance, model.mean_)


@transforms("sklearn.SparsePCA", "sklearn.MiniBatchSparsePCA", called=NUMBERED)
def sparse_pca(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The codes that a ridge regression onto the components finds."""
    fitted(model, "components_")
    components = np.asarray(model.components_, dtype=np.float64)
    gram = components @ components.T + model.ridge_alpha * np.eye(len(components))
    return projected(graph, x, np.linalg.solve(gram, components).T, model.mean_)


@transforms(
    "sklearn.DictionaryLearning",
    "sklearn.MiniBatchDictionaryLearning",
    "sklearn.SparseCoder",
    called=NUMBERED,
    note="transform_algorithm='threshold'; others solve a problem for each row",
)
def sparse_code(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The products with the components, as far as they are beyond a threshold."""
    if model.transform_algorithm != "threshold":
        raise Refused(
            f"has the transform_algorithm {model.transform_algorithm!r}, which solves a problem "
            "for each row; 'threshold' becomes SQL"
        )
    coder = type(model).__name__ == "SparseCoder"
    if not coder:
        fitted(model, "components_")
    components = model.dictionary if coder else model.components_
    given = model.transform_alpha
    given = getattr(model, "alpha", None) if given is None else given
    threshold = 1.0 if given is None else float(given)
    code = graph.contract(x, np.asarray(components, dtype=np.float64).T)
    above = graph.map(maximum(X - threshold, 0.0), code)
    below = graph.map(maximum(-X - threshold, 0.0), code)
    if model.positive_code:
        below = graph.zeros(code.shape)
    return graph.join([above, below], 0) if model.split_sign else graph.map(X - Y, above, below)


_PLS = ("sklearn.PLSRegression", "sklearn.PLSCanonical", "sklearn.CCA")


@estimates(*_PLS)
def pls_regression(graph: TableBuilder, model: Any, x: Tensor) -> Predicted:
    """A linear model, of what is left of the columns without their means."""
    fitted(model, "x_rotations_", "y_loadings_", "intercept_", "_x_mean", "_x_std", "_y_std")
    # Not coef_: up to version 1.4 it is for columns that have been scaled.
    kernel = np.asarray(model.x_rotations_) @ np.asarray(model.y_loadings_).T
    kernel = kernel * model._y_std / np.asarray(model._x_std)[:, None]
    shifted = graph.map(X - Y, x, np.asarray(model._x_mean, dtype=np.float64))
    intercept = np.asarray(model.intercept_, dtype=np.float64).reshape(-1)
    return regression(graph.contract(shifted, kernel, intercept))


@transforms(*_PLS, "sklearn.PLSSVD", called=NUMBERED)
def pls_scores(graph: TableBuilder, model: Any, x: Tensor) -> Tensor:
    """The scores of the columns."""
    fitted(model, "_x_mean", "_x_std")
    rotations = model.x_weights_ if type(model).__name__ == "PLSSVD" else model.x_rotations_
    kernel = np.asarray(rotations, dtype=np.float64) / np.asarray(model._x_std)[:, None]
    return projected(graph, x, kernel, model._x_mean)
