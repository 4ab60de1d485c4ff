"""The tensor operations, about ten, that every layer is composed of.

An op is an immutable value.  `shape` gives the shape of its result from the shapes of
its operands (the batch axis is implied and never written), `kind` the kind of its
elements, and calling it computes the result by numpy.  There every array carries the
batch axis in front; a constant has 1 there.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from keras2sql.graph import expr as ex

Shape = tuple[int, ...]
Array = npt.NDArray[Any]


class ShapeError(ValueError):
    """Operands whose shapes do not fit an op."""


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The common shape by numpy's rules, batch axis aside."""
    try:
        return tuple(np.broadcast_shapes(*shapes))
    except ValueError as error:
        raise ShapeError(f"shapes {', '.join(map(str, shapes))} do not broadcast") from error


def aligned(array: Array, rank: int) -> Array:
    """`array` with axes of length 1 put in behind its batch axis, up to `rank` axes."""
    missing = rank + 1 - array.ndim
    return array.reshape(array.shape[:1] + (1,) * missing + array.shape[1:])


@dataclass(frozen=True)
class Op:
    """Base of all ops."""

    def shape(self, *shapes: Shape) -> Shape:
        raise TypeError(f"{type(self).__name__} has no shape rule")

    def kind(self, *kinds: str) -> str:
        return kinds[0]

    def work(self, *shapes: Shape) -> int:
        """Multiply-adds for one row."""
        return 0

    def __call__(self, *arrays: Array) -> Array:
        raise TypeError(f"{type(self).__name__} is not computed")


@dataclass(frozen=True)
class Input(Op):
    """A tensor that is fed in; `kind_` is "float", "int" or "str"."""

    name: str
    shape_: Shape
    kind_: str = "float"

    def shape(self, *shapes: Shape) -> Shape:
        return self.shape_

    def kind(self, *kinds: str) -> str:
        return self.kind_


@dataclass(frozen=True, eq=False)
class Constant(Op):
    """A value known when the model is converted: numbers, truth values or labels."""

    value: Array

    def shape(self, *shapes: Shape) -> Shape:
        return self.value.shape

    def kind(self, *kinds: str) -> str:
        return {"f": "float", "i": "int", "u": "int", "b": "bool"}.get(self.value.dtype.kind, "str")

    def __call__(self, *arrays: Array) -> Array:
        return self.value[None]


@dataclass(frozen=True)
class Map(Op):
    """A scalar expression of the operands' elements, broadcast as numpy does."""

    expr: ex.Expr

    def shape(self, *shapes: Shape) -> Shape:
        if ex.arguments(self.expr) - set(range(len(shapes))):
            raise ShapeError(f"the expression reads more than {len(shapes)} operands")
        return broadcast(shapes)

    def kind(self, *kinds: str) -> str:
        return ex.kind(self.expr, kinds)

    def __call__(self, *arrays: Array) -> Array:
        rank = max(a.ndim for a in arrays) - 1
        operands = [aligned(a, rank) for a in arrays]
        out = np.asarray(ex.evaluate(self.expr, operands))
        return np.broadcast_to(out, np.broadcast_shapes(out.shape, *(a.shape for a in operands)))


@dataclass(frozen=True)
class Contract(Op):
    """A generalised dot product of two tensors: einsum, plus an optional third operand, the bias.

    `equation` is that of einsum over the axes without the batch, such as ``"ai,io->ao"``
    for a Dense layer.  The bias broadcasts to the result.
    """

    equation: str

    def terms(self) -> tuple[str, str, str]:
        """The index letters of both operands and of the result."""
        operands, out = self.equation.split("->")
        left, right = operands.split(",")
        return left, right, out

    def shape(self, *shapes: Shape) -> Shape:
        left, right, out = self.terms()
        sizes: dict[str, int] = {}
        for letters, shape in zip((left, right), shapes, strict=False):
            if len(letters) != len(shape):
                raise ShapeError(f"operand of shape {shape} for '{letters}' of {self.equation}")
            for letter, size in zip(letters, shape, strict=True):
                if sizes.setdefault(letter, size) != size:
                    raise ShapeError(
                        f"axis {letter} of {self.equation} is {sizes[letter]} and {size}"
                    )
        result = tuple(sizes[letter] for letter in out)
        if len(shapes) > 2 and broadcast([shapes[2], result]) != result:
            raise ShapeError(f"a bias of shape {shapes[2]} does not fit {result}")
        return result

    def kind(self, *kinds: str) -> str:
        return "float"

    def work(self, *shapes: Shape) -> int:
        left, right, _ = self.terms()
        sizes = dict(zip(left + right, shapes[0] + shapes[1], strict=True))
        return math.prod(sizes.values())

    def __call__(self, *arrays: Array) -> Array:
        left, right, out = self.terms()
        x, y = arrays[:2]
        # numpy's einsum wants a letter of its own for the batch; 1 broadcasts against N.
        batch = next(c for c in "BZYXWVUTSRQPONMLKJIHGFEDCA" if c not in self.equation)
        if x.shape[0] == 1 or y.shape[0] == 1:
            on_x, on_y = (batch if x.shape[0] > 1 else ""), (batch if y.shape[0] > 1 else "")
            x, y = (x if on_x else x[0]), (y if on_y else y[0])
            lead = on_x or on_y
            z = np.einsum(f"{on_x}{left},{on_y}{right}->{lead}{out}", x, y, optimize=True)
            z = z if lead else z[None]
        else:
            z = np.einsum(f"{batch}{left},{batch}{right}->{batch}{out}", x, y, optimize=True)
        return np.asarray(z + aligned(arrays[2], len(out)) if len(arrays) > 2 else z)


