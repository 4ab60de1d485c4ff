"""Convolutions with a batch normalisation folded into their kernel before it is quantised."""

from __future__ import annotations

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import Array
from keras2sql.layers.common import variable
from keras2sql.layers.registry import Layer, Refused, converts
from keras2sql.recipes.common import inner, options
from keras2sql.recipes.qkeras.layers import activated, plain, training
from keras2sql.recipes.qkeras.weights import quantized

_WINDOW = "kernel_size strides padding data_format dilation_rate activation use_bias"
_FOLDED = "axis epsilon center scale folding_mode bias_quantizer"
_TRAINING = (
    "groups momentum ema_freeze_delay renorm renorm_clipping renorm_momentum fused "
    f"virtual_batch_size {training('gamma', 'beta', 'moving_mean', 'moving_variance', 'bias')}"
)
_NORM = "iteration gamma?scale beta?center moving_mean moving_variance"


@converts("*>QConv2DBatchnorm", weights=f"kernel bias?use_bias {_NORM}")
def folded_convolution(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    known = f"filters {_WINDOW} {_FOLDED} kernel_quantizer"
    options(layer, known, f"{_TRAINING} {training('kernel')}")
    kernel = variable(layer, "kernel", (-1, -1, -1, layer.config["filters"]))
    inverse, bias = _statistics(layer, kernel.shape[-1])
    folded = inverse * np.asarray(kernel, dtype=np.float32)
    arrays = {"kernel": quantized(layer, "kernel_quantizer", folded, is_kernel=True), "bias": bias}
    y = inner(graph, layer, "Conv2D", plain(layer, use_bias=True), arrays, x)
    return activated(graph, layer, y)


@converts("*>QDepthwiseConv2DBatchnorm", weights=f"depthwise_kernel bias?use_bias {_NORM}")
def folded_depthwise(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    known = f"{_WINDOW} {_FOLDED} depth_multiplier depthwise_quantizer"
    options(layer, known, f"{_TRAINING} {training('depthwise')}")
    kernel = variable(layer, "depthwise_kernel", (-1, -1, -1, -1))
    inverse, bias = _statistics(layer, kernel.shape[2] * kernel.shape[3])
    folded = inverse.reshape(kernel.shape[2:]) * np.asarray(kernel, dtype=np.float32)
    found = quantized(layer, "depthwise_quantizer", folded, is_kernel=True)
    config = plain(layer, use_bias=True)
    y = inner(graph, layer, "DepthwiseConv2D", config, {"kernel": found, "bias": bias}, x)
    return activated(graph, layer, y)


def _statistics(layer: Layer, channels: int) -> tuple[Array, Array]:
    """What the kernel is multiplied by, and the folded bias after its quantizer."""
    config = layer.config
    last = config["axis"] in (-1, 3, [3], [-1]) and config["data_format"] == "channels_last"
    if not last or not config["center"] or config.get("renorm"):
        raise Refused("a folded batch normalisation along another axis, without beta, or renorm")
    if config["folding_mode"] not in ("ema_stats_folding", "batch_stats_folding"):
        raise Refused(f"folding_mode={config['folding_mode']!r}")

    def single(name: str) -> Array:
        return np.asarray(variable(layer, name, (channels,)), dtype=np.float32)

    inverse = 1 / np.sqrt(single("moving_variance") + np.float32(config["epsilon"]))
    if config["scale"]:
        inverse = inverse * single("gamma")
    before = single("bias") if config["use_bias"] else np.float32(0)
    bias = inverse * (before - single("moving_mean")) + single("beta")
    return inverse, quantized(layer, "bias_quantizer", bias)
