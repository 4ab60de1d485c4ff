"""What tells a graph from every other: a hash of its ops, its constants and their order.

The names of layers do not count, those of inputs and outputs do: two files of one network
give the same, and so does one file read anywhere.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras2sql.graph.core import Graph

_LENGTH = 12  # hexadecimal digits: a clash is expected among 20 million models


def digest(graph: Graph, *beside: Any) -> str:
    """12 hexadecimal digits for a graph, and for what else is to tell it apart."""
    found = hashlib.sha256()
    _feed_graph(found, graph)
    for value in beside:
        _feed(found, value)
    return found.hexdigest()[:_LENGTH]


def _feed_graph(found: Any, graph: Graph) -> None:
    first = [*graph.inputs, *(before for before, _ in graph.carried)]
    place = {t: i for i, t in enumerate(dict.fromkeys([*first, *graph.tensors()]))}
    for t in place:
        _feed(found, (t.op, [place[i] for i in t.inputs]))
    _feed(found, {name: place[t] for name, t in graph.outputs.items()})
    _feed(found, [(place[before], place[after]) for before, after in graph.carried])


def _feed(found: Any, value: Any) -> None:
    """The value with its type and length, so that no two of them read alike."""
    if isinstance(value, Graph):
        _feed_graph(found, value)
    elif dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        found.update(f"<{type(value).__name__} {len(fields)}>".encode())
        for field in fields:
            _feed(found, getattr(value, field.name))
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        plain = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        found.update(f"<{plain.dtype.str} {plain.shape}>".encode())
        found.update(plain.tobytes())
    elif isinstance(value, np.ndarray):
        _feed(found, (value.shape, value.ravel().tolist()))
    elif isinstance(value, Mapping):
        _feed(found, list(value.items()))
    elif isinstance(value, tuple | list):
        found.update(f"<{len(value)}>".encode())
        for one in value:
            _feed(found, one)
    else:
        value = value.item() if isinstance(value, np.generic) else value
        text = repr(value).encode(errors="surrogatepass")
        found.update(f"<{type(value).__name__} {len(text)}>".encode() + text)
