"""Layers that cannot become SQL: all of them are named, and nothing of theirs is run."""

from __future__ import annotations

import base64
import marshal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archives import LINEAR, archive, changed, functional, tensor, weights
from legacy_files import called, dense, layer, named, source, write_pair, write_whole

from keras2sql.errors import InputError, UnsupportedLayerError
from keras2sql.layers.registry import REGISTRY, Entry, Refused
from keras2sql.read import Inspection, inspect_model, read_model

# Keras's jax variables, seen by a newer numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LAYERS = ("config", "layers")


def refusing(graph: Any, one: Any, *tensors: Any) -> Any:
    raise Refused("not with these options")


@pytest.fixture(autouse=True)
def _one_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "Fussy", Entry(refusing, ""))


def problems(model: Any, weights_file: Any = None) -> dict[str, str]:
    """The reasons by path; `read_model` must raise just these."""
    inspection = inspect_model(model, weights_file)
    assert inspection.network is None
    with pytest.raises(UnsupportedLayerError) as caught:
        read_model(model, weights_file)
    assert caught.value.layers == inspection.problems
    assert "\n" not in str(caught.value)
    return {path: reason for path, _, reason in inspection.problems}


def chain(*layers: dict[str, Any]) -> dict[str, Any]:
    first = {**layers[0], "config": {**layers[0]["config"], "batch_input_shape": [None, 3]}}
    return {"class_name": "Sequential", "config": [first, *layers[1:]]}


def test_all_at_once(tmp_path: Path) -> None:
    """Those behind an unsupported layer too, as far as they can be told."""
    odd, odder, code = layer("Odd", "one"), layer("Odder", "two"), layer("Lambda", "l")
    config = chain(dense("d", 3), odd, dense("e", 3), odder, code)
    held = {"d": named("d", 1, 3, 3), "e": named("e", 2, 3, 3)}
    found = problems(*write_pair(tmp_path, config, held))
    assert list(found) == ["one", "two", "l"]
    assert found["one"] == "no converter for this class"


def test_refusals_behind_an_unsupported_layer_by_recorded_shapes(tmp_path: Path) -> None:
    model = functional()
    listed = model["config"]["layers"]

    def entry(class_name: str, name: str, on: str) -> dict[str, Any]:
        out = {"module": "keras.layers", "class_name": class_name, "config": {"name": name}}
        return {**out, "name": name, "inbound_nodes": [{"args": [tensor(on)], "kwargs": {}}]}

    listed += [entry("Odd", "odd", "dense"), entry("Fussy", "fussy", "odd")]
    model = changed(model, "config", "output_layers", to=["fussy", 0, 0])
    found = problems(archive(tmp_path / "m.keras", model))
    assert found == {"odd": "no converter for this class", "fussy": "not with these options"}


def test_inspection_tells_the_supported_layers_too(tmp_path: Path) -> None:
    config = chain(dense("d", 4), layer("Odd", "one"), dense("e", 2))
    held = {"d": named("d", 1, 3, 4), "e": named("e", 2, 4, 2)}
    inspection = inspect_model(*write_pair(tmp_path, config, held))
    assert isinstance(inspection, Inspection)
    told = {one.path: (one.class_name, one.shape, one.parameters) for one in inspection.layers}
    assert told["d_input"] == ("InputLayer", (3,), 0)
    assert told["d"] == ("Dense", (4,), 16)
    assert told["e"] == ("Dense", None, 10)
    assert inspection.keras == (2, 2)


def test_inspection_of_a_supported_model(tmp_path: Path) -> None:
    inspection = inspect_model(archive(tmp_path / "m.keras"))
    assert inspection.problems == []
    assert inspection.network is not None
    assert inspection.network.layers == inspection.layers


class Payload(Exception):
    """Raised if anything in a file is ever run."""


def explode(*_: object) -> None:
    raise Payload


def test_lambda_code_is_never_run(tmp_path: Path) -> None:
    code = base64.b64encode(marshal.dumps(explode.__code__)).decode()
    entry = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {
            "name": "code",
            "function": {
                "class_name": "__lambda__",
                "config": {"code": code, "defaults": None, "closure": None},
            },
        },
    }
    config = changed(LINEAR, *LAYERS, to=[*LINEAR["config"]["layers"], entry])
    found = problems(archive(tmp_path / "m.keras", config))
    assert "program code, which is never executed" in found["code"]


