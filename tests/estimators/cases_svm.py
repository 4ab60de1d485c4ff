"""Support vector machines of libsvm."""

from __future__ import annotations

import warnings

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

from estimators.case import Case, case

with warnings.catch_warnings():
    warnings.simplefilter("ignore", FutureWarning)  # probability=True is to go
    _PROBABLE = SVC(probability=True, random_state=1)
    _PROBABLE_NU = NuSVC(probability=True, random_state=1, nu=0.3)

CASES: list[Case] = [
    case(SVC(), "iris"),
    case(make_pipeline(StandardScaler(), SVC(kernel="linear", C=0.5)), "cancer", "truth"),
    case(SVC(kernel="poly", degree=3, coef0=0.5), "iris", "days"),
    case(SVC(kernel="poly", degree=2, gamma=0.5), "numbered"),
    case(SVC(kernel="sigmoid", gamma=0.1), "iris"),
    case(SVC(decision_function_shape="ovo"), "iris", "whole"),
    case(SVC(break_ties=True, kernel="linear"), "numbered", "whole"),
    case(SVC(gamma=10.0), "cancer"),
    case(_PROBABLE, "numbered"),
    case(_PROBABLE, "iris"),
    case(NuSVC(nu=0.2), "iris"),
    case(_PROBABLE_NU, "bits"),
    case(SVR(), "diabetes"),
    case(SVR(kernel="poly", degree=3), "diabetes"),
    case(NuSVR(kernel="sigmoid", gamma=0.2), "diabetes"),
    case(OneClassSVM(nu=0.2), "numbered"),
    case(OneClassSVM(kernel="linear"), "diabetes"),
]
