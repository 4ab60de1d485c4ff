"""The comments above the steps of a statement: what each layer is, where it begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from keras2sql.graph import ops
from keras2sql.graph.about import About
from keras2sql.graph.core import Tensor
from keras2sql.lower.lowered import StepInfo
from keras2sql.sql.tree import Step


def commented(steps: Sequence[Step], infos: Sequence[StepInfo], about: About) -> tuple[Step, ...]:
    """The steps, the first of each layer with a comment that says what it is."""
    layers_of = {info.name: info.layers for info in infos}
    told: set[str] = set()
    found = []
    for step in steps:
        layers = dict.fromkeys(map(about.whole, layers_of.get(step.name, ())))
        new = [path for path in layers if path not in told]
        told.update(new)
        comment = "; ".join(filter(None, [step.comment, *map(about.layer, new)]))
        found.append(replace(step, comment=comment))
    return tuple(found)


def layers_within(t: Tensor, is_spelled: Callable[[Tensor], bool]) -> tuple[str, ...]:
    """The layer of `t`, behind those of the operands that are spelled where it is, and theirs."""
    found = {t.layer: None}
    seen: set[Tensor] = set()
    waiting = list(t.inputs)
    while waiting:
        operand = waiting.pop()
        if operand in seen or not is_spelled(operand):
            continue
        seen.add(operand)
        if not isinstance(operand.op, ops.Take | ops.Join):
            found[operand.layer] = None
        waiting += operand.inputs
    return tuple(reversed(found))
