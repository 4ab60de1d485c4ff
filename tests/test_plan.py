"""The planner: the strategy with the least estimate, layer by layer, and what it tells."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import keras2sql
from keras2sql.dialects import DIALECTS, get
from keras2sql.dialects.base import Dialect
from keras2sql.dialects.costs import ROWS, Costs
from keras2sql.engines import connect
from keras2sql.estimates import estimates, spelled
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.work import Work
from keras2sql.lower.packing import Packing
from keras2sql.lower.source import Source
from keras2sql.plan import lower, plan
from keras2sql.sql.render import render

NOTHING = (0.0, 0.0)
# A sum of two terms costs as much as a product of arrays.
COSTS = Costs(
    statement=NOTHING, value=NOTHING, product=(0, 1), packed=NOTHING, call=(0, 2),
    array_product=NOTHING, rows_statement=(1e9, 0), rows_tensor=NOTHING, rows_weight=NOTHING,
    rows_value=NOTHING, rows_moved=NOTHING, rows_product=NOTHING,
)  # fmt: skip


def chain(*sizes: int) -> Graph:
    """Linear layers of these sizes, with weights 1, 2, ..."""
    g = Builder()
    x = first = g.input("x", (sizes[0],))
    for i, (m, n) in enumerate(itertools.pairwise(sizes)):
        with g.at(f"dense_{i}"):
            x = g.contract(x, np.arange(m * n).reshape(m, n) % 7 - 3.0, np.arange(n) / 2)
    with g.at("out"):
        parts = {f"y_{i}": g.take(x, np.array(i)) for i in range(sizes[-1])}
    return Graph((first,), parts)


def priced(**costs: Any) -> Dialect:
    return replace(get("duckdb"), costs=replace(COSTS, **costs))


def test_work_is_counted() -> None:
    work = Work.of(chain(5, 4, 2))
    assert [(p.layer, p.vectors, p.terms, p.outputs) for p in work.products] == [
        ("dense_0", 1, 5, 4),
        ("dense_1", 1, 4, 2),
    ]
    assert sum(p.multiply_adds for p in work.products) == chain(5, 4, 2).multiply_adds() == 28
    assert (work.values, work.other, work.weights) == (6, 0, 28 + 6)


@pytest.mark.parametrize(
    ("costs", "strategy", "others"),
    [
        ({}, "arrays", ["columns", "rows"]),
        ({"call": (0, 50)}, "columns", ["rows"]),
        ({"rows_statement": (1.0, 0.0)}, "rows", ["arrays", "columns"]),
        # As fast within a tenth: columns read better.
        ({"product": (0, 0.3)}, "columns", ["arrays", "rows"]),
    ],
)
def test_the_least_estimate_is_chosen(costs: Any, strategy: str, others: list[str]) -> None:
    graph = chain(5, 8, 3)
    chosen = plan(graph, priced(**costs))
    assert chosen.strategy == strategy
    assert [e.strategy for e in chosen.estimates] == [strategy, *others]


def test_what_takes_long_to_plan_is_not_chosen() -> None:
    slow = {"call": (5e8, 0), "product": (0, 1e5), "rows_statement": (0, 1e5)}
    chosen = plan(chain(5, 8, 3), priced(**slow))
    assert chosen.strategy == "rows"
    assert chosen.reason == "arrays would take 5.5 s to plan"
    # Not for what takes three times as long over a large table.
    costly = priced(**slow | {"rows_statement": (0, 1.7e5)})
    assert plan(chain(5, 8, 3), costly).strategy == "arrays"
    alone = replace(priced(**slow | {"product": (1e9, 1e5)}), rows=None)
    assert plan(chain(5, 8, 3), alone).strategy == "arrays"


def test_the_reason_is_not_planning_where_the_choice_is_planned_as_long() -> None:
    slow = priced(statement=(3e9, 0), product=(0, 0.3))
    chosen = plan(chain(5, 8, 3), replace(slow, rows=None))
    assert [e.strategy for e in chosen.estimates] == ["columns", "arrays"]
    assert min(e.once for e in chosen.estimates) >= 3
    assert chosen.reason == "about as fast as any for this network, and good to read"


def test_estimates_are_sums_of_costs() -> None:
    work, dialect = Work.of(chain(5, 8, 3)), priced(statement=(1e6, 7), value=(0, 3))
    found = {e.strategy: e.seconds for e in estimates(work, dialect, dialect.strategies)}
    each = 7 + 11 * 3
    assert found["columns"] == pytest.approx((1e6 + ROWS * (each + 64)) / 1e9)
    assert found["arrays"] == pytest.approx((1e6 + ROWS * (each + 22)) / 1e9)
    assert found["rows"] == pytest.approx(1)
    assert estimates(work, replace(dialect, costs=None), ("columns",)) == []


def test_each_layer_has_its_choice() -> None:
    # 6 -> 20 is cheaper by arrays, 20 -> 3 too; 3 -> 30 has too few terms for any.
    graph, dialect = chain(6, 20, 3, 30), priced(call=(0, 5))
    chosen = plan(graph, dialect)
    assert (chosen.strategy, chosen.packing) == ("arrays", Packing.PAYING)
    features = [f"f{i}" for i in range(6)]
    query = lower(graph, chosen, Source("t", ("id",), {"x": features}), dialect).query
    text = render(query, dialect)
    assert text.count("list_inner_product") == 20 + 3
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(50, 6)), columns=features)
    frame.insert(0, "id", range(50))
    with connect("duckdb://") as engine:
        engine.connection.execute("CREATE TABLE t AS FROM frame")
        found = engine.query(text).sort_values("id")[list(graph.outputs)].to_numpy()
    expected = graph.evaluate({"x": frame[features].to_numpy()})
    np.testing.assert_allclose(found, np.stack(list(expected.values()), axis=1), atol=1e-9)


def test_without_costs_columns() -> None:
    chosen = plan(chain(5, 8, 3), replace(get("duckdb"), costs=None))
    assert (chosen.strategy, chosen.estimates) == ("columns", ())
    assert chosen.reason == (
        "what every database takes; nothing was measured in DuckDB to choose by"
    )


def test_every_choice_has_costs() -> None:
    for dialect in DIALECTS.values():
        costs = dialect.costs
        assert (costs is not None) == (dialect.tested == "executed"), dialect.name
        if costs is None:
            continue
        assert ("arrays" in dialect.strategies) == (costs.array_product is not None)
        assert ("rows" in dialect.strategies) == (costs.rows_product is not None)


def test_explain_tells_the_estimate_and_what_came_next() -> None:
    model = Path(keras2sql.__file__).parent / "demo" / "iris.keras"
    text = keras2sql.convert(model, "duckdb", "t", "id").explain()
    assert "estimate  " in text
    assert f"for {ROWS:,} rows" in text
    assert "next      " in text
    asked = keras2sql.convert(model, "duckdb", "t", "id", strategy="columns").explain()
    assert "columns for every layer: asked for" in asked
    assert "estimate  " in asked
    assert "next" not in asked


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.00123, "1.2 ms"), (0.0621, "62 ms"), (1.26, "1.3 s"), (75.0, "1.2 min"), (7300.0, "2 h")],
)
def test_times_in_words(seconds: float, text: str) -> None:
    assert spelled(seconds) == text
