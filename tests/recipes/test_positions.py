"""Encodings of places by sines and cosines, against the classes as they are published."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers, ops

from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedLayerError
from keras2sql.graph.simplify import simplify
from keras2sql.layers.registry import REGISTRY
from keras2sql.read import read_model
from keras2sql.recipes import sinusoids, transformer

# The functions and classes below are those of https://www.tensorflow.org/text/tutorials/transformer
# as it is and as it was, and of KerasHub.


def by_halves(length: int, depth: float) -> Any:
    depth = depth / 2
    positions = np.arange(length)[:, np.newaxis]
    depths = np.arange(depth)[np.newaxis, :] / depth
    angle_rads = positions * (1 / (10000**depths))
    return np.concatenate([np.sin(angle_rads), np.cos(angle_rads)], axis=-1)


def by_turns(position: int, d_model: int) -> Any:
    i = np.arange(d_model)[np.newaxis, :]
    angle_rates = 1 / np.power(10000, (2 * (i // 2)) / np.float32(d_model))
    angle_rads = np.arange(position)[:, np.newaxis] * angle_rates
    angle_rads[:, 0::2] = np.sin(angle_rads[:, 0::2])
    angle_rads[:, 1::2] = np.cos(angle_rads[:, 1::2])
    return angle_rads


ORDERS = {"concatenated": by_halves, "interleaved": by_turns}


class PositionalEmbedding(layers.Layer):  # type: ignore[misc]
    order = "concatenated"

    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        self.d_model = d_model
        self.embedding = layers.Embedding(vocab_size, d_model, mask_zero=True)
        self.pos_encoding = ORDERS[self.order](2048, d_model).astype("float32")

    def compute_mask(self, *args: Any, **kwargs: Any) -> Any:
        return self.embedding.compute_mask(*args, **kwargs)

    def call(self, x: Any) -> Any:
        length = ops.shape(x)[1]
        x = self.embedding(x)
        x *= ops.sqrt(ops.cast(self.d_model, "float32"))
        return x + self.pos_encoding[np.newaxis, :length, :]


class PositionalEncoding(layers.Layer):  # type: ignore[misc]
    order = "concatenated"

    def __init__(self, position: int, d_model: int) -> None:
        super().__init__()
        self.pos_encoding = ORDERS[self.order](position, d_model).astype("float32")

    def call(self, inputs: Any) -> Any:
        return inputs + self.pos_encoding[np.newaxis, : ops.shape(inputs)[1], :]


@keras.saving.register_keras_serializable(package="keras_hub")
class SinePositionEncoding(layers.Layer):  # type: ignore[misc]
    def __init__(self, max_wavelength: float = 10000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_wavelength = max_wavelength

    def call(self, inputs: Any) -> Any:
        shape = ops.shape(inputs)
        seq_length, hidden_size = shape[-2], shape[-1]
        position = ops.cast(ops.arange(seq_length), "float32")
        min_freq = ops.cast(1 / self.max_wavelength, "float32")
        timescales = ops.power(
            min_freq,
            ops.cast(2 * (ops.arange(hidden_size) // 2), "float32")
            / ops.cast(hidden_size, "float32"),
        )
        angles = ops.expand_dims(position, 1) * ops.expand_dims(timescales, 0)
        cos_mask = ops.cast(ops.arange(hidden_size) % 2, "float32")
        encodings = ops.sin(angles) * (1 - cos_mask) + ops.cos(angles) * cos_mask
        return ops.broadcast_to(encodings, shape)

    def get_config(self) -> Any:
        return {**super().get_config(), "max_wavelength": self.max_wavelength}


def embedded() -> Any:
    x = layers.Input((5,), name="x")
    return keras.Model(x, layers.GlobalAveragePooling1D()(PositionalEmbedding(9, 6)(x)))


def encoded() -> Any:
    x = layers.Input((5,), name="x")
    return keras.Model(x, PositionalEncoding(7, 6)(layers.Embedding(9, 6)(x)))


def of_keras_hub() -> Any:
    x = layers.Input((5,), name="x")
    y = layers.Embedding(9, 7)(x)
    return keras.Model(x, layers.Add()([y, SinePositionEncoding(max_wavelength=500)(y)]))


def saved(made: Callable[[], Any], folder: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    model = made()
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    ids = rng.integers(0, 9, (6, 5)).astype(float)
    ids[:, 0] = np.maximum(ids[:, 0], 1)
    model.save(folder / "m.keras")
    return folder / "m.keras", ids, np.asarray(model(ids))


@pytest.fixture
def order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The order of sines and cosines, in the classes and in the recipe."""
    name = str(request.param)
    for kind in (PositionalEmbedding, PositionalEncoding):
        monkeypatch.setattr(kind, "order", name)
        key = f"*>{kind.__name__}"
        monkeypatch.setitem(REGISTRY, key, REGISTRY[key])
    transformer.positions(getattr(sinusoids, name))
    return name


