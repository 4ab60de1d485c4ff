"""Recurrent layers in files of Keras 1 and 2, against plain numpy, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from legacy_files import called, dense, layer, source, write_pair, write_whole
from recurrences import FUNCTIONS, run, step, zeros

from keras2sql.errors import UnsupportedLayerError
from keras2sql.graph.core import Graph
from keras2sql.read import read_model
from models_2018 import GATES
from models_2018 import RECURRENT as NAMES

ROWS = 200
RECURRENT = ("SimpleRNN", "GRU", "LSTM")


def close(found: Any, wanted: Any) -> None:
    assert np.shape(found) == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


# -- models as those of 2018


def row_by_row(folder: Path, rows: np.ndarray) -> np.ndarray:
    """The answers to rows in their order, from the config and the arrays alone."""
    layers = json.loads((folder / "model.json").read_text())["config"]
    held: dict[str, list[np.ndarray]] = {}
    with h5py.File(folder / "weights.h5") as file:
        for one in layers:
            name = one["config"]["name"]
            listed = file[name].attrs["weight_names"] if name in file else []
            held[name] = [file[name][weight.decode()][()] for weight in listed]
    states: dict[str, list[np.ndarray]] = {}
    answers = []
    for x in rows:
        for one in layers:
            kind, config = one["class_name"], one["config"]
            weights = held[config["name"]]
            if kind in RECURRENT:
                before = states.get(config["name"]) or zeros(kind, weights)
                after = step(kind, config, weights, x, before)
                if config["stateful"]:
                    states[config["name"]] = after
                x = after[0]
            elif kind == "Dense":
                x = FUNCTIONS[config["activation"]](x @ weights[0] + weights[1])
            elif kind == "Activation":
                x = FUNCTIONS[config["activation"]](x)
            else:
                assert kind == "Dropout"
        answers.append(x)
    return np.array(answers)


@pytest.mark.parametrize("name", NAMES)
def test_models_of_2018(name: str, models_2018: Path) -> None:
    folder = models_2018 / name
    graph = read_model(folder / "model.json", folder / "weights.h5").graph
    (entry,) = graph.inputs
    rows = np.random.default_rng(3).normal(size=(ROWS, entry.size))
    wanted = row_by_row(folder, rows)
    (found,) = graph.evaluate({entry.layer: rows.reshape(ROWS, *entry.shape)}).values()
    assert np.isfinite(wanted).all()
    # Some states grow from row to row, and the rounding of theirs stays with those behind.
    greatest = np.maximum.accumulate(np.abs(wanted))
    assert (np.abs(found - wanted) <= 1e-12 * greatest).all()
    # A state that is carried tells in the order of the rows.
    (again,) = graph.evaluate({entry.layer: rows[::-1].reshape(ROWS, *entry.shape)}).values()
    carried = "GRU" not in folder.parent.name
    assert bool(graph.carried) == carried
    assert np.array_equal(again[::-1], found) != carried


# -- the forms of calls and of weights


def arrays(kind: str, seed: int, n: int, units: int, rows: int = 0) -> list[np.ndarray]:
    """Kernel, recurrent kernel and bias, the last with so many rows if any."""
    rng, wide = np.random.default_rng(seed), GATES[kind] * units
    shapes = ((n, wide), (units, wide), (rows, wide) if rows else (wide,))
    return [rng.normal(size=shape) for shape in shapes]


def named(prefix: str, weights: list[np.ndarray]) -> list[tuple[str, np.ndarray]]:
    names = ("kernel:0", "recurrent_kernel:0", "bias:0")
    return [(f"{prefix}/{n}", w) for n, w in zip(names, weights, strict=True)]


def sequential(*layers: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def answer(graph: Graph, *xs: np.ndarray) -> list[np.ndarray]:
    feeds = {entry.layer: x for entry, x in zip(graph.inputs, xs, strict=True)}
    return list(graph.evaluate(feeds).values())


def values(*shape: int, seed: int = 5) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).normal(size=shape))


@pytest.mark.parametrize("kind", RECURRENT)
def test_defaults_of_files_that_leave_them_out(kind: str, tmp_path: Path) -> None:
    weights = arrays(kind, 1, 2, 3)
    one = layer(kind, "r", units=3, batch_input_shape=[None, 4, 2], activation="tanh")
    graph = read_model(*write_pair(tmp_path, sequential(one), {"r": named("r/r", weights)})).graph
    x = values(5, 4, 2)
    wanted = [run(kind, {"recurrent_activation": "hard_sigmoid"}, weights, row)[0][-1] for row in x]
    close(answer(graph, x)[0], wanted)


def test_gru_with_two_rows_of_biases(tmp_path: Path) -> None:
    weights = arrays("GRU", 1, 2, 3, rows=2)
    about = {"reset_after": True, "recurrent_activation": "sigmoid"}
    one = layer("GRU", "r", units=3, batch_input_shape=[None, 4, 2], **about)
    path = write_whole(tmp_path / "m.h5", sequential(one), {"r": named("r/gru_cell", weights)})
    x = values(5, 4, 2)
    close(answer(read_model(path).graph, x)[0], [run("GRU", {}, weights, row)[0][-1] for row in x])


def test_states_among_the_inputs(tmp_path: Path) -> None:
    """A layer that is given its states is called on a list, its sequence first."""
    encoder, decoder = arrays("LSTM", 1, 2, 3), arrays("LSTM", 2, 2, 3)
    about = {"units": 3, "recurrent_activation": "sigmoid", "return_state": True}
    entries = [
        source("x", 4, 2),
        source("z", 3, 2),
        called(layer("LSTM", "encoder", **about), [["x", 0, 0, {}]]),
        called(
            layer("LSTM", "decoder", return_sequences=True, **about),
            [["z", 0, 0, {}], ["encoder", 0, 1, {}], ["encoder", 0, 2, {}]],
        ),
        called(
            layer("LSTM", "other", **about),
            [["z", 0, 0, {"initial_state": [["decoder", 0, 1], ["decoder", 0, 2]]}]],
        ),
    ]
    config = {
        "class_name": "Model",
        "config": {
            "name": "m",
            "layers": entries,
            "input_layers": [["x", 0, 0], ["z", 0, 0]],
            "output_layers": [["decoder", 0, 0], ["other", 0, 0]],
        },
    }
    held = {"x": [], "z": []}
    held |= {n: named(n, w) for n, w in (("encoder", encoder), ("decoder", decoder))}
    held["other"] = named("other", decoder)
    graph = read_model(write_whole(tmp_path / "m.h5", config, held)).graph
    x, z = values(5, 4, 2), values(5, 3, 2, seed=6)
    wanted, last = [], []
    for one, other in zip(x, z, strict=True):
        _, states = run("LSTM", {}, encoder, one)
        outputs, states = run("LSTM", {}, decoder, other, states)
        wanted.append(outputs)
        last.append(run("LSTM", {}, decoder, other, states)[0][-1])
    found = answer(graph, x, z)
    close(found[0], wanted)
    close(found[1], last)


@pytest.mark.parametrize("inside_tensorflow", [False, True])
def test_both_directions_and_hidden_steps(inside_tensorflow: bool, tmp_path: Path) -> None:
    """TensorFlow gave zeros for hidden steps before Keras itself did."""
    forward, backward = arrays("GRU", 1, 2, 2), arrays("GRU", 2, 2, 2)
    about = {"units": 2, "return_sequences": True, "name": "gru_1"}
    about |= {"time_major": False} if inside_tensorflow else {}
    inner = {"class_name": "GRU", "config": about}
    entries = [
        layer("Masking", "masking", mask_value=0.0, batch_input_shape=[None, 4, 2]),
        layer("Bidirectional", "both", layer=inner, merge_mode="concat"),
    ]
    held = [*named("both/forward_gru_1", forward), *named("both/backward_gru_1", backward)]
    pair = write_pair(tmp_path, sequential(*entries), {"masking": [], "both": held}, "2.3.0")
    x = values(3, 4, 2)
    x[0, 2] = x[1, 0] = x[1, 3] = x[2] = 0.0
    shown = (x != 0).any(axis=-1)

    def one_way(weights: list[np.ndarray], row: np.ndarray, counts: np.ndarray) -> np.ndarray:
        states, outputs = zeros("GRU", weights), []
        for one, count in zip(row, counts, strict=True):
            if count:
                states = step("GRU", {"recurrent_activation": "hard_sigmoid"}, weights, one, states)
            outputs.append(states[0] * (count or not inside_tensorflow))
        return np.array(outputs)

    wanted = [
        np.concatenate(
            [one_way(forward, row, m), one_way(backward, row[::-1], m[::-1])[::-1]], axis=-1
        )
        for row, m in zip(x, shown, strict=True)
    ]
    close(answer(read_model(*pair).graph, x)[0], wanted)


@pytest.mark.parametrize("inside_tensorflow", [False, True])
def test_steps_hidden_before_the_first_that_counts(inside_tensorflow: bool, tmp_path: Path) -> None:
    """Their outputs are the state that the layer was given; TensorFlow made them zeros."""
    weights = arrays("SimpleRNN", 1, 2, 2)
    about = {"units": 2, "return_sequences": True}
    about |= {"time_major": False} if inside_tensorflow else {}
    entries = [
        source("x", 4, 2),
        source("h", 2),
        called(layer("Masking", "masking", mask_value=0.0), [["x", 0, 0, {}]]),
        called(layer("SimpleRNN", "r", **about), [["masking", 0, 0, {}], ["h", 0, 0, {}]]),
    ]
    config = {
        "class_name": "Model",
        "config": {
            "name": "m",
            "layers": entries,
            "input_layers": [["x", 0, 0], ["h", 0, 0]],
            "output_layers": [["r", 0, 0]],
        },
    }
    held = {"x": [], "h": [], "masking": [], "r": named("r", weights)}
    graph = read_model(*write_pair(tmp_path, config, held, "2.3.0")).graph
    x, h = values(2, 4, 2), values(2, 2, seed=6)
    x[0, :2] = x[1, 0] = x[1, 2] = 0.0
    wanted = []
    for row, state in zip(x, h, strict=True):
        states, outputs = [state], []
        for one in row:
            states = step("SimpleRNN", {}, weights, one, states) if one.any() else states
            started = outputs and outputs[-1].any()
            begins = one.any() or started or not inside_tensorflow
            outputs.append(states[0] if begins else np.zeros(2))
        wanted.append(outputs)
    close(answer(graph, x, h)[0], wanted)


def test_stacked_cells(tmp_path: Path) -> None:
    weights = [arrays("LSTM", 1, 2, 3), arrays("GRU", 2, 3, 2)]
    cells = [
        {"class_name": f"{kind}Cell", "config": {"name": kind.lower(), "units": units}}
        for kind, units in (("LSTM", 3), ("GRU", 2))
    ]
    stack = {"class_name": "StackedRNNCells", "config": {"name": "stack", "cells": cells}}
    one = layer("RNN", "r", cell=stack, batch_input_shape=[None, 4, 2])
    held = [*named("r/lstm", weights[0]), *named("r/gru", weights[1])]
    graph = read_model(*write_pair(tmp_path, sequential(one), {"r": held})).graph
    x, gate = values(5, 4, 2), {"recurrent_activation": "hard_sigmoid"}
    wanted = []
    for row in x:
        between, _ = run("LSTM", gate, weights[0], row)
        wanted.append(run("GRU", gate, weights[1], between)[0][-1])
    close(answer(graph, x)[0], wanted)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
def test_both_directions_for_graphics_cards(kind: str, tmp_path: Path) -> None:
    """The biases of inputs and states apart, each gate's matrices turned."""
    gates, units, n = GATES[kind], 2, 3
    rng = np.random.default_rng(4)
    stored, plain = [], []
    for direction in ("forward", "backward"):
        kernel, recurrent = (
            rng.normal(size=(gates, n, units)),
            rng.normal(size=(gates, units, units)),
        )
        bias = rng.normal(size=(2, gates * units))
        flat = [np.hstack([m.T.reshape(m.shape) for m in part]) for part in (kernel, recurrent)]
        stored += named(f"both/{direction}_r", [*flat, bias.ravel()])
        own = bias.sum(axis=0) if kind == "LSTM" else bias
        plain.append([np.hstack(list(kernel)), np.hstack(list(recurrent)), own])
    inner = {"class_name": f"CuDNN{kind}", "config": {"name": "r", "units": units}}
    one = layer("Bidirectional", "both", layer=inner, batch_input_shape=[None, 4, n])
    one["config"]["merge_mode"] = "sum"
    graph = read_model(*write_pair(tmp_path, sequential(one), {"both": stored})).graph
    x = values(5, 4, n)
    wanted = [
        run(kind, {}, plain[0], row)[0][-1] + run(kind, {}, plain[1], row[::-1])[0][-1] for row in x
    ]
    close(answer(graph, x)[0], wanted)


