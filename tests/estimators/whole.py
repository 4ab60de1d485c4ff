"""Whole data sets, and each estimator of scikit-learn as it is fitted to them."""

from __future__ import annotations

import datetime
import functools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets, feature_selection, linear_model
from sklearn.base import is_classifier, is_regressor
from sklearn.compose import ColumnTransformer
from sklearn.experimental import (  # noqa: F401 - they have to be asked for
    enable_halving_search_cv,
    enable_iterative_imputer,
)
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    QuantileTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import all_estimators

from estimators.build import Built
from keras2sql.read.sklearn.table import supported

LABELS = ("LabelEncoder", "LabelBinarizer")
_TEXTS = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder")
_LOGISTIC = linear_model.LogisticRegression(max_iter=200)
_RIDGE = linear_model.Ridge()
_GRID: dict[str, Any] = {"estimator": _LOGISTIC, "cv": 2}
_PAIR = [("a", _LOGISTIC), ("b", linear_model.RidgeClassifier())]
_NUMBERS = [("a", _RIDGE), ("b", linear_model.LinearRegression())]
_BY_THRESHOLD: dict[str, Any] = {
    "transform_algorithm": "threshold",
    "n_components": 5,
    "max_iter": 3,
}

# Arguments without which an estimator can't be made, or none of its answers is repeatable or SQL.
_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "ClassifierChain": {"estimator": _LOGISTIC},
    "ColumnTransformer": {
        "transformers": [("a", StandardScaler(), [0])],
        "remainder": "passthrough",
    },
    "DictionaryLearning": _BY_THRESHOLD,
    "FeatureAgglomeration": {"n_clusters": 3},
    "FeatureUnion": {"transformer_list": [("a", StandardScaler()), ("b", "passthrough")]},
    "FixedThresholdClassifier": {"estimator": _LOGISTIC, "threshold": 0.7},
    "FunctionTransformer": {"func": np.sqrt, "feature_names_out": "one-to-one"},
    "GaussianRandomProjection": {"n_components": 3},
    "GridSearchCV": _GRID | {"param_grid": {"C": [0.1, 1.0]}},
    "HalvingGridSearchCV": _GRID | {"param_grid": {"C": [0.1, 1.0]}},
    "HalvingRandomSearchCV": _GRID | {"param_distributions": {"C": [0.1, 1.0]}},
    "LocalOutlierFactor": {"novelty": True},
    "MiniBatchDictionaryLearning": _BY_THRESHOLD,
    "MultiOutputClassifier": {"estimator": _LOGISTIC},
    "MultiOutputRegressor": {"estimator": _RIDGE},
    "Nystroem": {"n_components": 20},
    "OneVsOneClassifier": {"estimator": _LOGISTIC},
    "OneVsRestClassifier": {"estimator": _LOGISTIC},
    "OrdinalEncoder": {"handle_unknown": "use_encoded_value", "unknown_value": -1},
    "OutputCodeClassifier": {"estimator": _LOGISTIC},
    "Pipeline": {"steps": [("scaled", StandardScaler()), ("model", _LOGISTIC)]},
    "RANSACRegressor": {"min_samples": 40},
    "RFE": {"estimator": _RIDGE, "n_features_to_select": 3},
    "RFECV": {"estimator": _RIDGE, "cv": 2},
    "RandomTreesEmbedding": {"n_estimators": 20},
    "RandomizedSearchCV": _GRID | {"param_distributions": {"C": [0.1, 1.0]}, "n_iter": 2},
    "RegressorChain": {"estimator": _RIDGE},
    "SelectFromModel": {"estimator": _RIDGE},
    "SelfTrainingClassifier": {"estimator": _LOGISTIC},
    "SequentialFeatureSelector": {"estimator": _RIDGE, "n_features_to_select": 2, "cv": 2},
    "SparseRandomProjection": {"n_components": 3},
    "StackingClassifier": {"estimators": _PAIR, "cv": 2},
    "StackingRegressor": {"estimators": _NUMBERS, "cv": 2},
    "TargetEncoder": {"cv": KFold(2)},
    "TransformedTargetRegressor": {
        "regressor": _RIDGE,
        "transformer": QuantileTransformer(n_quantiles=50),
    },
    "TunedThresholdClassifierCV": {"estimator": _LOGISTIC, "cv": 2},
    "VotingClassifier": {"estimators": _PAIR},
    "VotingRegressor": {"estimators": _NUMBERS},
}
_SEVERAL = ("MultiOutput", "MultiTask", "CCA", "PLS", "ClassifierChain", "RegressorChain")


