"""What older Keras versions spelled differently, brought to the names of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras2sql.graph.ops import Array

_OLD_GATES = {"recurrent_activation": "hard_sigmoid"}
_OLD_GRU = {"reset_after": False, **_OLD_GATES}

# Arguments whose default was another before Keras wrote them into every config.
_OLD_DEFAULTS: dict[str, dict[str, Any]] = {
    "GRU": _OLD_GRU,
    "GRUCell": _OLD_GRU,
    "LSTM": _OLD_GATES,
    "LSTMCell": _OLD_GATES,
    "ConvLSTM2D": _OLD_GATES,
    "BatchNormalization": {"epsilon": 0.001},
}


# Layers of their own in Keras 2, for the same networks as computed on graphics cards.
CUDNN = {"CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU"}
# Layers that hold a call of one of TensorFlow's functions.
TENSORFLOW = ("TFOpLambda", "SlicingOpLambda")
_CUDNN_OPTIONS = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "use_bias": True,
    "reset_after": True,
}
_GATES = {"LSTM": 4, "GRU": 3}


def normalised(
    class_name: str, config: Mapping[str, Any], keras: tuple[int, int]
) -> dict[str, Any]:
    """The config of a layer under the argument names and defaults of Keras 3.

    Meanings that changed under the same name (`hard_sigmoid`) stay: converters go by the
    version.
    """
    out = dict(config)
    if "batch_input_shape" in out:
        out.setdefault("batch_shape", out["batch_input_shape"])
    if keras >= (3, 0):
        return out
    if class_name in CUDNN:
        out.update(_CUDNN_OPTIONS)
    for name, value in _OLD_DEFAULTS.get(class_name, {}).items():
        out.setdefault(name, value)
    return out


def from_cudnn(key: str, arrays: Sequence[Array]) -> list[Array]:
    """The kernel, recurrent kernel and bias of an LSTM or GRU, in the layout of that layer.

    CuDNN keeps two biases where Keras's own layer has one, which is how its weights are
    told from the others; and the matrix of each gate lies the other way round.
    """
    given = list(arrays)
    gates = _GATES.get(key, 0)
    if len(given) != 3 or not gates or given[1].ndim != 2:
        return given
    kernel, recurrent, bias = given
    units = recurrent.shape[0]
    if bias.shape != (2 * gates * units,) or recurrent.shape[1] != gates * units:
        return given
    turned = [k.ravel().reshape(units, -1).T for k in np.split(kernel, gates, axis=1)]
    turned_recurrent = [k.T for k in np.split(recurrent, gates, axis=1)]
    both = bias.reshape(2, -1)
    return [
        np.hstack(turned),
        np.hstack(turned_recurrent),
        both if key == "GRU" else both.sum(axis=0),
    ]
