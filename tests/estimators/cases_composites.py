"""Pipelines, columns side by side, searches."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - it has to be asked for
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from estimators.case import Case, case


def numbers() -> Pipeline:
    return make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())


def texts() -> Pipeline:
    filled = SimpleImputer(strategy="most_frequent")
    return make_pipeline(filled, OneHotEncoder(handle_unknown="ignore"))


def prepared(**options: object) -> ColumnTransformer:
    """All columns of the mixed table but the name of the passenger."""
    return ColumnTransformer(
        [
            ("number", numbers(), ["Age", "fare paid"]),
            ("text", texts(), ["sex", "Port"]),
            ("code", OrdinalEncoder(), ["class"]),
            ("kept", "passthrough", ["alone"]),
        ],
        **options,
    )


def _same(model: object, rows: object, target: object = None) -> float:
    """A score for what can't be better or worse."""
    return 0.0


_GRID = {"pre__number__simpleimputer__strategy": ["mean", "median"]}

CASES: list[Case] = [
    case(make_pipeline(StandardScaler(), "passthrough", LinearRegression()), "diabetes"),
    case(make_pipeline(StandardScaler(), MinMaxScaler()), "holes"),
    # Of 0 and below there is no logarithm: such a row is refused.
    case(make_pipeline(FunctionTransformer(np.log), LogisticRegression(max_iter=5)), "zeros"),
    case(make_pipeline(StandardScaler(), SimpleImputer(), LinearRegression()), "holes"),
    case(
        Pipeline(
            [("pre", prepared()), ("model", LogisticRegression(max_iter=20))],
        ),
        "mixed",
    ),
    case(prepared(verbose_feature_names_out=False), "mixed"),
    case(prepared(verbose_feature_names_out="{feature_name}-{transformer_name}"), "mixed"),
    case(prepared(transformer_weights={"number": 2.5}), "mixed"),
    case(ColumnTransformer([("a", StandardScaler(), [0, -1])], remainder="passthrough"), "iris"),
    case(
        ColumnTransformer([("a", MinMaxScaler(), slice(1, 3))], remainder=StandardScaler()), "iris"
    ),
    case(
        ColumnTransformer(
            [
                ("a", StandardScaler(), [True, False, True, False]),
                ("b", "drop", [1]),
                ("c", "passthrough", [3]),
                ("d", MinMaxScaler(), []),
            ]
        ),
        "iris",
    ),
    case(
        ColumnTransformer(
            [
                ("a", OneHotEncoder(), make_column_selector(dtype_include=["object", "str"])),
                ("b", StandardScaler(), make_column_selector("c.ass")),
                ("c", "passthrough", lambda frame: [c for c in frame if c == "alone"]),
            ]
        ),
        "categories",
    ),
    case(
        FeatureUnion(
            [("a", StandardScaler()), ("b", "passthrough"), ("c", "drop")],
            transformer_weights={"a": 0.5},
        ),
        "iris",
    ),
    case(
        GridSearchCV(
            Pipeline([("pre", prepared()), ("model", LogisticRegression(max_iter=20))]), _GRID, cv=2
        ),
        "mixed",
        "days",
    ),
    case(HalvingGridSearchCV(StandardScaler(), {"with_std": [True]}, scoring=_same), "iris"),
    case(HalvingRandomSearchCV(LinearRegression(), {"fit_intercept": [True]}, cv=2), "diabetes"),
    case(
        RandomizedSearchCV(LinearRegression(), {"fit_intercept": [True]}, n_iter=1, cv=2),
        "diabetes",
    ),
]
