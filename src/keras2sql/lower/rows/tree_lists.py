"""Trees in rows whose lists hold the nodes: no join but that of each row with each tree.

A step of rows that walk down has `r`, the source's row, `x`, the list of its elements, `s` and `v`,
the nodes and the values of one tree, and `n`, the node that this row is at in it.
"""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Forest, Trees, Whole, by_depth
from keras2sql.lower.rows.arrays import vector_of
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.lower.rows.node_lists import NodeLists, node_lists
from keras2sql.sql.tree import Column, Product, Read, Select, Union, aliased


def walk(body: Body, t: Tensor) -> Vector | None:
    """All trees of a row at once, where a row can hold a tree; None where none can.

    Where NaN goes left, a node reads the element from the second half of the row's list, in which
    NaN is less than any number.  Trees of other depths are walked down apart.
    """
    assert isinstance(t.op, Trees)
    forest = t.op.forest
    if forest.categories:
        return None
    rows = vector_of(body, t.inputs[0], 1).step
    if forest.missing_left is not None:
        rows = _double(body, t, rows)
    ends = []
    for trees in by_depth(forest.depths):
        ends.append(_walk_down(body, t, forest, trees, rows))
    return _sum_up(body, t, forest.outputs, ends)


def _double(body: Body, t: Tensor, step: str) -> str:
    """The list of each row, and behind it the same with NaN less than any number."""
    dialect = body.dialect
    is_nan = dialect.call("isnan", ["e"])
    least = dialect.typed(-np.inf, body.writer.precision)
    element = f"CASE WHEN {is_nan} THEN {least} ELSE e END"
    without_nan = body.lists.each.format("x.v", "e", element)
    both = body.lists.append.format("x.v", without_nan)
    columns = (Column("r", "x.r"), Column("v", both))
    return body.add(t, "doubled", Select(columns, Read(step, "x")))


def _walk_down(body: Body, t: Tensor, forest: Forest, trees: Whole, rows: str) -> str:
    """What the leaves give that the rows come to in these trees: a row for each tree."""
    lists = node_lists(forest, trees, features=t.inputs[0].size)
    step = _roots(body, t, lists, rows)
    kept = [Column(name, name) for name in ("r", "x", "s", "v")]
    columns = (*kept, Column("n", _node_below(body, lists)))
    for _ in range(lists.depth):
        step = body.add(t, "level", Select(columns, Read(step)))
    return _leaves(body, t, forest.outputs, lists, step)


def _roots(body: Body, t: Tensor, lists: NodeLists, rows: str) -> str:
    """Each row at the root of each tree, whose lists of nodes become one of records."""
    table = aliased(body.exact(t.layer, (), **lists.fields, v=lists.values), "m")
    nodes = ", ".join(f"m.{name}" for name in lists.fields)
    records = Column("s", body.lists.zip.format(nodes))
    trees = body.add(t, "trees", Select((records, Column("v", "m.v")), table))
    columns = (
        Column("r", "x.r"),
        Column("x", "x.v"),
        Column("s", "m.s"),
        Column("v", "m.v"),
        Column("n", "1"),
    )
    return body.add(t, "roots", Select(columns, Product(Read(rows, "x"), Read(trees, "m"))))


def _node_below(body: Body, lists: NodeLists) -> str:
    """The node that follows: those below one are neighbours, so that a level is one addition."""
    fields = {}
    for number, name in enumerate(lists.fields, start=1):
        fields[name] = body.lists.field.format("s[n]", number)
    first = "2 * n" if lists.is_full else fields["a"]
    goes_right = f"x[{fields['f']}] > {fields['t']}"
    return f"{first} + CASE WHEN {goes_right} THEN 1 ELSE 0 END"


def _leaves(body: Body, t: Tensor, outputs: int, lists: NodeLists, step: str) -> str:
    """The values of the leaves that the rows are at."""
    columns = [Column("r", "r")]
    for output in range(outputs):
        place = f"n - {lists.first_leaf - 1}"
        if outputs > 1:
            place = f"(n - {lists.first_leaf}) * {outputs} + {output + 1}"
        columns.append(Column(f"e{output}", f"v[{place}]"))
    return body.add(t, "leaves", Select(tuple(columns), Read(step)))


def _sum_up(body: Body, t: Tensor, outputs: int, ends: list[str]) -> Vector:
    """The sum of what all trees give, as an array of the outputs."""
    elements = [f"e{output}" for output in range(outputs)]
    step = ends[0]
    if len(ends) > 1:
        columns = tuple(Column(name, name) for name in ("r", *elements))
        selects = tuple(Select(columns, Read(end)) for end in ends)
        step = body.add(t, "ends", Union(selects))
    sum_ = body.dialect.own("sum")
    sums = body.listed([f"{sum_}({element})" for element in elements])
    columns = (Column("r", "r"), Column("p", "0"), Column("v", sums))
    return Vector(body.add(t, "array", Select(columns, Read(step), group=(1,))), 1)
