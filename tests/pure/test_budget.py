"""How large a graph may become, counted before memory is taken."""

from __future__ import annotations

import numpy as np
import pytest

from keras2sql.errors import ModelFileError
from keras2sql.graph import budget, ops
from keras2sql.graph.budget import Budget
from keras2sql.graph.core import Builder
from keras2sql.graph.expr import X
from keras2sql.graph.ops import ShapeError
from keras2sql.layers.registry import REGISTRY, Layer


def test_what_is_chosen_of_an_image_is_written_when_it_is_read() -> None:
    """The windows of 1000 x 1000 pixels would be a gigabyte."""
    graph = Builder(budget=Budget())
    image = graph.input("x", (1000, 1000, 3))
    kernel = np.ones((7, 7, 3, 1))
    config = {"filters": 1, "kernel_size": [7, 7], "padding": "same", "use_bias": False}
    layer = Layer("Conv2D", "c", "c", config, [kernel])
    y = REGISTRY["Conv2D"].convert(graph, layer, image)
    (windows,) = (t for t in _above(y) if isinstance(t.op, ops.Take))
    assert windows.shape == (1000, 1000, 7, 7, 3)
    assert "index" not in vars(windows.op)  # nobody has read it


def _above(t):
    yield t
    for operand in t.inputs:
        yield from _above(operand)


@pytest.mark.parametrize(
    "turn",
    [
        lambda graph, x: graph.reshape(x, (-1, 2)),
        lambda graph, x: graph.reshape(x, (6, 4)),
        lambda graph, x: graph.transpose(x, (2, 0, 1)),
    ],
)
def test_places_are_those_of_numpy(turn) -> None:
    graph = Builder(budget=Budget())
    x = graph.input("x", (2, 3, 4))
    y = turn(graph, x)
    values = np.random.default_rng(1).normal(size=(5, 2, 3, 4))
    (got,) = graph.graph([x], {"y": y}).evaluate({"x": values}).values()
    assert got.shape == (5, *y.shape)
    expected = (
        np.transpose(values, (0, 3, 1, 2)) if len(y.shape) == 3 else values.reshape(5, *y.shape)
    )
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("shape", [(5, 5), (-1, 5), (-1, -1), (-2, -12), (0, -1), (-24,)])
def test_shapes_that_do_not_fit(shape) -> None:
    graph = Builder(budget=Budget())
    with pytest.raises(ShapeError, match="can't take the shape"):
        graph.reshape(graph.input("x", (2, 3, 4)), shape)


def test_one_tensor() -> None:
    graph = Builder(budget=Budget())
    x = graph.input("x", (1 << 16,))
    while x.size < budget.MOST_ELEMENTS:
        x = graph.join([x, x], 0)
    with pytest.raises(ModelFileError, match="beyond all measure"):
        graph.join([x, x], 0)


def test_all_tensors() -> None:
    graph = Builder(budget=Budget())
    x = graph.input("x", (1,))
    for _ in range(budget.MOST_TENSORS):
        x = graph.map(X + 1.0, x)
    with pytest.raises(ModelFileError, match="tensors in one model"):
        graph.map(X + 1.0, x)


def test_what_is_written_out() -> None:
    graph = Builder(budget=Budget())
    x = graph.input("x", (1 << 20,))
    with pytest.raises(ModelFileError, match="no weights"):
        graph.room(1 << 13, 1 << 13)
    with pytest.raises(ModelFileError, match="no weights"):
        graph.positions(graph.input("y", (1 << 30,)))
    graph = Builder(budget=Budget())
    for _ in range(budget.MOST_WRITTEN >> 20):
        graph.take(x, np.zeros(1 << 20, dtype=np.intp))
    with pytest.raises(ModelFileError, match="no weights"):
        graph.take(x, np.zeros(1 << 20, dtype=np.intp))


def test_weights_make_room() -> None:
    graph = Builder(budget=Budget())
    graph.budget.weights(budget.MOST_WRITTEN)
    graph.constant(np.broadcast_to(1.0, (2 * budget.MOST_WRITTEN,)))
    with pytest.raises(ModelFileError):
        Builder(budget=Budget()).constant(np.broadcast_to(1.0, (2 * budget.MOST_WRITTEN,)))
