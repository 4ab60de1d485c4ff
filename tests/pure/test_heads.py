"""The prediction columns, on graphs written by hand: Keras is not needed here."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from keras2sql.errors import InputError
from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.graph.expr import X, Y
from keras2sql.graph.functions import ACTIVATIONS, softmax
from keras2sql.graph.probabilities import are_probabilities, bounds, logits
from keras2sql.heads import bare, checked_labels, classifier, head, regressor, select

g = Builder()


def graph_of(make: Any, units: int) -> Graph:
    """A graph from an input `x` of `units` values to the output `out`."""
    x = g.input("x", (units,))
    return Graph((x,), {"out": make(x)})


def columns(graph: Graph, rows: Any, dtype: Any = np.float64) -> dict[str, Any]:
    graph.check()
    assert all(t.shape == () for t in graph.outputs.values())
    return graph.evaluate({"x": np.asarray(rows, dtype=float)}, dtype)


def sigmoid(x: Tensor) -> Tensor:
    return g.map(ACTIVATIONS["sigmoid"](), x)


def test_two_labels_from_one_sigmoid_unit() -> None:
    head = classifier(graph_of(sigmoid, 1), ["no", "yes"])
    assert list(head.outputs) == [
        "Proba_no", "Proba_yes", "LogProba_no", "LogProba_yes", "Decision", "DecisionProba",
    ]  # fmt: skip
    out = columns(head, [[-2.0], [0.0], [3.0]])
    p = 1 / (1 + np.exp([2.0, 0.0, -3.0]))
    np.testing.assert_allclose(out["Proba_yes"], p, rtol=1e-15)
    np.testing.assert_allclose(out["Proba_no"], 1 - p, rtol=1e-15)
    np.testing.assert_allclose(out["LogProba_no"], np.log(1 - p), rtol=1e-12)
    np.testing.assert_allclose(out["DecisionProba"], np.maximum(p, 1 - p))
    assert out["Decision"].tolist() == ["no", "no", "yes"]  # a tie goes to the first


def test_labels_from_a_softmax() -> None:
    head = classifier(graph_of(lambda x: softmax(g, x), 3), [10, 20, 30])
    rows = [[0.0, 1.0, 2.0], [5.0, 5.0, 5.0], [1.0, 3.0, 3.0]]
    out = columns(head, rows)
    proba = np.stack([out[f"Proba_{n}"] for n in (10, 20, 30)], axis=1)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    logs = np.stack([out[f"LogProba_{n}"] for n in (10, 20, 30)], axis=1)
    np.testing.assert_allclose(np.exp(logs), proba)
    assert out["Decision"].tolist() == [30, 10, 20]
    assert "Score_10" not in head.outputs


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_log_probabilities_stay_finite_at_extreme_logits(dtype: Any) -> None:
    out = columns(classifier(graph_of(sigmoid, 1), [False, True]), [[1000.0], [-1000.0]], dtype)
    assert out["LogProba_False"].tolist() == [-1000.0, 0.0]
    assert out["LogProba_True"].tolist() == [0.0, -1000.0]
    assert out["Proba_True"].tolist() == [1.0, 0.0]
    many = classifier(graph_of(lambda x: softmax(g, x), 3), ["a", "b", "c"])
    out = columns(many, [[1000.0, -1000.0, 0.0]], dtype)
    assert [float(out[f"LogProba_{n}"][0]) for n in "abc"] == [0.0, -2000.0, -1000.0]
    assert [float(out[f"Proba_{n}"][0]) for n in "abc"] == [1.0, 0.0, 0.0]


def test_logits_are_scores_and_become_probabilities() -> None:
    graph = graph_of(lambda x: g.map(2.0 * X, x), 3)
    out = columns(classifier(graph, ["a", "b", "c"]), [[0.0, 1.0, 3.0], [1000.0, 0.0, -1000.0]])
    assert list(out)[:3] == ["Score_a", "Score_b", "Score_c"]
    np.testing.assert_array_equal(out["Score_c"], [6.0, -2000.0])
    exps = np.exp([-6.0, -4.0, 0.0])
    np.testing.assert_allclose(out["Proba_c"][0], exps[2] / exps.sum())
    assert out["LogProba_c"][1] == -4000.0
    assert out["Decision"].tolist() == ["c", "a"]


def test_one_logit_decides_at_zero() -> None:
    out = columns(classifier(graph_of(lambda x: g.map(X, x), 1), [0, 1]), [[0.3], [0.0], [-0.2]])
    np.testing.assert_array_equal(out["Score_0"], -out["Score_1"])
    np.testing.assert_allclose(out["Proba_1"], 1 / (1 + np.exp([-0.3, 0.0, 0.2])))
    assert out["Decision"].tolist() == [1, 0, 0]


def test_outputs_that_the_wrapper_calls_probabilities_pass_unchanged() -> None:
    graph = graph_of(lambda x: g.map(X, x), 1)
    out = columns(classifier(graph, [0, 1], probabilities=True), [[0.3], [0.75]])
    assert "Score_1" not in out
    np.testing.assert_array_equal(out["Proba_1"], [0.3, 0.75])
    np.testing.assert_allclose(out["LogProba_0"], np.log([0.7, 0.25]))
    assert out["Decision"].tolist() == [0, 1]


def test_several_sigmoid_units_each_give_their_probability() -> None:
    out = columns(classifier(graph_of(sigmoid, 3), ["a", "b", "c"]), [[1.0, 2.0, -900.0]])
    np.testing.assert_allclose(out["Proba_b"], 1 / (1 + np.exp(-2.0)))
    assert out["LogProba_c"][0] == -900.0
    assert out["Decision"].tolist() == ["b"]


def test_an_average_of_softmaxes_is_probabilities() -> None:
    def ensemble(x: Tensor) -> Tensor:
        return g.map((X + Y) / 2.0, softmax(g, x), softmax(g, g.map(3.0 * X, x)))

    out = columns(classifier(graph_of(ensemble, 2), ["a", "b"]), [[0.0, 900.0], [1.0, 1.0]])
    assert "Score_a" not in out
    assert out["LogProba_a"][0] == -np.inf
    assert out["DecisionProba"].tolist() == [1.0, 0.5]
    assert out["Decision"].tolist() == ["b", "a"]


def test_a_hard_sigmoid_decides_at_one_half() -> None:
    unit = graph_of(lambda x: g.map(ACTIVATIONS["hard_sigmoid"](), x), 1)
    out = columns(classifier(unit, ["n", "y"]), [[0.1], [-9.0]])
    assert out["Decision"].tolist() == ["y", "n"]
    assert out["LogProba_y"][1] == -np.inf
    assert "Score_n" not in out


def test_a_softmax_of_one_unit_is_one() -> None:
    out = columns(classifier(graph_of(lambda x: softmax(g, x), 1), ["n", "y"]), [[5.0]])
    assert (out["Proba_y"][0], out["LogProba_y"][0], out["LogProba_n"][0]) == (1.0, 0.0, -np.inf)


def test_logits_are_found_behind_a_reshape() -> None:
    x = g.input("x", (3,))
    found = logits(g.reshape(softmax(g, x), (1, 3)))
    assert found is not None
    assert (found.kind, found.tensor.shape) == ("softmax", (1, 3))
    assert logits(g.take(softmax(g, x), [0, 1])) is None  # these do not sum to one
    assert logits(softmax(g, g.reshape(x, (3, 1)), -2)) is not None
    assert logits(softmax(g, g.input("y", (2, 3)))) is None
    assert logits(g.map(X * ex.sigmoid(X), x)) is None


def test_bounds() -> None:
    x = g.input("x", (2,))
    p = sigmoid(x)
    assert bounds(x) == (-np.inf, np.inf)
    assert bounds(g.map(1.0 - X, p)) == (0.0, 1.0)
    assert bounds(g.map(X * Y - 2.0, p, p)) == (-2.0, -1.0)
    assert bounds(g.map(-X / 2.0, p)) == (-0.5, 0.0)
    assert bounds(g.map(ex.where(X > 0.0, Y, 3.0), x, p)) == (0.0, 3.0)
    assert bounds(g.join([p, g.constant([-4.0])], 0)) == (-4.0, 1.0)
    assert bounds(g.take(p, [0, -1], fill=7.0)) == (0.0, 7.0)
    assert bounds(g.reduce("mean", p, 0)) == (0.0, 1.0)
    assert bounds(g.reduce("sum", p, 0)) == (0.0, 2.0)
    assert bounds(g.reduce("argmax", p, 0)) == (0.0, 1.0)
    assert not are_probabilities(g.map(ex.tanh(X), x))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["a", np.str_("b")], ["a", "b"]),
        (np.array([3, 5]), [3, 5]),
        (np.array([False, True]), [False, True]),
        (np.array([0.0, 1.0]), [0, 1]),
        (np.array(["2020-01-01", "2021-02-03"], "datetime64[ns]"),
         [datetime.date(2020, 1, 1), datetime.date(2021, 2, 3)]),
        ([datetime.datetime(2020, 1, 1), datetime.date(2021, 2, 3)],
         [datetime.date(2020, 1, 1), datetime.date(2021, 2, 3)]),
        ((2**70, 1), [2**70, 1]),
    ],
)  # fmt: skip
def test_labels_become_python_values(given: Any, kept: list[Any]) -> None:
    labels = checked_labels(given)
    assert labels == kept
    assert [type(v) for v in labels] == [type(v) for v in kept]
    decided = columns(classifier(graph_of(sigmoid, 1), given), [[-1.0], [1.0]])["Decision"]
    assert decided.tolist() == kept
    assert [type(v) for v in decided.tolist()] == [type(v) for v in kept]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["a", "b"], "3 units, but there are 2 labels; give 3"),
        (["a", "b", "a"], "'a' more than once"),
        (["a", 1, True], "mixed types (str, int, bool)"),
        ([1, 2.5, 3], "label 2.5 is of type float"),
        ([1, None, 3], "NoneType"),
        ([b"a", b"b", b"c"], "bytes"),
        ([datetime.datetime(2020, 1, 1, 5)] * 3, "datetime"),
        ([np.datetime64("NaT")] * 3, "NoneType"),
        ([], "empty"),
        ("abc", "a list of class labels"),
    ],
)
def test_labels_that_do_not_fit(labels: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        classifier(graph_of(lambda x: softmax(g, x), 3), labels)
    assert said in str(error.value)


def test_labels_need_one_output_of_one_axis() -> None:
    x = g.input("x", (2, 2))
    with pytest.raises(InputError, match="one value per class"):
        classifier(Graph((x,), {"out": x}), ["a", "b"])
    with pytest.raises(InputError, match="one output, not 2"):
        classifier(Graph((x,), {"p": x, "q": x}), ["a", "b"])
    with pytest.raises(InputError, match="1 unit, for 2 classes"):
        classifier(graph_of(sigmoid, 1), ["a", "b", "c"])


def test_one_axis_may_stand_among_axes_of_one() -> None:
    graph = graph_of(lambda x: softmax(g, g.reshape(x, (1, 3))), 3)
    out = columns(classifier(graph, ["a", "b", "c"]), [[-1000.0, 0.0, 1000.0]])
    assert out["LogProba_a"][0] == -2000.0


def test_regressor_columns() -> None:
    assert list(regressor(graph_of(lambda x: x, 1)).outputs) == ["Estimator"]
    out = columns(regressor(graph_of(lambda x: x, 2)), [[1.0, 2.0]])
    assert {k: v.tolist() for k, v in out.items()} == {"Estimator_0": [1.0], "Estimator_1": [2.0]}


def test_bare_columns_are_row_major_and_unique() -> None:
    x = g.input("x", (4,))
    outputs = {"a": g.reshape(x, (2, 2)), "a_1": g.take(x, 3), "b": g.take(x, [0])}
    out = columns(bare(Graph((x,), outputs)), [[1.0, 2.0, 3.0, 4.0]])
    assert {k: v.item() for k, v in out.items()} == {
        "a_0": 1, "a_1": 2, "a_2": 3, "a_3": 4, "a_1_2": 4, "b": 1,
    }  # fmt: skip


def test_the_task_chooses_the_head() -> None:
    graph = graph_of(sigmoid, 1)
    assert list(head(graph).outputs) == ["out"]
    assert list(head(graph, "transformer").outputs) == ["out"]
    assert list(head(graph, "regressor").outputs) == ["Estimator"]
    assert "Decision" in head(graph, "classifier", [0, 1]).outputs


def test_select_keeps_the_wanted_order() -> None:
    graph = classifier(graph_of(sigmoid, 1), ["n", "y"])
    assert list(select(graph, ["Decision", "Proba_n"]).outputs) == ["Decision", "Proba_n"]
    assert list(select(graph, "Decision").outputs) == ["Decision"]
    with pytest.raises(InputError, match="no output 'nope'; the model has Proba_n, Proba_y"):
        select(graph, ["nope", "Decision"])
    with pytest.raises(InputError, match="no outputs chosen"):
        select(graph, [])
    with pytest.raises(InputError, match="named twice"):
        select(graph, ["Decision", "Decision"])


def test_missing_values_never_become_a_probability() -> None:
    out = columns(classifier(graph_of(sigmoid, 1), ["n", "y"]), [[np.nan]])
    assert np.isnan(out["Proba_n"][0])
    assert np.isnan(out["DecisionProba"][0])
