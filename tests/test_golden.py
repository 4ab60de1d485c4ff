"""The SQL that people read, byte for byte, and that it is the same wherever it is made."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlglot

from databases import load
from golden import networks
from golden.networks import FOLDER, NETWORKS, golden, texts
from keras2sql.engines import Engine
from keras2sql.version import __version__

FILES = sorted(FOLDER.glob("*.sql"))


@pytest.mark.parametrize(("name", "dialect"), networks.FILES)
def test_the_query_is_the_golden_file(name: str, dialect: str) -> None:
    """Made on purpose?  `python tests/golden/make.py` writes the files; read the diff."""
    path = FOLDER / f"{name}.{dialect}.sql"
    assert golden(name, dialect).query + ";\n" == path.read_text(encoding="utf-8")


def test_every_golden_file_is_made() -> None:
    assert FILES == sorted(path for path, _ in texts())


# Whose numbers are cast from texts, or whose features are tested for more.
UNKNOWN_TO_SQLGLOT = ("firebird", "monetdb", "hsqldb", "db2")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_golden_files_parse_in_their_dialect(path: Path) -> None:
    names = {
        "postgresql": "postgres",
        "googlesql": "bigquery",
        "mssql": "tsql",
        "cockroachdb": "postgres",
        "impala": "hive",
        "oceanbase": "mysql",
    }
    names |= dict.fromkeys(UNKNOWN_TO_SQLGLOT, "")
    dialect = names.get(*[path.suffixes[0][1:]] * 2)
    text = path.read_text(encoding="utf-8")
    # sqlglot takes the d of Oracle's numbers for a name.
    plain = re.sub(r"\b([\d.]+(?:e[-+]?\d+)?)d\b", r"\1", text) if dialect == "oracle" else text
    plain = plain.replace(r"R'\'", r"'\'")
    (statement,) = sqlglot.parse(plain, dialect=dialect)
    assert isinstance(statement, sqlglot.exp.Select)
    assert statement.find(sqlglot.exp.Command) is None
    assert text.startswith("-- ")
    assert f"keras2sql {__version__}" in text.splitlines()[1]
    assert max(map(len, text.splitlines())) <= 120
    assert not [line for line in text.splitlines() if line != line.rstrip() or "\t" in line]


ROWS: dict[str, dict[str, Any]] = {
    "iris": {
        "id": [1, 2, 3, 4], "sepal_length": [5.1, 6.0, 7.7, None],
        "sepal_width": [3.5, 2.7, 2.6, 1.0], "petal_length": [1.4, 5.1, 6.9, 1.0],
        "petal_width": [0.2, 1.6, 2.3, 1.0],
    },
    "loan": {
        "id": [1, 2, 3, 4], "name": ["a", "b", "c", "d"], "Debt": [1.0, -3.0, -0.25, 1.0],
        "income": [2.0, 1.0, 0.0, 1.0], "age": [30.0, 40.0, 50.0, None],
    },
    "taxi": {
        "driver": [1, 1, 2, 2], "ride": [1, 2, 1, 2], "zone_id": [0, 9, 4, 10],
        "miles": [1.0, -2.0, 0.5, 1.0], "minutes": [10.0, 3.0, 0.0, 1.0],
    },
    "weather": {
        "Station": [1, 2, 3, 4], "day": [1, 1, 1, 1], "temperature": [10.0, 20.5, -5.0, None],
        "pressure": [1000.0, 990.0, 1020.0, 1000.0],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_golden_queries_run_and_are_right(name: str, engine: Engine) -> None:
    """The last row of each has a feature that is no number."""
    made = golden(name, engine.dialect_name)
    if name == "loan":
        create = (
            "ATTACH ':memory:' AS bank" if engine.dialect_name == "sqlite" else "CREATE SCHEMA bank"
        )
        engine.execute_script([create])
        load(engine, "applicants_as_made", pd.DataFrame(ROWS[name]))
        copy = "CREATE TABLE bank.applicants AS SELECT * FROM applicants_as_made"
        engine.execute_script([copy])
    else:
        load(
            engine,
            {"taxi": "rides", "weather": "readings"}.get(name, name),
            pd.DataFrame(ROWS[name]),
        )
    found = made.run(engine).sort_values(list(made.source.key), ignore_index=True)
    assert list(found.columns) == made.columns
    frame = pd.DataFrame(ROWS[name]).iloc[:3]
    feeds = {n: frame[columns].to_numpy(float) for n, columns in made.features.items()}
    for column, values in made.graph.evaluate(feeds).items():
        assert pd.isna(found[column][3])
        if values.dtype.kind == "f":
            got = found[column][:3].to_numpy(float)
            np.testing.assert_allclose(got, values, rtol=1e-12, atol=1e-14)
        else:
            assert found[column][:3].tolist() == values.tolist()


def test_another_process_makes_the_same_bytes() -> None:
    here = hashlib.sha256("".join(text for _, text in texts()).encode()).hexdigest()
    code = (
        f"import sys, hashlib; sys.path.insert(0, {str(FOLDER.parent)!r})\n"
        "from golden.networks import texts\n"
        "print(hashlib.sha256(''.join(t for _, t in texts()).encode()).hexdigest())"
    )
    for seed in ("1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert done.stdout.strip() == here
