"""Models that Keras 3 saved, or that are live: the graph computes what Keras does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_samples import BUILDERS, SOURCES, difference, randomised, read, sample, saved

# Keras's jax variables, seen by a newer numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("name", BUILDERS)
def test_agrees_with_keras(name: str, source: str, tmp_path: Path) -> None:
    known = sample(name)
    network = read(*saved(known.model, source, tmp_path))
    assert difference(network, known) < 1e-12


@pytest.mark.parametrize("source", SOURCES)
def test_agrees_with_keras_in_single_precision(source: str, tmp_path: Path) -> None:
    known = sample("nested", "float32")
    network = read(*saved(known.model, source, tmp_path))
    assert difference(network, known, "float32") < 1e-5
    assert network.keras >= (3, 0)


def test_names_of_inputs_and_outputs() -> None:
    pair = read(sample("two_inputs_two_outputs").model).graph
    assert [t.op.name for t in pair.inputs] == ["left", "right"]
    assert list(pair.outputs) == ["narrow", "wide"]
    named = read(sample("dicts").model).graph
    assert {t.op.name for t in named.inputs} == {"first", "second"}
    assert set(named.outputs) == {"zeta", "alpha", "again"}


def test_paths_tell_calls_and_models_apart() -> None:
    shared = read(sample("two_inputs_two_outputs").model)
    steps = {t.layer for t in shared.graph.tensors()}
    assert {"shared", "shared_2nd", "shared_3rd"} <= steps
    assert [one.path for one in shared.layers].count("shared") == 1
    deep = read(sample("nested").model)
    steps = {t.layer for t in deep.graph.tensors()}
    assert {"block/dense", "middle/block/dense_1", "middle_2nd/block/dense_1", "dense"} <= steps


def test_layers_have_shapes_and_parameters() -> None:
    known = sample("nested")
    network = read(known.model)
    told = {one.path: one for one in network.layers}
    assert told["middle/side"].shape == (2,)
    assert told["block/norm"].class_name == "BatchNormalization"
    # The block stands in two models, and is listed in both.
    own = sum(one.parameters for one in network.layers if not one.path.startswith("middle/block/"))
    assert own == known.model.count_params()


def test_files_before_names_were_recorded(tmp_path: Path) -> None:
    """Groups by class and counter alone, as up to Keras 3.5; and with gaps in the counters."""
    import h5py

    known = sample("sequential")
    architecture, weights = saved(known.model, "json_tree", tmp_path)
    with h5py.File(weights, "a") as file:
        for group in file["layers"].values():
            del group["vars"].attrs["name"]
    assert difference(read(architecture, weights), known) < 1e-12
    with h5py.File(weights, "a") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
        layers = file["_layer_checkpoint_dependencies"]
        layers.move("dense_2", "dense_4")
        layers.move("dense_1", "dense_2")
    assert difference(read(architecture, weights), known) < 1e-12


def test_groups_named_after_their_layers(tmp_path: Path) -> None:
    import h5py

    known = sample("sequential")
    architecture, weights = saved(known.model, "json_tree", tmp_path)
    with h5py.File(weights, "a") as file:
        for name, group in list(file["layers"].items()):
            told = group["vars"].attrs["name"]
            del group["vars"].attrs["name"]
            file["layers"].move(name, f"moved_{told}")
        for name in list(file["layers"]):
            file["layers"].move(name, name.removeprefix("moved_"))
    assert difference(read(architecture, weights), known) < 1e-12


def test_bfloat16_and_float16_weights(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((3,)),
            keras.layers.Dense(4, dtype="bfloat16"),
            keras.layers.Dense(2, dtype="float16"),
        ]
    )
    randomised(model)
    first, second = model.layers
    k, b = (np.asarray(w, dtype=np.float64) for w in first.get_weights())
    k2, b2 = (np.asarray(w, dtype=np.float64) for w in second.get_weights())
    x = np.random.default_rng(0).normal(size=(5, 3))
    graph = read(model).graph
    (got,) = graph.evaluate({graph.inputs[0].op.name: x}).values()
    assert np.abs(got - ((x @ k + b) @ k2 + b2)).max() < 1e-12


@pytest.mark.jax  # numpy multiplies whole numbers in 32 bit
def test_an_integer_input() -> None:
    import keras

    x = keras.Input((3,), dtype="int32", name="ids")
    model = randomised(keras.Model(x, keras.layers.Dense(2, dtype="float64")(x)))
    graph = read(model).graph
    ids = np.arange(6).reshape(2, 3)
    (got,) = graph.evaluate({"ids": ids}).values()
    assert np.abs(got - np.asarray(model(ids))).max() < 1e-12


def test_a_live_subclass_that_only_trains_differently() -> None:
    import keras

    class Trained(keras.Model):
        def train_step(self, *args: Any) -> Any:
            raise AssertionError("never called")

    x = keras.Input((3,), name="x", dtype="float64")
    model = randomised(Trained(x, keras.layers.Dense(2, dtype="float64")(x)))
    values = np.ones((2, 3))
    (got,) = read(model).graph.evaluate({"x": values}).values()
    kernel, bias = model.layers[-1].kernel, model.layers[-1].bias
    assert np.abs(got - (values @ np.asarray(kernel) + np.asarray(bias))).max() < 1e-12


@pytest.mark.parametrize("name", ["RMSNormalization", "AdditiveAttention"])
def test_a_shared_layer_scales_whatever_its_number_goes_with(name: str) -> None:
    """Keras builds it for one value, and multiplies the three of the other call by that too."""
    import keras

    one, three = keras.Input((2, 1)), keras.Input((2, 3))
    shared = getattr(keras.layers, name)()
    pairs = name == "AdditiveAttention"
    model = keras.Model([one, three], [shared([x, x] if pairs else x) for x in (one, three)])
    randomised(model)
    rng = np.random.default_rng(0)
    feeds = [rng.normal(size=(5, 2, 1)), rng.normal(size=(5, 2, 3))]
    graph = read(model).graph
    wanted = [np.asarray(y, dtype=np.float64) for y in model.predict(feeds, verbose=0)]
    names = [t.op.name for t in graph.inputs]
    found = graph.evaluate(dict(zip(names, feeds, strict=True)))
    for y, w in zip(found.values(), wanted, strict=True):
        np.testing.assert_allclose(y, w, rtol=1e-6, atol=1e-7)  # Keras computes in 32 bit
