"""Recurrent layers in plain numpy, one row and one step at a time, as their papers write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray
Function = Callable[[Array], Array]


def sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max())
    return np.asarray(e / e.sum())


# Those of Keras 2.
FUNCTIONS: dict[str, Function] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "hard_sigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "softmax": softmax,
}


def step(
    kind: str, config: Mapping[str, Any], weights: Sequence[Array], x: Array, states: list[Array]
) -> list[Array]:
    """The next states of a layer; the first is the output."""
    act = FUNCTIONS[config.get("activation", "tanh")]
    gate = FUNCTIONS[config.get("recurrent_activation", "sigmoid")]
    kernel, recurrent, bias = weights
    n, h = len(recurrent), states[0]
    if kind == "SimpleRNN":
        return [act(x @ kernel + h @ recurrent + bias)]

    def part(array: Array, number: int) -> Array:
        return array[..., number * n : (number + 1) * n]

    if kind == "LSTM":
        i, f, c, o = (
            x @ part(kernel, g) + h @ part(recurrent, g) + part(bias, g) for g in range(4)
        )
        carry = gate(f) * states[1] + gate(i) * act(c)
        return [gate(o) * act(carry), carry]
    after = bias.ndim == 2
    ahead, inner = bias if after else (bias, np.zeros_like(bias))
    z, r = (
        gate(x @ part(kernel, g) + part(ahead, g) + h @ part(recurrent, g) + part(inner, g))
        for g in range(2)
    )
    before = (r * h) @ part(recurrent, 2)
    told = r * (h @ part(recurrent, 2) + part(inner, 2)) if after else before
    candidate = act(x @ part(kernel, 2) + part(ahead, 2) + told)
    return [z * h + (1 - z) * candidate]


def zeros(kind: str, weights: Sequence[Array]) -> list[Array]:
    """The states before the first step."""
    return [np.zeros(len(weights[1]))] * (2 if kind == "LSTM" else 1)


def run(
    kind: str,
    config: Mapping[str, Any],
    weights: Sequence[Array],
    x: Array,
    states: list[Array] | None = None,
) -> tuple[Array, list[Array]]:
    """The outputs of all steps of one row, (steps, n) -> (steps, units), and the last states."""
    states = states or zeros(kind, weights)
    outputs = []
    for one in x:
        states = step(kind, config, weights, one, states)
        outputs.append(states[0])
    return np.array(outputs), states
