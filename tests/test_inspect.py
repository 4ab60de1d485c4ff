"""`inspect`: what a model is, and how one whose length is open converts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import keras
import pytest
from keras import layers as L
from typer.testing import CliRunner

import keras2sql
from keras2sql.cli.app import app
from keras2sql.errors import InputError


def chain(shape: tuple[int | None, ...], *layers: Any) -> Any:
    return keras.Sequential([keras.Input(shape, name="x"), *layers])


def text(*layers: Any) -> Any:
    embedding = L.Embedding(30, 4, mask_zero=True, name="embedding")
    return keras.Sequential([keras.Input((None,), name="x"), embedding, *layers])


def pair() -> Any:
    left, right = keras.Input((None, 2), name="left"), keras.Input((3,), name="right")
    return keras.Model([left, right], L.Dense(1)(L.Concatenate()([L.GRU(2)(left), right])))


def residual() -> Any:
    """Halved and doubled again: only even lengths meet."""
    x = keras.Input((None, 2), name="x")
    y = L.UpSampling1D(2)(L.AveragePooling1D(2)(x))
    return keras.Model(x, L.GlobalMaxPooling1D()(L.Add()([x, y])))


OPEN: dict[str, Callable[[], Any]] = {
    "gru": lambda: chain((None, 2), L.GRU(3), L.Dense(1, name="out")),
    "every step": lambda: chain((None, 2), L.LSTM(3, return_sequences=True), L.Dense(1)),
    "long windows": lambda: chain((None, 2), L.Conv1D(2, 30, padding="valid"), L.LSTM(2)),
    "mean": lambda: chain((None, 2), L.Dense(2), L.GlobalAveragePooling1D(), L.Dense(1)),
    "text": lambda: text(L.GlobalAveragePooling1D(), L.Dense(1)),
    "text, recurrent": lambda: text(L.LSTM(2), L.Dense(1)),
    "halved": residual,
    "two inputs": pair,
}


def saved(model: Any, folder: Path) -> str:
    model.save(folder / "m.keras")
    return str(folder / "m.keras")


def inspect(*args: object) -> str:
    done = CliRunner().invoke(app, ["inspect", *map(str, args)], prog_name="keras2sql")
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    return done.stdout


@pytest.mark.parametrize("name", OPEN)
def test_an_open_length_is_explained(name: str, tmp_path: Path) -> None:
    model = OPEN[name]()
    found = keras2sql.inspect(model)
    assert found.problems == []
    assert found.network is None
    (entry,) = found.open
    said = inspect(saved(model, tmp_path))
    for shown in (said, str(found)):
        assert "unsupported" not in shown.lower()
        assert f"The length of {entry} is open; the network converts with" in shown
        assert "--features" in shown
        assert re.search(r"^\S+ +InputLayer +None", shown, re.MULTILINE)
        assert "its length is open" in shown
    with pytest.raises(InputError, match="open length"):
        keras2sql.convert(model, "duckdb", "t", "k")


def test_shapes_show_what_is_open() -> None:
    found = keras2sql.inspect(OPEN["every step"]())
    assert [one.shape for one in found.layers] == [(None, 2), (None, 3), (None, 1)]
    assert list(found.outputs.values()) == [(None, 1)]
    found = keras2sql.inspect(OPEN["gru"]())
    assert [one.shape for one in found.layers] == [(None, 2), (3,), (1,)]
    assert dict(found.inputs) == {"x": (None, 2)}
    assert dict(found.outputs) == {"out": (1,)}


@pytest.mark.parametrize("name", OPEN)
def test_what_it_says_converts(name: str) -> None:
    """Each of the ways that are named, and no other."""
    model, said = OPEN[name](), str(keras2sql.inspect(OPEN[name]()))
    assert re.search(r"^--features (left=)?A,B,\.\.\. +the columns of all steps", said, re.M)
    widths = {"text": 1, "text, recurrent": 1}
    columns = [f"c{i}" for i in range(64 * widths.get(name, 2))]
    listed = {"left": columns, "right": ["p", "q", "r"]} if name == "two inputs" else columns
    program = keras2sql.convert(model, "duckdb", "t", "k", features=listed)
    assert program.network.graph.inputs[0].shape[0] == 64
    step = keras2sql.Sequence(columns[: widths.get(name, 2)], "t")
    try:
        keras2sql.convert(model, "duckdb", "t", "k", features=step)
        converts = True
    except keras2sql.Keras2SQLError:
        converts = False
    named = "--features ... --order-by T  a row per key and step" in said
    assert ("not with --order-by" in said) is (not converts and name != "two inputs")
    assert converts is named


def test_with_features_it_says_how(tmp_path: Path) -> None:
    path = saved(OPEN["gru"](), tmp_path)
    said = inspect(path, "--features", "a1,b1,a2,b2,a3,b3")
    assert "is open" not in said
    assert re.search(r"^x +InputLayer +3 x 2", said, re.MULTILINE)
    assert "input x  a1, b1, a2, b2, a3, b3" in said
    found = keras2sql.inspect(path, features=["a1", "b1", "a2", "b2"])
    assert found.network is not None
    assert found.network.graph.inputs[0].shape == (2, 2)
    assert "input x  a1, b1, a2, b2" in str(found)


def test_over_a_long_table_it_says_how(tmp_path: Path) -> None:
    path = saved(OPEN["gru"](), tmp_path)
    said = inspect(path, "--features", "a,b", "--order-by", "t")
    ours = str(keras2sql.inspect(path, features=["a", "b"], order_by="t"))
    step = keras2sql.Sequence(["a", "b"], "t")
    assert str(keras2sql.inspect(path, features=step)) == ours
    assert str(keras2sql.inspect(path, features={"x": step})) == ours
    for shown in (said, ours):
        assert "input x   a, b of each step" in shown
        assert "sequence  any number of steps per key (key), ordered by t" in shown
        assert "result    a row per key" in shown
        assert "lowering  recursion over the long table" in shown
        assert "multiply-adds per time step" in shown
    fixed = chain((4, 2), L.Conv1D(2, 2), L.LSTM(2))
    assert "sequence  4 steps per key" in str(keras2sql.inspect(fixed, features=step))


def test_with_a_database_it_estimates(tmp_path: Path) -> None:
    path = saved(OPEN["gru"](), tmp_path)
    rows = {}
    for count in (1000, 1_000_000):
        options = ["--features", "a,b", "--order-by", "t", "-d", "duckdb", "--rows", count]
        said = inspect(path, *options, "--table", "readings", "--key", "sensor")
        assert "any number of steps per key (sensor), ordered by t" in said
        found = re.search(rf"^estimate  (\S+ \S+) for {count:,} rows, .* to plan$", said, re.M)
        assert found is not None
        rows[count] = found[1]
    assert rows[1000] != rows[1_000_000]
    program = keras2sql.convert(path, "duckdb", "t", "k", features=["a", "b"], strategy="columns")
    assert "estimate  " in program.explain()
    assert re.search(r"^estimate  .* for 7 rows, ", program.explain(rows=7), re.M)


def test_the_table_tells_features_and_rows(tmp_path: Path) -> None:
    path = saved(OPEN["gru"](), tmp_path)
    with duckdb.connect(str(tmp_path / "t.db")) as connection:
        connection.execute("CREATE TABLE t AS SELECT i AS id, 0.1 AS a, i AS b FROM range(12) r(i)")
    source = ["--db", f"duckdb:///{tmp_path / 't.db'}", "--table"]
    done = CliRunner().invoke(
        app, ["inspect", path, *source, "(SELECT *, a + b AS c, 2 AS d FROM t)", "--key", "id"]
    )
    assert done.exit_code == 0, done
    assert "a, b, c, d; 2 steps of 2 for x" in done.stderr
    assert "for 12 rows" in done.stdout
    assert "DuckDB" in done.stdout
    done = CliRunner().invoke(app, ["inspect", path, *source, "t", "--key", "id"])
    assert done.exit_code == 2
    assert "a single step of x" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--features", "a,b,c"], "takes 2 per step, and 3 features are no whole number of steps"),
        (["--features", "a"], "'a' is one column, and the input x of shape (None, 2) has an open"),
        (["--features", "a", "--order-by", "t"], "2 numbers per time step"),
        (["--order-by", "t"], "--order-by needs --features"),
        (["--rows", "5"], "give --dialect"),
        (["--db", "duckdb:///x.db"], "--db needs --table and --key"),
        (["--features", "a,b", "--dialect", "nosuch"], "no dialect 'nosuch'"),
    ],
)
def test_options_that_do_not_fit(options: list[str], said: str, tmp_path: Path) -> None:
    path = saved(OPEN["gru"](), tmp_path)
    done = CliRunner().invoke(app, ["inspect", path, *options])
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_length_that_the_model_cannot_have() -> None:
    """The file is not at fault, and the message says so."""
    model, columns = OPEN["long windows"](), [f"c{i}" for i in range(8)]
    for verb in (
        lambda: keras2sql.inspect(model, features=columns),
        lambda: keras2sql.convert(model, "duckdb", "t", "k", features=columns),
    ):
        with pytest.raises(InputError, match=r"give x a length .* 30 elements over an axis of 4"):
            verb()
    step = keras2sql.Sequence(["a", "b"], "t")
    with pytest.raises(InputError, match=r"can't be computed step by step.*30 elements"):
        keras2sql.convert(model, "duckdb", "t", "k", features=step)


def test_what_no_option_tells_is_unsupported() -> None:
    image = chain((None, None, 3), L.Conv2D(2, 3), L.GlobalMaxPooling2D())
    ((path, kind, why),) = keras2sql.inspect(image).problems
    assert (path, kind) == ("x", "InputLayer")
    assert "(None, None, 3) leaves sizes open" in why
    with pytest.raises(keras2sql.UnsupportedLayerError, match="leaves sizes open"):
        keras2sql.convert(image, "duckdb", "t", "k", features=["a", "b", "c"])
    strange = chain((None, 2), L.GRU(2), L.Lambda(lambda v: v * 2, name="twice"))
    found = keras2sql.inspect(strange)
    assert [path for path, _, _ in found.problems] == ["twice"]
    with pytest.raises(keras2sql.UnsupportedLayerError, match="twice"):
        keras2sql.convert(strange, "duckdb", "t", "k")
    assert "unsupported" in str(found)


def test_a_few_lines_in_a_notebook() -> None:
    found = keras2sql.inspect(chain((4,), L.Dense(2)))
    assert repr(found).count("\n") == 0
    assert "2 layers" in repr(found)
    assert "parameters 10" in repr(found)
    assert str(found).splitlines()[2].split() == ["layer", "class", "output", "parameters", "SQL"]
