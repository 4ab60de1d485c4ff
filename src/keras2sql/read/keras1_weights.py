"""Weights of Keras 1 in the layout of those of today.

Keras 1 did not write which backend made a file, and Theano turns the kernels of convolutions
around and pads other sides than TensorFlow.  The names of TensorFlow's weights end in ":0".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras2sql.errors import ModelFileError
from keras2sql.graph.ops import Array
from keras2sql.layers.registry import Refused
from keras2sql.layers.windows import per_axis
from keras2sql.read.spec import ModelSpec
from keras2sql.read.weights import Weights


@dataclass(frozen=True)
class Origin:
    """What a file tells of where it was made.

    `backend` is "theano", "tensorflow", or "" where nothing tells; `channels` the data_format
    of all layers that say one, if they agree.
    """

    backend: str
    channels: str | None


def origin_of(model: ModelSpec, weights: Weights) -> Origin:
    """From the file's own word, the names of its weights, and the place of its channels."""
    configs = [spec.config for _, spec in model.leaves()]
    formats = {str(c["data_format"]) for c in configs if c.get("data_format") is not None}
    channels = str(next(iter(formats))) if len(formats) == 1 else None
    if weights.backend in ("theano", "tensorflow"):
        return Origin(weights.backend, channels)
    if any(name.endswith(":0") for names in weights.names.values() for name in names):
        return Origin("tensorflow", channels)
    return Origin("theano" if channels == "channels_first" else "", channels)


def adapted(
    key: str, config: Mapping[str, Any], arrays: Sequence[Array], origin: Origin
) -> tuple[dict[str, Any], list[Array]]:
    """The config and the arrays of a layer in the layout of today."""
    out, found = dict(config), gates_together(key, arrays)
    if "data_format" in out and out["data_format"] is None:
        out["data_format"] = origin.channels
    if "data_format" in out and out["data_format"] is None:
        raise Refused(
            "the file is of Keras 1, which did not write the dim_ordering of this layer, "
            "and no other layer tells it"
        )
    if key in ("Conv1D", "Conv2D", "Conv3D", "SeparableConv2D") and found:
        found[0] = _kernel(key, out, found[0], origin.backend)
    if out.get("padding") == "same" and "Separable" not in key:
        out["padding"] = _padding(key, out, origin.backend)
    return out, found


# Arrays of each gate: kernel, recurrent kernel and bias, gate after gate.  Here, in the order
# of the gates since, where each begins.
_GATES = {"LSTM": (0, 6, 3, 9), "GRU": (0, 3, 6)}


def gates_together(key: str, arrays: Sequence[Array]) -> list[Array]:
    """The arrays of an LSTM or GRU, the gates of each side by side."""
    gates = _GATES.get(key, ())
    if not gates or len(arrays) != 3 * len(gates):
        return list(arrays)
    for part in range(3):
        if len({arrays[gate + part].shape for gate in gates}) > 1 or not arrays[part].ndim:
            raise ModelFileError(f"the gates of a {key} have weights of different shapes")
    return [np.concatenate([arrays[gate + part] for gate in gates], -1) for part in range(3)]


def _kernel(key: str, config: Mapping[str, Any], kernel: Array, backend: str) -> Array:
    """A kernel as (*size, channels, filters), in the order of today."""
    first = config.get("data_format") == "channels_first"
    if kernel.ndim != int(key[-2]) + 2 and (key, kernel.ndim) != ("Conv1D", 4):
        raise ModelFileError(f"a kernel of a {key} has the shape {kernel.shape}")
    if key.startswith("Separable"):
        if first:
            raise Refused("a separable convolution with dim_ordering='th' of Keras 1")
        return kernel
    if key == "Conv1D":
        kernel = _kernel_1d(config, kernel)
    elif first:
        kernel = np.moveaxis(kernel, (0, 1), (-1, -2))
    turned = np.flip(kernel, tuple(range(int(key[-2]))))
    if not backend and not np.array_equal(kernel, turned):
        raise Refused(_WHICH)
    return turned if backend == "theano" else kernel


_WHICH = (
    "the file is of Keras 1 and does not say which backend made it, and Theano and TensorFlow "
    "differ here; give the file an attribute 'backend', 'theano' or 'tensorflow'"
)


def _kernel_1d(config: Mapping[str, Any], kernel: Array) -> Array:
    """(length, channels, filters) of a kernel of four axes, which Keras 1.0 ordered otherwise."""
    if kernel.ndim != 4:
        return kernel
    length, filters = config.get("kernel_size"), config.get("filters")
    if kernel.shape[:2] != (length, 1) or kernel.shape[3] != filters:
        kernel = kernel.transpose(2, 3, 1, 0)
    return kernel[:, 0]


def _padding(key: str, config: Mapping[str, Any], backend: str) -> Any:
    """For "same", how many elements Theano pads in front of each axis."""
    if backend == "tensorflow":
        return "same"
    rank = int(key[-2])
    if "Pooling" in key:
        sizes = per_axis(config["pool_size"], rank)
        theirs = [n - 2 if n > 2 and n % 2 else n - 1 for n in sizes]
    else:
        dilation = per_axis(config.get("dilation_rate", 1), rank)
        sizes = per_axis(config["kernel_size"], rank)
        theirs = [((n - 1) * d + 1) // 2 for n, d in zip(sizes, dilation, strict=True)]
    return theirs if backend else [(n, _WHICH) for n in theirs]
