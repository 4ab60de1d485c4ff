"""The nodes of trees as lists of one length, so that a row of a table holds a tree.

Places in lists are counted from 1.  Where there is no node, a list holds one that no number passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, Whole

_DEEPEST = 60
"""Levels of a full tree whose places are numbers of 64 bit."""


@dataclass(frozen=True, eq=False)
class NodeLists:
    """Trees that are walked down together, through `depth` levels.

    `fields`, each of shape (trees, places), are what a node holds: `f` the element that it tests,
    `t` the threshold, which a greater one passes, and unless the trees are full `a`, the first of
    the two nodes below it; a leaf is its own first, and its threshold is never passed.

    `values`, of shape (trees, leaves * outputs), are what the leaves give, one behind the other,
    the first of them that at `first_leaf`.
    """

    depth: int
    fields: Mapping[str, Array]
    values: Array
    first_leaf: int

    @property
    def is_full(self) -> bool:
        """Whether there is a place for each node that trees of this depth may have: those below
        the one at n are at 2n and 2n + 1."""
        return "a" not in self.fields


def node_lists(forest: Forest, trees: Whole, features: int) -> NodeLists:
    """The lists of these trees, over rows of so many features, in the form that takes less room."""
    nodes = _Nodes(forest, trees, features)
    # A place in a full tree holds two numbers, else three.
    if nodes.depth < _DEEPEST and 2 * (1 << nodes.depth) <= 3 * nodes.most:
        return nodes.full()
    return nodes.level_by_level()


class _Nodes:
    """The nodes of a group of trees: `all`, those that are `inner`, and the `leaves`, by their
    numbers in the forest.

    `row` and `place` tell of each node of the forest which tree of the group it is of and where it
    is in this tree level by level; the largest tree has `most` nodes.
    """

    def __init__(self, forest: Forest, trees: Whole, features: int) -> None:
        self.forest = forest
        self.trees = len(trees)
        self.depth = int(forest.depths[trees].max())
        self.features = features

        tree, self.level, self.place = forest.walked
        self.all = np.flatnonzero(np.isin(tree, trees))
        is_leaf = forest.leaf[self.all]
        self.inner = self.all[~is_leaf]
        self.leaves = self.all[is_leaf]
        row_of_tree = np.full(len(forest.roots), -1)
        row_of_tree[trees] = np.arange(self.trees)
        self.row = row_of_tree[tree]
        self.most = int(self.place[self.all].max()) + 1

    def full(self) -> NodeLists:
        """A place for each node that trees of this depth may have: the two below the one at n are
        at 2n and 2n + 1, and the leaves of the last level are behind all that are tested.  A leaf
        further up stands for those below it, of which rows come to the first."""
        first_leaf = 1 << self.depth
        number = self._numbers_if_full()
        last = number[self.leaves] << (self.depth - self.level[self.leaves])
        return NodeLists(
            self.depth,
            self._tests(self.inner, number[self.inner] - 1, first_leaf - 1),
            self._values(self.leaves, last - first_leaf, first_leaf),
            first_leaf,
        )

    def _numbers_if_full(self) -> Array:
        """Of each node its number where a root is 1 and below n are 2n and 2n + 1."""
        forest = self.forest
        number = np.ones(forest.nodes, dtype=np.int64)
        for level in range(self.depth):
            nodes = self.inner[self.level[self.inner] == level]
            number[forest.left[nodes]] = 2 * number[nodes]
            number[forest.right[nodes]] = 2 * number[nodes] + 1
        return number

    def level_by_level(self) -> NodeLists:
        """One node after the other, where those below one are neighbours."""
        place = self.place[self.all]
        fields = self._tests(self.all, place, self.most)
        first_below = np.ones((self.trees, self.most), dtype=np.int64)
        first_below[self.row[self.all], place] = self.place[self.forest.left[self.all]] + 1
        return NodeLists(
            self.depth,
            {**fields, "a": first_below},
            self._values(self.all, place, self.most),
            first_leaf=1,
        )

    def _tests(self, nodes: Whole, place: Array, length: int) -> dict[str, Array]:
        """The elements that nodes test, in lists of such a length, and the thresholds.

        Where NaN goes somewhere, the row's list holds the elements twice; see `tree_lists`.
        """
        forest = self.forest
        without_nan = 0  # how far behind an element is the one that is no NaN
        missing_left: Array = np.zeros(forest.nodes, dtype=bool)
        if forest.missing_left is not None:
            without_nan = self.features
            missing_left = forest.missing_left
        element = forest.feature + 1 + without_nan * (missing_left | forest.leaf)
        threshold = np.where(forest.leaf, np.inf, forest.threshold)

        elements = np.full((self.trees, length), 1 + without_nan, dtype=np.int64)
        thresholds = np.full((self.trees, length), np.inf)
        elements[self.row[nodes], place] = element[nodes]
        thresholds[self.row[nodes], place] = threshold[nodes]
        return {"f": elements, "t": thresholds}

    def _values(self, nodes: Whole, place: Array, length: int) -> Array:
        """What nodes give, in lists with room for so many."""
        values = np.zeros((self.trees, length, self.forest.outputs))
        values[self.row[nodes], place] = self.forest.value[nodes]
        return values.reshape(self.trees, -1)
