"""The printed matrix counts what the suites did."""

from __future__ import annotations

from collections import Counter

from conformance.matrix import EXECUTED
from conformance.report import cell, lines, tallied, whole
from layers import CASES

KERAS = "tests/conformance/test_keras.py::test_the_graph_computes_what_keras_computes"
SQL = "tests/conformance/test_sql.py::test_every_database_computes_what_the_graph_computes"
TEXT = "tests/test_text_models.py::test_databases_answer_as_tensorflow_did"


def test_every_case_has_its_cells() -> None:
    for case in CASES:
        assert cell(f"{KERAS}[{case.id}]") == (case.layer, "Keras")
        assert cell(f"{SQL}[duckdb-{case.id}]") == (case.layer, "DuckDB")
        assert cell(f"{SQL}[postgresql-{case.id}]") == (case.layer, "PostgreSQL")
    assert cell(f"{TEXT}[sqlite-Hashing_ids]") == ("Hashing", "SQLite")
    assert cell(f"{TEXT}[postgres-Hashing_ids]") == ("Hashing", "PostgreSQL")
    assert cell("tests/test_api.py::test_other[x]") is None


def test_what_fails_shows() -> None:
    first, second, *_ = (case.id for case in CASES if case.layer == "Dense")
    cells = tallied(
        [
            (f"{KERAS}[{first}]", "passed"),
            (f"{KERAS}[{second}]", "passed"),
            (f"{SQL}[sqlite-{first}]", "passed"),
            (f"{SQL}[sqlite-{second}]", "failed"),
            (f"{SQL}[duckdb-{second}]", "xfailed"),
        ]
    )
    others = len(EXECUTED) - 2
    assert [line.split() for line in lines(cells)] == [
        ["layer", "Keras", *(d.title for d in EXECUTED)],
        ["Dense", "2", "0", "of", "1", "1", "of", "2", *["-"] * others],
        ["cases", "2", "0", "of", "1", "1", "of", "2", *["-"] * others],
        ["layers", "1", "of", "1", *["0", "of", "1"] * 2, *["0", "of", "0"] * others],
    ]
    assert not whole(Counter())