@dataclass(frozen=True, eq=False)
class Whole:
    """Rows, and two targets of them: a class and a number."""

    name: str
    rows: Any
    classes: Any
    numbers: Any


@functools.cache
def sets() -> tuple[Whole, ...]:
    """The data sets that scikit-learn brings, one with gaps, and a table of mixed columns."""
    iris, wine, cancer, digits, diabetes = (
        make(return_X_y=True)
        for make in (
            datasets.load_iris,
            datasets.load_wine,
            datasets.load_breast_cancer,
            datasets.load_digits,
            datasets.load_diabetes,
        )
    )
    random = np.random.default_rng(19)
    holes = wine[0].copy()
    holes[random.random(holes.shape) < 0.1] = np.nan
    names = np.array(["setosa", "versicolor", "virginica"])
    thirds = np.digitize(diabetes[1], [100.0, 180.0])
    mixed = _mixed()
    paid = mixed["fare paid"].to_numpy() + 9.0 * (mixed["sex"] == "female").to_numpy()
    return (
        Whole("iris", iris[0], names[iris[1]], iris[0][:, 3] + 0.5 * iris[1]),
        Whole("wine", wine[0], wine[1], wine[0][:, 0]),
        Whole("breast_cancer", cancer[0], cancer[1], cancer[0][:, 0]),
        Whole(
            "diabetes", diabetes[0] * 10, np.array(["low", "middle", "high"])[thirds], diabetes[1]
        ),
        Whole("holes", holes, wine[1], wine[0][:, 0]),
        Whole("mixed", mixed, np.where(paid > 30, "yes", "no"), paid),
        Whole("digits", digits[0], digits[1], digits[0].mean(axis=1)),
    )


def _mixed(rows: int = 400) -> pd.DataFrame:
    """Numbers, texts, truth values and days, with gaps."""
    random = np.random.default_rng(7)
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(days=30 * i) for i in range(6)]
    frame = pd.DataFrame(
        {
            "Age": random.normal(40, 12, rows).round(1),
            "fare paid": random.gamma(2.0, 12.0, rows),
            "sex": random.choice(np.array(["female", "male"], dtype=object), rows),
            "Port": random.choice(np.array(["C", "Q", "it's"], dtype=object), rows),
            "Home": random.choice(np.array([f"town {i}" for i in range(30)], dtype=object), rows),
            "day": pd.Series(
                [days[i].isoformat() for i in random.integers(0, 6, rows)], dtype=object
            ),
            "alone": random.random(rows) < 0.4,
        }
    )
    for name, share in (("Age", 0.2), ("Port", 0.1), ("Home", 0.05)):
        frame.loc[random.random(rows) < share, name] = np.nan
    return frame


def names() -> list[str]:
    """The estimators of scikit-learn that become SQL."""
    known = {name for name, is_supported, _ in supported() if is_supported}
    return [name for name, _ in all_estimators() if name in known]


@functools.cache
def _kinds() -> dict[str, Any]:
    return dict(all_estimators())


def _made(name: str) -> Any:
    if name == "FrozenEstimator":
        return None
    kind = _kinds()[name]
    given = dict(_ARGUMENTS.get(name, {}))
    if name == "SparseCoder":
        given = {"dictionary": np.eye(4)[:3], "transform_algorithm": "threshold"}
    model = kind(**given)
    if "random_state" in model.get_params(deep=False):
        model.set_params(random_state=0)
    if name == "IsotonicRegression":
        return make_pipeline(
            feature_selection.SelectKBest(feature_selection.f_regression, k=1), model
        )
    if name == "KNNImputer":
        model.set_params(n_neighbors=2)
    if name == "CategoricalNB":
        return make_pipeline(KBinsDiscretizer(4, encode="ordinal"), model)
    return model


def _prepared() -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    return ColumnTransformer(
        [
            ("numbers", numbers, ["Age", "fare paid"]),
            (
                "coded",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                ["sex", "Port", "day"],
            ),
            ("meant", TargetEncoder(cv=KFold(2)), ["Home"]),
            ("kept", "passthrough", ["alone"]),
        ]
    )


def rows_for(name: str, data: Whole) -> Any:
    """The rows that an estimator is fitted to, and asked for."""
    if name in LABELS:
        return np.asarray(data.classes)[:, None]
    if name == "KernelCenterer":
        return data.rows[:60] @ data.rows[:60].T
    if data.name == "mixed" and name in _TEXTS:
        return data.rows[["sex", "Port", "Home", "day"]]
    return data.rows


