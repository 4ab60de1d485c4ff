"""Trees in rows whose lists hold the nodes: no join but that of each row with each tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from keras2sql.graph.core import Tensor
from keras2sql.graph.trees import Forest, Trees, Whole, by_depth
from keras2sql.lower.rows.arrays import vector_of
from keras2sql.lower.rows.body import Body, Vector
from keras2sql.lower.rows.node_lists import NodeLists, node_lists
from keras2sql.sql.tree import Column, Product, Read, Select, Union, aliased


@dataclass(frozen=True)
class Called:
    """What the columns of rows that walk down are called: `own` tell of which row of the source
    one is, `x` is the list of its elements, `s` and `v` are the nodes and the values of one tree,
    and `n` is the node that the row is at in it; before it meets the trees, `v` has its elements.

    Names are spelled in expressions by `quote`.
    """

    quote: Callable[[str], str]
    own: tuple[str, ...] = ("r",)
    x: str = "x"
    s: str = "s"
    v: str = "v"
    n: str = "n"

    def of(self, relation: str = "") -> tuple[Column, ...]:
        """The columns that tell rows apart, of a relation by this alias."""
        before = f"{relation}." if relation else ""
        return tuple(Column(name, f"{before}{self.quote(name)}") for name in self.own)


def can_hold(forest: Forest) -> bool:
    """Whether a row of a table can hold a tree of it."""
    return not forest.categories


def walk(body: Body, t: Tensor) -> Vector | None:
    """All trees of a row at once, where a row can hold a tree; None where none can."""
    assert isinstance(t.op, Trees)
    forest = t.op.forest
    if not can_hold(forest):
        return None
    called = Called(body.dialect.quote)
    step = walk_down(body, t, forest, vector_of(body, t.inputs[0], 1).step, called)
    return _sum_up(body, t, forest.outputs, step)


def walk_down(body: Body, t: Tensor, forest: Forest, rows: str, called: Called) -> str:
    """What the leaves give that the rows come to: a row for each tree, whose columns are the own
    ones, and the values of each output, called as `ends` tells.

    Where NaN goes left, a node reads the element from the second half of the row's list, in which
    NaN is less than any number.  Trees of other depths are walked down apart.
    """
    if forest.missing_left is not None:
        rows = _double(body, t, rows, called)
    found = []
    for trees in by_depth(forest.depths):
        found.append(_walk_down(body, t, forest, trees, rows, called))
    if len(found) == 1:
        return found[0]
    values = tuple(Column(name, called.quote(name)) for name in ends(called, forest.outputs))
    columns = (*called.of(), *values)
    return body.add(t, "ends", Union(tuple(Select(columns, Read(one)) for one in found)))


def ends(called: Called, outputs: int) -> list[str]:
    """What the columns of the values of leaves are called."""
    own = {name.casefold() for name in called.own}
    letter = "e"
    while any(f"{letter}{output}" in own for output in range(outputs)):
        letter += "e"
    return [f"{letter}{output}" for output in range(outputs)]


def _double(body: Body, t: Tensor, step: str, called: Called) -> str:
    """The list of each row, and behind it the same with NaN less than any number."""
    dialect = body.dialect
    is_nan = dialect.call("isnan", ["e"])
    least = dialect.typed(-np.inf, body.writer.precision)
    element = f"CASE WHEN {is_nan} THEN {least} ELSE e END"
    elements = f"x.{called.quote(called.v)}"
    without_nan = body.lists.each.format(elements, "e", element)
    both = body.lists.append.format(elements, without_nan)
    columns = (*called.of("x"), Column(called.v, both))
    return body.add(t, "doubled", Select(columns, Read(step, "x")))


def _walk_down(
    body: Body, t: Tensor, forest: Forest, trees: Whole, rows: str, called: Called
) -> str:
    """What the leaves give that the rows come to in these trees: a row for each tree."""
    lists = node_lists(forest, trees, features=t.inputs[0].size)
    step = _roots(body, t, lists, rows, called)
    kept = [Column(name, called.quote(name)) for name in (called.x, called.s, called.v)]
    columns = (*called.of(), *kept, Column(called.n, _node_below(body, lists, called)))
    for _ in range(lists.depth):
        step = body.add(t, "level", Select(columns, Read(step)))
    return _leaves(body, t, forest.outputs, lists, step, called)


def _roots(body: Body, t: Tensor, lists: NodeLists, rows: str, called: Called) -> str:
    """Each row at the root of each tree, whose lists of nodes become one of records."""
    table = aliased(body.exact(t.layer, (), **lists.fields, v=lists.values), "m")
    nodes = ", ".join(f"m.{name}" for name in lists.fields)
    records = Column("s", body.lists.zip.format(nodes))
    trees = body.add(t, "trees", Select((records, Column("v", "m.v")), table))
    columns = (
        *called.of("x"),
        Column(called.x, f"x.{called.quote(called.v)}"),
        Column(called.s, "m.s"),
        Column(called.v, "m.v"),
        Column(called.n, "1"),
    )
    return body.add(t, "roots", Select(columns, Product(Read(rows, "x"), Read(trees, "m"))))


def _node_below(body: Body, lists: NodeLists, called: Called) -> str:
    """The node that follows: those below one are neighbours, so that a level is one addition."""
    x, s, n = map(called.quote, (called.x, called.s, called.n))
    fields = {}
    for number, name in enumerate(lists.fields, start=1):
        fields[name] = body.lists.field.format(f"{s}[{n}]", number)
    first = f"2 * {n}" if lists.is_full else fields["a"]
    goes_right = f"{x}[{fields['f']}] > {fields['t']}"
    return f"{first} + CASE WHEN {goes_right} THEN 1 ELSE 0 END"


def _leaves(
    body: Body, t: Tensor, outputs: int, lists: NodeLists, step: str, called: Called
) -> str:
    """The values of the leaves that the rows are at."""
    v, n = map(called.quote, (called.v, called.n))
    columns = list(called.of())
    for output, name in enumerate(ends(called, outputs)):
        place = f"{n} - {lists.first_leaf - 1}"
        if outputs > 1:
            place = f"({n} - {lists.first_leaf}) * {outputs} + {output + 1}"
        columns.append(Column(name, f"{v}[{place}]"))
    return body.add(t, "leaves", Select(tuple(columns), Read(step)))


def _sum_up(body: Body, t: Tensor, outputs: int, step: str) -> Vector:
    """The sum of what all trees give, as an array of the outputs."""
    sum_ = body.dialect.own("sum")
    sums = body.listed([f"{sum_}(e{output})" for output in range(outputs)])
    columns = (Column("r", "r"), Column("p", "0"), Column("v", sums))
    return Vector(body.add(t, "array", Select(columns, Read(step), group=(1,))), 1)
