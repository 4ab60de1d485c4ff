"""Cells, steps and text: each value once, within the limits of each database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlglot
from sqlglot import exp

import keras2sql
from keras2sql.dialects import DIALECTS as EVERY
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError, UnsupportedDialectError
from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, Y, call
from keras2sql.lower.cells import Cell, Cells
from keras2sql.lower.columns import lower
from keras2sql.lower.layout import bracketed
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.source import Source
from keras2sql.lower.steps import ordered, schedule
from keras2sql.lower.text import Speller
from keras2sql.sql.names import Names, is_subquery, name_parts
from keras2sql.sql.render import render, wrap
from keras2sql.sql.tree import LEFT, Column, Join, Query, Read, Select, Step, Table, Values
from tiny import activation, dense, expected, program, scored

Load = Callable[[Engine, str, pd.DataFrame], None]
DIALECTS = ["duckdb", "sqlite", "postgresql"]
IRIS = Path(keras2sql.__file__).parent / "demo" / "iris.keras"
DUCKDB = get("duckdb")
CHEAP = re.compile(r"^-?[\w.]+ [-+*] -?[\w.]+$")  # one operation on columns costs no column


def demo(dialect: str, strategy: str = "auto") -> keras2sql.Program:
    return keras2sql.convert(
        IRIS, dialect, "iris", "id",
        features=["sepal_length", "sepal_width", "petal_length", "petal_width"],
        labels=["setosa", "versicolor", "virginica"], strategy=strategy,
    )  # fmt: skip


def parsed(program: Any) -> exp.Expression:
    names = {"postgresql": "postgres"}
    name = program.dialect.name
    return sqlglot.parse_one(program.query, dialect=names.get(name, name))


# -- each value once


def repeated(statement: exp.Expression) -> list[str]:
    """Calls and arithmetic that are written twice; comparisons and casts cost next to nothing."""
    counted: Counter[str] = Counter()
    for node in statement.walk():
        inside = node.find_ancestor(exp.CTE)
        valid = inside is not None and inside.alias == "features"
        if isinstance(node, (exp.Func, exp.Add, exp.Sub, exp.Mul, exp.Div)) and not valid:
            free = not any(node.find_all(exp.Column))
            if not free and not isinstance(node, (exp.Cast, exp.Case, exp.And, exp.Or, exp.If)):
                counted[node.sql()] += 1
    return [text for text, n in counted.items() if n > 1]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_demo_computes_each_value_once(dialect: str) -> None:
    statement = parsed(demo(dialect, strategy="columns"))
    assert not [text for text in repeated(statement) if not CHEAP.match(text)]
    assert sum(1 for _ in statement.find_all(exp.Mul)) == 112  # its multiply-adds


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", ["gelu", "mish", "selu", "softmax", "log_softmax", "silu", "glu"])
def test_activations_compute_each_value_once(name: str, dialect: str) -> None:
    made = program(dense([3, 4, 4], [name if name != "glu" else "gelu", name]), dialect)
    assert not [text for text in repeated(parsed(made)) if not CHEAP.match(text)]


def test_many_deep_expressions_are_cut_where_they_are_compared(
    duckdb_engine: Engine, load_table: Load
) -> None:
    crowd = DUCKDB.limits.crowd
    assert crowd is not None
    few, many = (
        program(dense([3, width], ["gelu"]), duckdb_engine, strategy="columns")
        for width in (crowd.columns // 2, crowd.columns + 8)
    )

    def deepest(made: keras2sql.Program) -> int:
        texts = (c.text for step in made.lowered.query.steps for c in step.body.columns)
        return max(text.count("(") for text in texts)

    assert deepest(few) > 15 > deepest(many)
    feeds = {"x": np.random.default_rng(0).normal(size=(40, 3))}
    found = scored(duckdb_engine, many, load_table, feeds)
    for name, values in expected(many, feeds).items():
        np.testing.assert_allclose(found[name], values, rtol=1e-12, atol=1e-15)


def test_the_same_function_of_the_same_cells_is_one_cell() -> None:
    cells = Cells(DUCKDB)
    x, y = cells.column("x", 0), cells.column("x", 1)
    assert cells.call("add", x, y) is cells.call("add", x, y)
    assert cells.call("add", x, y) is not cells.call("add", y, x)
    assert cells.const(1.0) is cells.const(np.float64(1.0))
    assert cells.const(1) is not cells.const(1.0)
    assert cells.const(0.0) is not cells.const(-0.0)


def test_what_is_slow_is_avoided_only_where_speed_comes_first() -> None:
    x = Cells(DUCKDB).column("x", 0)
    for fast, fn in ((False, "max"), (True, "case")):
        cells = Cells(DUCKDB, fast)
        assert cells.call("max", x, cells.const(0.0)).fn == fn
    assert Cells(get("sqlite"), fast=True).call("max", x, x).fn == "max"


@pytest.mark.parametrize("precision", ["double", "single"])
def test_fast_rectifiers_are_the_same_at_the_extremes(
    duckdb_engine: Engine, load_table: Load, precision: str
) -> None:
    g = Builder()
    x = g.input("x", (1,))
    with g.at("relu"):
        made = {"out": activation(g, x, "relu"), "capped": activation(g, x, "relu6")}
    values = np.array([0.0, 1.5, -1.5, 7.0, 3e38, -3e38, np.inf, -np.inf])
    fast = program(
        Graph((x,), made), "duckdb", "tiny", strategy="arrays", precision=precision, outputs=None
    )
    assert "greatest" not in fast.query
    found = scored(duckdb_engine, fast, load_table, {"x": values[:, None]})
    for name, column in expected(fast, {"x": values[:, None]}).items():
        np.testing.assert_allclose(found[name], column.reshape(-1), rtol=1e-6)


@pytest.mark.parametrize("fn", ["tanh", "sqrt", "exp"])
def test_a_function_of_what_is_looked_up_in_single_precision(
    duckdb_engine: Engine, load_table: Load, fn: str
) -> None:
    g = Builder()
    x = g.input("x", (1,))
    looked_up = g.lookup(np.arange(8.0).reshape(4, 2), x)
    graph = Graph((x,), {"y": g.map(call(fn, X), looked_up)})
    made = program(graph, "duckdb", "tiny", strategy="columns", precision="single")
    feeds = {"x": np.array([[0.0], [3.0], [1.0]])}
    found = scored(duckdb_engine, made, load_table, feeds)
    for name, column in expected(made, feeds).items():
        np.testing.assert_allclose(found[name], column.reshape(-1), rtol=1e-6)


def test_constants_are_folded_and_neutral_elements_vanish() -> None:
    cells = Cells(DUCKDB)
    x, one, nil = cells.column("x", 0), cells.const(1.0), cells.const(0.0)
    assert cells.call("mul", x, one) is x is cells.call("mul", one, x)
    assert cells.call("add", x, nil) is x is cells.call("add", nil, x)
    assert cells.call("sub", x, nil) is x is cells.call("div", x, one)
    assert cells.call("sub", nil, x) is not x
    assert cells.call("div", one, x) is not x
    assert cells.call("mul", x, nil) is nil
    assert cells.call("exp", cells.const(0.0)) is one
    assert cells.call("where", cells.const(True), x, one) is x
    assert cells.call("where", cells.call("gt", x, nil), x, x) is x
    assert cells.most("max", [x, x]) is x
    assert cells.most("max", [x, one, nil]).args == (x, one)
    assert cells.most("min", [x, one, nil]).args == (x, nil)


def test_a_sum_drops_zero_weights_and_merges_equal_cells() -> None:
    cells = Cells(DUCKDB)
    x, y = cells.column("x", 0), cells.column("x", 1)

    def weighted(bias: float, weights: list[float], *args: Cell) -> Cell:
        return cells.weighted(float(bias), np.array(weights), args)

    assert weighted(0, [1, 0], x, y) is x
    assert weighted(0.5, [0, 0], x, y) is cells.const(0.5)
    assert weighted(0, [1, -1], x, x) is cells.const(0.0)
    merged = weighted(1, [1, 2, 3], x, y, x)
    assert merged.args == (x, y)
    assert merged.value == (1.0, (4.0, 2.0))
    known = weighted(1, [2, 3], cells.const(5.0), y)
    assert (known.args, known.value) == ((y,), (11.0, (3.0,)))


def test_a_missing_function_is_replaced_or_refused() -> None:
    cells = Cells(get("sqlite"))
    x = cells.column("x", 0)
    assert cells.call("sigmoid", x).fn == "div"
    bare = Cells(replace(DUCKDB, title="Bare", functions={}))
    with pytest.raises(UnsupportedDialectError, match="Bare has no function for 'sin'"):
        bare.call("sin", x)


# -- the schedule


def test_schedule_keeps_what_is_read_twice_and_sums_of_sums() -> None:
    cells = Cells(DUCKDB)
    cells.group = 1
    x, y = cells.column("x", 0), cells.column("x", 1)
    twice = cells.call("exp", x)
    once = cells.call("tanh", y)
    inner = cells.weighted(1.0, np.array([2.0, 3.0]), [x, y])
    cells.group = 2
    outer = cells.weighted(0.0, np.array([1.0, 2.0]), [inner, twice])
    out = cells.call("mul", once, twice)
    plan = schedule([outer, out], DUCKDB.limits)
    kept = [set(stage.cells) for stage in plan.stages]
    assert kept == [{inner, twice}, {outer}]
    assert [stage.group for stage in plan.stages] == [1, 2]
    assert plan.last_use[twice] == plan.last_use[outer] == 2  # the answer reads them
    assert plan.last_use[inner] == 1
    assert set(ordered([outer, out])) == {x, y, twice, once, inner, outer, out}


def test_schedule_puts_arguments_first() -> None:
    rng = np.random.default_rng(0)
    for dialect in DIALECTS:
        cells = Cells(get(dialect))
        pool = [cells.column("x", i) for i in range(3)]
        for group in range(1, 40):
            cells.group = group // 4 + 1
            a, b = (pool[i] for i in rng.integers(0, len(pool), 2))
            fn = str(rng.choice(["exp", "sum", "mul", "max", "tanh"]))
            if fn == "sum":
                pool.append(cells.weighted(0.5, rng.normal(size=2), [a, b]))
            else:
                pool.append(cells.call(fn, a, b) if fn in ("mul", "max") else cells.call(fn, a))
        plan = schedule(pool[-5:], get(dialect).limits)
        for cell, at in plan.stage_of.items():
            below = ordered([cell])
            assert all(plan.stage_of.get(c, -1) < at for c in below if c is not cell)
        groups = [stage.group for stage in plan.stages]
        assert groups == sorted(groups)


def test_columns_are_carried_only_as_long_as_a_later_step_reads_them() -> None:
    for dialect in DIALECTS:
        for graph in (dense([4, 5, 3], ["tanh", "softmax"]), dense([4, 6, 6, 3], ["selu"] * 3)):
            steps = program(graph, dialect, labels=list("abc")).lowered.query
            for step, later in zip(steps.steps, (*steps.steps[1:], steps.answer), strict=False):
                select = later.body if isinstance(later, Step) else later
                assert isinstance(step.body, Select)
                assert isinstance(select, Select)
                text = " ".join(c.text for c in select.columns)
                unread = [
                    c.name for c in step.body.columns if not re.search(rf"\b{c.name}\b", text)
                ]
                assert not unread, (step.name, unread)


# -- limits


@pytest.mark.parametrize(("dialect", "limit"), [("sqlite", 2000), ("postgresql", 1664)])
def test_too_many_columns_are_refused_by_name(dialect: str, limit: int) -> None:
    # Beside its units a step has the key and whether the row is valid.
    fits = program(dense([1, limit - 2], ["linear"]), dialect)
    assert len(fits.columns) == limit - 1
    for over in (1, 336):
        with pytest.raises(DialectLimitError) as caught:
            program(dense([1, limit - 2 + over], ["linear"]), dialect)
        message = str(caught.value)
        assert f"{limit - 2 + over:,} outputs" in message
        assert f"{fits.dialect.title} takes {limit:,} columns" in message
        assert f"up to {limit - 2:,} here" in message
        assert "\n" not in message
    with pytest.raises(DialectLimitError, match=f"step features needs {limit + 1} columns"):
        program(dense([limit - 1, 1], ["linear"]), dialect)


def test_as_many_columns_as_the_database_takes(engine: Engine, load_table: Load) -> None:
    widest = {"sqlite": 1998, "postgresql": 900, "duckdb": 1200}[engine.dialect_name]
    g = Builder()
    x = g.input("x", (widest,))
    with g.at("scaled"):
        out = g.map(X * 2.0, x)
    made = program(Graph((x,), {"out": out}), engine)
    values = np.random.default_rng(0).normal(size=(2, widest))
    found = scored(engine, made, load_table, {"x": values})
    np.testing.assert_array_equal(found.iloc[:, 1:].to_numpy(float), values * 2)


def test_as_many_outputs_as_the_database_takes(engine: Engine, load_table: Load) -> None:
    limit = get(engine.dialect_name).limits.select_columns or 0
    limit = min(limit, 2000)
    graph = dense([1, limit - 2], ["relu"])
    made = program(graph, engine, features=["a"])
    values = np.array([[0.5], [-2.0]])
    found = scored(engine, made, load_table, {"x": values})
    wanted = np.stack(list(expected(made, {"x": values}).values()), axis=1)
    np.testing.assert_allclose(found.iloc[:, 1:].to_numpy(float), wanted, rtol=1e-12)


@pytest.mark.parametrize("dialect", ["duckdb", pytest.param("postgresql", marks=pytest.mark.sweep)])
def test_too_many_steps_are_refused_by_name(dialect: str) -> None:
    limit = get(dialect).limits.steps
    assert limit is not None
    with pytest.raises(DialectLimitError, match=rf"needs \d+ steps, .* takes {limit}"):
        program(stack(limit, "tanh", dense=True), dialect)


def test_a_weight_beyond_single_precision_is_refused() -> None:
    g = Builder()
    x = g.input("x", (8,))
    with g.at("layer"):
        graph = Graph((x,), {"out": g.contract(x, np.full((8, 8), 4e70))})
    features = [f"f{i}" for i in range(8)]
    given = {"features": features, "strategy": "arrays", "precision": "single"}
    with pytest.raises(DialectLimitError, match=r"4e\+70 is more than single precision holds"):
        program(graph, "spark", **given)


def stack(n: int, name: str, dense: bool) -> Graph:
    """n layers of one unit, with weights that keep the numbers in sight."""
    rng = np.random.default_rng(0)
    g = Builder()
    x = y = g.input("x", (1,))
    for i in range(n):
        with g.at(f"layer_{i}"):
            if dense:
                y = g.contract(y, rng.uniform(0.9, 1.1, (1, 1)), rng.normal(size=1) / 10)
            y = activation(g, y, name)
    return Graph((x,), {"out": y})


DEEP = [
    (60, "tanh", False), (150, "tanh", False), (600, "tanh", False), (40, "linear", True),
    (200, "linear", True), (190, "relu", True), (150, "tanh", True), (30, "gelu", False),
    (35, "softplus", True),
]  # fmt: skip


@pytest.mark.parametrize(("n", "name", "with_dense"), DEEP)
def test_deep_networks_run(
    n: int, name: str, with_dense: bool, engine: Engine, load_table: Load
) -> None:
    graph = stack(n, name, with_dense)
    made = program(graph, engine, features=["a"])
    values = np.linspace(-2, 2, 7)[:, None]
    found = scored(engine, made, load_table, {"x": values})
    np.testing.assert_allclose(
        found["out"], graph.evaluate({"x": values})["out"].ravel(), rtol=1e-9, atol=1e-12
    )


def test_two_hundred_layers_run(engine: Engine, load_table: Load) -> None:
    graph = stack(201, "sigmoid", True)
    values = np.linspace(-2, 2, 5)[:, None]
    made = program(graph, engine, features=["a"])
    found = scored(engine, made, load_table, {"x": values})
    wanted = graph.evaluate({"x": values})["out"].ravel()
    np.testing.assert_allclose(found["out"], wanted, rtol=1e-9)


def test_a_chain_beyond_the_limit_names_it() -> None:
    limit = get("duckdb").limits.steps
    assert limit is not None
    graph = stack(limit + 1, "sigmoid", True)
    with pytest.raises(DialectLimitError, match=f"{limit + 2} steps, DuckDB takes {limit}"):
        program(graph, "duckdb", features=["a"])


@pytest.mark.parametrize("how", ["sum", "mean", "prod", "max", "min", "any", "all", "argmax"])
def test_wide_reductions_run(how: str, engine: Engine, load_table: Load) -> None:
    width = 900
    g = Builder()
    x = g.input("x", (width,))
    with g.at("reduced"):
        if how in ("any", "all"):
            limit = 2.9 if how == "any" else -0.9
            reduced = g.reduce(how, g.map(ex.call("gt", X, limit), x), 0)
            out = g.map(ex.where(X, 1.0, 0.0), reduced)
        else:
            out = g.map(X * 1.0, g.reduce(how, x, 0))
    graph = Graph((x,), {"out": out})
    values = 1 + np.random.default_rng(1).normal(size=(6, width)) / 1.7
    made = program(graph, engine)
    found = scored(engine, made, load_table, {"x": values})["out"].to_numpy(float)
    wanted = graph.evaluate({"x": values})["out"].astype(float)
    assert how not in ("any", "all") or set(wanted) == {0.0, 1.0}
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


# -- text


def spelled(expr: ex.Expr, *names: str, dialect: str = "duckdb") -> str:
    cells = Cells(get(dialect))
    columns = [cells.column("x", i) for i in range(len(names))]
    return Speller(get(dialect)).text(
        cells.expand(expr, columns), dict(zip(columns, names, strict=True))
    )


A, B, C = X, Y, ex.Arg(2)
TEXTS = [
    (A + B * C, "a + b * c"),
    ((A + B) * C, "(a + b) * c"),
    (A * (B * C), "a * (b * c)"),
    (A * B * C, "a * b * c"),
    (A / (B / C), "a / (b / c)"),
    (A / B / C, "a / b / c"),
    (A - (B - C), "a - (b - c)"),
    (A - (B + C), "a - (b + c)"),
    (A + (B - C), "a + b - c"),
    (ex.call("neg", -A), "-(-a)"),
    (A - (-B), "a + b"),
    (A + (-B), "a - b"),
    (A * (-B), "a * (-b)"),
    (A - (-B) * C, "a + b * c"),
    (-(A + B), "-(a + b)"),
    (-(A * B), "-(a * b)"),
    (A * -2.0, "-2e0 * a"),
    (A - A * -2.0, "a + 2e0 * a"),
    (A + -3.0, "a - 3e0"),
    (ex.where(A > B, A, B), "CASE WHEN a > b THEN a ELSE b END"),
    (ex.where(ex.call("not", A > B), A, 1.0), "CASE WHEN NOT a > b THEN a ELSE 1e0 END"),
    (ex.call("and", A > B, ex.call("or", B > C, C > A)), "a > b AND (b > c OR c > a)"),
    (ex.call("or", ex.call("and", A > B, B > C), C > A), "a > b AND b > c OR c > a"),
    (ex.maximum(A, ex.minimum(B, 1.0)), "greatest(a, least(b, 1e0))"),
]


@pytest.mark.parametrize(("expr", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_expressions_are_bracketed_as_they_were_built(
    expr: ex.Expr, text: str, duckdb_engine: Engine
) -> None:
    found = spelled(expr, "a", "b", "c")
    assert found == text
    values = [1.5, -2.25, 0.375]
    row = f"SELECT {', '.join(f'{v} :: DOUBLE AS {n}' for v, n in zip(values, 'abc', strict=True))}"
    computed = duckdb_engine.query(f"SELECT {found} AS answer FROM ({row})").iat[0, 0]
    assert computed == ex.evaluate(expr, [np.asarray(v) for v in values])


@pytest.mark.parametrize("weights", [[-1.0], [-1.0, -1.0], [1.0, -1.0], [-2.0, 3.0], [2.0, -1.0]])
def test_no_sum_opens_a_comment(weights: list[float], engine: Engine, load_table: Load) -> None:
    """Terms that begin with a minus, under weights that are one: "--" is a comment."""
    g = Builder()
    x = g.input("x", (len(weights),))
    with g.at("turned"):
        turned = [g.map(e, x) for e in (-X, -2.0 * X, -X * X, -(X - 1.0), -1.0 / (X * X + 1.0))]
    with g.at("sums"):
        sums = [g.contract(t, np.array(weights)[:, None]) for t in turned]
        sums += [g.contract(t, -np.array(weights)[:, None], np.array([-0.5])) for t in turned]
    graph = Graph((x,), {"out": g.join([*sums, g.join(turned, 0)], 0)})
    values = np.random.default_rng(0).normal(size=(3, len(weights)))
    made = program(graph, engine)
    assert not re.search(r"(?m)--(?! )", made.query)
    found = scored(engine, made, load_table, {"x": values})
    wanted = graph.evaluate({"x": values})["out"]
    np.testing.assert_allclose(found.iloc[:, 1:].to_numpy(float), wanted, rtol=1e-12)


def test_long_sums_are_bracketed_in_groups() -> None:
    assert bracketed(["a", "-b", "c"], 16) == "a - b + c"
    assert bracketed(["-a", "-b"], 16) == "-a - b"
    text = bracketed([f"t{i}" for i in range(1000)], 16)
    assert sorted(re.findall(r"\w+", text)) == sorted(f"t{i}" for i in range(1000))
    tree = sqlglot.parse_one(text)
    assert max(_depth(tree), 0) < 120
    assert max(len(line) for line in text.splitlines()) <= 100


def _depth(tree: exp.Expression) -> int:
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in node.iter_expressions()]
    return depth


def test_statements_are_rendered() -> None:
    quote = [Column("id", "id"), Column("A", "a"), Column("select", "1e0")]
    table = Step("t", Values(("id", "v"), (("0", "1.5"), ("1", "NULL"))), "a comment")
    step = Step(
        "s", Select(tuple(quote), Table(("iris",)), (Join(LEFT, Read("t"), ("t.id = a",)),))
    )
    query = Query((table, step), Select((Column("id", "id"),), Read("s")), ("tiny", "DuckDB"))
    assert render(query, DUCKDB) == (
        "-- tiny\n-- DuckDB\nWITH\n"
        "-- a comment\nt(id, v) AS (VALUES\n  (0, 1.5),\n  (1, NULL)\n),\n"
        's AS (\n  SELECT\n    id,\n    a AS "A",\n    1e0 AS "select"\n  FROM iris\n'
        "  LEFT JOIN t ON t.id = a\n)\nSELECT\n  id\nFROM s"
    )
    plain = Query((), Select((Column("x", "1"),), Table(("t",))))
    assert render(plain, DUCKDB) == "SELECT\n  1 AS x\nFROM t"


def test_short_items_share_lines_that_stay_short() -> None:
    text = wrap([f"column_{i}" for i in range(60)], "    ")
    assert max(map(len, text.splitlines())) <= 96
    assert len(text.splitlines()) < 12
    assert text.count(",") == 59


def test_names_clash_with_nothing_case_aside() -> None:
    names = Names(["Taken"])
    assert [names.take(n) for n in ("a", "A", "a", "taken", "a_2")] == [
        "a", "A_2", "a_3", "taken_2", "a_2_2",
    ]  # fmt: skip
    assert Names.plain("Größe (cm)", "x") == "gr_e_cm"
    assert Names.plain("1st", "x") == "x_1st"
    assert Names.plain("数据", "x") == "x"
    assert len(Names.plain("a" * 300, "x")) == 40


def test_table_names_come_apart_at_dots_outside_of_quotes() -> None:
    assert name_parts("a.b") == ["a", "b"]
    assert name_parts('"a.b"."c ""d"""') == ["a.b", 'c "d"']
    assert name_parts('odd"name') == ['odd"name']
    assert is_subquery(" (SELECT 1) ")
    assert not is_subquery("(x)")
    assert Source('a."b c"', (), {}).relation(get("sqlite")) == "a.`b c`"


