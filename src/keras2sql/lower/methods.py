"""How a strategy finds what it does with an op, and which ops it has no SQL for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.core import Tensor
from keras2sql.graph.incomplete import Incomplete
from keras2sql.graph.scan import Scan

Method = TypeVar("Method")

_ONE_ROW = "it takes one row of the source at a time, and this goes from row to row"
_ENTRY = "the step that reads the source makes its rows"

# Why an op has no method in a strategy; every op has either, as tests/test_architecture.py says.
REFUSED: dict[str, dict[type[ops.Op], str]] = {
    "columns": {Scan: "a loop is unrolled before"},
    "rows": {
        Scan: "a loop is unrolled before",
        ops.Mirror: _ONE_ROW,
        ops.Overall: _ONE_ROW,
        ops.Pick: _ONE_ROW,
        ops.Input: _ENTRY,
        Incomplete: _ENTRY,
        ops.Constant: "the steps that read a constant spell it",
    },
}


def method_of(methods: Mapping[type[ops.Op], Method], t: Tensor, strategy: str) -> Method:
    """What the strategy does with the op of `t`; `UnsupportedDialectError` where it can't."""
    kind = type(t.op)
    found = methods.get(kind)
    if found is None:
        why = REFUSED[strategy].get(kind, "it does not know it")
        raise UnsupportedDialectError(
            f"{t.layer}: the {strategy} strategy has no SQL for the operation {kind.__name__}: "
            f"{why}; use another strategy"
        )
    return found
