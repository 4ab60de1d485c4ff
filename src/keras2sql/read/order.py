"""The orders of a model's layers: of their calls, and the one in which Keras lists them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keras2sql.errors import ModelFileError
from keras2sql.read.spec import Call, LayerSpec, ModelSpec, Ref, refs

Key = tuple[str, int]


def ordered_calls(model: ModelSpec, as_run: bool = False) -> Iterator[tuple[LayerSpec, int, Call]]:
    """``(layer, number of the call, call)``, operands first, else in the order of the file.

    With `as_run`, in the order in which Keras 3 runs them: those furthest from the outputs first
    (``_run_through_graph`` in ``keras/src/ops/function.py``); what no output needs is last.

    Raises `ModelFileError` for references to nothing and for cycles.
    """
    calls: dict[Key, tuple[LayerSpec, int, Call]] = {}
    known: set[Key] = {(ref.layer, ref.node) for ref in refs(model.inputs)}
    for spec in model.layers:
        for number, call in enumerate(spec.calls):
            calls[spec.name, number] = (spec, number, call)
    missing: dict[Key, int] = {}
    users: dict[Key, list[Key]] = {}
    for key, (_, _, call) in calls.items():
        needs = {(ref.layer, ref.node) for ref in refs([call.args, dict(call.kwargs)])}
        for need in sorted(needs):
            if need not in calls and need not in known:
                raise ModelFileError(
                    f"{model.name}: '{key[0]}' is called on call {need[1]} of '{need[0]}', "
                    "which the model does not have"
                )
            users.setdefault(need, []).append(key)
        missing[key] = sum(need not in known for need in needs)
    for ref in refs(model.outputs):
        if (ref.layer, ref.node) not in calls and (ref.layer, ref.node) not in known:
            raise ModelFileError(f"{model.name}: the output '{ref.layer}' does not exist")
    keys = list(calls)
    if as_run:
        depths = _depths(model).calls
        run = [key for key in sorted(depths, key=lambda key: -depths[key]) if key in calls]
        keys = [*run, *(key for key in keys if key not in depths)]
    position = {key: place for place, key in enumerate(keys)}
    ready = [position[key] for key in keys if missing[key] == 0]
    heapq.heapify(ready)
    done = 0
    while ready:
        key = keys[heapq.heappop(ready)]
        done += 1
        yield calls[key]
        for user in users.get(key, ()):
            missing[user] -= 1
            if missing[user] == 0:
                heapq.heappush(ready, position[user])
    if done < len(calls):
        stuck = sorted({key[0] for key in keys if missing[key] > 0})
        raise ModelFileError(
            f"{model.name}: the layers {', '.join(stuck[:5])} are called on their own results"
        )


def listed_layers(model: ModelSpec) -> list[LayerSpec]:
    """The layers as Keras lists them when it builds the model: by this, weights find them.

    Those furthest from the outputs come first; of those equally far, what is met first on the
    way back from the outputs.  What no output needs Keras leaves out; it comes last.
    """
    specs = {spec.name: spec for spec in model.layers}
    depths = _depths(model)
    used = [name for name in specs if name in depths.layers]
    used.sort(key=lambda name: (-depths.layers[name], depths.met[name]))
    return [*(specs[name] for name in used), *(s for n, s in specs.items() if n not in depths.met)]


@dataclass(frozen=True)
class _Depths:
    """How many calls lie between a call, or a layer, and the outputs that need it.

    The order in `calls` tells which of those equally far Keras runs first, `met` which layer it
    lists first: ``map_graph`` in ``keras/src/ops/function.py``, as before it
    ``_map_graph_network`` in Keras 2.
    """

    calls: Mapping[Key, int]
    layers: Mapping[str, int]
    met: Mapping[str, int]


def _depths(model: ModelSpec) -> _Depths:
    parents = {
        (spec.name, number): _sources([list(call.args), dict(call.kwargs)])
        for spec in model.layers
        for number, call in enumerate(spec.calls)
    }
    finished, met = _walked_back(_sources(model.outputs), parents)
    depths: dict[Key, int] = {}
    furthest: dict[str, int] = {}
    for key in reversed(finished):
        depth = max(depths.get(key, 0), furthest.get(key[0], 0))
        depths[key] = furthest[key[0]] = depth
        for parent in parents.get(key, ()):
            depths[parent] = max(depth + 1, depths.get(parent, 0))
    return _Depths(depths, furthest, met)


def _walked_back(starts: list[Key], parents: Mapping[Key, list[Key]]) -> tuple[list[Key], Any]:
    """The calls behind `starts`, each after those that it needs; and when each layer was met."""
    finished: dict[Key, None] = {}
    met: dict[str, int] = {}
    begun: set[Key] = set()
    for start in starts:
        waiting = [] if start in begun else [_begin(start, parents, begun, met)]
        while waiting:
            key, rest = waiting[-1]
            following = next(rest, None)
            if following is None:
                finished.setdefault(key)
                waiting.pop()
            elif following not in begun:
                waiting.append(_begin(following, parents, begun, met))
    return list(finished), met


def _begin(
    key: Key, parents: Mapping[Key, list[Key]], begun: set[Key], met: dict[str, int]
) -> tuple[Key, Iterator[Key]]:
    begun.add(key)
    met.setdefault(key[0], len(met))
    return key, iter(parents.get(key, ()))


def _sources(tree: Any) -> list[Key]:
    """The calls whose results stand in a tree; of dicts in the order of their keys."""
    if isinstance(tree, Ref):
        return [(tree.layer, tree.node)]
    if isinstance(tree, Mapping):
        tree = [tree[key] for key in sorted(tree, key=str)]
    return [k for v in tree for k in _sources(v)] if isinstance(tree, list | tuple) else []
