"""Each rule of `graph.simplify`: it fires, and numpy computes the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from keras2sql.graph import ops
from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.graph.expr import X, Y, Z, call, maximum, where
from keras2sql.graph.simplify import simplify
from tiny import activation

Array = npt.NDArray[Any]
Make = Callable[[Builder, Tensor, np.random.Generator], Tensor]


def count(graph: Graph) -> Counter[str]:
    """The ops of a graph by name, without inputs and constants."""
    kinds = [type(t.op).__name__ for t in graph.tensors()]
    return Counter(kind for kind in kinds if kind not in ("Input", "Constant"))


def checked(make: Make, shape: tuple[int, ...], **ops_left: int) -> Graph:
    """The simplified graph, which has these ops and computes what the original does."""
    rng = np.random.default_rng(sum(shape))
    g = Builder()
    x = g.input("x", shape)
    with g.at("layer"):
        graph = Graph((x,), {"out": make(g, x, rng)})
    simple = simplify(graph)
    simple.check()
    assert count(simple) == Counter(ops_left)
    feeds = {"x": rng.normal(size=(9, *shape))}
    np.testing.assert_allclose(
        simple.evaluate(feeds)["out"], graph.evaluate(feeds)["out"], rtol=1e-12, atol=1e-12
    )
    again = simplify(simple)
    assert count(again) == count(simple)
    return simple


def batch_norm(g: Builder, x: Tensor, rng: np.random.Generator, dtype: Any = np.float64) -> Tensor:
    """As Keras computes it, over the last axis, with the weights that are trained."""
    n = x.shape[-1]
    gamma, beta, mean = (rng.normal(size=n).astype(dtype) for _ in range(3))
    variance = rng.uniform(0.5, 2, n).astype(dtype)
    scale = gamma / np.sqrt(variance + 1e-3)
    return g.map(X + Y, g.map((X - Y) * Z, x, mean, scale), beta)


def dense(g: Builder, x: Tensor, rng: np.random.Generator, units: int, dtype: Any = None) -> Tensor:
    kernel = rng.normal(size=(x.shape[-1], units)).astype(dtype or np.float64)
    return g.contract(x, kernel, rng.normal(size=units).astype(dtype or np.float64))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batch_normalization_goes_into_the_dense_layer_before_it(dtype: Any) -> None:
    checked(
        lambda g, x, rng: batch_norm(g, dense(g, x, rng, 3, dtype), rng, dtype), (4,), Contract=1
    )
    checked(lambda g, x, rng: batch_norm(g, dense(g, x, rng, 3, dtype), rng), (5, 4), Contract=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batch_normalization_goes_into_the_dense_layer_behind_it(dtype: Any) -> None:
    checked(
        lambda g, x, rng: dense(g, batch_norm(g, x, rng, dtype), rng, 3, dtype), (4,), Contract=1
    )
    checked(lambda g, x, rng: dense(g, batch_norm(g, x, rng), rng, 3), (2, 5, 4), Contract=1)


def test_folded_weights_of_single_precision_are_double() -> None:
    simple = checked(
        lambda g, x, rng: batch_norm(g, dense(g, x, rng, 3, np.float32), rng, np.float32),
        (4,),
        Contract=1,
    )
    kernel = simple.outputs["out"].inputs[1].constant
    assert kernel is not None
    assert kernel.dtype == np.float64
    assert (kernel != kernel.astype(np.float32)).any()


def test_normalization_on_both_sides_and_rescaling_leave_one_contraction() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.map(X / 255.0 - 0.5, batch_norm(g, x, rng))
        return g.map(-X, g.map(X * 3.0 + 1.0, batch_norm(g, dense(g, y, rng, 3), rng)))

    checked(make, (4,), Contract=1)


def test_normalization_before_flatten_goes_into_the_dense_layer() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, g.reshape(batch_norm(g, x, rng), (24,)), rng, 3)

    checked(make, (2, 3, 4), Take=1, Contract=1)


def test_normalization_before_permute_and_crop_goes_into_the_dense_layer() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = batch_norm(g, x, rng)
        y = g.take(g.transpose(y, (1, 0)), g.positions(g.transpose(y, (1, 0)))[1:])
        return dense(g, g.reshape(y, (y.size,)), rng, 2)

    checked(make, (3, 4), Take=1, Contract=1)


def test_padding_is_no_scaling() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, g.take(batch_norm(g, x, rng), [-1, 0, 1, 2, -1]), rng, 2)

    checked(make, (3,), Map=1, Take=1, Contract=1)


def test_repeating_does_not_multiply_the_scaling() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.map(maximum(X, 0.0), g.take(batch_norm(g, x, rng), [0, 1, 2] * 5))

    checked(make, (3,), Map=2, Take=1)


EINSUMS = [
    ("ab,bc->ac", (5, 4), (4, 3)),
    ("abc,cd->abd", (2, 3, 4), (4, 5)),
    ("abc,bcde->ade", (2, 3, 4), (3, 4, 2, 3)),
    ("ab,abc->ac", (5, 4), (5, 4, 3)),
    ("ab,b->a", (5, 4), (4,)),
    ("ab,ab->ab", (5, 4), (5, 4)),
]


@pytest.mark.parametrize(("equation", "shape", "kernel"), EINSUMS)
def test_scaling_goes_into_einsum_dense(
    equation: str, shape: tuple[int, ...], kernel: tuple[int, ...]
) -> None:
    """By one number everywhere; by one per channel where the kernel has the channel."""

    def scaled(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.contract(g.map(X * 3.0 - 1.0, x), rng.normal(size=kernel), equation=equation)
        return g.map(X / 7.0 + 2.0, y)

    checked(scaled, shape, Contract=1)

    def normed(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.contract(batch_norm(g, x, rng), rng.normal(size=kernel), equation=equation)
        return batch_norm(g, y, rng)

    left, right = equation.split("->")[0].split(",")
    out = equation.split("->")[1]
    outside = int(left[-1] not in right) + int(out[-1] not in right)
    checked(normed, shape, Contract=1, **({"Map": outside} if outside else {}))


def test_a_scaling_along_an_axis_that_the_kernel_lacks_stays() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, g.map(X * Y, x, rng.normal(size=(5, 1))), rng, 3)

    checked(make, (5, 4), Map=1, Contract=1)


def test_a_constant_scaling_along_an_axis_that_the_kernel_lacks_goes_in() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, g.map(X * Y, x, np.full((5, 1), 0.25)), rng, 3)

    checked(make, (5, 4), Contract=1)


# -- dense behind dense


def test_dense_behind_dense_is_one_where_that_is_no_more_work() -> None:
    for shape in ((6,), (3, 6)):
        checked(lambda g, x, rng: dense(g, dense(g, x, rng, 5), rng, 4), shape, Contract=1)
    checked(
        lambda g, x, rng: dense(g, dense(g, dense(g, x, rng, 8), rng, 8), rng, 2), (4,), Contract=1
    )
    narrow = checked(lambda g, x, rng: dense(g, dense(g, x, rng, 2), rng, 30), (40,), Contract=2)
    assert narrow.multiply_adds() == 40 * 2 + 2 * 30


def test_an_activation_keeps_dense_layers_apart() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, g.map(maximum(X, 0.0), dense(g, x, rng, 5)), rng, 4)

    checked(make, (6,), Contract=2, Map=1)


def test_dense_behind_another_axis_stays() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.contract(x, rng.normal(size=(3, 2)), equation="ab,ac->cb")
        return dense(g, y, rng, 2)

    checked(make, (3, 4), Contract=2)


def test_maps_whose_product_is_beyond_single_precision_stay_apart() -> None:
    large = np.full((6, 6), 1e30)

    def twice(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.contract(g.contract(x, large * 1e-60), large)

    def scaled(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.map(X * Y, g.map(X * Y, x, large[0]), large[0])

    def before(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.contract(g.map(X * Y, x, large[0]), large)

    def after(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.map(X * Y, g.contract(x, large), large[0])

    checked(twice, (6,), Contract=1)
    checked(scaled, (6,), Map=2)
    checked(before, (6,), Map=1, Contract=1)
    checked(after, (6,), Map=1, Contract=1)


# -- a tensor that is used twice


def branched(inner: Make, outer: Make) -> Make:
    """`outer` on what `inner` made, beside that itself."""

    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        shared = inner(g, x, rng)
        first, second = outer(g, shared, rng), g.map(maximum(X, 0.0), shared)
        parts = [g.reshape(t, (t.size,)) for t in (first, second)]
        return g.join(parts, 0)

    return make


@pytest.mark.parametrize("order", ["before", "after", "scale", "dense"])
def test_an_exact_zero_is_worth_more_than_one_map(order: str) -> None:
    """At x = 2 and 4 the first map gives an exact zero, which a weight of 1e30 leaves one."""
    g = Builder()
    x = g.input("x", (2,))
    large = np.diag([1e30, -1e30])
    shift = np.array([-1.0, -2.0])
    if order in ("before", "scale"):
        inner = g.map(X * Y + Z, x, np.full(2, 0.5), shift)
    else:
        inner = g.contract(x, np.diag([0.5, 0.5]), shift)
    if order in ("before", "dense"):
        out = g.contract(inner, large, np.array([3.0, 4.0]))
    else:
        out = g.map(X * Y + Z, inner, np.diag(large), np.array([3.0, 4.0]))
    graph = Graph((x,), {"out": out})
    feeds = {"x": np.array([[2.0, 4.0]])}
    np.testing.assert_array_equal(simplify(graph).evaluate(feeds)["out"], [[3.0, 4.0]])
    np.testing.assert_array_equal(graph.evaluate(feeds)["out"], [[3.0, 4.0]])


def test_what_two_read_is_not_computed_twice() -> None:
    """Folding into a map that another branch reads too would write it a second time."""

    def linear(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, x, rng, 3)

    def scaled(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return batch_norm(g, x, rng)

    checked(branched(linear, scaled), (4,), Contract=1, Map=2, Join=1)
    checked(branched(linear, linear), (4,), Contract=2, Map=1, Join=1)
    checked(branched(scaled, scaled), (4,), Map=3, Join=1)


def test_a_shared_scaling_still_goes_into_a_dense_layer() -> None:
    """There it costs nothing: the kernel takes it, and the other branch keeps its own."""

    def scaled(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return batch_norm(g, x, rng)

    def linear(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return dense(g, x, rng, 3)

    simple = checked(branched(scaled, linear), (4,), Contract=1, Map=2, Join=1)
    (contraction,) = (t for t in simple.tensors() if isinstance(t.op, ops.Contract))
    assert isinstance(contraction.inputs[0].op, ops.Input)


def test_an_output_counts_as_a_use() -> None:
    g, rng = Builder(), np.random.default_rng(0)
    x = g.input("x", (4,))
    y = dense(g, x, rng, 3)
    z = batch_norm(g, y, rng)
    graph = Graph((x,), {"y": y, "z": z})
    simple = simplify(graph)
    assert count(simple) == Counter(Contract=1, Map=1)
    feeds = {"x": rng.normal(size=(5, 4))}
    for name, values in graph.evaluate(feeds).items():
        np.testing.assert_allclose(simple.evaluate(feeds)[name], values, rtol=1e-12)


# -- constants, idle ops, choices


def test_a_product_of_constants_with_a_computed_bias_is_an_addition() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.contract(g.constant(rng.normal(size=3)), rng.normal(size=(3, 4)), x)

    checked(make, (4,), Map=1)


def test_a_first_state_of_zeros_adds_nothing() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        product = g.contract(g.zeros((3,)), rng.normal(size=(3, 4)), x)
        return g.map(call("tanh", X), product)

    checked(make, (4,), Map=1)


def test_constants_are_folded() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        table = g.map(X * 2.0 + Y, g.constant(np.arange(4.0)), np.ones(4))
        kernel = g.reshape(g.join([table, g.map(-X, table)], 0), (4, 2))
        return g.contract(x, kernel, g.reduce("sum", table, 0, keepdims=True))

    checked(make, (4,), Contract=1)


def test_idle_ops_vanish() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.join([g.map(X, g.reshape(x, (3, 4)))], 1)
        return g.map(maximum(X, 0.0), g.transpose(g.transpose(y, (1, 0)), (1, 0)))

    checked(make, (3, 4), Map=1)


def test_choices_of_choices_are_one() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.take(g.transpose(x, (1, 0)), [3, 1, -1, 5], fill=2.0)
        return g.take(y, [[0, 2], [3, 1]])

    checked(make, (2, 3), Take=1)


def test_choices_with_different_fills_stay_apart() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.take(g.take(x, [-1, 0, 1], fill=2.0), [0, -1, 2], fill=7.0)

    checked(make, (3,), Take=2)

    def same(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.take(g.take(x, [-1, 0, 1], fill=2.0), [0, -1, 2], fill=2.0)

    checked(same, (3,), Take=1)


def test_scalings_of_scalings_are_one() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = g.map(3.0 - X / 4.0, g.map(2.0 * (X + 1.0), x))
        return g.map(X * Y - Z, y, rng.normal(size=4), rng.normal(size=(3, 1)))

    checked(make, (3, 4), Map=1)


def test_what_is_no_scaling_is_left_alone() -> None:
    for expr in (X * X, maximum(X, 0.0), 1.0 / X, where(X > 0.0, X, 2.0 * X)):

        def make(g: Builder, x: Tensor, rng: np.random.Generator, e: Any = expr) -> Tensor:
            return dense(g, g.map(e, x), rng, 3)

        checked(make, (4,), Map=1, Contract=1)


def test_an_infinite_scale_is_left_alone() -> None:
    g = Builder()
    x = g.input("x", (2,))
    out = g.contract(g.map(X * Y, x, np.array([np.inf, 1.0])), np.array([[0.0], [1.0]]))
    assert count(simplify(Graph((x,), {"out": out}))) == Counter(Map=1, Contract=1)


# -- random graphs


def random_graph(seed: int) -> Graph:
    """Some 20 linear, scaling, choosing and other ops on one another, shared or not."""
    rng = np.random.default_rng(seed)
    g = Builder()
    x = g.input("x", (3, 4))
    pool = [x]
    for i in range(20):
        t = pool[max(int(rng.integers(-3, 0)), -len(pool))]
        dtype = np.float32 if rng.random() < 0.5 else np.float64
        with g.at(f"layer_{i}"):
            which = rng.integers(0, 9)
            if which < 2 and t.shape:
                y = dense(g, t, rng, int(rng.integers(2, 6)), dtype)
            elif which < 4 and t.shape:
                y = batch_norm(g, t, rng, dtype)
            elif which == 4:
                y = g.map(X * float(rng.normal()) + float(rng.normal()), t)
            elif which == 5 and len(t.shape) > 1:
                y = g.transpose(t, tuple(rng.permutation(len(t.shape))))
            elif which == 6:
                y = g.reshape(t, (t.size,))
            elif which == 7:
                y = g.take(t, rng.integers(-1, t.size, (2, 3)), fill=float(rng.normal()))
            else:
                y = g.map(maximum(X, -0.5), t)
        pool.append(y)
    parts = [g.reshape(t, (t.size,)) for t in pool[-3:]]
    return Graph((x,), {"joined": g.join(parts, 0), "last": pool[-1]})


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs_compute_the_same_with_fewer_ops(seed: int) -> None:
    graph = random_graph(seed)
    simple = simplify(graph)
    simple.check()
    assert sum(count(simple).values()) < sum(count(graph).values())
    feeds = {"x": np.random.default_rng(seed).normal(size=(6, 3, 4))}
    found = simple.evaluate(feeds)
    for name, values in graph.evaluate(feeds).items():
        scale = np.abs(values).max()
        np.testing.assert_allclose(found[name], values, rtol=1e-10, atol=1e-12 * scale)


# -- pooling


def windows(g: Builder, x: Tensor, how: str = "max", size: int = 2) -> Tensor:
    """Pooling of neighbours along the first of two axes."""
    steps = x.shape[0] // size * size
    index = g.positions(x)[:steps].reshape(steps // size, size, x.shape[1])
    return g.reduce(how, g.take(x, index), 1)


@pytest.mark.parametrize("how", ["max", "min"])
@pytest.mark.parametrize("name", ["relu", "relu6", "tanh", "sigmoid", "linear"])
def test_bias_and_activation_come_after_pooling(name: str, how: str) -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return windows(g, activation(g, dense(g, x, rng, 4), name), how)

    simple = checked(make, (6, 3), Contract=1, Take=1, Reduce=1, Map=1)
    last = simple.outputs["out"]
    assert isinstance(last.op, ops.Map)
    assert [i.shape for i in last.inputs] == [(3, 4), (1, 4)]


def test_activation_comes_after_pooling_over_all_steps() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return g.reduce("max", activation(g, dense(g, x, rng, 4), "relu"), 0)

    assert isinstance(checked(make, (6, 3), Contract=1, Reduce=1, Map=1).outputs["out"].op, ops.Map)


@pytest.mark.parametrize(
    ("how", "name"), [("max", "silu"), ("max", "gelu"), ("mean", "relu"), ("sum", "relu")]
)
def test_an_activation_that_falls_somewhere_stays_in_front(how: str, name: str) -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        return windows(g, activation(g, dense(g, x, rng, 4), name), how)

    assert isinstance(
        checked(make, (6, 3), Contract=1, Take=1, Reduce=1, Map=1).outputs["out"].op, ops.Reduce
    )


def test_a_bias_that_differs_within_a_window_stays() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        bias = rng.normal(size=(6, 4))
        return windows(g, activation(g, g.contract(x, rng.normal(size=(3, 4)), bias), "relu"))

    (last,) = checked(make, (6, 3), Contract=1, Take=1, Reduce=1, Map=1).outputs.values()
    assert isinstance(last.op, ops.Map)
    assert len(last.inputs) == 1


def test_what_is_used_elsewhere_stays_in_front_of_pooling() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = activation(g, dense(g, x, rng, 4), "relu")
        return g.join([windows(g, y), y], axis=0)

    checked(make, (6, 3), Contract=1, Take=1, Reduce=1, Map=1, Join=1)


def test_windows_that_overlap_as_much_as_they_hold_are_left_alone() -> None:
    def make(g: Builder, x: Tensor, rng: np.random.Generator) -> Tensor:
        y = activation(g, dense(g, x, rng, 4), "relu")
        return g.reduce("max", g.take(y, g.positions(y)[[[0, 1], [1, 2], [2, 0]]]), 1)

    (last,) = checked(make, (3, 3), Contract=1, Take=1, Reduce=1, Map=1).outputs.values()
    assert isinstance(last.op, ops.Reduce)


def test_what_is_compared_stays_as_it_is_computed() -> None:
    """One rounding less would leave a number that lies at a threshold beside it."""
    g, mean, scale = Builder(), np.array([0.3]), np.array([0.7])
    x = g.input("x", (1,))
    scaled = g.map(X / Y, g.map(X - Y, x, mean), scale)
    numbers = np.linspace(-5, 5, 999)[:, None]
    edges = (numbers - mean) / scale
    found = g.map(call("eq", X, Y), scaled, g.find(numbers[:, 0], edges[:, 0], g.reshape(x, ())))
    graph = simplify(Graph((x,), {"out": g.map(where(X, 1.0, 0.0), found)}))
    assert count(graph)["Map"] == 4
    assert graph.evaluate({"x": numbers})["out"].all()
    smooth = simplify(Graph((x,), {"out": scaled}))
    assert count(smooth)["Map"] == 1
    assert not np.array_equal(smooth.evaluate({"x": numbers})["out"], edges)