def test_a_live_lambda() -> None:
    import keras

    x = keras.Input((3,))
    function = keras.layers.Lambda(lambda t: t * 2, name="twice", output_shape=(3,))
    found = problems(keras.Model(x, keras.layers.Dense(2)(function(x))))
    assert list(found) == ["twice"]


def custom(class_name: str, module: str, registered: str | None) -> dict[str, Any]:
    entry = {
        "module": module,
        "class_name": class_name,
        "config": {"name": "own"},
        "registered_name": registered,
    }
    return changed(LINEAR, *LAYERS, to=[*LINEAR["config"]["layers"], entry])


@pytest.mark.parametrize(
    ("class_name", "registered", "key"),
    [("Layer2", "shop>Layer2", "shop>Layer2"), ("Dense", "Dense", "os>Dense"), ("X", None, "os>X")],
)
def test_custom_classes(class_name: str, registered: str | None, key: str, tmp_path: Path) -> None:
    """Even under the name of one of Keras's, and of a module that could be imported."""
    found = problems(archive(tmp_path / "m.keras", custom(class_name, "os", registered)))
    assert f"'{key}'" in found["own"]


def test_a_registered_converter_for_a_custom_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keras2sql.graph.expr import X

    def double(graph: Any, one: Any, x: Any) -> Any:
        return graph.map(X + X, x)

    monkeypatch.setitem(REGISTRY, "shop>Twice", Entry(double, ""))
    path = archive(tmp_path / "m.keras", custom("Twice", "shop.layers", "shop>Twice"))
    (got,) = read_model(path).graph.evaluate({"x": [[1.0, 2.0, 3.0]]}).values()
    assert np.allclose(got, [[2 * (16 / 7 + 0.5), 2 * (22 / 7 - 0.25)]], atol=1e-6)


def test_custom_models_of_files(tmp_path: Path) -> None:
    """They may compute anything, whatever structure they list."""
    top = {**functional(), "module": "shop", "class_name": "Net", "registered_name": "shop>Net"}
    found = problems(archive(tmp_path / "m.keras", top))
    assert "record what they compute" in found["small"]


def test_a_live_subclassed_model() -> None:
    import keras

    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="net")
            self.inner = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.inner(x)

    model = Net()
    model(np.ones((1, 3)))
    assert list(problems(model)) == ["net"]


def test_a_live_functional_model_with_a_call_of_its_own() -> None:
    import keras

    class Doubled(keras.Model):
        def call(self, *args: Any, **kwargs: Any) -> Any:
            return 2 * super().call(*args, **kwargs)

    x = keras.Input((3,))
    assert list(problems(Doubled(x, keras.layers.Dense(2)(x), name="doubled"))) == ["doubled"]


def test_operations_are_no_layers_of_the_same_name(tmp_path: Path) -> None:
    """`keras.ops.multiply` is a Multiply, but not the layer."""
    import keras

    x = keras.Input((3,), name="x")
    model = keras.Model(x, keras.layers.Dense(2)(keras.ops.sin(x) * 2.0))
    for path in (tmp_path / "m.keras", tmp_path / "m.h5"):
        model.save(path)
        inspection = inspect_model(path)
        told = {one.class_name: one for one in inspection.layers}
        for name in ("Sin", "Multiply"):
            known = f"ops>{name}" in REGISTRY
            expected = "" if known else "no converter for this keras.ops operation"
            assert told[name].problem == expected


def test_a_converter_for_an_operation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    from keras2sql.graph import expr

    def cubed(graph: Any, one: Any, x: Any, y: float) -> Any:
        assert one.call_kwargs == {}
        return graph.map(expr.X * expr.X * expr.X * y, x)

    monkeypatch.setitem(REGISTRY, "ops>Power", Entry(cubed, ""))
    x = keras.Input((3,), name="x", dtype="float64")
    model = keras.Model(x, keras.ops.power(x, 2.0))
    values = np.arange(3.0)[None]
    for path in (tmp_path / "m.keras", tmp_path / "m.h5"):
        model.save(path)
        (got,) = read_model(path).graph.evaluate({"x": values}).values()
        assert np.allclose(got, 2 * values**3)


