"""The cases of every layer: what the suites of Keras, numpy and SQL run."""

from layers import (
    cases_activations,
    cases_attention,
    cases_convolution,
    cases_core,
    cases_merging,
    cases_normalization,
    cases_pooling,
    cases_preprocessing,
    cases_recurrent,
    cases_regularization,
    cases_reshaping,
    cases_wrappers,
)
from layers.case import Case

CASES: list[Case] = [
    *cases_core.CASES,
    *cases_activations.CASES,
    *cases_regularization.CASES,
    *cases_normalization.CASES,
    *cases_merging.CASES,
    *cases_reshaping.CASES,
    *cases_convolution.CASES,
    *cases_pooling.CASES,
    *cases_attention.CASES,
    *cases_preprocessing.CASES,
    *cases_wrappers.CASES,
    *cases_recurrent.CASES,
]

# Their rows follow each other; the order of the table is that of the key.
STATEFUL: list[Case] = cases_recurrent.STATEFUL
