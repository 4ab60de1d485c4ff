"""Recurrences made fewer and larger, so that a database can run each as a loop of its own.

What a recurrent layer reads of each step by itself, its share of the weights, an Embedding, a
TimeDistributed layer, moves into the body of its `Scan`; and recurrences over the same steps
become one: those that read each other's steps in the order in which they come, and those that
read nothing of each other, such as the two directions of a Bidirectional layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Graph, Tensor, tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.graph.ops import ShapeError
from keras2sql.graph.order import topological
from keras2sql.graph.picking import of_one, stepwise
from keras2sql.graph.scan import Scan, applied, state_names

_DEEPEST = 100
"""Tensors behind one another that move into a body; what is in front of them stays outside."""


def scans(graph: Graph) -> list[Tensor]:
    """The recurrences of a graph, each behind those that it reads."""
    return [t for t in graph.tensors() if isinstance(t.op, Scan)]


def joined(graph: Graph) -> Graph:
    """An equal graph whose recurrences are as few as can be, and read as little as can be."""
    groups: list[_Group] = []
    group_of: dict[Tensor, int] = {}
    behind: dict[Tensor, int] = {}  # the last group that a tensor needs, -1 for none
    for t in graph.tensors():
        if isinstance(t.op, Scan):
            group_of[t] = _placed(t, groups, behind)
            behind[t] = group_of[t]
        else:
            behind[t] = max((behind[i] for i in t.inputs), default=-1)
    done: dict[Tensor, Tensor] = {}
    for group in groups:
        done |= group.replaced(done)
    outputs = {name: _moved(t, done) for name, t in graph.outputs.items()}
    return Graph(graph.inputs, outputs, graph.carried)


def _placed(t: Tensor, groups: list[_Group], behind: dict[Tensor, int]) -> int:
    """The first group that takes the recurrence, maybe a new one."""
    steps = t.inputs[0].shape[0]
    for number in range(len(groups) + 1):
        if number == len(groups):
            groups.append(_Group(steps))
        group = groups[number]
        if group.steps == steps and group.takes(t, number, behind):
            return number
    raise AssertionError("a new group takes every recurrence")


@dataclass(eq=False)
class _Group:
    """Recurrences over the same steps that become one.

    `leaves` are the sequences that the new one reads, with the input of its body that has one
    step of them.
    """

    steps: int
    members: list[Tensor] = field(default_factory=list)
    leaves: dict[Tensor, Tensor] = field(default_factory=dict)
    reversed_: dict[Tensor, Tensor] = field(default_factory=dict)
    states: list[Tensor] = field(default_factory=list)
    initial: list[Tensor] = field(default_factory=list)
    found: list[dict[str, Tensor]] = field(default_factory=list)

    def takes(self, t: Tensor, number: int, behind: dict[Tensor, int]) -> bool:
        """Add a recurrence, unless it reads of the others more than the same step's output."""
        assert isinstance(t.op, Scan)
        sequences, initial = t.inputs[: t.op.sequences], t.inputs[t.op.sequences :]
        if any(behind[s] >= number for s in initial):
            return False
        peeler = _Peeler(self, number, behind)
        try:
            xs = [peeler.step(s, False) for s in sequences]
        except ShapeError:
            return False
        self.leaves |= peeler.leaves
        self.reversed_ |= peeler.turned
        xs = [_shaped(x, s.shape[1:], t.layer) for x, s in zip(xs, sequences, strict=True)]
        first = len(self.states)
        own = [
            tensor(ops.Input(f"s{first + i}", s.shape, s.kind), (), f"s{first + i}")
            for i, s in enumerate(initial)
        ]
        self.found.append(applied(t.op.body, [*xs, *own], t.layer))
        self.members.append(t)
        self.states += own
        self.initial += initial
        return True

    def replaced(self, done: dict[Tensor, Tensor]) -> dict[Tensor, Tensor]:
        """Each member as a choice among the elements of the one recurrence."""
        layer = self.members[0].layer
        ys = [_shaped(f["y"], (f["y"].size,), layer) for f in self.found]
        after = [f[f"s{i}"] for f in self.found for i in range(len(f) - 1)]
        outputs = {"y": tensor(ops.Join(0), ys, layer)}
        outputs |= {f"s{i}": s for i, s in enumerate(after)}
        body = Graph((*self.leaves.values(), *self.states), outputs)
        operands = [_moved(t, done) for t in (*self.leaves, *self.initial)]
        whole = tensor(Scan(body, len(self.leaves)), operands, layer)
        width = sum(y.size for y in ys)
        result, column, state = {}, 0, self.steps * width
        for member, y in zip(self.members, ys, strict=True):
            every = np.arange(self.steps)[:, None] * width + column + np.arange(y.size)
            column += y.size
            own = member.size - self.steps * y.size
            index = np.concatenate([every.reshape(-1), np.arange(state, state + own)])
            state += own
            result[member] = tensor(ops.Take(index), (whole,), member.layer)
        return result


