"""A range of numbers, those of constants, and their arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from keras2sql.graph import ops


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


def rounded(found: Range) -> Range:
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
    return rounded(Range(low, high, least, zero, a.infinite or b.zero, nan))


def negated(x: Range) -> Range:
    return replace(x, low=-x.high, high=-x.low)


def _times(a: float, b: float) -> float:
    return 0.0 if 0.0 in (a, b) else a * b


def _over(a: float, b: float) -> float:
    if a == 0 or math.isinf(b):
        return 0.0
    return a / b if b > 1 or a < b * 1e300 else math.inf
