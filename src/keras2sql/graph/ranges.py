"""Which numbers a tensor can hold, so far as can be told without knowing the inputs.

More than `probabilities.bounds`: also how near to 0 they come, and whether they can be 0,
infinite or NaN.  Lowering tests no more than what these leave open.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.ranking import Top
from keras2sql.graph.trees import Forest, Trees


@dataclass(frozen=True)
class Range:
    """Of finite values the least and the greatest, and the `least_size` of those that are not 0;
    then whether there is a `zero`, an `infinite` value, a `nan`.

    All are multiples of `grain`, a power of two: so are their sums, which are 0 or no smaller.
    """

    low: float = -math.inf
    high: float = math.inf
    least_size: float = 0.0
    zero: bool = True
    infinite: bool = False
    nan: bool = False
    grain: float = 0.0

    @property
    def size(self) -> float:
        """The greatest magnitude of a finite value."""
        return max(abs(self.low), abs(self.high))

    def within(self, low: float, high: float) -> Range:
        """The same, known to lie between these."""
        low, high = max(self.low, low), min(self.high, high)
        if low <= 0 <= high:
            return replace(self, low=low, high=high)
        least = max(self.least_size, min(abs(low), abs(high)))
        return replace(self, low=low, high=high, least_size=least, zero=False)


# ``exp(x - max(x))`` where the greatest may be infinite.
EXP_BELOW_THE_GREATEST = ex.where(ex.call("eq", ex.X, ex.Y), 1.0, ex.exp(ex.X - ex.Y))

TRUTH = Range(0.0, 1.0, 1.0, grain=1.0)


# Numbers that are looked at together: of all weights at once it would take seven times their size.
_BLOCK = 1 << 16


def constant(value: object) -> Range:
    """Of an array, or of one number; a text is a number like any other."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or not array.size:
        return Range()
    flat = array.reshape(-1)
    blocks = [flat[start : start + _BLOCK] for start in range(0, flat.size, _BLOCK)]
    found = [_of_numbers(block.astype(np.float64)) for block in blocks]
    if len(found) == 1:
        return found[0]
    # Those of blocks in which nothing is finite are none.
    finite = [one for one in found if one.zero or one.least_size < math.inf] or found
    low, high = min(one.low for one in finite), max(one.high for one in finite)
    least, grain = min(one.least_size for one in finite), min(one.grain for one in finite)
    infinite, nan = any(one.infinite for one in found), any(one.nan for one in found)
    return Range(low, high, least, any(one.zero for one in finite), infinite, nan, grain)


def _of_numbers(array: ops.Array) -> Range:
    """Of one number at least, in double precision."""
    finite = array[np.isfinite(array)]
    infinite, nan = bool(np.isinf(array).any()), bool(np.isnan(array).any())
    if not finite.size:
        return Range(0.0, 0.0, math.inf, False, infinite, nan, math.inf)
    sizes = np.abs(finite[finite != 0])
    least = float(sizes.min()) if sizes.size else math.inf
    zero = sizes.size < finite.size
    low, high, grain = float(finite.min()), float(finite.max()), _last_bit(sizes)
    return Range(low, high, least, zero, infinite, nan, grain)


def _last_bit(sizes: ops.Array) -> float:
    """The least of the last bits of these numbers."""
    if not sizes.size:
        return math.inf
    fraction, exponent = np.frexp(sizes)
    digits = np.ldexp(fraction, 53).astype(np.int64)
    return float(np.ldexp((digits & -digits).astype(np.float64), exponent - 53).min())


def _rounded(found: Range) -> Range:
    """Of results that are rounded and no sum or product: down to the last bit of the least."""
    least = found.least_size
    if not 0 < least < math.inf:
        return replace(found, grain=least)
    return replace(found, grain=math.ldexp(1.0, max(math.frexp(least)[1] - 53, -1074)))


