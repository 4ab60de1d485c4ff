"""Converters of one's own: registered, run, failing, and named on the command line."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import keras2sql
from keras2sql.cli.app import app
from keras2sql.graph.expr import X, Y, call
from keras2sql.layers.registry import REGISTRY, Layer
from keras2sql.read.any import read

pytestmark = pytest.mark.jax  # numpy has no shapes for some of its layers
PAGE = Path(__file__).parent.parent / "docs" / "custom_layers.md"
KEY = "plugins_test>Twist"


@keras.saving.register_keras_serializable(package="plugins_test")
class Twist(keras.layers.Layer):  # type: ignore[misc]
    """``scale * x + shift``; the shift can be left out."""

    def __init__(self, use_shift: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_shift = use_shift

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1],), name="scale", initializer="normal")
        if self.use_shift:
            self.shift = self.add_weight(shape=(shape[-1],), name="shift", initializer="normal")

    def call(self, x: Any) -> Any:
        return x * self.scale + (self.shift if self.use_shift else 0.0)

    def compute_output_shape(self, shape: Any) -> Any:
        return shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "use_shift": self.use_shift}


class Stranger(keras.layers.Layer):  # type: ignore[misc]
    """Not registered with Keras at all."""

    def call(self, x: Any) -> Any:
        return 3.0 * x


def twist(graph: Any, layer: Layer, x: Any) -> Any:
    shift = layer.weight("shift")
    y = graph.map(X * Y, x, layer.weight("scale", shape=x.shape[-1:]))
    return y if shift is None else graph.map(X + Y, y, shift)


def model(*layers: Any) -> keras.Model:
    return keras.Sequential([keras.Input((3,)), *layers], name="own")


def same_as_keras(made: keras.Model, source: Any) -> None:
    x = np.random.default_rng(0).normal(size=(4, *made.input_shape[1:]))
    network = read(source)
    (name,) = (t.layer for t in network.graph.inputs)
    (found,) = network.graph.evaluate({name: x}).values()
    np.testing.assert_allclose(found, np.asarray(made(x)), rtol=1e-5, atol=1e-6)


# -- registering


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("use_shift", [True, False])
def test_a_converter_finds_its_layer_in_files(workshop: Path, ending: str, use_shift: bool) -> None:
    keras2sql.converts(KEY, weights="scale shift?use_shift")(twist)
    made = model(Twist(use_shift), keras.layers.Dense(2))
    made.save(workshop / f"own.{ending}")
    same_as_keras(made, workshop / f"own.{ending}")


def test_weights_may_be_a_function_of_the_config(workshop: Path) -> None:
    def names(config: Any) -> str:
        return "scale shift" if config["use_shift"] else "scale"

    keras2sql.converts(KEY, weights=names)(twist)
    for use_shift in (True, False):
        made = model(Twist(use_shift))
        same_as_keras(made, made)


def test_a_class_without_a_package_goes_by_its_module(workshop: Path) -> None:
    made = model(Stranger(name="odd"))
    with pytest.raises(keras2sql.UnsupportedLayerError) as caught:
        read(made)
    (key,) = re.findall(r"register a converter for '(.*?)'", str(caught.value))
    assert key == f"{Stranger.__module__}>Stranger"
    keras2sql.converts(key)(lambda graph, layer, x: graph.map(3.0 * X, x))
    same_as_keras(made, made)


def test_a_converter_works_inside_wrappers(workshop: Path) -> None:
    keras2sql.converts(KEY, weights="scale shift?use_shift")(twist)
    layers = [keras.Input((2, 3)), keras.layers.TimeDistributed(Twist())]
    made = keras.Sequential(layers)
    same_as_keras(made, made)


def test_a_converter_may_hand_several_tensors_back(workshop: Path) -> None:
    @keras2sql.converts(KEY, weights="scale shift")
    def both(graph: Any, layer: Layer, x: Any) -> Any:
        return [twist(graph, layer, x)]

    made = model(Twist())
    same_as_keras(made, made)


def test_what_has_a_converter_is_not_replaced_by_accident(workshop: Path) -> None:
    with pytest.raises(keras2sql.InputError, match=r"'Dense' has a converter already.*replace"):
        keras2sql.converts("Dense")(twist)
    keras2sql.converts(KEY)(twist)

    def other(graph: Any, layer: Layer, x: Any) -> Any:
        return x

    with pytest.raises(keras2sql.InputError, match=r"test_plugins\.twist; pass replace"):
        keras2sql.converts("plugins_test>New", KEY)(other)
    assert "plugins_test>New" not in REGISTRY
    keras2sql.converts(KEY)(twist)  # a notebook's cell, run again
    keras2sql.converts(KEY, replace=True)(other)
    with pytest.raises(keras2sql.InputError, match="other; pass replace=True"):
        keras2sql.converts(KEY)(twist)


def test_a_layer_of_keras_is_replaced_on_demand(workshop: Path) -> None:
    made = model(keras.layers.Dense(2, name="tenfold"))
    (before,) = read(made).graph.evaluate({"input": np.ones((1, 3))} | _named(made)).values()

    @keras2sql.converts("Dense", weights="kernel bias", replace=True)
    def tenfold(graph: Any, layer: Layer, x: Any) -> Any:
        return graph.map(10.0 * X, graph.contract(x, layer.weight("kernel")))

    (after,) = read(made).graph.evaluate(_named(made)).values()
    np.testing.assert_allclose(after, 10 * before)


def _named(made: keras.Model) -> dict[str, Any]:
    return {t.layer: np.ones((1, *t.shape)) for t in read(made).graph.inputs}


def test_converts_takes_names() -> None:
    for wrong in ((), (twist,), ("",)):
        with pytest.raises(keras2sql.InputError, match=r"takes the names of the classes"):
            keras2sql.converts(*wrong)


# -- what converters do wrong


def nothing(graph: Any, layer: Layer, x: Any) -> Any:
    graph.map(X, x)


def fails(graph: Any, layer: Layer, x: Any) -> Any:
    return layer.config["no_such_option"]


def misshapen(graph: Any, layer: Layer, x: Any) -> Any:
    return graph.map(X + Y, x, np.ones(7))


@pytest.mark.parametrize(
    ("convert", "said"),
    [
        (nothing, "test_plugins.nothing returned NoneType, not a tensor of the graph"),
        (lambda graph, layer, x: np.ones(3), "returned ndarray, not a tensor"),
        (lambda graph, layer, x: [], "returned a list of nothing"),
        (lambda graph, layer, x: [x, 1.0], "returned a list of Tensor, float"),
        (lambda graph: graph, "failed: TypeError"),
        (fails, "test_plugins.fails failed: KeyError: 'no_such_option'"),
        (misshapen, "failed: ShapeError: shapes (3,), (7,) do not broadcast"),
        (lambda graph, layer, x: graph.map(call("nope", X), x), "failed: KeyError: 'nope'"),
    ],
)
def test_a_failing_converter_is_named_with_its_layer(
    workshop: Path, convert: Callable[..., Any], said: str
) -> None:
    keras2sql.converts(KEY, weights="scale shift?use_shift")(convert)
    with pytest.raises(keras2sql.ConverterError) as caught:
        read(model(keras.layers.Dense(3), Twist(name="bent")))
    assert str(caught.value).startswith(f"bent ({KEY}): its converter ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("weights", [lambda config: config["x"], lambda config: None, 7])
def test_a_failing_declaration_of_weights_is_named(workshop: Path, weights: Any) -> None:
    keras2sql.converts(KEY, weights=weights)(twist)
    with pytest.raises(keras2sql.ConverterError, match=r"bent \(plugins_test>Twist\): weights="):
        read(model(Twist(name="bent")))


def test_a_wrong_number_of_weights_is_told(workshop: Path) -> None:
    keras2sql.converts(KEY, weights="scale")(twist)
    with pytest.raises(keras2sql.ModelFileError, match=r"2 weights in the file, not 1 \(scale\)"):
        read(model(Twist(name="bent")))


def test_a_wrong_shape_of_weights_is_told(workshop: Path) -> None:
    @keras2sql.converts(KEY, weights="scale shift")
    def square(graph: Any, layer: Layer, x: Any) -> Any:
        return graph.contract(x, layer.weight("scale", shape=(3, 3)))

    with pytest.raises(keras2sql.ModelFileError, match=r"'scale' has the shape \(3,\)"):
        read(model(Twist(name="bent")))


def test_a_converter_refuses_beside_other_unsupported_layers(workshop: Path) -> None:
    @keras2sql.converts(KEY, weights="scale shift")
    def picky(graph: Any, layer: Layer, x: Any) -> Any:
        raise keras2sql.Refused("not on a Monday")

    made = model(Twist(name="a"), Stranger(name="b"))
    with pytest.raises(keras2sql.UnsupportedLayerError) as caught:
        read(made)
    assert ("a", "Twist", "not on a Monday") in caught.value.layers
    assert [path for path, _, _ in caught.value.layers] == ["a", "b"]


# -- the command line


@pytest.fixture
def saved(workshop: Path) -> Path:
    """The files of the documentation's example, its model saved."""
    for text in re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S):
        if named := re.match(r"# (\w+\.py)\n", text):
            (workshop / named[1]).write_text(text, encoding="utf-8")
    import my_package  # type: ignore[import-not-found]

    layers = [keras.Input((3,)), my_package.Swirl(4, 0.5), keras.layers.Dense(2)]
    keras.Sequential(layers).save(workshop / "swirl.keras")
    return workshop