def fitted(name: str, data: Whole) -> Any:
    """The estimator fitted to the data; None where it can't be."""
    model = _made(name)
    if name == "FrozenEstimator":
        model = (
            FrozenEstimator(_LOGISTIC.fit(data.rows, data.classes)) if data.name == "iris" else None
        )
    if name == "KNNImputer" and data.name != "holes":
        return None
    if model is None or (data.name == "mixed" and name in ("KernelCenterer", "ColumnTransformer")):
        return None
    rows = rows_for(name, data)
    if data.name == "mixed" and name not in (*_TEXTS, *LABELS):
        model = make_pipeline(_prepared(), model)
    target = data.classes
    if is_regressor(model) or name.startswith(("PLS", "CCA")):
        target = data.numbers
    if name.startswith(_SEVERAL):
        target = np.stack([data.numbers, data.numbers**2 / 100], axis=1)
        if is_classifier(model):
            target = (target > np.median(target, axis=0)).astype(int)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return model.fit(data.classes) if name in LABELS else model.fit(rows, target)
    except (TypeError, ValueError):
        return None


def said(made: Built) -> dict[str, Any]:
    """What an encoder of labels makes of them."""
    values = made.model.transform(made.probes[:, 0].tolist()).reshape(len(made.probes), -1)
    return dict(zip(made.network.graph.outputs, values.T, strict=True))


def told_apart(model: Any, rows: Any) -> Any:
    """The rows for which it is told which neighbours are the nearest, if the model has any."""
    last, told = model, np.ones(len(rows), dtype=bool)
    if hasattr(model, "steps"):
        rows, last = model[:-1].transform(rows), model[-1]
    count = getattr(last, "n_neighbors_", getattr(last, "n_neighbors", None))
    if count is None or not hasattr(last, "kneighbors"):
        return told
    count += getattr(last, "mode", "") == "distance"
    distance, _ = last.kneighbors(rows, count + 1)
    return np.abs(distance[:, -1] - distance[:, -2]) > 1e-9 * (1 + distance[:, -1])


def compared(found: pd.DataFrame, expected: Mapping[str, Any], told: Any) -> tuple[float, int, int]:
    """The worst difference, relative to 1 and the number; how many labels differ; and how many
    rows were compared."""
    assert list(found) == ["id", *expected], (list(found), list(expected))
    worst, labels = 0.0, 0
    for name, values in expected.items():
        one = found[name].to_numpy(dtype=object)[told]
        other = np.asarray(values, dtype=object)[told]
        if name.startswith("Decision") and not name.startswith("DecisionProba"):
            differ = [i for i, pair in enumerate(zip(one, other, strict=True)) if not _same(*pair)]
            labels += sum(not _tied(expected, told, i, one[i], other[i]) for i in differ)
            continue
        worst = max(worst, _apart(name, one, other))
    return worst, labels, int(np.sum(told))


def _same(one: Any, other: Any) -> bool:
    if pd.isna(one) or pd.isna(other):
        return bool(pd.isna(one) and pd.isna(other))
    return bool(one == other)


def _tied(expected: Mapping[str, Any], told: Any, row: int, one: Any, other: Any) -> bool:
    """Whether scikit-learn itself finds two labels as good, but for the last digits."""
    for what in ("Score", "Proba"):
        if f"{what}_{one}" in expected and f"{what}_{other}" in expected:
            a, b = (float(np.asarray(expected[f"{what}_{c}"])[told][row]) for c in (one, other))
            if abs(a - b) <= 1e-12 * (1 + abs(a)):
                return True
    return False


def _apart(name: str, one: Any, other: Any) -> float:
    a = np.array([np.nan if pd.isna(v) else v for v in one], dtype=float)
    b = np.array([np.nan if pd.isna(v) else v for v in other], dtype=float)
    if name.startswith("LogProba"):  # it is finite here where scikit-learn's rounds to 0 first
        kept = np.isfinite(b) & (b > -30)
        a, b = a[kept], b[kept]
        scale = 1 + np.abs(b) + 1e-6 * np.exp(-b)
    else:
        scale = 1 + np.abs(b)
    if (np.isnan(a) != np.isnan(b)).any():
        return float("inf")
    return float(np.nanmax(np.abs(a - b) / scale, initial=0.0)) if len(a) else 0.0
