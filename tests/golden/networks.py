"""The networks of the golden files, small enough to be read, and what they are converted with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import keras2sql
from keras2sql import api
from keras2sql.graph.about import About
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import Arg, X, Y, call, maximum, sigmoid, sqrt
from keras2sql.graph.functions import AXIS_ACTIVATIONS
from keras2sql.program import Program
from keras2sql.read.network import LayerInfo, Network

FOLDER = Path(__file__).parent
DIALECTS = ("duckdb", "sqlite", "postgresql")
NOT_STARTED = ("mssql", "oracle", "snowflake", "redshift", "cockroachdb", "mysql", "trino")
NOT_STARTED += ("db2", "teradata", "impala")
OTHERS = {"firebird": ("iris", "taxi"), "googlesql": ("iris", "taxi")}
OTHERS["hive"] = OTHERS["hsqldb"] = OTHERS["monetdb"] = ("iris", "taxi", "signal", "turbine")
OTHERS["oceanbase"] = ("iris", "signal", "turbine")
OTHERS |= dict.fromkeys(NOT_STARTED, ("iris", "signal", "turbine"))
"""Networks of which other databases have a file."""
IRIS = Path(keras2sql.__file__).parent / "demo" / "iris.keras"


def _network(name: str, graph: Graph, *layers: tuple[str, str], **known: Any) -> Network:
    """Of each layer its path and what it is: its class, and what else is to be said of it."""
    infos = tuple(LayerInfo(path, said.split()[0].strip(","), None, 0) for path, said in layers)
    told = replace(graph, about=About(dict(layers)))
    return Network(graph=told, name=name, layers=infos, keras=(3, 15), **known)


def iris() -> tuple[Any, dict[str, Any]]:
    """The model of the demo."""
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    return IRIS, {
        "table": "iris", "key": "id", "features": names,
        "labels": ["setosa", "versicolor", "virginica"],
    }  # fmt: skip


def loan() -> tuple[Any, dict[str, Any]]:
    """One sigmoid unit, which decides between two labels."""
    g = Builder()
    x = g.input("applicant", (3,))
    with g.at("risk"):
        logit = g.contract(x, np.array([[0.5], [-1.25], [0.0]]), np.array([0.125]))
        risk = g.map(sigmoid(X), logit)
    network = _network("loan", Graph((x,), {"risk": risk}), ("applicant", "InputLayer"),
                       ("risk", "Dense 1, sigmoid"))  # fmt: skip
    return network, {
        "table": "bank.applicants", "key": "id", "features": ["Debt", "income", "age"],
        "labels": ["repaid", "default"], "passthrough": ["name"],
    }  # fmt: skip


def taxi() -> tuple[Any, dict[str, Any]]:
    """An embedding and numbers beside it, as two inputs; one target."""
    g = Builder()
    zone, ride = g.input("zone", (1,), "int"), g.input("ride", (2,))
    rows = np.round(np.sin(np.arange(20.0)), 2).reshape(10, 2)
    with g.at("zone_vector"):
        vector = g.reshape(g.lookup(rows, zone), (2,))
    with g.at("both"):
        both = g.join([vector, ride], 0)
    with g.at("hidden"):
        kernel = np.array([[1.0, -0.5], [0.25, 2.0], [-1.5, 0.75], [0.5, 0.0]])
        hidden = g.map(maximum(X, 0.0), g.contract(both, kernel, np.array([0.0, 0.5])))
    with g.at("fare"):
        fare = g.contract(hidden, np.array([[3.0], [1.5]]), np.array([2.5]))
    layers = [("zone", "InputLayer"), ("ride", "InputLayer"),
              ("zone_vector", "Embedding 10 x 2"), ("both", "Concatenate"),
              ("hidden", "Dense 2, relu"), ("fare", "Dense 1")]  # fmt: skip
    return _network("taxi", Graph((zone, ride), {"fare": fare}), *layers), {
        "table": "rides", "key": ["driver", "ride"],
        "features": {"zone": ["zone_id"], "ride": ["miles", "minutes"]},
    }  # fmt: skip


def weather() -> tuple[Any, dict[str, Any]]:
    """A regressor of two targets, with normalisation before and behind, and a layer's norm."""
    g = Builder()
    x = g.input("station", (2,))
    with g.at("normalization"):
        scaled = g.map((X - Y) * 0.5, x, np.array([10.0, 1000.0]))
    with g.at("dense"):
        kernel = np.array([[1.0, -1.0, 0.5], [0.5, 2.0, -0.25]])
        y = g.contract(scaled, kernel, np.array([0.5, 0.0, 1.0]))
    with g.at("batch_normalization"):
        y = g.map(X * Y + 0.25, y, np.array([2.0, 1.0, 0.5]))
    with g.at("layer_normalization"):
        mean = g.reduce("mean", y, 0, keepdims=True)
        centred = g.map(X - Y, y, mean)
        variance = g.reduce("mean", g.map(X * X, centred), 0, keepdims=True)
        y = g.map(X / sqrt(Y + 0.001), centred, variance)
    with g.at("forecast"):
        out = g.contract(y, np.array([[1.0, 0.5], [-1.0, 0.25], [2.0, 0.0]]), np.array([0.0, 1.0]))
    layers = [("station", "InputLayer"), ("normalization", "Normalization"), ("dense", "Dense 3"),
              ("batch_normalization", "BatchNormalization"),
              ("layer_normalization", "LayerNormalization"), ("forecast", "Dense 2")]  # fmt: skip
    network = _network("weather", Graph((x,), {"forecast": out}), *layers, task="regressor")
    return network, {
        "table": "(SELECT * FROM readings WHERE day = 1)", "key": "Station",
        "features": ["temperature", "pressure"],
    }  # fmt: skip


