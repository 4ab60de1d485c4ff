"""The benchmarks run: at a tiny scale, whose times say nothing, but whose errors do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def run(*args: str) -> str:
    """What a module of the benchmarks prints."""
    command = [sys.executable, "-W", "ignore", "-m", *args]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_contestant_computes_the_same(tmp_path: Path, postgres_url: str) -> None:
    printed = run(
        "benchmarks", "--workloads", "w1,w5,chain", "--scale", "0.001", "--repeat", "1",
        "--postgres", postgres_url, "--output", str(tmp_path),
    )  # fmt: skip
    for words in ("W1", "W5", "chain", "x ORT", "ONNX Runtime", "numpy", "SQL, arrays, single"):
        assert words in printed
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert set(document["multiply_adds_per_second"]) == {"duckdb", "sqlite", "postgresql"}
    results = document["results"]
    assert {r["workload"] for r in results} == {"W1", "W5", "chain"}
    for r in results:
        precise = "double" in r["contestant"]
        assert r["error"] < (1e-12 if precise else 1e-4), r
        assert r["seconds"] > 0
        assert r["ratio"] > 0
        assert (r["sql_bytes"] is not None) == r["contestant"].startswith("SQL")
    chain = [r["rows"] for r in results if r["workload"] == "chain" and r["engine"] == "sqlite"]
    assert chain == sorted(chain)
    assert len(set(chain)) == 3
    plot = ElementTree.parse(tmp_path / "results.svg").getroot()
    assert plot.tag.endswith("svg")
    assert "### W5" in (tmp_path / "results.md").read_text(encoding="utf-8")


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


def test_calibration_prints_the_number() -> None:
    printed = run("benchmarks.calibrate", "--repeat", "1", "--scale", "0.01", "--shapes", "3")
    assert "arrays_from=" in printed


@pytest.mark.parametrize(
    ("points", "best"),
    [
        ([(10, 1.0, 2.0), (20, 1.0, 1.5), (40, 2.0, 1.0)], 30),
        ([(10, 1.0, 0.5), (20, 1.0, 0.5)], 0),
        ([(10, 1.0, 2.0), (20, 1.0, 2.0)], 20),
    ],
)
def test_the_number_loses_least(points: list[tuple[int, float, float]], best: int) -> None:
    from benchmarks.calibrate import threshold

    assert threshold(points)[0] == best
