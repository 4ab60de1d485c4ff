"""Inputs that may lack a value."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.graph import ops
from keras2sql.graph.core import Tensor, tensor


@dataclass(frozen=True)
class Incomplete(ops.Input):
    """An input whose elements may be missing: NaN, or None among texts; NULL in the source.

    What reads it sees to them.  A row that lacks an element of any other input has no prediction.
    """


def incomplete(name: str, shape: ops.Shape, kind: str = "float") -> Tensor:
    """A tensor that is fed in, and whose elements may be missing."""
    return tensor(Incomplete(name, tuple(shape), kind), (), name)


def may_miss(t: Tensor) -> bool:
    """Whether elements of an input may be missing."""
    return isinstance(t.op, Incomplete)
