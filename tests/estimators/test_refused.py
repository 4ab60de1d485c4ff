"""What estimators are not read, by name, and why."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, Matern
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NearestCentroid,
    RadiusNeighborsClassifier,
)
from sklearn.svm import SVC, SVR, OneClassSVM

from estimators.data import data
from keras2sql.errors import UnsupportedLayerError
from keras2sql.read.any import read

NUMBERED, DIGITS = data("numbered"), np.random.default_rng(3).normal(size=(60, 4))


def product(x: Any, y: Any) -> Any:
    return x @ y.T


def near(distances: Any) -> Any:
    return 1 / (1 + distances)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)
    PROBABLE = SVC(probability=True, random_state=0)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (SVC(kernel=product), "the kernel a function"),
        (SVR(kernel=product), "the kernel a function"),
        (OneClassSVM(kernel=product), "the kernel a function"),
        (MultinomialNB(alpha=0.0, force_alpha=True), "a probability of 0"),
        (BernoulliNB(alpha=0.0, force_alpha=True), "a probability of 0"),
        (KNeighborsClassifier(weights=near), "weights of a function"),
        (KNeighborsClassifier(p=3), "the metric 'minkowski'"),
        (KNeighborsRegressor(metric="canberra"), "the metric 'canberra'"),
        (RadiusNeighborsClassifier(outlier_label="far"), "'far', which is no class"),
        (LocalOutlierFactor(), "novelty=True"),
        (GaussianProcessRegressor(Matern(nu=0.7), optimizer=None), "Matern of nu=0.7"),
    ],
)
def test_what_is_refused_says_why(model: Any, reason: str) -> None:
    rows = NUMBERED.rows[:40].copy()
    rows[:, 2] = 0.0  # never seen otherwise
    target = NUMBERED.targets["text"][:40]
    if isinstance(model, KNeighborsRegressor | GaussianProcessRegressor | SVR):
        target = rows[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model.fit(rows, target)
    with pytest.raises(UnsupportedLayerError, match=reason):
        read(fitted)


def test_a_kernel_that_is_computed_elsewhere_is_refused() -> None:
    square = data("square").rows
    model = SVC(kernel="precomputed").fit(square, np.arange(len(square)) % 2)
    with pytest.raises(UnsupportedLayerError, match="the kernel 'precomputed'"):
        read(model)


def test_probabilities_of_many_classes_are_refused() -> None:
    target = np.arange(60) % 9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PROBABLE.fit(DIGITS, target)
    with pytest.raises(UnsupportedLayerError, match="probabilities of 9 classes"):
        read(model)


def test_processes_of_pairs_are_refused() -> None:
    model = GaussianProcessClassifier(RBF(1.0), optimizer=None, multi_class="one_vs_one")
    with pytest.raises(UnsupportedLayerError, match="one_vs_one"):
        read(model.fit(DIGITS, np.arange(60) % 3))


def test_centres_of_another_metric() -> None:
    model = NearestCentroid().fit(DIGITS, np.arange(60) % 3)
    model.metric = "cosine"
    with pytest.raises(UnsupportedLayerError, match="the metric 'cosine'"):
        read(model)
