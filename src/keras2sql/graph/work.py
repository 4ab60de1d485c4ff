"""What a graph computes for one row, counted: the units in which costs are measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.expr import Call, Expr
from keras2sql.graph.pairs import paired
from keras2sql.graph.ranking import Top
from keras2sql.graph.scan import Scan
from keras2sql.graph.totals import only_totalled
from keras2sql.graph.trees import Trees, by_depth

FUNCTIONS = frozenset(
    {"exp", "exp_in_range", "exp_in_bounds", "expm1", "log", "ln", "log1p", "pow", "pow_in_range"}
    | {"sqrt", "erf", "erfc", "sigmoid", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"}
    | {"sinh", "cosh", "tanh", "asinh", "acosh", "atanh"}
)
"""Of expressions: those that take longer than a sum does."""

INLINE = 20_000
"""Numbers of a model, weights and places, up to which they stand in the statement by rows."""


@dataclass(frozen=True)
class Product:
    """Vectors of `terms` numbers, each multiplied with the same `outputs` vectors of weights."""

    layer: str
    vectors: int
    terms: int
    outputs: int

    @property
    def multiply_adds(self) -> int:
        return self.vectors * self.terms * self.outputs


@dataclass(frozen=True)
class Search:
    """`keys` numbers or texts, each looked up in the same table of `rows` rows with `width` values;
    `listed`: whether the table lists its keys, which else are 0, 1, 2, ...; `totalled`: whether
    all that is wanted is a sum, or the like, over all keys."""

    layer: str
    keys: int
    rows: int
    width: int
    listed: bool
    totalled: bool = False

    @property
    def numbers(self) -> int:
        """Of the table, keys among them."""
        return self.rows * (self.width + 1)


@dataclass(frozen=True)
class Walk:
    """So many `trees`, of as many `levels` and in all so many `nodes`, with so many `outputs`;
    `steps` is how many a row takes down all of them by lists, those of a like depth together."""

    layer: str
    trees: int
    levels: int
    steps: int
    nodes: int
    outputs: int

    @property
    def numbers(self) -> int:
        """Of the nodes: what each reads, its threshold, the two below, what it gives."""
        return self.nodes * (4 + self.outputs)


@dataclass(frozen=True)
class Work:
    """`products` with weights; `searches` in tables of values; `other`: multiply-adds of computed
    numbers with one another; `walks` down trees;
    `values`: elements of tensors that are computed, and `moved`: of those that
    take elements of others as they are; `tensors`: how many are computed, of a recurrence for
    each step; `weights`: numbers of the model; `steps`: those of recurrences, one after the
    other; `inputs`: numbers that a row has; `ranked`: those of which some are the greatest, and
    `rounds`: so often as there are of these; `met`: elements that are only summed up, of a
    computed vector and many constant ones; `functions`: exponentials, sines and the like, which
    take longer than sums."""

    products: tuple[Product, ...]
    searches: tuple[Search, ...]
    other: int
    values: int
    moved: int
    tensors: int
    weights: int
    walks: tuple[Walk, ...] = ()
    steps: int = 0
    inputs: int = 0
    ranked: int = 0
    rounds: int = 0
    met: int = 0
    functions: int = 0

    @property
    def multiply_adds(self) -> int:
        return self.other + sum(p.multiply_adds for p in self.products)

    @property
    def inline(self) -> bool:
        """Whether all numbers of the model stand in a statement by rows."""
        return self.weights + self.moved <= INLINE

    @staticmethod
    def of(graph: Graph) -> Work:
        """Count; a recurrence as often as it has steps."""
        products: list[Product] = []
        searches: list[Search] = []
        walks: list[Walk] = []
        other = values = moved = tensors = weights = stepped = 0
        ranked = rounds = met = functions = 0
        totalled = only_totalled(graph.tensors())
        summed = paired(graph.tensors())
        for t in graph.tensors():
            if t.constant is not None:
                weights += np.size(t.constant)
            elif isinstance(t.op, Scan):
                body, steps = Work.of(t.op.body), t.inputs[0].shape[0]
                products += [
                    replace(p, layer=t.layer, vectors=p.vectors * steps) for p in body.products
                ]
                searches += [
                    replace(s, layer=t.layer, keys=s.keys * steps, totalled=False)
                    for s in body.searches
                ]
                other += body.other * steps
                functions += body.functions * steps
                values += body.values * steps
                moved += body.moved * steps
                tensors += body.tensors * steps
                stepped += steps * max(body.steps, 1)
                weights += body.weights
            elif isinstance(t.op, ops.Take | ops.Join):
                moved += t.size
            elif t in summed:
                tensors += 1
                met += t.size
            elif not isinstance(t.op, ops.Input):
                tensors += 1
                values += t.size
                if isinstance(t.op, ops.Map):
                    functions += t.size * _functions(t.op.expr)
                found = _product(t)
                if isinstance(t.op, Top):
                    ranked += t.inputs[0].size
                    rounds += t.inputs[0].size * t.op.count
                elif isinstance(t.op, Trees):
                    walks.append(_walk(t, t.op))
                    weights += walks[-1].numbers
                elif found is not None:
                    products.append(found)
                elif (search := _search(t)) is not None:
                    searches.append(replace(search, totalled=t in totalled))
                else:
                    other += t.op.work(*(i.shape for i in t.inputs))
        counted = (other, values, moved, tensors, weights)
        given = sum(t.size for t in graph.inputs)
        ordered = (ranked, rounds, met, functions)
        return Work(
            tuple(products), tuple(searches), *counted, tuple(walks), stepped, given, *ordered
        )


def _functions(expr: Expr) -> int:
    """How many functions an expression has that are no sum, product or choice."""
    calls: dict[int, Call] = {}  # what is shared counts once
    waiting = [expr]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Call) and id(one) not in calls:
            calls[id(one)] = one
            waiting += one.args
    return sum(one.fn in FUNCTIONS for one in calls.values())


def _product(t: Tensor) -> Product | None:
    """The product with weights that a tensor is, if it is one."""
    if not isinstance(t.op, ops.Contract):
        return None
    made = contraction(t, swapped=t.inputs[0].constant is not None)
    if made.y.constant is None:
        return None
    vectors = made.size([*made.batch, *made.rows])
    terms = made.size([*made.summed, *made.alone])
    return Product(t.layer, vectors, terms, made.size(made.columns))


def _walk(t: Tensor, op: Trees) -> Walk:
    forest = op.forest
    groups = by_depth(forest.depths)
    # Where a tree meets a row, and where its leaf is summed up, are as much as two levels.
    steps = sum(len(group) * (int(forest.depths[group].max()) + 2) for group in groups)
    size = len(forest.roots), forest.depth, steps, forest.nodes, forest.outputs
    return Walk(t.layer, *size)


def _search(t: Tensor) -> Search | None:
    """What a tensor is looked up in, if it is."""
    if not isinstance(t.op, ops.Lookup | ops.Find):
        return None
    table, keys = t.inputs[0], t.inputs[-1]
    if table.constant is None or keys.constant is not None:
        return None
    listed = isinstance(t.op, ops.Find)
    rows = len(table.constant)
    width = 1 if listed else math.prod(table.shape[1:])
    return Search(t.layer, keys.size, rows, width, listed)
