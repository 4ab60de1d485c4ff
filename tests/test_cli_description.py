"""``-c FILE.toml`` and ``--format json``: verbs for people who type little, and for programs."""

from __future__ import annotations

import datetime
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from keras2sql import demo
from keras2sql.cli import as_json
from keras2sql.cli.app import app
from keras2sql.cli.description import read
from keras2sql.cli.names import feature_lists, names
from keras2sql.cli.options import read_labels

DESCRIPTION = """
model = "iris.keras"
db = "sqlite:///{folder}/iris.db"
source = "iris"
key = "id"
passthrough = ["species"]
labels = ["setosa", "versicolor", "virginica"]
view = "iris_scores"
"""


def run(*args: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(app, list(args), prog_name="keras2sql")
    assert done.exit_code == code, done.stderr
    return done.stdout, done.stderr


def told(*args: str) -> Any:
    return json.loads(run(*args, "--format", "json")[0])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("described")
    demo.export(folder)
    path = folder / "iris.toml"
    path.write_text(DESCRIPTION.format(folder=folder.as_posix()))
    return str(path)


def test_every_verb_takes_it(file: str) -> None:
    assert "result           ok" in run("verify", "-c", file)[0]
    run("deploy", "-c", file)
    assert "iris_scores" in run("status", "-c", file)[0]
    run("undeploy", "-c", file)
    assert "deployed nothing" in run("status", "-c", file)[1]
    assert "species" in run("predict", "-c", file)[0].splitlines()[0]
    assert '"Proba_setosa"' in run("convert", "-c", file, "-d", "postgres")[0]
    assert run("inspect", "-c", file)[0].startswith("iris, written by Keras")


def test_the_line_comes_before_the_file(file: str) -> None:
    frame = told("predict", "-c", file, "--labels", "a,b,c", "--outputs", "Decision")
    assert list(frame[0]) == ["id", "species", "Decision"]
    assert {row["Decision"] for row in frame} == {"a", "b", "c"}
    # A view is made and removed by that name; convert does not ask for dbt.
    assert run("deploy", "-c", file, "--view", "other")[1].count("other")
    run("undeploy", "other", "-c", file)


@pytest.mark.parametrize(
    "listed",
    [["a", "b"], ["a,b", 'c"d'], ["@file"], ["a=b", " c "], ["x"], ["0", "1"]],
)
def test_lists_of_names_are_whatever_they_hold(listed: list[str], tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    texts = json.dumps(listed)
    path.write_text(f"key = {texts}\nlabels = {texts}\nfeatures = {texts}\n")
    found = read(str(path))
    assert names(found["key"], "--key") == listed
    assert read_labels(found["labels"]) == listed
    assert feature_lists(found["features"]) == listed
    path.write_text(f'[features]\n"an input" = {texts}\n"b=c" = ["y"]\n')
    assert feature_lists(read(str(path))["features"]) == {"an input": listed, "b=c": ["y"]}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[0, 1]", [0, 1]),
        ("[true, false]", [True, False]),
        ("[2026-01-02, 2026-03-04]", [datetime.date(2026, 1, 2), datetime.date(2026, 3, 4)]),
    ],
)
def test_labels_keep_their_kind(text: str, wanted: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"labels = {text}")
    found = read_labels(read(str(path))["labels"])
    assert found == wanted
    assert [type(label) for label in found] == [type(label) for label in wanted]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("labls = 3", "labls: unknown; it may have model,"),
        ("trust_pickle = true", "trust_pickle: unknown"),
        ("plugin = ['os']", "plugin: unknown"),
        ("table = 3", "table = 3: give a text"),
        ("key = []", "key = []: give a list"),
        ("key = [1]", "key: give texts"),
        ("labels = [1, 'a']", "labels of one kind"),
        ("labels = [1.5]", "1.5 is no text"),
        ("table = 'a'\nsource = 'b'", "source and table are the same"),
        ("a = ", "no TOML"),
        ("a = " + "[" * 100_000, "no TOML"),
        ("#" * 1_000_001, "too long"),
    ],
)
def test_a_file_that_is_wrong_is_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    out, err = run("verify", "-c", str(path), code=2)
    assert not out
    assert said in err
    assert err.count("\n") == 1
    with pytest.raises(typer.BadParameter):
        read(str(path))