@pytest.mark.parametrize("made", [embedded, encoded])
@pytest.mark.parametrize("order", ORDERS, indirect=True)
def test_the_graph_computes_what_keras_computes(
    order: str, made: Callable[[], Any], tmp_path: Path
) -> None:
    path, ids, wanted = saved(made, tmp_path)
    (found,) = read_model(path).graph.evaluate({"x": ids}).values()
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_the_encoding_of_keras_hub(tmp_path: Path) -> None:
    path, ids, wanted = saved(of_keras_hub, tmp_path)
    (found,) = read_model(path).graph.evaluate({"x": ids}).values()
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("order", ["interleaved"], indirect=True)
def test_every_database_computes_what_keras_computes(
    order: str,
    engine: Engine,
    load_table: Callable[[Engine, str, pd.DataFrame], None],
    tmp_path: Path,
) -> None:
    path, ids, wanted = saved(embedded, tmp_path)
    graph = simplify(heads.bare(read_model(path).graph))
    found = run(graph, {"x": ids}, engine, get(engine.dialect_name), load_table)
    np.testing.assert_allclose(np.stack(list(found.values()), 1), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("made", [embedded, encoded])
def test_without_a_word_on_the_order_it_is_refused(made: Callable[[], Any], tmp_path: Path) -> None:
    path, _, _ = saved(made, tmp_path)
    with pytest.raises(UnsupportedLayerError, match=r"positions_interleaved or .*_concatenated"):
        read_model(path)


@pytest.mark.parametrize("order", ["concatenated"], indirect=True)
def test_a_sequence_longer_than_the_encoding_is_refused(order: str, tmp_path: Path) -> None:
    x = layers.Input((5, 6))
    path = tmp_path / "m.keras"
    keras.Model(x, PositionalEncoding(7, 6)(x)).save(path)
    for wrong in ({"position": 4}, {"d_model": 4}, {"position": 7, "scale": True}):
        y = PositionalEncoding(7, 6)
        y.get_config = lambda given=wrong: {"position": 7, "d_model": 6, **given}
        keras.Model(x, y(x)).save(path)
        with pytest.raises(UnsupportedLayerError, match=r"do not fit an input|with scale"):
            read_model(path)


def test_the_recipes_are_plugins_that_differ(tmp_path: Path) -> None:
    path, _, _ = saved(encoded, tmp_path)
    command = [sys.executable, "-m", "keras2sql", "convert", str(path), "--dialect", "duckdb"]
    command += ["--table", "texts", "--key", "id", "--plugin"]
    made = [
        subprocess.run([*command, f"keras2sql.recipes.{name}"], capture_output=True, text=True)
        for name in ("transformer", "positions_interleaved", "positions_concatenated")
    ]
    assert [one.returncode for one in made] == [2, 0, 0]
    assert "alternate in some published versions" in made[0].stderr
    assert made[1].stdout != made[2].stdout
    both = ["keras2sql.recipes.positions_interleaved", "--plugin"]
    both.append("keras2sql.recipes.positions_concatenated")
    done = subprocess.run([*command, *both], capture_output=True, text=True)
    assert done.returncode == 2
    assert "exclude each other" in done.stderr