def test_an_open_length_is_no_problem(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "m.keras",
        changed(LINEAR, *LAYERS, 0, "config", "batch_shape", to=[None, None, 3]),
    )
    found = inspect_model(path)
    assert found.problems == []
    assert (dict(found.open), found.network) == ({"x": (None, 3)}, None)
    assert dict(found.inputs) == {"x": (None, 3)}
    assert all(shape[0] is None for shape in found.outputs.values())
    with pytest.raises(InputError, match=r"x of shape \(None, 3\) has an open length"):
        read_model(path)


def test_several_open_sizes_are_one(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "m.keras",
        changed(LINEAR, *LAYERS, 0, "config", "batch_shape", to=[None, None, None, 3]),
    )
    found = problems(path)
    assert "(None, None, 3) leaves sizes open" in found["x"]


def test_quantised_weights() -> None:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="d")])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have a `quantize` method")
        model.quantize("int8")
    assert "quantised" in problems(model)["d"]


def in_training(name: str, inputs: str, *layers: dict[str, Any], **mode: bool) -> dict[str, Any]:
    """A chain of layers called with these arguments, as Keras 2 wrote it."""
    names = [inputs, *(one["config"]["name"] for one in layers)]
    nodes = [[[before, 0, 0, mode]] for before in names[:-1]]
    config = {
        "name": name,
        "layers": [
            source(inputs, 3),
            *(called(one, node) for one, node in zip(layers, nodes, strict=True)),
        ],
        "input_layers": [[inputs, 0, 0]],
        "output_layers": [[names[-1], 0, 0]],
    }
    return {"class_name": "Functional", "config": config}


@pytest.mark.parametrize("nested", [False, True])
def test_layers_called_in_training_mode(nested: bool, tmp_path: Path) -> None:
    """Where Keras 2 ran the model, they did at inference what they do in training."""
    layers = dense("plain", 3), layer("Dropout", "drop", rate=0.5)
    config = in_training("m", "x", *layers, training=True)
    held = {"plain": named("plain", 1, 3, 3)}
    if nested:
        config = in_training("m", "y", in_training("inner", "x", *layers), training=True)
        held = {"inner": held["plain"]}
    found = problems(write_whole(tmp_path / "m.h5", config, held))
    assert list(found) == ["inner/drop" if nested else "drop"]
    assert "training=True" in next(iter(found.values()))


def test_keras_3_predicts_whatever_mode_the_file_records() -> None:
    import keras

    layers = keras.layers
    x = layers.Input((4, 2), name="x")
    y = layers.Dropout(0.5)(layers.BatchNormalization()(x, training=True), training=True)
    y = layers.LSTM(3, dropout=0.5)(layers.GaussianNoise(1.0)(y, training=True), training=True)
    i = layers.Input((3,))
    y = keras.Model(i, layers.Dropout(0.5)(i))(y, training=True)
    model = keras.Model(x, y)
    given = np.random.default_rng(3).normal(size=(5, 4, 2))
    (found,) = read_model(model).graph.evaluate({"x": given}).values()
    assert np.abs(found - model.predict(given, verbose=0)).max() < 1e-6


def test_layers_inside_models_have_their_path(tmp_path: Path) -> None:
    inner = {
        "class_name": "Sequential",
        "config": {"name": "inner", "layers": [layer("Odd", "odd"), dense("d", 3)]},
    }
    config = {
        "class_name": "Model",
        "config": {
            "name": "m",
            "layers": [
                source("x", 3),
                called(layer("Fussy", "fussy"), [["x", 0, 0, {}]]),
                called(inner, [["fussy", 0, 0, {}]]),
                called(layer("Odd", "odd"), [["inner", 1, 0, {}]]),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["odd", 0, 0]],
        },
    }
    held = {"inner": named("d", 1, 3, 3)}
    found = problems(write_whole(tmp_path / "m.h5", config, held))
    assert set(found) == {"fussy", "inner/odd", "odd"}


def wrapped(inside: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "module": "keras.layers",
        "class_name": "Wrap",
        "config": {"name": "wrap", "layer": inside},
    }
    return changed(LINEAR, *LAYERS, to=[*LINEAR["config"]["layers"], entry])


@pytest.mark.parametrize(
    ("class_name", "reason"), [("Odd", "no converter"), ("Lambda", "never executed")]
)
def test_layers_inside_wrappers(
    class_name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REGISTRY, "Wrap", Entry(refusing, ""))
    inside = {"module": "keras.layers", "class_name": class_name, "config": {"name": "inside"}}
    found = problems(archive(tmp_path / "m.keras", wrapped(inside)))
    assert f"inside it inside ({class_name}): " in found["wrap"]
    assert reason in found["wrap"]


