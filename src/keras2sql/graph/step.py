"""Graphs of one time step, in which what is made of all steps is a total over the rows."""

from __future__ import annotations

from collections.abc import Sequence

from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, where
from keras2sql.graph.order import topological

# Totals; and those that the greatest or the least of truth values, 1 and 0, tells.
_KNOWN = frozenset({"sum", "mean", "max", "min"})
_TRUTH = {"any": "max", "all": "min"}


class StepBuilder(Builder):
    """Writes graphs of one step, (1, ...): a reduction along that axis is one of all steps."""

    def reduce(
        self, how: str, x: Tensor, axes: int | Sequence[int], keepdims: bool = False
    ) -> Tensor:
        """See `ops.Reduce`, and `ops.Overall`."""
        listed = (axes,) if isinstance(axes, int) else tuple(axes)
        rank = len(x.shape)
        if x.shape[:1] == (1,) and any(a % rank == 0 for a in listed) and self._moves(x):
            x = self._overall(how, x)
        return super().reduce(how, x, axes, keepdims)

    def _overall(self, how: str, x: Tensor) -> Tensor:
        if how in _TRUTH:
            number = self.map(where(X, 1.0, 0.0), x)
            return self.map(X > 0.0, self._make(ops.Overall(_TRUTH[how]), number))
        return self._make(ops.Overall(how), x) if how in _KNOWN else x

    def _moves(self, x: Tensor) -> bool:
        """Whether a tensor differs from step to step."""
        known: dict[Tensor, bool] = {}
        for t in topological([x]):
            whole = isinstance(t.op, ops.Overall)
            known[t] = isinstance(t.op, ops.Input) or any(known[i] for i in t.inputs)
            known[t] = known[t] and not whole
        return known[x]
