"""Write src/keras2sql/layers/signatures.py: the arguments that Keras's layers take.

Run it after an update of Keras, then write over the file what it prints::

    KERAS_BACKEND=jax python tools/list_keras_arguments.py
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator

import keras

from keras2sql.layers import REGISTRY

# What Keras 1 and 2 wrote for the same classes: the signatures and configs of 2.0 to 2.15.
_RECURRENT = "implementation input_dim input_length num_constants time_major"
_CONVOLUTION = "groups"
OLDER = {
    "AdditiveAttention": "causal",
    "Attention": "causal",
    "MultiHeadAttention": "key_shape query_shape value_shape",
    "BatchNormalization": "fused virtual_batch_size",
    "DepthwiseConv1D": "groups",
    "DepthwiseConv2D": "groups",
    "Embedding": "input_length sparse",
    "Highway": "activation use_bias",
    "LeakyReLU": "alpha",
    "MaxoutDense": "units features use_bias",
    "ThresholdedReLU": "theta",
    "GRUCell": "implementation",
    "LSTMCell": "implementation",
    "SimpleRNNCell": "implementation",
    "SeparableConv1D": "groups kernel_initializer kernel_regularizer kernel_constraint",
    "SeparableConv2D": "groups kernel_initializer kernel_regularizer kernel_constraint",
    "LayerNormalization": "rms_scaling",
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _CONVOLUTION),
    **dict.fromkeys(("RNN", "LSTM", "GRU", "SimpleRNN"), _RECURRENT),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _RECURRENT),
}
# Of every layer.
BASE = {"name", "trainable", "dtype", "kwargs", "args", "activity_regularizer"}
# Of the bases that layers share: not written into configs.
INNER = {"rank", "conv_op", "pool_dimensions", "pool_mode", "pool_function"}


def arguments(kind: type) -> set[str]:
    """The arguments of a class and what it writes into its config."""
    found: set[str] = set()
    for base in kind.__mro__:
        if base is keras.layers.Layer:
            break
        own = vars(base)
        if "__init__" in own:
            found |= set(inspect.signature(own["__init__"]).parameters) - {"self"}
        if "get_config" in own:
            found |= set(re.findall(r'"(\w+)":', inspect.getsource(own["get_config"])))
            found |= set(re.findall(r'config\["(\w+)"\]', inspect.getsource(own["get_config"])))
    return found


def table() -> Iterator[tuple[str, list[str]]]:
    for name in sorted(REGISTRY):
        if ">" in name:
            continue
        kind = getattr(keras.layers, name, None)
        found = arguments(kind) if kind is not None else set()
        yield name, sorted((found | set(OLDER.get(name, "").split())) - BASE - INNER)


def main() -> None:
    print('"""The arguments of layers; written by tools/list_keras_arguments.py."""\n')
    print("from __future__ import annotations\n")
    print("ARGUMENTS: dict[str, str] = {")
    for name, found in table():
        text = " ".join(found)
        if len(text) + len(name) < 86:
            print(f'    "{name}": "{text}",')
            continue
        print(f'    "{name}": (')
        lines = textwrap.wrap(text, 84)
        for line in lines[:-1]:
            print(f'        "{line} "')
        print(f'        "{lines[-1]}"\n    ),')
    print("}")


if __name__ == "__main__":
    main()
