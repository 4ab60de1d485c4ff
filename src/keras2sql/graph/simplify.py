"""Rules that make a graph smaller without changing what it computes.

Each rule sees one tensor, its operands already simplified, and answers with an equal one.
`simplify` applies all of them until nothing changes.  The proof of a rule is numpy:
`graph.evaluate` before and after.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import ops
from keras2sql.graph.compared import compared
from keras2sql.graph.contraction import contraction
from keras2sql.graph.core import Graph, Tensor, tensor
from keras2sql.graph.ops import Array
from keras2sql.graph.scan import Scan, unroll

Uses = dict[Tensor, int]
Rule = Callable[[Tensor, Uses], Tensor | None]

# Constants are folded up to this many elements: beyond, the folded tensor costs more than
# what it replaces (a small kernel repeated over a large image).
_FOLD_ELEMENTS = 10_000_000

# Maps are merged up to weights of this size, whose sums a double rounds at 1e-7, as Keras's own
# float32 does those of numbers around one.
_MERGED_MAGNITUDE = 1e9


FAR = 1e5
"""How far what is scaled may be moved by weights: of a feature of mean 1e12 and standard deviation
1e4, which is exact once its mean is taken off, a sum that does so at its end loses eight digits."""


def simplify(graph: Graph) -> Graph:
    """An equal graph: constants folded, linear maps merged, idle ops removed."""
    folded = {path: list(others) for path, others in graph.about.folded.items()}
    while True:
        uses: Uses = {}
        read = (i for u in graph.tensors() for i in u.inputs)
        for t in (*read, *graph.outputs.values(), *(after for _, after in graph.carried)):
            uses[t] = uses.get(t, 0) + 1
        for t in compared(graph):  # it stays as it is computed
            uses[t] += 1
        changed = False

        def rule(t: Tensor, original: Tensor, uses: Uses = uses) -> Tensor:
            nonlocal changed
            result = t
            for each in RULES:
                made = each(result, uses)
                if made is None:
                    continue
                _note_folded(folded, each, result, made)
                result = made
            if result is not original:
                uses[result] = uses.get(result, 0) + uses.get(original, 0)
            changed = changed or result is not t
            return result

        simpler = graph.rewrite(rule)
        if not changed:
            told = _gone(folded, graph)
            if told == graph.about.folded:
                return graph
            return replace(graph, about=replace(graph.about, folded=told))
        graph = simpler


def _merged(t: Tensor) -> Tensor | None:
    """`t`, unless its constants are so large that sums of them lose what two maps, one after the
    other, keep: a zero that the first makes exactly, times the second's large weight, is left as
    the rounding of two large numbers, and past single precision numbers become infinite."""
    constants = (i.constant for i in t.inputs if i.constant is not None)
    return None if any((np.abs(c) > _MERGED_MAGNITUDE).any() for c in constants) else t


def _gone(folded: dict[str, list[str]], graph: Graph) -> dict[str, tuple[str, ...]]:
    """Of what was folded, the layers of which nothing else is left."""
    left = {t.layer for t in graph.tensors() if t.constant is None}
    found = {}
    for into, paths in folded.items():
        if gone := tuple(path for path in paths if path not in left):
            found[into] = gone
    return found


def _note_folded(folded: dict[str, list[str]], rule: Rule, t: Tensor, made: Tensor) -> None:
    """Note the layers whose work is done by the constants of another from now on."""
    if isinstance(made.op, Scan):
        folded.update({path: list(paths) for path, paths in made.op.body.about.folded.items()})
    if rule not in FOLDING:
        return
    varying = [i.layer for i in t.inputs if i.constant is None]
    into = folded.setdefault(made.layer, [])
    for path in (t.layer, *varying):
        into += [one for one in (path, *folded.get(path, ())) if one not in (made.layer, *into)]


def _constant(value: Array, layer: str) -> Tensor:
    narrow = value.astype(np.float64) if value.dtype == np.longdouble else value
    return tensor(ops.Constant(narrow), (), layer)


def _wide(value: Array) -> Array:
    """For products whose sums round the same, in whatever order a processor adds them."""
    return value.astype(np.longdouble)


def fold(t: Tensor, uses: Uses) -> Tensor | None:
    """An op on constants alone is a constant."""
    if not t.inputs or any(i.constant is None for i in t.inputs) or t.size > _FOLD_ELEMENTS:
        return None
    value = np.broadcast_to(t.op(*(i.op() for i in t.inputs)), (1, *t.shape))
    return _constant(value.reshape(t.shape), t.layer)


def known_product(t: Tensor, uses: Uses) -> Tensor | None:
    """A product of constants to which computed numbers are added, as of a first state."""
    if not isinstance(t.op, ops.Contract) or len(t.inputs) < 3:
        return None
    *factors, bias = t.inputs
    product = fold(tensor(t.op, factors, t.layer), uses)
    if product is None or product.constant is None:
        return None
    if bias.shape == t.shape and not product.constant.any():
        return bias
    return tensor(ops.Map(ex.X + ex.Y), (bias, product), t.layer)


def unrolled(graph: Graph) -> Graph:
    """Without loops; what the first step does with a state of constants is constant then."""
    steps = unroll(graph)
    if steps is graph:
        return graph
    return steps.rewrite(lambda t, original: fold(t, {}) or known_product(t, {}) or t)


def idle(t: Tensor, uses: Uses) -> Tensor | None:
    """A map, a choice or a join that hands its operand on."""
    first = t.inputs[0] if t.inputs else None
    if first is None or first.shape != t.shape:
        return None
    if isinstance(t.op, ops.Map) and t.op.expr == ex.X:
        return first
    if isinstance(t.op, ops.Take) and np.array_equal(t.op.index.reshape(-1), np.arange(first.size)):
        return first
    if isinstance(t.op, ops.Join) and len(t.inputs) == 1:
        return first
    return None


def take_of_take(t: Tensor, uses: Uses) -> Tensor | None:
    """A choice among chosen elements is one choice."""
    if not isinstance(t.op, ops.Take) or not isinstance(t.inputs[0].op, ops.Take):
        return None
    inner = t.inputs[0].op
    outer_fills, inner_fills = (t.op.index < 0).any(), (inner.index < 0).any()
    if outer_fills and inner_fills and t.op.fill != inner.fill:
        return None
    index = np.where(t.op.index < 0, -1, inner.index.reshape(-1)[t.op.index])
    fill = t.op.fill if outer_fills else inner.fill
    return tensor(ops.Take(index, fill), t.inputs[0].inputs, t.layer)


def _affine(t: Tensor) -> tuple[Tensor, Array, Array] | None:
    """``(x, scale, shift)`` with ``t == scale * x + shift`` and constants of the shape of t."""
    if not isinstance(t.op, ops.Map):
        return None
    varying = [i for i, operand in enumerate(t.inputs) if operand.constant is None]
    if len(varying) != 1:
        return None
    (index,) = varying
    x = t.inputs[index]
    found = ex.affine(t.op.expr, index)
    if found is None or x.shape != t.shape or x.kind != "float":
        return None
    operands = [
        np.zeros(()) if i == index else np.asarray(o.constant, dtype=np.float64)
        for i, o in enumerate(t.inputs)
    ]
    scale, shift = (np.broadcast_to(ex.evaluate(e, operands), t.shape) for e in found)
    if not (np.isfinite(scale).all() and np.isfinite(shift).all()):
        return None
    return x, np.asarray(scale, dtype=np.float64), np.asarray(shift, dtype=np.float64)


def _near(t: Tensor) -> tuple[Tensor, Array, Array] | None:
    """As `_affine`, unless it moves too far to be part of a sum."""
    found = _affine(t)
    return None if found is None or (np.abs(found[2]) > FAR).any() else found


def _linear(t: Tensor) -> tuple[Array, Array] | None:
    """Kernel and bias, in double precision, of a contraction with a constant kernel."""
    if not isinstance(t.op, ops.Contract) or t.inputs[1].constant is None:
        return None
    bias: Array | None = np.zeros(())
    if len(t.inputs) > 2:
        bias = t.inputs[2].constant
    if bias is None or t.inputs[0].constant is not None:
        return None
    return t.inputs[1].constant.astype(np.float64), bias.astype(np.float64)


def _along(values: Array, letters: str, kernel: str) -> Array | None:
    """`values` over the axes `letters`, laid out over those of the kernel.

    None where they vary along an axis that the kernel lacks.
    """
    for axis, letter in enumerate(letters):
        if letter not in kernel and values.shape[axis] > 1:
            first = np.take(values, [0], axis=axis)
            if not np.array_equal(np.broadcast_to(first, values.shape), values):
                return None
    thin = values[tuple(slice(None) if c in kernel else 0 for c in letters)]
    held = [c for c in letters if c in kernel]
    turned = np.transpose(thin, [held.index(c) for c in kernel if c in held])
    index = tuple(slice(None) if c in held else None for c in kernel)
    return np.asarray(turned[index])


def scale_after(t: Tensor, uses: Uses) -> Tensor | None:
    """BatchNormalization, rescaling and the like behind a linear map go into its weights."""
    found = _affine(t)
    if found is None:
        return None
    inner, scale, shift = found
    linear = _linear(inner)
    if linear is None or uses.get(inner, 0) > 1:
        return None
    kernel, bias = linear
    axes = contraction(inner)
    factor = _along(scale, axes.out, axes.right)
    if factor is None:
        return None
    operands = (
        inner.inputs[0],
        _constant(kernel * factor, inner.layer),
        _constant(bias * scale + shift, inner.layer),
    )
    return _merged(tensor(inner.op, operands, inner.layer))


def scale_before(t: Tensor, uses: Uses) -> Tensor | None:
    """Normalization, rescaling and the like in front of a linear map go into its weights."""
    linear = _linear(t)
    if linear is None:
        return None
    found = _near(t.inputs[0])
    if found is None:
        return None
    x, scale, shift = found
    kernel, bias = linear
    assert isinstance(t.op, ops.Contract)
    axes = contraction(t)
    factor = _along(scale, axes.left, axes.right)
    if factor is None:
        return None
    moved = ops.Contract(t.op.equation)(_wide(shift)[None], _wide(kernel)[None])[0] + bias
    operands = (x, _constant(kernel * factor, t.layer), _constant(moved, t.layer))
    return _merged(tensor(t.op, operands, t.layer))


def dense_after_dense(t: Tensor, uses: Uses) -> Tensor | None:
    """Two linear maps with nothing between them are one, where that is no more work."""
    if not isinstance(t.op, ops.Contract) or uses.get(t.inputs[0], 0) > 1:
        return None
    outer, inner = _linear(t), _linear(t.inputs[0])
    if outer is None or inner is None:
        return None
    first = t.inputs[0]
    (k1, b1), (k2, b2) = inner, outer
    rank = len(first.inputs[0].shape)
    plain = "abcdefgh"[:rank]
    if k1.ndim != 2 or k2.ndim != 2 or rank > 8:
        return None
    for axes in (contraction(first), contraction(t)):
        if axes.left[-1] != axes.right[0] or axes.out != axes.left[:-1] + axes.right[1]:
            return None
    if k1.shape[0] * k2.shape[1] > k1.size + k2.size:
        return None
    shift = np.broadcast_to(_wide(b1), first.shape) @ _wide(k2) + b2
    equation = f"{plain},{plain[-1]}z->{plain[:-1]}z"
    operands = (
        first.inputs[0],
        _constant(_wide(k1) @ _wide(k2), t.layer),
        _constant(shift, t.layer),
    )
    return _merged(tensor(ops.Contract(equation), operands, t.layer))


def inside_scan(t: Tensor, uses: Uses) -> Tensor | None:
    """The body of a repetition is simplified as a graph of its own."""
    if not isinstance(t.op, Scan):
        return None
    body = simplify(t.op.body)
    return None if body is t.op.body else tensor(Scan(body, t.op.sequences), t.inputs, t.layer)


def scale_of_scale(t: Tensor, uses: Uses) -> Tensor | None:
    """Two scalings one after the other are one."""
    outer = _affine(t)
    if outer is None:
        return None
    inner = _affine(outer[0])
    if inner is None or uses.get(outer[0], 0) > 1:
        return None
    x, s1, b1 = inner
    _, s2, b2 = outer
    if (np.abs(b1 * s2) > FAR).any():
        return None
    operands = (x, _constant(s1 * s2, t.layer), _constant(b1 * s2 + b2, t.layer))
    return _merged(tensor(ops.Map(ex.X * ex.Y + ex.Z), operands, t.layer))


def take_of_scale(t: Tensor, uses: Uses) -> Tensor | None:
    """Choosing among scaled elements is scaling chosen ones, and brings the scaling to a
    linear map behind a Flatten."""
    if not isinstance(t.op, ops.Take) or (t.op.index < 0).any() or uses.get(t.inputs[0], 0) > 1:
        return None
    found = _near(t.inputs[0])
    if found is None or t.size > t.inputs[0].size:
        return None
    x, scale, shift = found
    index = t.op.index
    operands = (
        tensor(t.op, (x,), t.layer),
        _constant(scale.reshape(-1)[index], t.inputs[0].layer),
        _constant(shift.reshape(-1)[index], t.inputs[0].layer),
    )
    return tensor(ops.Map(ex.X * ex.Y + ex.Z), operands, t.inputs[0].layer)


def activation_after_pooling(t: Tensor, uses: Uses) -> Tensor | None:
    """The greatest activation is that of the greatest: bias and activation of a convolution
    are computed for each window of a max pooling, not for each of its elements."""
    if not isinstance(t.op, ops.Reduce) or t.op.how not in ("max", "min"):
        return None
    x, windows = t.inputs[0], None
    if isinstance(x.op, ops.Take) and uses.get(x, 0) == 1 and (x.op.index >= 0).all():
        windows, x = x.op, x.inputs[0]
    if t.size >= x.size:
        return None
    expr: ex.Expr = ex.X
    if isinstance(x.op, ops.Map) and len(x.inputs) == 1 and uses.get(x, 0) == 1:
        if not ex.rises(x.op.expr):
            return None
        expr, x = x.op.expr, x.inputs[0]
    operands: list[Tensor] = []
    bias = x.inputs[2].constant if isinstance(x.op, ops.Contract) and len(x.inputs) > 2 else None
    if bias is not None and uses.get(x, 0) == 1:
        full = np.broadcast_to(bias.astype(np.float64), x.shape)
        shift = _level(full.reshape(-1)[windows.index] if windows else full, t.op)
        if shift is not None:
            expr = ex.substitute(expr, {0: ex.X + ex.Y})
            operands, x = [_constant(shift, x.layer)], tensor(x.op, x.inputs[:2], x.layer)
    if expr == ex.X:
        return None
    if windows:
        x = tensor(windows, (x,), t.layer)
    return tensor(ops.Map(expr), (tensor(t.op, (x,), t.layer), *operands), t.layer)


def _level(values: Array, over: ops.Reduce) -> Array | None:
    """What is left of `values` by a reduction of equals, thin along axes where they are equal.

    None where they differ within a window.
    """
    left = np.asarray(over(values[None])[0])
    spread = np.max(values, axis=over.axes) - np.min(values, axis=over.axes)
    if spread.any():
        return None
    for axis in range(left.ndim):
        first = np.take(left, [0], axis=axis)
        left = first if (left == first).all() else left
    return left


FOLDING = frozenset({scale_of_scale, scale_before, scale_after, dense_after_dense})
"""The rules that make one layer of two."""

RULES: tuple[Rule, ...] = (
    fold,
    known_product,
    inside_scan,
    idle,
    take_of_take,
    take_of_scale,
    scale_of_scale,
    scale_before,
    scale_after,
    dense_after_dense,
    activation_after_pooling,
)
