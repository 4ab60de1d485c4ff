"""The order in which the layers of a model are called."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from keras2sql.errors import ModelFileError
from keras2sql.read.spec import Call, LayerSpec, ModelSpec, refs

Key = tuple[str, int]


def ordered_calls(model: ModelSpec) -> Iterator[tuple[LayerSpec, int, Call]]:
    """``(layer, number of the call, call)``, operands first, else in the order of the file.

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
    position = {key: place for place, key in enumerate(calls)}
    keys = list(calls)
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