@dataclass(frozen=True, eq=False)
class Places:
    """An array of places that is known by its shape, and made when it is first read.

    The windows of a convolution over an image are many times the image, and telling what a
    model computes takes none of them.
    """

    shape: Shape
    make: Callable[[], npt.NDArray[np.intp]]

    def turned(self, shape: Shape, turn: Callable[[Array], Array]) -> Places:
        """What `turn` makes of it, which has this shape."""
        return Places(shape, lambda: turn(self.make()))


@dataclass(frozen=True, eq=False)
class Take(Op):
    """``out[i] = x.flat[index[i]]``, and `fill` where the index is -1.

    `index` is an integer array of the result's shape: reshape, permute, slice, crop, pad,
    flip, repeat and every window of a convolution are such a choice of elements.
    """

    places: npt.NDArray[np.intp] | Places
    fill: float = 0.0

    @functools.cached_property
    def index(self) -> npt.NDArray[np.intp]:
        """The place of each element."""
        if not isinstance(self.places, Places):
            return self.places
        index = np.asarray(self.places.make(), dtype=np.intp)
        assert index.shape == self.places.shape
        return index

    def shape(self, *shapes: Shape) -> Shape:
        if isinstance(self.places, Places):
            return self.places.shape
        size = math.prod(shapes[0])
        if self.index.size and not (-1 <= self.index.min() and self.index.max() < size):
            raise ShapeError(f"an index reaches outside the {size} elements of {shapes[0]}")
        return self.index.shape

    def __call__(self, *arrays: Array) -> Array:
        flat = arrays[0].reshape(arrays[0].shape[0], -1)
        out = flat[:, self.index.ravel()].reshape(flat.shape[:1] + self.index.shape)
        if (self.index < 0).any():
            out = np.where(self.index < 0, np.asarray(self.fill, dtype=out.dtype), out)
        return out


_REDUCTIONS: dict[str, Any] = {
    "sum": np.sum,
    "mean": np.mean,
    "prod": np.prod,
    "max": np.max,
    "min": np.min,
    "any": np.any,
    "all": np.all,
}


@dataclass(frozen=True)
class Reduce(Op):
    """``sum``, ``mean``, ``prod``, ``max``, ``min``, ``any``, ``all`` over `axes`, or ``argmax``.

    Axes count without the batch and are not negative.  ``argmax`` takes one axis and
    answers with the first index among equals.
    """

    how: str
    axes: tuple[int, ...]
    keepdims: bool = False

    def shape(self, *shapes: Shape) -> Shape:
        if self.how == "argmax" and len(self.axes) != 1:
            raise ShapeError("argmax takes one axis")
        if any(not 0 <= a < len(shapes[0]) for a in self.axes):
            raise ShapeError(f"axes {self.axes} of a tensor of shape {shapes[0]}")
        if self.keepdims:
            return tuple(1 if i in self.axes else n for i, n in enumerate(shapes[0]))
        return tuple(n for i, n in enumerate(shapes[0]) if i not in self.axes)

    def kind(self, *kinds: str) -> str:
        if self.how == "argmax":
            return "int"
        return "float" if self.how == "mean" else kinds[0]

    def __call__(self, *arrays: Array) -> Array:
        axes = tuple(a + 1 for a in self.axes)
        if self.how == "argmax":
            return np.asarray(np.argmax(arrays[0], axis=axes[0], keepdims=self.keepdims))
        with np.errstate(all="ignore"):
            out = _REDUCTIONS[self.how](arrays[0], axis=axes, keepdims=self.keepdims)
        return np.asarray(out)


