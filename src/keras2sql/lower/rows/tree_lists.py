"""Trees in rows whose lists hold the nodes: no join but that of each row with each tree."""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, Trees
from keras2sql.lower.rows.arrays import vector_of
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.sql.tree import Column, Product, Read, Select, aliased


def walk(body: Body, t: Tensor) -> Vector | None:
    """All trees of a row at once, where a row can hold a tree: its nodes are lists `f`, `t`, `a`
    and `v`, `n` is the place in them, and a row of the source meets each tree.

    The nodes below one are neighbours, the first at `a`, so that a level is one addition; a leaf
    is its own first, and its threshold is never passed.  Where NaN goes left, a node reads the
    element from the second half of the row's list, in which NaN is less than any number.
    """
    assert isinstance(t.op, Trees)
    forest, (x,) = t.op.forest, t.inputs
    if forest.categories:
        return None
    step = vector_of(body, x, 1).step
    if forest.missing_left is not None:
        step = _doubled(body, t, step)
    trees = body.exact(t.layer, (), **_lists(forest, x.size))
    columns = [Column("r", "x.r"), Column("x", "x.v")]
    columns += [Column(name, f"m.{name}") for name in "ftav"]
    source = Product(Read(step, "x"), aliased(trees, "m"))
    step = body.add(t, "roots", Select((*columns, Column("n", "1")), source))
    kept = [Column(name, name) for name in ("r", "x", *"ftav")]
    below = Column("n", "a[n] + CASE WHEN x[f[n]] > t[n] THEN 1 ELSE 0 END")
    for _ in range(forest.depth):
        step = body.add(t, "level", Select((*kept, below), Read(step)))
    k = forest.outputs
    ends = ["v[n]"] if k == 1 else [f"v[n * {k} - {k - 1 - j}]" for j in range(k)]
    sums = ", ".join(f"{body.dialect.own('sum')}({end})" for end in ends)
    arrays = body.dialect.need(body.dialect.arrays, "arrays")
    total = (Column("r", "r"), Column("p", "0"), Column("v", arrays.listed.format(sums)))
    return Vector(body.add(t, "array", Select(total, Read(step), group=(1,))), 1)


def _doubled(body: Body, t: Tensor, step: str) -> str:
    """The list of each row, and behind it the same with NaN less than any number."""
    dialect = body.dialect
    least = dialect.typed(-np.inf, body.writer.precision)
    missing = dialect.call("isnan", ["e"])
    low = body.lists.each.format("x.v", "e", f"CASE WHEN {missing} THEN {least} ELSE e END")
    columns = (Column("r", "x.r"), Column("v", body.lists.append.format("x.v", low)))
    return body.add(t, "doubled", Select(columns, Read(step, "x")))


def _lists(forest: Forest, features: int) -> dict[str, Array]:
    """The nodes of each tree, level by level, in lists as long as that of the largest tree."""
    of_tree = _trees_of(forest)
    length = max(map(len, of_tree))
    shape = (len(of_tree), length)
    f, t, a = np.ones(shape, np.int64), np.zeros(shape), np.ones(shape, np.int64)
    v = np.zeros((*shape, forest.outputs))
    feature = forest.feature + 1
    if forest.missing_left is not None:  # at a leaf, too, no NaN may pass
        feature = feature + features * (forest.missing_left | forest.leaf)
    for tree, nodes in enumerate(of_tree):
        place = {node: n + 1 for n, node in enumerate(nodes)}
        size = len(nodes)
        f[tree, :size] = feature[nodes]
        t[tree, :size] = np.where(forest.leaf[nodes], np.inf, forest.threshold[nodes])
        a[tree, :size] = [place[int(forest.left[node])] for node in nodes]
        v[tree, :size] = forest.value[nodes]
    return {"f": f, "t": t, "a": a, "v": v.reshape(len(of_tree), -1)}


def _trees_of(forest: Forest) -> list[list[int]]:
    """The nodes of each tree, level by level: those below one are neighbours."""
    found = []
    left, right, leaf = forest.left.tolist(), forest.right.tolist(), forest.leaf.tolist()
    for root in forest.roots.tolist():
        nodes = [root]
        for node in nodes:
            if not leaf[node]:
                nodes += [left[node], right[node]]
        found.append(nodes)
    return found
