"""How a database takes numbers that stand in a statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Numbers:
    """`written` is how digits are written to be a floating point number, behind the sign, where
    they are none by themselves.  `quotient` divides whole numbers, of which `remainder` is what
    is left, and `infinity` and `not_a_number` are such.  `single` is a number of 32 bit inside of
    arithmetic, and `typed` one that carries its type where nothing beside it does.  `exponent`:
    whether only that tells a floating point number from a decimal one.  `long_digits`: whether
    its parser rounds twice, but for numbers of 18 digits.

    `read` is what its parser makes of digits, where that is not the number nearest to them; what
    is smaller than `least` is written as a product.
    `missing` is a number that is not there, inside of arithmetic.  `count` makes a whole number
    of what counts rows, if that is of another type.
    """

    quotient: str
    infinity: str
    not_a_number: str
    written: str = "{digits}"
    single: str = "{digits}"
    typed: str = "{digits}"
    exponent: bool = True
    long_digits: bool = False
    read: Callable[[str], float] | None = None
    least: float = 0.0
    missing: str = "NULL"
    count: str = "{0}"
    remainder: str = "{0} % {1}"
