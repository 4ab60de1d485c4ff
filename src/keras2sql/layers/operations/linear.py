"""Sums of products: matmul, dot, einsum and their like; all of them `Contract`s."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import Arg, X, Y, Z
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.operations.operation import (
    ACROSS,
    axis_of,
    constant_of,
    number,
    numbers,
    operation,
    rank_of,
    refuse,
)
from keras2sql.layers.registry import Refused

_MIXED = "it multiplies rows of the batch with one another"

refuse(_MIXED, "Vdot", "Outer", "Kron", "Corrcoef")


def _operand(graph: Builder, x: Any) -> Tensor | Any:
    """A tensor as numbers, a constant as an array."""
    return number(graph, x) if isinstance(x, Tensor) else constant_of(x)


def _rank(x: Any) -> int:
    return rank_of(x) if isinstance(x, Tensor) else int(np.ndim(x))


@operation("Matmul")
def matmul(graph: Builder, x1: Any, x2: Any) -> Tensor:
    """As numpy's: stacks of matrices broadcast, vectors lose their axis."""
    ranks = [_rank(x1), _rank(x2)]
    if not all(ranks):
        raise ShapeError("matmul of a single number")
    stacked = max(ranks) - 2
    letters = string.ascii_lowercase
    front = letters[: max(stacked, 0)]
    left = front[len(front) - max(ranks[0] - 2, 0) :] + ("xy" if ranks[0] > 1 else "y")
    right = front[len(front) - max(ranks[1] - 2, 0) :] + ("yz" if ranks[1] > 1 else "y")
    out = front + ("x" if ranks[0] > 1 else "") + ("z" if ranks[1] > 1 else "")
    return einsum_of(graph, f"{left},{right}->{out}", [x1, x2])


@operation("Dot")
def dot(graph: Builder, x1: Any, x2: Any) -> Tensor:
    """The last axis of the first with the last but one of the second."""
    if not _rank(x1) or not _rank(x2):
        return graph.map(X * Y, *numbers(graph, x1, x2))
    axis = 0 if _rank(x2) == 1 else _rank(x2) - 2
    return _summed(graph, x1, x2, [_rank(x1) - 1], [axis])


@operation("Inner")
def inner(graph: Builder, x1: Any, x2: Any) -> Tensor:
    if not _rank(x1) or not _rank(x2):
        return graph.map(X * Y, *numbers(graph, x1, x2))
    return _summed(graph, x1, x2, [_rank(x1) - 1], [_rank(x2) - 1])


