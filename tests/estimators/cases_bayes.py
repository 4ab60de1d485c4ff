"""Naive Bayes."""

from __future__ import annotations

from sklearn.naive_bayes import (
    BernoulliNB,
    CategoricalNB,
    ComplementNB,
    GaussianNB,
    MultinomialNB,
)

from estimators.case import Case, case

CASES: list[Case] = [
    case(GaussianNB(), "iris"),
    case(GaussianNB(priors=[0.2, 0.8], var_smoothing=1e-3), "cancer", "truth"),
    case(MultinomialNB(), "cancer"),
    case(MultinomialNB(fit_prior=False), "numbered", "whole"),
    case(ComplementNB(), "cancer"),
    case(ComplementNB(norm=True), "numbered"),
    case(BernoulliNB(binarize=0.1), "iris", "days"),
    case(BernoulliNB(binarize=None), "bits"),
    case(CategoricalNB(), "numbered"),
    case(CategoricalNB(min_categories=9, alpha=0.5), "numbered", "whole"),
]
