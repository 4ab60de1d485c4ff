"""The recipe for transformers, against the classes as Keras's examples have them."""

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

import keras2sql.recipes.transformer  # noqa: F401
from conformance.test_sql import run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.graph.simplify import simplify
from keras2sql.read import read_model

# The classes below are those of the pages that the recipe names.


class TransformerBlock(layers.Layer):  # type: ignore[misc]
    def __init__(self, embed_dim: int, num_heads: int, ff_dim: int, rate: float = 0.1) -> None:
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential(
            [layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)]
        )
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs: Any) -> Any:
        attn_output = self.dropout1(self.att(inputs, inputs))
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.dropout2(self.ffn(out1))
        return self.layernorm2(out1 + ffn_output)


class TokenAndPositionEmbedding(layers.Layer):  # type: ignore[misc]
    def __init__(self, maxlen: int, vocab_size: int, embed_dim: int) -> None:
        super().__init__()
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x: Any) -> Any:
        positions = ops.arange(start=0, stop=ops.shape(x)[-1], step=1)
        return self.token_emb(x) + self.pos_emb(positions)


@keras.saving.register_keras_serializable(package="examples")
class TransformerEncoder(layers.Layer):  # type: ignore[misc]
    def __init__(self, embed_dim: int, dense_dim: int, num_heads: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embed_dim, self.dense_dim, self.num_heads = embed_dim, dense_dim, num_heads
        self.attention = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.dense_proj = keras.Sequential(
            [layers.Dense(dense_dim, activation="relu"), layers.Dense(embed_dim)]
        )
        self.layernorm_1 = layers.LayerNormalization()
        self.layernorm_2 = layers.LayerNormalization()
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        padding_mask = None if mask is None else ops.cast(mask[:, None, :], dtype="int32")
        attention_output = self.attention(
            query=inputs, value=inputs, key=inputs, attention_mask=padding_mask
        )
        proj_input = self.layernorm_1(inputs + attention_output)
        return self.layernorm_2(proj_input + self.dense_proj(proj_input))

    def get_config(self) -> Any:
        own = {n: getattr(self, n) for n in ("embed_dim", "dense_dim", "num_heads")}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="examples")
class PositionalEmbedding(layers.Layer):  # type: ignore[misc]
    def __init__(
        self, sequence_length: int, vocab_size: int, embed_dim: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.token_embeddings = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.position_embeddings = layers.Embedding(input_dim=sequence_length, output_dim=embed_dim)
        self.sequence_length, self.vocab_size = sequence_length, vocab_size
        self.embed_dim = embed_dim

    def call(self, inputs: Any) -> Any:
        positions = ops.arange(0, ops.shape(inputs)[-1], 1)
        return self.token_embeddings(inputs) + self.position_embeddings(positions)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0)

    def get_config(self) -> Any:
        own = {n: getattr(self, n) for n in ("sequence_length", "vocab_size", "embed_dim")}
        return {**super().get_config(), **own}


class SimpleAttention(layers.Layer):  # type: ignore[misc]
    def __init__(self, return_sequences: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.return_sequences = return_sequences

    def build(self, shape: Any) -> None:
        self.W = self.add_weight(name="att_weight", shape=(shape[-1], 1), initializer="normal")
        self.b = self.add_weight(name="att_bias", shape=(shape[1], 1), initializer="zeros")

    def call(self, x: Any) -> Any:
        weights = ops.softmax(ops.tanh(ops.matmul(x, self.W) + self.b), axis=1)
        return x * weights if self.return_sequences else ops.sum(x * weights, axis=1)


def classifier() -> Any:
    x = layers.Input((5,), name="ids")
    y = TransformerBlock(4, 2, 6)(TokenAndPositionEmbedding(7, 9, 4)(x))
    return keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(y)))


def encoder() -> Any:
    x = layers.Input((5,), name="ids")
    y = TransformerEncoder(4, 6, 2)(PositionalEmbedding(5, 9, 4)(x))
    return keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(y)))


def weighed() -> Any:
    x = layers.Input((5,), name="ids")
    y = SimpleAttention(True)(layers.Embedding(9, 4)(x))
    return keras.Model(x, SimpleAttention()(y))


MODELS = {"classifier": classifier, "encoder": encoder, "weighed": weighed}


def saved(name: str, folder: Path, ending: str = "keras") -> tuple[Path, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    model = MODELS[name]()
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    ids = rng.integers(0, 9, (6, 5)).astype(float)
    ids[:, 0] = np.maximum(ids[:, 0], 1)
    path = folder / f"{name}.{ending}"
    model.save(path)
    return path, ids, np.asarray(model(ids))


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", MODELS)
def test_the_graph_computes_what_keras_computes(name: str, ending: str, tmp_path: Path) -> None:
    path, ids, wanted = saved(name, tmp_path, ending)
    (found,) = read_model(path).graph.evaluate({"ids": ids}).values()
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", MODELS)
def test_every_database_computes_what_keras_computes(
    name: str,
    engine: Engine,
    load_table: Callable[[Engine, str, pd.DataFrame], None],
    tmp_path: Path,
) -> None:
    path, ids, wanted = saved(name, tmp_path)
    graph = simplify(heads.bare(read_model(path).graph))
    found = run(graph, {"ids": ids}, engine, get(engine.dialect_name), load_table)
    np.testing.assert_allclose(np.stack(list(found.values()), 1), wanted, rtol=2e-4, atol=2e-5)


def test_another_class_of_the_name_is_refused(tmp_path: Path) -> None:
    class TransformerBlock(layers.Layer):  # type: ignore[misc]
        def __init__(self, embed_dim: int, num_heads: int, ff_dim: int, pre_norm: bool) -> None:
            super().__init__()
            self.kept = layers.Dense(embed_dim)

        def call(self, x: Any) -> Any:
            return self.kept(x)

    x = layers.Input((3, 4))
    path = tmp_path / "m.keras"
    keras.Model(x, TransformerBlock(4, 2, 6, True)(x)).save(path)
    with pytest.raises((UnsupportedLayerError, ModelFileError), match=r"not 16|pre_norm"):
        read_model(path)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    class TransformerBlock(layers.Layer):  # type: ignore[misc]
        def __init__(self, embed_dim: int, num_heads: int, ff_dim: int) -> None:
            super().__init__()
            self.att = layers.MultiHeadAttention(num_heads, key_dim=embed_dim // num_heads)
            self.ffn = keras.Sequential([layers.Dense(ff_dim), layers.Dense(embed_dim)])
            self.layernorm1 = layers.LayerNormalization()
            self.layernorm2 = layers.LayerNormalization()

        def call(self, x: Any) -> Any:
            y = self.layernorm1(x + self.att(x, x))
            return self.layernorm2(y + self.ffn(y))

    x = layers.Input((3, 4))
    path = tmp_path / "m.keras"
    keras.Model(x, TransformerBlock(4, 2, 6)(x)).save(path)
    with pytest.raises(ModelFileError, match="'query_kernel' has the shape"):
        read_model(path)


def test_the_recipe_is_a_plugin(tmp_path: Path) -> None:
    path, _, _ = saved("classifier", tmp_path)
    command = [sys.executable, "-m", "keras2sql", "convert", str(path), "--dialect", "duckdb"]
    command += ["--table", "texts", "--key", "id"]
    without = subprocess.run(command, capture_output=True, text=True)
    assert without.returncode == 2
    assert "TransformerBlock" in without.stderr
    plugin = ["--plugin", "keras2sql.recipes.transformer"]
    assert subprocess.run([*command, *plugin], capture_output=True).returncode == 0
