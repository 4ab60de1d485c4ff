"""What random pipelines are drawn from: estimators of all families, each with some arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn import (
    cluster,
    decomposition,
    discriminant_analysis,
    ensemble,
    feature_selection,
    gaussian_process,
    kernel_approximation,
    kernel_ridge,
    mixture,
    naive_bayes,
    neighbors,
    neural_network,
    preprocessing,
    random_projection,
    svm,
    tree,
)
from sklearn import linear_model as lm
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.dummy import DummyClassifier
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import FeatureUnion
from xgboost import XGBClassifier, XGBRegressor

Strategy = st.SearchStrategy[Any]


def of(kind: Any, **choices: Any) -> Strategy:
    """The estimator with one of the choices for each argument; what is no list is the argument."""
    drawn = {
        n: st.sampled_from(c) if isinstance(c, list) else st.just(c) for n, c in choices.items()
    }
    return st.builds(kind, **drawn)


# -- columns as they come

FILLED = st.one_of(
    of(SimpleImputer, strategy=["mean", "median", "most_frequent"], add_indicator=[True, False]),
    of(SimpleImputer, strategy="constant", fill_value=[0.0, -7.5]),
    of(
        FeatureUnion,
        transformer_list=[[("a", SimpleImputer()), ("b", MissingIndicator(features="all"))]],
    ),
)
FILLED_TEXTS = st.one_of(
    of(SimpleImputer, strategy="most_frequent", add_indicator=[True, False]),
    of(SimpleImputer, strategy="constant", fill_value=["it's", ""]),
)
ENCODED = st.one_of(
    of(
        preprocessing.OneHotEncoder,
        handle_unknown="ignore",
        drop=[None, "first", "if_binary"],
        sparse_output=False,
    ),
    of(
        preprocessing.OneHotEncoder,
        handle_unknown="infrequent_if_exist",
        min_frequency=[None, 12],
        max_categories=[None, 3],
        sparse_output=False,
    ),
    of(preprocessing.OneHotEncoder, sparse_output=False),
    of(
        preprocessing.OrdinalEncoder,
        handle_unknown="use_encoded_value",
        unknown_value=[-1, 99],
        max_categories=[None, 3],
    ),
    of(preprocessing.TargetEncoder, cv=2, shuffle=False, smooth=["auto", 3.0]),
)

# -- numbers into numbers

EXACT = st.one_of(
    of(preprocessing.StandardScaler, with_mean=[True, False], with_std=[True, False]),
    of(preprocessing.MinMaxScaler, feature_range=[(0, 1), (-1, 3)], clip=[True, False]),
    of(preprocessing.MaxAbsScaler),
    of(
        preprocessing.RobustScaler,
        with_centering=[True, False],
        quantile_range=[(25, 75), (10, 80)],
    ),
    of(
        preprocessing.KBinsDiscretizer,
        n_bins=[2, 3, 5],
        encode=["ordinal", "onehot-dense"],
        strategy=["uniform", "quantile", "kmeans"],
    ),
    of(preprocessing.Binarizer, threshold=[0.0, 0.5, 3.0]),
    of(feature_selection.VarianceThreshold),
    of(preprocessing.FunctionTransformer, func=[None, np.abs, np.sign, np.rint]),
)
ROUNDED = st.one_of(
    of(preprocessing.Normalizer, norm=["l1", "l2", "max"]),
    of(preprocessing.PolynomialFeatures, degree=2, interaction_only=[True, False]),
    of(
        preprocessing.SplineTransformer,
        n_knots=[2, 4],
        degree=[0, 1, 2, 3],
        knots=["uniform", "quantile"],
        extrapolation=["constant", "linear", "continue", "periodic"],
    ),
    of(
        preprocessing.QuantileTransformer,
        n_quantiles=[5, 30],
        output_distribution=["uniform", "normal"],
    ),
    of(preprocessing.PowerTransformer, standardize=[True, False]),
    of(preprocessing.FunctionTransformer, func=[np.tanh, np.arcsinh, np.arctan, np.exp2, np.sinh]),
    of(decomposition.PCA, n_components=[1, 2, None], whiten=[True, False]),
    of(decomposition.IncrementalPCA, n_components=[1, 2]),
    of(decomposition.TruncatedSVD, n_components=1, random_state=0),
    of(decomposition.FastICA, n_components=[1, 2], random_state=0, max_iter=20),
    of(decomposition.FactorAnalysis, n_components=[1, 2], max_iter=20),
    of(decomposition.KernelPCA, n_components=2, kernel=["rbf", "poly", "cosine"]),
    of(kernel_approximation.Nystroem, n_components=5, kernel=["rbf", "laplacian"], random_state=0),
    of(kernel_approximation.RBFSampler, n_components=5, random_state=0),
    of(random_projection.GaussianRandomProjection, n_components=2, random_state=0),
    of(cluster.KMeans, n_clusters=[2, 3], n_init=1, max_iter=5, random_state=0),
    of(
        ensemble.RandomTreesEmbedding,
        n_estimators=2,
        max_depth=2,
        sparse_output=False,
        random_state=0,
    ),
)
# Told what the target is.
CHOSEN = {
    True: st.one_of(
        of(feature_selection.SelectKBest, score_func=feature_selection.f_classif, k=[1, 2]),
        of(feature_selection.SelectPercentile, percentile=[40, 80]),
        of(
            feature_selection.SelectFromModel,
            estimator=tree.DecisionTreeClassifier(max_depth=3, random_state=0),
        ),
        of(feature_selection.RFE, estimator=lm.RidgeClassifier(), n_features_to_select=[1, 2]),
        of(discriminant_analysis.LinearDiscriminantAnalysis),
    ),
    False: st.one_of(
        of(feature_selection.SelectKBest, score_func=feature_selection.f_regression, k=[1, 2]),
        of(feature_selection.SelectFromModel, estimator=lm.Lasso(0.1)),
        of(feature_selection.RFE, estimator=lm.Ridge(), n_features_to_select=[1, 2]),
        of(PLSRegression, n_components=1),
    ),
}

# -- final estimators

_FOREST: dict[str, Any] = {"n_estimators": [1, 4], "max_depth": [None, 3], "random_state": 3}
_BOOST: dict[str, Any] = {"n_estimators": [1, 4], "max_depth": [1, 3], "random_state": 1}
_HISTOGRAM: dict[str, Any] = {"max_iter": 4, "min_samples_leaf": [4, 20], "max_leaf_nodes": [3, 9]}
_TREE: dict[str, Any] = {"max_depth": [None, 2, 5], "min_samples_leaf": [1, 9], "random_state": 1}
_NEAR: dict[str, Any] = {
    "n_neighbors": [1, 3, 4],
    "weights": ["uniform", "distance"],
    "metric": ["euclidean", "manhattan", "chebyshev"],
}
_KERNEL: dict[str, Any] = {"kernel": ["rbf", "linear", "poly", "sigmoid"], "gamma": ["scale", 0.1]}
_NETWORK: dict[str, Any] = {
    "hidden_layer_sizes": [(3,), (4, 2)],
    "activation": ["relu", "tanh", "logistic", "identity"],
    "max_iter": 5,
    "random_state": 0,
}
_LIGHT: dict[str, Any] = {
    "n_estimators": 4,
    "num_leaves": [3, 6],
    "min_child_samples": 4,
    "n_jobs": 1,
    "verbose": -1,
}
_CATS: dict[str, Any] = {
    "iterations": 4,
    "depth": 3,
    "thread_count": 1,
    "verbose": 0,
    "allow_writing_files": False,
}
_XGB: dict[str, Any] = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
_LOGISTIC = lm.LogisticRegression(max_iter=15)

_CLASSES = [
    of(lm.LogisticRegression, C=[1.0, 0.01], max_iter=20),
    of(lm.RidgeClassifier),
    of(lm.SGDClassifier, loss=["hinge", "log_loss", "modified_huber"], random_state=0, max_iter=9),
    of(lm.Perceptron, random_state=0, max_iter=9),
    of(svm.LinearSVC, random_state=0, max_iter=50),
    of(svm.SVC, decision_function_shape="ovr", break_ties=[True, False], **_KERNEL),
    of(svm.NuSVC, nu=0.1, **_KERNEL),
    of(naive_bayes.GaussianNB),
    of(naive_bayes.BernoulliNB, binarize=[0.0, 1.0]),
    of(neighbors.KNeighborsClassifier, **_NEAR),
    of(neighbors.NearestCentroid, metric=["euclidean", "manhattan"]),
    of(tree.DecisionTreeClassifier, **_TREE),
    of(tree.ExtraTreeClassifier, **_TREE),
    of(ensemble.RandomForestClassifier, **_FOREST),
    of(ensemble.ExtraTreesClassifier, **_FOREST),
    of(ensemble.GradientBoostingClassifier, **_BOOST),
    of(ensemble.HistGradientBoostingClassifier, **_HISTOGRAM),
    of(ensemble.AdaBoostClassifier, n_estimators=[1, 4], random_state=2),
    of(ensemble.BaggingClassifier, n_estimators=3, max_features=[1.0, 0.7], random_state=3),
    of(discriminant_analysis.LinearDiscriminantAnalysis),
    of(discriminant_analysis.QuadraticDiscriminantAnalysis, reg_param=[0.1, 0.5]),
    of(neural_network.MLPClassifier, **_NETWORK),
    of(gaussian_process.GaussianProcessClassifier, optimizer=None),
    of(
        CalibratedClassifierCV,
        estimator=[lm.RidgeClassifier(), _LOGISTIC],
        method=["sigmoid", "isotonic"],
        cv=2,
    ),
    of(
        ensemble.VotingClassifier,
        estimators=[
            [("a", _LOGISTIC), ("b", tree.DecisionTreeClassifier(max_depth=3, random_state=0))]
        ],
        voting=["soft", "hard"],
        weights=[None, [1, 2]],
    ),
    of(
        ensemble.StackingClassifier,
        estimators=[[("a", _LOGISTIC), ("b", naive_bayes.GaussianNB())]],
        final_estimator=_LOGISTIC,
        passthrough=[True, False],
        cv=2,
    ),
    of(OneVsRestClassifier, estimator=[_LOGISTIC, svm.LinearSVC(random_state=0, max_iter=50)]),
    of(OneVsOneClassifier, estimator=_LOGISTIC),
    of(GridSearchCV, estimator=_LOGISTIC, param_grid={"C": [0.1, 1.0]}, cv=2),
    of(DummyClassifier, strategy=["prior", "most_frequent"]),
    of(LGBMClassifier, **_LIGHT),
    of(CatBoostClassifier, **_CATS),
]
_NUMBER = [
    of(lm.LinearRegression),
    of(lm.Ridge, alpha=[0.1, 10.0]),
    of(lm.Lasso, alpha=0.1),
    of(lm.ElasticNet, alpha=0.1),
    of(lm.BayesianRidge, max_iter=10),
    of(lm.HuberRegressor, max_iter=20),
    of(lm.QuantileRegressor, quantile=[0.3, 0.5], alpha=0.01),
    of(svm.SVR, **_KERNEL),
    of(svm.LinearSVR, random_state=0, max_iter=50),
    of(neighbors.KNeighborsRegressor, **_NEAR),
    of(tree.DecisionTreeRegressor, **_TREE),
    of(ensemble.RandomForestRegressor, **_FOREST),
    of(ensemble.ExtraTreesRegressor, **_FOREST),
    of(ensemble.GradientBoostingRegressor, loss=["squared_error", "huber"], **_BOOST),
    of(ensemble.HistGradientBoostingRegressor, **_HISTOGRAM),
    of(ensemble.AdaBoostRegressor, n_estimators=[1, 4], random_state=2),
    of(ensemble.BaggingRegressor, n_estimators=3, random_state=3),
    of(neural_network.MLPRegressor, **_NETWORK),
    of(gaussian_process.GaussianProcessRegressor, alpha=0.1, optimizer=None),
    of(kernel_ridge.KernelRidge, kernel=["linear", "rbf", "laplacian"]),
    of(PLSRegression, n_components=1),
    of(
        TransformedTargetRegressor,
        regressor=lm.Ridge(),
        transformer=[
            preprocessing.StandardScaler(),
            preprocessing.QuantileTransformer(n_quantiles=20),
        ],
    ),
    of(
        ensemble.VotingRegressor,
        estimators=[[("a", lm.Ridge()), ("b", lm.LinearRegression())]],
        weights=[None, [1, 2]],
    ),
    of(
        ensemble.StackingRegressor,
        estimators=[[("a", lm.Ridge())]],
        final_estimator=lm.Ridge(),
        cv=2,
    ),
    of(LGBMRegressor, **_LIGHT),
    of(CatBoostRegressor, **_CATS),
]
_COUNTS = [
    of(lm.PoissonRegressor, max_iter=20),
    of(lm.TweedieRegressor, power=[0, 1.5], link=["auto", "log"], max_iter=20),
    of(ensemble.HistGradientBoostingRegressor, loss="poisson", **_HISTOGRAM),
    of(LGBMRegressor, objective=["poisson", "tweedie"], **_LIGHT),
]
_NOTHING = [
    of(cluster.KMeans, n_clusters=[2, 3], n_init=1, max_iter=5, random_state=0),
    of(cluster.Birch, n_clusters=[2, None], threshold=2.0),
    of(
        mixture.GaussianMixture,
        n_components=2,
        covariance_type=["full", "diag"],
        max_iter=5,
        random_state=0,
    ),
    of(ensemble.IsolationForest, n_estimators=[1, 5], random_state=4),
    of(svm.OneClassSVM, nu=0.2, kernel=["rbf", "linear"]),
    of(neighbors.LocalOutlierFactor, n_neighbors=4, novelty=True),
]
FINAL = {
    "text": st.one_of(_CLASSES),
    "three": st.one_of([*_CLASSES, of(XGBClassifier, **_XGB)]),
    "number": st.one_of([*_NUMBER, of(XGBRegressor, **_XGB)]),
    "counts": st.one_of(_COUNTS),
    "none": st.one_of(_NOTHING),
}
