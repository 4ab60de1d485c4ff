"""Recurrent layers: a cell repeated along the first axis, forwards, backwards or both ways."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y, Z, where
from keras2sql.graph.ops import ShapeError
from keras2sql.graph.scan import STATES, scan
from keras2sql.layers.common import truth
from keras2sql.layers.recurrent_cells import WEIGHTS, Cell, cells_of, flat, kind_of
from keras2sql.layers.registry import REGISTRY, Layer, Refused, converts

ONE_WAY = frozenset({"RNN", "SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
RECURRENT = ONE_WAY | {"Bidirectional"}

# What the output is where the mask hides a step: the state, which stays as it was; zeros; or
# the output of the step before, which is zeros before the first.
_STATE, _ZEROS, _PREVIOUS = "state", "zeros", "previous"


@converts("RNN", note="over cells of Keras; no constants")
@converts("SimpleRNN", "LSTM", "GRU", weights=WEIGHTS)
@converts("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", weights=WEIGHTS)
def recurrent(graph: Builder, layer: Layer, x: Tensor, *others: Any) -> Any:
    """(steps, ...) -> (steps, ...) or the last output; with `return_state` the states behind it.

    Going backwards, the outputs are in the order in which they are computed, last step first,
    as Keras has them; the mask that they carry is in the order of the inputs all the same.
    """
    config, cells = layer.config, cells_of(layer)
    _refuse_what_keras2_had(layer)
    given, mask, passed = _arguments(graph, layer, x, others, sum(kind_of(c).states for c in cells))
    rule = _rule(layer, bool(given))
    seen, y = mask, x
    if config.get("go_backwards"):
        y, seen = backwards(graph, x), None if mask is None else backwards(graph, mask)
    last: list[Tensor] = []
    answer = y
    # A stack of cells takes each step together.  One loop behind the other computes the same,
    # and each cell's share of the inputs can be computed ahead.
    for cell in cells:
        build, count = kind_of(cell)
        with graph.at(cell.path):
            made = build(graph, cell, y)
            before = _initial(graph, layer, made, given[:count])
            y, answer, after = _loop(graph, made, before, seen, rule)
            if _carries(graph, layer) and not given:
                for state, following in zip(before, after, strict=True):
                    graph.carry(state, following)
        given = given[count:]
        last += after
    if config.get("return_sequences"):
        answer = graph.masked(y, passed)
    return [answer, *last] if config.get("return_state") else answer


def _refuse_what_keras2_had(layer: Layer) -> None:
    if layer.config.get("num_constants") or layer.call_kwargs.get("constants") is not None:
        raise Refused("constants are an argument of custom cells, which are not converted")
    if layer.config.get("time_major"):
        raise Refused("time_major=True: its first axis is not that of the rows")
    if layer.config.get("reverse_state_order"):
        raise Refused("reverse_state_order=True, an order of states of Keras 2.2")


def _arguments(
    graph: Builder, layer: Layer, x: Tensor, others: tuple[Any, ...], count: int
) -> tuple[list[Tensor], Tensor | None, Tensor | None]:
    """The initial states that the layer is called with, if any; the mask that it heeds, with
    one value per step; and the one that it hands on.
    """
    rest = list(flat(others))
    named = [s for s in flat([layer.call_kwargs.get("initial_state")]) if s is not None]
    states = rest[:count] if rest and rest[0] is not None else []
    behind = rest[len(states) or 1 :]  # of a None in their place
    states = states or named
    if states and len(states) != count:
        raise ShapeError(f"{len(states)} initial states, where it has {count}")
    if not all(isinstance(state, Tensor) for state in states):
        raise Refused("an initial state that is no tensor of the model")
    mask = layer.call_kwargs.get("mask")
    mask = behind[0] if mask is None and behind else mask
    if isinstance(mask, Tensor):
        return states, _per_step(graph, mask), mask
    # Keras 3 attaches the mask of an input to calls on one argument only, and so a layer that
    # is given its states runs over the hidden steps: ``keras/src/layers/layer.py``, step 6.
    mask = graph.mask(x)
    return states, None if states and layer.keras[0] > 2 else _per_step(graph, mask), mask


def _per_step(graph: Builder, mask: Tensor | None) -> Tensor | None:
    """A mask as one truth value per step; a step of several counts if any of them does."""
    mask = truth(graph, mask)
    if mask is None:
        return None
    inner = range(1, len(mask.shape))
    return graph.reduce("any", mask, list(inner)) if inner else mask


def _rule(layer: Layer, given: bool) -> str:
    """What Keras 3 does on its jax and numpy backends, ``keras/src/backend/jax/rnn.py``.

    All backends agree where the initial state is zero and the layer is not unrolled.  Else
    TensorFlow and torch begin with zeros whatever the initial state is, and heed
    `zero_output_for_mask` in unrolled layers too, as jax does not.  So did TensorFlow under
    Keras 2; Keras alone did as jax does.
    """
    config = layer.config
    if config.get("zero_output_for_mask") and not (config.get("unroll") and layer.keras[0] > 2):
        return _ZEROS
    nonzero = given or config.get("stateful")
    from_zeros = config.get("unroll") or (layer.keras[0] < 3 and _since_tensorflow(layer))
    return _PREVIOUS if nonzero and from_zeros else _STATE


def _since_tensorflow(layer: Layer) -> bool:
    """Whether Keras 2.4 or later made the layer, or TensorFlow before, which says `time_major`."""
    return layer.keras >= (2, 4) or "time_major" in layer.config


def _carries(graph: Builder, layer: Layer) -> bool:
    """Whether the states of a row are those that the next one begins with."""
    return bool(layer.config.get("stateful")) or graph.streaming


def _initial(graph: Builder, layer: Layer, cell: Cell, given: list[Tensor]) -> list[Tensor]:
    """The states before the first step."""
    if given:
        return given
    if _carries(graph, layer):
        return [graph.state(s, name) for s, name in zip(cell.states, STATES, strict=False)]
    return [graph.zeros(shape) for shape in cell.states]


def _loop(
    graph: Builder, cell: Cell, before: list[Tensor], mask: Tensor | None, rule: str
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """The outputs of all steps, that of the last one, and the states after it."""
    count = len(before)

    def step(xs: list[Tensor], states: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        following = cell.step(xs[0], states[:count])
        if mask is None:
            return following[0], following
        pairs = zip(following, states[:count], strict=True)
        kept = [graph.map(where(Z, X, Y), new, old, xs[1]) for new, old in pairs]
        if rule == _ZEROS:
            return graph.map(where(Y, X, 0.0), following[0], xs[1]), kept
        if rule == _PREVIOUS:
            y = graph.map(where(Z, X, Y), following[0], states[-1], xs[1])
            return y, [*kept, y]
        return kept[0], kept

    if mask is None:
        every, last = scan(graph, step, [cell.inputs], before)
        return every, last[0], last
    if rule == _PREVIOUS:
        before = [*before, graph.zeros(cell.states[0])]
    every, last = scan(graph, step, [cell.inputs, mask], before)
    if rule == _ZEROS:
        return every, graph.take(every, graph.positions(every)[-1]), last
    return every, last[count] if rule == _PREVIOUS else last[0], last[:count]


def backwards(graph: Builder, x: Tensor) -> Tensor:
    """`x` with its first axis turned round; where one step comes at a time, its sequence."""
    if graph.streaming:
        return graph.mirrored(x)
    return graph.take(x, graph.positions(x)[::-1])


_MERGING = {"sum": X + Y, "mul": X * Y, "ave": (X + Y) / 2.0}


@converts("Bidirectional")
def bidirectional(graph: Builder, layer: Layer, x: Tensor, *others: Any) -> Any:
    """Two recurrent layers on the same steps, one backwards, and their outputs merged.

    With `return_state` the states of the forward layer follow, then those of the other;
    without a `merge_mode` there are two outputs before them.
    """
    directions = [layer.children["forward_layer"], layer.children["backward_layer"]]
    strange = [one for one in directions if one.class_name not in ONE_WAY]
    if strange:
        raise Refused(f"it wraps a layer of class {strange[0].class_name}, no recurrent one")
    config = directions[0].config
    counts = [sum(kind_of(c).states for c in cells_of(one)) for one in directions]
    states, mask, passed = _arguments(graph, layer, x, others, sum(counts))
    forward, backward = (
        _direction(graph, one, x, mask, own)
        for one, own in zip(directions, (states[: counts[0]], states[counts[0] :]), strict=True)
    )
    y, other = forward[0], backward[0]
    if config.get("return_sequences"):
        other = backwards(graph, other)
    merged = _merged(graph, layer.config.get("merge_mode", "concat"), y, other)
    if config.get("return_sequences"):
        merged = [graph.masked(one, passed) for one in merged]
    outputs = [*merged, *forward[1:], *backward[1:]]
    return outputs if len(outputs) > 1 else outputs[0]


def _direction(
    graph: Builder, layer: Layer, x: Tensor, mask: Tensor | None, states: list[Tensor]
) -> list[Tensor]:
    """The output of one of the two layers, then its states if it returns them."""
    config = dict(layer.config)
    if _since_tensorflow(layer):
        config["zero_output_for_mask"] = bool(config.get("return_sequences"))
    kwargs = {"mask": mask, "initial_state": states or None}
    called = replace(layer, config=config, call_kwargs=kwargs)
    with graph.at(layer.path):
        found = REGISTRY[layer.class_name].convert(graph, called, x)
    return [found] if isinstance(found, Tensor) else list(found)


def _merged(graph: Builder, mode: str | None, y: Tensor, other: Tensor) -> list[Tensor]:
    if mode is None:
        return [y, other]
    if mode == "concat":
        return [graph.join([y, other], axis=-1)]
    if mode not in _MERGING:
        raise ShapeError(f"unknown merge_mode {mode!r}")
    return [graph.map(_MERGING[mode], y, other)]
