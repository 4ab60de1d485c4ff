"""The recipe for QKeras, against QKeras 0.9.0 itself: see tools/make_qkeras_files.py."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest

import keras2sql.recipes.qkeras  # noqa: F401
from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedLayerError
from keras2sql.graph.simplify import simplify
from keras2sql.layers.registry import Refused
from keras2sql.read import read_model
from keras2sql.recipes.qkeras.functions import expression
from keras2sql.recipes.qkeras.specs import Quantizer, quantizer_of

FOLDER = Path(__file__).parent.parent / "data" / "qkeras"
NAMES = ("activations", "convolutions", "dense", "sequences")


def known(name: str, ending: str = "h5") -> tuple[Any, np.ndarray, list[np.ndarray]]:
    graph = read_model(FOLDER / f"{name}.{ending}").graph
    with np.load(FOLDER / f"{name}.npz") as held:
        return graph, held["x"].astype(float), [held[k] for k in sorted(held) if k != "x"]


def hswish_on_a_border(x: np.ndarray, steps: float) -> np.ndarray:
    """Where a hard swish is half a step: TensorFlow multiplies by a rounded 1/6."""
    exact = x * np.clip(x + 3, 0, 6) / 6 * steps
    return np.abs(exact - np.floor(exact) - 0.5) < 1e-5


@pytest.mark.parametrize(
    ("name", "ending"), [*((name, "h5") for name in NAMES), ("sequences", "keras")]
)
def test_the_graph_computes_what_qkeras_computes(name: str, ending: str) -> None:
    graph, x, wanted = known(name, ending)
    found = graph.evaluate({"x": x})
    assert len(found) == len(wanted)
    for (output, values), one in zip(found.items(), wanted, strict=True):
        compared = np.ones(one.shape, dtype=bool)
        if output == "a34":
            compared = ~hswish_on_a_border(x, 16.0)
            assert compared.sum() > 500
        np.testing.assert_allclose(
            values[compared], one[compared], rtol=1e-5, atol=1e-6, err_msg=output
        )


@pytest.mark.parametrize("name", NAMES)
def test_every_database_computes_what_the_graph_computes(
    name: str, engine: Engine, load_table: Callable[[Engine, str, pd.DataFrame], None]
) -> None:
    graph, x, _ = known(name)
    graph, feeds = heads.bare(graph), {"x": x[:40]}
    found = run(simplify(graph), feeds, engine, get(engine.dialect_name), load_table)
    for output, values in graph.evaluate(feeds).items():
        np.testing.assert_allclose(found[output], values, rtol=1e-9, atol=1e-9, err_msg=output)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("bernoulli", "random numbers"),
        ("bernoulli(alpha=1)", "random numbers"),
        ("quantized_bits(4,alpha='auto')", "all rows of a batch"),
        ("quantized_bits(4,alpha=None)", "'alpha=None'"),
        ("quantized_bits(4,alpha=auto)", "'alpha=auto'"),
        ("quantized_bits(4,alpha=1.0,0)", "without a name behind"),
        ("quantized_bits(4,bits=4)", "gives bits twice"),
        ("quantized_bits(4,wobble=1)", "has no wobble"),
        ("quantized_bits(1,2,3,True,1.0,False,None)", "'None'"),
        ("quantized_bits(0x10)", "'0x10'"),
        ("quantized_bits(4.5)", "bits=4.5"),
        ("quantized_bits(0)", "bits=0"),
        ("quantized_bits(4,-1)", "integer=-1"),
        ("quantized_bits(4,symmetric=2)", "symmetric=2"),
        ("quantized_bits(4,qnoise_factor=0.5)", "qnoise_factor=0.5"),
        ("quantized_bits(4,scale_axis=1)", "scale_axis=1"),
        ("quantized_bits(4)(3)", "no number"),
        ("quantized_bits(__import__('os').getcwd())", "no number"),
        ("quantized_relu(4,negative_slope=0.3)", "no power of two"),
        ("quantized_po2(4,log2_rounding='floor')", "log2_rounding='floor'"),
        ("binary(use_stochastic_rounding=True)", "does not predict"),
        ("ternary(alpha='auto')", "all rows of a batch"),
        ("quantized_linear(4)", "is not known here"),
        ("__import__('os').getcwd()", "is not known here"),
        ("quantized_relu(" + "1," * 300 + ")", "no call"),
    ],
)
def test_texts_that_are_no_quantizers_are_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        expression(quantizer_of(text) or Quantizer("", {}))


def changed(folder: Path, name: str, layer: str, **options: Any) -> Path:
    """A file with other options in the config of one layer."""
    path = folder / f"{name}.h5"
    shutil.copy(FOLDER / path.name, path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        (own,) = (one for one in config["config"]["layers"] if one["config"]["name"] == layer)
        own["config"] |= options
        file.attrs["model_config"] = json.dumps(config)
    return path


RELU = {"bits": 4, "integer": 2, "relu_upper_bound": 3.0}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"wobble": 1}, r"d00 \(QDense\): its config is with wobble"),
        ({"kernel_quantizer": "stochastic_round"}, "no quantizer of QKeras"),
        ({"kernel_quantizer": {"class_name": "mine", "config": {}}}, "no quantizer of QKeras"),
        ({"kernel_quantizer": "quantized_bits(1)"}, "bits=1"),
        ({"kernel_quantizer": "bernoulli"}, "random numbers"),
        ({"activation": "quantized_bits(4,alpha='auto')"}, "all rows of a batch"),
        ({"activation": {"class_name": "quantized_relu", "config": RELU}}, "does not save"),
        ({"activation": "stochastic_round_po2"}, "not one of Keras's own"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    options: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedLayerError, match=reason):
        read_model(changed(tmp_path, "dense", "d00", **options))


def test_a_bound_beyond_the_range_does_not_matter(tmp_path: Path) -> None:
    bound = {"class_name": "quantized_relu", "config": {**RELU, "relu_upper_bound": 4.0}}
    graph = read_model(changed(tmp_path, "activations", "a00", activation=bound)).graph
    _, x, wanted = known("activations")
    np.testing.assert_allclose(graph.evaluate({"x": x})["a00"], wanted[12], atol=1e-6)


def test_the_recipe_is_a_plugin() -> None:
    command = [sys.executable, "-m", "keras2sql", "inspect", str(FOLDER / "sequences.h5")]
    without = subprocess.run(command, capture_output=True, text=True)
    assert without.returncode == 2 or "unsupported" in without.stdout + without.stderr
    done = subprocess.run(
        [*command, "--plugin", "keras2sql.recipes.qkeras"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "unsupported" not in done.stdout