CONVERT = ["convert", "swirl.keras", "--dialect", "duckdb", "--table", "t", "--key", "id"]


def test_a_plugin_converts_without_keras_or_the_layer(saved: Path) -> None:
    """In a process of its own, as a user's shell runs it."""
    (saved / "my_package.py").unlink()
    code = (
        "import sys; from keras2sql.cli.app import app\n"
        "try: app()\n"
        "finally: assert not {'keras', 'my_package'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, *CONVERT, "--plugin", "my_package_sql"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=saved)
    assert done.returncode == 0, done.stderr
    assert "sin(" in done.stdout


def test_without_the_plugin_the_layer_is_unsupported(saved: Path) -> None:
    done = CliRunner().invoke(app, CONVERT)
    assert done.exit_code == 2
    assert "register a converter for 'my_package>Swirl'" in done.stderr
    inspected = CliRunner().invoke(app, ["inspect", "swirl.keras", "--plugin", "my_package_sql"])
    assert inspected.exit_code == 0
    assert "my_package>Swirl" not in inspected.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_such_module", "--plugin no_such_module: no such module, neither in "),
        ("no_such.module", "--plugin no_such.module: no such module"),
        ("my_package_sql.py", "takes the name of a module"),
        ("./my_package_sql", "takes the name of a module"),
        ("broken", "--plugin broken: importing it failed: ZeroDivisionError: division by zero"),
        ("lacking", "importing it failed: ModuleNotFoundError: No module named 'not_there'"),
        ("clashing", "--plugin clashing: 'Dense' has a converter already"),
    ],
)
def test_a_plugin_that_does_not_import_is_one_line(saved: Path, name: str, said: str) -> None:
    (saved / "broken.py").write_text("1 / 0\n")
    (saved / "lacking.py").write_text("import not_there\n")
    (saved / "clashing.py").write_text(
        "import keras2sql\n@keras2sql.converts('Dense')\ndef dense(graph, layer, x): return x\n"
    )
    done = CliRunner().invoke(app, [*CONVERT, "--plugin", name])
    assert (done.exit_code, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert str(saved) not in sys.path[1:]


def test_every_verb_that_reads_a_model_takes_plugins() -> None:
    for verb in ("convert", "predict", "verify", "inspect"):
        assert "--plugin" in CliRunner().invoke(app, [verb, "--help"]).stdout
