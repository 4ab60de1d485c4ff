"""Random networks that are built twice: the same calls, of layers made in another order."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

WIDTH = 3


@dataclass
class Plan:
    """What a network is made of, as data: `parts` are layers or plans, `calls` name a part and
    the tensors that it is called on (0 is the input)."""

    kind: str
    parts: list[Any] = field(default_factory=list)
    calls: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    frozen: bool = False


@dataclass
class Part:
    """A layer: its class, arguments, layers inside it, and whether it takes two tensors."""

    name: str
    config: dict[str, Any]
    inside: tuple[Any, ...] = ()
    frozen: bool = False


def plan(rng: random.Random, depth: int = 0) -> Plan:
    """A Sequential or Functional network on (WIDTH,); the outermost is Functional."""
    chained = depth > 0 and rng.random() < 0.5
    made = Plan("sequential" if chained else "functional", frozen=rng.random() < 0.2)
    count = rng.randint(1, 4) if chained else rng.randint(2, 7)
    for _ in range(count):
        made.parts.append(part(rng, depth, single=True))
    if chained:
        return made
    tensors = 1
    for number in rng.sample(range(count), count):
        for _ in range(rng.choice([1, 1, 1, 2])):
            made.calls.append((number, (rng.randrange(tensors),)))
            tensors += 1
    while rng.random() < 0.8:
        made.parts.append(Part(rng.choice(["Add", "Multiply", "Subtract"]), {}))
        pair = (rng.randrange(tensors), rng.randrange(tensors))
        made.calls.append((len(made.parts) - 1, pair))
        tensors += 1
    read = {i for _, operands in made.calls for i in operands}
    made.outputs = [i for i in range(1, tensors) if i not in read]
    rng.shuffle(made.outputs)
    if depth:
        del made.outputs[1:]  # what these do not need is no part of the network
    return made


def part(rng: random.Random, depth: int, single: bool) -> Any:
    """Something that keeps the shape (WIDTH,)."""
    if depth < 2 and rng.random() < 0.25:
        return plan(rng, depth + 1)
    frozen = rng.random() < 0.25
    return rng.choice(
        [
            Part("Dense", {"units": WIDTH, "use_bias": rng.random() < 0.7}, frozen=frozen),
            Part("Dense", {"units": WIDTH, "activation": "tanh"}, frozen=frozen),
            Part("BatchNormalization", {"scale": rng.random() < 0.7}, frozen=frozen),
            Part("LayerNormalization", {}, frozen=frozen),
            Part("PReLU", {}, frozen=frozen),
            Part("Dropout", {"rate": 0.5}),
            Part("SpectralNormalization", {}, (Part("Dense", {"units": WIDTH}),), frozen),
            Part("steps", {}, (steps(rng),)),
        ]
    )


def steps(rng: random.Random) -> Part:
    """A layer on (WIDTH, 1) whose results are of the same shape."""
    units, frozen = {"units": 1, "return_sequences": True}, rng.random() < 0.25
    kind = rng.choice(["LSTM", "GRU", "SimpleRNN"])
    cell = Part(f"{kind}Cell", {"units": 1}, frozen=rng.random() < 0.2)
    return rng.choice(
        [
            Part(kind, units, frozen=frozen),
            Part("RNN", {"return_sequences": True}, (cell,), frozen),
            Part("Bidirectional", {"merge_mode": "sum"}, (Part(kind, units, frozen=frozen),)),
            Part("Bidirectional", {"merge_mode": "sum"}, (Part(kind, units),), frozen),
            Part("TimeDistributed", {}, (Part("Dense", {"units": 1}, frozen=frozen),)),
            Part("TimeDistributed", {}, (Part("BatchNormalization", {}),), frozen),
            Part("MultiHeadAttention", {"num_heads": 2, "key_dim": 1}, frozen=frozen),
            Part("Conv1D", {"filters": 1, "kernel_size": 2, "padding": "same"}, frozen=frozen),
        ]
    )


def build(made: Plan, shuffled: random.Random) -> Any:
    """The Keras model; its layers are made, and so numbered, in an order of their own."""
    import keras

    parts: list[Any] = [None] * len(made.parts)
    for number in shuffled.sample(range(len(parts)), len(parts)):
        for _ in range(shuffled.choice([0, 0, 1])):
            keras.layers.Dense(1)  # another number for the next one
        parts[number] = _made(made.parts[number], shuffled)
    if made.kind == "sequential":
        model = keras.Sequential([keras.Input((WIDTH,)), *parts])
    else:
        tensors = [keras.Input((WIDTH,))]
        for number, operands in made.calls:
            given = [tensors[i] for i in operands]
            tensors.append(parts[number](given[0] if len(given) == 1 else given))
        outputs = [tensors[i] for i in made.outputs]
        model = keras.Model(tensors[0], outputs[0] if len(outputs) == 1 else outputs)
    if made.frozen:
        model.trainable = False
    return model


def _made(one: Any, shuffled: random.Random) -> Callable[[Any], Any]:
    import keras

    if isinstance(one, Plan):
        return build(one, shuffled)
    if one.name == "steps":
        layers = keras.layers
        inner = _made(one.inside[0], shuffled)
        before, after = layers.Reshape((WIDTH, 1)), layers.Reshape((WIDTH,))
        i = keras.Input((WIDTH,))
        x = before(i)
        y = inner(x, x) if one.inside[0].name == "MultiHeadAttention" else inner(x)
        return keras.Model(i, after(y))
    inside = [_made(inner, shuffled) for inner in one.inside]
    layer = getattr(keras.layers, one.name)(*inside, **one.config)
    if one.frozen:
        layer.trainable = False
    return layer
