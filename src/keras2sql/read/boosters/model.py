"""Boosted trees as read, whatever library wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array, ShapeError
from keras2sql.graph.trees import Forest, forest

_MOST_FEATURES = 1 << 17
_MOST_VALUES = 1 << 26  # of all leaves, each with a number for each output
_MOST_DEPTH = 1_000

Categories = Mapping[int, tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class Boosted:
    """A model: `first`, of shape (outputs,), is what the trees are added to, and `link` makes
    predictions of the sum, `scale` times; the decision function is the sum `rounds` times.  In the
    place of trees may be `weights`, of shape (width, outputs).

    `labels` are the classes of each target of a classifier; the second of two is chosen above the
    probability `threshold`, where that is not a half.  `features` are the names of the
    columns that it was fitted with, `width` their number.  How trees see them: columns of
    `categories` by the place of the value in its list, `unknown` for one that is not there; those
    of `codes` without what is behind the point, cut by the function `cut`; in those of `zeros`
    a 0 is missing, and so is `marker` in all.  `source` is the file or the booster that was read.
    """

    library: str
    version: tuple[int, int]
    width: int
    first: Array
    link: str = "identity"
    scale: float = 1.0
    rounds: float = 1.0
    trees: Forest | None = None
    weights: Array | None = None
    labels: tuple[tuple[Any, ...], ...] = ()
    threshold: float | None = None
    features: tuple[str, ...] | None = None
    categories: Categories = field(default_factory=dict)
    unknown: float = -1.0
    codes: frozenset[int] = frozenset()
    cut: str = "trunc"
    zeros: frozenset[int] = frozenset()
    marker: float | None = None
    name: str = ""
    source: Any = None

    def __post_init__(self) -> None:
        if not 0 < self.width <= _MOST_FEATURES:
            raise ValueError(f"{self.width} columns")
        if not (np.isfinite(self.first).all() and np.isfinite(self.scale)):
            raise ValueError("its first prediction is no number")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise ValueError(f"a threshold of {self.threshold} is no probability")
        if self.features is not None and len(self.features) != self.width:
            raise ValueError(f"{len(self.features)} names for {self.width} columns")

    @property
    def outputs(self) -> int:
        return len(self.first)

    # What `read/sklearn` asks an estimator.

    @property
    def feature_names_in_(self) -> tuple[str, ...]:
        if self.features is None:
            raise AttributeError("feature_names_in_")
        return self.features

    @property
    def n_features_in_(self) -> int:
        return self.width


@contextmanager
def parsed(label: str, library: str) -> Iterator[None]:
    """Whatever goes wrong with the content of a file is told as `ModelFileError`."""
    try:
        yield
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        ShapeError,
        TypeError,
        ValueError,
    ) as error:
        told = f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else error
        raise ModelFileError(f"{label} is damaged, or no model of {library}: {told}") from error


def numbers(values: Any, kind: type = np.float64) -> Array:
    """A list of numbers, whole ones where `kind` is; raises `ValueError` for anything else."""
    found = np.asarray(values if len(values) else np.zeros(0))
    if found.ndim != 1 or found.dtype.kind not in "biuf":
        raise ValueError("a list of numbers holds something else")
    if np.issubdtype(kind, np.integer) and not (np.abs(found) < 1 << 53).all():
        raise ValueError("a number is too large")
    with np.errstate(over="ignore"):
        return np.asarray(found.astype(kind))


def tree(
    width: int,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    value: Any,
    missing_left: Any,
    category: Any = None,
    categories: Any = (),
) -> Forest:
    """One tree that begins at node 0, as `forest` takes it, but in any order.

    Raises `ValueError` unless each node has one parent, and all numbers are numbers.
    """
    first, second = numbers(left, np.int64), numbers(right, np.int64)
    inner = first >= 0
    tests = np.flatnonzero(inner)
    below = np.concatenate([first[inner], second[inner]])
    count = len(first)
    if count == 0 or (below >= count).any() or (below < 0).any() or (below == 0).any():
        raise ValueError("a tree has a node that is not there")
    if len(np.unique(below)) < len(below):
        raise ValueError("a tree has a node below two others")
    features = np.where(inner, np.asarray(feature), 0)
    if not ((features >= 0) & (features < width)).all():
        raise ValueError(f"a tree reads a column that is none of the {width}")
    values = np.asarray(value, dtype=np.float64).reshape(count, -1)
    if not np.isfinite(values[~inner]).all() or np.isnan(np.asarray(threshold)[inner]).any():
        raise ValueError("a tree holds what is no number")
    order = None
    if (below <= np.concatenate([tests, tests])).any():
        order = _levels(first, second, inner)
        place = np.full(count, -1)
        place[order] = np.arange(len(order))
        first, second = (np.where(inner, place[np.where(inner, n, 0)], -1) for n in (first, second))
    columns = [features, threshold, first, second, values, missing_left]
    if order is not None:
        columns = [np.asarray(column)[order] for column in columns]
        category = None if category is None else category[order]
    features, threshold, first, second, values, missing_left = columns
    made = forest(
        [0], features, threshold, first, second, values, missing_left, category, categories
    )
    if made.depth > _MOST_DEPTH:
        raise ValueError(f"a tree of depth {made.depth:,}, more than {_MOST_DEPTH:,}")
    return made


def _levels(left: Array, right: Array, inner: Array) -> Array:
    """The nodes that the first leads to, level by level."""
    found = [0]
    for node in found:
        if inner[node]:
            found += [int(left[node]), int(right[node])]
    return np.array(found)


def only(value: Array, place: int, outputs: int) -> Array:
    """What trees that are for one of several outputs give: 0 for the others."""
    room(len(value), outputs)
    found = np.zeros((len(value), outputs))
    found[:, place] = value
    return found


def room(nodes: int, outputs: int) -> None:
    """Raise `ValueError` for more leaves and outputs than can be held."""
    if nodes * outputs > _MOST_VALUES:
        raise ValueError(f"{nodes:,} nodes with {outputs:,} outputs each are too many")
