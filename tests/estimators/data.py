"""What estimators are fitted to: rows, targets, and rows to predict, some at the edges."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris


@dataclass(frozen=True, eq=False)
class Data:
    """`rows` to fit to and `probes` to predict, both frames or both arrays; `targets` by name,
    the first the one that is meant unless a case says so."""

    rows: Any
    probes: Any
    targets: Mapping[str, Any] = field(default_factory=dict)


@functools.cache
def data(name: str) -> Data:
    """The data of this name; the same each time."""
    return _MADE[name]()


def _random() -> np.random.Generator:
    return np.random.default_rng(19)


def _diabetes() -> Data:
    """Numbers without names; the target is one number or three."""
    x, y = load_diabetes(return_X_y=True)
    x, y = x[:120, :6] * 10, y[:120] / 50
    extremes = np.array([[0.0] * 6, [1e3] * 6, [-1e3, 1e3] * 3, [1e-9] * 6])
    many = np.stack([y, x @ np.arange(6.0), np.sin(y)], axis=1)
    classes = np.array(["low", "middle", "high"])[np.digitize(y, [2.0, 4.0])]
    return Data(
        x,
        np.vstack([x[:20], extremes]),
        {
            "number": y,
            "numbers": many,
            "counts": np.rint(np.abs(many[:, 0])),
            "classes": classes,
            "flags": (many > np.median(many, axis=0)).astype(int),
        },
    )


def _iris() -> Data:
    """Named numbers of both signs, three classes in text."""
    bunch = load_iris()
    x = (bunch.data - bunch.data.mean(axis=0))[::2]
    labels = bunch.target_names[bunch.target][::2]
    frame = pd.DataFrame(x, columns=["Sepal length", "sepal_width", "petal length", "Width"])
    extremes = [[0.0] * 4, [50.0] * 4, [-50.0] * 4, [100.0, -100.0] * 2]
    probes = pd.concat(
        [frame.iloc[::5], pd.DataFrame(extremes, columns=frame.columns)], ignore_index=True
    )
    days = np.array(["2020-02-29", "2021-01-01", "2022-12-31"], "datetime64[D]")
    targets = {"text": labels, "whole": bunch.target[::2] * 2 - 1, "days": days[bunch.target[::2]]}
    return Data(frame, probes, targets)


def _cancer() -> Data:
    """Positive numbers of different sizes, two classes."""
    x, y = load_breast_cancer(return_X_y=True)
    x, y = x[::3, :6], y[::3]
    targets = {
        "text": np.array(["malignant", "benign"])[y],
        "truth": y.astype(bool),
        "whole": y * 3 - 1,
        "rank": y + 1,
        "code": y,
    }
    return Data(x, np.vstack([x[:20], np.zeros((1, 6)), x[:1] * 100]), targets)


def _holes() -> Data:
    """Numbers of which some are missing; a column that has none but one value."""
    random = _random()
    x = random.normal(size=(60, 4))
    x[random.random(x.shape) < 0.25] = np.nan
    x[:, 3] = np.where(np.isnan(x[:, 3]), np.nan, 2.0)
    probes = np.vstack([x[:12], np.full((1, 4), np.nan), np.zeros((1, 4)), np.full((1, 4), 2.0)])
    targets = {"number": random.normal(size=60), "flag": random.integers(0, 2, 60)}
    return Data(x, probes, targets)


def _gaps() -> Data:
    """Numbers of which some are missing; each row to predict is as far from no two rows, but one
    that misses all."""
    random = _random()
    x = random.normal(size=(50, 4))
    x[random.random(x.shape) < 0.25] = np.nan
    return Data(x, np.vstack([x[:15] + 0.1, np.full((1, 4), np.nan), np.full((1, 4), 9.0)]))


def _neighbours() -> Data:
    """Neighbours of 32 bit to fit to, so that thresholds lie halfway; numbers of 64 bit between
    them to predict, and just beside."""
    random = _random()
    ends = np.array([0.1, -0.1, 0.7, 1e-3, 3.0, -1e6, 16777216.0], dtype=np.float32)
    around = np.stack([np.nextafter(ends, np.float32(to)) for to in (-np.inf, np.inf)], axis=1)
    values = np.sort(np.concatenate([around.ravel(), ends])).astype(np.float64)
    halves = (values[1:] + values[:-1]) / 2
    close = [np.nextafter(halves, -np.inf), halves, np.nextafter(halves, np.inf)]
    probes = np.concatenate([values, *close, [0.1, -0.1, 0.7, 1e-3, 0.0, 1e-46, -1e-46]])
    x = np.stack([random.permutation(values) for _ in range(2)], axis=1)
    both = np.stack([probes, probes[::-1]], axis=1)
    return Data(x, both, {"number": random.normal(size=len(x)), "flag": np.arange(len(x)) % 3})


def _positive() -> Data:
    """Numbers above 0 of different sizes."""
    x = np.exp(_random().normal(size=(60, 3)) * [0.5, 1.0, 3.0])
    return Data(x, np.vstack([x[:15], np.full((1, 3), 1e-3), np.full((1, 3), 1e4)]))


def _zeros() -> Data:
    """Numbers above 0; some of those to predict are not."""
    x = np.exp(_random().normal(size=(60, 2)))
    probes = np.vstack([x[:10], [[0.0, 1.0], [1.0, -1.0], [0.0, 0.0], [1e300, 1e-300]]])
    return Data(x, probes, {"text": np.where(x[:, 0] > 1, "more", "less")})


def _counts() -> Data:
    """Counts of words, and a row without any."""
    x = _random().poisson(0.7, size=(60, 5)).astype(float)
    return Data(x, np.vstack([x[:15], np.zeros((1, 5))]))


def _one() -> Data:
    """Two columns, the first of which says all."""
    random = _random()
    x = np.stack([random.normal(size=60).round(2), random.normal(size=60)], axis=1)
    y = x[:, 0] + 0.3 * random.normal(size=60)
    targets = {"number": y, "classes": np.array(["low", "middle", "high"])[np.digitize(y, [-1, 1])]}
    return Data(x, np.vstack([x[:15], [[-9.0, 0.0], [9.0, 0.0], [0.123, 0.0]]]), targets)


def _marked() -> Data:
    """Whole numbers; -1 stands for one that is missing."""
    x = _random().integers(-1, 4, size=(60, 3)).astype(float)
    return Data(x, x[:15])


def _texts() -> Data:
    """Texts alone, of which some are missing."""
    random = _random()
    values = np.array(["red", "it's", "GREEN", "", "blue\\"], dtype=object)
    frame = pd.DataFrame(
        {
            "Colour": values[random.integers(0, 5, 60)],
            "size": np.array(["S", "M", "L"], dtype=object)[random.integers(0, 3, 60)],
        }
    )
    frame.loc[random.random(60) < 0.2, "size"] = np.nan
    probes = pd.concat(
        [frame.iloc[:15], pd.DataFrame({"Colour": ["red", "Red", "no"], "size": ["XL", "s", "M"]})],
        ignore_index=True,
    )
    halves = np.where(random.random(60) < 0.5, "y", "n")
    targets = {"text": halves, "three": np.array(["a", "b", "c"])[random.integers(0, 3, 60)]}
    return Data(frame, probes, targets)


def _categories() -> Data:
    """Categories without a gap: text, whole numbers, truth values; none in a probe is unseen."""
    random = _random()
    frame = pd.DataFrame(
        {
            "Port of entry": np.array(["C", "Q", "S"], dtype=object)[random.integers(0, 3, 60)],
            "class": random.integers(1, 4, 60),
            "alone": random.random(60) < 0.4,
        }
    )
    return Data(frame, frame.iloc[:15].reset_index(drop=True), {"number": random.normal(size=60)})


def _numbered() -> Data:
    """Small whole numbers, with many equal rows; a probe is unseen, one is negative, one broken."""
    random = _random()
    x = random.integers(0, 4, size=(70, 3)).astype(float)
    classes = np.minimum(x[:, 0] + random.integers(0, 2, 70), 3).astype(int) // 2
    edges = [[9.0, 0.0, 1.0], [0.0, -1.0, 1.0], [1.5, -0.5, 3.9], [4.0, 4.0, 4.0], [1e6, 0.0, 0.0]]
    targets = {
        "text": np.array(["no", "yes"])[classes],
        "whole": x[:, 0].astype(int) - 1,
        "codes": x[:, 0].astype(int),
    }
    return Data(x, np.vstack([x[:20], edges]), targets)


def _bits() -> Data:
    """Zeros and ones."""
    x = (_random().random((60, 4)) < 0.5).astype(float)
    return Data(x, x[:20], {"text": np.where(x[:, 0] + x[:, 1] + x[::-1, 2] > 1, "a", "b")})


def _square() -> Data:
    """The kernel of rows with themselves."""
    x = _random().normal(size=(12, 3))
    return Data(x @ x.T, x[:6] @ x.T + 1)


def _mixed() -> Data:
    """A table as it comes: numbers, texts, truth values, days, with gaps, and a name."""
    random = _random()
    n = 120
    frame = pd.DataFrame(
        {
            "Age": random.normal(40, 12, n).round(1),
            "fare paid": random.gamma(2.0, 12.0, n).astype("float32"),
            "sex": np.array(["female", "male"], dtype=object)[random.integers(0, 2, n)],
            "Port": np.array(["C", "Q", "S"], dtype=object)[random.integers(0, 3, n)],
            "alone": random.random(n) < 0.4,
            "class": random.integers(1, 4, n),
            "name": [f"passenger {i}" for i in range(n)],
        }
    )
    chance = frame["fare paid"] + 20 * (frame["sex"] == "female") + random.normal(0, 8, n)
    frame.loc[random.random(n) < 0.2, "Age"] = np.nan
    frame.loc[random.random(n) < 0.1, "Port"] = np.nan
    probes = frame.iloc[:25].reset_index(drop=True)
    probes.loc[3, "Port"] = "X"
    probes.loc[4, ["Age", "Port"]] = [np.nan, np.nan]
    days = np.array(["2024-01-01", "2024-02-29"], "datetime64[D]")
    targets = {
        "text": np.where(chance > 35, "survived", "died"),
        "number": chance.to_numpy(),
        "days": days[(chance > 35).astype(int)],
    }
    return Data(frame, probes, targets)


def _documents() -> Data:
    """Texts, no columns: of several languages, with marks, blanks of all kinds, repeated words."""
    texts = [
        "The quick brown fox, the lazy dog; the_end",
        "don't stop: it's a dog's life",
        "ÉCOLE école naïve Café, ŁÓDŹ łódź",
        "x y z the the the z",
        "ha ha ha ha ho ha",
        "very very very good dog",
        "dog fox dog fox dog",
        "price: 20€ – ½ or 3²",
        "the\ttab\nand\u00a0blank… “quoted” (brackets) {braces} [square]",
    ] * 3
    edges = ["", "  ", "!?", "a", "A The THE", "dog-fox.DOG/fox", "\\ 'dog' \"fox\"", np.nan]
    edges += ["foxdog dogs", "%dog% 100%", "fox" * 50, "İstanbul istanbul", "×÷ß ª dog"]
    targets = {
        "text": np.where(np.arange(len(texts)) % 3 > 0, "good", "bad"),
        "number": np.arange(len(texts)) / 7.0,
    }
    whole = np.array(texts, dtype=object)
    return Data(whole, np.array([*texts[:9], *edges], dtype=object), targets)


def _reviews() -> Data:
    """A table with two columns of texts."""
    random = _random()
    words = np.array(["good", "bad", "Slow", "fast", "Überall", "the", "café"])
    said = [" ".join(random.choice(words, 6)) + "." for _ in range(40)]
    frame = pd.DataFrame(
        {
            "title": random.choice(["Good!", "bad", "so so"], 40),
            "Stars": random.integers(1, 6, 40),
            "What they say": said,
        }
    )
    target = np.array([2 * text.count("good") > text.lower().count("slow") for text in said])
    probes = frame.iloc[:10].reset_index(drop=True)
    probes.loc[2, "What they say"] = "never seen"
    probes.loc[3, "title"] = ""
    return Data(frame, probes, {"truth": target})


_MADE = {
    "diabetes": _diabetes,
    "iris": _iris,
    "cancer": _cancer,
    "holes": _holes,
    "gaps": _gaps,
    "neighbours": _neighbours,
    "marked": _marked,
    "one": _one,
    "counts": _counts,
    "zeros": _zeros,
    "positive": _positive,
    "texts": _texts,
    "categories": _categories,
    "numbered": _numbered,
    "bits": _bits,
    "square": _square,
    "mixed": _mixed,
    "documents": _documents,
    "reviews": _reviews,
}