def hull(ranges: Sequence[Range]) -> Range:
    """What one or another of them holds."""
    return Range(
        min(r.low for r in ranges),
        max(r.high for r in ranges),
        min(r.least_size for r in ranges),
        any(r.zero for r in ranges),
        any(r.infinite for r in ranges),
        any(r.nan for r in ranges),
        min(r.grain for r in ranges),
    )


# -- tensors


def of_tensor(t: Tensor, operands: Sequence[Range]) -> Range:
    """The range of a tensor that is neither an input nor a map, from those of its operands."""
    op = t.op
    if isinstance(op, ops.Constant):
        return constant(op.value)
    if isinstance(op, ops.Take):
        filled = (op.index < 0).any()
        return hull([operands[0], constant(op.fill)]) if filled else operands[0]
    if isinstance(op, ops.Join):
        return hull(operands)
    if isinstance(op, ops.Contract):
        return _contraction(op, t, operands)
    if isinstance(op, ops.Reduce):
        return _reduction(op, t, operands[0])
    if isinstance(op, ops.Find):
        rest = [] if op.otherwise is None else [constant(op.otherwise)]
        return hull([operands[1], *rest])
    if isinstance(op, ops.Lookup | ops.Mirror | ops.Pick):
        return operands[0]
    if isinstance(op, ops.Overall):
        return _reduction(op, t, operands[0])
    if isinstance(op, Top):
        return operands[0] if op.what == "values" else _of_top(op, t.inputs[0].size)
    if isinstance(op, Trees):
        return _of_trees(op.forest, operands[0])
    return Range(infinite=True, nan=True)


def _of_top(op: Top, size: int) -> Range:
    return TRUTH if op.what == "marks" else Range(0.0, size - 1.0, 1.0, grain=1.0)


def _of_trees(forest: Forest, x: Range) -> Range:
    found = summed(constant(forest.value[forest.leaf]), len(forest.roots))
    return replace(found, nan=forest.missing_left is None and x.nan)


def terms(t: Tensor) -> int:
    """How many products, or numbers, an element of a contraction or a reduction sums; of all
    rows of a sequence, more than there can be."""
    if isinstance(t.op, ops.Overall):
        return 10**12
    if isinstance(t.op, ops.Contract):
        return t.op.work(*(i.shape for i in t.inputs[:2])) // max(t.size, 1)
    return t.inputs[0].size // max(t.size, 1)


def _contraction(op: ops.Contract, t: Tensor, operands: Sequence[Range]) -> Range:
    product = multiplied(operands[0], operands[1])
    total = summed(product, terms(t))
    return added(total, operands[2]) if len(operands) > 2 else total


def _reduction(op: ops.Reduce | ops.Overall, t: Tensor, x: Range) -> Range:
    count = terms(t)
    if isinstance(op, ops.Reduce) and op.how == "argmax":
        return Range(0.0, t.inputs[0].shape[op.axes[0]] - 1.0, 1.0, grain=1.0)
    if op.how in ("any", "all"):
        return TRUTH
    if op.how == "prod":
        found = x
        for _ in range(count - 1):
            found = multiplied(found, x)
        return found
    if op.how in ("sum", "mean"):
        total = summed(x, count)
        if op.how == "mean":
            total = replace(total, low=x.low, high=x.high, least_size=total.least_size / count)
            total = _rounded(total)
        elif sums_a_softmax(t):
            total = total.within(1.0, math.inf)
        return total
    return x


def sums_a_softmax(t: Tensor) -> bool:
    """Whether this is ``sum(exp(z - max(z)))``, one of whose terms is 1."""
    if not (isinstance(t.op, ops.Reduce) and t.op.how == "sum"):
        return False
    return below_the_greatest(t.inputs[0], t.op.axes)


