"""The drawing of a network: its layers with their shapes, how they are connected, and how the
database holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keras2sql.estimates import packed
from keras2sql.graph.core import Graph, Tensor
from keras2sql.graph.work import Work
from keras2sql.read import LayerInfo
from keras2sql.read.inspection import shown
from keras2sql.report import Box, network
from keras2sql.statement import Statement


def svg(
    title: str,
    layers: Sequence[LayerInfo],
    graph: Graph | None = None,
    program: Statement | None = None,
    alone: bool = True,
) -> str:
    """SVG of the layers; with a `program` each has the strategy that it is held by.

    `graph` is the network's own, from which connections are told where `layers` know of none, as
    those of estimators.  `alone`: a file of its own, not a part of a page.

    Raises `InputError` where keras2sql[report] is not installed.
    """
    if graph is not None and not any(one.sources for one in layers):
        layers = _connected(layers, graph)
    held = {} if program is None else strategies(program)
    fallback = "" if program is None else program.plan.strategy
    boxes = [_box(one, held.get(one.path, _undecided(one, held, fallback))) for one in layers]
    return network(title, boxes, alone)


def strategies(program: Statement) -> dict[str, str]:
    """By layer, how what it computes is held: in "columns", "arrays" or "rows"."""
    plan = program.plan
    if plan.strategy != "arrays":
        layers = [one for one in program.network.layers if one.class_name != "InputLayer"]
        return {one.path: plan.strategy for one in layers}
    found: dict[str, str] = {}
    for product in Work.of(program.graph).products:
        if packed(product, program.dialect, plan.packing):
            found[product.layer] = "arrays"
        else:
            found.setdefault(product.layer, "columns")
    return found


def _undecided(layer: LayerInfo, held: dict[str, str], fallback: str) -> str:
    """Of a layer without products: as all others are held, if they are all held alike."""
    if not fallback or layer.class_name == "InputLayer":
        return ""
    ways = set(held.values())
    return fallback if ways <= {fallback} else ""


def _box(layer: LayerInfo, strategy: str) -> Box:
    parameters = f"{layer.parameters:,} parameters" if layer.parameters else ""
    shape = "" if layer.shape is None else f"→ {shown(layer.shape)}"
    kind = layer.class_name if layer.class_name != "InputLayer" else "input"
    told = ", ".join(text for text in (kind, parameters) if text)
    mark = f"unsupported: {layer.problem}" if layer.problem else strategy
    return Box(layer.path, tuple(text for text in (told, shape) if text), mark, layer.sources)


def _connected(layers: Sequence[LayerInfo], graph: Graph) -> list[LayerInfo]:
    """The layers that compute something, with the sources that a graph tells, behind its inputs.

    What only stands around others, as a pipeline does, is left out, as is a step that hands on
    what it gets.
    """
    entries = [LayerInfo(t.layer, "InputLayer", t.shape, 0) for t in graph.inputs]
    known = {one.path for one in (*entries, *layers)}
    sources: dict[str, dict[str, None]] = {}
    behind: dict[Tensor, tuple[str, ...]] = {}
    for t in graph.tensors():
        above = tuple(dict.fromkeys(name for i in t.inputs for name in behind[i]))
        owner = _owner(t.layer, known)
        behind[t] = above
        if owner is not None and t.constant is None:
            sources.setdefault(owner, {}).update(dict.fromkeys(n for n in above if n != owner))
            behind[t] = (owner,)
    ends = tuple(dict.fromkeys(name for t in graph.outputs.values() for name in behind[t]))
    outermost = layers[0]
    direct = {one.path for one in entries}.intersection(ends)
    if outermost.path not in sources and (direct or len(ends) > 1):
        # The whole has no path within itself: it computes all, or puts the ends together.
        sources[outermost.path] = dict.fromkeys(ends)
        layers = [*layers[1:], outermost]
    working = [one for one in layers if one.path in sources]
    found = [replace(one, sources=tuple(sources[one.path])) for one in working]
    return [*entries, *found]


def _owner(path: str, known: set[str]) -> str | None:
    """The layer that a tensor belongs to: its own path, or the nearest around it."""
    while path and path not in known:
        path = path.rpartition("/")[0]
    return path or None
