"""A graph in the form that a database computes without an error, and without a wrong NULL.

Keras gives infinity or NaN for ``x / 0`` and for numbers that grow beyond all bounds.  Some
databases raise an error, which takes the predictions of all other rows with it, some give
NULL, some take NaN for the greatest of numbers.  What can meet such a case, by the ranges of
its operands, is written around it here, once for all strategies; everything else stays.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Graph, Tensor, tensor
from keras2sql.graph.expr import Expr, X, Y, call, where
from keras2sql.graph.incomplete import may_miss
from keras2sql.graph.ranges import arithmetic
from keras2sql.graph.ranges.arithmetic import Range
from keras2sql.graph.ranges.softmax import below_the_greatest
from keras2sql.graph.ranges.tensors import of_tensor, terms
from keras2sql.graph.ranking import Top
from keras2sql.graph.simplify import unrolled
from keras2sql.graph.trees import Trees
from keras2sql.lower import decisions
from keras2sql.lower.guarded_expr import (
    GRAIN,
    LARGE,
    LEAST,
    MOST,
    SMALL,
    ExpressionGuards,
    Guarded,
    flushed,
    held,
)

_TINY = 1e-190  # weights that move nothing, whatever they are multiplied with
_ROUNDING = 1.001  # how far beyond its bound rounding may carry a state


def guarded(
    graph: Graph,
    dialect: Dialect,
    computed: Collection[Tensor] = (),
    handed: Collection[str] = (),
) -> Graph:
    """`graph` unrolled, with guards where `dialect` needs them.

    Inputs that are `computed` by another graph can be NaN, other than features; outputs that
    are `handed` to one are held as features are.
    """
    guards = _Guards(unrolled(graph), dialect, computed)
    outputs = dict(guards.graph.outputs)
    for name in handed:
        outputs[name] = guards.state(outputs[name])
    return guards.graph.returning(outputs)


def guarded_rows(graph: Graph, dialect: Dialect) -> tuple[Graph, frozenset[Tensor]]:
    """The same, and its tensors of which some elements may be NaN, and so NULL in databases
    whose aggregates leave these out."""
    if dialect.arithmetic.nan != "null":
        return _Guards(unrolled(graph), dialect).graph, frozenset()
    # NaN comes of features that are infinite, too, where these are not held.
    guards = _Guards(unrolled(graph), dialect, infinite=dialect.bounds is None)
    nans = frozenset(t for t, values in guards.range_of.items() if values.nan)
    return guards.graph, nans


class _Guards:
    """Rewrites a graph, operands first; `graph` is the result.

    `range_of` has the range of the elements of every tensor of it.  `bounded`: whether the
    database raises an error where a number leaves the range of its type; `infinite`: whether
    features are taken for numbers that can be so.
    """

    def __init__(
        self,
        graph: Graph,
        dialect: Dialect,
        computed: Collection[Tensor] = (),
        infinite: bool = False,
    ) -> None:
        self.dialect = dialect
        self.computed = computed
        self.infinite = infinite
        self.bounds = dialect.bounds
        self.bounded = dialect.bounds is not None
        self.range_of: dict[Tensor, Range] = {}
        self.graph = self._rewritten(graph)

    def _rewritten(self, graph: Graph) -> Graph:
        """The graph with its guards, again until the states are no wider than was assumed."""
        states = [before for before, _ in graph.carried]
        assumed = {t: self._range_of_input(t) for t in (*graph.inputs, *states)}
        while True:
            self.range_of = dict(assumed)
            made = graph.rewrite(self._rule)
            carried = []
            told: dict[Tensor, Range] = {}
            for before, after in made.carried:
                next_state = self.state(after)
                carried.append((before, next_state))
                told[before] = self._range_of_state(before, next_state)
            if all(assumed[before] == values for before, values in told.items()):
                return Graph(made.inputs, made.outputs, tuple(carried))
            assumed |= told

    def _range_of_input(self, t: Tensor) -> Range:
        is_float = t.kind == "float"
        values = Range(nan=may_miss(t) and is_float, infinite=self.infinite and is_float)
        if self.bounds is not None and t.kind != "str":
            most = self.bounds.most
            values = replace(values, low=-most, high=most, least_size=GRAIN, grain=GRAIN)
        if t in self.computed and t.kind == "float":
            return replace(values, infinite=not self.bounded, nan=True)
        return values

    def _range_of_state(self, before: Tensor, after: Tensor) -> Range:
        """The range of a state, which can be infinite or NaN if it can be so in the next row."""
        here = self.range_of[before]
        in_next_row = self.range_of[after]
        infinite = here.infinite or in_next_row.infinite
        nan = here.nan or in_next_row.nan
        return replace(here, infinite=infinite, nan=nan)

    def state(self, after: Tensor) -> Tensor:
        """A state as the next row, or another graph, finds it: it may grow by what is added in
        each row, but not by factors."""
        x = self.range_of[after]
        if self.bounds is None or after.kind != "float" or after.constant is not None:
            return after
        most = self.bounds.most
        if x.size > most * _ROUNDING:
            after = self._applied(held(self.dialect, X, x, most), after)
        return self._no_smaller(after)

    def _rule(self, t: Tensor, original: Tensor) -> Tensor:
        """A tensor whose operands are guarded, with its own guards; `original` is the one that
        the graph had, the surroundings of which tell more of its range."""
        if isinstance(t.op, ops.Map):
            return self._map(t, original)
        if isinstance(t.op, Trees):
            return self._trees(t, t.op)
        if isinstance(t.op, Top):
            return self._top(t)
        if isinstance(t.op, ops.Lookup):
            t = self._labelled(t)
        elif isinstance(t.op, ops.Contract) and self.bounded:
            t = self._contraction(t)
        elif isinstance(t.op, ops.Reduce):
            t = self._reduction(t, t.op)
        elif isinstance(t.op, ops.Overall):
            t = self._overall(t, t.op)
        if t not in self.range_of:
            told_by = original if original.op == t.op else t
            self.range_of[t] = of_tensor(told_by, self._ranges(t.inputs))
        return t

    def _ranges(self, tensors: Sequence[Tensor]) -> list[Range]:
        return [self.range_of[t] for t in tensors]

    # -- scalar functions

    def _map(self, t: Tensor, original: Tensor | None = None) -> Tensor:
        assert isinstance(t.op, ops.Map)
        guards = ExpressionGuards(self.dialect, self._ranges(t.inputs))
        made = guards.guarded(t.op.expr)
        if made.expr is not t.op.expr:
            t = tensor(ops.Map(made.expr), t.inputs, t.layer)
        values = made.range
        if original is not None and below_the_greatest(original):
            values = replace(values.within(0.0, 1.0), infinite=False)
        self.range_of[t] = values
        return t

    def _applied(self, function: Guarded, t: Tensor) -> Tensor:
        """A function of `X`, whose range is known, of each element of `t`."""
        made = tensor(ops.Map(function.expr), (t,), t.layer)
        self.range_of[made] = function.range
        return made

    def _test(self, condition: Expr, t: Tensor) -> Tensor:
        """Of each element of `t` whether a condition of `X` holds, or 1 and 0."""
        return self._applied(Guarded(condition, arithmetic.TRUTH), t)

    # -- numbers that stay in range

    def _no_larger(self, t: Tensor) -> Tensor:
        x = self.range_of[t]
        if x.size <= LARGE:
            return t
        if t.constant is not None:
            return self._constant(t, np.clip(t.constant, -LARGE, LARGE))
        return self._applied(held(self.dialect, X, x, LARGE), t)

    def _no_smaller(self, t: Tensor) -> Tensor:
        x = self.range_of[t]
        if x.least_size >= SMALL:
            return t
        if t.constant is not None:
            moves_nothing = np.abs(t.constant) < _TINY
            return self._constant(t, np.where(moves_nothing, 0.0, t.constant))
        return self._applied(flushed(X, x), t)

    def _constant(self, t: Tensor, value: ops.Array) -> Tensor:
        made = tensor(ops.Constant(value), (), t.layer)
        self.range_of[made] = arithmetic.constant(value)
        return made

    def _contraction(self, t: Tensor) -> Tensor:
        """Of operands whose products, and the sum of these, are in range."""
        x, y, *bias = t.inputs
        product = arithmetic.multiplied(self.range_of[x], self.range_of[y])
        if product.size * terms(t) > MOST:
            x = self._no_larger(x)
            y = self._no_larger(y)
        if product.least_size < LEAST:
            x = self._no_smaller(x)
            y = self._no_smaller(y)
        if (x, y) == t.inputs[:2]:
            return t
        return tensor(t.op, (x, y, *bias), t.layer)

    # -- what is made of several numbers

    def _reduction(self, t: Tensor, op: ops.Reduce) -> Tensor:
        (x,) = t.inputs
        values = self.range_of[x]
        if op.how == "prod" and self.bounded and x.constant is None:
            return self._product(t, op)
        overflows = values.size * terms(t) > MOST
        if op.how in ("sum", "mean") and self.bounded and overflows:
            smaller = self._no_larger(x)
            return tensor(op, (smaller,), t.layer)
        if not (values.nan and self._loses_nan(op.how)):
            return t
        made = tensor(op, (x,), t.layer)
        self.range_of[made] = of_tensor(t, [values])
        return self._nan_where_any(x, op.axes, op.keepdims, made)

    def _trees(self, t: Tensor, op: Trees) -> Tensor:
        """Without tests for NaN where there is none; NaN where trees do not know where it goes."""
        (x,) = t.inputs
        if not self.range_of[x].nan:
            t = tensor(Trees(op.forest.complete()), (x,), t.layer)
        values = of_tensor(t, [self.range_of[x]])
        self.range_of[t] = replace(values, nan=False)
        return self._nan_where_any(x, (0,), False, t) if values.nan else t

    def _top(self, t: Tensor) -> Tensor:
        """NaN where any number is, as it has no place in their order."""
        (x,) = t.inputs
        values = of_tensor(t, [self.range_of[x]])
        self.range_of[t] = replace(values, nan=False)
        return self._nan_where_any(x, (0,), False, t) if self.range_of[x].nan else t

    def _overall(self, t: Tensor, op: ops.Overall) -> Tensor:
        """Of all rows: held, and NaN where any is."""
        (x,) = t.inputs
        if op.how in ("sum", "mean") and self.bounded:
            x = self._no_larger(x)
        made = tensor(op, (x,), t.layer)
        self.range_of[made] = of_tensor(made, [self.range_of[x]])
        loses_nan = self.dialect.arithmetic.nan == "null" or self._loses_nan(op.how)
        if not (self.range_of[x].nan and loses_nan):
            return made
        is_nan = self._test(where(call("isnan", X), 1.0, 0.0), x)
        greatest = tensor(ops.Overall("max"), (is_nan,), t.layer)
        self.range_of[greatest] = arithmetic.TRUTH
        any_is_nan = self._test(X > 0.0, greatest)
        return self._nan_where(any_is_nan, made)

    def _loses_nan(self, how: str) -> bool:
        """Whether the sum or the greatest of numbers and a NaN is one of the numbers."""
        nan = self.dialect.arithmetic.nan
        if nan == "null":
            return False  # aggregates of rows lose it, which see to it themselves
        return how == "min" or (how == "max" and nan != "greatest")

    def _nan_where_any(
        self,
        x: Tensor,
        axes: tuple[int, ...],
        keepdims: bool,
        made: Tensor,
    ) -> Tensor:
        """`made`, and NaN where any of `x` along these axes is."""
        is_nan = self._test(call("isnan", X), x)
        any_is_nan = tensor(ops.Reduce("any", axes, keepdims), (is_nan,), made.layer)
        self.range_of[any_is_nan] = arithmetic.TRUTH
        return self._nan_where(any_is_nan, made)

    def _nan_where(self, test: Tensor, t: Tensor) -> Tensor:
        """`t`, and NaN where the test holds."""
        nan_or_it = ops.Map(where(Y, math.nan, X))
        made = tensor(nan_or_it, (t, test), t.layer)
        nan = arithmetic.constant(math.nan)
        self.range_of[made] = arithmetic.hull([self.range_of[t], nan])
        return made

    def _labelled(self, t: Tensor) -> Tensor:
        """A label is that of a number: where the probabilities are NaN there is none."""
        x = decisions.probabilities(t)
        # Where numbers are not held, those of any model may grow until they are infinite.
        if x is None or (self.bounded and not self.range_of[x].nan):
            return t
        made = decisions.decided(t, x)
        self.range_of[made] = Range()
        return made

    def _product(self, t: Tensor, op: ops.Reduce) -> Tensor:
        """Pair by pair, where a product of all might raise."""
        (x,) = t.inputs
        values = of_tensor(t, [self.range_of[x]])
        if values.size <= MOST and values.least_size >= LEAST:
            return t
        kept = [axis for axis in range(len(x.shape)) if axis not in op.axes]
        positions = np.transpose(Builder().positions(x), [*op.axes, *kept])
        by_factor = positions.reshape(terms(t), *t.shape)
        factors = []
        for index in by_factor:
            factor = tensor(ops.Take(index), (x,), t.layer)
            self.range_of[factor] = self.range_of[x]
            factors.append(factor)
        while len(factors) > 1:
            factors = self._multiplied_in_pairs(factors, t.layer)
        return factors[0]

    def _multiplied_in_pairs(self, factors: list[Tensor], layer: str) -> list[Tensor]:
        """Half as many: an odd one at the end stays."""
        pairs = zip(factors[::2], factors[1::2], strict=False)
        products = []
        for pair in pairs:
            product = tensor(ops.Map(X * Y), pair, layer)
            products.append(self._map(product))
        if len(factors) % 2:
            products.append(factors[-1])
        return products
