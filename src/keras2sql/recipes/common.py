"""What the recipes share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import Array
from keras2sql.layers.common import variable
from keras2sql.layers.registry import REGISTRY, Layer, Refused

_EVERY_LAYER = (
    "activity_regularizer",
    "batch_input_shape",
    "batch_shape",
    "build_config",
    "dtype",
    "name",
    "trainable",
)


def options(layer: Layer, required: str, optional: str = "") -> list[Any]:
    """The required options of the config, in order; refuses what else is there."""
    wanted = required.split()
    missing = [name for name in wanted if name not in layer.config]
    unknown = sorted(set(layer.config) - set(wanted) - set(optional.split()) - set(_EVERY_LAYER))
    if missing or unknown:
        told = f"without {', '.join(missing)}" if missing else f"with {', '.join(unknown)}"
        raise Refused(
            f"its config is {told}, so it is not the published class of this name, which has "
            f"{', '.join(wanted)}; register a converter of your own"
        )
    return [layer.config[name] for name in wanted]


def whole(layer: Layer, name: str) -> int:
    """An option that has to be a positive whole number."""
    value = layer.config.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Refused(f"{name}={value!r}, where a positive whole number belongs")
    return value


def part(
    graph: Builder,
    layer: Layer,
    class_name: str,
    config: Mapping[str, Any],
    variables: Mapping[str, tuple[str, tuple[int, ...]]],
    *xs: Tensor,
) -> Tensor:
    """What a layer of Keras inside a custom one computes.

    `variables` has, for each variable of that layer, its name here and its shape.
    """
    arrays: dict[str, Array] = {
        name: variable(layer, own, shape) for name, (own, shape) in variables.items()
    }
    return inner(graph, layer, class_name, config, arrays, *xs)


def inner(
    graph: Builder,
    layer: Layer,
    class_name: str,
    config: Mapping[str, Any],
    arrays: Mapping[str, Array],
    *xs: Tensor,
) -> Tensor:
    """The same with the arrays themselves."""
    found = Layer(class_name, layer.name, layer.path, config, arrays, keras=layer.keras)
    y = REGISTRY[class_name].convert(graph, found, *xs)
    assert isinstance(y, Tensor)
    return y


def refuse_mask(graph: Builder, x: Tensor) -> None:
    if graph.mask(x) is not None:
        raise Refused("its input is masked, of which the published class says nothing")
