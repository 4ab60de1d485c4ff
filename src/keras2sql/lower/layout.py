"""Long SQL over several lines, and long sums in brackets."""

from __future__ import annotations

import math

from keras2sql.sql.render import WIDTH

INDENT = "\n      "


def bracketed(terms: list[str], flat: int, glue: str = " + ") -> str:
    """`terms` joined by `glue`; more than `flat` of them in bracketed groups, balanced.

    Engines recurse over a sum as it is written, so a long flat one hits their stack, and
    runs slower where it does not.  A term may start with "-", which then replaces the plus.
    """
    if len(terms) <= flat:
        return _joined(terms, glue)
    size = max(flat, math.isqrt(len(terms)))
    count = math.ceil(len(terms) / size)
    size = math.ceil(len(terms) / count)  # groups of about one size
    groups = []
    for start in range(0, len(terms), size):
        groups.append(f"({_joined(terms[start : start + size], glue)})")
    return bracketed(groups, flat, glue)


def _joined(terms: list[str], glue: str) -> str:
    """`terms` with `glue` between, on as many lines as they need."""
    pieces = [terms[0]]
    length = len(terms[0])  # of the last line
    adds = glue == " + "
    for term in terms[1:]:
        piece = f" - {term[1:]}" if adds and term[:1] == "-" else glue + term
        length += len(piece)
        if length > WIDTH - 8:
            piece = piece.lstrip()
            length = len(piece)
            pieces.append(INDENT)
        pieces.append(piece)
    return "".join(pieces)


def listed(items: list[str], before: int = 0) -> str:
    """`items` with commas between, on several lines where one would be too long; `before` is
    how much stands before the first."""
    lines: list[str] = []
    for item in items:
        indented = before if len(lines) == 1 else 0
        if lines and indented + len(lines[-1]) + len(item) <= WIDTH - 12:
            lines[-1] += f", {item}"
        else:
            lines.append(item)
    return f",{INDENT}  ".join(lines)
