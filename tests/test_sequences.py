"""Long tables, a row per key and time step, in three databases."""

from __future__ import annotations

import functools
import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql import Sequence
from keras2sql.engines import Engine
from keras2sql.errors import InputError
from keras2sql.verification import verify_program
from layers.build import double_precision, randomize
from long_tables import CASES, LONGEST, close, fed, long_table, network
from once import convert

L = keras.layers
Load = Callable[[Engine, str, pd.DataFrame], None]
NUMBERS = Sequence(["a", "b"], "t")
TOKENS = Sequence(["token"], "t")


def columns(case: str) -> Sequence:
    return TOKENS if CASES[case].tokens else NUMBERS


@dataclass(frozen=True, eq=False)
class Known:
    """A network with an open time axis, and what Keras says behind every step of every key.

    As these networks look back only, what they say behind a step is what they would say of
    the sequence that ends with it.
    """

    last: Any
    every: Any
    frame: pd.DataFrame
    answers: np.ndarray


@functools.cache
def known(case: str) -> Known:
    frame = long_table(CASES[case])
    with double_precision():
        every = network(CASES[case], None, every=True)
        last = network(CASES[case], None, every=False)
        last.set_weights(every.get_weights())
        x, lengths = fed(CASES[case], frame)
        found = np.asarray(every(x, training=False))
    assert found.dtype == np.float64
    return Known(last, every, frame, found[np.arange(LONGEST) < lengths[:, None]])


def run(engine: Engine, model: Any, features: Sequence, **options: Any) -> pd.DataFrame:
    """What the database says, in the order of key and step."""
    given = {"table": "long table", "key": "k", **options}
    program = convert(model, engine.dialect_name, features=features, **given)
    found = program.run(engine)
    assert list(found.columns) == program.columns
    order = [c for c in found.columns if c in ("k", "k2", "t")]
    return found.sort_values(order, ignore_index=True)


def numbers(found: pd.DataFrame) -> np.ndarray:
    """The prediction columns."""
    return found.drop(columns=["k", "k2", "t", "note"], errors="ignore").to_numpy(float)


# -- the layers


@pytest.mark.parametrize("case", CASES)
def test_every_step_and_the_last(case: str, engine: Engine, load_table: Load) -> None:
    """Sequences of 1 to 8 steps, texts as keys, gaps in the order, rows in disorder."""
    one = known(case)
    load_table(engine, "long table", one.frame.sample(frac=1, random_state=4))
    found = run(engine, one.every, columns(case))
    assert found["k"].tolist() == one.frame["k"].tolist()
    assert found["t"].tolist() == one.frame["t"].tolist()
    close(numbers(found), one.answers)
    found = run(engine, one.last, columns(case))
    ends = one.frame.reset_index(drop=True).groupby("k").tail(1)
    assert found["k"].tolist() == ends["k"].tolist()
    close(numbers(found), one.answers[ends.index])


@pytest.mark.parametrize("case", [c for c in CASES if CASES[c].padding is not None])
def test_shorter_than_a_fixed_axis(case: str, engine: Engine, load_table: Load) -> None:
    one = known(case)
    load_table(engine, "long table", one.frame)
    ends = one.frame.reset_index(drop=True).groupby("k").tail(1).index
    for every, wanted in ((True, one.answers), (False, one.answers[ends])):
        with double_precision():
            found = run(engine, of_fixed_length(case, every), columns(case))
        close(numbers(found), wanted)


@functools.cache
def of_fixed_length(case: str, every: bool) -> Any:
    """The same network for up to as many steps as the longest sequence has."""
    fixed = network(CASES[case], LONGEST, every)
    fixed.set_weights(known(case).every.get_weights())
    return fixed


FORGETFUL = {
    "a layer that drops the mask": lambda: [L.Masking(-1.0), L.Conv1D(3, 1), L.GRU(3)],
    "both directions": lambda: [L.Masking(-1.0), L.Bidirectional(L.LSTM(2)), L.Dense(2)],
    "windows": lambda: [L.Conv1D(3, 2), L.Flatten(), L.Dense(2)],
    "as many units as steps": lambda: [L.LSTM(5)],
}


@pytest.mark.parametrize("name", FORGETFUL)
def test_a_fixed_axis_against_keras(name: str, engine: Engine, load_table: Load) -> None:
    """Masked ones with sequences of all lengths; verify fills them up for Keras."""
    with double_precision():
        layers = FORGETFUL[name]()
    frame = long_table(CASES["LSTM"])
    frame = frame[frame.groupby("k").cumcount() < 5]
    if not isinstance(layers[0], L.Masking):
        frame = frame[frame.groupby("k")["t"].transform("size") == 5]
    load_table(engine, "long table", frame)
    with double_precision():
        model = keras.Sequential([keras.Input((5, 2)), *layers])
        randomize(model, np.random.default_rng(1))
        report = keras2sql.verify(model, engine, table="long table", key="k", features=NUMBERS)
    assert report.ok, f"\n{report}"
    assert report.source.endswith("float64")
    assert report.rows == frame["k"].nunique()
    assert report.sequences == (frame["k"].nunique(), len(frame))