def below_the_greatest(t: Tensor, axes: tuple[int, ...] = ()) -> bool:
    """Whether this is ``exp(z - max(z))``, over these axes if any are given."""
    if not (isinstance(t.op, ops.Map) and t.inputs):
        return False
    whole = t.op.expr in (ex.exp(ex.X - ex.Y), EXP_BELOW_THE_GREATEST)
    shifted = t.inputs[0] if t.op.expr == ex.exp(ex.X) else t
    if not (isinstance(shifted.op, ops.Map) and (whole or shifted.op.expr == ex.X - ex.Y)):
        return False
    z, top = shifted.inputs
    if not (isinstance(top.op, ops.Reduce) and top.op.how == "max" and top.inputs == (z,)):
        return False
    return top.op.keepdims and (not axes or top.op.axes == axes) and shifted.op.expr != ex.X


# -- arithmetic


def added(a: Range, b: Range) -> Range:
    low, high = a.low + b.low, a.high + b.high
    one_sign = (a.low >= 0 and b.low >= 0) or (a.high <= 0 and b.high <= 0)
    least, grain = min(a.least_size, b.least_size), min(a.grain, b.grain)
    zero = a.zero and b.zero
    if not one_sign:  # two numbers may nearly cancel, or quite
        least, zero = grain, True
    nan = a.nan or b.nan or (a.infinite and b.infinite)
    found = Range(low, high, least, zero, a.infinite or b.infinite, nan, grain)
    return found.within(low, high)


def summed(x: Range, count: int) -> Range:
    if count == 1:
        return x
    one_sign = x.low >= 0 or x.high <= 0
    least = x.least_size if one_sign else x.grain
    low, high = _times(x.low, count), _times(x.high, count)
    nan = x.nan or (x.infinite and not one_sign)
    return Range(low, high, least, x.zero or not one_sign, x.infinite, nan, x.grain)


