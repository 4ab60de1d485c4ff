"""Trees on every database: thresholds to the last bit, missing numbers, categories, deep trees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import typed_tables
from keras2sql.dialects import DIALECTS, get
from keras2sql.engines import Engine
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.digest import digest
from keras2sql.graph.ops import ShapeError
from keras2sql.graph.trees import Forest, Trees, beside, by_depth, forest, of_single
from keras2sql.plan import plan
from tiny import bare, program, scored

SINGLE = {"sqlite": "REAL", "postgresql": "real", "clickhouse": "Float32"}
DOUBLE = {"sqlite": "REAL", "postgresql": "float8", "clickhouse": "Float64"}
DECIMAL = {"clickhouse": "Decimal(38, 24)", "mariadb": "DECIMAL(38, 24)"}
DATABASES = ["duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion"]
EACH = [
    pytest.param(name, strategy, id=f"{name}-{strategy}")
    for name in DATABASES
    for strategy in DIALECTS[{"postgres": "postgresql"}.get(name, name)].strategies
]


def stump(feature: int, threshold: float, left: float, right: float, **known: Any) -> Forest:
    """One node and two leaves."""
    return forest([0], [feature] * 3, [threshold] * 3, [1, -1, -1], [2, -1, -1],
                  [0.0, left, right], **known)  # fmt: skip


def graph_of(trees: Forest, features: int, missing: bool = False) -> Graph:
    from keras2sql.graph.incomplete import incomplete

    g = Builder()
    x = incomplete("x", (features,)) if missing else g.input("x", (features,))
    with g.at("trees"):
        y = g.trees(x, trees)
    return g.graph([x], {f"y_{i}": g.take(y, i) for i in range(trees.outputs)})


def random_forest(trees: int, depth: int, features: int, outputs: int, seed: int = 0) -> Forest:
    """Unbalanced trees of random splits."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(trees):
        left, right, level = [-1], [-1], [0]
        for node in range(40 * depth):
            if node >= len(left) or level[node] >= depth or (node and random.random() < 0.3):
                continue
            left[node], right[node] = len(left), len(left) + 1
            left += [-1, -1]
            right += [-1, -1]
            level += [level[node] + 1] * 2
        n = len(left)
        made.append(
            forest(
                [0],
                random.integers(0, features, n),
                random.normal(size=n).round(1),
                left,
                right,
                random.normal(size=(n, outputs)),
                random.random(n) < 0.5,
            )
        )
    return beside(made)


def by_hand(trees: Forest, row: Any) -> Any:
    """What one row gives, node by node."""
    total = np.zeros(trees.outputs)
    for root in trees.roots:
        node = int(root)
        while trees.left[node] != node:
            value = row[trees.feature[node]]
            if np.isnan(value):
                assert trees.missing_left is not None
                left = bool(trees.missing_left[node])
            elif trees.category is not None and trees.category[node] >= 0:
                left = value in trees.categories[trees.category[node]]
            else:
                left = bool(value <= trees.threshold[node])
            node = int(trees.left[node] if left else trees.right[node])
        total += trees.value[node]
    return total


NUMBERS = [0.1, 0.3, -0.7, 1e-3, 1 / 3, 16777216.0, 0.0]


def close(threshold: float) -> list[float]:
    """Numbers of 64 bit around a threshold, and around the numbers of 32 bit beside it."""
    near = np.float32(threshold)
    beside_it = [np.nextafter(near, np.float32(to)) for to in (-np.inf, np.inf)]
    whole = [float(v) for v in (near, *beside_it)]
    halves = [(whole[0] + v) / 2 for v in whole[1:]]
    found = [threshold, *whole, *halves]
    ends = (-np.inf, np.inf)
    return [float(v) for one in found for v in (one, *(np.nextafter(one, end) for end in ends))]


