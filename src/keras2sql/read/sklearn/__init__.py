"""Estimators of scikit-learn, and the Keras networks inside them.

A transformer is to this package what a layer is to `layers/`: one small function, registered
under the package and the name of its class, that writes tensors into a graph; so is a final
estimator (`registry`).  `read` turns a fitted object and all that it is composed of into a
network.

No reader imports scikit-learn, SciKeras or Keras: an object is known by the classes that
it comes from, so what is not installed costs nothing.  What fitting left in it is read; of its
methods, selectors of columns alone are asked one.  One file per family, imported below.
"""

from keras2sql.read.sklearn import (
    approximations,
    bagging,
    bayes,
    boosters,
    boosting,
    calibrating,
    clusters,
    combining,
    composites,
    decomposition,
    donors,
    dummies,
    encoding,
    functions,
    gaussian,
    imputing,
    isolation,
    iterative,
    keras_wrappers,
    labels,
    linear,
    multiclass,
    neighbours,
    neural,
    outliers,
    processes,
    scaling,
    scikeras,
    selecting,
    shaping,
    splines,
    svm,
    trees,
    words,
)
from keras2sql.read.sklearn.read import inspect_estimator, read_estimator, takes_texts
from keras2sql.read.sklearn.registry import (
    ESTIMATORS,
    READERS,
    TRANSFORMERS,
    Wrapped,
    estimates,
    is_estimator,
    reads,
    transforms,
    unwrap,
)

NETWORKS = frozenset(name.partition(".")[2] for name in READERS)
"""The classes of wrappers around a Keras network."""
SINGLE = NETWORKS | {
    "XGBClassifier",
    "XGBRegressor",
    "XGBRFClassifier",
    "XGBRFRegressor",
    "XGBRanker",
}
"""The classes that compute in 32 bit."""

__all__ = [
    "ESTIMATORS",
    "NETWORKS",
    "READERS",
    "SINGLE",
    "TRANSFORMERS",
    "Wrapped",
    "approximations",
    "bagging",
    "bayes",
    "boosters",
    "boosting",
    "calibrating",
    "clusters",
    "combining",
    "composites",
    "decomposition",
    "donors",
    "dummies",
    "encoding",
    "estimates",
    "functions",
    "gaussian",
    "imputing",
    "inspect_estimator",
    "is_estimator",
    "isolation",
    "iterative",
    "keras_wrappers",
    "labels",
    "linear",
    "multiclass",
    "neighbours",
    "neural",
    "outliers",
    "processes",
    "read_estimator",
    "reads",
    "scaling",
    "scikeras",
    "selecting",
    "shaping",
    "splines",
    "svm",
    "takes_texts",
    "transforms",
    "trees",
    "unwrap",
    "words",
]