def multiplied(a: Range, b: Range) -> Range:
    corners = [_times(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    least = _times(a.least_size, b.least_size)
    nan = a.nan or b.nan or (a.infinite and (b.zero or b.infinite)) or (b.infinite and a.zero)
    zero = a.zero or b.zero or least == 0
    infinite = a.infinite or b.infinite
    grain = _times(a.grain, b.grain)
    return Range(min(corners), max(corners), least, zero, infinite, nan, grain)


def divided(a: Range, b: Range) -> Range:
    """The quotient; infinite or NaN where `b` can be 0."""
    most = math.inf if not b.least_size else _over(a.size, b.least_size)
    least = 0.0 if math.isinf(b.size) else _over(a.least_size, b.size)
    low = 0.0 if a.low >= 0 < b.low or a.high <= 0 > b.high else -most
    high = 0.0 if a.low >= 0 > b.high or a.high <= 0 < b.low else most
    zero = a.zero or b.infinite or least == 0
    nan = a.nan or b.nan or (b.zero and a.zero) or (a.infinite and b.infinite)
    return _rounded(Range(low, high, least, zero, a.infinite or b.zero, nan))


def _times(a: float, b: float) -> float:
    return 0.0 if 0.0 in (a, b) else a * b


def _over(a: float, b: float) -> float:
    if a == 0 or math.isinf(b):
        return 0.0
    return a / b if b > 1 or a < b * 1e300 else math.inf


# -- functions of `graph.expr`

_RISING = frozenset({"exp", "expm1", "tanh", "floor", "ceil", "trunc", "round"})
_BOUNDED: dict[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0),
    "erf": (-1.0, 1.0),
    "erfc": (0.0, 2.0),
    "sin": (-1.0, 1.0),
    "cos": (-1.0, 1.0),
    "sign": (-1.0, 1.0),
    "asin": (-1.6, 1.6),
    "acos": (0.0, 3.2),
    "atan": (-1.6, 1.6),
    "atan2": (-3.2, 3.2),
}
# Numbers that are not 0 stay as far from it, but for half of them or so.
_NEAR = frozenset({"sin", "tan", "sinh", "tanh", "asin", "atan", "asinh", "atanh", "expm1"})
_TINY = 1e-18  # of what is the difference of two numbers near 1
_LEAST = {"sigmoid": 1e-100, "erfc": 1e-102, "atan2": 0.0, "sign": 1.0}
_LOGARITHM = 745.0
_LONGEST = 1e10  # more words than any text has


def called(fn: str, args: Sequence[Range]) -> Range:
    """The range of a scalar function of these."""
    rule = _RULES.get(fn)
    if rule is not None:
        return rule(*args)
    return _rounded(_of_function(fn, args))


def _of_function(fn: str, args: Sequence[Range]) -> Range:
    if ex.FUNCTIONS[fn].kind == "bool":
        return TRUTH
    first = args[0]
    nan = any(a.nan for a in args)
    if fn in _BOUNDED:
        low, high = _BOUNDED[fn]
        least = first.least_size / 2 if fn in _NEAR else _LEAST.get(fn, _TINY)
        lost = fn in ("sin", "cos", "asin", "acos") and first.infinite
        return Range(low, high, least, nan=nan or lost)
    if fn in _RISING:
        return _rising(fn, first)
    if fn == "occurrences":
        return Range(0.0, _LONGEST, 1.0, nan=True, grain=1.0)
    return Range(infinite=True, nan=True)


def _rising(fn: str, x: Range) -> Range:
    compute = ex.FUNCTIONS[fn].compute
    with np.errstate(all="ignore"):
        low, high = (float(compute(np.asarray(end))) for end in (x.low, x.high))
    least = x.least_size / 2 if fn in _NEAR else 1.0
    if fn == "exp":
        least = low
    zero = fn != "exp" or low == 0
    overflows = fn in ("exp", "expm1") and math.isinf(high)
    infinite = overflows or (x.infinite and fn != "tanh")
    return Range(low, high, least, zero, infinite, x.nan).within(low, high)


def _absolute(x: Range) -> Range:
    low = max(0.0, x.low, -x.high)
    return Range(low, x.size, x.least_size, x.zero, x.infinite, x.nan, x.grain)


def negated(x: Range) -> Range:
    return replace(x, low=-x.high, high=-x.low)


def _greatest(a: Range, b: Range) -> Range:
    return hull([a, b]).within(max(a.low, b.low), max(a.high, b.high))


def _smallest(a: Range, b: Range) -> Range:
    return negated(_greatest(negated(a), negated(b)))


def _root(x: Range) -> Range:
    low, high = math.sqrt(max(x.low, 0.0)), math.sqrt(max(x.high, 0.0))
    nan = x.nan or x.low < 0
    return _rounded(Range(low, high, math.sqrt(x.least_size), x.zero, x.infinite, nan))


def _logarithm(x: Range) -> Range:
    nan, infinite = x.nan or x.low < 0, x.infinite or x.zero
    return _rounded(Range(-_LOGARITHM, _LOGARITHM, _TINY, True, infinite, nan))


def _logarithm_of_more(x: Range) -> Range:
    nan, infinite = x.nan or x.low < -1, x.infinite or x.low <= -1
    low = math.log1p(x.low) if x.low > -1 else -_LOGARITHM
    high = math.log1p(x.high) if -1 < x.high < math.inf else _LOGARITHM
    return _rounded(Range(low, high, min(_TINY, x.least_size / 2), True, infinite, nan))


def _power(x: Range, y: Range) -> Range:
    return Range(0.0, math.inf, 0.0, True, True, x.nan or y.nan)


def _remainder(x: Range, y: Range) -> Range:
    nan, grain = x.nan or y.nan or y.zero or x.infinite, min(x.grain, y.grain)
    return Range(-y.size, y.size, grain, True, False, nan, grain)


_RULES: dict[str, Callable[..., Range]] = {
    "add": added,
    "sub": lambda a, b: added(a, negated(b)),
    "mul": multiplied,
    "div": divided,
    "neg": negated,
    "abs": _absolute,
    "max": _greatest,
    "min": _smallest,
    "sqrt": _root,
    "ln": _logarithm,
    "log": _logarithm,
    "log1p": _logarithm_of_more,
    "pow": _power,
    "pow_in_range": _power,
    "mod": _remainder,
}
