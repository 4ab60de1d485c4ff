"""numpy == SQL: what the graph computes, every database computes, simplified or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from conformance.matrix import DATABASES, Database, cells, row_cells
from conformance.refused import refusal
from keras2sql import heads
from keras2sql.dialects import DIALECTS as REGISTERED
from keras2sql.dialects import Dialect, get
from keras2sql.dialects.rows import Rows
from keras2sql.dialects.tables import teardown
from keras2sql.engines import Engine
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph.core import Graph
from keras2sql.graph.simplify import simplify
from keras2sql.lower.rows import arrays, blocks, products
from keras2sql.lower.source import Source
from keras2sql.plan import Plan, lower, plan
from keras2sql.sql.render import render
from layers import CASES, STATEFUL
from layers.build import built
from layers.case import Case
from parsers import PARSERS

Load = Callable[[Engine, str, pd.DataFrame], None]


def run(
    graph: Graph,
    feeds: Mapping[str, np.ndarray],
    engine: Engine,
    dialect: Dialect,
    load: Load,
    strategy: str = "columns",
    tail: int = 1,  # or small cases would be columns for the most part
    chosen: Plan | None = None,
) -> dict[str, np.ndarray]:
    """The outputs of a graph of scalar outputs, computed by a database."""
    rows = len(next(iter(feeds.values())))
    columns: dict[str, np.ndarray] = {"id": np.arange(rows)}
    features = {}
    for name, values in feeds.items():
        flat = values.reshape(rows, -1)
        features[name] = [f"{name}_{i}" for i in range(flat.shape[1])]
        columns.update(zip(features[name], flat.T, strict=True))
    load(engine, "case_rows", pd.DataFrame(columns))
    source = Source("case_rows", ("id",), features)
    if chosen is None:
        chosen = plan(graph, dialect, strategy)
        if strategy == "rows":
            chosen = replace(chosen, tail=tail)
    lowered = lower(graph, chosen, source, dialect)
    for table in lowered.tables:
        engine.load(table, dialect)
    found = engine.query(render(lowered.query, dialect), lowered.columns, session=dialect.session)
    engine.execute_script([teardown(table, dialect) for table in lowered.tables])
    found = found.sort_values("id")
    return {name: found[name].to_numpy(dtype=np.float64) for name in lowered.columns[1:]}


@pytest.mark.parametrize(("case", "database"), cells([*CASES, *STATEFUL]))
def test_every_database_computes_what_the_graph_computes(
    case: Case, database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    dialect = get(database.dialect)
    made = built(case)
    graph = heads.bare(made.graph)
    expected = graph.evaluate(made.feeds)
    if (refused := refusal(case.id, database.dialect, "columns")) is not None:
        with refused:
            run(simplify(graph), made.feeds, engine, dialect, load_table)
        return
    for strategy in set(dialect.strategies) - {"rows"}:
        found = run(simplify(graph), made.feeds, engine, dialect, load_table, strategy)
        assert list(found) == list(expected)
        single = strategy == "arrays" and dialect.packed_precision == "single"
        off = 1e-4 if single else 1e-9
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values.astype(float), rtol=off, atol=off)


@pytest.mark.parametrize(("case", "database"), row_cells(CASES))
def test_rows_compute_what_the_graph_computes(
    case: Case, database: Database, load_table: Load, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{database.engine}_engine")
    dialect = get(database.dialect)
    made = built(case)
    graph = heads.bare(made.graph)
    expected = graph.evaluate(made.feeds)
    if (refused := refusal(case.id, database.dialect, "rows")) is not None:
        with refused:
            run(simplify(graph), made.feeds, engine, dialect, load_table, "rows")
        return
    found = run(simplify(graph), made.feeds, engine, dialect, load_table, "rows")
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


_PRODUCTS = [c for c in CASES if re.search("Dense|Conv|Pool|LSTM|Transformer|Attention", c.layer)]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.id, marks=[] if n % 7 == 0 else [pytest.mark.sweep])
        for n, c in enumerate(_PRODUCTS)
    ],
)
def test_rows_compute_the_same_as_large_networks_are_written(
    case: Case, duckdb_engine: Engine, load_table: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Products cut in parts, neighbours gathered as arrays, threads that share the work."""
    for module, sizes in (
        (arrays, {"_HEAVY": 1, "_BRANCHES": 2}),
        (products, {"_BLOCK": 1, "_BLOCKS": 3, "_RUN": 1}),
    ):
        for name, small in sizes.items():
            monkeypatch.setattr(module, name, small)
    made = built(case)
    graph = heads.bare(made.graph)
    expected = graph.evaluate(made.feeds)
    found = run(simplify(graph), made.feeds, duckdb_engine, get("duckdb"), load_table, "rows")
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["sqlite", "postgres", "mariadb"])
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(c, id=c.id, marks=[] if n % 12 == 0 else [pytest.mark.sweep])
        for n, c in enumerate(c for c in CASES if re.search("Dense|Transformer|Att", c.layer))
    ],
)
def test_rows_compute_the_same_with_weights_in_records(
    case: Case,
    name: str,
    load_table: Load,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Records of two weights where a layer of real size has them of 64."""
    monkeypatch.setattr(blocks, "_NEURONS", 1)
    monkeypatch.setattr(blocks, "_WIDTH", 1)
    engine = request.getfixturevalue(f"{name}_engine")
    dialect = replace(get(engine.dialect_name), rows=Rows(block=2))
    made = built(case)
    graph = heads.bare(made.graph)
    if (refused := refusal(case.id, dialect.name, "records")) is not None:
        with refused:
            run(simplify(graph), made.feeds, engine, dialect, load_table, "rows")
        return
    expected = graph.evaluate(made.feeds)
    found = run(simplify(graph), made.feeds, engine, dialect, load_table, "rows")
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", STATEFUL[:1], ids=lambda case: case.id)
def test_states_that_go_from_row_to_row_are_refused_in_rows(case: Case) -> None:
    graph = simplify(heads.bare(built(case).graph))
    dialect = get("duckdb")
    with pytest.raises(UnsupportedDialectError, match="from row to row"):
        lower(graph, plan(graph, dialect, "rows"), Source("t", ("id",), {}), dialect)


def test_every_dialect_is_in_the_matrix() -> None:
    assert {database.dialect for database in DATABASES} == set(REGISTERED)


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.dialect)
def test_a_dialect_claims_what_its_row_shows(
    database: Database, request: pytest.FixtureRequest
) -> None:
    dialect = get(database.dialect)
    assert dialect.tested == database.level
    if database.parser:
        assert dialect.tested_by == PARSERS[database.parser].title
        return
    engine = request.getfixturevalue(f"{database.engine}_engine")
    itself = get(engine.dialect_name).title in dialect.title  # PostgreSQL with an extension
    assert itself == (database.level == "executed")
    if database.relative:
        assert engine.dialect_name == database.relative
        assert dialect.tested_by == get(database.relative).title


_LOOPS = [c for c in CASES if re.search("LSTM|GRU|RNN|Bidirectional", c.layer)]
_LOOPED = [d for d in DATABASES if d.dialect in ("duckdb", "sqlite", "postgresql", "mariadb")]


@pytest.mark.parametrize(("case", "database"), cells(_LOOPS, _LOOPED))
def test_recurrences_by_recursion(
    case: Case,
    database: Database,
    load_table: Load,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As long ones are computed."""
    monkeypatch.setattr("keras2sql.plan.choice.UNROLLED", 2)
    engine = request.getfixturevalue(f"{database.engine}_engine")
    dialect = get(database.dialect)
    made = built(case)
    graph = heads.bare(made.graph)
    expected = graph.evaluate(made.feeds)
    found = run(simplify(graph), made.feeds, engine, dialect, load_table)
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values.astype(float), rtol=1e-9, atol=1e-9)