def test_no_file(tmp_path: Path) -> None:
    assert "No such file" in run("status", "-c", str(tmp_path / "none.toml"), code=2)[1]
    assert "a.toml" in run("status", "-c", str(tmp_path / "a.toml"), code=2)[1]


def test_json_of_what_verbs_tell(file: str) -> None:
    inspected = told("inspect", "-c", file, "--rows", "1000")
    assert inspected["inputs"] == {"features": [4]}
    assert sum(layer["parameters"] for layer in inspected["layers"]) == inspected["parameters"]
    assert inspected["program"]["dialect"] == "sqlite"
    converted = told("convert", "-c", file, "-d", "duckdb")
    assert converted["query"] in run("convert", "-c", file, "-d", "duckdb")[0]
    report = told("verify", "-c", file)
    assert report["ok"] is True
    assert report["rows"] == 150
    assert {one["column"] for one in report["columns"]} >= {"Proba_setosa"}
    made = told("deploy", "-c", file)
    assert (made["view"], made["change"]) == ("iris_scores", "made")
    (listed,) = told("status", "-c", file)
    assert (listed["name"], listed["state"]) == ("iris_scores", "ok")
    assert told("undeploy", "-c", file) == {"removed": "iris_scores", "tables": []}
    scored = told("predict", "-c", file, "--into", "scored")
    assert (scored["table"], scored["rows"], scored["nulls"]) == ("scored", 150, 0)
    assert told("demo")["right_labels"] > 140
    assert {"duckdb", "sqlite"} <= {one["name"] for one in told("dialects")}
    assert {one["supported"] for one in told("layers")} >= {True, False}
    assert told("estimators")


def test_a_difference_is_json_and_an_exit_code(file: str) -> None:
    out, _ = run("verify", "-c", file, "--format", "json", "--tolerance", "0", code=1)
    report = json.loads(out)
    assert report["ok"] is False
    assert report["worst"]


@pytest.mark.parametrize("verb", ["verify", "status", "convert", "predict", "layers", "demo"])
def test_a_format_that_is_none(verb: str, file: str) -> None:
    dialect = ["-d", "duckdb"] if verb == "convert" else []
    assert "choose" in run(verb, "-c", file, *dialect, "--format", "xml", code=2)[1]


def test_values_that_json_lacks() -> None:
    frame = pd.DataFrame(
        {
            "number": [math.inf, -math.inf, math.nan, 0.1],
            "time": [pd.Timestamp("2026-01-02T03:04:05"), pd.NaT, None, None],
            "thing": [Decimal("1.10"), b"\x00\xff", np.int64(3), np.bool_(True)],
        }
    )
    assert json.loads(as_json.text(as_json.records(frame))) == [
        {"number": "Infinity", "time": "2026-01-02T03:04:05", "thing": "1.10"},
        {"number": "-Infinity", "time": None, "thing": "00ff"},
        {"number": None, "time": None, "thing": 3},
        {"number": 0.1, "time": None, "thing": True},
    ]


def test_the_schema_of_a_file_is_that_of_the_tables(file: str) -> None:
    """As on the line, which overrules it."""
    described = Path(file).with_name("apart.toml")
    tall = '\nstrategy = "rows"\nweights = "tables"\nschema = "kept apart"\n'
    described.write_text(Path(file).read_text() + tall)
    asked = ("convert", "-c", str(described), "--dialect", "duckdb")
    assert 'CREATE TABLE IF NOT EXISTS "kept apart".iris_' in run(*asked)[0]
    assert "CREATE TABLE IF NOT EXISTS other.iris_" in run(*asked, "--schema", "other")[0]
    asked = ("convert", "-c", str(described), "--dialect", "firebird", "--strategy", "columns")
    assert "nothing is made that could be put into a schema" in run(*asked, code=2)[1]
