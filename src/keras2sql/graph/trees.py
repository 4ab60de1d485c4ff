"""Decision trees as one op: a forest whose trees are walked down and summed up."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import ops
from keras2sql.graph.ops import Array, Shape, ShapeError

Whole = npt.NDArray[np.intp]
Number = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forest:
    """The nodes of all trees, each behind its parent; `roots` are where the trees begin.

    At a node, element `feature` goes to the node `left` where it is not greater than
    `threshold`, else to `right`; a leaf goes to itself.  `value`, of shape (nodes, outputs), is
    what a tree gives at each leaf.  `missing_left` tells where NaN goes; None: a row that has one
    has no prediction.

    A node with a `category` that is not -1 has left those whole numbers that
    ``categories[category]`` lists, and right all others.
    """

    roots: Whole
    feature: Whole
    threshold: Number
    left: Whole
    right: Whole
    value: Number
    missing_left: npt.NDArray[np.bool_] | None = None
    category: Whole | None = None
    categories: tuple[tuple[int, ...], ...] = ()

    @property
    def outputs(self) -> int:
        return int(self.value.shape[1])

    @property
    def nodes(self) -> int:
        return len(self.feature)

    @property
    def numbers(self) -> int:
        """What it was fitted with: a threshold for each node that is no leaf, and what each leaf
        gives."""
        leaves = int(self.leaf.sum())
        return self.nodes - leaves + leaves * self.outputs

    @functools.cached_property
    def leaf(self) -> npt.NDArray[np.bool_]:
        """Which nodes are leaves."""
        return np.asarray(self.left == np.arange(self.nodes))

    @functools.cached_property
    def walked(self) -> tuple[Whole, Whole, Whole]:
        """Of each node the tree that it is of, how far below the root it is, and its place in the
        tree level by level, where those below one node are neighbours; -1 and 0 for a node that no
        tree leads to."""
        tree, level, place = (np.full(self.nodes, start, dtype=np.intp) for start in (-1, 0, 0))
        trees = len(self.roots)
        sizes = np.zeros(trees, dtype=np.intp)
        at, of, depth = self.roots, np.arange(trees), 0
        while at.size:  # in the order of the trees
            here = np.bincount(of, minlength=trees)
            rank = np.arange(len(at)) - (np.cumsum(here) - here)[of]
            tree[at], level[at], place[at] = of, depth, sizes[of] + rank
            sizes += here
            inner = ~self.leaf[at]
            below = at[inner]
            at = np.stack([self.left[below], self.right[below]], axis=1).reshape(-1)
            of, depth = np.repeat(of[inner], 2), depth + 1
        return tree, level, place

    @property
    def levels(self) -> Whole:
        """How far below its root each node is."""
        return self.walked[1]

    @functools.cached_property
    def depths(self) -> Whole:
        """The most steps from the root to a leaf of each tree."""
        tree, level, _ = self.walked
        found = np.zeros(len(self.roots), dtype=np.intp)
        np.maximum.at(found, tree[tree >= 0], level[tree >= 0])
        return found

    @property
    def depth(self) -> int:
        """The most steps from a root to a leaf."""
        return int(self.depths.max())

    def complete(self) -> Forest:
        """The same where no number is missing."""
        return replace(self, missing_left=None)


def by_depth(depths: Whole, most: int = 3) -> list[Whole]:
    """Trees of these depths in groups that are walked down together, each as deep as its deepest:
    their numbers, in up to so many groups, where each group more saves a tenth of the steps."""
    distinct, counts = np.unique(depths, return_counts=True)
    before = np.concatenate([[0], np.cumsum(counts)])  # how many trees are less deep

    def steps(start: int, end: int) -> float:
        """Of the trees with the depths ``distinct[start:end]``, walked down together."""
        return float((before[end] - before[start]) * distinct[end - 1])

    @functools.cache
    def fewest(end: int, groups: int) -> tuple[float, tuple[int, ...]]:
        """The steps of the trees with the depths ``distinct[:end]``, and where each group ends."""
        if groups == 1:
            return steps(0, end), (end,)
        shorter = ((cut, fewest(cut, groups - 1)) for cut in range(groups - 1, end))
        return min((taken + steps(cut, end), (*ends, end)) for cut, (taken, ends) in shorter)

    found = fewest(len(distinct), 1)
    for groups in range(2, min(most, len(distinct)) + 1):
        finer = fewest(len(distinct), groups)
        if finer[0] > 0.9 * found[0]:
            break
        found = finer
    return [
        np.flatnonzero((depths >= distinct[start]) & (depths <= distinct[end - 1]))
        for start, end in itertools.pairwise([0, *found[1]])
    ]


def forest(
    roots: Any,
    feature: Any,
    threshold: Any,
    left: Any,
    right: Any,
    value: Any,
    missing_left: Any = None,
    category: Any = None,
    categories: Sequence[Sequence[int]] = (),
) -> Forest:
    """A forest of such arrays, where -1 for `left` tells a leaf.

    Raises `ShapeError` where a node does not lie behind its parent, or outside.
    """
    first = np.asarray(left, dtype=np.intp)
    second = np.asarray(right, dtype=np.intp)
    nodes = np.arange(len(first))
    inner = first >= 0
    for child in (first, second):
        if (child[inner] <= nodes[inner]).any() or (child[inner] >= len(nodes)).any():
            raise ShapeError("a tree has a node that is not behind its parent")
    if category is not None and (np.asarray(category)[inner] >= len(categories)).any():
        raise ShapeError("a tree has a node of a category that is not there")
    values = np.asarray(value, dtype=np.float64).reshape(len(nodes), -1)
    if category is not None:
        category = np.where(inner, np.asarray(category, dtype=np.intp), -1)
    return Forest(
        np.asarray(roots, dtype=np.intp),
        np.where(inner, np.asarray(feature, dtype=np.intp), 0),
        np.where(inner, np.asarray(threshold, dtype=np.float64), 0.0),
        np.where(inner, first, nodes),
        np.where(inner, second, nodes),
        np.where(inner[:, None], 0.0, values),
        None if missing_left is None else np.asarray(missing_left, dtype=bool) & inner,
        category,
        tuple(tuple(map(int, one)) for one in categories),
    )


def beside(forests: Sequence[Forest]) -> Forest:
    """The trees of all of them, summed up; all have as many outputs.

    Where one takes missing numbers all do: those that a constant is made of do not mind.
    """
    starts = np.cumsum([0, *(one.nodes for one in forests)]).tolist()
    found = list(zip(forests, starts, strict=False))
    missing = [one.missing_left for one in forests]
    taken = any(one is not None for one in missing)
    return Forest(
        np.concatenate([one.roots + start for one, start in found]),
        np.concatenate([one.feature for one in forests]),
        np.concatenate([one.threshold for one in forests]),
        np.concatenate([one.left + start for one, start in found]),
        np.concatenate([one.right + start for one, start in found]),
        np.concatenate([one.value for one in forests]),
        np.concatenate(
            [
                np.zeros(each.nodes, dtype=bool) if one is None else one
                for each, one in zip(forests, missing, strict=True)
            ]
        )
        if taken
        else None,
        _categories(forests),
        tuple(one for each in forests for one in each.categories),
    )


def _categories(forests: Sequence[Forest]) -> Whole | None:
    """The category of each node, by its place among those of all forests."""
    if all(one.category is None for one in forests):
        return None
    parts, start = [], 0
    for one in forests:
        own = np.full(one.nodes, -1) if one.category is None else one.category
        parts.append(np.where(own < 0, -1, own + start))
        start += len(one.categories)
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class Trees(ops.Op):
    """The sum over the trees of a forest, (features,) -> (outputs,)."""

    forest: Forest

    def shape(self, *shapes: Shape) -> Shape:
        features = self.forest.feature
        if len(shapes[0]) != 1:
            raise ShapeError(f"trees take a vector, not a tensor of shape {shapes[0]}")
        if not (0 <= features.min() and features.max() < max(shapes[0][0], 1)):
            raise ShapeError(f"a tree reads an element that is none of {shapes[0][0]}")
        return (self.forest.outputs,)

    def kind(self, *kinds: str) -> str:
        return "float"

    def work(self, *shapes: Shape) -> int:
        """One for each comparison on the longest way through each tree."""
        return len(self.forest.roots) * self.forest.depth

    def __call__(self, *arrays: Array) -> Array:
        (x,), trees = arrays, self.forest
        rows = np.arange(len(x))[:, None]
        at = np.broadcast_to(trees.roots, (len(x), len(trees.roots)))
        for _ in range(trees.depth):
            value = x[rows, trees.feature[at]]
            at = np.where(self._goes_left(value, at), trees.left[at], trees.right[at])
        found = np.stack([column[at].sum(axis=1) for column in trees.value.T], axis=1)
        if trees.missing_left is None:
            found[np.isnan(x).any(axis=1)] = np.nan
        return found

    def _goes_left(self, value: Array, at: Whole) -> npt.NDArray[np.bool_]:
        trees = self.forest
        left = np.asarray(value <= trees.threshold[at])
        if trees.category is not None:
            for number, listed in enumerate(trees.categories):
                here = trees.category[at] == number
                left = np.where(here, np.isin(value, listed), left)
        if trees.missing_left is not None:
            left = np.where(np.isnan(value), trees.missing_left[at], left)
        return left


def of_single(threshold: Any) -> Number:
    """The largest numbers that are not greater than these thresholds once they are rounded to 32
    bit: scikit-learn compares ``float32(x) <= threshold``, and so any database does in 64 bit,
    also of a column of 32 bit.

    Halfway to the next number of 32 bit, or just before it where that one is even and takes it.
    """
    wanted = np.asarray(threshold, dtype=np.float64)
    with np.errstate(over="ignore"):
        near = wanted.astype(np.float32)
        low = np.where(near > wanted, np.nextafter(near, np.float32(-np.inf)), near)
        high = np.nextafter(low, np.float32(np.inf))
        middle = (low.astype(np.float64) + high.astype(np.float64)) / 2
    takes = low.view(np.int32) % 2 == 0
    return np.asarray(np.where(takes, middle, np.nextafter(middle, -np.inf)))
