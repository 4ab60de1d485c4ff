"""Gaussian processes, and outliers."""

from __future__ import annotations

from sklearn.covariance import EllipticEnvelope
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import (
    RBF,
    ConstantKernel,
    DotProduct,
    ExpSineSquared,
    Matern,
    PairwiseKernel,
    RationalQuadratic,
    WhiteKernel,
)
from sklearn.neighbors import LocalOutlierFactor

from estimators.case import Case, case

_FIXED = {"optimizer": None}
_NOISE = WhiteKernel(0.5)

CASES: list[Case] = [
    case(GaussianProcessRegressor(RBF(2.0) + _NOISE, **_FIXED), "one"),
    case(
        GaussianProcessRegressor(
            ConstantKernel(2.0) * RBF([1.0, 3.0]) + _NOISE, normalize_y=True, **_FIXED
        ),
        "one",
    ),
    case(GaussianProcessRegressor(Matern(1.5, nu=0.5) + _NOISE, **_FIXED), "one"),
    case(GaussianProcessRegressor(Matern(2.0, nu=2.5) + DotProduct(0.5) + _NOISE, **_FIXED), "one"),
    case(GaussianProcessRegressor(Matern(nu=1.5), alpha=0.1, **_FIXED), "diabetes", "numbers"),
    case(GaussianProcessRegressor(RationalQuadratic(1.0, 0.7) + _NOISE, **_FIXED), "one"),
    case(GaussianProcessRegressor(ExpSineSquared(5.0, 20.0) ** 2 + _NOISE, **_FIXED), "one"),
    case(GaussianProcessRegressor(PairwiseKernel(metric="laplacian") + _NOISE, **_FIXED), "one"),
    case(GaussianProcessClassifier(RBF(2.0), **_FIXED), "numbered"),
    case(
        GaussianProcessClassifier(RBF(1.0) + ConstantKernel(0.02) * DotProduct(1.0), **_FIXED),
        "one",
        "classes",
    ),
    case(EllipticEnvelope(random_state=0, support_fraction=0.9), "one"),
    case(LocalOutlierFactor(4, novelty=True), "one"),
    case(LocalOutlierFactor(3, novelty=True, metric="manhattan"), "diabetes"),
]