def test_steps_of_many_products_are_divided() -> None:
    """Where an engine is slower in them; names are those of the layer, and go on."""
    graph = dense([4, 9, 1], ["relu", "linear"])
    source = Source("t", ("id",), {"x": list("abcd")})

    def steps(most: int | None, limit: int | None = None) -> list[int]:
        limits = replace(DUCKDB.limits, products=most, steps=limit)
        made = lower(Lowering(graph, source, replace(DUCKDB, limits=limits)))
        text = render(made.query, DUCKDB)
        assert re.findall(r" AS (dense_\d)\b", text) == [f"dense_{i}" for i in range(9)]
        *parts, last = [step for step in made.steps if step.computed and "_1_" not in step.name]
        names = [f"dense_part_{n}" for n in range(1, len(parts))]
        assert [step.name for step in (*parts, last)] == [*names, "dense", "dense_1"]
        return [step.computed for step in parts]

    assert steps(None) == steps(36) == [9]
    assert steps(27) == [4, 5]
    assert steps(12) == [3, 3, 3]
    assert steps(1) == [1] * 9  # one sum to a step at least
    assert steps(9, limit=5) == [4, 5]  # twice as many in each, or there would be too many steps


# -- names of layers that the text of a statement uses itself

USED = ["x", "w", "n", "m", "a", "b0", "e", "r", "i", "v", "k"]


def shape(made: keras2sql.Program) -> list[tuple[int, int, int]]:
    """What a statement is made of, without its names."""
    reads = made.lowered.query.reads()
    return [(info.computed, info.columns, len(reads[info.name])) for info in made.lowered.steps]


@pytest.mark.parametrize("strategy", ["columns", "arrays", "rows"])
@pytest.mark.parametrize("dialect", sorted(EVERY))
def test_layers_called_as_a_statement_calls_things(dialect: str, strategy: str) -> None:
    if strategy not in get(dialect).strategies:
        return
    # Less than eleven layers at once: by rows those are more steps than MariaDB takes.
    for used in (USED[:6], USED[5:], USED[::-2]):
        units, activations = [20] * (len(used) + 1), ["tanh"] * len(used)
        plain = [f"layer_{i}" for i in range(len(used))]
        ours, theirs = (
            shape(program(dense(units, activations, layers=names), dialect, strategy=strategy))
            for names in (plain, used)
        )
        assert ours == theirs
