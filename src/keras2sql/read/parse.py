"""The architecture of a model, from the config that its file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keras2sql.errors import ModelFileError, UnsupportedLayerError
from keras2sql.layers.arguments import unknown_arguments
from keras2sql.layers.names import LAYERS
from keras2sql.layers.operations.names import OPERATIONS
from keras2sql.layers.operations.tensorflow import key_of
from keras2sql.layers.registry import REGISTRY
from keras2sql.read import keras1, keras2
from keras2sql.read.calls import parse_calls, parse_refs, without_batch
from keras2sql.read.limits import check_layers
from keras2sql.read.spec import Call, LayerSpec, ModelSpec, Ref, refs

_SEQUENTIAL = ("Sequential",)
_FUNCTIONAL = ("Functional", "Model")
_OPERATION_MODULES = ("keras.src.ops", "keras.ops", "keras.src.activations")
_KERAS_PACKAGES = ("keras", "tf_keras", "tensorflow", "builtins")
# Files of the HDF5 kind hold the name of the class, which is not always the one it goes by.
_PUBLIC_NAMES = {"GroupedQueryAttention": "GroupQueryAttention"}


_LAYERS = frozenset(name for name, _ in LAYERS)


def parse_model(entry: Any, keras: tuple[int, int], fallback_name: str) -> ModelSpec:
    """The model that ``{"class_name": ..., "config": ...}`` describes.

    Raises `ModelFileError` where this is no model, `UnsupportedLayerError` for a custom one.
    """
    if not isinstance(entry, Mapping) or not isinstance(entry.get("class_name"), str):
        raise ModelFileError("the configuration does not describe a Keras model")
    class_name, config = entry["class_name"], entry.get("config")
    # A custom subclass may do anything when called, though it lists its layers.
    if not _is_model(entry):
        name = config.get("name") if isinstance(config, Mapping) else None
        reason = (
            "only Sequential and Functional models record what they compute; "
            "build it as one of these, or pass the model that it wraps"
        )
        raise UnsupportedLayerError([(str(name or fallback_name), class_name, reason)])
    if class_name in _SEQUENTIAL:
        return _sequential(entry, keras, fallback_name)
    return _functional(_mapping(config, class_name), keras, fallback_name)


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ModelFileError(f"{what} has no proper configuration")
    return value


def _is_model(entry: Mapping[str, Any]) -> bool:
    class_name, config = entry["class_name"], entry.get("config")
    if _registry_key(entry) != class_name:
        return False
    if class_name in _SEQUENTIAL:
        return isinstance(config, list) or (isinstance(config, Mapping) and "layers" in config)
    listed = isinstance(config, Mapping) and "output_layers" in config
    return class_name in _FUNCTIONAL and listed


def _registry_key(entry: Mapping[str, Any]) -> str:
    """The name under which a converter is registered: see `layers.registry`."""
    class_name = entry["class_name"]
    module = entry.get("module")
    registered = entry.get("registered_name")
    if isinstance(module, str):
        if module.startswith(_OPERATION_MODULES):
            return f"ops>{class_name}"
        if module.split(".")[0] in _KERAS_PACKAGES:
            return str(class_name)
    if isinstance(registered, str) and ">" in registered:
        key = registered
    else:
        key = f"{module}>{class_name}" if isinstance(module, str) else str(class_name)
    anywhere = f"*>{class_name.rpartition('>')[2]}"
    return anywhere if key not in REGISTRY and anywhere in REGISTRY else key


def parse_layer(entry: Any, keras: tuple[int, int], where: str) -> LayerSpec:
    """One layer, with what it holds, without its calls."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("class_name"), str):
        raise ModelFileError(f"{where}: a layer without a class")
    written: str = entry["class_name"]
    class_name = _PUBLIC_NAMES.get(written, written)
    key = _registry_key({**entry, "class_name": class_name})
    raw = entry.get("config")
    named = raw.get("name") if isinstance(raw, Mapping) else None
    name = entry.get("name") or named or class_name.lower()
    if not isinstance(name, str):
        raise ModelFileError(f"{where}: a layer whose name is no text")
    where = f"{where}/{name}"
    if _is_model(entry):
        model = parse_model(entry, keras, name)
        return LayerSpec(class_name, name, _mapping_or_empty(raw), key, model=model)
    given, problem = _mapping_or_empty(raw), ""
    if keras < (2, 0):
        old = keras1.translated(class_name, given, told=keras > (1, 0))
        as_written = old.class_name == class_name and old.config == dict(given)
        key, given, problem = old.class_name, old.config, old.problem
    else:
        as_written = True
    config = keras2.normalised(class_name, given, keras)
    if "module" not in entry and keras >= (3, 0) and _is_operation(class_name, config):
        key = f"ops>{class_name}"
    key = keras2.CUDNN.get(key, key) if keras < (3, 0) else key
    if as_written and not problem:
        problem = unknown_arguments(key, given)
    if class_name in keras2.TENSORFLOW and keras < (3, 0):
        key = key_of(config.get("function"))
    children = _children(class_name, config, keras, where)
    return LayerSpec(class_name, name, config, key, children=children, problem=problem)


