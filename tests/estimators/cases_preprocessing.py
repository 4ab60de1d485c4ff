"""Scaling, filling in, encoding."""

from __future__ import annotations

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from estimators.case import Case, case

CASES: list[Case] = [
    case(StandardScaler(), "diabetes"),
    case(StandardScaler(with_mean=False), "cancer"),
    case(StandardScaler(with_std=False), "iris"),
    case(StandardScaler(), "holes"),
    case(MinMaxScaler(), "diabetes"),
    case(MinMaxScaler(feature_range=(-1, 3), clip=True), "iris"),
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
