"""Estimators around others."""

from __future__ import annotations

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import RFE
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    Perceptron,
    Ridge,
    RidgeClassifier,
)
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier

from estimators.case import Case, case
from estimators.data import data

LOGISTIC = LogisticRegression(max_iter=15)
RIDGE = RidgeClassifier()
NETWORK = MLPClassifier(hidden_layer_sizes=(3,), max_iter=5, random_state=0)
_TWO = [("a", LOGISTIC), ("b", make_pipeline(StandardScaler(), NETWORK))]
_THREE = [*_TWO, ("c", LogisticRegression(C=0.01, max_iter=15))]
_NUMBER = [("a", LinearRegression()), ("b", Ridge(10.0)), ("c", "drop")]
FROZEN = FrozenEstimator(
    LogisticRegression(solver="liblinear").fit(data("cancer").rows, data("cancer").targets["text"])
)

CASES: list[Case] = [
    case(VotingRegressor(_NUMBER, weights=[1, 2, 3]), "diabetes"),
    case(VotingClassifier(_THREE), "iris"),
    case(VotingClassifier(_THREE, weights=[1, 2, 1]), "cancer", "truth"),
    case(VotingClassifier(_TWO, voting="soft", weights=[1, 3]), "iris", "days"),
    case(StackingRegressor(_NUMBER, final_estimator=Ridge(), cv=2), "diabetes"),
    case(StackingRegressor(_NUMBER, LinearRegression(), cv=2, passthrough=True), "diabetes"),
    case(StackingClassifier(_TWO, LOGISTIC, cv=2), "iris"),
    case(StackingClassifier(_TWO, LOGISTIC, cv=2, passthrough=True), "cancer"),
    case(StackingClassifier([("a", RIDGE), ("b", LOGISTIC)], RIDGE, cv=2), "cancer", "whole"),
    case(StackingClassifier(_TWO, LOGISTIC, cv=2, stack_method="predict"), "iris"),
    case(MultiOutputRegressor(Ridge()), "diabetes", "numbers"),
    case(MultiOutputClassifier(LOGISTIC), "diabetes", "flags"),
    case(MultiOutputClassifier(RIDGE), "diabetes", "flags"),
    case(RegressorChain(Ridge(), order=[2, 0, 1]), "diabetes", "numbers"),
    case(ClassifierChain(LOGISTIC, order=[1, 2, 0]), "diabetes", "flags"),
    case(ClassifierChain(LOGISTIC, chain_method="predict_proba"), "diabetes", "flags"),
    case(ClassifierChain(NETWORK, chain_method="predict_proba"), "diabetes", "flags"),
    case(OneVsRestClassifier(LOGISTIC), "iris"),
    case(OneVsRestClassifier(NETWORK), "iris", "days"),
    case(OneVsRestClassifier(RIDGE), "diabetes", "classes"),
    case(OneVsRestClassifier(LOGISTIC), "cancer"),
    case(OneVsRestClassifier(Ridge()), "iris"),
    case(OneVsRestClassifier(LOGISTIC), "diabetes", "flags"),
    case(OneVsOneClassifier(LOGISTIC), "iris"),
    case(OneVsOneClassifier(NETWORK), "diabetes", "classes"),
    case(OneVsOneClassifier(Perceptron(random_state=0)), "iris", "days"),
    case(OneVsOneClassifier(LOGISTIC), "cancer"),
    case(OutputCodeClassifier(LOGISTIC, random_state=0), "iris"),
    case(CalibratedClassifierCV(LOGISTIC, cv=2), "iris"),
    case(CalibratedClassifierCV(RIDGE, cv=2), "cancer"),
    case(CalibratedClassifierCV(NETWORK, method="isotonic", cv=2), "cancer", "truth"),
    case(CalibratedClassifierCV(RIDGE, method="isotonic", cv=2), "iris"),
    case(CalibratedClassifierCV(RIDGE, ensemble=False, cv=2), "iris"),
    case(CalibratedClassifierCV(LOGISTIC, method="temperature", cv=2), "iris"),
    case(CalibratedClassifierCV(NETWORK, method="temperature", cv=2), "iris"),
    case(CalibratedClassifierCV(NETWORK, method="temperature", cv=2), "cancer"),
    case(CalibratedClassifierCV(FROZEN, method="sigmoid", cv=2), "cancer"),
    case(FixedThresholdClassifier(LOGISTIC, threshold=0.8), "cancer"),
    case(FixedThresholdClassifier(LOGISTIC, threshold=0.3, pos_label="benign"), "cancer"),
    case(
        FixedThresholdClassifier(RIDGE, response_method="decision_function", threshold=-0.5),
        "cancer",
        "truth",
    ),
    case(FixedThresholdClassifier(LOGISTIC), "cancer", "whole"),
    case(TunedThresholdClassifierCV(LOGISTIC, cv=2, thresholds=5), "cancer", "truth"),
    case(TunedThresholdClassifierCV(LOGISTIC, scoring="f1", cv=2, thresholds=5), "cancer", "rank"),
    case(SelfTrainingClassifier(LOGISTIC, max_iter=1), "cancer", "truth"),
    case(FROZEN, "cancer"),
    case(make_pipeline(FrozenEstimator(StandardScaler().fit(data("iris").rows)), LOGISTIC), "iris"),
    case(make_pipeline(RFE(LinearRegression()), IsotonicRegression()), "one"),
    case(make_pipeline(RFE(LinearRegression()), IsotonicRegression(out_of_bounds="clip")), "one"),
    case(DummyRegressor(), "diabetes", "numbers"),
    case(DummyRegressor(strategy="quantile", quantile=0.3), "diabetes"),
    case(DummyClassifier(), "iris"),
    case(DummyClassifier(strategy="most_frequent"), "diabetes", "classes"),
    case(DummyClassifier(strategy="constant", constant="benign"), "cancer"),
    *(
        case(TransformedTargetRegressor(LinearRegression(), transformer=transformer), "diabetes")
        for transformer in (
            StandardScaler(),
            MinMaxScaler(),
            MaxAbsScaler(),
            RobustScaler(),
            PowerTransformer(),
            PowerTransformer(method="box-cox"),
            QuantileTransformer(n_quantiles=30),
            QuantileTransformer(n_quantiles=30, output_distribution="normal"),
            make_pipeline(FunctionTransformer(np.log1p, np.expm1), StandardScaler()),
        )
    ),
    case(TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp), "diabetes"),
    case(TransformedTargetRegressor(Ridge(), transformer=StandardScaler()), "diabetes", "numbers"),
]