def _is_operation(class_name: str, config: Mapping[str, Any]) -> bool:
    """Files of the HDF5 kind do not say the module; a layer always says if it is trainable."""
    nameless = "dtype" not in config and class_name not in _LAYERS
    return (nameless or class_name in OPERATIONS.values()) and "trainable" not in config


def _mapping_or_empty(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _children(
    class_name: str, config: Mapping[str, Any], keras: tuple[int, int], where: str
) -> dict[str, LayerSpec]:
    """The layers inside a layer's config, under the names of Keras's own attributes."""
    found = {}
    for argument in ("layer", "backward_layer", "cell"):
        value = config.get(argument)
        if isinstance(value, Mapping) and "class_name" in value:
            found[argument] = parse_layer(value, keras, where)
    several = config.get("layers" if class_name == "Pipeline" else "cells")
    for position, one in enumerate(several if isinstance(several, list) else ()):
        found[str(position)] = parse_layer(one, keras, where)
    if class_name == "Bidirectional" and "layer" in found:
        forward = found.pop("layer")
        turned = {**forward.config, "go_backwards": not forward.config.get("go_backwards", False)}
        backward = found.pop("backward_layer", replace(forward, config=turned))
        found = {"forward_layer": forward, "backward_layer": backward, **found}
    return found


def _sequential(entry: Mapping[str, Any], keras: tuple[int, int], fallback_name: str) -> ModelSpec:
    config = entry["config"]
    listed = config if isinstance(config, list) else config["layers"]
    options: Mapping[str, Any] = {} if isinstance(config, list) else config
    name = options.get("name")
    name = name if isinstance(name, str) else fallback_name
    if not isinstance(listed, list) or not listed:
        raise ModelFileError(f"{name}: a Sequential model without layers")
    check_layers(listed, name)
    layers = [parse_layer(item, keras, name) for item in listed]
    if not layers[0].is_input:
        shape = next((s for s in _first_shapes(listed[0], layers[0], options) if s), None)
        first = layers[0].config.get("input_dtype", layers[0].config.get("dtype"))
        about = {"batch_shape": shape, "dtype": first}
        layers.insert(0, LayerSpec("InputLayer", f"{layers[0].name}_input", about, "InputLayer"))
    layers = [layers[0], *(layer for layer in layers[1:] if not layer.is_input)]
    recorded = [_build_shape(item) for item in listed][-len(layers) + 1 :]
    chained = [layers[0]]
    for layer, shape in zip(layers[1:], [*recorded], strict=False):
        call = Call((Ref(chained[-1].name, shape=without_batch(shape)),))
        chained.append(replace(layer, calls=(call,)))
    _refuse_duplicates(chained, name)
    return ModelSpec(name, tuple(chained), Ref(chained[0].name), Ref(chained[-1].name))


def _first_shapes(item: Any, layer: LayerSpec, options: Mapping[str, Any]) -> list[Any]:
    """Where the input shape of a Sequential without an InputLayer may stand."""
    inner: list[Any] = []
    if layer.model is not None:
        inner = [one.config.get("batch_shape") for one in layer.model.layers if one.is_input]
    given = [layer.config.get("batch_shape"), *inner]
    return [*given, options.get("build_input_shape"), _build_shape(item)]


def _build_shape(item: Any) -> Any:
    build = item.get("build_config") if isinstance(item, Mapping) else None
    return build.get("input_shape") if isinstance(build, Mapping) else None


def _refuse_duplicates(layers: list[LayerSpec], where: str) -> None:
    names = [layer.name for layer in layers]
    if len(set(names)) < len(names):
        name = next(n for i, n in enumerate(names) if n in names[:i])
        raise ModelFileError(f"{where}: two layers are called '{name}'")


def _functional(config: Mapping[str, Any], keras: tuple[int, int], fallback_name: str) -> ModelSpec:
    name = config.get("name")
    name = name if isinstance(name, str) else fallback_name
    listed = config.get("layers")
    if not isinstance(listed, list) or not listed:
        raise ModelFileError(f"{name}: a Functional model without layers")
    check_layers(listed, name)
    bare = [parse_layer(item, keras, name) for item in listed]
    _refuse_duplicates(bare, name)
    names = {layer.name for layer in bare}
    layers = []
    for item, layer in zip(listed, bare, strict=True):
        calls = parse_calls(item.get("inbound_nodes", []), f"{name}/{layer.name}", names)
        layers.append(replace(layer, calls=calls))
    inputs = parse_refs(config.get("input_layers"), name)
    outputs = parse_refs(config.get("output_layers"), name)
    old_calls = any(
        isinstance(node, list) for item in listed for node in item.get("inbound_nodes", ())
    )
    layers = _count_from_zero(layers, old_calls)
    by_name = {layer.name: layer for layer in layers}
    return ModelSpec(name, tuple(layers), inputs, _shifted_outputs(outputs, by_name, keras))


def _count_from_zero(layers: list[LayerSpec], old_calls: bool) -> list[LayerSpec]:
    """Let the calls of nested models count from 0.

    In Keras 2 the first call of a nested model is its number 1: 0 is its own definition.
    """
    nested = {layer.name for layer in layers if layer.model is not None}
    if not (nested and old_calls):
        return layers
    used = {r for layer in layers for call in layer.calls for r in refs(call.args)}
    counted_from_one = nested - {r.layer for r in used if r.node == 0}

    def shift(tree: Any) -> Any:
        return _shift(tree, counted_from_one)

    return [
        replace(
            layer,
            calls=tuple(
                Call(shift(call.args), {k: shift(v) for k, v in call.kwargs.items()})
                for call in layer.calls
            ),
        )
        for layer in layers
    ]


def _shift(tree: Any, names: set[str]) -> Any:
    if isinstance(tree, Ref):
        return replace(tree, node=tree.node - 1) if tree.layer in names else tree
    if isinstance(tree, dict):
        return {k: _shift(v, names) for k, v in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_shift(v, names) for v in tree)
    return tree


def _shifted_outputs(outputs: Any, layers: Mapping[str, LayerSpec], keras: tuple[int, int]) -> Any:
    """The model's outputs, with the calls of nested models counted from 0.

    Here Keras 3 too counts the first call of a nested Functional model as number 1.
    """
    counting = _FUNCTIONAL if keras >= (3, 0) else _FUNCTIONAL + _SEQUENTIAL
    nested = {n for n, one in layers.items() if one.model and one.class_name in counting}
    at_zero = {r.layer for r in refs(outputs) if r.node == 0}
    return _shift(outputs, nested - at_zero)
