"""Linear models and networks."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn import linear_model as lm
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    RANSACRegressor,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.svm import LinearSVC, LinearSVR

from estimators.case import Case, case

_NUMBER = (
    lm.ARDRegression(max_iter=10),
    lm.BayesianRidge(max_iter=10),
    lm.ElasticNet(0.01),
    lm.ElasticNetCV(cv=2, alphas=2),
    lm.HuberRegressor(max_iter=20),
    lm.Lars(),
    lm.LarsCV(cv=2),
    lm.Lasso(0.01),
    lm.LassoCV(cv=2, alphas=2),
    lm.LassoLars(0.01),
    lm.LassoLarsCV(cv=2),
    lm.LassoLarsIC(),
    lm.LinearRegression(),
    LinearSVR(random_state=0, max_iter=50),
    lm.OrthogonalMatchingPursuit(),
    lm.OrthogonalMatchingPursuitCV(cv=2),
    lm.QuantileRegressor(quantile=0.7, alpha=0.01),
    lm.Ridge(),
    lm.RidgeCV(),
    lm.SGDRegressor(random_state=0, max_iter=20),
    lm.TheilSenRegressor(random_state=0, max_iter=5, max_subpopulation=20),
    RANSACRegressor(random_state=0, max_trials=5),
    lm.TweedieRegressor(power=0),
    lm.TweedieRegressor(power=1.5, link="log"),
)
_NUMBERS = (
    lm.LinearRegression(fit_intercept=False),
    lm.MultiTaskElasticNet(0.01),
    lm.MultiTaskElasticNetCV(cv=2, alphas=2),
    lm.MultiTaskLasso(0.01),
    lm.MultiTaskLassoCV(cv=2, alphas=2),
    lm.Ridge(),
)


def _retired(name: str) -> Any:
    """A model that scikit-learn warns of, as it is to go."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(lm, name)(random_state=0)


CASES: list[Case] = [
    case(_retired("PassiveAggressiveRegressor"), "diabetes"),
    case(_retired("PassiveAggressiveClassifier"), "iris"),
    *(case(model, "diabetes") for model in _NUMBER),
    *(case(model, "diabetes", "numbers") for model in _NUMBERS),
    case(lm.SGDOneClassSVM(random_state=0), "iris"),
    case(lm.PoissonRegressor(max_iter=20), "diabetes", "counts"),
    case(lm.GammaRegressor(max_iter=20), "diabetes"),
    case(LogisticRegression(), "iris"),
    case(LogisticRegression(fit_intercept=False), "iris", "whole"),
    case(LogisticRegression(max_iter=30), "cancer"),
    case(LogisticRegression(max_iter=30), "cancer", "truth"),
    case(
        LogisticRegressionCV(Cs=2, cv=2, max_iter=30, use_legacy_attributes=False), "iris", "days"
    ),
    case(LinearSVC(max_iter=50, random_state=0), "iris"),
    case(LinearSVC(max_iter=50, random_state=0), "cancer", "whole"),
    case(Perceptron(random_state=0), "iris"),
    case(Perceptron(random_state=0), "cancer", "truth"),
    case(RidgeClassifier(), "iris"),
    case(RidgeClassifier(), "cancer"),
    case(RidgeClassifier(), "diabetes", "flags"),
    case(RidgeClassifierCV(), "iris"),
    case(SGDClassifier(random_state=0), "iris"),
    case(SGDClassifier(loss="log_loss", random_state=0), "iris"),
    case(SGDClassifier(loss="log_loss", random_state=0, alpha=0.1), "diabetes", "classes"),
    case(SGDClassifier(loss="log_loss", random_state=0), "cancer"),
    case(SGDClassifier(loss="modified_huber", random_state=0), "iris"),
    case(SGDClassifier(loss="modified_huber", random_state=0), "cancer", "truth"),
    case(MLPClassifier(hidden_layer_sizes=(5,), max_iter=8, random_state=1), "iris"),
    case(MLPClassifier((4, 3), activation="tanh", max_iter=8, random_state=2), "diabetes", "flags"),
    case(MLPClassifier((4,), activation="logistic", max_iter=8, random_state=3), "cancer"),
    case(
        MLPRegressor(hidden_layer_sizes=(4,), activation="identity", max_iter=8, random_state=4),
        "diabetes",
    ),
    case(MLPRegressor(hidden_layer_sizes=(4,), max_iter=8, random_state=5), "diabetes", "numbers"),
]
