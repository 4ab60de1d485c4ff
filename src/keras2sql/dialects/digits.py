"""Digits that a parser reads as the number that is meant, where it rounds more than once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_TENS = [float(f"1e{n}") for n in range(32)]
_HIGH = [float(f"1e{n}") for n in range(0, 300, 32)]
_EXACT = 15
"""So many digits are a whole number that a double holds."""
_SHORT, _LONG, _NEAR = 17, 20, 6
"""Significant digits that are tried, and how far from the number in units of the last."""


def by_one_power(text: str) -> float:
    """What a parser makes of digits that sums them up in a double, and multiplies or divides that
    by one power of ten, itself a product of two."""
    mantissa, _, exponent = text.lower().partition("e")
    sign, mantissa = (-1.0, mantissa[1:]) if mantissa[0] == "-" else (1.0, mantissa)
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    value = float(int(digits[:_EXACT]))
    for digit in digits[_EXACT:]:
        value = value * 10.0 + int(digit)
    scale = len(fraction) - int(exponent or 0)
    power = _HIGH[abs(scale) >> 5] * _TENS[abs(scale) & 31]
    return sign * (value / power if scale > 0 else value * power)


def exact(value: float, read: Callable[[str], float]) -> str:
    """Digits with an exponent that `read` takes for `value`, or a sum of two such in brackets."""
    for text in _candidates(value):
        if read(text) == value:
            return text
    head = float(f"{value:.7e}")
    for first, rest in ((_text(head), _text(value - head)), (_text(value), "")):
        if rest and read(first) + read(rest) == value:
            return f"({first} {rest[0]} {rest[1:]})" if rest[0] == "-" else f"({first} + {rest})"
    error = value - read(_text(value))
    sign = "-" if error < 0 else "+"
    return f"({_text(value)} {sign} {_text(abs(error))})"


def _text(value: float) -> str:
    text = repr(value)
    return text if "e" in text else text.removesuffix(".0") + "e0"


def _candidates(value: float) -> Iterator[str]:
    yield _text(value)
    sign = "-" if value < 0 else ""
    for length in range(_SHORT, _LONG):
        mantissa, exponent = f"{abs(value):.{length - 1}e}".split("e")
        nearest = int(mantissa.replace(".", ""))
        for step in range(2 * _NEAR):
            near = str(nearest + (step // 2 + 1 if step % 2 else -step // 2))
            yield f"{sign}{near[0]}.{near[1:]}e{int(exponent)}"