@dataclass(frozen=True)
class Join(Op):
    """The operands one behind the other along `axis`."""

    axis: int

    def shape(self, *shapes: Shape) -> Shape:
        first = shapes[0]
        if not 0 <= self.axis < len(first):
            raise ShapeError(f"axis {self.axis} of tensors of shape {first}")
        for s in shapes[1:]:
            beside = [n for i, n in enumerate(s) if i != self.axis]
            if len(s) != len(first) or beside != [n for i, n in enumerate(first) if i != self.axis]:
                raise ShapeError(f"shapes {', '.join(map(str, shapes))} do not join")
        total = sum(s[self.axis] for s in shapes)
        return (*first[: self.axis], total, *first[self.axis + 1 :])

    def kind(self, *kinds: str) -> str:
        return kinds[0] if len(set(kinds)) == 1 else "float"

    def __call__(self, *arrays: Array) -> Array:
        rows = max(a.shape[0] for a in arrays)
        full = [np.broadcast_to(a, (rows, *a.shape[1:])) for a in arrays]
        return np.concatenate(full, axis=self.axis + 1)


@dataclass(frozen=True)
class Mirror(Op):
    """What the row has that is as far from the end of its sequence as this one from the start.

    For graphs of one time step, whose rows are the steps of one sequence.
    """

    def shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def __call__(self, *arrays: Array) -> Array:
        return arrays[0][::-1]


@dataclass(frozen=True)
class Overall(Op):
    """The ``sum``, ``mean``, ``max`` or ``min`` of all rows, the steps of one sequence, in each."""

    how: str

    def shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def kind(self, *kinds: str) -> str:
        return "float"

    def __call__(self, *arrays: Array) -> Array:
        with np.errstate(all="ignore"):
            whole = _REDUCTIONS[self.how](arrays[0], axis=0, keepdims=True)
        return np.broadcast_to(whole, arrays[0].shape)


@dataclass(frozen=True)
class Pick(Op):
    """A row for each time step, (steps, ...) -> (1, ...): the first axis goes to the rows.

    For graphs of all steps of a sequence at once; what is picked meets only what is, and
    constants.
    """

    def shape(self, *shapes: Shape) -> Shape:
        if not shapes[0]:
            raise ShapeError("there is no axis of steps to pick from")
        return (1, *shapes[0][1:])

    def __call__(self, *arrays: Array) -> Array:
        x = arrays[0]
        return x.reshape(x.shape[0] * x.shape[1], 1, *x.shape[2:])


@dataclass(frozen=True)
class Find(Op):
    """For each element of the third operand, the value of the key that it equals.

    The first two are the keys, numbers or texts, and their values: constants of one length.
    An element that is no key gives `otherwise`; where that is None, the row has no
    prediction.
    """

    otherwise: float | str | None = None

    def shape(self, *shapes: Shape) -> Shape:
        if len(shapes[0]) != 1 or shapes[0] != shapes[1]:
            raise ShapeError(f"keys of shape {shapes[0]} with values of shape {shapes[1]}")
        return shapes[2]

    def kind(self, *kinds: str) -> str:
        return kinds[1]

    def __call__(self, *arrays: Array) -> Array:
        keys, values = (list(a[0].tolist()) for a in arrays[:2])
        found = dict(zip(keys, values, strict=True))
        texts = arrays[1].dtype.kind not in "fiub"
        missing = np.nan if self.otherwise is None and not texts else self.otherwise
        out = [found.get(one, missing) for one in arrays[2].reshape(-1).tolist()]
        return np.array(out, dtype=object if texts else np.float64).reshape(arrays[2].shape)


@dataclass(frozen=True)
class Lookup(Op):
    """``table[ids]``: rows of a constant table, the first operand, by computed integer ids.

    The result has the shape of the ids followed by that of a table row.  An id that the
    table does not hold gives NaN (for numbers), as the ids are cast towards zero first.
    """

    def shape(self, *shapes: Shape) -> Shape:
        if not shapes[0]:
            raise ShapeError("a table has at least one axis")
        return shapes[1] + shapes[0][1:]

    def __call__(self, *arrays: Array) -> Array:
        table, ids = arrays[0][0], arrays[1]
        with np.errstate(invalid="ignore"):
            whole = np.trunc(ids)
        held = (whole >= 0) & (whole < len(table))
        out = table[np.where(held, whole, 0).astype(np.intp)]
        if held.all():
            return np.asarray(out)
        missing: Any = None if table.dtype.kind not in "fiub" else np.nan
        if table.dtype.kind in "iub":
            out = out.astype(np.float64)
        return np.asarray(
            np.where(held.reshape(held.shape + (1,) * (table.ndim - 1)), out, missing)
        )