def test_weights_of_wrapped_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Children have their own arrays; the wrapper keeps what is its own."""
    seen: list[Any] = []

    def look(graph: Any, one: Any, x: Any) -> Any:
        seen.append(one)
        return x

    def add(file: Any) -> None:
        own = file.create_group("layers/wrap/vars")
        own.attrs["name"] = "wrap"
        own["0"], own["1"] = np.ones((2, 5)), np.full((1, 5), 3.0)
        inner = file.create_group("layers/wrap/layer/vars")
        inner["0"], inner["1"] = np.ones((2, 5)), np.zeros(5)

    monkeypatch.setitem(REGISTRY, "Wrap", Entry(look, "vector_u"))
    inside = {**LINEAR["config"]["layers"][1], "config": {"name": "dense", "units": 5}}
    read_model(archive(tmp_path / "m.keras", wrapped(inside), weights(add)))
    assert np.array_equal(seen[0].weight("vector_u"), np.full((1, 5), 3.0))
    assert np.array_equal(seen[0].children["layer"].weight("kernel"), np.ones((2, 5)))
    assert seen[0].children["layer"].path == "wrap/dense"


def collect(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[Any]:
    """The layers that pass through converters of these names, which change nothing."""
    seen: list[Any] = []

    def look(graph: Any, one: Any, x: Any, *more: Any) -> Any:
        seen.append(one)
        return x

    for name in names:
        monkeypatch.setitem(REGISTRY, name, Entry(look, ""))
    return seen


def recurrent(keras: Any) -> Any:
    layers = keras.layers
    x = layers.Input((5, 4), name="x")
    y = layers.Bidirectional(layers.LSTM(4, return_sequences=True), merge_mode="sum")(x)
    y = layers.MultiHeadAttention(2, 3)(y, y)
    cells = [layers.LSTMCell(3), layers.GRUCell(2), layers.LSTMCell(4)]
    y = layers.RNN(cells, return_sequences=True)(y)
    return keras.Model(x, layers.TimeDistributed(layers.Dense(2))(y))


FORMS: dict[str, Callable[[Any, Path], Any]] = {
    "keras": lambda model, folder: (model.save(folder / "m.keras"), folder / "m.keras")[1],
    "h5": lambda model, folder: (model.save(folder / "m.h5"), folder / "m.h5")[1],
}


@pytest.mark.parametrize("form", FORMS)
def test_weights_of_cells_and_heads_in_keras_order(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    model = recurrent(keras)
    seen = collect(monkeypatch, "Bidirectional", "MultiHeadAttention", "RNN", "TimeDistributed")
    path = FORMS[form](model, tmp_path)
    monkeypatch.setitem(REGISTRY, "LSTM", Entry(refusing, "kernel recurrent_kernel bias"))
    for cell in ("LSTMCell", "GRUCell"):
        monkeypatch.setitem(REGISTRY, cell, Entry(refusing, "kernel recurrent_kernel bias"))
    inspect_model(path)
    both, heads, stacked, timed = seen
    _, lstm, attention, rnn, time = model.layers

    def same(one: Any, wanted: Any) -> bool:
        held = list(one.variables.values() if isinstance(one.variables, dict) else one.variables)
        shown = [np.asarray(w) for w in wanted]
        return len(held) == len(shown) and all(
            np.array_equal(a, b) for a, b in zip(held, shown, strict=True)
        )

    assert same(both.children["forward_layer"], lstm.forward_layer.weights)
    assert same(both.children["backward_layer"], lstm.backward_layer.weights)
    assert both.children["backward_layer"].config["go_backwards"] is True
    assert same(heads, attention.weights)
    for number, cell in enumerate(rnn.cell.cells):
        assert same(stacked.children["cell"].children[str(number)], cell.weights)
    assert same(timed.children["layer"], time.layer.weights)


def test_layers_inside_a_wrapped_model() -> None:
    import keras

    i = keras.Input((3,))
    inner = keras.Model(i, keras.layers.Lambda(lambda t: t, name="code")(i), name="inner")
    x = keras.Input((5, 3))
    model = keras.Model(x, keras.layers.TimeDistributed(inner, name="each")(x))
    assert "inside it each/inner/code (Lambda): it holds program code" in problems(model)["each"]
