"""Which arguments a layer of Keras has: what one does not know may change every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.errors import one_line
from keras2sql.layers.foreign import is_foreign
from keras2sql.layers.registry import REGISTRY
from keras2sql.layers.signatures import ARGUMENTS
from keras2sql.layers.whole import names

# Of every layer: what it is called, of what type, how it was trained, and of what input.
_EVERYWHERE = names(
    "activity_regularizer autocast batch_input_shape batch_shape batch_size build_config dtype "
    "dtype_policy experimental_autocast input_dim input_dtype input_shape name rank trainable "
    "weights"
)
# Keras 2 wrote these for layers that do not heed them.
_ALWAYS_ONE = {
    ("groups", kind)
    for kind in [
        "Conv1DTranspose",
        "Conv2DTranspose",
        "Conv3DTranspose",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "SeparableConv1D",
        "SeparableConv2D",
    ]
}

# Of calls: what a converter heeds, and what is of the training alone.
_OF_CALLS = names(
    "attention_mask constants count_weights initial_state key key_mask mask query query_mask "
    "return_attention_scores reverse states training use_causal_mask value value_mask weights"
)


def unknown_call_arguments(class_name: str, kwargs: Mapping[str, Any]) -> str:
    """The same of a call of such a layer."""
    if not _is_known(class_name):
        return ""
    found = [k for k, v in kwargs.items() if v is not None and k not in _OF_CALLS]
    return f"called with {', '.join(found[:5])}, which is not known here" if found else ""


def _is_known(class_name: str) -> bool:
    """Whether a class is one of Keras's, with the converter that is shipped."""
    entry = REGISTRY.get(class_name)
    return class_name in ARGUMENTS and entry is not None and not is_foreign(entry.convert)


def unknown_arguments(class_name: str, config: Mapping[str, Any]) -> str:
    """What the config of one of Keras's layers says that its class has no word for; "" if nothing.

    An argument that is None is not set.
    """
    if not _is_known(class_name):
        return ""
    known = _EVERYWHERE.union(ARGUMENTS[class_name].split())
    found = [k for k, v in config.items() if v is not None and k not in known]
    found += [k for k, v in config.items() if (k, class_name) in _ALWAYS_ONE and v not in (1, None)]
    if not found:
        return ""
    told = ", ".join(one_line(f"{k}={config[k]!r}", 60) for k in found[:5])
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    noun = "argument" if len(found) == 1 else "arguments"
    return (
        f"{noun} {told}{more}, which no {class_name} of the versions of Keras known here has; "
        "if it is a class of your own, register it under its own name"
    )
