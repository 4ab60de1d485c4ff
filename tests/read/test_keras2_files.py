"""Files of Keras 1 and 2, written by hand, against numpy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from legacy_files import (
    arrays,
    called,
    dense,
    layer,
    named,
    source,
    write_pair,
    write_whole,
)
from model_samples import read

from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.graph import expr
from keras2sql.layers.registry import REGISTRY, Entry
from keras2sql.read import read_model

X = np.random.default_rng(0).normal(size=(6, 3))


def answers(network: Any, *values: np.ndarray) -> list[np.ndarray]:
    feeds = {t.op.name: v for t, v in zip(network.graph.inputs, values, strict=True)}
    return list(network.graph.evaluate(feeds).values())


def affine(x: np.ndarray, weights: list[tuple[str, np.ndarray]]) -> np.ndarray:
    (_, kernel), (_, bias) = weights
    return x @ kernel + bias


def agree(got: np.ndarray, wanted: np.ndarray) -> bool:
    return got.shape == wanted.shape and bool(np.abs(got - wanted).max() < 1e-12)


FIRST, SECOND = named("dense_1", 1, 3, 4), named("dense_2", 2, 4, 2)
LAYERS = [dense("dense_1", 4, "tanh", batch_input_shape=[None, 3]), dense("dense_2", 2)]
WANTED = affine(np.tanh(affine(X, FIRST)), SECOND)


def test_the_bare_list_of_a_sequential(tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": LAYERS}
    network = read(*write_pair(tmp_path, config, {"dense_1": FIRST, "dense_2": SECOND}))
    assert agree(*answers(network, X), WANTED)
    assert network.keras == (2, 2)
    assert network.graph.inputs[0].op.name == "dense_1_input"


@pytest.mark.parametrize("split", [0, 1])
def test_a_whole_model(split: int, tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": {"name": "seq", "layers": LAYERS}}
    held = {"dense_1": FIRST, "dense_2": SECOND}
    network = read(write_whole(tmp_path / "m.h5", config, held, split=split))
    assert agree(*answers(network, X), WANTED)
    assert (network.name, network.keras) == ("seq", (2, 4))


def test_other_layer_names_in_the_weights_file(tmp_path: Path) -> None:
    """Then the order counts, as in `load_weights`."""
    config = {"class_name": "Sequential", "config": [*LAYERS, layer("Dropout", "d", rate=0.5)]}
    held = {"dense_8": FIRST, "dropout_4": [], "dense_9": SECOND}
    assert agree(*answers(read(*write_pair(tmp_path, config, held)), X), WANTED)


def test_no_input_shape_but_a_kernel(tmp_path: Path) -> None:
    layers = [dense("dense_1", 4, "tanh"), LAYERS[1]]
    config = {"class_name": "Sequential", "config": {"name": "seq", "layers": layers}}
    network = read(*write_pair(tmp_path, config, {"dense_1": FIRST, "dense_2": SECOND}))
    assert agree(*answers(network, X), WANTED)


def test_variables_go_by_name_whatever_their_order(tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": LAYERS}
    held = {"dense_1": FIRST[::-1], "dense_2": SECOND[::-1]}
    assert agree(*answers(read(*write_pair(tmp_path, config, held)), X), WANTED)


def test_names_without_meaning_go_by_order(tmp_path: Path) -> None:
    config = {"class_name": "Sequential", "config": LAYERS}
    first = [(f"param_{i}", array) for i, (_, array) in enumerate(FIRST)]
    held = {"dense_1": first, "dense_2": SECOND}
    assert agree(*answers(read(*write_pair(tmp_path, config, held)), X), WANTED)


def test_keras_1(tmp_path: Path) -> None:
    def old(name: str, units: int, activation: str, **more: Any) -> dict[str, Any]:
        return layer(
            "Dense", name, output_dim=units, init="glorot_uniform", activation=activation,
            bias=True, **more,
        )  # fmt: skip

    config = {
        "class_name": "Sequential",
        "config": [
            old("dense_1", 4, "tanh", batch_input_shape=[None, 3]),
            layer("Dropout", "dropout_1", p=0.5),
            layer("Flatten", "flatten_1"),
            old("dense_2", 2, "linear"),
            layer("Activation", "activation_1", activation="relu"),
        ],
    }
    held = {
        name: [(f"{name}_{letter}", array) for letter, (_, array) in zip("Wb", pair, strict=True)]
        for name, pair in (("dense_1", FIRST), ("dense_2", SECOND))
    }
    network = read(write_whole(tmp_path / "m.h5", config, held, version=None))
    assert network.keras == (1, 0)
    assert agree(*answers(network, X), np.maximum(WANTED, 0))


@pytest.mark.parametrize("version", ["1.2.2", "2.2.0", "2.15.0", "3.0.0"])
def test_hard_sigmoid_by_version(version: str, tmp_path: Path) -> None:
    config = {
        "class_name": "Sequential",
        "config": [
            layer("Activation", "a", activation="hard_sigmoid", batch_input_shape=[None, 3])
        ],
    }
    (got,) = answers(read(*write_pair(tmp_path, config, {"a": []}, version)), X * 2)
    slope = 1 / 6 if version.startswith("3") else 0.2
    assert agree(got, np.clip(slope * X * 2 + 0.5, 0, 1))


def test_a_functional_model(tmp_path: Path) -> None:
    """Two inputs, a layer called twice, keywords, two outputs."""
    shared, last = named("shared", 3, 3, 3), named("last", 4, 6, 2)
    config = {
        "class_name": "Model",
        "config": {
            "name": "model_1",
            "layers": [
                source("a", 3),
                source("b", 3),
                called(dense("shared", 3, "tanh"), [["a", 0, 0, {}]], [["b", 0, 0, {}]]),
                called(layer("Dropout", "drop", rate=0.3), [["shared", 1, 0, {"training": False}]]),
                called(
                    layer("Concatenate", "cat", axis=-1),
                    [["shared", 0, 0, {}], ["drop", 0, 0, {}]],
                ),
                called(dense("last", 2), [["cat", 0, 0, {}]]),
            ],
            "input_layers": [["a", 0, 0], ["b", 0, 0]],
            "output_layers": [["last", 0, 0], ["shared", 1, 0]],
        },
    }
    held = {"a": [], "b": [], "shared": shared, "drop": [], "cat": [], "last": last}
    network = read(write_whole(tmp_path / "m.h5", config, held))
    left, right = np.tanh(affine(X, shared)), np.tanh(affine(X[::-1], shared))
    one, two = answers(network, X, X[::-1])
    assert agree(one, affine(np.concatenate([left, right], 1), last))
    assert agree(two, right)
    assert list(network.graph.outputs) == ["last", "shared"]


INNER_FIRST, INNER_SECOND = named("hidden", 5, 3, 3), named("final", 6, 3, 3)
NORM = dict(
    zip(
        ("gamma", "beta", "moving_mean", "moving_variance"),
        arrays(7, (3,), (3,), (3,), (3,)),
        strict=True,
    )
)


def nested(kind: str, hidden_trainable: bool = True) -> dict[str, Any]:
    """A model inside a Functional one, called twice: its calls count from 1."""
    hidden = dense("hidden", 3, "tanh", batch_input_shape=[None, 3])
    hidden["config"]["trainable"] = hidden_trainable
    norm = layer(
        "BatchNormalization", "norm", axis=[1], epsilon=0.001, center=True, scale=True, momentum=0.9
    )
    inside: dict[str, Any] = {"name": "inner", "layers": [hidden, norm, dense("final", 3)]}
    if kind != "Sequential":
        inside |= {
            "layers": [
                source("i", 3),
                called(hidden, [["i", 0, 0, {}]]),
                called(norm, [["hidden", 0, 0, {}]]),
                called(dense("final", 3), [["norm", 0, 0, {}]]),
            ],
            "input_layers": [["i", 0, 0]],
            "output_layers": [["final", 0, 0]],
        }
    inner = {"class_name": kind, "config": inside}
    return {
        "class_name": "Functional",
        "config": {
            "name": "outer",
            "layers": [
                source("x", 3),
                called(inner, [["x", 0, 0, {}]], [["inner", 1, 0, {}]]),
                called(layer("Add", "add"), [["inner", 1, 0, {}], ["inner", 2, 0, {}]]),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["add", 0, 0], ["inner", 2, 0]],
        },
    }


def inner_answer(x: np.ndarray) -> np.ndarray:
    h = np.tanh(affine(x, INNER_FIRST))
    scale = NORM["gamma"] / np.sqrt(NORM["moving_variance"] + 0.001)
    return affine((h - NORM["moving_mean"]) * scale + NORM["beta"], INNER_SECOND)


def check_nested(network: Any) -> None:
    once = inner_answer(X)
    total, twice = answers(network, X)
    assert agree(twice, inner_answer(once))
    assert agree(total, once + twice)


@pytest.mark.parametrize("kind", ["Sequential", "Model", "Functional"])
def test_a_nested_model_by_names(kind: str, tmp_path: Path) -> None:
    """All its weights stand in one list, the trainable ones first."""
    norm = [(f"norm/{name}:0", array) for name, array in NORM.items()]
    flat = [*INNER_FIRST, *norm[:2], *INNER_SECOND, *norm[2:]]
    held = {"x": [], "inner": flat, "add": []}
    check_nested(read(write_whole(tmp_path / "m.h5", nested(kind), held)))


def test_a_nested_model_by_order(tmp_path: Path) -> None:
    """Names that are not those of the layers; the frozen layer comes last."""
    norm = [(f"bn_7/{name}:0", array) for name, array in NORM.items()]
    hidden = [(f"h_9/{one}", array) for one, (_, array) in zip("kb", INNER_FIRST, strict=True)]
    final = [(f"z_1/{one}", array) for one, (_, array) in zip("kb", INNER_SECOND, strict=True)]
    flat = [*norm[:2], *final, *hidden, *norm[2:]]
    config = nested("Sequential", hidden_trainable=False)
    held = {"x": [], "inner": flat, "add": []}
    check_nested(read(write_whole(tmp_path / "m.h5", config, held)))


def test_a_nested_model_short_of_a_layer(tmp_path: Path) -> None:
    held = {"x": [], "inner": [("q/k:0", np.ones((3, 3)))], "add": []}
    with pytest.raises(ModelFileError, match="weights for 1 layers, the architecture has 3"):
        read_model(write_whole(tmp_path / "m.h5", nested("Sequential"), held))


def test_constants_and_keyword_tensors_reach_the_converter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(graph: Any, one: Any, x: Any, factor: float) -> Any:
        return graph.map(expr.X * factor + expr.Y, x, one.call_kwargs["other"])

    monkeypatch.setitem(REGISTRY, "Mine>Scale", Entry(convert, ""))
    config = {
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": [
                source("a", 3),
                source("b", 3),
                called(
                    layer("Mine>Scale", "scale"),
                    [["a", 0, 0, {"other": ["b", 0, 0]}], ["_CONSTANT_VALUE", -1, 2.5, {}]],
                ),
            ],
            "input_layers": {"a": ["a", 0, 0], "b": ["b", 0, 0]},
            "output_layers": ["scale", 0, 0],
        },
    }
    network = read(*write_pair(tmp_path, config, {"a": [], "b": [], "scale": []}))
    assert agree(*answers(network, X, X + 1), 2.5 * X + X + 1)


@pytest.mark.parametrize(("class_name", "gates"), [("CuDNNLSTM", 4), ("CuDNNGRU", 3)])
def test_layers_for_graphics_cards(
    class_name: str, gates: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gate of theirs is a matrix of (units, inputs), stored flat."""
    seen: list[Any] = []

    def look(graph: Any, one: Any, x: Any) -> Any:
        seen.append(one)
        return x

    key = class_name.removeprefix("CuDNN")
    monkeypatch.setitem(REGISTRY, key, Entry(look, "kernel recurrent_kernel bias"))
    units, size = 2, 3
    kernel, recurrent, bias = arrays(
        9, (size, units * gates), (units, units * gates), (2 * units * gates,)
    )
    held = {"r": [("r/kernel:0", kernel), ("r/recurrent_kernel:0", recurrent), ("r/bias:0", bias)]}
    one = layer(class_name, "r", units=units, batch_input_shape=[None, 5, size])
    network = read(*write_pair(tmp_path, {"class_name": "Sequential", "config": [one]}, held))
    assert network.layers[1].class_name == class_name
    (found,) = seen
    x, h = arrays(3, (size,), (units,))
    for gate in range(gates):
        columns = slice(gate * units, (gate + 1) * units)
        flat, flat_h = kernel[:, columns].ravel(), recurrent[:, columns].ravel()
        assert np.allclose(x @ found.weight("kernel")[:, columns], flat.reshape(units, size) @ x)
        turned = found.weight("recurrent_kernel")[:, columns]
        assert np.allclose(h @ turned, flat_h.reshape(units, units) @ h)
    total = found.weight("bias") if key == "LSTM" else found.weight("bias").sum(axis=0)
    assert np.allclose(total, bias[: units * gates] + bias[units * gates :])
    assert found.config["recurrent_activation"] == "sigmoid"


