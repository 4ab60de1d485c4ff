"""Components, and choices of columns."""

from __future__ import annotations

from typing import Any

from sklearn import feature_selection as fs
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from sklearn.decomposition import (
    PCA,
    DictionaryLearning,
    FactorAnalysis,
    FastICA,
    IncrementalPCA,
    MiniBatchDictionaryLearning,
    MiniBatchSparsePCA,
    SparseCoder,
    SparsePCA,
    TruncatedSVD,
)
from sklearn.linear_model import Lasso, LinearRegression
from sklearn.neighbors import NeighborhoodComponentsAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from estimators.case import Case, case
from estimators.data import data

_LEARNT: dict[str, Any] = {"transform_algorithm": "threshold", "max_iter": 2, "random_state": 0}
_WORDS = data("diabetes").rows[:4]

CASES: list[Case] = [
    case(DictionaryLearning(3, **_LEARNT), "iris"),
    case(
        make_pipeline(
            MiniBatchDictionaryLearning(3, transform_alpha=0.2, split_sign=True, **_LEARNT),
            LinearRegression(),
        ),
        "diabetes",
    ),
    case(SparseCoder(_WORDS, transform_algorithm="threshold", transform_alpha=0.5), "diabetes"),
    case(SparseCoder(_WORDS, transform_algorithm="threshold", positive_code=True), "diabetes"),
    case(PCA(3), "diabetes"),
    case(PCA(2, whiten=True), "iris"),
    case(PCA(), "cancer"),
    case(IncrementalPCA(2, batch_size=30), "iris"),
    case(TruncatedSVD(2, random_state=0), "cancer"),
    case(FastICA(2, random_state=0, max_iter=20), "iris"),
    case(FastICA(whiten=False, random_state=0, max_iter=5), "iris"),
    case(FactorAnalysis(2, max_iter=20), "diabetes"),
    case(SparsePCA(2, max_iter=3, random_state=0), "iris"),
    case(MiniBatchSparsePCA(2, max_iter=3, random_state=0), "iris"),
    case(GaussianRandomProjection(3, random_state=0), "diabetes"),
    case(SparseRandomProjection(3, density=0.5, random_state=0), "diabetes"),
    case(NeighborhoodComponentsAnalysis(2, max_iter=3, random_state=0), "iris"),
    case(PLSRegression(2), "diabetes"),
    case(PLSRegression(2), "diabetes", "numbers"),
    case(PLSCanonical(2), "diabetes", "numbers"),
    case(CCA(2), "diabetes", "numbers"),
    case(PLSSVD(2), "diabetes", "numbers"),
    case(fs.SelectKBest(fs.f_classif, k=2), "iris"),
    case(fs.SelectPercentile(fs.f_classif, percentile=30), "iris"),
    case(fs.SelectFpr(fs.f_regression), "diabetes"),
    case(fs.SelectFdr(fs.f_regression), "diabetes"),
    case(fs.SelectFwe(fs.f_regression), "diabetes"),
    case(fs.GenericUnivariateSelect(fs.f_classif, mode="k_best", param=3), "iris"),
    case(fs.VarianceThreshold(0.1), "holes"),
    case(fs.SelectFromModel(Lasso(0.1)), "diabetes"),
    case(fs.RFE(LinearRegression(), n_features_to_select=2), "diabetes"),
    case(fs.RFECV(LinearRegression(), cv=2), "diabetes"),
    case(
        fs.SequentialFeatureSelector(LinearRegression(), n_features_to_select=2, cv=2), "diabetes"
    ),
]