@pytest.mark.parametrize(("kind", "order"), [("LSTM", "icfo"), ("GRU", "zrh")])
def test_an_array_for_each_gate(kind: str, order: str, tmp_path: Path) -> None:
    """Keras 1; since Keras 2 the gates of an LSTM stand in the order i, f, c, o."""
    weights = arrays(kind, 1, 2, 3)
    place = {"LSTM": "ifco", "GRU": "zrh"}[kind]
    held = [
        (f"r_{name}_{gate}", part[..., place.index(gate) * 3 :][..., :3])
        for gate in order
        for name, part in zip("WUb", weights, strict=True)
    ]
    about = {"inner_activation": "sigmoid", "activation": "tanh", "output_dim": 3}
    one = layer(kind, "r", batch_input_shape=[None, 4, 2], **about)
    path = write_whole(
        tmp_path / "m.h5", {"class_name": "Sequential", "config": [one]}, {"r": held}, None
    )
    x = values(5, 4, 2)
    close(answer(read_model(path).graph, x)[0], [run(kind, {}, weights, row)[0][-1] for row in x])


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"num_constants": 1}, "constants"),
        ({"time_major": True}, "time_major=True"),
        ({"reverse_state_order": True}, "reverse_state_order=True"),
        ({"stateful": True, "batch_input_shape": [32, 4, 2]}, "batches of 32 rows"),
    ],
)
def test_what_has_no_meaning_in_sql(about: dict[str, Any], reason: str, tmp_path: Path) -> None:
    config = {"units": 3, "batch_input_shape": [None, 4, 2], **about}
    one = layer("LSTM", "r", **config)
    held = {"r": named("r", arrays("LSTM", 1, 2, 3)), "d": []}
    held["d"] = [("d/kernel:0", np.ones((3, 1))), ("d/bias:0", np.ones(1))]
    pair = write_pair(tmp_path, sequential(one, dense("d", 1)), held)
    with pytest.raises(UnsupportedLayerError, match=reason):
        read_model(*pair)