@operation("Tensordot")
def tensordot(graph: Builder, x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    if isinstance(axes, int):
        pairs = [list(range(_rank(x1) - axes, _rank(x1))), list(range(axes))]
    else:
        pairs = [[a] if isinstance(a, int) else list(a) for a in axes]
    first, second = pairs
    return _summed(graph, x1, x2, [a % _rank(x1) for a in first], [a % _rank(x2) for a in second])


def _summed(graph: Builder, x1: Any, x2: Any, first: list[int], second: list[int]) -> Tensor:
    """Products summed over pairs of axes; then the other axes of both, in order."""
    letters = iter(string.ascii_lowercase)
    left = [next(letters) for _ in range(_rank(x1))]
    right = [next(letters) for _ in range(_rank(x2))]
    for a, b in zip(first, second, strict=True):
        right[b] = left[a]
    out = [c for c in left if c not in right] + [c for c in right if c not in left]
    return einsum_of(graph, f"{''.join(left)},{''.join(right)}->{''.join(out)}", [x1, x2])


@operation("Cross")
def cross(
    graph: Builder,
    x1: Any,
    x2: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: Any = None,
) -> Tensor:
    """Of vectors of three numbers along one axis."""
    a, b = numbers(graph, x1, x2)
    axes = [axisa, axisb, axisc] if axis is None else [axis] * 3
    if len({n % rank_of(a) for n in axes}) > 1:
        raise Refused("a cross product along different axes")
    along = axis_of(axes[0], rank_of(a)) - len(a.shape)
    if a.shape[along] != 3 or b.shape[along] != 3:
        raise Refused("a cross product of vectors that are not of three numbers")

    def turned(x: Tensor, by: int) -> Tensor:
        return graph.take(x, np.roll(graph.positions(x), -by, along))

    product = X * Y - Z * Arg(3)
    return graph.map(product, turned(a, 1), turned(b, 2), turned(a, 2), turned(b, 1))


# -- einsum


@operation("Einsum")
def einsum(graph: Builder, *operands: Any, subscripts: str) -> Tensor:
    return einsum_of(graph, subscripts, list(operands))


def einsum_of(graph: Builder, subscripts: str, operands: list[Any]) -> Tensor:
    """numpy's einsum of tensors and constants, the batch being one of its letters."""
    terms, out = _spelled(subscripts.replace(" ", ""), [_rank(x) for x in operands])
    batch = {term[0] for term, x in zip(terms, operands, strict=True) if isinstance(x, Tensor)}
    lead = next(iter(batch), "")
    if len(batch) != 1 or not out.startswith(lead):
        raise Refused(_MIXED if len(batch) > 1 else f"its result reaches {ACROSS}")
    xs: list[Tensor] = []
    inner: list[str] = []
    for term, x in zip(terms, operands, strict=True):
        value = _operand(graph, x)
        if isinstance(value, Tensor):
            term = term[1:]
        elif lead in term:
            # Only of length 1 can a constant meet the batch: it stands for every row.
            at = term.index(lead)
            if value.shape[at] != 1:
                raise Refused(_MIXED)
            value, term = (
                value.reshape(value.shape[:at] + value.shape[at + 1 :]),
                term.replace(lead, "", 1),
            )
        if lead in term:
            raise Refused(_MIXED)
        value, term = _single_letters(graph, graph.constant(value), term)
        xs.append(value)
        inner.append(term)
    if lead in out[1:]:
        raise Refused(_MIXED)
    return _contracted(graph, xs, inner, out[1:])


def _spelled(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """The terms and the result, with letters in place of ellipses, and an arrow."""
    left, arrow, out = subscripts.partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ShapeError(f"{len(ranks)} operands for {subscripts}")
    free = [c for c in string.ascii_letters if c not in subscripts]
    elided = [rank - len(t.replace("...", "")) for t, rank in zip(terms, ranks, strict=True)]
    widest = max((n for t, n in zip(terms, elided, strict=True) if "..." in t), default=0)
    if any(n < 0 or (n and "..." not in t) for t, n in zip(terms, elided, strict=True)):
        raise ShapeError(f"operands of ranks {ranks} for {subscripts}")
    shared = "".join(free[:widest])
    full = [
        t.replace("...", shared[len(shared) - n :] if n else "")
        for t, n in zip(terms, elided, strict=True)
    ]
    if arrow:
        return full, out.replace("...", shared)
    letters = "".join(full)
    once = sorted(c for c in set(letters) if letters.count(c) == 1 and c not in shared)
    return full, shared + "".join(once)


def _single_letters(graph: Builder, x: Tensor, term: str) -> tuple[Tensor, str]:
    """Diagonals in place of letters that a term has twice."""
    index = graph.positions(x)
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            index = np.diagonal(index, 0, first, second)
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return (x if index.shape == x.shape else graph.take(x, index)), term


def _contracted(graph: Builder, xs: list[Tensor], terms: list[str], out: str) -> Tensor:
    """Operand after operand; letters that neither the rest nor the result needs are summed."""
    x, term = xs[0], terms[0]
    if len(xs) == 1:
        return _summed_out(graph, x, term, out)
    for i in range(1, len(xs)):
        later = set(out).union(*terms[i + 1 :])
        kept = "".join(c for c in dict.fromkeys(term + terms[i]) if c in later)
        wanted = out if i == len(xs) - 1 else kept
        x, y, left, right = _broadcast(graph, x, xs[i], term, terms[i])
        x, term = graph.contract(x, y, equation=f"{left},{right}->{wanted}"), wanted
    return x


def _broadcast(
    graph: Builder, x: Tensor, y: Tensor, left: str, right: str
) -> tuple[Tensor, Tensor, str, str]:
    """Axes of length 1 that meet longer ones, repeated, as numpy does for stacks of matrices."""
    sizes = dict(zip(right, y.shape, strict=True))
    for c, n in zip(left, x.shape, strict=True):
        sizes[c] = max(n, sizes.get(c, 1))
    full = []
    for t, term in ((x, left), (y, right)):
        wanted = tuple(sizes[c] for c in term)
        if any(n not in (1, w) for n, w in zip(t.shape, wanted, strict=True)):
            raise ShapeError(f"shapes {x.shape} and {y.shape} for {left},{right}")
        graph.room(*wanted)
        index = np.broadcast_to(graph.positions(t), wanted)
        full.append(t if wanted == t.shape else graph.take(t, index))
    return full[0], full[1], left, right


def _summed_out(graph: Builder, x: Tensor, term: str, out: str) -> Tensor:
    gone = [i for i, c in enumerate(term) if c not in out]
    rest = [c for c in term if c in out]
    y = graph.reduce("sum", x, gone) if gone else x
    return graph.transpose(y, [rest.index(c) for c in out])
