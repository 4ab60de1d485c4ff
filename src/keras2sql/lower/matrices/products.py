"""Products of nested lists: of vectors with a matrix of weights, and with one another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.contraction import Contraction, contraction
from keras2sql.graph.core import Tensor
from keras2sql.lower.matrices.bias import has_own_bias
from keras2sql.lower.matrices.body import Body
from keras2sql.lower.matrices.nested import Nested

ELEMENT = "{0}"


def product(body: Body, t: Tensor, function: str = ELEMENT) -> str:
    """A product of inner products, and of each of them the `function` of ELEMENT; where neurons
    have a bias, with that."""
    axes = contraction(t, swapped=body.value(t.inputs[0]) is not None)
    summed = axes.summed
    x = _operand(body, axes, axes.x, axes.left, summed)
    weights = body.value(axes.y)
    if weights is None:
        y = _operand(body, axes, axes.y, axes.right, summed)
    else:
        y = _neurons(body, t, axes, weights)

    def of_vectors(texts: list[str]) -> str:
        vector, other = texts
        if weights is None:
            text = body.lists.inner.format(vector, other)
        else:
            own = body.matrices.weights.format(other)
            bias = body.matrices.bias.format(other)
            text = f"{body.lists.inner.format(vector, own)} + {bias}"
        return function.replace(ELEMENT, text)

    return body.loops.over([x, y], of_vectors)


def is_product(_: ops.Contract, t: Tensor) -> bool:
    """Whether `product` takes a contraction."""
    if any(i.kind != "float" for i in t.inputs):
        return False
    axes = contraction(t, swapped=t.inputs[0].constant is not None)
    if axes.alone or not axes.summed or axes.x.constant is not None:
        return False
    return axes.y.constant is None or bool(np.isfinite(axes.y.constant).all())


def _operand(
    body: Body, axes: Contraction, x: Tensor, letters: str, summed: Sequence[str]
) -> Nested:
    """Vectors of a tensor, by the axes that it shares with the result."""
    kept = [c for c in axes.out if c in letters]
    order = tuple(letters.index(c) for c in (*kept, *summed))
    text = body.vectors(x, order, len(kept))
    return Nested(text, _sizes(axes, letters))


def _neurons(body: Body, t: Tensor, axes: Contraction, weights: ops.Array) -> Nested:
    """The neurons, by the axes that they share with the result."""
    kept = [c for c in axes.out if c in axes.right]
    turned = np.transpose(weights, [axes.right.index(c) for c in (*kept, *axes.summed)])
    shape = tuple(axes.sizes[c] for c in kept)
    by_neuron = turned.reshape(*shape, -1).astype(np.float64)
    bias = None
    if len(t.inputs) == 3 and has_own_bias(t):
        value = body.value(t.inputs[2])
        assert value is not None
        of_rows = tuple(0 if c in axes.rows else slice(None) for c in axes.out)
        bias = np.broadcast_to(value, t.shape)[of_rows].astype(np.float64)
    text = body.matrix(t, by_neuron, bias)
    return Nested(text, _sizes(axes, axes.right), neurons=True)


def _sizes(axes: Contraction, letters: str) -> tuple[int | None, ...]:
    return tuple(axes.sizes[c] if c in letters else None for c in axes.out)
