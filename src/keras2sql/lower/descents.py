"""Trees in tables, walked down by a recursion for each row by itself, in one expression.

One row is found at once so, where a CASE of each node is planned for seconds; all rows take longer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.base import Dialect
from keras2sql.graph.core import Graph
from keras2sql.graph.trees import Forest, Trees
from keras2sql.lower.cells import Cell, Cells
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Read, Table

MOST = 500
"""Features that a node chooses among by one CASE."""

_LARGEST = float(np.finfo(np.float64).max)
Keep = Callable[..., Read | Table]


@dataclass(eq=False)
class Descent:
    """A forest in tables, once these are `stored`: what the statement calls them, spelled.

    `features` are the elements that its nodes test, and `walk`, `node`, `leaf` and `among`
    what the expression calls the rows that it reads.
    """

    layer: str
    forest: Forest
    features: list[int]
    walk: str = ""
    node: str = ""
    leaf: str = ""
    among: str = ""
    stored: dict[str, str] = field(default_factory=dict)


def descends(dialect: Dialect, graph: Graph) -> bool:
    """Whether all forests of a graph can be walked down so, and there is one."""
    forests = [t.op.forest for t in graph.tensors() if isinstance(t.op, Trees)]
    fit = all(0 < len(_features(forest)) <= MOST for forest in forests)
    return dialect.grammar.recursive_values and bool(forests) and fit


def walked(
    cells: Cells, layer: str, forest: Forest, x: Sequence[Cell]
) -> tuple[list[Cell], Descent]:
    """The cell of each output of a forest, which reads the cells `x`, and what it is walked in."""
    descent = Descent(layer, forest, _features(forest))
    read = [x[feature] for feature in descent.features]
    found = []
    for output in range(forest.outputs):
        found.append(cells.intern("descent", read, (descent, output)))
    return found, descent


def _features(forest: Forest) -> list[int]:
    tested: list[int] = np.unique(forest.feature[~forest.leaf]).tolist()
    return tested


def store(dialect: Dialect, descent: Descent, relations: Names, keep: Keep) -> None:
    """Keep its nodes in tables: those that test by their number, leaves by one below 0."""
    forest, layer = descent.forest, descent.layer
    number = np.where(forest.leaf, -1 - np.arange(forest.nodes), np.arange(forest.nodes))
    inner, leaves = np.flatnonzero(~forest.leaf), np.flatnonzero(forest.leaf)
    threshold = forest.threshold[inner]
    if not dialect.arithmetic.has_infinity:
        threshold = np.minimum(threshold, _LARGEST)
    nodes = {
        "k": inner,
        "f": np.searchsorted(descent.features, forest.feature[inner]),
        "t": threshold,
        "a": number[forest.left[inner]],
        "b": number[forest.right[inner]],
    }
    if forest.missing_left is not None:
        nodes["m"] = forest.missing_left[inner].astype(np.intp)
    if forest.category is not None and forest.categories:
        nodes["c"] = (forest.category[inner] >= 0).astype(np.intp)
        nodes["t"] = np.where(nodes["c"] == 1, 0.0, threshold)
    tables = {
        "trees": keep(layer, ("k",), k=np.arange(len(forest.roots)), p=number[forest.roots]),
        "nodes": keep(layer, ("k",), **nodes),
    }
    values = {f"v{output}": forest.value[leaves, output] for output in range(forest.outputs)}
    order = np.argsort(number[leaves])
    given = {name: column[order] for name, column in values.items()}
    tables["leaves"] = keep(layer, ("k",), k=number[leaves][order], **given)
    if forest.category is not None and forest.categories:
        nodes_of, of_node = _categories(forest, inner)
        tables["categories"] = keep(layer, ("k", "v"), k=nodes_of, v=of_node)
    for name, table in tables.items():
        assert isinstance(table, Table)
        descent.stored[name] = ".".join(map(dialect.quote, table.parts))
    names = map(relations.take, ("walk", "node", "leaf", "among"))
    descent.walk, descent.node, descent.leaf, descent.among = names


def _categories(
    forest: Forest, inner: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The nodes that have values which go left, as often as they have some, and these values."""
    assert forest.category is not None
    nodes: list[int] = []
    values: list[int] = []
    for node in inner.tolist():
        number = int(forest.category[node])
        if number >= 0:
            nodes += [node] * len(forest.categories[number])
            values += forest.categories[number]
    return np.array(nodes), np.array(values)


def spelled(dialect: Dialect, descent: Descent, output: int, x: Sequence[str]) -> str:
    """The sum of what the leaves give that a row comes to, whose elements `x` are spelled."""
    walk, node, leaf = map(dialect.quote, (descent.walk, descent.node, descent.leaf))
    tables = descent.stored
    branches = " ".join(f"WHEN {n} THEN {text}" for n, text in enumerate(x))
    value = f"CASE {node}.f {branches} END" if x else "NULL"
    goes_left = _goes_left(dialect, descent, node, value)
    below = f"CASE WHEN {goes_left} THEN {node}.a ELSE {node}.b END"
    given = f"(SELECT {leaf}.v{output} FROM {tables['leaves']} AS {leaf} WHERE {leaf}.k = {walk}.n)"
    return (
        f"(WITH RECURSIVE {walk}(n) AS (\n"
        f"      SELECT p FROM {tables['trees']}\n"
        f"      UNION ALL\n"
        f"      SELECT (SELECT {below}\n"
        f"        FROM {tables['nodes']} AS {node} WHERE {node}.k = {walk}.n)\n"
        f"      FROM {walk} WHERE {walk}.n >= 0)\n"
        f"    SELECT {dialect.own('sum')}({given}) FROM {walk} WHERE {walk}.n < 0)"
    )


def _goes_left(dialect: Dialect, descent: Descent, node: str, value: str) -> str:
    """The test for a number, or for NaN, at a node."""
    forest = descent.forest
    is_nan = dialect.call("isnan", [value])
    test = f"{value} <= {node}.t"
    if forest.missing_left is not None and dialect.arithmetic.nan == "by sign":
        test = f"(NOT {is_nan} AND {test})"
    if "categories" in descent.stored:
        c = dialect.quote(descent.among)
        among = f"SELECT {c}.v FROM {descent.stored['categories']} AS {c} WHERE {c}.k = {node}.k"
        test = f"CASE WHEN {node}.c = 1 THEN {value} IN ({among}) ELSE {test} END"
    if forest.missing_left is None:
        return test
    return f"{test} OR ({node}.m = 1 AND {is_nan})"
