"""Settings are data until a statement is made of them."""

from __future__ import annotations

from keras2sql.dialects import DIALECTS
from keras2sql.dialects.settings import Settings


def test_one_statement_makes_all_of_them() -> None:
    both = Settings({"a": "1", "b": "off"})
    assert both.names == ["a", "b"]
    assert both.sql == "SET a = 1, b = off"


def test_an_assignment_may_be_an_argument() -> None:
    called = Settings(
        {"a": "f(1)"}, statement="SELECT set({0}, true)", assignment="'{name}', {value}"
    )
    assert called.sql == "SELECT set('a', f(1), true)"


def test_what_databases_are_told_before_a_query() -> None:
    told = {name: [one.sql for one in d.session] for name, d in DIALECTS.items() if d.session}
    assert told["mariadb"] == ["SET SESSION max_recursive_iterations = 4294967295"]
    assert told["postgresql"][0] == "SET LOCAL jit = off"
    assert told["postgresql"][1].startswith("SELECT pg_catalog.set_config('search_path', ")
    assert told["postgresql"][1].endswith("'), ', '), true)")
    assert told["spark"][0] == "SET spark.sql.codegen.wholeStage = false"
    [clickhouse] = told["clickhouse"]
    assert clickhouse.startswith(
        "SET query_plan_merge_expressions = 0, prefer_column_name_to_alias"
    )
