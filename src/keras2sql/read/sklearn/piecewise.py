"""Functions of one number that knots cut in pieces: found by halves, each piece a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph.expr import Expr, ExprLike, X, as_expr, where


@dataclass(frozen=True)
class Knots:
    """Places that rise, and the values there; a place that comes more than once is a jump, `first`
    its value from the left, `last` that from the right, and `at` what it is there."""

    places: tuple[float, ...]
    first: tuple[float, ...]
    last: tuple[float, ...]
    at: tuple[float, ...]


def knots(places: Any, values: Any) -> Knots:
    """Knots of sorted places; where one is repeated, the function takes the mean of its values."""
    x, y = np.asarray(places, dtype=np.float64), np.asarray(values, dtype=np.float64)
    distinct, start, count = np.unique(x, return_index=True, return_counts=True)
    first, last = y[start], y[start + count - 1]
    middle = np.where(first == last, first, (first + last) / 2)
    return Knots(*(tuple(map(float, a)) for a in (distinct, first, last, middle)))


def through(found: Knots) -> Expr:
    """The function through these knots, of `X`: between two of them a line, as `numpy.interp`
    has it, and beyond the first and the last what it is there."""
    pieces: list[ExprLike] = [found.at[0]]
    count = len(found.places)
    for i in range(count):
        x, y = found.places[i], found.last[i]
        if i + 1 == count:
            piece: ExprLike = found.at[i]
        else:
            slope = (found.first[i + 1] - y) / (found.places[i + 1] - x)
            piece = slope * (X - x) + y
            if found.at[i] != y:
                piece = where(ex.call("eq", X, x), found.at[i], piece)
        pieces.append(piece)
    return by_halves(found.places, pieces)


def by_halves(places: Sequence[float], pieces: Sequence[ExprLike]) -> Expr:
    """The piece for `X`: the first below the first place, the next from there on, and so on."""
    if len(pieces) == 1:
        return as_expr(pieces[0])
    middle = len(places) // 2
    low = by_halves(places[:middle], pieces[: middle + 1])
    high = by_halves(places[middle + 1 :], pieces[middle + 1 :])
    return where(places[middle] > X, low, high) if low != high else low
