"""Keras == numpy: every converter computes what Keras computes, in float64."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.matrix import each, first_of_each
from keras2sql.layers import REGISTRY
from keras2sql.layers.recurrent import RECURRENT
from layers import CASES, STATEFUL
from layers.build import built
from layers.case import Case
from layers.cases_text import SHIPPED


@pytest.mark.parametrize("case", each([*CASES, *STATEFUL]))
def test_the_graph_computes_what_keras_computes(case: Case) -> None:
    made = built(case)
    found = made.graph.evaluate(made.feeds)
    for name, value in found.items():
        assert np.isfinite(made.outputs[name].astype(float)).all()
        assert value.shape == made.outputs[name].shape
        np.testing.assert_allclose(value, made.outputs[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", first_of_each(CASES))
def test_another_backend_computes_the_same(case: Case) -> None:
    test_the_graph_computes_what_keras_computes(case)


@pytest.mark.parametrize("case", each(c for c in CASES if c.layer in RECURRENT and c.masks))
def test_recurrent_layers_pass_masks_on_as_keras_does(case: Case) -> None:
    made = built(case)
    assert set(made.graph.outputs) == set(made.outputs)


@pytest.mark.parametrize("case", each(CASES))
def test_the_converter_declares_the_variables_that_keras_saves(case: Case) -> None:
    layer = built(case).layer
    assert len(layer.weight_names()) == len(layer.variables)


def test_every_converter_has_cases() -> None:
    # Keras has these no longer: tests/layers/test_retired.py compares them with numpy.
    retired = {"Highway", "MaxoutDense"}
    known = {c.layer for c in CASES} | {*SHIPPED} | retired
    assert {name for name in REGISTRY if ">" not in name} == known


def test_no_two_cases_are_the_same() -> None:
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids))