def signal() -> tuple[Any, dict[str, Any]]:
    """A convolution over five samples, its maxima, and labels that are hard to write."""
    g = Builder()
    x = g.input("samples", (5,))
    with g.at("conv"):
        windows = g.take(x, np.arange(3)[:, None] + np.arange(3))
        kernel = np.array([[0.5, -1.0], [1.0, 0.25], [-0.5, 2.0]])
        conv = g.map(maximum(X, 0.0), g.contract(windows, kernel, np.array([0.125, -0.5])))
    with g.at("max"):
        greatest = g.reduce("max", conv, 0)
    with g.at("kind"):
        kernel = np.array([[1.5, -0.5, 0.25], [-1.0, 0.75, 0.5]])
        kind = AXIS_ACTIVATIONS["softmax"](
            g, g.contract(greatest, kernel, np.array([0.0, 1.0, 2.0]))
        )
    layers = [("samples", "InputLayer"), ("conv", "Conv1D 2, 3, relu"),
              ("max", "GlobalMaxPooling1D"), ("kind", "Dense 3, softmax")]  # fmt: skip
    return _network("signal", Graph((x,), {"kind": kind}), *layers), {
        "table": "signals", "key": "id", "features": [f"s{i}" for i in range(5)],
        "labels": ["it's", "back\\slash", "plain"],
    }  # fmt: skip


def turbine() -> tuple[Any, dict[str, Any]]:
    """An LSTM of one unit over three readings of two sensors, and a forecast."""
    g = Builder()
    x = g.input("readings", (3, 2))
    kernel = np.round(np.sin(np.arange(12.0)), 2).reshape(3, 4)
    h, c = g.constant(np.zeros(1)), g.constant(np.zeros(1))
    with g.at("mem"):
        for step in range(3):
            reading = g.take(x, np.array([2 * step, 2 * step + 1]))
            gates = g.contract(g.join([reading, h], 0), kernel, np.array([0.0, 1.0, 0.0, 0.0]))
            i, f, z, o = (g.take(gates, np.array([place])) for place in range(4))
            c = g.map(sigmoid(X) * Y, f, c)
            c = g.map(X + sigmoid(Y) * call("tanh", Arg(2)), c, i, z)
            h = g.map(sigmoid(X) * call("tanh", Y), o, c)
    with g.at("power"):
        power = g.contract(h, np.array([[2.5]]), np.array([1.0]))
    layers = [("readings", "InputLayer"), ("mem", "LSTM 1, forwards"), ("power", "Dense 1")]
    names = [f"{sensor}_{step}" for step in range(3) for sensor in ("wind", "load")]
    return _network("turbine", Graph((x,), {"power": power}), *layers), {
        "table": "turbines", "key": "id", "features": names,
    }  # fmt: skip


NETWORKS: dict[str, Callable[[], tuple[Any, dict[str, Any]]]] = {
    "iris": iris,
    "loan": loan,
    "taxi": taxi,
    "weather": weather,
}
SMALL = {"signal": signal, "turbine": turbine}
"""Of which only databases that the tests can't start have a file."""


FILES = [(name, dialect) for name in NETWORKS for dialect in DIALECTS]
FILES += [(name, dialect) for dialect, names in OTHERS.items() for name in names]


def golden(name: str, dialect: str) -> Program:
    """The program whose query is a golden file."""
    model, options = (NETWORKS | SMALL)[name]()
    if isinstance(model, Path):
        return keras2sql.convert(model, dialect, **options)
    return api.program(model, dialect, **options, name=name)


def texts() -> Iterator[tuple[Path, str]]:
    """Every golden file, and what it should hold."""
    for name, dialect in FILES:
        yield FOLDER / f"{name}.{dialect}.sql", golden(name, dialect).query + ";\n"
