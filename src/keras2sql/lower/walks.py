"""Trees in constant arrays: a row goes down many trees at once, level by level.

To spell each node takes a database that plans every one of them longer than to go through them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.walking import Walking
from keras2sql.graph.trees import Forest, by_depth
from keras2sql.lower.cells import Cell, Cells
from keras2sql.lower.rows.node_lists import NodeLists, node_lists
from keras2sql.sql.names import Names
from keras2sql.sql.tree import Column, Select, Step

_CALLED = {"f": "features", "t": "thresholds", "a": "nodes", "v": "values"}
_DEEPEST = 60
"""Levels, each of them an expression inside of the next."""
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(eq=False)
class Grove:
    """Trees that are gone down together: their nodes as `lists`, with so many `outputs`; where
    these are `stored`, step and column of each list, once they are written."""

    layer: str
    lists: NodeLists
    outputs: int
    stored: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def trees(self) -> int:
        return len(self.lists.values)


def walks(dialect: Dialect, forest: Forest) -> bool:
    """Whether a forest is gone down so."""
    by = dialect.walking
    if by is None or forest.categories or forest.depth > _DEEPEST:
        return False
    return forest.nodes * forest.outputs >= by.least


def walked(
    cells: Cells, layer: str, forest: Forest, x: Sequence[Cell]
) -> tuple[list[Cell], list[Grove]]:
    """The cell of each output of a forest, which reads the cells `x`, and what it is walked in."""
    by = _of(cells.dialect)
    elements = list(x)
    if forest.missing_left is not None:
        elements = [_to_the_right(cells, cell) for cell in x] + elements
    array = cells.intern("pack", elements)
    groves = []
    sums: list[list[Cell]] = [[] for _ in range(forest.outputs)]
    most = max(1, by.room // len(elements))
    for trees in by_depth(forest.depths):
        for start in range(0, len(trees), most):
            lists = _lists(forest, trees[start : start + most], len(x))
            grove = Grove(layer, lists, forest.outputs)
            groves.append(grove)
            ends = cells.intern("walk", [array], grove)
            for output, terms in enumerate(sums):
                terms.append(cells.intern("leaves", [ends], (grove, output)))
    return [cells.weighted(0.0, np.ones(len(terms)), terms) for terms in sums], groves


def _to_the_right(cells: Cells, x: Cell) -> Cell:
    """A number that is greater than any where it is missing, and only there."""
    held = cells.call("min", x, cells.const(_LARGEST))
    return cells.case([(cells.call("isnan", x), cells.const(np.inf))], held)


def _lists(forest: Forest, trees: npt.NDArray[np.intp], features: int) -> NodeLists:
    """Where a missing number goes right, a node reads the first half of the elements, where it is
    greater than any; else it is not greater than a threshold, as no comparison with it holds."""
    lists = node_lists(forest, trees, features)
    if forest.missing_left is None:
        return lists
    f, t = lists.fields["f"], lists.fields["t"]
    held = np.where((f <= features) & np.isposinf(t), _LARGEST, t)
    return replace(lists, fields={**lists.fields, "t": held})


def steps_of(dialect: Dialect, grove: Grove, relations: Names, columns: Names) -> list[Step]:
    """The steps that hold the nodes, under names that are taken: one for each array, as the whole
    step is planned wherever one of it is read."""
    base = Names.plain(grove.layer.rsplit("/", 1)[-1], "trees")
    steps = []
    for letter, values in {**grove.lists.fields, "v": grove.lists.values}.items():
        step = relations.take(f"{base}_{_CALLED[letter]}")
        column = columns.take(step)
        grove.stored[letter] = (step, column)
        numbers = _numbers(dialect, _of(dialect), values)
        steps.append(Step(step, Select((Column(column, numbers),))))
    return steps


def _numbers(dialect: Dialect, by: Walking, values: npt.NDArray[np.float64]) -> str:
    flat = values.reshape(-1)
    if values.dtype.kind == "i":
        return by.numbers.format(",".join(map(str, flat.tolist())), type="UInt32")
    known = np.where(np.isposinf(flat), 0.0, flat)
    digits = [
        "inf" if infinite else dialect.digits(value).removesuffix("e0")
        for value, infinite in zip(known.tolist(), np.isposinf(flat).tolist(), strict=True)
    ]
    return by.numbers.format(",".join(digits), type=dialect.types["double"])


def reached(dialect: Dialect, grove: Grove, x: str) -> str:
    """The nodes that a row comes to at last, spelled."""
    by, lists = _of(dialect), grove.lists
    size = lists.fields["f"].shape[1]
    bases = _bases(grove, size)
    nodes = _listed(["1"] * grove.trees)
    at = {
        letter: by.at.format(array=_read(dialect, by, grove, letter), place="b + n")
        for letter in lists.fields
    }
    first = at.get("a", "2 * n")
    for _ in range(lists.depth):
        nodes = by.level.format(first=first, f=at["f"], t=at["t"], x=x, nodes=nodes, bases=bases)
    return nodes


def leaves(dialect: Dialect, grove: Grove, output: int, nodes: str) -> str:
    """The sum of what they give, spelled."""
    by, outputs = _of(dialect), grove.outputs
    bases = _bases(
        grove, grove.lists.values.shape[1], output + 1 - grove.lists.first_leaf * outputs
    )
    place = f"b + n * {outputs}" if outputs > 1 else "b + n"
    v = by.at.format(array=_read(dialect, by, grove, "v"), place=place)
    return by.leaves.format(v=v, nodes=nodes, bases=bases)


def _bases(grove: Grove, size: int, offset: int = 0) -> str:
    """How many numbers are in front of each tree's own."""
    return _listed([str(k * size + offset) for k in range(grove.trees)])


def _listed(numbers: Sequence[str]) -> str:
    return f"[{', '.join(numbers)}]"


def _read(dialect: Dialect, by: Walking, grove: Grove, letter: str) -> str:
    step, column = map(dialect.quote, grove.stored[letter])
    return by.read.format(column=column, step=step)


def _of(dialect: Dialect) -> Walking:
    return dialect.need(dialect.walking, "trees in arrays")
