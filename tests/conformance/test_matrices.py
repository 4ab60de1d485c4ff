"""numpy == SQL, where a layer is one value: a matrix of weights and nested lists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from conformance.matrix import DATABASES, Database, cells
from conformance.test_sql import Load, run
from keras2sql import heads
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, Y, call, where
from keras2sql.graph.simplify import simplify
from keras2sql.lower.matrices import weights
from keras2sql.lower.matrices import writer as matrices
from keras2sql.lower.packing import Packing
from keras2sql.plan import Plan
from layers import CASES
from layers.build import built
from layers.case import Case

TAIL = 1  # or small cases would be columns for the most part
# Recurrences of 50 steps are more steps than a statement has.
_CASES = [case for case in CASES if "-50x2" not in case.id]
_PLAN = Plan("arrays", "inline", "double", "", tail=TAIL, packing=Packing.ALL, matrices=True)
# Cases that have no such form: a product without a sum, or with one over a single operand.
_WITHOUT = ("abc,bc->abc,", "abc,cd->ad,")


@pytest.mark.parametrize(
    ("case", "database"), cells(_CASES, [d for d in DATABASES if d.dialect == "duckdb"], rows=True)
)
def test_matrices_compute_what_the_graph_computes(
    case: Case, database: Database, duckdb_engine: Engine, load_table: Load
) -> None:
    made = built(case)
    graph = simplify(heads.bare(made.graph))
    if any(equation in case.id for equation in _WITHOUT):
        assert not matrices.takes(graph, TAIL)
        return
    assert matrices.takes(graph, TAIL)
    expected = graph.evaluate(made.feeds)
    found = run(graph, made.feeds, duckdb_engine, get("duckdb"), load_table, chosen=_PLAN)
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


@pytest.mark.sweep
@pytest.mark.parametrize(
    ("case", "database"), cells(_CASES, [d for d in DATABASES if d.dialect == "duckdb"], rows=True)
)
def test_their_weights_can_be_in_tables(
    case: Case,
    database: Database,
    duckdb_engine: Engine,
    load_table: Load,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weights, "FEW", 0)
    made = built(case)
    graph = simplify(heads.bare(made.graph))
    if any(equation in case.id for equation in _WITHOUT):
        return
    chosen = replace(_PLAN, weights="tables")
    found = run(graph, made.feeds, duckdb_engine, get("duckdb"), load_table, chosen=chosen)
    for name, values in graph.evaluate(made.feeds).items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


def test_single_elements_and_functions_of_nothing(duckdb_engine: Engine, load_table: Load) -> None:
    """A tensor of one element is a list, an element of it none; what is multiplied by zeros reads
    nothing."""
    g = Builder()
    x, y = g.input("x", (1,)), g.input("y", (3,))
    element = g.take(x, 0)
    zeros = g.constant(np.zeros(3))
    chosen = g.map(where(call("gt", X, 0.0), Y, call("neg", Y)), element, y)
    nothing = g.map(call("add", call("mul", X, Y), 2.0), g.take(y, 1), g.constant(0.0))
    out = g.contract(g.map(call("add", X, Y), chosen, nothing), np.ones((3, 2)))
    empty = g.contract(g.map(call("mul", X, Y), y, zeros), np.ones((3, 2)))
    outputs = {f"{n}{i}": g.take(t, i) for n, t in (("a", out), ("b", empty)) for i in range(2)}
    graph = Graph((x, y), outputs)
    assert matrices.takes(graph, TAIL)
    feeds = {"x": np.array([[1.0], [-2.0]]), "y": np.arange(6.0).reshape(2, 3)}
    found = run(graph, feeds, duckdb_engine, get("duckdb"), load_table, chosen=_PLAN)
    for name, values in graph.evaluate(feeds).items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12)
