"""Repetition along a sequence with carried state, and how it unrolls.

`Scan` is what recurrent layers are made of.  Its body is a graph of its own, run once for
each step; a strategy that has no loops unrolls it first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Graph, Tensor, tensor
from keras2sql.graph.ops import Array, Shape, ShapeError

Step = Callable[[list[Tensor], list[Tensor]], tuple[Tensor, list[Tensor]]]


@dataclass(frozen=True, eq=False)
class Scan(ops.Op):
    """`body`, once for each element of the first axis of its sequences, in their order.

    The operands are `sequences` tensors of shape (steps, ...), then the initial states.  The
    body's inputs are x0, x1, ... (one step of each sequence) and s0, s1, ... (the states);
    its outputs are y and the next s0, s1, ...  The result is one flat tensor: y of every
    step, then the last states.
    """

    body: Graph
    sequences: int

    def shape(self, *shapes: Shape) -> Shape:
        steps = {s[0] for s in shapes[: self.sequences]}
        if len(steps) != 1:
            raise ShapeError(f"sequences of {sorted(steps)} steps don't run side by side")
        wanted = [t.shape for t in self.body.inputs]
        given = [s[1:] for s in shapes[: self.sequences]] + list(shapes[self.sequences :])
        states = [t.shape for name, t in self.body.outputs.items() if name != "y"]
        if wanted != given or states != given[self.sequences :]:
            raise ShapeError(f"a step over {wanted} gets {given} and returns states {states}")
        return (steps.pop() * self.body.outputs["y"].size + sum(map(math.prod, states)),)

    def kind(self, *kinds: str) -> str:
        return "float"

    def work(self, *shapes: Shape) -> int:
        return shapes[0][0] * self.body.multiply_adds()

    def __call__(self, *arrays: Array) -> Array:
        rows = max(a.shape[0] for a in arrays)
        full = [np.broadcast_to(a, (rows, *a.shape[1:])) for a in arrays]
        sequences, states = full[: self.sequences], full[self.sequences :]
        number = np.result_type(*(a.dtype for a in arrays if a.dtype.kind == "f"), np.float32)
        outputs = []
        for step in range(sequences[0].shape[1]):
            feeds = {f"x{i}": s[:, step] for i, s in enumerate(sequences)}
            feeds.update((f"s{i}", s) for i, s in enumerate(states))
            found = self.body.evaluate(feeds, number)
            outputs.append(found["y"].reshape(rows, -1))
            states = [found[f"s{i}"] for i in range(len(states))]
        return np.concatenate([*outputs, *(s.reshape(rows, -1) for s in states)], axis=1)

    @property
    def states(self) -> int:
        """How many states are carried."""
        return len(self.body.inputs) - self.sequences


STATES = ("h", "c")
"""What the formulas of recurrent layers call the output of a step and its carry."""


def state_names(body: Graph) -> list[str]:
    """What the states of a step are called; "y" is the output of a step that was masked, and those
    of several layers in one are but states."""
    count = sum(name != "y" for name in body.outputs)
    last_is_output = count > 1 and body.outputs["y"] is body.outputs[f"s{count - 1}"]
    names = [*STATES[: count - last_is_output], *["y"] * last_is_output]
    return names if len(names) == count else ["state"] * count


def scan(
    graph: Builder, step: Step, sequences: Sequence[Tensor], states: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Run ``step(xs, states) -> (y, next states)`` along the first axis of `sequences`.

    Returns y of every step, of shape (steps, *y), and the last states.  The step is called
    once, to write the body; of the outer graph it may read constants only.
    """
    xs = [graph.input(f"x{i}", s.shape[1:], s.kind) for i, s in enumerate(sequences)]
    ss = [graph.input(f"s{i}", s.shape, s.kind) for i, s in enumerate(states)]
    y, following = step(xs, ss)
    outputs = {"y": y, **{f"s{i}": s for i, s in enumerate(following)}}
    body = Graph((*xs, *ss), outputs)
    foreign = [t for t in body.tensors() if isinstance(t.op, ops.Input) and t not in body.inputs]
    if foreign:
        raise ShapeError(f"the step of {graph.layer} reads {foreign[0]!r} from outside")
    whole = tensor(Scan(body, len(xs)), (*sequences, *states), graph.layer)
    positions = graph.positions(whole)
    steps = sequences[0].shape[0]
    every = graph.take(whole, positions[: steps * y.size].reshape(steps, *y.shape))
    last, start = [], steps * y.size
    for s in states:
        last.append(graph.take(whole, positions[start : start + s.size].reshape(s.shape)))
        start += s.size
    return every, last


def unroll(graph: Graph) -> Graph:
    """A graph without `Scan`: the body written once for each step."""

    def rule(t: Tensor, original: Tensor) -> Tensor:
        if not isinstance(t.op, Scan):
            return t
        sequences, states = t.inputs[: t.op.sequences], list(t.inputs[t.op.sequences :])
        pieces = []
        for step in range(sequences[0].shape[0]):
            at = f"{t.layer}_step_{step + 1}"
            builder = Builder()
            with builder.at(at):
                xs = [builder.take(s, builder.positions(s)[step]) for s in sequences]
            found = applied(t.op.body, [*xs, *states], at)
            pieces.append(_flat(found["y"], at))
            states = [found[f"s{i}"] for i in range(len(states))]
        pieces += [_flat(s, t.layer) for s in states]
        return tensor(ops.Join(0), pieces, t.layer)

    if not any(isinstance(t.op, Scan) for t in graph.tensors()):
        return graph
    return graph.rewrite(rule)


def applied(body: Graph, operands: Sequence[Tensor], layer: str = "") -> dict[str, Tensor]:
    """The outputs of `body` with its inputs replaced; nested scans are unrolled too.

    What it computes belongs to `layer`, if that is given.
    """
    body = unroll(body)
    done = dict(zip(body.inputs, operands, strict=True))
    for t in body.tensors():
        if t not in done:
            kept = t.constant is not None
            done[t] = t if kept else tensor(t.op, [done[i] for i in t.inputs], layer or t.layer)
    return {name: done[t] for name, t in body.outputs.items()}


def _flat(t: Tensor, layer: str) -> Tensor:
    return tensor(ops.Take(np.arange(t.size, dtype=np.intp)), (t,), layer)
