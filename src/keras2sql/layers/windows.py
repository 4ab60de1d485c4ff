"""Which elements each place of a sliding window sees, axis by axis.

A table of an axis has the shape (positions, kernel): the index of the element under each
place of the window at each position, and -1 where that is padding.  Convolution, pooling
and transposed convolution differ in the tables alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import Places, ShapeError
from keras2sql.layers.common import Index, channels_first, check_choice, choose, need_rank
from keras2sql.layers.registry import Layer, Refused


def per_axis(value: Any, rank: int) -> list[int]:
    """One number per spatial axis, from a number or a list."""
    listed = [value] * rank if isinstance(value, int) else list(value)
    if len(listed) != rank:
        raise ShapeError(f"{value} for {rank} spatial axes")
    return listed


def spatial_shape(layer: Layer, x: Tensor, rank: int) -> tuple[int, ...]:
    """The lengths of the spatial axes of an image-like tensor."""
    need_rank(x, rank + 1)
    return x.shape[1:] if channels_first(layer) else x.shape[:-1]


def paddings(layer: Layer, rank: int) -> list[Any]:
    """The padding of each spatial axis, see `sliding`."""
    padding = layer.config.get("padding", "valid")
    return list(padding) if isinstance(padding, list) else [padding] * rank


def sliding(size: int, kernel: int, stride: int, dilation: int, padding: Any) -> Index:
    """The table of a convolution or pooling along an axis of this length.

    "same" pads to ``ceil(size / stride)`` positions, the odd one at the end, as all
    backends of Keras do; "causal" pads in front alone.  Where it is a number, so many
    elements are put in front of as many positions as for "same"; with a reason beside it,
    that is refused if it is not the same.
    """
    reach = (kernel - 1) * dilation + 1
    if isinstance(padding, tuple):
        front, reason = padding
        table = sliding(size, kernel, stride, dilation, "same")
        if not np.array_equal(table, sliding(size, kernel, stride, dilation, front)):
            raise Refused(reason)
        return table
    if padding == "same":
        positions = -(-size // stride)
        before = max((positions - 1) * stride + reach - size, 0) // 2
    elif isinstance(padding, int):
        positions, before = -(-size // stride), padding
    elif padding in ("valid", "causal"):
        before = reach - 1 if padding == "causal" else 0
        positions = (size + before - reach) // stride + 1
    else:
        raise ShapeError(f"unknown padding {padding!r}")
    if positions < 1:
        raise ShapeError(f"a window of {reach} elements over an axis of {size}")
    places = np.arange(positions)[:, None] * stride + np.arange(kernel) * dilation - before
    return np.where((places >= 0) & (places < size), places, -1)


def transposed(
    size: int, kernel: int, stride: int, dilation: int, padding: str, extra: int | None
) -> Index:
    """The table of a transposed convolution: where each output element comes from.

    `extra` is Keras's output_padding.  The rules are those of
    ``_convert_conv_transpose_padding_args_from_keras_to_jax`` in
    ``keras/src/backend/common/backend_utils.py``.
    """
    reach = (kernel - 1) * dilation + 1
    if padding == "valid":
        length = (size - 1) * stride + (max(reach, stride) if extra is None else reach + extra)
        cut = 0
    elif padding == "same":
        total = stride + reach - 2 if extra is None else reach + reach % 2 - 2 + extra
        length = (size - 1) * stride + total - reach + 2
        cut = reach - 1 - min(total // 2 + total % 2, reach - 1)
    else:
        raise ShapeError(f"unknown padding {padding!r}")
    spots = np.arange(length)[:, None] + cut - np.arange(kernel) * dilation
    sources = spots // stride
    return np.where((spots % stride == 0) & (sources >= 0) & (sources < size), sources, -1)


def adaptive(size: int, positions: int) -> Index:
    """The table of an adaptive pooling: windows of one or two lengths that cover the axis."""
    starts = np.arange(positions) * size // positions
    ends = -(-np.arange(1, positions + 1) * size // positions)
    places = starts[:, None] + np.arange((ends - starts).max())
    return np.where(places < ends[:, None], places, -1)


def window_index(graph: Builder, layer: Layer, x: Tensor, tables: Sequence[Index]) -> Places:
    """For `Take`: (*positions, *kernel, channels), whichever axis has the channels in `x`."""
    rank, first = len(tables), channels_first(layer)
    channels = x.shape[0 if first else -1]
    for table, size in zip(tables, x.shape[1:] if first else x.shape[:-1], strict=True):
        check_choice(table, size)

    def windows(index: Index) -> Index:
        index = np.moveaxis(index, 0, -1) if first else index
        for i, table in enumerate(tables):
            index = choose(index, 2 * i, table)
        return np.transpose(index, [*range(0, 2 * rank, 2), *range(1, 2 * rank, 2), 2 * rank])

    positions, kernel = zip(*(table.shape for table in tables), strict=True)
    return graph.places(x).turned((*positions, *kernel, channels), windows)
