"""Trees in rows whose lists hold the nodes: no join but that of each row with each tree.

A row of the table of trees holds the nodes of one, in lists of one length, counted from 1: `f` the
element that each tests, `t` the threshold, `a` the first of the two nodes below it, and `v` the
values of the outputs, one node after the other.
"""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.ops import Array
from keras2sql.graph.trees import Forest, Trees
from keras2sql.lower.rows.arrays import vector_of
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.sql.tree import Column, Product, Read, Select, aliased


def walk(body: Body, t: Tensor) -> Vector | None:
    """All trees of a row at once, where a row can hold a tree: `n` is the node that a tree is at,
    and a row of the source meets each tree.

    The nodes below one are neighbours, the first at `a`, so that a level is one addition; a leaf
    is its own first, and its threshold is never passed.  Where NaN goes left, a node reads the
    element from the second half of the row's list, in which NaN is less than any number.
    """
    assert isinstance(t.op, Trees)
    forest = t.op.forest
    (x,) = t.inputs
    if forest.categories:
        return None
    step = vector_of(body, x, 1).step
    if forest.missing_left is not None:
        step = _doubled(body, t, step)
    trees = body.exact(t.layer, (), **_lists(forest, x.size))

    columns = [Column("r", "x.r"), Column("x", "x.v")]
    columns += [Column(name, f"m.{name}") for name in "ftav"]
    columns.append(Column("n", "1"))
    source = Product(Read(step, "x"), aliased(trees, "m"))
    step = body.add(t, "roots", Select(tuple(columns), source))

    kept = [Column(name, name) for name in ("r", "x", *"ftav")]
    below = Column("n", "a[n] + CASE WHEN x[f[n]] > t[n] THEN 1 ELSE 0 END")
    for _ in range(forest.depth):
        step = body.add(t, "level", Select((*kept, below), Read(step)))
    return Vector(_summed(body, t, forest.outputs, step), 1)


def _summed(body: Body, t: Tensor, outputs: int, step: str) -> str:
    """Write the sums of what the leaves give, as one array."""
    leaf_values = ["v[n]"]
    if outputs > 1:
        leaf_values = [f"v[n * {outputs} - {outputs - 1 - j}]" for j in range(outputs)]
    sum_ = body.dialect.own("sum")
    array = body.listed([f"{sum_}({value})" for value in leaf_values])
    columns = (Column("r", "r"), Column("p", "0"), Column("v", array))
    select = Select(
        columns=columns,
        source=Read(step),
        group=(1,),
    )
    return body.add(t, "array", select)


def _doubled(body: Body, t: Tensor, step: str) -> str:
    """The list of each row, and behind it the same with NaN less than any number."""
    dialect = body.dialect
    least = dialect.typed(-np.inf, body.writer.precision)
    is_nan = dialect.call("isnan", ["e"])
    without_nan = body.lists.each.format("x.v", "e", f"CASE WHEN {is_nan} THEN {least} ELSE e END")
    doubled = body.lists.append.format("x.v", without_nan)
    columns = (Column("r", "x.r"), Column("v", doubled))
    return body.add(t, "doubled", Select(columns, Read(step, "x")))


def _lists(forest: Forest, features: int) -> dict[str, Array]:
    """The nodes of each tree, level by level, in lists as long as that of the largest tree."""
    trees = _nodes_of_trees(forest)
    shape = (len(trees), max(map(len, trees)))
    element = np.ones(shape, np.int64)
    threshold = np.zeros(shape)
    first_below = np.ones(shape, np.int64)
    value = np.zeros((*shape, forest.outputs))

    tested = forest.feature + 1
    if forest.missing_left is not None:  # at a leaf, too, no NaN may pass
        tested = tested + features * (forest.missing_left | forest.leaf)
    for tree, nodes in enumerate(trees):
        size = len(nodes)
        position = {node: n for n, node in enumerate(nodes, 1)}
        element[tree, :size] = tested[nodes]
        threshold[tree, :size] = np.where(forest.leaf[nodes], np.inf, forest.threshold[nodes])
        first_below[tree, :size] = [position[int(forest.left[node])] for node in nodes]
        value[tree, :size] = forest.value[nodes]
    return {"f": element, "t": threshold, "a": first_below, "v": value.reshape(len(trees), -1)}


def _nodes_of_trees(forest: Forest) -> list[list[int]]:
    """The nodes of each tree, level by level: those below one are neighbours."""
    left, right, leaf = forest.left.tolist(), forest.right.tolist(), forest.leaf.tolist()
    trees = []
    for root in forest.roots.tolist():
        nodes = [root]
        for node in nodes:  # which grows meanwhile
            if not leaf[node]:
                nodes += [left[node], right[node]]
        trees.append(nodes)
    return trees
