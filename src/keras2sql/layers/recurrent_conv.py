"""The cell of ConvLSTM (Shi et al. 2015): an LSTM whose products are convolutions.

As in ``keras/src/layers/rnn/conv_lstm.py``, strides and dilation are those of the inputs; the
states are convolved without either, padded to their own size.
"""

from __future__ import annotations

import string

import numpy as np

from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.ops import Array, Places, ShapeError
from keras2sql.layers.common import channels_first, need_rank, variable
from keras2sql.layers.convolution import kernel_size, window_tables
from keras2sql.layers.recurrent_cells import CELLS, Cell, CellKind, next_of_lstm
from keras2sql.layers.registry import Layer
from keras2sql.layers.windows import sliding, spatial_shape, window_index


def conv_lstm_cell(graph: Builder, layer: Layer, x: Tensor) -> Cell:
    """(steps, *spatial, channels), or with the channels before the spatial axes."""
    rank, filters = int(layer.class_name[-2]), layer.config["filters"]
    need_rank(x, rank + 2)
    size, first = kernel_size(layer, rank), channels_first(layer)
    one = graph.zeros(x.shape[1:])
    index = window_index(graph, layer, one, window_tables(layer, one, rank))
    kernel = variable(layer, "kernel", (*size, index.shape[-1], 4 * filters))
    bias = layer.weight("bias", (4 * filters,))
    if bias is not None and first:
        bias = bias.reshape(-1, *[1] * rank)
    inputs = _convolved(graph, x, _for_all(index, x), kernel, bias, first)
    positions = index.shape[:rank]
    shape = (filters, *positions) if first else (*positions, filters)
    recurrent = variable(layer, "recurrent_kernel", (*size, filters, 4 * filters))
    state = graph.zeros(shape)
    tables = [
        sliding(n, k, 1, 1, "same")
        for n, k in zip(spatial_shape(layer, state, rank), size, strict=True)
    ]
    around = window_index(graph, layer, state, tables)

    def step(x: Tensor, states: list[Tensor]) -> list[Tensor]:
        z = _convolved(graph, states[0], around, recurrent, x, first)
        return next_of_lstm(graph, layer, z, states[1], 0 if first else -1)

    return Cell(inputs, (shape, shape), step)


def _for_all(index: Places, x: Tensor) -> Places:
    """The windows of one step, repeated for every step of `x`."""
    starts = np.arange(x.shape[0]) * (x.size // x.shape[0])
    column = starts.reshape(-1, *[1] * len(index.shape))
    shape = (x.shape[0], *index.shape)
    return index.turned(shape, lambda one: np.where(one < 0, -1, one + column))


def _convolved(
    graph: Builder,
    x: Tensor,
    index: Places,
    kernel: Array,
    bias: Array | Tensor | None,
    first: bool,
) -> Tensor:
    """Windows (*steps, *positions, *size, channels) of `x` times the kernel, plus the bias."""
    rank = kernel.ndim - 2
    if index.shape[-1] != kernel.shape[-2]:
        raise ShapeError(f"{index.shape[-1]} channels, where the kernel has {kernel.shape[-2]}")
    letters = iter(string.ascii_lowercase)
    steps, at, inside = (
        "".join(next(letters) for _ in range(n))
        for n in (len(index.shape) - 2 * rank - 1, rank, rank)
    )
    channel, gate = next(letters), next(letters)
    out = f"{steps}{gate}{at}" if first else f"{steps}{at}{gate}"
    equation = f"{steps}{at}{inside}{channel},{inside}{channel}{gate}->{out}"
    return graph.contract(graph.take(x, index), kernel, bias, equation)


for _rank in (1, 2, 3):
    CELLS[f"ConvLSTM{_rank}D"] = CellKind(conv_lstm_cell, 2)
