"""Hashes: no database has TensorFlow's, so values are hashed beforehand, where all are known.

That is where the layer follows buckets, a lookup or an argmax.  As in Keras, whole numbers
are hashed as texts, and crossed as numbers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from keras2sql.graph import expr as ex
from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y
from keras2sql.graph.probabilities import bounds
from keras2sql.layers.fingerprints import LONGEST, crossed, farmhash, siphash
from keras2sql.layers.preprocessing import encoded
from keras2sql.layers.registry import Layer, Refused, converts

_MOST_VALUES = 100_000
_UNKNOWN = (
    "a hash of values that are known only when the query runs, which no database computes; "
    "put a lookup or buckets in front of it"
)


_FINITE = "of buckets, looked-up ids or texts, and all else whose values are known beforehand"


@converts("Hashing", note=_FINITE)
def hashing(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Values -> bins, or vectors that these are encoded in."""
    config = layer.config
    values = finite(x)
    if values is None:
        raise Refused(_UNKNOWN)
    count, mask = config["num_bins"], config.get("mask_value")
    masked = mask is not None and count > 1
    found = bins(values, count - 1 if masked else count, config.get("salt"))
    if masked:
        found = {value: 0 if value == mask else bin_ + 1 for value, bin_ in found.items()}
    result = graph.find(_array(found), np.array([float(b) for b in found.values()]), x)
    return encoded(graph, result, config.get("output_mode", "int"), count)


@converts("HashedCrossing", note=_FINITE)
def hashed_crossing(graph: Builder, layer: Layer, *xs: Tensor) -> Tensor:
    """Several values at once -> a bin of them all, or a vector that it is encoded in."""
    domains = [finite(x) for x in xs]
    count, product = layer.config["num_bins"], 1
    position: Tensor | None = None
    for x, domain in zip(xs, domains, strict=True):
        if domain is None or product * len(domain) > _MOST_VALUES:
            raise Refused(_UNKNOWN if domain is None else f"more than {_MOST_VALUES:,} crossings")
        at = graph.find(_array(domain), np.arange(len(domain), dtype=np.float64), x)
        product *= len(domain)
        step = X * float(len(domain)) + Y
        position = at if position is None else graph.map(step, position, at)
    assert position is not None
    known = [[_fingerprint(value) for value in domain] for domain in domains if domain is not None]
    found = np.array([float(crossed(parts) % count) for parts in itertools.product(*known)])
    result = graph.lookup(found, position)
    return encoded(graph, result, layer.config.get("output_mode", "int"), count)


def bins(values: Iterable[Any], count: int, salt: Any = None) -> dict[Any, int]:
    """The bin of each value."""
    if salt is None:
        return {value: farmhash(_bytes(value)) % count for value in values}
    key = [salt, salt] if isinstance(salt, int) else salt
    return {value: siphash(_bytes(value), key) % count for value in values}


def _bytes(value: Any) -> bytes:
    text = value if isinstance(value, str) else str(int(value))
    if len(text.encode()) > LONGEST:
        raise Refused(f"hashes of texts of more than {LONGEST} bytes")
    return text.encode()


def _fingerprint(value: Any) -> int:
    return farmhash(_bytes(value)) if isinstance(value, str) else int(value)


def _array(values: Iterable[Any]) -> Any:
    listed = list(values)
    texts = any(isinstance(value, str) for value in listed)
    return np.array(listed, dtype=object if texts else np.float64)


def finite(x: Tensor) -> list[Any] | None:
    """Every value that an element of `x` may have, texts or whole numbers; None if unknown."""
    if isinstance(x.op, ops.Find):
        rest = [] if x.op.otherwise is None else [x.op.otherwise]
        values = x.inputs[1].constant
        return None if values is None else _whole([*values.tolist(), *rest])
    if isinstance(x.op, ops.Take | ops.Join):
        return _together(x)
    if x.constant is not None:
        return _whole(x.constant.reshape(-1).tolist())
    low, high = bounds(x)
    if not _counts(x) or not math.isfinite(high - low) or high - low > _MOST_VALUES:
        return None
    return list(range(math.ceil(low), math.floor(high) + 1))


def _together(x: Tensor) -> list[Any] | None:
    assert isinstance(x.op, ops.Take | ops.Join)
    parts = [finite(i) for i in x.inputs]
    if isinstance(x.op, ops.Take) and (x.op.index < 0).any():
        parts.append(_whole([x.op.fill]))
    if any(part is None for part in parts):
        return None
    return list(dict.fromkeys(value for part in parts for value in part or ()))


def _whole(values: Sequence[Any]) -> list[Any] | None:
    """The values, numbers as whole ones; None if some are not."""
    if any(not isinstance(v, str) and v != math.floor(v) for v in values if v == v):
        return None
    return list(dict.fromkeys(v if isinstance(v, str) else int(v) for v in values if v == v))


def _counts(x: Tensor) -> bool:
    """Whether the elements are whole numbers by the way they come about."""
    if isinstance(x.op, ops.Reduce):
        return x.op.how == "argmax" or (x.op.how in ("sum", "max", "min") and _counts(x.inputs[0]))
    expr = x.op.expr if isinstance(x.op, ops.Map) else None
    if not (isinstance(expr, ex.Call) and expr.fn == "where"):
        return False
    return all(isinstance(a, ex.Const) and a.value in (0.0, 1.0) for a in expr.args[1:])