class _Peeler:
    """One step of sequences, down to those that are not made of each step by itself."""

    def __init__(self, group: _Group, number: int, behind: dict[Tensor, int]) -> None:
        self.group, self.number, self.behind = group, number, behind
        self.leaves = dict(group.leaves)
        self.turned = dict(group.reversed_)
        self._known: dict[tuple[Tensor, bool], Tensor] = {}
        self._depth = 0

    def step(self, t: Tensor, turned: bool) -> Tensor:
        """`t` at one step, of shape (1, ...); `turned`, the last step comes first.

        Raises `ShapeError` for what needs more of a recurrence of the group than its output
        of this step.
        """
        if (t, turned) not in self._known:
            self._known[t, turned] = self._step(t, turned)
        return self._known[t, turned]

    def _step(self, t: Tensor, turned: bool) -> Tensor:
        steps = self.group.steps
        member = self._output_of(t)
        if member is not None:
            if turned:
                raise ShapeError("it goes through the outputs of another the other way")
            return _shaped(member, (1, *t.shape[1:]), t.layer)
        if isinstance(t.op, ops.Take) and _turns(t, steps):
            return self.step(t.inputs[0], not turned)
        leaves, known = dict(self.leaves), dict(self._known)
        self._depth += 1
        found = self._made(t, turned) if self._depth < _DEEPEST else None
        self._depth -= 1
        read = sum(leaf.size for leaf in self.leaves if leaf not in leaves)
        # What is made of more numbers than it has is handed over as it is.
        if found is None or (read > t.size and self.behind[t] < self.number):
            self.leaves, self._known = leaves, known
            found = self._leaf(t, turned)
        return found

    def _made(self, t: Tensor, turned: bool) -> Tensor | None:
        steps = self.group.steps
        value = t.constant
        if value is not None:
            same = np.array_equal(np.broadcast_to(value[:1], value.shape), value)
            return tensor(ops.Constant(value[:1]), (), t.layer) if same else None
        operands = _operands(t, steps)
        if operands is None:
            return None
        inner = [
            original if part is None else self.step(part, turned)
            for original, part in zip(t.inputs, operands, strict=True)
        ]
        made = tensor(of_one(t, steps), inner, t.layer)
        assert made.shape == (1, *t.shape[1:])
        return made

    def _leaf(self, t: Tensor, turned: bool) -> Tensor:
        if self.behind[t] >= self.number:
            raise ShapeError("it needs several outputs of another")
        if turned:
            if t not in self.turned:
                index = np.arange(t.size, dtype=np.intp).reshape(t.shape)[::-1]
                self.turned[t] = tensor(ops.Take(index), (t,), t.layer)
            t = self.turned[t]
            self.behind[t] = self.behind[t.inputs[0]]
        if t not in self.leaves:
            name = f"x{len(self.leaves)}"
            self.leaves[t] = tensor(ops.Input(name, t.shape[1:], t.kind), (), name)
        return _shaped(self.leaves[t], (1, *t.shape[1:]), t.layer)

    def _output_of(self, t: Tensor) -> Tensor | None:
        """The output of the same step, where `t` is those of all steps of a member."""
        if not isinstance(t.op, ops.Take) or t.inputs[0] not in self.group.members:
            return None
        y = self.group.found[self.group.members.index(t.inputs[0])]["y"]
        places = np.arange(self.group.steps * y.size)
        return y if np.array_equal(t.op.index.reshape(-1), places) else None


