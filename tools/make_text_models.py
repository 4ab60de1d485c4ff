"""Writes tests/data/text_models: models of text layers, and what they answer.

These layers run only where TensorFlow is installed, which the tests do not ask for::

    pip install keras tensorflow-cpu
    KERAS_BACKEND=tensorflow python tools/make_text_models.py

Each model is a `.keras` file; answers.json has its inputs and its outputs.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "text_models"
layers = keras.layers

HOSTILE = [
    "a",
    "A",
    "é",
    "É",
    "e",
    "o'hara",
    '"x"',
    "; DROP TABLE t; --",
    "%s",
    ":x",
    "\\",
    "ß",
    "日本",
    "{}",
    " a",
    "a ",
]
WORDS = ["b", "c", "zz", "", "[UNK]", "e\u0301", "ss", "SS", "'", "''", "?", "a  ", "%", "NULL"]
MANY = [f"city {i}" for i in range(60)]
TEXTS = [
    "Hello, World!",
    "  hello\tworld\n again ",
    "HELLO hello",
    "it's {braces} [and] back\\slash",
    "ÉCOLE École école",
    "",
    "one two three four five six",
    "world\v\fhello\rhello!world",
    "don't. stop",
    "日本 hello",
]
VOCABULARY = [
    "hello",
    "world",
    "dont",
    "stop",
    "école",
    "École",
    "日本",
    "its",
    "braces",
    "two",
    "six",
]
IDS = [3, 5, 7, 0, -1, 12, 100, -4]


def texts(*columns: list[str]) -> np.ndarray:
    rows = max(map(len, columns))
    return np.array([[c[i % len(c)] for c in columns] for i in range(rows)], dtype=object)


def looked_up(width: int, vocabulary: Any = HOSTILE, adapted: bool = False, **options: Any) -> Any:
    x = layers.Input((width,), dtype="string", name="x")
    layer = layers.StringLookup(**({} if adapted else {"vocabulary": vocabulary}), **options)
    if adapted:
        layer.adapt(np.array(vocabulary))
    return keras.Model(x, layer(x))


def numbered(width: int, adapted: bool = False, **options: Any) -> Any:
    x = layers.Input((width,), dtype="int64", name="x")
    layer = layers.IntegerLookup(**({} if adapted else {"vocabulary": [3, 5, 7]}), **options)
    if adapted:
        layer.adapt(np.array([3, 3, 3, 5, 5, 7]))
    return keras.Model(x, layer(x))


def tokens(adapted: bool = False, **options: Any) -> Any:
    x = layers.Input((1,), dtype="string", name="x")
    layer = layers.TextVectorization(**({} if adapted else {"vocabulary": VOCABULARY}), **options)
    if adapted:
        layer.adapt(TEXTS)
    return keras.Model(x, layer(x))


def hashed(source: str, **options: Any) -> Any:
    """Hashes of values that are known: texts of a vocabulary, ids, buckets."""
    if source == "text":
        x = layers.Input((2,), dtype="int64", name="x")
        known = layers.StringLookup(
            vocabulary=[*HOSTILE[:5], "a longer text than the rest"], invert=True
        )(x)
    elif source == "ids":
        x = layers.Input((2,), dtype="int64", name="x")
        known = layers.IntegerLookup(vocabulary=[3, 5, 7])(x)
    else:
        x = layers.Input((2,), name="x")
        known = layers.Discretization(bin_boundaries=[0.0, 5.0, 10.0], dtype="int64")(x)
    return keras.Model(x, layers.Hashing(**options)(known))


def crossed(**options: Any) -> Any:
    x = layers.Input((1,), dtype="string", name="x")
    y = layers.Input((1,), name="y")
    a = layers.StringLookup(vocabulary=HOSTILE[:3])(x)
    b = layers.Discretization(bin_boundaries=[0.0, 5.0], dtype="int64")(y)
    return keras.Model([x, y], layers.HashedCrossing(**options)([a, b]))


def crossed_texts(**options: Any) -> Any:
    x = layers.Input((1,), dtype="int64", name="x")
    names = layers.StringLookup(vocabulary=HOSTILE[:3], invert=True)(x)
    ids = layers.IntegerLookup(vocabulary=[1, 2])(x)
    return keras.Model(x, layers.HashedCrossing(**options)([names, ids]))


def embedded() -> Any:
    """A lookup that a network goes on with."""
    x = layers.Input((2,), dtype="string", name="x")
    ids = layers.StringLookup(vocabulary=MANY[:40], mask_token="")(x)
    y = layers.Embedding(42, 3, mask_zero=True)(ids)
    return keras.Model(x, layers.Dense(2, activation="tanh")(layers.Flatten()(y)))


def wide_and_deep() -> Any:
    """Columns of texts and numbers; a linear part and a deep one; two outputs."""
    keras.config.set_dtype_policy("float64")
    city = layers.Input((1,), dtype="string", name="city")
    plan = layers.Input((1,), dtype="string", name="plan")
    numbers = layers.Input((2,), name="age and income")
    scaled = layers.Normalization(mean=[40.0, 3000.0], variance=[100.0, 1e6])(numbers)
    where = layers.StringLookup(vocabulary=MANY, dtype="string")(city)
    what = layers.StringLookup(vocabulary=["free", "basic", "o'pro"], output_mode="one_hot")(plan)
    what = keras.ops.cast(what, "float64")
    deep = layers.Flatten()(layers.Embedding(61, 4)(where))
    deep = layers.Concatenate()([deep, what, scaled])
    deep = layers.Dense(8, activation="relu")(layers.Dense(12, activation="relu")(deep))
    crossed = layers.Flatten()(layers.Embedding(61, 1)(where))
    wide = layers.Concatenate()([crossed, what])
    leaves = layers.Dense(1, activation="sigmoid", name="leaves")
    spends = layers.Dense(1, activation="softplus", name="spends")
    outputs = [leaves(layers.Concatenate()([wide, deep])), spends(deep)]
    model = keras.Model([city, plan, numbers], outputs, name="wide_and_deep")
    keras.config.set_dtype_policy("float32")
    return model


def shared() -> Any:
    """One lookup in two models, one inside the other."""
    lookup = layers.StringLookup()
    lookup.adapt(np.array(["b", "a", "a"]))
    i = layers.Input((2,), dtype="string")
    inner = keras.Model(i, lookup(i), name="inner")
    x = layers.Input((2,), dtype="string", name="x")
    return keras.Model(x, [inner(x), lookup(x)])


ONE, TWO = texts(HOSTILE + WORDS), texts(HOSTILE + WORDS, WORDS[::-1] + HOSTILE)
NUMBERS = np.array([IDS, IDS[::-1]]).T
FEW = texts(["a", "b", "", "c"], ["a", "a", "b", "z"])
TOKENS = texts(TEXTS)

MODELS: dict[str, tuple[Any, dict[str, np.ndarray]]] = {
    "StringLookup": (looked_up(2), {"x": TWO}),
    "StringLookup_masked": (looked_up(2, mask_token=""), {"x": TWO}),
    "StringLookup_adapted": (looked_up(2, HOSTILE[:8], adapted=True), {"x": TWO}),
    "StringLookup_known_only": (
        looked_up(1, num_oov_indices=0, mask_token=""),
        {"x": texts([*HOSTILE, ""])},
    ),
    "StringLookup_many": (
        looked_up(1, MANY, mask_token="city 0x"),
        {"x": texts([*MANY, "x", "city 0x"])},
    ),
    "StringLookup_one_hot": (looked_up(1, HOSTILE[:4], output_mode="one_hot"), {"x": ONE}),
    "StringLookup_one_hots": (
        looked_up(2, ["a", "b"], output_mode="one_hot", mask_token=""),
        {"x": FEW},
    ),
    "StringLookup_multi_hot": (
        looked_up(2, ["a", "b"], output_mode="multi_hot", max_tokens=5, pad_to_max_tokens=True),
        {"x": FEW},
    ),
    "StringLookup_count": (
        looked_up(2, ["a", "b"], output_mode="count", mask_token=""),
        {"x": FEW},
    ),
    "StringLookup_tf_idf": (
        looked_up(2, ["a", "b"], output_mode="tf_idf", idf_weights=[0.5, 2.0]),
        {"x": FEW},
    ),
    "IntegerLookup": (numbered(2), {"x": NUMBERS}),
    "IntegerLookup_masked": (numbered(2, mask_token=0), {"x": NUMBERS}),
    "IntegerLookup_adapted": (numbered(2, adapted=True), {"x": NUMBERS}),
    "IntegerLookup_buckets": (numbered(2, num_oov_indices=3, mask_token=0), {"x": NUMBERS}),
    "IntegerLookup_multi_hot": (numbered(2, output_mode="multi_hot", mask_token=0), {"x": NUMBERS}),
    "IntegerLookup_count": (numbered(2, output_mode="count"), {"x": NUMBERS}),
    "TextVectorization": (tokens(output_sequence_length=4), {"x": TOKENS}),
    "TextVectorization_adapted": (tokens(adapted=True, output_sequence_length=3), {"x": TOKENS}),
    "TextVectorization_as_is": (tokens(standardize=None, output_sequence_length=3), {"x": TOKENS}),
    "TextVectorization_lower": (
        tokens(standardize="lower", output_sequence_length=2),
        {"x": TOKENS},
    ),
    "TextVectorization_characters": (
        tokens(standardize="strip_punctuation", split="character", output_sequence_length=3),
        {"x": TOKENS},
    ),
    "TextVectorization_whole": (tokens(split=None), {"x": TOKENS}),
    "TextVectorization_whole_hot": (tokens(split=None, output_mode="multi_hot"), {"x": TOKENS}),
    "Hashing_texts": (hashed("text", num_bins=7), {"x": NUMBERS}),
    "Hashing_ids": (hashed("ids", num_bins=3, salt=[133, 137]), {"x": NUMBERS}),
    "Hashing_buckets": (hashed("buckets", num_bins=5, mask_value=1), {"x": NUMBERS.astype(float)}),
    "Hashing_count": (hashed("ids", num_bins=3, output_mode="count", salt=7), {"x": NUMBERS}),
    "HashedCrossing": (
        crossed(num_bins=11),
        {"x": texts(["a", "A", "é", "x"] * 3), "y": np.array([[-1.0], [0.0], [4.0], [9.0]] * 3)},
    ),
    "HashedCrossing_one_hot": (
        crossed(num_bins=4, output_mode="one_hot"),
        {"x": texts(["a", "A", "é", "x"] * 2), "y": np.array([[7.0], [1.0]] * 4)},
    ),
    "HashedCrossing_texts": (
        crossed_texts(num_bins=13),
        {"x": np.array([[0], [1], [2], [3], [9]])},
    ),
    "embedded": (embedded(), {"x": texts([*MANY[35:45], ""], ["city 1", "", "none"])}),
    "shared": (shared(), {"x": FEW}),
    "wide_and_deep": (
        wide_and_deep(),
        {
            "city": texts([*MANY[:7], "Atlantis", ""]),
            "plan": texts(["free", "o'pro", "Basic"] * 3),
            "age": np.array([[20.0 + 7 * i, 500.0 * i] for i in range(9)]),
        },
    ),
    "inverted": (
        keras.Sequential(
            [
                layers.Input((2,), dtype="int64"),
                layers.StringLookup(vocabulary=HOSTILE[:5], invert=True, mask_token=""),
            ]
        ),
        {"x": NUMBERS},
    ),
    "inverted_numbers": (
        keras.Sequential(
            [
                layers.Input((2,), dtype="int64"),
                layers.IntegerLookup(vocabulary=[3, 5], invert=True),
            ]
        ),
        {"x": NUMBERS},
    ),
}
# Layers without an answer in SQL: only the file counts.
REFUSED = {
    "refused_hash": keras.Sequential([layers.Input((1,), dtype="string"), layers.Hashing(5)]),
    "refused_numbers": keras.Sequential([layers.Input((1,), dtype="int64"), layers.Hashing(5)]),
    "refused_unknown": looked_up(1, ["a"], num_oov_indices=2),
    "refused_ngrams": tokens(ngrams=2, output_sequence_length=3),
    "refused_words": tokens(),
}


def texted(values: np.ndarray) -> Any:
    if values.dtype.kind != "O":
        return values.tolist()
    return [[v.decode() if isinstance(v, bytes) else str(v) for v in row] for row in values]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    answers = {}
    for name, (model, feeds) in MODELS.items():
        rng = np.random.default_rng(len(name))
        model.set_weights(
            [
                w if "idf" in v.path else rng.normal(size=w.shape)
                for v, w in zip(model.weights, model.get_weights(), strict=True)
            ]
        )
        model.save(FOLDER / f"{name}.keras")
        given = {
            key: tf.constant(x.tolist(), dtype=tf.string) if x.dtype.kind == "O" else tf.constant(x)
            for key, x in feeds.items()
        }
        found = model(list(given.values()) if len(given) > 1 else next(iter(given.values())))
        listed = found if isinstance(found, list | tuple) else [found]
        answers[name] = {
            "inputs": {key: texted(x) for key, x in feeds.items()},
            "outputs": [texted(np.asarray(x)) for x in listed],
        }
    for name, model in REFUSED.items():
        model.save(FOLDER / f"{name}.keras")
    path = FOLDER / "answers.json"
    path.write_text(json.dumps(answers, ensure_ascii=False, indent=0), encoding="utf-8")


if __name__ == "__main__":
    main()
