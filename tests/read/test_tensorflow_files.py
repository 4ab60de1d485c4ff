"""Functional models of Keras 2.15 with TensorFlow's functions, and what TensorFlow computed.

tools/make_tensorflow_files.py made tests/data/tensorflow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from legacy_files import called, dense, layer, named, source, write_whole

from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedLayerError
from keras2sql.graph.simplify import simplify
from keras2sql.layers.operations.tensorflow import FUNCTIONS, key_of
from keras2sql.read import read_model

FOLDER = Path(__file__).parent.parent / "data" / "tensorflow"
NAMES = ("masks", "sequences", "vectors")


def known(name: str) -> tuple[Any, dict[str, np.ndarray], list[np.ndarray]]:
    graph = read_model(FOLDER / f"{name}.h5").graph
    with np.load(FOLDER / f"{name}.npz") as held:
        feeds = {"x": held["x"], "y": held["y"]}
        return graph, feeds, [held[key] for key in sorted(held) if key.startswith("o")]


@pytest.mark.parametrize("name", NAMES)
def test_the_graph_computes_what_tensorflow_computed(name: str) -> None:
    graph, feeds, wanted = known(name)
    found = graph.evaluate(feeds)
    assert len(found) == len(wanted)
    for one, (output, values) in zip(wanted, found.items(), strict=True):
        assert values.shape == one.shape, output
        # TensorFlow computed in single precision.
        np.testing.assert_allclose(
            values.astype(float), one.astype(float), rtol=2e-5, atol=2e-6, err_msg=output
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_database_computes_what_tensorflow_computed(
    name: str, engine: Engine, load_table: Callable[[Engine, str, pd.DataFrame], None]
) -> None:
    graph, feeds, _ = known(name)
    graph = heads.bare(graph)
    wanted = graph.evaluate(feeds)
    found = run(simplify(graph), feeds, engine, get(engine.dialect_name), load_table)
    for output, values in wanted.items():
        np.testing.assert_allclose(
            found[output], values.astype(float), rtol=1e-9, atol=1e-9, err_msg=output
        )


def test_the_files_call_most_functions() -> None:
    used = set()
    for name in NAMES:
        with h5py.File(FOLDER / f"{name}.h5") as file:
            config = json.loads(file.attrs["model_config"])
        used |= {key_of(one["config"].get("function")) for one in config["config"]["layers"]}
    assert len({f"tf>{name}" for name in FUNCTIONS} & used) >= 80


def one_call(folder: Path, function: str, *nodes: Any, class_name: str = "TFOpLambda") -> Path:
    call = {**called(layer(class_name, "call", function=function), *nodes)}
    if class_name == "TensorFlowOpLayer":
        call["config"] |= {"node_def": json.dumps({"name": "add", "op": "AddV2"}), "constants": {}}
    config = {
        "class_name": "Functional",
        "config": {
            "name": "m",
            "layers": [source("x", 4), source("y", 4), call],
            "input_layers": [["x", 0, 0], ["y", 0, 0]],
            "output_layers": [["call", 0, 0]],
        },
    }
    return write_whole(folder / "m.h5", config, {"x": [], "y": [], "call": []}, "2.11.0")


@pytest.mark.parametrize(
    ("function", "node", "wanted"),
    [
        ("__operators__.rsub", ["x", 0, 0, {"y": 1.0, "name": None}], lambda x, y: 1 - x),
        ("__operators__.rtruediv", ["x", 0, 0, {"y": 1.0}], lambda x, y: 1 / x),
        ("math.multiply", ["x", 0, 0, {"y": ["y", 0, 0]}], lambda x, y: x * y),
        ("compat.v1.math.subtract", ["y", 0, 0, {"y": ["x", 0, 0]}], lambda x, y: y - x),
        ("nn.sigmoid", ["x", 0, 0, {}], lambda x, y: 1 / (1 + np.exp(-x))),
        ("math.reduce_mean", ["x", 0, 0, {"axis": [1], "keepdims": None}], lambda x, y: x.mean(1)),
        ("split", ["x", 0, 0, {"num_or_size_splits": [1, -1], "axis": 1}], lambda x, y: x[:, :1]),
    ],
)
def test_a_call(function: str, node: Any, wanted: Any, tmp_path: Path) -> None:
    graph = read_model(one_call(tmp_path, function, node)).graph
    x, y = np.random.default_rng(0).uniform(0.5, 2.0, (2, 3, 4))
    found = graph.evaluate({"x": x, "y": y})["call"]
    np.testing.assert_allclose(found, wanted(x, y), rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "node", "reason"),
    [
        # Keras 2 writes the equation of an einsum, and not what it is called on.
        ("einsum", ["_CONSTANT_VALUE", -1, "bi,ij->bj", {}], "TensorFlow's function einsum"),
        ("strings.split", ["x", 0, 0, {}], "TensorFlow's function strings.split"),
        ("signal.fft", ["x", 0, 0, {}], "TensorFlow's function signal.fft"),
        ("math.reduce_sum", ["x", 0, 0, {}], "axis=None"),
        ("math.reduce_sum", ["x", 0, 0, {"axis": 0}], "batch axis"),
        ("math.cumsum", ["x", 0, 0, {"axis": 1, "reverse": True}], "reverse=True"),
        ("gather", ["x", 0, 0, {"indices": [0], "axis": 1, "batch_dims": 1}], "batch_dims=1"),
        ("nn.leaky_relu", ["x", 0, 0, {"slope": 0.5}], "slope=0.5"),
        ("strided_slice", ["x", 0, 0, {"begin": [0], "end": [9]}], "rows of the batch"),
        ("reshape", ["x", 0, 0, {"shape": [["y", 0, 0], 4]}], "computed from the row"),
        ("__operators__.getitem", ["x", 0, 0, {"slice_spec": [{"start": 0, "stop": 2,
         "step": None}]}], "rows of the batch"),
    ],
)  # fmt: skip
def test_what_has_no_twin_is_refused_by_name(
    function: str, node: Any, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedLayerError, match=reason):
        read_model(one_call(tmp_path, function, node))


def test_a_mean_of_whole_numbers_is_refused(tmp_path: Path) -> None:
    path = one_call(tmp_path, "math.reduce_mean", ["x", 0, 0, {"axis": 1}])
    with h5py.File(path, "r+") as file:
        config = str(file.attrs["model_config"]).replace('"float32"', '"int32"')
        file.attrs["model_config"] = config
    with pytest.raises(UnsupportedLayerError, match="whole numbers"):
        read_model(path)


def test_operations_of_older_files_are_refused_by_name(tmp_path: Path) -> None:
    node = [["x", 0, 0, {}], ["y", 0, 0, {}]]
    with pytest.raises(UnsupportedLayerError, match="AddV2"):
        read_model(one_call(tmp_path, "", node, class_name="TensorFlowOpLayer"))


def test_a_residual_addition_with_weights(tmp_path: Path) -> None:
    weights = named("d", 1, 3, 3)
    add = called(
        layer("TFOpLambda", "tf.__operators__.add", function="__operators__.add"),
        ["d", 0, 0, {"y": ["in", 0, 0], "name": None}],
    )
    config = {
        "class_name": "Functional",
        "config": {
            "name": "model",
            "layers": [source("in", 3), called(dense("d", 3), [["in", 0, 0, {}]]), add],
            "input_layers": [["in", 0, 0]],
            "output_layers": [["tf.__operators__.add", 0, 0]],
        },
    }
    held = {"in": [], "d": weights, "tf.__operators__.add": []}
    graph = read_model(write_whole(tmp_path / "m.h5", config, held, "2.11.0")).graph
    x = np.random.default_rng(1).normal(size=(4, 3))
    (found,) = graph.evaluate({"in": x}).values()
    np.testing.assert_allclose(found, x @ weights[0][1] + weights[1][1] + x, rtol=1e-12)
