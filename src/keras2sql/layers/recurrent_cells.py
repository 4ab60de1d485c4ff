"""Cells of recurrent layers: what one step makes of its input and the states.

Formulas are those of ``keras/src/layers/rnn``: SimpleRNN, LSTM (Hochreiter and Schmidhuber
1997), GRU (Cho et al. 2014, both versions of it).  Dropout of inputs and states does nothing
at inference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import Arg, X, Y, Z
from keras2sql.graph.ops import Shape, ShapeError
from keras2sql.layers.activations import activate
from keras2sql.layers.common import variable
from keras2sql.layers.registry import Layer, Refused, converts

WEIGHTS = "kernel recurrent_kernel bias?use_bias"


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell and the inputs that it is applied to.

    `inputs` is the part of the steps that needs no state, computed for all of them at once;
    ``step(x, states)`` goes on from that of one step to the next states.  The first state is
    the output.  `states` has their shapes.
    """

    inputs: Tensor
    states: tuple[Shape, ...]
    step: Callable[[Tensor, list[Tensor]], list[Tensor]]


class CellKind(NamedTuple):
    """How a cell is built from (*steps, n) inputs, and how many states it has."""

    build: Callable[[Builder, Layer, Tensor], Cell]
    states: int


CELLS: dict[str, CellKind] = {}


def kind_of(cell: Layer) -> CellKind:
    """What `CELLS` has for this class."""
    if cell.class_name not in CELLS:
        raise Refused(f"its cell {cell.name} ({cell.class_name}) is not one of Keras's own")
    return CELLS[cell.class_name]


def cells_of(layer: Layer) -> list[Layer]:
    """The cells of a recurrent layer or of a stack, from the inputs on; a layer may be its own."""
    if layer.class_name == "RNN":
        return cells_of(layer.children["cell"])
    if layer.class_name == "StackedRNNCells":
        inner = sorted((int(n), one) for n, one in layer.children.items() if n.isdecimal())
        return [cell for _, one in inner for cell in cells_of(one)]
    return [layer]


def flat(tree: Any) -> Iterator[Any]:
    """The leaves of nested lists."""
    if isinstance(tree, list | tuple):
        for part in tree:
            yield from flat(part)
    else:
        yield tree


def parts(graph: Builder, x: Tensor, number: int, axis: int = -1) -> list[Tensor]:
    """`x` cut along an axis into this many equal ones."""
    return [graph.take(x, index) for index in np.split(graph.positions(x), number, axis)]


def inner_activation(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The activation of the gates."""
    return activate(graph, layer, x, layer.config.get("recurrent_activation", "sigmoid"))


def outer_activation(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """The activation of candidates and outputs."""
    return activate(graph, layer, x, layer.config.get("activation", "tanh"))


def simple_cell(graph: Builder, layer: Layer, x: Tensor) -> Cell:
    """``h = activation(x @ kernel + bias + h @ recurrent_kernel)``."""
    units = layer.config["units"]
    kernel = variable(layer, "kernel", (x.shape[-1], units))
    recurrent = variable(layer, "recurrent_kernel", (units, units))
    inputs = graph.contract(x, kernel, layer.weight("bias", (units,)))

    def step(x: Tensor, states: list[Tensor]) -> list[Tensor]:
        return [outer_activation(graph, layer, graph.contract(states[0], recurrent, x))]

    return Cell(inputs, ((units,),), step)


def lstm_cell(graph: Builder, layer: Layer, x: Tensor) -> Cell:
    """The sums of all four gates at once, then `next_of_lstm`."""
    units = layer.config["units"]
    kernel = variable(layer, "kernel", (x.shape[-1], 4 * units))
    recurrent = variable(layer, "recurrent_kernel", (units, 4 * units))
    inputs = graph.contract(x, kernel, layer.weight("bias", (4 * units,)))

    def step(x: Tensor, states: list[Tensor]) -> list[Tensor]:
        return next_of_lstm(graph, layer, graph.contract(states[0], recurrent, x), states[1])

    return Cell(inputs, ((units,), (units,)), step)


def next_of_lstm(
    graph: Builder, layer: Layer, z: Tensor, carry: Tensor, axis: int = -1
) -> list[Tensor]:
    """The output and the carry, from the sums of the gates i, f, c, o along an axis of `z`."""
    i, f, c, o = parts(graph, z, 4, axis)
    i, f, o = (inner_activation(graph, layer, gate) for gate in (i, f, o))
    candidate = outer_activation(graph, layer, c)
    carry = graph.map(X * Y + Z * Arg(3), f, carry, i, candidate)
    return [graph.map(X * Y, o, outer_activation(graph, layer, carry)), carry]


def gru_cell(graph: Builder, layer: Layer, x: Tensor) -> Cell:
    """``h = z * h + (1 - z) * activation(x_h + ...)``, with the gates z and r.

    The reset gate r acts on ``h @ recurrent_kernel + bias`` if `reset_after`, and there is a
    second row of biases for it; else on h.
    """
    units, after = layer.config["units"], layer.config.get("reset_after", True)
    kernel = variable(layer, "kernel", (x.shape[-1], 3 * units))
    recurrent = variable(layer, "recurrent_kernel", (units, 3 * units))
    bias = layer.weight("bias", (2, 3 * units) if after else (3 * units,))
    ahead, inner = (bias, None) if bias is None or not after else (bias[0], bias[1])
    gates, candidate = recurrent[:, : 2 * units], recurrent[:, 2 * units :]

    def step(x: Tensor, states: list[Tensor]) -> list[Tensor]:
        (h,) = states
        place = graph.positions(x)
        x_h = graph.take(x, place[2 * units :])
        if after:
            h_z, h_r, h_h = parts(graph, graph.contract(h, recurrent, inner), 3)
            x_z, x_r, _ = parts(graph, x, 3)
            z, r = (graph.map(X + Y, *pair) for pair in ((x_z, h_z), (x_r, h_r)))
        else:
            sums = graph.contract(h, gates, graph.take(x, place[: 2 * units]))
            z, r = parts(graph, sums, 2)
        z, r = inner_activation(graph, layer, z), inner_activation(graph, layer, r)
        if after:
            total = graph.map(X + Y * Z, x_h, r, h_h)
        else:
            total = graph.contract(graph.map(X * Y, r, h), candidate, x_h)
        return [graph.map(X * Y + (1.0 - X) * Z, z, h, outer_activation(graph, layer, total))]

    return Cell(graph.contract(x, kernel, ahead), ((units,),), step)


for _name, _kind in {
    "SimpleRNN": CellKind(simple_cell, 1),
    "LSTM": CellKind(lstm_cell, 2),
    "GRU": CellKind(gru_cell, 1),
}.items():
    CELLS[_name] = CELLS[f"{_name}Cell"] = _kind


@converts("StackedRNNCells")
@converts("SimpleRNNCell", "LSTMCell", "GRUCell", weights=WEIGHTS)
def one_step(graph: Builder, layer: Layer, x: Tensor, *others: Any) -> list[Tensor]:
    """A cell called as a layer: (n,) and its states -> the output, then the next states."""
    given = list(flat([*others, layer.call_kwargs.get("states", [])]))
    y = x
    after: list[Tensor] = []
    for cell in cells_of(layer):
        build, count = kind_of(cell)
        if len(given) < count:
            raise ShapeError(f"{cell.name} is called on fewer than its {count} states")
        with graph.at(cell.path):
            made = build(graph, cell, y)
            following = made.step(made.inputs, given[:count])
        given = given[count:]
        y, after = following[0], [*after, *following]
    return [y, *after]
