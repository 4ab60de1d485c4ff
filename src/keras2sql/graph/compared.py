"""Which numbers of a graph something is compared with, where the last digit tells."""

from __future__ import annotations

from keras2sql.graph import ops
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.expr import Call, Expr
from keras2sql.graph.ranking import Top
from keras2sql.graph.trees import Trees

_JUMPS = {"lt", "le", "gt", "ge", "eq", "ne", "floor", "ceil", "trunc", "round", "sign", "mod"}
_EACH = (ops.Map, ops.Take, ops.Join, ops.Find, ops.Lookup)


def compared(graph: Graph) -> set[Tensor]:
    """The tensors of which each element is computed from few of the inputs', without a sum over
    many, and which come to a comparison.

    A bin may begin, and a category be, just where a number of the table lies: there the same
    formula in another order is on the other side.
    """
    plain: set[Tensor] = set()
    for t in graph.tensors():
        known = all(i in plain or i.constant is not None for i in t.inputs)
        if t.constant is None and (
            isinstance(t.op, ops.Input) or (isinstance(t.op, _EACH) and known)
        ):
            plain.add(t)
    waiting = [i for t in graph.tensors() if _compares(t) for i in t.inputs]
    found: set[Tensor] = set()
    while waiting:
        t = waiting.pop()
        if t in plain and t not in found:
            found.add(t)
            waiting += t.inputs
    return found


def _compares(t: Tensor) -> bool:
    if isinstance(t.op, ops.Map):
        return _jumps(t.op.expr)
    return isinstance(t.op, (Trees, Top, ops.Find)) or (
        isinstance(t.op, ops.Reduce) and t.op.how == "argmax"
    )


def _jumps(expr: Expr) -> bool:
    if not isinstance(expr, Call):
        return False
    return expr.fn in _JUMPS or any(_jumps(a) for a in expr.args)
