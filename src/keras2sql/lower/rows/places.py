"""Where elements go: arithmetic on their row-major indices, as SQL."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from keras2sql.dialects.base import Dialect

Shape = Sequence[int]


def strides(shape: Shape) -> list[int]:
    """How far apart two elements are that are neighbours along each axis."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def spread(shape: Shape, wide: Shape) -> list[int]:
    """The factor of each axis of `wide` in the index of `shape`, which broadcasts to it."""
    padded = [1] * (len(wide) - len(shape)) + list(shape)
    return [0 if n == 1 else s for n, s in zip(padded, strides(padded), strict=True)]


def index(place: str, shape: Shape, factors: Sequence[int], dialect: Dialect) -> str:
    """The sum of ``coordinate * factor`` over the axes of the element at `place`, as SQL.

    Neighbouring axes that stay neighbours are taken together.
    """
    runs: list[list[int]] = []  # size, stride, factor
    for size, stride, factor in zip(shape, strides(shape), factors, strict=True):
        if size == 1:
            continue
        if runs and runs[-1][2] == factor * size:
            runs[-1] = [runs[-1][0] * size, stride, factor]
        else:
            runs.append([size, stride, factor])
    whole, terms = math.prod(shape), []
    for size, stride, factor in runs:
        if not factor:
            continue
        text = place
        if stride > 1:
            text = dialect.numbers.quotient.format(text, stride)
        if size * stride < whole:
            text = f"{text} % {size}"
        if factor > 1:
            text = f"({text}) * {factor}" if "%" in text else f"{text} * {factor}"
        terms.append(text)
    return " + ".join(terms) or "0"


def blocks(choice: npt.NDArray[np.intp]) -> int:
    """The largest length of runs in which `choice` takes neighbours, all aligned alike.

    A choice of elements is then one of whole blocks of this length.
    """
    flat = choice.reshape(-1)
    for length in sorted(_divisors(choice.shape[-1] if choice.ndim else 1), reverse=True):
        rows = flat.reshape(-1, length)
        first = rows[:, :1]
        held = first >= 0
        aligned = (first % length == 0) | ~held
        if (np.where(held, first + np.arange(length), -1) == rows).all() and aligned.all():
            return length
    return 1


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]
