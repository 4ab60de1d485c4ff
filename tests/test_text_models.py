"""Layers of texts and ids, which run on TensorFlow alone: shipped models and what they answered.

tools/make_text_models.py made both.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.dialects import DIALECTS, get
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedLayerError
from keras2sql.read import read_model
from layers.cases_text import ANSWERS, FOLDER, SHIPPED

Load = Callable[[Engine, str, pd.DataFrame], None]


def inputs(name: str) -> dict[str, np.ndarray]:
    """The inputs by the names they have in the graph; texts as objects."""
    given = [np.array(v, dtype=object) for v in ANSWERS[name]["inputs"].values()]
    given = [v if isinstance(v.flat[0], str) else v.astype(np.float64) for v in given]
    return {t.layer: v for t, v in zip(read_model(path(name)).graph.inputs, given, strict=True)}


def path(name: str) -> Path:
    return FOLDER / f"{name}.keras"


def same(found: Any, wanted: Any) -> None:
    wanted = np.array(wanted)
    found = np.asarray(found).reshape(wanted.shape)
    if wanted.dtype.kind == "U":
        assert found.tolist() == wanted.tolist()
    else:
        np.testing.assert_allclose(found.astype(float), wanted, rtol=1e-6, atol=1e-7)


def test_every_shipped_model_is_tried() -> None:
    shipped = {file.stem for file in FOLDER.glob("*.keras")}
    assert shipped == set(ANSWERS) | set(REFUSED)
    assert all(len(models) >= 3 for models in SHIPPED.values())


@pytest.mark.parametrize("name", ANSWERS)
def test_numpy_answers_as_tensorflow_did(name: str) -> None:
    found = read_model(path(name)).graph.evaluate(inputs(name))
    for values, wanted in zip(found.values(), ANSWERS[name]["outputs"], strict=True):
        same(values, wanted)


@pytest.mark.parametrize("name", ANSWERS)
def test_databases_answer_as_tensorflow_did(name: str, engine: Engine, load_table: Load) -> None:
    given = inputs(name)
    features = {key: [f"{key} {i}" for i in range(v.shape[1])] for key, v in given.items()}
    columns = {
        column: values
        for key, v in given.items()
        for column, values in zip(features[key], v.T, strict=True)
    }
    rows = len(next(iter(given.values())))
    load_table(engine, "texts", pd.DataFrame({"id": range(rows), **columns}))
    wanted = np.concatenate(
        [np.array(v).reshape(rows, -1) for v in ANSWERS[name]["outputs"]], axis=1
    )
    both = ("auto", "rows") if "rows" in get(engine.dialect_name).strategies else ("auto",)
    for strategy in both:
        program = keras2sql.convert(
            path(name), engine.dialect_name, "texts", "id", features, strategy=strategy
        )
        found = program.run(engine.connection).sort_values("id").drop(columns="id")
        same(found.to_numpy(), wanted)


REFUSED = {
    "refused_hash": "known only when the query runs",
    "refused_numbers": "known only when the query runs",
    "refused_unknown": "2 indices for unknown tokens",
    "refused_ngrams": "ngrams",
    "refused_words": "an output_sequence_length",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_database_computes_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedLayerError, match=REFUSED[name]):
        read_model(path(name))


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if get(name).casts.text])
def test_vocabularies_of_any_size_are_quoted(dialect: str) -> None:
    """As choices, and as the rows of a table."""
    few = keras2sql.convert(path("StringLookup"), dialect, "t", "id", ["a", "b"]).query
    many = keras2sql.convert(path("StringLookup_many"), dialect, "t", "id", ["a"]).query
    escaped = "\\'" if get(dialect).constants.escapes["'"] == "\\'" else "''"
    assert f"'o{escaped}hara'" in few
    assert "'; DROP TABLE t; --'" in few
    values = get(dialect).grammar.values
    table = next((word for word in ("VALUES", "inline(") if word in values), "UNION ALL")
    assert table in many
    assert table not in few


# Columns with rules of comparison of their own.
LAX = {
    "mariadb": [
        "CREATE TABLE lax (id INT, a TEXT COLLATE utf8mb4_general_ci, "
        "b TEXT COLLATE utf8mb4_unicode_ci)"
    ],
    "duckdb": ["CREATE TABLE lax (id INT, a VARCHAR COLLATE NOCASE, b VARCHAR COLLATE NOACCENT)"],
    "sqlite": ["CREATE TABLE lax (id INT, a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM)"],
    "postgresql": ['CREATE TABLE lax (id INT, a TEXT COLLATE "POSIX", b TEXT COLLATE "default")'],
}


@pytest.mark.parametrize("name", ["StringLookup", "StringLookup_many"])
def test_tokens_are_compared_as_they_are_written(name: str, engine: Engine) -> None:
    rows = [("A", "é"), ("a", "e"), ("É", "a "), ("City 1", "city 1 ")]
    values = ", ".join(f"({i}, '{a}', '{b}')" for i, (a, b) in enumerate(rows))
    made = [*LAX[engine.dialect_name], f"INSERT INTO lax VALUES {values}"]
    engine.execute_script(["DROP TABLE IF EXISTS lax", *made])
    graph = read_model(path(name)).graph
    width = graph.inputs[0].size
    features = ["a", "b"][:width]
    program = keras2sql.convert(path(name), engine.dialect_name, "lax", "id", features)
    found = program.run(engine.connection).sort_values("id").drop(columns="id")
    given = np.array(rows, dtype=object)[:, :width]
    (wanted,) = graph.evaluate({graph.inputs[0].layer: given}).values()
    same(found.to_numpy(), wanted)


def test_texts_that_are_missing_or_unknown_give_no_prediction(
    engine: Engine, load_table: Load
) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3, 4], "a": ["a", None, "b", ""], "b": ["a"] * 4})
    load_table(engine, "gaps", frame)

    def answers(name: str, *features: str) -> list[Any]:
        program = keras2sql.convert(path(name), engine.dialect_name, "gaps", "id", list(features))
        found = program.run(engine.connection).sort_values("id").drop(columns="id")
        return [None if np.isnan(row).any() else row.tolist() for row in found.to_numpy(float)]

    assert answers("StringLookup", "a", "b") == [[1.0, 1.0], None, [0.0, 1.0], [0.0, 1.0]]
    # Where Keras raises for an unknown token, the row has no prediction.
    assert answers("StringLookup_known_only", "a") == [[1.0], None, None, [0.0]]


def test_verify_says_what_it_compared_with(engine: Engine, load_table: Load) -> None:
    load_table(engine, "words", pd.DataFrame({"id": range(3), "t": ["hello world", "", "a?b"]}))
    report = keras2sql.verify(
        path("TextVectorization"), engine.connection, table="words", key="id", features=["t"]
    )
    assert report.ok
    assert report.max_abs_error == 0


def with_vocabulary(folder: Path, name: str, *tokens: str) -> Path:
    """A copy of a model with other tokens in its file."""
    changed = folder / "changed.keras"
    with zipfile.ZipFile(path(name)) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            vocabulary = member.endswith("vocabulary.txt")
            new.writestr(member, "\n".join(tokens) if vocabulary else content)
    return changed


def test_vocabularies_that_were_not_saved_whole(tmp_path: Path) -> None:
    before = ["[UNK]", "a", "b"]
    for tokens in (before, [*before, *"cdefg", "e"]):
        with pytest.raises(UnsupportedLayerError, match="line breaks, or one twice"):
            read_model(with_vocabulary(tmp_path, "StringLookup_adapted", *tokens))
    with pytest.raises(UnsupportedLayerError, match=r"beyond 2\^53"):
        read_model(with_vocabulary(tmp_path, "IntegerLookup_adapted", "-1", "3", "5", f"{1 << 53}"))
