"""Models in a dbt project that dbt itself builds, with DuckDB."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

import keras2sql
import tiny
from databases import load
from deployment.programs import SOURCE, answers, program
from keras2sql import dbt
from keras2sql.cli.app import app
from keras2sql.dbt.escapes import literal, scalar, template
from keras2sql.dialects import get
from keras2sql.engines import connect
from keras2sql.errors import InputError
from test_docs import ROOT, blocks
from test_tables import NUMBERS, check, stored

HOSTILE = [
    "{{ 7 * 6 }}", "{% raw %}", "{# gone #}", "{{{{", "{%- endmacro %}", "}} %} #}", "it's \"so\"",
    "a\\nb", "two\nlines", "return\rback", "\r\n", "ünï 🦆", "\ufeff\u2028\x85\t", "a: b #c",
]  # fmt: skip
PROJECT = "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n"
PROFILES = "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, schema: main}}}\n"


def run(*arguments: str) -> str:
    """What dbt printed.  It lives in an environment of its own: its pins are older than ours."""
    binary = Path(sys.prefix) / "dbt" / "bin" / "dbt"
    assert binary.exists(), "tools/test installs dbt"
    settings = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "0", "DO_NOT_TRACK": "1"}
    done = subprocess.run(
        [str(binary), "--no-use-colors", *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **settings},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8", newline="\n")


def test_the_page_of_the_documentation_runs(workshop: Path) -> None:
    for language, text in blocks(ROOT / "docs" / "dbt.md"):
        if language == "yaml":
            path = workshop / text.split("\n")[0].removeprefix("# ")
            path.write_text(text, encoding="utf-8")
            continue
        for command in text.replace("\\\n", " ").splitlines():
            name, *arguments = shlex.split(command)
            if name == "dbt":
                assert "PASS=1 WARN=0 ERROR=0" in run(*arguments)
            else:
                done = CliRunner().invoke(app, arguments)
                assert done.exit_code == 0, done.stderr
    with duckdb.connect("demo/iris.duckdb") as connection:
        found = connection.sql('SELECT "Decision", species FROM iris_scores JOIN iris USING (id)')
        assert sum(a == b for a, b in found.fetchall()) > 140


def test_weights_and_hostile_names(workshop: Path) -> None:
    names = [*HOSTILE[:-2], "Ünï"]
    graph = tiny.dense([len(names), 2], ["softmax"])
    frame = pd.DataFrame({n: [0.5 * i, -1.0] for i, n in enumerate(names)})
    frame.insert(0, "{{ id }}", [1, 2])
    options: dict[str, Any] = {"features": names, "labels": ["{{ no }}\r", "{% yes"]}
    made = [
        tiny.program(graph, "duckdb", table, "{{ id }}", name=HOSTILE[0], **options)
        for table in ("the {{ shop }}.odd %}", "(select * from {{ source('shop', 'odd') }})")
    ]
    made.append(
        tiny.program(
            graph, "duckdb", "(select * from {{ ref('first_rows') }})", "{{ id }}",
            strategy="rows", weights="tables", **options,
        )
    )  # fmt: skip
    weighty = program("duckdb", 1, table="rows_to_score")
    odd = stored(get("duckdb"), "odd {{ name }}")
    first, second = (table.name for table in weighty.tables)
    lowered = dataclasses.replace(weighty.lowered, tables=(*weighty.lowered.tables, odd))
    weighty = dataclasses.replace(weighty, lowered=lowered)
    sources = (
        f"version: 2\nsources:\n  - name: {scalar(template('the {{ shop }}'))}\n    schema: main\n"
        "    tables: [{name: " + scalar(template("odd %}")) + ", identifier: odd}]\n"
        "  - {name: shop, schema: main, tables: [{name: odd}]}\n"
    )
    write({"dbt_project.yml": PROJECT, "profiles.yml": PROFILES, "models/sources.yml": sources})
    write({"models/rows_to_score.sql": "select * from source_1"})
    write({"models/first_rows.sql": "select * from {{ source('shop', 'odd') }} limit 2"})
    for one, name in zip(made, ("first", "second", "third"), strict=True):
        write(dbt.files(one, name))
    write(dbt.files(weighty))
    with connect(duckdb.connect("shop.duckdb")) as engine:
        load(engine, "odd", frame)
        load(engine, "source_1", SOURCE)
        engine.connection.close()
    assert "PASS=6 WARN=0 ERROR=0" in run("build")
    manifest = json.loads(Path("target/manifest.json").read_text(encoding="utf-8"))
    told = manifest["nodes"]["model.shop.first"]
    assert list(told["columns"]) == made[0].columns
    assert told["columns"]["Proba_{% yes"]["description"] == "Probability of the label {% yes."
    with connect(duckdb.connect("shop.duckdb")) as engine:
        wanted = tiny.program(graph, "duckdb", "odd", "{{ id }}", **options).run(engine)
        for name in ("first", "second"):
            found = engine.query(f"SELECT * FROM {name}")
            pd.testing.assert_frame_equal(found, wanted)
        found = engine.query('SELECT * FROM third ORDER BY "{{ id }}"')
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-12)
        read = "SELECT y FROM model_1_scores ORDER BY id"
        assert engine.query(read)["y"].tolist() == answers(1)
        check(engine, odd, get("duckdb"))
        engine.execute_script([f"DELETE FROM {first} WHERE i > 5"])
        engine.connection.close()
    run("run", "--select", "model_1_scores")
    with connect(duckdb.connect("shop.duckdb")) as engine:
        assert engine.query(read)["y"].tolist() == answers(1)
        assert (engine.count(first), engine.count(second)) == (1000, 1000)
        assert engine.count('"odd {{ name }}"') == len(NUMBERS)
        engine.connection.close()


@pytest.mark.parametrize("text", [*HOSTILE, "".join(HOSTILE), "'", '"', "{", "{\r%", "\0\x7f"])
def test_escapes_hide_what_jinja_and_yaml_read(text: str) -> None:
    """dbt itself shows in the test above that they give the text back."""
    for escaped in (literal(text).removesuffix(" ~ ''"), scalar(text)):
        inner = escaped[1:-1]
        assert not set(inner) & set("'\"{}\r\n%#")
        assert inner.encode("ascii", "backslashreplace").decode("unicode-escape") == text
    shown = template(text).replace("{{ '{' }}", "\x01").replace(r"{{ '\r' }}", "\x02")
    assert not [pair for pair in ("{{", "{%", "{#", "\r") if pair in shown]
    assert shown.replace("\x01", "{").replace("\x02", "\r") == text


def test_names_that_dbt_does_not_take() -> None:
    made = tiny.program(tiny.dense([1, 1], ["linear"]), "duckdb", "a.b.c")
    with pytest.raises(InputError, match="'two words' can't name a dbt model"):
        dbt.files(made, "two words")
    with pytest.raises(InputError, match=r"a\.b\.c: dbt calls a table NAME"):
        dbt.files(made)


def test_what_the_database_is_told_first() -> None:
    made = tiny.program(tiny.dense([1, 1], ["linear"]), "postgresql", "iris")
    first, *_ = dbt.files(made)["models/tiny_scores.sql"].split("\n")
    assert first.startswith("{{ config(pre_hook=['SET LOCAL jit = off', 'SELECT pg_catalog.set_")
    assert first.endswith(", true)' ~ '']) }}")
    assert keras2sql.__version__ in dbt.files(made)["models/tiny_scores.yml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "csv"], "choose sql, json or dbt"),
        (["--format", "dbt"], "give the project's folder with -o"),
        (["--view", "x"], "--view is about --format dbt"),
    ],
)
def test_what_is_refused(arguments: list[str], said: str) -> None:
    asked = ["convert", "x.keras", "--dialect", "duckdb", "--table", "t", "--key", "id"]
    done = CliRunner().invoke(app, [*asked, *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
