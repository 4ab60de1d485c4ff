"""QDense, the convolutions, QActivation and QBatchNormalization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import Array
from keras2sql.layers.activations import activate
from keras2sql.layers.common import variable
from keras2sql.layers.registry import Layer, Refused, converts
from keras2sql.recipes.common import inner, options, refuse_mask
from keras2sql.recipes.qkeras.functions import FUNCTIONS, expression
from keras2sql.recipes.qkeras.specs import quantizer_of
from keras2sql.recipes.qkeras.weights import quantized


def training(*names: str) -> str:
    """The options of these weights that are of the training alone."""
    kinds = ("initializer", "regularizer", "constraint", "range")
    return " ".join(f"{name}_{kind}" for name in names for kind in kinds)


_WINDOW = "kernel_size strides padding data_format dilation_rate"
_KERNEL = f"groups {training('kernel', 'bias')}"
_DEPTHWISE = f"groups {training('depthwise', 'bias')}"


def activated(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """`x` after the layer's activation: a quantizer, a function of QKeras's, or one of Keras's."""
    given = layer.config.get("activation")
    quantizer = quantizer_of(given)
    if quantizer is not None:
        return graph.map(expression(quantizer), x)
    if isinstance(given, Mapping) and given.get("class_name") == "function":
        given = given.get("config")
    if isinstance(given, str) and given in FUNCTIONS:
        return graph.map(FUNCTIONS[given](), x)
    return activate(graph, layer, x, given)


def plain(layer: Layer, **changes: Any) -> dict[str, Any]:
    """The config of the layer of Keras inside, whose activation comes later."""
    if layer.config.get("groups", 1) != 1:
        raise Refused(f"groups={layer.config['groups']!r}")
    return {**layer.config, "activation": "linear", **changes}


def _bias(layer: Layer) -> dict[str, Array]:
    bias = layer.weight("bias")
    return {} if bias is None else {"bias": quantized(layer, "bias_quantizer", bias)}


def _kernel(layer: Layer, name: str, option: str) -> Array:
    found = layer.weight(name)
    assert found is not None, name
    return quantized(layer, option, found, is_kernel=True)


@converts("*>QActivation")
def q_activation(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    options(layer, "activation")
    refuse_mask(graph, x)
    return activated(graph, layer, x)


@converts("*>QDense", weights="kernel bias?use_bias")
def q_dense(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    known = "units activation use_bias kernel_quantizer bias_quantizer"
    options(layer, known, training("kernel", "bias"))
    kernel = _kernel(layer, "kernel", "kernel_quantizer")
    y = inner(graph, layer, "Dense", plain(layer), {"kernel": kernel, **_bias(layer)}, x)
    return graph.masked(activated(graph, layer, y), graph.mask(x))


@converts("*>QConv1D", "*>QConv2D", weights="kernel bias?use_bias")
def q_convolution(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    known = f"filters {_WINDOW} activation use_bias kernel_quantizer bias_quantizer"
    options(layer, known, _KERNEL)
    refuse_mask(graph, x)
    kernel = _kernel(layer, "kernel", "kernel_quantizer")
    y = inner(graph, layer, own_name(layer), plain(layer), {"kernel": kernel, **_bias(layer)}, x)
    return activated(graph, layer, y)


@converts("*>QDepthwiseConv2D", weights="depthwise_kernel bias?use_bias")
def q_depthwise(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    known = f"{_WINDOW} depth_multiplier activation use_bias depthwise_quantizer bias_quantizer"
    options(layer, known, _DEPTHWISE)
    kernel = _kernel(layer, "depthwise_kernel", "depthwise_quantizer")
    y = inner(graph, layer, own_name(layer), plain(layer), {"kernel": kernel, **_bias(layer)}, x)
    return activated(graph, layer, y)


@converts(
    "*>QSeparableConv1D",
    "*>QSeparableConv2D",
    weights="depthwise_kernel pointwise_kernel bias?use_bias",
)
def q_separable(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    known = f"filters {_WINDOW} depth_multiplier activation use_bias"
    quantizers = "depthwise_quantizer pointwise_quantizer bias_quantizer"
    others = training("depthwise", "pointwise", "bias", "kernel")
    options(layer, f"{known} {quantizers}", f"groups {others}")
    kernels = {
        f"{name}_kernel": _kernel(layer, f"{name}_kernel", f"{name}_quantizer")
        for name in ("depthwise", "pointwise")
    }
    arrays = {**kernels, **_bias(layer)}
    return activated(graph, layer, inner(graph, layer, own_name(layer), plain(layer), arrays, x))


@converts("*>QBatchNormalization", weights="gamma?scale beta?center moving_mean moving_variance")
def q_batch_normalization(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    quantizers = "gamma_quantizer beta_quantizer mean_quantizer variance_quantizer"
    others = training("gamma", "beta", "moving_mean", "moving_variance")
    options(layer, f"axis epsilon center scale {quantizers}", f"momentum {others}")
    arrays = {
        f"moving_{name}": quantized(
            layer,
            f"{name}_quantizer",
            variable(layer, f"moving_{name}", (-1,)),
            is_kernel=name == "variance",
        )
        for name in ("mean", "variance")
    }
    for name in ("gamma", "beta"):
        found = layer.weight(name)
        if found is not None:
            arrays[name] = quantized(layer, f"{name}_quantizer", found, is_kernel=name == "gamma")
    y = inner(graph, layer, "BatchNormalization", layer.config, arrays, x)
    return graph.masked(y, graph.mask(x))


def own_name(layer: Layer) -> str:
    """Keras's name of the layer inside: that of the class without its Q."""
    return layer.class_name.rpartition(">")[2].removeprefix("Q")
