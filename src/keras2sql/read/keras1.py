"""Layers of Keras 1 under the names and in the layout of those of today.

What each argument and array meant is that of the sources of Keras 1.2.2.  An argument that is
not known here is refused: what one ignores may change every number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras2sql.layers.registry import REGISTRY, Refused
from keras2sql.layers.whole import names

# Of the training alone, of the first layer's input, or of speed.
_HARMLESS = names(
    "activity_regularizer b_constraint b_regularizer batch_input_shape beta_init "
    "beta_regularizer consume_less create_input_layer depthwise_constraint "
    "depthwise_regularizer dropout_U dropout_W forget_bias_init gamma_init "
    "gamma_regularizer init inner_init input_dtype input_length input_shape momentum name "
    "pointwise_constraint pointwise_regularizer trainable unroll U_regularizer "
    "W_constraint W_regularizer weights"
)
_PLAIN = ("input_dim",)

# The class of today, and of its arguments the name that each one of Keras 1 has now; one
# without a name is dealt with below.
_Arguments = dict[str, str]
_CONV: _Arguments = {
    "nb_filter": "filters",
    "activation": "activation",
    "border_mode": "padding",
    "bias": "use_bias",
}
_CONV1D: _Arguments = {**_CONV, "filter_length": "kernel_size", "subsample_length": "strides"}
_CONV2D: _Arguments = {
    **_CONV,
    "subsample": "strides",
    "nb_row": "",
    "nb_col": "",
    "dim_ordering": "data_format",
}
_POOL1D: _Arguments = {"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"}
_POOL: _Arguments = {
    "pool_size": "pool_size",
    "strides": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
}
_RECURRENT: _Arguments = {
    "output_dim": "units",
    "activation": "activation",
    "inner_activation": "recurrent_activation",
    "return_sequences": "return_sequences",
    "go_backwards": "go_backwards",
    "stateful": "stateful",
}
_DENSE: _Arguments = {"output_dim": "units", "activation": "activation", "bias": "use_bias"}
_ORDERED: _Arguments = {"dim_ordering": "data_format"}

_LAYERS: dict[str, tuple[str, _Arguments]] = {
    "Activation": ("Activation", {"activation": "activation"}),
    "ActivityRegularization": ("ActivityRegularization", {"l1": "l1", "l2": "l2"}),
    "AtrousConvolution1D": ("Conv1D", {**_CONV1D, "atrous_rate": "dilation_rate"}),
    "AtrousConvolution2D": ("Conv2D", {**_CONV2D, "atrous_rate": "dilation_rate"}),
    "AveragePooling1D": ("AveragePooling1D", _POOL1D),
    "AveragePooling2D": ("AveragePooling2D", _POOL),
    "AveragePooling3D": ("AveragePooling3D", _POOL),
    "BatchNormalization": (
        "BatchNormalization",
        {"epsilon": "epsilon", "axis": "axis", "mode": ""},
    ),
    "Bidirectional": ("Bidirectional", {"merge_mode": "merge_mode", "layer": "layer"}),
    "Convolution1D": ("Conv1D", _CONV1D),
    "Convolution2D": ("Conv2D", _CONV2D),
    "Convolution3D": (
        "Conv3D",
        {**_CONV2D, **dict.fromkeys(("kernel_dim1", "kernel_dim2", "kernel_dim3"), "")},
    ),
    "Cropping1D": ("Cropping1D", {"cropping": "cropping"}),
    "Cropping2D": ("Cropping2D", {"cropping": "cropping", **_ORDERED}),
    "Cropping3D": ("Cropping3D", {"cropping": "cropping", **_ORDERED}),
    "Dense": ("Dense", _DENSE),
    "Dropout": ("Dropout", {"p": "rate"}),
    "ELU": ("ELU", {"alpha": "alpha"}),
    "Embedding": (
        "Embedding",
        {
            "input_dim": "input_dim",
            "output_dim": "output_dim",
            "mask_zero": "mask_zero",
            "dropout": "dropout",
        },
    ),
    "Flatten": ("Flatten", {}),
    "GRU": ("GRU", _RECURRENT),
    "GaussianDropout": ("GaussianDropout", {"p": "rate"}),
    "GaussianNoise": ("GaussianNoise", {"sigma": "stddev"}),
    "GlobalAveragePooling1D": ("GlobalAveragePooling1D", {}),
    "GlobalAveragePooling2D": ("GlobalAveragePooling2D", _ORDERED),
    "GlobalAveragePooling3D": ("GlobalAveragePooling3D", _ORDERED),
    "GlobalMaxPooling1D": ("GlobalMaxPooling1D", {}),
    "GlobalMaxPooling2D": ("GlobalMaxPooling2D", _ORDERED),
    "GlobalMaxPooling3D": ("GlobalMaxPooling3D", _ORDERED),
    "Highway": ("Highway", {"activation": "activation", "bias": "use_bias"}),
    "InputLayer": ("InputLayer", {"sparse": "sparse", "batch_shape": "batch_shape"}),
    "LSTM": ("LSTM", _RECURRENT),
    "LeakyReLU": ("LeakyReLU", {"alpha": "alpha"}),
    "Masking": ("Masking", {"mask_value": "mask_value"}),
    "MaxPooling1D": ("MaxPooling1D", _POOL1D),
    "MaxPooling2D": ("MaxPooling2D", _POOL),
    "MaxPooling3D": ("MaxPooling3D", _POOL),
    "MaxoutDense": (
        "MaxoutDense",
        {"output_dim": "units", "nb_feature": "features", "bias": "use_bias"},
    ),
    "PReLU": ("PReLU", {"shared_axes": "shared_axes"}),
    "Permute": ("Permute", {"dims": "dims"}),
    "RepeatVector": ("RepeatVector", {"n": "n"}),
    "Reshape": ("Reshape", {"target_shape": "target_shape"}),
    "SeparableConvolution2D": (
        "SeparableConv2D",
        {**_CONV2D, "depth_multiplier": "depth_multiplier"},
    ),
    "SimpleRNN": ("SimpleRNN", _RECURRENT),
    "SpatialDropout1D": ("SpatialDropout1D", {"p": "rate"}),
    "SpatialDropout2D": ("SpatialDropout2D", {"p": "rate", **_ORDERED}),
    "SpatialDropout3D": ("SpatialDropout3D", {"p": "rate", **_ORDERED}),
    "ThresholdedReLU": ("ThresholdedReLU", {"theta": "theta"}),
    "TimeDistributed": ("TimeDistributed", {"layer": "layer"}),
    "TimeDistributedDense": ("Dense", _DENSE),
    "UpSampling1D": ("UpSampling1D", {"length": "size"}),
    "UpSampling2D": ("UpSampling2D", {"size": "size", **_ORDERED}),
    "UpSampling3D": ("UpSampling3D", {"size": "size", **_ORDERED}),
    "ZeroPadding1D": ("ZeroPadding1D", {"padding": "padding"}),
    "ZeroPadding2D": ("ZeroPadding2D", {"padding": "padding", **_ORDERED}),
    "ZeroPadding3D": ("ZeroPadding3D", {"padding": "padding", **_ORDERED}),
}
_ALIASES = {
    "AtrousConv1D": "AtrousConvolution1D",
    "AtrousConv2D": "AtrousConvolution2D",
    "Conv1D": "Convolution1D",
    "Conv2D": "Convolution2D",
    "Conv3D": "Convolution3D",
    "SeparableConv2D": "SeparableConvolution2D",
}
_NONE = "the file is of Keras 1, whose class {} has no converter"
# These know the place of the channels, and Keras 1 did not write it.
_UNTOLD = frozenset(
    ("Cropping2D", "Cropping3D", "UpSampling2D", "UpSampling3D", "ZeroPadding2D", "ZeroPadding3D")
)
_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
}
_OF_KERAS_2 = names(
    "units filters kernel_size use_bias data_format rate recurrent_activation "
    "kernel_initializer bias_initializer gamma_initializer center dtype stddev "
    "embeddings_initializer noise_shape negative_slope batch_shape"
)


@dataclass(frozen=True)
class Translated:
    """A layer of Keras 1: its class and config of today, or why it has none."""

    class_name: str
    config: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def translated(class_name: str, config: Mapping[str, Any], told: bool) -> Translated:
    """A layer's class and arguments under the names of today.

    With `told` the file says that it is of Keras 1; else a layer with the arguments of Keras 2
    is left as it is.
    """
    if not told and (_OF_KERAS_2 & set(config) or not config):
        return Translated(class_name, dict(config))
    known = _ALIASES.get(class_name, class_name)
    if known == "Merge":
        return _merge(config)
    if known not in _LAYERS and known in REGISTRY:
        return Translated(class_name, dict(config))
    if known not in _LAYERS:
        return Translated(class_name, dict(config), _NONE.format(class_name))
    today, arguments = _LAYERS[known]
    out = {new: config[old] for old, new in arguments.items() if new and old in config}
    out |= {k: config[k] for k in ("name", "trainable", "batch_input_shape") if k in config}
    if "input_dtype" in config:
        out["input_dtype"] = config["input_dtype"]
    unknown = sorted(set(config) - set(arguments) - _HARMLESS - set(_PLAIN))
    problem = _UNKNOWN.format(", ".join(f"{k}={config[k]!r}" for k in unknown)) if unknown else ""
    try:
        _translate_values(known, config, out)
    except Refused as refusal:
        problem = problem or str(refusal)
    return Translated(today, out, problem)


_UNKNOWN = "the file is of Keras 1, whose argument {} is not known here"


def _translate_values(known: str, config: Mapping[str, Any], out: dict[str, Any]) -> None:
    """Arguments whose values changed."""
    if "data_format" in out:
        out["data_format"] = _channels(out["data_format"])
    elif known in _UNTOLD:
        out["data_format"] = None
    if "nb_row" in config:
        out["kernel_size"] = [config["nb_row"], config.get("nb_col")]
    if "kernel_dim1" in config:
        out["kernel_size"] = [config.get(f"kernel_dim{n}") for n in (1, 2, 3)]
    if out.get("padding") == "full":
        raise Refused("border_mode='full' of Keras 1")
    if known.startswith(("ZeroPadding", "Cropping")):
        name = "padding" if known.startswith("Z") else "cropping"
        out[name] = _sides(out.get(name), int(known[-2]))
    if known == "BatchNormalization":
        _normalization(config, out)
    if known in ("LSTM", "GRU", "SimpleRNN"):
        out["reset_after"] = False
        out.setdefault("recurrent_activation", "hard_sigmoid")
    if known == "Bidirectional" and config.get("merge_mode", "concat") not in (
        "concat",
        "sum",
        "mul",
        "ave",
        None,
    ):
        raise Refused(f"merge_mode={config['merge_mode']!r}")


def _channels(ordering: Any) -> str:
    found = {"th": "channels_first", "tf": "channels_last"}.get(str(ordering))
    if found is None:
        raise Refused(f"dim_ordering={ordering!r} of Keras 1 says not where the channels are")
    return found


def _sides(value: Any, rank: int) -> Any:
    """Padding or cropping as pairs for each axis."""
    if isinstance(value, Mapping):
        order = (
            [("left_pad", "right_pad")]
            if rank == 1
            else [
                ("top_pad", "bottom_pad"),
                ("left_pad", "right_pad"),
            ]
        )
        if rank > 2 or set(value) - {side for pair in order for side in pair}:
            raise Refused(f"padding={dict(value)!r} of Keras 1")
        pairs = [[value.get(a, 0), value.get(b, 0)] for a, b in order]
        return pairs[0] if rank == 1 else pairs
    if isinstance(value, list | tuple) and rank == 2 and len(value) == 4:
        return [list(value[:2]), list(value[2:])]
    return value


def _normalization(config: Mapping[str, Any], out: dict[str, Any]) -> None:
    mode = config.get("mode", 0)
    if mode not in (0, 1):
        raise Refused(
            f"mode={mode!r} of Keras 1 normalises over the rows of a batch, "
            "and SQL computes each row by itself"
        )
    if mode == 1:
        out["each_row"] = True


def _merge(config: Mapping[str, Any]) -> Translated:
    mode, told = str(config.get("mode", "sum")), dict(config)
    for name in ("output_shape", "output_mask"):
        if config.get(name) is not None:
            return Translated("Merge", told, f"merge with {name} of Keras 1")
    if config.get("mode_type", "raw") != "raw" or mode not in _MERGES:
        return Translated("Merge", told, f"merge mode {mode!r} of Keras 1")
    if "layers" in config:
        return Translated("Merge", told, "a Sequential model of Keras 1 that begins with branches")
    out = {k: config[k] for k in ("name", "trainable") if k in config}
    if mode == "concat":
        out["axis"] = config.get("concat_axis", -1)
    if mode == "dot":
        out["axes"] = config.get("dot_axes", -1)
    return Translated(_MERGES[mode], out)
