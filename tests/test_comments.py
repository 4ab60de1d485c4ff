"""What the comments above the steps of a statement say, and that they are nothing but comments."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

import keras2sql
from golden import networks
from keras2sql import api
from keras2sql.graph.about import About
from keras2sql.graph.core import Builder
from keras2sql.graph.simplify import simplify
from keras2sql.layers.description import plain

HOSTILE = 'Dense 2\n; DROP TABLE rides; -- */ /* {{ x }} {% y %} it\'s "q" ? :p %s \\\r\x00\u2028'


def _comments(query: str) -> list[str]:
    _, *rest = re.split(r"^WITH.*$", query, maxsplit=1, flags=re.M)
    return [line[3:] for line in "".join(rest).splitlines() if line.startswith("-- ")]


def _convolution() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(2, 2),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2, strides=1),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def _recurrent() -> keras.Model:
    inner = layers.Bidirectional(layers.GRU(2), name="both")
    return keras.Sequential(
        [keras.Input((3, 2)), layers.LSTM(4, return_sequences=True), inner, layers.Dense(1)]
    )


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgresql", "mssql"])
def test_each_layer_is_told_once_in_columns(dialect: str) -> None:
    names = [f"f{i}" for i in range(16)]
    query = keras2sql.convert(_convolution(), dialect, "t", "id", names, strategy="columns").query
    told = [line for line in _comments(query) if "held within" not in line]
    assert sum("Conv2D 2, 2 x 2; BatchNormalization folded in" in line for line in told) == 1
    for layer in ("Rescaling", "Conv2D 2, 2 x 2", "MaxPooling2D, 2 x 2", "Dense 3, softmax"):
        assert "; ".join(told).count(layer) == 1
    assert all(len(line) <= 200 for line in query.splitlines())


@pytest.mark.parametrize("strategy", ["columns", "arrays", "rows"])
def test_each_direction_of_a_recurrence_is_told(strategy: str) -> None:
    names = [f"f{i}" for i in range(6)]
    query = keras2sql.convert(_recurrent(), "duckdb", "t", "id", names, strategy=strategy).query
    told = "; ".join(_comments(query))
    for layer in ("LSTM 4, forwards", "GRU 2, forwards", "GRU 2, backwards", "Dense 1"):
        assert told.count(layer) == 1


def test_a_layer_whose_work_is_done_by_another_is_told_there() -> None:
    g = Builder()
    x = g.input("x", (2,))
    with g.at("scale"):
        y = g.map(networks.X * 2.0, x)
    with g.at("dense"):
        y = g.contract(y, np.ones((2, 3)))
    with g.at("norm"):
        y = g.map(networks.X + 1.0, y)
    for path, said in (("scale", "Rescaling"), ("dense", "Dense 3"), ("norm", "Normalization")):
        g.described[path] = said
    about = simplify(g.graph([x], {"y": y})).about
    assert about.layer("dense") == "Dense 3; Rescaling and Normalization folded in"
    assert about.layer("dense_step_2") == ""
    assert about.whole("dense_step_2") == "dense"


def test_an_estimator_is_told() -> None:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x = np.random.default_rng(5).normal(size=(40, 2))
    forest = make_pipeline(StandardScaler(), RandomForestRegressor(4, max_depth=2)).fit(x, x[:, 0])
    told = "; ".join(_comments(keras2sql.convert(forest, "duckdb", "t", "id", ["a", "b"]).query))
    assert "RandomForestRegressor, 4 trees" in told
    assert "StandardScaler" in told


def _taxi(said: str) -> tuple[Any, dict[str, Any]]:
    model, options = networks.taxi()
    notes = dict.fromkeys(model.graph.about.notes, said)
    return replace(model, graph=replace(model.graph, about=About(notes))), options


@pytest.mark.parametrize("strategy", ["columns", "arrays", "rows"])
def test_a_hostile_text_stays_a_comment(strategy: str) -> None:
    import duckdb

    (plainly, options), (hostile, _) = _taxi(""), _taxi(HOSTILE)
    rows = pd.DataFrame({"driver": [1, 1], "ride": [1, 2], "zone_id": [3, 4], "miles": [1.0, 2.0]})
    rows["minutes"] = [2.0, 5.0]
    with duckdb.connect() as database:
        database.execute("CREATE TABLE rides AS SELECT * FROM rows")
        found = []
        for model in (plainly, hostile):
            program = api.program(model, "duckdb", **options, name="taxi", strategy=strategy)
            found.append(program.run(database))
            bare = [line for line in program.query.splitlines() if not line.startswith("-- ")]
            found[-1].attrs = {"bare": bare}
        assert found[0].attrs == found[1].attrs
        pd.testing.assert_frame_equal(*found)
        assert "it's" in program.query


@pytest.mark.parametrize("name", ["a\nb", "a--b", "*/ x", "{{ x }}", "it's", "?", ":p", "%s", "\\"])
def test_a_name_in_a_comment_has_nothing_that_drivers_read(name: str) -> None:
    assert not re.search(r"[^\w .,/()+=-]|--", plain(f"Layer{name}"))


@pytest.mark.parametrize(
    ("dialect", "spelling", "why"),
    [
        ("postgresql", "OFFSET '0'", "keeps a step from being written into its readers"),
        ("postgresql", "1e-84", "makes 0 of what is below 1e-100"),
        ("postgresql", ", 230)", "exp() ends at exp(230)"),
        ("sqlite", "WHERE 0", "united with no row"),
        ("mariadb", "WHERE 1 = 0", "united with no row"),
        ("mssql", "FETCH NEXT 9", "FETCH NEXT of all rows"),
        ("redshift", "OFFSET 0", "OFFSET 0 keeps a step"),
    ],
)
def test_a_trick_is_told_once_where_it_comes_first(dialect: str, spelling: str, why: str) -> None:
    query = networks.golden("iris", dialect).query
    assert query.count(f"{why}") == 1
    told = next(line for line in query.splitlines() if why in line)
    assert told.startswith("-- ")
    lines = [line for line in query.splitlines() if not line.startswith("-- ")]
    before = query[: query.index(told)].splitlines()
    bare = [line for line in before if not line.startswith("-- ")]
    assert not any(spelling in line for line in bare)
    assert any(spelling in line for line in lines)
