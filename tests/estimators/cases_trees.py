"""Decision trees, and forests of them."""

from __future__ import annotations

from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from estimators.case import Case, case

CASES: list[Case] = [
    case(DecisionTreeClassifier(random_state=1), "iris"),
    case(DecisionTreeClassifier(max_leaf_nodes=9, random_state=1), "cancer", "truth"),
    case(DecisionTreeClassifier(max_depth=4, random_state=1), "diabetes", "flags"),
    case(DecisionTreeClassifier(max_depth=3, class_weight="balanced"), "holes", "flag"),
    case(DecisionTreeClassifier(random_state=1), "neighbours", "flag"),
    case(DecisionTreeRegressor(random_state=1), "neighbours"),
    case(DecisionTreeRegressor(max_depth=5, random_state=1), "holes"),
    case(DecisionTreeRegressor(max_depth=4), "diabetes", "numbers"),
    case(DecisionTreeRegressor(criterion="absolute_error", max_depth=3), "diabetes"),
    case(DecisionTreeRegressor(max_leaf_nodes=2), "diabetes"),
    case(DecisionTreeRegressor(min_samples_leaf=1000), "diabetes"),
    case(ExtraTreeClassifier(random_state=2), "iris", "days"),
    case(ExtraTreeClassifier(max_depth=3, splitter="best", random_state=2), "cancer"),
    case(ExtraTreeRegressor(max_depth=6, random_state=2), "holes"),
    case(RandomForestClassifier(n_estimators=5, max_depth=4, random_state=3), "iris"),
    case(RandomForestClassifier(n_estimators=4, max_depth=3, random_state=3), "diabetes", "flags"),
    case(RandomForestClassifier(n_estimators=4, max_depth=3, random_state=3), "holes", "flag"),
    case(RandomForestRegressor(n_estimators=6, max_depth=5, random_state=3), "diabetes"),
    case(RandomForestRegressor(n_estimators=3, max_depth=3, random_state=3), "holes"),
    case(ExtraTreesClassifier(n_estimators=4, max_depth=4, random_state=4), "cancer"),
    case(ExtraTreesRegressor(n_estimators=4, max_depth=4, random_state=4), "diabetes", "numbers"),
    case(
        make_pipeline(
            SimpleImputer(),
            StandardScaler(),
            RandomForestRegressor(n_estimators=4, max_depth=3, random_state=5),
        ),
        "holes",
    ),
]