def test_a_threshold_is_that_of_a_comparison_in_32_bit() -> None:
    random = np.random.default_rng(7)
    many = np.concatenate([NUMBERS, random.normal(size=300), random.normal(size=300) * 1e-40])
    many = np.concatenate([many, many.astype(np.float32)])
    for threshold, exact in zip(many, of_single(many), strict=True):
        for x in close(threshold):
            with np.errstate(over="ignore"):
                assert (x <= exact) == (np.float32(x) <= np.float64(threshold))


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize(("name", "strategy"), EACH)
def test_columns_of_any_type_go_where_scikit_learn_sends_them(
    name: str, strategy: str, precision: str, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(f"{name}_engine")
    thresholds = np.array([0.1, 0.10000000149011612, 0.3, -0.7, 1 / 3])
    values = [v for t in thresholds for v in close(t)]
    dialect = engine.dialect_name
    columns = {
        "f": (SINGLE.get(dialect, "FLOAT"), values),
        "d": (DOUBLE.get(dialect, "DOUBLE"), values),
        "n": (DECIMAL.get(dialect, "DECIMAL(38, 24)"), [float(f"{v:.24f}") for v in values]),
    }
    spelled = {
        "f": [get(dialect).digits(float(np.float32(v))) for v in values],
        "d": [get(dialect).digits(v) for v in values],
        "n": [f"{v:.24f}" for v in values],
    }
    typed_tables.make(engine, {c: (type_, spelled[c]) for c, (type_, _) in columns.items()})
    stumps = [
        stump(place, exact, 0.0, 2.0**k)
        for place in range(3)
        for k, exact in enumerate(of_single(thresholds), place * len(thresholds))
    ]
    made = program(
        graph_of(beside(stumps), 3), engine, "typed", strategy=strategy, precision=precision,
        features=["f", "d", "n"],
    )  # fmt: skip
    x = np.array([values, values, [float(v) for v in spelled["n"]]]).T
    right = x.astype(np.float32)[:, :, None] > thresholds
    wanted = (right.reshape(len(x), -1) * 2.0 ** np.arange(15)).sum(axis=1)
    np.testing.assert_array_equal(bare(engine, made)["y_0"], wanted)


@pytest.mark.parametrize(("name", "strategy"), EACH)
def test_forests_with_missing_numbers(
    name: str, strategy: str, load_table: Any, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    trees = random_forest(5, 7, 4, 2)
    x = np.random.default_rng(1).normal(size=(40, 4)).round(1)
    x[np.random.default_rng(2).random(x.shape) < 0.2] = np.nan
    graph = graph_of(trees, 4, missing=True)
    wanted = np.array([by_hand(trees, row) for row in x])
    np.testing.assert_allclose(graph.evaluate({"x": x})["y_1"], wanted[:, 1])
    found = scored(engine, program(graph, engine, strategy=strategy), load_table, {"x": x})
    np.testing.assert_allclose(found[["y_0", "y_1"]], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("missing", [False, True])
def test_large_forests_are_walked_down_in_constant_arrays(
    missing: bool, precision: str, load_table: Any, clickhouse_engine: Engine
) -> None:
    trees = random_forest(150, 5, 4, 2).complete()
    if missing:
        stumps = [
            stump(1, np.inf, 8.0, 16.0, missing_left=[False] * 3),
            stump(1, np.inf, 32.0, 64.0, missing_left=[True, False, False]),
        ]
        trees = beside([random_forest(150, 5, 4, 1), *stumps])
    x = np.random.default_rng(1).normal(size=(40, 4)).round(1) + 0.05
    if missing:
        x[np.random.default_rng(2).random(x.shape) < 0.2] = np.nan
        x[:2, 1] = 1e38, -1e38
    graph = graph_of(trees, 4, missing=missing)
    wanted = np.array([by_hand(trees, row) for row in x])
    made = program(graph, clickhouse_engine, precision=precision)
    assert "(n, b) -> " in made.query
    found = scored(clickhouse_engine, made, load_table, {"x": x})[list(graph.outputs)]
    exact = 1e-12 if precision == "double" else 1e-4
    np.testing.assert_allclose(found, wanted, rtol=exact, atol=exact)


@pytest.mark.parametrize("depth", [60, 61])
def test_many_levels_of_many_nodes(depth: int, load_table: Any, clickhouse_engine: Engine) -> None:
    n = 2 * depth + 1
    left, right = np.full(n, -1), np.full(n, -1)
    left[0 : n - 1 : 2] = np.arange(1, n, 2)
    right[0 : n - 1 : 2] = np.arange(2, n, 2)
    one = forest([0], np.zeros(n), np.arange(n) / 2.0, left, right, np.arange(n))
    trees = beside([one] * 5)
    x = np.arange(-1.0, 70.0, 3.5)[:, None]
    made = program(graph_of(trees, 1), clickhouse_engine)
    assert ("(n, b) -> " in made.query) == (depth == 60)
    found = scored(clickhouse_engine, made, load_table, {"x": x})
    np.testing.assert_array_equal(found["y_0"], [by_hand(trees, row)[0] for row in x])


@pytest.mark.parametrize(("name", "strategy"), EACH)
def test_categories_and_thresholds_without_end(
    name: str, strategy: str, load_table: Any, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    among = {"category": [0, -1, -1], "categories": [(0, 3, 200, 7, 11)]}
    trees = beside(
        [
            stump(0, 0.0, 1.0, 2.0, missing_left=[True, False, False], **among),
            stump(0, 0.0, 10.0, 20.0, missing_left=[False] * 3, **among),
            stump(1, np.inf, 100.0, 200.0, missing_left=[False] * 3),
            stump(1, np.inf, 1000.0, 2000.0, missing_left=[True, False, False]),
            stump(1, 0.5, 10000.0, 20000.0, missing_left=[True, False, False]),
        ]
    )
    x = np.array([[0.0, 1e300], [3.0, np.nan], [4.0, -1e300], [np.nan, 0.0], [200.0, 0.5],
                  [3.5, 0.6], [-1.0, 0.4], [1e9, np.nan]])  # fmt: skip
    graph = graph_of(trees, 2, missing=True)
    wanted = np.array([by_hand(trees, row)[0] for row in x])
    np.testing.assert_array_equal(graph.evaluate({"x": x})["y_0"], wanted)
    found = scored(engine, program(graph, engine, strategy=strategy), load_table, {"x": x})
    np.testing.assert_array_equal(found["y_0"], wanted)


@pytest.mark.parametrize(("name", "strategy"), EACH)
def test_a_row_that_lacks_a_number_has_no_prediction(
    name: str, strategy: str, load_table: Any, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(f"{name}_engine")
    trees = beside([stump(0, 0.0, 1.0, 2.0), stump(0, 0.5, 3.0, 4.0)])
    x = np.array([[1.0, 1.0], [np.nan, 1.0], [1.0, np.nan], [-1.0, 0.0]])
    made = program(graph_of(trees, 2), engine, strategy=strategy)
    found = scored(engine, made, load_table, {"x": x})["y_0"]
    np.testing.assert_array_equal(found.isna(), np.isnan(x).any(axis=1))
    np.testing.assert_array_equal(found.dropna(), [6.0, 4.0])


@pytest.mark.parametrize("name", DATABASES)
def test_a_tree_as_deep_as_a_list(
    name: str, load_table: Any, request: pytest.FixtureRequest
) -> None:
    """120 levels, one leaf on each: deeper than any parser takes in one piece."""
    engine = request.getfixturevalue(f"{name}_engine")
    depth, n = 120, 241
    left, right = np.full(n, -1), np.full(n, -1)
    left[0 : n - 1 : 2] = np.arange(1, n, 2)
    right[0 : n - 1 : 2] = np.arange(2, n, 2)
    trees = forest([0], np.zeros(n), np.arange(n) / 2.0, left, right, np.arange(n))
    assert trees.depth == depth
    x = np.arange(-1.0, 130.0, 7.5)[:, None]
    made = program(graph_of(trees, 1), engine)
    found = scored(engine, made, load_table, {"x": x})
    np.testing.assert_array_equal(found["y_0"], [by_hand(trees, row)[0] for row in x])


@pytest.mark.parametrize(
    ("trees", "depth", "strategies"),
    [
        (20, 5, {"duckdb": "columns", "sqlite": "columns", "postgresql": "columns"}),
        (60, 12, {"duckdb": "rows", "sqlite": "columns", "postgresql": "columns"}),
    ],
)
def test_the_form_that_was_measured_to_be_faster_is_chosen(
    trees: int, depth: int, strategies: dict[str, str]
) -> None:
    graph = graph_of(random_forest(trees, depth, 12, 1), 12)
    chosen = {name: plan(graph, DIALECTS[name]) for name in strategies}
    assert {name: made.strategy for name, made in chosen.items()} == strategies
    assert all("fastest" in made.reason or "good to read" in made.reason or "to plan" in made.reason
               for made in chosen.values())  # fmt: skip


def test_many_features_are_joined(load_table: Any, sqlite_engine: Engine) -> None:
    """Instead of going along as columns."""
    trees = random_forest(40, 6, 90, 3)
    assert len(np.unique(trees.feature[~trees.leaf])) > 64
    x = np.random.default_rng(3).normal(size=(6, 90)).round(1)
    made = program(graph_of(trees.complete(), 90), sqlite_engine, strategy="rows")
    found = scored(sqlite_engine, made, load_table, {"x": x})
    wanted = np.array([by_hand(trees, row) for row in x])
    np.testing.assert_allclose(found[["y_0", "y_1", "y_2"]], wanted, rtol=1e-12, atol=1e-12)


def test_a_forest_is_told_from_another() -> None:
    one = graph_of(stump(0, 0.5, 1.0, 2.0), 1)
    assert digest(one) == digest(graph_of(stump(0, 0.5, 1.0, 2.0), 1))
    others = [stump(0, 0.5, 1.0, 3.0), stump(0, 0.25, 1.0, 2.0),
              stump(0, 0.5, 1.0, 2.0, missing_left=[True] * 3)]  # fmt: skip
    assert len({digest(graph_of(t, 1)) for t in others} | {digest(one)}) == 4


@pytest.mark.parametrize("left", [[1, 0, -1], [1, 3, -1], [0, -1, -1]])
def test_a_tree_that_turns_back_is_refused(left: list[int]) -> None:
    with pytest.raises(ShapeError, match="behind its parent"):
        forest([0], [0] * 3, [0.0] * 3, left, [2, 2, -1], [0.0] * 3)


def test_a_tree_of_another_width_is_refused() -> None:
    with pytest.raises(ShapeError, match="element that is none of 2"):
        graph_of(stump(2, 0.5, 1.0, 2.0), 2)


def test_the_work_of_trees_is_that_of_their_longest_ways() -> None:
    assert Trees(beside([stump(0, 0.0, 1.0, 2.0)] * 7)).work((3,)) == 7


def test_trees_of_a_like_depth_are_walked_down_together() -> None:
    depths = np.array([0, 6, 7, 7, 8, 17, 6])
    groups = by_depth(depths)
    assert sorted(np.concatenate(groups).tolist()) == list(range(7))
    assert [int(depths[group].max()) for group in groups] == [0, 8, 17]
    assert [len(group) for group in by_depth(np.full(40, 5))] == [40]
    assert len(by_depth(np.arange(50) % 9)) == 3


def test_nodes_are_placed_level_by_level() -> None:
    left, right = [1, -1, 3, -1, -1], [2, -1, 4, -1, -1]
    one = forest([0], [0] * 5, [0.0] * 5, left, right, np.ones(5))
    trees = beside([one, stump(0, 0.0, 1.0, 2.0)])
    tree, level, place = trees.walked
    assert tree.tolist() == [0] * 5 + [1] * 3
    assert level.tolist() == [0, 1, 1, 2, 2, 0, 1, 1]
    assert place.tolist() == [0, 1, 2, 3, 4, 0, 1, 2]
    assert trees.depths.tolist() == [2, 1]


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(("depths", "form"), [((3, 3), "2 * n"), ((2, 9, 9), "[3]")])
def test_lists_of_full_trees_and_of_others(
    depths: tuple[int, ...], form: str, missing: bool, duckdb_engine: Engine
) -> None:
    parts = [random_forest(2, depth, 4, 2, seed=depth) for depth in depths]
    trees = beside(parts) if missing else beside(parts).complete()
    x = np.random.default_rng(8).normal(size=(60, 4)).round(1)
    if missing:
        x[np.random.default_rng(9).random(x.shape) < 0.2] = np.nan
    columns = {f"x{i}": ("DOUBLE", [*map(float, x[:, i])]) for i in range(4)}
    spelled = {
        name: ["NULL" if np.isnan(v) else repr(v) for v in values]
        for name, (_, values) in columns.items()
    }
    typed_tables.make(duckdb_engine, {c: ("DOUBLE", spelled[c]) for c in columns})
    made = program(
        graph_of(trees, 4, missing), duckdb_engine, "typed", strategy="rows", features=[*columns]
    )
    assert form in made.query
    found = bare(duckdb_engine, made)
    wanted = np.array([by_hand(trees, row) for row in x])
    np.testing.assert_allclose(np.stack([found["y_0"], found["y_1"]], axis=1), wanted, atol=1e-12)
