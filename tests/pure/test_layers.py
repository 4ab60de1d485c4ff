"""Converters: what they refuse, what does not fit, what older Keras meant; the table of layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from keras2sql.errors import ModelFileError
from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.graph.ops import ShapeError
from keras2sql.layers import REGISTRY, Layer, Refused
from keras2sql.layers.argument_kinds import KINDS, what_belongs
from keras2sql.layers.retired import RETIRED
from keras2sql.layers.signatures import ARGUMENTS
from keras2sql.layers.table import supported

X = np.linspace(-4.0, 4.0, 9)


def convert(
    class_name: str,
    *shapes: tuple[int, ...],
    variables: Any = (),
    keras: tuple[int, int] = (3, 15),
    **config: Any,
) -> Tensor:
    graph = Builder()
    layer = Layer(class_name, "it", "net/it", config, variables, keras=keras)
    xs = [graph.input(f"x{i}", shape) for i, shape in enumerate(shapes)]
    made = REGISTRY[class_name].convert(graph, layer, *xs)
    assert isinstance(made, Tensor)
    return made


def computed(made: Tensor, x: np.ndarray) -> np.ndarray:
    inputs = tuple(t for t in Graph((), {"y": made}).tensors() if not t.inputs and t.layer == "x0")
    return Graph(inputs, {"y": made}).evaluate({"x0": x})["y"]


def dense(**config: Any) -> Tensor:
    weights = [np.ones((2, 3)), np.zeros(3)]
    return convert("Dense", (2,), variables=weights, **{"units": 3, **config})


@pytest.mark.parametrize(
    ("class_name", "config", "reason"),
    [
        ("Activation", {"activation": "swoosh"}, "not one of Keras's own"),
        ("Activation", {"activation": "threshold"}, "no default threshold"),
        ("Activation", {"activation": {"class_name": "function", "config": "mine"}}, "'mine'"),
        ("Activation", {"activation": {"class_name": "__lambda__", "config": {}}}, "__lambda__"),
        ("Activation", {"activation": {"class_name": "PReLU", "config": {}}}, "has weights"),
        ("Softmax", {"axis": 0}, "batch axis"),
        ("Softmax", {"axis": -2}, "batch axis"),
        ("BatchNormalization", {"axis": [-1, 1]}, "batch normalization over the axes"),
        ("EinsumDense", {"equation": "ab,bc->ca"}, "mixes rows"),
        ("EinsumDense", {"equation": "ab,ac->cb"}, "mixes rows"),
        ("Concatenate", {"axis": 0}, "batch axis"),
        ("Rescaling", {"scale": "much"}, "where a number belongs"),
        ("Discretization", {"num_bins": 3}, "adapt"),
        ("Conv1D", {"dtype": "int8_from_float32"}, "quantised"),
        (
            "ReversibleEmbedding",
            {"dtype": {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}},
            "quantised",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(class_name: str, config: Any, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        convert(class_name, (4,), **config)


def test_images_are_not_resized_in_every_way() -> None:
    with pytest.raises(Refused, match="lanczos3"):
        convert("UpSampling2D", (2, 2, 1), size=[2, 2], interpolation="lanczos3")
    with pytest.raises(Refused, match="aspect ratio"):
        convert("Resizing", (2, 2, 1), height=1, width=2, crop_to_aspect_ratio=True)
    with pytest.raises(Refused, match="larger than the image"):
        convert("CenterCrop", (2, 2, 1), height=3, width=1)


def test_a_crop_of_keras_2_is_refused_where_it_would_crop() -> None:
    with pytest.raises(Refused, match="Keras 2 crops"):
        convert("RandomCrop", (4, 4, 1), height=2, width=2, keras=(2, 15))
    assert convert("RandomCrop", (4, 4, 1), height=4, width=4, keras=(2, 15)).shape == (4, 4, 1)


def test_weights_that_do_not_fit_are_named() -> None:
    with pytest.raises(ModelFileError, match=r"net/it \(Dense\): 'kernel' has the shape \(2, 3\)"):
        dense(units=4)
    with pytest.raises(ModelFileError, match="no weights for 'bias'"):
        convert("Dense", (2,), variables=[np.ones((2, 3))], units=3)
    with pytest.raises(ModelFileError, match="3 inputs instead of 2"):
        convert("Subtract", (2,), (2,), (2,))


@pytest.mark.parametrize(
    ("class_name", "shape", "config"),
    [
        ("Dense", (), {"units": 1}),
        ("Reshape", (2, 3), {"target_shape": [4]}),
        ("Permute", (2, 3), {"dims": [1, 2, 3]}),
        ("RepeatVector", (2, 3), {"n": 2}),
        ("Cropping1D", (3, 2), {"cropping": [2, 1]}),
        ("MaxPooling2D", (3, 2), {"pool_size": 2}),
        ("MaxPooling1D", (3, 2), {"pool_size": 4}),
        ("MaxPooling1D", (3, 2), {"pool_size": 2, "padding": "reflect"}),
        ("Softmax", (3,), {"axis": 2}),
        ("GroupNormalization", (3,), {"groups": 2}),
        ("TimeDistributed", (3,), {}),
    ],
)
def test_inputs_of_the_wrong_shape_do_not_fit(
    class_name: str, shape: tuple[int, ...], config: Any
) -> None:
    inner = {"layer": Layer("Dense", "inner", "net/it/inner", {"units": 1})}
    graph = Builder()
    layer = Layer(class_name, "it", "net/it", config, children=inner)
    with pytest.raises(ShapeError):
        REGISTRY[class_name].convert(graph, layer, graph.input("x0", shape))


def test_hard_sigmoid_had_another_slope_in_keras_2() -> None:
    old = computed(convert("Activation", (9,), activation="hard_sigmoid", keras=(2, 4)), X[None])
    new = computed(convert("Activation", (9,), activation="hard_sigmoid"), X[None])
    np.testing.assert_allclose(old[0], np.clip(0.2 * X + 0.5, 0, 1), rtol=1e-15)
    np.testing.assert_allclose(new[0], np.clip(X / 6 + 0.5, 0, 1), rtol=1e-15)


@pytest.mark.parametrize(
    "spec",
    [
        "leaky_relu",
        {"class_name": "function", "config": "leaky_relu", "module": "builtins"},
        {"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}},
        {"class_name": "LeakyReLU", "config": {"alpha": 0.2}},
    ],
)
def test_an_activation_has_many_names(spec: Any) -> None:
    found = computed(convert("Activation", (9,), activation=spec), X[None])
    np.testing.assert_array_equal(found[0], np.where(X >= 0, X, 0.2 * X))


def test_an_activation_of_none_is_the_identity() -> None:
    found = computed(dense(activation=None), np.array([[1.0, 2.0]]))
    np.testing.assert_array_equal(found, [[3.0, 3.0, 3.0]])


def test_keras_2_writes_arrays_and_lists_of_one_axis() -> None:
    array = {"class_name": "__ndarray__", "config": {"value": 0.5, "dtype": "float64"}}
    found = computed(convert("LeakyReLU", (9,), alpha=array, keras=(2, 4)), X[None])
    np.testing.assert_array_equal(found[0], np.where(X >= 0, X, 0.5 * X))
    weights = [np.array([2.0, 1.0]), np.array([0.0, 1.0]), np.array([1.0, 3.0])]
    made = convert(
        "BatchNormalization", (2,), variables=weights, axis=[1], center=False, epsilon=0.0
    )
    found = computed(made, np.array([[1.0, 4.0]]))
    np.testing.assert_allclose(found, [[2.0, 3.0 / np.sqrt(3.0)]], rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [
        ("gelu", -1e120, 0.0),
        ("softplus", 1e300, 1e300),
        ("squareplus", 1e200, 1e200),
        ("squareplus", -1e8, 1e-8),
        ("mish", -1e300, 0.0),
        ("log_sigmoid", -1e300, -1e300),
        ("elu", -1e300, -1.0),
        ("sigmoid", -1e300, 0.0),
    ],
)
def test_activations_do_not_overflow_nor_cancel(name: str, x: float, expected: float) -> None:
    found = computed(convert("Activation", (1,), activation=name), np.array([[x]]))
    np.testing.assert_allclose(found, [[expected]], rtol=1e-12, atol=1e-300)


# -- the table


def test_the_table_is_that_of_the_converters() -> None:
    table = supported()
    converted = {name for name, ok, _ in table if ok} - {"InputLayer"}
    assert converted == {name for name in REGISTRY if ">" not in name} - RETIRED
    assert all(note for _, ok, note in table if not ok)
    assert [name for name, _, _ in table] == sorted(name for name, _, _ in table)
    assert not any("not yet" in note for _, ok, note in table if ok)


# -- what belongs to the arguments of layers


def test_what_belongs_is_said_of_arguments_that_there_are() -> None:
    known = {name: set(listed.split()) for name, listed in ARGUMENTS.items()}
    every = set().union(*known.values())
    assert not [
        key for key in KINDS if key[1] not in known.get(key[0], every if not key[0] else ())
    ]


def test_what_belongs_where_something_else_is() -> None:
    assert what_belongs("Dense", "units", 3) == ""
    assert what_belongs("Dense", "units", "3") == "a whole number above 0"
    assert what_belongs("Hashing", "mask_value", "") == ""
    assert what_belongs("LeakyReLU", "mask_value", "x") == "a number or nothing"
    assert what_belongs("Dense", "name", object()) == ""
