"""Scaling, filling in, encoding."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.experimental import enable_iterative_imputer  # noqa: F401 - it has to be asked for
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.impute import IterativeImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

from estimators.case import Case, case

CASES: list[Case] = [
    case(StandardScaler(), "diabetes"),
    case(StandardScaler(with_mean=False), "cancer"),
    case(StandardScaler(with_std=False), "iris"),
    case(StandardScaler(), "holes"),
    case(MinMaxScaler(), "diabetes"),
    case(MinMaxScaler(feature_range=(-1, 3), clip=True), "iris"),
    case(MaxAbsScaler(), "diabetes"),
    case(RobustScaler(), "cancer"),
    case(RobustScaler(with_centering=False, quantile_range=(10, 80)), "holes"),
    case(Normalizer(), "diabetes"),
    case(Normalizer(norm="l1"), "iris"),
    case(Normalizer(norm="max"), "cancer"),
    case(Binarizer(threshold=0.5), "iris"),
    case(QuantileTransformer(n_quantiles=20), "iris"),
    case(QuantileTransformer(n_quantiles=30, output_distribution="normal"), "iris"),
    case(QuantileTransformer(n_quantiles=40, output_distribution="normal"), "diabetes"),
    case(QuantileTransformer(n_quantiles=9), "marked"),
    case(QuantileTransformer(n_quantiles=9), "holes"),
    case(PowerTransformer(), "iris"),
    case(PowerTransformer(standardize=False), "holes"),
    case(PowerTransformer(method="box-cox"), "positive"),
    case(KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf"), "iris"),
    # Rows that were fitted to lie at the edges of bins, by two roundings.
    case(
        make_pipeline(
            StandardScaler(),
            MaxAbsScaler(),
            KBinsDiscretizer(9, encode="ordinal", quantile_method="averaged_inverted_cdf"),
        ),
        "iris",
    ),
    case(KBinsDiscretizer([3, 2, 4, 5], strategy="uniform"), "iris"),
    case(KBinsDiscretizer(3, encode="onehot-dense", strategy="kmeans"), "marked"),
    case(PolynomialFeatures(3), "iris"),
    case(PolynomialFeatures(2, interaction_only=True, include_bias=False), "iris"),
    case(FunctionTransformer(feature_names_out="one-to-one"), "iris"),
    *(
        case(FunctionTransformer(function, feature_names_out="one-to-one"), "iris")
        for function in (np.arctan, np.square, np.tanh, np.rint, np.deg2rad, np.abs, np.cos)
    ),
    case(FunctionTransformer(np.log1p, feature_names_out="one-to-one"), "cancer"),
    case(FunctionTransformer(np.log10, feature_names_out="one-to-one"), "cancer"),
    case(SimpleImputer(), "holes"),
    case(SimpleImputer(strategy="median", add_indicator=True), "holes"),
    case(SimpleImputer(strategy="constant", fill_value=-7.5), "holes"),
    case(SimpleImputer(strategy="most_frequent"), "texts"),
    case(SimpleImputer(strategy="constant", fill_value="it's ?", add_indicator=True), "texts"),
    case(SimpleImputer(missing_values=-1, strategy="most_frequent"), "marked"),
    case(MissingIndicator(features="all"), "holes"),
    case(IterativeImputer(max_iter=1, random_state=0), "holes"),
    case(IterativeImputer(Ridge(), max_iter=2, add_indicator=True, max_value=0.5), "holes"),
    case(TfidfTransformer(), "counts"),
    case(TfidfTransformer(norm="l1", sublinear_tf=True, use_idf=False), "counts"),
    case(OneHotEncoder(), "categories"),
    case(OneHotEncoder(), "texts"),  # a row with an unseen category has no prediction
    case(OneHotEncoder(handle_unknown="ignore"), "texts"),
    case(OneHotEncoder(handle_unknown="ignore", drop="first"), "texts"),
    case(OneHotEncoder(drop="if_binary"), "categories"),
    case(OneHotEncoder(drop=["Q", 2, True]), "categories"),
    case(OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=12), "texts"),
    case(
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3, drop="first"), "texts"
    ),
    case(OneHotEncoder(handle_unknown="ignore", min_frequency=12), "texts"),
    case(SplineTransformer(), "iris"),
    *(
        case(SplineTransformer(4, degree=degree, extrapolation=beyond), "iris")
        for degree in (1, 2)
        for beyond in ("constant", "linear", "continue", "periodic")
    ),
    case(SplineTransformer(5, degree=0, extrapolation="linear"), "iris"),
    case(SplineTransformer(3, extrapolation="error", include_bias=False), "iris"),
    case(SplineTransformer(2, knots="quantile", extrapolation="linear"), "iris"),
    case(SplineTransformer(3, handle_missing="zeros"), "holes"),
    case(TargetEncoder(cv=2, shuffle=False), "categories"),
    case(TargetEncoder(cv=2, shuffle=False, smooth=3.0), "texts"),
    case(TargetEncoder(cv=2, shuffle=False), "texts", "three"),
    case(OrdinalEncoder(), "categories"),
    case(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), "texts"),
    case(
        OrdinalEncoder(
            handle_unknown="use_encoded_value",
            unknown_value=9,
            encoded_missing_value=-5,
            max_categories=3,
        ),
        "texts",
    ),
    case(
        ColumnTransformer([("codes", OrdinalEncoder(), ["class"])], remainder="drop"), "categories"
    ),
]
