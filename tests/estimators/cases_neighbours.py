"""Neighbours."""

from __future__ import annotations

from sklearn.impute import KNNImputer
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    KNeighborsTransformer,
    NearestCentroid,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
    RadiusNeighborsTransformer,
)

from estimators.case import Case, case

CASES: list[Case] = [
    case(KNeighborsClassifier(3), "one", "classes"),
    case(KNeighborsClassifier(), "cancer"),
    case(KNeighborsClassifier(4, weights="distance"), "cancer", "truth"),
    case(KNeighborsClassifier(3, p=1), "diabetes", "flags"),
    case(KNeighborsClassifier(3, metric="chebyshev", algorithm="brute"), "cancer", "whole"),
    case(KNeighborsRegressor(3), "one"),
    case(KNeighborsRegressor(2, weights="distance", metric="manhattan"), "diabetes", "numbers"),
    case(RadiusNeighborsClassifier(1.5), "one", "classes"),
    case(RadiusNeighborsClassifier(0.4, outlier_label="low", weights="distance"), "one", "classes"),
    case(RadiusNeighborsClassifier(0.9, p=1, outlier_label="most_frequent"), "one", "classes"),
    case(RadiusNeighborsRegressor(0.6), "one"),
    case(RadiusNeighborsRegressor(0.9, weights="distance", p=1), "one"),
    case(KNeighborsTransformer(n_neighbors=2), "one"),
    case(KNeighborsTransformer(n_neighbors=3, mode="connectivity", p=1), "one"),
    case(RadiusNeighborsTransformer(radius=0.7), "one"),
    case(RadiusNeighborsTransformer(mode="connectivity", radius=0.7, p=1), "one"),
    case(KNNImputer(n_neighbors=3), "gaps"),
    case(KNNImputer(n_neighbors=2, weights="distance", add_indicator=True), "gaps"),
    case(KNNImputer(n_neighbors=500), "holes"),
    case(NearestCentroid(), "iris"),
    case(NearestCentroid(priors="empirical", shrink_threshold=0.2), "cancer"),
    case(NearestCentroid(), "cancer", "truth"),
    case(NearestCentroid(metric="manhattan"), "iris", "days"),
]