def _operands(t: Tensor, steps: int) -> list[Tensor | None] | None:
    """See `stepwise`; here tables may be read, and constants differ from step to step."""
    if isinstance(t.op, ops.Lookup | ops.Find):
        along = t.inputs[-1].shape[:1] == (steps,)
        return [*(None for _ in t.inputs[1:]), t.inputs[-1]] if along else None
    first = {ops.Map: 0, ops.Contract: 2}.get(type(t.op), len(t.inputs))
    posing = dict[Tensor, Tensor]()
    for one in t.inputs[first:]:
        if one.constant is not None and len(one.shape) == len(t.shape) and one.shape[0] == steps:
            posing[one] = tensor(ops.Input("constant", one.shape, one.kind))
    changed = tensor(t.op, [posing.get(i, i) for i in t.inputs], t.layer) if posing else t
    found = stepwise(changed, steps)
    own = {posed: one for one, posed in posing.items()}
    return None if found is None else [i and own.get(i, i) for i in found]


def _turns(t: Tensor, steps: int) -> bool:
    """Whether a choice of elements turns the steps of its operand round."""
    x = t.inputs[0]
    if x.shape != t.shape or x.shape[:1] != (steps,) or steps < 2:
        return False
    assert isinstance(t.op, ops.Take)
    return np.array_equal(t.op.index, np.arange(x.size).reshape(x.shape)[::-1])


def _shaped(t: Tensor, shape: Sequence[int], layer: str) -> Tensor:
    index = np.arange(t.size, dtype=np.intp).reshape(tuple(shape))
    return t if t.shape == tuple(shape) else tensor(ops.Take(index), (t,), layer)


def _moved(t: Tensor, done: dict[Tensor, Tensor]) -> Tensor:
    """`t` with the recurrences below it replaced."""
    for one in topological([t]):
        if one not in done:
            operands = tuple(done[i] for i in one.inputs)
            done[one] = one if operands == one.inputs else tensor(one.op, operands, one.layer)
    return done[t]


def one_step(loop: Tensor, picked: Sequence[int]) -> Graph:
    """A recurrence as a graph of one step, whose states go from row to row.

    The outputs are those elements `picked` of the flat vector of the step's output and the
    states behind it.  The inputs are a step of each sequence; where states don't begin with
    zeros, those of `begun_with` and whether the step is the first follow.
    """
    assert isinstance(loop.op, Scan)
    body, count = loop.op.body, loop.op.sequences
    builder = Builder(streaming=True)
    with builder.at(loop.layer):
        given = begun_with(loop)
        first = builder.input("first", (), "bool")
        begun = {t: builder.input(f"begin{i}", t.shape, t.kind) for i, t in enumerate(given)}
        names = zip(loop.inputs[count:], state_names(body), strict=True)
        befores = [builder.state(t.shape, name) for t, name in names]
        states = []
        for before, t in zip(befores, loop.inputs[count:], strict=True):
            chosen = [first, begun[t], before] if t in begun else []
            states.append(builder.map(where(X, Y, Z), *chosen) if chosen else before)
        xs = [builder.input(t.layer, t.shape, t.kind) for t in body.inputs[:count]]
        found = applied(body, [*xs, *states])
        after = [found[f"s{i}"] for i in range(len(states))]
        for before, following in zip(befores, after, strict=True):
            builder.carry(before, following)
        flat = [builder.reshape(t, (t.size,)) for t in (found["y"], *after)]
        whole = builder.join(flat, 0)
        outputs = {f"loop_{i}": builder.take(whole, np.array([i])) for i in picked}
    inputs = [*xs, *begun.values(), *([first] if begun else [])]
    return builder.graph(inputs, outputs)


def begun_with(loop: Tensor) -> list[Tensor]:
    """The states that a recurrence begins with, those of zeros left out."""
    assert isinstance(loop.op, Scan)
    given = loop.inputs[loop.op.sequences :]
    return [t for t in given if t.constant is None or np.any(t.constant)]
