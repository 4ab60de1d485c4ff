"""Models as other versions of scikit-learn left them, where these differ from the installed one."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.cross_decomposition import PLSRegression
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import RidgeClassifier

import keras2sql
from estimators.data import data
from keras2sql.errors import ModelFileError
from keras2sql.read.any import read

IRIS = data("iris")
ROWS = IRIS.rows.to_numpy()


def computed(model: Any, method: str) -> Any:
    """What the graph of a model computes of the rows of iris."""
    graph = read(model).graph
    (source,) = graph.inputs
    return graph.evaluate({source.layer: ROWS})[method]


def test_partial_least_squares_up_to_1_4() -> None:
    """Their coefficients are for columns that have been scaled."""
    model = PLSRegression(2).fit(ROWS, np.arange(len(ROWS)))
    expected = model.predict(ROWS)
    model.coef_ = model.coef_ * model._x_std
    np.testing.assert_allclose(computed(model, "predict")[:, 0], expected, rtol=1e-12)


def test_ridge_classifiers_up_to_1_8() -> None:
    """They have no classes of their own."""
    model = RidgeClassifier().fit(ROWS, IRIS.targets["text"])
    expected = model.decision_function(ROWS)
    del model.classes_
    np.testing.assert_allclose(computed(model, "decision_function"), expected, atol=1e-12)


@pytest.fixture
def former() -> Iterator[Any]:
    """A loss of a module that scikit-learn had up to version 1.3."""
    name = "sklearn.ensemble._gb_losses"
    kind = type("MultinomialDeviance", (), {"__module__": name})
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name])["MultinomialDeviance"] = kind
    yield kind()
    sys.modules.pop(name, None)


def test_a_file_with_what_scikit_learn_has_no_more(former: Any, tmp_path: Path) -> None:
    """Scores of three classes were not centred then."""
    model = GradientBoostingClassifier(n_estimators=2, random_state=0)
    model.fit(ROWS, IRIS.targets["text"])
    centre = np.log(model.init_.class_prior_).mean()
    expected = model.decision_function(ROWS) + centre
    model._loss = former
    joblib.dump(model, tmp_path / "model.joblib")
    np.testing.assert_allclose(computed(model, "decision_function"), expected, atol=1e-12)
    sys.modules.pop("sklearn.ensemble._gb_losses")
    found = keras2sql.convert(tmp_path / "model.joblib", "duckdb", "t", "id", trust_pickle=True)
    assert found.query == keras2sql.convert(model, "duckdb", "t", "id", name="model").query


def test_what_others_have_no_more_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    module = types.ModuleType("ours")
    vars(module)["Own"] = type("Own", (RidgeClassifier,), {"__module__": "ours"})
    monkeypatch.setitem(sys.modules, "ours", module)
    model = vars(module)["Own"]().fit(ROWS, IRIS.targets["text"])
    joblib.dump(model, tmp_path / "model.joblib")
    monkeypatch.delitem(sys.modules, "ours")
    with pytest.raises(ModelFileError, match="No module named 'ours'"):
        keras2sql.convert(tmp_path / "model.joblib", "duckdb", "t", "id", trust_pickle=True)
