"""`verify --report`: a page with what differs, by how much, and in which rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from html_page import Page
from keras2sql.cli.app import app
from keras2sql.errors import InputError
from keras2sql.verification import Report
from keras2sql.verification.compare import Comparison, compare

HOSTILE = '</table><script>alert(1)</script> "b"'
IRIS = ("--table", "iris", "--key", "id", "--passthrough", "species")


def report(rows: int, spoilt: bool) -> Report:
    """A classifier of two labels in a database that gives other numbers in a tenth of the rows."""
    rng = np.random.default_rng(0)
    p = rng.uniform(size=rows)
    got = p + rng.normal(scale=1e-9, size=rows)
    if spoilt:
        got[::10] = 1 - p[::10]
    decided, returned = (np.where(x > 0.5, HOSTILE, "a") for x in (p, got))
    keys = pd.DataFrame({"id": np.arange(rows)})
    incomplete = np.zeros(rows, dtype=bool)
    incomplete[3] = True
    answers: dict[str, Any] = {"Proba_a": 1 - got, f"Proba_{HOSTILE}": got, "Decision": returned}
    back = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in answers.items()})
    back.loc[3] = None
    return compare(
        Comparison(
            keys=keys,
            expected={"Proba_a": 1 - p, f"Proba_{HOSTILE}": p, "Decision": decided},
            margin=np.abs(2 * p - 1),
            incomplete=incomplete,
            returned_keys=keys,
            returned=back,
            tolerance=1e-6,
            source_type="float64",
        ),
        model=HOSTILE,
        engine="DuckDB",
        source="Keras",
        why="because",
    )


def test_a_difference_is_seen(tmp_path: Path) -> None:
    found = report(4_000, spoilt=True)
    page = Page(found.html(tmp_path / "page.html").read_text(encoding="utf-8"))
    page.check()
    assert page.said.count("does not agree") == 1
    assert page.names.count("svg") == 2
    assert len(found.worst) == 10
    assert page.names.count("tr") > 30
    # All four cells of the confusion between both sides, as counted here.
    pairs = pd.Series(found.sides.decided).value_counts()
    assert pairs.sum() == 3_999
    for (wanted, got), count in pairs.items():
        assert (wanted == got) == (count > 1_000)
        assert f"{count:,}" in page.said
    assert "7,998 of 7,998 numbers differ at all" in page.said
    # Points are few, and the worst among them.
    assert len(page.text) < 600_000


def test_what_agrees_says_so(tmp_path: Path) -> None:
    page = Page(report(50, spoilt=False).html(tmp_path / "page.html").read_text(encoding="utf-8"))
    page.check()
    assert "does not agree" not in page.said
    assert "agrees" in page.said


def test_calibration_has_the_means_of_both_sides(tmp_path: Path) -> None:
    found = report(1_000, spoilt=True)
    page = Page(found.html(tmp_path / "page.html").read_text(encoding="utf-8"))
    sides = (found.sides.model, found.sides.database)
    p, got = (np.concatenate(list(side.values())) for side in sides)
    p, got = p[~np.isnan(p)], got[~np.isnan(got)]
    mine = p <= 0.1
    assert f"{p[mine].mean():.6f}" in page.said
    assert f"{got[mine].mean():.6f}" in page.said
    assert abs(p[mine].mean() - got[mine].mean()) > 0.01


def test_a_place_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't write"):
        report(20, spoilt=False).html(tmp_path / "no" / "page.html")


def test_the_command(workshop: Path) -> None:
    run = CliRunner().invoke
    assert run(app, ["demo", "--export", "demo"]).exit_code == 0
    args = ["verify", "demo/iris.keras", "--db", "duckdb:///demo/iris.duckdb", *IRIS]
    args += ["--labels", "setosa,versicolor,virginica"]
    done = run(app, [*args, "--report", "page.html"])
    assert done.exit_code == 0, done.stderr
    assert done.stderr.endswith("wrote page.html\n")
    page = Page(Path("page.html").read_text(encoding="utf-8"))
    page.check()
    assert "of 600 numbers differ at all" in page.said
    wrong = run(app, [*args, "--report", "page.pdf"])
    assert wrong.exit_code == 2
    assert "a report is an .html file" in wrong.stderr
    assert not Path("page.pdf").exists()
