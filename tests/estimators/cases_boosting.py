"""Boosted trees, bags of estimators, and forests of random trees."""

from __future__ import annotations

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomTreesEmbedding,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier

from estimators.case import Case, case

CASES: list[Case] = [
    case(GradientBoostingRegressor(n_estimators=6, max_depth=2, random_state=1), "diabetes"),
    case(GradientBoostingRegressor(n_estimators=4, loss="huber", random_state=1), "diabetes"),
    case(
        GradientBoostingRegressor(n_estimators=4, loss="quantile", init="zero", max_depth=2),
        "diabetes",
    ),
    case(GradientBoostingClassifier(n_estimators=4, max_depth=2, random_state=1), "iris"),
    case(GradientBoostingClassifier(n_estimators=5, max_depth=3, random_state=1), "cancer"),
    case(GradientBoostingClassifier(n_estimators=4, loss="exponential", max_depth=2), "cancer"),
    case(GradientBoostingClassifier(n_estimators=3, init="zero", max_depth=1), "cancer", "whole"),
    case(HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=5), "diabetes"),
    case(
        HistGradientBoostingRegressor(loss="poisson", max_iter=3, min_samples_leaf=9),
        "diabetes",
        "counts",
    ),
    case(HistGradientBoostingRegressor(max_iter=4, min_samples_leaf=4), "holes"),
    case(HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=5), "iris"),
    case(HistGradientBoostingClassifier(max_iter=4, min_samples_leaf=4), "holes", "flag"),
    case(HistGradientBoostingClassifier(max_iter=4, max_leaf_nodes=5), "cancer", "truth"),
    case(
        HistGradientBoostingRegressor(
            max_iter=4, min_samples_leaf=4, categorical_features=["Port of entry", "class"]
        ),
        "categories",
    ),
    case(
        make_pipeline(
            make_column_transformer(
                (
                    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
                    ["sex", "Port"],
                ),
                ("passthrough", make_column_selector(dtype_include="number")),
            ),
            HistGradientBoostingClassifier(
                max_iter=4, min_samples_leaf=5, categorical_features=[0, 1]
            ),
        ),
        "mixed",
    ),
    case(AdaBoostClassifier(n_estimators=5, random_state=2), "cancer"),
    case(
        AdaBoostClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=4, random_state=2),
        "iris",
        "days",
    ),
    case(
        AdaBoostClassifier(LogisticRegression(max_iter=20), n_estimators=3, random_state=2), "iris"
    ),
    case(AdaBoostRegressor(n_estimators=6, random_state=2), "diabetes"),
    case(AdaBoostRegressor(LinearRegression(), n_estimators=4, random_state=2), "diabetes"),
    case(BaggingClassifier(n_estimators=4, max_features=0.7, random_state=3), "iris"),
    case(
        BaggingClassifier(DecisionTreeClassifier(max_depth=3), 3, random_state=3), "holes", "flag"
    ),
    case(
        BaggingClassifier(LogisticRegression(max_iter=20), 3, max_features=3, random_state=3),
        "cancer",
    ),
    case(BaggingClassifier(LinearSVC(random_state=0), 3, random_state=3), "cancer"),
    case(
        BaggingClassifier(ExtraTreeClassifier(splitter="best", max_depth=3), 3, random_state=3),
        "iris",
        "whole",
    ),
    case(BaggingRegressor(DecisionTreeRegressor(max_depth=4), 4, random_state=3), "diabetes"),
    case(BaggingRegressor(LinearRegression(), 3, max_features=0.6, random_state=3), "diabetes"),
    case(IsolationForest(n_estimators=6, random_state=4), "diabetes"),
    case(
        IsolationForest(n_estimators=5, max_features=2, contamination=0.2, random_state=4), "holes"
    ),
    case(RandomTreesEmbedding(n_estimators=3, max_depth=3, random_state=5), "diabetes"),
]