@pytest.mark.parametrize(("version", "wanted"), [("2.11.0", 4.0), ("3.1.0", 11.0 / 3)])
def test_a_sum_of_two_masked_sequences(version: str, wanted: float, tmp_path: Path) -> None:
    """Before Keras 3 a step counts where it does in both, since then where it does in one."""

    def masking(name: str, of: str) -> Any:
        return called(layer("Masking", name, mask_value=0.0), [[of, 0, 0, {}]])

    add = called(layer("Add", "add"), [["m", 0, 0, {}], ["n", 0, 0, {}]])
    mean = called(layer("GlobalAveragePooling1D", "g"), [["add", 0, 0, {}]])
    config = {
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": [source("x", 3, 1), source("y", 3, 1), masking("m", "x"), masking("n", "y"),
                       add, mean],
            "input_layers": [["x", 0, 0], ["y", 0, 0]],
            "output_layers": [["g", 0, 0]],
        },
    }  # fmt: skip
    path = write_whole(tmp_path / "m.h5", config, {}, version)
    x, y = np.array([[[1.0], [2.0], [0.0]]]), np.array([[[3.0], [0.0], [5.0]]])
    assert agree(*answers(read(path), x, y), np.array([[wanted]]))


def test_a_masked_group_normalization_of_keras_2_is_refused(tmp_path: Path) -> None:
    layers = [
        layer("Masking", "m", mask_value=0.0, batch_input_shape=[None, 3, 2]),
        layer("GroupNormalization", "g", groups=1, axis=-1, epsilon=1e-3, center=False,
              scale=False),
    ]  # fmt: skip
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}
    with pytest.raises(UnsupportedLayerError, match="Keras 2 normalises"):
        read_model(write_whole(tmp_path / "m.h5", config, {}, "2.15.0"))
