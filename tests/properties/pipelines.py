"""Random pipelines of scikit-learn and its kin, and a table with numbers at the edges of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from properties import pipeline_parts as parts

Draw = Callable[[st.SearchStrategy[Any]], Any]

NUMBERS = ("Age", "fare paid", "Count", "alone")
TEXTS = ("Port", "Home")
ROWS, PROBES = 70, 40
HUGE = (1e30, -1e30, 1e12, 3e38, 1e200)
UNSEEN = ("X", "port", "it's", "", "C ")


@dataclass(frozen=True)
class Description:
    """A pipeline that is not fitted yet, the target it is fitted to, and the seed of the table.

    `exact`: what comes before the last step is the same to the last digit whatever the order of
    sums, so that a number at a threshold behind it stays there.
    """

    model: Any
    target: str
    seed: int
    exact: bool


@st.composite
def descriptions(draw: Draw) -> Description:
    """Columns prepared, up to two steps behind, and an estimator of any family."""
    target, exact = draw(st.sampled_from(sorted(parts.FINAL))), draw(st.booleans())
    steps = [draw(_prepared())]
    for _ in range(draw(st.integers(0, 2))):
        kinds = [parts.EXACT]
        if not exact:
            kinds += [parts.ROUNDED, parts.ROUNDED]
            kinds += [] if target == "none" else [parts.CHOSEN[target in ("text", "three")]]
        steps.append(draw(st.one_of(kinds)))
    final = draw(parts.FINAL[target])
    return Description(make_pipeline(*steps, final), target, draw(st.integers(0, 2**16)), exact)


@st.composite
def _prepared(draw: Draw) -> Any:
    """Some numbers, filled in and perhaps more, and perhaps texts, encoded."""
    numbers = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, unique=True))
    texts = draw(st.lists(st.sampled_from(TEXTS), unique=True))
    filled = draw(parts.FILLED)
    if draw(st.booleans()):
        filled = make_pipeline(filled, draw(parts.EXACT))
    listed = [("numbers", filled, numbers)]
    if texts:
        encoded = draw(parts.ENCODED)
        if draw(st.booleans()):
            encoded = make_pipeline(draw(parts.FILLED_TEXTS), encoded)
        listed.append(("texts", encoded, texts))
    weights = draw(st.sampled_from([None, None, {"numbers": 0.5}]))
    return ColumnTransformer(listed, transformer_weights=weights, sparse_threshold=0.0)


def table(seed: int) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Rows to fit to, with gaps, and their targets."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "Age": random.normal(40, 12, ROWS).round(1),
            "fare paid": random.gamma(2.0, 12.0, ROWS),
            "Count": random.poisson(1.5, ROWS).astype(float),
            "alone": random.random(ROWS) < 0.4,
            "Port": np.array(["C", "Q", "it's"], dtype=object)[random.integers(0, 3, ROWS)],
            "Home": np.array([f"town {i}" for i in range(9)], object)[random.integers(0, 9, ROWS)],
        }
    )
    made = frame["fare paid"] + 9 * (frame["Port"] == "C") + 4 * frame["alone"]
    made = (made + random.normal(0, 5, ROWS)).to_numpy()
    for name, share in (("Age", 0.2), ("Count", 0.1), ("Port", 0.1), ("Home", 0.05)):
        frame.loc[random.random(ROWS) < share, name] = np.nan
    thirds = np.digitize(made, np.quantile(made, [0.3, 0.7]))
    return frame, {
        "number": made,
        "counts": np.rint(np.abs(made) / 9),
        "text": np.where(made > np.median(made), "survived", "died"),
        "three": thirds,
        "none": None,
    }


def probes(model: Any, frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Rows to predict: some of the table, with numbers that the fitted model compares with and
    those halfway between two rows, the next above and below them, huge ones, texts that were
    never seen, and gaps everywhere."""
    random = np.random.default_rng([seed, 1])
    found = frame.iloc[random.permutation(ROWS)[:PROBES]].reset_index(drop=True)
    compared = np.array([*{float(x) for x in _compared(model)}, 0.0])
    for name in NUMBERS[:3]:
        known = np.sort(frame[name].dropna().unique())
        halves = (known[1:] + known[:-1]) / 2
        edges = np.concatenate([known, halves, halves, random.choice(compared, len(halves))])
        values = random.choice(edges, PROBES)
        values = np.nextafter(values, values + random.integers(-1, 2, PROBES))
        values = np.where(random.random(PROBES) < 0.03, random.choice(HUGE, PROBES), values)
        kept = random.random(PROBES) < 0.4
        found[name] = found[name].where(kept, values)
        found.loc[random.random(PROBES) < 0.08, name] = np.nan
    for name in TEXTS:
        known = frame[name].dropna().unique()
        found[name] = random.choice(np.array([*known, *UNSEEN, np.nan], dtype=object), PROBES)
    return found


def _compared(model: Any) -> Iterator[float]:
    """The numbers that the estimators in a model compare with: thresholds, and edges of bins."""
    waiting, seen = [model], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, BaseEstimator):
            waiting += vars(one).values()
            for name in ("bin_edges_", "quantiles_", "threshold"):
                for part in np.ravel(np.asarray(getattr(one, name, ()), dtype=object)):
                    yield from np.ravel(np.asarray(part, dtype=np.float64))
        elif isinstance(one, (list, tuple)):
            waiting += one
        elif isinstance(one, np.ndarray) and one.dtype == object:
            waiting += one.ravel().tolist()
        elif isinstance(getattr(one, "threshold", None), np.ndarray):  # nodes of a tree
            yield from one.threshold
