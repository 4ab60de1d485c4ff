"""Models that Keras quantised, or gave low-rank updates: its numbers, or one clear sentence."""

from __future__ import annotations

import functools
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pandas as pd
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

import keras2sql
from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.read import read_model

layers, quantizers = keras.layers, keras.quantizers
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have a `quantize` method:UserWarning"),
    pytest.mark.filterwarnings("ignore:(.|\n)*custom_gradient` for the numpy:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def single_precision() -> Iterator[None]:
    """The bounds of quantised numbers are those of float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy(before)


def randomised(model: Any, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    for one in model.weights:
        if one.dtype == "float32" and one.name != "g_idx":
            one.assign(rng.normal(0, 0.6, one.shape))
    return model


def dense() -> Any:
    parts = [layers.Dense(5, "tanh"), layers.Dense(4, use_bias=False), layers.Dense(3)]
    return randomised(keras.Sequential([keras.Input((7,)), *parts]))


def looked_up() -> Any:
    parts = [layers.Embedding(6, 5), layers.Flatten(), layers.Activation("tanh")]
    return randomised(keras.Sequential([keras.Input((4,)), *parts]))


def einsum() -> Any:
    parts = [
        layers.EinsumDense("abc,cde->abde", (3, 2, 3), bias_axes="de"),
        layers.EinsumDense("abde,dec->abc", (3, 5), bias_axes="c", activation="tanh"),
        layers.EinsumDense("abc,bcd->ad", (3,)),
    ]
    return randomised(keras.Sequential([keras.Input((3, 4)), *parts]))


def mixed() -> Any:
    """Inside another model, with layers that are not quantised."""
    parts = [layers.Dense(3, "relu"), layers.LayerNormalization(), layers.Dense(4)]
    inner = keras.Sequential([keras.Input((4,)), *parts])
    parts = [layers.Embedding(6, 4), layers.LSTM(4), inner]
    return randomised(keras.Sequential([keras.Input((2,)), *parts]))


def inputs(model: Any) -> np.ndarray:
    rng, shape = np.random.default_rng(7), (9, *model.input_shape[1:])
    if any(isinstance(one, layers.Embedding) for one in model.layers[:2]):
        return rng.integers(0, 6, shape).astype(np.float32)
    return rng.normal(0, 2, shape).astype(np.float32)


WEIGHTS_ALONE: dict[str, Callable[[], Any]] = {
    "int8": lambda: quantizers.Int8QuantizationConfig(activation_quantizer=None),
    "int4": lambda: quantizers.Int4QuantizationConfig(),
    "int4 in blocks": lambda: quantizers.Int4QuantizationConfig(block_size=3),
    "int4 by channel": lambda: quantizers.Int4QuantizationConfig(block_size=-1),
}
FORMS = ("keras", "weights.h5", "h5", "legacy.h5", "live")


def sources(model: Any, folder: Path, form: str) -> tuple[Any, ...]:
    """The arguments of `read_model`."""
    path = folder / f"m.{form}"
    if form == "live":
        return (model,)
    if form in ("keras", "h5"):
        model.save(path)
        return (path,)
    (folder / "m.json").write_text(model.to_json())
    if form == "weights.h5":
        model.save_weights(path)
    else:
        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, model)
    return folder / "m.json", path


def by_keras(model: Any, given: tuple[Any, ...], x: np.ndarray) -> np.ndarray:
    """What Keras computes from the same source."""
    if len(given) == 2:
        model = keras.models.model_from_json(given[0].read_text())
        model.load_weights(given[1])
    elif given[0] is not model:
        model = keras.saving.load_model(given[0], compile=False)
    return np.asarray(model.predict(x, verbose=0))


def by_us(given: tuple[Any, ...], x: np.ndarray) -> np.ndarray:
    graph = read_model(*given).graph
    (found,) = graph.evaluate({graph.inputs[0].layer: x}).values()
    return found


def close(got: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.abs(got - wanted).max() < 1e-5 * (1 + np.abs(wanted).max()))


@functools.cache
def of_weights_alone(make: Callable[..., Any], scheme: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """The quantised model, what it said before, and for what."""
    model = make()
    plain, x = np.asarray(model(inputs(model))), inputs(model)
    model.quantize(config=WEIGHTS_ALONE[scheme]())
    return model, plain, x


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scheme", WEIGHTS_ALONE)
@pytest.mark.parametrize("make", [dense, looked_up, einsum, mixed])
def test_weights_alone(make: Any, scheme: str, form: str, tmp_path: Path) -> None:
    model, plain, x = of_weights_alone(make, scheme)
    given = sources(model, tmp_path, form)
    if make is einsum and scheme == "int8":
        with pytest.raises(UnsupportedLayerError, match="not read in this class"):
            read_model(*given)
        return
    wanted = by_keras(model, given, x)
    assert np.abs(wanted - plain).max() > 1e-4
    assert close(by_us(given, x), wanted)


def calibrated(mode: str, make: Callable[..., Any]) -> Any:
    """A model as calibration leaves it, of random whole numbers."""
    model = make(dtype=f"{mode}_from_float32")
    rng = np.random.default_rng(3)
    for one in model.layers:
        for variable in one.weights:
            name = variable.name
            if name == "kernel":
                high = 16 if "8" not in mode else 256
                packed = rng.integers(0, 256 if high == 16 else high, variable.shape)
                variable.assign(packed.astype("uint8"))
            elif "zero" in name:
                variable.assign(rng.integers(0, 16, variable.shape).astype("uint8"))
            elif name == "g_idx":
                count = one.kernel_scale.shape[1]
                variable.assign(np.sort(rng.integers(0, count, variable.shape)).astype("float32"))
            else:
                variable.assign(rng.uniform(0.02, 0.2, variable.shape))
        one.is_gptq_calibrated = one.is_awq_calibrated = True
    return model


def calibrated_dense(dtype: str) -> Any:
    parts = [layers.Dense(5, "tanh", dtype=dtype), layers.Dense(3, use_bias=False, dtype=dtype)]
    return keras.Sequential([keras.Input((7,)), *parts])


def calibrated_einsum(dtype: str) -> Any:
    made = layers.EinsumDense("abc,cde->abde", (3, 2, 3), bias_axes="de", dtype=dtype)
    return keras.Sequential([keras.Input((3, 7)), made])


def with_zero_points(model: Any, path: Path) -> Path:
    """The file as Keras loads it; its own `save` leaves the zero points out."""
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    memory = io.BytesIO(members["model.weights.h5"])
    with h5py.File(memory, "r+") as file:
        for one, group in zip(model.layers, file["layers"].values(), strict=True):
            held = group["vars"]
            last = len(held) - 1
            place = last - 1 if "awq" in one.quantization_mode else last
            following = [held[str(i)][()] for i in range(place, last + 1)]
            for at, value in enumerate([np.asarray(one.kernel_zero), *following], place):
                if str(at) in held:
                    del held[str(at)]
                held[str(at)] = value
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, "model.weights.h5": memory.getvalue()}.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("mode", ["gptq/4/3", "gptq/4/-1", "gptq/8/3", "gptq/2/4", "awq/4/3"])
@pytest.mark.parametrize("make", [calibrated_dense, calibrated_einsum])
def test_calibrated_weights(make: Any, mode: str, tmp_path: Path) -> None:
    model = calibrated(mode, make)
    given = (with_zero_points(model, tmp_path / "m.keras"),)
    x = inputs(model)
    wanted = by_keras(model, given, x)
    assert close(wanted, np.asarray(model(x)))
    assert close(by_us(given, x), wanted)


@pytest.mark.parametrize("mode", ["gptq/4/3", "awq/4/3"])
def test_calibrated_weights_without_zero_points(mode: str, tmp_path: Path) -> None:
    model = calibrated(mode, calibrated_dense)
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="could not be loaded"):
        keras.saving.load_model(tmp_path / "m.keras")
    for source in (model, tmp_path / "m.keras"):
        with pytest.raises(UnsupportedLayerError, match="the file lacks the zero points"):
            read_model(source)


@pytest.mark.parametrize("scheme", WEIGHTS_ALONE)
def test_quantised_layers_inside_others(scheme: str, tmp_path: Path) -> None:
    """Keras calls them as if they were not: its numbers are none that anybody wants."""
    inner = layers.TimeDistributed(layers.Dense(4))
    model = randomised(keras.Sequential([keras.Input((2, 4)), inner]))
    x = inputs(model)
    plain = np.asarray(model(x))
    model.quantize(config=WEIGHTS_ALONE[scheme]())
    assert np.abs(np.asarray(model(x)) - plain).max() > 1
    with pytest.raises(UnsupportedLayerError, match="Keras does not heed in a layer inside"):
        read_model(model)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("int8", r"quantised \(int8\), its inputs too: .* whole numbers up to 127"),
        ("float8", r"quantised \(float8\), its inputs too: .* 8-bit floats"),
    ],
)
@pytest.mark.parametrize("make", [dense, einsum])
def test_rounded_inputs_are_refused(
    make: Any, mode: str, said: str, form: str, tmp_path: Path
) -> None:
    model = make()
    model.quantize(mode)
    with pytest.raises(UnsupportedLayerError, match=said) as caught:
        read_model(*sources(model, tmp_path, form))
    assert len(caught.value.layers) == 3
    assert "weights in the file" not in str(caught.value)


def test_an_embedding_rounds_no_inputs(tmp_path: Path) -> None:
    model = looked_up()
    model.quantize("int8")
    given = sources(model, tmp_path, "keras")
    x = inputs(model)
    assert close(by_us(given, x), by_keras(model, given, x))


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
@pytest.mark.parametrize("inside", [False, True])
def test_quantised_attention(inside: bool, mode: str, tmp_path: Path) -> None:
    x = keras.Input((3, 4))
    if inside:
        i = keras.Input((4, 2))
        step = keras.Model(i, layers.MultiHeadAttention(2, 3)(i, i))
        split = layers.Reshape((3, 4, 1))(x)
        pairs = layers.Concatenate()([split, split])
        model = keras.Model(x, layers.TimeDistributed(step)(pairs))
    else:
        model = keras.Model(x, layers.GroupQueryAttention(4, 2, 2)(x, x))
    model.quantize(mode)
    model.save(tmp_path / "m.keras")
    with pytest.raises(UnsupportedLayerError, match="its weights are quantised"):
        read_model(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="could not be loaded"):
        keras.saving.load_model(tmp_path / "m.keras")


def test_a_table_of_two_directions_is_refused(tmp_path: Path) -> None:
    made = layers.ReversibleEmbedding(6, 5, tie_weights=False)
    x = keras.Input((4,))
    model = randomised(keras.Model(x, made(made(x), reverse=True)))
    model.quantize("int8")
    with pytest.raises(UnsupportedLayerError, match=r"quantised \(int8\)"):
        read_model(*sources(model, tmp_path, "keras"))


# -- low-rank updates


def updated(make: Callable[[], Any], alpha: float | None = None) -> Any:
    model = make()
    for one in model.layers:
        if hasattr(one, "enable_lora"):
            one.enable_lora(2, lora_alpha=alpha)
    return randomised(model, 5)


def convolved() -> Any:
    parts = [layers.Conv1D(3, 2, activation="tanh"), layers.Conv1DTranspose(2, 2)]
    return randomised(keras.Sequential([keras.Input((5, 2)), *parts]))


def reversed_table() -> Any:
    made = layers.ReversibleEmbedding(6, 5)
    x = keras.Input((4,))
    return randomised(keras.Model(x, made(made(x), reverse=True)))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("make", [dense, looked_up, einsum, convolved, reversed_table])
def test_low_rank_updates(make: Any, form: str, tmp_path: Path) -> None:
    model = updated(make)
    given = sources(model, tmp_path, form)
    x = inputs(model)
    wanted = by_keras(model, given, x)
    assert close(wanted, np.asarray(model(x)))
    assert np.abs(wanted - np.asarray(make()(x))).max() > 1e-2
    assert close(by_us(given, x), wanted)


@pytest.mark.parametrize("form", ["keras", "weights.h5", "live"])
@pytest.mark.parametrize("make", [dense, looked_up, einsum, convolved])
def test_low_rank_updates_that_count_more(make: Any, form: str, tmp_path: Path) -> None:
    model = updated(make, alpha=7)
    given = sources(model, tmp_path, form)
    x = inputs(model)
    assert close(by_us(given, x), np.asarray(model(x)))


@pytest.mark.parametrize("form", ["h5", "legacy.h5"])
def test_keras_forgets_how_much_an_update_counts(form: str, tmp_path: Path) -> None:
    """Which number is right, that of the model or that of the file, is not ours to say."""
    model = updated(dense, alpha=7)
    given = sources(model, tmp_path, form)
    x = inputs(model)
    assert not close(by_keras(model, given, x), np.asarray(model(x)))
    with pytest.raises(ModelFileError, match=r"lora_alpha=7 .* save the model as \.keras"):
        read_model(*given)


@pytest.mark.parametrize("form", ["h5", "legacy.h5"])
def test_low_rank_updates_inside_a_model(form: str, tmp_path: Path) -> None:
    def make() -> Any:
        parts = [layers.Dense(7, "tanh"), layers.BatchNormalization(), layers.Dense(7)]
        inner = keras.Sequential([keras.Input((7,)), *parts])
        inner.layers[0].enable_lora(2)
        inner.layers[2].enable_lora(3)
        return keras.Sequential([keras.Input((7,)), layers.Dense(7), inner, layers.Dense(2)])

    model = randomised(make(), 1)
    for one in model.weights:  # variances among them
        one.assign(np.abs(np.asarray(one)))
    given = sources(model, tmp_path, form)
    x = inputs(model)
    assert close(by_us(given, x), by_keras(model, given, x))


def test_low_rank_updates_inside_attention(tmp_path: Path) -> None:
    x = keras.Input((3, 4))
    attention = layers.MultiHeadAttention(2, 4)
    model = keras.Model(x, attention(x, x))
    for one in (attention.query_dense, attention.value_dense):
        one.enable_lora(2)
    randomised(model, 2)
    model.save(tmp_path / "m.keras")
    given = (tmp_path / "m.keras",)
    rows = inputs(model)
    assert close(by_us(given, rows), by_keras(model, given, rows))
    model.save(tmp_path / "m.h5")
    with pytest.raises(ModelFileError, match=r"no lora_rank.*save the model as \.keras"):
        read_model(tmp_path / "m.h5")
    with pytest.raises(ValueError, match="Weight count mismatch"):
        keras.saving.load_model(tmp_path / "m.h5")


def test_an_update_of_quantised_weights(tmp_path: Path) -> None:
    """Its file holds the sum, rounded once more; the live model computes without that."""
    model = dense()
    model.quantize("int4")
    for one in model.layers:
        one.enable_lora(2)
    randomised(model, 6)
    given = sources(model, tmp_path, "keras")
    x = inputs(model)
    wanted = by_keras(model, given, x)
    assert not close(wanted, np.asarray(model(x)))
    assert close(by_us(given, x), wanted)
    with pytest.raises(UnsupportedLayerError, match="LoRA beside quantised weights"):
        read_model(model)


@pytest.mark.parametrize("strategy", ["columns", "rows"])
@pytest.mark.parametrize("scheme", [*WEIGHTS_ALONE, "LoRA"])
def test_databases_compute_the_same(
    scheme: str,
    strategy: str,
    duckdb_engine: Any,
    sqlite_engine: Any,
    postgres_engine: Any,
    load_table: Any,
) -> None:
    model = updated(dense) if scheme == "LoRA" else dense()
    if scheme in WEIGHTS_ALONE:
        model.quantize(config=WEIGHTS_ALONE[scheme]())
    x = inputs(model)
    wanted = np.asarray(model(x))
    frame = pd.DataFrame(x.astype(float), columns=[f"c{i}" for i in range(x.shape[1])])
    frame.insert(0, "id", range(len(frame)))
    options: dict[str, Any] = {"table": "t", "key": "id", "features": list(frame.columns[1:])}
    for engine in (duckdb_engine, sqlite_engine, postgres_engine):
        load_table(engine, "t", frame)
        options["dialect"] = engine.dialect_name
        found = keras2sql.convert(model, strategy=strategy, **options).run(engine)
        assert close(found.sort_values("id").iloc[:, 1:].to_numpy(float), wanted)