@pytest.mark.parametrize("every", [False, True])
def test_verify_of_an_open_axis(every: bool, engine: Engine, load_table: Load) -> None:
    one = known("LSTM")
    frame = one.frame.copy()
    frame.loc[frame.groupby("k").cumcount() == 2, "b"] = math.nan
    frame = frame[~frame["k"].isin(frame["k"].unique()[7:])]
    load_table(engine, "long table", frame)
    options: dict[str, Any] = {"table": "long table", "key": "k", "features": NUMBERS}
    model = one.every if every else one.last
    with double_precision():
        report = keras2sql.verify(model, engine, rows=3, **options)
        assert report.ok, f"\n{report}"
        first = sorted(frame["k"].unique())[:3]
        steps = int(frame["k"].isin(first).sum())
        assert report.sequences == (3, steps)
        assert report.rows == (steps if every else 3)
        other = keras.models.clone_model(model)
        other.set_weights([w + 1e-6 for w in model.get_weights()])
        program = keras2sql.convert(other, engine.dialect_name, **options)
    with double_precision():
        report = verify_program(program, model, engine)
    assert not report.ok
    assert report.nulls > 0


# -- keys, orders, and what else is in the table


def test_several_keys_and_passthrough(engine: Engine, load_table: Load) -> None:
    one = known("LSTM")
    frame = one.frame.assign(k2=one.frame["k"].str.len(), k=one.frame["k"].str[:2])
    frame["note"] = "note " + frame["t"].astype(str)
    load_table(engine, "long table", frame.sample(frac=1, random_state=2))
    options = {"key": ["k2", "k"], "passthrough": ["note"]}
    found = run(engine, one.every, NUMBERS, **options)
    wanted = one.answers[np.lexsort([frame["t"], frame["k"], frame["k2"]])]
    assert list(found.columns[:4]) == ["k2", "k", "t", "note"]
    assert (found["note"] == "note " + found["t"].astype(str)).all()
    close(numbers(found), wanted)
    found = run(engine, one.last, NUMBERS, **options)
    # One row per key: what is passed through is that of its last step.
    last = frame.groupby(["k", "k2"])["note"].last()
    assert found.set_index(["k", "k2"])["note"].to_dict() == last.to_dict()


def test_timestamps_in_order(engine: Engine, load_table: Load) -> None:
    one = known("GRU")
    kind = {"sqlite": "TEXT"}.get(engine.dialect_name, "TIMESTAMP")
    stamped = "(SELECT k, a, b, CAST(stamp AS " + kind + ') AS t FROM "long table")'
    at = pd.Timestamp("2024-02-28 23:59:58.5") + pd.to_timedelta(one.frame["t"], unit="s")
    frame = one.frame.assign(stamp=at.astype(str)).drop(columns="t")
    load_table(engine, "long table", frame.sample(frac=1, random_state=3))
    found = run(engine, one.every, NUMBERS, table=stamped)
    assert pd.to_datetime(found["t"]).tolist() == at.tolist()
    close(numbers(found), one.answers)


def test_a_null_ends_what_is_known_of_a_key(engine: Engine, load_table: Load) -> None:
    one = known("LSTM")
    frame = one.frame.reset_index(drop=True)
    key = frame["k"].value_counts().index[0]
    hole = frame.index[frame["k"] == key][2]
    frame.loc[hole, "b"] = math.nan
    load_table(engine, "long table", frame)
    behind = (frame["k"] == key) & (frame.index >= hole)
    found = numbers(run(engine, one.every, NUMBERS))
    assert np.isnan(found[behind]).all()
    close(found[~behind], one.answers[~behind])
    found = run(engine, one.last, NUMBERS)
    assert np.array_equal(np.isnan(numbers(found)).any(axis=1), found["k"] == key)


