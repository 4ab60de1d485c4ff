"""A forest's view is read by its key: one row goes down the trees, and no row is mistaken for
another."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import keras2sql
from keras2sql.engines import DuckDB

# What the steps of a walk call their columns, too.
NAMES = ["x", "s", "v", "n", "e0", "valid"]


def frame_of(rows: int, seed: int = 0) -> Any:
    """Two rows of each key, of which some are NULL; numbers at thresholds, some of them missing."""
    random = np.random.default_rng(seed)
    x = pd.DataFrame(random.normal(size=(rows, len(NAMES))).round(1), columns=NAMES)
    x[random.random(x.shape) < 0.1] = np.nan
    x.insert(0, "id", pd.array(np.arange(rows) // 2, dtype="Int64"))
    x.loc[x["id"] % 5 == 0, "id"] = pd.NA
    x["row"] = np.arange(rows)
    x["colour"] = [None if row % 3 == 0 else f"c{row % 4}" for row in range(rows)]
    return x


def fitted(name: str, x: Any) -> Any:
    y = (x[NAMES].fillna(1.0).sum(axis=1) > 0.5).astype(int) + (x["row"] % 7 == 0)
    forest = RandomForestClassifier(60, max_depth=7, random_state=0)
    if name == "forest":
        return forest.fit(x[NAMES], y)
    if name == "histograms":
        made = HistGradientBoostingRegressor(max_iter=80, max_leaf_nodes=40, min_samples_leaf=2)
        return made.fit(x[NAMES], y)
    if name == "categories":
        made = HistGradientBoostingRegressor(max_iter=30, categorical_features=["s"])
        x["s"] = (x["s"] * 10).round() % 7
        return made.fit(x[NAMES], y)
    if name == "pipeline":
        numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
        colours = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        around = make_column_transformer((numbers, NAMES), (colours, ["colour"]))
        return make_pipeline(around, forest).fit(x[[*NAMES, "colour"]], y)
    imputed = make_pipeline(SimpleImputer(), GradientBoostingClassifier(n_estimators=40))
    return imputed.fit(x[NAMES], y)


MODELS = ["forest", "histograms", "pipeline", "boosting"]


@pytest.mark.parametrize("name", MODELS)
def test_a_row_is_found_by_its_key_and_no_other_is_computed(
    name: str, duckdb_engine: DuckDB, load_table: Any
) -> None:
    x = frame_of(400)
    model = fitted(name, x)
    load_table(duckdb_engine, "keyed_trees", x)
    program = keras2sql.convert(
        model, "duckdb", "keyed_trees", "id", strategy="rows", passthrough=["row", "colour"]
    )
    assert "by key    one row: reads the key (id)" in program.explain()
    kept = duckdb_engine.connection
    for statement in program.setup:
        kept.execute(statement)
    kept.execute(f"CREATE OR REPLACE VIEW keyed_forest AS {program.query}")
    told = kept.execute("EXPLAIN SELECT * FROM keyed_forest WHERE id = 7").fetchall()[0][1]
    scans = re.findall(r"Table: \S*keyed_trees", told)
    assert scans
    assert len(re.findall(r"Filters: id = 7", told)) == len(scans)

    found = kept.execute("SELECT * FROM keyed_forest").df().sort_values("row", ignore_index=True)
    one = kept.execute("SELECT * FROM keyed_forest WHERE id = 7").df()
    kept.execute("DROP VIEW keyed_forest")
    assert found["row"].tolist() == x["row"].tolist()
    assert found["id"].astype("Int64").equals(x["id"])
    assert found["colour"].fillna("").tolist() == x["colour"].fillna("").tolist()
    given = x[list(model.feature_names_in_)]
    if name == "histograms":
        wanted, outputs = model.predict(given)[:, None], ["Estimator"]
    else:
        wanted = model.predict_proba(given)
        outputs = [f"Proba_{label}" for label in model.classes_]
    np.testing.assert_allclose(found[outputs], wanted, rtol=1e-12, atol=1e-12)
    whole = program.for_all_rows()
    assert whole.query != program.query
    assert "computes the whole table" in whole.explain()
    all_rows = whole.run(duckdb_engine).sort_values("row", ignore_index=True)
    pd.testing.assert_frame_equal(all_rows[outputs], found[outputs], rtol=1e-13)
    one, same = one.set_index("row").sort_index(), found[found["id"] == 7].set_index("row")
    assert one.index.tolist() == same.index.tolist() == [14, 15]
    np.testing.assert_allclose(one[outputs], same[outputs], rtol=1e-14)


@pytest.mark.parametrize("name", ["sqlite", "postgres"])
@pytest.mark.parametrize("model", ["forest", "histograms", "pipeline", "categories"])
def test_a_row_goes_down_trees_in_tables_by_itself(
    name: str, model: str, load_table: Any, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    x = frame_of(200)
    trees = fitted(model, x)
    load_table(engine, "trees_in_tables", x)
    engine.execute_script(["CREATE INDEX trees_by_key ON trees_in_tables (id)"])
    program = keras2sql.convert(
        trees, engine.dialect_name, "trees_in_tables", "id", weights="tables", passthrough=["row"]
    )
    assert program.plan.strategy == "columns"
    assert "WITH RECURSIVE walk(n)" in program.query
    assert "by key    one row: reads the key (id)" in program.explain()
    for table in program.tables:
        engine.load(table, program.dialect)

    views = ["DROP VIEW IF EXISTS looked_up", f"CREATE VIEW looked_up AS {program.query}"]
    engine.execute_script(views)
    if name == "sqlite":
        told = engine.query("EXPLAIN QUERY PLAN SELECT * FROM looked_up WHERE id = 7", list("abcd"))
        assert "SEARCH trees_in_tables USING INDEX trees_by_key (id=?)" in told["d"].tolist()
    else:
        engine.execute_script(["SET enable_seqscan = off"])
        told = engine.query("EXPLAIN SELECT * FROM looked_up WHERE id = 7", ["told"])
        engine.execute_script(["RESET enable_seqscan"])
        assert "Index Cond: (id = 7)" in "\n".join(told["told"])
    one = engine.query("SELECT * FROM looked_up WHERE id = 7", program.columns)
    engine.execute_script(["DROP VIEW looked_up"])

    found = engine.query(program.query, program.columns).sort_values("row", ignore_index=True)
    given = x[list(trees.feature_names_in_)]
    if model in ("forest", "pipeline"):
        wanted = trees.predict_proba(given)
        outputs = [f"Proba_{label}" for label in trees.classes_]
    else:
        wanted, outputs = trees.predict(given)[:, None], ["Estimator"]
    np.testing.assert_allclose(found[outputs].astype(float), wanted, rtol=1e-12, atol=1e-12)
    assert sorted(one["row"]) == [14, 15]
    same = found[found["row"].isin([14, 15])]
    one = one.sort_values("row")
    np.testing.assert_allclose(one[outputs].astype(float), same[outputs].astype(float), rtol=1e-14)


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_trees_that_are_planned_long_are_in_tables_for_who_reads_by_key(name: str) -> None:
    x = frame_of(3000)[NAMES].fillna(0.5)
    noise = np.random.default_rng(1).normal(size=3000)
    large = RandomForestRegressor(70, random_state=0).fit(x, noise)
    small = RandomForestRegressor(20, max_depth=5, random_state=0).fit(x, x["x"])
    program, other = (keras2sql.convert(m, name, "t", "id") for m in (large, small))
    assert (program.plan.weights, other.plan.weights) == ("tables", "inline")
    assert "as the trees, which would take" in program.plan.reason
    whole = program.plan_for_all(None)
    assert (whole.strategy, whole.weights) == ("columns", "inline")


def test_what_trees_in_tables_test_may_be_called_like_them(sqlite_engine: Any) -> None:
    names = ["f", "t", "n", "k", "walk", "node"]
    x = np.random.default_rng(0).normal(size=(50, 6)).round(1)
    frame = pd.DataFrame(x, columns=names)
    model = RandomForestRegressor(9, max_depth=4, random_state=0).fit(frame, x.sum(axis=1))
    frame.insert(0, "leaf", np.arange(50))
    sqlite_engine.execute_script(["DROP TABLE IF EXISTS walk"])
    frame.to_sql("walk", sqlite_engine.connection, index=False)
    program = keras2sql.convert(model, "sqlite", "walk", "leaf", weights="tables")
    found = program.run(sqlite_engine).sort_values("leaf")
    sqlite_engine.execute_script(["DROP TABLE walk"])
    np.testing.assert_allclose(found["Estimator"], model.predict(frame[names]), rtol=1e-12)
