"""What operations refuse, with the reason; how they are read; the list of them."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

import keras2sql
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.graph.simplify import simplify
from keras2sql.layers.operations.names import KERAS, OPERATIONS
from keras2sql.layers.operations.operation import PREFIX, REFUSED
from keras2sql.layers.operations.table import supported
from keras2sql.layers.registry import REGISTRY
from keras2sql.lower.columns import lower
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.source import Source
from keras2sql.read.any import read
from keras2sql.sql.render import render

Tensor = Any
BATCH = "across the batch"


def model(make: Callable[..., Tensor], *shapes: tuple[int, ...]) -> keras.Model:
    inputs = [keras.Input(shape, name=f"x{i}") for i, shape in enumerate(shapes)]
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], make(*inputs))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda x, y: ops.mean(x), "axis=None reaches across the batch"),
        (lambda x, y: ops.sum(x, 0), "axis 0 is the batch axis"),
        (lambda x, y: ops.max(x, (0, 1)), "axis 0 is the batch axis"),
        (lambda x, y: ops.argmax(x, -3), "axis -3 is the batch axis"),
        (lambda x, y: ops.cumsum(x, axis=0), "axis 0 is the batch axis"),
        (lambda x, y: ops.softmax(x, axis=0), "axis 0 is the batch axis"),
        (lambda x, y: ops.concatenate([x, x], 0), "axis 0 is the batch axis"),
        (lambda x, y: ops.stack([x, x], 0), "axis 0 is the batch axis"),
        (lambda x, y: ops.expand_dims(x, 0), "axis 0 is the batch axis"),
        (lambda x, y: ops.flip(x), BATCH),
        (lambda x, y: ops.roll(x, 1), BATCH),
        (lambda x, y: ops.tile(x, (2, 1, 1)), BATCH),
        (lambda x, y: ops.pad(x, 1), BATCH),
        (lambda x, y: ops.reshape(x, (-1, 3)), BATCH),
        (lambda x, y: ops.reshape(x, (1, -1)), "mixes rows of the batch"),
        (lambda x, y: ops.ravel(x), BATCH),
        (lambda x, y: ops.transpose(x), "moves the batch axis"),
        (lambda x, y: ops.swapaxes(x, 0, 1), "moves the batch axis"),
        (lambda x, y: ops.moveaxis(x, 0, -1), "moves the batch axis"),
        (lambda x, y: ops.tril(y), BATCH),
        (lambda x, y: ops.vstack([x, x]), BATCH),
        (lambda x, y: ops.one_hot(ops.cast(y, "int32"), 3, axis=0), BATCH),
        (lambda x, y: x[0], "chooses rows of the batch"),
        (lambda x, y: x[1:, 0], "chooses rows of the batch"),
        (lambda x, y: x[::-1, 0], "chooses rows of the batch"),
        (lambda x, y: x[None, :], "in front of the batch"),
        (lambda x, y: x + y, "different ranks across the batch"),
        (lambda x, y: x + np.ones((2, 3, 4)), "a constant of shape (2, 3, 4)"),
        (lambda x, y: ops.where(x > 0), "its size would depend on the row"),
        (lambda x, y: ops.outer(y, y), "multiplies rows of the batch"),
        (lambda x, y: ops.vdot(y, y), "multiplies rows of the batch"),
        (lambda x, y: y @ ops.transpose(y, (1, 0)), "moves the batch axis"),
        (lambda x, y: ops.einsum("bij,cij->bc", x, x), "multiplies rows of the batch"),
        (lambda x, y: ops.einsum("bij->ij", x), BATCH),
        (lambda x, y: ops.einsum("bij->ijb", x), BATCH),
        (lambda x, y: ops.tensordot(x, x, axes=([1, 2], [1, 2])), "multiplies rows of the batch"),
        (lambda x, y: ops.take(x, ops.cast(y, "int32"), axis=1), "indices computed from the row"),
        (lambda x, y: ops.norm(x, "nuc", axis=(1, 2)), "singular values"),
        (lambda x, y: ops.slice(x, (0, 0, 0), (1, 2, 2)), "fixes the number of rows"),
        (lambda x, y: ops.bitwise_and(*[ops.cast(y, "int32")] * 2), "bits of whole numbers"),
        (lambda x, y: ops.cast(x, "complex64"), "a cast to complex64"),
        (lambda x, y: ops.cast(y, "int8") + 1, "computes in int8, where large numbers wrap"),
        (lambda x, y: ops.fft((x, x))[0], "no converter for keras.ops.fft"),
        (lambda x, y: ops.erfinv(x), "no converter for keras.ops.erfinv"),
        (lambda x, y: ops.unique(x, axis=1, size=2), "no converter for keras.ops.unique"),
    ],
)
@pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning")
def test_what_has_no_meaning_row_by_row_is_refused(
    make: Callable[..., Tensor], reason: str
) -> None:
    made = model(make, (3, 4), (4,))
    with pytest.raises(keras2sql.UnsupportedLayerError) as caught:
        read(made)
    assert reason in str(caught.value)


def test_all_refused_operations_are_named_at_once() -> None:
    made = model(lambda x: [ops.mean(x, 0), ops.erfinv(x), ops.sum(x)], (3,))
    with pytest.raises(keras2sql.UnsupportedLayerError) as caught:
        read(made)
    assert [kind for _, kind, _ in caught.value.layers] == ["Mean", "Erfinv", "Sum"]


def test_masks_end_at_operations_as_in_keras() -> None:
    def make(x: Tensor) -> Tensor:
        masked = keras.layers.Masking()(x)
        pooled = keras.layers.GlobalAveragePooling1D()
        return [pooled(masked), pooled(ops.relu(masked)), pooled(ops.copy(masked))]

    made = model(make, (3, 2))
    x = np.array([[[1.0, 2.0], [0.0, 0.0], [3.0, -1.0]]])
    expected = [np.asarray(y) for y in made(x)]
    found = list(read(made).graph.evaluate({"x0": x}).values())
    assert not np.allclose(expected[0], expected[1])
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-6)


@pytest.mark.parametrize(
    ("option", "make"),
    [
        ("repeats", lambda x: ops.repeat(x, 77777, axis=1)),
        ("repeats", lambda x: ops.tile(x, (1, 77777))),
        ("num_classes", lambda x: ops.one_hot(ops.cast(x, "int32"), 77777)),
        ("pad_width", lambda x: ops.pad(x, ((0, 0), (77777, 0)))),
    ],
)
def test_a_result_beyond_all_measure_is_refused(
    tmp_path: Path, option: str, make: Callable[..., Tensor]
) -> None:
    model(make, (2,)).save(tmp_path / "honest.keras")
    with (
        zipfile.ZipFile(tmp_path / "honest.keras") as honest,
        zipfile.ZipFile(tmp_path / "huge.keras", "w") as huge,
    ):
        for name in honest.namelist():
            huge.writestr(name, honest.read(name).replace(b"77777", b"77777777777"))
    with pytest.raises(keras2sql.ModelFileError, match=f"{option}=.* is beyond all measure"):
        read(tmp_path / "huge.keras")


def test_operations_of_a_whole_model_h5_file(tmp_path: Path) -> None:
    """Such files hold neither modules nor, for operations, training flags."""

    def make(x: Tensor) -> Tensor:
        y = keras.layers.Dense(3, name="head")(x)
        return ops.cast(ops.sum(ops.relu(y) * 2, axis=-1, keepdims=True) + y[:, 1:], "float32")

    made = model(make, (4,))
    path = tmp_path / "model.h5"
    made.save(path)
    x = np.random.default_rng(0).normal(size=(5, 4))
    (found,) = read(path).graph.evaluate({"x0": x}).values()
    np.testing.assert_allclose(found, np.asarray(made(x)), rtol=1e-5, atol=1e-6)


def by_hand(x: Tensor) -> Tensor:
    """A softmax."""
    powers = ops.exp(x - ops.max(x, axis=-1, keepdims=True))
    return powers / ops.sum(powers, axis=-1, keepdims=True)


def query(make: Callable[..., Tensor], *shapes: tuple[int, ...]) -> str:
    """The SQL of a model for PostgreSQL."""
    graph = simplify(heads.bare(read(model(make, *shapes)).graph))
    features = {t.layer: [f"{t.layer}_{i}" for i in range(t.size)] for t in graph.inputs}
    dialect = get("postgresql")
    return render(lower(Lowering(graph, Source("t", ("id",), features), dialect)).query, dialect)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: ops.softmax(x),
        by_hand,
        lambda x: ops.layer_normalization(x),
        lambda x: ops.rms_normalization(x),
        lambda x: ops.log_softmax(x),
        lambda x: x / (1 + ops.exp(x)),
        lambda x: x / 3,
        lambda x: x / np.array([1.0, -2.0, 3.0]),
        lambda x: ops.rsqrt(ops.var(x, 1, keepdims=True) + 1e-6),
        lambda x: ops.sqrt(ops.square(x)),
        lambda x: ops.log(ops.softplus(x) + 1),
        lambda x: x / (ops.abs(x) + 1),
        lambda x: ops.power(x, 3),
        lambda x: ops.std(x, 1),
    ],
)
def test_what_cannot_leave_the_domain_is_not_guarded(make: Callable[..., Tensor]) -> None:
    text = query(make, (3,)).partition("features AS")[2]
    computed = text.rpartition("\nSELECT")[0]
    assert "CASE" not in computed
    assert "NaN" not in computed.partition("FROM t")[2]


@pytest.mark.parametrize(
    "make",
    [
        lambda x: ops.sqrt(x),
        lambda x: ops.log(x),
        lambda x: 1 / x,
        lambda x: ops.exp(x) / ops.expm1(x),
        lambda x: ops.power(x, 1.5),
        lambda x: ops.arcsin(x),
    ],
)
def test_what_can_leave_the_domain_is_guarded(make: Callable[..., Tensor]) -> None:
    text = query(make, (3,)).partition("FROM t")[2]
    assert "'NaN'" in text or "'Infinity'" in text


# -- the list


def test_the_list_of_operations_is_that_of_keras() -> None:
    path = Path(__file__).parents[2] / "tools" / "list_keras_operations.py"
    spec = importlib.util.spec_from_file_location("list_keras_operations", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert keras.__version__ == KERAS
    assert dict(tool.operations()) == OPERATIONS


def test_the_table_is_that_of_the_converters() -> None:
    table = supported()
    assert [name for name, _, _ in table] == sorted(OPERATIONS)
    converted = {OPERATIONS[name] for name, ok, note in table if ok and "built" not in note}
    registered = {key.removeprefix(PREFIX) for key in REGISTRY if key.startswith(PREFIX)}
    hidden = {"Abs", "Conj", "ReLU"}  # made by no function of keras.ops
    assert converted == registered - REFUSED.keys() - hidden
    assert sum(ok for _, ok, _ in table) >= 220
    assert {name: why for name, ok, why in table if not ok}["vstack"] == REFUSED["Vstack"]
