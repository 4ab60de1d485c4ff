"""The drawing of a network: its layers and connections are all there, apart, and no markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers as L
from typer.testing import CliRunner

import keras2sql
from html_page import Page
from keras2sql import picture
from keras2sql.cli.app import app
from keras2sql.report import Box, network

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</title><!-- \"a\" 'b' & ]]> \x07\u202e"


def branching() -> Any:
    """Two inputs, a nested model that is called twice, and two outputs."""
    a, b = keras.Input((6,), name="a"), keras.Input((8,), name="b")
    block = keras.Sequential([keras.Input((8,)), L.Dense(8, name="in")], name="block")
    left = L.Dense(8, name="left")(a)
    both = L.Add(name="both")([left, block(left)])
    joined = L.Concatenate(name="joined")([both, block(b)])
    return keras.Model([a, b], [L.Dense(3, name="kind")(joined), L.Dense(1, name="size")(both)])


SOURCES = {
    "a": set(),
    "b": set(),
    "left": {"a"},
    "block/in": {"left", "b"},
    "both": {"left", "block/in"},
    "joined": {"both", "block/in"},
    "kind": {"joined"},
    "size": {"both"},
}


def test_sources_of_a_branching_network() -> None:
    found = keras2sql.inspect(branching())
    assert {one.path: set(one.sources) for one in found.layers} == SOURCES


def test_sources_go_through_a_model_of_several_outputs() -> None:
    x = keras.Input((4,), name="x")
    inner = keras.Model(x, [L.Dense(2, name="one")(x), L.Dense(3, name="two")(x)], name="inner")
    y = keras.Input((4,), name="y")
    one, two = inner(y)
    model = keras.Model(y, [L.Dense(1, name="left")(one), L.Dense(1, name="right")(two)])
    found = {one.path: one.sources for one in keras2sql.inspect(model).layers}
    assert found["left"] == ("inner/one",)
    assert found["right"] == ("inner/two",)
    assert found["inner/one"] == found["inner/two"] == ("y",)


def rectangles(text: str) -> list[tuple[float, float, float, float]]:
    sides = [[float(r.attrib[n]) for n in ("x", "y", "width", "height")] for r in boxes(text)]
    return [(x, y, x + w, y + h) for x, y, w, h in sides]


def boxes(text: str) -> list[ET.Element]:
    return list(ET.fromstring(text).iter(f"{SVG}rect"))


def texts(text: str) -> list[str]:
    return [str(one.text) for one in ET.fromstring(text).iter(f"{SVG}text")]


def lines(text: str) -> int:
    return sum("fill:none" in one.attrib["style"] for one in ET.fromstring(text).iter(f"{SVG}path"))


def deep() -> Any:
    x = given = keras.Input((8,))
    for number in range(25):
        hidden = L.Dense(8)(x)
        x = L.Add()([x, hidden]) if number % 3 else L.LayerNormalization()(hidden)
    return keras.Model(given, x)


@pytest.mark.parametrize("make", [branching, deep])
def test_every_layer_stands_apart_and_every_connection_is_drawn(make: Any) -> None:
    found = keras2sql.inspect(make())
    text = picture.svg(found.name, found.layers)
    assert text == picture.svg(found.name, found.layers)
    assert len(boxes(text)) == len(found.layers)
    assert lines(text) == sum(len(one.sources) for one in found.layers)
    for (a, b, c, d), (e, f, g, h) in combinations(rectangles(text), 2):
        assert c < e or g < a or d < f or h < b
    _, _, width, height = map(float, ET.fromstring(text).attrib["viewBox"].split())
    # What is drawn is moved into the page.
    right, bottom = (max(one[i] for one in rectangles(text)) for i in (2, 3))
    left, top = (min(one[i] for one in rectangles(text)) for i in (0, 1))
    assert right - left < width
    assert bottom - top < height


def test_shapes_and_strategies_are_told() -> None:
    program = keras2sql.convert(branching(), "duckdb", "t", "id", features=None)
    found = program.network
    text = picture.svg("x", found.layers, found.graph, program)
    assert texts(text).count("→ 8") == 4
    held = picture.strategies(program)
    assert held.pop("block_2nd/in") == held["block/in"]  # a layer that is called twice
    assert set(held) <= set(SOURCES)
    assert {"arrays", "columns"} >= set(held.values())
    assert texts(text).count("arrays") == list(held.values()).count("arrays") > 0
    rows = keras2sql.convert(branching(), "sqlite", "t", "id", strategy="rows")
    assert texts(picture.svg("x", found.layers, found.graph, rows)).count("rows") == 6


def test_names_are_no_markup() -> None:
    text = network(HOSTILE, [Box(HOSTILE, (HOSTILE,), f"unsupported: {HOSTILE}"), Box("b" * 900)])
    found = ET.fromstring(text)
    assert {one.tag.removeprefix(SVG) for one in found.iter()} == {
        *("svg", "title", "style", "g", "rect", "text")
    }
    assert texts(text)[0].startswith("<script>alert(1)")
    assert max(map(len, texts(text))) <= 40
    assert re.findall("[\x00-\x09\x0b-\x1f\u202e]", text) == []
    inside = network(HOSTILE, [Box(HOSTILE)], alone=False)
    assert set(Page(inside).names) == {"svg", "title", "g", "rect", "text"}
    assert "http" not in inside


def test_of_very_many_layers_some_are_left_out() -> None:
    chain = [Box(f"layer {i}", sources=(f"layer {i - 1}",)) for i in range(5_000)]
    text = network("chain", chain)
    assert len(boxes(text)) == 301
    assert lines(text) == 300
    assert "4,700 more layers" in texts(text)


def test_steps_of_a_pipeline_are_connected_as_they_compute() -> None:
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    parts = [("a", StandardScaler(), [0, 1]), ("b", "passthrough", [2])]
    x = np.random.default_rng(0).random((20, 3))
    model = make_pipeline(ColumnTransformer(parts), LinearRegression()).fit(x, x.sum(axis=1))
    network = keras2sql.convert(model, "duckdb", "t", "id").network
    text = picture.svg("p", network.layers, network.graph)
    assert len(boxes(text)) == 3
    assert lines(text) == 3  # the last column goes by


def test_what_puts_several_together_comes_last() -> None:
    import numpy as np
    from sklearn.ensemble import VotingRegressor
    from sklearn.linear_model import LinearRegression
    from sklearn.tree import DecisionTreeRegressor

    x = np.random.default_rng(0).random((20, 3))
    parts = [("line", LinearRegression()), ("tree", DecisionTreeRegressor(max_depth=2))]
    model = VotingRegressor(parts).fit(x, x.sum(axis=1))
    network = keras2sql.convert(model, "duckdb", "t", "id").network
    text = picture.svg("v", network.layers, network.graph)
    assert [one for one in texts(text) if one in ("line", "tree", "votingregressor")] == [
        *("line", "tree", "votingregressor")
    ]
    assert lines(text) == 4


def test_the_command(workshop: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["demo", "--export", "demo"]).exit_code == 0
    done = run(app, ["inspect", "demo/iris.keras", "-d", "duckdb", "--svg", "iris.svg"])
    assert done.exit_code == 0, done.stderr
    assert done.stderr == "wrote iris.svg\n"
    text = Path("iris.svg").read_text(encoding="utf-8")
    assert len(boxes(text)) == 5
    assert "arrays" in texts(text)
    wrong = run(app, ["inspect", "demo/iris.keras", "--svg", "iris.png"])
    assert wrong.exit_code == 2
    assert "a drawing is an .svg file" in wrong.stderr


def test_what_is_unsupported_is_drawn_too(workshop: Path) -> None:
    x = keras.Input((3,))
    hidden = L.Lambda(lambda v: v * 2, name="double")(x)
    keras.Model(x, L.Dense(2, name="end")(hidden)).save("lambda.keras")
    done = CliRunner().invoke(app, ["inspect", "lambda.keras", "--svg", "lambda.svg"])
    assert done.exit_code == 0, done.stderr
    text = Path("lambda.svg").read_text(encoding="utf-8")
    assert any(one.startswith("unsupported: ") for one in texts(text))
    assert lines(text) == 2
