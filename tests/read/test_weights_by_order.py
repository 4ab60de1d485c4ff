"""Architecture and weights apart: they meet by structure and order, as Keras loads them."""

from __future__ import annotations

import json
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from archives import LINEAR, weights
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from legacy_files import called, dense, layer, named, source, write_pair
from twice_built import WIDTH, build, plan

from keras2sql.errors import ModelFileError
from keras2sql.read import read_model

pytestmark = [
    pytest.mark.filterwarnings("ignore:Skipping nested container:UserWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

FORMS = ("weights.h5", "weights.json", "keras", "whole.h5", "legacy.h5")
layers = keras.layers


def save(model: Any, folder: Path, form: str) -> Path:
    """The weights of a model in one of the forms that Keras loads them from."""
    path = folder / f"m.{form}"
    if form == "weights.h5":
        model.save_weights(path)
    elif form == "weights.json":
        model.save_weights(path, max_shard_size=8e-8)
    elif form == "legacy.h5":
        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, model)
    else:
        model.save(path)
    return path


def randomised(model: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    for one in model.weights:
        one.assign(rng.uniform(0.2, 0.9, one.shape).astype(one.dtype))
    return model


def by_keras(architecture: Path, held: Path, x: np.ndarray) -> list[np.ndarray]:
    model = keras.models.model_from_json(architecture.read_text())
    model.load_weights(held)
    answer = model(x)
    return [np.asarray(y) for y in (answer if isinstance(answer, list) else [answer])]


def by_us(architecture: Path, held: Path, x: np.ndarray) -> list[np.ndarray]:
    graph = read_model(architecture, held).graph
    return list(graph.evaluate({graph.inputs[0].layer: x}).values())


def same(architecture: Path, held: Path, x: np.ndarray) -> bool:
    """Whether both compute the same; False where both refuse."""
    try:
        wanted = by_keras(architecture, held, x)
    except ValueError:
        with pytest.raises(ModelFileError):
            by_us(architecture, held, x)
        return False
    for got, want in zip(by_us(architecture, held, x), wanted, strict=True):
        assert np.abs(got - want).max() < 1e-4 * (1 + np.abs(want).max())
    return True


def inputs(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(4, *shape)).astype(np.float32)


def meet(first: Any, second: Any, folder: Path, form: str) -> bool:
    """The weights of the first model in the architecture of the second."""
    (folder / "m.json").write_text(second.to_json())
    return same(folder / "m.json", save(randomised(first, 3), folder, form), inputs(WIDTH))


SEEDS = [*range(12), *(pytest.param(seed, marks=pytest.mark.sweep) for seed in range(12, 300))]


@pytest.mark.parametrize("seed", SEEDS)
def test_networks_built_twice(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    told = plan(rng)
    keras.backend.clear_session()
    first = build(told, random.Random(seed + 1))
    if rng.random() < 0.3:
        keras.backend.clear_session()
    second = build(told, random.Random(seed + 2))
    met = [meet(first, second, tmp_path, form) for form in FORMS]
    assert any(met)


@pytest.mark.parametrize("seed", range(8))
def test_networks_that_have_little_in_common(seed: int, tmp_path: Path) -> None:
    """Where Keras loads part of the file, or what happens to fit, so do we."""
    first = build(plan(random.Random(seed)), random.Random(1))
    second = build(plan(random.Random(seed + 100)), random.Random(2))
    for form in FORMS:
        meet(first, second, tmp_path, form)


def branches(swapped: bool) -> Any:
    """Two Dense layers side by side, made in one order or the other, called in the same."""
    keras.backend.clear_session()
    made = [layers.Dense(WIDTH, "relu"), layers.Dense(WIDTH, "tanh")]
    if swapped:
        keras.backend.clear_session()
        made = [layers.Dense(WIDTH, "tanh"), layers.Dense(WIDTH, "relu")][::-1]
    x = keras.Input((WIDTH,))
    return keras.Model(x, layers.Dense(1)(layers.Concatenate()([one(x) for one in made])))


@pytest.mark.parametrize("form", FORMS)
def test_branches_whose_names_are_swapped(form: str, tmp_path: Path) -> None:
    first, second = branches(swapped=False), branches(swapped=True)
    names = [[one.name for one in model.layers if one.weights] for model in (first, second)]
    assert names[0] != names[1]
    assert sorted(names[0]) == sorted(names[1])
    assert meet(first, second, tmp_path, form)


def second_build(make: Callable[[], Any]) -> tuple[Any, Any]:
    return make(), make()


@pytest.mark.parametrize("form", FORMS)
def test_weights_of_one_build_and_the_architecture_of_another(form: str, tmp_path: Path) -> None:
    def make() -> Any:
        inner = keras.Sequential([keras.Input((WIDTH,)), layers.Dense(4), layers.Dense(WIDTH)])
        parts = [inner, layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dense(1)]
        return keras.Sequential([keras.Input((WIDTH,)), *parts])

    assert meet(*second_build(make), tmp_path, form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", ["more", "fewer", "wider", "no bias"])
def test_files_that_do_not_fit(form: str, change: str, tmp_path: Path) -> None:
    def make(units: int, count: int, **options: Any) -> Any:
        return keras.Sequential(
            [keras.Input((WIDTH,)), *(layers.Dense(units, **options) for _ in range(count))]
        )

    second = {
        "more": lambda: make(WIDTH, 3),
        "fewer": lambda: make(WIDTH, 1),
        "wider": lambda: make(5, 2),
        "no bias": lambda: make(WIDTH, 2, use_bias=False),
    }[change]()
    met = meet(make(WIDTH, 2), second, tmp_path, form)
    # Of a file whose parts are found by their paths, Keras takes what it needs.
    assert met == (change == "fewer" and form in ("weights.h5", "weights.json", "keras"))


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_frozen_attention_inside_a_model(form: str, frozen: bool, tmp_path: Path) -> None:
    """The layers inside attention do not learn from a file that they are frozen."""

    def make() -> Any:
        x = keras.Input((WIDTH, 2))
        attention = layers.GroupQueryAttention(2, 2, 1, use_gate=True)
        y = layers.Dense(2)(layers.BatchNormalization()(attention(x, x)))
        inner = keras.Model(x, y)
        inner.trainable = not frozen
        i = keras.Input((WIDTH,))
        pairs = layers.Reshape((WIDTH, 2))(layers.Concatenate()([i, i]))
        return keras.Model(i, layers.Flatten()(inner(pairs)))

    assert meet(*second_build(make), tmp_path, form)


def test_files_of_keras_2_go_by_order_too(tmp_path: Path) -> None:
    """The names in the file are those of the other branch."""
    entries = [
        source("x", 3),
        called(dense("dense_1", 3, "relu"), [["x", 0, 0, {}]]),
        called(dense("dense", 3, "tanh"), [["x", 0, 0, {}]]),
        called(layer("Concatenate", "both"), [["dense_1", 0, 0, {}], ["dense", 0, 0, {}]]),
    ]
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["both", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "m", "layers": entries, **ends}}
    first, second = named("dense", 1, 3, 3), named("dense_1", 2, 3, 3)
    held = {"x": [], "dense": first, "dense_1": second, "both": []}
    x = inputs(3)
    (got,) = by_us(*write_pair(tmp_path, config, held), x)
    left, right = (x @ pair[0][1] + pair[1][1] for pair in (first, second))
    assert np.allclose(got, np.hstack([np.maximum(left, 0), np.tanh(right)]))


# -- several files


def sharded(folder: Path) -> tuple[Path, dict[str, Any]]:
    parts = [layers.Dense(WIDTH, "tanh") for _ in range(4)]
    model = randomised(keras.Sequential([keras.Input((WIDTH,)), *parts]), 1)
    (folder / "m.json").write_text(model.to_json())
    index = save(model, folder, "weights.json")
    return index, json.loads(index.read_text())


def test_several_files_are_read_by_their_index(tmp_path: Path) -> None:
    index, told = sharded(tmp_path)
    assert any(isinstance(names, list) for names in told["weight_map"].values())
    assert len(list(tmp_path.glob("m_0*.weights.h5"))) > 2
    assert same(tmp_path / "m.json", index, inputs(WIDTH))


def test_one_of_several_files_names_their_index(tmp_path: Path) -> None:
    sharded(tmp_path)
    for shard in sorted(tmp_path.glob("m_0*.weights.h5")):
        with pytest.raises(ModelFileError, match=r"index, m\.weights\.json, as the weights_file"):
            read_model(tmp_path / "m.json", shard)


def test_an_index_is_no_architecture(tmp_path: Path) -> None:
    index, _ = sharded(tmp_path)
    with pytest.raises(ModelFileError, match="is an index of weights: name the architecture"):
        read_model(index, index)


@pytest.mark.parametrize(
    "name",
    ["../m_00000.weights.h5", "/etc/hosts", "a/b.h5", "a\\b.h5", "C:m.h5", "..", ".", "", "\0", 7],
)
def test_files_in_other_places_are_not_read(name: Any, tmp_path: Path) -> None:
    index, told = sharded(tmp_path)
    told["weight_map"]["/layers/dense/vars"] = name
    index.write_text(json.dumps(told))
    with pytest.raises(ModelFileError, match="which is no file beside it; no other is read"):
        read_model(tmp_path / "m.json", index)


def test_an_index_of_what_is_not_there(tmp_path: Path) -> None:
    index, told = sharded(tmp_path)
    (tmp_path / "m_00001.weights.h5").unlink()
    with pytest.raises(ModelFileError, match=r"can't open .*m_00001\.weights\.h5"):
        read_model(tmp_path / "m.json", index)
    (tmp_path / "m_00001.weights.h5").write_text("no")
    with pytest.raises(ModelFileError, match=r"m_00001\.weights\.h5, which is no HDF5 file"):
        read_model(tmp_path / "m.json", index)
    told["weight_map"] = {str(i): f"m_{i:05}.weights.h5" for i in range(1000)}
    index.write_text(json.dumps(told))
    with pytest.raises(ModelFileError, match="names 1000 files"):
        read_model(tmp_path / "m.json", index)
    told["weight_map"] = []
    index.write_text(json.dumps(told))
    with pytest.raises(ModelFileError, match="nor an index of such files"):
        read_model(tmp_path / "m.json", index)


def test_two_files_with_the_same_weights(tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(json.dumps(LINEAR))
    (tmp_path / "a.h5").write_bytes(weights())
    (tmp_path / "b.h5").write_bytes(weights())
    index = {"weight_map": {"/layers/dense/vars": ["a.h5", "b.h5"]}}
    (tmp_path / "i.weights.json").write_text(json.dumps(index))
    with pytest.raises(ModelFileError, match="two files have weights '/layers/dense/vars/0'"):
        read_model(tmp_path / "m.json", tmp_path / "i.weights.json")


# -- Windows


def test_groups_named_with_backslashes(tmp_path: Path) -> None:
    """As Keras 2.13 to 2.15 wrote them on Windows: the path is one name, but for `vars`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inner = keras.Sequential([keras.Input((WIDTH,)), layers.Dense(WIDTH), layers.Dense(2)])
    twice = layers.Bidirectional(layers.LSTM(2))
    parts = [inner, layers.Reshape((2, 1)), twice, layers.Dense(2)]
    model = randomised(keras.Sequential([keras.Input((WIDTH,)), *parts]), 2)
    (tmp_path / "m.json").write_text(model.to_json())
    held, windows = save(model, tmp_path, "weights.h5"), tmp_path / "windows.weights.h5"
    with h5py.File(held) as file, h5py.File(windows, "w") as other:

        def copy(name: str, one: Any) -> None:
            if isinstance(one, h5py.Dataset):
                folder, _, number = name.rpartition("/vars/")
                place = other.require_group(folder.replace("/", "\\")).require_group("vars")
                place[number] = one[()]

        file.visititems(copy)
        assert "layers\\sequential\\layers\\dense" in other
        assert "layers" not in other
    x = inputs(WIDTH)
    (got,) = by_us(tmp_path / "m.json", windows, x)
    assert np.abs(got - np.asarray(model(x))).max() < 1e-5
