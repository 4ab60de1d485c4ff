"""Models of kernels, and what comes near one."""

from __future__ import annotations

from sklearn.decomposition import KernelPCA
from sklearn.kernel_approximation import (
    AdditiveChi2Sampler,
    Nystroem,
    PolynomialCountSketch,
    RBFSampler,
    SkewedChi2Sampler,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.neural_network import BernoulliRBM
from sklearn.preprocessing import KernelCenterer

from estimators.case import Case, case

CASES: list[Case] = [
    case(KernelRidge(kernel="rbf", gamma=0.3), "diabetes"),
    case(KernelRidge(kernel="poly", degree=2, alpha=2.0), "diabetes", "numbers"),
    case(KernelRidge(kernel="laplacian"), "diabetes"),
    case(KernelRidge(kernel="cosine"), "diabetes"),
    case(KernelRidge(), "diabetes"),
    case(KernelPCA(n_components=3, kernel="rbf"), "iris"),
    case(KernelPCA(n_components=2, kernel="sigmoid", gamma=0.05), "iris"),
    case(KernelPCA(n_components=2), "numbered"),
    case(KernelCenterer(), "square"),
    case(Nystroem(n_components=6, random_state=0), "iris"),
    case(Nystroem(kernel="chi2", gamma=0.5, n_components=6, random_state=0), "numbered"),
    case(Nystroem(kernel="additive_chi2", n_components=6, random_state=0), "numbered"),
    case(Nystroem(kernel="polynomial", degree=2, n_components=6, random_state=0), "iris"),
    case(RBFSampler(n_components=5, random_state=0), "iris"),
    case(SkewedChi2Sampler(n_components=5, skewedness=0.5, random_state=0), "numbered"),
    case(AdditiveChi2Sampler(), "numbered"),
    case(AdditiveChi2Sampler(sample_steps=3), "numbered"),
    case(PolynomialCountSketch(n_components=8, random_state=0), "iris"),
    case(
        PolynomialCountSketch(degree=3, coef0=1, gamma=0.5, n_components=6, random_state=0), "bits"
    ),
    case(BernoulliRBM(n_components=4, n_iter=2, random_state=0), "bits"),
]
