"""Words as Python finds them, in databases: for each character; and neighbours among them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import keras2sql
from estimators.case import Case
from estimators.cases_words import NEIGHBOURS
from estimators.test_estimators import run
from keras2sql.dialects import DIALECTS
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedDialectError, UnsupportedLayerError
from keras2sql.graph import texts

Load = Callable[[Engine, str, pd.DataFrame], None]
BY_EXPRESSION = ["duckdb", "postgres", "mariadb", "clickhouse", "datafusion"]
ALL = [*BY_EXPRESSION, "sqlite"]


def assigned(end: int) -> list[str]:
    """Characters that every version of Unicode in use has, but for those of private use."""
    known = (chr(code) for code in range(1, end))
    return [c for c in known if unicodedata.category(c) not in ("Cn", "Co", "Cs")]


def in_small_words(engine: Engine, load: Load, given: list[str]) -> list[Any]:
    """The texts in small letters, and these parted into words, by the functions of a database."""
    load(engine, "characters", pd.DataFrame({"id": range(len(given)), "said": given}))
    dialect = DIALECTS[engine.dialect_name]
    column = dialect.casts.text.format("said", type=dialect.types["str"])
    small = dialect.call("lower_unicode", [column])
    words = dialect.call("words", [small])
    found = engine.query(f"SELECT id, {small}, {words} FROM characters", ["id", "small", "words"])
    found = found.sort_values("id").astype(object)
    nothing = found["words"].isna()
    return [
        None if gone else (a, b.split())
        for a, b, gone in zip(found["small"], found["words"], nothing, strict=True)
    ]


def check_characters(engine: Engine, load: Load, end: int) -> None:
    characters = assigned(end)
    given = [f"a{c}b {c}" for c in characters]
    lost = []
    found = in_small_words(engine, load, given)
    for character, text, one in zip(characters, given, found, strict=True):
        if one is None:
            lost.append(character)
            continue
        small = text.lower()
        words = str(texts.words(np.array(small, dtype=object))).split()
        assert one == (small, words), (character, hex(ord(character)))
    if engine.dialect_name == "sqlite":
        assert not set(lost) & set(map(chr, [*range(9, 14), *range(32, 127), *range(160, 384)]))
    else:
        assert lost in ([], ["\u03a3"])


@pytest.mark.parametrize("name", [*ALL, "spark"])
def test_european_characters(name: str, load_table: Load, request: pytest.FixtureRequest) -> None:
    check_characters(request.getfixturevalue(f"{name}_engine"), load_table, 0x590)


@pytest.mark.sweep
@pytest.mark.parametrize("name", ALL)
def test_all_characters(name: str, load_table: Load, request: pytest.FixtureRequest) -> None:
    check_characters(request.getfixturevalue(f"{name}_engine"), load_table, 0x110000)


def test_no_word_at_all_where_a_letter_is_beyond_a_database(
    load_table: Load, sqlite_engine: Engine
) -> None:
    """A class that a missing word would decide for is none."""
    said = ["good day", "bad night", "Добрый день", "good \U0001f600", "Good!"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(said, [1, 0, 1, 1, 1])
    load_table(sqlite_engine, "said", pd.DataFrame({"id": range(5), "said": said}))
    program = keras2sql.convert(model, "sqlite", "said", "id", features=["said"])
    found = program.run(sqlite_engine).sort_values("id")
    assert found["Decision"].isna().tolist() == [False, False, True, True, False]
    proba = found["Proba_1"].to_numpy(dtype=float)[[0, 1, 4]]
    np.testing.assert_allclose(proba, model.predict_proba(said)[[0, 1, 4], 1], rtol=1e-12)


@pytest.mark.parametrize("name", BY_EXPRESSION)
@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in NEIGHBOURS])
def test_neighbours(
    case: Case, name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    run(case, request.getfixturevalue(f"{name}_engine"), load_table, "columns")


def test_neighbours_where_there_are_no_expressions() -> None:
    model = CountVectorizer(ngram_range=(1, 2)).fit(["one two"])
    with pytest.raises(UnsupportedDialectError, match="without_words"):
        keras2sql.convert(model, "sqlite", "t", "id")


def own(text: str) -> Any:
    return text.split()


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (CountVectorizer(tokenizer=own, token_pattern=None), "tokenizer is a function"),
        (CountVectorizer(preprocessor=str.upper), "preprocessor is a function"),
        (CountVectorizer(analyzer=own), "analyzer is a function"),
        (TfidfVectorizer(analyzer="char_wb"), "counts words, not pieces"),
        (TfidfVectorizer(strip_accents="unicode"), "strip_accents"),
        (TfidfVectorizer(token_pattern=r"[a-z]+"), "the token_pattern"),
        (CountVectorizer(ngram_range=(4, 4)), "two of which share several words"),
        (HashingVectorizer(), "MurmurHash3"),
    ],
)
def test_what_is_refused_says_why(model: Any, reason: str) -> None:
    said = ["to be to be or not", "so it is"]
    fitted = make_pipeline(model, LogisticRegression()).fit(said, [0, 1])
    with pytest.raises(UnsupportedLayerError, match=reason):
        keras2sql.convert(fitted, "duckdb", "t", "id")


@pytest.mark.parametrize("name", ["duckdb", "sqlite"])
def test_verify_gives_texts_to_the_estimator(
    name: str, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    said = ["good day", "bad night", "a good night", None, ""]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(said[:3], ["y", "n", "y"])
    load_table(engine, "said", pd.DataFrame({"id": range(5), "The text": said}))
    report = keras2sql.verify(model, engine, table="said", key="id", features=["The text"])
    assert report.ok, report
    assert (report.rows, report.nulls) == (5, 1)
