"""Which part of a graph lives in columns, and which in rows.

In front what reads texts, behind what works on a few numbers (the head of a classifier):
both are short and readable in columns.  Between them are the layers.
"""

from __future__ import annotations

from collections.abc import Container
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
    known = _constants(tensors)
    front = _of_texts(graph, known)
    tail = _to_the_end(tensors, users, _light(tensors, most) - front - known)

    ends = [t for t in graph.outputs.values() if t not in tail]
    read = [i for t in tensors if t in tail for i in t.inputs if i not in tail and i not in known]
    cuts = tuple(dict.fromkeys([*read, *ends]))

    body = [t for t in _needed(cuts, front) if t not in known]
    entries = tuple(t for t in body if t in front)
    within = set(body)
    uses = {t: sum(u in within for u in users[t]) + (t in cuts) for t in body}
    read_once = [t for t in body if t not in front and uses[t] == 1]
    inner = frozenset(t for t in read_once if _inside(t, users[t], within))
    return Split(
        _front(graph, entries, arrays), entries, uses, inner, cuts, _tail(graph, tail, cuts)
    )


def _users(tensors: list[Tensor]) -> dict[Tensor, list[Tensor]]:
    """The tensors that read each one."""
    users: dict[Tensor, list[Tensor]] = {t: [] for t in tensors}
    for t in tensors:
        for i in t.inputs:
            users[i].append(t)
    return users


def _of_texts(graph: Graph, known: set[Tensor]) -> set[Tensor]:
    """The inputs, and what is made of texts, or found by them, in front of all else."""
    front = set(graph.inputs)
    for t in graph.tensors():
        read = [i for i in t.inputs if i not in known]
        texts = t.kind == "str" or any(i.kind == "str" for i in read)
        if read and all(i in front for i in read) and (texts or isinstance(t.op, ops.Find)):
            front.add(t)
    return front


def _light(tensors: list[Tensor], most: int) -> set[Tensor]:
    """Tensors that may be columns: of few elements, made of not many more."""
    found = set()
    for t in tensors:
        few = isinstance(t.op, ops.Take) or all(i.size <= max(most, _REDUCED) for i in t.inputs)
        if isinstance(t.op, _LIGHT) and t.size <= most and few:
            found.add(t)
    return found


def _to_the_end(
    tensors: list[Tensor], users: dict[Tensor, list[Tensor]], wanted: set[Tensor]
) -> set[Tensor]:
    """Those of the tensors wanted that nothing else reads."""
    found: set[Tensor] = set()
    for t in reversed(tensors):
        if t in wanted and all(u in found for u in users[t]):
            found.add(t)
    return found


def _inside(t: Tensor, users: list[Tensor], body: set[Tensor]) -> bool:
    """Whether the elements of `t` are computed where the one tensor that reads them is."""
    biased = isinstance(t.op, ops.Contract) and len(t.inputs) == 3
    user = next((u for u in users if u in body), None)
    return (
        (isinstance(t.op, ops.Map) or biased)
        and user is not None
        and isinstance(user.op, ops.Map)
        and user.shape == t.shape
    )


def _constants(tensors: list[Tensor]) -> set[Tensor]:
    known: set[Tensor] = set()
    for t in tensors:
        if not isinstance(t.op, ops.Input) and all(i in known for i in t.inputs):
            known.add(t)
    return known


def _needed(roots: tuple[Tensor, ...], front: set[Tensor]) -> list[Tensor]:
    """What the roots read, up to the front, operands first."""
    found: dict[Tensor, None] = {}
    stack = [(t, False) for t in reversed(roots)]
    while stack:
        t, ready = stack.pop()
        if ready or t in front:
            found[t] = None
        elif t not in found:
            stack.append((t, True))
            stack.extend((i, False) for i in reversed(t.inputs) if i not in found)
    return list(found)


def _front(graph: Graph, entries: tuple[Tensor, ...], arrays: Container[str]) -> Graph:
    g, outputs = Builder(), {}
    for number, t in enumerate(entries):
        if isinstance(t.op, ops.Input) and t.op.name in arrays:
            continue
        with g.at(t.layer):
            for i in range(t.size):
                outputs[f"{number}_{i}"] = g.take(t, i)
    return Graph(graph.inputs, outputs)


def _tail(graph: Graph, inside: set[Tensor], cuts: tuple[Tensor, ...]) -> Graph:
    done = {
        t: tensor(ops.Input(f"cut_{n}", t.shape, t.kind), (), t.layer) for n, t in enumerate(cuts)
    }
    inputs = tuple(done.values())
    for t in graph.tensors():
        if t in inside:
            done[t] = tensor(t.op, [done.get(i, i) for i in t.inputs], t.layer)
    return Graph(inputs, {name: done[t] for name, t in graph.outputs.items()})
