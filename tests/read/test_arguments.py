"""Arguments that nobody knows are refused by name, in files of every version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives import LINEAR, archive, changed
from legacy_files import called, dense, layer, named, source, write_whole

from keras2sql.errors import UnsupportedLayerError
from keras2sql.layers import REGISTRY
from keras2sql.layers.arguments import unknown_arguments
from keras2sql.layers.registry import converts
from keras2sql.layers.signatures import ARGUMENTS
from keras2sql.read import read_model

LAST = ("config", "layers", len(LINEAR["config"]["layers"]) - 1, "config")


def of_keras_2(folder: Path, entry: Any, held: Any, version: str = "2.11.0") -> Path:
    config = {"class_name": "Sequential", "config": {"name": "m", "layers": [entry]}}
    return write_whole(folder / "m.h5", config, {entry["config"]["name"]: held}, version)


def test_every_class_has_its_arguments() -> None:
    assert set(ARGUMENTS) == {name for name in REGISTRY if ">" not in name}


@pytest.mark.parametrize("version", ["2.2.4", "2.15.0"])
def test_keras_2(version: str, tmp_path: Path) -> None:
    entry = dense("d", 2, batch_input_shape=[None, 3], wobble=0.3)
    path = of_keras_2(tmp_path, entry, named("d", 1, 3, 2), version)
    with pytest.raises(UnsupportedLayerError, match=r"d \(Dense\): argument wobble=0\.3"):
        read_model(path)


def test_keras_3(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.keras", changed(LINEAR, *LAST, "wobble", to=[1, 2]))
    with pytest.raises(UnsupportedLayerError, match=r"argument wobble=\[1, 2\]"):
        read_model(path)


def test_inside_other_layers(tmp_path: Path) -> None:
    inner = layer("Dense", "d", units=2, activation="linear", use_bias=True, slope=1)
    entry = layer("TimeDistributed", "t", layer=inner, batch_input_shape=[None, 4, 3])
    with pytest.raises(UnsupportedLayerError, match=r"inside it d \(Dense\): argument slope=1"):
        read_model(of_keras_2(tmp_path, entry, named("d", 1, 3, 2)))


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell"])
def test_cells(kind: str, tmp_path: Path) -> None:
    cell = layer(kind, "c", units=2, zoneout=0.1)
    entry = layer("RNN", "r", cell=cell, batch_input_shape=[None, 4, 3])
    with pytest.raises(UnsupportedLayerError, match=r"argument zoneout=0\.1"):
        read_model(of_keras_2(tmp_path, entry, []))


def test_an_argument_of_another_class_or_version_is_not_known() -> None:
    assert "alpha=0.2" in unknown_arguments("Dense", {"units": 3, "alpha": 0.2})
    assert "mode=2" in unknown_arguments("BatchNormalization", {"mode": 2})
    assert "groups=2" in unknown_arguments("Conv2DTranspose", {"groups": 2})
    assert not unknown_arguments("Conv2DTranspose", {"groups": 1})


def test_a_causal_attention_of_keras_2_4(tmp_path: Path) -> None:
    attend = called(layer("Attention", "a", causal=True, use_scale=False, dropout=0.0),
                    [["x", 0, 0, {}], ["x", 0, 0, {}]])  # fmt: skip
    config = {
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": [source("x", 3, 2), attend],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["a", 0, 0]],
        },
    }
    graph = read_model(write_whole(tmp_path / "m.h5", config, {}, "2.4.0")).graph
    x = np.random.default_rng(0).normal(size=(4, 3, 2))
    scores = np.where(np.tri(3, dtype=bool), x @ x.transpose(0, 2, 1), -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    wanted = weights / weights.sum(-1, keepdims=True) @ x
    np.testing.assert_allclose(graph.evaluate({"x": x})["a"], wanted)


@pytest.mark.parametrize(("value", "said"), [(2.0, "called with wobble"), (None, "")])
def test_an_argument_of_a_call(value: Any, said: str, tmp_path: Path) -> None:
    d = called(dense("d", 2), [["x", 0, 0, {"wobble": value, "training": False}]])
    config = {
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": [source("x", 3), d],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["d", 0, 0]],
        },
    }
    path = write_whole(tmp_path / "m.h5", config, {"x": [], "d": named("d", 1, 3, 2)}, "2.11.0")
    if said:
        with pytest.raises(UnsupportedLayerError, match=said):
            read_model(path)
    else:
        read_model(path)


def test_what_tells_of_the_input_alone_is_known() -> None:
    config = {"units": 2, "input_dim": 3, "input_shape": [3], "experimental_autocast": True}
    assert unknown_arguments("Dense", config) == ""


def test_what_keras_2_wrote_of_layers_that_were_built_is_known() -> None:
    shapes = {key: [None, 6, 2] for key in ("query_shape", "key_shape", "value_shape")}
    assert not unknown_arguments("MultiHeadAttention", shapes)
    assert not unknown_arguments("GRU", {"implementation": 2, "time_major": False})


def test_none_is_not_set_and_training_is_past(tmp_path: Path) -> None:
    past = {"kernel_regularizer": {"class_name": "L2"}, "activity_regularizer": "l1"}
    entry = dense("d", 2, batch_input_shape=[None, 3], wobble=None, dtype="float32", **past)
    weights = named("d", 1, 3, 2)
    graph = read_model(of_keras_2(tmp_path, entry, weights)).graph
    x = np.ones((2, 3))
    (found,) = graph.evaluate({graph.inputs[0].op.name: x}).values()
    np.testing.assert_allclose(found, x @ weights[0][1] + weights[1][1])


def test_a_converter_of_ones_own_knows_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "Identity", REGISTRY["Identity"])

    @converts("Identity", replace=True)
    def mine(graph: Any, layer: Any, x: Any) -> Any:
        return x

    assert not unknown_arguments("Identity", {"wobble": 1})
