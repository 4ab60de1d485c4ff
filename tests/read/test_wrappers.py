"""Fitted estimators: every column of the head equals what the estimator's methods return."""

from __future__ import annotations

import datetime
import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras.wrappers import SKLearnClassifier, SKLearnRegressor, SKLearnTransformer
from scikeras.wrappers import KerasClassifier, KerasRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from typer.testing import CliRunner

from keras2sql.cli.app import app
from keras2sql.errors import InputError, ModelFileError
from keras2sql.heads import head
from keras2sql.inspecting import inspect
from keras2sql.read.any import opened, read
from keras2sql.read.sklearn import unwrap

pytestmark = [
    pytest.mark.jax,  # they train
    # Keras 3.15 hands its variables to numpy 2 in the way of numpy 1.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
]

RNG = np.random.default_rng(20)
ROWS = RNG.normal(size=(60, 4)).astype("float32")
LOSS = {1: "binary_crossentropy", 2: "categorical_crossentropy", 3: "categorical_crossentropy"}
DAYS = np.array(["2020-02-29", "2021-01-01", "2022-12-31"], "datetime64[D]")


def network(units: int, activation: str | None, loss: str = "mse") -> Any:
    layers = [
        keras.Input((4,)),
        keras.layers.Dense(5, "tanh", bias_initializer="random_normal"),
        keras.layers.Dense(units, activation, bias_initializer="random_normal"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", loss)
    return model


def target(labels: Any) -> Any:
    return np.asarray(labels)[RNG.permutation(len(ROWS)) % len(labels)]


def scikeras(labels: Any, units: int, activation: str | None, loss: str = "") -> Any:
    loss = loss or ("sparse_categorical_crossentropy" if units > 1 else LOSS[1])
    model = network(units, activation, loss)
    return KerasClassifier(model, loss=loss, epochs=2, verbose=0).fit(ROWS, target(labels))


def wrapper(labels: Any, activation: str | None, rows: Any = ROWS) -> Any:
    model = network(len(labels), activation, "categorical_crossentropy")
    fitting = {"epochs": 2, "verbose": 0}
    return SKLearnClassifier(model, fit_kwargs=fitting).fit(rows, target(labels))


def evaluated(model: Any, **options: Any) -> dict[str, Any]:
    """The columns of the model's head, for `ROWS`."""
    network = read(model, **options)
    graph = head(network.graph, network.task, network.classes, network.probabilities)
    (source,) = graph.inputs
    return graph.evaluate({source.op.name: ROWS})  # type: ignore[attr-defined]


def stacked(columns: dict[str, Any], prefix: str) -> Any:
    return np.stack([v for k, v in columns.items() if k.startswith(prefix)], axis=1)


BINARY = {
    "text": (["no", "yes"], ["no", "yes"]),
    "integer": ([-3, 7], [-3, 7]),
    "boolean": ([False, True], [False, True]),
    "whole floats": ([0.0, 1.0], [0, 1]),
    "date": (DAYS[:2], [datetime.date(2020, 2, 29), datetime.date(2021, 1, 1)]),
}


@pytest.mark.parametrize("kind", BINARY)
def test_scikeras_binary(kind: str) -> None:
    given, labels = BINARY[kind]
    model = scikeras(given, 1, "sigmoid")
    out = evaluated(model)
    proba = stacked(out, "Proba_")
    assert list(out)[:2] == [f"Proba_{label}" for label in labels]
    np.testing.assert_allclose(proba, model.predict_proba(ROWS), atol=1e-5)
    np.testing.assert_allclose(stacked(out, "LogProba_"), np.log(proba), atol=1e-12)
    np.testing.assert_array_equal(out["DecisionProba"], proba.max(axis=1))
    assert out["Decision"].tolist() == model.predict(ROWS).tolist()
    assert {type(v) for v in out["Decision"].tolist()} == {type(labels[0])}


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", None])
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_scikeras_multiclass(activation: str | None, loss: str) -> None:
    model = scikeras(["setosa", "versicolor", "virginica"], 3, activation, loss)
    out = evaluated(model)
    assert next(iter(out)) == "Proba_setosa"
    np.testing.assert_allclose(stacked(out, "Proba_"), model.predict_proba(ROWS), atol=1e-5)
    with np.errstate(invalid="ignore"):
        logs = np.log(stacked(out, "Proba_"))  # NaN where a logit is "probable" below zero
    np.testing.assert_allclose(stacked(out, "LogProba_"), logs, atol=1e-12)
    assert out["Decision"].tolist() == model.predict(ROWS).tolist()


def test_scikeras_one_logit_decides_as_scikeras_does() -> None:
    model = scikeras([0, 1], 1, None)
    model.model_.layers[-1].bias.assign([0.5])
    out = evaluated(model)
    np.testing.assert_allclose(stacked(out, "Proba_"), model.predict_proba(ROWS), atol=1e-5)
    assert set(out["Decision"].tolist()) == {0, 1}
    assert out["Decision"].tolist() == model.predict(ROWS).tolist()


def test_scikeras_two_units_and_a_one_hot_target() -> None:
    model = scikeras([False, True], 2, "softmax")
    assert evaluated(model)["Decision"].tolist() == model.predict(ROWS).tolist()
    onehot = KerasClassifier(network(3, "softmax"), loss=LOSS[3], epochs=2, verbose=0)
    onehot.model.compile("adam", LOSS[3])
    onehot.fit(ROWS, np.eye(3, dtype=int)[target([0, 1, 2])])
    out = evaluated(onehot)
    assert next(iter(out)) == "Proba_0"
    assert out["Decision"].tolist() == onehot.predict(ROWS).argmax(axis=1).tolist()


def test_ties_and_extremes_as_in_the_estimator() -> None:
    model = scikeras(["a", "b"], 1, "sigmoid")
    last = model.model_.layers[-1]
    for bias, label in ((0.0, "a"), (1000.0, "b"), (-1000.0, "a")):
        last.set_weights([np.zeros((5, 1)), np.array([bias])])
        out = evaluated(model)
        assert set(out["Decision"]) == set(model.predict(ROWS)) == {label}
        np.testing.assert_allclose(stacked(out, "Proba_"), model.predict_proba(ROWS))
        expected = np.minimum([-bias, bias], 0) - (np.log(2) if bias == 0 else 0)
        np.testing.assert_allclose(stacked(out, "LogProba_")[0], expected)
    many = scikeras(["a", "b", "c"], 3, "softmax")
    last = many.model_.layers[-1]
    for logits, label in (([0, 5, 5], "b"), ([-1000, 0, 1000], "c")):
        last.set_weights([np.zeros((5, 3)), np.array(logits)])
        out = evaluated(many)
        assert set(out["Decision"]) == set(many.predict(ROWS)) == {label}
        assert np.isfinite(stacked(out, "LogProba_")).all()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", None])
@pytest.mark.parametrize("labels", [["x", "y"], [1, 2, 3], DAYS], ids=["two", "three", "dates"])
def test_keras_classifier(activation: str | None, labels: Any) -> None:
    model = wrapper(labels, activation)
    out = evaluated(model)
    decision = model.decision_function(ROWS)
    prefix = "Proba_" if activation else "Score_"
    np.testing.assert_allclose(stacked(out, prefix), decision, atol=1e-5)
    assert ("Score_" in "".join(out)) is (activation is None)
    if activation != "sigmoid":
        np.testing.assert_allclose(stacked(out, "Proba_").sum(axis=1), 1)
    np.testing.assert_allclose(np.exp(stacked(out, "LogProba_")), stacked(out, "Proba_"))
    assert out["Decision"].tolist() == model.predict(ROWS).tolist()


def test_names_of_a_frame_are_features() -> None:
    frame = pd.DataFrame(ROWS, columns=["a b", "c", "select", "ü"])
    assert read(wrapper(["x", "y"], "softmax", frame)).features == ("a b", "c", "select", "ü")
    assert read(wrapper(["x", "y"], "softmax")).features is None


@pytest.mark.parametrize(  # that of Keras takes one target only
    ("kind", "targets"), [(KerasRegressor, 1), (KerasRegressor, 2), (SKLearnRegressor, 1)]
)
def test_regressors(kind: Any, targets: int) -> None:
    y = RNG.normal(size=(60, targets) if targets > 1 else 60).astype("float32")
    if kind is KerasRegressor:
        model = kind(network(targets, None), loss="mse", epochs=2, verbose=0).fit(ROWS, y)
    else:
        model = kind(network(targets, None), fit_kwargs={"epochs": 2, "verbose": 0}).fit(ROWS, y)
    out = evaluated(model)
    names = ["Estimator"] if targets == 1 else ["Estimator_0", "Estimator_1"]
    assert list(out) == names
    expected = model.predict(ROWS).reshape(60, targets)
    np.testing.assert_allclose(stacked(out, "Estimator"), expected, atol=1e-5)


def test_transformer() -> None:
    model = SKLearnTransformer(network(3, "relu"), fit_kwargs={"epochs": 2, "verbose": 0})
    model.fit(ROWS, ROWS[:, 0])
    out = evaluated(model)
    np.testing.assert_allclose(np.stack([*out.values()], 1), model.transform(ROWS), atol=1e-5)
    assert read(model).task == "transformer"
    assert not any(name.startswith(("Proba", "Estimator")) for name in out)


def test_a_bare_model_stays_bare() -> None:
    model = network(2, None)
    assert unwrap(model) is None
    assert read(model).task == ""
    assert unwrap("model.keras") is None
    assert opened("model.keras") == "model.keras"


def test_inspection_sees_through_the_estimator() -> None:
    found = inspect(scikeras(["n", "y"], 1, "sigmoid")).network
    assert found is not None
    assert (found.task, found.classes) == ("classifier", ("n", "y"))
    assert found.graph.multiply_adds() == 4 * 5 + 5


@pytest.mark.parametrize("kind", [KerasClassifier, KerasRegressor])
@pytest.mark.parametrize("wrap", [SKLearnClassifier, SKLearnRegressor, SKLearnTransformer])
def test_not_fitted(kind: Any, wrap: Any) -> None:
    for model in (kind(network(1, None)), wrap(network(1, None))):
        with pytest.raises(InputError, match=rf"{type(model).__name__} is not fitted .*call fit"):
            unwrap(model)


class Encoded(KerasClassifier):  # type: ignore[misc]
    """Logarithms of the features."""

    @property
    def feature_encoder(self) -> Any:
        return FunctionTransformer(np.exp)


class Halved(KerasRegressor):  # type: ignore[misc]
    """A prediction in Python."""

    def predict(self, X: Any, **kwargs: Any) -> Any:
        return super().predict(X, **kwargs) / 2


class Scaled(KerasRegressor):  # type: ignore[misc]
    """A scaled target."""

    @property
    def target_encoder(self) -> Any:
        return StandardScaler()


class Named(KerasClassifier):  # type: ignore[misc]
    """Changes nothing that matters."""


def test_what_a_subclass_changes_is_refused() -> None:
    options = {"loss": "binary_crossentropy", "epochs": 1, "verbose": 0}
    encoded = Encoded(network(1, "sigmoid", options["loss"]), **options).fit(ROWS, target([0, 1]))
    with pytest.raises(InputError, match="its own feature_encoder"):
        unwrap(encoded)
    options["loss"] = "mse"
    values = RNG.normal(size=(60, 1))
    with pytest.raises(InputError, match="its own target_encoder"):
        unwrap(Scaled(network(1, None), **options).fit(ROWS, values))
    with pytest.raises(InputError, match="Halved overrides predict,"):
        unwrap(Halved(network(1, None), **options).fit(ROWS, values))
    named = Named(network(1, "sigmoid", "mse"), **options).fit(ROWS, target(["n", "y"]))
    assert evaluated(named)["Decision"].tolist() == named.predict(ROWS).tolist()


SEVERAL = RNG.integers(0, 2, (60, 3))


def several(activation: str | None) -> Any:
    options = {"loss": "binary_crossentropy", "epochs": 2, "verbose": 0}
    return KerasClassifier(network(3, activation, options["loss"]), **options).fit(ROWS, SEVERAL)


def check_several(out: dict[str, Any], model: Any, rows: Any) -> None:
    proba, decisions = model.predict_proba(rows), model.predict(rows)
    for i in range(3):
        both = np.stack([1 - proba[:, i], proba[:, i]], axis=1)
        found = stacked(out, f"Proba_{i}_")
        np.testing.assert_allclose(found, both, atol=1e-5)
        np.testing.assert_allclose(np.exp(stacked(out, f"LogProba_{i}_")), found, atol=1e-12)
        assert out[f"Decision_{i}"].tolist() == decisions[:, i].tolist()
        np.testing.assert_array_equal(out[f"DecisionProba_{i}"], found.max(axis=1))


def test_several_labels_per_row() -> None:
    model = several("sigmoid")
    found = read(model)
    graph = head(found.graph, found.task, found.classes, found.probabilities, found.targets)
    (source,) = graph.inputs
    out = graph.evaluate({source.op.name: ROWS})  # type: ignore[attr-defined]
    assert list(out)[:2] == ["Proba_0_0", "Proba_0_1"]
    check_several(out, model, ROWS)
    last = model.model_.layers[-1]
    last.set_weights([np.zeros((5, 3)), np.array([0.0, 1000.0, -1000.0])])  # 0.5 is no label
    extreme = read(model)
    out = head(extreme.graph, targets=extreme.targets).evaluate({source.op.name: ROWS})  # type: ignore[attr-defined]
    assert [set(out[f"Decision_{i}"].tolist()) for i in range(3)] == [{0}, {1}, {0}]
    assert model.predict(ROWS)[0].tolist() == [0, 1, 0]
    assert out["LogProba_2_1"][0] == -1000


def test_several_labels_per_row_behind_another_step() -> None:
    options = {"loss": "binary_crossentropy", "epochs": 2, "verbose": 0}
    inner = KerasClassifier(network(3, "sigmoid", options["loss"]), **options)
    model = behind(StandardScaler(), inner, ROWS.astype(float), SEVERAL)
    found = read(model)
    out = head(found.graph, targets=found.targets).evaluate({"numbers": ROWS.astype(float)})
    check_several(out, model, ROWS.astype(float))


def test_units_that_are_no_probabilities_are_no_labels() -> None:
    """SciKeras rounds them, to 2 or -1 as well."""
    with pytest.raises(InputError, match="no probabilities; end the network with a sigmoid"):
        read(several(None))


def test_what_scikeras_predicts_no_classes_of() -> None:
    model = several("sigmoid")
    model.target_encoder_._target_type = "multiclass-multioutput"
    with pytest.raises(InputError, match="SciKeras itself predicts no classes"):
        unwrap(model)


@pytest.mark.parametrize("kind", ["several", "one-hot", "date", "boolean"])
def test_labels_in_a_database(kind: str, tmp_path: Path) -> None:
    """From a pickle, on the command line."""
    if kind in BINARY:
        model = scikeras(BINARY[kind][0], 1, "sigmoid")
    elif kind == "several":
        model = several("sigmoid")
    else:
        model = KerasClassifier(network(3, "softmax", LOSS[3]), loss=LOSS[3], epochs=2, verbose=0)
        model.fit(ROWS, np.eye(3, dtype=int)[target([0, 1, 2])])
    file, database = tmp_path / "model.pkl", tmp_path / "rows.db"
    file.write_bytes(pickle.dumps(model))
    frame = pd.DataFrame(ROWS.astype(float), columns=[f"Feature_{i}" for i in range(4)])
    with closing(sqlite3.connect(database)) as connection:
        frame.assign(id=range(60)).to_sql("t", connection, index=False)
    source = ["--db", f"sqlite:///{database}", "--table", "t", "--key", "id"]
    done = CliRunner().invoke(app, ["verify", str(file), "--trust-pickle", *source])
    assert done.exit_code == 0, done.output


def behind(preparation: Any, network: Any, rows: Any, target: Any) -> Any:
    """The network behind another step, fitted."""
    return make_pipeline(preparation, network).fit(rows, target)


@pytest.mark.parametrize("kind", BINARY)
def test_scikeras_in_a_pipeline(kind: str) -> None:
    given, labels = BINARY[kind]
    loss = LOSS[1]
    classifier = KerasClassifier(network(1, "sigmoid", loss), loss=loss, epochs=2, verbose=0)
    rows = ROWS.astype(float)
    model = behind(StandardScaler(), classifier, rows, target(given))
    found = read(model)
    graph = head(found.graph, found.task, found.classes, found.probabilities, found.targets)
    out = graph.evaluate({"numbers": rows})
    assert next(iter(out)) == f"Proba_{labels[0]}"
    np.testing.assert_allclose(stacked(out, "Proba_"), model.predict_proba(rows), atol=1e-5)
    assert out["Decision"].tolist() == model.predict(rows).tolist()
    assert [info.class_name for info in found.layers] == [
        "Pipeline",
        "StandardScaler",
        "KerasClassifier",
    ]


@pytest.mark.parametrize("wrap", ["scikeras", "keras", "transformer"])
def test_other_networks_in_a_pipeline(wrap: str) -> None:
    rows, fitting = ROWS.astype(float), {"epochs": 2, "verbose": 0}
    if wrap == "scikeras":
        inner: Any = KerasRegressor(network(2, None), loss="mse", epochs=2, verbose=0)
        model = behind(StandardScaler(), inner, rows, RNG.normal(size=(60, 2)))
        expected = model.predict(rows)
    elif wrap == "keras":
        inner = SKLearnRegressor(network(1, None), fit_kwargs=fitting)
        model = behind(StandardScaler(), inner, rows, RNG.normal(size=60))
        expected = model.predict(rows).reshape(60, 1)
    else:
        inner = SKLearnTransformer(network(3, "relu"), fit_kwargs=fitting)
        model = behind(inner, LinearRegression(), rows, RNG.normal(size=60))
        expected = model.predict(rows).reshape(60, 1)
    found = read(model)
    (source,) = found.graph.inputs
    out = head(found.graph, found.task).evaluate({source.layer: rows})
    np.testing.assert_allclose(np.stack([*out.values()], axis=1), expected, atol=1e-5)


def test_a_pipeline_that_transforms_by_a_network() -> None:
    rows = ROWS.astype(float)
    inner = SKLearnTransformer(network(3, "relu"), fit_kwargs={"epochs": 2, "verbose": 0})
    model = behind(StandardScaler(), inner, rows, ROWS[:, 0])
    found = read(model)
    (source,) = found.graph.inputs
    out = head(found.graph, found.task).evaluate({source.layer: rows})
    np.testing.assert_allclose(np.stack([*out.values()], 1), model.transform(rows), atol=1e-5)


def test_a_pickle_is_loaded_only_on_trust(tmp_path: Path) -> None:
    model = scikeras(["n", "y"], 1, "sigmoid")
    file = tmp_path / "model.bin"
    file.write_bytes(pickle.dumps(model))
    with pytest.raises(ModelFileError, match="--trust-pickle"):
        read(file)
    with pytest.raises(ModelFileError, match="--trust-pickle"):
        read(str(file))
    out = evaluated(file, trust_pickle=True)
    assert out["Decision"].tolist() == model.predict(ROWS).tolist()
    broken = tmp_path / "broken.pkl"
    broken.write_bytes(b"\x80\x04 no pickle")
    with pytest.raises(ModelFileError, match="cannot be unpickled"):
        read(broken, trust_pickle=True)


def test_weights_beside_an_estimator_are_refused() -> None:
    with pytest.raises(InputError, match="leave weights_file out"):
        read(scikeras(["n", "y"], 1, "sigmoid"), weights_file="w.h5")
