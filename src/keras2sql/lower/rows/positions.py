"""Where elements go: arithmetic on their row-major indices, as SQL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
    factors = []
    for size, stride in zip(padded, strides(padded), strict=True):
        factors.append(0 if size == 1 else stride)
    return factors


@dataclass(frozen=True)
class _Run:
    """Neighbouring axes that are as one: how many places they have, how far apart elements are
    that are neighbours along them, and how far apart these go."""

    size: int
    stride: int
    factor: int


def index(position: str, shape: Shape, factors: Sequence[int], dialect: Dialect) -> str:
    """The sum of ``coordinate * factor`` over the axes of the element at `position`, as SQL.

    Neighbouring axes that stay neighbours are taken together.
    """
    size = math.prod(shape)
    terms = [_term(position, run, size, dialect) for run in _runs(shape, factors) if run.factor]
    return " + ".join(terms) or "0"


def _runs(shape: Shape, factors: Sequence[int]) -> list[_Run]:
    runs: list[_Run] = []
    for size, stride, factor in zip(shape, strides(shape), factors, strict=True):
        if size == 1:
            continue
        if runs and runs[-1].factor == factor * size:
            last = runs.pop()
            runs.append(_Run(last.size * size, stride, factor))
        else:
            runs.append(_Run(size, stride, factor))
    return runs


def _term(position: str, run: _Run, size: int, dialect: Dialect) -> str:
    """Where an element goes along one run of axes of a tensor of this size."""
    text = position
    if run.stride > 1:
        text = dialect.numbers.quotient.format(text, run.stride)
    is_first = run.size * run.stride == size
    if not is_first:
        text = dialect.numbers.remainder.format(text, run.size)
    if run.factor == 1:
        return text
    return f"{text} * {run.factor}" if is_first else f"({text}) * {run.factor}"


def blocks(choice: npt.NDArray[np.intp]) -> int:
    """The largest length of runs in which `choice` takes neighbours, all aligned alike.

    A choice of elements is then one of whole blocks of this length; -1 is for none.
    """
    flat = choice.reshape(-1)
    longest = choice.shape[-1] if choice.ndim else 1
    for length in range(longest, 1, -1):
        if longest % length == 0 and _is_of_blocks(flat.reshape(-1, length)):
            return length
    return 1


def _is_of_blocks(rows: npt.NDArray[np.intp]) -> bool:
    """Whether each row has neighbours, the first of which is where a block begins, or nothing."""
    length = rows.shape[1]
    first = rows[:, :1]
    is_something = first >= 0
    neighbours = np.where(is_something, first + np.arange(length), -1)
    is_aligned = (first % length == 0) | ~is_something
    return bool((neighbours == rows).all() and is_aligned.all())
