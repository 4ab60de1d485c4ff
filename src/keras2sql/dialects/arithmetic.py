"""What a database computes where there is no number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Arithmetic:
    """`has_infinity`: whether numbers can be infinite.  `divides_by_zero`: whether x / 0 is
    infinite or NaN; elsewhere it raises, or is NULL, and is tested for.  `nan` is what NaN is:
    "null", "greatest" of all numbers, the greatest or the least "by sign", or "apart": then no
    comparison holds for it, but of two arguments greatest() takes one or the other.
    `undefined` are functions that raise where Keras gives NaN, or make a number of NaN.
    `signed_zero`: whether -0 is less than 0, and not equal to it.
    `last_nan`: whether of a number and NaN, in this order, greatest() and least() take NaN, so that
    numbers that are known go first.
    `narrow` makes single precision of double where a cast of more than that holds raises.
    """

    has_infinity: bool
    divides_by_zero: bool
    nan: Literal["null", "greatest", "by sign", "apart"]
    undefined: frozenset[str] = frozenset()
    signed_zero: bool = False
    last_nan: bool = False
    narrow: str = ""
