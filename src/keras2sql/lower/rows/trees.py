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
    forest = op.forest
    carried = np.unique(forest.feature[~forest.leaf]).tolist()
    if len(carried) > _CARRIED:
        carried = []
    step = _roots(body, t, forest, carried)

    nodes = _nodes(body, t, forest)
    joins = [Join(INNER, aliased(nodes, "m"), ("m.k = s.p",))]
    if carried:
        branches = " ".join(f"WHEN {element} THEN s.x{element}" for element in carried)
        value = f"CASE m.f {branches} END"
    else:
        value = "x.v"
        elements = Read(body.step_of(t.inputs[0]), "x")
        joins.append(Join(INNER, elements, ("x.r = s.r", "x.i = m.f")))
    if forest.categories:
        categories = aliased(_categories(body, t, forest), "c")
        joins.append(Join(LEFT, categories, ("c.k = s.p", f"c.v = {value}")))

    goes_left = _goes_left(body, forest, value)
    columns = [Column("r", "s.r"), Column("p", f"CASE WHEN {goes_left} THEN m.a ELSE m.b END")]
    columns += [Column(f"x{element}", f"s.x{element}") for element in carried]
    for _ in range(forest.depth):
        select = Select(
            columns=tuple(columns),
            source=Read(step, "s"),
            joins=tuple(joins),
        )
        step = body.add(t, "level", select)
    return _summed(body, t, forest, step)


def _roots(body: Body, t: Tensor, forest: Forest, carried: list[int]) -> str:
    """Write a row for each row of the source and each tree, which is at its root, with the
    elements that are carried along."""
    element_of = {f"x{element}": element for element in carried}
    rows, numbers = body.forms.beside(body, t.inputs[0], element_of)
    count = np.arange(len(forest.roots))
    trees = body.table(
        t.layer,
        keys=("k",),
        k=count,
        p=forest.roots,
    )
    columns = [Column("r", f"{body.dialect.quote(rows)}.r"), Column("p", "m.p")]
    for name, text in zip(element_of, numbers, strict=True):
        columns.append(Column(name, text))
    source = Product(Read(rows), aliased(trees, "m"))
    return body.add(t, "roots", Select(tuple(columns), source))


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
    nodes: list[int] = []
    values: list[int] = []
    for node, number in enumerate(forest.category.tolist()):
        if number >= 0:
            going_left = forest.categories[number]
            nodes += [node] * len(going_left)
            values += going_left
    return body.table(
        t.layer,
        keys=("k", "v"),
        k=np.array(nodes),
        v=np.array(values),
    )


def _goes_left(body: Body, forest: Forest, value: str) -> str:
    """The test for a number, or for NaN, at a node."""
    is_nan = body.dialect.call("isnan", [value])
    test = f"{value} <= m.t"
    if forest.missing_left is not None and body.dialect.arithmetic.nan == "by sign":
        test = f"(NOT {is_nan} AND {test})"
    if forest.categories:
        test = f"{test} OR c.k IS NOT NULL"
    if forest.missing_left is None:
        return test
    return f"{test} OR (m.m = 1 AND {is_nan})"


def _summed(body: Body, t: Tensor, forest: Forest, step: str) -> str:
    """The sum of what the leaves give, of each output."""
    leaves = np.flatnonzero(forest.leaf)
    outputs = forest.outputs
    table = body.table(
        t.layer,
        keys=("k",),
        k=np.repeat(leaves, outputs),
        i=np.tile(np.arange(outputs), len(leaves)),
        v=forest.value[leaves].reshape(-1),
    )
    join = Join(INNER, aliased(table, "m"), ("m.k = s.p",))
    total = body.dialect.own("sum(m.v)")
    select = body.rows(
        Read(step, "s"),
        r="s.r",
        i="m.i",
        v=total,
        joins=[join],
        group=(1, 2),
    )
    return body.add(t, "", select)
