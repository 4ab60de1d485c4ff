"""Boosted trees of XGBoost, LightGBM and CatBoost.

XGBoost sums in 32 bit, whatever the database does: its cases are held to `SINGLE`.
"""

from __future__ import annotations

from typing import Any

from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingRegressor, VotingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor, XGBRFClassifier, XGBRFRegressor

from estimators.case import Case, case

SINGLE = 1e-6
SMALL: dict[str, Any] = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
LIGHT: dict[str, Any] = {
    "n_estimators": 4,
    "num_leaves": 6,
    "min_child_samples": 4,
    "n_jobs": 1,
    "verbose": -1,
}
CATS: dict[str, Any] = {
    "iterations": 4,
    "depth": 3,
    "thread_count": 1,
    "verbose": 0,
    "allow_writing_files": False,
}
BAGS: dict[str, Any] = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}


def single(estimator: Any, data: str, target: str = "") -> Case:
    return case(estimator, data, target, SINGLE)


CASES: list[Case] = [
    single(XGBClassifier(**SMALL), "numbered", "codes"),
    single(XGBClassifier(**SMALL), "holes", "flag"),
    single(XGBClassifier(objective="multi:softmax", **SMALL), "neighbours", "flag"),
    single(XGBClassifier(booster="dart", rate_drop=0.5, **SMALL), "cancer", "code"),
    single(XGBClassifier(**SMALL), "diabetes", "flags"),
    single(XGBRegressor(**SMALL), "diabetes"),
    single(XGBRegressor(missing=2.0, tree_method="exact", **SMALL), "holes"),
    single(XGBRegressor(objective="count:poisson", **SMALL), "diabetes", "counts"),
    single(XGBRegressor(objective="reg:logistic", **SMALL), "holes", "flag"),
    single(XGBRegressor(**SMALL), "diabetes", "numbers"),
    single(XGBRegressor(multi_strategy="multi_output_tree", **SMALL), "diabetes", "numbers"),
    single(XGBRegressor(booster="gblinear", n_estimators=4), "holes"),
    single(XGBRegressor(max_depth=0, max_leaves=9, grow_policy="lossguide"), "neighbours"),
    single(
        XGBRegressor(enable_categorical=True, feature_types=["c", "c", "q"], **SMALL),
        "numbered",
        "codes",
    ),
    single(XGBRFClassifier(**SMALL), "holes", "flag"),
    single(XGBRFRegressor(**SMALL), "diabetes"),
    single(make_pipeline(StandardScaler(), XGBClassifier(**SMALL)), "cancer", "code"),
    # By a sigmoid: steps of an isotonic curve would make much of the last bit of 32.
    single(CalibratedClassifierCV(XGBClassifier(**SMALL), cv=2), "cancer", "code"),
    single(
        VotingClassifier(
            [("a", XGBClassifier(**SMALL)), ("b", LogisticRegression(max_iter=20))], voting="soft"
        ),
        "iris",
    ),
    single(
        StackingRegressor([("a", XGBRegressor(**SMALL)), ("b", LinearRegression())], cv=2),
        "diabetes",
    ),
    case(LGBMClassifier(**LIGHT), "cancer", "text"),
    case(LGBMClassifier(**LIGHT), "holes", "flag"),
    case(LGBMClassifier(**LIGHT), "numbered", "codes"),
    case(LGBMClassifier(objective="multiclassova", sigmoid=2.0, **LIGHT), "diabetes", "classes"),
    case(LGBMClassifier(zero_as_missing=True, **BAGS, **LIGHT), "bits"),
    case(LGBMRegressor(**LIGHT), "diabetes"),
    case(LGBMRegressor(use_missing=False, **LIGHT), "holes"),
    case(LGBMRegressor(zero_as_missing=True, **LIGHT), "numbered", "codes"),
    case(
        LGBMRegressor(categorical_feature=[0, 1], min_data_per_group=2, cat_smooth=1, **LIGHT),
        "numbered",
        "codes",
    ),
    case(LGBMRegressor(objective="tweedie", **BAGS, **LIGHT), "diabetes", "counts"),
    case(LGBMRegressor(reg_sqrt=True, boosting_type="dart", drop_rate=0.5, **LIGHT), "diabetes"),
    case(make_pipeline(StandardScaler(), LGBMClassifier(**LIGHT)), "iris", "days"),
    case(CalibratedClassifierCV(LGBMClassifier(**LIGHT), cv=2), "cancer", "truth"),
    case(CatBoostClassifier(**CATS), "cancer", "text"),
    case(CatBoostClassifier(**CATS), "holes", "flag"),
    case(CatBoostClassifier(grow_policy="Lossguide", **CATS), "neighbours", "flag"),
    case(CatBoostClassifier(loss_function="MultiClassOneVsAll", **CATS), "diabetes", "classes"),
    case(CatBoostClassifier(loss_function="MultiLogloss", **CATS), "diabetes", "flags"),
    case(CatBoostRegressor(**CATS), "diabetes"),
    case(CatBoostRegressor(nan_mode="Max", **CATS), "holes"),
    case(CatBoostRegressor(grow_policy="Depthwise", **CATS), "neighbours"),
    case(CatBoostRegressor(loss_function="Poisson", **CATS), "diabetes", "counts"),
    case(CatBoostRegressor(loss_function="MultiRMSE", **CATS), "diabetes", "numbers"),
    case(make_pipeline(StandardScaler(), CatBoostClassifier(**CATS)), "iris"),
    case(CalibratedClassifierCV(CatBoostClassifier(**CATS), cv=2), "cancer", "truth"),
]
