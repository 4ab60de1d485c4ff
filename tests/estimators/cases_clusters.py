"""Clusters, mixtures, discriminant analysis."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import (
    AffinityPropagation,
    Birch,
    BisectingKMeans,
    FeatureAgglomeration,
    KMeans,
    MeanShift,
    MiniBatchKMeans,
)
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.linear_model import LinearRegression
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.pipeline import make_pipeline

from estimators.case import Case, case

_ONE = {"n_init": 1, "random_state": 0}

CASES: list[Case] = [
    case(MeanShift(bandwidth=1.5), "iris"),
    case(AffinityPropagation(random_state=0), "iris"),
    case(FeatureAgglomeration(2), "cancer"),
    case(FeatureAgglomeration(3, pooling_func=np.max), "iris"),
    case(KMeans(3, **_ONE), "iris"),
    case(KMeans(4, **_ONE), "numbered"),
    case(make_pipeline(KMeans(3, **_ONE), LinearRegression()), "diabetes"),
    case(MiniBatchKMeans(3, batch_size=32, max_iter=3, **_ONE), "diabetes"),
    case(make_pipeline(MiniBatchKMeans(2, max_iter=3, **_ONE), LinearRegression()), "diabetes"),
    case(BisectingKMeans(5, **_ONE), "iris"),
    case(BisectingKMeans(6, bisecting_strategy="largest_cluster", **_ONE), "numbered"),
    case(BisectingKMeans(1, **_ONE), "numbered"),
    case(make_pipeline(BisectingKMeans(3, **_ONE), LinearRegression()), "diabetes"),
    case(Birch(n_clusters=3, threshold=0.8), "iris"),
    case(Birch(n_clusters=None, threshold=1.5), "numbered"),
    case(make_pipeline(Birch(n_clusters=2, threshold=1.2), LinearRegression()), "diabetes"),
    case(LinearDiscriminantAnalysis(), "iris"),
    case(LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1), "cancer", "truth"),
    case(make_pipeline(LinearDiscriminantAnalysis(), LinearDiscriminantAnalysis()), "iris"),
    case(
        make_pipeline(
            LinearDiscriminantAnalysis(solver="eigen", n_components=1), LinearDiscriminantAnalysis()
        ),
        "iris",
    ),
    case(QuadraticDiscriminantAnalysis(), "iris", "days"),
    case(QuadraticDiscriminantAnalysis(reg_param=0.1, priors=[0.3, 0.7]), "cancer"),
    case(GaussianMixture(3, max_iter=5, random_state=0), "iris"),
    case(GaussianMixture(2, covariance_type="tied", max_iter=5, random_state=0), "diabetes"),
    case(GaussianMixture(2, covariance_type="diag", max_iter=5, random_state=0), "iris"),
    case(GaussianMixture(4, covariance_type="spherical", max_iter=5, random_state=0), "diabetes"),
    case(BayesianGaussianMixture(n_components=3, max_iter=5, random_state=0), "iris"),
    case(
        BayesianGaussianMixture(
            n_components=3,
            covariance_type="diag",
            weight_concentration_prior_type="dirichlet_distribution",
            max_iter=5,
            random_state=0,
        ),
        "diabetes",
    ),
    case(
        BayesianGaussianMixture(n_components=2, covariance_type="tied", max_iter=5, random_state=0),
        "diabetes",
    ),
    case(
        BayesianGaussianMixture(
            n_components=2, covariance_type="spherical", max_iter=5, random_state=0
        ),
        "iris",
    ),
]
