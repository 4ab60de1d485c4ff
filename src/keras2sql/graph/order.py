"""The order in which the tensors of a graph are computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras2sql.graph.core import Tensor


def topological(roots: Iterable[Tensor]) -> list[Tensor]:
    """The tensors that `roots` need, operands first, without recursion."""
    order: list[Tensor] = []
    seen: set[Tensor] = set()
    stack: list[tuple[Tensor, bool]] = [(t, False) for t in reversed(list(roots))]
    while stack:
        t, expanded = stack.pop()
        if expanded:
            order.append(t)
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            stack += [(i, False) for i in reversed(t.inputs) if i not in seen]
    return order
