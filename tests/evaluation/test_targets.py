"""Every database is evaluated, by each of its strategies, and nothing is left in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import keras2sql
from keras2sql.dialects import DIALECTS
from keras2sql.engines import Engine
from keras2sql.evaluation.networks import FAMILIES

ENGINES = ("duckdb", "sqlite", "postgres", "mariadb", "clickhouse", "datafusion", "firebird")
LONG = ("convolution", "sequence", "trees")

LISTED = {
    "duckdb": "SELECT table_name FROM duckdb_tables()",
    "sqlite": "SELECT name FROM sqlite_master UNION ALL SELECT name FROM sqlite_temp_master",
    "postgresql": "SELECT relname FROM pg_class",
    "mariadb": "SELECT table_name FROM information_schema.tables",
    "clickhouse": "SELECT name FROM system.tables",
    "firebird": "SELECT rdb$relation_name FROM rdb$relations",
    "spark": "SHOW TABLES",
}


SPARK = pytest.param("spark", marks=[pytest.mark.xdist_group("spark"), pytest.mark.sweep])


@pytest.fixture(scope="module", params=[*ENGINES, SPARK])
def target(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_engine")


def tables(engine: Any) -> set[str]:
    """What is there, tables of other sessions too."""
    if engine.dialect_name == "datafusion":
        return set(engine.connection.catalog().schema().table_names())
    assert isinstance(engine, Engine)
    found = engine.query(LISTED[engine.dialect_name])
    return {str(name).strip() for row in found.to_numpy() for name in row}


@pytest.mark.parametrize(
    "chosen", [("rows",), pytest.param(LONG, marks=pytest.mark.sweep)], ids=["rows", "others"]
)
def test_small_networks_work_and_leave_nothing(
    target: Any, chosen: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = {name: replace(f, sizes=f.sizes[:1]) for name, f in FAMILIES.items()}
    smallest["rows"] = replace(smallest["rows"], sizes=(20,))
    monkeypatch.setattr("keras2sql.evaluation.sweep.FAMILIES", smallest)
    before = tables(target)
    found = keras2sql.evaluate(target, budget=400, families=chosen, rows=20)
    strategies = DIALECTS[target.dialect_name].strategies
    cases = {(c["family"], c["strategy"]): c for c in found.record["cases"]}
    assert len(cases) == len(found.record["cases"]) == len(chosen) * len(strategies)
    for (family, strategy), case in cases.items():
        if (target.dialect_name, family, strategy) == ("mariadb", "sequence", "rows"):
            assert (case["status"], case["limit"]) == ("fails", "depth")
            assert "needs 71 steps, MariaDB takes 62" in case["why"]
            continue
        assert (case["status"], case["why"]) == ("works", "")
        single = (target.dialect_name, strategy) == ("spark", "arrays")
        assert case["error"] < (1e-6 if single else 1e-9)
        assert case["rows"] == 20
        assert 0 < case["run"] < 60
        assert case["rows_per_second"] == pytest.approx(20 / case["run"])
        assert case["statement_bytes"] > 100
    assert tables(target) == before
    assert {one.verdict for one in found.verdicts} <= {"works", "works slowly"}
