"""What older Keras versions spelled differently, brought to the names of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Keras 1 names of arguments, by layer ("" for any); the layers are those that had them.
_KERAS1_ARGUMENTS: dict[str, dict[str, str]] = {
    "": {"init": "kernel_initializer", "inner_activation": "recurrent_activation"},
    "Dense": {"output_dim": "units", "bias": "use_bias"},
    "Dropout": {"p": "rate"},
    "LSTM": {"output_dim": "units"},
    "GRU": {"output_dim": "units"},
    "SimpleRNN": {"output_dim": "units"},
}

# Arguments whose default was another before Keras wrote them into every config.
_OLD_DEFAULTS: dict[str, dict[str, Any]] = {
    "GRU": {"reset_after": False, "recurrent_activation": "hard_sigmoid"},
    "LSTM": {"recurrent_activation": "hard_sigmoid"},
    "BatchNormalization": {"epsilon": 0.001},
}


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
    if keras < (2, 0):
        for scope in ("", class_name):
            for old, new in _KERAS1_ARGUMENTS.get(scope, {}).items():
                if old in out:
                    out.setdefault(new, out.pop(old))
    for name, value in _OLD_DEFAULTS.get(class_name, {}).items():
        out.setdefault(name, value)
    return out
