"""The report: one file that asks nobody for anything, with all that was measured in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from html_page import Page
from keras2sql.cli.app import app
from keras2sql.evaluation import Evaluation
from keras2sql.evaluation.cases import Measured
from keras2sql.evaluation.record import new

HOSTILE = "<script>alert('x')</script> & \"Duck\""


def case(family: str, strategy: str, size: int, seconds: float, **more: Any) -> dict[str, Any]:
    found = Measured("works", run=seconds, plan=seconds / 2, key=0.01, rows=1000, error=1e-15)
    found.multiply_adds, found.statement_bytes = 17 * size, 5_000
    found.rows_per_second = 1000 / seconds
    entry = {"target": HOSTILE, "family": family, "strategy": strategy, "size": size}
    return {**entry, **found.record(), **more}


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Columns are overtaken by rows between 32 and 64 units."""
    record = new({"rows": 1000}, {"python": "3.12"})
    target = {"name": HOSTILE, "dialect": "duckdb", "engine": "DuckDB 1", "strategies": []}
    record["targets"] = [target]
    record["cases"] = [
        *(case("width", "columns", size, size / 40) for size in (16, 32, 64)),
        *(case("width", "rows", size, 1.0) for size in (16, 32, 64, 128)),
        case("width", "columns", 128, 1, status="fails", limit="columns", why=f"9 {HOSTILE}"),
        case("trees", "rows", 4, 9.0),
        case("depth", "rows", 1, 9.0, status="fails", limit="memory", why="no room"),
    ]
    return Evaluation(record)


def test_verdicts(evaluation: Evaluation) -> None:
    found = {one.family: (one.verdict, one.largest) for one in evaluation.verdicts}
    assert found == {
        "depth": ("does not work", None),
        "width": ("works", 128),
        "trees": ("works slowly", 4),
    }


def test_the_page(evaluation: Evaluation, tmp_path: Path) -> None:
    path = evaluation.html(tmp_path / "report.html")
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    said = " ".join(" ".join(page.texts).split())
    assert "script" not in page.names
    assert said.count(HOSTILE) >= 5
    assert page.names.count("svg") == 2  # of width and trees; in depth nothing works
    assert "rows overtake columns at 680 multiply-adds per row" in said
    assert f"9 {HOSTILE}" in said
    assert "up to 128 units of a layer, by rows" in said
    page.check()
    assert path.read_text() == Path(evaluation.html(tmp_path / "again.html")).read_text()


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = ["evaluate", "--db", "duckdb:///:memory:", "--budget", "1", "--families", "rows"]
    done = CliRunner().invoke(app, [*args, "--strategies", "columns", "-o", "report.html"])
    assert done.exit_code == 0, done.stderr
    assert done.stderr == "wrote report.html\n"
    assert "rows of the table" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]
    Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    wrong = CliRunner().invoke(app, [*args, "-o", "report.json"])
    assert wrong.exit_code == 2
    assert "a report is an .html file" in wrong.stderr
    lost = CliRunner().invoke(app, ["evaluate", "--db", "sqlite:////no/where.db"])
    assert lost.exit_code == 3


def test_short_representations(evaluation: Evaluation) -> None:
    assert len(repr(evaluation)) < 200
    assert HOSTILE not in evaluation._repr_html_()
    assert "128 units of a layer" in str(evaluation)
    assert len(evaluation.frame) == 10


def test_the_schema_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text(encoding="utf-8")
    table = text[text.index("| field |") :]
    told = re.findall(r"`(\w+)`", "".join(re.findall(r"^\|([^|]*)\|", table, re.M)))
    fields = ["target", "family", "strategy", "size", *Measured("works").record(), "attempts"]
    assert sorted(told) == sorted(fields)


def test_a_description_names_the_database_and_passwords_are_hidden(workshop: Path) -> None:
    (workshop / "here.toml").write_text('db = "duckdb:///:memory:"\n')
    few = ["--budget", "1", "--families", "rows", "--strategies", "columns"]
    done = CliRunner().invoke(app, ["evaluate", "-c", "here.toml", *few, "--format", "json"])
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["targets"][0]["dialect"] == "duckdb"
    urls = ["--db", "duckdb:///:memory:", "--db", "postgresql://me:geheim42@localhost:1/x"]
    wrong = CliRunner().invoke(app, ["evaluate", *urls, *few, "--debug"])
    assert wrong.exit_code == 3
    assert "geheim42" not in wrong.stderr + wrong.stdout
    kept = CliRunner().invoke(app, ["evaluate", *urls, *few, "--record", "record.json"])
    assert kept.exit_code == 3
    assert not (workshop / "record.json").exists()  # as no target is measured before all are there
