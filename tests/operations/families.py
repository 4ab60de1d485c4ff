"""Every operation of `keras.ops` that converts, by family: a family is one Keras model.

An operation is written as users write it, on the family's inputs x, y, ...; an output of
the model each.  `HIDDEN` are written in other ways than by a function of the same name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import activations, ops

Shape = tuple[int, ...]
Tensors = Any


@dataclass(frozen=True, eq=False)
class Family:
    """`shapes` and `values` are those of the inputs: "normal", "wide", "divisors" or "ids"."""

    name: str
    shapes: tuple[Shape, ...]
    values: tuple[str, ...]
    outputs: tuple[Callable[..., Tensors], ...]


RNG = np.random.default_rng(5)
K34, K43, K4, K3 = (RNG.normal(size=s) for s in ((3, 4), (4, 3), (4,), (3,)))
GRID = np.array([-2.0, -0.5, 0.0, 1.5])

UNARY = (
    "abs absolute arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil conj conjugate copy cos "
    "cosh deg2rad erf erfc exp exp2 expm1 fabs floor imag isfinite isinf isnan isneginf isposinf "
    "isreal log log10 log1p log2 logical_not nan_to_num negative rad2deg real reciprocal round "
    "rsqrt sign signbit sin sinc sinh sqrt square stop_gradient tan tanh trunc zeros_like "
    "ones_like angle convert_to_tensor array"
)
BINARY = (
    "add arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater greater_equal "
    "heaviside hypot isclose less less_equal logaddexp logaddexp2 logical_and logical_or "
    "logical_xor maximum minimum mod multiply not_equal subtract true_divide"
)
ACTIVATIONS = (
    "celu elu gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu "
    "log_sigmoid relu relu6 selu sigmoid silu soft_shrink softplus softsign sparse_plus "
    "sparse_sigmoid squareplus swish tanh_shrink glu log_softmax softmax sparsemax"
)
REDUCTIONS = (
    "sum mean prod max min amax amin any all argmax argmin count_nonzero var std ptp logsumexp "
    "median nansum nanprod nanmean nanmax nanmin average"
)


def named(names: str, **options: Any) -> tuple[Callable[..., Tensors], ...]:
    """A function for each name of `keras.ops`, called on all inputs."""
    return tuple(functools.partial(getattr(ops, name), **options) for name in names.split())


FAMILIES = (
    Family("unary", ((9,),), ("wide",), named(UNARY)),
    Family(
        "binary",
        ((9,), (9,)),
        ("wide", "divisors"),
        (
            *named(BINARY),
            lambda x, y: ops.ldexp(x, ops.cast(y, "int32")),
            lambda x, y: ops.power(x, y),
            lambda x, y: ops.where(x > y, x, 3),
            lambda x, y: ops.where(x, y > 0, y < 1),
            lambda x, y: ops.select([x > y, x > 0], [x, 2 * y], 7.0),
            lambda x, y: ops.full_like(x, 2.5),
            lambda x, y: ops.isclose(x, y, rtol=0.5, atol=1.0),
        ),
    ),
    Family(
        "constants on either side",
        ((9,),),
        ("wide",),
        (
            lambda x: 2 - x,
            lambda x: 1 / x,
            lambda x: x / 4,
            lambda x: ops.power(2.5, x / 10),
            lambda x: ops.power(-2.0, ops.round(x / 10)),
            lambda x: ops.power(0.0, x),
            lambda x: x**2,
            lambda x: x**3,
            lambda x: x**-1,
            lambda x: x**0,
            lambda x: x**0.5,
            lambda x: x**1.5,
            lambda x: x**-2.5,
            lambda x: x**5,
            lambda x: x**-6,
            lambda x: x // 2.5,
            lambda x: x % -3,
            lambda x: -x,
            lambda x: abs(x),
            lambda x: 3 > x,
            lambda x: (x > 0) & (x < 2),
            lambda x: (x > 2) | (x < 0),
            lambda x: (x > 2) ^ (x > 0),
            lambda x: ~(x > 1),
            lambda x: x != 0.5,
            lambda x: ops.clip(x, -1.5, 2),
            lambda x: ops.round(x, 1),
            lambda x: x * np.arange(9.0),
            lambda x: ops.subtract(np.arange(9.0)[None], x),
            lambda x: ops.isin(x, [0.5, 1, 3]),
            lambda x: ops.digitize(x, GRID),
            lambda x: ops.searchsorted(GRID, x),
            lambda x: ops.nan_to_num(ops.log(x), nan=5, posinf=7, neginf=-7),
        ),
    ),
    Family(
        "truth values and casts",
        ((6,), (6,)),
        ("wide", "divisors"),
        (
            lambda x, y: (x > 0) * y,
            lambda x, y: ops.add(x > 0, y > 0),
            lambda x, y: ops.multiply(x > 0, y > 0),
            lambda x, y: ops.maximum(x > 0, y > 0),
            lambda x, y: ops.minimum(x > 0, y > 0),
            lambda x, y: ops.bitwise_and(x > 0, y > 0),
            lambda x, y: ops.bitwise_or(x > 0, y > 0),
            lambda x, y: ops.bitwise_xor(x > 0, y > 0),
            lambda x, y: ops.bitwise_not(x > 0),
            lambda x, y: ops.bitwise_invert(x > 0),
            lambda x, y: ops.where(x > 0, y > 0, y),
            lambda x, y: ops.cast(x, "int32") / 4,
            lambda x, y: ops.saturate_cast(x, "int32"),
            lambda x, y: ops.saturate_cast(100 * x, "uint8"),
            lambda x, y: ops.cast(ops.cast(99 * x, "int32"), "int8") / 4,
            lambda x, y: ops.cast(ops.cast(99 * x, "int32"), "uint16") / 4,
            lambda x, y: ops.cast(x, "bool"),
            lambda x, y: ops.cast(x > y, "float64"),
            lambda x, y: ops.sign(x) / (ops.sign(y) + 3),
            lambda x, y: (ops.sign(x) + ops.sign(y)) / (ops.argmax(x, -1, keepdims=True) + 2),
        ),
    ),
    Family("activations", ((10,),), ("wide",), named(ACTIVATIONS)),
    Family(
        "activations with options",
        ((4, 6),),
        ("wide",),
        (
            lambda x: ops.celu(x, 0.3),
            lambda x: ops.elu(x, 0.3),
            lambda x: ops.gelu(x, approximate=False),
            lambda x: ops.hard_shrink(x, 2.0),
            lambda x: ops.leaky_relu(x, 0.3),
            lambda x: ops.soft_shrink(x, 2.0),
            lambda x: ops.squareplus(x, 2),
            lambda x: ops.threshold(x, 1.5, -2.0),
            lambda x: activations.relu(x, negative_slope=0.1, max_value=2, threshold=0.5),
            lambda x: ops.softmax(x, axis=1),
            lambda x: ops.softmax(x, axis=(1, 2)),
            lambda x: ops.log_softmax(x, axis=-2),
            lambda x: ops.glu(x, axis=1),
        ),
    ),
    Family("reductions", ((3, 4),), ("normal",), named(REDUCTIONS, axis=1)),
    Family(
        "reductions of several axes",
        ((2, 3, 2),),
        ("normal",),
        (
            lambda x: ops.sum(x, (1, 3), keepdims=True),
            lambda x: ops.mean(x, (-1, 1)),
            lambda x: ops.max(x, (1, 2), initial=1.0),
            lambda x: ops.min(x, (1, 2, 3), initial=-1.0),
            lambda x: ops.all(x > -2, (2, 3)),
            lambda x: ops.any(x > 2, -1, keepdims=True),
            lambda x: ops.mean(x > 0, -1),
            lambda x: ops.count_nonzero(x > 0, (1, 2)),
            lambda x: ops.argmax(x, 2, keepdims=True),
            lambda x: ops.std(x, (1, 2)),
            lambda x: ops.moments(x, (1, 2))[0],
            lambda x: ops.moments(x, -1, keepdims=True)[1],
            lambda x: ops.logsumexp(400 * x, (1, 2), keepdims=True),
            lambda x: ops.average(x, 2, weights=np.array([1.0, 2.0, 4.0])),
            lambda x: ops.nanmean(ops.log(x), 2),
            lambda x: ops.nansum(ops.sqrt(x), 2),
            lambda x: ops.nanmax(ops.log(x), (1, 2)),
            lambda x: ops.nanmin(ops.log(x), 3, keepdims=True),
        ),
    ),
    Family(
        "norms",
        ((3, 4),),
        ("normal",),
        (
            *(
                lambda x, p=p: ops.norm(x, p, axis=(-1,))
                for p in (1, 2, 3, 0, np.inf, -np.inf, 2.5)
            ),
            *(lambda x, p=p: ops.norm(x, p, axis=(1, 2)) for p in (1, -1, np.inf, -np.inf)),
            lambda x: ops.norm(x, axis=(2, 1), keepdims=True),
            lambda x: ops.norm(x, 1, axis=(2, 1), keepdims=True),
            lambda x: ops.norm(x, "fro", axis=(1, 2)),
            lambda x: ops.normalize(x, axis=1),
            lambda x: ops.normalize(x, order=3),
            lambda x: ops.layer_normalization(x),
            lambda x: ops.layer_normalization(x, K4, K4 + 1, epsilon=1e-3),
            lambda x: ops.layer_normalization(x, K34, axis=(1, 2)),
            lambda x: ops.rms_normalization(x, axis=1),
            lambda x: ops.rms_normalization(x, K4),
            lambda x: ops.batch_normalization(x, K4, K4**2, -1),
            lambda x: ops.batch_normalization(
                x, K34[:, 0], K34[:, 1] ** 2, 1, K34[:, 2], K34[:, 3]
            ),
        ),
    ),
    Family(
        "shapes",
        ((2, 3, 4),),
        ("normal",),
        (
            lambda x: ops.reshape(x, (-1, 6, 4)),
            lambda x: ops.reshape(x, (-1, 24)),
            lambda x: ops.transpose(x, (0, 3, 1, 2)),
            lambda x: ops.swapaxes(x, 1, -1),
            lambda x: ops.moveaxis(x, 1, 3),
            lambda x: ops.moveaxis(x, (1, 2), (2, 3)),
            lambda x: ops.expand_dims(x, 2),
            lambda x: ops.squeeze(ops.expand_dims(x, -1), -1),
            lambda x: ops.squeeze(ops.expand_dims(x, (1, 3))),
            lambda x: ops.tile(x, (1, 2, 1, 2)),
            lambda x: ops.tile(x, 2),
            lambda x: ops.repeat(x, 2, axis=2),
            lambda x: ops.flip(x, (1, 2)),
            lambda x: ops.fliplr(x),
            lambda x: ops.roll(x, 2, axis=3),
            lambda x: ops.roll(x, (1, -1), axis=(1, 2)),
            lambda x: ops.rot90(x, 1, axes=(2, 3)),
            lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 2), (1, 1)), constant_values=3.0),
            lambda x: ops.pad(x, ((0, 0), (1, 1), (2, 0), (0, 3)), mode="reflect"),
            lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 2), (1, 1)), mode="symmetric"),
            lambda x: ops.pad(x, ((0, 0), (1, 0), (0, 2), (1, 1)), mode="edge"),
            lambda x: ops.tril(x),
            lambda x: ops.triu(x, 1),
            lambda x: ops.diagonal(x, 1, 2, 3),
            lambda x: ops.trace(x, 0, 1, -1),
            lambda x: ops.cumsum(x, axis=2),
            lambda x: ops.cumprod(x, axis=-1),
            lambda x: ops.diff(x, axis=-1),
            lambda x: ops.diff(x, 2, axis=2),
            lambda x: ops.trapezoid(x, dx=0.5),
            lambda x: ops.depth_to_space(x, 2),
            lambda x: ops.space_to_depth(ops.transpose(x, (0, 1, 3, 2)), 2),
            lambda x: ops.depth_to_space(ops.transpose(x, (0, 3, 1, 2)), 2, "channels_first"),
            lambda x: ops.space_to_depth(ops.transpose(x, (0, 2, 3, 1)), 2, "channels_first"),
        ),
    ),
    Family(
        "several tensors",
        ((2, 3), (2, 3)),
        ("normal", "normal"),
        (
            lambda x, y: ops.concatenate([x, y, x], axis=1),
            lambda x, y: ops.concatenate([x, y > 0], axis=-1),
            lambda x, y: ops.append(x, y, axis=2),
            lambda x, y: ops.stack([x, y], axis=1),
            lambda x, y: ops.stack([x, y], axis=-1),
            lambda x, y: ops.hstack([x, y]),
            lambda x, y: ops.dstack([x, y]),
            lambda x, y: ops.split(x, 3, axis=2)[1],
            lambda x, y: ops.split(x, [1], axis=2)[1],
            lambda x, y: ops.array_split(x, 2, axis=2)[1],
            lambda x, y: ops.hsplit(x, 2)[1],
            lambda x, y: ops.dsplit(x, [2])[0],
            lambda x, y: ops.unstack(x, axis=1)[1],
            lambda x, y: ops.cross(x, y),
        ),
    ),
    Family(
        "indices",
        ((3, 4),),
        ("normal",),
        (
            lambda x: x[:, 0],
            lambda x: x[:, -1, 1],
            lambda x: x[..., 0],
            lambda x: x[:, 1:, ::2],
            lambda x: x[:, ::-1, -3:-1],
            lambda x: x[:, None, 1],
            lambda x: x[..., None],
            lambda x: x[:, :, None, 1:3],
            lambda x: ops.take(x, [2, 0, -1], axis=1),
            lambda x: ops.take(x, 2, axis=-1),
            lambda x: ops.take(x, [[0, 1], [3, 2]], axis=2),
            lambda x: ops.take_along_axis(x, np.array([[[0, 3], [1, 1], [2, 0]]]), axis=2),
            lambda x: ops.take_along_axis(x, ops.argsort(x, axis=1), axis=1),
            lambda x: ops.sort(x, axis=1),
            lambda x: ops.sort(ops.floor(x)),
            lambda x: ops.argsort(ops.floor(x), axis=-1),
            lambda x: ops.top_k(ops.floor(x), 2)[0],
            lambda x: ops.top_k(ops.floor(x), 3)[1],
            lambda x: ops.quantile(x, 0.3, axis=(2,), keepdims=True),
            lambda x: ops.quantile(x, 0.3, axis=(1,), method="nearest"),
            lambda x: ops.percentile(x, 80, axis=-1),
            lambda x: ops.percentile(x, 80, axis=-1, method="lower"),
            lambda x: ops.percentile(x, 30, axis=1, method="higher"),
            lambda x: ops.percentile(x, 30, axis=1, method="midpoint"),
            lambda x: ops.percentile(x, 30, axis=1, method="nearest"),
        ),
    ),
    Family(
        "ids",
        ((5,),),
        ("ids",),
        (
            lambda x: ops.one_hot(ops.cast(x, "int32"), 5),
            lambda x: ops.one_hot(ops.cast(x - 1, "int32"), 3, axis=1),
            lambda x: ops.multi_hot(ops.cast(x, "int32"), 6),
            lambda x: ops.take(K43, ops.cast(x, "int32") % 4, axis=0),
            lambda x: ops.take(K4, ops.cast(x, "int32") - 4),
        ),
    ),
    Family(
        "products",
        ((3, 4), (4, 3), (4,), (3, 4)),
        ("normal",) * 4,
        (
            lambda x, y, v, z: x @ y,
            lambda x, y, v, z: x @ K43,
            lambda x, y, v, z: ops.matmul(K43, x),
            lambda x, y, v, z: v @ K43,
            lambda x, y, v, z: x @ K4,
            lambda x, y, v, z: ops.matmul(K34[:, 0], x),
            lambda x, y, v, z: x[:, None] @ ops.stack([y, y + 1], axis=1),
            lambda x, y, v, z: ops.matmul(x, K43[None]),
            lambda x, y, v, z: ops.matmul(x[:, None], np.stack([K43, K43 + 1])),
            lambda x, y, v, z: ops.dot(x, K43),
            lambda x, y, v, z: ops.dot(v, K4),
            lambda x, y, v, z: ops.dot(x, 2.0),
            lambda x, y, v, z: ops.inner(x, K34),
            lambda x, y, v, z: ops.tensordot(x, K43, axes=1),
            lambda x, y, v, z: ops.tensordot(x, K34, axes=2),
            lambda x, y, v, z: ops.tensordot(x, K43, axes=([1], [1])),
            lambda x, y, v, z: ops.einsum("bij,bjk->bik", x, y),
            lambda x, y, v, z: ops.einsum("bij,bkj->bik", x, z),
            lambda x, y, v, z: ops.einsum("bij,bj->b", x, v),
            lambda x, y, v, z: ops.einsum("bij,bij->bj", x, z),
            lambda x, y, v, z: ops.einsum("...ij,jk->...ik", x, K43),
            lambda x, y, v, z: ops.einsum("bij->bji", x),
            lambda x, y, v, z: ops.einsum("bij->b", x),
            lambda x, y, v, z: ops.einsum("bii->bi", x @ y),
            lambda x, y, v, z: ops.einsum("aij,jk", x, K43),
            lambda x, y, v, z: ops.einsum("bij,jk,bk->bi", x, K43, ops.sum(y, 1)),
            lambda x, y, v, z: ops.einsum("jk,bij->bki", K43, x),
        ),
    ),
    Family(
        "windows",
        ((6, 4), (5, 6, 4)),
        ("normal", "normal"),
        (
            lambda x, y: ops.average_pool(x, 2, 2),
            lambda x, y: ops.average_pool(y, 3, 2, padding="same"),
            lambda x, y: ops.max_pool(y, (2, 3), 1),
            lambda x, y: ops.max_pool(y, 2, 2, data_format="channels_first"),
            lambda x, y: ops.adaptive_average_pool(x, (4,), data_format="channels_last"),
            lambda x, y: ops.adaptive_max_pool(y, (2, 3), data_format="channels_last"),
            lambda x, y: ops.conv(x, K34[:, :, None], 1),
            lambda x, y: ops.conv(y, K34.reshape(3, 1, 4, 1), 2, padding="same"),
            lambda x, y: ops.conv(x, K34[:2, :, None], 1, dilation_rate=2),
            lambda x, y: ops.depthwise_conv(x, K34[:, :, None], 1, padding="same"),
        ),
    ),
    Family(
        "attention",
        ((3, 2, 4), (3, 2, 4)),
        ("normal", "normal"),
        (
            lambda x, y: ops.dot_product_attention(x, y, x),
            lambda x, y: ops.dot_product_attention(x, y, y, scale=0.7, is_causal=True),
        ),
    ),
)

# Classes of operations that no function of keras.ops makes, or that only files can hold.
HIDDEN = {"Abs": "an alias of Absolute", "Conj": "an alias of Conjugate"}
