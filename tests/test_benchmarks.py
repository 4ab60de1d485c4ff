"""The benchmarks run: at a tiny scale, whose times say nothing, but whose errors do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from keras2sql.dialects.costs import Costs, Time
from keras2sql.engines import Engine

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def run(*args: str) -> str:
    """What a module of the benchmarks prints."""
    command = [sys.executable, "-W", "ignore", "-m", *args]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def benchmarked(folder: Path, workloads: str, engines: str, postgres: str) -> list[dict[str, Any]]:
    """The results of a run at a thousandth of the rows, each of them right."""
    printed = run(
        "benchmarks", "--workloads", workloads, "--engines", engines, "--scale", "0.001",
        "--repeat", "1", "--postgres", postgres, "--output", str(folder),
    )  # fmt: skip
    for words in (*workloads.split(","), "x ORT", "ONNX Runtime", "numpy"):
        assert words in printed
    document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert set(document["multiply_adds_per_second"]) == set(engines.split(","))
    results: list[dict[str, Any]] = document["results"]
    assert {r["workload"] for r in results} == set(workloads.split(","))
    for r in results:
        precise = "double" in r["contestant"] or r["contestant"] == "orbital"
        assert r["error"] < (1e-12 if precise else 1e-4), r
        assert r["seconds"] > 0
        assert r["ratio"] > 0
        inside = r["contestant"].startswith("SQL") or r["contestant"] == "orbital"
        assert (r["sql_bytes"] is not None) == inside
    plot = ElementTree.parse(folder / "results.svg").getroot()
    assert plot.tag.endswith("svg")
    assert f"### {workloads.split(',')[0]}" in (folder / "results.md").read_text(encoding="utf-8")
    return results


def test_every_contestant_computes_the_same(tmp_path: Path, postgres_url: str) -> None:
    engines = "duckdb,clickhouse,datafusion,postgresql,pgvector,sqlite"
    results = benchmarked(tmp_path, "W1", engines, postgres_url)
    found = {(r["engine"], r["contestant"]) for r in results}
    for engine in engines.split(","):
        assert {(engine, name) for name in ("ONNX Runtime", "numpy", "Keras")} <= found
    assert {("duckdb", "orbital"), ("clickhouse", "SQL, arrays, single")} <= found


def test_array_columns_compute_the_same(tmp_path: Path, postgres_url: str) -> None:
    benchmarked(tmp_path, "W3A", "duckdb,clickhouse,pgvector", postgres_url)


def test_sequences_compute_the_same(tmp_path: Path, postgres_url: str) -> None:
    results = benchmarked(tmp_path, "W5,chain", "duckdb,postgresql,sqlite", postgres_url)
    chain = [r["rows"] for r in results if r["workload"] == "chain" and r["engine"] == "sqlite"]
    assert chain == sorted(chain)
    assert len(set(chain)) == 3


def test_images_equal_keras() -> None:
    printed = run("benchmarks.images", "--networks", "cnn", "--images", "1", "--repeat", "1")
    (line,) = (line for line in printed.splitlines() if "MNIST CNN" in line)
    assert float(line.split()[-1]) < 1e-4


def test_conversion_is_measured() -> None:
    printed = run(
        "benchmarks.compiling", "--networks", "100,000", "--dialects", "duckdb", "--repeat", "1"
    )
    (line,) = (line for line in printed.splitlines() if "784-128-10" in line)
    assert float(line.split()[-3]) > 0


def test_calibration_prints_costs() -> None:
    printed = run("benchmarks.calibrate", "--engines", "duckdb", "--repeat", "1", "--shapes", "3")
    found = dict(re.findall(r"(\w+)=\(([\d.e+-]+), [\d.e+-]+\)", printed))
    assert {"statement", "product", "array_product", "rows_product"} <= set(found)
    assert set(found) <= {field.name for field in fields(Costs)}
    assert max(float(value) for value in found.values()) > 0


def test_costs_are_found_again_in_times_that_they_make() -> None:
    from benchmarks import calibrate

    rng = np.random.default_rng(7)
    units = [field.name for field in fields(Costs)]
    each, once = rng.uniform(1, 9, len(units)), rng.uniform(1e4, 9e4, len(units))
    each[units.index("rows_weight")] = 0  # weights don't cost per row
    table = rng.integers(0, 40, (60, len(units))).astype(float)
    times = [Time(o, e) for o, e in zip(table @ once, table @ each, strict=True)]
    by_row, at_once = calibrate._fitted(table, times, units)
    np.testing.assert_allclose(by_row, each, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(at_once, once, rtol=1e-6)


def test_the_choice_is_checked() -> None:
    printed = run(
        "benchmarks.calibrate", "--check", "--engines", "sqlite", "--repeat", "1", "--shapes", "2"
    )
    assert "2-3-1" in printed
    assert "of 2, at most" in printed


def test_costs_are_found_again() -> None:
    from benchmarks.calibrate import solved

    rng = np.random.default_rng(3)
    units = rng.integers(1, 1000, size=(12, 3)).astype(float)
    np.testing.assert_allclose(solved(units, units @ [5.0, 0.0, 0.25]), [5, 0, 0.25], atol=1e-9)


def test_look_ups_are_measured_beside_onnx_runtime() -> None:
    printed = run(
        "benchmarks.lookups", "--engines", "sqlite", "--workloads", "W1", "--rows", "200",
        "--strategies", "columns", "--repeat", "1",
    )  # fmt: skip
    for what in ("ONNX Runtime | join of 100", "view, columns | LIMIT 10", "before, columns"):
        assert what in printed


def test_what_is_foretold_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "told.json"
    printed = run(
        "benchmarks.prediction", "--engines", "sqlite", "--models", "1", "--rows", "100",
        "--output", str(file),
    )  # fmt: skip
    (outcome,) = json.loads(file.read_text(encoding="utf-8"))["sqlite"]
    assert outcome["error"] == ""
    assert outcome["rows"] == 100
    times = [outcome[n] for n in ("foretold", "measured", "foretold_key", "measured_key")]
    assert all(0 < seconds < 60 for seconds in times)
    assert f"sqlite: all rows off by {prediction_factor(outcome):.2f} in the median of 1" in printed


def prediction_factor(outcome: dict[str, Any]) -> float:
    ratio = float(outcome["measured"] / outcome["foretold"])
    return max(ratio, 1 / ratio)


def test_models_that_are_drawn_are_the_same_again_and_others_by_another_seed() -> None:
    from benchmarks.drawn import drawn
    from benchmarks.prediction import Outcome

    names = [model.name for model in drawn(20, 21)]
    assert names == [model.name for model in drawn(20, 21)]
    assert len(set(names)) == 20
    assert not set(names) & {model.name for model in drawn(20, 5)}
    assert Outcome("m", "dense", feasible="yes", error="out of memory").broken
    assert not Outcome("m", "dense", feasible="no", error="too many columns").broken


@pytest.mark.sweep
def test_partitions_are_scored_where_they_are(
    spark_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import cluster

    for partitions in (1, 3):
        cluster.measure(spark_engine.connection, "W1", 300, partitions, 1)
    found = re.findall(
        r"W1 \w+ +(\d) partitions +[\d,]+ rows/s  1 stages  exchanges: none  checksum (-?\w+)",
        capsys.readouterr().out,
    )
    assert [partitions for partitions, _ in found] == ["1", "3"]
    assert len({checksum for _, checksum in found}) == 1
