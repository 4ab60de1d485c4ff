"""Trees in rows whose lists hold the nodes: no join but that of each row with each tree.

A row of the table of trees holds the nodes of one, in lists of one length, counted from 1: `f` the
element that each tests, `t` the threshold, `a` the first of the two nodes below it unless its place
tells, and `v` the values of the outputs, one leaf after the other.
"""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, Trees, by_depth
from keras2sql.lower.rows.arrays import vector_of
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.sql.tree import Column, Product, Read, Select, Union, aliased


def walk(body: Body, t: Tensor) -> Vector | None:
    """All trees of a row at once, where a row can hold a tree: `s` are its nodes as records, `n` is
    the node that a tree is at, and a row of the source meets each tree.

    The nodes below one are neighbours, so that a level is one addition; a leaf is its own first,
    and its threshold is never passed.  Where NaN goes left, a node reads the element from the
    second half of the row's list, in which NaN is less than any number.  Trees of other depths are
    walked down apart.
    """
    assert isinstance(t.op, Trees)
    forest, (x,) = t.op.forest, t.inputs
    if forest.categories:
        return None
    step = vector_of(body, x, 1).step
    if forest.missing_left is not None:
        step = _doubled(body, t, step)
    groups = by_depth(forest.depths)
    ends = [_ends(body, t, step, group) for group in groups]
    listed = [f"e{k}" for k in range(forest.outputs)]
    source = ends[0]
    if len(ends) > 1:
        columns = tuple(Column(name, name) for name in ("r", *listed))
        source = body.add(t, "ends", Union(tuple(Select(columns, Read(end)) for end in ends)))
    sums = body.listed([f"{body.dialect.own('sum')}({name})" for name in listed])
    total = (Column("r", "r"), Column("p", "0"), Column("v", sums))
    return Vector(body.add(t, "array", Select(total, Read(source), group=(1,))), 1)


def _ends(body: Body, t: Tensor, rows: str, group: Array) -> str:
    """What the leaves give that the rows come to in a group of trees: a row for each tree."""
    assert isinstance(t.op, Trees)
    forest, field = t.op.forest, body.lists.field
    depth, features = int(forest.depths[group].max()), t.inputs[0].size
    nodes = _Nodes(forest, features, group)
    heap = nodes.full(depth)
    lists = nodes.heap(depth) if heap else nodes.listed()
    fields = [f"m.{name}" for name in lists if name != "v"]
    zipped = Column("s", body.lists.zip.format(", ".join(fields)))
    table = aliased(body.exact(t.layer, (), **lists), "m")
    trees = body.add(t, "trees", Select((zipped, Column("v", "m.v")), table))
    columns = [Column("r", "x.r"), Column("x", "x.v"), Column("s", "m.s"), Column("v", "m.v")]
    source = Product(Read(rows, "x"), Read(trees, "m"))
    step = body.add(t, "roots", Select((*columns, Column("n", "1")), source))
    kept = [Column(name, name) for name in ("r", "x", "s", "v")]
    feature, threshold, first = (field.format("s[n]", place) for place in (1, 2, 3))
    first = "2 * n" if heap else first
    below = Column("n", f"{first} + CASE WHEN x[{feature}] > {threshold} THEN 1 ELSE 0 END")
    for _ in range(depth):
        step = body.add(t, "level", Select((*kept, below), Read(step)))
    start, k = 1 << depth if heap else 1, forest.outputs
    places = [f"(n - {start}) * {k} + {j + 1}" if k > 1 else f"n - {start - 1}" for j in range(k)]
    leaves = [Column(f"e{j}", f"v[{place}]") for j, place in enumerate(places)]
    return body.add(t, "leaves", Select((Column("r", "r"), *leaves), Read(step)))


def _doubled(body: Body, t: Tensor, step: str) -> str:
    """The list of each row, and behind it the same with NaN less than any number."""
    dialect = body.dialect
    least = dialect.typed(-np.inf, body.writer.precision)
    missing = dialect.call("isnan", ["e"])
    low = body.lists.each.format("x.v", "e", f"CASE WHEN {missing} THEN {least} ELSE e END")
    columns = (Column("r", "x.r"), Column("v", body.lists.append.format("x.v", low)))
    return body.add(t, "doubled", Select(columns, Read(step, "x")))


class _Nodes:
    """The nodes of a group of trees, in lists as long as that of the largest tree; where there is
    no node, none is passed."""

    def __init__(self, forest: Forest, features: int, group: Array) -> None:
        self.forest, self.trees = forest, len(group)
        tree, self.level, self.place = forest.walked
        self.nodes = np.flatnonzero(np.isin(tree, group))
        row = np.full(len(forest.roots), -1)
        row[group] = np.arange(len(group))
        self.row = row[tree]
        self.most = int(self.place[self.nodes].max()) + 1
        shift = 0 if forest.missing_left is None else features
        self.none = 1 + shift  # an element that is no NaN, which passes any threshold
        goes_left = False if forest.missing_left is None else forest.missing_left
        self.feature = forest.feature + 1 + shift * (goes_left | forest.leaf)
        self.threshold = np.where(forest.leaf, np.inf, forest.threshold)

    def full(self, depth: int) -> bool:
        """Whether trees of this depth with a node at every place take no more room: each place
        holds two numbers there, else a node holds three."""
        return depth < 60 and 2 << depth <= 3 * self.most

    def heap(self, depth: int) -> dict[str, Array]:
        """The nodes below the one at n are at 2n and 2n + 1, and the leaves of the last level
        behind all that are tested; a leaf above is that which is below it at the left."""
        forest = self.forest
        place = np.ones(forest.nodes, dtype=np.int64)
        for level in range(depth):
            inner = self.nodes[(self.level[self.nodes] == level) & ~forest.leaf[self.nodes]]
            place[forest.left[inner]] = 2 * place[inner]
            place[forest.right[inner]] = 2 * place[inner] + 1
        inner = self.nodes[~forest.leaf[self.nodes]]
        leaf = self.nodes[forest.leaf[self.nodes]]
        f, t = self._tests(inner, place[inner] - 1, (1 << depth) - 1)
        below = (place[leaf] << depth - self.level[leaf]) - (1 << depth)
        return {"f": f, "t": t, "v": self._values(leaf, below, 1 << depth)}

    def listed(self) -> dict[str, Array]:
        """Level by level: those below a node are neighbours, the first at `a`."""
        place = self.place[self.nodes]
        f, t = self._tests(self.nodes, place, self.most)
        a = np.ones(f.shape, dtype=np.int64)
        a[self.row[self.nodes], place] = self.place[self.forest.left[self.nodes]] + 1
        return {"f": f, "t": t, "a": a, "v": self._values(self.nodes, place, self.most)}

    def _tests(self, nodes: Array, place: Array, length: int) -> tuple[Array, Array]:
        f = np.full((self.trees, length), self.none, dtype=np.int64)
        t = np.full((self.trees, length), np.inf)
        f[self.row[nodes], place] = self.feature[nodes]
        t[self.row[nodes], place] = self.threshold[nodes]
        return f, t

    def _values(self, nodes: Array, place: Array, length: int) -> Array:
        v = np.zeros((self.trees, length, self.forest.outputs))
        v[self.row[nodes], place] = self.forest.value[nodes]
        return v.reshape(self.trees, -1)
