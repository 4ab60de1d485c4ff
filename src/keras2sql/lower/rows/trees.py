"""Trees as tables: a join with the table of nodes for each level, and a sum over the leaves."""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Forest, Trees
from keras2sql.lower.rows.body import Body
from keras2sql.sql.tree import (
    INNER,
    LEFT,
    Column,
    Join,
    Product,
    Read,
    Select,
    Table,
    aliased,
)

# So many numbers of a row go along with it.
_CARRIED = 64
_LARGEST = float(np.finfo(np.float64).max)


def walk(body: Body, op: Trees, t: Tensor) -> str:
    """All trees of a row at once, a step for each level; `p` is the node that a tree is at.

    The numbers of a row go along as columns, where these are not too many: a join for each of them
    is planned as if it found few.
    """
    (x,) = t.inputs
    forest = op.forest
    used = np.unique(forest.feature[~forest.leaf]).tolist()
    used = used if len(used) <= _CARRIED else []
    rows, numbers = body.forms.beside(body, x, {f"x{place}": place for place in used})
    trees = body.table(t.layer, ("k",), k=np.arange(len(forest.roots)), p=forest.roots)
    first = [Column("r", f"{body.dialect.quote(rows)}.r"), Column("p", "m.p")]
    first += [Column(f"x{place}", text) for place, text in zip(used, numbers, strict=True)]
    source = Product(Read(rows), aliased(trees, "m"))
    step = body.add(t, "roots", Select(tuple(first), source))
    joins = [Join(INNER, aliased(_nodes(body, t, forest), "m"), ("m.k = s.p",))]
    value = f"CASE m.f {' '.join(f'WHEN {place} THEN s.x{place}' for place in used)} END"
    if not used:
        value = "x.v"
        joins.append(Join(INNER, Read(body.step_of(x), "x"), ("x.r = s.r", "x.i = m.f")))
    if forest.categories:
        listed = aliased(_categories(body, t, forest), "c")
        joins.append(Join(LEFT, listed, ("c.k = s.p", f"c.v = {value}")))
    below = f"CASE WHEN {_goes_left(body, forest, value)} THEN m.a ELSE m.b END"
    columns = [Column("r", "s.r"), Column("p", below)]
    columns += [Column(f"x{place}", f"s.x{place}") for place in used]
    for _ in range(forest.depth):
        step = body.add(t, "level", Select(tuple(columns), Read(step, "s"), tuple(joins)))
    return _summed(body, t, forest, step)


def _nodes(body: Body, t: Tensor, forest: Forest) -> Read | Table:
    """Of each node the element it tests, the threshold, the nodes below; whether NaN goes left."""
    threshold = forest.threshold
    if not body.dialect.arithmetic.has_infinity:
        threshold = np.minimum(threshold, _LARGEST)
    if forest.category is not None:  # which nothing but a category passes
        threshold = np.where(forest.category >= 0, -_LARGEST, threshold)
    columns = {
        "k": np.arange(forest.nodes),
        "f": forest.feature,
        "t": threshold,
        "a": forest.left,
        "b": forest.right,
    }
    if forest.missing_left is not None:
        columns["m"] = forest.missing_left.astype(np.intp)
    return body.exact(t.layer, ("k",), **columns)


def _categories(body: Body, t: Tensor, forest: Forest) -> Read | Table:
    """The values that go left, of each node that has such."""
    assert forest.category is not None
    of_node = {n: forest.categories[c] for n, c in enumerate(forest.category.tolist()) if c >= 0}
    node = np.repeat(list(of_node), [len(listed) for listed in of_node.values()])
    value = np.array([v for listed in of_node.values() for v in listed])
    return body.table(t.layer, ("k", "v"), k=node, v=value)


def _goes_left(body: Body, forest: Forest, value: str) -> str:
    test, missing = f"{value} <= m.t", body.dialect.call("isnan", [value])
    if forest.missing_left is not None and body.dialect.arithmetic.nan == "by sign":
        test = f"(NOT {missing} AND {test})"
    if forest.categories:
        test = f"{test} OR c.k IS NOT NULL"
    return test if forest.missing_left is None else f"{test} OR (m.m = 1 AND {missing})"


def _summed(body: Body, t: Tensor, forest: Forest, step: str) -> str:
    """The sum of what the leaves give, of each output."""
    leaves = np.flatnonzero(forest.leaf)
    outputs = forest.outputs
    table = body.table(
        t.layer,
        ("k",),
        k=np.repeat(leaves, outputs),
        i=np.tile(np.arange(outputs), len(leaves)),
        v=forest.value[leaves].reshape(-1),
    )
    join = Join(INNER, aliased(table, "m"), ("m.k = s.p",))
    total = body.dialect.own("sum(m.v)")
    return body.add(t, "", body.rows(Read(step, "s"), "s.r", "m.i", total, join, group=(1, 2)))
