"""Random small networks of Keras layers, for property tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

ACTIVATIONS = [
    "celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu",
    "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink",
]  # fmt: skip
LARGEST = 24


@dataclass(frozen=True)
class Node:
    """One call: the layer's class, its arguments, and the tensors it is called on."""

    layer: str
    config: tuple[tuple[str, Any], ...]
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Description:
    """A network as data, so that a failing one prints itself: build it with `build`."""

    inputs: tuple[tuple[int, ...], ...]
    nodes: tuple[Node, ...]
    seed: int


@st.composite
def descriptions(draw: Draw) -> Description:
    """Up to seven layers on one or two inputs; every tensor may be read again later."""
    count = draw(st.integers(1, 2))
    shapes = [draw(st.lists(st.integers(1, 4), min_size=1, max_size=2)) for _ in range(count)]
    known = [tuple(s) for s in shapes]
    nodes: list[Node] = []
    for _ in range(draw(st.integers(1, 7))):
        made = draw(_node(known))
        nodes.append(made[0])
        known.append(made[1])
    inputs = tuple(tuple(s) for s in shapes)
    return Description(inputs, tuple(nodes), draw(st.integers(0, 2**32 - 1)))


@st.composite
def _node(draw: Draw, known: list[tuple[int, ...]]) -> tuple[Node, tuple[int, ...]]:
    # The newest tensor most often, so that chains grow deep.
    at = draw(st.sampled_from([len(known) - 1] * 3 + list(range(len(known)))))
    shape = known[at]
    same = [i for i, s in enumerate(known) if s == shape]
    kind = draw(st.sampled_from(["dense", "activation", "norm", "merge", "shape", "other"]))
    if kind == "dense":
        units = draw(st.integers(1, 5))
        out = (*shape[:-1], units)
        config: dict[str, Any] = {"units": units, "use_bias": draw(st.booleans())}
        if draw(st.booleans()):
            config["activation"] = draw(st.sampled_from(ACTIVATIONS))
        return _made("Dense", config, (at,), out)
    if kind == "activation":
        name = draw(st.sampled_from(ACTIVATIONS))
        return _made("Activation", {"activation": name}, (at,), shape)
    if kind == "norm":
        layer = draw(
            st.sampled_from(
                ["BatchNormalization", "LayerNormalization", "RMSNormalization",
                 "UnitNormalization"]
            )
        )  # fmt: skip
        return _made(layer, {}, (at,), shape)
    if kind == "merge":
        other = draw(st.sampled_from(same))
        layer = draw(
            st.sampled_from(["Add", "Subtract", "Multiply", "Average", "Maximum", "Concatenate"])
        )
        joined = (*shape[:-1], shape[-1] * 2) if layer == "Concatenate" else shape
        if _size(joined) <= LARGEST and other != at:
            return _made(layer, {}, (at, other), joined)
        return _made("Activation", {"activation": "tanh"}, (at,), shape)
    if kind == "shape":
        if len(shape) == 1 and shape[0] * 2 <= LARGEST and draw(st.booleans()):
            return _made("RepeatVector", {"n": 2}, (at,), (2, *shape))
        if len(shape) == 2 and draw(st.booleans()):
            return _made("Permute", {"dims": (2, 1)}, (at,), shape[::-1])
        return _made("Flatten", {}, (at,), (_size(shape),))
    layer = draw(st.sampled_from(["PReLU", "LeakyReLU", "ReLU", "Rescaling", "Dropout"]))
    config = {
        "LeakyReLU": {"negative_slope": 0.25},
        "ReLU": {"max_value": 2.0, "threshold": 0.5},
        "Rescaling": {"scale": 0.5, "offset": -1.0},
        "Dropout": {"rate": 0.5},
    }.get(layer, {})
    return _made(layer, config, (at,), shape)


def _made(
    layer: str, config: dict[str, Any], inputs: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Node, tuple[int, ...]]:
    return Node(layer, tuple(config.items()), inputs), shape


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def build(description: Description) -> Any:
    """The Keras model; its outputs are the tensors that nothing reads."""
    import keras

    tensors = [keras.Input(shape, name=f"input_{i}") for i, shape in enumerate(description.inputs)]
    count = len(tensors)
    read = {i for node in description.nodes for i in node.inputs}
    for node in description.nodes:
        layer = getattr(keras.layers, node.layer)(**dict(node.config))
        called = [tensors[i] for i in node.inputs]
        tensors.append(layer(called if len(called) > 1 else called[0]))
    outputs = [t for i, t in enumerate(tensors) if i >= count and i not in read]
    return keras.Model(tensors[:count], outputs)
