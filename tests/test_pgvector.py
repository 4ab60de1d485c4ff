"""PostgreSQL with pgvector: what its vectors hold, refuse, and compute."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from keras2sql.dialects import get
from keras2sql.dialects.settings import Settings
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, call, where
from keras2sql.graph.functions import ACTIVATIONS
from keras2sql.program import Program
from tiny import dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]


def arrays(graph: Graph, **options: object) -> Program:
    return program(graph, "pgvector", strategy="arrays", **options)


def test_linear_maps_are_products_of_vectors() -> None:
    query = arrays(dense([4, 5, 4], ["relu", "linear"]), features=list("abcd")).query
    assert query.count("::vector AS") == 2
    assert len(re.findall(r"<#> '\[[^]]*\]'::vector\)", query)) == 9


def test_the_plan_says_what_vectors_compute_in() -> None:
    graph = dense([4, 16, 1], ["relu", "linear"])
    names = list("abcd")
    made = {
        (strategy, precision): program(
            graph, "pgvector", features=names, strategy=strategy, precision=precision
        )
        for strategy in ("auto", "columns", "arrays")
        for precision in ("single", "double")
    }
    chosen = {at: (p.plan.strategy, p.plan.precision) for at, p in made.items()}
    assert chosen == {
        ("auto", "single"): ("arrays", "single"),
        ("auto", "double"): ("columns", "double"),
        ("columns", "single"): ("columns", "single"),
        ("columns", "double"): ("columns", "double"),
        ("arrays", "single"): ("arrays", "single"),
        ("arrays", "double"): ("arrays", "single"),
    }
    assert "need precision='single'" in made["auto", "double"].explain()
    assert "arrays compute in single precision" in made["arrays", "double"].explain()
    assert "<#>" not in made["auto", "double"].query
    with pytest.raises(UnsupportedDialectError, match="no strategy 'arrays'"):
        program(graph, "postgresql", features=names, strategy="arrays")


EXTREMES = [0.0, 1e-320, 1e-100, 1e-45, 1e-9, 1.0, 1e5, 1e15, 1e20, 3.4e38, 3.5e38, 1e100, 1.7e308]
EXTREMES += [np.inf]


@pytest.mark.parametrize("name", sorted({*ACTIVATIONS} - {"threshold"}))
def test_no_number_raises(name: str, pgvector_engine: Engine, load_table: Load) -> None:
    """Six layers deep, after which numbers that nothing held would have left a vector."""
    graph = dense([4, *[4] * 6, 1], [name] * 6 + ["sigmoid"])
    ends = np.array([*EXTREMES, *(-v for v in EXTREMES)])
    rows = np.stack([np.roll(ends, i) for i in (0, 3, 7, 11)], axis=1)
    found = scored(pgvector_engine, arrays(graph, features=list("abcd")), load_table, {"x": rows})
    assert ((found["out"] >= 0) & (found["out"] <= 1)).all()


def test_rows_without_a_number_have_no_prediction(
    pgvector_engine: Engine, load_table: Load
) -> None:
    graph = dense([4, 8, 4, 1], ["relu", "tanh", "linear"])
    rows = np.random.default_rng(2).normal(size=(40, 4))
    rows[::5, 1] = np.nan
    made = arrays(graph, features=list("abcd"))
    found = scored(pgvector_engine, made, load_table, {"x": rows})["out"].to_numpy(float)
    wanted = expected(made, {"x": rows})["out"]
    assert np.isnan(found[::5]).all()
    whole = ~np.isnan(rows[:, 1])
    np.testing.assert_allclose(found[whole], wanted[whole], rtol=1e-5, atol=1e-5)


def test_nan_in_the_middle_of_a_row_stays_nan(pgvector_engine: Engine, load_table: Load) -> None:
    g = Builder()
    x = g.input("x", (4,))
    bad = g.map(where(call("gt", X, 0.0), X, np.nan), x)
    out = g.contract(bad, np.arange(8.0).reshape(4, 2) + 1)
    graph = Graph((x,), {"out": g.reduce("sum", out, 0)})
    made = arrays(graph, features=list("abcd"))
    rows = np.array([[1.0, 2.0, 3.0, 4.0], [1.0, -2.0, 3.0, 4.0]])
    found = scored(pgvector_engine, made, load_table, {"x": rows})["out"].to_numpy(float)
    np.testing.assert_allclose(found, expected(made, {"x": rows})["out"], rtol=1e-6)
    assert np.isnan(found[1])


@pytest.mark.parametrize(("scale", "packed"), [(1e3, True), (1e9, False)])
def test_products_that_could_overflow_are_sums(
    scale: float, packed: bool, pgvector_engine: Engine, load_table: Load
) -> None:
    g = Builder()
    x = g.input("x", (4,))
    y = g.contract(x, np.arange(8.0).reshape(4, 2) * scale, np.array([1.0, 2.0]))
    graph = Graph((x,), {"out": g.reduce("sum", y, 0)})
    made = arrays(graph, features=list("abcd"))
    assert ("<#>" in made.query) == packed
    rows = np.random.default_rng(0).normal(size=(5, 4))
    found = scored(pgvector_engine, made, load_table, {"x": rows})["out"].to_numpy(float)
    np.testing.assert_allclose(found, expected(made, {"x": rows})["out"], rtol=1e-5, atol=1e-5)


def test_a_vector_has_no_more_elements_than_it_may(pgvector_engine: Engine) -> None:
    most = get("pgvector").limits.elements
    asked = "SELECT vector_dims(array_fill(0.5::real, ARRAY[{0}])::vector) AS n"
    assert pgvector_engine.query(asked.format(most))["n"].tolist() == [most]
    with pytest.raises(Exception, match=f"more than {most} dimensions"):
        pgvector_engine.query(asked.format(most + 1))
    g = Builder()
    x = g.input("x", (1,))
    row = g.take(x, np.zeros(most + 1, dtype=int))
    y = g.contract(row, np.ones((most + 1, 2)))
    made = arrays(Graph((x,), {"out": g.reduce("sum", y, 0)}), features=["a"])
    assert "<#>" not in made.query


@pytest.mark.parametrize("dialect", ["postgresql", "pgvector"])
def test_steps_are_computed_by_parallel_workers(
    dialect: str, pgvector_engine: Engine, load_table: Load
) -> None:
    graph = dense([4, 8, 1], ["relu", "sigmoid"])
    made = program(graph, dialect, features=list("abcd"), precision="single").for_all_rows()
    load_table(pgvector_engine, "tiny", pd.DataFrame(np.ones((9, 5)), columns=["id", *"abcd"]))
    settings = ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size")
    values = {**dict.fromkeys(settings, "0"), "max_parallel_workers_per_gather": "2"}
    session = list(made.dialect.session)
    session += [Settings({name: values[name]}, statement="SET LOCAL {0}") for name in values]
    plan = pgvector_engine.query(f"EXPLAIN (COSTS OFF) {made.query}", ["line"], session=session)
    lines = [line.strip(" ->") for line in plan["line"]]
    above = lines.index("Gather")
    steps = [f"Subquery Scan on {step.name}" for step in reversed(made.lowered.steps)]
    assert above <= 1, lines
    assert [line for line in lines if "Scan on" in line][:-1] == steps, "none is in another"
