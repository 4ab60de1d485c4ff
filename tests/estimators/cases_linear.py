"""Linear models and networks."""

from __future__ import annotations

from sklearn.linear_model import LinearRegression, LogisticRegression, LogisticRegressionCV
from sklearn.neural_network import MLPClassifier, MLPRegressor

from estimators.case import Case, case

CASES: list[Case] = [
    case(LinearRegression(), "diabetes"),
    case(LinearRegression(fit_intercept=False), "diabetes", "numbers"),
    case(LogisticRegression(), "iris"),
    case(LogisticRegression(fit_intercept=False), "iris", "whole"),
    case(LogisticRegression(max_iter=30), "cancer"),
    case(LogisticRegression(max_iter=30), "cancer", "truth"),
    case(
        LogisticRegressionCV(Cs=2, cv=2, max_iter=30, use_legacy_attributes=False), "iris", "days"
    ),
    case(MLPClassifier(hidden_layer_sizes=(5,), max_iter=8, random_state=1), "iris"),
    case(MLPClassifier((4, 3), activation="tanh", max_iter=8, random_state=2), "diabetes", "flags"),
    case(MLPClassifier((4,), activation="logistic", max_iter=8, random_state=3), "cancer"),
    case(
        MLPRegressor(hidden_layer_sizes=(4,), activation="identity", max_iter=8, random_state=4),
        "diabetes",
    ),
    case(MLPRegressor(hidden_layer_sizes=(4,), max_iter=8, random_state=5), "diabetes", "numbers"),
]