def with_words(path: Path, words: list[str]) -> None:
    """Let the saved network look its ids up in words; Keras does so on TensorFlow alone."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    whole = json.loads(parts["config.json"])
    layers = whole["config"]["layers"]
    layers[0]["config"]["dtype"] = "string"
    lookup = {"name": "lookup", "vocabulary": words, "mask_token": None, "num_oov_indices": 1}
    layers.insert(1, {"module": "keras.layers", "class_name": "StringLookup", "config": lookup})
    parts["config.json"] = json.dumps(whole).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_texts_as_tokens(engine: Engine, load_table: Load, tmp_path: Path) -> None:
    words = ["the", "sea", "It's", "warm"]
    with double_precision():
        model = keras.Sequential([keras.Input((None,)), L.Embedding(5, 2), L.LSTM(3)])
        for layer in model.layers:
            randomize(layer, np.random.default_rng(1))
        model.save(tmp_path / "words.keras")
    with_words(tmp_path / "words.keras", words)
    told = {"one": ["the", "sea", "It's", "warm"], "two": ["warm"], "three": ["cold", "sea"]}
    rows = [(k, t, word) for k, text in told.items() for t, word in enumerate(text)]
    load_table(engine, "long table", pd.DataFrame(rows, columns=["k", "t", "word"]))
    found = run(engine, tmp_path / "words.keras", Sequence("word", "t")).set_index("k")
    ids = {word: i for i, word in enumerate(words, 1)}
    with double_precision():
        for key, text in told.items():
            wanted = model(np.array([[ids.get(word, 0) for word in text]]))
            close(found.loc[key].to_numpy(float), np.asarray(wanted)[0])


def test_the_program_tells_its_order() -> None:
    program = keras2sql.convert(known("LSTM").every, "duckdb", "long table", "k", features=NUMBERS)
    (features,) = program.features.values()
    assert features == ["a", "b"]
    assert program.source.order is not None
    assert (program.source.order.column, program.source.order.every) == ("t", True)
    text = program.explain()
    for said in ("any number of steps per key (k), ordered by t", "a row per step", "lstm"):
        assert said in text
    with double_precision():
        model = keras.Sequential([keras.Input((4, 2)), L.Conv1D(3, 2), L.LSTM(2)])
    text = keras2sql.convert(model, "duckdb", "t", "k", features=NUMBERS).explain()
    for said in ("4 steps per key (k), ordered by t", "a row per key", "side by side"):
        assert said in text


# -- what does not fit


def fixed(steps: int | None, *layers: Any, width: int = 2) -> Any:
    return keras.Sequential([keras.Input((steps, width)), *layers])


def products(steps: int | None) -> Any:
    x = keras.Input((steps, 2))
    return keras.Model(x, keras.ops.prod(x, axis=1))


def two_inputs() -> Any:
    inputs = [keras.Input((3, 2)), keras.Input((3, 2))]
    return keras.Model(inputs, L.LSTM(2)(L.Concatenate()(inputs)))


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "windows, open": (
        lambda: fixed(None, L.Conv1D(2, 2, padding="same"), L.GRU(2)),
        "can't be computed step by step.*its time axis is open",
    ),
    "a product over all, open": (
        lambda: products(None),
        "needs several steps together; its time axis is open",
    ),
    "width": (lambda: fixed(3, L.LSTM(2), width=3), "3 numbers per time step.*has 2 columns"),
    "two inputs": (two_inputs, "feeds one input, and the model has 2"),
    "stateful": (
        lambda: keras.Sequential([keras.Input(batch_shape=(1, 3, 2)), L.LSTM(2, stateful=True)]),
        "is stateful",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_models_that_take_no_such_sequence(name: str) -> None:
    build, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        keras2sql.convert(build(), "duckdb", "t", "k", features=NUMBERS)


def test_names_that_are_none() -> None:
    with pytest.raises(InputError, match="'' is no column name"):
        Sequence(["a", ""], "t")
    with pytest.raises(InputError, match="3 is no column name"):
        Sequence(["a"], 3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="order_by='t' is in the key"):
        keras2sql.convert(known("LSTM").last, "duckdb", "x", ["k", "t"], features=NUMBERS)


MISFITS: dict[str, tuple[Callable[[], Any], list[tuple[Any, ...]], str]] = {
    "longer": (
        lambda: fixed(2, L.Masking(), L.LSTM(2)),
        [("x", 1), ("y'z", 1), ("y'z", 2), ("y'z", 3)],
        'k="y\'z" has 3 time steps, and the model takes 2 at most',
    ),
    "shorter": (
        lambda: fixed(2, L.LSTM(2)),
        [("x", 1), ("x", 2), ("y", 1)],
        "k='y' has 1 time step, and the model takes 2 .it masks none",
    ),
    "no order": (
        lambda: fixed(None, L.LSTM(2)),
        [("x", 1), ("y", 1), ("y", None)],
        "'t' is NULL in 1 of the rows of k='y'",
    ),
    "twice": (
        lambda: fixed(None, L.LSTM(2)),
        [("x", 1), ("y", 2), ("y", 2)],
        "k='y' has several rows with the same 't'",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_keys_that_do_not_fit_are_named(name: str, engine: Engine, load_table: Load) -> None:
    build, rows, message = MISFITS[name]
    frame = pd.DataFrame(rows, columns=["k", "t"]).assign(a=0.5, b=0.25)
    load_table(engine, "long table", frame)
    model = build()
    program = keras2sql.convert(model, engine.dialect_name, "long table", "k", features=NUMBERS)
    with pytest.raises(InputError, match=message):
        program.run(engine)
    with pytest.raises(InputError, match=message):
        keras2sql.verify(model, engine, table="long table", key="k", features=NUMBERS)
    if name in ("longer", "shorter"):  # the query alone gives NULL for these keys
        found = engine.query(program.query, program.columns, session=program.dialect.session)
        assert found.set_index("k").isna().any(axis=1).to_dict() == {
            k: k != "x" for k in frame["k"]
        }
