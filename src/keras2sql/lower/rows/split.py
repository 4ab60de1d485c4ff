"""Which part of a graph lives in columns, and which in rows.

In front what reads texts, behind what works on a few numbers (the head of a classifier):
both are short and readable in columns.  Between them are the layers.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Graph, Tensor, tensor

# A reduction of up to this many numbers may stay in columns.
_REDUCED = 64
_LIGHT = (ops.Map, ops.Take, ops.Reduce, ops.Join, ops.Lookup, ops.Find)


@dataclass(frozen=True, eq=False)
class Split:
    """`front` gives every element of the tensors `entries` as an output of its own; `cuts`
    are the tensors that the graph `tail` reads as its inputs, in their order.  `body` has
    those between, operands first, with how often each is read; `inner` are those among them
    that are read once, element by element, and so need no rows of their own.  Of those in
    `nans` some elements may be NULL."""

    front: Graph
    entries: tuple[Tensor, ...]
    body: dict[Tensor, int]
    inner: frozenset[Tensor]
    cuts: tuple[Tensor, ...]
    tail: Graph
    nans: frozenset[Tensor] = frozenset()


def split(graph: Graph, most: int, arrays: Container[str] = ()) -> Split:
    """Split a graph of scalar outputs; tensors of up to `most` elements may be the tail.

    The inputs among `arrays` are entries as a whole.
    """
    tensors = graph.tensors()
    users = _users(tensors)
    constants = _constants(tensors)
    front = _of_texts(graph, constants)
    light = light_tensors(graph, most) - front - constants
    tail = _to_the_end(tensors, users, light)

    cuts = _cuts(graph, tail, constants)
    body = [t for t in _needed(cuts, front) if t not in constants]
    entries = tuple(t for t in body if t in front)
    uses = _uses(body, users, cuts)
    read_once = [t for t in body if t not in front and uses[t] == 1]
    inner = frozenset(t for t in read_once if _is_inside(t, users[t], uses))
    return Split(
        front=front_of(graph, entries, arrays),
        entries=entries,
        body=uses,
        inner=inner,
        cuts=cuts,
        tail=_tail(graph, tail, cuts),
    )


def _cuts(graph: Graph, tail: set[Tensor], constants: set[Tensor]) -> tuple[Tensor, ...]:
    """What the tail reads, and the outputs that are not in it."""
    cuts: dict[Tensor, None] = {}
    for t in graph.tensors():
        if t not in tail:
            continue
        for operand in t.inputs:
            if operand not in tail and operand not in constants:
                cuts[operand] = None
    for t in graph.outputs.values():
        if t not in tail:
            cuts[t] = None
    return tuple(cuts)


def _uses(
    body: list[Tensor], users: dict[Tensor, list[Tensor]], cuts: tuple[Tensor, ...]
) -> dict[Tensor, int]:
    """How often each tensor of the body is read: by others of it, and by the tail."""
    within = set(body)
    uses = {}
    for t in body:
        count = sum(user in within for user in users[t])
        uses[t] = count + 1 if t in cuts else count
    return uses


def _users(tensors: Sequence[Tensor]) -> dict[Tensor, list[Tensor]]:
    """The tensors that read each one."""
    users: dict[Tensor, list[Tensor]] = {t: [] for t in tensors}
    for t in tensors:
        for i in t.inputs:
            users[i].append(t)
    return users


def _of_texts(graph: Graph, constants: set[Tensor]) -> set[Tensor]:
    """The inputs, and what is made of texts, or found by them, in front of all else."""
    front = set(graph.inputs)
    for t in graph.tensors():
        read = [operand for operand in t.inputs if operand not in constants]
        if not read or not front.issuperset(read):
            continue
        has_texts = any(one.kind == "str" for one in (t, *read))
        if has_texts or isinstance(t.op, ops.Find):
            front.add(t)
    return front


def light_tensors(graph: Graph, most: int) -> set[Tensor]:
    """Tensors that may be columns: of few elements, made of not many more."""
    light = set()
    for t in graph.tensors():
        if not isinstance(t.op, _LIGHT) or t.size > most:
            continue
        largest = max((i.size for i in t.inputs), default=0)
        if isinstance(t.op, ops.Take) or largest <= max(most, _REDUCED):
            light.add(t)
    return light


def _to_the_end(
    tensors: Sequence[Tensor], users: dict[Tensor, list[Tensor]], wanted: set[Tensor]
) -> set[Tensor]:
    """Those of the tensors wanted that nothing else reads."""
    tail: set[Tensor] = set()
    for t in reversed(tensors):
        if t in wanted and tail.issuperset(users[t]):
            tail.add(t)
    return tail


def _is_inside(t: Tensor, users: list[Tensor], body: Container[Tensor]) -> bool:
    """Whether the elements of `t` are computed where the one tensor that reads them is."""
    has_bias = isinstance(t.op, ops.Contract) and len(t.inputs) == 3
    if not (has_bias or isinstance(t.op, ops.Map)):
        return False
    for user in users:
        if user in body:
            return isinstance(user.op, ops.Map) and user.shape == t.shape
    return False


def _constants(tensors: Sequence[Tensor]) -> set[Tensor]:
    """What reads no input."""
    constants: set[Tensor] = set()
    for t in tensors:
        is_input = isinstance(t.op, ops.Input)
        if not is_input and constants.issuperset(t.inputs):
            constants.add(t)
    return constants


def _needed(roots: tuple[Tensor, ...], front: set[Tensor]) -> list[Tensor]:
    """What the roots read, up to the front, operands first."""
    needed: dict[Tensor, None] = {}
    stack = [(t, False) for t in reversed(roots)]
    while stack:
        t, operands_are_there = stack.pop()
        if operands_are_there or t in front:
            needed[t] = None
        elif t not in needed:
            stack.append((t, True))
            stack.extend((i, False) for i in reversed(t.inputs) if i not in needed)
    return list(needed)


def front_of(graph: Graph, entries: tuple[Tensor, ...], arrays: Container[str]) -> Graph:
    """The graph of the entries, whose outputs are their elements."""
    g = Builder()
    outputs = {}
    for number, t in enumerate(entries):
        if isinstance(t.op, ops.Input) and t.op.name in arrays:
            continue
        with g.at(t.layer):
            for element in range(t.size):
                outputs[f"{number}_{element}"] = g.take(t, element)
    return Graph(graph.inputs, outputs)


def _tail(graph: Graph, inside: set[Tensor], cuts: tuple[Tensor, ...]) -> Graph:
    """The graph of what is `inside` of the tail, with inputs for what it reads."""
    made: dict[Tensor, Tensor] = {}
    for number, t in enumerate(cuts):
        cut = ops.Input(f"cut_{number}", t.shape, t.kind)
        made[t] = tensor(cut, (), t.layer)
    inputs = tuple(made.values())
    for t in graph.tensors():
        if t in inside:
            operands = [made.get(operand, operand) for operand in t.inputs]
            made[t] = tensor(t.op, operands, t.layer)
    outputs = {name: made[t] for name, t in graph.outputs.items()}
    return Graph(inputs, outputs)
