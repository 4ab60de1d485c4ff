"""The cases of every estimator: what the suites of scikit-learn, numpy and SQL run."""

from estimators import (
    cases_around,
    cases_bayes,
    cases_boosters,
    cases_boosting,
    cases_clusters,
    cases_components,
    cases_composites,
    cases_kernels,
    cases_linear,
    cases_neighbours,
    cases_preprocessing,
    cases_processes,
    cases_svm,
    cases_trees,
    cases_words,
)
from estimators.case import Case

CASES: list[Case] = [
    *cases_preprocessing.CASES,
    *cases_linear.CASES,
    *cases_components.CASES,
    *cases_around.CASES,
    *cases_composites.CASES,
    *cases_bayes.CASES,
    *cases_clusters.CASES,
    *cases_svm.CASES,
    *cases_trees.CASES,
    *cases_kernels.CASES,
    *cases_boosting.CASES,
    *cases_boosters.CASES,
    *cases_neighbours.CASES,
    *cases_processes.CASES,
    *cases_words.CASES,
]
