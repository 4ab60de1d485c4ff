"""Which layers a layer is fed by, through nested models too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from keras2sql.read.arguments import input_names
from keras2sql.read.order import ordered_calls
from keras2sql.read.spec import Call, LayerSpec, ModelSpec, Ref, refs

Layers = tuple[LayerSpec, ...]
Results = dict[tuple[str, int], list[Layers]]
"""By layer and call the layers behind each of its results."""


def connections(model: ModelSpec) -> dict[LayerSpec, Layers]:
    """The layers behind what each layer is called on, in the order in which they come.

    A layer that is called several times has those of all its calls.  The inputs of a nested model
    are none: what it is called on stands for them.
    """
    found: dict[LayerSpec, dict[LayerSpec, None]] = {}
    inputs: Results = {
        (ref.layer, ref.node): [(spec,)]
        for ref in refs(model.inputs)
        for spec in model.layers
        if spec.name == ref.layer
    }
    _follow(model, inputs, found)
    return {spec: tuple(sources) for spec, sources in found.items()}


def _follow(
    model: ModelSpec, results: Results, found: dict[LayerSpec, dict[LayerSpec, None]]
) -> list[Layers]:
    """Note the connections within a model; what is behind each of its outputs."""
    for spec, number, call in ordered_calls(model):
        if spec.model is None:
            sources = dict.fromkeys(_flat(_behind(ref, results) for ref in _wanted(call)))
            found.setdefault(spec, {}).update(sources)
            results[spec.name, number] = [(spec,)]
        else:
            given = [_behind(ref, results) for ref in _given(spec.model, call)]
            wanted = [(ref.layer, ref.node) for ref in refs(spec.model.inputs)]
            inner = {key: [behind] for key, behind in zip(wanted, given, strict=False)}
            results[spec.name, number] = _follow(spec.model, inner, found)
    return [_behind(ref, results) for ref in refs(model.outputs)]


def _behind(ref: Ref, results: Results) -> Layers:
    """The layers that make a tensor; all results of a layer that is no model are made by it."""
    made = results.get((ref.layer, ref.node), [()])
    return made[min(ref.tensor, len(made) - 1)] if made else ()


def _wanted(call: Call) -> Iterable[Ref]:
    return refs([call.args, dict(call.kwargs)])


def _given(model: ModelSpec, call: Call) -> list[Ref]:
    """What a nested model is called on, in the order of its inputs."""
    arg = call.args[0] if call.args else [*call.kwargs.values()][:1]
    if isinstance(arg, Mapping):
        names = input_names(model)
        arg = [arg[name] for name in (names if set(names) <= set(arg) else sorted(arg))]
    return list(refs(arg))


def _flat(parts: Iterable[Sequence[LayerSpec]]) -> Iterable[LayerSpec]:
    for part in parts:
        yield from part
