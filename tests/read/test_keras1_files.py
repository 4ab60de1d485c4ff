"""Files of the real Keras 1.2.2 on Theano, made by tools/make_keras1_files.py, and its answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from legacy_files import layer, write_whole

from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import Keras2SQLError, UnsupportedLayerError
from keras2sql.graph.simplify import simplify
from keras2sql.read import read_model

FOLDER = Path(__file__).parent.parent / "data" / "keras1"
NAMES = sorted(path.stem for path in FOLDER.glob("*.h5"))
# In these Theano's own answer takes the backend's name, which Keras 1 did not write.
UNTOLD = ("conv_1d", "conv_tf")


def feeds_of(name: str, graph: Any) -> tuple[dict[str, np.ndarray], np.ndarray]:
    with np.load(FOLDER / f"{name}.npz") as held:
        values = [held[f"x{i}"] for i in range(len(graph.inputs))]
        return {t.op.name: v for t, v in zip(graph.inputs, values, strict=True)}, held["output"]


def told(name: str, folder: Path) -> Path:
    """The file, with the backend's name where it takes that."""
    content = (FOLDER / f"{name}.h5").read_bytes()
    path = folder / f"{name}.h5"
    path.write_bytes(content)
    if name in UNTOLD:
        with h5py.File(path, "r+") as file:
            file.attrs["backend"] = b"theano"
    return path


def test_there_are_files() -> None:
    assert len(NAMES) == 23


@pytest.mark.parametrize("name", NAMES)
def test_the_graph_computes_what_keras_1_computed(name: str, tmp_path: Path) -> None:
    network = read_model(told(name, tmp_path))
    assert network.keras == (1, 2)
    feeds, wanted = feeds_of(name, network.graph)
    (found,) = network.graph.evaluate(feeds).values()
    # Theano's sigmoid is an approximation in some of its builds.
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["dense", "batchnorm_mode_1", "conv_th_same", "lstm"])
def test_every_database_computes_what_keras_1_computed(
    name: str, engine: Engine, load_table: Callable[[Engine, str, pd.DataFrame], None]
) -> None:
    graph = read_model(FOLDER / f"{name}.h5").graph
    feeds, wanted = feeds_of(name, graph)
    graph = simplify(heads.bare(graph))
    found = run(graph, feeds, engine, get(engine.dialect_name), load_table)
    np.testing.assert_allclose(np.stack(list(found.values()), 1), wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", UNTOLD)
def test_a_kernel_of_an_unknown_backend_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedLayerError, match="attribute 'backend'"):
        read_model(FOLDER / f"{name}.h5")


def one_layer(folder: Path, entry: Any, weights: Any = (), version: str | None = "1.2.2") -> Path:
    config = {"class_name": "Sequential", "config": [entry]}
    held = {entry["config"]["name"]: list(weights)}
    path = write_whole(folder / "m.h5", config, held, version)
    with h5py.File(path, "r+") as file:
        file.attrs.pop("backend", None)  # which Keras 1 did not write
    return path


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (layer("BatchNormalization", "a", mode=2, batch_input_shape=[None, 3]), "mode=2"),
        (layer("Dense", "a", output_dim=3, wobble=2, batch_input_shape=[None, 3]), "wobble=2"),
        (layer("MaxPooling2D", "a", pool_size=[2, 2], strides=[2, 2], border_mode="valid",
               dim_ordering="default", batch_input_shape=[None, 4, 4, 1]), "dim_ordering"),
        (layer("UpSampling2D", "a", size=[2, 2], batch_input_shape=[None, 2, 2, 3]),
         "did not write the dim_ordering"),
        (layer("MaxPooling1D", "a", pool_length=2, stride=1, border_mode="same",
               batch_input_shape=[None, 4, 1]), "attribute 'backend'"),
        (layer("SReLU", "a", batch_input_shape=[None, 3]), "Keras 1, whose class SReLU"),
        (layer("Deconvolution2D", "a", batch_input_shape=[None, 3, 3, 1]), "Deconvolution2D"),
        (layer("Convolution1D", "a", nb_filter=1, filter_length=2, border_mode="full",
               batch_input_shape=[None, 3, 1]), "border_mode='full'"),
        (layer("Merge", "a", mode="cos", batch_input_shape=[None, 3]), "merge mode 'cos'"),
        (layer("Merge", "a", mode="sum", layers=[], batch_input_shape=[None, 3]), "branches"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_by_name(entry: Any, reason: str, tmp_path: Path) -> None:
    with pytest.raises(Keras2SQLError, match=reason):
        read_model(one_layer(tmp_path, entry))


@pytest.mark.parametrize("version", ["1.2.2", None])
@pytest.mark.parametrize(("names", "turned"), [(("a_W:0", "a_b:0"), False), (("a_W", "a_b"), True)])
def test_names_of_weights_tell_the_backend(
    names: tuple[str, str], turned: bool, version: str | None, tmp_path: Path
) -> None:
    entry = layer(
        "Convolution2D", "a", nb_filter=1, nb_row=2, nb_col=2, dim_ordering="th", bias=True,
        border_mode="valid", subsample=[1, 1], batch_input_shape=[None, 1, 2, 2],
    )  # fmt: skip
    kernel = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    weights = list(zip(names, (kernel, np.zeros(1)), strict=True))
    graph = read_model(one_layer(tmp_path, entry, weights, version)).graph
    x = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])
    (found,) = graph.evaluate({graph.inputs[0].op.name: x}).values()
    assert found.ravel() == pytest.approx([1234.0 if turned else 4321.0])


@pytest.mark.parametrize("names", ["a_W:0", "a_W"])
def test_a_kernel_that_is_its_own_mirror_image_needs_no_backend(names: str, tmp_path: Path) -> None:
    entry = layer(
        "Convolution1D", "a", nb_filter=1, filter_length=3, bias=False, border_mode="same",
        subsample_length=1, batch_input_shape=[None, 3, 1],
    )  # fmt: skip
    kernel = np.array([1.0, 2.0, 1.0]).reshape(3, 1, 1, 1)
    graph = read_model(one_layer(tmp_path, entry, [(names, kernel)])).graph
    (found,) = graph.evaluate({graph.inputs[0].op.name: np.array([[[1.0], [2.0], [4.0]]])}).values()
    assert found.ravel() == pytest.approx([4.0, 9.0, 10.0])
